#!/usr/bin/env bats
# The signatures of ClamAV 1.5 beside its containers (NAME-VERSION.cvd.sign), by certificates made for the test.

bats_require_minimum_version 1.5.0

# All is made once: a root, two that it vouches for, a stranger, a container of version 7 with a signature of one name.
setup_file() {
	cd "$BATS_FILE_TMPDIR"
	exec 2> made
	authority() { # NAME DAYS
		openssl req -x509 -newkey rsa:2048 -nodes -sha256 -days "$2" -subj "/O=Test/CN=$1" -keyout "$1.key" \
			-addext keyUsage=critical,keyCertSign,cRLSign -addext basicConstraints=critical,CA:true -out "$1.crt"
	}
	signer() { # NAME AUTHORITY DAYS
		printf 'basicConstraints=critical,CA:false\nkeyUsage=critical,digitalSignature\n' > ext
		openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" -keyout "$1.key" -out csr
		openssl x509 -req -in csr -CA "$2.crt" -CAkey "$2.key" -set_serial "$RANDOM" -days "$3" -sha256 -extfile ext -out "$1.crt"
	}
	authority root 3650
	authority other 3650
	signer one root 3650
	signer two root 3650
	signer stranger other 3650
	openssl x509 -req -in csr -CA root.crt -CAkey root.key -set_serial 5 -days -1 -sha256 -extfile ext -out late.crt
	cp stranger.key late.key
	mkdir certs
	cp root.crt certs
	printf 'Test.Signed:0:*:4d41524b4d41524b\n' > a.ndb
	tar --format=ustar -czf body a.ndb
	{ printf '%-512s' "ClamAV-VDB:27 Nov 2026 00-00 +0000:7:1:90:$(md5sum body | cut -d' ' -f1):abc:me:1700000000"
	  cat body; } > test.cvd
	for who in one two stranger late; do line "$who" > "line.$who"; done
	line one -md sha1 > line.weak
	printf 'an object with MARKMARK in it\n' > object
}

line() { # SIGNER [OPTION...]
	openssl smime -sign -binary -outform DER -signer "$1.crt" -inkey "$1.key" -in test.cvd "${@:2}" |
		openssl base64 -A | sed 's/^/220::pkcs7-pem:/; s/$/\n/'
}

setup() {
	cd "$BATS_TEST_TMPDIR"
	cp -r "$BATS_FILE_TMPDIR"/{test.cvd,object,certs} .
	export XDG_CACHE_HOME=$BATS_TEST_TMPDIR/cache
	unset CVD_CERTS_DIR
}

signed() { # LINE... : what they are called in the folder of the file
	{ printf '#clamsign-1.0\n'
	  for who; do cat "$BATS_FILE_TMPDIR/line.$who"; printf '\n'; done; } > test-7.cvd.sign
}

check() { "$PELLUCID" rules check --cvdcertsdir certs test.cvd; }

@test "a signature that a trusted certificate vouches for holds, and names are ClamAV's own" {
	signed one
	run -0 check
	[[ $output == *"signature of the new kind holds: signed by one (SHA256)"* ]]
	[[ $output != *UNOFFICIAL* ]]
	run -1 "$PELLUCID" scan -q --cvdcertsdir certs -r test.cvd object
	[[ $output == *"Test.Signed"* && $output != *UNOFFICIAL* ]]
	run -1 "$PELLUCID" clamscan --no-summary --cvdcertsdir=certs -d test.cvd object
	[ "$output" = "object: Test.Signed FOUND" ]
	CVD_CERTS_DIR=certs run -0 "$PELLUCID" rules check test.cvd
	run -0 "$PELLUCID" rules check --cvdcertsdir certs/root.crt test.cvd
}

@test "without certificates it is not checked, and a .cvd must be signed in the old way then" {
	signed one
	run -2 "$PELLUCID" rules check --cvdcertsdir /dev/null test.cvd
	[[ $output == *"no signature of it holds"* ]]
	cp test.cvd test.cud # which need not be
	cp test-7.cvd.sign test.cud.sign
	run -0 "$PELLUCID" rules check --cvdcertsdir certs test.cud
	[[ $output == *"signed by one"* ]]
	mkdir none
	run -0 "$PELLUCID" rules check --cvdcertsdir none test.cud
	[[ $output == *"was not checked: no certificate is known"*"UNOFFICIAL"* ]]
	run -2 "$PELLUCID" scan --cvdcertsdir missing -r test.cvd object
	[[ $output == *"missing"* ]]
}

