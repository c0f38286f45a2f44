load helper

# A root of Debian's shape, of which the caller says more.
make_root() {
	mkdir -p root/var/lib/dpkg/info root/etc root/usr/bin root/proc
	ln -s usr/bin root/bin
	printf 'PRETTY_NAME="A made-up system"\nID=debian\nVERSION_ID="12"\n' > root/etc/os-release
	printf '%s\n' 'Package: one' 'Status: install ok installed' 'Version: 1:2.3-4' 'Architecture: amd64' \
		'Description: first' ' goes on: here' '' \
		'Package: two' 'Status: deinstall ok config-files' 'Version: 9' 'Architecture: all' > root/var/lib/dpkg/status
	printf '/.\n/bin/one\n' > root/var/lib/dpkg/info/one.list
}

facts() { # JQ-CONDITION
	jq -c ".facts[] | select($1) | .values" out.json
}

state() { # COLLECTOR
	jq -r ".coverage[] | select(.collector == \"$1\") | .state" out.json
}

review_root() {
	status=0
	"$PELLUCID" review --root root --json "$@" > out.json || status=$?
}

@test "the packages are those of dpkg-query, version by version" {
	dpkg-query -W -f '${Package} ${Version} ${Architecture} ${db:Status-Status}\n' | LC_ALL=C sort > want
	"$PELLUCID" review --json > out.json || [ $? -eq 3 ]
	jq -r '.facts[] | select(.collector == "dpkg") | .values | "\(.name) \(.version) \(.arch) \(.state)"' out.json |
		LC_ALL=C sort > got
	diff want got
	[ "$(wc -l < got)" -gt 50 ]
	[ "$(state dpkg)" = complete ]
}

@test "what a package left behind is told from what is installed" {
	make_root
	review_root
	[ "$(facts '.values.name == "one"' | jq -r '.state + .version')" = 'installed1:2.3-4' ]
	[ "$(facts '.values.name == "two"' | jq -r .state)" = config-files ]
	[ "$(facts '.kind == "system"' | jq -r .name)" = 'A made-up system' ]
}

@test "an image without a package manager lists stanzas in status.d" {
	make_root
	mv root/var/lib/dpkg/status stanzas
	mkdir root/var/lib/dpkg/status.d
	printf 'Package: base\nVersion: 3\nArchitecture: all\n' > root/var/lib/dpkg/status.d/base
	review_root
	[ "$(facts '.kind == "package"' | jq -r '.name + .state')" = baseinstalled ]
}

@test "a root that is not running shows no processes, and says so" {
	make_root
	review_root
	for c in processes modules pci usb sockets interfaces neighbours; do
		[ "$(state $c)" = not-applicable ]
	done
	[ "$(facts '.kind == "process"')" = '' ]
}

@test "links of an image lead into the image, never out of it" {
	make_root
	ln -sf /etc/passwd root/etc/os-release
	ln -s ../../../../../../etc/passwd root/etc/resolv.conf
	review_root
	[ "$(facts '.kind == "system"')" = '' ]
	[ "$(facts '.kind == "resolver"')" = '' ]
	mkdir root/real
	printf 'nameserver 192.0.2.7\n' > root/real/resolv.conf
	ln -sf /real/resolv.conf root/etc/resolv.conf
	review_root
	[ "$(facts '.kind == "resolver"' | jq -r .remote)" = 192.0.2.7 ]
}

@test "loops, FIFOs and devices are gaps and are not opened" {
	make_root
	ln -s loop root/etc/loop
	rm root/etc/os-release
	ln -s loop root/etc/os-release
	mkfifo root/etc/resolv.conf
	mkdir -p root/etc/cron.d
	mkfifo root/etc/cron.d/fifo
	review_root
	[ "$(state system)" = partial ]
	[ "$(state resolvers)" = partial ]
	[ "$(state autostart)" = partial ]
	[ "$status" -eq 3 ]
}

@test "names that would move a cursor or turn a line are escaped" {
	make_root
	printf 'PRETTY_NAME="\033[2J\xe2\x80\xaeevil"\n' > root/etc/os-release
	mkdir -p root/etc/cron.d
	mkfifo "root/etc/cron.d/$(printf 'a\033[31m\xe2\x80\xae')"
	"$PELLUCID" review --root root > out.txt || [ $? -eq 3 ]
	if grep -q "$(printf "\033")" out.txt; then false; fi
	if grep -q "$(printf "\xe2\x80\xae")" out.txt; then false; fi
	grep -q 'x1b' out.txt
}

