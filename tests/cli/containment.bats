load helper
load recover_tree

# Every front end beside a worker that was taken over by its object (tests/sandbox/bad_worker.c) and does what the
# object says.  Whatever that is, the object is not clean, and the verb ends.
ways='segv abort stack syscall exit hang silent memory garbage short descriptors twice other endless cut want wrong'

beside_a_bad_worker() {
	mkdir bin
	ln "$PELLUCID" bin/pellucid 2>/dev/null || cp "$PELLUCID" bin/pellucid
	cp "$BUILD/tests/sandbox/bad-worker" bin/pellucid-worker
	for how in $ways; do
		printf 'MISBEHAVE:%s\n' "$how" > "$how"
	done
}

each_but() { # WAYS THAT ARE LEFT OUT, which take a sanitizer's memory or time
	for how in $ways; do
		! sanitized || [[ " $1 " != *" $how "* ]] || continue
		echo "$how"
	done
}

@test "scan: no misbehaviour is clean, and each has its reason" {
	beside_a_bad_worker
	for how in $(each_but "memory stack"); do
		status=0
		timeout 30 bin/pellucid scan --time-limit=1 --json "$how" > out || status=$?
		[ "$status" -eq 3 ]
		[ "$(jq -r 'select(.path == "'"$how"'").verdict' out)" = incomplete ]
		reason=$(jq -r 'select(.path == "'"$how"'").incomplete[0].reason' out)
		case $how in
		hang) [ "$reason" = limit:time ] || [ "$reason" = limit ] ;;
		segv | abort | stack | syscall | exit | silent | memory | cut) [ "$reason" = worker-crash ] ;;
		*) [ "$reason" = internal ] ;;
		esac
	done
}

@test "scan: an answer that goes on and on, a byte at a time, has no more than its object's time" {
	beside_a_bad_worker
	printf 'MISBEHAVE:trickle\n' > trickle
	status=0
	timeout 30 bin/pellucid scan --time-limit=1 --json trickle > out || status=$?
	[ "$status" -eq 3 ]
	[[ "$(jq -r 'select(.path == "trickle").incomplete[0].reason' out)" == limit* ]]
}

@test "scan: all of them at once, and with a worker for each" {
	beside_a_bad_worker
	for option in --jobs=2 --isolate=object; do
		status=0
		timeout 60 bin/pellucid scan --time-limit=1 --json $option $(each_but "memory stack") > out || status=$?
		[ "$status" -eq 3 ]
		[ "$(jq -r 'select(.path).verdict' out | sort -u)" = incomplete ]
		[ "$(jq -r 'select(.path).path' out | wc -l)" -eq "$(each_but "memory stack" | wc -l)" ]
	done
}

@test "yara: an object that takes a worker over is an error" {
	beside_a_bad_worker
	"$PELLUCID" rules build -o one.pel one.yar
	truncate -s 40M hang # of which -a knows nothing
	for how in $(each_but "memory stack"); do
		status=0
		timeout 30 bin/pellucid yara -a 1 one.pel "$how" > out 2> err || status=$?
		[ "$status" -eq 1 ]
		[ ! -s out ]
		grep -q "error scanning $how" err
	done
}

@test "inspect: an object that takes a worker over is an error" {
	beside_a_bad_worker
	for how in $(each_but "memory stack"); do
		status=0
		timeout 30 bin/pellucid inspect --time-limit=1 "$how" > out 2> err || status=$?
		[ "$status" -eq 2 ]
		[ ! -s out ]
		grep -q "$how" err
	done
}

@test "verify: a verdict does not hold by the word of a worker that was taken over" {
	beside_a_bad_worker
	for how in $(each_but "memory stack"); do
		[ "$how" != hang ] || continue # it would take the 120 seconds that an object has
		"$PELLUCID" scan -q --json --hash "$how" > v.json
		status=0
		timeout 30 bin/pellucid verify v.json "$how" > out 2> err || status=$?
		[ "$status" -eq 4 ] || [ "$status" -eq 2 ]
		! grep -q '^holds  the verdict' out || false
		! grep -q 'no worker for the job' err || false
	done
}

