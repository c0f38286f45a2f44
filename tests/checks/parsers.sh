#!/bin/sh
# Usage: parsers.sh   Every source that reads bytes through base/cursor.h, base/bits.h or as JSON stands in fuzz/parsers, with the
# fuzz target that reaches it or the reason why none does; what stands there exists, and has seeds.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rc=0
grep -v '^#' fuzz/parsers > "$work/lines"
sed -n 's/^[^|]*| //p' "$work/lines" | tr ' ' '\n' > "$work/unsorted"
grep -v '|' "$work/lines" | cut -d' ' -f2- | tr ' ' '\n' >> "$work/unsorted"
sort "$work/unsorted" > "$work/named"
twice=$(uniq -d "$work/named")
[ -z "$twice" ] || { echo "in fuzz/parsers twice:" "$twice"; rc=1; }
find src -name '*.c' -exec grep -lE '\b(cursor_of|cursor_sub|bits_[a-z]+|json_read|json_flat_read)\(' {} + | sort > "$work/readers"
for f in $(comm -13 "$work/named" "$work/readers"); do
	echo "$f reads, and fuzz/parsers does not say which fuzz target reaches it"
	rc=1
done
while read -r f; do
	[ -e "$f" ] || { echo "fuzz/parsers: there is no $f"; rc=1; }
done < "$work/named"
cut -d' ' -f1 "$work/lines" | grep -vx -e - | sort -u > "$work/targets"
for f in fuzz/fuzz_*.c; do # a target that reads what others read beside it is in the list by its name
	t=${f#fuzz/fuzz_}
	echo "${t%.c}"
done | sort > "$work/there"
for t in $(comm -23 "$work/targets" "$work/there"); do echo "fuzz/parsers: there is no fuzz/fuzz_$t.c"; rc=1; done
while read -r t; do
	[ -n "$(ls "fuzz/corpus/$t" 2>/dev/null)" ] || { echo "fuzz_$t has no seeds"; rc=1; }
	grep -q "'$t'" fuzz/meson.build || { echo "fuzz_$t is not built"; rc=1; }
done < "$work/there"
exit $rc
