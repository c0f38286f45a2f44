#!/usr/bin/env python3
"""Usage: make_ext.py CORPUS   Writes the seeds of the reader of ext2, ext3 and ext4 in CORPUS/disk, by Debian's mke2fs and debugfs."""
import os
import re
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(__file__))
from make_documents import PAYLOAD  # noqa: E402

TEXT = b"a text that is said twice: a text that is said twice\n"
TIME = 1700000000
ENV = dict(os.environ, PATH=os.environ["PATH"] + ":/sbin:/usr/sbin", E2FSPROGS_FAKE_TIME=str(TIME), MKE2FS_CONFIG="/dev/null",
           MKE2FS_DEVICE_SECTSIZE="512")


def run(*command, data=None):
    subprocess.run(command, check=True, env=ENV, input=data, capture_output=True)


def tree(folder, many=0, called="a name that takes some room"):
    os.makedirs(os.path.join(folder, "dir/deep"))
    os.makedirs(os.path.join(folder, "dir/crowd"))
    files = {"a.exe": PAYLOAD, "dir/b.exe": PAYLOAD * 270, "dir/deep/text": TEXT * 5, "empty": b"", "middle": PAYLOAD * 2}
    files.update({f"dir/crowd/{called} {i}": b"" for i in range(many)})
    for name, data in files.items():
        with open(os.path.join(folder, name), "wb") as f:
            f.write(data)
    with open(os.path.join(folder, "hole"), "wb") as f:
        f.seek(70 << 10)
        f.write(PAYLOAD)
    with open(os.path.join(folder, "far"), "wb") as f:
        f.seek(300 << 10)
        f.write(PAYLOAD)
    os.symlink("a.exe", os.path.join(folder, "link"))
    for where, folders, names in os.walk(folder):
        for name in folders + names:
            os.utime(os.path.join(where, name), (TIME, TIME), follow_symlinks=False)


def image(kind, kilobytes, *options, many=0, **more):
    with tempfile.TemporaryDirectory() as d:
        tree(os.path.join(d, "in"), many, **more)
        os.utime(os.path.join(d, "in"), (TIME, TIME))
        path = os.path.join(d, "image")
        run("mke2fs", "-q", "-F", "-t", kind, "-b", "1024", "-I", "128" if "inline_data" not in options[-1] else "256", "-m", "0", "-d", os.path.join(d, "in"),
            "-U", "00010203-0405-0607-0809-0a0b0c0d0e0f", "-E", "hash_seed=00010203-0405-0607-0809-0a0b0c0d0e0f,root_owner=0:0",
            *options, path, f"{kilobytes}k")
        if "dir_index" in options[-1]:
            subprocess.run(["e2fsck", "-fyD", path], env=ENV, capture_output=True)  # makes an index of a directory
        if many and "inline_data" in options[-1]:
            go_on(path, os.path.join(d, "more"))
        with open(path, "rb") as f:
            return f.read().ljust(kilobytes << 10, b"\0")


def go_on(path, file):
    """Two entries more for dir/crowd, in the attribute in which Linux goes on with a directory that its inode has no more room for."""
    said = subprocess.run(["debugfs", "-R", "stat /a.exe", path], env=ENV, capture_output=True, text=True).stdout
    number = int(re.search(r"Inode: (\d+)", said)[1])
    with open(file, "wb") as f:
        f.write(struct.pack("<IHBB8sIHBB16s", number, 16, 8, 1, b"fourth.x", number, 24, 9, 1, b"fifth.exe"))
    for command in (f"ea_set -f {file} /dir/crowd system.data", "sif /dir/crowd size 100"):
        run("debugfs", "-w", "-R", command, path)


def main(corpus):
    folder = os.path.join(corpus, "disk")
    plain = "none,filetype,sparse_super"
    out = {"ext2": image("ext2", 60, "-N", "24", "-O", plain),
           "ext4": image("ext4", 60, "-N", "24", "-O", plain + ",extents,64bit,flex_bg"),
           "ext4-inline": image("ext4", 100, "-N", "24", "-O", plain + ",extents,ext_attr,inline_data"),
           "ext4-inline-crowd": image("ext4", 100, "-N", "32", "-O", plain + ",extents,ext_attr,inline_data", many=3, called="short"),
           "ext4-clusters": image("ext4", 100, "-C", "2048", "-N", "24", "-O", plain + ",extents,bigalloc"),
           "ext3-crowd": image("ext2", 80, "-N", "64", "-O", "none,sparse_super,dir_index", many=40)}
    for name, data in out.items():
        with open(os.path.join(folder, name), "wb") as f:
            f.write(data)


if __name__ == "__main__":
    main(sys.argv[1])
