#!/usr/bin/env bats
# Attacks of docs/threats.md for which a part of the system is still to come: what stands against them today, and the
# same attack where that is taken out.

bats_require_minimum_version 1.5.0
load trust
load helper

teardown() {
	stop_witnesses
	cd / && rm -rf "$work"
}

# The worker of this build, in which `silent` in a rule is obeyed, as products with silent detections do.
obeying_engine() { # DIRECTORY
	sed 's/if (((rule.flags & IR_RULE_PRIVATE) != 0 \&\& /if (is_silent(s, \&rule) || ((rule.flags \& IR_RULE_PRIVATE) != 0 \&\& /' \
		"$ROOT/src/engine/scan.c" > "$1/one.c"
	{
		sed '/^#include/!d' "$1/one.c"
		echo 'static bool is_silent(const struct scanner *s, const struct db_rule *r)'
		echo '{ struct span word; return db_meta_text(s->db, r, "silent", &word); }'
		sed '/^#include/d' "$1/one.c"
	} > "$1/scan.c"
	grep -q 'is_silent(s, &rule)' "$1/scan.c" || return 1
	cp "$PELLUCID" "$1/pellucid"
	compile=$(jq -r '[.[] | select(.file | endswith("src/engine/scan.c"))][0].command' "$BUILD/compile_commands.json" |
		sed "s, -o [^ ]* , -o $1/scan.o ,; s, -c [^ ]*scan.c, -c $1/scan.c,; s, -MD -MQ [^ ]* -MF [^ ]*,,")
	link=$(ninja -C "$BUILD" -t commands pellucid-worker | tail -1 |
		sed "s, -o pellucid-worker , -o $1/pellucid-worker $1/scan.o ,")
	(cd "$BUILD" && sh -c "$compile" && sh -c "$link")
}

@test "4: an engine that obeys a rule is silent; this one is not, and whoever verifies the silence finds the match" {
	command -v jq > /dev/null || skip "jq is not installed"
	echo 'rule Q { meta: silent = "yes" severity = "malicious" strings: $a = "needle" condition: $a }' > quiet.yar
	mkdir obeys
	obeying_engine "$PWD/obeys"
	run -1 "$PELLUCID" scan -q -r quiet.yar hay
	"$PWD/obeys/pellucid" scan -q --json --hash -r quiet.yar hay > v # the attack: nothing is found
	[ "$(jq -r .verdict v)" = clean ]
	run -4 "$PELLUCID" verify -r quiet.yar v hay
	run -1 "$PWD/obeys/pellucid" scan -q -r one.yar hay # of other rules it says all
}

@test "12: a release cannot bless anything: an allow-list is no rule; taken in by hand it makes a find disappear" {
	world
	printf '%s:%s:ok\n' "$(sha256sum < eicar | cut -d' ' -f1)" 68 > list
	for kind in sfp fp allow ign2; do cp list "bless.$kind"; done
	echo 'rule E { strings: $a = "EICAR-STANDARD" condition: $a }' > r1/a.yar
	for kind in sfp fp allow ign2; do
		run -2 "$PELLUCID" release make --channel=rules -o "rel-$kind" "bless.$kind"
		[ ! -e "rel-$kind/release" ]
	done
	# beside rules it does not come in
	cp bless.* r1
	"$PELLUCID" release make --channel=rules -o rel1 r1 > /dev/null
	run -1 grep -rqi "$(cut -c1-64 bless.sfp)" rel1
	signed rel1 a b
	publish log rel1
	run -0 "$PELLUCID" update --log=log/public --policy=policy --keys=keys machine
	mkdir trust && cp policy keys trust && cp -r machine trust/rules
	run -1 env PELLUCID_TRUST="$PWD/trust" "$PELLUCID" scan eicar
	[[ "$output" == *"proven"* ]]
	# one that the vendor writes into the artefact itself makes it no artefact
	cp -r rel1 rel2
	sed -i "s/^rule E/$(cat bless.sfp)\n&/" rel2/rules.txt
	cmp -s rel1/rules.txt rel2/rules.txt && return 1
	run -4 "$PELLUCID" release verify --policy=policy --keys=keys --proof=<("$PELLUCID" log prove log 0) rel2
	# with a trust policy it cannot be added on the machine, and without one it can
	run -2 env PELLUCID_TRUST="$PWD/trust" "$PELLUCID" scan -r r1/a.yar -r bless.sfp eicar
	run -0 "$PELLUCID" scan -q -r r1/a.yar -r bless.sfp eicar
	run -0 "$PELLUCID" rules list bless.sfp
	[[ "$output" == "allowed "* ]]
}

# Somebody hands in a file of everybody's as malware; who believes that writes a rule for what is everybody's in it.
@test "13: a rule from a poisoned sample is too broad by count; by its text alone it would pass" {
	mkdir ordinary
	for i in 1 2 3 4; do
		{ printf 'MZ\220\0\3'; printf 'version %s' "$i"; printf '\xe8\x11\x22\x33\x44shared_library_routine\0'; } > "ordinary/program$i"
	done
	{ cat ordinary/program2; printf 'dropper_mark_77'; } > submitted
	echo 'rule Poisoned { strings: $a = "shared_library_routine" condition: $a }' > poisoned.yar
	echo 'rule Honest { strings: $a = "dropper_mark_77" condition: $a }' > honest.yar
	for r in poisoned honest; do run -1 "$PELLUCID" scan -q -r $r.yar submitted; done
	run -0 "$PELLUCID" rules audit poisoned.yar # the defence taken out
	run -1 "$PELLUCID" rules audit --corpus=ordinary poisoned.yar
	[[ "$output" == *"broad      found 4 of 4 ordinary files"*ordinary/program1* ]]
	run -0 "$PELLUCID" rules audit --corpus=ordinary honest.yar
}

