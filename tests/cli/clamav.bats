#!/usr/bin/env bats
# ClamAV's databases and lists of digests, as rules are: scan, rules, verify.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR"
	printf 'an object with MARKMARK in it\n' > object
	printf 'Test.Body:0:*:4d41524b4d41524b\n' > a.ndb
	printf 'Test.Logic;Target:0;0&1;4d41524b;6f626a656374\n' > a.ldb
	printf '%s:30:PUA.Test.Digest\n' "$(md5sum object | cut -d' ' -f1)" > a.hdb
}

@test "signatures are found under clamscan's names; PUA is suspicious" {
	run -1 "$PELLUCID" scan -q -r a.ndb object
	[[ $output == *"malicious   object"*"Test.Body.UNOFFICIAL"* ]]
	run -1 "$PELLUCID" scan -q -r a.hdb object
	[[ $output == *"suspicious  object"*"PUA.Test.Digest.UNOFFICIAL"* ]]
}

@test "a directory of databases is built into one, with YARA rules" {
	mkdir db
	cp a.* db
	printf 'rule yara { strings: $a = "MARK" condition: $a }' > db/b.yar
	run -0 "$PELLUCID" rules build -o all.pel db
	[[ $output == *"3 rules, 4 strings, 1 digests"* ]]
	run -1 "$PELLUCID" scan -q -r all.pel object
	for name in Test.Body Test.Logic PUA.Test.Digest yara; do
		[[ $output == *"$name"* ]]
	done
	run -0 "$PELLUCID" rules show Test.Logic.UNOFFICIAL all.pel
	[[ $output == *"db/a.ldb:1"* ]]
}

@test "verify derives verdicts by signature and by digest again" {
	run -1 "$PELLUCID" scan -q -r a.ldb -r a.hdb --json object
	printf '%s\n' "$output" > v.json
	run -0 "$PELLUCID" verify -r a.ldb -r a.hdb v.json object
	printf 'x' >> object
	run -4 "$PELLUCID" verify -r a.ldb -r a.hdb v.json object
}

@test "what an allow-list names is not reported" {
	sha256sum object > known.allow
	run -0 "$PELLUCID" scan -q -r a.ndb -r known.allow object
	printf 'x' >> object
	run -1 "$PELLUCID" scan -q -r a.ndb -r known.allow object
}

@test "nor is what lies in it, at any depth, as with clamscan; the same beside it is" {
	python3 -c 'import zipfile
for a, b in (("one.zip", "object"), ("two.zip", "one.zip")):
	zipfile.ZipFile(a, "w", zipfile.ZIP_DEFLATED).write(b)'
	for listed in one.zip two.zip; do
		printf '%s:%s:ok\n' "$(sha256sum < $listed | cut -c1-64)" "$(stat -c %s $listed)" > known.sfp
		run -0 "$PELLUCID" scan -q -r a.ndb -r known.sfp two.zip
		run -1 "$PELLUCID" scan -q -r a.ndb -r known.sfp object
	done
	run -1 "$PELLUCID" scan -q -r a.ndb -r known.sfp one.zip
	[[ "$output" == *"one.zip/object"* ]]
}

@test "a bad signature is told with its place, and costs itself" {
	printf 'Bad:0:*:41\nGood:0:*:4d41524b4d41524b\n' > bad.ndb
	run -1 "$PELLUCID" rules check bad.ndb
	[[ $output == *"bad.ndb:1:9: error:"* ]]
	[[ $output == *"1 rules, 1 errors"* ]]
	run -1 "$PELLUCID" scan -q -r bad.ndb object
	[[ $output == *"Good.UNOFFICIAL"* ]]
	printf 'x' > other
	run -3 "$PELLUCID" scan -q -r bad.ndb other
}

@test "bytecode is known, and counted as left out" {
	printf 'ClamBC...\n' > a.cbc
	run -3 "$PELLUCID" scan -r a.cbc -r a.ndb /dev/null
	[[ $output == *"not supported"* ]]
}

@test "a container is opened, and what its digest and manifest prove is said" {
	mkdir in
	cp a.ndb in
	printf 'ClamAV-VDB:x\na.ndb:%d:%s\n' "$(stat -c %s a.ndb)" "$(sha256sum a.ndb | cut -d' ' -f1)" > in/a.info
	tar --format=ustar -C in -czf body a.info a.ndb
	{ printf '%-512s' "ClamAV-VDB:27 Nov 2026 00-00 +0000:1:1:1:$(md5sum body | cut -d' ' -f1):abc:me:1700000000"
	  cat body; } > a.cud
	run -1 "$PELLUCID" scan -q -r a.cud object
	[[ $output == *"Test.Body.UNOFFICIAL"* ]]
	run -0 "$PELLUCID" rules check a.cud
	[[ $output == *"not signed by ClamAV"* ]]
	printf 'x' >> a.cud
	run -0 "$PELLUCID" rules check a.cud
	[[ $output == *"do not have the digest"* ]]
	printf 'Other:0:*:41424344\n' > in/a.ndb
	tar --format=ustar -C in -czf body a.info a.ndb
	{ head -c 512 a.cud; cat body; } > b.cud
	run -1 "$PELLUCID" rules check b.cud
	[[ $output == *"left out"* ]]
}

