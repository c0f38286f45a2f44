load helper

@test "build, verify, list and show a database" {
	run "$PELLUCID" rules build -o one.pel one.yar
	[ "$status" -eq 0 ]
	[[ "$output" == *"1 rules, 1 strings"* ]]
	run "$PELLUCID" rules verify one.pel
	[ "$status" -eq 0 ]
	run "$PELLUCID" rules list one.pel
	[[ "$output" == *"suspicious"*"one"*"one.yar:1"* ]]
	run "$PELLUCID" rules show one one.pel
	[[ "$output" == *"a needle"* ]]
	run "$PELLUCID" scan -q -r one.pel hay
	[ "$status" -eq 1 ]
}

@test "the same sources give the same bytes" {
	"$PELLUCID" rules build -o a.pel one.yar
	"$PELLUCID" rules build -o b.pel one.yar
	cmp a.pel b.pel
}

@test "a flipped byte is found by verify, with status 4" {
	"$PELLUCID" rules build -o one.pel one.yar
	n=$(stat -c %s one.pel)
	printf '\377' | dd of=one.pel bs=1 seek=$((n - 20)) conv=notrunc status=none
	run "$PELLUCID" rules verify one.pel
	[ "$status" -eq 4 ] || [ "$status" -eq 2 ]
}

@test "check reports every error with file, line, column and caret" {
	printf 'rule a { condition: nothing }\nrule b { condition: "x" + 1 }\nrule c { condition: true }\n' > bad.yar
	run "$PELLUCID" rules check bad.yar
	[ "$status" -eq 1 ]
	[[ "$output" == *"bad.yar:1:"* ]]
	[[ "$output" == *"bad.yar:2:"* ]]
	[[ "$output" == *"^"* ]]
	[[ "$output" == *"1 rules, 2 errors"* ]]
}

@test "all errors of a rule are told: undefined strings and strings that do not compile" {
	cat > many.yar <<-'EOF'
		rule a {
		  strings:
		    $a = /x{3,1}/
		    $c = { 41 [5-2] 43 }
		  condition:
		    $a and $b and #e > 3 and $c
		}
		rule b { condition: $x }
	EOF
	run "$PELLUCID" rules check many.yar
	[ "$status" -eq 1 ]
	[[ "$output" == *"0 rules, 5 errors"* ]]
	[[ "$output" == *'many.yar:6:12: error: rule a: undefined string "$b"'* ]]
	[[ "$output" == *"hint: the rule's strings: \$a \$c"* ]]
	[[ "$output" == *'many.yar:6:19: error: rule a: undefined string "$e"'* ]]
	[[ "$output" == *'many.yar:8:21: error: rule b: undefined string "$x"'* ]]
	[[ "$output" == *"hint: the rule has no strings"* ]]
	[[ "$output" == *"many.yar:3:12: error: rule a: regular expression"* ]]
	[[ "$output" == *"many.yar:4:"*": error: rule a: hexadecimal string"* ]]
}

@test "a directory's rules are found, in order" {
	mkdir set && cp one.yar set/b.yar && sed 's/rule one/rule two/' one.yar > set/a.yar
	run "$PELLUCID" rules list set
	[ "${#lines[@]}" -eq 2 ]
	[[ "${lines[0]}" == *"two"* ]]
}

@test "bytes that are no database are refused" {
	printf 'PELDB\r\n\032and then nothing' > bad.pel
	run "$PELLUCID" rules verify bad.pel
	[ "$status" -eq 2 ]
}

@test "without a verb there is the usage and status 2" {
	run "$PELLUCID" rules
	[ "$status" -eq 2 ]
}

@test "without a source list and show take the starter rules" {
	run "$PELLUCID" rules list
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -ge 80 ]
	run "$PELLUCID" rules show EICAR_Test_File
	[ "$status" -eq 0 ]
	[[ "$output" == *"test_files.yar"* ]]
}

@test "rules explains itself" {
	run "$PELLUCID" rules --help
	[ "$status" -eq 0 ]
}

