#!/usr/bin/env bats
# What a rule looks for, and what a release changes.

bats_require_minimum_version 1.5.0
load helper

defined='-d filename= -d filepath= -d owner= -d extension= -d filetype='

@test "the hundred hostile rules that the audit was made against are caught" {
	# shellcheck disable=SC2086
	"$PELLUCID" rules audit $defined --json "$ROOT/tests/audit/hostile_seen.yar" > marks || [ "$?" -eq 1 ]
	run -0 python3 "$ROOT/tests/audit/score.py" < marks
	[ "$output" = 100 ]
}

@test "of the hundred that were not looked at, 100 are caught" {
	# shellcheck disable=SC2086
	"$PELLUCID" rules audit $defined --json "$ROOT/tests/audit/hostile_held.yar" > marks || [ "$?" -eq 1 ]
	run -0 python3 "$ROOT/tests/audit/score.py" < marks
	[ "${lines[-1]}" -ge 100 ]
}

# The second half was unread when 72 of it were caught; then its misses were read and learnt from.
@test "of the first 79 hostile rules by somebody who had not read the audit 79 are caught, and 76 of the other 79" {
	caught=0
	for half in first second; do
		rules=$ROOT/tests/audit/blind_$half.yar
		# shellcheck disable=SC2086
		"$PELLUCID" rules audit $defined --json "$rules" > marks || [ "$?" -eq 1 ]
		run -0 python3 "$ROOT/tests/audit/blind.py" "$rules" < marks
		read -r n of false <<< "${lines[-1]}"
		[ "$of" = 79 ]
		[ "$false" = 0 ]
		caught=$((caught + n))
	done
	[ "$caught" -ge 155 ]
}

# The first half was read after it had been scored (131 of 180), the second when 146 of 175 were caught unread.
@test "of the third set 169 of 180 hostile rules are caught, and 163 of the other 175" {
	for half in "first 180 169 0" "second 175 163 1"; do
		read -r name all least most <<< "$half"
		rules=$ROOT/tests/audit/third_$name.yar
		# shellcheck disable=SC2086
		"$PELLUCID" rules audit $defined --json "$rules" > marks || [ "$?" -eq 1 ]
		run -0 python3 "$ROOT/tests/audit/blind.py" "$rules" < marks
		read -r n of false <<< "${lines[-1]}"
		[ "$of" = "$all" ]
		[ "$n" -ge "$least" ]
		[ "$false" -le "$most" ]
	done
}

# Unread: nothing was learnt from it.
@test "of the fourth set 88 of 100 hostile rules are caught, and one of 40 honest ones is marked" {
	rules=$ROOT/tests/audit/fourth.yar
	"$PELLUCID" rules audit --json "$rules" > marks || [ "$?" -eq 1 ]
	run -0 python3 "$ROOT/tests/audit/blind.py" "$rules" < marks
	read -r n of false <<< "${lines[-1]}"
	[ "$of" = 100 ]
	[ "$n" -ge 88 ]
	[ "$false" -le 1 ]
}

@test "what is marked as content of the public set is what the list gives reasons for, and under 2 %" {
	public=${PELLUCID_RULESETS:-$ROOT/../shared/rulesets}/signature-base
	[ -d "$public" ] || skip "signature-base is not here"
	# shellcheck disable=SC2086
	"$PELLUCID" rules audit $defined --json "$public" > marks || [ "$?" -eq 1 ]
	python3 - marks > found <<-'PYTHON'
		import json, sys
		for line in open(sys.argv[1]):
		    r = json.loads(line)
		    if r["looks_for"] == "content":
		        print(r["source"].split("/")[-1], r["rule"], sep="\t")
	PYTHON
	grep -v '^#' "$ROOT/tests/audit/public_marked.tsv" > listed
	run -1 grep -Pv '^[^\t]+\t[^\t]+\t[^\t]{20,}$' listed
	diff <(sort found) <(cut -f 1,2 listed | sort)
	[ "$((50 * $(wc -l < found)))" -lt "$(wc -l < marks)" ]
}

