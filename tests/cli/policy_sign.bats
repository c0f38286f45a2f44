bats_require_minimum_version 1.5.0

load helper

make_keys() {
	for k in a b c; do "$PELLUCID" log key "our.example/policy-$k" "$k.key" > "$k.vkey"; done
	{ echo 'threshold 2'; for k in a b; do echo "key $(cat $k.vkey)"; done; } > keys
}

make_signed() {
	make_keys
	"$PELLUCID" policy new ours > ours.policy
	"$PELLUCID" policy sign --key=a.key ours.policy
	"$PELLUCID" policy sign --key=b.key ours.policy
	mkdir -p root/var/lib/dpkg
	printf 'Package: telnetd\nVersion: 1\n' > root/var/lib/dpkg/status
}

@test "a signed policy holds under the keys that signed it, whatever its blanks and comments" {
	make_signed
	"$PELLUCID" policy verify --keys=keys ours.policy > said
	[ "$(cat said)" = 'ours.policy: holds: version 1, signed by our.example/policy-a, our.example/policy-b' ]
	printf '\n# a remark\n\n' >> ours.policy
	"$PELLUCID" policy verify --keys=keys ours.policy
	# what is signed is the digest of the canonical JSON
	[ "$(sed -n 's/^sha256 //p' ours.policy.sig)" = "$("$PELLUCID" policy json ours.policy | sha256sum | cut -d' ' -f1)" ]
	# the same key twice is one signature
	"$PELLUCID" policy sign --key=b.key ours.policy
	[ "$(grep -c '^— ' ours.policy.sig)" -eq 2 ]
}

@test "refused: another text, too few keys, keys of others, a spoiled signature, none at all" {
	make_signed
	cp ours.policy.sig whole.sig
	sed 's/legal     excluded/legal     advised-against/' ours.policy > changed
	cp ours.policy kept
	cp changed ours.policy
	run -4 "$PELLUCID" policy verify --keys=keys ours.policy
	[ "$output" = 'ours.policy: does not hold: the signature is of another text: the policy was changed since' ]
	cp kept ours.policy
	grep -v policy-b whole.sig > ours.policy.sig
	run -4 "$PELLUCID" policy verify --keys=keys ours.policy
	[ "$output" = 'ours.policy: does not hold: 1 of the keys signed it, 2 are wanted' ]
	{ echo 'threshold 1'; echo "key $(cat c.vkey)"; } > others
	cp whole.sig ours.policy.sig
	run -4 "$PELLUCID" policy verify --keys=others ours.policy
	# a signature of policy-a with its last bytes changed
	sed 's/^\(— our.example\/policy-a .*\)....==$/\1AAAA==/; s/^\(— our.example\/policy-a .*\)......$/\1AAAAA=/' whole.sig > ours.policy.sig
	run -4 "$PELLUCID" policy verify --keys=keys ours.policy
	rm ours.policy.sig
	run -4 "$PELLUCID" policy verify --keys=keys ours.policy
	[ "$output" = 'ours.policy: does not hold: it is not signed: no ours.policy.sig' ]
}

@test "review says of each policy whether it is signed and under whose key, and refuses what does not hold" {
	make_signed
	"$PELLUCID" review --root root --no-shipped --policy ours.policy --keys keys --json > out.json || [ $? -eq 1 ]
	[ "$(jq -r '.policies[0] | "\(.signature): \(.signers)"' out.json)" = 'its signature holds: our.example/policy-a, our.example/policy-b' ]
	"$PELLUCID" review --root root --policy ours.policy --json > out.json || [ $? -eq 1 ]
	[ "$(jq -r '[.policies[].signature] | unique | join(", ")' out.json)" = 'carried by the program, signed, not verified' ]
	"$PELLUCID" review --root root --no-shipped --policy ours.policy --keys keys --html r.html > out.txt || [ $? -eq 1 ]
	grep -q 'ours.policy: its signature holds: our.example/policy-a, our.example/policy-b' out.txt
	grep -q 'its signature holds: our.example/policy-a, our.example/policy-b' r.html
	# changed after it was signed: refused, with keys and without
	sed -i 's/legal     excluded/legal     advised-against/' ours.policy
	run -4 "$PELLUCID" review --root root --policy ours.policy --keys keys
	run -4 "$PELLUCID" review --root root --policy ours.policy
	[[ "$output" == *'ours.policy: its signature does not hold: the signature is of another text'* ]]
	rm ours.policy.sig
	run -4 "$PELLUCID" review --root root --policy ours.policy --keys keys
	"$PELLUCID" review --root root --no-shipped --policy ours.policy > out.txt || [ $? -eq 1 ]
	grep -q 'ours.policy: not signed' out.txt
	run -2 "$PELLUCID" review --root root --policy ours.policy --keys nothing
}
