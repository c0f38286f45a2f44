load helper
load unpack_made

@test "a mail is one whatever fields stand before its own; a text of fields is none" {
	archives <<'PY'
import base64
needle = base64.encodebytes(open("hay", "rb").read())
unknown = b"".join(b"Abc%d: x\n" % i for i in range(40))
own = b"From: a@b\nTo: c@d\nMIME-Version: 1.0\n"
body = b"Content-Type: multipart/mixed; boundary=B\n\n--B\nContent-Transfer-Encoding: base64\n\n" + needle + b"--B--\n"
open("unknown.eml", "wb").write(unknown + own + body)
open("exchange.eml", "wb").write(b"Thread-Topic: x\nAccept-Language: de\nImportance: high\nSensitivity: p\nFrom: a@b\n" + body)
strange = own.replace(b"MIME", b"no field\nMIME") + body.replace(b"--B\n", b"--B\nContent-Type: a/b\nno field\n", 1)
open("strange.eml", "wb").write(strange)
open("marked.eml", "wb").write(b"\xef\xbb\xbf" + own + body)
open("fields.txt", "wb").write(unknown + b"To: c@d\n\nDate: needle\n")
junk = unknown + b"From: a@b\nTo: c@d\nbut this is no field\n\n"
open("code.txt", "wb").write(junk + body.replace(b"multipart/", b"text/"))
open("behind.txt", "wb").write(junk + body)
open("number.emlx", "wb").write(b"265\n" + own + body)
open("web.doc", "wb").write(b"%PDF-1.7\n%\xe2\xe3\0\n" + b"x: y\n" * 20000 + b"%%EOF\nMIME-Version: 1.0\n" + body)
PY
	found_in unknown.eml exchange.eml marked.eml strange.eml behind.txt number.emlx web.doc
	[ "$("$PELLUCID" scan --json -q -r one.yar fields.txt code.txt | jq -r .format | sort -u)" = null ]
}

@test "an encoded script is found wherever it stands in a text, and at the end of a binary" {
	[ -r "$ROOT/fuzz/corpus/html/encoded-file" ]
	printf 'rule one { strings: $a = "first" condition: $a }' > one.yar
	archives "$ROOT/fuzz/corpus/html/encoded-file" <<'PY'
import sys
script = open(sys.argv[1], "rb").read()
open("late.vbe", "wb").write(b"' " + b"x~" * 40000 + b"\r\n" + script)
open("end", "wb").write(bytes(100000) + script)
open("middle", "wb").write(bytes(5000) + script + bytes(100000))
PY
	found_in late.vbe end
	run "$PELLUCID" scan -q -r one.yar middle # neither at the start of a binary, nor where mshta finds it
	[ "$status" -eq 0 ]
}

@test "RTF: an object in a picture, a store or an object is one; no negative number of bytes is passed over" {
	archives <<'PY'
import struct
needle = open("hay", "rb").read()
package = struct.pack("<H", 2) + b"a\0b\0" + struct.pack("<HHI", 0, 3, 2) + b"c\0" + struct.pack("<I", len(needle)) + needle
ole = (struct.pack("<III", 0x501, 2, 8) + b"Package\0" + bytes(8) + struct.pack("<I", len(package)) + package).hex()
data = "{\\*\\objdata " + ole + "}"
for name, text in {"picture": "{\\pict 0{\\object" + data + "}}", "store": "{\\*\\datastore{\\object" + data + "}}",
                   "object": "{\\object{\\*\\objdata 01" + data + "}}", "again": "{\\object{\\*\\objdata 01\\objdata " + ole + "}}",
                   "before": "{\\foo\\bin-9999 }" + data, "within": "{\\*\\objdata " + ole[:20] + "\\bin-9999 " + ole[20:] + "}"}.items():
    open(name + ".rtf", "w").write("{\\rtf1" + text + "}")
open("deep.rtf", "w").write("{\\rtf1" + "{\\*\\objdata 01" * 17 + "}" * 18)
PY
	printf 'rule one { strings: $a = "needle" condition: $a at 4 }' > one.yar # the file, and no package around it
	found_in picture.rtf store.rtf object.rtf again.rtf before.rtf within.rtf
	run "$PELLUCID" scan -q -r one.yar deep.rtf
	[ "$status" -eq 3 ]
	[[ "$output" == *"limit:depth"* ]]
}

