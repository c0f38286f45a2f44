# Usage: damaged.py DIRECTORY [KIND...]   Makes files of each kind in DIRECTORY/was, and the same in DIRECTORY/tree with
# ranges of other bytes in them, as intermittent encryption leaves them: for `recover salvage`.  Always the same ones.
# What is still to be had is written to DIRECTORY/expected, one "KIND NAME" a line, where a kind has such a list.
import io
import json, mailbox, os, random, sqlite3, struct, subprocess, sys, tarfile, zipfile, zlib

directory, kinds = sys.argv[1], sys.argv[2:]
for d in ("was", "tree"):
    os.makedirs(os.path.join(directory, d), exist_ok=True)
expected = open(os.path.join(directory, "expected"), "a")


def text(name, size):
    r = random.Random(name)
    return " ".join(r.choice("the quick brown fox jumps over a lazy dog and sees more of it".split()) for _ in range(size // 4)).encode()[:size]


def put(name, data, ranges):
    """Both forms of a file; each range is (first, behind the last)."""
    with open(os.path.join(directory, "was", name), "wb") as f:
        f.write(data)
    out, r = bytearray(data), random.Random(name)
    for a, b in ranges:
        out[a:b] = r.randbytes(min(b, len(out)) - a)
    with open(os.path.join(directory, "tree", name), "wb") as f:
        f.write(out)


def hit(ranges, a, b):
    return any(x < b and a < y for x, y in ranges)


def archive(name, members, ranges_of):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for m in members:
            z.writestr(m, text(m, 60000), zipfile.ZIP_STORED if m.endswith("stored.txt") else zipfile.ZIP_DEFLATED)
    data = out.getvalue()
    infos = zipfile.ZipFile(io.BytesIO(data)).infolist()
    ranges = ranges_of(infos, len(data))
    for i, m in enumerate(infos):
        end = infos[i + 1].header_offset if i + 1 < len(infos) else m.header_offset + 30 + len(m.filename) + m.compress_size
        start = m.header_offset + 30 + len(m.filename)
        head_lost, directory_lost = hit(ranges, m.header_offset, start), hit(ranges, end, len(data))
        if not hit(ranges, start, end) and not (head_lost and name.endswith(".docx")):
            expected.write("%s %s\n" % (name, m.filename))
    put(name, data, ranges)


def make_zip():
    names = ["folder/file%02d.txt" % i for i in range(12)] + ["folder/stored.txt"]
    # the directory at the end, and the middle of two members
    archive("docs.zip", names, lambda i, n: [(i[2].header_offset + 500, i[2].header_offset + 1500),
                                              (i[7].header_offset + 900, i[8].header_offset + 200), (n - 300, n)])
    # the first 4 KiB, and the header of a member that the directory still knows
    archive("report.docx", ["[Content_Types].xml", "word/document.xml", "word/styles.xml", "word/a.xml"],
            lambda i, n: [(0, 4096)])
    archive("headless.zip", names, lambda i, n: [(i[3].header_offset, i[3].header_offset + 20)])


def make_pdf():
    out, at, n = b"%PDF-1.4\n", {}, 0

    def add(number, body):
        nonlocal out
        at[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)

    pages = 20
    add(1, b"<</Type/Catalog/Pages 2 0 R>>")
    add(2, b"<</Type/Pages/Count %d/MediaBox[0 0 300 300]/Kids[%s]>>" % (pages, b" ".join(b"%d 0 R" % (10 + 2 * i) for i in range(pages))))
    add(3, b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")
    for i in range(pages):
        add(10 + 2 * i, b"<</Type/Page/Parent 2 0 R/Contents %d 0 R/Resources<</Font<</F 3 0 R>>>>>>" % (11 + 2 * i))
        body = zlib.compress(b"BT /F 12 Tf 20 200 Td (page %d) Tj ET %% " % i + random.Random(i).randbytes(3000).hex().encode())
        add(11 + 2 * i, b"<</Length %d/Filter/FlateDecode>>\nstream\n%s\nendstream" % (len(body), body))
    table = len(out)
    top = 10 + 2 * pages
    out += b"xref\n0 %d\n" % top
    for i in range(top):
        out += b"%010d %05d n \n" % (at[i], 0) if i in at else b"0000000000 65535 f \n"
    out += b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (top, table)
    put("report.pdf", out, [(at[31] + 100, at[33] + 200), (len(out) - 400, len(out))])
    # the same with its objects in object streams; the table at its end lost
    whole = os.path.join(directory, "was", "report.pdf")
    streams = os.path.join(directory, "was", "streams.pdf")
    subprocess.run(["qpdf", "--object-streams=generate", whole, streams], check=True)
    data = open(streams, "rb").read()
    put("streams.pdf", data, [(len(data) - 300, len(data))])


def make_sqlite():
    path = os.path.join(directory, "was", "data.db")
    if os.path.exists(path):
        os.remove(path)
    db = sqlite3.connect(path)
    db.executescript("PRAGMA page_size=4096; CREATE TABLE people(id INTEGER PRIMARY KEY, name TEXT, score REAL, photo BLOB);"
                     "CREATE TABLE \"odd ''name\"(a, b);")
    r = random.Random(5)
    for i in range(4000):
        db.execute("INSERT INTO people VALUES(?,?,?,?)", (i * 3 + 1, "name '%d' é" % i, i / 7, r.randbytes(r.choice((0, 5, 40)))))
    db.execute("INSERT INTO people VALUES(999999, ?, NULL, NULL)", ("long " * 5000,))
    for i in range(500):
        db.execute("INSERT INTO \"odd ''name\" VALUES(?, NULL)", (-i * 2 ** 33,))
    db.commit()
    db.close()
    data = open(path, "rb").read()
    put("data.db", data, [(40960, 81920)])
    put("headless.db", data, [(0, 4096)])


def make_mail():
    path = os.path.join(directory, "was", "box.mbox")
    if os.path.exists(path):
        os.remove(path)
    box, place = mailbox.mbox(path), []
    for i in range(50):
        m = mailbox.mboxMessage()
        m.set_from("a@b.example Thu Jan  1 00:00:0%d 2026" % (i % 10))
        m["From"], m["To"], m["Subject"] = "a@b.example", "c@d.example", "Message %d/%d" % (i, 50)
        m.set_payload(text("mail%d" % i, 3000).decode())
        box.add(m)
    box.flush()
    data = open(path, "rb").read()
    put("box.mbox", data, [(0, 4096), (60000, 70000)])


PERMUTED = bytes.fromhex(  # [MS-PST] 5.1, mpbbR
    "41361362a8216ebbf416cc047f64e85d1ef2cb2a74c55e35d295479e962d9a884c7d843fdbac31b6485ff6c4d8398be7233b388ec8c1df25b120a546604e9cfb"
    "aad35651457c550007c92b9d859b09a08fadb30f63ab894bd7a7155a716642bf264a6b98faea7753b270052cfd593a867ece06eb827857c78d43afb41cd45bcd"
    "e2e9274fc3087280cfb0eff5286dbe304d3492d50e3c2232e5e4f99fc2d10a8112e1ee918376e397e6618a1779a4b7dc907a5c8c02a6ca69de501a1193b95287"
    "58fced1d37491b6ae0293399bd6cd994f340546ff0c673b8d63e6518441fdd6710f10c19ecae03a1147ba90bfff8a3c0a201f72ebc2468750dfeba2fb5d0da3d")

SWAPPED = bytes.fromhex(  # the same, mpbbS
    "14530f56b3c87a9ceb65481716159f02cc547c83000d0c0ba262a876dbd9edc7c5a4dcac8574d6d0a79bae9a967166c36399b8dd73928e847da55ed15d93b157"
    "5150808952944f4e0a6bbc8d7f6e47464140440111cb033ff7f4e1a98f3c3af9fbf0193082092ec99da08649ee6f4d6dc42d813425871b88aafc06a11238fd4c"
    "4272641337246a757743ffe6b44b365ce4d8353d45b92cecb7312b290768a30e697b189e2139be281a5b78f523ca2ab0af3efe048ce7e5983295d3f64ae8a6ea"
    "e9f3d52f7020f21f0567ad5510cecde3273bdabad7c226d4911dd21c2233f8faf15aefcf90b68bb5bdc0bf08971e6ce261e0c6c159abbb58de5fdf60797eb28a")


def cyclic(data, number):
    """[MS-PST] 5.2: the same steps write and read."""
    key, read = number & 0xffffffff, {b: i for i, b in enumerate(PERMUTED)}
    out = bytearray()
    for i, b in enumerate(data):
        w = (key ^ key >> 16) + i & 0xffff
        b = SWAPPED[PERMUTED[b + w & 255] + (w >> 8) & 255]
        out.append(read[b - (w >> 8) & 255] - w & 255)
    return bytes(out)


def properties(values):
    """A heap of properties ([MS-PST] 2.3): number, type, and bytes, a number of 32 bits, or ("node", number)."""
    items, records = [struct.pack("<BBBBI", 0xb5, 2, 6, 0, 2 << 5), b""], b""
    for number, kind, value in sorted(values):
        if isinstance(value, bytes):
            items.append(value)
            value = len(items) << 5
        elif isinstance(value, tuple):
            value = value[1]
        records += struct.pack("<HHI", number, kind, value)
    items[1] = records
    out, places = bytearray(12), []
    for item in items:
        places.append(len(out))
        out += item
    places.append(len(out))
    out += bytes(len(out) % 2)
    head = struct.pack("<HBBI4x", len(out), 0xec, 0xbc, 1 << 5)
    return head + bytes(out[12:]) + struct.pack("<HH", len(items), 0) + b"".join(struct.pack("<H", p) for p in places)


def pst_mails(n, wide, block, count):
    """A folder and messages; block(data, inner) puts a block and returns its number.  What the nodes' leaves say, the
    numbers of the blocks that the fifth message's text lies in, and the messages as they should come out."""
    wrap = lambda s: s.encode("utf-16-le")
    nodes, expected, torn = [n((100 << 5) | 2, block(properties([(0x3001, 0x1f, wrap("Post ä/ü"))])), 0, 0)], [], None
    for i in range(count):
        body = text("body%d" % i, (40, 9000, 30000)[i % 3]).decode("latin-1")
        values = [(0x37, 0x1f, wrap("\x01\x01Größe %d" % i)), (0xc1a, 0x1f, wrap("Anna Ö")), (0xc1f, 0x1e, b"anna@a.example\0"),
                  (0xe04, 0x1f, wrap("b@b.example")), (0x39, 0x40, struct.pack("<Q", (1700000000 + i + 11644473600) * 10 ** 7)), (0x17, 3, 1)]
        subs, attached = [], None
        if i % 3 == 0:
            values.append((0x1000, 0x1f, wrap(body)))
        else:
            raw = wrap(body)
            parts = [block(raw[k:k + 8176]) for k in range(0, len(raw), 8176)]
            torn = parts if i == 4 else torn
            data = parts[0]
            if len(parts) > 1:
                data = block(struct.pack("<BBHI", 1, 1, len(parts), len(raw)) + n(*parts), True)
            values.append((0x1000, 0x1f, ("node", 0x9f)))
            subs.append(n(0x9f, data, 0))
        if i % 2 == 0:
            attached = text("file%d" % i, 5000)
            subs.append(n((5 << 5) | 5, block(properties([(0x3707, 0x1f, wrap("Liste %d.txt" % i)), (0x370e, 0x1f, wrap("text/x-list")),
                                                          (0x3701, 0x102, ("node", 0xbf))])), block(
                struct.pack("<BBH", 2, 0, 1) + (bytes(4) if wide else b"") + n(0xbf, block(attached), 0), True)))
        sub = block(struct.pack("<BBH", 2, 0, len(subs)) + (bytes(4) if wide else b"") + b"".join(subs), True) if subs else 0
        nodes.append(n(((200 + i) << 5) | 4, block(properties(values)), sub, (100 << 5) | 2))
        expected.append({"subject": "Größe %d" % i, "body": body, "attached": attached and attached.decode("latin-1")})
    return nodes, torn, expected


def pst(wide, texts=240, mails=12, way=1):
    """Outlook's node database by its specification ([MS-PST] 2.2): header, maps of allocations, both trees, blocks of text."""
    form = "<Q" if wide else "<I"
    n = lambda *v: b"".join(struct.pack(form, x) for x in v)
    crc = lambda data: zlib.crc32(data, 0xFFFFFFFF) ^ 0xFFFFFFFF
    ends = lambda data, bid: struct.pack("<I", crc(data)) + n(bid) if wide else n(bid) + struct.pack("<I", crc(data))

    def page(kind, bid, body):
        body = body.ljust(496 if wide else 500, b"\0")
        return body + struct.pack("<BBH", kind, kind, 0) + ends(body, bid)

    def tree(kind, level, bid, entries):
        at, size = 488 if wide else 496, len(entries[0])
        return page(kind, bid, b"".join(entries).ljust(at, b"\0") + struct.pack("<BBBB", len(entries), at // size, size, level))

    out, blocks, bid, each = bytearray(0x4400), [], 4, 496 * 8 * 64

    def place(size, to):
        while True:
            at = -(-len(out) // to) * to
            of_map = 0x4400 + (at - 0x4400) // each * each
            if at < of_map + 512:  # a map's own place
                out.extend(bytes(of_map - len(out)) + page(0x84, of_map, b"\xff" * 496))
            elif at + size > of_map + each:
                out.extend(bytes(of_map + each - len(out)))
            else:
                out.extend(bytes(at - len(out)))
                return at

    def lay(data, inner=False):
        nonlocal bid, out
        number = bid | 2 if inner else bid
        tail = struct.pack("<HH", len(data), 0) + ends(data, number)
        room = -(-(len(data) + len(tail)) // 64) * 64
        blocks.append((number, place(room, 64), len(data)))
        out += data.ljust(room - len(tail), b"\0") + tail
        bid += 4
        return number

    for i in range(texts):
        data = text("pst%d%d" % (i, wide), (300, 4000, 8100)[i % 3])
        if way == 2:
            data = cyclic(data[:2] + b"\xec" + data[3:], bid)
        lay(data[:2] + b"\xff" + data[3:] if way == 1 and i % 4 == 0 else data)  # how a heap looks, permuted
    write = lambda data: data.translate(PERMUTED) if way == 1 else cyclic(data, bid)
    nodes, torn, expected = pst_mails(n, wide, lambda data, inner=False: lay(data if inner else write(data), inner), mails)
    roots = []
    for kind, leaves in ((0x80, [n(b, a) + struct.pack("<HH", size, 2) + (bytes(4) if wide else b"") for b, a, size in blocks]),
                         (0x81, [n(33 + 32 * k, blocks[k][0], 0, 0) for k in range(min(20, texts))] + nodes)):
        up = []
        each_leaf = 20 if kind == 0x80 else 15
        for i in range(0, len(leaves), each_leaf):
            at, bid = place(512, 512), bid + 4
            out += tree(kind, 0, bid, leaves[i:i + each_leaf])
            up.append(n(i, bid, at))
        at, bid = place(512, 512), bid + 4
        out += tree(kind, 1, bid, up)
        roots = [bid, at] + roots
    out += bytes(-len(out) % 512)
    last = 0x4400 + (len(out) - 0x4400) // each * each
    head = (b"!BDN\0\0\0\0SM" + struct.pack("<HHBB", 23 if wide else 14, 19, 1, 1)).ljust(184 if wide else 168, b"\0")
    head = (head + n(len(out), last, 0, 0, *roots)).ljust(512 if wide else 460, b"\0") + bytes((0x80, way))
    head = bytearray(head.ljust(564 if wide else 512, b"\0"))
    head[4:8] = struct.pack("<I", crc(head[8:479]))
    if wide:
        head[524:528] = struct.pack("<I", crc(head[8:524]))
    out[:len(head)] = head
    return bytes(out), blocks, [b for b in blocks if torn and b[0] == torn[0]], expected


def make_seeds():
    """Small ones, as fuzz/corpus/salvage has them: its first byte chooses the name."""
    for name, wide, way in (("pst-mails", True, 1), ("pst-old-mails", False, 1), ("pst-high-mails", True, 2)):
        with open(os.path.join(directory, name), "wb") as f:
            f.write(b"\x09" + pst(wide, 2, 2, way)[0])


def make_pst():
    for name, wide, way in (("mail.pst", True, 1), ("old.pst", False, 1), ("high.pst", True, 2)):
        data, blocks, torn, expected = pst(wide, way=way)
        put(name, data, [(0, 4096)] + [(a, a + 4096) for _, a, _ in blocks[100:102]] + [(a, a + 16) for _, a, _ in torn])
        with open(os.path.join(directory, "mails-" + name), "w") as f:
            json.dump(expected, f)
        put("head-" + name, data, [(len(data) // 2, len(data) // 2 + 1024), (0x4400, 0x4800)])
        with open(os.path.join(directory, "blocks-" + name), "w") as f:
            for b, a, size in blocks:
                f.write("%d %d %d\n" % (b, a, size))


def make_tar():
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as t:
        for i in range(10):
            name = "dir/%s%d.txt" % ("long" * (40 if i == 4 else 1), i)
            body = text(name, 20000)
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(body), 1600000000 + i
            t.addfile(info, io.BytesIO(body))
    put("backup.tar", out.getvalue(), [(0, 4096), (64 << 10, 72 << 10)])


TABLE = []
for i in range(256):
    c = i
    for _ in range(8):
        c = c >> 1 ^ (0x82F63B78 if c & 1 else 0)
    TABLE.append(c)


def crc32c(data):
    c = 0xFFFFFFFF
    for b in data:
        c = c >> 8 ^ TABLE[(c ^ b) & 255]
    return c ^ 0xFFFFFFFF


BASE = [int(x, 16) for x in """5b1f36e9 b8525960 02ab50aa 1de66d2a 79ff467a 9bb9f8a3 217e7cd2 83e13d2c f8d4474f e39eb970 42c6ae16
    993216fa 7b093b5d 98daff3c f718902a 0b1c9cdb e58f764b 187636bc 5d7b3bb1 e73de7de 92bec979 cca6c0b2 304a0979 85aa43d4 783125bb
    6ca8eaa2 e407eac6 4b5cfc3e 9fbf8c76 15ca20be f2ca9fd3 959bd756""".split()]


def summed(page, number):
    """A page of PostgreSQL with its checksum."""
    sums, words = list(BASE), list(struct.unpack("<2048I", page))
    words[2] &= 0xFFFF0000
    for i, w in enumerate(words + [0] * 64):
        t = sums[i % 32] ^ w
        sums[i % 32] = (t * 16777619 & 0xFFFFFFFF) ^ t >> 17
    total = 0
    for s in sums:
        total ^= s
    return page[:8] + struct.pack("<H", (total ^ number) % 65535 + 1) + page[10:]


def make_pages():
    out = b""
    for i in range(40):  # InnoDB: number, LSN, type, space; the sum of two pieces; the LSN's low half again
        lsn = 10 ** 12 + i
        body = struct.pack(">III", i, 0xFFFFFFFF, 0xFFFFFFFF) + struct.pack(">QHQI", lsn, 17855, 0, 7) + text("row%d" % i, 16384 - 38 - 8)
        check = crc32c(body[:22]) ^ crc32c(body[34:])
        out += struct.pack(">I", check) + body + struct.pack(">II", check, lsn & 0xFFFFFFFF)
    put("table.ibd", out, [(0, 16384), (5 * 16384 + 100, 9 * 16384)])
    out = b""
    for i in range(64):  # PostgreSQL: LSN, sum, flags, lower, upper, special, size and version, prune; pointers; tuples
        tuples = [text("tuple%d.%d" % (i, k), 100) for k in range(40)]
        upper, items, body = 8192, b"", b""
        for t in tuples:
            upper -= len(t)
            items += struct.pack("<I", upper | 1 << 15 | len(t) << 17)
            body = t + body
        head = struct.pack("<IIHHHHHHI", 1, i * 8, 0, 0, 24 + len(items), upper, 8192, 8192 | 4, 0) + items
        out += head + bytes(upper - len(head)) + body
        out = out[:-8192] + summed(out[-8192:], i) if i % 2 else out
    put("16384", out, [(3 * 8192, 4 * 8192), (200000, 300000)])
    out = b""
    for i in range(64):  # SQL Server: version, type, ..., the page's number and its file
        out += (bytes([1, 1 if i else 15]) + bytes(30) + struct.pack("<IH", i, 1)).ljust(96, b"\0") + text("sql%d" % i, 8096)
    put("data.mdf", out, [(8192, 65536)])


def tree_of_files(root):
    os.makedirs(os.path.join(root, "home/anna/deep/er"), exist_ok=True)
    names = []
    for i in range(30):
        name = ("home/anna/letter%02d.txt", "home/anna/deep/er/%02d.txt", "home/%02d.html")[i % 3] % i
        with open(os.path.join(root, name), "wb") as f:
            f.write(text(name, 1 + 9000 * i))
        names.append(name)
    with zipfile.ZipFile(os.path.join(root, "home/anna/papers.zip"), "w", zipfile.ZIP_DEFLATED) as z:
        for i in range(5):
            z.writestr(zipfile.ZipInfo("p%d.txt" % i), text("p%d" % i, 50000))
    with open(os.path.join(root, "home/sparse.txt"), "wb") as f:
        f.seek(300000)
        f.write(b"end")
    return names


def partitioned(volume, tail=1 << 20):
    """A disk with one partition from the first MiB on."""
    entry = struct.pack("<BBBBBBBBII", 0, 0, 0, 0, 0x83, 0, 0, 0, 2048, len(volume) // 512)
    return (bytes(446) + entry + bytes(48) + b"\x55\xaa").ljust(1 << 20, b"\0") + volume + bytes(tail)


MIB = 1 << 20


def make_ext():
    root, image = os.path.join(directory, "files"), os.path.join(directory, "ext.tmp")
    tree_of_files(root)
    for name, options, ranges in (
        ("web-flat.vmdk", ["-t", "ext4", "-b", "4096"], [(0, MIB), (40 * MIB, 41 * MIB)]),
        # the file system's own head and first descriptors are lost too
        ("old.img", ["-t", "ext4", "-b", "1024"], [(0, MIB + 32768)]),
        ("ext2.img", ["-t", "ext2", "-b", "1024"], [(0, MIB)]),
    ):
        with open(image, "wb") as f:
            f.truncate(48 * MIB)
        subprocess.run(["mke2fs", "-q", "-F", "-U", "12345678-1234-1234-1234-123456789abc", "-d", root] + options + [image], check=True)
        put(name, partitioned(open(image, "rb").read()), ranges)
    os.remove(image)


def make_sparse():
    """A sparse virtual disk of the ext4 one, its head whole, a grain directory lost."""
    disk = open(os.path.join(directory, "was", "old.img"), "rb").read()
    grain, per = 128, 512
    n = (len(disk) // 512 + grain - 1) // grain
    tables = (n + per - 1) // per
    gd_size, gt = (tables * 4 + 511) // 512, 4
    rgd, rgt = 1 + 20, 1 + 20 + gd_size
    gd, gts = rgt + tables * gt, rgt + tables * gt + gd_size
    data_at, entries, body = gts + tables * gt, [], b""
    data_at = (data_at + grain - 1) // grain * grain
    for i in range(n):
        piece = disk[i * grain * 512:(i + 1) * grain * 512].ljust(grain * 512, b"\0")
        entries.append(data_at + len(body) // 512 if any(piece) else 0)
        body += piece if any(piece) else b""
    entries += [0] * (tables * per - n)
    table = struct.pack("<%dI" % len(entries), *entries)
    head = struct.pack("<4sIIQQQQIQQQBcccccH", b"KDMV", 1, 3, n * grain, grain, 1, 20, per, rgd, gd, data_at, 0, b"\n", b" ", b"\r", b"\n", b"\0", 0)
    out = head.ljust(512, b"\0") + bytes(20 * 512)
    for directory_at, tables_at in ((rgd, rgt), (gd, gts)):
        assert len(out) == directory_at * 512
        out += struct.pack("<%dI" % tables, *(tables_at + k * gt for k in range(tables))).ljust(gd_size * 512, b"\0") + table
    out = out.ljust(data_at * 512, b"\0") + body
    put("sparse.vmdk", out, [(gd * 512, gd * 512 + 512), (len(out) - 65536, len(out))])


def make_ntfs():
    root, image = os.path.join(directory, "files"), os.path.join(directory, "ntfs.tmp")
    tree_of_files(root)
    with open(image, "wb") as f:
        f.truncate(16 * MIB)
    subprocess.run(["mkntfs", "-q", "-F", "-s", "512", "-p", "2048", "-H", "16", "-S", "63", image], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for i in range(12):
        name = "Brief \u00e4%02d.txt" % i
        source = os.path.join(directory, "ntfs.txt")
        with open(source, "wb") as f:
            f.write(text(name, (100, 30000, 200000)[i % 3]))
        subprocess.run(["ntfscp", "-q", "-f", image, source, name], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.replace(source, os.path.join(directory, "was", "ntfs %02d" % i))
    data = open(image, "rb").read()
    put("windows-flat.vmdk", partitioned(data, 0), [(0, MIB + 4096)])
    os.remove(image)


def mtools(image, *words):
    subprocess.run([words[0], "-i", image, *words[1:]], check=True, env=dict(os.environ, MTOOLS_SKIP_CHECK="1"))


def make_fat():
    """FAT32 and FAT16 by Debian's programs, some files in pieces; what is lost: the boot sector and the first table; the root."""
    root, image = os.path.join(directory, "files"), os.path.join(directory, "fat.tmp")
    tree_of_files(root)
    for name, bits, size, per in (("stick.img", 32, 40, 1), ("card.img", 16, 12, 4)):
        with open(image, "wb") as f:
            f.truncate(size * MIB)
        subprocess.run(["mkfs.fat", "-F", str(bits), "-a", "-i", "12345678", "-s", str(per), image], check=True, stdout=subprocess.DEVNULL)
        gap = os.path.join(directory, "gap")
        with open(gap, "wb") as f:
            f.write(bytes(40000))
        mtools(image, "mcopy", gap, "::gap")  # what comes first there goes on behind others
        mtools(image, "mcopy", os.path.join(root, "home/anna/papers.zip"), "::between.zip")
        mtools(image, "mdel", "::gap")
        mtools(image, "mcopy", "-s", os.path.join(root, "home"), "::")
        data = open(image, "rb").read()
        reserved, fats, entries = struct.unpack("<HBH", data[14:19])
        table = 512 * (struct.unpack("<H", data[22:24])[0] or struct.unpack("<I", data[36:40])[0])
        first, root_at = reserved * 512, reserved * 512 + fats * table
        disk = partitioned(data)
        if bits == 32:
            put(name, disk, [(0, MIB + 512), (MIB + first, MIB + first + table)])
            put("rootless-" + name, disk, [(0, 65536), (MIB + root_at, MIB + root_at + 512)])
        else:
            put(name, disk, [(0, MIB), (MIB + first + 512, MIB + first + table)])
            put("rootless-" + name, disk, [(0, 65536), (MIB + root_at, MIB + root_at + 32 * entries)])
    os.remove(image)


def exfat_set(name, attributes, straight, first, size):
    units = name.encode("utf-16-le")
    body = b"".join(b"\xc1\0" + units[i:i + 30].ljust(30, b"\0") for i in range(0, len(units), 30))
    stream = struct.pack("<BBBBHHQIIQ", 0xC0, 1 | straight << 1, 0, len(units) // 2, 0, 0, size, 0, first, size)
    out = bytearray(struct.pack("<BBHH", 0x85, 1 + len(body) // 32, 0, attributes).ljust(32, b"\0") + stream + body)
    total = 0
    for i, b in enumerate(out):
        if i not in (2, 3):
            total = ((total << 15 | total >> 1) + b) & 0xFFFF
    out[2:4] = struct.pack("<H", total)
    return bytes(out)


def make_exfat():
    """Written here from the specification: every second file in pieces, with a chain; a directory in a directory."""
    clusters, size = {}, 4096
    n, table = 3000, {}

    def lay(data, straight):
        """Puts data in free clusters, and gives the first of them."""
        pieces = [data[i:i + size] for i in range(0, len(data), size)] or [b""]
        step = 1 if straight else 2
        at = next(k for k in range(2, n) if all(k + i * step not in clusters for i in range(len(pieces))))
        for i, piece in enumerate(pieces):
            clusters[at + i * step] = piece.ljust(size, b"\0")
            if not straight:
                table[at + i * step] = at + (i + 1) * step if i + 1 < len(pieces) else 0xFFFFFFFF
        return at

    made = os.path.join(directory, "exfat")
    os.makedirs(os.path.join(made, "photos", "deep"), exist_ok=True)
    entries = {"": b"", "photos": b"", "photos/deep": b""}
    for i in range(24):
        where = list(entries)[i % 3]
        name = "Bild \u00e4 %02d of a rather long name.txt" % i
        data = text(name, (50, 9000, 70000)[i // 3 % 3])
        with open(os.path.join(made, where, name), "wb") as f:
            f.write(data)
        entries[where] += exfat_set(name, 0x20, i % 2, lay(data, i % 2), len(data))
    for where, up in (("photos/deep", "photos"), ("photos", "")):
        first = lay(entries[where], 0)
        entries[up] += exfat_set(where.split("/")[-1], 0x10, 0, first, -(-len(entries[where]) // size) * size)
    root = lay(entries[""], 0)
    table_at, table_n = 128, -(-(n + 2) * 4 // 512)
    heap_at = table_at + table_n + 8
    boot = (b"\xeb\x76\x90EXFAT   " + bytes(53) + struct.pack("<QQIIIIIIHHBBBB", 2048, heap_at + n * 8, table_at, table_n, heap_at, n, root, 1, 0x100,
                                                              0, 9, 3, 1, 0x80)).ljust(510, b"\0") + b"\x55\xaa"
    fat = struct.pack("<II", 0xFFFFFFF8, 0xFFFFFFFF) + b"".join(struct.pack("<I", table.get(k, 0)) for k in range(2, n + 2))
    volume = (boot.ljust(12 * 512, b"\0") * 2).ljust(table_at * 512, b"\0") + fat.ljust((table_n + 8) * 512, b"\0")
    volume += b"".join(clusters.get(k, bytes(size)) for k in range(2, n + 2))
    disk = partitioned(volume)
    put("camera.img", disk, [(0, MIB + 512)])
    root_at = MIB + heap_at * 512 + (root - 2) * size
    put("rootless-camera.img", disk, [(0, 65536), (root_at, root_at + size)])


def make_carve():
    """A disk whose file system nobody reads, with files in one piece each."""
    made = bytearray(4 * MIB)
    os.makedirs(os.path.join(directory, "small"), exist_ok=True)
    picture = subprocess.run([os.environ["BUILD"] + "/tests/recover_fixture", "png", "30000"], check=True, capture_output=True).stdout
    packed = subprocess.run([os.environ["BUILD"] + "/tests/recover_fixture", "zip", "50000"], check=True, capture_output=True).stdout
    for at, data in ((MIB, picture), (2 * MIB, packed), (3 * MIB, picture)):
        made[at:at + len(data)] = data
    put("unknown.raw", bytes(made), [(0, 65536), (3 * MIB + 10000, 3 * MIB + 20000)])


makers = {"zip": make_zip, "pdf": make_pdf, "sqlite": make_sqlite, "mail": make_mail, "tar": make_tar, "pages": make_pages,
          "ext": make_ext, "sparse": make_sparse, "ntfs": make_ntfs, "fat": make_fat, "exfat": make_exfat, "pst": make_pst, "seeds": make_seeds,
          "carve": make_carve}
for kind in kinds or makers:
    makers[kind]()
