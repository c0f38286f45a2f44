load helper

# The program beside another worker: one that lacks a wall (tests/sandbox/meson.build).
beside() { # WORKER
	rm -rf bin && mkdir bin
	ln "$PELLUCID" bin/pellucid 2>/dev/null || cp "$PELLUCID" bin/pellucid
	cp "$BUILD/tests/sandbox/$1" bin/pellucid-worker
}

self_test() { # WORKER: its output in `out`, its status in $status
	beside "$1"
	status=0
	bin/pellucid self-test --containment > out || status=$?
}

fails() { # TEXT...: the self-test says of each that it does not hold
	[ "$status" -eq 4 ]
	for text; do
		grep -q "^FAILS.*$text" out
	done
}

nothing_else() { # fails: where a sanitizer's runtime does not keep the filter away
	sanitized || [ "$(grep -c ^FAILS out)" -eq 1 ]
}

filtered() {
	! sanitized || skip "the sanitizers' runtime makes system calls of its own"
}

# Can the processor's counter be turned off?  The hypervisors of some virtual machines do not let it be.
counter_stops() {
	gcc -x c -o counter - <<'C'
#include <sys/prctl.h>
int main(void)
{
	prctl(PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0);
	return __builtin_ia32_rdtsc() == 0;
}
C
	run ./counter
	[ "$status" -eq 139 ]
}

@test "every wall holds, and each attempt is printed" {
	filtered
	"$PELLUCID" self-test --containment > out
	! grep -q ^FAILS out || false
	[ "$(grep -c '^holds  cannot ' out)" -ge 30 ]
	[ "$(grep -c '^holds  can  ' out)" -ge 4 ]
	[[ "$(tail -n 1 out)" == *"hold, 0 do not" ]]
}

@test "without the filter of system calls it is red" {
	filtered
	self_test weak-seccomp
	fails 'cannot ask whether a path is there (stat)' 'cannot map executable memory' 'cannot make memory executable' \
		'cannot read the time of day' 'cannot make a file of memory' 'a filter of system calls' \
		'cannot map memory that no limit counts' "cannot have its pages merged with others'" 'cannot count the time that it used'
}

# What is still refused is refused by the walls behind the filter.
@test "behind the filter stand Landlock, the user and the limits" {
	filtered
	self_test weak-seccomp
	if grep -q "not under Landlock" out; then skip "this kernel has no Landlock"; fi
	grep -q '^holds  cannot open a file for reading: refused (Permission denied)' out
	grep -q '^holds  cannot open a directory: refused (Permission denied)' out
	grep -q '^holds  cannot fork: refused (Resource temporarily unavailable)' out
	grep -q '^holds  cannot become root: refused (Operation not permitted)' out
	if counter_stops; then
		grep -q '^holds  cannot read the clock of the processor: ended by a signal' out
	else
		grep -q '^note .*: read the clock of the processor' out
	fi
	self_test weak-files
	fails 'cannot open a file for reading' 'cannot open a directory'
}

# The database is read, and all else is prepared, behind the walls.
@test "while a worker gets ready the walls are up" {
	filtered
	"$PELLUCID" self-test --containment > out
	grep -q '^holds  can    use 64 MiB of memory while it gets ready: done' out
	[ "$(grep -c '^holds  cannot .* while it gets ready: ended for the system call' out)" -eq 3 ]
	self_test weak-files
	fails 'cannot open a file for reading while it gets ready: done'
	self_test weak-seccomp
	fails 'cannot read the time of day while it gets ready: done'
}

# The filter of system calls refuses what Landlock does, but for one thing.
@test "without Landlock alone it is red" {
	self_test frank-none
	if grep -q "this kernel's Landlock does not keep" out; then skip "this kernel's Landlock knows no scopes"; fi
	self_test weak-landlock
	fails 'cannot send to a socket that has a name: done'
	nothing_else
	self_test frank-landlock
	fails 'cannot send to a socket that has a name: done' 'under Landlock, by its own word'
	self_test ../../pellucid-worker
	grep -q '^holds  cannot send to a socket that has a name: refused (Operation not permitted)' out
}

@test "where others of its user may trace a worker it is red" {
	self_test weak-dumpable
	fails 'closed to others of its user'
	nothing_else
}

@test "where a worker that is busy outlives its broker it is red" {
	self_test weak-death
	fails 'ends with its broker'
	nothing_else
}

@test "without limits it is red" {
	self_test weak-limits
	fails 'limits of memory'
	sanitized || fails 'cannot take 3 TiB of memory'
}

@test "without a user of its own it is red" {
	[ "$(id -u)" -eq 0 ] || skip "started by root alone it would keep anything"
	self_test weak-user
	fails 'an unprivileged user' 'no capabilities'
}

@test "without a network of its own it is red" {
	[ "$(id -u)" -eq 0 ] || skip "its network is for root to see"
	self_test weak-network
	fails 'in a network of its own'
}

@test "with the processor's clock it is red" {
	filtered
	[ "$(uname -m)" = x86_64 ] || skip "no such wall here"
	self_test weak-clock
	fails 'cannot read the clock as the C library does' \
		"cannot read the hour by the kernel's code in its memory" "cannot read the hour from the kernel's page in its memory"
	if counter_stops; then
		fails 'cannot read the clock of the processor'
	else
		grep -q '^note .*: read the clock of the processor' out
	fi
}

# What whoever started us left us with is not what a worker gets.
@test "whatever was inherited, every wall holds" {
	filtered
	python3 - "$PELLUCID" <<'EOF' > out
import os, resource, signal, sys
signal.signal(signal.SIGCHLD, signal.SIG_IGN)                  # the kernel forgets how a child ended
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
hard = resource.getrlimit(resource.RLIMIT_STACK)[1]
resource.setrlimit(resource.RLIMIT_STACK, (hard, hard))        # a stack that no limit counts
for fd in range(3, 40):
    os.dup2(2, fd, inheritable=True)
os.close(0)
os.execve(sys.argv[1], ["pellucid", "self-test", "--containment"], {"SECRET": "x", "LD_PRELOAD": "/nonexistent"})
EOF
	! grep -q ^FAILS out || false
	[[ "$(tail -n 1 out)" == *"hold, 0 do not" ]]
}

@test "with a way to new privileges it is red" {
	self_test weak-privileges
	fails 'no new privileges'
}

@test "without any wall nearly all is red" {
	self_test weak-none
	[ "$status" -eq 4 ]
	[ "$(grep -c ^FAILS out)" -ge 50 ]
}

@test "a scan refuses a worker that says it lacks a wall that is demanded" {
	filtered
	for wall in seccomp limits privileges none; do
		beside "frank-$wall"
		run bin/pellucid scan clean
		[ "$status" -eq 2 ]
		[[ "$output" == *"not shut in"* ]]
	done
}

@test "a scan goes on without a wall that not every kernel has" {
	filtered
	for wall in landlock network clock; do
		beside "frank-$wall"
		bin/pellucid scan clean
	done
}

@test "without a worker, or with wrong arguments, the status is 2" {
	mkdir bin && cp "$PELLUCID" bin/
	run bin/pellucid self-test --containment
	[ "$status" -eq 2 ] || [ "$status" -eq 0 ] # where one is installed
	run "$PELLUCID" self-test
	[ "$status" -eq 2 ]
	run "$PELLUCID" self-test --containment more
	[ "$status" -eq 2 ]
	"$PELLUCID" self-test --help | grep -q usage
}
