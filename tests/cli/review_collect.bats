load helper

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

make() { # WHAT
	mkdir -p root
	python3 "$ROOT/tests/cli/make_roots.py" root "$1"
}

list() { # COLLECTOR JQ
	facts ".collector == \"$1\"" | jq -r "$2" | tr '\n' ' '
}

@test "snaps with their revisions, and the version of what is mounted" {
	make snap
	review_root
	[ "$(list snap '"\(.name)=\(.version)=\(.revision)=\(.state)"')" = 'hello=null=28=kept hello=2.10=29=installed off=null=1=disabled ' ]
	[ "$(state snap)" = complete ]
	rm -r root/snap
	review_root
	[ "$(state snap)" = partial ]
	rm root/var/lib/snapd/state.json
	review_root
	[ "$(list snap '"\(.name)=\(.revision)=\(.location)"')" = 'hello=29=/var/lib/snapd/snaps/hello_29.snap ' ]
}

@test "flatpak's applications with remote and runtime; those of users where homes are asked for" {
	make flatpak
	review_root
	[ "$(list flatpak '"\(.name)=\(.version)=\(.arch)=\(.source)=\(.parent)"')" = \
		'org.example.App=stable=x86_64=flathub=org.example.Platform/x86_64/23.08 ' ]
	review_root --homes
	[ "$(list flatpak .name)" = 'org.example.App org.example.Mine ' ]
}

@test "gems by what their specification says, else by their file's name" {
	make gem
	review_root
	[ "$(list gem '"\(.name)=\(.version)"')" = 'rack=2.2.4 json-pure=2.6.1 ' ]
}

@test "what Bluetooth was paired with, of a root that does not run too" {
	make bluetooth
	review_root --full
	[ "$(list bluetooth '"\(.name)=\(.class)=\(.address)=\(.state)"')" = 'Headset=0x240404=AA:BB:CC:DD:EE:FF=paired ' ]
}

@test "what a switch says of itself, as networkd heard it" {
	make lldp
	review_root --full
	[ "$(list lldp '"\(.name)=\(.location)=\(.remote)=\(.address)=\(.note)"')" = \
		'switch-7=Gi0/7=192.0.2.9=bc:ad:28:01:02:03=A switch, version 1 ' ]
	truncate -s 40 root/run/systemd/netif/lldp/2
	review_root
	[ "$(state lldp)" = partial ]
}

@test "a frame of LLDP is heard while --listen lasts" {
	[ "$(id -u)" -eq 0 ] || skip "needs CAP_NET_RAW"
	mkdir root
	python3 - <<PY &
import importlib.util, os, socket, sys, time
sys.argv = ["x", "root", "lldp"]
spec = importlib.util.spec_from_file_location("m", "$ROOT/tests/cli/make_roots.py")
m = importlib.util.module_from_spec(spec)
spec.loader.exec_module(m)
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("lo", 0))
open("ready", "w").close()
end = time.monotonic() + 120 # whenever it is that the review comes to listen
while not os.path.exists("listened") and time.monotonic() < end:
    s.send(m.frame())
    time.sleep(0.1)
PY
	for _ in $(seq 600); do
		[ ! -e ready ] || break
		sleep 0.1
	done
	"$PELLUCID" review --listen 1 --json > out.json || [ $? -eq 3 ] || [ $? -eq 1 ]
	touch listened
	wait
	[[ "$(list lldp .name)" == 'switch-7 '* ]]
}

@test "certificates: what the distribution did not bring is told from what it did, as openssl names them" {
	make trust
	review_root
	[ "$(list certificates '"\(.name)=\(.type)=\(.owned_by)"')" = \
		'Distribution CA=tls=distribution Local CA=tls=null Java CA=java=null ' ]
	for n in Distribution Local Java; do
		openssl x509 -in "$n CA.pem" -outform DER | sha256sum | cut -d' ' -f1
	done > want
	facts '.collector == "certificates"' | jq -r .sha256 > got
	diff want got
	# what OpenSSL finds by the digest of a name, and blocks of other labels in any order
	python3 - <<'PY'
import subprocess
def made(n):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "/dev/null", "-subj", f"/CN={n}",
                    "-out", n], check=True, capture_output=True)
    return open(n).read()
with open("root/etc/ssl/certs/12345678.0", "w") as f:
    f.write("-----BEGIN NONE-----\n" + made("A").replace(" CERT", " TRUSTED CERT") + made("B") + made("C").replace(" CERT", " X509 CERT"))
