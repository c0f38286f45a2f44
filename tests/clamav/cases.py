# SPDX-License-Identifier: Apache-2.0
"""Files and signatures, made for the purpose, that clamscan and Pellucid are both asked about.

files() gives name -> bytes; signatures() gives (database, line, why); `why` is None where both must
give the same answers, or says why they differ on purpose."""
import hashlib
import itertools
import random
import struct


def h(b):
    return b.hex()


def pe(sections=3, entry_section=0, wide=False, salt=b""):
    """A small PE image: headers, then sections of 0x200 bytes each with a text of their own."""
    n = sections
    head = b"MZ" + bytes(0x3A) + struct.pack("<I", 0x80) + bytes(0x40)
    coff = struct.pack("<4sHHIIIHH", b"PE\0\0", 0x8664 if wide else 0x14C, n, 0, 0, 0,
                       240 if wide else 224, 0x102)
    entry = 0x1000 * (entry_section + 1) + 0x10
    if wide:
        opt = struct.pack("<HBBIIIIIQIIHHHHHHIIIIHHQQQQII", 0x20B, 9, 0, 0x200, 0x200, 0, entry,
                          0x1000, 0x400000, 0x1000, 0x200, 5, 0, 0, 0, 5, 0, 0,
                          0x1000 * (n + 1), 0x400, 0, 3, 0, 0x100000, 0x1000, 0x100000, 0x1000,
                          0, 16) + bytes(128)
    else:
        opt = struct.pack("<HBBIIIIIIIIIHHHHHHIIIIHHIIIIII", 0x10B, 9, 0, 0x200, 0x200, 0, entry,
                          0x1000, 0x2000, 0x400000, 0x1000, 0x200, 5, 0, 0, 0, 5, 0, 0,
                          0x1000 * (n + 1), 0x400, 0, 3, 0, 0x100000, 0x1000, 0x100000, 0x1000,
                          0, 16) + bytes(128)
    table = b""
    body = b""
    for i in range(n):
        table += struct.pack("<8sIIIIIIHHI", b".s%d" % i, 0x1000, 0x1000 * (i + 1), 0x200,
                             0x400 + 0x200 * i, 0, 0, 0, 0, 0x60000020)
        text = b"\x90" * 16 + b"SECTION%dTEXT" % i + b"entrymark%d" % i
        body += text.ljust(0x1F0, bytes([0xC0 + i])) + salt.ljust(16, b"!")
    image = head + coff + opt + table
    return image.ljust(0x400, b"\0") + body


def elf():
    """A small 64-bit ELF program: one segment, three sections."""
    text = b"ELFSECTION0" + b"\x90" * 53
    head = struct.pack("<4sBBBB8xHHIQQQIHHHHHH", b"\x7fELF", 2, 1, 1, 0, 2, 62, 1, 0x400000 + 0x100,
                       64, 0x300, 0, 64, 56, 1, 64, 3, 2)
    program = struct.pack("<IIQQQQQQ", 1, 5, 0, 0x400000, 0x400000, 0x400, 0x400, 0x1000)
    image = (head + program).ljust(0x100, b"\0") + text.ljust(0x100, b"\x11")
    image += b"ELFDATA1".ljust(0x100, b"\x22")
    null = bytes(64)
    s1 = struct.pack("<IIQQQQIIQQ", 1, 1, 6, 0x400100, 0x100, 0x100, 0, 0, 16, 0)
    s2 = struct.pack("<IIQQQQIIQQ", 7, 1, 3, 0x400200, 0x200, 0x100, 0, 0, 16, 0)
    return image + null + s1 + s2 + b"TAIL"