@test "verify: a verdict that takes the worker over which parses it is none" {
	beside_a_bad_worker
	"$PELLUCID" scan -q --json --hash clean > v.json
	for how in $(each_but "memory stack"); do
		[ "$how" != hang ] || continue # it would take the 120 seconds that an object has
		sed "s/^{/{\"note\":\"MISBEHAVE:$how\",/" v.json > bad.json
		status=0
		timeout 30 bin/pellucid verify bad.json clean > out 2> err || status=$?
		[ "$status" -eq 2 ]
		[ ! -s out ]
		grep -q 'bad.json: ' err
	done
}

@test "clamscan: no misbehaviour is OK, and each is an error that has its reason" {
	beside_a_bad_worker
	printf 'Test.Name:0:*:4d41524b4d41524b\n' > a.ndb
	for how in $(each_but "memory stack"); do
		for option in --no-summary --infected --quiet; do
			status=0
			timeout 30 bin/pellucid clamscan -d a.ndb $option --max-scantime=1000 "$how" > out 2> err || status=$?
			[ "$status" -eq 2 ]
			grep -qE "^$how: (worker-crash|internal|limit:time).* ERROR$" out
			! grep -q 'OK$' out || false
		done
	done
	status=0
	timeout 60 bin/pellucid clamscan -d a.ndb --max-scantime=1000 $(each_but "memory stack") > out || status=$?
	[ "$status" -eq 2 ]
	[ "$(grep -c 'ERROR$' out)" -eq "$(each_but "memory stack" | wc -l)" ]
	grep -q "^Total errors: $(each_but "memory stack" | wc -l)$" out
	grep -q '^Infected files: 0$' out
}

@test "yara: data for a module that takes a worker over is an error" {
	beside_a_bad_worker
	printf 'import "cuckoo"\nrule r { condition: true }\n' > c.yar
	for how in $(each_but "memory stack"); do
		[ "$how" != hang ] || continue # it would take the 120 seconds that an object has
		status=0
		timeout 30 bin/pellucid yara -x "cuckoo=$how" c.yar clean > out 2> err || status=$?
		[ "$status" -eq 1 ]
		[ ! -s out ]
		grep -q '^error: ' err
	done
}

@test "rules: no database is built, and nothing said, by the word of a worker that was taken over" {
	beside_a_bad_worker
	printf 'rule a { condition: true }\n' > a.yar
	bin/pellucid rules build -o good.pel a.yar
	for how in $(each_but "memory stack"); do
		[ "$how" != hang ] || continue # it would take the 120 seconds that a compiler has
		printf 'rule a { condition: true } // MISBEHAVE:%s\n' "$how" > "$how.yar"
		for verb in "build -o bad.pel" check list audit "audit --json"; do
			status=0
			timeout 30 bin/pellucid rules $verb "$how.yar" > out 2> err || status=$?
			[ "$status" -eq 2 ]
			[ ! -s out ]
			[ ! -e bad.pel ]
			grep -qE 'worker-crash|internal|a worker' err
		done
		status=0
		timeout 30 bin/pellucid rules diff a.yar "$how.yar" > out 2> err || status=$?
		[ "$status" -eq 2 ]
		[ ! -s out ]
	done
}

@test "scan, yara, clamscan and verify: rules that take their compiler over are no rules" {
	beside_a_bad_worker
	"$PELLUCID" scan -q --json --hash clean > v.json
	for how in $(each_but "memory stack"); do
		[ "$how" != hang ] || continue # it would take the 120 seconds that a compiler has
		printf 'rule a { condition: true } // MISBEHAVE:%s\n' "$how" > "$how.yar"
		for verb in "scan -r $how.yar clean" "yara $how.yar clean" "clamscan -d $how.yar clean" "verify -r $how.yar v.json clean"; do
			want=2
			[[ "$verb" != yara* ]] || want=1
			status=0
			timeout 30 bin/pellucid $verb > out 2> err || status=$?
			[ "$status" -eq "$want" ] || { echo "$verb: $status"; cat out err; false; }
			# a database that was believed would match: the rule is true of everything
			! grep -qE 'OK$|FOUND$|^a clean$|"clean"|^holds' out || false
			[[ "$verb" == clamscan* ]] || [ ! -s out ] # clamscan prints its summary all the same
			grep -qE 'worker-crash|internal|a worker' err
		done
	done
}

