# SPDX-License-Identifier: Apache-2.0
"""Texts, HTML and mail, and signatures of the target types 3, 4, 7 and 0 for what clamscan normalises them to.

files() gives name -> bytes; signatures() gives (database, line, name), as in cases.py."""
import nested

PAGE = (b"<HTML><HEAD><TITLE>A Page</TITLE></HEAD>\n<BODY BGCOLOR='White'>\n<!-- Hidden Remark --><P>Hello   World</P>\n"
        b"<A HREF=\"HTTP://Evil.Example/Path\">Click   Here</A> &amp; more<IMG SRC=Pic.GIF>\n"
        b"<SCRIPT LANGUAGE=\"JavaScript\">var Evil = 'Payload' ; document.write( Evil );</SCRIPT>\n</BODY></HTML>\n")
TEXT = b"Set Shell = CreateObject(\"WScript.Shell\")\r\n\tShell.Run   \"CMD.EXE /c Echo MARKED Text\"\r\n' \xe9nd \x01of it\r\n"
MAIL = (b"From: A <a@b.example>\r\nTo: c@d.example\r\nSubject: A Letter\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/mixed; boundary=\"XX\"\r\n\r\n--XX\r\nContent-Type: text/plain\r\n\r\nMixed Case  Body Text\r\n"
        b"--XX\r\nContent-Type: text/html\r\n\r\n<html><body>Mail <b>Page</b> Text</body></html>\r\n--XX--\r\n")


def files():
    return {
        "page.html": PAGE, "script.vbs": TEXT, "letter.eml": MAIL, "upper.txt": TEXT.upper(),
        "wide.txt": b"\xff\xfe" + TEXT.decode("latin-1").encode("utf-16-le"), "plain.txt": b"Just   a  TEXT, no more\n" * 3,
        "late.html": b"Some text first\n" * 20 + PAGE.replace(b"SCRIPT", b"DIV"), "program.bin": b"\x7fELF" + TEXT + bytes(64),
        "page.zip": nested.zipped([("page.html", PAGE), ("script.vbs", TEXT)]), "nul.txt": b"Nul\x00In Text " * 40,
    }


BODIES = [
    b"hello world", b"Hello   World", b"hidden remark", b"<p>hello world</p>", b"<a href=\"http://evil.example/path\">click here",
    b"http://evil.example/path click here", b"HTTP://Evil.Example/Path Click", b"HTTP://Evil.Example/Path click here",
    b"bgcolor=\"white\"", b"payload", b"varevil=\"payload\"", b"evil = 'payload'", b"& more", b"pic.gif", b"<img src=pic.gif>",
    b"Pic.GIF ", b"createobject(\"wscript.shell\") shell.run \"cmd.exe", b"CreateObject", b"marked text", b"MARKED Text",
    b"' nd of it", b"echo", b"mixed case body text", b"Mixed Case  Body Text", b"mail page text", b"mail <b>page</b> text",
    b"subject: a letter", b"Subject: A Letter", b"just a text, no more just a text", b"nulin text", b"Nul\x00In Text",
    b"some text first some", b"a page",
]


def signatures():
    for i, b in enumerate(BODIES):
        for target in (0, 3, 4, 7):
            yield "ndb", "Text-%d-%d:%d:*:%s" % (target, i, target, b.hex()), "Text-%d-%d" % (target, i)
    for i, (a, b) in enumerate(((b"hello world", b"click here"), (b"createobject", b"marked"), (b"mixed case", b"letter"))):
        for target in (0, 3, 4, 7):
            for e in ("0&1", "0|1", "0&(1=0)", "1>1"):
                name = "TextL-%d-%d-%s" % (target, i, e.replace("&", "and").replace("|", "or").replace("(", "").replace(")", "")
                                           .replace("=", "is").replace(">", "over"))
                yield "ldb", "%s;Engine:51-255,Target:%d;%s;%s;%s" % (name, target, e, a.hex(), b.hex()), name
    for i, o in enumerate(("0", "0,20", "EOF-40,40", "4")):
        yield "ndb", "TextO-%d:7:%s:%s" % (i, o, b"shell".hex()), "TextO-%d" % i
        yield "ndb", "TextP-%d:3:%s:%s" % (i, o, b"<html>".hex()), "TextP-%d" % i


RAW = "clamscan does not look at HTML as it stands in the file; here generic signatures are asked of it too"
SCRIPT = "clamscan renames variables of scripts and joins strings; here a script is a text"


def differs(name, _line):
    """Why the answers differ on purpose; None: they do not."""
    return RAW if name == "Text-0-1" else SCRIPT if name in ("Text-0-11", "Text-7-11") else None
