#!/bin/sh
# Usage: bench.sh   A short sample of `make bench`: it runs to its end and prints every row.  No figure is looked at: that
# is for a quiet machine.  BUILD is the build's directory.
out=$(mktemp)
trap 'rm -f "$out"' EXIT
ROUNDS=1 BENCH_MB=16 BENCH_FILES=100 ARCHIVE_MB=12 CLAM_MB=1 CLAM_DB="20000 300 70" HASHES=20000 REVIEW_PEERS=tools sh bench/run.sh "$BUILD" > "$out" 2>&1
status=$?
[ "$status" -eq 77 ] && { cat "$out"; exit 77; }
rc=$status
# what a row may be skipped for: there is nothing on this machine to measure, or to measure against
absent='this machine has none|built without libvectorscan-dev|this machine has one core'
while read -r row; do
	if grep "^$row" "$out" | grep -qv ' skipped: '; then
		continue
	fi
	if grep -qE "^$row.* skipped: ($absent)\$" "$out"; then
		echo "skipped: $row"
	elif [ "$(id -u)" -ne 0 ] && echo "$row" | grep -qE '^(review|memory: |resident)'; then
		echo "skipped: $row: it takes root"
	else
		echo "no row: $row"
		rc=1
	fi
done << 'ROWS'
review of this machine, wall
review of this machine, memory
review against the machine's own tools, CPU
memory a file, between
seeds a second with OpenSSL's, 1 core
seeds a second with OpenSSL's, 2 cores
key stream with OpenSSL's ChaCha20, 1 core
key stream with OpenSSL's ChaCha20, 2 cores
recover try with OpenSSL's seeds, 1 core
recover try with OpenSSL's seeds, 2 cores
recover run, Salsa20 files, one core
assess, ELF files, one core
false alarms in 100 ordinary files
building the database, against yarac
ELF files, one core, against yara
small files, one core, against yara
PE files, one core, against yara
matcher against Vectorscan, ELF files
matcher against Vectorscan, small files
cost of the cage, ELF files [ ]
cost of the cage, small files [ ]
cost of the cage, ELF files, and what is in them
cost of the cage, small files, and what is in them
two cores against one, ELF files
two cores against one, small files
start against yara, scan
start to the first verdict, scan
start against yara, drop-in for yara
start to the first verdict, drop-in for yara
resident during a scan, of yara's, scan
resident during a scan, of yara's, drop-in
all strings against .* of them
worst rules, the slowest that is not stopped
must: .* met; aim: .* met
[0-9]* archive and document files, .*: pellucid .*, clamscan
start to first verdict: pellucid .*, clamscan
memory: .* MB private in a process
list of 20000 digests: built
start to first verdict with 20000 digests
ROWS
[ "$rc" -eq 0 ] || cat "$out"
exit "$rc"