@test "log verify: nothing is proven by the word of a worker that was taken over" {
	beside_a_bad_worker
	cp "$BUILD/pellucid-log" bin/
	{
		echo "log $("$PELLUCID" log key log.example/rules log.key)"
		echo "witness w $("$PELLUCID" log key --witness w.example w.key)"
		echo "quorum w"
	} > policy
	echo proof > proof
	run bin/pellucid log verify --policy=policy proof clean
	[ "$status" -eq 4 ] # it is no proof, says the worker, and is believed
	for how in $(each_but "memory stack"); do
		[ "$how" != hang ] || continue # it would take the 120 seconds that an object has
		status=0
		timeout 30 bin/pellucid log verify --policy=policy proof "$how" > out 2> err || status=$?
		[ "$status" -eq 2 ]
		[ ! -s out ]
	done
}

@test "review: a file that takes its reader over is no clean machine, and costs no other collector" {
	beside_a_bad_worker
	mkdir -p root/var/lib/dpkg/info root/etc root/usr/bin
	printf 'Package: a\nStatus: install ok installed\nVersion: 1\n\n' > root/var/lib/dpkg/status
	bin/pellucid review --root=root --json > good || [ $? -eq 1 ] || [ $? -eq 3 ]
	[ "$(jq '[.facts[] | select(.collector == "dpkg")] | length' good)" -eq 1 ]
	for how in $(each_but "memory stack"); do
		[ "$how" != hang ] || continue # it would take the 120 seconds that a worker has
		printf 'Package: a\nStatus: install ok installed\nDescription: MISBEHAVE:%s\n\n' "$how" > root/var/lib/dpkg/status
		status=0
		timeout 30 bin/pellucid review --root=root --json > out 2> err || status=$?
		[ "$status" -eq 3 ]
		[ "$(jq '[.facts[] | select(.collector == "dpkg")] | length' out)" -eq 0 ]
		[ "$(jq -r '.coverage[] | select(.collector == "dpkg").state' out)" = partial ]
		jq -r '.coverage[] | select(.collector == "dpkg").gaps[].why' out | grep -qE 'worker-crash|internal|memory'
	done
}

@test "recover: a file that takes its reader over costs itself, and is neither intact nor anybody's" {
	beside_a_bad_worker
	make_powerware
	chmod u+w tree
	for how in $(each_but "memory stack"); do
		[ "$how" != hang ] || continue # it would take the 120 seconds that a file has
		mkdir alone
		cp "$how" alone/a.docx.locky
		for verb in identify assess try "run --into new$how --i-have-isolated"; do
			status=0
			timeout 30 bin/pellucid recover $verb alone > out 2> err || status=$?
			[ "$status" -eq 3 ]
			grep -qE 'alone/a.docx.locky: (worker-crash|internal|memory)' err
			! grep -qE 'intact +[1-9]' out || false
		done
		cp "$how" tree/bad.docx.locky
		status=0
		timeout 60 bin/pellucid recover run --into "new$how" --i-have-isolated tree > out 2> err || status=$?
		[ "$status" -eq 3 ]
		diff -r --exclude recover.journal was "new$how"
		rm -r alone tree/bad.docx.locky
	done
}

