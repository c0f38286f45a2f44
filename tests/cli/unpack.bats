load helper
load unpack_made

@test "a finding in an archive in an archive is named by its way, and verify derives it from the outer file" {
	cp hay invoice.exe
	archives <<'PY'
import make_archives as m
needle = open("hay", "rb").read()
inner = m.archive([(b"invoice.exe", 8, m.deflate(needle), needle, {})])
mail = b"From: a@b\nTo: c@d\nSubject: s\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n" \
    b"--x\nContent-Type: text/plain\n\nhello\n--x\nContent-Type: application/zip; name=invoice.zip\n" \
    b"Content-Transfer-Encoding: base64\n\n" + __import__("base64").encodebytes(inner) + b"--x--\n"
open("mail.eml", "wb").write(mail)
PY
	run "$PELLUCID" scan -q -r one.yar mail.eml
	[ "$status" -eq 1 ]
	[[ "$output" == *"suspicious  mail.eml/2:invoice.zip/invoice.exe"* ]]
	"$PELLUCID" scan -q --json -r one.yar mail.eml > v.json || true
	[ "$(jq -r 'select(.way == ["2:invoice.zip", "invoice.exe"]) | .sha256' v.json)" = "$(sha256sum < hay | cut -d' ' -f1)" ]
	[ "$(jq -r 'select(.path == "mail.eml") | .verdict, .format, .inside.objects' v.json | tr '\n' ' ')" = "suspicious mail 3 " ]
	grep '"way":\["2:invoice.zip","invoice.exe"\]' v.json > one.json
	run "$PELLUCID" verify -r one.yar one.json mail.eml
	[ "$status" -eq 0 ]
	[[ "$output" == *"holds  there is mail.eml/2:invoice.zip/invoice.exe"* ]]
	sed -i '/^UE/s/E/F/' mail.eml
	run "$PELLUCID" verify -r one.yar one.json mail.eml
	[ "$status" -eq 4 ]
}

@test "--no-unpack looks at the file alone" {
	gzip -n hay
	run "$PELLUCID" scan -q -r one.yar hay.gz
	[ "$status" -eq 1 ]
	run "$PELLUCID" scan -q --no-unpack -r one.yar hay.gz
	[ "$status" -eq 0 ]
}

@test "what is encrypted is incomplete, with its reason, unless a password fits" {
	archives <<'PY'
import zlib
import make_archives as m
needle = open("hay", "rb").read()
d, crc = m.deflate(needle), zlib.crc32(needle)
open("locked.zip", "wb").write(m.archive([(b"a", 8, m.old_cipher(d, b"sesame", crc), needle, {"flags": 1})]))
open("usual.zip", "wb").write(m.archive([(b"a", 8, m.old_cipher(d, b"infected", crc), needle, {"flags": 1})]))
PY
	run "$PELLUCID" scan -q -r one.yar usual.zip
	[ "$status" -eq 1 ]
	run "$PELLUCID" scan -q -r one.yar locked.zip
	[ "$status" -eq 3 ]
	[[ "$output" == *"incomplete  locked.zip/a"*"not examined: encrypted"* ]]
	# no bytes, no digest: least of all that of what was looked at before
	"$PELLUCID" scan -q --json --hash -r one.yar locked.zip > v.json || true
	[ "$(jq -r 'select(.way == ["a"]) | .size, .sha256' v.json | tr '\n' ' ')" = "0 null " ]
	printf 'open\nsesame\n' > words
	run "$PELLUCID" scan -q -r one.yar --passwords=words locked.zip
	[ "$status" -eq 1 ]
	if command -v 7zz > /dev/null; then
		7zz a -tzip -mem=AES256 -psesame aes.zip hay > /dev/null
		run "$PELLUCID" scan -q -r one.yar --passwords=words aes.zip
		[ "$status" -eq 1 ]
		run "$PELLUCID" scan -q -r one.yar aes.zip
		[ "$status" -eq 3 ]
	fi
}

