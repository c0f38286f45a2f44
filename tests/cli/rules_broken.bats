bats_require_minimum_version 1.5.0
load helper

# What is broken in rules costs itself, is told where it stands, and is asked again when it may be whole.

@test "what a text with a wrong escape holds is no rule" {
	cat > a.yar <<'RULES'
rule a { strings: $s = "\d rule b { condition: true }" condition: $s }
rule c { condition: true }
RULES
	run -1 "$PELLUCID" rules check a.yar
	[ "$(grep -c '^a.yar:.*error' <<< "$output")" -eq 1 ]
	run "$PELLUCID" scan -q --json -r a.yar hay
	[[ "$output" == *'"rule":"c"'* && "$output" != *'"rule":"b"'* ]]
	# and fifty thousand of them cost one rule
	python3 -c 'print("rule a{condition: \"" + "\\q\\\"" * 50000)' > many.yar
	run "$PELLUCID" scan -q --json -r many.yar -r one.yar hay
	[[ "$output" == *'"rule":"one"'* ]]
}

@test "a private rule stays so behind an import, or an include, of what is not there" {
	for what in 'import "nosuch"' 'include "nosuch.yar"'; do
		printf '%s private rule helper { condition: true }\nrule r { condition: helper }\n' "$what" > p.yar
		run -1 "$PELLUCID" rules check p.yar
		[[ "$output" == *'"nosuch'* ]]
		run -1 --separate-stderr "$PELLUCID" scan -q --json -r p.yar hay
		[ "$(jq -c 'select(.path == "hay") | [.matches[].rule]' <<< "$output")" = '["r"]' ]
	done
}

@test "what was built of a container is kept, and neither --strict nor a file that was missing is fooled by it" {
	printf 'Test.Container:0:*:4d41524b4d41524b\n' > a.ndb
	tar --format=ustar -czf body a.ndb
	{ printf '%-512s' "ClamAV-VDB:27 Nov 2026 00-00 +0000:1:1:1:$(md5sum body | cut -d' ' -f1):abc:me:1700000000"
	  cat body; } > x.cud
	echo 'rule broken { condition: }' > bad.yar
	for _ in 1 2; do
		run -2 "$PELLUCID" scan -q --strict -r x.cud -r bad.yar hay
		run -3 "$PELLUCID" scan -q -r x.cud -r bad.yar hay
	done
	printf 'include "extra.yar"\nrule here { condition: true }\n' > my.yar
	run -1 --separate-stderr "$PELLUCID" scan -q --json -r x.cud -r my.yar hay
	[ "$(jq -c 'select(.path == "hay") | [.matches[].rule]' <<< "$output")" = '["here"]' ]
	echo 'rule extra { condition: true }' > extra.yar
	run -1 --separate-stderr "$PELLUCID" scan -q --json -r x.cud -r my.yar hay
	[ "$(jq -c 'select(.path == "hay") | [.matches[].rule] | sort' <<< "$output")" = '["extra","here"]' ]
}

@test "rules that begin as a list of digests might are rules" {
	printf '// MD5, SHA1\nrule a { condition: true }\n' > a.yar
	cp a.yar a.txt
	printf 'md5,sha1\nrule b { condition: true }\n' > b.yar
	for f in a.yar a.txt; do
		run -0 "$PELLUCID" rules list "$f"
		[[ "$output" == *"a  $f:2"* ]]
	done
	run -1 "$PELLUCID" rules check b.yar
	[[ "$output" == *'b.yar:1:1: error'* ]]
}

@test "a list of digests: one of the wrong length is told, and a size beyond 32 bits is any" {
	digest=$(sha256sum hay | cut -d' ' -f1)
	printf 'sha256_hash,signature\n%s,Short\n%s,Whole\n' "${digest:1}" "$digest" > l.csv
	run -1 "$PELLUCID" rules check l.csv
	[[ "$output" == *'l.csv:2:1: error'* ]]
	printf 'sha256,file_size,name\n%s,12884901888,Large\n' "$digest" > size.csv
	run -1 "$PELLUCID" scan -q -r size.csv hay
	[[ "$output" == *Large* ]]
}

@test "an error in a hexadecimal string of several lines stands where it is" {
	printf 'rule a { strings: $a = {\n  01 02\n  03 0Z\n } condition: $a }\n' > h.yar
	run -1 "$PELLUCID" rules check h.yar
	[[ "$output" == *'h.yar:3:'* ]]
	[[ "$output" == *'03 0Z'* ]]
}
