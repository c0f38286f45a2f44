#!/usr/bin/env bats
# Attacks of docs/threats.md, each with the defence that stops it and once more with that defence taken out: then it
# succeeds, so that the test says something.

bats_require_minimum_version 1.5.0
load trust
load helper

teardown() {
	stop_witnesses
	cd / && rm -rf "$work"
}

one_release() {
	world
	"$PELLUCID" release make --channel=rules -o rel1 r1 > /dev/null
	signed rel1 a b
	publish log rel1
	"$PELLUCID" log prove log 0 > proof1
}

accept() { # OPTIONS... DIR
	"$PELLUCID" release verify --policy="${POLICY:-policy}" --keys="${KEYS:-keys}" "$@"
}

@test "3: a rule that fires on one machine alone finds nothing to go by: name, user, place and locale are not there" {
	cat > aim.yar <<'RULE'
rule Text { strings: $a = "needle" condition: $a and filesize < 100 }
rule Head { condition: uint8(0) == 0x68 }
RULE
	for i in $(seq 12); do
		d="at-$i/$(printf 'd%.0s' $(seq "$i"))"
		mkdir -p "$d" && cp hay "$d/file"
		(cd "$d" && env -i PATH="$PATH" HOME="/home/user$i" USER="user$i" LANG=de_DE.UTF-8 TZ="Etc/GMT+$i" PELLUCID_NO_CACHE=1 \
			"$PELLUCID" scan -q --json -r "$work/aim.yar" file || [ "$?" -eq 1 ]) > "verdict.$i"
		cmp verdict.1 "verdict.$i"
	done
	[ -s verdict.1 ]
	# with a rule that may ask for a name they differ, and the audit says that it asks
	echo 'rule Aim { condition: name == "minister" }' > named.yar
	run -1 "$PELLUCID" scan -q -d name=minister -r named.yar hay
	run -0 "$PELLUCID" scan -q -d name=other -r named.yar hay
	run -1 "$PELLUCID" rules audit -d name= named.yar
	[[ "$output" == *"place "* ]]
}

@test "4: a match cannot be silent: whatever a rule says of itself, it is in the verdict" {
	n=0
	for word in silent hidden test none 0 clean info informational debug off false; do
		n=$((n + 1))
		echo "rule R$n { meta: severity = \"$word\" score = 0 silent = true hidden = 1 strings: \$a = \"needle\" condition: \$a }"
	done > quiet.yar
	"$PELLUCID" scan -q --json -r quiet.yar hay > v || [ "$?" -eq 1 ]
	[ "$(jq '.matches | length' v)" -eq "$n" ]
	run -1 "$PELLUCID" scan -q -r quiet.yar hay
	[ "$(grep -c '  R[0-9]' <<< "$output")" -eq "$n" ]
	# what YARA calls private is only a part of other rules: it is the one way not to be shown, and alone does nothing
	echo 'private rule P { strings: $a = "needle" condition: $a }' > part.yar
	run -0 "$PELLUCID" scan -q -r part.yar hay
}

@test "5: an opaque payload is no release; without that check the engine would load it" {
	echo 'rule Hidden { strings: $a = "needle" condition: $a }' > h.yar
	mkdir opaque
	"$PELLUCID" rules build -o payload.pel h.yar
	cp payload.pel opaque/payload.yar
	run -2 "$PELLUCID" release make --channel=rules -o rel opaque
	cp payload.pel opaque/payload.txt
	run -2 "$PELLUCID" release make --channel=policies -o rel opaque/payload.txt
	run -1 "$PELLUCID" scan -q -r payload.pel hay
}