# A PDF of objects (text, their streams' bytes in it), with a cross-reference stream over them.
pdf_test() {
	PYTHONPATH="$ROOT/tests/unpack" python3 - <<PY
import struct, zlib
needle = open("hay", "rb").read()
packed = zlib.compress(needle)
def stream(dictionary, data):
    return b"<<%s/Length %d>>\nstream\n%s\nendstream\nendobj\n" % (dictionary, len(data), data)
def pdf(name, objects, header=b"%d 0 obj\n", table=False):
    out, places = b"%PDF-1.5\n", [0]
    for i, o in enumerate(objects):
        places.append(len(out))
        out += header.replace(b"%d", b"%d" % (i + 1)) + o
    if table:
        places.append(len(out))
        rows = zlib.compress(b"".join(struct.pack(">BI", p > 0, p) for p in places))
        out += header.replace(b"%d", b"%d" % len(places[1:])) + \\
            stream(b"/Type/XRef/Size %d/W[1 4 0]/Root 1 0 R/Filter/FlateDecode" % len(places), rows)
    open(name, "wb").write(out + b"startxref\n%d\n%%%%EOF\n" % places[-1])
catalog = b"<</Type/Catalog>>\nendobj\n"
flate = stream(b"/Filter/FlateDecode", packed)
$1
PY
}

@test "PDF: objects are found with comments and blanks before obj, and by the table that startxref names" {
	pdf_test '
pdf("comments.pdf", [catalog, flate], b"%d%c\n0%c\n%c obj\nobj\n")
pdf("blanks.pdf", [catalog, flate], b"%d" + b" " * 90 + b"0" + b"\n" * 90 + b"obj\n")
pdf("table.pdf", [catalog, flate], b"%d%" + b"c" * 400 + b"\n0%" + b"c" * 400 + b"\nobj\n", True)
'
	found_in comments.pdf blanks.pdf table.pdf
}

@test "PDF: filters that a stream names twice are read in both ways" {
	pdf_test '
pdf("null.pdf", [catalog, stream(b"/Filter null/Filter/FlateDecode", packed)])
pdf("empty.pdf", [catalog, stream(b"/Filter[]/Filter[/FlateDecode]", packed)])
pdf("first.pdf", [catalog, stream(b"/Filter/FlateDecode/Filter[]", packed)])
inner = zlib.compress(b"7 0 <</S/JavaScript/JS(n\\145edle)>>")
pdf("objects.pdf", [catalog, stream(b"/Type/X/Type/ObjStm/N 1/First 4/Filter[]/Filter/FlateDecode", inner)])
'
	found_in null.pdf empty.pdf first.pdf objects.pdf
}

@test "PDF: a script of megabytes is read, and one that is too long is not passed over" {
	pdf_test '
pdf("long.pdf", [b"<</S/JavaScript/JS(" + b"x" * 2000000 + b"a needle)>>\nendobj\n"])
pdf("longer.pdf", [b"<</S/JavaScript/JS(" + b"x" * 5000000 + b"\\156eedle)>>\nendobj\n"])
'
	printf 'rule one { strings: $a = "needle" condition: $a and filesize < 2000010 }' > one.yar # the script, not the document
	found_in long.pdf
	run "$PELLUCID" scan -q -r one.yar longer.pdf
	[ "$status" -eq 3 ]
	[[ "$output" == *"limit:bytes: a PDF script"* ]]
}

@test "HTML: data addresses are read as browsers read them, with breaks and blanks, in UTF-16 of either order" {
	archives <<'PY'
import base64
b64 = base64.b64encode(open("hay", "rb").read()).decode()
page = "<html><a href=\"%s\">x</a></html>"
usual = page % ("data:application/x-msdownload;base64," + b64)
for name, text in {"tab": usual.replace("data", "da\tt\r\na\n"), "tabs": usual.replace("data", "da&Tab;t&#10;a"),
                   "blank": usual.replace("data", " \n data").replace(b64, b64[:9] + "\n " + b64[9:]),
                   "long": usual.replace(";base64", ";a=" + "b" * 5000 + ";base64")}.items():
    open(name + ".html", "w", newline="").write(text)
open("big.html", "wb").write(b"\xfe\xff" + (usual + "\U0001f600").encode("utf-16-be"))
PY
	found_in tab.html tabs.html blank.html long.html big.html
}

@test "a card whose property has no end of its head is not complete" {
	{ echo BEGIN:VCARD; printf 'PHOTO;X-A=%01100d;ENCODING=b:bmVlZGxl\n' 0; echo END:VCARD; } > long.vcf
	run -3 "$PELLUCID" scan -r one.yar long.vcf
	[[ "$output" == *"limit:bytes: calendar: "* ]]
	printf 'BEGIN:VCARD\nPHOTO;ENCODING=b:bmVlZGxl\nEND:VCARD\n' > short.vcf
	run -1 "$PELLUCID" scan -r one.yar short.vcf
}