@test "recover descriptors: a part that takes its reader over has no descriptor, and the others have" {
	beside_a_bad_worker
	mkdir tree
	fixture disk 65536 > tree/a-flat.vmdk
	fixture disk 65536 > tree/c-flat.vmdk
	for how in $(each_but "memory stack"); do
		[ "$how" != hang ] || continue # it would take the 120 seconds that a part has: tests/recover/test_caged.c
		{ echo "MISBEHAVE:$how" && head -c 65000 /dev/zero; } > tree/b-flat.vmdk
		status=0
		timeout 60 bin/pellucid recover descriptors --into "new$how" tree > out 2> err || status=$?
		cat out err
		[ "$status" -eq 3 ]
		grep -qE 'tree/b-flat.vmdk: (worker-crash|internal|memory)' err
		[ "$(find "new$how" -type f | sort | xargs -n1 basename | tr '\n' ' ')" = 'a.vmdk c.vmdk ' ]
	done
}

@test "recover salvage: a file that takes its reader over gives nothing, and is not done" {
	beside_a_bad_worker
	for how in $(each_but "memory stack"); do
		[ "$how" != hang ] || continue # it would take the time that a file has
		status=0
		timeout 60 bin/pellucid recover salvage --into "new$how" "$how" > out 2> err || status=$?
		[ "$status" -eq 3 ]
		grep -qE "$how: (worker-crash|internal|memory)" err
		[ "$(find "new$how" -type f ! -name salvage.journal | wc -l)" -eq 0 ]
		! grep -q source_sha256 "new$how/salvage.journal" || false
	done
}

@test "recover: a file that takes over who decrypts it costs itself, and the others come" {
	beside_a_bad_worker
	mkdir tree was
	for i in 1 2 3 5; do
		fixture text $((2000 + i)) > was/"$i.txt"
		fixture text $((2000 + i)) powerware 1 > tree/"$i.txt.locky"
	done
	echo 'pay us, all of you' > tree/_HELP_instructions.html
	cp tree/_HELP_instructions.html was/
	for how in $(each_but "memory stack"); do
		[ "$how" != hang ] || continue # it would take the time that a file has: tests/recover/test_caged.c
		{ cat tree/1.txt.locky && echo "MISATTACK:$how"; } > tree/4.txt.locky
		status=0
		timeout 60 bin/pellucid recover run --into "new$how" --i-have-isolated tree > out 2> err || status=$?
		cat out err
		[ "$status" -eq 3 ]
		grep -qE 'tree/4.txt.locky: (worker-crash|internal|memory)' err
		grep -q '^4 recovered, 0 were there already, 1 could not be recovered' out
		for i in 1 2 3 5; do cmp was/$i.txt "new$how/$i.txt"; done
		[ -z "$(find "new$how" -name '*.part' -o -name '4*')" ]
	done
}

@test "recover: a sample, and a key, that take over who learns from them open nothing" {
	beside_a_bad_worker
	mkdir tree keyed
	fixture text 2000 powerware 1 > good
	fixture zip 9000 wannacry 14 > keyed/a.docx.WNCRY
	for how in $(each_but "memory stack"); do
		[ "$how" != hang ] || continue
		{ cat good && echo "MISATTACK:$how"; } > tree/4.txt.locky
		echo "MISATTACK:$how" > key
		for what in "--family powerware tree" "--key key --family wannacry keyed"; do
			for verb in try "run --into new$how --i-have-isolated"; do
				status=0
				timeout 60 bin/pellucid recover $verb $what > out 2> err || status=$?
				cat out err
				[ "$status" -eq 3 ]
				grep -qE 'cannot be opened yet: (worker-crash|internal|memory)' out
				! grep -q 'opens with' out || false
				[ -z "$(find "new$how" -type f ! -name 'recover.*' 2> none)" ]
			done
		done
	done
}

@test "policy import: no policy is made by the word of a worker that was taken over" {
	beside_a_bad_worker
	printf '{"id":"MAL-1","affected":[{"package":{"ecosystem":"npm","name":"x"}}]}\n' > good.json
	bin/pellucid policy import osv good.json > out 2> /dev/null || [ $? -eq 3 ]
	[ -s out ]
	for how in $(each_but "memory stack"); do
		[ "$how" != hang ] || continue # it would take the 120 seconds that a feed has
		printf '{"id":"MAL-1","summary":"MISBEHAVE:%s","affected":[{"package":{"ecosystem":"npm","name":"x"}}]}\n' "$how" > bad.json
		status=0
		timeout 30 bin/pellucid policy import osv bad.json > out 2> err || status=$?
		[ "$status" -eq 2 ]
		[ ! -s out ]
		grep -qE 'worker-crash|internal|memory|a worker' err
	done
}

