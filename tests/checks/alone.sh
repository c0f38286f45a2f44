#!/bin/sh
# Usage: alone.sh   Verbs' tests in a network namespace that holds nothing but the loopback interface: nobody is reached,
# and nobody has to be.
if [ "$(id -u)" -eq 0 ]; then alone="unshare -n"; else alone="unshare -c -n --keep-caps"; fi
$alone true 2>/dev/null || { echo "no network namespace can be made here"; exit 77; }
export ROOT BUILD PELLUCID
# shellcheck disable=SC2016
exec $alone sh -c '
	ip link set lo up || exit 1
	[ "$(ip -o link | wc -l)" -eq 1 ] || [ -z "$(ip -o route)" ] || { echo "not alone"; exit 1; }
	python3 -c "import socket; socket.create_connection((\"192.0.2.1\", 80), 1)" 2>/dev/null && { echo "not alone"; exit 1; }
	cd "$ROOT" && bats tests/cli/scan.bats tests/cli/verify.bats tests/cli/update.bats tests/cli/submit.bats tests/cli/audit.bats'
