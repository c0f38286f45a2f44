bats_require_minimum_version 1.5.0
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
	# a byte of a text, which nothing but the digest of its section tells of
	python3 - <<'PY'
d = bytearray(open("one.pel", "rb").read())
d[d.index(b"a needle")] ^= 0xff
open("one.pel", "wb").write(d)
PY
	run "$PELLUCID" rules verify one.pel
	[ "$status" -eq 4 ]
	[[ "$output" == "one.pel: database: section "*" does not have the digest in the table" ]]
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

@test "a rule of too many strings is named with how many it has, and costs no other" {
	awk 'BEGIN { print "rule before { strings: $a = \"beforehand\" condition: $a }\nrule many {\nstrings:"
		for (i = 0; i < 250001; i++) printf "$s%d = \"mark%06d.\"\n", i, i
		print "condition: any of them }\nrule after { strings: $a = \"afterwards\" condition: $a }" }' > many.yar
	run --separate-stderr "$PELLUCID" rules build -o many.pel many.yar
	[ "$status" -eq 3 ]
	[[ "$output" == "many.pel: 2 rules, 2 strings, "* ]]
	[[ "$stderr" == *'many.yar:2:6: error: rule many: too many strings in rule "many" (limit: 250000): it has 250001'* ]]
	[[ "$stderr" == *"hint: --max-strings-per-rule sets another limit"* ]]
	run "$PELLUCID" rules list many.pel
	[[ "$output" == *before*after* && "$output" != *many\ * ]]
	run "$PELLUCID" rules build --strict -o strict.pel many.yar
	[ "$status" -eq 2 ]
	[ ! -e strict.pel ]
	echo "mark250000. afterwards" > hit
	run "$PELLUCID" scan -r many.yar hit
	[ "$status" -eq 1 ]
	[[ "$output" == *after* && "$output" == *"it has 250001"* ]]
	# with another limit it is a rule like others, and is not taken from what was built with the first
	run "$PELLUCID" scan -q --max-strings-per-rule=250001 -r many.yar hit
	[ "$status" -eq 1 ]
	[[ "$output" == *many* && "$output" != *"too many"* ]]
	run "$PELLUCID" scan -q -r many.yar hit
	[[ "$output" == *"too many"* ]]
	run "$PELLUCID" rules check --max-strings-per-rule=0 many.yar
	[ "$status" -eq 2 ]
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
	cp "$kept" new
	printf '\001' | dd of="$kept" bs=1 seek=8 conv=notrunc status=none
	[ "$(od -An -tu4 -j8 -N4 new)" -ne 1 ]
	before=$(ls -i "$kept")
	run "$PELLUCID" scan -q -r cached.yar hay
	[ "$status" -eq 1 ]
	[[ "$output" == *"one"* ]]
	[ "$(ls -i "$kept")" != "$before" ]
	[ "$(od -An -tu4 -j8 -N4 "$kept")" -ne 1 ]
	cmp new "$kept"
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
	echo '// nothing' > bare/none.yar
	for s in bare none.yar; do
		run -2 "$PELLUCID" rules build -o out.pel $s
		[ "$output" = "pellucid rules build: there is no rule in $s" ]
		[ ! -e out.pel ]
		run -2 "$PELLUCID" rules check $s
		[ "$output" = "pellucid rules check: there is no rule in $s" ]
	done
	rm bare/none.yar
	run -2 "$PELLUCID" rules check bare
	[ "$output" = "pellucid rules check: there is no rule in bare" ]
	echo 'rule a { condition: x }' > bare/a.yar
	run -1 "$PELLUCID" rules check bare
	run -2 "$PELLUCID" rules build -o out.pel bare
	[[ "$output" == *"there is no rule without an error in bare"* ]]
	[ ! -e out.pel ]
}

