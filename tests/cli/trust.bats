#!/usr/bin/env bats
# What a machine with a trust policy loads, and the page that says what it relies on.

bats_require_minimum_version 1.5.0
load trust
load helper

teardown() {
	stop_witnesses
	cd / && rm -rf "$work"
}

# A machine that trusts the log of world(), with the first release in use; and a program's release.
machine() {
	world
	"$PELLUCID" release make --channel=rules -o rel1 r1 > /dev/null
	signed rel1 a b
	publish log rel1
	mkdir machine
	cp policy keys machine
	"$PELLUCID" update --log=log/public --policy=policy --keys=keys machine/rules > /dev/null
	export PELLUCID_TRUST=$PWD/machine PELLUCID_LEDGER=$PWD/ledger
	echo "a second needle" > hay
}

# An installation in `prefix`, and a release of its files in `prog1`.
installed() {
	mkdir -p prefix/bin prefix/libexec/pellucid list/bin list/libexec/pellucid
	cp "$PELLUCID" prefix/bin/
	cp "$BUILD/pellucid-worker" prefix/libexec/pellucid/
	ln -s ../libexec/pellucid/pellucid-worker prefix/bin/pellucid-worker
	for f in bin/pellucid libexec/pellucid/pellucid-worker; do
		printf 'sha256 %s\nsize %s\n' "$(sha256sum < prefix/$f | cut -d' ' -f1)" "$(stat -c %s prefix/$f)" > list/$f
	done
	"$PELLUCID" release make --channel=program -o prog1 list > /dev/null
	signed prog1 a b
	publish log prog1
	"$PELLUCID" update --log=log/public --channel=program --policy=policy --keys=keys machine/program > /dev/null
	"$PELLUCID" update --log=log/public --policy=policy --keys=keys machine/rules > /dev/null
}

@test "a machine with a policy loads the proven rules and says so" {
	machine
	run -1 "$PELLUCID" scan hay
	[[ "$output" == *"rules: release 1, proven (entry 0 of its log)"* ]]
}

@test "without a policy each summary says that nothing is proven" {
	run -0 "$PELLUCID" scan clean
	[[ "$output" == *"rules: not proven (no trust policy)"* ]]
}

@test "what no release proves is not loaded" {
	machine
	run -2 "$PELLUCID" scan -q -r one.yar hay
	[[ "$output" == *"rules that no release proves are not loaded"* ]]
	# without the policy they are: the attack that it prevents
	run -1 "$PELLUCID" scan -q --trust=none -r one.yar hay
}

@test "a byte that was changed in the installed rules is seen when they are loaded" {
	machine
	python3 - machine/rules/current/rules.pel <<'PY'
import sys
b = bytearray(open(sys.argv[1], "rb").read())
b[-20] ^= 1
open(sys.argv[1], "wb").write(b)
PY
	run -2 "$PELLUCID" scan -q hay
	[[ "$output" == *"is not the database that was built of release 1"* ]]
	run -4 "$PELLUCID" verify
	[[ "$output" == *"database   FALSE"* ]]
	# without the check it is loaded, or fails somewhere on the way: nobody says why
	run "$PELLUCID" scan -q --trust=none -r machine/rules/current/rules.pel hay
	[[ "$output" != *"release 1"* ]]
}

@test "rules that were swapped with their digest are not what the release's text gives" {
	machine
	printf 'rule Nothing { strings: $a = "nothing at all" condition: $a }\n' > swap.yar
	"$PELLUCID" rules build -o machine/rules/current/rules.pel swap.yar
	printf '%s\n' "$(sha256sum < machine/rules/current/rules.pel | cut -d' ' -f1)" > machine/rules/current/database
	run -0 "$PELLUCID" scan -q hay # who writes there can do this: the page is what sees it
	run -4 "$PELLUCID" verify
	[[ "$output" == *"is not what release 1's text gives"* ]]
}

@test "a release that lies there and was not accepted is not loaded" {
	machine
	two=$PWD/rel2
	"$PELLUCID" release make --channel=rules --after=rel1 --removed=a/Two:false-positive:why -o rel2 r2 > /dev/null
	signed rel2 b c
	publish log rel2
	"$PELLUCID" log prove log 1 > rel2/proof.tlog-proof
	for f in release rules.txt proof.tlog-proof; do cp "$two/$f" machine/rules/current/$f; done
	run -2 "$PELLUCID" scan -q hay
	[[ "$output" == *"are not loaded"* ]]
}

@test "the page: nothing is proven without a policy, and it says what is missing" {
	export PELLUCID_TRUST=$PWD/none PELLUCID_LEDGER=$PWD/ledger
	run -3 "$PELLUCID" verify
	[[ "${lines[0]}" == "program    not proven"* && "${lines[4]}" == "ledger     proven"* ]]
	[[ "${lines[5]}" == "4 of these are not proven."* ]]
}

@test "the page: all is proven; a program that is not the release's is FALSE" {
	machine
	installed
	run -0 prefix/bin/pellucid verify
	[[ "${lines[0]}" == "program    proven      $PWD/prefix/bin/pellucid "*"2 files are those of release 1, entry 1"* ]]
	[[ "${lines[1]}" == "database   proven      release 1 of 2 rules, entry 0"* ]]
	[[ "${lines[2]}" == "log        proven "* && "${lines[3]}" == "witnesses  proven      3 of 3"* ]]
	[ "${lines[5]}" = "Everything that this machine relies on is proven." ]
	printf x >> prefix/libexec/pellucid/pellucid-worker
	run -4 prefix/bin/pellucid verify
	[[ "${lines[0]}" == "program    FALSE"*"pellucid-worker is not the file of the release"* ]]
	[[ "${lines[5]}" == "1 of these is FALSE"* ]]
}

