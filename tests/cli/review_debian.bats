load helper

teardown() {
	cd / && rm -rf --one-file-system "$work" ${memory:+"$memory"}
}

@test "a root that debootstrap made: packages, setuid files and the system are those that Debian's own tools see" {
	command -v debootstrap > /dev/null || skip "no debootstrap here"
	[ "$(id -u)" -eq 0 ] || skip "debootstrap needs root"
	# in memory, where there is room, installing takes half the time: dpkg has every file written through
	if [ "$(df --output=avail /dev/shm 2> /dev/null | tail -n 1)" -gt 1000000 ] && ! findmnt -no OPTIONS /dev/shm | grep -q noexec; then
		memory=$(mktemp -d /dev/shm/pellucid.XXXXXX)
		cd "$memory"
	fi
	timeout 500 debootstrap --variant=minbase bookworm root > log 2>&1 || skip "debootstrap made nothing: $(tail -n 1 log)"
	"$PELLUCID" review --root root --hash --json > out.json || [ $? -eq 3 ]
	jq -r '.facts[] | select(.collector == "dpkg") | .values | "\(.name) \(.version) \(.arch) \(.state)"' out.json | sort > got
	dpkg-query --admindir=root/var/lib/dpkg -W -f '${Package} ${Version} ${Architecture} ${db:Status-Status}\n' | sort > want
	diff want got
	[ "$(wc -l < got)" -gt 80 ]
	jq -r '.facts[] | select(.kind == "privilege" and .values.type != "capabilities") | .values.location' out.json | sort > got
	(cd root && find . -xdev -type f -perm /6000 -perm /0111 ! -path './proc/*' ! -path './tmp/*') | sed 's/^\.//' | sort > want
	diff want got
	# what a package owns is not a program of no package
	[ "$(jq -r '.facts[] | select(.kind == "program") | .values.location' out.json)" = '' ]
	[ "$(jq -r '.facts[] | select(.kind == "system") | .values.version' out.json)" = 12 ]
	jq -r '.facts[] | select(.collector == "digests") | .values | "\(.sha256)  root\(.location)"' out.json > sums
	sha256sum -c --quiet sums
	[ "$(wc -l < sums)" -gt 300 ]
}
