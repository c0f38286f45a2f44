#!/usr/bin/env python3
"""Usage: oracle_disks.py   Disks and archives that Debian's own programs made, and what must be in them.

mkntfs and ntfscp, mkfs.fat and mcopy, hfsutils, fsck.exfat and GRUB's reader of exFAT, mke2fs, mkapfs, genisoimage, xorriso, mksquashfs, qemu-img, lzop, arj; 7z with its own number of rounds; msoffcrypto opens the
Office documents that make_encrypted.py laid, so that reader and writer do not share a fault.  TAP on stdout.
"""
import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(__file__))
import make_apfs  # noqa: E402
import make_disks  # noqa: E402
import make_encrypted  # noqa: E402
import make_volumes  # noqa: E402

PELLUCID = os.environ["PELLUCID"]
ENV = dict(os.environ, MTOOLS_SKIP_CHECK="1", LC_ALL="C.UTF-8", PATH=os.environ["PATH"] + ":/sbin:/usr/sbin")
tests = []


def run(*command, **more):
    return subprocess.run(command, check=True, capture_output=True, env=ENV, **more).stdout


def members(path):
    """The digests of all that lies in it, and the reasons of what was not looked into."""
    rule, words = os.path.join(work, "never.yar"), os.path.join(work, "words")
    with open(rule, "w") as f:
        f.write("rule never { condition: false }")
    with open(words, "w") as f:
        f.write("wrong\ninfected\n")
    out = subprocess.run([PELLUCID, "scan", "--quiet", "--json", "--hash", "--rules", rule, f"--passwords={words}", path],
                         capture_output=True, text=True).stdout
    digests, gaps = {}, []
    for line in out.splitlines():
        o = json.loads(line)
        if "way" in o:
            digests[o["sha256"]] = o["way"]
        gaps.extend(i["reason"] for i in o["incomplete"])
    return digests, gaps


def test(name, path, data, gaps=()):
    found, seen = members(path)
    missing = [d[:20] for d in data if hashlib.sha256(d).hexdigest() not in found]
    ok = not missing and sorted(set(seen)) == sorted(gaps)
    tests.append(ok)
    print("%s %d - %s" % ("ok" if ok else "not ok", len(tests), name))
    if not ok:
        print("#", missing, seen, list(found.values())[:20])


def at(name):
    return os.path.join(work, name)


def files():
    """Lays in/ and in/dir/, whose files differ: the contents of one, of the other, and their names."""
    r = random.Random(7)
    out = {"a.exe": make_disks.PAYLOAD, "big.bin": r.randbytes(300000), "text.txt": make_disks.TEXT * 100, "small": b"s"}
    os.mkdir(at("in"))
    os.mkdir(at("in/dir"))
    for name, data in out.items():
        for d, more in (("in", b""), ("in/dir", b"dir")):
            with open(at(f"{d}/{name}"), "wb") as f:
                f.write(data + more)
    return list(out.values()), [data + b"dir" for data in out.values()], list(out)


def blank(name, n):
    with open(at(name), "wb") as f:
        f.truncate(n)
    return at(name)


