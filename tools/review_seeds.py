#!/usr/bin/env python3
"""Usage: review_seeds.py DIRECTORY   Writes the seeds of fuzz_review: a collector's name, then items (kind, name, bytes)."""
import base64
import gzip
import io
import sqlite3
import struct
import subprocess
import sys
import tempfile
import zipfile
import zlib

FILE, LINK, NOTE = 0, 1, 2


def seed(collector, *items):
    out = collector.encode() + b"\0"
    for kind, name, data in items:
        name, data = (x.encode() if isinstance(x, str) else x for x in (name, data))
        out += struct.pack("<BB", kind, len(name)) + name + struct.pack("<H", len(data)) + data
    return out


def appimage():
    """A head of ELF without section headers, and behind it the file system that squashfs-tools make of one entry."""
    with tempfile.TemporaryDirectory() as at:
        with open(at + "/a.desktop", "w", encoding="ascii") as f:
            f.write("[Desktop Entry]\nName=A\nX-AppImage-Version=1\n")
        subprocess.run(["mksquashfs", at + "/a.desktop", at + "/o", "-quiet", "-no-progress", "-nopad", "-all-root", "-mkfs-time", "0",
                        "-all-time", "0"], check=True, stdout=subprocess.DEVNULL)
        with open(at + "/o", "rb") as f:
            return b"\x7fELF\2\1\1\0AI\2".ljust(0x28, b"\0") + struct.pack("<Q", 64).ljust(24, b"\0") + f.read()


PATH = "/proc/7/"
SOCKET = struct.pack("<IHHII", 16 + 72, 20, 2, 1, 0) + struct.pack(">BBBBHH", 2, 10, 0, 0, 80, 0) + bytes(56) + struct.pack("<II", 0, 9)
FRAME = (bytes(12) + b"\x88\xcc\x02\x07\x04\xbc\xad\x28\x01\x02\x03\x04\x05\x05Gi07" + b"\x0a\x03abc\x10\x0c\x05\x01\xc0\0\x02\x09\x02\0\0\0\1\0" + b"\0\0")


def der(tag, *parts):
    body = b"".join(parts)
    return bytes([tag, len(body)] if len(body) < 128 else [tag, 0x82, len(body) >> 8, len(body) & 255]) + body


NAME = der(0x30, der(0x31, der(0x30, b"\x06\x03\x55\x04\x03", der(0x0C, b"CA"))))
CERTIFICATE = der(0x30, der(0x30, der(0xA0, b"\x02\x01\x02"), b"\x02\x01\x01", der(0x30, b""), NAME,
                            der(0x30, der(0x17, b"260101000000Z"), der(0x17, b"360101000000Z")), NAME, der(0x30, b"\x03\x01\0")), der(0x30, b""), b"\x03\x01\0")


def pem(certificate):
    return b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(certificate) + b"-----END CERTIFICATE-----\n"


PEM = pem(CERTIFICATE)
LIST = bytes.fromhex("a159c0a5e494a74a87b5ab155c2bf072") + struct.pack("<III", 28 + 16 + len(CERTIFICATE), 0, 16 + len(CERTIFICATE)) + bytes(16) + CERTIFICATE
KEY = b"\x04\0\0\0\0\x16\0\x08abcdefgh"
RING = bytes([0xC6, len(KEY)]) + KEY + b"\xcd\x03A B"
ATTRIBUTES = struct.pack("<HH4sHHI", 8, 1, bytes(4), 8, 4, 2)
ROUTE = struct.pack("<IHHIIBBBBBBBBI", 16 + 12 + len(ATTRIBUTES), 24, 2, 0, 0, 2, 24, 0, 0, 254, 2, 0, 1, 0) + ATTRIBUTES
HARDWARE = struct.pack("<HH16sHH6s2x", 20, 1, b"\xfe\x80" + bytes(14), 10, 2, b"\xbc\xad\x28\0\0\1")
NEIGHBOUR6 = struct.pack("<IHHIIB3xiHBB", 16 + 12 + len(HARDWARE), 28, 2, 0, 0, 10, 2, 4, 0, 1) + HARDWARE
META = bytes(12) + struct.pack("<IIIBB", 0x61561, 9, 512, 0, 8) + bytes(512 - 26)
HEADER = struct.pack(">IIIIII", 1, 4, 1000, 6, 0, 1) + b"abc\0"
PAGE = (bytes(8) + struct.pack("<IIIHHBB", 1, 0, 0, 2, 0, 0, 2) + struct.pack("<HH", 507, 507 - 1 - len(HEADER))).ljust(507 - 1 - len(HEADER), b"\0") + b"\1" + HEADER + b"\1\1\0\0\0"
GO = b"\xff Go buildinf:\x08\2" + bytes(16) + b"\x06go1.22" + b"\x47" + b"m" * 16 + b"path\tx\nmod\tx\tv1\th1:\ndep\ta/b\tv2\n=>\tc\tv3\n" + b"m" * 16
CARGO = zlib.compress(b'{"packages":[{"name":"serde","version":"1.0","source":"crates.io"}]}')
STRINGS = b"\0.go.buildinfo\0.dep-v0\0.shstrtab\0"
SECTIONS = b"".join(struct.pack("<IIQQQQIIQQ", name, 1, 0, 0, at, n, 0, 0, 1, 0) for name, at, n in (
    (0, 0, 0), (1, 64, len(GO)), (15, 64 + len(GO), len(CARGO)), (23, 64 + len(GO) + len(CARGO), len(STRINGS))))
