load helper

# The text that every scanner knows, never in one piece in this file.
eicar() { printf '%s%s' 'X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-' 'ANTIVIRUS-TEST-FILE!$H+H*'; }

make_root() {
	mkdir -p root/usr/bin root/etc/cron.d root/opt root/home/a root/var/lib/dpkg/info
	: > root/var/lib/dpkg/status
	eicar > root/usr/bin/e
	chmod 755 root/usr/bin/e
	eicar > root/opt/named.sh
	eicar > root/opt/data
	eicar > root/home/a/x
	chmod 755 root/home/a/x
	printf '* * * * * root /bin/sh "/opt/named.sh"\n' > root/etc/cron.d/job
}

review_root() {
	status=0
	"$PELLUCID" review --root root --json "$@" > out.json || status=$?
}

found() { jq -r '.facts[] | select(.kind == "object" and .values.rule) | .values.location' out.json | sort | tr '\n' ' '; }

@test "programs and what autostart names are examined, data and homes are not" {
	make_root
	review_root --scan
	[ "$status" -eq 1 ]
	[ "$(found)" = '/opt/named.sh /usr/bin/e ' ]
	[ "$(jq -r '.coverage[] | select(.collector == "engine") | .state' out.json)" = complete ]
	review_root --scan --homes
	[ "$(found)" = '/home/a/x /opt/named.sh /usr/bin/e ' ]
	# but what is named is, wherever it lies
	printf '* * * * * root /home/a/x\n' >> root/etc/cron.d/job
	review_root --scan
	[ "$(found)" = '/home/a/x /opt/named.sh /usr/bin/e ' ]
	review_root --scan --homes
	[ "$(found)" = '/home/a/x /opt/named.sh /usr/bin/e ' ]
}

@test "without --scan nothing is examined, and that is said" {
	make_root
	review_root
	[ "$status" -ne 1 ]
	[ "$(found)" = '' ]
	[ "$(jq -r '.coverage[] | select(.collector == "engine") | .state + ": " + .reason' out.json)" = 'not-applicable: not asked for: --scan' ]
}

@test "digests are those of sha256sum, with and without the engine, and a policy may name one" {
	make_root
	for also in '' --scan; do
		review_root --hash $also
		jq -r '.facts[] | select(.collector == "digests") | .values | "\(.sha256)  root\(.location)"' out.json | sort > got
		sha256sum root/usr/bin/e root/opt/named.sh root/etc/cron.d/job | sort > want
		diff want got
	done
	sum=$(sha256sum < root/usr/bin/e | cut -d' ' -f1)
	"$PELLUCID" policy new ours | sed "s/dpkg telnetd shows/sha256 $sum proves/" > ours.policy
	review_root --hash --policy ours.policy --no-shipped
	[ "$status" -eq 1 ]
	[ "$(jq -r '.findings[0].strength' out.json)" = proves ]
	[ "$(jq -c .unanswered out.json)" = '[]' ]
	review_root --policy ours.policy --no-shipped
	[ "$(jq -c .unanswered out.json)" = '[{"atoms":1,"type":"sha256"}]' ]
}

@test "a policy may name a rule" {
	make_root
	"$PELLUCID" policy new ours | sed 's/dpkg telnetd shows/rule EICAR_Test_File proves/' > ours.policy
	review_root --scan --policy ours.policy --no-shipped
	[ "$(jq -r '.findings[0] | .strength + " \(.facts_all)"' out.json)" = 'proves 2' ]
}

@test "what the engine found stands in the summary, on the page and in SARIF" {
	make_root
	"$PELLUCID" review --root root --scan --html r.html --sarif r.sarif > out.txt || [ $? -eq 1 ]
	grep -q '^Found by the engine: 2$' out.txt
	grep -q '<h2>Found by the engine: 2</h2>' r.html
	[ "$(jq -r '.runs[0].results[] | select(.ruleId == "EICAR_Test_File") | .level' r.sarif | uniq)" = error ]
}

@test "a program that cannot be read is a gap of the engine" {
	[ "$(id -u)" -eq 0 ] || skip "needs another user to be"
	make_root
	chmod 755 . root
	chmod 0111 root/usr/bin/e
	chmod -R o+X "$(dirname "$PELLUCID")" 2> /dev/null || :
	status=0
	setpriv --reuid 65534 --regid 65534 --clear-groups "$PELLUCID" review --root "$PWD/root" --scan --json > out.json || status=$?
	[ "$status" -lt 126 ] || [ "$status" -gt 127 ] || skip "this user cannot run the program"
	[ "$status" -eq 1 ]
	jq -e '.coverage[] | select(.collector == "engine") | .state == "partial" and (.gaps | map(.where) | index("/usr/bin/e") != null)' out.json
}

@test "a running program that was removed is examined through the kernel" {
	cp /bin/sleep gone
	./gone 600 &
	pid=$!
	rm gone
	timeout 400 "$PELLUCID" review --root / --hash --json > out.json || [ $? -le 3 ]
	kill "$pid"
	jq -e --arg p "/proc/$pid/exe" 'any(.facts[]; .values.location == $p)' out.json
}

@test "links that lead out of the root are not followed" {
	make_root
	mkdir outside
	eicar > outside/e
	chmod 755 outside/e
	ln -s "$PWD/outside" root/opt/away
	ln -s "$PWD/outside/e" root/usr/bin/away
	printf '* * * * * root %s\n' "$PWD/outside/e" > root/etc/cron.d/job
	review_root --scan
	[ "$(found)" = '/usr/bin/e ' ]
}
