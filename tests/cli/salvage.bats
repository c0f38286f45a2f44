load helper

# What was made, damaged and salvaged: made/was, made/tree, new.
make() { # KIND...
	python3 "$ROOT/tests/recover/damaged.py" made "$@"
	( cd made/tree && find . -type f -exec sha256sum {} + | sort ) > sums
}

salvage() { # STATUS
	run "$PELLUCID" recover salvage --into new made/tree
	echo "$output"
	[ "$status" -eq "$1" ]
	( cd made/tree && find . -type f -exec sha256sum {} + | sort ) | cmp - sums
	[ -z "$(find new -name '*.part')" ]
	# twice: nothing changes, nothing is done again
	( cd new && find . -type f -exec sha256sum {} + | sort ) > first
	"$PELLUCID" recover salvage --into new made/tree > again || [ $? -eq "$1" ]
	grep -q '^0 files: 0 pieces' again
	( cd new && find . -type f -exec sha256sum {} + | sort ) | cmp - first
	# and without the journal the same pieces come again, each as it was
	mv new/salvage.journal kept
	"$PELLUCID" recover salvage --into new made/tree > again || [ $? -eq 3 ]
	( cd new && find . -type f ! -name salvage.journal -exec sha256sum {} + | sort ) |
		cmp - <(grep -v salvage.journal first)
}

@test "zip and OOXML: members whose checksum agrees, and the archive anew" {
	make zip
	salvage 3
	# what was partial or unproven is so for a later run
	status=0
	"$PELLUCID" recover salvage --into new made/tree > again || status=$?
	[ "$status" -eq 3 ]
	while read -r archive member; do
		unzip -p "made/was/$archive" "${member//[/\\[}" | cmp - "new/$archive.salvaged/$member"
	done < made/expected
	# a member whose header is lost is found by the directory
	[ -s new/headless.zip.salvaged/folder/file03.txt ]
	for a in docs.zip report.docx headless.zip; do unzip -tq "new/$a.salvaged/rebuilt-$a"; done
	# a damaged member is given as far as it unpacks, and so called
	head -c 100 new/docs.zip.salvaged/folder/file02.txt.partial | grep -q fox
	[ ! -e new/docs.zip.salvaged/folder/file02.txt ]
	jq -se 'map(select(.piece)) | all(.sha256 | length == 64)' new/salvage.journal
	jq -se '[.[] | select(.piece == "docs.zip.salvaged/folder/file00.txt")] | .[0].level == 3 and .[0].state == "whole"' new/salvage.journal
}

@test "PDF: the objects that are whole make a document that qpdf takes" {
	make pdf
	salvage 3
	qpdf --check new/report.pdf.salvaged/rebuilt-report.pdf.partial
	[ "$(qpdf --show-npages new/report.pdf.salvaged/rebuilt-report.pdf.partial)" -ge 18 ]
	qpdf --check new/streams.pdf.salvaged/rebuilt-streams.pdf.partial
	[ "$(qpdf --show-npages new/streams.pdf.salvaged/rebuilt-streams.pdf.partial)" -eq 20 ]
	qpdf --qdf new/streams.pdf.salvaged/rebuilt-streams.pdf.partial - | grep -a -q '(page 19)'
}

@test "SQLite: rows of the pages that are whole, as SQL that sqlite3 takes" {
	make sqlite
	salvage 3
	python3 - <<'PY'
import sqlite3
was = sqlite3.connect("made/was/data.db")
new = sqlite3.connect(":memory:")
new.executescript(open("new/data.db.salvaged/data.db.sql.partial").read())
for table in ("people", '"odd \'\'name"'):
    old = set(was.execute("SELECT rowid, * FROM " + table))
    got = set(new.execute("SELECT rowid, * FROM " + table))
    if table == "people":
        assert got <= old and len(old) > len(got) > len(old) * 0.6, (len(old), len(got))
        assert any(r[0] == 999999 for r in got)  # a row over many pages
    else:
        assert {r[1:] for r in got} <= {r[1:] for r in old} and got
# without its first page there are no tables; all rows are there, by page and number
new = sqlite3.connect(":memory:")
new.executescript(open("new/headless.db.salvaged/headless.db.sql.partial").read())
rows = {r[0]: r[1] for r in new.execute("SELECT id, c1 FROM lost_and_found WHERE c3 IS NOT NULL OR id = 999999")}
old = {r[0]: r[1] for r in was.execute("SELECT id, name FROM people")}
assert all(old[k] == v for k, v in rows.items() if k in old) and len(rows) >= len(old), (len(rows), len(old))
PY
}

