#!/usr/bin/env python3
"""Usage: planted.py   In the current directory: plants what each shipped policy entry knows its product by (names and paths, no
programs), one identifier after the other and all together, and asks `pellucid review` under every profile; then, of the running
system, devices, network interfaces and processes, in namespaces of their own.  Prints TAP.

What a profile must answer is written down here by hand, from the decisions' own words."""
import glob
import json
import os
import shutil
import sqlite3
import struct
import subprocess

PELLUCID = os.environ["PELLUCID"]
DATE = "2026-11-27"
PROFILES = ("none", "eu-institution", "eu-member-state", "us-federal", "us-contractor", "uk-gov", "de-public", "nl-government", "it-public",
            "ca-government", "au-government")
BINDING, ADVICE, MAYBE, OTHERS = "binding for you", "advice", "may be addressed to you", "not addressed to you"
EXPECTED = {  # all that is not named here is addressed to others
    ("eu-institution", "eu-5g-toolbox-2023"): ADVICE,
    ("eu-member-state", "eu-5g-toolbox-2023"): ADVICE,
    ("de-public", "eu-5g-toolbox-2023"): ADVICE,
    ("nl-government", "eu-5g-toolbox-2023"): ADVICE,
    ("it-public", "eu-5g-toolbox-2023"): ADVICE,
    ("eu-institution", "eu-commission-2023-tiktok"): MAYBE,  # which institution it is, the profile does not say
    ("eu-institution", "ep-2023-tiktok"): MAYBE,
    ("us-federal", "us-no-tiktok-2022"): BINDING,
    ("us-federal", "us-omb-m-23-13"): BINDING,
    ("us-contractor", "us-far-52-204-27"): BINDING,
    ("us-federal", "us-ndaa-2019-889"): BINDING,
    ("us-contractor", "us-ndaa-2019-889"): BINDING,
    ("uk-gov", "uk-co-2022-surveillance"): MAYBE,
    ("ca-government", "ca-2023-wechat"): MAYBE,
    ("au-government", "au-pspf-001-2025"): BINDING,
    ("eu-institution", "ep-2018-para76"): ADVICE,
    ("us-federal", "us-dhs-bod-17-01"): BINDING,
    ("us-federal", "us-ndaa-2018-1634"): BINDING,
    ("us-federal", "us-bis-icts-2021-002"): BINDING,
    ("us-contractor", "us-ndaa-2018-1634"): BINDING,
    ("us-contractor", "us-bis-icts-2021-002"): BINDING,
    ("uk-gov", "uk-ncsc-2022"): ADVICE,
    ("uk-gov", "uk-ncsc-2017"): MAYBE,
    ("de-public", "de-bsi-2022-kaspersky"): ADVICE,
    ("nl-government", "nl-2018-kaspersky"): BINDING,
    ("it-public", "it-acn-2022"): BINDING,
    ("it-public", "it-acn-2025"): BINDING,
    ("ca-government", "ca-2023-kaspersky"): MAYBE,
    ("au-government", "au-pspf-002-2025"): BINDING,
}
SUPERSEDED = {"it-acn-2022"}
RANK = ["hints", "indicates", "shows", "proves"]


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "a") as f:
        f.write(text)


def plant_rpm(name):
    """A header of rpm's: big-endian, tags in their order (NAME, VERSION, RELEASE, ARCH)."""
    entries = data = b""
    for tag, value in ((1000, name), (1001, "1"), (1002, "1"), (1022, "x86_64")):
        entries += struct.pack(">IIII", tag, 6, len(data), 1)
        data += value.encode() + b"\0"
    os.makedirs("root/var/lib/rpm", exist_ok=True)
    db = sqlite3.connect("root/var/lib/rpm/rpmdb.sqlite")
    db.execute("CREATE TABLE IF NOT EXISTS 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)")
    db.execute("INSERT INTO Packages(blob) VALUES (?)", [struct.pack(">II", 4, len(data)) + entries + data])
    db.commit()
    db.close()