def file_systems(data, deep, names):
    both = data + deep
    for bits, n, cluster in ((12, 2 << 20, 2), (16, 12 << 20, 2), (32, 36 << 20, 1)):
        image = blank(f"fat{bits}", n)
        run("mkfs.fat", "-F", str(bits), "-s", str(cluster), image)
        run("mcopy", "-s", "-i", image, *[at(f"in/{name}") for name in names], at("in/dir"), "::")
        test(f"FAT{bits}", image, both)
    image = blank("ntfs", 6 << 20)
    run("mkntfs", "-F", "-Q", "-q", image)
    for name in names:
        run("ntfscp", "-q", "-f", image, at(f"in/{name}"), name)
    run("ntfscp", "-q", "-f", "-N", "hidden", image, at("in/dir/text.txt"), "a.exe")
    test("NTFS", image, data + [deep[names.index("text.txt")]])
    for kind in ("ext2", "ext3", "ext4"):
        image = at(kind)
        run("mke2fs", "-q", "-F", "-t", kind, "-d", at("in"), image, "8m")
        test(kind, image, both)
    run("mke2fs", "-q", "-F", "-t", "ext4", "-b", "4096", "-O", "inline_data", "-d", at("in"), at("ext4"), "8m")
    test("ext4 with small files in inodes", at("ext4"), both)
    run("genisoimage", "-quiet", "-udf", "-o", at("udf"), at("in"))
    test("UDF and ISO 9660", at("udf"), both)
    run("xorriso", "-as", "mkisofs", "-quiet", "-hfsplus", "-o", at("hfs"), at("in"))
    with open(at("hfs"), "rb") as f:
        image = f.read()
    test("Apple's map, HFS+ and ISO 9660", at("hfs"), both)
    with open(at("hfs"), "wb") as f:
        f.write(image[image.index(b"H+\0\4") - 1024:])
    test("HFS+ alone", at("hfs"), both)
    run("mksquashfs", at("in"), at("squash"), "-comp", "lzo", "-quiet", "-no-progress")
    test("squashfs with LZO", at("squash"), both)


def hfs(data, deep, names):
    """By hfsutils, with a large file where every second small one was; and beside ISO 9660."""
    image, env = blank("hfs-old", 4 << 20), dict(ENV, HOME=work)

    def hfsutils(*command):
        subprocess.run(command, check=True, capture_output=True, env=env)
    hfsutils("hformat", "-l", "Volume", image)
    for name in names:
        hfsutils("hcopy", "-r", at(f"in/{name}"), ":")
    for i in range(40):
        hfsutils("hcopy", "-r", at("in/text.txt"), f":t{i}")
    hfsutils("hmkdir", ":dir")
    fill = bytes(i * i % 255 for i in range(1400000))
    with open(at("fill"), "wb") as f:
        f.write(fill)
    for i in range(2):
        hfsutils("hcopy", "-r", at("fill"), f":dir:fill{i}")
    hfsutils("hdel", *[f":t{i}" for i in range(0, 40, 2)], ":dir:fill0")
    pieces = random.Random(8).randbytes(1500000)
    with open(at("fill"), "wb") as f:
        f.write(pieces)
    hfsutils("hcopy", "-r", at("fill"), ":dir:in pieces")
    hfsutils("humount")
    test("HFS", image, [*data, fill, pieces])
    run("genisoimage", "-quiet", "-hfs", "-o", at("hybrid"), at("in"))
    test("HFS and ISO 9660", at("hybrid"), data + deep)


def exfat():
    """What make_volumes.py lays is whole for fsck.exfat, and GRUB reads from it what we do."""
    image = at("exfat")
    with open(image, "wb") as f:
        f.write(make_volumes.exfat().done())
    run("fsck.exfat", "-n", image)
    ways = ["a.exe", "pieces", "straight", "dir/d\u20ac\U0001f600/deep.txt"]
    test("exFAT", image, [run("grub-fstest", image, "cat", f"(loop0)/{way}") for way in ways])
    image = blank("exfat-empty", 4 << 20)
    run("mkfs.exfat", image)
    test("exFAT with nothing in it", image, [])


def apfs():
    """What make_apfs.py puts into a volume of mkapfs has the names that libfsapfs sees there."""
    image = blank("apfs", 600 << 20)
    run("mkapfs", image)
    make_apfs.inject(image, 300)
    test("APFS", image, [make_disks.PAYLOAD, make_disks.PAYLOAD * 12, make_disks.TEXT * 30, make_disks.PAYLOAD * 20], ["damaged"])
    listed = {line.split("}/", 1)[1] for line in run("fsapfsinfo", "-H", image).decode().splitlines() if "}/" in line}
    rule = os.path.join(work, "never.yar")
    out = subprocess.run([PELLUCID, "scan", "--quiet", "--json", "--hash", "--rules", rule, image], capture_output=True, text=True).stdout
    ours = {o["way"][0] for o in map(json.loads, out.splitlines()) if o.get("way")}
    files = {n for n in ours if ":" not in n}
    ok = len(files) > 300 and files <= listed and {n for n in listed if n.split("/")[-1].startswith("many")} <= files
    tests.append(ok)
    print("%s %d - APFS: the names are those that libfsapfs sees" % ("ok" if ok else "not ok", len(tests)))
    if not ok:
        print("#", len(files), sorted(files - listed)[:9], sorted(listed - files)[:9])