@test "of 111 rules for principles that no other set shows 110 are caught, and none of 20 honest ones" {
	rules=$ROOT/tests/audit/principles.yar
	"$PELLUCID" rules audit -d filename= --json "$rules" > marks || [ "$?" -eq 1 ]
	run -0 python3 "$ROOT/tests/audit/blind.py" "$rules" < marks
	read -r n of false <<< "${lines[-1]}"
	[ "$of" = 111 ]
	[ "$false" = 0 ]
	[ "$n" -ge 110 ]
}

@test "without the audit a rule that hunts documents passes for another, and finds them" {
	printf 'rule APT_Loader { strings: $a = "NATO CONFIDENTIAL" condition: $a }\n' > apt.yar
	printf 'Dear all, this is NATO CONFIDENTIAL.\n' > letter
	run -0 "$PELLUCID" rules check apt.yar
	run -1 "$PELLUCID" scan -q -r apt.yar letter
	run -1 "$PELLUCID" rules audit apt.yar
	[[ "${lines[1]}" == *content* ]]
}

@test "rules for code, structure and programs' text are nothing to look into" {
	cat > good.yar <<'RULE'
import "pe"
rule code { strings: $a = { 55 8B EC 83 EC 20 53 56 57 33 DB } condition: $a }
rule program { strings: $a = "TOP SECRET" condition: uint16(0) == 0x5A4D and $a }
rule names { strings: $a = "VirtualAllocEx" $b = "inject_thread" condition: all of them }
rule form { condition: pe.number_of_sections == 7 and pe.timestamp == 12345 }
rule both { strings: $a = "confidential" $b = "%s\\system32\\evil.dll" condition: all of them }
RULE
	run -0 "$PELLUCID" rules audit good.yar
	[ "${lines[-1]}" = "5 rules, 0 to look into: code 4 structure 1" ]
}

@test "names, metadata and comments say nothing to the audit" {
	sed 's/APT_Loader/Poetry/' <<'RULE' > a.yar
rule APT_Loader { meta: description = "TOP SECRET documents" strings: $a = "evil_marker" condition: $a }
RULE
	run -0 "$PELLUCID" rules audit a.yar
}

@test "a difference names what came, went and changed, with marks" {
	printf 'rule A { strings: $a = "one_a" condition: $a }\nrule B { strings: $a = "two_b" condition: $a }\n' > old.yar
	printf 'rule C { strings: $a = "secret annex" condition: $a }\nrule B { strings: $a = "two_c" condition: $a }\n' > new.yar
	run -1 "$PELLUCID" rules diff old.yar new.yar
	[[ "$output" == *"removed  A"* && "$output" == *"added    C"* && "$output" == *"changed  B"* ]]
	[[ "$output" == *"content    a document"* && "${lines[-1]}" = "1 added, 1 removed, 1 changed" ]]
	run -0 "$PELLUCID" rules diff old.yar old.yar
	[ "$output" = "0 added, 0 removed, 0 changed" ]
	"$PELLUCID" rules diff --json old.yar new.yar > d || [ "$?" -eq 1 ]
	run -0 python3 -c 'import json; print([json.loads(l)["change"] for l in open("d")])'
	[ "$output" = "['removed', 'added', 'changed']" ]
}

