#!/bin/sh
# Usage: policies.sh OUT.S FILES...   The assembly that carries the starter policies into the program: for each a
# name and its NUL, four bytes of length, and the text.
out=$1
shift
{
	printf '\t.section .rodata\n\t.globl shipped_policies, shipped_policies_end\n'
	printf '\t.hidden shipped_policies, shipped_policies_end\nshipped_policies:\n'
	for f; do
		printf '\t.asciz "policy/%s"\n\t.4byte %s\n\t.incbin "%s"\n' "$(basename "$f")" "$(wc -c < "$f")" "$f"
	done
	printf 'shipped_policies_end:\n\t.byte 0\n\t.section .note.GNU-stack,"",%%progbits\n'
} > "$out"
