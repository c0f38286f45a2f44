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

# ---- assess

@test "ordinary files of six kinds are not taken for encrypted" {
	mkdir tree
	python3 "$ROOT/tests/recover/ordinary.py" tree 5
	run "$PELLUCID" recover assess tree
	[ "$status" -eq 0 ]
	[[ "$output" == *"intact                  30 files"* ]]
}

@test "assess tells ranges, names a pattern, and changes nothing" {
	mkdir tree
	python3 - <<'PY'
import random
r = random.Random(1)
text = (b"The quick brown fox jumps over the lazy dog.\n" * 100000)[: 3 << 20]
open("tree/whole.txt", "wb").write(text)
open("tree/part.txt.akira", "wb").write(r.randbytes(1 << 20) + text[1 << 20 :])
open("tree/full.docx", "wb").write(r.randbytes(1 << 20))
PY
	( cd tree && sha256sum * ) > before
	chmod 0444 tree/*
	run "$PELLUCID" recover assess tree --html page.html
	[ "$status" -eq 1 ]
	[[ "$output" == *"tree/full.docx: encrypted"* ]]
	[[ "$output" == *"tree/part.txt.akira: partly encrypted, 1048576 of 3145728 bytes: 0+1048576; the first MiB, as Avaddon"* ]]
	( cd tree && sha256sum * ) | cmp - before
	grep -q '<svg' page.html
	"$PELLUCID" recover assess --json tree > out.json || [ $? -eq 1 ]
	[ "$(jq -r 'select(.path == "tree/part.txt.akira") | .ranges[0][1]' out.json)" -eq 1048576 ]
	[ "$(jq -r 'select(.summary) | .summary.intact.files' out.json)" -eq 1 ]
}

@test "snapshots are named with the command, and none is run" {
	mkdir -p tree/x .snapshots
	run "$PELLUCID" recover assess tree/x "$work"
	[[ "$output" == *"Copies that may still be whole (nothing was run):"*"ls -la '$work/.snapshots'"* ]]
}
