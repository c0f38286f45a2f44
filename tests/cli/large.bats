bats_require_minimum_version 1.5.0
load helper

# Files that are too large for memory.  PELLUCID_SPOOL_ABOVE says from what size on they are; the border that is crossed
# is 4 GiB, where 32 bits end, but with sanitizers, which take ten times as long for each byte.

prepare() {
	export PELLUCID_SPOOL_ABOVE=100000000 TMPDIR="$work"
	border=4294967296
	! sanitized || border=134217728
	size=$((border + 33554432))
}

put() { # OFFSET BYTES
	printf '%b' "$2" | dd of=big bs=1M seek="$1" oflag=seek_bytes conv=notrunc status=none
}

# Marks at the start, across the border and at the end; between them nothing that takes room on the disk.
big_file() {
	prepare
	truncate -s "$size" big
	put 100 'PELLUCID-BIG-MARK'
	put $((border - 8)) 'PELLUCID-BIG-MARK'
	put $((border + 5000)) '\x01\x02\x03'
	put $((size - 17)) 'PELLUCID-BIG-MARK'
	local digest
	digest=$(printf PELLUCID-BIG-MARK | md5sum | cut -d' ' -f1)
	cat > big.yar <<RULES
import "hash"
rule text { strings: \$a = "PELLUCID-BIG-MARK" condition: #a == 3 and \$a at $((border - 8)) and @a[3] == filesize - 17 }
rule folded { strings: \$a = "pellucid-big-mark" nocase fullword condition: #a == 3 and @a[2] == $((border - 8)) }
rule hexed { strings: \$a = { 50 45 4C 4C [4-8] 42 49 47 2D ?? 41 52 4B } condition: \$a in ($((border - 100))..$border) }
rule expression { strings: \$a = /PELL[A-Z]+-B.G-M[a-zA]RK/ condition: #a == 3 and !a[2] == 17 and @a[2] == $((border - 8)) }
rule short { strings: \$a = { 01 02 03 } condition: \$a at $((border + 5000)) and #a == 1 }
rule numbers { condition: filesize == $size and uint32($((border - 8))) == 0x4C4C4550 and uint8($((size - 1))) == 0x4B and
	uint16be($((border + 5001))) == 0x0203 and not defined uint32($((size - 3))) }
rule digest { condition: hash.md5($((border - 8)), 17) == "$digest" }
RULES
}

@test "what lies at, before and behind 4 GiB is found in its place, in a file that memory need not hold" {
	big_file
	run -1 --separate-stderr "$PELLUCID" scan -q --json -r big.yar big
	printf '%s\n' "$output" > out.json
	[ "$(jq -c '[.matches[].rule]' out.json)" = '["text","folded","hexed","expression","short","numbers","digest"]' ]
	[ "$(jq -c '.size, .incomplete' out.json | tr '\n' ' ')" = "$size [] " ]
	places="[100,$((border - 8)),$((size - 17))]"
	for rule in text folded hexed expression; do
		[ "$(jq -c ".matches[] | select(.rule == \"$rule\") | [.strings[].offset]" out.json)" = "$places" ]
		[ "$(jq -r ".matches[] | select(.rule == \"$rule\") | .strings[].bytes" out.json | sort -u)" = \
			"$(printf PELLUCID-BIG-MARK | od -An -tx1 | tr -d ' \n')" ]
	done
	[ "$(jq -r .sha256 out.json)" = "$(openssl dgst -sha256 -r big | cut -d' ' -f1)" ]
	run -0 --separate-stderr "$PELLUCID" verify -r big.yar out.json big
	[[ "$output" == *"holds    \$a at 0x$(printf %x $((border - 8)))"* ]]
	[[ "$output" == *" hold, 0 do not" ]]
	# it did go by the disk, where there is no name left; and without a disk it is told
	[ -z "$(find . -name 'pellucid-*')" ]
	TMPDIR=/nowhere run -3 "$PELLUCID" scan -q -r big.yar big
	[[ "$output" == *"incomplete"*"big"*"limit:size: $size bytes are more than memory may hold, and the copy in /nowhere failed"* ]]
}

@test "yara's offsets and --why's beyond 4 GiB" {
	big_file
	run -0 --separate-stderr "$PELLUCID" yara -s big.yar big
	[[ "$output" == *"expression big
0x64:\$a: PELLUCID-BIG-MARK
0x$(printf %x $((border - 8))):\$a: PELLUCID-BIG-MARK
0x$(printf %x $((size - 17))):\$a: PELLUCID-BIG-MARK"* ]]
	run -1 --separate-stderr "$PELLUCID" scan -q --why -r big.yar big
	[[ "$output" == *"0x$(printf %x $((border - 8)))"* ]]
	[[ "$output" == *"filesize = $size"* ]]
}

# A file that is read piece by piece, where it is touched: pieces are 2 MiB, parts of the pass 4 MiB.
@test "what lies across the pieces of a large file is found, as yara finds it" {
	python3 - <<'PY'
import random
random.seed(7)
n = 31 * 2**20 + 777
d = bytearray(b"\x7fELF" + bytes(random.choices(b"abcxyz 0123\0\0\0", k=2**16)) * (n // 2**16 + 1))[:n]
def put(at, what): d[at:at + len(what)] = what
for k in range(1, 16):
    edge = k * 2**21
    if k % 4 == 0: put(edge - k, b"Across-The-Edge")
    if k % 4 == 1: put(edge - 4000, b"BEGIN" + b"-" * (3990 + k // 4) + b"END")
    if k % 8 == 2: put(edge - k - 3, "Wide-Across".encode("utf-16le"))
    if k % 8 == 6: put(edge - 8, b"ONCE-%04d" % k)
    if k % 4 == 3: put(edge - k // 2, bytes(c ^ (k + 1) for c in b"xored-text-here"))
    put(edge - 2**20, b"SEQ1"); put(edge - 2**20 + 30 * k, b"SEQ2")
put(n - 9, b"AT-LAST-9")
open("edges", "wb").write(d)
PY
	cat > edges.yar <<'RULES'
import "elf"
import "hash"
rule plain { strings: $a = "Across-The-Edge" condition: #a == 3 }
rule folded { strings: $a = "aCROSS-tHE-eDGE" nocase condition: $a }
rule broad { strings: $a = "Wide-Across" wide condition: $a }
rule once { strings: $a = "ONCE-0006" $b = "ONCE-0014" condition: all of them }
rule xored { strings: $a = "xored-text-here" xor(1-30) condition: $a }
rule long { strings: $a = /BEGIN-{3900,4010}END/ condition: $a }
rule chain { strings: $a = { 53 45 51 31 [0-800] 53 45 51 32 } condition: $a }
rule two { strings: $a = "ross-The-Edge" $b = { 00 [2-6] 41 54 2D 4C ( 42 | 43 ) 53 54 } condition: $a and not $b }
rule last { strings: $a = "AT-LAST-9" condition: $a at filesize - 9 }
rule nowhere { strings: $a = "NOT-THERE-AT-ALL" condition: not $a and uint32be(0) == 0x7f454c46 }
rule numbers { condition: uint8(filesize - 1) == 0x39 and uint16(4194303) == uint16(4194303) and not defined elf.machine }
rule counts { strings: $a = "b c" $b = "z0" condition: #a > 100 and #b > 100 and $a in (20000000..21000000) }
rule digest { condition: hash.md5(0, filesize) == "DIGEST" }
RULES
	sed -i "s/DIGEST/$(md5sum edges | cut -d' ' -f1)/" edges.yar
	sed '/not defined/d' edges.yar > theirs.yar
	yara -s theirs.yar edges > want
	run -0 --separate-stderr "$PELLUCID" yara -s theirs.yar edges
	printf '%s\n' "$output" | cmp - want
	[ "$(grep -c ' edges$' want)" = 12 ]
	run -1 --separate-stderr "$PELLUCID" scan -q --json -r edges.yar edges
	printf '%s\n' "$output" > out.json
	[ "$(jq -r '.matches[].rule' out.json | grep -cvx numbers)" = "$(grep -c ' edges$' want)" ]
	[ "$(jq -r .sha256 out.json)" = "$(sha256sum edges | cut -d' ' -f1)" ]
	[ "$(jq -r '.matches[] | select(.rule == "plain") | .strings | length' out.json)" = 3 ]
}

@test "memory does not grow with a file in which literals are looked for, and one is found" {
	! sanitized || skip "SKIP: sanitizers have memory of their own for each byte"
	truncate -s 400000000 wide
	printf PELLUCID-MARK | dd of=wide bs=1M seek=300000000 oflag=seek_bytes conv=notrunc status=none
	echo 'rule mark { strings: $a = "PELLUCID-MARK" $b = "ANOTHER-MARK" condition: $a and not $b }' > mark.yar
	run -0 python3 - "$PELLUCID" scan -q --json -r mark.yar wide <<'PY'
import resource, subprocess, sys
assert subprocess.run(sys.argv[1:], stdout=open("out.json", "wb")).returncode == 1
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) # of the largest process, KiB
PY
	[ "$output" -lt 60000 ]
	[ "$(jq -c '[.size, .matches[0].strings[0].offset]' out.json)" = '[400000000,300000000]' ]
	[ "$(jq -r .sha256 out.json)" = "$(sha256sum wide | cut -d' ' -f1)" ]
}

@test "what lies in a file that memory need not hold is unpacked" {
	prepare
	truncate -s 110000000 zeros
	tar cf big.tar zeros eicar
	run -1 --separate-stderr "$PELLUCID" scan -q --json big.tar
	[ "$(jq -r 'select(.matches != []) | .path' <<< "$output")" = big.tar/eicar ]
	[ "$(jq -c .incomplete <<< "$output" | sort -u)" = "[]" ]
	TMPDIR=/nowhere run -3 "$PELLUCID" scan -q big.tar
}

@test "standard input that memory cannot hold goes by the disk" {
	prepare
	truncate -s 110000000 stream
	cat eicar >> stream
	cat > end.yar <<'RULE'
rule end { strings: $a = "EICAR-STANDARD" condition: $a in (110000000..110000100) and filesize == 110000068 }
RULE
	run -1 --separate-stderr bash -c 'cat stream | "$PELLUCID" scan -q --json -r end.yar -'
	[ "$(jq -c '[.path, .size, .sha256, .incomplete]' <<< "$output")" = \
		"[\"-\",110000068,\"$(sha256sum stream | cut -d' ' -f1)\",[]]" ]
	TMPDIR=/nowhere run -3 bash -c 'cat stream | "$PELLUCID" scan -q -r end.yar -'
	[[ "$output" == *"limit:size: "*"the copy in /nowhere failed"* ]]
	# a file may not grow that far: told, and no end of the program
	run -3 bash -c 'ulimit -f 50000; cat stream | "$PELLUCID" scan -q -r end.yar -'
	[[ "$output" == *"not examined  -: write: File too large"* ]]
}

@test "PELLUCID_SPOOL_ABOVE must be a number" {
	for bad in 10k '' -1 0; do
		PELLUCID_SPOOL_ABOVE=$bad run -2 "$PELLUCID" scan -q clean
		[[ "$output" == *"PELLUCID_SPOOL_ABOVE is a number of bytes, not \`$bad\`"* ]]
	done
}