@test "an index among the rules that it includes: each file is taken once, and one that was named as often as it is named" {
	mkdir -p set/sub
	printf 'include "a.yar"\nrule web { strings: $a = "hay" condition: $a and first }\n' > set/b.yar
	printf 'rule first { condition: filesize > 3 }\n' > set/a.yar
	printf 'include "./sub/../b.yar"\ninclude "sub/deep.yar"\ninclude "z.yar"\nrule all_of_it { condition: web and deep and z }\n' > set/index.yar
	printf 'include "../a.yar"\nrule deep { condition: first }\n' > set/sub/deep.yar
	printf 'rule z { condition: true }\n' > set/z.yar
	: > set/empty.yar
	echo 'include "empty.yar"' >> set/z.yar
	tar cf set.tar set
	for of in set set.tar; do
		run -0 "$PELLUCID" rules check "$of"
		run -0 "$PELLUCID" rules list "$of"
		[ "$(printf '%s\n' "${lines[@]}" | awk '{ print $2 }' | LC_ALL=C sort | tr '\n' ' ')" = 'all_of_it deep first web z ' ]
		# twice: the second is from the cache; and derived again, from the same rules and from what the verdict names
		for _ in 1 2; do
			run -1 --separate-stderr "$PELLUCID" scan -q --json -r "$of" hay
			[ "$(jq -r '[.matches[].rule] | sort | join(" ")' <<< "$output")" = 'all_of_it deep first web z' ]
			[[ "$stderr" != *error* ]]
		done
		"$PELLUCID" scan -q --json -r "$of" hay > v.json || [ $? -eq 1 ]
		run -0 "$PELLUCID" verify -r "$of" v.json hay
		run -0 "$PELLUCID" verify v.json hay
	done
	run -0 "$PELLUCID" rules diff set set.tar
	# one that lies there by another name as well, which leads to it, or is as good a name
	ln -s a.yar set/link.yar && ln set/a.yar set/sub/aa.yar
	run -0 "$PELLUCID" rules check set
	rm set/link.yar set/sub/aa.yar
	# the same files, each of them named
	run -1 "$PELLUCID" rules check set/a.yar set/b.yar set/index.yar
	[[ "$output" == *'duplicated identifier "web"'* ]]
	# a circle is one still
	mkdir circle && echo 'include "y.yar"' > circle/x.yar && echo 'include "x.yar"' > circle/y.yar
	run -1 "$PELLUCID" rules check circle
	[[ "$output" == *'circular include of "x.yar"'* ]]
}

@test "an archive of rules is read in the order of a directory with the same files" {
	mkdir -p set/k set/k-more
	printf 'rule first { condition: true }\n' > set/k/b.yar
	printf 'rule second { condition: first }\n' > set/k-more/a.yar
	printf 'rule third { condition: second }\n' > set/k.yar
	printf 'rule fourth { condition: third }\n' > set/kk.yar
	tar cf set.tar set/kk.yar set/k.yar set/k-more/a.yar set/k/b.yar
	for of in set set.tar; do
		run -0 "$PELLUCID" rules list "$of"
		[ "$(printf '%s\n' "${lines[@]}" | awk '{ print $2 }' | tr '\n' ' ')" = 'first second third fourth ' ]
	done
}

@test "an archive of rules is a source: each file in it, by its way, and what that includes from the archive" {
	mkdir -p set/web set/lib && cp one.yar set/one.yar && cp hay set/hay.txt
	printf 'include "../lib/part.inc"\nrule web { strings: $a = "hay" condition: $a and part }\n' > set/web/w.yara
	printf 'private rule part { condition: filesize > 3 }\n' > set/lib/part.inc
	tar cf set.tar set
	gzip -k set.tar
	xz -k set.tar
	zip -qr set.zip set
	7zz a -bd set.7z set > 7z.log
	zip -qr outer.zip set.tar.gz
	for a in set.tar set.tar.gz set.tar.xz set.zip set.7z outer.zip/set.tar.gz; do
		run -0 "$PELLUCID" rules list "${a%/*.gz}"
		[ "${#lines[@]}" -eq 3 ]
		[[ "$output" == *"one  $a/set/one.yar:1"* ]]
		[[ "$output" == *"part  $a/set/lib/part.inc:1"* ]]
		[[ "$output" == *"web  $a/set/web/w.yara:2"* ]]
	done
	gzip -c one.yar > one.yar.gz
	run -0 "$PELLUCID" rules list one.yar.gz
	[ "$output" = "suspicious one  one.yar.gz:1" ]
	"$PELLUCID" rules build -o a.pel set.zip
	"$PELLUCID" rules build -o b.pel set.zip
	cmp a.pel b.pel
	# twice: the second is from the cache; and derived again from what the verdict names
	run -1 "$PELLUCID" scan -q -r set.zip hay
	[[ "$output" == *"web"* ]]
	"$PELLUCID" scan -q --json -r set.zip hay > v.json || [ $? -eq 1 ]
	run -0 "$PELLUCID" verify v.json hay
	[[ "$output" == *"holds    its source is set.zip/set/web/w.yara:2"* ]]
	[[ "$output" == *"the database is the one that the verdict names"* ]]
}

