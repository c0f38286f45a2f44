# SPDX-License-Identifier: Apache-2.0
"""Files of types that no magic number of ClamAV's own tells, an .ftm file that does, and signatures with HandlerType.

files() gives name -> bytes; signatures() gives (database, line, name), as in cases.py.  All go into one directory."""
import base64
import gzip

GROUP = "types"
MARK = b"an object with MARKMARK in it, " * 3
MAIL = (b": x\nFrom: a@b\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\n" +
        base64.b64encode(MARK) + b"\n")


def page(n):
    return b"Q%02d <B>Some   Words%02d MARK</b> MARK<!-- gone -->MARK &amp; more" % (n, n)


def files():
    noise = bytes(0xC0 + i * 7 % 32 for i in range(40))
    out = {"page%02d" % n: page(n) for n in range(8)}
    out.update({
        "plain": b"nothing that is told",
        "picture": b"\x01PIC" + noise + b"pixels",
        "picture.late": noise * 10 + b"PICLATE" + noise + b"pixels",
        "picture.later": noise * 40 + b"PICLATE" + noise + b"pixels",
        "flash": b"\x01FLA" + noise + b"timeline",
        "java": b"\x01JAV" + noise + b"classes",
        "program": b"\x01EXE" + noise + b"machinecode",
        "elf": b"\x01ELF" + noise + b"elfcode",
        "pdf": b"\x01PDF" + noise + b"pages",
        "ole": b"\x01OLE" + noise + b"streams",
        "text": b"\x01TXT Mixed   CASE words" + noise[:2],
        "low": b"\x01LVL" + noise + b"leveled",
        "nothing": b"\x01NIL" + noise + b"nilnil",
        "mail": b"M01" + MAIL,
        "mail.by.rule": b"H99" + MAIL,
        "stream": gzip.compress(MARK, mtime=0),
        "packed": b"\x01G" + gzip.compress(page(0), mtime=0),
    })
    return out


MAGIC = [
    "0:0:01504943:Picture:CL_TYPE_ANY:CL_TYPE_GRAPHICS", "1:*:5049434c415445:Late picture:CL_TYPE_ANY:CL_TYPE_GRAPHICS",
    "0:0:01464c41:Flash:CL_TYPE_ANY:CL_TYPE_SWF", "0:1:4a4156:Java:CL_TYPE_ANY:CL_TYPE_JAVA:30:255",
    "0:0:01455845:Program:CL_TYPE_ANY:CL_TYPE_MSEXE", "0:0:01454c46:ELF:CL_TYPE_ANY:CL_TYPE_ELF",
    "0:0:01504446:PDF:CL_TYPE_ANY:CL_TYPE_PDF", "0:0:014f4c45:OLE2:CL_TYPE_ANY:CL_TYPE_MSOLE2",
    "0:0:01545854:Text:CL_TYPE_ANY:CL_TYPE_TEXT_ASCII", "0:0:014c564c:Level:CL_TYPE_ANY:CL_TYPE_GRAPHICS:300",
    "0:0:014e494c:Nothing:CL_TYPE_ANY:CL_TYPE_BINARY_DATA", "0:0:513031:Page:CL_TYPE_ANY:CL_TYPE_HTML",
    "1:*:51303220:Page 2:CL_TYPE_ANY:CL_TYPE_HTML", "0:0:4d30313a:Mail:CL_TYPE_ANY:CL_TYPE_MAIL",
    "4:1024:482B0004:HFS+ partition:CL_TYPE_PART_ANY:CL_TYPE_PART_HFSPLUS:75", "0:0:1f8b:GZip:CL_TYPE_ANY:CL_TYPE_GZ",
]
TARGETS = [(5, b"pixels"), (11, b"timeline"), (12, b"classes"), (1, b"machinecode"), (6, b"elfcode"), (10, b"pages"),
           (2, b"streams"), (7, b"mixed case words"), (5, b"leveled"), (5, b"nilnil"), (4, b"octet-stream")]


def signatures():
    for line in MAGIC:
        yield "ftm", line, None
    for i, (target, text) in enumerate(TARGETS):
        for t in (target, 3 if target != 3 else 5):
            yield "ndb", "Target-%d-%d:%d:*:%s" % (i, t, t, text.hex()), "Target-%d-%d" % (i, t)
    for n in range(8):
        yield "ndb", "Page-%d:3:*:%s" % (n, (b"some words%02d mark" % n).hex()), "Page-%d" % n
    yield "ndb", "Mark:0:*:" + b"MARKMARK".hex(), "Mark"
    # what a signature says
    for n, t in ((3, "HTML"), (4, "TEXT_ASCII"), (5, "GRAPHICS"), (6, "IGNORED")):
        yield ("ldb", "Says-%d;Engine:51-255,Target:0,HandlerType:CL_TYPE_%s;0;0:%s" % (n, t, (b"Q%02d" % n).hex()),
               "Says-%d" % n)
    yield "ldb", "Says-mail;Engine:51-255,Target:0,HandlerType:CL_TYPE_MAIL;0;%s" % b"H99:".hex(), "Says-mail"
    yield "ldb", "Says-twice;Engine:51-255,Target:0,HandlerType:CL_TYPE_HTML;0&1;%s;%s" % (
        b"Q07".hex(), b"MARK".hex()), "Says-twice"
    yield "ndb", "Picture:5:*:" + b"Q05".hex(), "Picture"


def differs(_name, _line):
    """Why the answers differ on purpose; None: they do not."""
    return None