PY
	review_root
	[ "$(list certificates '"\(.name)=\(.location)"')" = "Distribution CA=/etc/ssl/certs/ca-certificates.crt Local CA=/etc/ssl/certs/ca-certificates.crt \
Java CA=/etc/ssl/certs/java/cacerts A=/etc/ssl/certs/12345678.0 B=/etc/ssl/certs/12345678.0 C=/etc/ssl/certs/12345678.0 " ]
	spki=$(openssl x509 -in 'Local CA.pem' -pubkey -noout | openssl pkey -pubin -outform DER | sha256sum | cut -d' ' -f1)
	"$PELLUCID" policy new ours | sed "s/dpkg telnetd shows/ca-spki $spki proves/" > ours.policy
	review_root --policy ours.policy --no-shipped
	[ "$(jq -r '.findings[0] | "\(.strength) \(.facts_all)"' out.json)" = 'proves 1' ]
}

@test "the certificates of this machine are those that openssl reads in its bundle" {
	[ -e /etc/ssl/certs/ca-certificates.crt ] || skip "no bundle here"
	"$PELLUCID" review --json > out.json || [ $? -eq 3 ] || [ $? -eq 1 ]
	facts '.collector == "certificates" and .values.location == "/etc/ssl/certs/ca-certificates.crt"' |
		jq -r '"\(.sha256) \(.not_after)"' | sort > got
	python3 - <<'PY' | sort > want
import re, subprocess, hashlib, base64, datetime
shown = subprocess.run("openssl crl2pkcs7 -nocrl -certfile /etc/ssl/certs/ca-certificates.crt | openssl pkcs7 -print_certs -text",
                       shell=True, check=True, capture_output=True, text=True).stdout
for end, pem in re.findall("Not After : ([^\n]*)\n.*?-----BEGIN CERTIFICATE-----\n(.*?)-----END CERTIFICATE-----", shown, re.S):
    day = datetime.datetime.strptime(end, "%b %d %H:%M:%S %Y %Z")
    print(hashlib.sha256(base64.b64decode(pem)).hexdigest(), day.strftime("%Y-%m-%d"))
PY
	diff want got
	[ -s got ]
}