def streams(data, names):
    for level in (1, 3, 9):
        with open(at("x.lzo"), "wb") as f:
            f.write(run("lzop", f"-{level}", "-c", *names, cwd=at("in")))
        test(f"lzop -{level}", at("x.lzo"), data)
    for method in range(5):
        path = at(f"x{method}.arj")
        run("arj", "a", "-y", f"-m{method}", "-ginfected", path, *names, cwd=at("in"))
        test(f"ARJ with a password, method {method}", path, data)


def disks(data, deep):
    """The file system of NTFS in a partition, and ext4, in each kind of disk."""
    with open(at("ntfs"), "rb") as f:
        content = f.read()
    raw = bytes(make_disks.mbr([(7, 2048, len(content) // 512)], 2048)) + content
    with open(at("raw"), "wb") as f:
        f.write(raw)
    test("a disk with a partition", at("raw"), data)
    for name, form, options in (("VHD, dynamic", "vpc", "subformat=dynamic"), ("VHD, fixed", "vpc", "subformat=fixed"),
                                ("VHDX, dynamic", "vhdx", "subformat=dynamic"), ("VHDX, fixed", "vhdx", "subformat=fixed")):
        run("qemu-img", "convert", "-f", "raw", "-O", form, "-o", options, at("raw"), at("disk"))
        test(name, at("disk"), data)
    for name, *options in (("QCOW2", "qcow2"), ("QCOW2 of version 2, deflate", "qcow2", "-c", "-o", "compat=0.10"),
                           ("QCOW2, zstd", "qcow2", "-c", "-o", "compression_type=zstd"), ("QCOW2 in small clusters", "qcow2", "-o", "cluster_size=512"),
                           ("VMDK", "vmdk"), ("VMDK, packed", "vmdk", "-o", "subformat=streamOptimized"),
                           ("VDI, dynamic", "vdi"), ("VDI, fixed", "vdi", "-o", "static=on")):
        for content, inside in (("raw", data), ("ext4", data + deep)):
            run("qemu-img", "convert", "-f", "raw", "-O", *options, at(content), at("disk"))
            test(f"{name}, {content}", at("disk"), inside)


def sevens(data, names):
    for name, options in (("LZMA2", []), ("with its directory", ["-mhe=on"]), ("stored", ["-mx=0"]), ("PPMd", ["-m0=PPMd"]),
                          ("a folder for each file", ["-ms=off"]), ("with a filter of programs", ["-m0=BCJ", "-m1=LZMA2"])):
        path = at("x.7z")
        if os.path.exists(path):
            os.remove(path)
        run("7zz", "a", "-pinfected", *options, path, *names, cwd=at("in"))
        test(f"7z, {name}", path, data)
    run("zip", "-q", "-P", "infected", at("x.zip"), *names, cwd=at("in"))
    test("zip", at("x.zip"), data)


def documents():
    """What msoffcrypto makes of them we must make too."""
    opens = [n for n in make_encrypted.office() if n in ("agile", "agile-sha1", "standard", "standard-256")]
    for name, data in make_encrypted.office().items():
        if name not in opens:
            continue
        with open(at("document"), "wb") as f:
            f.write(data)
        password = "infected" if name in ("agile", "standard-256") else "VelvetSweatshop"
        run("/usr/bin/msoffcrypto-tool", "-p", password, at("document"), at("plain"))
        with open(at("plain"), "rb") as f:
            test(f"Office, {name}", at("document"), [f.read()])


with tempfile.TemporaryDirectory() as work:
    contents, in_dir, all_names = files()
    file_systems(contents, in_dir, all_names)
    disks(contents, in_dir)
    apfs()
    hfs(contents, in_dir, all_names)
    exfat()
    streams(contents, all_names)
    sevens(contents, all_names)
    documents()
print("1..%d" % len(tests))
sys.exit(not all(tests))
