load helper
load recover_tree

# How far a file can be proven: each level of proof by itself, and the structure of databases.

# One original of a kind beside two that let the key be accepted; $output is what run says.
proven() { # KIND SIZE NAME OPTIONS...
	mkdir -p was tree
	put "$3" "$1" "$2" powerware 1 "$3.locky"
	put key.docx zip 20000 powerware 1 key.docx.locky
	put key.png png 20000 powerware 1 key.png.locky
	put_notes _HELP_instructions.html
	seal_tree
	run "$PELLUCID" recover run --into new --i-have-isolated "${@:4}" tree
	echo "$output"
	unchanged
}

level_of() { jq -r --arg name "$1" 'select(.result == $name) | .level' new/recover.journal; }

@test "V0: what nothing can be shown of is plausible, and its name says that it is not verified" {
	proven zero 5000 blob.bin
	[ "$status" -eq 3 ]
	[[ "$output" == *"V0 blob.bin.unverified: plausible, cannot be proven"* ]]
	[[ "$output" == *"1 are partial or unproven"* ]]
	[ "$(level_of blob.bin.unverified)" = 0 ]
	cmp was/blob.bin new/blob.bin.unverified
	[ ! -e new/blob.bin ]
}

@test "V1: the first bytes are right, and nothing else is known of it" {
	proven flac 5000 song.flac
	[ "$status" -eq 0 ]
	[[ "$output" == *"V1 song.flac: flac by its first bytes"* ]]
	[ "$(level_of song.flac)" = 1 ]
	cmp was/song.flac new/song.flac
}

@test "V1, unverified: the first bytes are right, and the rest does not hold" {
	proven cut 5000 cut.docx
	[ "$status" -eq 3 ]
	[[ "$output" == *"V1 cut.docx.unverified: zip: "* ]]
	[ "$(level_of cut.docx.unverified)" = 1 ]
	cmp was/cut.docx new/cut.docx.unverified
}

@test "a key that opens as many samples to what is broken as to what is whole is refused" {
	mkdir tree
	fixture cut 5000 powerware 1 > tree/a.docx.locky
	fixture zip 5000 powerware 1 > tree/b.docx.locky
	put_notes _HELP_instructions.html
	run "$PELLUCID" recover try tree
	[ "$status" -eq 3 ]
	[[ "$output" == *"cannot be opened yet: a.docx: zip: no directory at its end"* ]]
}

@test "V2: its structure holds to its end" {
	proven disk 100000 disk.img
	[ "$status" -eq 0 ]
	[[ "$output" == *"V2 disk.img: MBR: 1 partitions within it"* ]]
	[ "$(level_of disk.img)" = 2 ]
}

@test "V3: checksums inside it agree" {
	proven png 9000 picture.png
	[ "$status" -eq 0 ]
	[[ "$output" == *"V3 picture.png: png: 3 chunks, all CRCs agree"* ]]
	[ "$(level_of picture.png)" = 3 ]
}

@test "V4: it equals a known original, whatever else could be shown of it" {
	mkdir was tree
	fixture zero 5000 > was/blob.bin
	put cut.docx cut 4000 powerware 1 cut.docx.locky
	( cd was && sha256sum blob.bin cut.docx ) > sums
	proven zero 5000 blob.bin --known sums
	[ "$status" -eq 0 ]
	[[ "$output" == *"V4 blob.bin: equal to a known original"* ]]
	[[ "$output" == *"V4 cut.docx: equal to a known original"* ]]
	[ "$(level_of blob.bin)$(level_of cut.docx)" = 44 ]
	cmp was/cut.docx new/cut.docx
}

@test "a digest of something else is no proof" {
	echo other | sha256sum > sums
	proven png 9000 picture.png --known sums
	[[ "$output" == *"V3 picture.png"* ]]
}

# ---- databases, by their pages

make_databases() {
	mkdir db
	python3 - <<'PY'
import random, sqlite3
r = random.Random(1)
for page in 512, 4096, 65536:
    for vacuum in 0, 1, 2:
        for journal in "delete", "wal":
            db = sqlite3.connect("db/%d-%d-%s.db" % (page, vacuum, journal))
            db.executescript("pragma page_size=%d; pragma auto_vacuum=%d; pragma journal_mode=%s;" % (page, vacuum, journal))
            db.executescript("create table t(a integer primary key, b text, c blob); create index i on t(b);"
                             "create table w(k text primary key, v) without rowid;")
            for i in range(400):
                db.execute("insert into t values(?,?,?)", (i, "x%d" % i * r.randrange(1, 20), r.randbytes(r.choice((10, 100, 3000, 9000)))))
                db.execute("insert into w values(?,?)", ("k%d" % i, r.randbytes(50)))
            db.execute("delete from t where a % 3 <> 0")
            db.execute("drop table w")
            db.commit()
            db.close()
db = sqlite3.connect("db/blobs.db")
db.execute("create table t(a)")
db.executemany("insert into t values(?)", [(r.randbytes(500000),)] * 3)
db.commit()
PY
}

@test "databases are intact in all their forms, whatever their contents look like" {
	make_databases
	run "$PELLUCID" recover assess db
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == *"intact                  19 files"* ]]
}

@test "one page of a database that is encrypted is seen, be it of a tree, a chain, the map or the free list's trunk" {
	make_databases
	python3 - <<'PY'
import os, random, struct
r = random.Random(2)
os.mkdir("bad")
n = 0
for name in sorted(os.listdir("db")):
    data = bytearray(open("db/" + name, "rb").read())
    page = struct.unpack(">H", data[16:18])[0]
    page = 65536 if page == 1 else page
    trunk = struct.unpack(">I", data[32:36])[0]
    leaves, at = set(), trunk
    while at:
        head = data[(at - 1) * page:at * page]
        at, k = struct.unpack(">II", head[:8])
        leaves |= set(struct.unpack(">%dI" % k, head[8:8 + 4 * k]))
    others = [i for i in range(2, len(data) // page + 1) if i not in leaves]
    for i in {2, trunk or 2, others[len(others) // 2], others[-1]} - leaves:
        copy = bytearray(data)
        copy[(i - 1) * page:i * page] = r.randbytes(page)
        open("bad/%d-%s" % (i, name), "wb").write(copy)
        n += 1
open("n", "w").write(str(n))
PY
	"$PELLUCID" recover assess --json bad > out.json || [ $? -ne 2 ]
	[ "$(jq -r 'select(.path) | select(.damage != "intact") | .path' out.json | wc -l)" -eq "$(cat n)" ] || {
		jq -r 'select(.path) | select(.damage == "intact") | .path' out.json
		false
	}
	jq -r 'select(.path) | .why' out.json | grep -q 'are none of it, the first is page 2$'
}
