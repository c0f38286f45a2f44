# SPDX-License-Identifier: Apache-2.0
"""Mails with links, and lists of them (.pdb, .wdb, .gdb).

files() gives name -> bytes; databases() gives directories with their lines, as in signed_.py.  What may be found has names of
ClamAV's own: a case is one of them in one database."""
import base64
import hashlib

EVIL = "http://evil.example.com/x"
LINKS = {
    "plain": (EVIL, "www.bank.com"), "same": ("http://www.bank.com/x", "www.bank.com"), "domain": ("http://click.bank.com/x", "www.bank.com"),
    "text": (EVIL, "Click here"), "https": (EVIL, "https://www.bank.com/login"), "https_same": ("http://www.bank.com/x", "https://www.bank.com/l"),
    "number": ("http://10.1.2.3/x", "www.bank.com"), "user": ("http://www.bank.com@evil.example.com/x", "www.bank.com"),
    "zero": ("http://evil.example.com%00.foo.com/x", "www.bank.com"), "spaced": (EVIL, "w w w . b a n k . c o m"),
    "behind": (EVIL, "Log in at www.bank.com"), "above": (EVIL, "secure.www.bank.com"), "other": (EVIL, "www.mybank.com"),
    "tags": (EVIL, "<b>www.</b><i>bank.com</i>"), "no_scheme": ("evil.example.com/x", "www.bank.com"),
    "mailto": ("mailto:x@evil.example.com", "www.bank.com"), "ftp": ("ftp://evil.example.com/x", "www.bank.com"),
    "reference": (EVIL, "www&#46;bank&#46;com"), "path": (EVIL, "http://www.bank.com/some/path?x=1"), "line": (EVIL, "\nwww.bank.com\n"),
    "comment": (EVIL, "www.<!-- c -->bank.com"), "slash": (EVIL, "www.bank.com/"), "dot": (EVIL, "www.bank.com."),
    "brackets": (EVIL, "(www.bank.com)"), "port": (EVIL, "www.bank.com:80/path"), "capitals": (EVIL, "HTTP://WWW.BANK.COM"),
    "short": (EVIL, "bank.com"), "address": (EVIL, "user@bank.com"), "more": (EVIL, "www.bank.com and more text"),
    "page": (EVIL, "www.bank.com/page with spaces"), "top": (EVIL, "www.bank.online"), "two": (EVIL, "www.bank.co.uk"),
    "two_other": ("http://evil.co.uk/x", "www.bank.co.uk"), "two_same": ("http://evil.bank.co.uk/x", "www.bank.co.uk"),
    "both": ("https://evil.example.com/x", "https://www.bank.com"), "dots": ("http://evil..example.com/x", "www.bank.com"),
    "relative": ("/x", "www.bank.com"), "percent": ("http://evil.example.com%2Fx", "www.bank.com"),
    "backslash": ("http://evil.example.com\\x", "www.bank.com"), "character": ("http://evil.ex&#97;mple.com/x", "www.bank.com"),
    "frame": (EVIL, '<iframe src="http://www.bank.com/l">'), "image": (EVIL, '<img src="http://www.bank.com/l">x'),
    "image_bare": (EVIL, '<img src="www.bank.com/l">'), "image_ssl": (EVIL, '<img src="https://www.bank.com/l">'),
    "image_else": (EVIL, '<img src="http://www.shop.com/l">'), "nested": (EVIL, "http://www.bank.com.evil.example.com/"),
    "no_dot": (EVIL, "wwwbank.com"), "asked": (EVIL, "www.bank.com?x=1"), "blank": (EVIL, "www.bank.com&nbsp;"),
    "scheme": ("outbind://evil.example.com/x", "www.bank.com"), "colon": ("http:evil.example.com/x", "www.bank.com"),
    "ported": ("evil.example.com:80/x", "www.bank.com"), "machine": ("http://evilhost/x", "www.bank.com"),
    "words": (EVIL, "mail to www.bank.com"), "word": (EVIL, "xx www.bank.com"), "gap": (EVIL, "www. bank.com"), "net": (EVIL, ".net"), "behind_tag": (EVIL, "xx<b></b> www.bank.com"),
    "same_https": ("http://a.bank.com/x", "https://evil.bank.com"), "regex": (EVIL, "www.regex.com/path?a"),
    "regex_de": (EVIL, "http://www.regex.de"), "regex_ssl": (EVIL, "https://www.regex.com"), "regex_org": (EVIL, "www.regex.org"),
    "regex_else": ("http://evil.other.com/x", "www.regex.com"), "good": ("http://mail.good.com/x", "www.bank.com"),
    "good_else": ("http://q.good.com/x", "www.bank.com"), "good_above": ("http://mail.good.com/x", "secure.www.bank.com"),
    "good_below": ("http://sub.mail.good.com/x", "www.bank.com"), "benign": ("http://xx.benign.com/y", "http://www.bank.com/p"),
    "benign_bare": ("http://xx.benign.com/y", "www.bank.com"), "host_y": ("http://yy.quiet.com/y", "www.bank.com"),
    # of digests
    "deep": ("http://a.b.c.d.e.f.example.org/1/2/3/4/5/6.html?q=1", "x"), "deep_2": ("http://d.e.f.example.org/1/2", "x"),
    "folded": ("http://FOLD.example.org/a/./c/", "x"), "escaped": ("http://esc.example.org/%41%2541/%20x", "x"),
    "user_path": ("http://me:pw@user.example.org/p", "x"), "port_path": ("http://port.example.org:8080/p", "x"),
    "allowed": ("http://fine.example.net/p", "x"), "phished": ("http://phish.example.net/", "x"), "empty": ("http://bare.example.net", "x"),
}