# ---- what strangers wrote of a log: a machine that updates from one, beside a bad worker

# A log with two releases, a machine that has the first, and what each way of misbehaving is put into: the programs in
# bin/ are those of a machine whose worker is taken over, "$PELLUCID" is whole.
a_machine_beside_a_bad_worker() {
	beside_a_bad_worker
	cp "$BUILD/pellucid-log" "$BUILD/pellucid-update" bin/
	"$PELLUCID" log key log.example/rules log.key > log.vkey
	for k in a b; do "$PELLUCID" log key log.example/release-$k $k.key > $k.vkey; done
	{ echo "threshold 2"; for k in a b; do echo "key $(cat $k.vkey)"; done; } > keys
	"$PELLUCID" log key --witness w.example w.key > w.vkey
	"$BUILD/pellucid-witness" init w --key=w.key --log="$(cat log.vkey)" > /dev/null
	"$BUILD/pellucid-witness" serve w --listen=127.0.0.1:0 > w.out 3>&- &
	witness=$!
	for _ in $(seq 100); do grep -q port w.out && break; sleep 0.05; done
	{ echo "log $(cat log.vkey)"; echo "witness w $(cat w.vkey) http://127.0.0.1:$(sed 's/.*port //' w.out)"; echo "quorum w"; } > policy
	"$PELLUCID" log init log --key=log.key > /dev/null
	mkdir r
	echo 'rule One { strings: $a = "first needle" condition: $a }' > r/a.yar
	a_release rel1
	mkdir machine
	cp policy keys machine
	"$PELLUCID" update --log=log/public --policy=policy --keys=keys machine/rules > /dev/null
	export PELLUCID_TRUST=$PWD/machine PELLUCID_LEDGER=$PWD/ledger
	echo "a first needle" > hay
}

a_release() { # DIR OPTIONS...
	dir=$1; shift
	"$PELLUCID" release make --channel=rules "$@" -o "$dir" r > /dev/null
	for k in a b; do "$PELLUCID" release sign --key=$k.key "$dir" > /dev/null; done
	"$PELLUCID" log add log --artifact="$dir/rules.txt" "$dir/release" > /dev/null
	"$PELLUCID" log publish log --policy=policy > /dev/null
}

# Nothing of it was taken, and what is here is proven and finds what it found.
is_as_it_was() { # NUMBER
	[ "$(readlink machine/rules/current)" = "gen/$1" ]
	cmp machine/rules/state state.was
	status=0
	"$PELLUCID" scan hay > out 2>&1 || status=$?
	[ "$status" -eq 1 ]
	grep -q "rules: release $1, proven" out
}

@test "update: whatever a server's bytes do to a worker, what is here stays, and nothing unproven comes" {
	a_machine_beside_a_bad_worker
	echo 'rule Two { strings: $a = "second needle" condition: $a }' >> r/a.yar
	a_release rel2 --after=rel1
	kill "$witness"
	cp machine/rules/state state.was
	list=artifact/$(sha256sum < rel2/rules.txt | cut -d' ' -f1)
	entries=$(cd log/public && find tile/entries -type f | sort | tail -1)
	for how in $(each_but "memory stack"); do
		[ "$how" != hang ] || continue # it would take the 120 seconds that a question has
		for part in checkpoint "$list" "$entries"; do
			cp -r log/public served
			chmod u+w "served/$part"
			printf 'MISBEHAVE:%s\n' "$how" >> "served/$part"
			status=0
			timeout 30 bin/pellucid update --log=served --policy=policy --keys=keys machine/rules > out 2> err || status=$?
			[ "$status" -eq 2 ]
			[ ! -s out ]
			grep -qE 'worker-crash|internal|memory' err
			rm -rf served
		done
	done
	is_as_it_was 1
	# the same bytes and a worker that is whole: it goes on
	run "$PELLUCID" update --log=log/public --policy=policy --keys=keys machine/rules
	[ "$status" -eq 0 ]
	[[ "$output" == "release 2 of channel rules is in use"* ]]
}

