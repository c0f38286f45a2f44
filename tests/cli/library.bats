load helper

@test "the example builds against the installed library, and finds" {
	! sanitized || skip "the library is built for release"
	DESTDIR="$work/root" meson install -C "$BUILD" --no-rebuild --quiet
	pc=$(dirname "$(find "$work/root" -name pellucid.pc)")
	prefix=$(sed -n 's/^prefix=//p' "$pc/pellucid.pc")
	export PKG_CONFIG_PATH="$pc"
	flags=$(pkg-config --define-variable=prefix="$work/root$prefix" --cflags --libs pellucid)
	lib=$(dirname "$(find "$work/root" -name 'libpellucid.so')")
	# shellcheck disable=SC2086
	cc -std=c99 -Wall -Wextra -Werror "$ROOT/examples/scan_file.c" -o scan_file $flags
	LD_LIBRARY_PATH="$lib" run ./scan_file one.yar hay clean
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = "hay: suspicious" ]
	[[ "$output" == *'$a at 4, 6 bytes'* ]]
	[[ "$output" == *"clean: clean"* ]]
	# the static one too, and no name but pel_* can be seen in either
	# shellcheck disable=SC2086
	cc "$ROOT/examples/scan_file.c" -o static $(echo $flags | sed 's/-lpellucid//') "$lib/libpellucid.a" \
		$(pkg-config --libs $(pkg-config --print-requires-private pellucid | sed 's/ .*//')) -lm
	./static one.yar clean
	[ -z "$(nm -g --defined-only "$lib/libpellucid.a" | awk 'NF == 3 && $3 !~ /^pel_/')" ]
	[ -z "$(nm -D --defined-only "$lib/libpellucid.so" | awk '$3 !~ /^pel_/')" ]
}

@test "the installed program finds its worker and its rules" {
	! sanitized || skip "installed from the release build"
	DESTDIR="$work/root" meson install -C "$BUILD" --no-rebuild --quiet
	[ -n "$(find "$work/root" -name pellucid-worker)" ]
	[ -n "$(find "$work/root" -name starter.pel)" ]
	[ -n "$(find "$work/root" -name eicar.yar -o -name test_files.yar)" ]
}