@test "every format that Debian's programs write is opened" {
	mkdir in
	cp hay in/hay
	n=0
	for how in 'tar cf x.tar in' 'tar czf x.tgz in' 'tar cjf x.tbz in' 'tar cJf x.txz in' 'tar --zstd -cf x.tzst in' \
		'7zz a x.7z in' '7zz a -mx=0 x0.7z in' '7zz a -m0=PPMd xp.7z in' '7zz a -m0=BZip2 xb.7z in' '7zz a x.zip in' \
		'7zz a -mm=Deflate64 x64.zip in' '7zz a -mm=LZMA xl.zip in' '7zz a -mm=BZip2 xb.zip in' 'zip -qr z.zip in' \
		'genisoimage -quiet -J -R -o x.iso in' 'ar rc x.a in/hay' 'lz4 -q in/hay x.lz4' \
		'sh -c "ls in/hay | cpio -o -H odc > x.cpio"' 'sh -c "ls in/hay | cpio -o -H crc > c.cpio"'; do
		case $how in # what writes it
		'tar cjf'*) writer=bzip2 ;;
		'tar cJf'*) writer=xz ;;
		'tar --zstd'*) writer=zstd ;;
		*cpio*) writer=cpio ;;
		*) writer=${how%% *} ;;
		esac
		command -v "$writer" > /dev/null || continue # it may be missing, but not fail
		rm -f x*.* z.zip c.cpio
		eval "$how" > log 2>&1 || { echo "$how: $(cat log)"; false; }
		run "$PELLUCID" scan -q -r one.yar x*.* z.zip c.cpio
		[[ "$output" == *"suspicious"*"hay"* || "$output" == *"suspicious"*"x.lz4/1:"* ]] || { echo "$how: $output"; false; }
		n=$((n + 1))
	done
	[ "$n" -ge 6 ]
}

# A million of zeros is well within the bounds that nobody set; these are far beyond them.
@test "bombs in every codec end with limit:ratio, in bounded time and memory" {
	archives <<'PY'
import bz2, lzma, zlib, gzip, subprocess, shutil
import make_archives as m
zeros, n = bytes(1 << 20), 300

class Out(list):
    pass

def stream(name, c):
    with open(name, "wb") as f:
        for _ in range(n):
            f.write(c.compress(zeros))
        f.write(c.flush())
stream("z.bz2", bz2.BZ2Compressor(9))
stream("z.xz", lzma.LZMACompressor(preset=0))
stream("z.lzma", lzma.LZMACompressor(lzma.FORMAT_ALONE, preset=0))
stream("z.gz", zlib.compressobj(9, zlib.DEFLATED, 31))
stream("z.raw", zlib.compressobj(9, zlib.DEFLATED, -15))
packed = open("z.raw", "rb").read()
size = n << 20
out = m.local(b"zeros", 8, packed, b"", sizes=(len(packed), size))
directory = m.central(b"zeros", 8, packed, b"", 0, sizes=(len(packed), size))
open("z.zip", "wb").write(out + directory + m.ending(1, len(directory), len(out)))
for program, to in (("zstd", "z.zst"), ("lz4", "z.lz4")):
    if shutil.which(program):
        p = subprocess.Popen([program, "-q", "-c"], stdin=subprocess.PIPE, stdout=open(to, "wb"))
        for _ in range(n):
            p.stdin.write(zeros)
        p.stdin.close()
        p.wait()
PY
	for bomb in z.bz2 z.xz z.lzma z.gz z.zip z.zst z.lz4; do
		[ -e "$bomb" ] || continue
		run "$PELLUCID" scan -q -j1 -r one.yar --max-ratio=20 "$bomb"
		[ "$status" -eq 3 ] || { echo "$bomb: $output"; false; }
		[[ "$output" == *"limit:ratio"* ]] || { echo "$bomb: $output"; false; }
	done
}

@test "nested forty deep: limit:depth" {
	archives <<'PY'
import gzip
b = open("hay", "rb").read()
for _ in range(40):
    b = gzip.compress(b, mtime=0)
open("deep.gz", "wb").write(b)
PY
	run "$PELLUCID" scan -q -r one.yar deep.gz
	[ "$status" -eq 3 ]
	[[ "$output" == *"limit:depth"* ]]
	run "$PELLUCID" scan -q --max-depth=40 -r one.yar deep.gz
	[ "$status" -eq 1 ]
}

