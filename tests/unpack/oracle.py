#!/usr/bin/env python3
"""Usage: oracle.py   Documents that Debian's own writers made, and what Debian's own readers see in them.

PDF: qpdf rewrites a document in each way that it knows (encryption of every revision with the empty password, object
streams, linearized) and says what each stream decodes to; every one must be a member.  Mail: python3's email module
writes random messages and reads them; every part must be a member, and every member a part.  TAP on stdout.
"""
import email
import email.policy
import hashlib
import json
import os
import random
import re
import subprocess
import sys
import tempfile
from email.message import EmailMessage

sys.path.insert(0, os.path.dirname(__file__))
import make_documents as made  # noqa: E402

PELLUCID = os.environ["PELLUCID"]
N_MAILS = 60
tests = []


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def members(paths):
    """path -> the digests of all that lies in it, and the reasons of what was not looked into."""
    rule = os.path.join(work, "never.yar")
    with open(rule, "w") as f:
        f.write("rule never { condition: false }")
    run = subprocess.run([PELLUCID, "scan", "--quiet", "--json", "--hash", "--rules", rule] + paths, capture_output=True,
                         text=True)
    out = {p: ([], []) for p in paths}
    for line in run.stdout.splitlines():
        o = json.loads(line)
        path = o.get("file", o["path"])
        if "way" in o:
            out[path][0].append(o["sha256"])
        out[path][1].extend(i["reason"] for i in o["incomplete"])
    return out


def test(name, ok, why=""):
    tests.append(ok)
    print("%s %d - %s" % ("ok" if ok else "not ok", len(tests), name))
    if not ok:
        print("# " + str(why).replace("\n", "\n# "))


# ---- PDF

def a_document():
    script = b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>"
    names = b"/Names << /EmbeddedFiles << /Names [(a.exe) 3 0 R] >> >>"
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents [6 0 R 7 0 R 8 0 R] >>"
    text = b"0 0 m 5 5 l S\n" * 40
    return made.pdf([(1, b"<< /Type /Catalog /Pages 2 0 R " + names + b" /OpenAction " + script + b" >>"),
                     (2, b"<< /Type /Pages /Kids [5 0 R] /Count 1 >>"),
                     (3, b"<< /Type /Filespec /F (a.exe) /UF (a.exe) /EF << /F 4 0 R >> >>"),
                     (4, made.stream(made.PAYLOAD, "/Type /EmbeddedFile")), (5, page), (6, made.stream(text)),
                     (7, made.stream(made.lzw(text), "/Filter /LZWDecode")),
                     (8, made.stream(text.hex().encode() + b">", "/Filter /ASCIIHexDecode"))]).replace(b"99", b" 9")


PDF_WAYS = {
    "as it is": [],
    "RC4, 40 bits": ["--allow-weak-crypto", "--encrypt", "", "o", "40", "--"],
    "RC4, 128 bits": ["--allow-weak-crypto", "--encrypt", "", "o", "128", "--"],
    "AES, 128 bits": ["--allow-weak-crypto", "--encrypt", "", "o", "128", "--use-aes=y", "--"],
    "AES, 256 bits, revision 5": ["--allow-weak-crypto", "--encrypt", "", "o", "256", "--force-R5", "--"],
    "AES, 256 bits, revision 6": ["--encrypt", "", "o", "256", "--"],
    "AES with clear metadata": ["--encrypt", "", "o", "256", "--cleartext-metadata", "--"],
    "object streams": ["--object-streams=generate"],
    "object streams, encrypted": ["--encrypt", "", "o", "256", "--", "--object-streams=generate"],
    "linearized": ["--linearize"],
    "uncompressed": ["--qdf"],
}


def qpdf(*args):
    return subprocess.run(["qpdf", "--warning-exit-0"] + list(args), capture_output=True, check=True).stdout


def streams_by_qpdf(path):
    """The digests of what qpdf decodes each stream to."""
    listed = qpdf("--show-xref", path).decode()
    out = set()
    for number in re.findall(r"^(\d+)/0: uncompressed", listed, re.M):
        head = qpdf("--show-object=" + number, path)
        if head.startswith(b"Object is stream"):
            if b"/Type /XRef" not in head:
                out.add(sha256(qpdf("--show-object=" + number, "--filtered-stream-data", path)))
    return out


def pdf_tests():
    source = os.path.join(work, "source.pdf")
    with open(source, "wb") as f:
        f.write(a_document())
    paths = {}
    for i, (name, args) in enumerate(PDF_WAYS.items()):
        paths[name] = os.path.join(work, "%d.pdf" % i)
        qpdf(*args, source, paths[name])
    seen = members(list(paths.values()))
    for name, path in paths.items():
        expected = streams_by_qpdf(path) | {sha256(made.PAYLOAD), sha256(b"app.alert(1)")}
        digests, gaps = seen[path]
        test("PDF, " + name, expected <= set(digests) and not gaps and len(expected) > 2, (expected - set(digests), gaps))
    locked = os.path.join(work, "locked.pdf")
    qpdf("--encrypt", "secret", "o", "256", "--", source, locked)
    test("PDF, with a password", [g.split(":")[0] for g in members([locked])[locked][1]] == ["encrypted"])


# ---- mail

def a_mail(random_, depth=0):
    m = EmailMessage(policy=random_.choice([email.policy.SMTP, email.policy.default]))
    m["From"], m["To"], m["Subject"] = "a@example.org", "b@example.org", "r\u00e9sum\u00e9 %d" % random_.randrange(99)
    m.set_content("text %d \u00fc\n" % random_.randrange(1 << 30), cte=random_.choice(["quoted-printable", "base64", "8bit"]))
    if random_.random() < .5:
        m.add_alternative("<p>html %d</p>\n" % random_.randrange(1 << 30), subtype="html")
    for _ in range(random_.randrange(4)):
        if depth < 3 and random_.random() < .3:
            m.add_attachment(a_mail(random_, depth + 1))
        else:
            name = random_.choice(["a.exe", "Gr\u00fc\u00dfe \u20ac.pdf", "a b;c\"d.doc", "x" * 90 + ".zip"])
            m.add_attachment(random_.randbytes(random_.randrange(1, 3000)), maintype="application", subtype="x-made",
                             filename=name, cte="base64")
    return m


def parts_of(m):
    """What a mail program would show or save of a message, with the messages in it."""
    if m.get_content_type() == "message/rfc822":
        return [p for inner in m.get_payload() for p in parts_of(inner)]
    if m.is_multipart():
        return [p for inner in m.get_payload() for p in parts_of(inner)]
    return [sha256(m.get_payload(decode=True))]


def mail_tests():
    paths, expected = [], {}
    for seed in range(N_MAILS):
        path = os.path.join(work, "%d.eml" % seed)
        raw = a_mail(random.Random(seed)).as_bytes()
        with open(path, "wb") as f:
            f.write(raw)
        paths.append(path)
        expected[path] = parts_of(email.message_from_bytes(raw, policy=email.policy.compat32))
    seen = members(paths)
    wrong = []
    for path in paths:
        missing = [d for d in expected[path] if d not in seen[path][0]]
        if missing or seen[path][1]:
            wrong.append((path, len(expected[path]), len(missing), seen[path][1]))
    test("%d mails, %d parts" % (N_MAILS, sum(map(len, expected.values()))), not wrong, wrong)


with tempfile.TemporaryDirectory() as work:
    pdf_tests()
    mail_tests()
print("1..%d" % len(tests))
sys.exit(not all(tests))