def mail(html, kind="text/html"):
    return ("From: a@example.org\nTo: b@example.org\nSubject: x\nMIME-Version: 1.0\nContent-Type: %s\n\n%s\n" % (kind, html)).encode()


def anchor(real, shown):
    return '<html><body><a href="%s">%s</a></body></html>' % (real, shown)


def files():
    out = {n + ".eml": mail(anchor(*l)) for n, l in LINKS.items()}
    body = "<html><body>%s</body></html>"
    for name, html in (("single", "<a href='%s'>www.bank.com</a>"), ("bare", "<a href=%s>www.bank.com</a>"),
                       ("open", "<a href=%s>www.bank.com"), ("open_more", "<a href=%s>www.bank.com<p>more"),
                       ("again", '<a href="%s">www.bank.com<a href="http://x.example.com">more</a>'),
                       ("second", '<a href="http://ok.example.com/">hello</a> <a href="%s">www.bank.com</a>'),
                       ("attributes", '<a class=x href="%s" id=y>www.bank.com</a>'), ("around", '<a href = "%s" >www.bank.com</a>'),
                       ("area", '<area href="%s">www.bank.com</area>'), ("form", '<form action="%s">www.bank.com<input></form>'),
                       ("names", '<a href="%s" href="http://www.bank.com">www.bank.com</a>'), ("picture", '<img src="%s">'),
                       ("upper", '<A HREF="%s">WWW.BANK.COM</A>')):
        out[name + ".eml"] = mail(body % (html % EVIL))
    out["upper_scheme.eml"] = mail('<A HREF="HTTP://EVIL.EXAMPLE.COM/X">WWW.BANK.COM</A>')
    out["end.eml"] = mail("<a href=%s>www.bank.com" % EVIL)[:-1]
    out["page.html"] = anchor(*LINKS["plain"]).encode()
    out["text.eml"] = mail(anchor(*LINKS["plain"]), "text/plain")
    part = b"Content-Type: text/html\nContent-Transfer-Encoding: base64\n"
    multi = (b"From: a@b.org\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=zz\n\n--zz\nContent-Type: text/plain\n\n"
             b"hello\n--zz\n" + part + b"\n" + base64.encodebytes(anchor(*LINKS["plain"]).encode()) + b"--zz--\n")
    out["multi.eml"] = multi
    out["attached.eml"] = multi.replace(part, b"Content-Type: text/html; name=a.html\nContent-Transfer-Encoding: base64\n"
                                              b"Content-Disposition: attachment; filename=a.html\n")
    return out


HOSTS = ["H:www.bank.com", "H:bank.com", "H:bank.co.uk", "H:bank.online",
         "R:.+\\.example\\.com([/?].*)?:.+\\.regex\\.(com|de)([/?].*)?:17-"]
GOOD = ["M:mail.good.com:www.bank.com", "X:.+\\.benign\\.com([/?].*)?:.+\\.bank\\.com([/?].*)?:17-",
        "Y:yy\\.quiet\\.com"]


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def digests():
    for kind, text in (("S:F", "f.example.org/"), ("S1:F", "d.e.f.example.org/1/2/3/"), ("S2:F", "d.e.f.example.org/1/2"),
                       ("S:F", "fold.example.org/a/c/"), ("S1:F", "esc.example.org/AA/%20x"), ("S1:F", "user.example.org/p"),
                       ("S2:F", "port.example.org/8080/p"), ("S:W", "fine.example.net/"), ("S2:F", "phish.example.net/"),
                       ("S1:F", "bare.example.net/"), ("S1:F", "ok.example.com/")):
        yield "%s:%s" % (kind, digest(text))
    yield "S:P:%s" % digest("evil.example.com/")[:8]
    yield "S:F:%s:17-200" % digest("evil.example.com/")


FOUND = ["Heuristics.Phishing.Email.SpoofedDomain", "Heuristics.Phishing.Email.SSL-Spoof", "Heuristics.Phishing.Email.Cloaked.Null",
         "Heuristics.Safebrowsing.Suspected-malware_safebrowsing.clamav.net", "Heuristics.Phishing.URL.Blocked",
         "Heuristics.Safebrowsing.Suspected-phishing_safebrowsing.clamav.net"]


def databases():
    for name, lists in (("hosts", {"pdb": HOSTS}), ("hosts_good", {"pdb": HOSTS, "wdb": GOOD}), ("good", {"wdb": GOOD}),
                        ("one", {"pdb": ["H:www.bank.com"]}), ("regex", {"pdb": HOSTS[-1:]}), ("late", {"pdb": [HOSTS[0] + ":300-"]}),
                        ("digests", {"gdb": list(digests())}), ("evil", {"gdb": ["S:F:" + digest("evil.example.com/")]}),
                        ("all", {"pdb": HOSTS, "wdb": GOOD, "gdb": list(digests())})):
        lines = [(kind, line, None) for kind, all_lines in lists.items() for line in all_lines]
        yield name, lines + [(None, "%s: %s" % (name, found), found) for found in FOUND]


def differs(_name, _line):
    """Why the answers differ on purpose; None: they do not."""
    return None