@test "a container that was altered after it was signed is refused, whatever its digest" {
	signed one
	printf 'x' >> test.cvd
	run -2 "$PELLUCID" scan --cvdcertsdir certs -r test.cvd object
	[[ $output == *"does not hold: signed by one (SHA256), but not this file"* ]]
	cp "$BATS_FILE_TMPDIR/test.cvd" .
	sed -i '1s/me:17/ME:17/' test.cvd # in the head, which the old kind does not cover
	run -2 "$PELLUCID" scan --cvdcertsdir certs -r test.cvd object
	[[ $output == *"but not this file"* ]]
	cp "$BATS_FILE_TMPDIR/test.cvd" test.cud
	cp test-7.cvd.sign test.cud.sign
	printf 'x' >> test.cud
	run -2 "$PELLUCID" scan --cvdcertsdir certs -r test.cud object
}

@test "a stranger's signature is refused, and so is one whose certificate is out of date" {
	signed stranger
	run -2 "$PELLUCID" scan --cvdcertsdir certs -r test.cvd object
	[[ $output == *"signed by stranger (SHA256), for whom no trusted certificate vouches"* ]]
	signed late
	run -2 "$PELLUCID" scan --cvdcertsdir certs -r test.cvd object
	[[ $output == *"expired"* ]]
	cp "$BATS_FILE_TMPDIR/other.crt" certs # now it is none any more
	signed stranger
	run -0 check
}

@test "of several signatures one that is trusted is enough, and none may be false" {
	signed two one
	run -0 check
	[[ $output == *"signed by two"*"signed by one"* ]]
	signed stranger one
	run -0 check
	signed one
	printf 'x' >> test.cvd
	two=$BATS_FILE_TMPDIR/two
	printf '#clamsign-1.0\n' > test-7.cvd.sign
	openssl smime -sign -binary -outform DER -signer "$two.crt" -inkey "$two.key" -in test.cvd 2> made |
		openssl base64 -A | sed 's/^/220::pkcs7-pem:/; s/$/\n/' >> test-7.cvd.sign
	run -0 check # altered, and signed anew
	cat "$BATS_FILE_TMPDIR/line.one" >> test-7.cvd.sign
	run ! check
	[[ $output == *"signed by two (SHA256); signed by one (SHA256), but not this file"* ]]
}

@test "a line for another engine, of another kind, of a digest that is forged, or damaged proves nothing" {
	signed one
	cp test-7.cvd.sign good
	for change in 's/^220::/999::/' 's/^220::/1:219:/' 's/pkcs7-pem/pkcs8-pem/' 's/:MI/:NI/' 's/^220//' \
		'1s/1.0/2.0/' '1d' 's/pem:\(.\{400\}\).*/pem:\1/'; do
		sed "$change" good > test-7.cvd.sign
		run ! check
		[[ $output == *"proves nothing"* || $output == *"no signature of it holds"* ]]
		cp test.cvd test.cud
		cp test-7.cvd.sign test.cud.sign
		run -0 "$PELLUCID" rules check --cvdcertsdir certs test.cud
		[[ $output == *"proves nothing"* ]]
		[[ $output == *"UNOFFICIAL"* ]]
	done
	signed weak
	run ! check
	mv test-7.cvd.sign test-6.cvd.sign # of another version
	run ! check
}

@test "two certificates of one name are refused, and one that is damaged" {
	signed one
	openssl req -x509 -newkey rsa:2048 -nodes -subj "/O=Test/CN=root" -keyout key -out certs/second.crt 2> made
	run ! check
	[[ $output == *"second.crt: two certificates of one name"* ]]
	head -c 600 certs/root.crt > certs/second.crt
	run ! check
	[[ $output == *"second.crt: a damaged certificate"* ]]
}

@test "a .cvd without a signature is refused, as clamscan refuses it; a .cud need not have one" {
	run -2 "$PELLUCID" clamscan --no-summary -d test.cvd object
	run -2 clamscan --no-summary -d test.cvd object
	cp test.cvd test.cud
	run -1 "$PELLUCID" clamscan --no-summary -d test.cud object
	[[ $output == *"Test.Signed.UNOFFICIAL FOUND"* ]]
}