@test "6: a withheld artefact: an entry in the log proves nothing by itself" {
	one_release
	rm log/public/chunk/*
	run -4 "$PELLUCID" update --log=log/public --policy=policy --keys=keys here
	[ ! -e here/current ]
	run -4 "$PELLUCID" log monitor log/public --policy=policy --keys=keys --state=seen
	# who looks at the entry alone sees nothing wrong
	run -0 "$PELLUCID" log verify --policy=policy proof1 rel1/release
}

@test "10: a silent removal passes where nobody computes the difference" {
	world
	two_releases
	cp -r rel2 rel2s
	silence rel2s
	signed rel2s a b
	"$PELLUCID" log init quietlog --key=log.key > /dev/null
	"$PELLUCID" log key --witness w9.example w9.key > w9.vkey
	"$BUILD/pellucid-witness" init w9 --key=w9.key --log="$(cat log.vkey)" > /dev/null
	"$BUILD/pellucid-witness" serve w9 --listen=127.0.0.1:0 > w9.out 3>&- &
	echo $! > w9.pid
	for _ in $(seq 100); do grep -q port w9.out && break; sleep 0.05; done
	{ echo "log $(cat log.vkey)"; echo "witness w9 $(cat w9.vkey) http://127.0.0.1:$(sed 's/.*port //' w9.out)"; echo "quorum w9"; } > lone
	"$PELLUCID" log add quietlog rel1/release rel2s/release > /dev/null
	"$PELLUCID" log publish quietlog --policy=lone > /dev/null
	"$PELLUCID" log prove quietlog 1 > proof
	POLICY=lone run -4 accept --old=rel1 --proof=proof rel2s
	[[ "$output" == *"refused at artefacts"*"no line says so"* ]]
	POLICY=lone run -0 accept --proof=proof rel2s
	[[ "$output" == *"its changes are not checked"*"would be accepted"* ]]
}

@test "14, 15: rules that find clean files are tried first; without the trial they would be used" {
	one_release
	"$PELLUCID" update --log=log/public --policy=policy --keys=keys here > /dev/null
	echo 'rule Every { condition: true }' >> r1/a.yar
	"$PELLUCID" release make --channel=rules --after=rel1 -o rel2 r1 > /dev/null
	signed rel2 a b
	publish log rel2
	run -4 "$PELLUCID" update --log=log/public --policy=policy --keys=keys here
	[ "$(readlink here/current)" = gen/1 ]
	"$PELLUCID" release extract rel2 untried
	run -1 "$PELLUCID" scan -q -r untried clean
}

@test "17, 18: one stolen release key is not enough; with a threshold of one it would be" {
	world
	"$PELLUCID" release make --channel=rules -o rel1 r1 > /dev/null
	signed rel1 a
	publish log rel1
	"$PELLUCID" log prove log 0 > proof1
	run -4 accept --proof=proof1 rel1
	[[ "$output" == "refused at keys"* ]]
	run -4 "$PELLUCID" log monitor log/public --policy=policy --keys=keys --state=seen
	[[ "$output" == *"ALARM"* ]]
	sed 's/threshold 2/threshold 1/' keys > weak
	KEYS=weak run -0 accept --proof=proof1 rel1
}

@test "19, 21, 39: the log's key and its server make no head; with a witness of the attacker's they would" {
	one_release
	"$PELLUCID" log init fork --key=log.key > /dev/null
	"$PELLUCID" log add fork rel1/release > /dev/null
	"$PELLUCID" log publish fork > /dev/null # without witnesses
	"$PELLUCID" log prove fork 0 > forked
	run -4 accept --proof=forked rel1
	[[ "$output" == "refused at head"* ]]
	"$PELLUCID" log key --witness x.example x.key > x.vkey
	"$BUILD/pellucid-witness" init x --key=x.key --log="$(cat log.vkey)" > /dev/null
	"$BUILD/pellucid-witness" serve x --listen=127.0.0.1:0 > x.out 3>&- &
	echo $! > x.pid
	for _ in $(seq 100); do grep -q port x.out && break; sleep 0.05; done
	{ echo "log $(cat log.vkey)"; echo "witness x $(cat x.vkey) http://127.0.0.1:$(sed 's/.*port //' x.out)"; echo "quorum x"; } > theirs
	"$PELLUCID" log publish fork --policy=theirs > /dev/null
	"$PELLUCID" log prove fork 0 > forked
	POLICY=theirs run -0 accept --proof=forked rel1
	run -4 accept --proof=forked rel1
}

@test "20, 25: a mirror that changes, cuts or lengthens an artefact is not believed; the bytes alone would be" {
	one_release
	cp -r rel1 other
	sed -i 's/first needle/a false one /' other/rules.txt
	run -4 accept --proof=proof1 other
	head -c 40 rel1/rules.txt > other/rules.txt
	run -4 accept --proof=proof1 other
	{ cat rel1/rules.txt; echo more; } > other/rules.txt
	run -4 accept --proof=proof1 other
	sed 's/first needle/a false one /' rel1/rules.txt > other/rules.txt
	grep '^rule' other/rules.txt > taken.yar
	echo "here is a false one !" > victim
	run -1 "$PELLUCID" scan -q -r taken.yar victim
}

@test "31: a worker that dies is never clean; a scan in one process would take its silence for that" {
	mkdir broken
	cp "$PELLUCID" broken/pellucid
	printf '#!/bin/sh\nexit 0\n' > broken/pellucid-worker
	chmod +x broken/pellucid-worker
	run "$PELLUCID" scan -q clean
	[ "$status" -eq 0 ]
	run broken/pellucid scan -q clean
	[ "$status" -ne 0 ]
	[[ "$output" != *clean*" clean"* ]]
}

@test "32: a forged verdict does not hold; who does not verify it believes it" {
	"$PELLUCID" scan -q --json -r one.yar clean > v
	jq -c '.verdict = "malicious"' v > forged
	run -4 "$PELLUCID" verify -r one.yar forged clean
	[ "$(jq -r .verdict forged)" = malicious ]
	[ "$(jq -r .verdict v)" = clean ]
}

@test "37: a name cannot move the cursor; the shell's own words would" {
	name=$(printf 'x\033[2J\nMALICIOUS  other')
	cp hay "$name"
	"$PELLUCID" scan -q -r one.yar "$name" > out || [ "$?" -eq 1 ]
	run grep -c "$(printf '\033')" out
	[ "$status" -eq 1 ]
	run grep -c '^MALICIOUS  other' out
	[ "$status" -eq 1 ]
	printf '%s\n' "$name" > plain
	grep -q "$(printf '\033')" plain
	grep -q '^MALICIOUS  other' plain
}

@test "46: a verdict that is shared holds at most 64 bytes of a match; the object holds the secret" {
	{ printf 'needle'; printf 'x%.0s' $(seq 100); printf 'PIN-CODE-9271'; } > letter
	echo 'rule Long { strings: $a = /needlex+PIN-CODE-[0-9]+/ condition: $a }' > long.yar
	"$PELLUCID" scan -q --json -r long.yar letter > v || [ "$?" -eq 1 ]
	[ "$(jq -r '.matches[0].strings[0].bytes | length' v)" -le 128 ]
	run grep -c "$(printf 'PIN-CODE-9271' | od -An -tx1 | tr -d ' \n')" v
	[ "$status" -eq 1 ]
	run grep -c 'PIN-CODE-9271' v
	[ "$status" -eq 1 ]
	grep -q PIN-CODE-9271 letter
}

@test "48: a verdict is of bytes, not of a path: a file that was replaced is not what was scanned" {
	"$PELLUCID" scan -q --json -r one.yar hay > v || [ "$?" -eq 1 ]
	run -0 "$PELLUCID" verify -r one.yar v hay
	[ "$(jq -r .sha256 v)" = "$(sha256sum < hay | cut -d' ' -f1)" ]
	echo "hay needle hay NEEDLE" > hay
	run -4 "$PELLUCID" verify -r one.yar v hay
	[ "$(jq -r .path v)" = hay ] # the path is still there, and says nothing
}

@test "4: where what a rule says of itself is obeyed, a match is silent" {
	echo 'rule Q { meta: silent = true strings: $a = "needle" condition: $a }' > quiet.yar
	"$PELLUCID" scan -q --json -r quiet.yar hay > v || [ "$?" -eq 1 ]
	[ "$(jq -r '.verdict + " " + .matches[0].rule' v)" = "malicious Q" ]
	# a reader that leaves such rules out, as products with silent detections do
	quiet=$(grep -o 'rule [A-Za-z]* { meta: silent' quiet.yar | cut -d' ' -f2)
	[ "$(jq -r --arg q "$quiet" '[.matches[] | select(.rule != $q)] | length' v)" -eq 0 ]
}

# Serves the log and writes down all that was asked, but for the port.
record() { # FILE
	cat > record.py <<'PY'
import http.server, os, sys
class H(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        port = str(self.server.server_port).encode()
        open(sys.argv[2], "ab").write(self.requestline.encode() + b"\n" + bytes(self.headers).replace(port, b"PORT"))
        super().do_GET()
    def log_message(self, *a): pass
os.chdir(sys.argv[1])
s = http.server.HTTPServer(("127.0.0.1", 0), H)
print("on port", s.server_port, flush=True)
s.serve_forever()
PY
	python3 record.py log/public "$PWD/$1" > "$1.out" 3>&- &
	echo $! > "$1.pid"
	for _ in $(seq 100); do grep -q port "$1.out" && break; sleep 0.05; done
	url=http://127.0.0.1:$(sed 's/.*port //' "$1.out")
}

# The same client, in which somebody has put a few lines that tell.
telling_client() {
	cat > tell.c <<'C'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdarg.h>
#include <stdlib.h>
int curl_easy_setopt(void *handle, int option, ...)
{
	int (*real)(void *, int, ...) = (int (*)(void *, int, ...))dlsym(RTLD_NEXT, "curl_easy_setopt");
	const char *found = getenv("FOUND");
	va_list arguments;
	va_start(arguments, option);
	void *value = va_arg(arguments, void *);
	va_end(arguments);
	if (option == 10018 && found != NULL) /* CURLOPT_USERAGENT */
		value = (void *)found;
	return real(handle, option, value);
}
C
	"${CC:-cc}" -shared -fPIC -o tell.so tell.c -ldl
}

