load helper
load unpack_made

# newc has them at the last name, pax where it likes; `link` is what tar writes by itself, which has none.
@test "the bytes of a hard link in cpio and pax are read" {
	python3 - <<'PY'
import io, tarfile
hay = b"hay needle hay\n"
def pad(b, n):
    return b + bytes(-len(b) % n)
def newc(name, body, links):
    fields = (7, 0o100644, 0, 0, links, 0, len(body), 8, 1, 0, 0, len(name) + 1, 0)
    return pad(b"070701" + b"".join(b"%08X" % f for f in fields) + name + b"\0", 4) + pad(body, 4)
end = newc(b"TRAILER!!!", b"", 1)
open("link.cpio", "wb").write(newc(b"a", b"", 2) + newc(b"b", hay, 2) + end)
open("empty.cpio", "wb").write(newc(b"a", b"", 2) + newc(b"b", b"", 2) + end)

def entry(name, body, kind):
    t = tarfile.TarInfo(name)
    t.size, t.type, t.linkname = len(body), kind, "a" if kind == tarfile.LNKTYPE else ""
    t.pax_headers = {"comment": "x"}
    return t.tobuf(tarfile.PAX_FORMAT) + pad(body, 512)
open("pax.tar", "wb").write(entry("a", b"", b"0") + entry("b", hay, tarfile.LNKTYPE) + bytes(1024))
PY
	for x in link.cpio pax.tar; do
		run "$PELLUCID" scan -q -r one.yar "$x"
		[ "$status" -eq 1 ] && [[ "$output" == *"$x/b"* ]] || { echo "$x: $output"; false; }
	done
	mkdir in
	printf straw > in/a
	ln in/a in/b
	for how in gnu pax ustar v7; do
		tar --format="$how" -cf "link-$how.tar" in
	done
	run "$PELLUCID" scan -q -r one.yar empty.cpio link-*.tar
	[ "$status" -eq 0 ]
}

# libarchive passes by what it does not know, and ends in silence where a header is cut off or names are too long for it.
@test "a RAR of which not all was read says so" {
	python3 - <<'PY'
import gzip, struct, zlib
hay = gzip.compress(b"hay needle hay\n")
def number(n):
    return bytes([n & 127 | 128]) + number(n >> 7) if n > 127 else bytes([n])
def block(body, data=b""):
    sized = number(len(body)) + body
    return struct.pack("<I", zlib.crc32(sized)) + sized + data
def member(name, data=hay, kind=2, n=None):
    n = len(name) if n is None else n
    fields = number(4) + number(len(data)) + number(32) + struct.pack("<I", zlib.crc32(data)) + number(0) + number(1)
    return block(bytes((kind, 2)) + number(len(data)) + fields + number(n) + name, data)
def old(kind, flags, body, data=b""):
    h = struct.pack("<BHH", kind, flags, 7 + len(body)) + body
    return struct.pack("<H", zlib.crc32(h) & 0xffff) + h + data
def old_member(name, data, kind):
    return old(kind, 0x8000, struct.pack("<IIBIIBBHI", len(data), len(data), 2, zlib.crc32(data), 0, 20, 0x30, len(name), 32) + name, data)
def put(to, *parts):
    open(to + ".rar", "wb").write(b"".join(parts))
begin, end = b"Rar!\x1a\x07\x01\0" + block(b"\1\0\0"), block(b"\5\0\0")
put("whole", begin, member(b"a", b"straw"), member(b"CMT", b"straw", kind=3), end, b"after it")
put("found", begin, member(b"a.gz"), end)
put("cut", begin, member(b"a", b"straw"), member(b"a.gz")[:12])
put("unknown", begin, block(b"\x09\x04zz"), member(b"a.gz"), end)
put("name", begin, member(b"a.gz", n=5000), end)
put("second", begin, member(b"a", b"straw"), member(b"a.gz", n=100000), end)
put("stream", begin, member(b"a", b"straw"), member(b"STM", kind=3), end)
old_begin, old_end = b"Rar!\x1a\x07\0" + old(0x73, 0, bytes(6)), old(0x7b, 0x4000, b"")
put("old-whole", old_begin, old_member(b"a", b"straw", 0x74), old_end)
put("old-stream", old_begin, old_member(b"a", b"straw", 0x74), old_member(b"STM", hay, 0x7a), old_end)
PY
	run "$PELLUCID" scan -q -r one.yar whole.rar old-whole.rar
	[ "$status" -eq 0 ]
	run "$PELLUCID" scan -q -r one.yar found.rar
	[ "$status" -eq 1 ]
	for x in cut unknown name second; do
		run "$PELLUCID" scan -q -r one.yar $x.rar
		[ "$status" -eq 3 ] && [[ "$output" == *"damaged: rar5: "* ]] || { echo "$x: $output"; false; }
	done
	for x in stream old-stream; do
		run "$PELLUCID" scan -q -r one.yar $x.rar
		[ "$status" -eq 3 ] && [[ "$output" == *"unsupported:rar"*": streams of NTFS"* ]] || { echo "$x: $output"; false; }
	done
}