@test "a damaged status file is told and what can be read is kept" {
	make_root
	printf 'Package: good\nVersion: 1\n\nno field at all\n\001\377\n' > root/var/lib/dpkg/status
	review_root
	[ "$(state dpkg)" = partial ]
	[ "$(facts '.kind == "package"' | jq -r .name)" = good ]
}

@test "Python and npm packages, with those of the system marked" {
	make_root
	at=root/usr/lib/python3/dist-packages
	mkdir -p "$at/own-1.dist-info" "$at/theirs-2.egg-info" root/usr/lib/node_modules/a/node_modules/@s/b
	printf 'Metadata-Version: 2.1\nName: own\nVersion: 1\n\nName: body\n' > "$at/own-1.dist-info/METADATA"
	printf 'Name: theirs\nVersion: 2\n' > "$at/theirs-2.egg-info/PKG-INFO"
	printf '/usr/lib/python3/dist-packages/theirs-2.egg-info/PKG-INFO\n' >> root/var/lib/dpkg/info/one.list
	printf '{"name":"a","version":"1.0.0"}' > root/usr/lib/node_modules/a/package.json
	printf '{"name":"@s/b","version":"2.0.0"}' > root/usr/lib/node_modules/a/node_modules/@s/b/package.json
	# one that stands elsewhere is read, and what is behind links beyond it is said to be left out
	mkdir -p root/srv/c root/srv/d/node_modules/e
	printf '{"name":"c","version":"3"}' | tee root/srv/c/package.json > root/srv/d/package.json
	ln -s /srv/c root/usr/lib/node_modules/c
	review_root
	[ "$(facts '.collector == "python"' | jq -r '.name + "=" + .version + (.owned_by // "")' | tr '\n' ' ')" = 'own=1 theirs=2package ' ]
	[ "$(facts '.collector == "npm"' | jq -r '.name + "=" + .version' | tr '\n' ' ')" = 'a=1.0.0 @s/b=2.0.0 c=3 ' ]
	[ "$(jq -r '.coverage[] | select(.collector == "npm") | .state' out.json)" = complete ]
	ln -s /srv/d root/usr/lib/node_modules/d
	ln -s . root/usr/lib/node_modules/@t
	review_root
	[ "$(jq -r '.coverage[] | select(.collector == "npm") | .gaps[].where' out.json | tr '\n' ' ')" = '/usr/lib/node_modules/@t /usr/lib/node_modules/d/node_modules ' ]
}

@test "units, cron, autostart and preload name what they run" {
	make_root
	mkdir -p root/etc/systemd/system/multi-user.target.wants root/etc/cron.d root/etc/xdg/autostart root/etc/init.d
	printf '[Service]\nExecStart=/opt/x/run --fast\n' > root/etc/systemd/system/x.service
	ln -s ../x.service root/etc/systemd/system/multi-user.target.wants/x.service
	ln -s /dev/null root/etc/systemd/system/y.service
	printf '#!/bin/sh\n' > root/etc/init.d/z
	printf 'A=b\n# no\n*/5 * * * * root /bin/thing -q\n@reboot bob /bin/other\n' > root/etc/cron.d/job
	printf '[Desktop Entry]\nName=N\nExec=/opt/app\n' > root/etc/xdg/autostart/n.desktop
	printf '/lib/evil.so\n' > root/etc/ld.so.preload
	review_root
	[ "$(facts '.values.name == "x.service"' | jq -r '.state + .target')" = 'enabled/opt/x/run --fast' ]
	[ "$(facts '.values.name == "y.service"' | jq -r .state)" = masked ]
	[ "$(facts '.values.name == "z"' | jq -r .type)" = init ]
	[ "$(facts '.values.type == "cron"' | jq -r '.schedule + "|" + .user + "|" + .target' | tr '\n' ' ')" = \
		'*/5 * * * *|root|/bin/thing -q @reboot|bob|/bin/other ' ]
	[ "$(facts '.values.type == "xdg"' | jq -r .target)" = /opt/app ]
	[ "$(facts '.values.type == "preload"' | jq -r .target)" = /lib/evil.so ]
}

