#!/bin/sh
# Usage: leaks.sh PROGRAM   What LeakSanitizer is told of pages that were touched (tests/sanitize/roots.c) is enough for it
# to hold nothing for lost that is not, and to find what is.
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=1"
"$1" || { echo "what is held is told as lost"; exit 1; }
lost=$("$1" 3 2>&1) && { echo "what is lost is not told"; exit 1; }
case $lost in
*"3000 byte(s) leaked in 3 allocation(s)"*) ;;
*) printf '%s\n' "$lost"; echo "other than what is lost is told"; exit 1 ;;
esac
case $lost in
*" in lose "*) ;;
*) printf '%s\n' "$lost"; echo "the place is not told"; exit 1 ;;
esac
