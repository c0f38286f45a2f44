# What every verb's tests share: the program, a directory of their own, no cache but their own.
unset PELLUCID_NO_CACHE

# Is the program built with sanitizers, whose runtime takes memory, time and system calls of its own?
sanitized() { grep -q __asan_init "$PELLUCID"; }

# Of faults that are tried at each call of a kind, how far to the next: `make torture` tries all (FAULT_STRIDE=1), a check a sample.
stride() {
	if [ -n "${FAULT_STRIDE:-}" ]; then echo "$FAULT_STRIDE"; elif sanitized; then echo 9; else echo 4; fi
}

# Tests of a release are run with memory that the C library fills; this one takes nine megabytes for a line.
sort() { MALLOC_PERTURB_=0 command sort "$@"; }

setup() {
	work=$(mktemp -d)
	export XDG_CACHE_HOME="$work/cache"
	cd "$work" || return 1
	# the industry's test file, put together here so that no file of the tree is one
	printf '%s%s' 'X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR' '-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*' > eicar
	printf 'nothing to see\n' > clean
	cat > one.yar <<'RULE'
rule one : tag {
	meta:
		author = "A"
		description = "a needle"
		severity = "suspicious"
	strings:
		$a = "needle"
	condition:
		$a and filesize < 1KB
}
RULE
	printf 'hay needle hay needle\n' > hay
}

teardown() {
	cd / && rm -rf "$work"
}

# An image that is nothing but headers, with a PKCS #7 signature as its certificate table.
signed_image() { # DER
	python3 - "$1" <<'PY'
import struct, sys
der = open(sys.argv[1], "rb").read()
image = b"MZ" + bytes(58) + struct.pack("<I", 64)
image += b"PE\0\0" + struct.pack("<HHIIIHH", 0x14C, 0, 0, 0, 0, 224, 0x102)
directories = [(0, 0)] * 16
directories[4] = (512, len(der) + 8)
image += struct.pack("<H90xI", 0x10B, 16) + b"".join(struct.pack("<II", *d) for d in directories)
sys.stdout.buffer.write(image.ljust(512, b"\0") + struct.pack("<IHH", len(der) + 8, 0x200, 2) + der)
PY
}
