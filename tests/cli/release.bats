load trust
load helper

teardown() {
	stop_witnesses
	cd / && rm -rf "$work"
}

@test "a release is made of rules, and the rules come out of it again" {
	mkdir r
	cat > r/x.yar <<'RULES'
// a comment with } and "
import "pe"
private rule Base { strings: $a = { 4D 5A [2-4] 90 } condition: $a at 0 and pe.is_pe }
rule Any : tag { meta: m = "} rule No {" strings: $r = /a{2,3}b\/}/ condition: Base and $r }
global rule Small { condition: filesize < 1MB }
rule Last { condition: any of (An*) }
RULES
	printf 'rule Other {\r\n condition: true\r\n}\r\n' > r/y.yar
	run "$PELLUCID" release make --channel=rules --issued=1767225600 -o rel r
	[ "$status" -eq 0 ]
	[[ "$output" == *"release 1 of channel rules: 5 items, 5 new"* ]]
	"$PELLUCID" log key a.example a.key
	"$PELLUCID" release sign --key=a.key rel
	"$PELLUCID" release extract rel out
	[ "$(ls out)" = "x.yar
y.yar" ]
	"$PELLUCID" rules build -o one.pel r
	"$PELLUCID" rules build -o two.pel out
	"$PELLUCID" rules list one.pel | awk '{ print $1, $2 }' | sort > one.names # verdict and name
	"$PELLUCID" rules list two.pel | awk '{ print $1, $2 }' | sort > two.names
	grep -q ' Any$' one.names
	cmp one.names two.names
	# the same sources give the same bytes
	"$PELLUCID" release make --channel=rules --issued=1767225600 -o again r
	cmp rel/rules.txt again/rules.txt
	"$PELLUCID" release sign --key=a.key again
	cmp rel/release again/release
}

@test "what is not text, has no name, or is included is no release" {
	mkdir r
	printf 'rule A { strings: $a = "\377" condition: $a }\n' > r/a.yar
	run "$PELLUCID" release make --channel=rules -o rel r
	[ "$status" -eq 2 ]
	[[ "$output" == *"a/A: not UTF-8"* ]]
	echo 'include "b.yar"' > r/a.yar
	run "$PELLUCID" release make --channel=rules -o rel r
	[[ "$output" == *"line 1: an include"* ]]
	echo 'rule A { condition: true' > r/a.yar
	run "$PELLUCID" release make --channel=rules -o rel r
	[[ "$output" == *"does not end"* ]]
	[ ! -e rel/release ]
}

@test "a rule is not removed without a reason" {
	world
	"$PELLUCID" release make --channel=rules -o rel1 r1
	signed rel1 a b
	run "$PELLUCID" release make --channel=rules --after=rel1 -o rel2 r2
	[ "$status" -eq 2 ]
	[[ "$output" == *"a/Two is removed: say why"* ]]
	run "$PELLUCID" release make --channel=rules --after=rel1 --removed=a/Two:because:why -o rel2 r2
	[ "$status" -eq 2 ]
	run "$PELLUCID" release make --channel=rules --after=rel1 --removed=a/Two:false-positive:why -o rel2 r2
	[ "$status" -eq 0 ]
	[[ "$output" == *"2 items, 1 new, 0 changed, 1 removed"* ]]
	grep -q "^removed a/Two false-positive $(sha256sum < why | cut -d' ' -f1)$" rel2/release
	signed rel2 a
	echo x >> rel2/rules.txt # nobody signs what is not there
	run "$PELLUCID" release sign --key=b.key rel2
	[ "$status" -eq 2 ]
}

@test "a client takes one release after the other, offline" {
	world
	two_releases
	verify="$PELLUCID release verify --policy=policy --keys=keys --state=state"
	run $verify --accept --proof=proof1 rel1
	[ "$status" -eq 0 ]
	[[ "$output" == *"release 1 of channel rules"*"trusted on first use"*"accepted"* ]]
	run $verify --proof=proof2 --growth=growth --old=rel1 rel2
	[ "$status" -eq 0 ]
	[[ "$output" == *"begins with the 1 entries"*"would be accepted"* ]]
	run $verify --accept --proof=proof2 --growth=growth --old=rel1 rel2
	[ "$status" -eq 0 ]
	# the first again is a rollback: an older head, or a smaller one where both were signed within a second
	run $verify --proof=proof1 rel1
	[ "$status" -eq 4 ]
	[[ "$output" == "refused at history: rollback"* || "$output" == "refused at fresh: the head is older than one"* ]]
	# eight days later the head is stale; a policy of another threshold is not reached
	run $verify --now=$(($(date +%s) + 8 * 86400)) --proof=proof2 rel2
	[ "$status" -eq 4 ]
	[[ "$output" == "refused at fresh: "* ]]
	sed -i 's/threshold 2/threshold 3/' keys
	run $verify --proof=proof2 rel2
	[ "$status" -eq 4 ]
	[[ "$output" == "refused at keys: "* ]]
}