@test "update: a release that takes its readers over is not switched to, though all keys signed it" {
	a_machine_beside_a_bad_worker
	cp machine/rules/state state.was
	echo 'rule Bad { meta: m = "MISBEHAVE:segv" condition: false }' > r/b.yar
	a_release rel2 --after=rel1
	kill "$witness"
	status=0
	timeout 30 bin/pellucid update --log=log/public --policy=policy --keys=keys machine/rules > out 2> err || status=$?
	[ "$status" -eq 2 ]
	[ ! -s out ]
	grep -q worker-crash err
	is_as_it_was 1
}

@test "scan and verify: a proof that takes its reader over proves nothing" {
	a_machine_beside_a_bad_worker
	kill "$witness"
	cp -r machine/rules/current/. mine
	"$PELLUCID" scan -q --json hay > v.json || [ $? -eq 1 ]
	cp mine/release release.was
	for how in $(each_but "memory stack"); do
		[ "$how" != hang ] || continue # it would take the 120 seconds that a question has
		for place in machine/rules/current/release mine/release; do
			{ cat release.was; printf 'MISBEHAVE:%s\n' "$how"; } > "$place"
		done
		status=0
		timeout 30 bin/pellucid scan hay > out 2> err || status=$?
		[ "$status" -eq 2 ]
		grep -q 'the rules are not proven, and are not loaded' err
		! grep -q 'hay' out || false
		status=0
		timeout 30 bin/pellucid verify > out 2> err || status=$?
		[ "$status" -eq 3 ]
		! grep -qE '^(program|database|log|witnesses) +(proven|FALSE)' out || false
		status=0
		timeout 30 bin/pellucid verify --trust=machine --release=mine v.json hay > out 2> err || status=$?
		[ "$status" -eq 2 ]
		[ ! -s out ]
		status=0
		timeout 30 bin/pellucid verify --trust=machine --program=mine --prefix=. > out 2> err || status=$?
		[ "$status" -eq 2 ]
		[ ! -s out ]
	done
}

@test "release: one that takes its reader over is not shown, signed, verified or taken apart" {
	a_machine_beside_a_bad_worker
	kill "$witness"
	"$PELLUCID" log prove log 0 > proof
	cp rel1/release release.was
	for how in $(each_but "memory stack"); do
		[ "$how" != hang ] || continue # it would take the 120 seconds that a question has
		{ cat release.was; printf 'MISBEHAVE:%s\n' "$how"; } > rel1/release
		cp rel1/release before
		for verb in "show rel1" "sign --key=a.key rel1" "extract rel1 new" "verify --policy=policy --keys=keys --proof=proof rel1" \
			"make --channel=rules --after=rel1 -o rel2 r"; do
			status=0
			timeout 30 bin/pellucid release $verb > out 2> err || status=$?
			[ "$status" -eq 2 ]
			[ ! -s out ]
			[ ! -e new ]
			[ ! -e rel2/release ]
		done
		cmp rel1/release before
	done
}

@test "log monitor and publish: a log or a witness that takes a worker over is believed in nothing" {
	a_machine_beside_a_bad_worker
	kill "$witness"
	entries=$(cd log/public && find tile/entries -type f | tail -1)
	for how in $(each_but "memory stack"); do
		[ "$how" != hang ] || continue # it would take the 120 seconds that a question has
		for part in checkpoint "$entries"; do
			cp -r log/public served
			chmod u+w "served/$part"
			printf 'MISBEHAVE:%s\n' "$how" >> "served/$part"
			status=0
			timeout 30 bin/pellucid log monitor "$PWD/served" --policy=policy --keys=keys --state=seen > out 2> err || status=$?
			[ "$status" -eq 2 ]
			! grep -q 'no alarm' out || false
			[ ! -e seen/head ]
			rm -rf served
		done
	done
}