def files():
    rng = random.Random(20260101)
    out = {
        "abc": b"xxabcdefghijklmnopqrstuvwxyzyy",
        "twice": b"abcdef....abcdef....",
        "overlap": b"\x7fELF" + b"A" * 12,
        "digits": b"0123456789" * 5,
        "alt": b"startAAendstartBBendstartCCend",
        "words": b"the word virus is here; antivirus is not virus2 virus",
        "lines": b"first\nvirus\r\nnext virus\nvirus",
        "bound": b"x.virus/y virus=z 'virus' <virus> @virus",
        # a program that is none: clamscan makes no normalised text of it to ask a second time
        "gap0": b"\x7fELF" + b"HEADTAIL",
        "gap5": b"\x7fELF" + b"HEAD12345TAIL",
        "gap26": b"\x7fELF" + b"HEAD" + b"-" * 26 + b"TAIL",
        "gap200": b"\x7fELF" + b"HEAD" + b"-" * 200 + b"TAIL",
        "gap5000": b"\x7fELF" + b"HEAD" + b"-" * 5000 + b"TAIL",
        "case": b"MixedCaseText mixedcasetext MIXEDCASETEXT",
        "wide": "MixedCaseText".encode("utf-16-le") + b"\0\0end",
        "wideword": b"\0\0" + "virus".encode("utf-16-le") + b"\0\0 xx",
        "nibble": bytes(range(0x30, 0x50)) + bytes(range(256)),
        "many": b"".join(b"one%02dtwo." % i for i in range(20)),
        "number": b"\x01MARK00ff1234MARK\x10\x00\x00\x00MARK0x1fMARK  42xMARK-7 ",
        "pe3": pe(salt=b"3"), "pe1": pe(1, salt=b"1"), "pe5": pe(5, 2, salt=b"5"),
        "pe64": pe(3, 1, True, b"64"),
        "elf": elf(),
        "png": b"\x89PNG\r\n\x1a\n" + bytes(16) + b"picturetext" + bytes(8),
        "gif": b"GIF89a" + b"picturetext" + bytes(20),
        "swf": b"FWS\x05" + struct.pack("<I", 60) + b"flashtext" + bytes(40),
        "java": b"\xca\xfe\xba\xbe\0\0\0\x34" + b"javatext" + bytes(20),
        "macho": struct.pack("<IIIIIII", 0xFEEDFACE, 7, 3, 2, 0, 0, 0) + b"machotext" + bytes(40),
        "beside.tab": b"\xca\xfe\xba\xbe\0\0\0\x34\tmark\t.", "beside.line": b"\xca\xfe\xba\xbe\0\0\0\x34\nmark\n.",
        "beside.dot": b"\xca\xfe\xba\xbe\0\0\0\x34.mark-.ma\nrk ma\trk", "beside.quote": b"\xca\xfe\xba\xbe\0\0\0\x34'mark'..",
        # one place with several ends, of which the first is not always the one
        "ends": b"\x7fELF" + b"zyxcdxcd zyxcdxcd.e zycd xcd .qr zycdxcdxxqr",
        "wide gaps": b"\x7fELF" + b"".join(b"a\0b\0c\0" + g + b"d\0e\0f\0|" for g in (
            b"xyz", b"x\0y\0z\0", b" ", b" \0", b"\r\n", b"\r\0\n\0", b"x\0")),
        "mixed forms": b"\x7fELF" + b"abc..d\0e\0f\0 g\0h\0i\0..jkl",
        "word left": b"\x7fELF\0a\0v\0i\0r\0u\0s\0", "word right": b"\x7fELF\0\1v\0i\0r\0u\0s\0x\0",
        "word no": b"\x7fELF\0abv\0i\0r\0u\0s\0x\1", "word last": b"\x7fELF\0\1v\0i\0r\0u\0s\0x",
        "long gaps": b"\x7fELF" + b"longgaps" + (b"-" * 127 + b"ab") * 33, "long": b"\x7fELF" + b"\1\2" * 2200 + b"qr",
        "random": bytes(rng.randrange(256) for _ in range(6000)),
    }
    out["random2"] = out["random"][3000:] + b"marker in random" + out["random"][:500]
    return out


def literals():
    """Literals of many lengths from many places, each with every plain kind of offset."""
    data = files()
    rng = random.Random(7)
    for name in ("random", "random2", "abc", "pe3", "elf", "many"):
        b = data[name]
        for _ in range(9):
            n = rng.choice((3, 4, 5, 8, 13, 24))
            at = rng.randrange(0, len(b) - n + 1)
            piece = b[at:at + n]
            if len(set(piece)) < 2:
                continue
            k = rng.randrange(8)
            back = len(b) - at
            offset = ("*", str(at), "%d,5" % max(0, at - 3), "EOF-%d" % back,
                      "EOF-%d,7" % (back + 4), str(at + 1), "%d,2" % (at + 1),
                      "EOF-%d" % (back - 1))[k]
            yield "0:%s:%s" % (offset, h(piece))


