#!/bin/sh
# Usage: sbom.sh   Every library that is linked into the worker has its digest in the SBOM of the build; and the statement
# of provenance has the digests of the programs that lie there.
rc=0
libraries=$(awk '/^build pellucid-worker: /{ here = 1 } here && /LINK_ARGS/ { print; exit }' "$BUILD/build.ninja" |
	tr ' ' '\n' | grep '^/.*\.a$' | sort -u)
for f in $libraries $("${CC:-cc}" -print-file-name=libc.a); do
	case "$libraries" in '') break ;; esac # linked against what the machine has: no archive is in the program
	digest=$(sha256sum "$f" | cut -d' ' -f1)
	grep -q "$digest" "$BUILD/pellucid.cdx.json" || { echo "$f is linked, and not in pellucid.cdx.json"; rc=1; }
done
jq -r '.subject[] | .digest.sha256 + "  " + .name' "$BUILD/provenance.json" > "$BUILD/subjects" || rc=1
[ "$(wc -l < "$BUILD/subjects")" -ge 6 ] || { echo "provenance.json names few programs"; rc=1; }
while read -r digest name; do
	[ "$(sha256sum < "$BUILD/${name##*/}" | cut -d' ' -f1)" = "$digest" ] || { echo "provenance.json: $name is another"; rc=1; }
done < "$BUILD/subjects"
rm -f "$BUILD/subjects"
exit $rc