# Starts a file system of which "b" never answers WORD, runs a command beside it for a minute at most, and ends it: only then does the
# kernel let a process go that waits in it.
beside_a_silent() { # WORD COMMAND...
	mkdir mount
	python3 "$ROOT/tests/cli/serve_files.py" "$PWD/mount" "$1" > ready 3>&- &
	server=$!
	for _ in {1..100}; do
		grep -q ready ready && break
		kill -0 "$server" 2> /dev/null || skip "/dev/fuse cannot be used here"
		sleep 0.1
	done
	"${@:2}" > out 2> err 3>&- &
	asked=$!
	ended=no
	for _ in {1..600}; do
		kill -0 "$asked" 2> /dev/null || { ended=yes; break; }
		sleep 0.1
	done
	served=$(kill -0 "$server" && echo yes)
	kill "$server"
	for _ in {1..100}; do # what was left goes when the kernel notices that nobody serves
		umount mount 2> /dev/null && break
		sleep 0.1
	done
	status=0
	wait "$asked" || status=$?
	! mountpoint -q mount || false
	[ "$served" = yes ]
	[ "$ended" = yes ]
}

reason_of() { # PATH
	jq -r 'select(.path == "'"$1"'" and .verdict == "incomplete").incomplete[0].reason' out
}

costs_one_object() { # WORD
	beside_a_silent "$1" "$PELLUCID" scan --time-limit=2 --json -r one.yar mount
	[ "$status" -eq 1 ]
	[ "$(jq -r 'select(.verdict == "malicious" or .verdict == "suspicious").path' out)" = "$(printf 'mount/a\nmount/c')" ]
	[ "$(reason_of mount/b)" = limit:time ]
	[ "$(jq -r 'select(.path).path' out | wc -l)" -eq 3 ]
}

@test "a file system that does not answer a read costs the one object" { costs_one_object read; }
@test "a file system that does not answer an open costs the one object" { costs_one_object open; }
@test "a file system that does not answer a close costs the one object" { costs_one_object flush; }
@test "a file system that does not answer a lookup costs the one object" { costs_one_object lookup; }
@test "a file system that does not answer a look at attributes costs the one object" { costs_one_object getattr; }
@test "a file system that does not list a directory costs that directory" { costs_one_object readdir; }

@test "a directory in which nothing is answered is left after three" {
	beside_a_silent all "$PELLUCID" scan --time-limit=1 --json -r one.yar mount
	[ "$status" -eq 1 ]
	[ "$(jq -r 'select(.path).path' out)" = "$(printf 'mount/%s\n' a d/10 d/11 d e)" ]
	[ "$(reason_of mount/d)" = limit:time ]
}

@test "a list of paths goes on behind one without an answer" {
	printf 'mount/c\nmount/b\nmount/a\nmount/b\n' > list
	beside_a_silent open "$PELLUCID" scan --time-limit=1 --json -r one.yar --files-from=list
	[ "$status" -eq 1 ]
	[ "$(jq -r 'select(.path) | .path + " " + .verdict' out | sed 's/malicious\|suspicious/found/')" = "$(printf 'mount/%s\n' \
		'c found' 'b incomplete' 'a found' 'b incomplete')" ]
}

@test "clamscan goes on behind a file without an answer" {
	printf 'test:0:*:%s\n' "$(printf needle | xxd -p)" > one.ndb
	beside_a_silent open "$PELLUCID" clamscan -d one.ndb --max-scantime=1000 mount
	[ "$status" -eq 1 ]
	[ "$(grep -c '^.*mount/[ac]: test.UNOFFICIAL FOUND$' out)" -eq 2 ]
	grep -q 'mount/b: limit:time: .* ERROR$' out
	! grep -q 'mount/b: OK' out || false
}