BODIES = [
    "616263{1}65666768", "616263{2}65666768", "616263{0-3}6667", "616263{3-}6a6b6c",
    "616263{-4}676869", "616263*78797a", "78797a*616263", "616263??6566", "6162?3646566",
    "61626?646566", "6162636?6566", "(61|62)626364", "6162(63|64)6465", "616263(6465|7778)6667",
    "616263(64|6465)666768", "616263(65|6465)666768", "6162!(63|64)6465", "6162!(78|79)6465",
    "616263!(6465|7778)6667", "616263!(7778|7979)6667", "HEAD", "48454144{0}5441494c",
    "48454144{5}5441494c", "48454144{4-6}5441494c", "48454144{-5}5441494c",
    "48454144{6-}5441494c", "48454144{200}5441494c", "48454144{100-300}5441494c",
    "48454144{-4999}5441494c", "48454144{-5000}5441494c", "48454144{5000}5441494c",
    "48454144*5441494c", "48454144{0-0}5441494c", "48454144{127}5441494c",
    "(B)7669727573(B)", "(W)7669727573(W)", "(L)7669727573(L)", "(B)7669727573", "7669727573(W)",
    "!(W)7669727573", "7669727573!(W)", "!(B)7669727573", "7669727573!(B)", "(L)7669727573",
    "7669727573(L)", "!(L)7669727573!(L)", "7669727573(B)69", "776f7264(W)7669727573",
    "(B)7669727573*7669727573(B)", "737461727428414129656e64", "7374617274(4141|4242)656e64",
    "7374617274????656e64", "7374617274(41|42)(41|42)656e64", "7374617274(4141|4343)656e64*4343",
    "61[1-3]6465666768", "61[1-2]6465666768", "61626364[1-3]68", "62636465[4-6]6c",
    "3031323334{5}3031323334", "3031323334{15}3031323334", "3031323334{14}3031323334",
    "3031323334{-10}3031323334*39303132", "4?4?4344454647", "?1424344", "4142434?", "4142??44??46",
    "6f6e653031(74|75)776f*6f6e653135", "6f6e653135*6f6e653031", "4d697865644361736554657874",
    "4d69786564*4d49584544", "4d6172", "7e7f808182", "fdfeff", "000102030405",
    "7a7978{0-5}6364(B)", "7a7978{0-5}6364(B)7a", "7a7978{0-5}6364[1-2]65", "7a79{0-5}6364(B){1-3}7172", "7a79{0-5}6364{-2}7172",
    "7a79{0-5}6364(B)*7172", "7a79{0-5}6364(78|2e65|7863)(W)", "6c6f6e6767617073" + "{127}6162" * 33,
    "616263((64|65)65|7778)66", "616263(64(65|66)66|77)6768", "61626364(65|66|67)6667686970",
]


def bodies():
    for b in BODIES:
        if all(c in "0123456789abcdefABCDEF?*{}-()|![]BLW" for c in b) and b != "HEAD":
            yield "0:*:" + b
    # a byte in brackets belongs to no match
    for o in ("2", "4", "5", "3,1", "EOF-26", "EOF-28"):
        for b in ("61[1-3]6465666768", "61[1-1]63646566", "6364656667[1-9]6d", "63646566[1-2]6d"):
            yield "0:%s:%s" % (o, b)
    yield "0:*:61[1-3]63646566{1-2}6869[1-2]6c"
    yield "0:*:61[1-3]63646566{3}6869[1-2]6c*7879"
    for b in ("(B)6d61726b", "6d61726b(B)", "6d61(B)726b", "(L)6d61726b", "(W)6d61726b(W)"):
        yield "0:*:" + b
    for b in ("616263*78797a", "616263{1}65666768", "616263{0-3}6667", "(61|62)626364"):
        for o in ("0", "2", "2,0", "0,2", "1,5", "EOF-28", "EOF-30,3"):
            yield "0:%s:%s" % (o, b)


