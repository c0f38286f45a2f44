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
