# What every verb's tests share: the program, a directory of their own, no cache but their own.
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
