#!/usr/bin/env python3
"""Usage: policy_refused.py   In the current directory: one bad policy for each thing that the checker refuses, made from a good one
by one change, and the checker's words to the letter.  The formats of all errors are taken from the source, so that a refusal which
no policy here meets is a fault of this test.  Prints TAP."""
import glob
import os
import re
import subprocess

PELLUCID, ROOT = os.environ["PELLUCID"], os.environ["ROOT"]
GOOD = subprocess.run([PELLUCID, "policy", "new", "ours"], capture_output=True, text=True, check=True).stdout
GOOD = re.sub(r"[ \t]+#[^\n]*", "", GOOD)  # its remarks are for people
DIGEST = "0" * 64
HELD = ("held confirmed-malicious needs a technical item, graded A or B and 1 or 2, with an artefact's digest that anyone can test",
        "held confirmed-malicious needs the evidence against, or an item of the kind `absence` that none was found")
MANY = "\n".join(f"\t\tdpkg p{i} shows" for i in range(257))
N = r"[^\n]*\n"


def change(pattern, to, text=GOOD):
    out, n = re.subn(pattern, to, text, count=1)
    assert n == 1, pattern
    return out


def atom(text):
    return change(r"dpkg telnetd shows[^\n]*", text.replace("\\", r"\\"))


