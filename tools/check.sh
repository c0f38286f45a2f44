#!/bin/sh
# Usage: check.sh   Builds for release with gcc and for sanitizers with clang, runs every test in both, and ends in
# one line that counts them.
set -u
failed=0
logs=
# Memory that was freed, and the shadow of it, come back sooner than the sanitizer would have it: new pages are dear.
# The shadow of a stack, a megabyte, is mapped anew at each start, not written to (but tests/checks/tap.sh).
export ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1:handle_abort=1:quarantine_size_mb=32:clear_shadow_mmap_threshold=524288
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
# A test may look at ten thousand objects in one process: the C library is not to give memory back after each.
export MALLOC_TRIM_THRESHOLD_=268435456 MALLOC_TOP_PAD_=16777216 MALLOC_MMAP_THRESHOLD_=33554432
# Debian's Python, which has the modules that were installed for it: a version manager's wrapper takes ten times as long.
if [ -x /usr/bin/python3 ]; then
	mkdir -p build-tools && ln -sf /usr/bin/python3 build-tools/python3
	export PATH="$PWD/build-tools:$PATH"
fi

build() { # DIRECTORY COMPILER OPTIONS...
	dir=$1; compiler=$2; shift 2
	echo "== $dir: $compiler $*"
	if [ ! -f "$dir/build.ninja" ]; then
		rm -rf "$dir"
		CC=$compiler meson setup "$dir" -Dwerror=true "$@" > "$dir.log" 2>&1 ||
			{ cat "$dir.log"; failed=$((failed + 1)); return 1; }
	fi
	# compilers and linkers have their memory in large pages where the system has some: an eighth of a link's time
	GLIBC_TUNABLES=glibc.malloc.hugetlb=1 ninja -C "$dir" > "$dir.log" 2>&1 || { grep -vE '^\[' "$dir.log" | head -100; failed=$((failed + 1)); return 1; }
}

run() { # DIRECTORY
	rm -f "$1"/meson-logs/testlog*.xml
	meson test -C "$1" --no-rebuild --print-errorlogs --num-processes "$(nproc)" || :
	logs="$logs $1/meson-logs/testlog.junit.xml"
	[ -s "$1/meson-logs/testlog.junit.xml" ] || failed=$((failed + 1))
}

build build-check gcc && run build-check
export CC_LD=lld # each of 130 programs in half the time
# the sanitizers' memory is filled by themselves; what meson asks of the C library's would be done by shells and peers alone
export MALLOC_PERTURB_=0
build build-sanitize clang -Db_sanitize=address,undefined -Db_lundef=false -Dbuildtype=debugoptimized -Dfuzz=true -Db_pie=false \
	-Dc_args=-gline-tables-only && run build-sanitize
# shellcheck disable=SC2086
exec awk -v extra="$failed" -f tests/checks/summary.awk $logs /dev/null
