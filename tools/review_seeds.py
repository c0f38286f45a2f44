#!/usr/bin/env python3
"""Usage: review_seeds.py DIRECTORY   Writes the seeds of fuzz_review: a collector's name, then items (kind, name, bytes)."""
import struct
import sys

FILE, LINK, NOTE = 0, 1, 2


def seed(collector, *items):
    out = collector.encode() + b"\0"
    for kind, name, data in items:
        name, data = (x.encode() if isinstance(x, str) else x for x in (name, data))
        out += struct.pack("<BB", kind, len(name)) + name + struct.pack("<H", len(data)) + data
    return out


PATH = "/proc/7/"
SOCKET = struct.pack("<IHHII", 16 + 72, 20, 2, 1, 0) + struct.pack(">BBBBHH", 2, 10, 0, 0, 80, 0) + bytes(56) + struct.pack("<II", 0, 9)
SEEDS = {
    "dpkg": [(FILE, "/var/lib/dpkg/status", "Package: a\nStatus: install ok installed\nVersion: 1\nMaintainer: m\n\nPackage: b\n"),
             (FILE, "/x/a.list", "/.\n/bin\n/bin/a\n"), (FILE, "/x/diversions", "/a\n/b\nc\n"), (FILE, "/s/b.md5sums", "00  usr/b\n")],
    "processes": [(NOTE, "process", "7"), (LINK, PATH + "exe", "/bin/x (deleted)"), (FILE, PATH + "comm", "x\n"),
                  (FILE, PATH + "status", "Uid:\t0\t0\nVmSize: 1 kB\n"), (FILE, PATH + "maps", "0-1 r-xp 0 0:0 0 /lib/a.so\n")],
    "modules": [(FILE, "/proc/modules", "m 1 0 - Live 0x0 (OE)\n"), (NOTE, "module", "/sys/module/m"), (FILE, "/sys/module/m/taint", "OE\n")],
    "units": [(FILE, "/a/x.service", "[Service]\nExecStart=/x\n"), (LINK, "/a/y.service", "/dev/null"), (NOTE, "enabled", "x.service"), (NOTE, "script", "/etc/init.d/z")],
    "autostart": [(FILE, "/etc/crontab", "* * * * * root x\n@daily bob y\n"), (FILE, "/etc/pam.d/a", "auth [a=b] pam_x.so\n"),
                  (FILE, "/etc/apt/apt.conf.d/a", "DPkg::Pre-Invoke {\"x\";};\n"), (FILE, "/etc/xdg/autostart/a.desktop", "Exec=/x\n")],
    "python": [(FILE, "/a/b.dist-info/METADATA", "Name: b\nVersion: 1\n\n")],
    "npm": [(FILE, "/n/a/package.json", '{"name":"a","version":"1"}')],
    "pci": [(FILE, "/u/pci.ids", "1af4  V\n\t1000  D\n"), (NOTE, "pci", "/d"), (FILE, "/d/vendor", "0x1af4\n"), (FILE, "/d/device", "0x1000\n")],
    "usb": [(FILE, "/u/usb.ids", "12d1  V\n\t1001  D\n"), (NOTE, "usb", "/d"), (FILE, "/d/idVendor", "12d1\n"), (FILE, "/d/idProduct", "1001\n")],
    "interfaces": [(FILE, "/o.csv", "MA-L,BCAD28,\"N, Inc\",A\n"), (NOTE, "interface", "/d"), (FILE, "/d/address", "bc:ad:28:00:00:01\n")],
    "neighbours": [(FILE, "/proc/self/net/arp", "t\n1.2.3.4 0x1 0x2 bc:ad:28:00:00:01 * eth0\n")],
    "resolvers": [(FILE, "/etc/resolv.conf", "nameserver 192.0.2.1\n")],
    "sockets": [(NOTE, "tcp", SOCKET), (NOTE, "held", "7 9")],
    "apk": [(FILE, "/lib/apk/db/installed", "P:a\nV:1\nF:usr\nR:b\n\n")],
    "pacman": [(FILE, "/p/a/desc", "%NAME%\na\n\n%VERSION%\n1\n"), (FILE, "/p/a/files", "%FILES%\nusr/b\n")],
    "programs": [(NOTE, "/opt/a", "\x7fELF"), (NOTE, "/opt/b", b"p\xed\x89\0\0\x01\0\0\x02\x01\0\0\0\0\0\0\0\0\0\0\0")],
    "rpm": [(FILE, "/r/Packages.db", b"RpmP" + struct.pack("<IIII", 0, 1, 1, 2) + bytes(12) + b"Slot" + struct.pack("<III", 1, 256, 2) + bytes(4048) + b"BlbS" + struct.pack("<III", 1, 1, 28)
            + struct.pack(">IIIIII", 1, 4, 1000, 6, 0, 1) + b"abc\0")],
    "paths": [(NOTE, "/opt/x", "file")],
    "system": [(FILE, "/etc/os-release", "ID=x\nPRETTY_NAME=\"X\"\n"), (NOTE, "kernel", "6"), (FILE, "/d/bios_version", "1\n")],
}

for name, items in SEEDS.items():
    with open(f"{sys.argv[1]}/{name}", "wb") as f:
        f.write(seed(name, *items))