@test "a rule of 100000 strings is built, and found by the last of them" {
	awk 'BEGIN { print "rule many { strings:"; for (i = 0; i < 100000; i++) printf "$s%d = \"mark%06d.\"\n", i, i
		print "condition: any of them }" }' > many.yar
	run "$PELLUCID" rules build -o many.pel many.yar
	[ "$status" -eq 0 ]
	echo "here is mark099999. alone" > hit
	echo "here is mark100000. alone" > miss
	run "$PELLUCID" scan -q -r many.pel hit
	[ "$status" -eq 1 ]
	run "$PELLUCID" scan -q -r many.pel miss
	[ "$status" -eq 0 ]
}

@test "a database built for other tables of modules is refused, where its rules ask one" {
	printf 'import "pe"\nrule r { condition: pe.is_pe }\n' > asks.yar
	printf 'rule r { condition: true }\n' > plain.yar
	for name in asks plain; do
		"$PELLUCID" rules build -o $name.pel $name.yar
		run "$PELLUCID" scan -q -r $name.pel clean
		[ "$status" -le 1 ]
	done
	cmp -s -n 8 -i 16 asks.pel plain.pel && return 1
	dd if=plain.pel of=asks.pel bs=1 skip=16 seek=16 count=8 conv=notrunc status=none
	run "$PELLUCID" scan -q -r asks.pel clean
	[ "$status" -eq 2 ]
	[[ "$output" == *"another version of the modules"* ]]
}

@test "a cached database of an older program is built anew" {
	export XDG_CACHE_HOME=$PWD/cache
	echo needle > hay
	printf 'rule one { strings: $a = "needle" condition: $a }\n' > cached.yar
	run "$PELLUCID" scan -q -r cached.yar hay
	[ "$status" -eq 1 ]
	kept=$(echo cache/pellucid/*.pel)
	[ -f "$kept" ]
	printf '\001' | dd of="$kept" bs=1 seek=8 conv=notrunc status=none
	run "$PELLUCID" scan -q -r cached.yar hay
	[ "$status" -eq 1 ]
	[[ "$output" == *"one"* ]]
}

@test "a database whose filter cannot be used is refused: it would find nothing" {
	echo needle > hay
	printf 'rule one { strings: $a = "needle" condition: $a }\n' > one_more.yar
	"$PELLUCID" rules build -o one_more.pel one_more.yar
	LC_ALL=C sed -i 's/FLT9/FLT7/g' one_more.pel
	run "$PELLUCID" scan -q -r one_more.pel hay
	[ "$status" -eq 2 ]
	[[ "$output" == *"no filter that can be used here"* ]]
}

@test "errors stand in the order of their lines, and say how a function can be called" {
	cat > many.yar <<-'END'
	import "pe"
	rule a { strings: $x = { 61 6 } condition: $x }
	rule b { condition: pe.machine.x }
	rule c { strings: $f = /a(b/ condition: $f }
	rule d { condition: pe.section_index(/a/) }
	END
	run "$PELLUCID" rules check many.yar
	[ "$status" -eq 1 ]
	[ "$(echo "$output" | grep -o '^many.yar:[0-9]' | tr -d '\n')" = "many.yar:2many.yar:3many.yar:4many.yar:5" ]
	[[ "$output" == *"an integer has no fields"* ]]
	[[ "$output" == *'wrong arguments for function "section_index": (regexp)'* ]]
	[[ "$output" == *"hint: it takes (string), (integer)"* ]]
}

@test "what is named .pel and is no database is no text of rules either: not even where it is empty" {
	: > nothing.pel
	cp one.yar text.pel
	head -c 3000 /dev/zero | tr '\0' 'x' > noise.pel
	for f in nothing text noise; do
		run -2 "$PELLUCID" rules verify $f.pel
		[[ "$output" == *"$f.pel: not a Pellucid database"* ]]
		run -2 "$PELLUCID" scan -r $f.pel hay
		[[ "$output" == *"$f.pel: not a Pellucid database"* ]]
		run -2 "$PELLUCID" rules build -o out.pel $f.pel
	done
	run -2 "$PELLUCID" rules verify one.yar
	[[ "$output" == *"not a Pellucid database"* ]]
}

@test "sources without a rule are told, and not scanned with" {
	mkdir bare
	: > none.yar
	for s in bare none.yar; do
		run -2 "$PELLUCID" scan -r $s hay
		[[ "$output" == *"there is no rule in what --rules names"* ]]
	done
	run -2 "$PELLUCID" rules build -o out.pel bare
	[[ "$output" == *"there is no file of rules in bare"* ]]
	[ ! -e out.pel ]
}