@test "one body that a thousand entries share: limit:ratio or limit:bytes, and what is found stays found" {
	archives <<'PY'
import make_archives as m
data = open("hay", "rb").read() + bytes(10 << 20)
packed = m.deflate(data)
out = m.local(b"a", 8, packed, data)
one = m.central(b"a", 8, packed, data, 0)
open("overlap.zip", "wb").write(out + one * 1000 + m.ending(1000, 1000 * len(one), len(out)))
PY
	run "$PELLUCID" scan -q -r one.yar overlap.zip
	[ "$status" -eq 3 ] # the rule asks for small files
	[[ "$output" == *"limit:ratio"* ]]
	run "$PELLUCID" scan -q --max-bytes=20000000 -r one.yar overlap.zip
	[[ "$output" == *"limit:bytes"* ]]
}

@test "a hundred and fifty thousand members: limit:objects; a finding among them is not crowded out" {
	archives <<'PY'
import make_archives as m
n, hay = 150000, open("hay", "rb").read()
body, directory = bytearray(), bytearray()
for i in range(n):
    data = hay if i == 90000 else b""
    name = b"%d" % i
    directory += m.central(name, 0, data, data, len(body))
    body += m.local(name, 0, data, data)
open("many.zip", "wb").write(bytes(body + directory) + m.ending(n, len(directory), len(body)))
PY
	run "$PELLUCID" scan -q -r one.yar many.zip
	[ "$status" -eq 1 ]
	[[ "$output" == *"limit:objects"* ]]
	[[ "$output" == *"many.zip/90000"* ]]
	"$PELLUCID" scan -q --json -r one.yar many.zip > v.json || true
	[ "$(grep -c '"path":"many.zip/90000"' v.json)" -eq 1 ]
	[ "$(jq -r 'select(.path == "many.zip").inside.objects' v.json)" -eq 100000 ]
}

@test "work is bounded by --max-steps" {
	head -c 3000000 /dev/urandom | gzip > r.gz
	run "$PELLUCID" scan -q --max-steps=100000 -r one.yar r.gz
	[ "$status" -eq 3 ]
	[[ "$output" == *"limit:steps"* ]]
}

@test "a damaged archive is incomplete, and what could be had of it is examined" {
	head -c 500000 /dev/urandom > noise
	cat hay noise | gzip > cut.gz
	truncate -s 200000 cut.gz
	printf 'rule n { strings: $a = "needle" condition: $a }' > n.yar
	run "$PELLUCID" scan -q -r n.yar cut.gz
	[ "$status" -eq 1 ]
	[[ "$output" == *"damaged: gzip: ends too soon"* ]]
}

@test "of Debian's clamav-testfiles those are found that docs/coverage.md says" {
	files=/usr/share/clamav-testfiles
	[ -d "$files" ] || skip "clamav-testfiles is not installed"
	[ "$(find -L "$files" -type f | wc -l)" -ge 44 ]
	cat > clam.yar <<'RULE'
import "hash"
rule clam { condition: filesize == 544 and hash.md5(0, filesize) == "aa15bcf478d165efd2065190eb473bcb" }
RULE
	for f in "$files"/*; do
		run "$PELLUCID" scan -q -r clam.yar "$f"
		[ "$status" -eq 1 ] || echo "${f##*/}"
	done > missed
	sed -n '/^```clamav-testfiles$/,/^```$/p' "$ROOT/docs/coverage.md" | grep -v '```' | sed 's/ .*//' | sort > said
	sort missed | diff said -
}

