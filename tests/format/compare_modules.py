#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What our modules make of real files, held against what Debian's yara makes of them.

    compare_modules.py DUMP_MODULE MODULE PATH...

PATHs are files or trees; in trees the files that the module can be of use for are taken by their
first bytes.  Every field that yara 4.2.3 prints (-D) must be ours, with the same value.  Fields that
4.5 has and 4.2.3 has not are left out, and differences with a reason that stands in KNOWN are counted
and shown apart.  Where yara or the files are missing the test is skipped.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

MAGIC = {"pe": (b"MZ",), "dotnet": (b"MZ",), "elf": (b"\x7fELF",), "dex": (b"dex\n",),
         "macho": (b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe",
                   b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf", b"\xbe\xba\xfe\xca", b"\xbf\xba\xfe\xca")}
BATCH = 200

# Fields (indices left out) that 4.2.3 does not have.
NEWER = {
    "pe": r"export_details\[\]\.rva|rich_signature\.version_data|"
          r"(delayed_)?import_details\[\]\.functions\[\]\.rva|delayed_import_details.*|is_signed|"
          r"signatures\[\]\.(verified|digest.*|file_digest|number_of.*|certificates.*|signer_info.*|"
          r"countersignatures.*)",
    "dotnet": r"classes.*|number_of_classes",
}
NEWER["elf"] = (r"osabi|(symtab|dynsym)\[\]\.visibility|OSABI_.*|STV_.*|ET_(LO|HI)PROC|EM_IAMCU|EM_S370|"
                r"SHT_(INIT|FINI)_ARRAY|PT_GNU_(RELRO|PROPERTY)|"
                r"DT_(LOOS|HIOS|VALRNG..|ADDRRNG..|VER.*|RELA?COUNT|FLAGS_1|LOPROC|HIPROC)")
NEWER["macho"] = (r"fat_arch\[\]\.reserved|MACOSX|IPHONEOS|TVOS|WATCHOS|.*segments\[\]\.filesize|(file\[\]\.)?(dynamic_linker|"
                  r"source_version|dylibs.*|rpaths.*|uuid|symtab.*|dysymtab.*|dyld_info.*|code_signature_data.*|"
                  r"build_version.*|min_version.*|linker_options.*|imports.*|exports.*|entitlements.*|certificates.*)")
NEWER["dex"] = r"is_dex|TYPE_HIDDENAPI_CLASS_DATA_ITEM|field\[\]\.(static|instance)"
# (module, what changed between 4.2.3 and 4.5, fields): 4.5's answer is ours.
KNOWN = [
    ("pe", "resources of no length, and what follows an entry that points nowhere, are left out",
     r"number_of_resources|resources\[\].*|number_of_version_infos|version_info.*"),
    ("pe", "empty paths of symbols count; sizes need not be a multiple", r"pdb_path"),
    ("dotnet", "resources outside of the file are listed", r"number_of_resources|resources\[\].*"),
    ("dotnet", "fields of files that are no .NET files", r".*"),
]


def wiped(path):
    return re.sub(r"\[\d+\]", "[]", path)


def of_yara(module, path):
    """{field: value} of one file; undefined ones are left out."""
    with tempfile.NamedTemporaryFile("w", suffix=".yar") as rule:
        rule.write('import "%s" rule x { condition: false }\n' % module)
        rule.flush()
        out = subprocess.run(["yara", "-D", "-p", "1", rule.name, path], stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, check=False).stdout
    fields, above = {}, []
    for line in out.decode("latin-1").split("\n"):
        text = line.lstrip("\t")
        if not text:
            continue
        depth = len(line) - len(text)
        name, is_value, value = text.partition(" = ")
        del above[depth:]
        above.append(name)
        full = "".join(n if n.startswith("[") else "." + n for n in above[1:]).lstrip(".")
        if is_value and value != "YR_UNDEFINED":
            fields[full] = value
    return mend_imports(fields) if module == "pe" else fields


def mend_imports(fields):
    """4.2.3 numbers the functions of all libraries through; 4.5 begins anew in each."""
    n = "import_details[%d].number_of_functions"
    ends = [0]
    while n % (len(ends) - 1) in fields:
        ends.append(int(fields[n % (len(ends) - 1)]))
        fields[n % (len(ends) - 2)] = str(ends[-1] - ends[-2])
    mended = {}
    for field, value in fields.items():
        m = re.fullmatch(r"import_details\[(\d+)\]\.functions\[(\d+)\](.*)", field)
        if m:
            at = int(m[1])
            field = "import_details[%d].functions[%d]%s" % (at, int(m[2]) - ends[at], m[3])
        mended[field] = value
    return mended


def of_ours(dump, module, paths):
    """{path: {field: value}}"""
    out = subprocess.run([dump, module, *paths], stdout=subprocess.PIPE, check=True).stdout
    files, now = {}, None
    for line in out.decode("latin-1").split("\n"):
        if line.startswith("== "):
            now = files.setdefault(line[3:].encode("latin-1").decode("utf-8", "replace"), {})
        elif line:
            name, _, value = line.partition(" = ")
            now[name.partition(".")[2]] = value
    return files


def candidates(module, roots):
    for root in roots:
        walk = [("", [], [root])] if os.path.isfile(root) else os.walk(root)
        for top, _, names in walk:
            for name in sorted(names):
                path = os.path.join(top, name)
                try:
                    if os.path.isfile(path) and not os.path.islink(path):
                        with open(path, "rb") as file:
                            if file.read(4).startswith(MAGIC[module]):
                                yield path
                except OSError:
                    continue


def long_tables(name):
    """Has the stream #~ a table of 10001 rows or more, before which 4.2.3 stops?"""
    with open(name, "rb") as file:
        data = file.read()
    root = data.find(b"BSJB\x01\x00\x01\x00")
    at = data.find(b"#~\x00\x00", root)
    if root < 0 or at < 0:
        return False
    at = root + int.from_bytes(data[at - 8:at - 4], "little")
    n = bin(int.from_bytes(data[at + 8:at + 16], "little")).count("1")
    return any(int.from_bytes(data[at + 24 + 4 * i:at + 28 + 4 * i], "little") > 10000 for i in range(n))


def reason(module, name, path, a, b, theirs, ours):
    field = wiped(path)
    if module == "pe" and field == "export_details[].offset" and (a, b) == ("-1", "undefined"):
        return "exports that lie nowhere have no offset"
    if field in ("signatures[].issuer", "signatures[].subject") and a.replace("\\/", "/") == b:
        return "slashes in names are not escaped"
    if field in ("constants[]", "assembly_refs[].public_key_or_token") and b.startswith(a[:-1]):
        return "blobs keep their last byte"
    if module == "dotnet" and a == "undefined" and long_tables(name):
        return "tables of more than 10000 rows"
    if module == "macho" and field in ("magic", "file[].magic") and a.isdigit() and \
            int(a).to_bytes(4, "little") == int(b).to_bytes(4, "big"):
        return "the magic number has its high byte first in all files"
    beyond = re.match(r"export_details\[(\d+)\]", path)
    if module == "pe" and ((beyond and int(beyond[1]) >= 8192) or (field == "number_of_exports" and a == "8192")):
        return "exports beyond 8192"
    for of, why, pattern in KNOWN:
        if of == module and re.fullmatch(pattern, field):
            if why.startswith("fields of files that are no") and \
                    (ours.get("is_dotnet") != "0" or theirs.get("is_dotnet") == "1"):
                continue
            return why
    return None


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    dump, module, roots = sys.argv[1], sys.argv[2], sys.argv[3:]
    paths = list(candidates(module, [r for r in roots if os.path.exists(r)]))
    if shutil.which("yara") is None or not paths:
        print("1..0 # SKIP yara or files for the module %s are not here" % module)
        sys.exit(0)
    newer = NEWER.get(module, "(?!)")
    n_fields, n_bad, n_dotnet, reasons = 0, 0, 0, {}
    for i in range(0, len(paths), BATCH):
        batch = paths[i:i + BATCH]
        ours_of = of_ours(dump, module, batch)
        for path in batch:
            theirs = of_yara(module, path)
            ours = {k: v for k, v in ours_of[path].items() if not re.fullmatch(newer, wiped(k))}
            n_fields += len(theirs)
            n_dotnet += theirs.get("is_dotnet") == ours_of[path].get("is_dotnet") == "1"
            for field in sorted(theirs.keys() | ours.keys()):
                a, b = theirs.get(field, "undefined"), ours.get(field, "undefined")
                if a == b:
                    continue
                why = reason(module, path, field, a, b, theirs, ours_of[path])
                if why is not None:
                    reasons.setdefault(why, set()).add(path)
                    if os.environ.get("SHOW_KNOWN"):
                        print("# known (" + why + "): %s: %s: yara %s, ours %s" % (path, field, a[:80], b[:80]))
                    continue
                n_bad += 1
                if n_bad <= 60 or os.environ.get("SHOW_ALL"):
                    print("# %s: %s: yara %s, ours %s" % (path, field, a[:120], b[:120]))
    for why, where in sorted(reasons.items()):
        print("# %d files: %s (%s)" % (len(where), why, sorted(where)[0]))
    if module == "dotnet" and n_dotnet == 0 and any("/lib/mono/" in path for path in paths):
        n_bad += 1
        print("# no file is a .NET file for both, though Mono's are among them")
    print("# module %s: %d files, %d fields" % (module, len(paths), n_fields))
    print("1..1\n%s 1 - fields are as yara prints them" % ("ok" if n_bad == 0 else "not ok"))
    sys.exit(0 if n_bad == 0 else 1)


main()
