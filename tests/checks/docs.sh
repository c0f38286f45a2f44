#!/bin/sh
# Usage: docs.sh   The manual is well-formed, the modules' manual is current, the examples in the documents work.
rc=0
for m in man/*.1; do
	[ -e "$m" ] || continue
	mandoc -Tlint -Wwarning "$m" || rc=1
done
if [ -e docs/modules.md ]; then
	"$PELLUCID" inspect --document | cmp - docs/modules.md ||
		{ echo "docs/modules.md is old: pellucid inspect --document > docs/modules.md"; rc=1; }
fi
families=$(sh tests/checks/families.sh recovery)
[ "$(sed -n '/^| family | state/,/^$/p' docs/recover.md)" = "$families" ] ||
	{ echo "docs/recover.md: its table of families is old: sh tests/checks/families.sh recovery"; rc=1; }
for d in README.md docs/*.md docs/formats/*.md; do
	[ -e "$d" ] || continue
	sh tests/checks/examples.sh "$d" || rc=1
done
exit $rc