ATOM_FORM = ("an atom is `{0} VALUE STRENGTH`, or `{0} NAME OP VERSION STRENGTH`; strengths are proves, shows, indicates, hints").format
# (what is wrong, the policy, the errors' words)
CASES = [
    # what an entry as a whole must keep to
    ("no evidence and no absence", change(r"\tevidence e1 \{\n(?s:.*?)\n\t\}\n", ""),
     "no evidence: an entry shows what its authority published, or an item of the kind `absence` that it published none"),
    ("evidence that nobody can look up", change("\t\turl      \"https://www.rfc" + N, ""), "evidence that nobody can look up: a url, a sha256, or a note on where it is"),
    ("held confirmed-malicious without an artefact", change("held      none" + N, "held confirmed-malicious\n"), *HELD),
    ("held confirmed-malicious on a weak grade", change("grade    A 1", f"grade A 3\n\t\tartefact {DIGEST}", change("held      none" + N, "held confirmed-malicious\n")), *HELD),
    ("held confirmed-malicious on what speaks against it",
     change("supports yes", f"supports no\n\t\tartefact {DIGEST}", change("held      none" + N, "held confirmed-malicious\n")), *HELD),
    ("binding without a reference", change("\t\treference" + N, ""), "binding without a reference"),
    ("banned where it binds nobody", change("binding      yes", "binding no", change("legal     excluded" + N, "legal banned\n")),
     "banned, but it binds nobody: `excluded` or `advised-against`"),
    ("a resolution that excludes", change("kind         local", "kind resolution", change("binding      yes", "binding no")),
     "a resolution that binds nobody does not exclude: `advised-against`"),
    ("no date of review", change("\treview-by" + N, ""), "no review-by and no expires: nothing is banned for ever"),
    ("effective before it was issued", change("(\t\tissued [^\n]*\n\t\tref)", r"\t\teffective 2020-01-01\n\1"), "effective before it was issued"),
    ("to be removed before it was issued", change("(\t\tissued [^\n]*\n\t\tref)", r"\t\tremove-by 2020-01-01\n\1"), "remove-by before it was issued"),
    ("what every machine needs", atom("dpkg libc6 shows"), "every machine needs this package"),
    ("what every machine needs, by its source", atom("deb-source glibc shows"), "every machine needs this package"),
    ("nothing to match", change(r"match \{[^\n]*\n(?s:.*?)\n\t\}", "match {\n\t}"), "nothing to match"),
    ("hints alone", change(r"match \{[^\n]*\n(?s:.*?)\n\t\}", "match {\n\t\tprocess telnetd hints\n\t}"), "hints alone are not enough to accuse anybody"),
    # identifiers
    ("a name instead of an assignment", atom("oui Huawei indicates"), "`oui` wants an assignment of IEEE: 6, 7 or 9 small hexadecimal digits, not a name"),
    ("a vendor's name on USB", atom("usb Huawei indicates"), "`usb` wants a vendor's id, or vendor:device, in small hexadecimal digits"),
    ("a vendor's name on PCI", atom("pci Huawei indicates"), "`pci` wants a vendor's id, or vendor:device, in small hexadecimal digits"),
    ("a path that is too wide", atom("path /opt/*/kesl shows"), "`path` wants an absolute path below the first level, with `*` in its last part alone"),
    ("a path of the first level", atom("path /opt shows"), "`path` wants an absolute path below the first level, with `*` in its last part alone"),
    ("a pattern for a package", atom("dpkg kesl* shows"), "`dpkg` wants an exact name"),
    *((f"a domain with an empty label: {d}", atom(f"domain {d} indicates"), "`domain` wants a domain of two labels or more")
      for d in (".upd.example.com", "example.com.", "a..b")),
    ("a top-level domain", atom("domain com indicates"), "`domain` wants a domain of two labels or more"),
    ("a block with bits beyond its length", atom("cidr 192.0.2.1/24 indicates"),
     "`cidr` wants an address, or a block of addresses as 192.0.2.0/24 with no bit beyond its length"),
    ("everybody's addresses", atom("cidr 0.0.0.0/0 indicates"), "`cidr` wants an address, or a block of addresses as 192.0.2.0/24 with no bit beyond its length"),
    ("a name for a digest", atom("sha256 evil proves"), "`sha256` wants 64 small hexadecimal digits"),
    ("a name for a key", atom("signer Evil proves"), "`signer` wants a key's id or fingerprint, 16 to 64 small hexadecimal digits"),
    ("a name for a build id", atom("build-id evil proves"), "`build-id` wants 16 to 64 small hexadecimal digits"),
    ("an empty identifier", atom('dpkg "" shows'), "`dpkg` wants a value"),
    ("a person's files", atom("path /home/alice/bin/tool shows"), "a policy names products, not persons"),
    ("a person's address", atom("gem alice@example.org shows"), "a policy names products, not persons"),
    ("more than a process's name is worth", atom("process telnetd shows"), "a match of `process` hints at most"),
    ("more than a unit is worth", atom("unit telnetd proves"), "a match of `unit` indicates at most"),
    ("a version of what has none", atom("unit telnetd < 3 indicates"), "only packages have versions"),
    ("no operator", atom("dpkg telnetd ~ 3 shows"), "one of <, <=, =, >=, >"),
    ("no kind of identifier", atom("name telnetd shows"), "no kind of identifier: `name`"),
    ("an atom without its strength", atom("dpkg telnetd"), ATOM_FORM("dpkg")),
    ("an atom with one word too many", atom("dpkg telnetd < 3 4 shows"), ATOM_FORM("dpkg")),
    ("all of nothing", atom("all {\n\t\t}"), "`all` of nothing would match everything"),
    ("more identifiers than an entry holds", atom(MANY), "limit: 259 branches, at most 256"),
    # the form of statements
    ("an unknown word", change("embedded  unstated" + N, "embedded unstated\n\tkindness 3\n"), "`entry` has no `kindness`"),
    ("a statement twice", change("(\tkind      package\n)", r"\1\1"), "`kind` stands twice in `entry`"),
    ("no way to contest", change("\t\thow-to" + N, ""), "`contest` without `how-to`"),
    ("no remedy", change(r"\tremedy \{\n(?s:.*?)\n\t\}\n", ""), "`entry` without `remedy`"),
    ("a quotation that is too long", change("\tembedded", '\tsaid-as en "a b c d e f g h i j k l m n o p"\n\tembedded'), "a quotation of 16 words, at most 15"),
    ("a quotation without its language", change("\tembedded", '\tsaid-as "a"\n\tembedded'), "`said-as` wants a language and the words in quotes"),
    ("a legal status that is none", change("legal     excluded" + N, "legal forbidden\n"),
     "`legal` wants one of unlisted, under-review, allowed, advised-against, excluded, banned, withdrawn"),
    ("a date that is none", change("\treview-by" + N, "\treview-by 2027-02-30\n"), "`review-by` wants a date, YYYY-MM-DD"),
    ("a number that is none", change("version   1", "version one"), "`version` wants a number"),
    ("an address that is none", change('"https://www.rfc', '"ftp://www.rfc'), "`url` wants an address that begins with https://"),
    ("a digest that is none", change("supports yes", "supports yes\n\t\tsha256 12"), "`sha256` wants a SHA-256 in 64 small hexadecimal digits"),
    ("a grade that is none", change("grade    A 1", "grade G 1"), "`grade` wants a reliability A to F and a credibility 1 to 6 (Admiralty scale)"),
    ("a claim of nobody", change("\tembedded", "\tclaimed confirmed-malicious\n\tembedded"), "`claimed` wants a technical status, `by`, and who in quotes"),
    ("history without its day", change("\tembedded", '\thistory "x"\n\tembedded'), "`history` wants a date and a text in quotes"),
    ("a package of nobody", change("uninstall    dpkg telnetd", "uninstall telnetd"), "`uninstall` wants a package manager and a package"),
    ("a text that is a word", change('title     "Decisions of our own"', "title decisions"), "`title` wants a text in quotes"),
    ("a word that is a text", change("language  en", 'language "en"'), "`language` wants a word"),
    ("a block that is a word", change(r"scope \{\n\t\}", "scope everyone"), "`scope` wants a block in braces"),
    ("a word that is a block", change("language  en", "language en {\n\t}"), "`language` takes no block"),
    ("an entry without a name", change("entry ours-1", "entry"), "`entry` wants a name, one word"),
    ("a block with a name too many", change("contest {", "contest it {"), "`contest` wants no name"),
    # text
    ("a text that turns", change("telnet servers\"", "tel\u202enet\""), "a text holds a control character, or is not UTF-8"),
    ("a text without its end", change('Our organisation"', "Our organisation"), "a string without its end on the line"),
    ("a text without measure", change("Our organisation", "x" * 4001), "a string of 4001 bytes, at most 4000"),
    ("texts in lines without measure", change('Our organisation"', "x" * 3000 + '"\n\t\t"' + "y" * 3000 + '"'), "a string of 6001 bytes, at most 4000"),
    ("a text that goes on with nothing", change("language  en", 'language en\n\t"more"'), "a string that goes on with nothing"),
    ("a byte of no word", change("language  en", r"language e\\n"), "byte 0x5c belongs into a string", "`language` wants a word"),
    ("too many words", change("language  en", "language a b c d e f g h i"), "a statement of more than 8 words", "`language` wants a word"),
    ("blocks in blocks", change(r"scope \{\n\t\}", "scope { asset { a { b { c } } } }"), "more than 4 blocks within each other", "`asset` wants a word", "`asset` takes no block"),
    ("a block without its end", GOOD.rstrip()[:-1], "a block without its `}`"),
    ("a brace that closes nothing", GOOD + "}\n", "`}` closes nothing"),
    ("a statement that begins with a text", '"a text"\n' + GOOD, "a statement begins with a word"),
    ("statements without measure", "a\n" * ((1 << 18) + 1), "limit: more statements than memory is set aside for", *["a file holds one `policy` and its `entry` blocks"] * 49),
    # the file
    ("no policy", change(r"policy ours \{\n(?s:.*?)\n\}\n", ""), "no `policy` block"),
    ("two policies", GOOD + change(r"(?s:\nentry.*)", "", GOOD), "a second `policy` in one file"),
    ("something else", GOOD + "thing x {\n}\n", "a file holds one `policy` and its `entry` blocks"),
    ("two entries of a name", GOOD + GOOD[GOOD.index("\nentry"):], "a second entry of that name"),
]
WARNINGS = [
    ("a review that was due before", change("\treview-by" + N, "\treview-by 2020-01-01\n"), "its review was due before this policy was issued"),
    ("blocking on a hint", change("unit-is-added", "", change(r"dpkg telnetd shows[^\n]*", "unit telnetd indicates\n\t\tdpkg telnetd shows", change("\tembedded", "\tenforce block-exec\n\tembedded")) + "unit-is-added"),
     "is never enforced: blocking wants `shows` or better"),
]
# what a text of a few kilobytes cannot meet
NOT_HERE = {"no memory", "limit: %zu entries, at most %d", "a profile is one `profile` block", "limit: a file of %zu bytes, at most %d",
            "error", "warning"}