@test "what a packer has packed is not clean: its code was not seen" {
	python3 - <<'PY'
import struct
elf = bytearray(b"\x7fELF\x02\x01\x01" + bytes(57) + bytes(448))
elf[232:236] = b"UPX!"
open("packed", "wb").write(elf)
elf[232:236] = b"UPX?"
open("plain", "wb").write(elf)
def image(name):
    head = b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + struct.pack("<HHIIIHH", 0x14c, 1, 0, 0, 0, 224, 2)
    optional = struct.pack("<H", 0x10b) + bytes(222)
    section = name.ljust(8, b"\0") + struct.pack("<IIII", 512, 4096, 512, 512) + bytes(16)
    return (head + optional + section).ljust(1024, b"\0")
open("a.exe", "wb").write(image(b"UPX0"))
open("b.exe", "wb").write(image(b"MEW\0F"))
open("c.exe", "wb").write(image(b".text"))
open("cut.exe", "wb").write(image(b"UPX0")[:316]) # within the table of sections
PY
	run "$PELLUCID" scan -q -r one.yar packed a.exe b.exe
	[ "$status" -eq 3 ]
	[[ "$output" == *"unsupported:UPX: a packed program"*"unsupported:UPX: "*"unsupported:MEW: "* ]]
	run "$PELLUCID" scan -q -r one.yar plain c.exe cut.exe
	[ "$status" -eq 0 ]
}

@test "the last hole of a sparse file in an archive is filled" {
	truncate -s 300000 holes
	printf needle | dd of=holes bs=1 seek=100000 conv=notrunc status=none
	tar --sparse -cf sparse.tar holes
	run "$PELLUCID" scan --hash --json -q -r one.yar sparse.tar
	[ "$status" -eq 0 ]
	[[ "$output" == *"$(sha256sum holes | cut -d' ' -f1)"* ]]
}

# Of a name in a file we keep 1 KiB, and there may be one for each level; who gave the file gets its own name back whole.
@test "people are shown the ends of a long name in a file, programs all of it" {
	dir=$(printf 'd%.0s' {1..200})/$(printf 'e%.0s' {1..200})
	mkdir -p "$dir"
	python3 - "$dir/long.zip" <<'PY'
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as z:
    z.writestr("a" * 900 + "needle.txt", "hay needle")
    z.writestr("\u00e4" * 127, "hay needle")
    z.writestr("\u00e4" * 400, "hay needle")
PY
	"$PELLUCID" scan -q -r one.yar "$dir/long.zip" > out || [ $? -eq 1 ]
	grep -qF "  $dir/long.zip/$(printf 'a%.0s' {1..159})[... 687 bytes ...]$(printf 'a%.0s' {1..54})needle.txt" out
	[ "$(wc -L < out)" -le 1200 ]
	# by whole characters: no byte is left alone, and had to be escaped
	grep -q "/$(printf 'ä%.0s' {1..127})$" out
	grep -q '\[\.\.\. [0-9]* bytes \.\.\.\]ä*$' out
	! grep -qF '\x' out || false
	"$PELLUCID" scan -q --json -r one.yar "$dir/long.zip" > json || [ $? -eq 1 ]
	grep -qF "$dir/long.zip/$(printf 'a%.0s' {1..900})needle.txt\"" json
	! grep -qF '[...' json || false
}

# Directories that were entered are kept in a table that grows: each is found once.
@test "an image of three thousand directories is walked whole" {
	command -v genisoimage > /dev/null || skip "genisoimage is not installed"
	mkdir tree
	mkdir tree/d{1..3000}
	for i in {1..3000}; do
		echo "needle $i" > "tree/d$i/f"
	done
	genisoimage -quiet -R -o tree.iso tree
	run -1 "$PELLUCID" scan -r one.yar tree.iso
	[ "$(grep -c 'suspicious .*tree.iso/.*/f$' <<< "$output")" -eq 3000 ]
	[[ "$output" == *"in them 3000 objects"* ]]
	[[ "$output" == *"everything was examined"* ]]
}

# The mark of a layer is ours alone: no container gives it to what would not be looked into then.
@test "a packed program is run, whatever type a mail says it has" {
	cp /usr/share/clamav-testfiles/clam-upx.exe . 2> /dev/null || skip "no clamav-testfiles here"
	{ printf 'From: a@example.org\nTo: b@example.org\nSubject: x\nMIME-Version: 1.0\n'
	  printf 'Content-Type: application/x-unpacked-program; name=a.exe\nContent-Transfer-Encoding: base64\n\n'
	  base64 clam-upx.exe; } > mail
	"$PELLUCID" scan -q --json clam-upx.exe mail > out || [ $? -lt 4 ]
	jq -r .path out > paths
	grep -qx clam-upx.exe/unpacked paths
	grep -qx mail/1:a.exe/unpacked paths
}
