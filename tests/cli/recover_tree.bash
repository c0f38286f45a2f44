# Trees for the tests of `recover`, made by recover_fixture from files of our own: originals in was/, what a family left in
# tree/, the digests of that in tree.sums.
fixture() { "$BUILD/tests/recover_fixture" "$@"; }

# Three files as PowerWare leaves them, with its note.
make_powerware() {
	mkdir -p was/sub tree/sub
	fixture zip 20000 > was/a.docx
	fixture text 2047 > was/sub/b.txt
	fixture png 5000 > was/$'c \n\xff.png'
	fixture zip 20000 powerware 1 > tree/a.docx.locky
	fixture text 2047 powerware 1 > tree/sub/b.txt.locky
	fixture png 5000 powerware 1 > tree/$'c \n\xff.png.locky'
	echo 'pay us, all of you' > tree/_HELP_instructions.html
	seal_tree
	chmod -R a-w tree/* || :
}

# NAME KIND SIZE FAMILY SEED NAME-AFTER: one original, and the same as the family leaves it
put() {
	fixture "$2" "$3" > "was/$1"
	fixture "$2" "$3" "$4" "$5" > "tree/$6"
}

# Notes of these names.
put_notes() {
	local note
	for note in "$@"; do
		echo 'all your files are ours now' > "tree/$note"
	done
}

seal_tree() { find tree -type f -exec sha256sum {} + | sort > tree.sums; }

unchanged() { find tree -type f -exec sha256sum {} + | sort | cmp - tree.sums; }

# Each line of a journal bears the digest of the line before it.
chain_holds() { # JOURNAL
	python3 - "$1" <<'PY'
import hashlib, json, sys
prev = "0" * 64
for line in open(sys.argv[1], "rb"):
    assert json.loads(line)["prev"] == prev
    prev = hashlib.sha256(line.rstrip(b"\n")).hexdigest()
PY
}

# The families that have files, by what `identify --json` said.
families_of() { jq -r '[.families[] | select(.files > 0) | .family] | sort | join(" ")' "$1"; }

# Three files that nobody may write to, and the command that gives the originals.
make_tree() {
	make_powerware
	chmod a-w tree
	run=("$PELLUCID" recover run --into new --i-have-isolated tree)
}

# What is there under its right name is whole; the same command makes the rest, and the chain of the journal holds.
recovers() {
	unchanged
	if [ -d new ]; then
		while IFS= read -r -d '' f; do
			cmp "new/$f" "was/$f"
		done < <(cd new && find . -type f ! -name '*.part' ! -name 'recover.*' -print0)
	fi
	"${run[@]}" > out 2>&1 || { cat out; false; }
	diff -r --exclude 'recover.*' was new
	chain_holds new/recover.journal
	[ "$(wc -l < new/recover.journal)" -eq 3 ]
	unchanged
	rm -rf new
}
