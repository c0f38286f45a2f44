load helper

akira() { # SIZE-OF-THE-ORIGINAL: what the first Akira leaves, as far as identify looks
	python3 -c 'import struct, sys; n = int(sys.argv[1]); sys.stdout.buffer.write(bytes(n + 524) + bytes([1, 50]) + struct.pack("<Q", n))' "$1"
}

@test "the list has every family of recovery/" {
	"$PELLUCID" recover list > list
	[ "$(wc -l < list)" -eq "$(find "$ROOT/recovery" -name '*.family' | wc -l)" ]
	"$PELLUCID" recover list --json | jq -e 'all(.[]; .sources | length > 0)'
}

@test "one family is shown with its source" {
	run "$PELLUCID" recover show teslacrypt-3
	[ "$status" -eq 0 ]
	[[ "$output" == *"source   vrtadmin/TeslaDecrypt"* ]]
	run "$PELLUCID" recover show nobody
	[ "$status" -eq 2 ]
}

@test "identify says what to do first, and why it names whom" {
	mkdir tree
	akira 3000 > tree/a.docx.akira
	echo 'pay us' > tree/akira_readme.txt
	run "$PELLUCID" recover identify tree
	[ "$status" -eq 1 ]
	[[ "${lines[0]}" == "What to do now" ]]
	[[ "$output" == *"certain: Akira, first generation"* ]]
	[[ "$output" == *"structure the last eight bytes are the size"*"tree/a.docx.akira"* ]]
	[[ "$output" == *"Notes, to be kept:"*"tree/akira_readme.txt"* ]]
	"$PELLUCID" recover identify --json tree > out.json || [ $? -eq 1 ]
	[ "$(jq -r '.families[0].family' out.json)" = akira-1 ]
	[ "$(jq -r '.families[0].evidence | length' out.json)" -eq 3 ]
}

@test "an extension alone names no family, and says so" {
	mkdir tree
	cp clean tree/a.locky
	run "$PELLUCID" recover identify tree
	[ "$status" -eq 0 ]
	[[ "$output" == *"an extension alone names none"* ]]
}

@test "what contradicts a family is printed" {
	mkdir tree
	cp clean tree/a.WNCRY
	run "$PELLUCID" recover identify tree
	[ "$status" -eq 0 ]
	[[ "$output" == *"against"*"tree/a.WNCRY"* ]]
}

@test "an ordinary tree is nobody's" {
	run "$PELLUCID" recover identify /usr/share/doc /usr/share/perl "$ROOT/src" "$ROOT/docs"
	[ "$status" -eq 0 ]
}

@test "names of every kind are shown without harm" {
	mkdir tree
	akira 3000 > tree/$'a\033[2J\n\xff.akira'
	run "$PELLUCID" recover identify tree
	[ "$status" -eq 1 ]
	[[ "$output" == *'a\x1b[2J\x0a\xff.akira'* ]]
	"$PELLUCID" recover identify --json tree | jq -e . > parsed
}

@test "a file that cannot be opened leaves identify incomplete" {
	mkdir tree
	run "$PELLUCID" recover identify tree/none
	[ "$status" -eq 3 ]
}
