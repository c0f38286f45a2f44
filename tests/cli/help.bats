bats_require_minimum_version 1.5.0
load helper

@test "help, version, and an unknown verb" {
	run "$PELLUCID" help
	[ "$status" -eq 0 ]
	for v in scan rules inspect policy review verify release update log yara; do
		[[ "$output" == *"$v"* ]]
	done
	run "$PELLUCID" version
	[ "$status" -eq 0 ]
	[[ "$output" == "pellucid "* ]]
	run "$PELLUCID" nothing
	[ "$status" -eq 2 ]
	run "$PELLUCID"
	[ "$status" -eq 2 ]
}

@test "every verb explains itself" {
	for v in scan rules inspect policy review verify release update log yara; do
		run "$PELLUCID" $v --help
		[ "$status" -eq 0 ]
		[[ "$output" == *"usage: pellucid $v"* ]]
	done
}

@test "help of a verb is what it says of itself, and there is none of what is no verb" {
	for v in scan rules inspect policy review recover verify release update log submit disclose self-test yara clamscan; do
		"$PELLUCID" $v --help > own
		"$PELLUCID" help $v | cmp - own
	done
	run -2 "$PELLUCID" help nothing
	[[ "$output" == *'no verb `nothing`'* ]]
}

# The page's synopsis of a verb, and its part about it.
part_of() {
	awk -v verb="$1" '
		/^\.S[hs]/ { on = $0 == ".Ss " verb; synopsis = /SYNOPSIS/ }
		synopsis && /^\.Cm/ { on = $2 == verb }
		on' "$ROOT/man/pellucid.1" | sed 's/ Ns / /g' | tr '\n' ' '
}

@test "the manual has every verb, and every option that its help names" {
	for v in scan rules inspect policy review recover verify release update log submit disclose self-test; do
		page=$(part_of $v)
		[ -n "$page" ]
		sed -n '/^.Sh SYNOPSIS/,/^.Sh DESCRIPTION/p' "$ROOT/man/pellucid.1" | grep -q "^.Cm $v"
		for o in $("$PELLUCID" $v --help | grep -v 'pellucid scan --json' | grep -oE -- '--[a-z][a-z-]+' | sort -u); do
			[ "$o" = --help ] || grep -qE "Fl ${o#--}( |\$)" <<< "$page" || { echo "$v $o"; false; }
		done
	done
}

@test "help says what numbers and times are" {
	run -0 "$PELLUCID" release --help
	[[ "$output" == *"--issued=SECONDS"* ]]
	run -0 "$PELLUCID" scan --help
	[[ "$output" == *"1 to 64"* ]]
	run -0 "$PELLUCID" recover --help
	[[ "$output" == *"of run alone:"*"--known"*"--settle"*"--i-have-isolated"* ]]
}