def plant(atom):
    """True where a resting root can hold it by a name alone."""
    kind, value = atom["type"], atom["value"]
    if kind == "dpkg":
        write("root/var/lib/dpkg/status", f"Package: {value}\nStatus: install ok installed\nVersion: 1\n\n")
    elif kind == "rpm":
        plant_rpm(value)
    elif kind == "flatpak":
        write(f"root/var/lib/flatpak/app/{value}/x86_64/stable/active/metadata", f"[Application]\nname={value}\n")
    elif kind == "path" and "*" not in value:
        if not os.path.exists("root" + value):
            write("root" + value + ("/file" if "." not in os.path.basename(value) and "init.d" not in value else ""), "x")
    elif kind == "unit":
        write(f"root/etc/systemd/system/{value}.service", "[Service]\nExecStart=/bin/true\n")
    elif kind == "domain":
        write("root/etc/hosts", f"192.0.2.1 www.{value}\n")
    elif kind == "usb":
        write("root/var/log/kern.log", f"usb 1-1: New USB device found, idVendor={value}, idProduct=0001, bcdDevice= 1.00\n")
    else:
        return False
    return True


LIVE = """set -e
mount --bind live/net /sys/class/net
mount --bind live/pci /sys/bus/pci/devices
live/klnagent 60 &
a=$!
live/wdserver 60 &
b=$!
"$PELLUCID" review --date 2026-11-27 --profile us-federal --full --json > live.json || :
kill $a $b
"""


def live(known):
    """The running system with a network card of each assignment, a PCI device of each maker, and processes of each name."""
    atoms = {i: [a for b in e["match"] for a in b if len(b) == 1] for i, e in known.items()}
    for i, value in enumerate(sorted({a["value"] for l in atoms.values() for a in l if a["type"] == "oui"})):
        address = (value + "123456")[:12]
        write(f"live/net/eth{i}/address", ":".join(address[k:k + 2] for k in range(0, 12, 2)) + "\n")
    for i, value in enumerate(sorted({a["value"] for l in atoms.values() for a in l if a["type"] == "pci"})):
        write(f"live/pci/0000:00:{i:02x}.0/vendor", f"0x{value}\n")
        write(f"live/pci/0000:00:{i:02x}.0/device", "0x0001\n")
    # look-alikes: an address that nobody assigned, and the maker's digits in another place
    write("live/net/eth900/address", "06:03:12:12:34:56\n")
    write("live/net/eth901/address", "00:04:03:12:34:56\n")
    write("live/pci/0000:00:ff.0/vendor", "0x8086\n")
    write("live/pci/0000:00:ff.0/device", "0x19e5\n")
    names = {a["value"] for l in atoms.values() for a in l if a["type"] == "process"}
    assert names == {"klnagent", "wdserver"}, names
    for name in names | {"wdserver2"}:
        shutil.copy("/bin/sleep", "live/" + name)
    p = subprocess.run(["unshare", "-m", "sh", "-c", LIVE], capture_output=True)
    if p.returncode != 0:
        return p.stderr.decode().strip().splitlines()[-1:] or ["unshare"], None
    with open("live.json") as f:
        found = {f["id"]: f for f in json.load(f)["findings"]}
    wrong = []
    for i, l in atoms.items():
        want = sum(a["type"] in ("oui", "pci", "process") for a in l)
        got = found.get(i, {"facts_all": 0, "strength": None})
        strongest = {"oui": "indicates", "pci": "indicates", "process": "hints"}
        strength = max((RANK.index(strongest[a["type"]]) for a in l if a["type"] in strongest), default=None)
        if got["facts_all"] != want:
            wrong.append(f"{i}: {got['facts_all']} facts, not {want}")
        elif want and RANK.index(got["strength"]) != strength:
            wrong.append(f"{i}: {got['strength']}")
        elif want and (got["scope"] != EXPECTED.get(("us-federal", i), OTHERS) or got["counts"] != (strength > 0 and got["scope"] in (BINDING, ADVICE))):
            wrong.append(f"{i}: {got['scope']}, counts {got['counts']}")
    return None, wrong


def clear():
    shutil.rmtree("root", ignore_errors=True)
    write("root/var/lib/dpkg/status", "Package: base\nStatus: install ok installed\nVersion: 1\n\n")


def findings(profile):
    p = subprocess.run([PELLUCID, "review", "--root", "root", "--date", DATE, "--profile", profile, "--json"], capture_output=True)
    assert p.returncode in (0, 1, 3), p.stderr
    return {f["id"]: f for f in json.loads(p.stdout)["findings"]}, p.returncode


n = 0


def check(good, what, why=""):
    global n
    n += 1
    print(f"{'ok' if good else 'not ok'} {n} {what}", flush=True)
    if not good:
        print(f"# {why}")


def entries():
    for path in sorted(glob.glob(os.environ["ROOT"] + "/policy/*.policy")):
        yield from json.loads(subprocess.run([PELLUCID, "policy", "json", path], capture_output=True, check=True).stdout)["entries"]


