[ -w /dev/shm ] && export TMPDIR=/dev/shm # a log writes through to its disk, which is slow on a busy one
load helper

# A log, three witnesses that run, and a policy that asks for two of them.
witnesses() {
	WITNESS=$BUILD/pellucid-witness
	"$PELLUCID" log key log.example/rules log.key > log.vkey
	"$PELLUCID" log init log --key=log.key > /dev/null
	for i in 1 2 3; do
		"$PELLUCID" log key --witness w$i.example w$i.key > w$i.vkey
		"$WITNESS" init w$i --key=w$i.key --log="$(cat log.vkey)" > /dev/null
		start_witness $i 0
	done
	policy "group some 2 w1 w2 w3" "quorum some" > policy
}

start_witness() { # NUMBER PORT
	: > "w$1.out" # not what an earlier one said
	"$WITNESS" serve "w$1" --listen=127.0.0.1:"$2" > "w$1.out" 3>&- &
	echo $! > "w$1.pid"
	wait_for_port "w$1.out"
}

wait_for_port() { # FILE
	for _ in $(seq 100); do
		grep -q port "$1" && return 0
		sleep 0.05
	done
	return 1
}

port() { sed 's/.*port //' "$1"; }

policy() { # LINES...
	echo "log $(cat log.vkey)"
	for i in 1 2 3; do
		echo "witness w$i $(cat w$i.vkey) http://127.0.0.1:$(port w$i.out)"
	done
	printf '%s\n' "$@"
}