@test "the keys of apt are those whose fingerprints gpg shows" {
	command -v gpg > /dev/null || skip "no gpg here"
	"$PELLUCID" review --json > out.json || [ $? -eq 3 ] || [ $? -eq 1 ]
	facts '.collector == "keys" and .values.type == "apt"' | jq -r .signer | sort -u > got
	export GNUPGHOME="$work/gnupg"
	mkdir -m 700 "$GNUPGHOME"
	for f in /etc/apt/trusted.gpg /etc/apt/trusted.gpg.d/* /etc/apt/keyrings/* /usr/share/keyrings/*; do
		[ -s "$f" ] || continue
		gpg --batch --with-colons --show-keys "$f" 2> /dev/null
	done | awk -F: '$1 == "pub" { pub = 1 } $1 == "fpr" && pub { print tolower($10); pub = 0 }' | sort -u > want
	diff want got
	[ -s got ]
}

@test "routes and neighbours are those that ip shows" {
	command -v ip > /dev/null || skip "no ip here"
	"$PELLUCID" review --full --json > out.json || [ $? -eq 3 ] || [ $? -eq 1 ]
	facts '.collector == "routes"' | jq -r '"\(.target) \(.remote // "-") \(.name)"' | sort > got
	{ ip -j -4 route; ip -j -6 route; } | jq -r '.[] | select(.dev) | "\(.dst) \(.gateway // "-") \(.dev)"' | sort > want
	diff want got
	facts '.collector == "neighbours"' | jq -r '"\(.remote) \(.address)"' | sort > got
	ip -j neigh | jq -r '.[] | select(.lladdr) | "\(.dst) \(.lladdr)"' | sort > want
	diff want got
}

@test "block devices are those that lsblk shows" {
	command -v lsblk > /dev/null || skip "no lsblk here"
	"$PELLUCID" review --json > out.json || [ $? -eq 3 ] || [ $? -eq 1 ]
	facts '.collector == "block"' | jq -r '"\(.name) \([.note] | flatten | last)"' | sort > got
	lsblk -b -n -r -o NAME,SIZE -e 1 | awk '$2 > 0 { print $1, $2, "bytes" }' | sort -u > want
	grep -v '^ram' got | diff want -
}

@test "PCI devices are those of lspci" {
	command -v lspci > /dev/null || skip "no lspci here"
	"$PELLUCID" review --json > out.json || [ $? -eq 3 ] || [ $? -eq 1 ]
	facts '.collector == "pci"' | jq -r '"\(.location) \(.id)"' | sort > got
	lspci -D -n | awk '{ print $1, $3 }' | sort > want
	diff want got
}

@test "listening sockets are those of ss" {
	command -v ss > /dev/null || skip "no ss here"
	python3 -c 'import socket, time
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen()
t = socket.socket(socket.AF_INET6); t.bind(("::1", 0)); t.listen()
print(1, flush=True); time.sleep(20)' > ready &
	pid=$!
	for _ in 1 2 3 4 5 6 7 8 9 10; do [ -s ready ] && break; sleep 0.3; done
	# other programs of this machine open and close theirs meanwhile: what stood before and after must be there
	listening() { ss -H -t -l -n | awk '{ print $4 }' | sed 's/^\*:/[::]:/' | LC_ALL=C sort -u; }
	listening > before
	"$PELLUCID" review --json > out.json || [ $? -eq 3 ] || [ $? -eq 1 ]
	listening > after
	kill "$pid"
	facts '.collector == "sockets" and .values.state == "listening" and (.values.protocol | startswith("tcp"))' | jq -r .local |
		LC_ALL=C sort -u > got
	[ "$(LC_ALL=C comm -12 before after | LC_ALL=C comm -23 - got)" = '' ]
	[ "$(LC_ALL=C sort -u before after | LC_ALL=C comm -13 - got)" = '' ]
	[ "$(grep -c . got)" -ge 2 ]
}

@test "units that run something are those of systemctl" {
	command -v systemctl > /dev/null || skip "no systemctl here"
	"$PELLUCID" review --json > out.json || [ $? -eq 3 ] || [ $? -eq 1 ]
	facts '.collector == "units"' | jq -r 'select(.type != "init") | .name' | sort -u > got
	systemctl --root=/ list-unit-files --no-legend --no-pager 2> /dev/null | awk '{ print $1 }' | grep -vE '\.(target|slice)$' | sort -u > want
	[ -s want ] || skip "systemctl lists nothing here"
	# what systemctl lists must be there; ours also has what it does not call a unit file
	comm -23 want got > missing
	cat missing
	[ ! -s missing ]
}

@test "modules of a Go program are those that go itself reads" {
	command -v go > /dev/null || skip "no go here"
	mkdir -p src root/usr/bin
	printf 'module example.org/made\n\ngo 1.18\n' > src/go.mod
	printf 'package main\n\nfunc main() { println("x") }\n' > src/main.go
	(cd src && GOFLAGS=-mod=mod GOTOOLCHAIN=local GOCACHE="$work/gocache" GOPATH="$work/gopath" go build -o ../root/usr/bin/made .) || skip "go builds nothing here"
	review_root
	[ "$(list built '"\(.name)=\(.parent)"')" = 'stdlib=/usr/bin/made example.org/made=/usr/bin/made ' ]
	[ "$(list built 'select(.name == "stdlib") | .version')" = "$(go version root/usr/bin/made | awk '{ sub(/^go/, "", $2); print $2 }') " ]
}

@test "Java archives in archives, by Maven's properties or their manifest" {
	mkdir -p root/opt
	python3 - <<'PY'
import io, zipfile
def archive(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name, data in members:
            z.writestr(name, data)
    return out.getvalue()
pom = ("META-INF/maven/org.apache.logging.log4j/log4j-core/pom.properties", "groupId=org.apache.logging.log4j\nartifactId=log4j-core\nversion=2.14.1\n")
inner = archive([("META-INF/MANIFEST.MF", "Bundle-SymbolicName: inner\r\nBundle-Version: 3\r\n")])
open("root/opt/app.war", "wb").write(archive([("META-INF/MANIFEST.MF", "x: y\n"), pom, ("WEB-INF/lib/inner.jar", inner)]))
open("root/opt/bad.jar", "wb").write(b"PK\3\4 cut off")
PY
	review_root
	[ "$(list jar '"\(.type)=\(.name)=\(.version)=\(.parent)"')" = \
		'maven=org.apache.logging.log4j:log4j-core=2.14.1=/opt/app.war jar=inner=3=/opt/app.war!/WEB-INF/lib/inner.jar ' ]
	[ "$(state jar)" = partial ]
	"$PELLUCID" policy new ours | sed 's/dpkg telnetd shows/maven org.apache.logging.log4j:log4j-core < 2.15 shows/' > ours.policy
	review_root --policy ours.policy --no-shipped
	[ "$status" -eq 1 ]
}

@test "an AppImage is told by its mark" {
	mkdir -p root/opt
	printf '\177ELF\2\1\1\0AI\2\0' > root/opt/tool
	chmod 755 root/opt/tool
	review_root
	[ "$(list programs '"\(.type)=\(.location)"')" = 'appimage=/opt/tool ' ]
	[ "$(jq -r '.coverage[] | select(.collector == "programs") | .gaps[0].what' out.json)" = 'damaged: an AppImage without a file system behind it' ]
}

@test "an AppImage says what it is: name and version of the entry in its topmost directory" {
	command -v mksquashfs > /dev/null || skip "no mksquashfs here"
	mkdir -p root/opt app/usr/share/applications
	printf '[Desktop Entry]\nName=Shown\nExec=shown %%U\nX-AppImage-Version=1.2.3\n[Desktop Action new]\nName=Not this\n' > app/zz.desktop
	printf '[Desktop Entry]\nName=Deeper\n' > app/usr/share/applications/deeper.desktop
	head -c 3000000 /dev/urandom > app/usr/big
	mksquashfs app payload -quiet -no-progress -nopad -all-root -comp gzip > mk.txt
	python3 - <<'PY'
import struct
head = bytearray(64)
head[:11] = b"\x7fELF\2\1\1\0AI\2"
struct.pack_into("<Q", head, 0x28, 64)  # e_shoff; two headers of 64 bytes
struct.pack_into("<HH", head, 0x3a, 64, 2)
whole = bytes(head) + bytes(128) + open("payload", "rb").read()
open("root/opt/tool", "wb").write(whole)
open("root/opt/cut", "wb").write(whole[:len(whole) // 2])
open("root/opt/away", "wb").write(bytes(head[:0x28]) + b"\xff" * 24 + whole[64:])
PY
	chmod 755 root/opt/*
	review_root
	[ "$(facts '.kind == "package"' | jq -r '"\(.type)=\(.name)=\(.version)=\(.target)=\(.location)"')" = 'appimage=Shown=1.2.3=shown %U=/opt/tool' ]
	[ "$(facts '.kind == "program" and .values.type == "appimage"' | wc -l)" -eq 3 ]
	[ "$(jq -r '[.coverage[] | select(.collector == "programs") | .gaps[].where] | unique | join(" ")' out.json)" = '/opt/away /opt/cut' ]
}

@test "images and containers, and each root of another system reviewed as one of its own" {
	make containers
	review_root --profile eu-institution
	[ "$(list containers '"\(.type)=\(.name)=\(.state)"')" = \
		'docker=nginx:1.25=image docker=nginx@sha256:'"$(printf 'b%.0s' {1..64})"'=image docker=/web=running layer=layer1=root podman=quay.io/x:1=image machine=box=root machine=inner=root ' ]
	[ "$(facts '.kind == "package"' | jq -r '"\(.name)=\(.parent)"' | tr '\n' ' ')" = 'kesl=layer1 musl=box ' ]
	# a link in the layer leads into the layer alone
	[ "$(facts '.kind == "system" and .values.parent == "layer1"')" = '' ]
	[ "$status" -eq 1 ]
	[ "$(state containers)" = partial ] # the root in the root
	digest=$(printf 'e%.0s' {1..64})
	"$PELLUCID" policy new ours | sed "s/dpkg telnetd shows/image-digest $digest proves/" > ours.policy
	review_root --policy ours.policy --no-shipped
	[ "$(jq -r '.findings[0].strength' out.json)" = proves ]
}

@test "extensions of browsers, of users where homes are asked for" {
	make extensions
	review_root
	[ "$(list extensions '"\(.id)=\(.state)"')" = "$(printf 'b%.0s' {1..32})=for everyone " ]
	[ "$(state extensions)" = not-applicable ]
	review_root --homes
	[ "$(facts '.collector == "extensions" and .values.name == "Ad"' | jq -r '"\(.version)=\(.capabilities | join(","))"')" = '1.2=tabs,<all_urls>' ]
	[ "$(facts '.collector == "extensions" and .values.name == "U"' | jq -r '"\(.id)=\(.state)=\(.type)"')" = 'u@example.org=active=firefox' ]
}

@test "a hostile root: whatever links and special files stand there, nothing outside is opened and nothing is run" {
	command -v strace > /dev/null || skip "no strace here"
	mkdir outside
	for f in secret status state.json extensions.json a.jar cert.crt key.gpg; do printf 'Package: outside\n' > "outside/$f"; done
	make snap
	mkdir -p root/var/lib/dpkg/info root/usr/bin root/opt root/etc/apt/trusted.gpg.d root/usr/local/share/ca-certificates \
		root/root/.mozilla/firefox/p root/var/lib/machines/m/var/lib/dpkg root/etc/cron.d root/usr/share/java
	ln -s "$work/outside/status" root/var/lib/dpkg/status
	ln -sf "../../../../../../../../../../$work/outside/state.json" root/var/lib/snapd/state.json
	ln -s "$work/outside/a.jar" root/usr/share/java/a.jar
	ln -s "$work/outside/cert.crt" root/usr/local/share/ca-certificates/c.crt
	ln -s "$work/outside/key.gpg" root/etc/apt/trusted.gpg.d/k.gpg
	ln -s "$work/outside/extensions.json" root/root/.mozilla/firefox/p/extensions.json
	ln -s "$work/outside/status" root/var/lib/machines/m/var/lib/dpkg/status
	ln -s "$work/outside" root/var/lib/machines/away
	ln -s "$work/outside" root/opt/away
	ln -s loop root/opt/loop
	ln -s ../.. root/usr/bin/up
	mkfifo root/usr/bin/fifo root/etc/apt/trusted.gpg.d/fifo.gpg root/usr/share/java/fifo.jar root/etc/cron.d/fifo
	mknod root/usr/bin/device c 1 3 2> /dev/null || :
	printf '#!/bin/sh\ntouch %s/was-run\n' "$work" > root/usr/bin/run
	chmod 755 root/usr/bin/run
	# the leak finder of a sanitized build cannot be traced
	ASAN_OPTIONS=detect_leaks=0 timeout 120 strace -f -y -e trace=execve,open,openat,openat2 -o trace "$PELLUCID" review --root root --homes --hash --json > out.json || [ $? -eq 3 ]
	[ ! -e was-run ]
	grep -q 'execve(.*pellucid-worker"' trace # our own readers, and nothing else
	[ "$(grep 'execve(' trace | grep -vcE '^[0-9]+ +execve\("[^"]*/pellucid(-worker)?"')" -eq 0 ]
	if grep "$work/outside" trace | grep -E '= [0-9]+<'; then false; fi
	[ "$(facts '.values.name == "outside"')" = '' ]
	jq -e 'all(.coverage[]; .state != null)' out.json
}