@test "an archive gives no file of this machine, and says what of it could not be had" {
	printf 'rule out { condition: true }\n' > out.yar
	mkdir in && printf 'include "../../out.yar"\nrule a { condition: true }\n' > in/a.yar
	printf 'include "%s/out.yar"\nrule b { condition: true }\n' "$PWD" > in/b.yar
	printf 'include "../in/"\nrule c { condition: true }\n' > in/c.yar
	zip -qr in.zip in
	run -1 "$PELLUCID" rules check in.zip
	[ "$(grep -c 'the archive has no such file' <<< "$output")" -eq 3 ]
	[[ "$output" != *"rule out"* ]]
	zip -q none.zip hay
	run -2 "$PELLUCID" scan -r none.zip hay
	[[ "$output" == *"none.zip: no file of rules in it"* ]]
	zip -q -P secret locked.zip one.yar && zip -q locked.zip in/a.yar
	run -3 "$PELLUCID" rules list locked.zip
	[[ "$output" == *"locked.zip/one.yar: encrypted"* ]]
	tar czf whole.tar.gz one.yar in/b.yar
	for n in 4 20 60 100 140; do
		head -c "$n" whole.tar.gz > cut.tar.gz
		run "$PELLUCID" scan -r cut.tar.gz hay
		[ "$status" -eq 2 ] || [ "$status" -eq 3 ]
		[[ "$output" == *"error: cut.tar.gz"* ]]
	done
}

@test "what was not used for a month goes from the cache, and nothing else" {
	c=$XDG_CACHE_HOME/pellucid
	run -1 "$PELLUCID" scan -q -r one.yar hay
	kept=$(ls "$c")
	touch -d '40 days ago' "$c/$kept"
	run -1 "$PELLUCID" scan -q -r one.yar hay # from the cache: used now
	old=$(printf '%064d' 7).pel
	for f in "$old" "other.pel" "$(printf '%064d' 8)"; do
		: > "$c/$f"
		touch -d '40 days ago' "$c/$f"
	done
	sed 's/needle/hay/' one.yar > two.yar
	run -1 "$PELLUCID" scan -q -r two.yar hay
	[ ! -e "$c/$old" ]
	[ -e "$c/$kept" ]
	[ -e "$c/other.pel" ]
	[ -e "$c/$(printf '%064d' 8)" ]
	[ "$(find "$c" -name '*.pel' | wc -l)" -eq 3 ]
}

@test "a database goes where it is sent to, and nobody may read what he might not" {
	"$PELLUCID" rules build -o plain.pel one.yar
	mkfifo pipe # what is no file stays what it is
	timeout 20 cat pipe > got &
	timeout 20 "$PELLUCID" rules build -o pipe one.yar
	wait
	[ -p pipe ]
	cmp plain.pel got
	mkdir far
	: > far/target.pel
	ln -s far/target.pel link.pel
	"$PELLUCID" rules build -o link.pel one.yar
	[ -L link.pel ]
	cmp plain.pel far/target.pel
	[ "$(ls far)" = target.pel ]
	(umask 077 && "$PELLUCID" rules build -o own.pel one.yar)
	[ "$(stat -c %a own.pel)" = 600 ]
	(umask 022 && "$PELLUCID" rules build -o own.pel one.yar)
	[ "$(stat -c %a own.pel)" = 600 ]
	run -2 "$PELLUCID" rules build -o far one.yar
	[[ "$output" == *"far: "* ]]
}

@test "an option that a verb of rules does not have is refused, by the verb's name" {
	for verb in list check show build; do
		run -2 "$PELLUCID" rules $verb --json one.yar
		[ "$output" = "pellucid rules: $verb has no option --json; --help says which there are" ]
	done
	run -2 "$PELLUCID" rules check -o out.pel one.yar
	[[ "$output" == *"check has no option --output"* ]]
	run -2 "$PELLUCID" rules diff --corpus=. one.yar one.yar
	[[ "$output" == *"diff has no option --corpus"* ]]
	run -2 "$PELLUCID" rules check -x one.yar
	[[ "${lines[0]}" == "pellucid rules check: invalid option -- 'x'" ]]
	run -2 "$PELLUCID" rules list --nothing
	[[ "${lines[0]}" == "pellucid rules list: unrecognized option '--nothing'" ]]
}

@test "the page about databases has the version that is built" {
	"$PELLUCID" rules build -o one.pel one.yar
	version=$(od -An -tu4 -j8 -N4 one.pel | tr -d ' ')
	grep -q "The version is $version;" "$ROOT/docs/formats/database.md"
}
