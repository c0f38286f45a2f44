#!/usr/bin/env python3
"""Usage: named.py   Every format that the project set out to open, one file of each: what lies in it must come out, to the
byte, and its name must stand in docs/coverage.md.  TAP on stdout.

Most files are seeds of the fuzz targets, whose makers stand beside this; others are put together here.
"""
import base64
import hashlib
import json
import os
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(__file__))
import make_archives as archives  # noqa: E402
import make_documents as documents  # noqa: E402
import make_encrypted as encrypted  # noqa: E402

PELLUCID = os.environ["PELLUCID"]
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
PAYLOAD = documents.PAYLOAD
SCRIPT = b'Sub AutoOpen()\r\n  Shell "calc"\r\nEnd Sub\r\n'


def seed(name):
    with open(os.path.join(ROOT, "fuzz/corpus", name), "rb") as f:
        return f.read()


def run(command, name, files, **more):
    """What a program of Debian's makes of files; None where it is not there."""
    with tempfile.TemporaryDirectory() as d:
        for n, data in files.items():
            os.makedirs(os.path.dirname(os.path.join(d, n)), exist_ok=True)
            with open(os.path.join(d, n), "wb") as f:
                f.write(data)
        try:
            subprocess.run(command, cwd=d, check=True, capture_output=True, **more)
        except FileNotFoundError:
            return None
        with open(os.path.join(d, name), "rb") as f:
            return f.read()


def packed(*parts):
    return archives.archive([(name, 8, archives.deflate(data), data, {}) for name, data in parts])


def zip_zstd():
    data = run(["zstd", "-q", "a", "-o", "x"], "x", {"a": PAYLOAD})
    return data and archives.archive([(b"a.exe", 93, data, PAYLOAD, {})])


def deb():
    control = b"Package: x\nVersion: 1\nArchitecture: all\nMaintainer: x <x@example.org>\nDescription: x\n"
    return run(["dpkg-deb", "--root-owner-group", "-b", "in", "x.deb"], "x.deb", {"in/DEBIAN/control": control, "in/usr/a.exe": PAYLOAD})


def app_image():
    """An ELF program of nothing but its header, and what is behind it."""
    head = b"\x7fELF\2\1\1" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0, 0, 64, 0, 64, 0, 0, 64, 1, 0)
    return head + bytes(64) + seed("squashfs/gzip")


def vba():
    return documents.ole2({"VBA": {"dir": documents.vba_compress(documents.vba_dir([("Module1", "Module1", 0)])),
                                   "Module1": documents.vba_compress(SCRIPT)}})