PROGRAM = (b"\x7fELF\2\1\1" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0, 0, 64 + len(GO) + len(CARGO) + len(STRINGS), 0, 64, 56, 0, 64, 4, 3)
           + GO + CARGO + STRINGS + SECTIONS)


LONG = struct.pack("<BBBBII", 3, 0, 0, 0, 2, len(HEADER))
LONG_PAGE = (bytes(8) + struct.pack("<IIIHHBB", 1, 0, 0, 2, 0, 0, 2) + struct.pack("<HH", 507, 495)).ljust(495, b"\0") + LONG + b"\1\1\0\0\0"
OVERFLOW = (bytes(8) + struct.pack("<IIIHHBB", 2, 0, 0, 1, len(HEADER), 0, 7) + HEADER).ljust(512, b"\0")
# a name without CN, and times of four digits for the year
NAME2 = der(0x30, der(0x31, der(0x30, b"\x06\x03\x55\x04\x0a", der(0x13, b"Maker"))), der(0x31, der(0x30, b"\x06\x03\x55\x04\x0b", der(0x13, b"Unit"))))
CERTIFICATE2 = der(0x30, der(0x30, b"\x02\x01\x02", der(0x30, b""), NAME, der(0x30, der(0x18, b"20260101000000Z"), der(0x18, b"20510101000000Z")),
                             NAME2, der(0x30, b"\x03\x01\0")), der(0x30, b""), b"\x03\x01\0")


def sqlite():
    """A database of pages of 512 bytes: a table of several levels, and a value that goes on."""
    db = sqlite3.connect(":memory:")
    db.execute("PRAGMA page_size = 512")
    db.execute("CREATE TABLE 'Other' (a, b)")
    db.execute("CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)")
    db.executemany("INSERT INTO Packages(blob) VALUES (?)", [(HEADER + bytes(200),)] * 40 + [(HEADER + bytes(2000),)])
    db.execute("INSERT INTO Other VALUES (1.5, 'text')")
    db.commit()
    return db.serialize()


def archive(**members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name, data in members.items():
            z.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


JAR = archive(**{"META-INF/MANIFEST.MF": "Implementation-Title: inner\nImplementation-Version: 3\n"})
WAR = archive(**{"META-INF/maven/g/a/pom.properties": "groupId=g\nartifactId=a\nversion=1\n", "WEB-INF/lib/b.jar": JAR})
GNU = struct.pack("<III", 4, 8, 3) + b"GNU\0" + bytes.fromhex("0123456789abcdef")
NOTED = b"\x7fELF\2\1\1" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0, 64, 0, 0, 64, 56, 1, 0, 0, 0) + struct.pack("<IIQQQQQQ", 4, 4, 120, 0, 0, len(GNU), len(GNU), 4) + GNU