teardown() {
	for p in "$work"/*.pid; do
		[ -e "$p" ] && kill "$(cat "$p")" 2>/dev/null
	done
	cd / && rm -rf "$work"
}

go_tool() {
	command -v go > /dev/null || skip "SKIP: no Go here"
	[ -d /usr/share/gocode/src/golang.org/x/mod/sumdb/tlog ] || skip "SKIP: golang-golang-x-mod-dev is not installed"
	GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE="$work/gocache" go build -o interop \
		"$ROOT/tests/trust/interop/interop.go"
}

@test "a log is published when the quorum has cosigned, and goes on where it stopped" {
	witnesses
	for i in 0 1 2 3; do echo "entry $i" > e$i; done
	"$PELLUCID" log add log e0 e1
	run "$PELLUCID" log publish log --policy=policy
	[ "$status" -eq 0 ]
	[[ "$output" == *"cosigned by 3 of 3"*"published: 2 entries"* ]]
	kill "$(cat w3.pid)"
	"$PELLUCID" log add log e2
	run "$PELLUCID" log publish log --policy=policy
	[ "$status" -eq 0 ]
	[[ "$output" == *"cosigned by 2 of 3"* ]]
	kill "$(cat w2.pid)"
	"$PELLUCID" log add log e3
	run "$PELLUCID" log publish log --policy=policy
	[ "$status" -eq 2 ]
	[[ "$output" == *"not the quorum"* ]]
	[ "$(sed -n 2p log/public/checkpoint)" -eq 3 ]
	wait "$(cat w2.pid)" || : # it has left its port and its lock
	start_witness 2 "$(port w2.out)"
	run "$PELLUCID" log publish log --policy=policy
	[ "$status" -eq 0 ]
	[ "$(sed -n 2p log/public/checkpoint)" -eq 4 ]
	start_witness 3 "$(port w3.out)" # it saw 2 last, and is told of 4
	run "$PELLUCID" log publish log --policy=policy
	[[ "$output" == *"cosigned by 3 of 3"* ]]
}

@test "an entry is proven offline, and nothing else is" {
	witnesses
	for i in 0 1 2 3 4; do echo "entry $i" > e$i; done
	"$PELLUCID" log add log e0 e1
	"$PELLUCID" log publish log --policy=policy
	cp log/public/checkpoint old
	"$PELLUCID" log add log e2 e3 e4
	"$PELLUCID" log publish log --policy=policy
	"$PELLUCID" log prove log 3 > proof
	"$PELLUCID" log prove log --since=2 > growth
	run "$PELLUCID" log verify --policy=policy --since=old --growth=growth proof e3
	[ "$status" -eq 0 ]
	[[ "$output" == *"entry 3 of log.example/rules"*"begins with the older head"* ]]
	run "$PELLUCID" log verify --policy=policy proof e2
	[ "$status" -eq 4 ]
	sed 's/^index 3/index 2/' proof > other
	run "$PELLUCID" log verify --policy=policy other e3
	[ "$status" -eq 4 ]
	grep -v w1.example proof | grep -v w2.example > other # one cosignature
	run "$PELLUCID" log verify --policy=policy other e3
	[ "$status" -eq 4 ]
	run "$PELLUCID" log prove log 5
	[ "$status" -eq 2 ]
}

@test "the public files are served, and no other" {
	"$PELLUCID" log key log.example/rules log.key > log.vkey
	"$PELLUCID" log init log --key=log.key
	echo one > e0
	"$PELLUCID" log add log e0
	"$PELLUCID" log publish log
	"$PELLUCID" log serve log --listen=127.0.0.1:0 > serve.out 3>&- &
	echo $! > serve.pid
	wait_for_port serve.out
	url=http://127.0.0.1:$(port serve.out)
	python3 - "$url" <<'PY'
import sys, http.client
at = sys.argv[1][7:]
def ask(path, method="GET"):
    c = http.client.HTTPConnection(at, timeout=10)
    c.request(method, path)
    r = c.getresponse()
    return r.status, r.read()
assert ask("/checkpoint") == (200, open("log/public/checkpoint", "rb").read())
assert ask("/tile/entries/000.p/1") == (200, b"\0\x04one\n")
for path in "/", "/tile", "/../private/key", "/tile/../../private/key", "//etc/passwd", "/.", \
        "/tile/0/000.p/2", "/%2e%2e/private/key", "/checkpoint/":
    assert ask(path)[0] in (404, 400), path
assert ask("/checkpoint", "POST")[0] == 405
PY
}

@test "a monitor that watches from one head to the next is silent, and sees a rollback and a fork" {
	witnesses
	echo zero > e0
	"$PELLUCID" log publish log --policy=policy
	run "$PELLUCID" log monitor log/public --policy=policy --state=seen
	[ "$status" -eq 0 ]
	[[ "$output" == *"0 entries"*"no alarm"* ]]
	cp -a log other
	"$PELLUCID" log add log e0
	"$PELLUCID" log publish log --policy=policy
	run "$PELLUCID" log monitor log/public --policy=policy --state=seen
	[ "$status" -eq 4 ] # what is no release is an alarm
	[[ "$output" == *"entry 0 is no release"* ]]
	run "$PELLUCID" log monitor log/public --policy=policy --state=seen
	[ "$status" -eq 0 ]
	# an old head is shown: the state knows better, and so do the witnesses
	run "$PELLUCID" log monitor other/public --policy=policy --state=seen
	[ "$status" -eq 4 ]
	[[ "$output" == *"rollback"* ]]
	run "$PELLUCID" log monitor other/public --policy=policy --state=fresh
	[ "$status" -eq 4 ]
	[[ "$output" == *"ahead of the log"* ]]
	# the log's key signs another history: no witness goes along
	echo another > e1
	"$PELLUCID" log add other e1
	run "$PELLUCID" log publish other --policy=policy
	[ "$status" -eq 2 ]
	[[ "$output" == *"answers 422"*"not the quorum"* ]]
	# with the quorum taken out of the monitor's policy the fork itself is seen
	"$PELLUCID" log publish other
	for i in 1 2 3; do
		rm -rf w$i/state/*
	done
	for i in 1 2 3; do kill "$(cat w$i.pid)"; done
	for i in 1 2 3; do wait "$(cat w$i.pid)" || :; done
	for i in 1 2 3; do start_witness $i 0; done
	policy "group some 2 w1 w2 w3" "quorum some" > policy2
	"$PELLUCID" log publish other --policy=policy2
	run "$PELLUCID" log monitor other/public --policy=policy2 --state=seen
	[ "$status" -eq 4 ]
	[[ "$output" == *"fork"*"both signed heads are in seen/evidence"* ]]
	grep -c '^— log.example/rules' seen/evidence | grep -qx 2
}

@test "Go verifies our heads, proofs and cosignatures" {
	go_tool
	witnesses
	for i in $(seq 0 10); do echo "entry $i" > e$i; done
	"$PELLUCID" log add log e0 e1 e2
	"$PELLUCID" log publish log --policy=policy
	cp log/public/checkpoint old
	"$PELLUCID" log add log e3 e4 e5 e6 e7 e8 e9 e10
	"$PELLUCID" log publish log --policy=policy
	for i in $(seq 0 10); do
		"$PELLUCID" log prove log "$i" > proof
		./interop check "$(cat log.vkey)" proof "e$i" "$(cat w1.vkey)" "$(cat w2.vkey)" "$(cat w3.vkey)"
	done
	"$PELLUCID" log prove log --since=3 > growth
	./interop grown "$(cat log.vkey)" old log/public/checkpoint growth
	# and it would say so where they were wrong
	run ./interop check "$(cat log.vkey)" proof e9
	[ "$status" -ne 0 ]
	run ./interop grown "$(cat log.vkey)" old log/public/checkpoint <(sed '2d' growth)
	[ "$status" -ne 0 ]
}

@test "we verify the heads, proofs and cosignatures of Go" {
	go_tool
	./interop make . 1 2 3 7 8 33 300
	n=0
	for p in proof-*; do
		"$PELLUCID" log verify --policy=policy "$p" "entry-${p##*-}"
		n=$((n + 1))
	done
	[ "$n" -gt 15 ]
	before=1
	for size in 2 3 7 8 33 300; do
		"$PELLUCID" log verify --policy=policy --since="head-$before" --growth="growth-$before-$size" \
			"proof-$size-0" entry-0
		run "$PELLUCID" log verify --policy=policy --since="head-$before" --growth="growth-$before-$size" \
			proof-1-0 entry-0
		[ "$status" -eq 4 ]
		before=$size
	done
}

@test "keys are made for their owner alone and never overwritten" {
	run "$PELLUCID" log key log.example/rules log.key
	[ "$status" -eq 0 ]
	[[ "$output" == "log.example/rules+"* ]]
	[ "$(stat -c %a log.key)" -eq 600 ]
	run "$PELLUCID" log key log.example/rules log.key
	[ "$status" -eq 2 ]
	run "$PELLUCID" log key "a name" other.key
	[ "$status" -eq 2 ]
	[ ! -e other.key ]
	"$PELLUCID" log key --witness w1.example w.key
	run "$PELLUCID" log init log --key=w.key
	[ "$status" -eq 2 ]
}

@test "a monitor sees a fork by what a witness cosigned when it was shorter" {
	witnesses
	"$PELLUCID" log init fork --key=log.key > /dev/null
	sed '/^witness w[23]/d; s/^group some .*/group some 1 w1/' policy > one
	sed '/^witness w1/d; s/^group some .*/group some 2 w2 w3/' policy > two
	for n in 1 2; do echo "fork $n" > e && "$PELLUCID" log add fork e; done
	"$PELLUCID" log publish fork --policy=one
	for n in 1 2 3; do echo "log $n" > e && "$PELLUCID" log add log e; done
	"$PELLUCID" log publish log --policy=two
	run "$PELLUCID" log monitor log/public --policy=policy --state=seen
	[ "$status" -eq 4 ]
	[[ "$output" == *"fork: the log of 3 entries does not begin with the 2 that witness w1.example cosigned"* ]]
	[[ "$output" == *"both signed heads are in seen/evidence"* ]]
	grep -q "$(sed -n 3p fork/public/checkpoint)" seen/evidence
	grep -q "$(sed -n 3p log/public/checkpoint)" seen/evidence
}