@test "a status file of a gigabyte is cut at its limit, which is a gap, and is not held in memory" {
	mkdir -p root/var/lib/dpkg
	printf 'Package: first\nVersion: 1\n\n' > root/var/lib/dpkg/status
	truncate -s 1G root/var/lib/dpkg/status
	/usr/bin/env python3 - "$PELLUCID" > rss <<'PY'
import resource, subprocess, sys
with open("out.json", "wb") as out:
    subprocess.run([sys.argv[1], "review", "--root", "root", "--json"], stdout=out)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
PY
	[ "$(facts '.collector == "dpkg"' | jq -r .name)" = first ]
	[ "$(state dpkg)" = partial ]
	[ "$(cat rss)" -lt 200000 ]
}

@test "USB devices that the kernel named in logs, packed logs and journals are told as seen before, each once in a file" {
	mkdir -p root/var/log/journal/0123456789abcdef0123456789abcdef
	found='usb 1-2: New USB device found, idVendor=12d1, idProduct=1001, bcdDevice= 1.02'
	printf 'Nov  1 h kernel: [    1.0] %s\nNov  1 h kernel: [    1.1] usb 1-2: Product: Modem\nNov  1 h kernel: [    1.2] usb 1-2: SerialNumber: SN9\n' "$found" > root/var/log/syslog
	cat root/var/log/syslog root/var/log/syslog > twice && cp twice root/var/log/syslog
	printf 'h kernel: %s\n' "${found/12d1/0951}" | gzip > root/var/log/kern.log.3.gz
	printf 'usb 1-2: New USB device found, idVendor=nope, idProduct=1, bcdDevice=2\n' > root/var/log/messages
	python3 - <<PY
import importlib.util, sys
sys.argv = ["x", "$work"]
spec = importlib.util.spec_from_file_location("m", "$ROOT/tools/review_seeds.py")
m = importlib.util.module_from_spec(spec)
spec.loader.exec_module(m)
open("root/var/log/journal/0123456789abcdef0123456789abcdef/system.journal", "wb").write(m.journal(b"MESSAGE=" + m.FOUND.encode(), b"MESSAGE=usb 1-2: Product: Stick"))
PY
	review_root --full
	[ "$(list usb-history '"\(.id)=\(.name)=\(.serial)=\(.state)=\(.location)"')" = \
		'0951:1001=null=null=seen=/var/log/kern.log.3.gz 12d1:1001=Modem=SN9=seen=/var/log/syslog 0951:1666=Stick=null=seen=/var/log/journal/0123456789abcdef0123456789abcdef/system.journal ' ]
	[ "$(state usb-history)" = complete ]
	# a device of the past is a trace
	"$PELLUCID" policy new ours | sed 's/dpkg telnetd shows/usb 12d1 indicates/' > ours.policy
	review_root --policy ours.policy --no-shipped
	[ "$(jq -r '.findings[0] | "\(.strength) \(.residue)"' out.json)" = 'indicates true' ]
	head -c 300 root/var/log/journal/*/system.journal > cut && mv cut root/var/log/journal/0123456789abcdef0123456789abcdef/system.journal
	printf 'no journal' > root/var/log/journal/0123456789abcdef0123456789abcdef/user.journal
	review_root
	[ "$(state usb-history)" = partial ]
}

@test "processes are those of ps, by number, user and name" {
	sleep 60 & one=$!
	cp /bin/sleep "a-name-with-15-c" && ./a-name-with-15-c 60 & two=$!
	# programs: neither threads of the kernel nor what has ended and waits
	programs() { ps -eo pid=,ppid=,stat= | awk '$1 != 2 && $2 != 2 && $3 !~ /^Z/ { print $1 }' | LC_ALL=C sort; }
	programs > before
	"$PELLUCID" review --json > out.json || [ $? -eq 3 ] || [ $? -eq 1 ]
	programs > after
	for pid in $one $two $$; do
		want=$(ps -o pid=,uid=,comm= -p "$pid" | sed 's/^ *//; s/  */ /g')
		[ "$(facts ".kind == \"process\" and .values.pid == \"$pid\"" | jq -r '"\(.pid) \(.user) \(.name)"')" = "$want" ]
		[ "$(facts ".kind == \"process\" and .values.pid == \"$pid\"" | jq -r .location)" = "$(readlink "/proc/$pid/exe")" ]
	done
	kill "$one" "$two"
	# what ran before and after was there meanwhile
	facts '.kind == "process"' | jq -r .pid | LC_ALL=C sort > got
	[ "$(LC_ALL=C comm -12 before after | LC_ALL=C comm -23 - got)" = '' ]
	[ "$(LC_ALL=C comm -12 before after | wc -l)" -ge 3 ]
}