@test "verify --program holds an installation against a release" {
	machine
	installed
	"$PELLUCID" log prove log 1 > prog1/proof.tlog-proof
	run -0 "$PELLUCID" verify --program=prog1 --prefix=prefix
	[[ "$output" == *"holds  2 files beneath prefix are those of the release"* ]]
	printf x >> prefix/bin/pellucid
	run -4 "$PELLUCID" verify --program=prog1 --prefix=prefix
	[[ "$output" == *"FALSE  prefix/bin/pellucid is not the file of the release"* ]]
	# a list that nobody signed
	sed -i 's/size 1/size 2/' prog1/program.txt
	run -4 "$PELLUCID" verify --program=prog1 --prefix=prefix
}

@test "a verdict is held against the release of its database, offline" {
	machine
	"$PELLUCID" scan -q --json hay > verdict || [ "$?" -eq 1 ]
	cp -r machine/rules/current/. mine
	export PELLUCID_TRUST=$PWD/nowhere
	run -0 "$PELLUCID" verify --trust=machine --release=mine verdict hay
	[[ "$output" == *"holds  rules release 1 is entry 0 of log.example/rules"* ]]
	[[ "$output" == *"holds  the verdict's database is the one that this release's text gives"* ]]
	sed 's/"database":"[0-9a-f]*"/"database":"00"/' verdict > other
	run -4 "$PELLUCID" verify --trust=machine --release=mine other hay
	sed -i 's/second needle/second nettle/' mine/rules.txt
	run -4 "$PELLUCID" verify --trust=machine --release=mine verdict hay
	[[ "$output" == *"FALSE  the release: "* ]]
}

@test "rules that have grown old are said to be" {
	machine
	sed -i "s/^time .*/time 1700000000/; s/^expires .*/expires 1700000001/" machine/rules/state machine/rules/current/state
	run -1 "$PELLUCID" scan hay
	[[ "$output" == *"EXPIRED, a newer one may be withheld"* ]]
	run -3 "$PELLUCID" verify
	[[ "$output" == *"witnesses  not proven"* ]]
}

@test "yara, clamscan, review and verify load nothing that is not proven either" {
	machine
	rules=machine/rules/current/rules.pel
	run -1 "$PELLUCID" yara one.yar hay
	[[ "$output" == *"rules that no release proves are not loaded"* ]]
	run -0 "$PELLUCID" yara "$rules" hay
	[ "$output" = "Two hay" ]
	run -0 "$PELLUCID" yara --trust=none one.yar hay # the attack, without the policy
	[ "$output" = "one hay" ]

	echo 'rule Sig { strings: $a = "second" condition: $a }' > sig.yar
	run -2 "$PELLUCID" clamscan -d sig.yar hay
	[[ "$output" == *"rules that no release proves are not loaded"* ]]
	run -1 "$PELLUCID" clamscan hay
	[[ "$output" == *"hay: "*"Two"*" FOUND"*"Signatures: release 1, proven (entry 0 of its log)"* ]]
	run -1 "$PELLUCID" clamscan --trust=none -d sig.yar hay
	[[ "$output" == *"Signatures: not proven (no trust policy, as asked for)"* ]]

	mkdir -p root/usr/bin root/var/lib/dpkg/info
	: > root/var/lib/dpkg/status
	cp hay root/usr/bin/tool && chmod 755 root/usr/bin/tool
	run -1 "$PELLUCID" review --root root --scan
	[[ "$output" == *"/usr/bin/tool"*"rules: release 1, proven (entry 0 of its log)"* ]]
	run -0 "$PELLUCID" review --root root --scan --trust none
	[[ "$output" == *"rules: not proven (no trust policy, as asked for)"* ]]

	"$PELLUCID" scan -q --json hay > verdict || [ "$?" -eq 1 ]
	run -0 "$PELLUCID" verify verdict hay
	[[ "$output" == *"holds  rules release 1 is entry 0 of log.example/rules"* ]]
	[[ "$output" == *"note   the rules: release 1, proven (entry 0 of its log)"* ]]
	run -2 "$PELLUCID" verify -r r1 verdict hay
	[[ "$output" == *"rules that no release proves are not loaded"* ]]
	run -0 "$PELLUCID" verify --trust=none -r r1 verdict hay
	[[ "$output" == *"note   the rules: not proven (no trust policy, as asked for)"* ]]
	# a byte of the database that nobody released
	printf x >> "$rules"
	for verb in 'scan hay' 'clamscan hay' 'verify verdict hay' 'review --root root --scan --trust machine'; do
		# shellcheck disable=SC2086
		run -2 "$PELLUCID" $verb
		[[ "$output" == *"the rules are not proven, and are not loaded: "*"is not the database that was built of release 1"* ]]
	done
	run -1 "$PELLUCID" yara "$rules" hay
}

@test "libpellucid opens what a policy proves and no other, and says what proves it" {
	! sanitized || skip "the library is built for release"
	machine
	cc -I "$ROOT/include" "$ROOT/examples/scan_file.c" -o scan_file "$BUILD/libpellucid.so"
	export LD_LIBRARY_PATH="$BUILD"
	run -1 ./scan_file --trust=machine hay
	[[ "$output" == *"Two ("*"rules: release 1, proven (entry 0 of its log)"* ]]
	run -1 ./scan_file one.yar hay
	[[ "$output" == *"rules: not proven (no trust policy)"* ]]
	run -2 ./scan_file --trust=nowhere hay
	[[ "$output" == *"no trust policy in nowhere"* ]]
	printf x >> machine/rules/current/rules.pel
	run -2 ./scan_file --trust=machine hay
	[[ "$output" == *"is not the database that was built of release 1"* ]]
}