def main():
    global n
    known = {e["id"]: e for e in entries()}
    planted = {}
    # one branch after the other: it is met, with its strength
    wrong, tried = [], 0
    branches = {json.dumps(b): b for e in known.values() for b in e["match"]}
    for key, branch in branches.items():
        clear()
        if not all([plant(a) for a in branch]):
            continue
        tried += 1
        strength = max(RANK.index(a["strength"]) for a in branch)
        found, _ = findings("none")
        for e in known.values():
            if branch in e["match"]:
                planted[e["id"]] = max(planted.get(e["id"], 0), strength)
                got = found.get(e["id"])
                # a path may meet a further branch, so the strength is at least the branch's own
                if got is None or RANK.index(got["strength"]) < strength:
                    wrong.append(f"{e['id']}: {key}: {got and got['strength']}")
    unplanted = [i for i, e in known.items() if i not in planted and not all(a["type"] == "oui" for b in e["match"] for a in b)]
    check(not wrong and not unplanted, f"each of {tried} identifiers that a root can hold is found where it stands", "; ".join(wrong[:5] + unplanted))
    # all together, under each profile
    clear()
    for e in known.values():
        for branch in e["match"]:
            for a in branch:
                plant(a)
    for profile in PROFILES:
        found, status = findings(profile)
        wrong = []
        for i, strength in planted.items():
            want = EXPECTED.get((profile, i), OTHERS)
            f = found.get(i)
            if f is None or f["scope"] != want or RANK.index(f["strength"]) != strength or f["entry"]["legal"] != known[i]["legal"]:
                wrong.append(f"{i}: {f and (f['scope'], f['strength'])}, not {want}, {RANK[strength]}")
            elif (f["force"] == "superseded") != (i in SUPERSEDED):
                wrong.append(f"{i}: {f['force']}")
            elif f["counts"] != (want in (BINDING, ADVICE) and i not in SUPERSEDED):
                wrong.append(f"{i}: counts: {f['counts']}")
        counts = any(p == profile and w in (BINDING, ADVICE) for (p, _), w in EXPECTED.items())
        if (status == 1) != counts:
            wrong.append(f"status {status}")
        check(not wrong, f"under {profile}: status, scope and strength of {len(planted)} entries", "; ".join(wrong[:5]))
    # names that are near
    clear()
    for name in ("kesl-tools", "libkesl", "keslx", "kasparov", "klnagent-doc", "kess2", "KESL"):
        plant({"type": "dpkg", "value": name})
    for path in ("/opt/kaspersky2/kesl", "/opt/kaspersky-notes/kesl", "/opt/KASPERSKY/kesl", "/srv/opt/kaspersky/kesl", "/etc/init.d/kesl-supervisor2"):
        write("root" + path + "/file", "x")
    for unit in ("kesl-helper", "akesl", "kesl@x"):
        plant({"type": "unit", "value": unit})
    write("root/var/lib/dpkg/status", "Package: dahua-scale\nVersion: 1\nMaintainer: Shanghai Dahua Scale Factory, ZTEC Instruments\n\n")
    write("root/etc/hosts", "0.0.0.0 tiktok.com www.tiktok.com\n127.0.0.1 deepseek.com\n192.0.2.1 nottiktok.com tiktok.com.example\n")
    write("root/var/log/kern.log", "usb 1-1: New USB device found, idVendor=8086, idProduct=12d1, bcdDevice= 1.00\nusb 1-1: Product: Huawei 12d1\n")
    plant_rpm("kesl-devel")
    plant({"type": "flatpak", "value": "com.tencent.WeChatter"})
    found, status = findings("us-federal")
    check(not found and status != 1, "look-alikes are not found", str(list(found)))
    # what a removed package left behind
    shutil.rmtree("root")
    write("root/var/lib/dpkg/status", "Package: kesl\nStatus: deinstall ok config-files\nVersion: 1\n\n")
    found, _ = findings("us-federal")
    check(found and all(f["residue"] for f in found.values()), "what a removed package left behind is residue")
    if os.geteuid() != 0:
        missing, wrong = ["it takes root"], None
    else:
        missing, wrong = live(known)
    what = "of the running system: network cards, PCI devices and processes of each entry, and no look-alike of theirs"
    if missing:
        n += 1
        print(f"ok {n} {what} # SKIP {missing[0]}")
    else:
        check(not wrong, what, "; ".join(wrong[:5]))
    print(f"1..{n}")


main()
