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
		[[ "$BUILD" != *sanitize* || " $1 " != *" $how "* ]] || continue
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
		! grep -q '^holds  the verdict' out
		! grep -q 'no worker for the job' err
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
			! grep -q 'OK$' out
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
			status=0
			timeout 30 bin/pellucid $verb > out 2> err || status=$?
			[ "$status" -ne 0 ]
			! grep -qE 'OK$|"clean"|^holds' out
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
			! grep -qE 'intact +[1-9]' out
		done
		cp "$how" tree/bad.docx.locky
		status=0
		timeout 60 bin/pellucid recover run --into "new$how" --i-have-isolated tree > out 2> err || status=$?
		[ "$status" -eq 3 ]
		diff -r --exclude recover.journal was "new$how"
		rm -r alone tree/bad.docx.locky
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
		! grep -q source_sha256 "new$how/salvage.journal"
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