def offsets():
    for i in range(3):
        text = h(b"SECTION%dTEXT" % i)
        for o in ("S%d+16" % i, "S%d+15" % i, "S%d+10,6" % i, "S%d+10,5" % i, "SE%d" % i,
                  "SL+16", "SL+0,16", "EP+0", "EP+0,4", "EP-16,20", "S0+16,2000", "S7+0"):
            yield "1:%s:%s" % (o, text)
    for o in ("S1+0", "S2+0", "S0+256", "SE1", "EP+0", "SL+0", "EP+0,300", "S1+0,256"):
        yield "6:%s:%s" % (o, h(b"ELFSECTION0"))
        yield "6:%s:%s" % (o, h(b"ELFDATA1"))
    for t, text in ((1, b"SECTION0TEXT"), (2, b"SECTION0TEXT"), (6, b"ELFDATA1"), (5, b"picturetext"),
                    (11, b"flashtext"), (12, b"javatext"), (9, b"machotext"), (0, b"picturetext"),
                    (10, b"picturetext"), (1, b"ELFDATA1"), (6, b"SECTION0TEXT"), (9, b"javatext"),
                    (12, b"machotext"), (5, b"flashtext")):
        yield "%d:*:%s" % (t, h(text))


EXPRESSIONS = ["0&1", "0|1", "0&1|2", "0|1&2", "(0&1|2)", "(0|1&2)", "0&(1|2)", "(0|1)&2", "0=2",
               "0>1", "0<2", "0=0", "0>0", "0<1", "(0|1)>1", "(0|1|2)>2", "(0|1|2)=3", "(0|1)<3",
               "(0|1|2)>1,2", "(0|1|2)>0,3", "(0&1)=2", "(0&1)=0", "(0|1|2)=4,2", "(0|1)>5,1",
               "((0|1)&2)", "(0|1)&(1|2)", "0&(1=0)", "1=0", "(0|1)=0", "(0&1)>1,2", "2&0&1",
               "2|0&1", "(0=1|1)&2", "((0|1)>1)&2",
               "(0=0&1|2&0)", "(0&0|1)=3", "((0&1)|2)>1", "(2|(1=0&0))=1,1", "((0|1)<2|2)<2"]


def logical():
    triples = [(b"abc", b"def", b"xyz"), (b"virus", b"word", b"here"), (b"HEAD", b"TAIL", b"-----"),
               (b"one0", b"two.", b"one19"), (b"AAAA", b"AAAAA", b"BBBB")]
    for e, t in itertools.product(EXPRESSIONS, triples):
        ids = 3 if "2" in "".join(c for c in e.replace(">", " ").replace("=", " ")) else 3
        used = [int(c) for k, c in enumerate(e)
                if c in "012" and (k == 0 or e[k - 1] not in "=<>,")]
        ids = max(used) + 1
        yield "Engine:51-255,Target:0;%s;%s" % (e, ";".join(h(x) for x in t[:ids]))