def journal(*fields):
    objects = b""
    for f in fields:
        n = 64 + len(f)
        objects += (struct.pack("<BB6xQ", 1, 0, n) + bytes(48) + f).ljust((n + 7) // 8 * 8, b"\0")
    return (b"LPKSHHRH" + struct.pack("<II", 0, 0) + bytes(72) + struct.pack("<QQ", 208, len(objects))).ljust(208, b"\0") + objects


FOUND = "usb 1-2: New USB device found, idVendor=0951, idProduct=1666, bcdDevice= 1.10"
SEEDS = {
    "usb-history": [(FILE, "/var/log/syslog", f"Nov 1 h kernel: [1.0] {FOUND}\nNov 1 h kernel: usb 1-2: Product: Stick\nNov 1 h kernel: usb 1-2: SerialNumber: S1\n"),
                    (FILE, "/var/log/kern.log.2.gz", gzip.compress(FOUND.replace("0951", "12d1").encode(), mtime=0)),
                    (FILE, "/var/log/journal/m/system.journal", journal(b"MESSAGE=" + FOUND.replace("0951", "19d2").encode(), b"A=b", b"MESSAGE=usb 1-2: Manufacturer: M"))],
    "hosts": [(FILE, "/etc/hosts", "192.0.2.1 a.example b # c\n"), (FILE, "/etc/resolv.conf", "search corp.example\n"),
              (FILE, "/etc/apt/sources.list", "deb [a=b] https://u:p@deb.example:8/x y\n# http://no.example\ndeb http://[2001:db8::1]/ z\n")],
    "build-id": [(NOTE, "0123456789abcdef", ""), (FILE, "/opt/n", NOTED)],
    "dpkg": [(FILE, "/var/lib/dpkg/status", "Package: a\nStatus: install ok installed\nVersion: 1\nMaintainer: m\n\nPackage: b\n"),
             (FILE, "/x/a.list", "/.\n/bin\n/bin/a\n"), (FILE, "/x/diversions", "/a\n/b\nc\n"), (FILE, "/s/b.md5sums", "00  usr/b\n")],
    "processes": [(NOTE, "process", "7"), (LINK, PATH + "exe", "/bin/x (deleted)"), (FILE, PATH + "comm", "x\n"),
                  (FILE, PATH + "status", "Uid:\t0\t0\nVmSize: 1 kB\n"), (FILE, PATH + "maps", "0-1 r-xp 0 0:0 0 /lib/a.so\n")],
    "modules": [(FILE, "/proc/modules", "m 1 0 - Live 0x0 (OE)\n"), (NOTE, "module", "/sys/module/m"), (FILE, "/sys/module/m/taint", "OE\n")],
    "module-files": [(NOTE, "/usr/lib/modules/6.1/updates/x.ko.xz", "x")],
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
    "programs": [(NOTE, "/opt/a", b"h\x7fELF\2\1\1\0AI\2\0"), (NOTE, "/opt/b", b"p\xed\x89\0\0\x01\0\0\x02\x01\0\0\0\0\0\0\0\0\0\0\0")],
    "programs-appimage": [(NOTE, "/opt/a", b"h\x7fELF\2\1\1\0AI\2\0"), (FILE, "/opt/a", appimage())],
    "rpm": [(FILE, "/r/Packages.db", b"RpmP" + struct.pack("<IIII", 0, 1, 1, 2) + bytes(12) + b"Slot" + struct.pack("<III", 1, 256, 2) + (b"Slot" + bytes(12)) * 253 + b"BlbS" + struct.pack("<III", 1, 1, 28)
            + struct.pack(">IIIIII", 1, 4, 1000, 6, 0, 1) + b"abc\0")],
    "rpm-bdb": [(FILE, "/r/Packages", META + PAGE)],
    "rpm-bdb-long": [(FILE, "/r/Packages", META + LONG_PAGE + OVERFLOW)],
    "rpm-cut": [(FILE, "/r/Packages", META + LONG_PAGE), (FILE, "/r/rpmdb.sqlite", sqlite()[:3000]), (FILE, "/r/Packages", META[:24] + b"\1" + META[25:])],
    "rpm-sqlite": [(FILE, "/r/rpmdb.sqlite", sqlite())],
    "certificates2": [(FILE, "/usr/local/share/ca-certificates/b.crt", pem(CERTIFICATE2) + pem(CERTIFICATE[:60]) + pem(b"\x30\x03\x02\x01\x02"))],
    "snap": [(FILE, "/var/lib/snapd/state.json", '{"data":{"snaps":{"a":{"active":true,"current":"1","sequence":[{"revision":"1"}]}}}}'),
             (FILE, "/snap/a/1/meta/snap.yaml", "version: '2'\n"), (NOTE, "/var/lib/snapd/snaps/a_1.snap", "")],
    "flatpak": [(FILE, "/var/lib/flatpak/app/a.b/x86_64/stable/active/metadata", "[Application]\nruntime=r\n"),
                (FILE, "/var/lib/flatpak/app/a.b/x86_64/stable/active/deploy", b"o\0c\0")],
    "gem": [(FILE, "/g/specifications/a-1.gemspec", 's.name = "a"\ns.version = "1"\n')],
    "bluetooth": [(NOTE, "paired", "/b/A"), (FILE, "/b/A/info", "Name=x\nClass=1\n"), (NOTE, "adapter", "/b/hci0"), (FILE, "/b/hci0/address", "aa\n")],
    "block": [(NOTE, "block", "/s/sda"), (FILE, "/s/sda/size", "8\n"), (FILE, "/s/sda/ro", "1\n"), (FILE, "/s/sda/device/model", "M\n")],
    "firmware": [(NOTE, "nvme", "/n"), (FILE, "/n/model", "M\n"), (NOTE, "esrt", "/e"), (FILE, "/e/fw_class", "c\n"), (NOTE, "bios", "/d")],
    "boot": [(FILE, "/sys/firmware/efi/efivars/SecureBoot-8", b"\6\0\0\0\1"), (FILE, "/sys/firmware/efi/efivars/db-d", b"\6\0\0\0" + LIST), (NOTE, "tpm", "/t"), (FILE, "/t/tpm_version_major", "2\n")],
    "certificates": [(FILE, "/etc/ssl/certs/ca-certificates.crt", PEM), (FILE, "/usr/local/share/ca-certificates/a.crt", CERTIFICATE),
                     (FILE, "/etc/ssl/certs/java/cacerts", struct.pack(">IIIIH", 0xfeedfeed, 2, 1, 2, 1) + b"a" + bytes(8) + b"\0\1x" + struct.pack(">I", len(CERTIFICATE)) + CERTIFICATE)],
    "keys": [(FILE, "/etc/apt/trusted.gpg", RING), (FILE, "/etc/apt/keyrings/a.asc", b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n" + base64.encodebytes(RING) + b"-----END"), (FILE, "/etc/apk/keys/a.pub", "x")],
    "routes": [(NOTE, "routes", ROUTE), (FILE, "/sys/class/net/e/ifindex", "2\n")],
    "lldp": [(NOTE, "frame", FRAME), (FILE, "/run/systemd/netif/lldp/2", struct.pack("<Q", len(FRAME)) + FRAME)],
    "neighbours6": [(NOTE, "ipv6", NEIGHBOUR6)],
    "built": [(FILE, "/opt/p", PROGRAM)],
    "jar": [(FILE, "/opt/a.war", WAR)],
    "containers": [(FILE, "/d/repositories.json", '{"Repositories":{"a":{"a:1":"sha256:00"}}}'), (FILE, "/d/config.v2.json", '{"Name":"/w","Image":"sha256:00"}'),
                   (FILE, "/p/images.json", '[{"id":"0","digest":"sha256:1","names":["n"]}]'), (NOTE, "/var/lib/machines/box", "machine"), (NOTE, "/o/ID/diff", "layer")],
    "extensions": [(FILE, "/e/Extensions/abc/1/manifest.json", '{"name":"A","version":"1","permissions":["tabs"]}'),
                   (FILE, "/f/extensions.json", '{"addons":[{"id":"u","active":true}]}'), (NOTE, "/usr/share/chromium/extensions/b.json", "everyone")],
    "paths": [(NOTE, "/opt/x", "file")],
    "system": [(FILE, "/etc/os-release", "ID=x\nPRETTY_NAME=\"X\"\n"), (NOTE, "kernel", "6"), (FILE, "/d/bios_version", "1\n")],
}

for name, items in SEEDS.items():
    with open(f"{sys.argv[1]}/{name}", "wb") as f:
        f.write(seed({"rpm-bdb": "rpm", "rpm-bdb-long": "rpm", "rpm-cut": "rpm", "rpm-sqlite": "rpm", "certificates2": "certificates", "neighbours6": "neighbours", "build-id": "built", "programs-appimage": "programs"}.get(name, name), *items))