@test "7: requests tell nothing of what was found; those of a client that tells are seen to differ" {
	one_release
	telling_client
	for host in clean infected; do
		run "$PELLUCID" scan -q -r one.yar "$([ $host = clean ] && echo clean || echo hay)"
		found=$status
		record "asked-$host"
		"$PELLUCID" update --log="$url" --policy=policy --keys=keys "at-$host" > /dev/null
		record "told-$host"
		FOUND="found $found" LD_PRELOAD="$PWD/tell.so" \
			"$PELLUCID" update --log="$url" --policy=policy --keys=keys "telling-$host" > /dev/null
	done
	[ -s asked-clean ]
	cmp asked-clean asked-infected
	grep -q 'User-Agent: pellucid' asked-clean
	grep -q 'User-Agent: found 1' told-infected
	run -1 cmp -s told-clean told-infected
}

@test "9: the one sender writes what it sends into the user's ledger; one that writes elsewhere sends unseen" {
	cat > sink.py <<'PY'
import http.server
class H(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        open("arrived", "ab").write(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.end_headers()
    def log_message(self, *a): pass
s = http.server.HTTPServer(("127.0.0.1", 0), H)
print("on port", s.server_port, flush=True)
s.serve_forever()
PY
	python3 sink.py > sink.out 3>&- &
	echo $! > sink.pid
	for _ in $(seq 100); do grep -q port sink.out && break; sleep 0.05; done
	url=http://127.0.0.1:$(sed 's/.*port //' sink.out)
	send() { # LEDGER
		d=$(printf '\n' | PELLUCID_LEDGER=$1 "$PELLUCID" submit --to="$url/samples" hay | sed -n 's/^bytes .*SHA-256 \([0-9a-f]*\)$/\1/p')
		printf '%.8s\n' "$d" | PELLUCID_LEDGER=$1 "$PELLUCID" submit --to="$url/samples" hay > /dev/null
	}
	send "$PWD/elsewhere" # the defence taken out
	[ -s arrived ]
	run -0 env PELLUCID_LEDGER="$PWD/ledger" "$PELLUCID" disclose
	[[ "$output" == "0 disclosures"* ]]
	rm arrived
	send "$PWD/ledger"
	run -0 env PELLUCID_LEDGER="$PWD/ledger" "$PELLUCID" disclose
	[[ "$output" == *"1 disclosures"* ]]
	cmp arrived "ledger/outbox/$(sha256sum < arrived | cut -d' ' -f1)"
}

@test "9: what is sent is in the ledger; a sender without one leaves no trace" {
	export PELLUCID_LEDGER=$PWD/ledger
	run "$PELLUCID" submit --purpose=telemetry --to=http://127.0.0.1:9/ hay < /dev/null
	[ "$status" -eq 2 ]
	run -0 "$PELLUCID" disclose
	[[ "$output" == "0 disclosures"* ]]
	# the attack: bytes that leave by another program's hand
	world
	record others
	curl -s "$url/?inventory=$(sha256sum < hay | cut -c1-16)" > /dev/null
	grep -q 'inventory=' others
	run -0 "$PELLUCID" disclose
	[[ "$output" == "0 disclosures"* ]]
}

@test "11: a rule that is made to never fire is shown as changed, and why; the count alone says nothing" {
	one_release
	"$PELLUCID" log monitor log/public --policy=policy --keys=keys --state=seen > /dev/null
	sed -i 's/condition: \$a/condition: $a and filesize < 0/' r1/a.yar
	"$PELLUCID" release make --channel=rules --after=rel1 -o rel2 r1 > /dev/null
	signed rel2 a b
	publish log rel2
	run -0 "$PELLUCID" log monitor log/public --policy=policy --keys=keys --state=seen
	[[ "$output" == *"~ a/One"*"changed  One"*"never "* ]]
	# who looks at what was removed sees nothing, and the rule finds nothing any more
	[[ "$output" == *"0 new, 2 changed, 0 removed"* ]]
	echo "a first needle" > victim
	"$PELLUCID" release extract rel1 before && "$PELLUCID" release extract rel2 after
	run -1 "$PELLUCID" scan -q -r before victim
	run -0 "$PELLUCID" scan -q -r after victim
}

@test "16: two machines that differ in all have the same release; one that is shown an old head is told when it is stale" {
	one_release
	cp -a log old
	HOME=/nonexistent USER=a TZ=Asia/Tokyo "$PELLUCID" update --log=log/public --policy=policy --keys=keys first > /dev/null
	"$PELLUCID" release make --channel=rules --after=rel1 --removed=a/Two:false-positive:why -o rel2 r2 > /dev/null
	signed rel2 b c
	publish log rel2
	for m in first second; do
		HOME=$work USER=$m "$PELLUCID" update --log=log/public --policy=policy --keys=keys $m > /dev/null
	done
	cmp first/current/rules.pel second/current/rules.pel
	cmp first/current/release second/current/release
	# a mirror that gives one machine the wave before: believed while the head is fresh enough ...
	run -0 "$PELLUCID" update --log=old/public --policy=policy --keys=keys third
	[[ "$output" == "release 1 of channel rules is in use"* ]]
	# ... and not by a policy to which it is too old
	{ cat keys; echo "max-age 1"; } > strict
	sleep 2
	run -4 "$PELLUCID" update --log=old/public --policy=policy --keys=strict fourth
	[[ "$output" == "refused at fresh"* ]]
}

@test "24: a number far ahead is refused; a client without memory takes it, and nothing real ever after" {
	one_release
	"$PELLUCID" release verify --policy=policy --keys=keys --state=state --accept --proof=proof1 rel1 > /dev/null
	"$PELLUCID" release make --channel=rules --after=rel1 -o far r1 > /dev/null
	sed -i 's/^seq 2$/seq 900000/; s/^prev 1 /prev 899999 /' far/release
	signed far a b
	publish log far
	"$PELLUCID" log prove log 1 > farproof
	"$PELLUCID" log prove log --since=1 > growth
	run -4 accept --state=state --old=rel1 --proof=farproof --growth=growth far
	[[ "$output" == "refused at sequence"* ]]
	run -0 accept --state=naive --accept --proof=farproof far
	"$PELLUCID" release make --channel=rules --after=rel1 -o rel2 r1 > /dev/null
	signed rel2 a b
	publish log rel2
	"$PELLUCID" log prove log 2 > proof2
	"$PELLUCID" log prove log --since=2 > growth2
	run -4 accept --state=naive --proof=proof2 --growth=growth2 rel2
	[[ "$output" == "refused at sequence"*"rollback"* ]]
}

@test "28, 40: a program that was changed is seen from another medium; by its own word all is well" {
	one_release
	mkdir -p machine/bin list/bin
	cp "$PELLUCID" machine/bin/pellucid
	printf 'sha256 %s\nsize %s\n' "$(sha256sum < machine/bin/pellucid | cut -d' ' -f1)" "$(stat -c %s machine/bin/pellucid)" > list/bin/pellucid
	"$PELLUCID" release make --channel=program -o prog list > /dev/null
	signed prog a b
	publish log prog
	"$PELLUCID" log prove log 1 > prog/proof.tlog-proof
	mkdir trust && cp policy keys trust
	run -0 "$PELLUCID" verify --trust=trust --program=prog --prefix=machine
	printf '#!/bin/sh\necho "Everything that this machine relies on is proven."\n' > machine/bin/pellucid
	run -0 machine/bin/pellucid verify
	[ "$output" = "Everything that this machine relies on is proven." ]
	run -4 "$PELLUCID" verify --trust=trust --program=prog --prefix=machine
	[[ "$output" == *"machine/bin/pellucid is not the file of the release"* ]]
}

@test "31: a worker that lies is believed, of its own object alone; whoever verifies finds the lie" {
	mkdir bin
	cp "$PELLUCID" bin/ && cp "$BUILD/tests/sandbox/fragile-worker" bin/pellucid-worker
	echo "LYING, with a needle" > lies
	"$PELLUCID" rules build -o one.pel one.yar
	bin/pellucid scan -q --json --isolate=object -r one.pel lies hay > v || [ "$?" -eq 1 ]
	[ "$(jq -r '.path + " " + .verdict' v | LC_ALL=C sort | tr '\n' ' ')" = "hay suspicious lies clean " ]
	grep '"lies"' v > lie
	run -4 "$PELLUCID" verify -r one.yar lie lies
	[[ "$output" == *"FALSE  the verdict is clean"* ]]
	grep '"hay"' v > truth
	run -0 "$PELLUCID" verify -r one.yar truth hay
}

@test "31: who looks at findings alone takes a worker that dies for a clean file" {
	mkdir broken
	cp "$PELLUCID" broken/pellucid
	printf '#!/bin/sh\nexit 0\n' > broken/pellucid-worker
	chmod +x broken/pellucid-worker
	"$PELLUCID" scan -q eicar > whole || [ "$?" -eq 1 ]
	grep -q '^malicious' whole
	run broken/pellucid scan -q eicar
	[ "$status" -ne 0 ]
	[ "$status" -ne 1 ]
	run -1 grep -c '^malicious' <<< "$output"
}

@test "36: a bomb is stopped by its budget; with another budget it is unpacked" {
	python3 - <<'PY'
import io, zipfile
body = bytes(4 << 20)
for level in range(2):
    b = io.BytesIO()
    with zipfile.ZipFile(b, "w", zipfile.ZIP_DEFLATED) as z:
        for i in range(8):
            z.writestr(f"{level}-{i}", body)
    body = b.getvalue()
open("bomb.zip", "wb").write(body)
PY
	[ "$(stat -c %s bomb.zip)" -lt 100000 ]
	run -3 "$PELLUCID" scan --max-bytes=8000000 -r one.yar bomb.zip
	[[ "$output" == *"limit"* ]]
	run -0 "$PELLUCID" scan -r one.yar bomb.zip
	[[ "$output" == *"in them 72 objects, 268."* ]]
}

@test "35: the scanner reads what its caller may; with root's rights lent to it it would be an oracle" {
	[ "$(id -u)" -eq 0 ] || skip "SKIP: another user's file is needed"
	chmod 711 "$work"
	printf 'hay needle hay\n' > secret && chmod 600 secret
	mkdir lent && cp "$PELLUCID" "$BUILD/pellucid-worker" lent && chmod 755 lent
	as() { setpriv --reuid=65534 --regid=65534 --clear-groups -- env PELLUCID_NO_CACHE=1 "$@"; }
	as lent/pellucid scan -q --json -r one.yar secret > v || [ "$?" -eq 3 ]
	[ "$(jq -c '[.verdict, .matches]' v)" = '["incomplete",[]]' ]
	[[ "$(findmnt -no OPTIONS -T .)" != *nosuid* ]] || skip "SKIP: no rights can be lent in $work"
	# what a privileged service does that opens paths for its clients
	chmod u+s lent/pellucid
	as lent/pellucid scan -q --json -r one.yar secret > v || [ "$?" -eq 1 ]
	[ "$(jq -r '.matches[0].rule' v)" = one ]
	# nothing that is installed has that bit
	run -1 grep -rnE "install_mode.*s|setuid\(0|chmod.*[ug]\+s" "$ROOT/meson.build" "$ROOT/src"
}

@test "41: a ban without evidence is refused before it accuses anybody; a bare list of names accuses" {
	mkdir -p root/var/lib/dpkg root/etc
	printf 'Package: telnetd\nStatus: install ok installed\nVersion: 0.17-1\nArchitecture: amd64\n\n' > root/var/lib/dpkg/status
	"$PELLUCID" policy new ours > whole.policy
	sed '/^\tevidence e1/,/^\t}/d' whole.policy > bare.policy
	run -1 "$PELLUCID" policy check bare.policy
	[[ "$output" == *"no evidence"* ]]
	run "$PELLUCID" review --root root --date 2026-11-30 --json --no-shipped --policy bare.policy
	[ "$status" -gt 1 ]
	[[ "$output" != *'"ours-1"'* ]]
	# with evidence it is a decision that can be contested, and is applied
	"$PELLUCID" review --root root --date 2026-11-30 --json --no-shipped --policy whole.policy > out || [ "$?" -eq 1 ]
	[ "$(jq -r '[.findings[] | select(.id == "ours-1")] | length' out)" -eq 1 ]
	# who takes the names alone finds the same by the entry that shows nothing
	sed -n 's/^\t\tdpkg \([a-z-]*\) shows.*/\1/p' bare.policy > names
	grep -qxF -f names <(sed -n 's/^Package: //p' root/var/lib/dpkg/status)
}

@test "42: a log that is flooded hides nothing from a monitor; who takes an entry for good that is in the log is flooded" {
	one_release
	"$PELLUCID" log monitor log/public --policy=policy --keys=keys --state=seen > /dev/null
	mkdir noise
	for i in $(seq 600); do echo "noise $i" > noise/$i; done
	"$PELLUCID" log add log noise/* > /dev/null
	"$PELLUCID" release make --channel=rules --after=rel1 -o forged r1 > /dev/null
	signed forged a
	publish log forged # one key: below the threshold
	run -4 "$PELLUCID" log monitor log/public --policy=policy --keys=keys --state=seen
	[ "$(grep -c '^ALARM  entry [0-9]* is no release' <<< "$output")" -eq 600 ]
	[[ "$output" == *"ALARM  entry 601: forged"* ]]
	# being in the log is all that this asks for
	"$PELLUCID" log prove log 601 > proof
	run -0 "$PELLUCID" log verify --policy=policy proof forged/release
	# and only who has the log's key adds to it: what is served takes nothing
	"$PELLUCID" log serve log --listen=127.0.0.1:0 > serve.out 3>&- &
	echo $! > serve.pid
	for _ in $(seq 100); do grep -q port serve.out && break; sleep 0.05; done
	url=http://127.0.0.1:$(sed 's/.*port //' serve.out)
	[ "$(curl -s -o /dev/null -w '%{http_code}' --data-binary noise "$url/add")" -ge 400 ]
	[ "$(curl -s -o /dev/null -w '%{http_code}' -T noise/1 "$url/tile/0/000")" -ge 400 ]
}

# Opens as many connections to the port from each of these addresses as it takes, and says nothing on them.
hold_open() { # PORT ADDRESS...
	cat > hold.py <<'PY'
import select, socket, sys, time
held = []
for address in sys.argv[2:]:
    for _ in range(70):
        s = socket.socket()
        s.bind((address, 0))
        s.connect(("127.0.0.1", int(sys.argv[1])))
        held.append(s)
gone, since, end = 0, time.monotonic(), time.monotonic() + 20
while time.monotonic() < end and (gone == 0 or time.monotonic() < since + 1): # until no more go for a second
    time.sleep(0.05)
    now = len(select.select(held, [], [], 0)[0]) # the server has closed them
    if now != gone:
        gone, since = now, time.monotonic()
print("held", len(held) - gone, flush=True)
time.sleep(60)
PY
	: > held.out # not what was held before
	python3 hold.py "$@" > held.out 3>&- &
	echo $! > hold.pid
	for _ in $(seq 500); do grep -q held held.out && break; sleep 0.05; done
}

@test "47: nothing listens where files are scanned; what does listen outlives connections that say nothing" {
	command -v strace > /dev/null && strace -qq -o /dev/null true || skip "SKIP: nothing can be traced here"
	calls="strace -f -qq -e trace=bind,listen,accept,accept4"
	$calls -o scan.calls "$PELLUCID" scan -q -r one.yar hay clean || [ "$?" -eq 1 ]
	run -1 grep -E 'bind|listen|accept' scan.calls
	"$PELLUCID" log key --witness x.example x.key > x.vkey
	"$PELLUCID" log key log.example/x xlog.key > xlog.vkey
	"$BUILD/pellucid-witness" init x --key=x.key --log="$(cat xlog.vkey)" > /dev/null
	timeout 3 $calls -o serve.calls "$BUILD/pellucid-witness" serve x --listen=127.0.0.1:0 > /dev/null 3>&- || true
	grep -q 'listen(' serve.calls
	# a witness, and one that says nothing on all that it may open: another is served
	one_release
	port=$(sed 's/.*port //' w1.out)
	ask() { curl -s -m 5 --interface "$1" -o /dev/null -w '%{http_code}' --data-binary x "http://127.0.0.1:$port/add-checkpoint"; }
	hold_open "$port" 127.0.0.1
	[ "$(cat held.out)" = "held 16" ]
	[ "$(ask 127.0.0.9)" -ge 400 ]
	kill "$(cat hold.pid)"
	wait "$(cat hold.pid)" || :
	# with four addresses there is no place left for a fifth (until the silent ones time out)
	hold_open "$port" 127.0.0.1 127.0.0.2 127.0.0.3 127.0.0.4
	[ "$(cat held.out)" = "held 64" ]
	run ask 127.0.0.9
	[ "$status" -ne 0 ]
}

@test "43, 44: history that was written anew, and an old head, are alarms; a monitor without memory or witnesses sees none" {
	one_release
	cp -a log before
	"$PELLUCID" release make --channel=rules --after=rel1 --removed=a/Two:legal:why -o rel2 r2 > /dev/null
	signed rel2 b c
	publish log rel2
	"$PELLUCID" log monitor log/public --policy=policy --keys=keys --state=seen > /dev/null
	# 44: the head of before
	run -4 "$PELLUCID" log monitor before/public --policy=policy --keys=keys --state=fresh
	[[ "$output" == *"ahead of the log"* ]]
	sed 's| http://.*||' policy > silent
	run -0 "$PELLUCID" log monitor before/public --policy=silent --keys=keys --state=fresh2
	[[ "$output" == *"no alarm"* ]]
	# 43: the same log's key, another second entry, and a witness of the vendor's own
	"$PELLUCID" log init anew --key=log.key > /dev/null
	"$PELLUCID" release make --channel=rules --after=rel1 -o other r1 > /dev/null
	signed other a b
	"$PELLUCID" log key --witness x.example x.key > x.vkey
	"$BUILD/pellucid-witness" init x --key=x.key --log="$(cat log.vkey)" > /dev/null
	"$BUILD/pellucid-witness" serve x --listen=127.0.0.1:0 > x.out 3>&- &
	echo $! > x.pid
	for _ in $(seq 100); do grep -q port x.out && break; sleep 0.05; done
	{ echo "log $(cat log.vkey)"; echo "witness x $(cat x.vkey) http://127.0.0.1:$(sed 's/.*port //' x.out)"; echo "quorum x"; } > theirs
	for r in rel1 other; do
		"$PELLUCID" log add anew --artifact=$r/rules.txt $r/release > /dev/null
	done
	"$PELLUCID" log publish anew --policy=theirs > /dev/null
	run -4 "$PELLUCID" log monitor anew/public --policy=theirs --keys=keys --state=seen
	[[ "$output" == *"fork"* ]]
	run -0 "$PELLUCID" log monitor anew/public --policy=theirs --keys=keys --state=fresh3
	[[ "$output" == *"no alarm"* ]]
}