n = 0


def check(good, what, why=""):
    global n
    n += 1
    print(f"{'ok' if good else 'not ok'} {n} {what}", flush=True)
    if not good:
        print(f"# {why}")


def said(text, kind):
    with open("ours.policy", "w", encoding="utf-8") as f:
        f.write(text)
    p = subprocess.run([PELLUCID, "policy", "check", "ours.policy"], capture_output=True, text=True)
    return p.returncode, re.findall(rf"^ours\.policy:\d+:\d+: {kind}: (.*)$", p.stderr, re.M)


def main():
    met = set()
    status, words = said(GOOD, "error")
    check(status == 0 and not words, "the policy that all are made from is good", words)
    for what, text, *wanted in CASES:
        status, words = said(text, "error")
        met.update(words)
        check(status == 1 and words == wanted, f"refused: {what}", f"{status}: {words}, not {wanted}")
    for what, text, *wanted in WARNINGS:
        status, words = said(text, "warning")
        met.update(words)
        check(status == 0 and words == wanted, f"warned of: {what}", f"{status}: {words}, not {wanted}")
    unmet = []
    for path in glob.glob(ROOT + "/src/policy/*.c"):
        with open(path, encoding="utf-8") as f:
            source = f.read()
        for call in re.findall(r'policy_(?:error|warning)\([^"]*?((?:"(?:[^"\\]|\\.)*"\s*)+)', source):
            form = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', call)).replace('\\"', '"')
            regex = re.sub(r"%(?:zu|u|d|02x|\\\.\\\*s|s)", ".*", re.escape(form).replace("%", "%"))
            if form not in NOT_HERE and not any(re.fullmatch(regex, w) for w in met):
                unmet.append(f"{os.path.basename(path)}: {form}")
    check(not unmet, "there is a bad policy for every refusal of the source", unmet)
    print(f"1..{n}")


main()