# what stands in docs/coverage.md -> (file, a part that must come out; None: all that is said by its reader's own tests)
def cases():
    yield from ((f"zip, {n}", "zip", seed(f"zip/{f}"), p) for n, f, p in (
        ("store", "stored", PAYLOAD), ("deflate", "deflate", PAYLOAD), ("bzip2", "bzip2", PAYLOAD), ("LZMA", "lzma", PAYLOAD),
        ("xz", "xz", PAYLOAD), ("zip64", "zip64", PAYLOAD), ("directory and header disagree", "lying-directory", PAYLOAD),
        ("bodies that overlap", "one-body-twice", PAYLOAD), ("no directory", "streamed", PAYLOAD), ("PKZIP's encryption", "encrypted", PAYLOAD),
        ("WinZip's AES", "aes-256", PAYLOAD), ("shrink", "shrink", None), ("reduce", "reduce", None), ("implode", "implode", None),
        ("deflate64", "deflate64", None)))
    yield "zip, zstd", "zstd", zip_zstd(), PAYLOAD
    yield from ((n, n, seed(f"stream/{n}"), PAYLOAD) for n in ("gzip", "bzip2", "xz", "lzma", "zstd", "lz4", "compress"))
    yield from ((n, n.split(",")[0], seed(f"archive/{f}"), PAYLOAD) for n, f in (
        ("tar", "tar-pax"), ("cpio", "cpio"), ("ar", "ar"), ("rpm", "rpm"), ("7z", "7z"), ("CAB", "cab"), ("iso9660", "iso"), ("LHA", "lha"),
        ("ARJ", "arj"), ("RAR, encrypted", "encrypted-rar3"), ("RAR 5, encrypted", "encrypted-rar5"), ("7z, encrypted", "encrypted-7z-directory")))
    yield "deb", "deb", deb(), PAYLOAD
    yield "RAR", "RAR", encrypted.rar3([encrypted.file3("a.exe", PAYLOAD, None, b"")]), PAYLOAD
    yield "RAR 5", "RAR 5", encrypted.rar5([encrypted.rar5_plain("a.exe", PAYLOAD)]), PAYLOAD
    yield from ((n, n, seed(f), PAYLOAD) for n, f in (
        ("UDF", "disk/udf"), ("xar", "xar/all"), ("squashfs", "squashfs/zstd"), ("HFS+", "disk/hfs"), ("APFS", "disk/apfs"), ("QCOW2", "disk/qcow2-packed"), ("VMDK", "disk/vmdk-packed"), ("VDI", "disk/vdi"), ("ext4", "disk/ext4"), ("CHM", "chm/literals"), ("TNEF", "tnef/two"),
        ("uuencode", "uu/two"), ("SZDD", "szdd/stored"), ("KWAJ", "szdd/kwaj-lzh"), ("SIS", "sis/epoc6"),
        ("OneNote", "onenote/file"), ("RTF", "rtf/package"), ("SWF", "swf/zlib"), ("NSIS", "nsis/lzma-solid"), ("InstallShield", "installshield/cabinet"),
        ("AutoIt", "autoit/ea06"), ("FAT12", "disk/fat12"), ("NTFS", "disk/ntfs"), ("lzop", "stream/lzop-stored")))
    yield "BinHex", "BinHex", seed("binhex/runs"), PAYLOAD + b"\x90\x90" + b"-" * 58
    yield "DMG", "DMG", seed("dmg/lzfse-raw"), PAYLOAD + bytes(-len(PAYLOAD) % 512)
    yield "LNK, appended", "LNK", seed("shortcut/appended"), PAYLOAD
    yield "AppImage", "AppImage", app_image(), PAYLOAD
    mail = b"From: a@b\nSubject: s\nMIME-Version: 1.0\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\n" + \
        base64.encodebytes(PAYLOAD)
    yield "mail, base64", "base64", mail, PAYLOAD
    yield from ((f"mail, {n}", w, seed(f"mail/{f}"), PAYLOAD) for n, w, f in (
        ("mbox", "mbox", "mbox"), ("uuencode", "uuencode", "uu-in-text"), ("yEnc", "yEnc", "yenc-in-text"), ("attachments", "mail", "attachment")))
    quoted = mail.replace(b"base64\n\n" + base64.encodebytes(PAYLOAD), b"quoted-printable\n\n" + b"".join(b"=%02X" % b for b in PAYLOAD[:-1]) + b"\n")
    yield "mail, quoted-printable", "quoted-printable", quoted, PAYLOAD
    yield "HTML, data", "HTML", seed("html/data"), PAYLOAD
    yield "HTML, scripts", "scripts", b"<html><script>\n" + SCRIPT + b"</script></html>", b"\n" + SCRIPT
    yield "SVG", "SVG", b"<svg xmlns='http://www.w3.org/2000/svg'><image href='data:;base64," + base64.b64encode(PAYLOAD) + b"'/></svg>", PAYLOAD
    yield "OLE2, msg", "msg", seed("ole2/msg"), PAYLOAD
    yield "OLE2, msi", "msi", seed("ole2/msi"), None
    yield "OLE2, ppt", "ppt", seed("ole2/presentation"), PAYLOAD
    yield "OLE2, VBA", "VBA", vba(), SCRIPT
    yield "OLE2, XLM", "Excel 4", seed("ole2/xls"), None
    yield "OOXML, VBA", "VBA", packed((b"[Content_Types].xml", b"<Types/>"), (b"word/vbaProject.bin", vba())), SCRIPT
    yield "OOXML, encrypted", "OOXML", seed("office/agile"), PAYLOAD
    yield "ODF", "ODF", packed((b"mimetype", b"application/vnd.oasis.opendocument.text"), (b"Object 1", PAYLOAD)), PAYLOAD
    yield "xlsb", "xlsb", seed("zip/xlsb"), None
    yield from ((f"PDF, {f}", "PDF", seed(f"pdf/{f}"), PAYLOAD) for f in (
        "filters", "object-stream", "embedded", "rc4", "aes128", "aes256", "user-aes256", "tiff", "png"))
    yield "PDF, JavaScript", "JavaScript", seed("pdf/scripts"), b"in a stream"
    yield "resources of a PE", "resources", seed("archive/program-resource"), None
    yield "an archive behind a program", "programs", seed("archive/program-7z"), PAYLOAD
    yield "UPX", "UPX", seed("upx/elf-amd64-lzma-4.2.2"), None


def main():
    with open(os.path.join(ROOT, "docs/coverage.md"), encoding="utf-8") as f:
        said = f.read().lower()
    found, gaps, bad = {}, {}, 0
    with tempfile.TemporaryDirectory() as work:
        files = [c for c in cases()]
        for i, (_, _, data, _) in enumerate(files):
            if data is not None:
                with open(os.path.join(work, f"f{i}"), "wb") as f:
                    f.write(data)
        rule, words = os.path.join(work, "never.yar"), os.path.join(work, "words")
        with open(rule, "w") as f:
            f.write("rule never { condition: false }")
        with open(words, "w") as f:
            f.write("infected\n")
        out = subprocess.run([PELLUCID, "scan", "--quiet", "--json", "--hash", "--rules", rule, f"--passwords={words}", work], capture_output=True,
                             text=True).stdout
        for line in out.splitlines():
            o = json.loads(line)
            name = os.path.basename(o.get("file", o["path"]))
            if "way" in o:
                found.setdefault(name, set()).add(o.get("sha256"))
            gaps.setdefault(name, []).extend(g["detail"] for g in o["incomplete"])
    print("1..%d" % len(files))
    for i, (name, word, data, part) in enumerate(files):
        members = found.get(f"f{i}", set())
        out = bool(members) if part is None else hashlib.sha256(part).hexdigest() in members
        whole = part is not None or not gaps.get(f"f{i}")
        there = word.lower() in said
        if data is None:
            print(f"ok {i + 1} - {name} # SKIP what makes it is not there")
            continue
        ok = out and whole and there
        bad += not ok
        print(f"{'ok' if ok else 'not ok'} {i + 1} - {name}")
        if not ok:
            print(f"# comes out: {out}, whole: {whole}, in docs/coverage.md: {there}; {gaps.get(f'f{i}')}")
    sys.exit(bad != 0)


if __name__ == "__main__":
    main()
