bats_require_minimum_version 1.5.0
load helper

# Asks yara and Pellucid the same and compares output and status to the letter.
same() {
	a=0; b=0; yara "$@" > theirs 2> theirs.err || a=$?
	"$PELLUCID" yara "$@" > ours 2> ours.err || b=$?
	diff theirs ours || return 1
	[ "$a" -eq "$b" ] || { echo "$*: status $b, not $a"; cat ours.err theirs.err; return 1; }
}

# The same, and what is said on standard error as well.
same_words() {
	same "$@" && diff theirs.err ours.err
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

@test "strings of a rule, at most" {
	for n in 10000 10001; do
		awk -v n=$n 'BEGIN { print "rule many {\nstrings:"; for (i = 0; i < n; i++) printf "$s%d = \"mark%06d.\"\n", i, i
			print "condition: any of them }" }' > many$n.yar
	done
	echo "mark000007. mark010000." > marked
	same -s many10000.yar marked
	grep -q many ours
	same -s many10001.yar marked
	for name in theirs ours; do
		[ ! -s $name ]
		grep -qF 'too many strings in rule "many" (limit: 10000)' $name.err
	done
	for o in 10001 20000 -1 0x2711; do
		same -s --max-strings-per-rule=$o many10001.yar marked
		grep -q many ours
	done
	for o in 0 9999; do
		same --max-strings-per-rule=$o many10000.yar marked
		grep -qF "(limit: $o)" ours.err
	done
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

many_rules() {
	cat > many.yar <<-'END'
	rule a : x y { strings: $a = "needle" condition: $a }
	rule b : y { condition: true }
	rule c : z { meta: a = 1 b = true c = "\t\"q'\x80" condition: true }
	private rule p : x { condition: true }
	rule n { condition: false }
	END
	mkdir -p d/sub && cp hay d/x && cp hay d/sub/y && cp clean d/z && ln -s sub d/link
}

@test "options that choose rules, alone and together, over a file and a directory" {
	many_rules
	for o in '-t x -t z' '-i a -i c' '-i a -t z' '-l 1' '-l 1 -t z' '-l 2 -n' '-l 1 -c' '-n -t x' '-c -n' '-c -t x' '-l 0x2' \
		'--max-rules=1' '-l -1' '-r' '-r -l 1' '-N -r' '-a 100' '-k 16384' '-m -g -e' '-sL' '-z 2' '--skip-larger=1000'; do
		# shellcheck disable=SC2086
		same_words $o many.yar hay
		# shellcheck disable=SC2086
		same_words -p 1 $o many.yar d
	done
}

@test "with -N a link that is named is scanned, one in a directory is not" {
	mkdir d && cp hay d/a && ln -s a d/b
	ln -s hay link && ln -s d dirlink && ln -s nowhere dangling
	for f in link d dirlink dangling; do
		same_words -N one.yar $f
		same_words -N -r one.yar $f
		same_words --no-follow-symlinks one.yar $f
	done
	echo link > list
	same_words -N --scan-list one.yar list
	grep -q link ours
}

@test "a time of 0 or below is no limit" {
	for n in 0 -1 -5 100 2147483648 4294967296; do
		same_words -a $n one.yar hay
		[ -s ours ]
	done
	same_words --timeout=0 one.yar hay
	# of a directory yara scans nothing then, and says nothing
	mkdir d && cp hay d/a
	run -0 "$PELLUCID" yara -a 0 one.yar d
	[[ $output == *"d/a" ]]
}

@test "a command line is read as yara reads it, and refused in its words" {
	many_rules
	for o in '-s -s' '--print-strings --print-strings' '-p4' '--tag x' '-tx' '--max-rules 1' '--nonsense' '-Q' '-a x' '-p 33' \
		'-x cuckoo' '-x cuckoo=nowhere' '--atom-quality-table=nowhere' '-C' '--fast-scan=1' '-l 1x'; do
		# shellcheck disable=SC2086
		same_words $o many.yar hay
	done
	same_words -p 33 many.yar
	same_words many.yar
	same_words -l
	same_words -C nowhere hay
	same_words -C many.yar many.yar hay
	same_words many.yar -- hay
	same_words many.yar hay -s
	same_words nowhere.yar hay
	same_words space:nowhere.yar hay
	same_words many.yar nowhere
	same_words many.yar 999999999
	cp hay 123 && same_words many.yar 123
}

@test "rules from standard input" {
	many_rules
	yara -e ns:- hay < many.yar > theirs
	"$PELLUCID" yara -e ns:- hay < many.yar > ours
	diff theirs ours
	[ "$("$PELLUCID" yara -t x - hay < many.yar)" = "a hay" ]
}

@test "-D prints what modules read, in yara's form" {
	printf 'import "elf"\nimport "pe"\nrule e { condition: true }\n' > e.yar
	cp /bin/true elf
	for f in elf hay; do
		yara -D e.yar $f | LC_ALL=C sort > theirs
		"$PELLUCID" yara -D e.yar $f | LC_ALL=C sort > ours
		# all that 4.2.3 has is there, but for what is called delayed_import_details now
		[ "$(LC_ALL=C comm -23 theirs ours)" = "	delay_import_details" ]
	done
	grep -q 'name = "free"' <("$PELLUCID" yara -D e.yar elf)
}

@test "-S counts rules and strings" {
	many_rules
	"$PELLUCID" yara -S many.yar clean > ours
	yara -S many.yar clean | grep -E '^number of (rules|strings)' > theirs
	diff theirs <(head -2 ours)
}

@test "a link that leads round and round is followed once" {
	many_rules
	ln -s .. d/sub/up
	[ "$("$PELLUCID" yara -r -t x many.yar d | sort)" = "$(printf 'a d/link/y\na d/sub/y\na d/x')" ]
}

@test "what yarac compiled is refused by name" {
	yarac -w one.yar one.yac
	run "$PELLUCID" yara one.yac hay
	[ "$status" -eq 1 ]
	[ "$output" = 'error: one.yac: compiled by yarac: give the source, or what `pellucid rules build` makes of it' ]
}

@test "statuses of errors" {
	same_words one.yar nowhere
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
	printf 'hay\n\nnowhere\nhay' > list
	same_words -p 1 --scan-list one.yar list
	same_words --scan-list one.yar .
	same_words --scan-list one.yar nowhere
	run -1 "$PELLUCID" yara --scan-list one.yar /proc/self/mem # can be opened, and not read
	[[ "$output" == *'could not read file "/proc/self/mem"'* ]]
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

@test "-v says first which version of the language is read, as scripts look for it" {
	run -0 "$PELLUCID" yara -v
	[[ "$output" =~ ^4\.[5-9]\.[0-9]+\ \(Pellucid\ [0-9.]+\)$ ]]
}

@test "a namespace before an absolute path" {
	same_words -e "ns:$PWD/one.yar" hay
	same_words -e "ns:./one.yar" hay
}

@test "warnings that are not shown do not fail" {
	printf 'rule w { strings: $a = /.[ab]+c?/ condition: $a or true }\n' > w.yar
	same_words -w --fail-on-warnings w.yar hay
	same --fail-on-warnings w.yar hay
	[ ! -s ours ]
}

@test "what cannot be opened counts none" {
	printf 'hay\nnowhere\n' > list
	same_words -p 1 -c --scan-list one.yar list
	same_words -c one.yar nowhere
	same_words one.yar 0
}

@test "a fraction begins with a digit" {
	for v in .5 -.5 0.5 -0.5; do
		printf 'rule t { condition: v == "%s" }\nrule f { condition: v == %s }\n' "$v" "$v" > v.yar
		same -d "v=$v" v.yar hay
	done
}

@test "a name that holds a line's end is one line" {
	cp hay "$(printf 'a\nb\rc')"
	"$PELLUCID" yara one.yar "$(printf 'a\nb\rc')" > ours
	grep -qF 'a\nb\rc' ours
	[ "$(grep -c . ours)" -eq "$("$PELLUCID" yara one.yar hay | grep -c .)" ]
}

@test "the names of the modules" {
	"$PELLUCID" yara -M > ours
	for m in pe elf macho dotnet math hash time dex cuckoo magic vt string console lnk; do grep -qx $m ours; done
	while read -r m; do
		printf 'import "%s"\nrule t { condition: true }\n' "$m" > m.yar
		"$PELLUCID" yara m.yar hay
	done < ours
}
