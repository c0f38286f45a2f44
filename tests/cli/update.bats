load trust
load helper

teardown() {
	stop_witnesses
	cd / && rm -rf "$work"
}

update() { # LOG DIR
	"$PELLUCID" update --log="$1" --policy=policy --keys=keys "$2"
}

first_release() {
	"$PELLUCID" release make --channel=rules -o rel1 r1 > /dev/null
	signed rel1 a b
	publish log rel1
}

second_release() {
	"$PELLUCID" release make --channel=rules --after=rel1 --removed=a/Two:false-positive:why -o rel2 r2 > /dev/null
	signed rel2 b c
	publish log rel2
}

@test "update takes one release after the other, and the rules are used" {
	world
	run update log/public here # a head that nobody cosigned
	[ "$status" -eq 4 ]
	"$PELLUCID" log publish log --policy=policy
	run update log/public here
	[ "$status" -eq 2 ]
	[[ "$output" == *"no release of channel rules yet"* ]]
	first_release
	run update log/public here
	[ "$status" -eq 0 ]
	[[ "$output" == "release 1 of channel rules is in use"* ]]
	echo "a second needle" > hay
	run "$PELLUCID" scan -q -r here/current/rules.pel hay
	[ "$status" -eq 1 ]
	run update log/public here
	[ "$status" -eq 0 ]
	[ "$output" = "release 1 is the newest" ]
	second_release
	run update "file://$PWD/log/public" here
	[ "$status" -eq 0 ]
	[[ "$output" == "release 2 of channel rules is in use"* ]]
	run "$PELLUCID" scan -q -r here/current/rules.pel hay
	[ "$status" -eq 0 ]
	[ "$(readlink here/current)" = gen/2 ]
	[ -e here/gen/1/rules.pel ] # the one before is kept
	# who comes late takes both, one after the other
	run update log/public late
	[ "$status" -eq 0 ]
	[[ "$output" == "release 2 of channel rules"* ]]
	cmp late/current/rules.txt rel2/rules.txt
	"$PELLUCID" log verify --policy=policy here/current/proof.tlog-proof here/current/release
}

@test "what is not proven is not used, and what was used stays" {
	world
	first_release
	update log/public here
	cp -a log old
	# a release that removes in silence
	"$PELLUCID" release make --channel=rules --after=rel1 --removed=a/Two:false-positive:why -o rel2 r2
	silence rel2
	signed rel2 a b
	publish log rel2
	cp here/state before
	run update log/public here
	[ "$status" -eq 4 ]
	[[ "$output" == "refused at artefacts: "*"no line says so"* ]]
	[ "$(readlink here/current)" = gen/1 ]
	cmp here/state before
	# a head without the quorum, and one that is smaller
	cp -a log fork
	grep -v '^— w' log/public/checkpoint > fork/public/checkpoint
	run update fork/public here
	[ "$status" -eq 4 ]
	[[ "$output" == "refused at head: "* ]]
	"$PELLUCID" log init empty --key=log.key
	"$PELLUCID" log publish log --policy=policy
	run update empty/public here
	[ "$status" -eq 4 ]
	[ "$(readlink here/current)" = gen/1 ]
	# an artefact that was changed, one that is withheld
	for c in old/public/chunk/*; do sed -i s/needle/NEEDLE/ "$c"; done
	run update old/public other
	[ "$status" -eq 4 ]
	[[ "$output" == *"not what it is called"* ]]
	rm old/public/chunk/*
	run update old/public other
	[ "$status" -eq 4 ]
	[ ! -e other/current ]
}

@test "rules that find something in a clean file are not switched to" {
	world
	first_release
	update log/public here
	echo 'rule Every { condition: true }' >> r1/a.yar
	"$PELLUCID" release make --channel=rules --after=rel1 -o rel2 r1
	signed rel2 a b
	publish log rel2
	run update log/public here
	[ "$status" -eq 4 ]
	[[ "$output" == "refused at trial: "* ]]
	[ "$(readlink here/current)" = gen/1 ]
	[ ! -e here/gen/2 ]
}

@test "one bad rule costs that rule" {
	world
	echo 'rule Bad { condition: nothing_that_is_known }' >> r1/a.yar
	first_release
	run update log/public here
	[ "$status" -eq 0 ]
	echo "a first needle" > hay
	run "$PELLUCID" scan -q -r here/current/rules.pel hay
	[ "$status" -eq 1 ]
}

@test "an infected machine and a clean one ask for the same bytes" {
	world
	first_release
	cat > record.py <<'PY'
import http.server, os, sys
class H(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        port = str(self.server.server_port).encode()
        text = self.requestline.encode() + b"\n" + bytes(self.headers).replace(port, b"PORT")
        open(sys.argv[2], "ab").write(text)
        super().do_GET()
    def log_message(self, *a): pass
os.chdir(sys.argv[1])
s = http.server.HTTPServer(("127.0.0.1", 0), H)
print("on port", s.server_port, flush=True)
s.serve_forever()
PY
	for host in clean infected; do
		python3 record.py log/public "$PWD/$host.requests" > $host.out 3>&- &
		echo $! > $host.pid
		for _ in $(seq 100); do grep -q port $host.out && break; sleep 0.05; done
	done
	mkdir home
	run "$PELLUCID" scan -q eicar
	[ "$status" -eq 1 ]
	HOME=$work/home USER=victim LANG=de_DE.UTF-8 "$PELLUCID" update --log="http://127.0.0.1:$(sed 's/.*port //' infected.out)" \
		--policy=policy --keys=keys at-infected
	rm eicar
	HOME=/nonexistent USER=nobody TZ=Asia/Tokyo "$PELLUCID" update --log="http://127.0.0.1:$(sed 's/.*port //' clean.out)" \
		--policy=policy --keys=keys at-clean
	[ -s clean.requests ]
	cmp clean.requests infected.requests
	run grep -iE 'cookie|if-|pellucid/' clean.requests
	[ "$status" -eq 1 ]
}