def logical_more():
    mixed = h(b"MixedCaseText")
    lower = h(b"mixedcasetext")
    for mods in ("", "::i", "::w", "::a", "::wa", "::iw", "::iwa", "::f", "::fi", "::fw", "::wai"):
        yield "Engine:81-255,Target:0;0;%s%s" % (mixed, mods)
        yield "Engine:81-255,Target:0;0;%s%s" % (lower, mods)
        yield "Engine:81-255,Target:0;0;%s%s" % (h(b"virus"), mods)
    yield "Engine:81-255,Target:0;0;" + "0102" * 2200 + "7172" # longer than a line of .ndb may be
    for gap in ("{3}", "{2-4}", "[1-3]", "(B)", "(W)", "(L)", "!(W)", "??", "(7879|20)"):
        yield "Engine:81-255,Target:0;0;616263%s646566::w" % gap
    for body in ("616263*646566", "646566*676869", "676869*6a6b6c", "616263*646566*676869"):
        yield "Engine:81-255,Target:0;0;%s::wa" % body
    for body in ("7669727573(W)", "(W)7669727573", "(W)7669727573(W)", "7669727573!(W)"):
        yield "Engine:81-255,Target:0;0;%s::w" % body
    for body in ("6162636?6566", "61626?646566", "61624?646566", "6162?3646566"):
        yield "Engine:81-255,Target:0;0;%s::i" % body
    for a in ("FileSize:0-30", "FileSize:30-30", "FileSize:31-60", "FileSize:4000-9000"):
        yield "Engine:51-255,Target:0,%s;0;%s" % (a, h(b"abc"))
        yield "Engine:51-255,Target:0,%s;0=0;%s" % (a, h(b"abc"))
    for a in ("NumberOfSections:3-3", "NumberOfSections:1-2", "NumberOfSections:4-9",
              "EntryPoint:1040-1040", "EntryPoint:1000-2000", "EntryPoint:2064-2064"):
        yield "Engine:51-255,Target:1,%s;0;%s" % (a, h(b"SECTION0TEXT"))
    yield "Engine:51-255,Target:6,NumberOfSections:3-3;0;" + h(b"ELFDATA1")
    for o in ("EP+0:", "S0+16:", "EOF-4:", "0:", "SL+16:", "0,2000:"):
        yield "Engine:51-255,Target:1;0;%s%s" % (o, h(b"SECTION0TEXT"))
        yield "Engine:51-255,Target:1;0=0;%s%s" % (o, h(b"SECTION0TEXT"))
    yield "Engine:51-255,Target:0;0>3;414141"
    yield "Engine:51-255,Target:0;0=10;414141"
    yield "Engine:51-255,Target:0;0=9;41414141"
    yield "Engine:9999-99999,Target:0;0;" + h(b"abc")
    for s in ("0(>>4#hb2#=0)", "0(>>4#hb4#=0xff)", "0(>>4#hl4#=0xff00)", "0(>>4#hb4#>254)",
              "0(>>4#hb4#>255)", "0(>>4#hb4#<256)", "0(>>4#d4#=0)", "0(>>8#d4#=1234)",
              "0(>>8#db4#=1234)", "0(>>8#dbe4#=1234)", "0(>>8#db4#>1000,<2000)",
              "0(>>8#db4#>1000,<1200)", "0(<<1#ib1#=1)", "0(>>16#il4#=16)", "0(>>16#ib4#=16)",
              "0(>>16#il2#=0x10)", "0(>>24#ab4#=31)", "0(>>32#db4#=42)", "0(>>32#dbe4#=42)",
              "0(>>40#db2#=-7)", "0(>>4#hb8#=0xff1234)", "0(0#hb4#=0)", "0(>>4000#hb4#=0)"):
        for first in (b"\x01MARK", b"MARK00"):
            yield "Engine:100-255,Target:0;0&1;%s;%s" % (h(first), s)


EXPRESSIONS_PCRE = [
    "/abc/", "/ABC/i", "/abc.*xyz/", "/^xxabc/", "/abcdef$/", "/[0-9]{4}/", "/virus[0-9]/", "/(?<=anti)virus/", "/a(?=b)b/",
    "/\\bvirus\\b/", "/one(\\d\\d)two\\.one(?!\\1)/", "/HEAD.{5}TAIL/", "/HEAD.{5,26}?TAIL/", "/A{12}$/", "/mixed case text/xi",
    "/first.next/s", "/^virus/m", "/^virus/", "/virus$/E", "/\\x00\\x01\\x02/", "/a;b|abc/", "/MixedCaseText|nothing/",
    "/(a+)+$/", "/SECTION[02]TEXT/", "/[[:digit:]]{50}/", "/abc\\/|abcd/",
]
PLACES = ["", "0:", "2:", "3:", "0,2:", "0,1:", "1,40:", "EOF-8:", "EOF-30,10:"]


