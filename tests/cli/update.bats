bats_require_minimum_version 1.5.0
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
	# a head without the quorum, and that of an empty log, which nobody cosigned either (a smaller one that was: see below)
	cp -a log fork
	grep -v '^— w' log/public/checkpoint > fork/public/checkpoint
	run update fork/public here
	[ "$status" -eq 4 ]
	[[ "$output" == "refused at head: "* ]]
	"$PELLUCID" log init empty --key=log.key
	"$PELLUCID" log publish log --policy=policy
	run update empty/public here
	[ "$status" -eq 4 ]
	[[ "$output" == "refused at head: "* ]]
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

@test "a fork that all witnesses cosigned is refused by who saw the other branch, and its head is kept" {
	world
	first_release
	update log/public here
	cp here/state before
	# the same witnesses' keys, by people who do not keep to what they signed
	for i in 1 2 3; do
		"$WITNESS" init v$i --key=w$i.key --log="$(cat log.vkey)" > /dev/null
		"$WITNESS" serve v$i --listen=127.0.0.1:0 > v$i.out 3>&- &
		echo $! > v$i.pid
	done
	for i in 1 2 3; do
		for _ in $(seq 100); do grep -q port v$i.out && break; sleep 0.05; done
		sed -i "s|^\(witness w$i .*:\)[0-9]*$|\1$(sed 's/.*port //' v$i.out)|" policy
	done
	"$PELLUCID" log init fork --key=log.key > /dev/null
	"$PELLUCID" release make --channel=rules -o other r2 > /dev/null
	signed other a b
	publish fork other
	run update fork/public here
	[ "$status" -eq 4 ]
	[[ "$output" == "refused at history: fork: another tree of the same size was seen before"* ]]
	[[ "$output" == *"The head, as the log signed it, is in here/evidence." ]]
	grep -q '^seen before: 1 entries' here/evidence
	cmp <(sed '1,2d' here/evidence) fork/public/checkpoint
	cmp here/state before
	[ "$(readlink here/current)" = gen/1 ]
	# who saw nothing before takes it: what is remembered is the defence
	run update fork/public new
	[ "$status" -eq 0 ]
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

# A machine that trusts the log and uses release 1.
machine() {
	world
	first_release
	mkdir machine
	cp policy keys machine
	update log/public machine/rules > /dev/null
	export PELLUCID_TRUST=$PWD/machine
}

@test "an update that is killed at any step leaves proven rules, and goes on the next time" {
	machine
	second_release
	echo "a first needle" > hay # both find it
	mv machine start
	n=0
	step=1
	! sanitized || step=$((($(stride) + 2) / 3)) # of a program that takes long to start, a sample
	while [ "$n" -lt 400 ]; do
		n=$((n + step))
		rm -rf machine
		cp -a start machine
		status=0
		"$BUILD/tests/trust/kill_at" "$n" "$BUILD/pellucid-update" --log=log/public --policy=policy --keys=keys machine/rules \
			> out 2>&1 || status=$?
		[ "$status" -ne 77 ] || skip "SKIP: nothing can be traced here"
		used=$(readlink machine/rules/current)
		[ "$used" = gen/1 ] || [ "$used" = gen/2 ]
		run -1 "$PELLUCID" scan hay
		[[ "$output" == *"malicious   hay"*"rules: release ${used#gen/}, proven"* ]]
		if [ "$used" = gen/2 ] || [ $((n % 10)) -eq 0 ]; then
			run -0 update log/public machine/rules
			[ "$(readlink machine/rules/current)" = gen/2 ]
			[ -e machine/rules/gen/1/rules.pel ]
			[ "$(find machine/rules/gen -mindepth 1 -maxdepth 1 | wc -l)" -eq 2 ]
			[ ! -e machine/rules/part ]
		fi
		grep -q "is in use" out && break
	done
	echo "# killed before $((n - 1)) changes of files" >&3
	[ "$n" -gt 40 ]
	[ "$n" -lt 400 ]
}

# Serves the directory; writes each path that was asked for into FILE, and after COUNT chunks answers no more.
serve_some() { # DIRECTORY FILE COUNT
	cat > some.py <<'PY'
import http.server, os, sys, time
left = int(sys.argv[3])
class H(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        global left
        open(sys.argv[2], "a").write(self.path + "\n")
        if self.path.startswith("/chunk/"):
            if left == 0:
                time.sleep(60)
            left -= 1
        super().do_GET()
    def log_message(self, *a): pass
os.chdir(sys.argv[1])
s = http.server.ThreadingHTTPServer(("127.0.0.1", 0), H)
print("on port", s.server_port, flush=True)
s.serve_forever()
PY
	: > server.out # not what the server before it said
	python3 some.py "$1" "$2" "$3" > server.out 3>&- &
	echo $! > server.pid
	for _ in $(seq 100); do grep -q port server.out && break; sleep 0.05; done
	url=http://127.0.0.1:$(sed 's/.*port //' server.out)
}

@test "a download that was broken off goes on with what is missing" {
	world
	for i in $(seq 1500); do echo "rule R$i { strings: \$a = \"a needle of number $i\" condition: \$a }"; done > r1/a.yar
	first_release
	n=$(find log/public/chunk -type f | wc -l)
	[ "$n" -gt 8 ]
	serve_some log/public "$PWD/first" 5
	update "$url" here > /dev/null 2>&1 3>&- &
	client=$!
	for _ in $(seq 200); do [ "$(grep -c chunk first)" -eq 6 ] && break; sleep 0.05; done
	kill -9 "$(pgrep -P "$client" || echo "$client")"
	wait "$client" || true
	kill "$(cat server.pid)"
	[ "$(find here/part -type f | wc -l)" -eq 5 ]
	[ ! -e here/current ]
	# one of them is damaged meanwhile: it is not believed
	damaged=$(find here/part -type f | head -1)
	echo x >> "$damaged"
	serve_some log/public "$PWD/second" 100000
	run -0 update "$url" here
	[ "$(grep -c chunk second)" -eq $((n - 4)) ]
	grep -q "${damaged##*/}" second
	cmp here/current/rules.txt rel1/rules.txt
	[ ! -e here/part ]
}

# Serves log/public, and writes each request's path and range into FILE.  KIND: `breaks` ends after 5,000 bytes of the first
# longer chunk but two, `ranges` answers them, `whole` sends the whole whatever was asked, `lies` sends another rest, `refuses` has no rest (416).
serve_ranges() { # FILE KIND
	cat > ranges.py <<'PY'
import http.server, os, re, sys
kind, chunks = sys.argv[2], 0
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        global chunks
        asked = self.headers.get("Range")
        open(sys.argv[1], "a").write("%s %s\n" % (self.path, asked))
        try:
            body = open("log/public" + self.path, "rb").read()
        except OSError:
            return self.send_error(404)
        chunks += self.path.startswith("/chunk/")
        start = int(re.fullmatch(r"bytes=(\d+)-", asked)[1]) if asked and kind != "whole" else 0
        if start and kind == "refuses":
            return self.send_error(416)
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", "bytes %d-%d/%d" % (start, len(body) - 1, len(body)))
        self.send_header("Content-Length", len(body) - start)
        self.end_headers()
        rest = body[start:]
        if start and kind == "lies":
            rest = bytes(len(rest))
        if kind == "breaks" and chunks >= 3 and len(body) > 8000:
            rest = rest[:5000]
        self.wfile.write(rest)
    def log_message(self, *a): pass
s = http.server.ThreadingHTTPServer(("127.0.0.1", 0), H)
print("on port", s.server_port, flush=True)
s.serve_forever()
PY
	: > server.out # not what the server before it said
	python3 ranges.py "$PWD/$1" "$2" > server.out 3>&- &
	echo $! > server.pid
	for _ in $(seq 100); do grep -q port server.out && break; sleep 0.05; done
	url=http://127.0.0.1:$(sed 's/.*port //' server.out)
}

@test "a chunk that was broken off goes on from where it broke, whatever the server makes of that" {
	world
	for i in $(seq 1500); do echo "rule R$i { strings: \$a = \"a needle of number $i\" condition: \$a }"; done > r1/a.yar
	first_release
	serve_ranges asked breaks
	run -2 update "$url" start
	kill "$(cat server.pid)"
	broken=$(tail -n 1 asked | cut -d' ' -f1)
	[ "$(stat -c %s start/part/*.part)" -eq 5000 ]
	for kind in ranges whole lies refuses; do
		rm -rf here && cp -a start here
		serve_ranges "asked-$kind" "$kind"
		run -0 update "$url" here
		kill "$(cat server.pid)"
		cmp here/current/rules.txt rel1/rules.txt
		[ ! -e here/part ]
		# the rest is asked for once, and the whole where what came is of no use; nothing else has a range
		[ "$(grep "^$broken " "asked-$kind" | head -1)" = "$broken bytes=5000-" ]
		case $kind in ranges|whole) again=0 ;; *) again=1 ;; esac
		[ "$(grep -c "^$broken None" "asked-$kind")" -eq "$again" ]
		[ "$(grep -c 'bytes=' "asked-$kind")" -eq 1 ]
	done
	# what came is what was missing: 5,000 bytes less than without the beginning
	rm -rf here && cp -a start here
	serve_ranges counted ranges
	run -0 update "$url" here
	rest=$(sed -n 's/.*; \([0-9]*\) bytes fetched.*/\1/p' <<< "$output")
	rm -rf here && cp -a start here && rm here/part/*.part
	run -0 update "$url" here
	kill "$(cat server.pid)"
	whole=$(sed -n 's/.*; \([0-9]*\) bytes fetched.*/\1/p' <<< "$output")
	[ $((whole - rest)) -eq 5000 ]
}

