#!/bin/sh
# Usage: alone.sh FILE.bats   Verbs' tests in a network namespace that holds nothing but the loopback interface: nobody is
# reached, and nobody has to be.  Where none can be made they are run as they are, and say so.
if [ "$(id -u)" -eq 0 ]; then alone="unshare -n"; else alone="unshare -c -n --keep-caps"; fi
if ! $alone true 2>/dev/null; then
	echo "# no network namespace can be made here"
	exec bats --formatter tap "$1"
fi
# shellcheck disable=SC2016
exec $alone sh -c '
	ip link set lo up || exit 1
	[ "$(ip -o link | wc -l)" -eq 1 ] || [ -z "$(ip -o route)" ] || { echo "Bail out! not alone"; exit 1; }
	python3 -c "import socket; socket.create_connection((\"192.0.2.1\", 80), 1)" 2>/dev/null && { echo "Bail out! not alone"; exit 1; }
	exec bats --formatter tap "$1"' alone "$1"
