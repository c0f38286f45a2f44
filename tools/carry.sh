#!/bin/sh
# Usage: carry.sh OUT.S WHAT DIRECTORY FILES...   The assembly that carries small files into the program, as
# shipped_WHAT: for each its name and a NUL, four bytes of length, and the text.
out=$1 what=$2 directory=$3
shift 3
{
	printf '\t.section .rodata\n\t.globl shipped_%s, shipped_%s_end\n' "$what" "$what"
	printf '\t.hidden shipped_%s, shipped_%s_end\nshipped_%s:\n' "$what" "$what" "$what"
	for f; do
		printf '\t.asciz "%s/%s"\n\t.4byte %s\n\t.incbin "%s"\n' "$directory" "$(basename "$f")" "$(wc -c < "$f")" "$f"
	done
	printf 'shipped_%s_end:\n\t.byte 0\n\t.section .note.GNU-stack,"",%%progbits\n' "$what"
} > "$out"