@test "interfaces are those of ip, with their addresses of hardware" {
	command -v ip > /dev/null || skip "no ip here"
	"$PELLUCID" review --full --json > out.json || [ $? -eq 3 ] || [ $? -eq 1 ]
	ip -j link | jq -r '.[] | "\(.ifname) \(if .address == "00:00:00:00:00:00" or .link_type == "none" or (.address | length) != 17 then "null" else .address end)"' | sort > want
	facts '.collector == "interfaces"' | jq -r '"\(.name) \(if (.address | length) == 17 then .address else "null" end)"' | sort > got
	diff want got
}

@test "resolvers are those of resolv.conf, and the names of hosts those that getent knows" {
	"$PELLUCID" review --json > out.json || [ $? -eq 3 ] || [ $? -eq 1 ]
	diff <(awk '$1 == "nameserver" { print $2 }' /etc/resolv.conf | sort) \
		<(facts '.collector == "resolvers" and .values.location == "/etc/resolv.conf"' | jq -r .remote | sort)
	getent -s files hosts | awk '{ for (i = 2; i <= NF; i++) print $i }' | sort -u > want
	facts '.collector == "hosts" and .values.type == "hosts"' | jq -r .name | sort -u > got
	[ "$(comm -23 want got)" = '' ]
}

@test "Python packages of the system are those that Python itself lists" {
	[ -x /usr/bin/python3 ] || skip "no python3 of the system"
	/usr/bin/python3 -I - > want <<'PY'
import importlib.metadata as m
seen = {(d.metadata["Name"], d.version) for d in m.distributions() if str(d._path).startswith("/usr/")}
print("\n".join(sorted(f"{n} {v}" for n, v in seen)))
PY
	"$PELLUCID" review --json > out.json || [ $? -eq 3 ] || [ $? -eq 1 ]
	facts '.collector == "python"' | jq -r '"\(.name) \(.version)"' | LC_ALL=C sort -u > got
	LC_ALL=C sort -u want > sorted
	[ "$(LC_ALL=C comm -23 sorted got)" = '' ]
}

