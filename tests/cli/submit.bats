#!/usr/bin/env bats
# What leaves this machine: shown first, written down first, and then exactly that.

bats_require_minimum_version 1.5.0
load helper

setup() {
	work=$(mktemp -d)
	cd "$work" || return 1
	export PELLUCID_LEDGER=$PWD/ledger
	printf 'a sample\n\001\002' > sample
	cat > record.py <<'PY'
import http.server, sys
class H(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        open("body", "wb").write(body)
        open("head", "w").write(self.requestline + "\n" + str(self.headers))
        open("seen", "w").write(open("ledger/ledger").read())  # what the ledger held when the bytes came
        if self.path == "/hang":
            while True: pass
        self.send_response(200 if self.path == "/samples" else 500)
        self.end_headers()
    def log_message(self, *a): pass
s = http.server.HTTPServer(("127.0.0.1", 0), H)
print("on port", s.server_port, flush=True)
s.serve_forever()
PY
	python3 record.py > out 3>&- &
	echo $! > server.pid
	for _ in $(seq 100); do grep -q port out && break; sleep 0.05; done
	url=http://127.0.0.1:$(sed 's/.*port //' out)
}

teardown() {
	kill -9 "$(cat server.pid)" 2>/dev/null
	cd / && rm -rf "$work"
}

# The SHA-256 of what would be sent, as a user would read it from the screen.
digest() { # OPTIONS...
	printf '\n' | "$PELLUCID" submit "$@" | sed -n 's/^bytes .*SHA-256 \([0-9a-f]*\)$/\1/p'
}

sent() { # OPTIONS...
	d=$(digest "$@")
	printf '%.8s\n' "$d" | "$PELLUCID" submit "$@"
}

@test "nothing is sent without the answer, and no option gives it" {
	run -1 "$PELLUCID" submit --to="$url/samples" sample < /dev/null
	[[ "$output" == *"Nothing was sent."* ]]
	printf 'yes\n' > yes
	run -1 "$PELLUCID" submit --to="$url/samples" sample < yes
	[ ! -e body ]
	[ ! -e ledger/ledger ]
	[ -z "$(ls ledger/outbox)" ]
	for o in --yes -y --force --batch; do run -2 "$PELLUCID" submit $o --to="$url/samples" sample < yes; done
}

@test "what is shown, what the ledger has and what arrives are the same bytes" {
	sent --to="$url/samples" --note="came by mail" sample > shown
	[ -s body ]
	d=$(sha256sum < body | cut -d' ' -f1)
	grep -q "SHA-256 $d" shown
	cmp body "ledger/outbox/$d"
	# every byte, from the hexadecimal on the screen
	sed -n 's/^[0-9a-f]\{8\}  \(\([0-9a-f][0-9a-f] \)*[0-9a-f][0-9a-f]\) .*/\1/p' shown | python3 -c 'import sys; sys.stdout.buffer.write(bytes.fromhex(sys.stdin.read()))' | cmp - body
	run -0 "$PELLUCID" disclose
	[[ "${lines[0]}" == "   1  "*" sent "*"submit-sample"* && "${lines[1]}" == "1 disclosures; the chain is whole"* ]]
	"$PELLUCID" disclose --show=1 > again
	grep -c . again
	# headers: those that were shown, and no other
	run grep -iE '^[a-z-]+:' head
	[ "$(printf '%s\n' "$output" | cut -d: -f1 | sort | tr '\n' ' ')" = "Accept Content-Length Content-Type Host User-Agent " ]
}

@test "the ledger is written before the first byte leaves" {
	sent --to="$url/samples" sample > shown
	grep -q '^kind intent$' seen
	run grep -c '^kind sent$' seen
	[ "$output" = 0 ]
}

@test "neither path, name, owner nor host is sent" {
	mkdir -p secret-project && cp sample secret-project/plan-of-alice
	sent --to="$url/samples" secret-project/plan-of-alice > shown
	# what the headers say of themselves may be what a machine or a user is called
	grep -aviE '^(POST|Host|User-Agent|Accept|Content-Type|Content-Length)[: ]' head > rest || [ $? -eq 1 ]
	for word in secret-project plan-of-alice "$(hostname)" "$(id -un)"; do
		run grep -aqF "$word" body rest
		[ "$status" -eq 1 ]
	done
	run grep -aqE 'secret-project|plan-of-alice' head
	[ "$status" -eq 1 ]
}

@test "killed while it sends: the ledger says that it may have been sent" {
	d=$(digest --to="$url/hang" sample)
	printf '%.8s\n' "$d" > answer
	"$PELLUCID" submit --to="$url/hang" sample < answer > shown 2>&1 3>&- &
	pid=$!
	for _ in $(seq 100); do [ -e body ] && break; sleep 0.05; done
	kill -9 $pid
	wait $pid || :
	run -0 "$PELLUCID" disclose
	[[ "${lines[0]}" == *"may have been sent"* ]]
}

@test "a record that is torn by a crash costs nothing; one that was changed, taken out or added is seen" {
	for _ in 1 2 3; do sent --to="$url/samples" sample > shown; done
	cp ledger/ledger whole
	printf 'pellucid/disclosure/v1\nseq 7\nti' >> ledger/ledger
	sent --to="$url/samples" sample > shown
	run -0 "$PELLUCID" disclose
	[[ "${lines[-1]}" == "4 disclosures; the chain is whole"* ]]
	sed '0,/^bytes /s/^bytes .*/bytes 1/' whole > ledger/ledger
	run -4 "$PELLUCID" disclose
	[[ "$output" == *"FALSE: record 2 does not follow"* ]]
	awk 'BEGIN { RS = ""; ORS = "\n\n" } NR != 3' whole > ledger/ledger
	run -4 "$PELLUCID" disclose
	run -4 "$PELLUCID" verify
	[[ "$output" == *"ledger     FALSE"* ]]
	# and nothing is sent over a ledger that is not whole
	rm body
	printf '%.8s\n' "$(digest --to="$url/samples" sample)" > answer
	run -2 "$PELLUCID" submit --to="$url/samples" sample < answer
	[[ "$output" == *"nothing was sent"* ]]
	[ ! -e body ]
}

@test "bytes that were changed afterwards are seen, those that were deleted are said to be" {
	sent --to="$url/samples" sample > shown
	f=$(ls ledger/outbox/*)
	cp "$f" keep
	printf x >> "$f"
	run -4 "$PELLUCID" disclose
	[[ "$output" == *"CHANGED since"* ]]
	rm "$f"
	run -3 "$PELLUCID" disclose
	[[ "$output" == *"its bytes are no longer here"* ]]
}

@test "what fails is written down as not sent" {
	d=$(digest --to="$url/refuse" sample)
	printf '%.8s\n' "$d" > answer
	run -2 "$PELLUCID" submit --to="$url/refuse" sample < answer
	[[ "$output" == *"answers 500"* ]]
	run -0 "$PELLUCID" disclose
	[[ "${lines[0]}" == *"not sent"* ]]
}

@test "unknown purposes, clear text to others and users in addresses are refused" {
	run -2 "$PELLUCID" submit --purpose=telemetry --to="$url/samples" sample
	run -2 "$PELLUCID" submit --to=http://example.org/samples sample
	run -2 "$PELLUCID" submit --to=http://127.0.0.1:80@example.org/ sample
	run -2 "$PELLUCID" submit --to=ftp://127.0.0.1/ sample
	[ ! -e body ]
}

@test "a clock that is set back does not break the ledger" {
	sent --to="$url/samples" sample > shown
	# what is there is of the year 2100
	python3 - <<'PY'
import hashlib, re
text, prev = "", "0" * 64
for record in open("ledger/ledger").read().split("\n\n")[:-1]:
    record = re.sub(r"(?m)^time .*$", "time 4102444800", record)
    record = re.sub(r"(?m)^prev .*$", "prev " + prev, record) + "\n\n"
    prev = hashlib.sha256(record.encode()).hexdigest()
    text += record
open("ledger/ledger", "w").write(text)
PY
	sent --to="$url/samples" sample > shown
	run -0 "$PELLUCID" disclose
	[[ "${lines[-1]}" == "2 disclosures; the chain is whole"* ]]
	[ "$(grep -c '^time 4102444800$' ledger/ledger)" -eq 4 ]
}
