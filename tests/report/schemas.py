#!/usr/bin/env python3
"""Usage: schemas.py REVIEW.json REVIEW.cdx   Holds a review's JSON against docs/formats/review.schema.json and its CycloneDX against the
schema of CycloneDX 1.6, which comes by npm.  Prints TAP."""
import io
import json
import os
import sys
import tarfile
import warnings

from from_npm import from_npm

warnings.simplefilter("ignore", DeprecationWarning)  # of RefResolver, which Debian's version has alone
import jsonschema  # noqa: E402

LIBRARY = ("@cyclonedx/cyclonedx-library@10.3.0", "9833bd949052eb18218dd64b13ad62d9246f7395eef01c66dad08fcbacf74f01")


def load(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def check(number, what, validator, document):
    wrong = [f"# {'/'.join(map(str, e.absolute_path))}: {e.message[:200]}" for e in validator.iter_errors(document)]
    print(f"{'not ok' if wrong else 'ok'} {number} {what}")
    print("\n".join(wrong[:10]), end="\n" if wrong else "")


def main():
    ours = load(os.path.join(os.environ["ROOT"], "docs/formats/review.schema.json"))
    jsonschema.Draft202012Validator.check_schema(ours)
    check(1, "the JSON is as docs/formats/review.schema.json says", jsonschema.Draft202012Validator(ours), load(sys.argv[1]))
    what = "the CycloneDX is as the schema of 1.6 says"
    packed, missing = from_npm(*LIBRARY)
    if packed is None:
        print(f"ok 2 {what} # SKIP {missing}\n1..2")
        return
    store = {}
    with tarfile.open(fileobj=io.BytesIO(packed)) as t:
        for name in ("bom-1.6", "spdx", "jsf-0.82", "cryptography-defs"):
            store[name] = json.load(t.extractfile(f"package/res/schema/{name}.SNAPSHOT.schema.json"))
    schema = store["bom-1.6"]
    base = schema["$id"].rsplit("/", 1)[0]
    resolver = jsonschema.RefResolver(schema["$id"], schema, store={f"{base}/{n}.SNAPSHOT.schema.json": s for n, s in store.items()})
    check(2, what, jsonschema.Draft7Validator(schema, resolver=resolver), load(sys.argv[2]))
    print("1..2")


main()
