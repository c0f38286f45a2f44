bats_require_minimum_version 1.5.0
load helper

@test "eicar is found, with status 1" {
	run "$PELLUCID" scan -q eicar
	[ "$status" -eq 1 ]
	[[ "$output" == *"malicious"*"eicar"*"EICAR_Test_File"* ]]
}

@test "a clean file gives status 0 and no line" {
	run "$PELLUCID" scan -q clean
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "the program, which carries the starter rules, is not found by them" {
	run "$PELLUCID" scan -q "$PELLUCID"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "what is not there is named, and the status is 3" {
	run "$PELLUCID" scan clean nowhere
	[ "$status" -eq 3 ]
	[[ "$output" == *"not examined"*"nowhere"* ]]
	[[ "$output" == *"1 unreadable"* ]]
}

@test "a finding outweighs what is incomplete" {
	run "$PELLUCID" scan -q eicar nowhere
	[ "$status" -eq 1 ]
}

@test "without a path it says so, with status 2" {
	run "$PELLUCID" scan
	[ "$status" -eq 2 ]
}

@test "an unknown option gives status 2" {
	run "$PELLUCID" scan --no-such-option clean
	[ "$status" -eq 2 ]
}

@test "rules that are not there give status 2" {
	run "$PELLUCID" scan -r nowhere.yar clean
	[ "$status" -eq 2 ]
}

@test "standard input is an object" {
	run sh -c '"$PELLUCID" scan -q - < eicar'
	[ "$status" -eq 1 ]
}

@test "a directory is walked and its links are not followed" {
	mkdir tree && cp eicar tree/a && ln -s ../eicar tree/link && mkfifo tree/fifo
	run "$PELLUCID" scan tree
	[ "$status" -eq 1 ]
	[[ "$output" == *"1 objects"* ]]
	[[ "$output" == *"passed over: 2"* ]]
}

@test "--files-from reads one path a line" {
	printf 'clean\neicar\n' > list
	run "$PELLUCID" scan --files-from list
	[ "$status" -eq 1 ]
	[[ "$output" == *"2 objects"* ]]
}

@test "--exclude leaves out, and counts" {
	run "$PELLUCID" scan --exclude eicar .
	[ "$status" -eq 0 ]
	[[ "$output" == *"passed over: 1"* ]]
}

@test "--max-size makes larger files incomplete" {
	run "$PELLUCID" scan --max-size 10 clean
	[ "$status" -eq 3 ]
	[[ "$output" == *"limit"* ]]
}

@test "--why shows rule, source, string, place and value" {
	run "$PELLUCID" scan -q --why -r one.yar hay
	[ "$status" -eq 1 ]
	[[ "$output" == *"suspicious"*"hay"* ]]
	[[ "$output" == *"one.yar:1"* ]]
	[[ "$output" == *"author: A"* ]]
	[[ "$output" == *'$a'*"0x00000004"*"6e 65 65 64 6c 65"* ]]
	[[ "$output" == *"filesize = 22"* ]]
}

@test "--json writes one object a line with the evidence" {
	"$PELLUCID" scan -q --json -r one.yar hay clean > out.json || true
	[ "$(wc -l < out.json)" -eq 2 ]
	[ "$(jq -r 'select(.path == "hay") | .verdict' out.json)" = suspicious ]
	[ "$(jq -c 'select(.path == "hay") | [.matches[0].strings[].offset]' out.json)" = "[4,15]" ]
	[ "$(jq -r 'select(.path == "hay") | .sha256' out.json)" = "$(sha256sum hay | cut -d' ' -f1)" ]
	[ "$(jq -r 'select(.path == "clean") | .verdict' out.json)" = clean ]
}

@test "--json shows the bytes that matched, however large the object" {
	printf 'rule r { strings: $a = "needle" condition: $a }' > r.yar
	for size in 10K 1M 20M 70M; do
		truncate -s $size large
		printf needle >> large
		"$PELLUCID" scan -q -r r.yar --json large > out || [ "$?" -eq 1 ]
		[ "$(jq -r '.matches[0].strings[0].bytes' out)" = 6e6565646c65 ]
		rm large
	done
}

@test "a string that occurs more than a million times is told" {
	printf 'rule many { strings: $a = "aa" condition: #a > 1000000 }' > r.yar
	head -c 1000002 /dev/zero | tr '\0' a > hay
	run "$PELLUCID" scan -q -r r.yar hay
	[ "$status" -eq 3 ]
	[[ "$output" == *"incomplete"*"hay"*"limit:matches, rule many"* ]]
	head -c 900000 /dev/zero | tr '\0' a > hay
	run "$PELLUCID" scan -q -r r.yar hay
	[ "$status" -eq 0 ]
}

@test "--json says exactly a name that is no UTF-8" {
	cp hay "$(printf 'h\377y')"
	"$PELLUCID" scan -q --json -r one.yar . > out.json || true
	[ "$(jq -r 'select(.path_hex) | .path_hex' out.json)" = 2e2f68ff79 ]
}

@test "control characters in names do not reach the terminal" {
	cp hay "$(printf 'h\033[31my')"
	run "$PELLUCID" scan -q -r one.yar .
	[[ "$output" != *$'\033'* ]]
	[[ "$output" == *'\x1b'* ]]
}

@test "--sarif names no place and no rule twice" {
	printf 'rule r { strings: $a = "needle" $b = "NEEDLE" nocase condition: any of them }\n' > r.yar
	for f in hay clean; do sha256sum "$f" | cut -d' ' -f1; done > set.hashes
	"$PELLUCID" scan -q --sarif -r r.yar -r set.hashes hay clean > out.sarif || [ $? -eq 1 ]
	[ "$(jq '.runs[0].results[0].relatedLocations | length' out.sarif)" -eq 1 ] # of two places, each of two strings
	[ "$(jq '.runs[0].results | length' out.sarif)" -eq 3 ]
	[ "$(jq -c '.runs[0].tool.driver.rules | length, length == (map(.id) | unique | length)' out.sarif)" = "$(printf '2\ntrue')" ]
}

@test "--sarif is a log of version 2.1.0" {
	"$PELLUCID" scan -q --sarif -r one.yar hay > out.sarif || true
	[ "$(jq -r .version out.sarif)" = 2.1.0 ]
	[ "$(jq -r '.runs[0].results[0].ruleId' out.sarif)" = one ]
	[ "$(jq -r '.runs[0].results[0].level' out.sarif)" = warning ]
	[ "$(jq -r '.runs[0].tool.driver.rules[0].id' out.sarif)" = one ]
}

@test "--hash gives the digest of clean files too" {
	"$PELLUCID" scan -q --json --hash clean > out.json
	[ "$(jq -r .sha256 out.json)" = "$(sha256sum clean | cut -d' ' -f1)" ]
}

@test "a broken rule is told and does not cost the others; --strict makes it fatal" {
	printf 'rule bad { condition: nothing }\n' > bad.yar
	run "$PELLUCID" scan -q -r one.yar -r bad.yar hay
	[ "$status" -eq 1 ]
	[[ "$output" == *"bad.yar:1:"*"error"* ]]
	run "$PELLUCID" scan -q --strict -r one.yar -r bad.yar hay
	[ "$status" -eq 2 ]
}

@test "a rule that was left out is told, and makes the scan incomplete" {
	printf 'rule bad { condition: nothing }\nrule on_bad { condition: bad }\n' > bad.yar
	run "$PELLUCID" scan -r one.yar -r bad.yar clean
	[ "$status" -eq 3 ]
	[[ "$output" == *"left out: 2 rules with errors (bad, on_bad)"* ]]
	[[ "$output" != *"everything was examined;"* ]]
	run "$PELLUCID" scan -r one.yar clean
	[ "$status" -eq 0 ]
	[[ "$output" == *"everything was examined;"* ]]
	[[ "$output" != *"left out"* ]]

	"$PELLUCID" scan -q --json -r one.yar -r bad.yar clean > v.json 2> /dev/null || [ $? -eq 3 ]
	[ "$(jq -r 'select(.path == "bad.yar") | .verdict' v.json)" = "$(printf 'incomplete\nincomplete')" ]
	[ "$(jq -r '.incomplete[] | .rule' v.json)" = "$(printf 'bad\non_bad')" ]
	[ "$(jq -r 'select(.path == "clean") | .verdict' v.json)" = clean ]

	"$PELLUCID" scan -q --sarif -r one.yar -r bad.yar clean > v.sarif 2> /dev/null || [ $? -eq 3 ]
	[ "$(jq '[.runs[0].results[] | select(.ruleId == "pellucid/incomplete")] | length' v.sarif)" -eq 2 ]
	jq -r '.runs[0].results[0].message.text' v.sarif | grep -q 'undefined identifier "nothing", rule bad$'
}

@test "a built database remembers that rules were left out" {
	printf 'rule bad { condition: nothing }\ninclude "nowhere.yar"\n' > bad.yar
	"$PELLUCID" rules build -o all.pel one.yar bad.yar 2> /dev/null || [ $? -eq 3 ]
	run "$PELLUCID" scan -r all.pel clean
	[ "$status" -eq 3 ]
	[[ "$output" == *"left out: 2 rules with errors (all.pel)"* ]]
	run "$PELLUCID" scan -r all.pel hay
	[ "$status" -eq 1 ]
	"$PELLUCID" scan -q --json -r all.pel clean > v.json || [ $? -eq 3 ]
	[ "$(jq -r '.incomplete[].detail' v.json)" = "2 rules had errors when it was built, and were left out" ]
}

@test "-d gives an external variable its value" {
	printf 'rule ext { condition: wanted == 7 }\n' > ext.yar
	run "$PELLUCID" scan -q -r ext.yar -d wanted=7 clean
	[ "$status" -eq 1 ]
	run "$PELLUCID" scan -q -r ext.yar -d wanted=8 clean
	[ "$status" -eq 0 ]
}

@test "sources are built once and kept; a change is seen" {
	run -1 "$PELLUCID" scan -q -r one.yar hay
	[ "$(ls "$XDG_CACHE_HOME/pellucid" | wc -l)" -eq 1 ]
	before=$(ls -i "$XDG_CACHE_HOME/pellucid")
	run -1 "$PELLUCID" scan -q -r one.yar hay
	[ "$(ls -i "$XDG_CACHE_HOME/pellucid")" = "$before" ] # used, and not written anew
	sed -i 's/"needle"/"straw"/' one.yar
	run "$PELLUCID" scan -q -r one.yar hay
	[ "$status" -eq 0 ]
	[ "$(ls "$XDG_CACHE_HOME/pellucid" | wc -l)" -eq 2 ]
}

@test "a change in an included file is seen" {
	printf 'include "one.yar"\n' > all.yar
	run "$PELLUCID" scan -q -r all.yar hay
	[ "$status" -eq 1 ]
	sed -i 's/"needle"/"straw"/' one.yar
	run "$PELLUCID" scan -q -r all.yar hay
	[ "$status" -eq 0 ]
}

@test "a damaged file in the cache is built anew" {
	"$PELLUCID" scan -q -r one.yar hay || true
	f=$(echo "$XDG_CACHE_HOME"/pellucid/*.pel)
	cp "$f" whole
	head -c 2000 /dev/urandom | dd of="$f" bs=1 seek=3000 conv=notrunc status=none
	run -1 cmp -s whole "$f"
	before=$(ls -i "$f")
	run "$PELLUCID" scan -q -r one.yar hay
	[ "$status" -eq 1 ]
	[ "$(ls -i "$f")" != "$before" ]
	cmp whole "$f"
}

@test "the cache of rules follows no link, is nobody else's to write, and gives a source no other's rules" {
	c=$XDG_CACHE_HOME/pellucid
	sed 's/needle/hay/; s/rule one/rule two/' one.yar > two.yar
	run -1 "$PELLUCID" scan -q -r one.yar hay
	one=$(ls "$c")
	run -1 "$PELLUCID" scan -q -r two.yar hay
	two=$(ls -I "$one" "$c")
	cp "$c/$one" "$c/$two"
	run -1 "$PELLUCID" scan -q -r two.yar hay
	[[ "$output" == *" two"* && "$output" != *" one"* ]]
	echo precious > victim
	ln -sf "$PWD/victim" "$c/$one"
	run -1 "$PELLUCID" scan -q -r one.yar hay
	[ "$(cat victim)" = precious ]
	[ ! -L "$c/$one" ]
	rm "$c"/*
	chmod o+w "$c"
	run -1 "$PELLUCID" scan -q -r one.yar hay
	chmod o-w "$c"
	mv cache real && ln -s real cache
	run -1 "$PELLUCID" scan -q -r one.yar hay
	[ -z "$(ls real/pellucid)" ]
}

@test "where no rule is left there is no scan" {
	printf 'rule bad { condition: nothing }\n' > bad.yar
	run "$PELLUCID" scan -q -r bad.yar hay
	[ "$status" -eq 2 ]
	[[ "$output" == *"no rule is left"* ]]
}

@test "a process's memory is scanned with --pid" {
	printf 'rule mark { strings: $a = "mark-of-this-child" condition: $a }\n' > mark.yar
	MARK=mark-of-this-child sleep 60 3>&- &
	pid=$!
	for _ in {1..200}; do
		[ "$(cat "/proc/$pid/comm")" != sleep ] || break
		sleep 0.01
	done
	run "$PELLUCID" scan -r mark.yar --pid "$pid"
	kill "$pid"
	# where the kernel lets nobody look into what is not a child of his own
	if [[ "$output" == *"/proc/$pid/mem: Permission denied"* || "$output" == *"/proc/$pid/mem: Operation not permitted"* ]]; then
		[ "$status" -eq 3 ]
		skip "this kernel shows no other process's memory"
	fi
	[ "$status" -eq 1 ]
	[[ "$output" == *"pid/$pid"*"mark"* ]]
	[[ "$output" == *"1 objects"* ]]
}

@test "a worker reads signatures behind the walls" {
	cat > signed.yar <<'RULE'
import "pe"
rule signed { condition: pe.number_of_signatures > 0 and pe.signatures[0].subject contains "CN=" }
RULE
	mkdir nobody
	for der in "$ROOT"/fuzz/corpus/pe_sign/*.der; do
		case $(basename "$der") in
		empty.der | no-signature.der) to=nobody ;; # these have no signer
		*) to=. ;;
		esac
		signed_image "$der" > "$to/$(basename "$der" .der).exe"
	done
	run "$PELLUCID" scan -q -r signed.yar nobody
	[ "$status" -eq 0 ]
	run "$PELLUCID" scan -q -r signed.yar ./*.exe clean
	[ "$status" -eq 1 ]
	[ "$(grep -c signed <<< "$output")" -eq "$(ls ./*.exe | wc -l)" ]
	[[ "$output" != *"not examined"* ]]
	# in this process it finds the same, and libcrypto's configuration is nobody's business
	echo 'openssl_conf = nowhere' > openssl.cnf
	OPENSSL_CONF=$PWD/openssl.cnf run "$PELLUCID" yara signed.yar .
	[ "$status" -eq 0 ]
	[ "$(grep -c '^signed ' <<< "$output")" -eq "$(ls ./*.exe | wc -l)" ]
}

@test "a worker asks libmagic behind the walls" {
	cat > kind.yar <<'RULE'
import "magic"
rule kind { condition: magic.type() contains "ASCII text" and magic.mime_type() == "text/plain" }
RULE
	run "$PELLUCID" scan -q -r kind.yar clean
	[ "$status" -eq 1 ]
	[[ "$output" == *"kind"* ]]
}

@test "a module is given data; what it cannot read is told at each object whose rule asks" {
	printf 'import "cuckoo"\nrule y { condition: cuckoo.sync.mutex(/^mark$/) }\n' > c.yar
	printf '{ "behavior": { "summary": { "mutexes": [ "mark" ] } } }' > report.json
	printf '{ broken' > broken.json
	run "$PELLUCID" scan -q -r c.yar --module-data=cuckoo=report.json clean
	[ "$status" -eq 1 ]
	run "$PELLUCID" scan -q -r c.yar --module-data=cuckoo=broken.json clean
	[ "$status" -eq 3 ]
	[[ "$output" == *"damaged: cuckoo: report:"*"rule y"* ]]
	run "$PELLUCID" scan -q -r c.yar --module-data=nothing=report.json clean
	[ "$status" -eq 2 ]
	run "$PELLUCID" scan -q -r c.yar --module-data=cuckoo=nowhere clean
	[ "$status" -eq 2 ]
}

@test "the module magic answers in the workers" {
	printf 'import "magic"\nrule m { condition: magic.mime_type() == "text/plain" }\n' > m.yar
	run "$PELLUCID" scan -q -r m.yar clean
	[ "$status" -eq 1 ]
	printf '\x89PNG\r\n\x1a\n' > png
	run "$PELLUCID" scan -q -r m.yar png
	[ "$status" -eq 0 ]
}

@test "external variables of a built database" {
	printf 'rule big { condition: n > 5 }\n' > n.yar
	"$PELLUCID" rules build -d n=1 -o n.pel n.yar
	"$PELLUCID" scan -q -r n.pel clean
	run "$PELLUCID" scan -q -d n=6 -r n.pel clean
	[ "$status" -eq 1 ]
	"$PELLUCID" scan -q --json -d n=6 -r n.pel clean > v.json || :
	"$PELLUCID" verify -d n=6 --rules n.pel v.json clean
	run "$PELLUCID" verify --rules n.pel v.json clean
	[ "$status" -eq 4 ]
	run "$PELLUCID" scan -q -d n=text -r n.pel clean
	[ "$status" -eq 2 ]
}

@test "a number that is none, or out of range, is refused: a limit read wrong leaves out what it should not" {
	for o in --max-size=10k --max-size=-1 --max-size=0 --max-size=99999999999999999999 --max-size= --time-limit=0 --time-limit=1.5 \
		--jobs=0 --jobs=65 --jobs=2x --pid=0 --pid=-1 --pid=x --max-depth=65; do
		run -2 "$PELLUCID" scan "$o" .
		[[ "$output" == *"takes a number from"*" to "* ]]
	done
}

@test "a scan that is broken off does not say that all was examined" {
	mkdir full
	mkfifo list
	cp hay full/1
	"$PELLUCID" scan -r one.yar --files-from=list > out 2> err &
	pid=$!
	exec 7<> list
	echo full/1 >&7
	for _ in $(seq 100); do
		grep -q full/1 out && break
		sleep 0.1
	done
	kill -INT "$pid"
	echo full/1 >&7
	exec 7>&-
	status=0
	wait "$pid" || status=$?
	[ "$status" -eq 1 ]
	grep -q '^broken off: ' err
	grep -q 'not everything was examined' err
	run ! grep -q '^everything was examined' err
}

# Waits until `$1` has a worker, and some more, so that it is at its object.
at_work() {
	for _ in $(seq 100); do
		[ -z "$(cat "/proc/$1/task/$1/children")" ] || break
		sleep 0.1
	done
	sleep 1
}

@test "a scan that is broken off ends soon: the object at hand is incomplete, what was found is told" {
	# each spends its budget of steps: minutes, all together
	for i in $(seq 200); do
		echo "rule slow$i { condition: filesize > 100 and for all i in (0..1000000000) : (uint8(i % 7) < 256 + $i) }"
	done > slow.yar
	cat one.yar slow.yar > all.yar
	mkdir tree && cp hay tree/1 && head -c 1000 /dev/zero > tree/2 && cp hay tree/3
	"$PELLUCID" scan -j 1 --isolate=object -r all.yar tree > out 2> err &
	pid=$!
	for _ in $(seq 100); do
		grep -q tree/1 out && break
		sleep 0.1
	done
	at_work "$pid"
	kill -INT "$pid"
	status=0
	wait "$pid" || status=$?
	[ "$status" -eq 1 ]
	grep -q 'tree/1' out
	grep -q 'incomplete.*tree/2' out
	grep -q 'interrupted' out
	grep -q '^broken off: ' err
	grep -q 'not examined: .* in part' err
	# with nothing found it is incomplete
	"$PELLUCID" scan -j 1 -r slow.yar --json tree/2 > out 2> err &
	pid=$!
	at_work "$pid"
	kill -TERM "$pid"
	status=0
	wait "$pid" || status=$?
	[ "$status" -eq 3 ]
	grep -q '"reason":"interrupted"' out
}

# Waits until `$1` is no longer the shell, and catches SIGINT.
catches() {
	for _ in $(seq 200); do
		mask=$(sed -n 's/^SigCgt:[[:space:]]*//p' "/proc/$1/status")
		[ "/proc/$1/exe" -ef "$BASH" ] || [ $((0x${mask:-0} & 2)) -eq 0 ] || return 0
		sleep 0.05
	done
	return 1
}

@test "a scan of standard input or of a list ends when it is broken off" {
	mkfifo input list
	for from in 'scan -r one.yar -' 'scan -r one.yar --files-from=-'; do
		# shellcheck disable=SC2086
		"$PELLUCID" $from < input > out 2> err &
		pid=$!
		exec 7> input
		catches "$pid"
		sleep 0.5 # it reads by then
		kill -INT "$pid"
		status=0
		wait "$pid" || status=$?
		exec 7>&-
		[ "$status" -eq 3 ]
		grep -q '^broken off: ' err
	done
}

@test "where few descriptors can be had fewer objects wait, and none is left out" {
	mkdir -p few
	seq 1200 | sed 's,.*,few/&,' | xargs touch
	for n in 1024 512 200; do
		for workers in 1 2 8; do
			run -0 sh -c 'ulimit -n "$1" && exec "$2" scan "-j$3" -r one.yar few' - \
				"$n" "$PELLUCID" "$workers"
			[[ "$output" == *"1200 objects, "* ]]
		done
	done
}

@test "bytes of a file that no worker could hold are not counted as scanned" {
	half=$(($(grep -o '^MemTotal: *[0-9]*' /proc/meminfo | grep -o '[0-9]*$') * 512))
	[ "$half" -ge $((4 << 30)) ] || half=$((4 << 30))
	truncate -s $((half + (64 << 20))) vast || skip "no file of that size can be had here"
	TMPDIR=/nowhere run -3 "$PELLUCID" scan -r one.yar vast
	[[ "$output" == *"limit:size"*"the copy in /nowhere failed"* ]]
	[[ "$output" == *"1 objects, 0.0 MB in"* ]]
	# nor those of one that is too large for a worker's addresses
	! sanitized || return 0
	truncate -s 8T vaster || return 0
	PELLUCID_SPOOL_ABOVE=1 run -3 "$PELLUCID" scan -r one.yar vaster
	[[ "$output" == *"limit:size: a worker has no addresses for so large an object"* ]]
	[[ "$output" == *"1 objects, 0.0 MB in"* ]]
}

@test "what is printed and not written is an error, and goes into no other file" {
	for verb in "scan -q --json clean" "inspect clean" "yara one.yar hay" "clamscan -d one.yar clean" "self-test --help" "rules list one.yar" \
		"rules check one.yar" "rules build -o one.pel one.yar" "policy profiles" "recover list" help version; do
		status=0
		"$PELLUCID" $verb > /dev/full 2> err || status=$?
		[[ "$status" -ne 0 && "$status" -ne 3 ]]
		grep -q 'cannot be written' err
		status=0
		"$PELLUCID" $verb >&- 2> err || status=$?
		[[ "$status" -ne 0 && "$status" -ne 3 ]]
		grep -q 'cannot be written' err
	done
	status=0
	"$PELLUCID" scan -q - <&- 2> err || status=$?
	[ "$status" -eq 3 ]
	"$PELLUCID" scan -q clean <&- 2>&-
}

@test "a list of passwords that cannot be read is named" {
	run -2 "$PELLUCID" scan --passwords=nofile hay
	[[ "$output" == *"nofile: open: No such file or directory"* ]]
	mkdir folder
	run -2 "$PELLUCID" scan --passwords=folder hay
	[[ "$output" == *"folder: read: Is a directory"* ]]
}

@test "the forms for programs exclude each other" {
	for order in "--json --sarif" "--sarif --json"; do
		run -2 "$PELLUCID" scan $order -r one.yar hay
		[ "$output" = "pellucid scan: --json or --sarif, not both" ]
	done
	run -1 "$PELLUCID" scan -q --json --json -r one.yar hay
}

@test "a slash at the end of an exclusion changes nothing" {
	mkdir -p ex/src ex/doc && cp hay ex/src/a && cp hay ex/doc/b
	for glob in ex/src ex/src/ ex/src// src/; do
		run -1 "$PELLUCID" scan -r one.yar --exclude="$glob" ex
		[[ "$output" == *"1 objects, "* ]]
		[[ "$output" != *"ex/src/a"* ]]
	done
}

# on_terminal COLUMNS TERM COMMAND: what it prints there
on_terminal() {
	TERM=$2 script -qec "stty cols $1; $3" /dev/null < /dev/null
}

@test "the line of progress fits into the terminal, and a dumb one gets neither it nor colours" {
	cp hay "$(printf 'long%.0s' {1..30})"
	scan="$PELLUCID scan -r one.yar --files-from=-"
	slow="(echo hay; sleep 0.7; echo long*; echo clean) | $scan"
	for columns in 20 40; do
		on_terminal $columns xterm "(echo hay; sleep 3; echo long*; echo clean) | $scan" > seen || [ $? -eq 1 ]
		# what stands behind the erasing of the line is progress, or something that ends with the line
		tr '\r' '\n' < seen | sed -n $'s/^\033\\[K//p' | grep ' objects, .*MB' | grep -v rules > progress
		[ -s progress ]
		[ "$(wc -L < progress)" -lt $columns ]
	done
	unset NO_COLOR
	on_terminal 80 xterm "$slow" > seen || [ $? -eq 1 ]
	grep -q $'\033\\[[0-9;]*m' seen
	on_terminal 80 dumb "$slow" > seen || [ $? -eq 1 ]
	grep -q suspicious seen
	! grep -q $'\033' seen || false
}

# What one rule could not pay for is no answer for another that asks for the same string.  A turn of the loop costs 5 steps within
# the file and 4 behind it, of 108 millions; a search 500 thousand, for which these leave less.
@test "a rule that runs out of steps costs no other rule its strings" {
	head -c 7999990 /dev/zero > large
	printf evilmarker >> large
	for turns in 24900000 24937500 24970000; do
		cat > two.yar <<RULES
rule slow { strings: \$x = "evilmarker" condition: for any i in (0..$turns) : (uint8(i) == 1) or #x > 3 }
rule other { strings: \$x = "evilmarker" condition: \$x }
RULES
		"$PELLUCID" scan -q -r two.yar --json large > out || [ $? -eq 1 ]
		[ "$(jq -c '[.matches[].rule]' out)" = '["other"]' ]
		grep -q limit:steps out
	done
}

# Its last import stands behind 17 libraries that share 16,384 thunks without a name: more than are gone through.
@test "an import behind more thunks than are read is a rule without an answer, and not a clean file" {
	python3 - <<-'PY'
		import struct
		def program(junk):
		    def at(n):  # of the image: its one section lies in the file as it does in memory
		        return 0x1000 + n
		    table, names, thunks = 0, 20 * (junk + 2), 20 * (junk + 2) + 64
		    body = bytearray(thunks + 16 + 4 * 16385)
		    body[names:names + 6] = b"x.dll\0"
		    body[names + 16:names + 22] = b"\0\0run\0"
		    struct.pack_into("<II", body, thunks, at(names + 16), 0)
		    struct.pack_into("<16384I", body, thunks + 16, *[0x7fffffff] * 16384)
		    for i in range(junk + 1):
		        lookup = at(thunks if i == junk else thunks + 16)
		        struct.pack_into("<IIIII", body, 20 * i, lookup, 0, 0, at(names), lookup)
		    head = bytearray(0x200)
		    head[:2] = b"MZ"
		    struct.pack_into("<I", head, 60, 64)
		    struct.pack_into("<4sHHIIIHH", head, 64, b"PE\0\0", 0x14c, 1, 0, 0, 0, 224, 0x102)
		    struct.pack_into("<HBBIIIIIIIII", head, 88, 0x10b, 1, 0, 0, 0, 0, at(0), at(0), 0, 0x400000, 0x1000, 0x200)
		    struct.pack_into("<III", head, 88 + 56, at(0) + (len(body) | 0xfff) + 1, 0x200, 0)
		    struct.pack_into("<I", head, 88 + 92, 16)
		    struct.pack_into("<II", head, 88 + 96 + 8, at(0), names)
		    struct.pack_into("<8sIIII", head, 88 + 224, b".data", len(body), at(0), len(body), 0x200)
		    return bytes(head + body)
		open("few.exe", "wb").write(program(15))
		open("many.exe", "wb").write(program(17))
	PY
	printf 'import "pe"\nrule Runs { condition: pe.imports("x.dll", "run") }\nrule Runs_not { condition: not pe.imports("x.dll", "run") }\nrule Is { condition: pe.is_pe and pe.machine == 0x14c and filesize < 1KB }\n' > runs.yar
	run "$PELLUCID" scan -q -r runs.yar few.exe
	[ "$status" -eq 1 ]
	run "$PELLUCID" scan -q -r runs.yar many.exe
	[ "$status" -eq 3 ]
	[[ "$output" == *"limit:steps"*Runs* ]]
	"$PELLUCID" inspect many.exe | jq -e '.pe.error == "pe: cut at a limit"'
}