# In the field behind its mark Windows takes any bytes; a text with the four letters is none.
@test "a cabinet is told by its mark and a header that makes sense" {
	python3 - <<'PY'
import gzip, struct
hay = gzip.compress(b"hay needle hay\n")
def cabinet(reserved, version=0x0103):
    data = struct.pack("<IHH", 0, len(hay), len(hay)) + hay
    entry = struct.pack("<IIHHHH", len(hay), 0, 0, 0, 0, 32) + b"a.gz\0"
    files_at, data_at = 44, 44 + len(entry)
    head = struct.pack("<4sIIIIIHHHHHH", b"MSCF", reserved, data_at + len(data), 0, files_at, 0, version, 1, 1, 0, 7, 0)
    return head + struct.pack("<IHH", data_at, 1, 0) + entry + data
png, script = b"\x89PNG\r\n\x1a\n" + b"MSCF and more of it" * 9, b"#!/bin/sh\nMSCF\nexit\n"
pe = b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + struct.pack("<HHIIIHH", 0x14c, 1, 0, 0, 0, 224, 2)
pe += struct.pack("<H", 0x10b) + bytes(222) + b".text\0\0\0" + struct.pack("<IIII", 512, 4096, 512, 512) + bytes(16)
pe = pe.ljust(1024, b"\0")
for name, c in ("zero", cabinet(0)), ("any", cabinet(0x20202020)):
    open(name + ".cab", "wb").write(c)
    open(name + ".png", "wb").write(png + c)
    open(name + ".sh", "wb").write(script + c)
    open(name + ".exe", "wb").write(pe + c)
open("other.cab", "wb").write(cabinet(1, 0x2020))
open("text", "wb").write(b"MSCF" + b" is the mark of a cabinet" * 9)
open("text.png", "wb").write(png)
PY
	for x in zero any; do
		run "$PELLUCID" scan -q -r one.yar $x.*
		[ "$(grep -c 'suspicious .*a\.gz/1' <<< "$output")" -eq 4 ] || { echo "$x: $output"; false; }
	done
	run "$PELLUCID" scan -q -r one.yar other.cab text text.png
	[ "$status" -eq 0 ]
}