@test "npm packages of the system are those that stand in their trees" {
	"$PELLUCID" review --json > out.json || [ $? -eq 3 ] || [ $? -eq 1 ]
	find /usr/lib/node_modules /usr/share/nodejs /usr/local/lib/node_modules -name package.json 2> /dev/null |
		grep -E '/(node_modules|nodejs)/(@[^/]+/)?[^/]+/package\.json$' | xargs -r -d '\n' jq -r 'select(.name and .version) | "\(.name) \(.version)"' 2> /dev/null | LC_ALL=C sort -u > want
	[ -s want ] || skip "no npm packages here"
	facts '.collector == "npm"' | jq -r '"\(.name) \(.version)"' | LC_ALL=C sort -u > got
	[ "$(LC_ALL=C comm -13 want got)" = '' ]
	[ "$(LC_ALL=C comm -23 want got)" = '' ]
}

@test "kernel modules on disk: those that no package owns, and those that a policy names" {
	at=root/usr/lib/modules/6.1.0/kernel
	mkdir -p $at/drivers $at/../updates root/var/lib/dpkg/info
	ln -s usr/lib root/lib
	ln -s usr/bin root/bin
	touch $at/drivers/owned-one.ko.xz $at/drivers/owned_two.ko $at/../updates/mine.ko.zst $at/../modules.dep
	printf 'Package: k\nVersion: 1\n' > root/var/lib/dpkg/status
	printf '/lib/modules/6.1.0/kernel/drivers/owned-one.ko.xz\n/lib/modules/6.1.0/kernel/drivers/owned_two.ko\n' > root/var/lib/dpkg/info/k.list
	review_root
	[ "$(list module-files '"\(.name)=\(.state)=\(.owned_by)=\(.location)"')" = 'mine=on disk=null=/usr/lib/modules/6.1.0/updates/mine.ko.zst ' ]
	"$PELLUCID" policy new ours | sed 's/dpkg telnetd shows/module owned_one shows/' > ours.policy
	review_root --policy ours.policy --no-shipped
	[ "$(jq -r '.findings[0].strength' out.json)" = shows ]
	[ "$(list module-files '"\(.name)=\(.owned_by)"' | tr ' ' '\n' | sort | tr '\n' ' ')" = 'mine=null owned-one=package ' ]
}

