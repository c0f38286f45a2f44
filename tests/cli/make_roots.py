#!/usr/bin/env python3
"""Usage: make_roots.py ROOT WHAT   Lays out by hand, from the formats' descriptions, what a collector reads: snap, flatpak,
gem, bluetooth, lldp, trust (needs openssl), containers, extensions."""
import json
import os
import struct
import subprocess
import sys

ROOT = sys.argv[1]


def write(path, data, mode=0o644):
    path = os.path.join(ROOT, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data.encode() if isinstance(data, str) else data)
    os.chmod(path, mode)


def link(path, to):
    path = os.path.join(ROOT, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    os.symlink(to, path)


def snap():
    def side(revision):
        return {"name": "hello", "snap-id": "x" * 32, "revision": revision}
    write("var/lib/snapd/state.json", json.dumps({"data": {"snaps": {
        "hello": {"type": "app", "active": True, "current": "29", "channel": "latest/stable", "sequence": [side("28"), side("29")]},
        "off": {"active": False, "current": "1", "sequence": [{"name": "off", "revision": "1"}]}}}}))
    write("snap/hello/29/meta/snap.yaml", "name: hello\nversion: '2.10'\nsummary: s\n")
    write("var/lib/snapd/snaps/hello_29.snap", "hsqs")


def flatpak():
    base = "var/lib/flatpak/app/org.example.App/x86_64/stable"
    write(base + "/abc/metadata", "[Application]\nname=org.example.App\nruntime=org.example.Platform/x86_64/23.08\n")
    write(base + "/abc/deploy", b"flathub\0" + b"c" * 64 + b"\0rest")
    link(base + "/active", "abc")
    write("home/eve/.local/share/flatpak/runtime/org.example.Mine/x86_64/1/active/metadata", "[Runtime]\nname=org.example.Mine\n")


def gem():
    write("var/lib/gems/3.1.0/specifications/rack-2.2.4.gemspec",
          '# -*- encoding: utf-8 -*-\nGem::Specification.new do |s|\n  s.name = "rack".freeze\n  s.version = "2.2.4"\n  s.name = "other"\nend\n')
    write("usr/lib/ruby/gems/3.1.0/specifications/default/json-pure-2.6.1.gemspec", "Gem::Specification.new\n")


def bluetooth():
    write("var/lib/bluetooth/00:11:22:33:44:55/AA:BB:CC:DD:EE:FF/info", "[General]\nName=Headset\nClass=0x240404\n[DeviceID]\nVendor=76\n")
    write("var/lib/bluetooth/00:11:22:33:44:55/cache/AA:BB:CC:DD:EE:00", "[General]\nName=Seen\n")


def frame():
    def tlv(kind, value):
        return struct.pack(">H", kind << 9 | len(value)) + value
    return (bytes.fromhex("0180c200000e") + bytes.fromhex("bcad28010203") + b"\x88\xcc" + tlv(1, b"\x04" + bytes.fromhex("bcad28010203"))
            + tlv(2, b"\x05Gi0/7") + tlv(3, b"\0\x78") + tlv(5, b"switch-7") + tlv(6, b"A switch, version 1")
            + tlv(8, b"\x05\x01" + bytes([192, 0, 2, 9]) + b"\x02\0\0\0\1\0") + tlv(0, b""))


def lldp():
    write("run/systemd/netif/lldp/2", struct.pack("<Q", len(frame())) + frame())


def certificate(name, where):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "/dev/null",
                    "-subj", f"/O=Maker/CN={name}", "-days", "400", "-out", where], check=True, capture_output=True)
    return open(where).read()


def trust():
    ours, theirs, inner = (certificate(n, f"{n}.pem") for n in ("Distribution CA", "Local CA", "Java CA"))
    write("usr/share/ca-certificates/mozilla/d.crt", ours)
    write("var/lib/dpkg/status", "Package: ca-certificates\nVersion: 1\n")
    write("var/lib/dpkg/info/ca-certificates.list", "/usr/share/ca-certificates/mozilla/d.crt\n")
    write("etc/ssl/certs/ca-certificates.crt", ours + theirs)
    write("usr/local/share/ca-certificates/l.crt", theirs)
    der = subprocess.run(["openssl", "x509", "-in", "Java CA.pem", "-outform", "DER"], check=True, capture_output=True).stdout
    text = lambda s: struct.pack(">H", len(s)) + s
    write("etc/ssl/certs/java/cacerts", struct.pack(">III", 0xfeedfeed, 2, 1) + struct.pack(">I", 2) + text(b"alias") + bytes(8) + text(b"X.509")
          + struct.pack(">I", len(der)) + der + bytes(20))


def containers():
    base = "var/lib/docker/"
    write(base + "image/overlay2/repositories.json", json.dumps({"Repositories": {"nginx": {
        "nginx:1.25": "sha256:" + "a" * 64, "nginx@sha256:" + "b" * 64: "sha256:" + "a" * 64}}}))
    write(base + "containers/c1/config.v2.json", json.dumps({"Name": "/web", "Image": "sha256:" + "a" * 64, "Config": {"Image": "nginx:1.25"}, "State": {"Running": True}}))
    write(base + "overlay2/layer1/diff/var/lib/dpkg/status", "Package: kesl\nStatus: install ok installed\nVersion: 11\n")
    write(base + "overlay2/layer2/diff/etc/motd", "no packages\n")
    link(base + "overlay2/layer1/diff/etc/os-release", "/etc/outside")
    write("etc/outside", "PRETTY_NAME=outside\n")
    write("var/lib/containers/storage/overlay-images/images.json", json.dumps([{"id": "d" * 64, "digest": "sha256:" + "e" * 64, "names": ["quay.io/x:1"]}]))
    write("var/lib/machines/box/lib/apk/db/installed", "P:musl\nV:1.2\n\n")
    write("var/lib/machines/box/var/lib/machines/inner/lib/apk/db/installed", "P:deep\nV:1\n\n")


def extensions():
    manifest = {"name": "Ad", "version": "1.2", "permissions": ["tabs", {"x": 1}], "host_permissions": ["<all_urls>"]}
    write("home/eve/.config/chromium/Default/Extensions/" + "a" * 32 + "/1.2_0/manifest.json", json.dumps(manifest))
    addon = {"id": "u@example.org", "version": "3", "active": True, "defaultLocale": {"name": "U"}, "userPermissions": {"permissions": ["tabs"]}}
    write("root/.mozilla/firefox/p.default/extensions.json", json.dumps({"schemaVersion": 35, "addons": [addon]}))
    write("usr/share/chromium/extensions/" + "b" * 32 + ".json", "{}")


globals()[sys.argv[2]]()
