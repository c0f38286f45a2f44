#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Usage: normal.py DUMP_TEXT   What Debian's sigtool normalises texts and HTML to, and what we do: the same bytes.

TAP: one case a file.  The files are made of pieces by a fixed seed, so that tags, values, quotes, comments, scripts,
references and bytes above 0x7f meet in ways that nobody thought of."""
import os
import random
import shutil
import subprocess
import sys
import tempfile

PLAIN = [
    "", "One  Two\tThree\r\n\r\nFour", "<html><body>Hello &amp; Good-Bye</body></html>", "  <P>leading  blanks</P>  ",
    "<a href=\"HTTP://Example.ORG/Path?Q=1\">Click Here</a>", "<A HREF='x.html' title=t>One</A> two <img SRC=pic.GIF>",
    "<!-- comment with <b>tags</b> --> after -->", "<script>var A = 'Text' ; // <b>\n if (a < b) x();</script>tail",
    "<script language=\"JavaScript\" >\n<!--\ndocument.write('<a href=x>');\n//-->\n</script><p>After</p>",
    "&lt;b&gt; &eacute; &Mu; &nosuch; &#65; &#x42; &#X43; &#300; &#x3002; &#0; &# &amp &amp;&amp;",
    "<a href=\"a&amp;b&#67;&Mu;\">x</a>", "<a href=\"two words>more\" x=1>T</a>", "<a href='it\"s' b=\"it's\">T</a>",
    "<p\tclass = \"A B\"   id\n=\nx>Text</p>", "<a href>none</a><img src=\"\">", "caf\u00e9 \u4e2d\u6587 \u3002x \uff0e",
    "<a href=\"caf\u00e9\u3002com\">\u3002</a>", "<img src=\"data:image/png;base64,AAAA\" alt=X>After",
    "<img src=data:text/plain,abc%20d alt=Y>After", "<a href=\"data:text/html,<b>x</b>\">z</a>", "<><!><//><<a>>b</a <c",
    "<title>Un&closed", "text & more; &copy;2026 &COPY; &#169;", "a\x01b\x7fc\x08d\x0be", "<SCRIPT>x</SCRIPT ><b>Y</b>",
    "<script>'a' < \"b\" && c &lt; d</script>", "<style>P { color: RED }</style><br/>Line<br>Line", "<style>a b</script>c d</style>e f", "<script>a b</style>c d</script>e f",
    "<style TYPE=x> <!-- B  b --> </STYLE > C  c", "x" * 3000 + " <b>Y</b>",
    "<p " + "A" * 1500 + "=b>t</p>", "<a href=\"" + "Long" * 400 + "\">t</a>", "\x00N\x00U\x00L",
]
PIECES = ["<", ">", "</", "<!", "<!--", "-->", "<a ", "href=", "src=", "<img ", "<script>", "</script>", "<style>", "</style>", "<p>", "\"", "'", "=",
          " ", "  ", "\n", "\r\n", "\t", "Word", "MORE", "x", "&", "&amp;", "&lt", "&#", "65;", "x41;", "&Mu;", ";", "/", "!",
          "data:", ",", "\u00e9", "\u4e2d", "\u3002", "a=b", "-", "\\", "title=", "</a>", "<A HREF=\"", "1"]
RANDOM = 120


def files():
    rng = random.Random(20260101)
    for text in PLAIN:
        yield text.encode("utf-8")
    for _ in range(RANDOM):
        yield "".join(rng.choice(PIECES) for _ in range(rng.randrange(5, 60))).encode("utf-8")


def theirs(top, path, option, name):
    subprocess.run(["sigtool", option + "=" + path], cwd=top, capture_output=True, check=False)
    out = os.path.join(top, name)
    if not os.path.exists(out):
        return b""
    with open(out, "rb") as f:
        data = f.read()
    os.remove(out)
    return data


def main():
    if shutil.which("sigtool") is None:
        print("1..0 # SKIP sigtool is not here")
        return
    data = list(files())
    print("1..%d" % (3 * len(data)))
    n = 0
    with tempfile.TemporaryDirectory() as top:
        for i, b in enumerate(data):
            path = os.path.join(top, "file%d" % i)
            with open(path, "wb") as f:
                f.write(b)
            subprocess.run(["sigtool", "--html-normalise=" + path], cwd=top, capture_output=True, check=False)
            for kind, option, name in (("html", None, "nocomment.html"), ("bare", None, "notags.html"),
                                       ("text", "--ascii-normalise", "normalised_text")):
                if option is None:
                    out = os.path.join(top, name)
                    a = open(out, "rb").read() if os.path.exists(out) else b""
                else:
                    a = theirs(top, path, option, name)
                ours = subprocess.run([sys.argv[1], kind, path], capture_output=True, check=True).stdout
                n += 1
                print("%s %d - %s of file %d" % ("ok" if a == ours else "not ok", n, kind, i))
                if a != ours:
                    print("# file %r\n# sigtool %r\n# ours %r" % (b[:400], a[:600], ours[:600]))
            for name in ("nocomment.html", "notags.html", "javascript", "comment.html"):
                if os.path.exists(os.path.join(top, name)):
                    os.remove(os.path.join(top, name))


if __name__ == "__main__":
    main()