def regexes():
    """Trigger, expression, flags and place, each in turn."""
    for regex in EXPRESSIONS_PCRE:
        for first in (b"abc", b"virus", b"HEAD", b"01234", b"AAAA", b"SECTION0TEXT", b"MixedCaseText", b"one01"):
            if first.decode()[:2] in regex or first in (b"abc", b"virus"):
                yield "Engine:81-255,Target:0;1;%s;0%s" % (h(first), regex)
    for place, flags in itertools.product(PLACES, ("", "g", "r", "e", "ge", "re", "gi")):
        yield "Engine:81-255,Target:0;1;%s;%s0/abcdef/%s" % (h(b"abc"), place, flags)
    for place in ("S0+16:", "S1+0,64:", "EP+0:", "SL+0,40:"):
        yield "Engine:81-255,Target:1;1;%s;%s0/SECTION[0-9]TEXT/" % (h(b"SECTION0TEXT"), place)
    for e in ("1>1", "1=2", "1=1", "1>3", "0&1", "1=0", "(0|1)>3", "2&1", "1=20"):
        third = ";" + h(b"def") if "2" in e[0] else ""
        yield "Engine:81-255,Target:0;%s;%s;0/abcdef|one\\d\\d/g%s" % (e, h(b"abc"), third)
        yield "Engine:81-255,Target:0;%s;%s;0/one[0-9]+/g%s" % (e, h(b"two."), third)
    for t in ("0", "0&1", "0|1", "0>1", "0=0", "(0|1)>1", "1"):
        yield "Engine:81-255,Target:0;2;%s;%s;%s/def/" % (h(b"abc"), h(b"xyz"), t)
        yield "Engine:81-255,Target:0;0&3;%s;%s;%s/[a-f]+/g;2/x/" % (h(b"abc"), h(b"xyz"), t)


def macros():
    yield "ndb", "Group0A:0:$0$:" + h(b"def")
    yield "ndb", "Group0B:0:$0$:" + h(b"word")
    yield "ndb", "Group1A:0:$1$:" + h(b"TAIL")
    for i, s in enumerate(("${0-10}0$", "${3-3}0$", "${4-10}0$", "${4-9}1$", "${9-9}1$",
                           "${10-30}1$", "${30-30}1$", "${0-9000}1$")):
        for first in (b"abc", b"HEAD", b"the"):
            yield "ldb", "Macro%d%s;Engine:51-255,Target:0;0&1;%s;%s" % (
                i, first.decode(), h(first), s)


def hashes():
    data = files()
    for k, (name, b) in enumerate(sorted(data.items())):
        algo = (hashlib.md5, hashlib.sha1, hashlib.sha256)[k % 3]
        size = (str(len(b)), "*", str(len(b) + 1))[k // 3 % 3]
        level = ":73" if size == "*" else ""
        yield "hdb" if k % 3 == 0 else "hsb", "%s:%s:Digest.%s%s" % (
            algo(b).hexdigest(), size, name, level)
    for name in ("pe3", "pe1", "pe5", "pe64"):
        b = data[name]
        for i in (0, 1, 2):
            part = b[0x400 + 0x200 * i:0x600 + 0x200 * i]
            if len(part) == 0x200:
                algo = (hashlib.md5, hashlib.sha256, hashlib.sha1)[i]
                yield "mdb" if i == 0 else "msb", "%d:%s:Section.%s.%d" % (
                    512 if i < 2 else 511, algo(part).hexdigest(), name, i)


def signatures():
    """(database, line, name, why)"""
    n = 0
    for body in itertools.chain(literals(), bodies(), offsets()):
        n += 1
        yield "ndb", "Body-%d:%s" % (n, body), "Body-%d" % n
    for rest in itertools.chain(logical(), logical_more(), regexes()):
        n += 1
        yield "ldb", "Logic-%d;%s" % (n, rest), "Logic-%d" % n
    for kind, line in macros():
        yield kind, line, None if "$0$:" in line or "$1$:" in line else line.split(";")[0]
    for kind, line in hashes():
        yield kind, line, line.split(":")[2]


NEGATED = ("clamscan 1.4.6's negated marks to the left, and (L) to the right, do not follow from the "
           "bytes that stand there")
MACRO = ("clamscan 1.4.6 looks at a macro only when the subsignature before it is found once more; "
         "here it is looked at wherever that is found, as ClamAV's manual says")


def differs(name, line):
    """Why the answers differ on purpose; None: they do not."""
    body = line.split(":")[-1]
    if body == "!(B)7669727573":
        return NEGATED
    if name in ("Macro0abc", "Macro0the", "Macro1abc", "Macro2the") or (
            name.startswith("Macro") and "HEAD" in name and "}1$" in line):
        return MACRO
    return None
