load helper

@test "an ELF file is shown as JSON" {
	"$PELLUCID" inspect /bin/true > out.json
	[ "$(jq -r .type out.json)" = elf ]
	[ "$(jq -r .elf.number_of_sections out.json)" -gt 10 ]
	[ "$(jq -r .size out.json)" -eq "$(stat -Lc %s /bin/true)" ]
}

@test "the manual names every module" {
	"$PELLUCID" yara -M > modules
	[ "$(grep -cE '^(pe|elf|math|hash|string|time|console|magic|macho|dex|lnk|dotnet|cuckoo|vt|clamav)$' modules)" -eq 15 ]
	"$PELLUCID" inspect --document > manual
	grep '^## ' manual > named
	sed 's/^/## /' modules | diff - named
}

@test "a file that is not there gives status 2" {
	run "$PELLUCID" inspect nowhere
	[ "$status" -eq 2 ]
}

@test "standard input is read, and a directory is not" {
	"$PELLUCID" inspect /dev/stdin < /bin/true | jq -e '.elf.machine > 0'
	head -c 5000 /bin/true | "$PELLUCID" inspect /dev/stdin | jq -e '.size == 5000'
	run "$PELLUCID" inspect .
	[ "$status" -eq 2 ]
}

@test "the signatures of a signed image are shown" {
	corpus=${ROOT:?}/fuzz/corpus/pe_sign
	signed_image "$corpus/sha1.der" > signed.exe
	"$PELLUCID" inspect signed.exe > out.json
	[ "$(jq '.pe.signatures | length' out.json)" -ge 1 ]
	[ "$(jq -r '.pe.signatures[0].not_before > 0' out.json)" = true ]
}
