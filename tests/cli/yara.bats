load helper

# Asks yara and Pellucid the same and compares output and status to the letter.
same() {
	a=0; b=0; yara "$@" > theirs 2> theirs.err || a=$?
	"$PELLUCID" yara "$@" > ours 2> ours.err || b=$?
	diff theirs ours || return 1
	[ "$a" -eq "$b" ] || { echo "$*: status $b, not $a"; cat ours.err theirs.err; return 1; }
}

@test "plain, tags, meta, namespace, strings, lengths" {
	for o in '' -g -m -e -s -L '-s -L' '-g -m -e -s' '-c' '-n' '-t tag' '-t none' '-i one' '-i two' '-l 1' -f -w; do
		# shellcheck disable=SC2086
		same $o one.yar hay
		# shellcheck disable=SC2086
		same $o one.yar clean
	done
}

@test "xor keys" {
	printf 'rule x { strings: $a = "secret" xor condition: $a }\n' > x.yar
	printf '..rdbsdu..secret' > f
	same -s x.yar f
}

@test "a directory, with and without -r" {
	mkdir -p d/e && cp hay d/a && cp hay d/e/b
	same one.yar d/a
	same -r one.yar d/e
}

@test "namespaces and several files of rules" {
	sed 's/rule one/rule two/' one.yar > two.yar
	same -e first:one.yar second:two.yar hay
	same -e one.yar two.yar hay
}

@test "external variables" {
	printf 'rule e { condition: i == 1 and s contains "x" and b }\n' > e.yar
	same -d i=1 -d s=axb -d b=true e.yar hay
	same -d i=2 -d s=axb -d b=true e.yar hay
}

@test "external variables of a built database" {
	printf 'rule text { condition: s contains "x" }\nrule number { condition: n > 5 }\n' > e.yar
	yarac -d n=1 -d s= e.yar e.yac
	"$PELLUCID" rules build -d n=1 -d s= -o e.pel e.yar
	for o in '' '-d n=6' '-d s=axb' '-d n=6 -d s=x'; do
		# shellcheck disable=SC2086
		yara $o -C e.yac hay > theirs
		# shellcheck disable=SC2086
		"$PELLUCID" yara $o -C e.pel hay > ours
		diff theirs ours
	done
	for o in n=text s=5 other=1; do
		run yara -d $o -C e.yac hay
		[ "$status" -eq 1 ]
		run "$PELLUCID" yara -d $o -C e.pel hay
		[ "$status" -eq 1 ]
		[[ "$output" == *"external variable ${o%=*} "* ]]
	done
}

@test "statuses of errors" {
	same one.yar nowhere || true
	run "$PELLUCID" yara one.yar nowhere
	[ "$status" -eq 1 ]
	run "$PELLUCID" yara nowhere.yar hay
	[ "$status" -eq 1 ]
	run "$PELLUCID" yara one.yar
	[ "$status" -eq 1 ]
}

@test "a link of the name yara is yara" {
	ln -s "$PELLUCID" yara
	run ./yara one.yar hay
	[ "$output" = "one hay" ]
}

@test "--scan-list" {
	printf 'hay\nclean\n' > list
	same --scan-list one.yar list
}

@test "fast mode, magic and module data" {
	printf 'rule f { strings: $a = "needle" $b = "hay" condition: $a and #b > 0 }\n' > f.yar
	same -f -s f.yar hay
	printf 'import "magic"\nrule m { condition: magic.type() contains "text" }\n' > m.yar
	same m.yar hay
	printf 'import "cuckoo"\nrule c { condition: cuckoo.sync.mutex(/m/) }\n' > c.yar
	printf '{ "behavior": { "summary": { "mutexes": [ "m" ] } } }' > report.json
	same -x cuckoo=report.json c.yar hay
	printf '{' > report.json
	same -x cuckoo=report.json c.yar hay
	same -x cuckoo=report.json m.yar hay
}

# A worker has no environment: the magic file is the one that libmagic has, whatever MAGIC says.  (yara fails then.)
@test "the environment does not reach a rule" {
	printf 'import "magic"\nrule m { condition: magic.type() contains "text" }\n' > m.yar
	same m.yar hay
	[ "$(MAGIC=$PWD/nowhere "$PELLUCID" yara m.yar hay)" = "m hay" ]
}

@test "a variable that is defined twice is an error" {
	printf 'rule e { condition: i == 1 }\n' > e.yar
	same -d i=1 -d i=1 e.yar hay
	same -d i=1 -d i=2 e.yar hay
}

@test "a process, by its number" {
	printf 'import "elf"\nrule p { strings: $a = "GNU C Library" $b = { 7F 45 4C 46 } condition: $a and #b > 2 }\nrule q { condition: not defined filesize and elf.type != 0 }\n' > p.yar
	sleep 60 3>&- &
	if ! yara -s p.yar $! > theirs 2> theirs.err; then
		kill $!
		skip "yara may not attach to a process here"
	fi
	"$PELLUCID" yara -s p.yar $! > ours 2> ours.err
	kill $!
	grep -q ':$a: GNU C Library' theirs
	diff theirs ours
	run "$PELLUCID" yara p.yar 999999999
	[ "$status" -eq 1 ]
	[[ "$output" == "error scanning 999999999: "* ]]
}