@test "what was built of a container is kept, also where bytecode in it was left out" {
	export XDG_CACHE_HOME=$BATS_TEST_TMPDIR/cache
	container() { # NAME FILE...
		tar --format=ustar -czf body "${@:2}"
		{ printf '%-512s' "ClamAV-VDB:27 Nov 2026 00-00 +0000:1:1:1:$(md5sum body | cut -d' ' -f1):abc:me:1700000000"
		  cat body; } > "$1"
	}
	printf 'ClamBC...\n' > a.cbc
	container a.cud a.ndb a.cbc
	run -1 "$PELLUCID" scan -q -r a.cud object
	[[ $output == *"not supported"* ]]
	[ "$(ls cache/pellucid | wc -l)" -eq 1 ]
	before=$(ls -i cache/pellucid)
	run -1 "$PELLUCID" scan -q -r a.cud object
	[[ $output == *"Test.Body.UNOFFICIAL"* ]]
	[ "$(ls -i cache/pellucid)" = "$before" ] # used, and not written anew
	printf 'x' > other
	run -3 "$PELLUCID" scan -r a.cud other # what was left out is told all the same
	[[ $output == *"left out"* ]]
	container a.cud a.ldb
	run -1 "$PELLUCID" scan -q -r a.cud object
	[[ $output == *"Test.Logic.UNOFFICIAL"* ]]
	[[ $output != *"Test.Body.UNOFFICIAL"* ]]
	[ "$(ls cache/pellucid | wc -l)" -eq 2 ]
}

@test "an expression that is stopped leaves its object incomplete" {
	printf 'Slow;Target:0;0&1;6161;0/(a+)+[bc]/\n' > slow.ldb
	{ head -c 5000 /dev/zero | tr '\0' a; echo '!'; } > long
	run -3 "$PELLUCID" scan -q -r slow.ldb long
	[[ $output == *"limit:steps"*"Slow"* || $output == *"Slow"*"limit:steps"* ]]
}

@test "a member that is encrypted is found by what its archive says of it" {
	printf 'Test.Member:CL_TYPE_ZIP:*:\\.exe$:*:*:1:*:*:*\n' > a.cdb
	cp object a.exe
	zip -q -P secret a.zip a.exe
	run -1 "$PELLUCID" scan -q -r a.cdb a.zip
	[[ $output == *"malicious   a.zip/a.exe"*"Test.Member.UNOFFICIAL"* ]]
}

@test "passwords of a database are tried on what is encrypted" {
	command -v zip > /dev/null || skip "zip is not here"
	zip -q -P 'not usual' locked.zip object
	zip -q -P 'hidden' other.zip object
	run -3 "$PELLUCID" scan -q -r a.ndb locked.zip
	printf 'One;Engine:81-255,Container:CL_TYPE_ZIP;0;not usual\nTwo;Engine:81-255;1;68696464656e\n' > a.pwdb
	run -1 "$PELLUCID" scan -q -r a.ndb -r a.pwdb locked.zip other.zip
	[[ $output == *"locked.zip/object"*"other.zip/object"* ]]
	printf 'Later;Engine:9999-99999;0;not usual\nBad;Engine:81-255;2;x\nBad;Colour:1;0;x\nBad;Engine:81-255;1;6\n' > b.pwdb
	run -1 "$PELLUCID" rules check a.ndb b.pwdb
	[[ $output == *"b.pwdb:2:"*"b.pwdb:3:"*"b.pwdb:4:"* ]]
	# a blank at the end is a password's own; other attributes are not asked; more fields are passed over
	printf 'One;Engine:81-255;0;not usual \n' > c.pwdb
	run -3 "$PELLUCID" scan -q -r a.ndb -r c.pwdb locked.zip
	printf 'One;Engine:81-255,Target:1,FileSize:1-2;;not usual;200\r\n' > c.pwdb
	run -1 "$PELLUCID" scan -q -r a.ndb -r c.pwdb locked.zip
}

@test "a signature of a normalised text is found in its view, and verified there" {
	printf 'Some   Text\nWith TABS\tin it\n' > note.txt
	printf 'Test.Text:7:*:%s\n' "$(printf 'text with tabs in' | od -An -v -tx1 | tr -d ' \n')" > t.ndb
	run -1 "$PELLUCID" scan -q -r t.ndb --json note.txt
	[[ $output == *'"path":"note.txt/:text"'*'"rule":"Test.Text.UNOFFICIAL"'*'"offset":5'* ]]
	printf '%s\n' "$output" > v.json
	run -0 "$PELLUCID" verify -r t.ndb v.json note.txt
	sha256sum note.txt > known.allow
	run -0 "$PELLUCID" scan -q -r t.ndb -r known.allow note.txt
}

@test "digests of normalised HTML are asked for, those of normalised texts are not" {
	printf '<html><body>Some   TEXT here</body></html>\n' > page.html
	printf 'Some   TEXT here\n' > note.txt
	printf '<html><body>some text here</body></html>' > view
	printf 'some text here ' > other
	for f in view other; do
		printf '%s:%s:View.%s\n' "$(sha256sum "$f" | cut -d' ' -f1)" "$(wc -c < "$f")" "$f"
	done > v.hsb
	run -1 "$PELLUCID" scan -q -r v.hsb -r a.ndb page.html note.txt
	[[ $output == *"page.html/:html"*"View.view.UNOFFICIAL"* && $output != *"View.other"* ]]
}

@test "a group of macros may have any number of members" {
	mkdir group
	for i in $(seq 81); do printf 'M%d:0:$7$:4d4143%02x%02x\n' "$i" "$i" $((255 - i)); done > group/a.ndb
	printf 'Test.Many;Engine:51-255,Target:0;0&1;41414141;${0-16}7$\n' > group/a.ldb
	for i in 1 80 81; do
		printf "AAAA....MAC\\x$(printf %02x "$i")\\x$(printf %02x $((255 - i)))" > "object$i"
		run -1 "$PELLUCID" scan -q -r group "object$i"
		[[ $output == *"Test.Many.UNOFFICIAL"* ]]
	done
}
