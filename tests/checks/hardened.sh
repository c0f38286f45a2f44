#!/bin/sh
# Usage: hardened.sh PROGRAMS...   Each is position-independent, binds its names at once, cannot write to what it has
# relocated, and has no segment that is both written to and run, its stack least of all; linked statically or not.
bad=0
complain() { echo "$1: $2"; bad=1; }
for program in "$@"; do
	readelf -hW "$program" | grep -q 'Type: *DYN' || complain "$program" 'is not position-independent'
	readelf -dW "$program" | grep -q 'BIND_NOW\|Flags:.*NOW' || complain "$program" 'binds names late'
	segments=$(readelf -lW "$program")
	echo "$segments" | grep -q GNU_RELRO || complain "$program" 'can write to what it has relocated'
	echo "$segments" | grep -q 'GNU_STACK.* RW ' || complain "$program" 'has a stack that can be run'
	echo "$segments" | grep -q 'LOAD.* RWE ' && complain "$program" 'has a segment that is written to and run'
done
exit $bad