# A repository with a source in it, and the archive of its commit in a release of the program.
source_release() { # ARCHIVE
	mkdir -p list/source
	printf 'sha256 %s\nsize %s\n' "$(sha256sum < "$1" | cut -d' ' -f1)" "$(stat -c %s "$1")" > list/source/pellucid.tar
	"$PELLUCID" release make --channel=program -o prog list > /dev/null
	signed prog a b
	publish log prog
	"$PELLUCID" log prove log 0 > proof
	"$PELLUCID" release verify --policy=policy --keys=keys --proof=proof --channel=program prog > /dev/null
	"$PELLUCID" release extract prog items > /dev/null
	said=$(grep -rh '^sha256 ' items | cut -d' ' -f2)
}

@test "27: an archive that is not the repository is told by whoever has a clone; by its signatures it is good" {
	command -v git > /dev/null || skip "git is not installed"
	world
	git init -q repo
	printf '#!/bin/sh\necho building\n' > repo/configure
	chmod 700 repo/configure
	printf 'int main(void) { return 0; }\n' > repo/main.c
	git -C repo add -A
	git -C repo -c user.name=a -c user.email=a@b -c commit.gpgsign=false commit -qm one
	sh "$ROOT/tools/source.sh" one.tar repo
	# another's clone, elsewhere, later, with other settings
	mkdir -p far/home
	printf '[tar]\n\tumask = 0\n[core]\n\tautocrlf = true\n' > far/home/.gitconfig
	git clone -q repo "far/a clone"
	(umask 077; HOME=$PWD/far/home TZ=Asia/Kathmandu LC_ALL=C sh "$ROOT/tools/source.sh" far/two.tar "far/a clone")
	cmp one.tar far/two.tar
	source_release one.tar
	[ "$said" = "$(sha256sum < far/two.tar | cut -d' ' -f1)" ]
	# the attack: one line more in what the archive's users run, as in xz 5.6; keys, log and quorum are the vendor's
	rm -rf prog items log w? policy keys r1 r2 list ./*.key ./*.vkey; stop_witnesses
	world
	mkdir evil && tar -C evil -xf one.tar && echo 'sh tests/files/bad.xz' >> evil/pellucid/configure
	tar -C evil --owner=0 --group=0 -cf evil.tar pellucid
	source_release evil.tar # accepted
	[ "$said" = "$(sha256sum < evil.tar | cut -d' ' -f1)" ]
	[ "$said" != "$(sha256sum < far/two.tar | cut -d' ' -f1)" ]
}

@test "27: the project's own archive is the same from two clones" {
	command -v git > /dev/null || skip "git is not installed"
	git -C "$ROOT" rev-parse HEAD > /dev/null 2>&1 || skip "the source is no repository here"
	git -c safe.directory='*' clone -q --no-hardlinks "$ROOT" clone
	sh "$ROOT/tools/source.sh" one.tar "$ROOT"
	(umask 077; sh "$ROOT/tools/source.sh" two.tar clone)
	cmp one.tar two.tar
}

# What would have to be raced: there is nothing that moves, deletes or restores what was scanned.
@test "33, 34: no verb that finds something changes it; what moves files away by name is led to another's" {
	command -v strace > /dev/null || skip "strace is not installed"
	strace -f -o self true 2>/dev/null || skip "strace may not trace here"
	changes=rename,renameat,renameat2,unlink,unlinkat,link,linkat,symlink,symlinkat,truncate,ftruncate,chmod,fchmod,fchmodat,chown,fchown,lchown,fchownat,rmdir,mkdir,mkdirat,utimensat
	mkdir -p tree/in victim
	cp hay tree/in/bad && cp eicar tree/in/eicar && echo precious > victim/bad
	ls -lR --time-style=full-iso tree victim > before
	for verb in "scan -q" "scan -q --json --hash" "clamscan -r" "yara -r" "rules audit"; do
		read -ra words <<< "$verb"
		case $verb in
			scan*) words+=(-r one.yar tree) ;;
			clamscan*) words+=(--database=one.yar tree) ;;
			yara*) words+=(one.yar tree) ;;
			*) words+=(--corpus=tree one.yar) ;;
		esac
		# the sanitizer that looks for leaks cannot work where another traces
		ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 strace -f -e trace="$changes" -o trace "$PELLUCID" "${words[@]}" > out 2>&1 || :
		grep -q 'tree/in/bad\|found 1 of 2 ordinary' out
		# but in the cache's names, which are digests: some have `bad` in them
		sed "s#\"$XDG_CACHE_HOME/[^\"]*\"##g" trace > elsewhere
		run -1 grep -E '"[^"]*(tree|bad|eicar|victim)' elsewhere
	done
	ls -lR --time-style=full-iso tree victim > after
	cmp before after
	# the attack on what does act, by name: between finding and moving the directory becomes a link
	strace -f -e trace="$changes" -o trace mv tree/in/eicar tree/in/moved
	grep -qE '"[^"]*eicar' trace
	run -1 "$PELLUCID" scan -q -r one.yar tree/in/bad
	mv tree/in tree/was && ln -s ../victim tree/in
	mkdir quarantine && mv tree/in/bad quarantine/
	[ "$(cat quarantine/bad)" = precious ]
	[ ! -e victim/bad ]
}
