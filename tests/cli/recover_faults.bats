load helper
load recover_tree

# `recover run` when it is killed, when the disk is too small, and searches that are: the originals are as they were, and the same
# command comes to the right end afterwards.

# the sanitizer's look for leaks does not work in what another traces
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0"

teardown() {
	cd / && chmod -R u+w "$work" && rm -rf "$work"
}

@test "killed at its system calls, run comes to the right end when it is run again" {
	make_tree
	calls=$("$BUILD/tests/recover_kill_at" 0 "${run[@]}" 2> err | tail -1) || skip "no ptrace here"
	rm -rf new
	[ "$calls" -gt 100 ]
	# the walk and the search for keys write nothing: there a sample of the calls is enough
	begin=$(strace -o trace "${run[@]}" > out && grep -n 'mkdir("new"' trace | cut -d: -f1)
	rm -rf new
	[ "$begin" -gt 10 ]
	n=1
	step=$(stride)
	while [ "$n" -le "$calls" ]; do
		"$BUILD/tests/recover_kill_at" "$n" "${run[@]}" > out 2>&1 || [ $? -eq 1 ]
		recovers
		if [ "$n" -lt "$((begin - 8))" ]; then n=$((n + 17 * step)); else n=$((n + step)); fi
	done
}

@test "a disk that is too small is refused before anything is written" {
	make_tree
	mkdir small
	mount -t tmpfs -o size=16k none small 2> err || skip "nothing can be mounted here"
	run "$PELLUCID" recover run --into small/new --i-have-isolated tree
	echo "$output"
	umount small
	[ "$status" -eq 2 ]
	[[ "$output" == *"bytes are free"* ]]
	unchanged
}

# ---- searches

@test "a search that is killed goes on where it was, and finds what it sought" {
	mkdir tree
	fixture png 7000 prometheus 1900000 > 'tree/pr.png.PROM[a@b.c]'
	sha256sum tree/* > tree.sums
	search=("$PELLUCID" recover run --into new --i-have-isolated --seeds 0:2000000 tree)
	"${search[@]}" > out 2>&1 3>&- &
	pid=$!
	next=0
	for _ in $(seq 200); do
		[ ! -e new/recover.search ] || read -r _ from to next < new/recover.search
		[ "$next" -eq 0 ] || break
		sleep 0.1
	done
	kill -KILL "$pid"
	wait "$pid" || :
	[ "$from $to" = "0 2000000" ]
	[ "$next" -gt 0 ]
	[ "$next" -lt 1900000 ]
	run "${search[@]}"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == *"the search goes on at seed "* ]]
	[[ "$output" == *"seed 1900000"* ]]
	fixture png 7000 | cmp - new/pr.png
	sha256sum -c tree.sums
}

@test "a search keeps how far it came where it is told to, and other searches with it" {
	mkdir tree
	fixture png 7000 prometheus 90000 > 'tree/pr.png.PROM[a@b.c]'
	echo '1 2 3 2' > state
	run "$PELLUCID" recover try --seeds 0:50000 --search state tree
	[ "$status" -eq 3 ]
	grep -qx '1 2 3 2' state
	grep -q ' 0 50000 50000$' state
	# nothing is left to try of it
	run "$PELLUCID" recover try --seeds 0:50000 --search state tree
	[ "$status" -eq 3 ]
	run "$PELLUCID" recover try --seeds 0:100000 --search state tree
	[ "$status" -eq 1 ]
	[[ "$output" == *"seed 90000"* ]]
	[ "$(wc -l < state)" -eq 3 ]
}

@test "a search of more than ten minutes of one core says so before, by measure" {
	mkdir tree
	fixture png 7000 prometheus 5 > 'tree/pr.png.PROM[a@b.c]'
	run "$PELLUCID" recover try --seeds 0:2147483648 tree
	[ "$status" -eq 1 ]
	[[ "$output" == *"2147483648 seeds, about "*" minutes of one core"* ]]
}
