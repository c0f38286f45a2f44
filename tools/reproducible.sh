#!/bin/sh
# Usage: reproducible.sh [--against=BUILD] [OUT]
# Builds the programs twice, as differently as one machine can (directory, user, time, locale, time zone, umask, number
# of jobs, environment), installs both, and compares every byte.  With --against only the other build is made, with the
# options of BUILD, and held against it.  OUT receives the items of a release of the program, the SBOM,
# the provenance and the source as an archive.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
against=
case ${1-} in --against=*) against=$(cd "${1#--against=}" && pwd); shift ;; esac
out=${1-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"

copy() { # TO
	mkdir -p "$1"
	tar -C "$root" --exclude='./b' --exclude='./build*' --exclude=./.git --exclude='./fuzz/corpus' --exclude=__pycache__ -cf - . | tar -C "$1" -xf -
}

option() { # NAME
	meson introspect "$against" --buildoptions | python3 -c '
import json, sys
v = next(o["value"] for o in json.load(sys.stdin) if o["name"] == sys.argv[1])
print(str(v).lower() if isinstance(v, bool) else v)' "$1"
}

export CCACHE_DISABLE=1 # what a cache gives back was not built twice
common='-Dtests=false --prefix=/usr'; dir=build; jobs=1
if [ -n "$against" ]; then
	# the name of the build directory below the source is a part of the recipe: debug information holds it
	dir=$(basename "$against"); jobs=3
	common="-Dtests=false --prefix=$(option prefix)"
	for o in buildtype debug optimization static; do common="$common -D$o=$(option $o)"; done
fi

# One way to build, and another.  Both print nothing unless they fail.
here() {
	copy "$work/one"
	# shellcheck disable=SC2086
	(umask 022; cd "$work/one"; meson setup build $common && ninja -C build &&
		DESTDIR="$work/a" meson install -C build --no-rebuild) > "$work/log.a" 2>&1 ||
		{ cat "$work/log.a"; exit 1; }
}

there() {
	at="$work/another/place, a longer one"
	copy "$at"
	as=; when=
	[ "$(id -u)" -ne 0 ] || { as="setpriv --reuid=65534 --regid=65534 --clear-groups --"; chown -R 65534:65534 "$work/another"; }
	command -v faketime > /dev/null && when="faketime -f +500d"
	mkdir -m 777 "$work/b"
	# shellcheck disable=SC2086
	(umask 077; cd "$at"; other="env -u SOURCE_DATE_EPOCH LC_ALL=C TZ=Asia/Kathmandu HOME=/nonexistent USER=somebody LANGUAGE=de COLUMNS=40 PYTHONHASHSEED=7 $as $when"
		$other meson setup "$dir" $common && $other ninja -C "$dir" "-j$jobs" &&
		DESTDIR="$work/b" $other meson install -C "$dir" --no-rebuild) > "$work/log.b" 2>&1 ||
		{ cat "$work/log.b"; exit 1; }
	echo "the other build: ${when:-no other time: faketime is not installed}${as:+, another user}"
}

if [ -n "$against" ]; then
	DESTDIR="$work/a" meson install -C "$against" --no-rebuild > "$work/log.a" 2>&1 || { cat "$work/log.a"; exit 1; }
else
	here
fi
there
list() { (cd "$1" && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum); }
list "$work/a" > "$work/a.list"
list "$work/b" > "$work/b.list"
if ! cmp -s "$work/a.list" "$work/b.list"; then
	echo "not reproducible:"
	diff "$work/a.list" "$work/b.list" || :
	command -v diffoscope > /dev/null && diffoscope "$work/a" "$work/b" | head -60
	exit 1
fi
echo "reproducible: $(wc -l < "$work/a.list") files are the same, bit by bit"
if [ -n "$out" ]; then
	prefix=$work/a/usr
	python3 "$root/tools/papers.py" program "$out/program" "$prefix"
	cp "$prefix/share/pellucid/pellucid.cdx.json" "$prefix/share/pellucid/provenance.json" "$out/"
	if git -C "$root" rev-parse HEAD > /dev/null 2>&1; then
		sh "$root/tools/source.sh" "$out/source.tar" "$root"
	fi
fi
