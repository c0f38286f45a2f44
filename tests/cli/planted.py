#!/usr/bin/env python3
"""Usage: planted.py   In the current directory: plants what each shipped policy entry knows its product by (names and paths, no
programs), one identifier after the other and all together, and asks `pellucid review` under every profile.  Prints TAP.

What a profile must answer is written down here by hand, from the decisions' own words."""
import glob
import json
import os
import shutil
import subprocess

PELLUCID = os.environ["PELLUCID"]
DATE = "2026-11-27"
PROFILES = ("none", "eu-institution", "eu-member-state", "us-federal", "us-contractor", "uk-gov", "de-public", "nl-government", "it-public",
            "ca-government", "au-government")
BINDING, ADVICE, MAYBE, OTHERS = "binding for you", "advice", "may be addressed to you", "not addressed to you"
EXPECTED = {  # of those that software on a resting root can meet; all that is not named here is addressed to others
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


def plant(atom):
    """True where a resting root can hold it by a name alone."""
    kind, value = atom["type"], atom["value"]
    if kind == "dpkg":
        write("root/var/lib/dpkg/status", f"Package: {value}\nStatus: install ok installed\nVersion: 1\n\n")
    elif kind == "path" and "*" not in value:
        if not os.path.exists("root" + value):
            write("root" + value + ("/file" if "." not in os.path.basename(value) and "init.d" not in value else ""), "x")
    elif kind == "unit":
        write(f"root/etc/systemd/system/{value}.service", "[Service]\nExecStart=/bin/true\n")
    else:
        return False
    return True


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
    known = {e["id"]: e for e in entries()}
    planted = {}
    # one branch after the other: it is met, with its strength
    wrong = []
    branches = {json.dumps(b): b for e in known.values() for b in e["match"]}
    for key, branch in branches.items():
        clear()
        if not all([plant(a) for a in branch]):
            continue
        strength = max(RANK.index(a["strength"]) for a in branch)
        found, _ = findings("none")
        for e in known.values():
            if branch in e["match"]:
                planted[e["id"]] = max(planted.get(e["id"], 0), strength)
                got = found.get(e["id"])
                # a path may meet a further branch, so the strength is at least the branch's own
                if got is None or RANK.index(got["strength"]) < strength:
                    wrong.append(f"{e['id']}: {key}: {got and got['strength']}")
    check(not wrong and len(planted) > 10, f"each of {len(branches)} identifiers that a root can hold is found where it stands", "; ".join(wrong[:5]))
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
    found, status = findings("us-federal")
    check(not found and status != 1, "look-alikes are not found", str(list(found)))
    # what a removed package left behind
    shutil.rmtree("root")
    write("root/var/lib/dpkg/status", "Package: kesl\nStatus: deinstall ok config-files\nVersion: 1\n\n")
    found, _ = findings("us-federal")
    check(found and all(f["residue"] for f in found.values()), "what a removed package left behind is residue")
    print(f"1..{n}")


main()
