load helper
load recover_tree

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

@test "a family that rests on press alone says so wherever it is named, and is opened by no engine" {
	mkdir tree
	{ head -c 5000 /dev/urandom; printf '%040d{36A698B9-D67C-4E07-BE82-0EC5B14B4DF5}' 7; } > tree/a.docx.djvu
	run "$PELLUCID" recover identify tree
	[ "$status" -eq 1 ]
	[[ "$output" == *"probable: STOP / Djvu"*"tool     https://"*"known    secondary: from press"*"source "* ]]
	"$PELLUCID" recover show stop | grep -q '^  known    secondary: from press'
	"$PELLUCID" recover list | grep -E '^stop ' | grep -q secondary
	run "$PELLUCID" recover try tree
	[ "$status" -eq 3 ]
	[[ "$output" == *"cannot be opened yet"* ]]
}

@test "an ordinary tree is nobody's" {
	run "$PELLUCID" recover identify /usr/share/doc /usr/share/perl "$ROOT/src" "$ROOT/docs"
	[ "$status" -eq 0 ]
}

@test "an ordinary name of a note beside ordinary endings names no family" {
	mkdir tree
	for name in readme.txt recover.txt read_me.html readme.md a.perl b.pl Cargo.lock song.mp3 old.bak data.abc; do
		echo 'how to build and to recover' > "tree/$name"
	done
	run "$PELLUCID" recover identify tree
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "names as public descriptions print them speak for their families" {
	named() { # FAMILY FILES...
		rm -rf tree && mkdir tree
		for name in "${@:2}"; do
			head -c 3000 /dev/urandom > "tree/$name"
		done
		[ "$1" != synack ] || echo 'SynAck: your files are ours now' > "tree/$2"
		"$PELLUCID" recover identify --json tree > out.json || [ $? -eq 1 ]
		jq -r '.families[0].family' out.json | grep -qx "$1" || { cat out.json; return 1; }
	}
	named phobos 'a.xlsx.id[1E857D00-2275].[lockhelp@example.org].acute' 'b.jpg.id[A1B2C3D4].[x@example.org].ad'
	named synack RESTORE_INFO-C5E24CKW.txt invoice01.txt.wxdrLbgSDa
	named powerware a.docx.locky _HELP_instructions.html
	named globe a.docx.purge 'How to restore files.hta'
	for name in 'a.docx.id-1E857D00.[x@example.org].wallet' 'a.id[short].[x].txt'; do # the first is as Dharma names its
		if named phobos "$name"; then false; fi
	done
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

@test "each action takes its own options and no other, and as many arguments as it has use for" {
	mkdir tree
	refused() { # WHAT-IS-SAID WORDS...
		run "$PELLUCID" recover "${@:2}"
		echo "$*: $status $output"
		[ "$status" -eq 2 ]
		[[ "$output" == *"$1"* ]]
	}
	refused "identify has no --into" identify --into new tree
	refused "assess has no --key" assess --key k tree
	refused "try has no --json" try --json tree
	refused "try has no --into" try --into new tree
	refused "run has no --html" run --html x --into new tree
	refused "salvage has no --known" salvage --known x --into new tree
	refused "descriptors has no --json" descriptors --json --into new tree
	refused "code has no --json" code --json x
	refused "list has no --into" list --into new
	refused "show has no --html" show --html x jigsaw
	for words in "identify" "assess" "try" "run --into new" "salvage --into new" "descriptors --into new" "code" "code a b" "list a" \
		"show" "show jigsaw dxxd" "" "nothing" "try --before a tree" "run --into new --after a tree" "try --nothing tree" \
		"try --before 1 --after 1 --before 2 --after 2 --before 3 --after 3 --before 4 --after 4 --before 5 --after 5 tree"; do
		# shellcheck disable=SC2086 # words
		refused "usage: pellucid recover" $words
	done
	refused "--into NEW is wanted" run tree
	refused "--into NEW is wanted" salvage tree
	refused "--into NEW is wanted" descriptors tree
	refused "no family" try --family nobody tree
	refused "none: " try --key none tree
	refused "none: " try --before none --after none tree
	refused "none" run --into new --known none tree
	refused "clean: Not a directory" run --into clean --i-have-isolated tree
	refused "new/none/deep: No such file" run --into new/none/deep --i-have-isolated tree
	[ ! -e new ]
	run "$PELLUCID" recover --help
	[ "$status" -eq 0 ]
	[[ "$output" == "usage: pellucid recover identify"* ]]
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

@test "file systems that keep snapshots are known by their number, shadow copies by the catalogue in an image" {
	mkdir tree
	for row in 3e682391:btrfs c12fc12f:ZFS; do
		ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" strace -f -o trace -e inject=fstatfs:poke_exit="@arg2=${row%:*}00000000" \
			"$PELLUCID" recover assess tree > out 2>&1 || skip "nothing can be poked here"
		grep -A1 "  ${row#*:}.*: $work/tree" out | grep -E "subvolume list -s '$work/tree'|zfs list -t snapshot"
	done
	python3 - <<'PY'
import struct
guid = bytes.fromhex("6b87083876c1484eb7ae04046e6cc752")
v = bytearray(1 << 20)
v[3:11] = b"NTFS    "
v[11:13], v[13], v[510:512] = struct.pack("<H", 512), 8, b"\x55\xaa"
v[40:48] = struct.pack("<Q", (1 << 11) - 1)
v[0x1e00:0x1e38] = guid + struct.pack("<IIQQQQ", 1, 1, 0x1e00, 0x1e00, 0, 0x8000)
v[0x8000:0x8030] = guid + struct.pack("<IIQQQ", 1, 2, 0, 0x8000, 0)
v[0x8080:0x8088] = struct.pack("<Q", 2)
v[0x80b0:0x80b8] = struct.pack("<Q", 129819108357657210)
open("tree/disk.img", "wb").write(v)
PY
	run "$PELLUCID" recover assess tree
	echo "$output"
	[[ "$output" == *"volume shadow copies in an image: tree/disk.img (1: 2012-05-19 14:20:35 UTC)"*"vshadowinfo -o 0 IMAGE"* ]]
}

# ---- try, run

@test "try says what opens the files, and writes nothing" {
	make_powerware
	files=$(find . | sort)
	run "$PELLUCID" recover try tree
	[ "$status" -eq 1 ]
	[[ "$output" == *"opens with the published key"* ]]
	[ "$(find . | sort)" = "$files" ]
	unchanged
}

@test "run gives the originals back, into a new tree, and leaves the files as they are" {
	make_powerware
	run "$PELLUCID" recover run --into new --settle 0 tree
	[ "$status" -eq 0 ]
	[[ "$output" == *"V3 a.docx: zip: 1 members, all checksums agree"* ]]
	[[ "$output" == *"3 recovered"* ]]
	diff -r --exclude recover.journal was new
	unchanged
	[ "$(jq -r .level new/recover.journal | sort -u | tr '\n' ' ')" = "2 3 " ]
}

@test "names of every kind come back, and what is no file is let be" {
	mkdir -p tree/' -rf ' was/' -rf '
	long=$(printf 'x%.0s' $(seq 247)) wide=$(printf '\u00e4%.0s' $(seq 123))
	n=20000
	for name in "$long.zip" "$wide.docx" $' -rf /\n\t\e[2J.docx' $'\xff\xfe\x80.docx' -n.docx '*?[a]$(b)`c`;&|.docx' \
		'a.docx.part' a.docx '...docx' "it's \"so\".docx" ' .docx'; do
		fixture zip "$n" > "was/$name"
		fixture zip "$n" ranran 1 > "tree/$name.zXz"
		n=$((n + 1))
	done
	fixture text 90000 > b && fixture text 90000 ranran 1 > a
	put_notes VictemKey_0_5
	seal_tree
	mkfifo tree/p.docx.zXz && ln -s /etc/passwd tree/l.docx.zXz && ln -s ../tree tree/t.docx.zXz
	run "$PELLUCID" recover run --into new --i-have-isolated --before b --after a tree
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == *"11 recovered"* ]]
	diff -r --exclude recover.journal was new
	chain_holds new/recover.journal
	unchanged
	# what cannot be proven has an ending for which no room is left: the name is cut, between characters
	rm -rf tree was new && mkdir tree
	fixture png 3000 ranran 1 > "tree/$wide.xyz.zXz"
	printf '\x9c\xff' | dd of="tree/$wide.xyz.zXz" conv=notrunc status=none
	fixture zip 20000 ranran 1 > tree/a.docx.zXz
	fixture text 20000 ranran 1 > tree/recover.part.zXz
	put_notes VictemKey_0_5
	run "$PELLUCID" recover run --into new --i-have-isolated --before b --after a tree
	echo "$output"
	[ "$status" -eq 3 ]
	[[ "$output" == *"2 recovered"*"1 could not be recovered"* ]]
	[[ "$output" == *"recover.part is a name that the new tree keeps for itself"* ]]
	printf '%s\n' new/* | grep -qx "new/${wide:0:122}.unverified"
}

@test "two runs do not write into one new tree" {
	make_powerware
	mkdir new
	exec 9>> new/recover.journal
	flock 9
	run "$PELLUCID" recover run --into new --i-have-isolated tree
	[ "$status" -eq 2 ]
	[[ "$output" == *"recover.journal: another run writes there"* ]]
	exec 9>&-
	"$PELLUCID" recover run --into new --i-have-isolated tree
}

@test "run and salvage do not write into one new tree" {
	make_powerware
	mkdir new
	exec 9< new
	flock 9
	for verb in "run --i-have-isolated" salvage; do
		run "$PELLUCID" recover $verb --into new tree
		[ "$status" -eq 2 ]
		[[ "$output" == *"new: another run writes there"* ]]
	done
	exec 9<&-
	"$PELLUCID" recover run --into new --i-have-isolated tree
}

@test "a name that cannot be had costs its file, and not those behind it" {
	mkdir -p was tree/a.docx
	fixture zip 20000 powerware 1 > tree/a.docx.locky
	fixture text 2047 powerware 1 > tree/a.docx/b.txt.locky
	fixture png 5000 powerware 1 > tree/z.png.locky
	echo 'pay us, all of you' > tree/_HELP_instructions.html
	seal_tree
	run "$PELLUCID" recover run --into new --i-have-isolated tree
	[ "$status" -eq 3 ]
	[[ "$output" == *"2 recovered"*"1 could not be recovered"* ]]
	[ -s new/z.png ]
}

@test "run goes on where it was, and does nothing twice" {
	make_powerware
	"$PELLUCID" recover run --into new --i-have-isolated tree
	head -1 new/recover.journal > one && rm new/a.docx new/sub/b.txt new/c*
	cp one new/recover.journal
	printf '{"prev":"cut o' >> new/recover.journal
	run "$PELLUCID" recover run --into new --i-have-isolated tree
	[ "$status" -eq 0 ]
	[[ "$output" == *"2 recovered, 1 were there already"* ]]
	run "$PELLUCID" recover run --into new --i-have-isolated tree
	[[ "$output" == *"0 recovered, 3 were there already"* ]]
	unchanged
	# another file of a name that was done is not done
	rm -f tree/sub/b.txt.locky
	fixture text 3000 powerware 7 > tree/sub/b.txt.locky
	run "$PELLUCID" recover run --into new --i-have-isolated tree
	[ "$status" -eq 3 ]
	[[ "$output" == *"tree/sub/b.txt.locky: "*"sub/b.txt is there with other bytes"* ]]
	[[ "$output" == *"0 recovered, 2 were there already, 1 could not be recovered"* ]]
}

@test "a journal that was changed is refused" {
	make_powerware
	"$PELLUCID" recover run --into new --i-have-isolated tree
	sed -i '1s/"level":[0-9]/"level":4/' new/recover.journal
	run "$PELLUCID" recover run --into new --i-have-isolated tree
	[ "$status" -eq 2 ]
	[[ "$output" == *"does not follow"* ]]
}

@test "nothing that is there is written over" {
	make_powerware
	mkdir new
	echo mine > new/a.docx
	run "$PELLUCID" recover run --into new --i-have-isolated tree
	[ "$status" -eq 3 ]
	[ "$(cat new/a.docx)" = mine ]
	[[ "$output" == *"is there with other bytes"* ]]
}

@test "a run that is killed leaves the files as they are, and is gone on with" {
	mkdir tree was
	for i in $(seq 40); do
		fixture text "$((300000 + i))" > "was/$i.txt"
		fixture text "$((300000 + i))" powerware 1 > "tree/$i.txt.locky"
	done
	echo 'pay us, all of you' > tree/_HELP_instructions.html
	find tree -type f -exec sha256sum {} + | sort > tree.sums
	for wait in 0.02 0.05 0.08 0.12; do
		timeout -s KILL "$wait" "$PELLUCID" recover run --into new --i-have-isolated tree > out || :
		unchanged
	done
	"$PELLUCID" recover run --into new --i-have-isolated tree > out
	diff -r --exclude recover.journal was new
	unchanged
}

@test "the new tree must lie apart" {
	make_powerware
	run "$PELLUCID" recover run --into "$work" --i-have-isolated tree
	[ "$status" -eq 2 ]
	[[ "$output" == *"lie within each other"* ]]
	chmod u+w tree
	for into in tree/new tree/./new/ tree/../tree/new; do
		for verb in "run --i-have-isolated" salvage descriptors; do
			run "$PELLUCID" recover $verb --into "$into" tree
			echo "$output"
			[ "$status" -eq 2 ]
			[[ "$output" == *"lie within each other"* ]]
			[ ! -e tree/new ]
		done
	done
	run timeout 10 "$PELLUCID" recover run --into tree/new tree # before it waits for what changes
	[ "$status" -eq 2 ]
}

@test "files that still change are left alone" {
	make_powerware
	chmod u+w tree tree/*
	fixture text 300 powerware 1 > late
	"$PELLUCID" recover run --into new --settle 2 tree > out 2>&1 3>&- &
	pid=$!
	for _ in $(seq 200); do grep -q 'waiting 2 seconds' out && break; sleep 0.05; done
	mv late tree/late.txt.locky
	status=0
	wait "$pid" || status=$?
	[ "$status" -eq 2 ]
	grep -q 'waiting 2 seconds' out
	grep -q 'still changing' out
	[ ! -e new ]
}

@test "a known original is V4" {
	make_powerware
	( cd was && sha256sum a.docx ) > sums
	run "$PELLUCID" recover run --into new --i-have-isolated --known sums tree
	[ "$status" -eq 0 ]
	[[ "$output" == *"V4 a.docx: equal to a known original"* ]]
}

@test "a full disk ends the run, leaves nothing half, and is gone on with" {
	make_powerware
	chmod u+w tree
	put large.docx zip 3000000 powerware 1 large.docx.locky
	seal_tree
	# the limit binds files of memory as well, by which workers are asked: these are smaller
	run bash -c 'trap "" XFSZ; ulimit -f 1000; exec "$PELLUCID" recover run --into new --i-have-isolated tree'
	[ "$status" -eq 2 ]
	[[ "$output" == *"File too large"* ]]
	[ -z "$(find new -name '*.part')" ]
	unchanged
	"$PELLUCID" recover run --into new --i-have-isolated tree
	diff -r --exclude recover.journal was new
}

@test "what is not the family's is refused: a key that opens nothing" {
	mkdir tree
	head -c 20000 /dev/urandom > tree/a.docx.locky
	echo 'pay us, all of you' > tree/_HELP_instructions.html
	run "$PELLUCID" recover run --into new --i-have-isolated tree
	[ "$status" -eq 3 ]
	[[ "$output" == *"cannot be opened yet"* ]]
	[ "$(find new -type f ! -name recover.journal | wc -l)" -eq 0 ]
}

@test "files of no known family that are as if encrypted are told, and the status says so" {
	make_powerware
	chmod u+w tree
	head -c 30000 /dev/urandom > tree/other.pdf
	run "$PELLUCID" recover try tree
	echo "$output"
	[ "$status" -eq 3 ]
	[[ "$output" == *"Of no family that is known, and as if encrypted: 1 file, tree/other.pdf"* ]]
	{ head -c 2048 /dev/urandom; seq 9000; } > tree/sub/head.docx
	mkdir plain
	for kind in zip png text disk zero; do fixture "$kind" 70000 > "plain/a.$kind"; done
	seq 20000 | xz > plain/a.xz
	seq 20000 > plain/a.qwertz
	fixture text 70000 | gzip > plain/a.gz
	printf 'age-encryption.org/v1\n' > plain/a.docx && head -c 9000 /dev/urandom >> plain/a.docx # by its owner
	run "$PELLUCID" recover run --into new --i-have-isolated tree plain
	echo "$output"
	[ "$status" -eq 3 ]
	[[ "$output" == *"as if encrypted: 2 files, tree/"*" the first"*"3 recovered, 0 were there already, 0 could not be recovered"* ]]
	run "$PELLUCID" recover run --into none --i-have-isolated plain
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" != *"as if encrypted"* ]]
}

@test "a pair opens the others" {
	mkdir tree
	fixture text 90000 > before.txt
	fixture text 90000 akira-1 0 > after.akira
	fixture zip 20000 akira-1 2 > tree/a.docx.akira
	fixture png 30000 akira-1 1 > tree/b.png.akira
	echo 'whatever you may think' > tree/akira_readme.txt
	run "$PELLUCID" recover try tree
	[ "$status" -eq 3 ]
	[[ "$output" == *"needs a file before and after"* ]]
	run "$PELLUCID" recover run --into new --i-have-isolated --before before.txt --after after.akira tree
	[ "$status" -eq 0 ]
	fixture zip 20000 | cmp - new/a.docx
	fixture png 30000 | cmp - new/b.png
}

@test "a personal code of Petya gives its password" {
	run "$PELLUCID" recover code a5PhwcoxzctW7vUN5B5oPLTf64cnTe4ZWJyx5tKGHhHJQvSFMfPNAHiZcazmSdz6ZWo4uaYKtmC3rQj6g67wCmrZDu918bA1
	[ "$status" -eq 0 ]
	[[ "$output" == "Petya Green, or Mischa: the password is H9UM88r4k49QWmNk" ]]
	run "$PELLUCID" recover code nonsense
	[ "$status" -eq 2 ]
}

@test "a disk of Petya is opened by the code in it, files of SynoLocker and of Akira 2 by what is brought" {
	mkdir -p tree was
	fixture ntfs 1 > was/disk.img && fixture ntfs 1 petya 3 > tree/disk.img
	fixture zip 5008 > was/a.docx && fixture zip 5008 synolocker 18 > tree/a.docx
	fixture zip 131070 > was/b.docx && fixture zip 131070 akira-2 42 > tree/b.docx.akira
	echo 'all your files are ours now' > tree/akira_readme.txt
	fixture key synolocker 0 > syno.key && fixture key akira-2 42 > found_seeds_1.csv
	find tree -type f -exec sha256sum {} + | sort > tree.sums
	run "$PELLUCID" recover run --into new --i-have-isolated --key synolocker:syno.key --key akira-2:found_seeds_1.csv tree
	echo "$output"
	[[ "$output" == *"3 recovered, 0 were there already, 0 could not be recovered"* ]]
	cmp was/a.docx new/a.docx && cmp was/b.docx new/b.docx
	cmp -n 17408 was/disk.img new/disk.img                   # sectors 0 to 33
	cmp -i 29184 was/disk.img new/disk.img                   # and from 57 on; those between are told as lost
	[[ "$output" == *"disk.img"*"11776 bytes are lost"* ]]
	[ "$status" -eq 3 ]
	sha256sum -c --quiet tree.sums
}

@test "the manual's table has every family, with its state" {
	"$PELLUCID" recover list --json | jq -r '.[] | "\(.id) \(.state)"' | while read -r id state; do
		grep -q "^| \`$id\` .* | $state | " "$ROOT/docs/recover.md" || { echo "$id: $state"; exit 1; }
	done
}

# ---- descriptors

@test "descriptors of flat, split, sparse and snapshot disks are made anew, twice with the same result" {
	mkdir -p tree/vm
	fixture disk 1048576 > tree/vm/web-flat.vmdk
	head -c 500 /dev/urandom > tree/vm/web.vmdk
	fixture disk 65536 > tree/vm/db-f001.vmdk && fixture zero 32768 > tree/vm/db-f002.vmdk
	python3 - <<'PY'
import struct
open("tree/vm/old-s001.vmdk", "wb").write(b"KDMV" + struct.pack("<IIQ", 1, 3, 4192256) + bytes(500))
open("tree/vm/web-000001-sesparse.vmdk", "wb").write(struct.pack("<QQQ", 0xCAFEBABE, 0x200000001, 2048) + bytes(500))
open("tree/vm/web-000002-delta.vmdk", "wb").write(b"COWD" + struct.pack("<III", 1, 3, 2048) + bytes(500))
open("tree/vm/bad-sesparse.vmdk", "wb").write(b"x" * 600)
open("tree/vm/fine.vmdk", "w").write("# Disk DescriptorFile\nversion=1\n")
PY
	fixture disk 4096 > tree/vm/fine-flat.vmdk
	find tree -type f -exec sha256sum {} + | sort > tree.sums
	run "$PELLUCID" recover descriptors --into new tree
	[ "$status" -eq 3 ]
	[[ "$output" == *"vm/web.vmdk: MBR: 1 partitions within it"* ]]
	[[ "$output" == *"bad-sesparse.vmdk: damaged"* ]]
	[[ "$output" == *"5 made, 0 were there, 1 are whole, 1 could not be made"* ]]
	grep -qx 'RW 2048 VMFS "web-flat.vmdk"' new/vm/web.vmdk
	grep -qx 'RW 64 FLAT "db-f002.vmdk" 0' new/vm/db.vmdk
	grep -qx 'RW 4192256 SPARSE "old-s001.vmdk"' new/vm/old.vmdk
	grep -qx 'parentFileNameHint="web.vmdk"' new/vm/web-000001.vmdk
	grep -qx 'parentFileNameHint="web-000001.vmdk"' new/vm/web-000002.vmdk
	( cd new && find . -type f -exec sha256sum {} + | sort ) > first
	run "$PELLUCID" recover descriptors --into new tree
	[[ "$output" == *"0 made, 5 were there"* ]]
	( cd new && find . -type f -exec sha256sum {} + | sort ) | cmp - first
	unchanged
}

@test "the machine of a lost .vmx comes of the copy beside it, and try says which action that is" {
	mkdir -p tree/web tree/db tree/gone
	for name in web db gone; do
		fixture disk 65536 > tree/$name/$name-flat.vmdk
		head -c 500 /dev/urandom > tree/$name/$name.vmdk
		echo 1 > tree/$name/$name.vmdk.args
	done
	printf '.encoding = "UTF-8"\nscsi0:0.fileName = "web.vmdk"\n' > tree/web/web.vmx~
	head -c 2500 /dev/urandom > tree/web/web.vmx
	printf '.encoding = "UTF-8"\nmemSize = "512"\n' | tee tree/db/db.vmx > tree/db/db.vmx~
	head -c 2500 /dev/urandom > tree/gone/gone.vmx~
	echo 'all your files are ours now' > 'tree/How to Restore Your Files.html'
	seal_tree
	run "$PELLUCID" recover try tree
	echo "$output"
	[ "$status" -eq 3 ]
	[[ "$output" == *"made by \`pellucid recover descriptors --into NEW TREE\`"* ]]
	[[ "$output" != *"recover run --into NEW"* ]]
	run "$PELLUCID" recover descriptors --into new tree
	echo "$output"
	[ "$status" -eq 3 ]
	[[ "$output" == *"web/web.vmx: the copy that lay beside it, which may be older"* ]]
	[[ "$output" == *"gone.vmx~: damaged: no text any more: encrypted?"* ]]
	[[ "$output" == *"4 made, 0 were there, 1 are whole, 1 could not be made"* ]]
	cmp new/web/web.vmx tree/web/web.vmx~
	[ ! -e new/db/db.vmx ]
	[ ! -e new/gone/gone.vmx ]
	run "$PELLUCID" recover descriptors --into new tree
	[[ "$output" == *"0 made, 4 were there, 1 are whole, 1 could not be made"* ]]
	unchanged
}

@test "a part whose name no descriptor can bear, and one that says more than a disk can hold, are told" {
	mkdir tree
	fixture disk 4096 > tree/$'a"b-flat.vmdk'
	python3 -c 'import struct; open("tree/huge-sesparse.vmdk", "wb").write(struct.pack("<QQQ", 0xCAFEBABE, 0x200000001, 2 ** 63) + bytes(500))'
	run "$PELLUCID" recover descriptors --into new tree
	[ "$status" -eq 3 ]
	[[ "$output" == *"its name cannot stand in a descriptor"* ]]
	[[ "$output" == *"more sectors than a disk may have"* ]]
	[[ "$output" == *"0 made, 0 were there, 0 are whole, 2 could not be made"* ]]
	[ -z "$(find new -type f)" ]
}
