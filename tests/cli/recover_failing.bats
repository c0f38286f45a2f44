load helper
load recover_tree

# `recover run` when system calls fail: the originals are as they were, what is missing is told, and the same command comes
# to the right end afterwards.

# the sanitizer's look for leaks does not work in what another traces
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0"

teardown() {
	cd / && chmod -R u+w "$work" && rm -rf "$work"
}

# The N-th CALL of the program fails with ERROR.  False: it makes fewer, and none failed.  What is traced is what can fail.
failing() { # CALL ERROR N
	rm -rf new
	status=0
	strace -o trace -e trace="$1" -e inject="$1:error=$2:when=$3" "${run[@]}" > out 2>&1 || status=$?
	grep -q INJECTED trace
}

# Nothing is half; where the status says that all went well, all is there; the same command makes the rest.
ends_well() {
	[ -z "$(find new -name '*.part' 2> err)" ]
	[ "$status" -ne 0 ] || diff -r --exclude 'recover.*' was new || { cat out trace; false; }
	recovers
}

@test "a disk that fills at each write leaves nothing half, and run goes on later" {
	make_tree
	n=1
	step=$(stride)
	while failing write ENOSPC "$n"; do
		ends_well
		n=$((n + step))
	done
	[ "$n" -gt 20 ]
}

@test "calls that fail, each of them at many times: what is missing is told, and comes later" {
	make_tree
	step=$(stride)
	for call in pread64 fsync renameat2 openat openat2 ftruncate mkdirat mkdir getdents64 newfstatat fstatfs memfd_create; do
		n=1
		while failing "$call" EIO "$n"; do
			ends_well
			# of calls that are made often, a sample: the first four and every third, or fewer
			if [ "$n" -lt 4 ]; then n=$((n + 1)); else n=$((n + 3 * step)); fi
		done
		echo "$call: $((n - 1))"
		[ "$n" -gt 1 ]
	done
}

@test "salvage: calls that fail, and a kill: what is missing is told, and the same command comes to the same pieces" {
	python3 "$ROOT/tests/recover/damaged.py" made zip tar
	mv made/tree tree
	seal_tree
	run=("$PELLUCID" recover salvage --into new tree)
	"${run[@]}" > out || [ $? -eq 3 ]
	find new -type f | sort
	[ "$(find new -type f | wc -l)" -gt 3 ]
	cp -r new good
	goes_on() {
		unchanged
		[ ! -e new/recover.part ] || [ "$status" -eq 137 ]
		"${run[@]}" > out2 2>&1 || [ $? -eq 3 ]
		diff -r --exclude '*.journal' new good
		chain_holds new/salvage.journal
		unchanged
	}
	step=$(stride)
	for call in write:ENOSPC pread64:EIO openat:EIO newfstatat:EIO fsync:EIO renameat2:EIO mkdirat:EIO; do
		n=1
		while failing "${call%:*}" "${call#*:}" "$n"; do
			if ! diff -r --exclude '*.journal' new good > differ 2>&1; then
				[ "$status" -ne 0 ]
				# told by the program, or by what loads its libraries, where it has not begun
				grep -aqE '^pellucid recover: |error while loading shared libraries: ' out || { cat out trace; false; }
			fi
			goes_on
			n=$((n + 5 * step))
		done
		[ "$n" -gt 1 ]
	done
	status=137
	n=1
	rm -rf new
	while "$BUILD/tests/recover_kill_at" "$n" "${run[@]}" > out 2>&1; do
		goes_on
		rm -rf new
		n=$((n + 23 * step))
	done
	[ "$n" -gt 100 ]
}

# The N-th read of a file's bytes fails, whoever makes it; what was served lies in its place again then.  False: there were fewer.
failing_read() { # N
	rm -rf new
	: > ready
	python3 "$ROOT/tests/cli/serve_failing.py" tree "$1" > ready 3>&- &
	server=$!
	for _ in {1..200}; do
		grep -q ready ready && break
		kill -0 "$server" 2> /dev/null || skip "/dev/fuse cannot be used here"
		sleep 0.05
	done
	status=0
	"${run[@]}" > out 2>&1 3>&- || status=$?
	umount tree || { sleep 1; umount tree; }
	wait "$server" || :
	grep -q failed ready
}

@test "reads that fail, of whoever makes them, a worker behind its walls too: what is missing is told, and comes later" {
	make_tree
	n=1
	told=0
	step=$(($(stride) / 2 + 1)) # there are thirty
	while failing_read "$n"; do
		[ "$status" -eq 0 ] || told=$((told + step))
		ends_well
		n=$((n + step))
	done
	echo "$n reads, $told told"
	[ "$n" -gt 20 ]
	[ "$told" -gt 10 ]
}

@test "a file on a place of the disk that cannot be read is told, and the others come" {
	make_tree
	strace -P "$work/tree/a.docx.locky" -o trace -e trace=pread64 -e inject=pread64:error=EIO:when=1+ "${run[@]}" > out 2>&1 ||
		status=$?
	cat out
	grep -q INJECTED trace
	[ "$status" -eq 3 ]
	grep -q 'tree/a.docx.locky: unreadable: read: Input/output error' out
	grep -q '^2 recovered, 0 were there already, 1 could not be recovered' out
	[ ! -e new/a.docx ]
	cmp new/sub/b.txt was/sub/b.txt
	recovers
}

@test "a file that could be read when the keys were sought, and not when it is to be recovered, is told" {
	make_tree
	strace -o trace -e trace=openat2 "${run[@]}" > out
	last=$(grep '^openat2' trace | grep -n 'b.txt.locky' | tail -1 | cut -d: -f1) # of three walks
	failing openat2 EACCES "$last"
	cat out
	[ "$status" -eq 3 ]
	grep -q 'tree/sub/b.txt.locky: unreadable: Permission denied' out
	grep -q '^2 recovered, 0 were there already, 1 could not be recovered' out
	recovers
}

@test "what cannot be read is told once, whatever the action" {
	make_tree
	for action in identify assess try "run --into new --i-have-isolated" "salvage --into new2"; do
		# shellcheck disable=SC2086 # words
		"$PELLUCID" recover $action tree tree/none > out 2> err || :
		cat err
		[ "$(grep -c 'tree/none' err)" -eq 1 ] || { echo "$action"; false; }
	done
}

@test "a file that cannot be read to its end is told, and the others come" {
	make_tree
	chmod u+w tree/sub && chmod 0 tree/sub/b.txt.locky
	if [ "$(id -u)" -eq 0 ]; then
		run setpriv --reuid 65534 --regid 65534 --clear-groups true
		chmod 0755 . && chown -R 65534 . || skip
		run setpriv --reuid 65534 --regid 65534 --clear-groups "${run[@]}"
	else
		run "${run[@]}"
	fi
	echo "$output"
	[ "$status" -eq 3 ]
	grep -q 'tree/sub/b.txt.locky: unreadable: Permission denied' <<< "$output"
	grep -q '^2 recovered, 0 were there already, ' <<< "$output"
	cmp was/a.docx new/a.docx
	[ ! -e new/sub/b.txt ]
	chmod 0444 tree/sub/b.txt.locky
	unchanged
}
