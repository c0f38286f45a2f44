#!/usr/bin/env python3
"""What a build says of itself: an SBOM, a statement of provenance, a list of what is installed.

papers.py sbom OUT VERSION LINKING NAME=VERSION=ARCHIVE...
papers.py provenance OUT ROOT VERSION COMPILER OPTIONS PATH=FILE...
papers.py program OUT PREFIX

Nothing in them depends on when, where or by whom it was built: no time, no host, no path, sorted.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
import uuid

SOURCE = ["include", "man", "meson.build", "meson_options.txt", "policy", "recovery", "rules", "src", "tools"]
LOADED = {"curl", "libmicrohttpd", "libseccomp"}  # never linked into a program
HEADERS = {"bz2": ("/usr/include/bzlib.h", r"version ([0-9.]+) of"), "magic": ("/usr/include/magic.h", r"MAGIC_VERSION\s+(\d+)"),
           "c": ("/usr/include/features.h", r"#define\s+__GLIBC__\s+(\d+)\s+#define\s+__GLIBC_MINOR__\s+(\d+)")}


def digest(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def archive(name):
    """The static form of a library, as the compiler finds it."""
    cc = os.environ.get("CC", "cc").split()
    out = subprocess.run([*cc, f"-print-file-name=lib{name}.a"], capture_output=True, text=True, check=False)
    path = out.stdout.strip()
    return path if os.path.isabs(path) and os.path.exists(path) else None


def version_of(name, said):
    if said or name not in HEADERS:
        return said or "unknown"
    path, form = HEADERS[name]
    found = re.search(form, open(path, encoding="latin-1").read()) if os.path.exists(path) else None
    return ".".join(found.groups()) if found else "unknown"


def write(path, value):
    with open(path, "w", encoding="utf-8", newline="\n") as f:
        json.dump(value, f, indent=1, sort_keys=True)
        f.write("\n")


def sbom(out, version, linking, *libraries):
    """CycloneDX 1.5."""
    components = []
    for one in sorted(libraries):
        name, said, held = one.split("=")
        v = version_of(held, said)
        c = {"type": "library", "bom-ref": name, "name": name, "version": v, "purl": f"pkg:generic/{name}@{v}", "scope": "required"}
        path = archive(held) if linking == "static" and name not in LOADED else None
        if path:
            c["hashes"] = [{"alg": "SHA-256", "content": digest(path)}]
        components.append(c)
    me = {"type": "application", "bom-ref": "pellucid", "name": "pellucid", "version": version,
          "purl": f"pkg:generic/pellucid@{version}", "licenses": [{"license": {"id": "Apache-2.0"}}]}
    body = {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
            "metadata": {"component": me, "properties": [{"name": "linking", "value": linking}]},
            "components": components,
            "dependencies": [{"ref": "pellucid", "dependsOn": [c["name"] for c in components]}]}
    # a number for this content, the same for everybody
    body["serialNumber"] = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(body, sort_keys=True)).urn
    write(out, body)


def tree(root):
    """SHA-256 over the digests and names of all that is built from."""
    names = []
    for top in SOURCE:
        path = os.path.join(root, top)
        if os.path.isfile(path):
            names.append(top)
        for at, below, files in os.walk(path):
            below[:] = [d for d in below if d != "__pycache__"]
            names += [os.path.relpath(os.path.join(at, f), root) for f in files]
    lines = "".join(f"{digest(os.path.join(root, n))}  {n}\n" for n in sorted(names))
    return hashlib.sha256(lines.encode()).hexdigest()


def provenance(out, root, version, compiler, options, *programs):
    """An in-toto statement, v1, whose predicate is SLSA's provenance, v1."""
    source = {"name": "source", "digest": {"sha256": tree(root)}}
    subject = [{"name": p, "digest": {"sha256": digest(f)}} for p, f in (x.split("=", 1) for x in programs)]
    write(out, {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": sorted(subject, key=lambda s: s["name"]),
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": "https://mesonbuild.com",
                "externalParameters": {"version": version, "options": options},
                "internalParameters": {"compiler": compiler},
                "resolvedDependencies": [source],
            },
            "runDetails": {"builder": {"id": "https://mesonbuild.com#any-machine"}},
        },
    })


def program(out, prefix):
    """One file for each installed file, for `pellucid release make --channel=program`."""
    for at, _, files in os.walk(prefix):
        for name in files:
            path = os.path.join(at, name)
            if os.path.islink(path):
                continue
            to = os.path.join(out, os.path.relpath(path, prefix))
            os.makedirs(os.path.dirname(to), exist_ok=True)
            with open(to, "w", encoding="utf-8", newline="\n") as f:
                f.write(f"sha256 {digest(path)}\nsize {os.path.getsize(path)}\n")


if __name__ == "__main__":
    {"sbom": sbom, "provenance": provenance, "program": program}[sys.argv[1]](*sys.argv[2:])
