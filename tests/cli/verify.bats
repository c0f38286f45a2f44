bats_require_minimum_version 1.5.0
load helper

claim() {
	"$PELLUCID" scan -q --json "$@" > claim.json || true
}

@test "a true verdict holds, item by item" {
	claim -r one.yar hay
	run "$PELLUCID" verify claim.json hay
	[ "$status" -eq 0 ]
	[[ "$output" == *"holds"*"rule one matches"* ]]
	[[ "$output" != *"FALSE"* ]]
}

@test "a verdict of the starter rules needs no rules at hand" {
	claim eicar
	run "$PELLUCID" verify claim.json eicar
	[ "$status" -eq 0 ]
}

@test "another file does not hold" {
	claim -r one.yar hay
	run "$PELLUCID" verify claim.json clean
	[ "$status" -eq 4 ]
	[[ "$output" == *"FALSE"* ]]
}

@test "each single falsehood is found" {
	claim -r one.yar hay
	for change in '.size = 23' '.verdict = "malicious"' '.matches[0].rule = "two"' \
		'.matches[0].strings[1].offset = 16' '.matches[0].strings[0].bytes = "6e"' \
		'.matches[0].values[0].value = 9' '.size = "x"' '.sha256 = ("0" * 64)'; do
		jq -c "$change" claim.json > false.json
		run "$PELLUCID" verify -r one.yar false.json hay
		[ "$status" -eq 4 ] || { echo "$change"; return 1; }
	done
}

@test "the reader's own copy of the rules is taken with --rules" {
	claim -r one.yar hay
	mkdir mine && mv one.yar mine/
	run "$PELLUCID" verify claim.json hay
	[ "$status" -eq 2 ]
	run "$PELLUCID" verify -r mine/one.yar claim.json hay
	[ "$status" -eq 0 ]
}

@test "what is no verdict gives status 2" {
	echo '[1' > bad.json
	run "$PELLUCID" verify -r one.yar bad.json hay
	[ "$status" -eq 2 ]
	echo '[1]' > bad.json
	run "$PELLUCID" verify -r one.yar bad.json hay
	[ "$status" -eq 2 ]
}

@test "a line or a source that is not the rule's is found" {
	claim -r one.yar hay
	for change in '.matches[0].line = 2' '.matches[0].source_sha256 = ("0" * 64)'; do
		jq -c "$change" claim.json > false.json
		run "$PELLUCID" verify false.json hay
		[ "$status" -eq 4 ] || { echo "$change"; return 1; }
	done
}

@test "the first object is taken, however it is written" {
	claim -r one.yar hay
	jq . claim.json > pretty.json
	echo 'and { what follows ] is nobody"s business' >> pretty.json
	run "$PELLUCID" verify pretty.json hay
	[ "$status" -eq 0 ]
	[[ "$output" == *"holds"*"rule one matches"* ]]
}

@test "rules that were left out do not stand before the verdict" {
	printf 'rule bad { condition: nothing }\n' > bad.yar
	claim -r one.yar -r bad.yar hay 2> /dev/null
	[ "$(wc -l < claim.json)" -eq 2 ]
	run "$PELLUCID" verify -r one.yar claim.json hay
	[ "$status" -eq 0 ]
	[[ "$output" == *"rule one matches"* ]]
}

@test "data of modules is an input like the object" {
	printf 'import "cuckoo"\nrule y { condition: cuckoo.sync.mutex(/^mark$/) }\n' > c.yar
	printf '{ "behavior": { "summary": { "mutexes": [ "mark" ] } } }' > report.json
	claim -r c.yar --module-data=cuckoo=report.json clean
	run "$PELLUCID" verify --module-data=cuckoo=report.json claim.json clean
	[ "$status" -eq 0 ]
	run "$PELLUCID" verify claim.json clean
	[ "$status" -eq 4 ]
}

@test "what a verdict says is shown escaped" {
	claim -r one.yar hay
	jq -c '.matches[0].rule = "\u001b[2Jx"' claim.json > false.json
	run "$PELLUCID" verify -r one.yar false.json hay
	[ "$status" -eq 4 ]
	[[ "$output" == *'rule \x1b[2Jx matches'* ]]
}

@test "the object is a worker's to read: without one there is no answer" {
	claim -r one.yar hay
	cp "$PELLUCID" alone
	run ./alone verify claim.json hay
	[ "$status" -eq 2 ]
	[[ "$output" == *"pellucid-worker is not installed"* ]]
}

@test "a signature of an image is verified by a worker" {
	signed_image "${ROOT:?}/fuzz/corpus/pe_sign/sha1.der" > signed.exe
	printf 'import "pe"\nrule s { condition: pe.signatures[0].not_before > 0 }\n' > s.yar
	claim -r s.yar signed.exe
	run "$PELLUCID" verify claim.json signed.exe
	[ "$status" -eq 0 ]
	[[ "$output" == *"pe.signatures[0].not_before"* ]]
}

@test "each word of a verdict that was changed is told: gravity, author, how many strings, type, what was not examined" {
	"$PELLUCID" scan -q --json -r one.yar hay > v.json || [ $? -eq 1 ]
	run -0 "$PELLUCID" verify v.json hay
	while IFS='|' read -r name change; do
		jq -c "$change" v.json > w.json
		run -4 "$PELLUCID" verify w.json hay
		[[ "$output" == *"FALSE"*"what it says as \"$name\""* ]]
	done <<-'END'
		verdict|.matches[0].verdict = "malicious"
		author|.matches[0].author = "B"
		description|.matches[0].description = "another"
		reference|.matches[0].reference = "https://example.org"
		strings_found|.matches[0].strings_found = 9
		type|.type = "pe"
		format|.format = "zip"
		incomplete|.incomplete = [{"reason": "encrypted", "detail": "encrypted: zip"}]
		incomplete|.incomplete = ["limit:steps"]
	END
	# what comes of the minute is not asked for again
	jq -c '.incomplete = [{"reason": "worker-crash", "detail": "worker-crash"}]' v.json > w.json
	run -0 "$PELLUCID" verify w.json hay
}