@test "HTML, escape sequences and right-to-left marks in every field of every collector break out of no form" {
	bad="<script>x</script>\"'><img src=x>&$(printf '\033[31m\xe2\x80\xae')"
	mkdir root && (cd root && mkdir -p etc/cron.d etc/xdg/autostart etc/systemd/system etc/apt/sources.list.d var/lib/dpkg/info var/log usr/lib/node_modules/a \
		usr/lib/python3/dist-packages/a.dist-info var/lib/gems/3/specifications lib/apk/db var/lib/pacman/local/a usr/bin opt usr/lib/modules/1 \
		var/lib/flatpak/app/a.b/x/s/active var/lib/bluetooth/00:11:22:33:44:55/AA:BB:CC:DD:EE:FF var/lib/snapd root/.mozilla/firefox/p
	printf 'PRETTY_NAME="%s"\nID=%s\nVERSION_ID=%s\n' "$bad" "$bad" "$bad" > etc/os-release
	printf 'Package: %s\nStatus: install ok %s\nVersion: %s\nArchitecture: %s\nSource: %s\nMaintainer: %s\n' "$bad" "$bad" "$bad" "$bad" "$bad" "$bad" > var/lib/dpkg/status
	printf 'P:%s\nV:%s\nA:%s\no:%s\nm:%s\n\n' "$bad" "$bad" "$bad" "$bad" "$bad" > lib/apk/db/installed
	printf '%%NAME%%\n%s\n\n%%VERSION%%\n%s\n\n%%PACKAGER%%\n%s\n\n' "$bad" "$bad" "$bad" > var/lib/pacman/local/a/desc
	jq -n --arg b "$bad" '{name: $b, version: $b}' > usr/lib/node_modules/a/package.json
	printf 'Name: %s\nVersion: %s\n' "$bad" "$bad" > usr/lib/python3/dist-packages/a.dist-info/METADATA
	printf ' s.name = "x%s"\n s.version = "1%s"\n' "$bad" "$bad" > var/lib/gems/3/specifications/a-1.gemspec
	printf '[Service]\nExecStart=%s\n' "$bad" > "etc/systemd/system/$(printf '<b>\033').service"
	printf '* * * * * %s %s\n' "$bad" "$bad" > etc/cron.d/a
	printf 'Name=%s\nExec=%s\n' "$bad" "$bad" > etc/xdg/autostart/a.desktop
	printf '%s\n' "$bad" > etc/ld.so.preload
	printf '1.2.3.4 %s\n' "$bad" > etc/hosts
	printf 'nameserver %s\nsearch %s\n' "$bad" "$bad" > etc/resolv.conf
	printf 'deb http://%s/ x\n' "$bad" > etc/apt/sources.list
	printf '[Application]\nruntime=%s\n' "$bad" > var/lib/flatpak/app/a.b/x/s/active/metadata
	printf '[General]\nName=%s\nClass=%s\n' "$bad" "$bad" > var/lib/bluetooth/00:11:22:33:44:55/AA:BB:CC:DD:EE:FF/info
	jq -n --arg b "$bad" '{data: {snaps: {($b): {active: true, current: $b, channel: $b, sequence: [{revision: $b}]}}}}' > var/lib/snapd/state.json
	jq -n --arg b "$bad" '{addons: [{id: $b, version: $b, active: true, defaultLocale: {name: $b}}]}' > root/.mozilla/firefox/p/extensions.json
	printf 'usb 1: New USB device found, idVendor=0951, idProduct=1666, bcdDevice=%s\nusb 1: Product: %s\nusb 1: SerialNumber: %s\n' "$bad" "$bad" "$bad" > var/log/syslog
	touch "usr/lib/modules/1/<i>$(printf '\033\xe2\x80\xae').ko"
	printf '#!/bin/sh\n' > "usr/bin/<script>$(printf '\033')" && chmod 4755 usr/bin/*)
	status=0
	"$PELLUCID" review --root root --homes --full --hash --html r.html --csv r.csv --sarif r.sarif --cyclonedx r.cdx > r.txt || status=$?
	[ "$status" -le 3 ]
	"$PELLUCID" review --root root --homes --full --json > out.json || :
	[ "$(facts '[.values[] | tostring | test("<|script")] | any' | wc -l)" -ge 20 ]
	for f in r.txt r.html r.csv; do
		if LC_ALL=C grep -q "$(printf '\033')" $f; then echo "an escape in $f"; false; fi
		if LC_ALL=C grep -q "$(printf '\xe2\x80\xae')" $f; then echo "a turning mark in $f"; false; fi
	done
	if grep -iE '<(script|img|b|i)[ >]' r.html; then false; fi
	# the page is one well-formed tree of the elements that the report writes, and no other
	python3 - <<'PY'
from html.parser import HTMLParser
class P(HTMLParser):
    seen = set()
    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        assert not any(k.startswith("on") or k in ("src", "href", "srcdoc") for k, _ in attrs), (tag, attrs)
P().feed(open("r.html", encoding="utf-8").read())
allowed = set("html head meta title style body main h1 h2 h3 h4 p ol ul li strong span br div section article dl dt dd details summary table caption thead tbody tr th td svg text rect code".split())
assert P.seen <= allowed, P.seen - allowed
PY
	jq -e . r.sarif > sarif.txt && jq -e . r.cdx > cdx.txt && jq -e . out.json > json.txt
	python3 -c 'import csv; rows = list(csv.reader(open("r.csv", encoding="utf-8", newline=""))); assert len({len(r) for r in rows}) == 1, rows'
}
