#!/bin/sh
# Usage: kernel.sh LIBRARY   The kernel that verifies releases (src/trust/verify) is small enough to be read, asks libc
# for pure functions alone, libsodium for the verification of a signature, and of our own rooms no memory and no file.
rc=0
lines=$(cat src/trust/verify/*.[ch] | wc -l)
[ "$lines" -lt 3000 ] || { echo "src/trust/verify has $lines lines, fewer than 3000 are allowed"; rc=1; }
allowed='memcpy memmove memset memcmp memchr strlen strcmp snprintf __snprintf_chk __assert_fail __memcpy_chk __memmove_chk
	__memset_chk __stack_chk_fail _GLOBAL_OFFSET_TABLE_ crypto_sign_ed25519_verify_detached error_set error_wrap hash_of
	hash_of_two text_utf8'
own=$(nm --defined-only "$@" | awk 'NF == 3 { print $3 }' | sort -u)
# shellcheck disable=SC2086
nm -u "$@" | awk -v ok="$(echo "" $allowed $own "" | tr '\n\t' '  ')" '
	$1 == "U" && !index(ok, " " $2 " ") && !seen[$2]++ { print "imports " $2; bad = 1 }
	END { exit bad }' || rc=1
exit $rc