# What follows from the text alone says nothing of these rules: a library's name, five bytes of a function's beginning.
@test "rules are counted over a corpus: what finds too many ordinary files is broad, with the files as evidence" {
	mkdir -p corpus/deep
	for i in 1 2 3 4 5 6; do
		printf 'MZ%s\x55\x8b\xec\x83\xec kernel_routine_%s' "$i" "$i" > "corpus/program$i"
		printf 'a letter of the %s. day\n' "$i" > "corpus/letter$i"
	done
	printf 'needle_in_an_archive' > inside
	python3 -c 'import zipfile; zipfile.ZipFile("corpus/deep/a.zip", "w").write("inside")'
	ln -s ../corpus corpus/deep/again
	cat > rules.yar <<'RULE'
rule everywhere { strings: $a = "kernel_routine_" condition: $a }
rule prologue { strings: $a = { 55 8B EC 83 EC } condition: $a and filesize < 1MB }
rule inside { strings: $a = "needle_in_an_archive" condition: $a }
rule narrow { strings: $a = "kernel_routine_7" condition: $a }
private rule hidden { strings: $a = "kernel_routine_1" condition: $a }
rule uses { condition: hidden and filesize < 1 and filesize > 2 }
RULE
	run -1 "$PELLUCID" rules audit rules.yar # `uses` alone: what finds a program is code
	[ "${lines[-1]}" = "6 rules, 1 to look into: code 6 never 1" ]
	run -1 "$PELLUCID" rules audit --corpus=corpus rules.yar
	[ "${lines[-1]}" = "6 rules, 4 to look into: code 6 broad 3 never 1" ]
	[[ "$output" == *"broad      found 6 of 13 ordinary files"*"corpus/program1, corpus/program2, corpus/program3"* ]]
	[[ "$output" == *"broad      found 1 of 13 ordinary files"*"corpus/deep/a.zip"* ]]
	! [[ "$output" == *narrow* || "$output" == *program4* ]] || false
	# one of 13 is over 76,923 of a million, and six of 13 are not over 500,000
	run -1 "$PELLUCID" rules audit --corpus=corpus --broad-over=76924 rules.yar
	[ "${lines[-1]}" = "6 rules, 3 to look into: code 6 broad 2 never 1" ]
	run -1 "$PELLUCID" rules audit --corpus=corpus --broad-over=500000 rules.yar
	[ "${lines[-1]}" = "6 rules, 1 to look into: code 6 never 1" ]
	for i in 1 2 3; do
		"$PELLUCID" rules audit --json --corpus=corpus/deep --corpus=corpus rules.yar > "json$i" || [ "$?" -eq 1 ]
		cmp json1 "json$i"
	done
	run -0 python3 -c 'import json; print([json.loads(l)["hits"]["files"] for l in open("json1")])'
	[ "$output" = "[6, 6, 2, 0, 0, 0]" ] # the private rule's are not seen; a file that is named twice counts twice
	# nothing to look at is no answer, and neither is what cannot be read
	mkdir none
	run -2 "$PELLUCID" rules audit --corpus=none rules.yar
	run -2 "$PELLUCID" rules audit --corpus=nowhere rules.yar
	run -2 "$PELLUCID" rules audit --broad-over=all rules.yar
}

@test "what ordinary files are known to share is told without any at hand" {
	cat > rules.yar <<'RULE'
rule Library { strings: $a = "GetProcAddress" condition: $a }
rule Start { strings: $a = "__libc_start_main" nocase condition: $a and filesize < 10MB }
rule Either { strings: $a = "evil_marker_71" $b = "GetProcAddress" condition: any of them }
rule Both { strings: $a = "evil_marker_71" $b = "GetProcAddress" condition: all of them }
rule Narrow { strings: $a = "evil_marker_71" condition: $a }
rule Elsewhere { strings: $a = "GetProcAddress" condition: $a and uint32(0) == 0xFEEDFACF }
rule Gaps { strings: $a = { 8B 45 FC 50 E8 [4] 83 C4 14 5F 5E 5B [1-4] 8B E5 5D C2 08 } condition: $a }
RULE
	run -1 "$PELLUCID" rules audit rules.yar
	[ "${lines[-1]}" = "7 rules, 3 to look into: code 7 broad 3" ]
	[[ "$output" == *"Library"*"broad      about 100000 of a million ordinary files hold what it asks for"* ]]
	run -1 grep -E '^(Both|Narrow|Elsewhere|Gaps) ' <<< "$output"
	"$PELLUCID" rules audit --json rules.yar > json || [ "$?" -eq 1 ]
	run -0 python3 -c 'import json; print(*[json.loads(l)["expected"] >= 10000 for l in open("json")])'
	[ "$output" = "True True True False False False False" ]
	# what was counted takes the place of what was guessed
	mkdir corpus && printf 'GetProcAddress' > corpus/a && cp clean corpus/b
	run -1 "$PELLUCID" rules audit --corpus=corpus rules.yar
	[[ "$output" == *"broad      found 1 of 2 ordinary files"* ]]
	"$PELLUCID" rules audit --json rules.yar | cmp - json
}

@test "a built database has no text to be audited" {
	"$PELLUCID" rules build -o one.pel one.yar
	run -2 "$PELLUCID" rules audit one.pel
}