@test "mail boxes and tar: what lies between the damage" {
	make mail tar
	salvage 3
	for f in new/backup.tar.salvaged/dir/*.txt; do
		tar xOf made/was/backup.tar "dir/${f##*/}" | cmp - "$f"
	done
	[ "$(find new/backup.tar.salvaged -name '*.txt' | wc -l)" -ge 8 ]
	[ "$(find new/box.mbox.salvaged -name '*.eml' | wc -l)" -ge 44 ]
	python3 - <<'PY'
import glob
was = open("made/was/box.mbox", "rb").read()
for f in glob.glob("new/box.mbox.salvaged/*"):
    assert open(f, "rb").read() in was, f
PY
}

@test "database pages: those that are whole are kept, the others are zeros and listed" {
	make pages
	salvage 3
	python3 - <<'PY'
for name, size in (("table.ibd", 16384), ("16384", 8192), ("data.mdf", 8192)):
    was, tree = (open("made/%s/%s" % (d, name), "rb").read() for d in ("was", "tree"))
    got = open("new/%s.salvaged/%s.partial" % (name, name), "rb").read()
    assert len(got) == len(was)
    bad, doubtful = set(), set()
    for line in open("new/%s.salvaged/lost-pages.txt" % name):
        if line[0] != "#":
            a, b = map(int, line.split()[:2])
            (doubtful if "doubtful" in line else bad).update(range(a, b + 1))
    for i in range(len(was) // size):
        w, t, g = (x[i * size:(i + 1) * size] for x in (was, tree, got))
        assert g == (bytes(size) if i in bad else t), (name, i)
        if (w != t) != (i in bad):
            assert name != "table.ibd" and w != t and i in doubtful, (name, i)
PY
}

@test "disk images: files with their names, from ext4, ext2, a sparse virtual disk, and without a partition table" {
	make ext sparse
	salvage 3
	for p in web-flat.vmdk old.img ext2.img sparse.vmdk; do
		( cd made/files && find . -type f ! -name sparse.txt ) | while read -r f; do
			cmp "made/files/$f" "new/$p.salvaged/volume-1/$f"
		done
		cmp made/files/home/sparse.txt "new/$p.salvaged/volume-1/home/sparse.txt.unverified"
	done
}

@test "NTFS: files with their names, by the copies of its head and of its table" {
	command -v ntfscp > found || skip "no ntfs-3g"
	make ntfs
	salvage 0
	for i in 00 01 02 03 04 05 06 07 08 09 10 11; do
		cmp "made/was/ntfs $i" "new/windows-flat.vmdk.salvaged/volume-1/Brief ä$i.txt"
	done
}

@test "PST: both forms with zeros for the blocks that are lost, and a header made anew from the trees" {
	make pst
	salvage 3
	python3 - <<'PY'
for name in "mail.pst", "old.pst", "high.pst", "head-mail.pst", "head-old.pst", "head-high.pst":
    was, tree = open("made/was/" + name, "rb").read(), open("made/tree/" + name, "rb").read()
    new = open("new/%s.salvaged/%s.partial" % (name, name), "rb").read()
    assert len(new) == len(was)
    # the roots, the size and how data is written are as they were
    fields = ((0, 4), (10, 12), (184, 200), (216, 248), (512, 514)) if "old" not in name else ((0, 4), (10, 12), (168, 176), (184, 200), (460, 462))
    for a, b in fields:
        assert new[a:b] == was[a:b], (name, a, was[a:b], new[a:b])
    lost = 0
    for line in open("made/blocks-" + name.replace("head-", "")):
        bid, at, size = map(int, line.split())
        room = (size + (16 if "old" not in name else 12) + 63) // 64 * 64
        if tree[at:at + room] == was[at:at + room]:
            assert new[at:at + room] == was[at:at + room], (name, at)
        else:
            assert not any(new[at:at + room]), (name, at)
            lost += 1
    listed = [l for l in open("new/%s.salvaged/lost-blocks.txt" % name) if l[0] != "#"]
    assert lost > 0 and len(listed) == lost, (name, lost, listed)
PY
}

@test "PST: messages with their folder, text and attachments; the one whose block is lost is partial, and says so" {
	make pst
	salvage 3
	python3 - <<'PY'
import email, glob, json, os
from email import policy
for name in "mail.pst", "old.pst", "high.pst", "head-mail.pst", "head-old.pst", "head-high.pst":
    expected = json.load(open("made/mails-" + name.replace("head-", "")))
    found = sorted(glob.glob("new/%s.salvaged/messages/Post ä-ü/*" % name))
    torn = [4] if "head" not in name else []
    assert len(found) == len(expected), (name, found)
    for i, (path, want) in enumerate(zip(found, expected)):
        assert os.path.basename(path).startswith("%04d-Größe %d.eml" % (200 + i, i)), path
        m = email.message_from_binary_file(open(path, "rb"), policy=policy.default)
        assert m["subject"] == want["subject"] and m["to"] == "b@b.example", (path, m["subject"])
        assert str(m["from"]) == "Anna Ö <anna@a.example>", m["from"]
        assert m["date"].datetime.timestamp() == 1700000000 + i == os.stat(path).st_mtime, (path, m["date"])
        assert path.endswith(".partial") == (i in torn), path
        parts = list(m.iter_parts())
        body = parts[0].get_payload(decode=True).decode()
        if i in torn:
            assert body.endswith(want["body"][5000:]) and body != want["body"], path
        else:
            assert body == want["body"], path
        attached = [(p.get_filename(), p.get_content_type(), p.get_payload(decode=True).decode("latin-1")) for p in parts[1:]]
        assert attached == ([("Liste %d.txt" % i, "text/x-list", want["attached"])] if want["attached"] else []), path
PY
}

@test "a PST that is whole is intact, whatever lies in it, and one whose header or maps are lost is not" {
	make pst
	cp made/was/mail.pst made/was/old.pst made/was/high.pst .
	run "$PELLUCID" recover assess mail.pst old.pst high.pst
	[ "$status" -eq 0 ]
	run "$PELLUCID" recover assess made/tree
	echo "$output"
	[ "$status" -ne 0 ]
	[[ "$output" == *"intact                   0 files"* ]]
}

@test "FAT: files with their names, by the copies of its head and its table, and without the root" {
	command -v mkfs.fat > found && command -v mcopy > found || skip "no dosfstools or mtools"
	make fat
	salvage 3
	for p in stick.img card.img; do
		( cd made/files && find . -type f ! -name sparse.txt ) | while read -r f; do
			cmp "made/files/$f" "new/$p.salvaged/volume-1/$f"
		done
		cmp made/files/home/sparse.txt "new/$p.salvaged/volume-1/home/sparse.txt.unverified"
		cmp made/files/home/anna/papers.zip "new/$p.salvaged/volume-1/between.zip"
		( cd made/files/home && find . -type f ! -name sparse.txt ) | while read -r f; do
			cmp "made/files/home/$f" "new/rootless-$p.salvaged/volume-1/"lost-*/"$f"
		done
	done
}

@test "exFAT: files with their names, by the copy of its head, and by the checksums of their entries" {
	make exfat
	salvage 0
	( cd made/exfat && find . -type f ) | while read -r f; do
		cmp "made/exfat/$f" "new/camera.img.salvaged/volume-1/$f"
		case $f in
		*/photos/*) cmp "made/exfat/$f" "new/rootless-camera.img.salvaged/volume-1/lost/${f#./photos/}" ||
			cmp "made/exfat/$f" "new/rootless-camera.img.salvaged/volume-1/lost/${f#./photos/deep/}" ;;
		esac
	done
}

@test "where no structure is left, files are known by their first bytes and proven to their last" {
	make carve
	salvage 0
	"$BUILD/tests/recover_fixture" png 30000 | cmp - new/unknown.raw.salvaged/carved/000000100000.png
	"$BUILD/tests/recover_fixture" zip 50000 | cmp - new/unknown.raw.salvaged/carved/000000200000.zip
	[ "$(find new/unknown.raw.salvaged -type f | wc -l)" -eq 2 ]
}

@test "what is known and not taken apart is named, with what else reads it" {
	python3 - <<'PY'
import random, struct, zlib
r = random.Random(3)
page = lambda p: p + bytes(8192 - len(p))
head = page(b"\1\2\3\4\xef\xcd\xab\x89")
open("whole.edb", "wb").write(head + head + r.randbytes(65536))
open("headless.edb", "wb").write(r.randbytes(8192) + head + r.randbytes(65536))
open("none.edb", "wb").write(r.randbytes(16384 + 65536))
ost = bytearray(b"!BDN\0\0\0\0SO" + struct.pack("<H", 36) + bytes(600) + r.randbytes(65536))
open("large.ost", "wb").write(ost)
PY
	run "$PELLUCID" recover salvage --into new *.edb *.ost
	echo "$output"
	[[ "$output" == *"headless.edb: an ESE database "*"eseutil"*"esedbexport"* ]]
	[[ "$output" == *"whole.edb: an ESE database "* ]]
	[[ "$output" != *"none.edb: an ESE"* ]]
	[[ "$output" == *"large.ost: an OST with pages of 4 KiB "*"pffexport"* ]]
}

@test "names in archives lead nowhere else" {
	mkdir -p made/tree
	python3 - <<'PY'
import zipfile
with zipfile.ZipFile("made/tree/bad.zip", "w") as z:
    for name in ("../../outside", "/etc/absolute", "a/../../b", "..", "x" * 600, "c\n\x1b[2Jd", "twin", "twin", "e/"):
        z.writestr(name, name * 40)
PY
	printf x | dd of=made/tree/bad.zip bs=1 seek=5 conv=notrunc 2> dd.log
	truncate -s -30 made/tree/bad.zip
	run "$PELLUCID" recover salvage --into new made/tree
	[[ "$output" != *$'\x1b'* ]]
	[ ! -e outside ]
	[ ! -e b ]
	[ ! -e new/outside ]
	[ -e new/bad.zip.salvaged/outside ]
	[ -e new/bad.zip.salvaged/etc/absolute ]
	[ "$(find . -path ./made -prune -o -name '*outside*' -print)" = ./new/bad.zip.salvaged/outside ]
}

@test "what is intact is passed over, and the new tree must lie apart" {
	mkdir -p made/tree
	"$BUILD/tests/recover_fixture" zip 30000 > made/tree/fine.zip
	run "$PELLUCID" recover salvage --into new made/tree
	[ "$status" -eq 0 ]
	[[ "$output" == *"1 are intact"* ]]
	run "$PELLUCID" recover salvage --into made/tree/new made/tree
	[ "$status" -eq 2 ]
	[[ "$output" == *"lie within each other"* ]]
	run "$PELLUCID" recover salvage made/tree
	[ "$status" -eq 2 ]
}

@test "a salvage that is killed or whose disk is full is gone on with" {
	make zip tar
	"$PELLUCID" recover salvage --into whole made/tree > out || [ $? -eq 3 ]
	for wait in 0.005 0.01 0.02 0.04; do
		timeout -s KILL "$wait" "$PELLUCID" recover salvage --into new made/tree > out || :
		( cd made/tree && find . -type f -exec sha256sum {} + | sort ) | cmp - sums
	done
	# the limit binds files of memory as well, by which workers are asked: these are smaller
	run bash -c 'trap "" XFSZ; ulimit -f 100; exec "$PELLUCID" recover salvage --into new made/tree'
	[ "$status" -eq 2 ]
	"$PELLUCID" recover salvage --into new made/tree > out || [ $? -eq 3 ]
	[ -z "$(find new -name '*.part')" ]
	diff -r --exclude salvage.journal whole new
}