# As GNU tar reads them: digits between blanks and zeros, the bytes with signs or without.
@test "a tar without a mark is told by its sum, in all ways of writing it" {
	python3 - <<'PY'
import gzip
hay = gzip.compress(b"hay needle hay\n")
def tar(name, layout, signed=False, add=0, mark=b"\0"):
    h = bytearray(512)
    h[:len(name)] = name
    h[100:124] = b"0000644\0" + b"0000000\0" * 2
    h[124:148] = b"%011o\0" % len(hay) + b"00000000000\0"
    h[257:258] = mark
    h[148:156] = b" " * 8
    h[148:156] = layout % (add + sum(b - 256 if signed and b > 127 else b for b in h))
    return bytes(h) + hay.ljust(512, b"\0") + bytes(1024)
for i, layout in enumerate((b"%06o\0 ", b"%06o \0", b"%07o\0", b"%08o", b" %06o\0", b"%7o ", b"  %05o\0")):
    open(f"{i}.tar", "wb").write(tar(b"b.gz", layout))
open("7.tar", "wb").write(tar(b"b.gz", b"%06o\0 ", mark=b"x"))
open("8.tar", "wb").write(tar(b"b\xff\xfe.gz", b"%06o\0 ", True))
open("sum.none", "wb").write(tar(b"b.gz", b"%06o\0 ", add=1))
open("digits.none", "wb").write(tar(b"b.gz", b"%06o\0x"))
whole = tar(b"b.gz", b"%06o\0 ")
open("blank.none", "wb").write(whole[:148] + b" " * 8 + whole[156:])
PY
	for x in ?.tar; do
		run "$PELLUCID" scan -q -r one.yar "$x"
		[ "$status" -eq 1 ] || { echo "$x: $output"; false; }
	done
	run "$PELLUCID" scan -q -r one.yar ./*.none
	[ "$status" -eq 0 ]
}

# Linux shows Rock Ridge's tree and Windows Joliet's; a file that stands in one of them is there for half of the world.
@test "a file that stands in one tree of an ISO image alone is found" {
	command -v genisoimage > /dev/null || skip "no genisoimage"
	mkdir -p in/a/b/c/d/e/f/g/h/i
	gzip -c hay > in/a/hay.gz
	printf straw | tee in/straw > in/a/b/c/d/e/f/g/h/i/deep
	: > in/empty
	n=0
	for how in '-J -R -hide hay.gz' '-J -R -hide-joliet hay.gz' '-J -hide hay.gz' '-J -hide-joliet hay.gz' '-J -R' '-J' '-R'; do
		# shellcheck disable=SC2086
		genisoimage -quiet -D $how -o x.iso in 2> /dev/null
		run "$PELLUCID" scan -q -r one.yar x.iso
		[ "$status" -eq 1 ] && [[ "${output,,}" == *"x.iso/"*"hay.gz/"* ]] || { echo "$how: $output"; false; }
		n=$((n + $(grep -c 'suspicious  x.iso' <<< "$output")))
	done
	[ "$n" -le 9 ] # where the trees are the same, each file is given once
	rm in/a/hay.gz
	for how in '-J -R' '-J -R -T' '-J -R -D -l' '-J -iso-level 4'; do
		# shellcheck disable=SC2086
		genisoimage -quiet $how -o x.iso in 2> /dev/null
		run "$PELLUCID" scan -q -r one.yar x.iso
		[ "$status" -eq 0 ] || { echo "$how: $output"; false; }
	done
}

# Who unpacks them elsewhere does not know what Unix calls a device, and writes a file.
@test "a member has its bytes read whatever type it is said to be" {
	gzip -nc hay > hay.gz
	for what in 'x.7z 7zz a -bso0 -mhc=off x.7z hay.gz' 'x.cpio sh -c "echo hay.gz | cpio --quiet -o -H newc > x.cpio"' \
		'x.iso genisoimage -quiet -R -o x.iso hay.gz' 'j.iso genisoimage -quiet -J -R -o j.iso hay.gz'; do
		file=${what%% *} how=${what#* }
		command -v "${how%% *}" > /dev/null || continue
		eval "$how" 2> /dev/null
		for type in 01 02 04 06 12 14 17; do
			[[ "$file/$type" != *.iso/04 ]] || continue # is damaged: a directory has the size of sectors
			[[ "$file/$type" != x.7z/12 && "$file/$type" != x.cpio/12 ]] || continue # where it leads to
			python3 - "$file" "$type" <<'PY'
import struct, sys, zlib
name, kind = sys.argv[1], int(sys.argv[2], 8) << 12
b = bytearray(open(name, "rb").read())
if name.endswith("cpio"):
    b[14:22] = b"%08X" % (kind | 0o644)
elif name.endswith("iso"):
    at = b.find(b"PX")
    while at > 0:
        mode = struct.unpack_from("<I", b, at + 4)[0]
        if mode >> 12 == 8:
            struct.pack_into("<I", b, at + 4, kind | 0o644)
            struct.pack_into(">I", b, at + 8, kind | 0o644)
        at = b.find(b"PX", at + 1)
else:
    at, size = struct.unpack_from("<QQ", b, 12)
    header = b[32 + at:32 + at + size]
    attributes = header.index(b"\x15\6\1\0") + 4
    struct.pack_into("<I", header, attributes, (kind | 0o644) << 16 | 0x8020)
    b[32 + at:32 + at + size] = header
    struct.pack_into("<I", b, 28, zlib.crc32(header))
    struct.pack_into("<I", b, 8, zlib.crc32(b[12:32]))
open("said." + name, "wb").write(b)
PY
			run "$PELLUCID" scan -q -r one.yar "said.$file"
			[ "$status" -eq 1 ] || { echo "$file $type: $output"; false; }
			[ "$(grep -c suspicious <<< "$output")" -eq 1 ]
		done
	done
	mkdir -p in/a
	ln -s ../straw in/a/link
	mkfifo in/pipe
	for how in '7zz a -bso0 -snl o.7z in/a' 'sh -c "find in | cpio --quiet -o -H newc > o.cpio"' 'genisoimage -quiet -R -o o.iso in' \
		'tar cf o.tar in'; do
		command -v "${how%% *}" > /dev/null || continue
		eval "$how" 2> /dev/null
	done
	run "$PELLUCID" scan -q -r one.yar o.*
	[ "$status" -eq 0 ] || { echo "$output"; false; }
}

# One type of a tar's headers is Solaris's for access lists; who does not know it writes a file.
@test "what a tar says is an access list is read" {
	gzip -nc hay > hay.gz
	python3 - <<'PY'
import tarfile
hay = open("hay.gz", "rb").read()
def header(kind, size):
    t = tarfile.TarInfo("a.gz")
    t.type, t.size = kind, size
    return t.tobuf(tarfile.USTAR_FORMAT)
def entry(kind, body):
    h = bytearray(header(b"0", len(body)))
    h[156:157] = kind
    h[148:156] = b" " * 8
    h[148:156] = b"%06o\0 " % sum(h)
    return bytes(h) + body + bytes(-len(body) % 512)
end = bytes(1024)
acl = entry(b"A", b"1000006\0user::rwx,group::r-x,mask:r-x,other:r-x\0")
for name, data in (("first", entry(b"A", hay) + entry(b"0", b"x") + end), ("cut", entry(b"0", b"x") + entry(b"A", hay) + end),
                   ("named", entry(b"0", b"x") + entry(b"L", b"long\0") + entry(b"A", hay) + entry(b"0", b"x") + end),
                   ("two", acl + entry(b"A", hay) + entry(b"0", b"x") + end)):
    open(name + ".tar", "wb").write(data)
open("true.tar", "wb").write(acl + entry(b"0", b"x") + acl + entry(b"5", b"") + end)
PY
	found_in first.tar named.tar two.tar
	run "$PELLUCID" scan -q -r one.yar cut.tar # there is no member that it speaks of
	[ "$status" -eq 3 ]
	run "$PELLUCID" scan -q -r one.yar true.tar
	[ "$status" -eq 0 ]
}

# Its end record may lie as far from the end as a comment reaches; a signature is behind even that.
@test "a zip is found before a long comment, and in a program before its certificates" {
	python3 - <<'PY'
import io, struct, zipfile
def packed(comment=b"", lead=b""):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("a.txt", "hay needle " * 20)
        z.comment = comment
    return lead + out.getvalue()
def program(behind, certificates):
    head = b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + struct.pack("<HHIIIHH", 0x14c, 1, 0, 0, 0, 224, 2)
    signed = struct.pack("<II", 1024 + len(behind), certificates)
    optional = (struct.pack("<H", 0x10b) + bytes(90) + struct.pack("<I", 16) + bytes(32) + signed).ljust(224, b"\0")
    section = b".text\0\0\0" + struct.pack("<IIII", 512, 4096, 512, 512) + bytes(16)
    return (head + optional + section).ljust(1024, b"\0") + behind + b"\x30" * certificates
files = {
    "comment.zip": packed(b"c" * 65535, b"1"),
    "picture.png": packed(b"c" * 2000, b"\x89PNG\r\n\x1a\n" + bytes(100)),
    "volume.zip": packed(b"c" * 2000, b"PK00"),
    "cut.zip": packed(b"", b"PK00")[:-30],
    "signed.exe": program(packed(), 8192),
    "large.exe": program(packed(), 100000),
    "empty.exe": program(packed() + b"PK\5\6" + bytes(18), 512),
    "endless.exe": program(packed()[:-22] + bytes(2000), 0),
}
for name, data in files.items():
    open(name, "wb").write(data)
PY
	for f in comment.zip picture.png volume.zip cut.zip signed.exe large.exe empty.exe endless.exe; do
		run "$PELLUCID" scan -q -r one.yar $f
		[ "$status" -eq 1 ]
		[[ "$output" == *"$f/"*"a.txt"* ]]
	done
}

# What a directory's entry covers is no reason not to look at what lies there.
@test "a zip's entry hides no member by its size nor by a directory's name" {
	python3 - <<'PY'
import struct, zlib
def deflated(data):
    c = zlib.compressobj(9, zlib.DEFLATED, -15)
    return c.compress(data) + c.flush()
def local(name, data, packed, flags=0, method=8):
    said = (0, 0, 0) if flags & 8 else (zlib.crc32(data), len(packed), len(data))
    return b"PK\3\4" + struct.pack("<HHHIIIIHH", 20, flags, method, 0, *said, len(name), 0) + name + packed
def entry(name, crc, n_packed, n, flags=0, method=8):
    return b"PK\1\2" + struct.pack("<HHHHIIIIHHHHHII", 20, 20, flags, method, 0, crc, n_packed, n, len(name), 0, 0, 0, 0, 0, 0) + name
def archive(members, directory):
    return members + directory + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(directory), len(members), 0)
good, evil = b"nothing " * 10, b"hay needle " * 20
g, e = deflated(good), deflated(evil)
first, second = local(b"a.txt", good, g), local(b"evil.txt", evil, e)
later = struct.pack("<4sIII", b"PK\7\10", zlib.crc32(evil), len(e), len(evil))
files = {
    "cover.zip": archive(first + second, entry(b"a.txt", zlib.crc32(good), len(g) + len(second), len(good))),
    "both.zip": archive(first[:18] + struct.pack("<I", len(g) + len(second)) + first[22:] + second,
                        entry(b"a.txt", zlib.crc32(good), len(g) + len(second), len(good))),
    "folder.zip": archive(local(b"evil.txt", evil, e, 8) + later, entry(b"evil.txt/", 0, len(e) + 16, 0, 8)),
    "nothing.zip": archive(local(b"evil.txt", evil, e, 8) + later, entry(b"evil.txt/", 0, 0, 0, 8)),
    "stored.zip": archive(local(b"evil.txt", evil, e, 8) + later, entry(b"x/", 0, 0, 0, 0, 0)),
    "file.zip": archive(local(b"evil.txt", evil, e, 8) + later, entry(b"evil.txt", 0, 0, 0, 8)),
    "own.zip": archive(local(b"evil/", evil, e), entry(b"evil/", 0, len(e), 0)),
}
for name, data in files.items():
    open(name, "wb").write(data)
empty = local(b"d/", b"", b"\3\0", 8) + struct.pack("<4sIII", b"PK\7\10", 0, 2, 0)
open("java.zip", "wb").write(archive(empty, entry(b"d/", 0, 2, 0, 8)))
empty = local(b"d/", b"", b"", 8, 0) + bytes(12)
open("plain.zip", "wb").write(archive(empty, entry(b"d/", 0, 0, 0, 8, 0)))
PY
	for f in cover both folder nothing stored file own; do
		run "$PELLUCID" scan -q -r one.yar $f.zip
		[ "$status" -eq 1 ]
		[[ "$output" == *"$f.zip/evil"* ]]
	done
	# a folder is no member
	for f in java plain; do
		run "$PELLUCID" scan -q --json -r one.yar $f.zip
		[ "$status" -eq 0 ]
		[ "$(jq -r .inside.objects <<< "$output")" = 0 ]
	done
}

# Who unpacks 7z, RAR and CAB looks for their marks in the first MiB, whatever stands before them.
@test "a 7z, RAR or CAB archive is found behind bytes of another kind, but not in a table of marks" {
	command -v 7zz > /dev/null || skip "7zz is not installed"
	{ printf 'hay needle\n'; head -c 900 /dev/zero; } > a.txt
	7zz a -bso0 a.7z a.txt
	python3 - <<'PY'
import struct, zlib
seven = open("a.7z", "rb").read()
def vint(n):
    return bytes([n & 127 | 128, n >> 7]) if n > 127 else bytes([n])
def block(head):
    sized = vint(len(head)) + head
    return struct.pack("<I", zlib.crc32(sized)) + sized
data = b"hay needle"
name = b"a.bin"
head = b"\2\2" + vint(len(data)) + b"\4" + vint(len(data)) + bytes(1) + struct.pack("<I", zlib.crc32(data)) + b"\0\1" + vint(len(name)) + name
rar = b"Rar!\x1a\7\1\0" + block(b"\1\0\0") + block(head) + data + block(b"\5\0\0")
head = b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + struct.pack("<HHIIIHH", 0x14c, 1, 0, 0, 0, 224, 2)
section = b".text\0\0\0" + struct.pack("<IIII", 512, 4096, 512, 512) + bytes(16)
program = (head + struct.pack("<H", 0x10b) + bytes(222) + section).ljust(1024, b"\0")
def elf(order, sections=0):
    """Headers, a segment, and what lies in it."""
    word = order + "Q"
    head = b"\x7fELF\2" + (b"\1" if order == "<" else b"\2") + b"\1".ljust(10, b"\0")
    head += struct.pack(order + "HHIQQQIHHHHHH", 2, 62, 1, 0, 64, sections, 0, 64, 56, 1, 64, 3, 0)
    return (head + struct.pack(order + "IIQQQQQQ", 1, 5, 0, 0, 0, 6000, 6000, 4096)).ljust(6000, b"\1")
text = b"hay needle\n"
cab = struct.pack("<4sIIIIIBBHHHHH", b"MSCF", 0, 79 + len(text), 0, 44, 0, 3, 1, 1, 1, 0, 7, 0) + struct.pack("<IHH", 71, 1, 0) + \
    struct.pack("<IIHHHH", len(text), 0, 0, 33, 33, 32) + b"a.txt".ljust(11, b"\0") + struct.pack("<IHH", 0, len(text), len(text)) + text
files = {
    "no-sections": elf("<") + seven,
    "far-sections": elf("<", 1 << 40) + seven,
    "high-first": elf(">") + seven,
    "dos.exe": b"MZ" + bytes(510) + seven,
    "dos-rar.exe": b"MZ" + bytes(510) + rar,
    "no-sections.exe": program[:70] + b"\0\0" + program[72:] + seven,
    "long-section.exe": program[:328] + struct.pack("<I", 0x7fffffff) + program[332:] + seven,
    "empty-section.exe": program[:328] + bytes(4) + program[332:] + seven,
    "lines.bat": b'extrac32 /y "%~f0" "%tmp%\\x.exe"\r\nexit\r\n' + cab,
    "lead.cab": b"x" * 5000 + cab[:4] + b"abcd" + cab[8:],
    "behind.exe": program + b"\1" * 6000 + cab,
    "lead.7z": b"junk" + seven,
    "far.7z": b"junk " * 200000 + seven,
    "pdf.7z": b"%PDF-1.4\n" + seven,
    "page.7z": b"<html><body>text</body></html>\n" * 100 + seven,
    "lead.rar": b"junk" * 1000 + rar,
    "far.exe": program + b"\1" * 6000 + seven,
}
for name, data in files.items():
    open(name, "wb").write(data)
open("marks", "wb").write(b"marks: 7z\xbc\xaf\x27\x1c\0\4 Rar!\x1a\7\0 Rar!\x1a\7\1\0 MSCF\0\0\0\0" + bytes(200))
PY
	for f in no-sections far-sections high-first dos.exe dos-rar.exe no-sections.exe long-section.exe empty-section.exe \
		lines.bat lead.cab behind.exe lead.7z far.7z pdf.7z page.7z lead.rar far.exe; do
		run "$PELLUCID" scan -q -r one.yar $f
		[ "$status" -eq 1 ] || { echo "$f: $output"; false; }
		[[ "$output" == *"$f/"*"/a."* ]]
	done
	run "$PELLUCID" scan -q -r one.yar marks
	[ "$status" -eq 0 ]
}