@test "an https server whose certificate nobody vouches for is told nothing, and brings nothing" {
	world
	first_release
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout k.pem -out c.pem -days 2 \
		-subj /CN=localhost -addext 'subjectAltName=DNS:localhost' 2> /dev/null
	cat > secure.py <<'PY'
import http.server, os, ssl, sys
class H(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        open("../../asked", "a").write(self.path + "\n")
        super().do_GET()
os.chdir("log/public")
server = http.server.HTTPServer(("127.0.0.1", 0), H)
if sys.argv[1] == "https":
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain("../../c.pem", "../../k.pem")
    server.socket = tls.wrap_socket(server.socket, server_side=True)
print(server.server_port, flush=True)
server.serve_forever()
PY
	for scheme in https http; do
		: > port # not that of the server before it
		python3 secure.py $scheme > port 2> /dev/null 3>&- &
		echo $! > server.pid
		for _ in $(seq 100); do [ -s port ] && break; sleep 0.05; done
		run update "$scheme://localhost:$(cat port)" here
		kill "$(cat server.pid)"
		if [ $scheme = https ]; then
			[ "$status" -eq 2 ]
			[[ "$output" == *certificate* ]]
			[ ! -e asked ]
			[ ! -e here/current ]
		else # the same server without a certificate: what is proven needs no authority
			[ "$status" -eq 0 ]
			[ -s asked ]
		fi
	done
}

# The machine's programs, with a worker that has a fault which the rules of release 2 bring out.
with_a_fragile_worker() {
	machine
	mkdir bin
	cp "$PELLUCID" "$BUILD/pellucid-update" bin/
	cp "$BUILD/tests/sandbox/fragile-worker" bin/pellucid-worker
	echo 'rule Fragile { strings: $a = "third needle" condition: $a }' > r2/a.yar
	"$PELLUCID" release make --channel=rules --after=rel1 --removed=a/One:superseded:why --removed=a/Two:superseded:why \
		-o rel2 r2 > /dev/null
	signed rel2 b c
	publish log rel2
	update log/public machine/rules > /dev/null
	[ "$(readlink machine/rules/current)" = gen/2 ]
	echo "FRAGILE, with a first needle" > odd
	echo "BROKEN" > broken
}

@test "rules that workers die of are left for those before, by the scan that sees it" {
	with_a_fragile_worker
	# an object that workers die of whatever the rules are says nothing of them
	run -3 bin/pellucid scan broken
	[ "$(readlink machine/rules/current)" = gen/2 ]
	# of this one they die with the new rules alone
	run -3 bin/pellucid scan broken odd
	[[ "$output" == *"workers die of release 2 (at odd), and not of release 1, which is used from now on"* ]]
	[ "$(readlink machine/rules/current)" = gen/1 ]
	run -1 bin/pellucid scan odd
	[[ "$output" == *"rules: release 1, proven (entry 0 of its log); release 2 was left, for workers died of it"* ]]
	# it is not taken again, and asked for is what a machine asks for that never left it
	run -0 update log/public machine/rules
	[[ "$output" == *"release 2 is the newest"*"release 1 is in use: workers died of release 2"* ]]
	[ "$(readlink machine/rules/current)" = gen/1 ]
	# the next one is
	echo 'rule Four { strings: $a = "fourth needle" condition: $a }' >> r2/a.yar
	sed -i 's/Fragile/Firm/' r2/a.yar
	"$PELLUCID" release make --channel=rules --after=rel2 --removed=a/Fragile:defective:why -o rel3 r2 > /dev/null
	signed rel3 a b
	publish log rel3
	run -0 update log/public machine/rules
	[[ "$output" == "release 3 of channel rules is in use"* ]]
	[ -e machine/rules/gen/1/rules.pel ]
	[ ! -e machine/rules/gen/2 ]
	echo "a fourth needle" > hay
	run -1 bin/pellucid scan hay
	[[ "$output" == *"rules: release 3, proven (entry 2 of its log)"* ]]
	[[ "$output" != *"was left"* ]]
}

@test "who may not write there is told, and the first release has none before it" {
	with_a_fragile_worker
	exec 9> machine/rules/lock
	flock 9
	run -3 bin/pellucid scan odd 9>&-
	[[ "$output" == *"this process cannot go back to: "*"another process has it"* ]]
	exec 9>&-
	[ "$(readlink machine/rules/current)" = gen/2 ]
	rm -r machine/rules/gen/1
	run -3 bin/pellucid scan odd
	[[ "$output" != *"workers die of"* ]]
	[ "$(readlink machine/rules/current)" = gen/2 ]
}

@test "entries that the head was not signed over are refused, and an old head is a rollback" {
	world
	first_release
	update log/public here
	cp -r log/public old
	second_release
	cp here/state before
	cp -r log/public bad
	python3 - bad/tile/entries/000.p/2 <<'PY'
import struct, sys
d = open(sys.argv[1], "rb").read()
n = struct.unpack(">H", d[:2])[0]
open(sys.argv[1], "wb").write(d[:2 + n] + b"\0\1x")
PY
	run update bad here
	[ "$status" -eq 4 ]
	[[ "$output" == *"the entries that are served are not those that the head was signed over"* ]]
	cmp here/state before
	update log/public here
	[ "$(readlink here/current)" = gen/2 ]
	run update old here
	[ "$status" -eq 4 ]
	[[ "$output" == "refused at history: rollback: the log showed 2 entries before, and 1 now"* ]]
	cmp <(sed '1,2d' here/evidence) old/checkpoint
	[ "$(readlink here/current)" = gen/2 ]
}

@test "a release by keys that are not known yet is taken when they are" {
	world
	first_release
	update log/public here
	second_release
	cp keys all
	grep -v release-c all > keys
	run update log/public here
	[ "$status" -eq 0 ]
	[ "$output" = "release 1 is the newest" ]
	cp all keys
	run update log/public here
	[ "$status" -eq 0 ]
	[[ "$output" == "release 2 of channel rules is in use"* ]]
}