@test "a release that removes in silence is refused, and a monitor says so" {
	world
	"$PELLUCID" release make --channel=rules -o rel1 r1
	signed rel1 a b
	publish log rel1
	"$PELLUCID" log prove log 0 > proof1
	"$PELLUCID" release verify --policy=policy --keys=keys --state=state --accept --proof=proof1 rel1
	run "$PELLUCID" log monitor log/public --policy=policy --keys=keys --state=seen
	[ "$status" -eq 0 ]
	[[ "$output" == *"+ a/One"*"+ a/Two"*"no alarm"* ]]
	"$PELLUCID" release make --channel=rules --after=rel1 --removed=a/Two:false-positive:why -o rel2 r2
	silence rel2
	signed rel2 a b
	publish log rel2
	"$PELLUCID" log prove log 1 > proof2
	"$PELLUCID" log prove log --since=1 > growth
	run "$PELLUCID" release verify --policy=policy --keys=keys --state=state --old=rel1 --proof=proof2 --growth=growth rel2
	[ "$status" -eq 4 ]
	[[ "$output" == "refused at artefacts: "*"a/Two is removed and no line says so"* ]]
	run "$PELLUCID" log monitor log/public --policy=policy --keys=keys --state=seen
	[ "$status" -eq 4 ]
	[[ "$output" == *"- a/Two  (no reason)"*"ALARM"*"a/Two is removed and no line says so"* ]]
}

@test "a monitor tells a forged release, a gap and a withheld or changed artefact" {
	world
	two_releases
	run "$PELLUCID" log monitor log/public --policy=policy --keys=keys --state=seen
	[ "$status" -eq 0 ]
	[[ "$output" == *"- a/Two  (false-positive)"*"no alarm"* ]]
	# one key alone
	"$PELLUCID" release make --channel=rules --after=rel2 -o rel3 r2
	signed rel3 c
	publish log rel3
	run "$PELLUCID" log monitor log/public --policy=policy --keys=keys --state=seen
	[ "$status" -eq 4 ]
	[[ "$output" == *"entry 2: forged: release: signed by 1 of its keys"* ]]
	# two keys, but it follows the forged one, and its artefact is not served
	echo 'rule Four { strings: $a = "fourth needle" condition: $a }' >> r2/a.yar
	"$PELLUCID" release make --channel=rules --after=rel3 -o rel4 r2
	signed rel4 a b
	"$PELLUCID" log add log rel4/release
	"$PELLUCID" log publish log --policy=policy
	cp -a seen seen2
	run "$PELLUCID" log monitor log/public --policy=policy --keys=keys --state=seen
	[ "$status" -eq 4 ]
	[[ "$output" == *"release 4 does not follow release 2"* ]]
	[[ "$output" == *"rules.txt: artifact/"*" is withheld"* ]]
	"$PELLUCID" log add log --artifact=rel4/rules.txt
	for c in log/public/chunk/*; do grep -q fourth "$c" && sed -i s/fourth/FOURTH/ "$c"; done
	run "$PELLUCID" log monitor log/public --policy=policy --keys=keys --state=seen2
	[ "$status" -eq 4 ]
	[[ "$output" == *"a chunk is not what it is called"* ]]
}

@test "a release for one victim is refused, although the keys are the real ones" {
	world
	two_releases
	"$PELLUCID" release verify --policy=policy --keys=keys --state=state --accept --proof=proof1 rel1
	# the vendor forks its log after the first release and signs another second one
	mkdir victim
	"$PELLUCID" log init victim/log --key=log.key
	"$PELLUCID" log add victim/log rel1/release
	"$PELLUCID" release make --channel=rules --after=rel1 --removed=a/Two:legal:why -o evil r2
	signed evil a b
	"$PELLUCID" log add victim/log evil/release
	run "$PELLUCID" log publish victim/log --policy=policy
	[ "$status" -eq 2 ]
	[[ "$output" == *"answers 422"*"not the quorum"* ]]
	"$PELLUCID" log publish victim/log # without witnesses
	"$PELLUCID" log prove victim/log 1 > proof
	"$PELLUCID" log prove victim/log --since=1 > growth
	run "$PELLUCID" release verify --policy=policy --keys=keys --state=state --old=rel1 --proof=proof --growth=growth evil
	[ "$status" -eq 4 ]
	[[ "$output" == "refused at head: "*"0 of 3 witnesses"* ]]
}

@test "policies, programs and trust are released file by file" {
	mkdir p
	echo "an entry" > p/one.policy
	echo "another" > p/two.policy
	for c in policies program trust; do
		"$PELLUCID" release make --channel=$c -o rel-$c p
		grep -q "^artifact $c.txt" rel-$c/release
	done
	"$PELLUCID" log key a.example a.key
	"$PELLUCID" release sign --key=a.key rel-policies
	"$PELLUCID" release extract rel-policies out
	diff -r p out
}
