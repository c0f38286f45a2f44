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
