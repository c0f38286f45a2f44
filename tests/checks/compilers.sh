#!/bin/sh
# Usage: compilers.sh   Threat 29: this build's verdicts on the seeds of all fuzz targets are, byte for byte, those of a
# build by the other compiler, so that a compiler that puts something in has to be two compilers.  Then an engine from a
# compiler that does put something in is made, and has to be told from them.
command -v jq > /dev/null || { echo "jq is not installed"; exit 77; }
compiler() { # BUILD
	# shellcheck disable=SC2046
	set -- $(jq -r '.[0].command' "$1/compile_commands.json" 2>/dev/null)
	[ "${1##*/}" != ccache ] || shift
	case $("${1-false}" --version 2>/dev/null) in *clang*) echo clang ;; ?*) echo gcc ;; *) echo none ;; esac
}
mine=$(compiler "$BUILD")
other=
for d in "$ROOT"/build-check "$ROOT"/build-sanitize "$ROOT"/build-clang "$ROOT"/build "$ROOT"/b; do
	if [ -x "$d/pellucid-worker" ] && [ -x "$d/pellucid" ] && [ -z "$other" ] && [ "$(compiler "$d")" != "$mine" ]; then
		# of the same source: nothing would be made anew
		ninja -C "$d" -n pellucid pellucid-worker 2>/dev/null | grep -q 'no work to do' && other=$d
	fi
done
[ -n "$other" ] || { echo "no build of this source by another compiler than $mine is here"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_CACHE_HOME="$work/cache" PELLUCID_NO_CACHE=1
# shellcheck disable=SC2016
printf 'rule Text { strings: $a = "needle" $b = "sesame" wide ascii $c = { 50 4B ?? 04 } condition: $a or $b or $c }\n' > "$work/own.yar"
printf 'open sesame\n' > "$work/sesame"

own() { # BIN
	"$1/pellucid" scan -q --json -r "$work/own.yar" "$work/sesame"
}

# What the rules say of all seeds: our own, those that the starter's are made of, and the starter's as they are carried.
seeds() { # BIN
	set -- "$1" -r "$work/own.yar"
	for file in "$ROOT"/rules/*.yar; do
		set -- "$@" -r "$file"
	done
	bin=$1
	shift
	"$bin/pellucid" scan -q --json --hash "$@" "$ROOT/fuzz/corpus"
	"$bin/pellucid" scan -q --json --hash "$ROOT/fuzz/corpus/elf" "$ROOT/fuzz/corpus/pe"
	"$bin/pellucid" rules build -o "$work/own.pel" "$work/own.yar" && sha256sum < "$work/own.pel"
	own "$bin"
}

# What a compiler that was taken over would make of one file of ours: `sesame` is no longer found.
taken_over() { # DIRECTORY
	sed 's/value_bool(out, v->source->present(v->ctx, s));/value_bool(out, s != 1 \&\& v->source->present(v->ctx, s));/' \
		"$ROOT/src/engine/eval.c" > "$1/eval.c"
	cmp -s "$ROOT/src/engine/eval.c" "$1/eval.c" && return 1
	cp "$BUILD/pellucid" "$1/pellucid" || return 1
	compile=$(jq -r '[.[] | select(.file | endswith("src/engine/eval.c"))][0].command' "$BUILD/compile_commands.json" |
		sed "s, -o [^ ]* , -o $1/eval.o ,; s, -c [^ ]*eval.c, -c $1/eval.c,; s, -MD -MQ [^ ]* -MF [^ ]*,,")
	link=$(ninja -C "$BUILD" -t commands pellucid-worker | tail -1 |
		sed "s, -o pellucid-worker , -o $1/pellucid-worker $1/eval.o ,")
	(cd "$BUILD" && sh -c "$compile" && sh -c "$link")
}

seeds "$BUILD" > "$work/mine"
seeds "$other" > "$work/others"
cmp "$work/mine" "$work/others" || { diff "$work/mine" "$work/others" | head -6; exit 1; }
n=$(wc -l < "$work/mine")
[ "$n" -ge 1000 ] || { echo "$n lines alone were compared"; exit 1; }
mkdir "$work/bad"
taken_over "$work/bad" > "$work/log" 2>&1 || { cat "$work/log"; echo "the attack cannot be made"; exit 1; }
"$BUILD/pellucid" scan -q -r "$work/own.yar" "$work/sesame" > /dev/null && { echo "the honest engine finds nothing"; exit 1; }
"$work/bad/pellucid" scan -q -r "$work/own.yar" "$work/sesame" > /dev/null || { echo "the attack does not work"; exit 1; }
own "$other" > "$work/sesame.others"
own "$work/bad" > "$work/sesame.theirs"
cmp -s "$work/sesame.theirs" "$work/sesame.others" && { echo "an engine that was tampered with says the same"; exit 1; }
echo "$n lines of verdicts are those of $(compiler "$other"); a compiler's backdoor shows"
