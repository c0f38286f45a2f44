load helper

@test "an ELF file is shown as JSON" {
	"$PELLUCID" inspect /bin/true > out.json
	[ "$(jq -r .type out.json)" = elf ]
	[ "$(jq -r .elf.number_of_sections out.json)" -gt 10 ]
	[ "$(jq -r .size out.json)" -eq "$(stat -Lc %s /bin/true)" ]
}

@test "the manual names every module" {
	run "$PELLUCID" inspect --document
	for m in pe elf math hash string time console magic; do
		[[ "$output" == *"## $m"* ]]
	done
}

@test "a file that is not there gives status 2" {
	run "$PELLUCID" inspect nowhere
	[ "$status" -eq 2 ]
}