@test "a process whose file was deleted is seen as such" {
	cp /bin/sleep gone
	./gone 60 &
	pid=$!
	rm gone
	"$PELLUCID" review --json > out.json || [ $? -eq 3 ]
	kill "$pid"
	[ "$(facts ".values.pid == \"$pid\" and .kind == \"process\"" | jq -r .state)" = deleted ]
}

@test "a socket that listens is found with its process" {
	python3 -c 'import socket, time
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen()
print(s.getsockname()[1], flush=True); time.sleep(60)' > port &
	pid=$!
	for _ in 1 2 3 4 5 6 7 8 9 10; do [ -s port ] && break; sleep 0.3; done
	"$PELLUCID" review --json > out.json || [ $? -eq 3 ]
	kill "$pid"
	[ "$(facts ".values.local == \"127.0.0.1:$(cat port)\"" | jq -r '.state + .pid')" = "listening$pid" ]
}

@test "serial numbers and addresses are shown as pseudonyms, the same each time, unless asked for" {
	"$PELLUCID" review --json > a.json || [ $? -eq 3 ]
	"$PELLUCID" review --json > b.json || [ $? -eq 3 ]
	"$PELLUCID" review --full --json > full.json || [ $? -eq 3 ]
	addresses='[.facts[].values.address // empty]'
	[ "$(jq -c "$addresses" a.json)" = "$(jq -c "$addresses" b.json)" ]
	jq -r '.facts[].values.address // empty' full.json | while read -r address; do
		if grep -q "$address" a.json; then exit 1; fi
	done
}

@test "packages of apk and pacman, and the files that they own" {
	mkdir -p root/lib/apk/db root/var/lib/pacman/local/two-2-1 root/usr/bin root/opt
	printf 'C:Q1\nP:one\nV:1.2-r3\nA:x86_64\no:origin\nm:M\nF:usr/bin\nR:one\nF:opt\nR:own\n\nP:other\nV:9\n\n' > root/lib/apk/db/installed
	printf '%%NAME%%\ntwo\n\n%%VERSION%%\n2-1\n\n%%ARCH%%\nany\n\n' > root/var/lib/pacman/local/two-2-1/desc
	printf '%%FILES%%\nusr/\nusr/bin/two\n\n' > root/var/lib/pacman/local/two-2-1/files
	for f in usr/bin/one usr/bin/two usr/bin/three opt/own opt/mine; do
		printf '#!/bin/sh\n' > "root/$f"
		chmod 755 "root/$f"
	done
	printf 'text' > root/opt/data
	chmod 755 root/opt/data
	review_root
	[ "$(facts '.collector == "apk"' | jq -r '.name + .version' | tr '\n' ' ')" = 'one1.2-r3 other9 ' ]
	[ "$(facts '.collector == "pacman"' | jq -r '.name + .version + .arch')" = two2-1any ]
	[ "$(facts '.kind == "program"' | jq -r .location | sort | tr '\n' ' ')" = '/opt/mine /usr/bin/three ' ]
}