@test "a verdict holds whose texts are no UTF-8" {
	printf 'rule r { meta: author = "J\\xf6rg" condition: s contains "x" }\n' > r.yar
	printf 'rule q { meta: author = "J\366rg" condition: s contains "x" }\n' >> r.yar
	s=$(printf 's=a\377x')
	"$PELLUCID" scan -q --json -r r.yar -d "$s" hay > v.json || [ $? -eq 1 ]
	run -0 "$PELLUCID" verify -d "$s" v.json hay
	[[ "$output" == *"rule q matches"* ]]
	run -4 "$PELLUCID" verify -d s=bx v.json hay
}

@test "a rule that matches and that the verdict leaves out is found" {
	cat > three.yar <<'RULE'
import "time"
rule first { meta: severity = "suspicious" strings: $a = "needle" condition: $a }
rule second { meta: severity = "suspicious" condition: filesize == 22 }
rule now { meta: severity = "suspicious" condition: time.now() > 0 }
RULE
	claim -r three.yar hay
	[ "$(jq '.matches | length' claim.json)" -eq 3 ]
	run -0 "$PELLUCID" verify -r three.yar claim.json hay
	[[ "$output" != *"not in the verdict"* ]]
	jq -c 'del(.matches[1])' claim.json > false.json
	run -4 "$PELLUCID" verify -r three.yar false.json hay
	[[ "$output" == *"FALSE  not in the verdict: rule second matches"*", 1 do not" ]]
	# the rules of another place: no falsehood
	jq -c '.database = "'"$(printf '0%.0s' {1..64})"'"' false.json > other.json
	run -0 "$PELLUCID" verify -r three.yar other.json hay
	[[ "$output" == *"note   not in the verdict: rule second matches"* ]]
	# what may have gone with the minute, or did not get its time: no falsehood
	jq -c 'del(.matches[2])' claim.json > late.json
	run -0 "$PELLUCID" verify -r three.yar late.json hay
	[[ "$output" == *"note   not in the verdict: rule now matches"* ]]
	jq -c 'del(.matches[1]) | .incomplete = [{"reason": "limit:time", "detail": "limit:time"}]' claim.json > cut.json
	run -0 "$PELLUCID" verify -r three.yar cut.json hay
	[[ "$output" == *"note   not in the verdict: rule second matches"* ]]
}

@test "a verdict without a match proves nothing unless the rules are named" {
	claim -r one.yar hay
	jq -c '.verdict = "clean" | .matches = []' claim.json > forged.json
	run -2 "$PELLUCID" verify forged.json hay
	[[ "$output" == *"names no source of its rules; name the rules with --rules"* ]]
	run -4 "$PELLUCID" verify -r one.yar forged.json hay
	claim -r one.yar clean
	run -2 "$PELLUCID" verify claim.json clean
	run -0 "$PELLUCID" verify -r one.yar claim.json clean
	"$PELLUCID" scan -q --json -r one.yar clean > claim.json # without a digest
	run -0 "$PELLUCID" verify -r one.yar claim.json clean
	[[ "$output" == *"names no SHA-256"* ]]
}

@test "what is no verdict is not one that is false" {
	for text in '{}' '{"verdict":7}' '[1]'; do
		echo "$text" > none.json
		run -2 "$PELLUCID" verify -r one.yar none.json hay
		[[ "$output" == *"none.json: not a verdict"* ]]
	done
}

@test "a list of passwords that cannot be read is named" {
	"$PELLUCID" scan -q --json -r one.yar hay > v.json || [ $? -eq 1 ]
	run -2 "$PELLUCID" verify --passwords=nofile -r one.yar v.json hay
	[[ "$output" == *"nofile: open: No such file or directory"* ]]
}

@test "where an object lies is held in each form in which the verdict says it, whatever the file is called now" {
	name=$(printf 'b\377')
	cp hay "$name" && tar cf a.tar "$name"
	claim -r one.yar a.tar
	grep '"way"' claim.json > one.json
	mv a.tar moved.tar
	run -0 "$PELLUCID" verify one.json moved.tar
	[[ "$output" == *'holds  there is a.tar/b'* ]]
	while read -r change; do
		jq -c "$change" one.json > false.json
		run "$PELLUCID" verify false.json moved.tar
		[ "$status" -eq 4 ] || { echo "$change"; return 1; }
	done <<-'END'
		.path = "a.tar/evil.exe" | .way = ["evil.exe"]
		.path = "a.tar/evil.exe"
		.path_hex = "61"
		.way = ["evil.exe"]
		.way = ["x", "evil.exe"]
		del(.file)
		del(.way_hex)
	END
	# nor is a rule's source what the verdict calls it
	claim eicar
	run -0 "$PELLUCID" verify claim.json eicar
	jq -c '.matches[0].source = "another.yar"' claim.json > false.json
	run -4 "$PELLUCID" verify false.json eicar
}

@test "a release is not taken beside rules of the reader's own" {
	claim -r one.yar hay
	"$PELLUCID" rules build -o own.pel one.yar
	for rules in own.pel one.yar; do
		run -2 "$PELLUCID" verify -r "$rules" --release=mine claim.json hay
		[[ "$output" == *"--release or --rules, not both"* ]]
	done
}