@test "setuid, setgid and capabilities are those that find and getcap see" {
	make_root
	mkdir -p root/srv/deep root/tmp/.x root/run root/dev/shm
	install -m 4755 /bin/true root/tmp/.x/hidden
	install -m 2755 /bin/true root/run/held
	install -m 4755 /bin/true root/dev/shm/kept
	cp /bin/true root/srv/deep/s
	cp /bin/true root/srv/deep/g
	cp /bin/true root/srv/plain
	chmod 4755 root/srv/deep/s
	chmod 2755 root/srv/deep/g
	review_root
	[ "$(facts '.kind == "privilege"' | jq -r '.type + .mode + .location' | sort | tr '\n' ' ')" = \
		'setgid2755/run/held setgid2755/srv/deep/g setuid4755/dev/shm/kept setuid4755/srv/deep/s setuid4755/tmp/.x/hidden ' ]
	"$PELLUCID" review --json > out.json || [ $? -eq 3 ]
	facts '.kind == "privilege" and .values.type != "capabilities"' | jq -r .location | sort > all
	case $PWD in /tmp/*) grep -qxF "$PWD/root/srv/deep/s" all ;; esac
	grep -v -e '^/tmp/' -e '^/dev/shm/' all > got # where other tests have theirs
	{
		find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /run -o -path /tmp -o -path /home -o -path /root \) -prune -o \
			-type f -perm /6000 -perm /0111 -print
		find /run ! -fstype tmpfs -prune -o -type f -perm /6000 -perm /0111 -print
	} 2> /dev/null | sort > want
	diff want got
}

@test "a tree of 4,096 levels is a gap and not a fault" {
	make_root
	python3 -c 'import os
os.chdir("root")
for _ in range(4096):
    os.mkdir("d")
    os.chdir("d")'
	review_root
	[ "$(state programs)" = partial ]
	rm -rf root
}

@test "packages of rpm from SQLite, ndb and Berkeley DB, with their signers and files" {
	for store in sqlite ndb bdb; do
		rm -rf root
		python3 "$ROOT/tests/cli/make_rpm.py" root "$store"
		mkdir -p root/usr/bin root/opt
		for f in usr/bin/p007-run usr/bin/stray opt/lib opt/file-004999; do
			printf '#!/bin/sh\n' > "root/$f"
			chmod 755 "root/$f"
		done
		review_root
		[ "$(state rpm)" = complete ]
		[ "$(facts '.collector == "rpm"' | wc -l)" -eq 301 ]
		[ "$(facts '.values.name == "p042"' | jq -r '.version + .arch + .signer')" = '2:1.0-42noarch0123456789abcdef' ]
		[ "$(facts '.kind == "program"' | jq -r .location)" = /usr/bin/stray ]
	done
}

@test "a damaged database of rpm and a write-ahead log are gaps" {
	python3 "$ROOT/tests/cli/make_rpm.py" root sqlite
	truncate -s 50000 root/var/lib/rpm/rpmdb.sqlite
	review_root
	[ "$(state rpm)" = partial ]
	printf 'x' > root/var/lib/rpm/rpmdb.sqlite-wal
	printf 'no database' > root/var/lib/rpm/Packages
	review_root
	jq -e '.coverage[] | select(.collector == "rpm") | .gaps | map(.what) | any(test("write-ahead")) and any(test("Berkeley"))' out.json
	rm -r root
	python3 "$ROOT/tests/cli/make_rpm.py" root bdb
	truncate -s 50000 root/var/lib/rpm/Packages
	review_root
	[ "$(state rpm)" = partial ]
	[ "$(facts '.collector == "rpm"' | wc -l)" -gt 1 ]
}

@test "a signer of rpm packages proves" {
	python3 "$ROOT/tests/cli/make_rpm.py" root ndb
	"$PELLUCID" policy new ours | sed 's/dpkg telnetd shows/signer 0123456789abcdef proves/' > ours.policy
	review_root --policy ours.policy --no-shipped
	[ "$(jq -r '.findings[0] | .strength + " \(.facts_all)"' out.json)" = 'proves 301' ]
}

@test "a package that rpm itself installed is the one that rpm lists" {
	cat > a.spec <<'SPEC'
Name: real
Version: 3.1
Release: 2
Epoch: 1
Summary: s
License: x
BuildArch: noarch
%description
d
%install
mkdir -p %{buildroot}/opt/real
printf '#!/bin/sh\n' > %{buildroot}/opt/real/run
chmod 755 %{buildroot}/opt/real/run
%files
/opt/real/run
SPEC
	rpmbuild -bb --define "_topdir $PWD/top" a.spec
	mkdir root
	rpm --root "$PWD/root" --define '_db_backend sqlite' --dbpath /var/lib/rpm -i --nodeps --noscripts top/RPMS/noarch/*.rpm
	rpm --root "$PWD/root" --define '_db_backend sqlite' --dbpath /var/lib/rpm -qa --qf '%{name} %{epochnum}:%{version}-%{release} %{arch}\n' > want
	review_root
	facts '.collector == "rpm"' | jq -r '"\(.name) \(.version) \(.arch)"' > got
	diff want got
	[ -s got ]
	[ "$(facts '.kind == "program"')" = '' ]
}
