bats_require_minimum_version 1.5.0
load helper

# An entry that is good, of which a test spoils or adds a line: entry SED-PROGRAM
make_policy() {
	"$PELLUCID" policy new ours | sed -e "$1" > ours.policy
}

refused() { # WHAT-THE-CHECKER-SAYS
	run "$PELLUCID" policy check ours.policy
	[ "$status" -eq 1 ]
	[[ "$output" == *"error: $1"* ]]
}

make_root() { # PACKAGE...
	mkdir -p root/var/lib/dpkg root/etc
	for p; do
		printf 'Package: %s\nStatus: install ok installed\nVersion: 11.2.0-1\nArchitecture: amd64\n\n' "$p"
	done > root/var/lib/dpkg/status
}

# found ID: "scope strength legal force counts", nothing where there is no such finding
found() {
	jq -r ".findings[] | select(.id == \"$1\") | \"\(.scope) \(.strength) \(.entry.legal) \(.force) \(.counts)\"" out.json
}

review() {
	status=0
	"$PELLUCID" review --root root --date 2026-11-30 --json "$@" > out.json || status=$?
}

@test "the policies that come with it pass their own checker" {
	"$PELLUCID" policy check "$ROOT/policy" 2> errors
	[ ! -s errors ]
	"$PELLUCID" policy list > list
	[ "$(wc -l < list)" -ge 19 ]
}

@test "a new policy is good as it is" {
	make_policy ''
	"$PELLUCID" policy check ours.policy
	make_root telnetd
	review --policy ours.policy --no-shipped
	[ "$status" -eq 1 ]
	[ "$(found ours-1)" = 'binding for you shows excluded in force true' ]
	# in a path `*` alone stands for others
	make_policy 's,dpkg telnetd shows,path "/opt/x[1]*" shows,'
	mkdir root/opt && touch 'root/opt/x[1]y'
	review --policy ours.policy --no-shipped
	[ "$(found ours-1)" = 'binding for you shows excluded in force true' ]
}

@test "the canonical form is sorted, without blanks, and the same each time" {
	make_policy ''
	for f in ours.policy "$ROOT"/policy/*.policy; do
		"$PELLUCID" policy json "$f" > one
		"$PELLUCID" policy json "$f" | cmp - one
		jq -jS -c . one | cmp - one
	done
}

@test "errors name file, line and column, and show the line" {
	make_policy 's/^\tlegal     excluded.*/\tlegal forbidden/'
	run "$PELLUCID" policy check ours.policy
	[[ "$output" == *'ours.policy:20:8: error: `legal` wants one of unlisted, under-review, allowed'* ]]
	[[ "$output" == *$'     legal forbidden\n           ^'* ]]
}

@test "refused: no evidence at all" {
	make_policy '/^\tevidence/,/^\t}/d'
	refused 'no evidence'
}

@test "refused: held confirmed-malicious without an artefact that anyone can test" {
	make_policy 's/held      none/held confirmed-malicious/'
	refused 'held confirmed-malicious needs a technical item'
	refused 'held confirmed-malicious needs the evidence against'
	digest=$(printf x | sha256sum | cut -c1-64)
	make_policy "s/held      none/held confirmed-malicious/
		s/supports yes/supports yes\n\t\tartefact $digest/
		s/^\tcontest {/\tevidence e2 {\n\t\tkind absence\n\t\tclaim \"none found\"\n\t\tsource \"we looked\"\n\t\tsupports no\n\t\tgrade A 2\n\t}\n\tcontest {/"
	"$PELLUCID" policy check ours.policy
	sed -i 's/grade    A 1/grade C 1/' ours.policy
	refused 'held confirmed-malicious needs a technical item'
}

@test "refused: a name instead of an assignment, and broad paths" {
	make_policy 's/dpkg telnetd shows/oui Huawei indicates/'
	refused '`oui` wants an assignment'
	make_policy 's/dpkg telnetd shows/usb Huawei indicates/'
	refused '`usb` wants'
	make_policy 's,dpkg telnetd shows,path /opt/*/kesl shows,'
	refused '`path` wants'
	make_policy 's/dpkg telnetd shows/dpkg kesl* shows/'
	refused '`dpkg` wants an exact name'
	make_policy 's/dpkg telnetd shows/domain com indicates/'
	refused '`domain` wants'
}

@test "refused: persons, what every machine needs, more strength than a kind can have" {
	make_policy 's,dpkg telnetd shows,path /home/alice/bin/tool shows,'
	refused 'a policy names products, not persons'
	make_policy 's/dpkg telnetd shows/dpkg libc6 shows/'
	refused 'every machine needs this package'
	make_policy 's/dpkg telnetd shows/process telnetd shows/'
	refused 'a match of `process` hints at most'
	make_policy 's/dpkg telnetd shows/unit telnetd proves/'
	refused 'a match of `unit` indicates at most'
}

@test "refused: hints alone, no review date, binding without a reference, a ban that binds nobody" {
	make_policy '/rpm telnet/d; /inetutils/d; s/dpkg telnetd shows/process telnetd hints/'
	refused 'hints alone'
	make_policy '/review-by/d'
	refused 'no review-by and no expires'
	make_policy '/^\t\treference/d'
	refused 'binding without a reference'
	make_policy 's/binding      yes/binding no/; s/legal     excluded/legal banned/'
	refused 'banned, but it binds nobody'
}

@test "refused: no way to contest, no remedy, evidence that nobody can look up, long quotations" {
	make_policy '/how-to/d'
	refused '`contest` without `how-to`'
	make_policy '/^\tremedy/,/^\t}/d'
	refused '`entry` without `remedy`'
	make_policy '/rfc854/d'
	refused 'evidence that nobody can look up'
	make_policy 's/^\tembedded/\tsaid-as en "a b c d e f g h i j k l m n o p"\n\tembedded/'
	refused 'a quotation of 16 words, at most 15'
	make_policy 's/issued       .*/issued 2026-02-30/'
	refused '`issued` wants a date'
}

@test "refused: unknown words, doubled ones, control characters, blocks without end" {
	make_policy 's/^\tkind      package/\tkind package\n\tkindness 3/'
	refused '`entry` has no `kindness`'
	make_policy 's/^\tkind      package/\tkind package\n\tkind package/'
	refused '`kind` stands twice'
	make_policy "s/telnet servers/tel$(printf '\xe2\x80\xae')net/"
	refused 'a text holds a control character'
	make_policy '$d'
	refused 'a block without its `}`'
}

@test "paragraph 76: both axes, and the evidence against it" {
	make_root kesl
	review --profile eu-institution
	[ "$status" -eq 1 ]
	[ "$(found ep-2018-para76)" = 'advice shows advised-against in force true' ]
	"$PELLUCID" review --root root --profile eu-institution > out.txt || [ $? -eq 1 ]
	grep -q 'technical: held here as under-review; claimed confirmed-malicious by European Parliament' out.txt
	grep -q 'The Commission answered in April 2019 that it has no evidence' out.txt
}

@test "each planted product has its status, strength and scope under each profile" {
	make_root kesl
	review --profile us-federal
	[ "$(found us-dhs-bod-17-01)" = 'binding for you shows banned in force true' ]
	[ "$(found us-ndaa-2018-1634)" = 'binding for you shows banned in force true' ]
	[ "$(found ep-2018-para76)" = 'not addressed to you shows advised-against in force false' ]
	review --profile us-contractor
	[ "$(found us-dhs-bod-17-01)" = 'not addressed to you shows banned in force false' ]
	[ "$(found us-ndaa-2018-1634)" = 'binding for you shows banned in force true' ]
	review --profile uk-gov
	[ "$(found uk-ncsc-2022)" = 'advice shows advised-against in force true' ]
	[ "$(found uk-ncsc-2017)" = 'may be addressed to you shows advised-against in force false' ]
	review --profile it-public
	[ "$(found it-acn-2022)" = 'binding for you shows excluded superseded false' ]
	[ "$(found it-acn-2025)" = 'binding for you shows excluded in force true' ]
	review --profile nl-government
	[ "$(found nl-2018-kaspersky)" = 'binding for you shows excluded in force true' ]
	review --profile none
	[ "$status" -eq 0 ]
}

@test "every package and path of a shipped entry is found when it is planted alone" {
	jq -rn 'inputs | .entries[] | .id as $id | .match[] | select(length == 1) | .[0] | "\($id) \(.type) \(.value)"' \
		<(for f in "$ROOT"/policy/us-dhs.policy "$ROOT"/policy/nl-government.policy; do "$PELLUCID" policy json "$f"; done) > atoms
	[ "$(grep -c . atoms)" -gt 20 ]
	while read -r id type value; do
		rm -rf root
		make_root other
		case $type in
		dpkg) make_root "$value" ;;
		path) mkdir -p "root$(dirname "$value")"; : > "root$value" ;;
		unit) mkdir -p root/etc/systemd/system; printf '[Service]\nExecStart=/x\n' > "root/etc/systemd/system/$value.service" ;;
		*) continue ;;
		esac
		review --profile us-federal
		[ -n "$(found "$id")" ] || { echo "not found: $id $type $value"; false; }
	done < atoms
}

@test "look-alikes are not met" {
	make_root kesla kes libkesl kaspersky-free-font keslx
	mkdir -p root/opt/kaspersky-lab/kesl root/srv/opt/kaspersky/kesl root/etc/systemd/system
	printf '[Service]\nExecStart=/x\n' > root/etc/systemd/system/mykesl.service
	review --profile us-federal
	[ "$(jq '.findings | length' out.json)" -eq 0 ]
}

@test "the name of a process alone is no more than a hint" {
	cp /bin/sleep wdserver
	./wdserver 60 &
	pid=$!
	"$PELLUCID" review --profile us-federal --json > out.json || [ $? -eq 3 ]
	kill "$pid"
	[ "$(found us-dhs-bod-17-01)" = 'binding for you hints banned in force false' ]
}

@test "what a removed package left behind is called so" {
	make_root other
	printf 'Package: kesl\nStatus: deinstall ok config-files\nVersion: 1\n' >> root/var/lib/dpkg/status
	review --profile us-federal
	[ "$(jq -r '.findings[] | select(.id == "us-dhs-bod-17-01") | .residue' out.json)" = true ]
	# what is unpacked has its files in place
	sed -i 's/deinstall ok config-files/install ok half-configured/' root/var/lib/dpkg/status
	review --profile us-federal
	[ "$(jq -r '.findings[] | select(.id == "us-dhs-bod-17-01") | .residue' out.json)" = false ]
}

@test "dates: before it takes effect, in force, and after its end" {
	make_policy 's/issued       .*/issued 2026-01-01\n\t\teffective 2026-06-01\n\t\texpires 2026-12-01/'
	make_root telnetd
	for day in '2026-05-31 not yet in force' '2026-06-01 in force' '2026-12-01 expired'; do
		"$PELLUCID" review --root root --policy ours.policy --no-shipped --date "${day%% *}" --json > out.json || :
		[ "$(jq -r '.findings[0].force' out.json)" = "${day#* }" ]
	done
	told=$("$PELLUCID" review --root root --policy ours.policy --no-shipped --date 2026-12-01 --html page.html) || :
	[[ "$told" == *"Decisions that have expired met something, and stand no longer: 1"* ]]
	grep -q 'Decisions that have expired met something, and stand no longer: 1' page.html
	told=$("$PELLUCID" review --root root --policy ours.policy --no-shipped --date 2026-06-01) || :
	[[ "$told" != *expired* && "$told" != *overdue* ]]
}

@test "a finding says that the review of its decision is overdue" {
	make_policy 's/review-by .*/review-by 2027-03-01/'
	make_root telnetd
	told=$("$PELLUCID" review --root root --policy ours.policy --no-shipped --date 2027-03-02 --html page.html) || :
	[[ "$told" == *"overdue:   2027-03-01"* ]]
	grep -q 'Its review was due on</dt><dd>2027-03-01' page.html
	told=$("$PELLUCID" review --root root --policy ours.policy --no-shipped --date 2027-03-01 --html page.html) || :
	[[ "$told" != *overdue* ]]
	! grep -q 'Its review was due on' page.html || false
}

@test "versions and exceptions" {
	make_policy 's/dpkg telnetd shows/dpkg telnetd < 11.2.0-2 shows/'
	make_root telnetd
	review --policy ours.policy --no-shipped
	[ -n "$(found ours-1)" ]
	make_policy 's/dpkg telnetd shows/dpkg telnetd < 11.2.0-1 shows/'
	review --policy ours.policy --no-shipped
	[ -z "$(found ours-1)" ]
	make_policy 's/^\tevidence e1/\texcept {\n\t\tdpkg telnetd >= 11 shows\n\t}\n\tevidence e1/'
	review --policy ours.policy --no-shipped
	[ -z "$(found ours-1)" ]
}

@test "a profile of one's own, and one that does not say enough" {
	make_policy 's/^\tscope {/\tscope {\n\t\tsector hospital\n\t\tsite ward/'
	make_root telnetd
	printf 'profile ours { title "T"\n sector hospital\n }\n' > ours.profile
	review --profile ./ours.profile --policy ours.policy --no-shipped
	[ "$(found ours-1 | cut -d' ' -f1-5)" = 'may be addressed to you' ]
	printf 'profile ours { title "T"\n sector hospital\n site ward\n }\n' > ours.profile
	review --profile ./ours.profile --policy ours.policy --no-shipped
	[ "$(found ours-1 | cut -d' ' -f1-3)" = 'binding for you' ]
	printf 'profile ours { title "T"\n sector bank\n }\n' > ours.profile
	review --profile ./ours.profile --policy ours.policy --no-shipped
	[ "$(found ours-1 | cut -d' ' -f1-4)" = 'not addressed to you' ]
}

@test "identifiers that nobody looks for make a review incomplete" {
	make_policy "s/dpkg telnetd shows/sha256 $(printf x | sha256sum | cut -c1-64) proves/"
	make_root other
	review --policy ours.policy --no-shipped
	[ "$status" -eq 3 ]
	[ "$(jq -r '.unanswered[0].type' out.json)" = sha256 ]
	review --policy ours.policy --no-shipped --hash
	[ "$(jq -c .unanswered out.json)" = '[]' ]
}

@test "names and addresses that the configuration knows are held against domains and blocks of addresses" {
	make_root other
	printf '127.0.0.1 localhost\n198.51.100.9 printer.corp.example printer\n' > root/etc/hosts
	printf 'search corp.example\nnameserver 203.0.113.53\nnameserver 2001:db8::53\n' > root/etc/resolv.conf
	mkdir -p root/etc/apt/sources.list.d
	printf 'Types: deb\nURIs: https://user:secret@packages.vendor.example:8443/debian/\n' > root/etc/apt/sources.list.d/v.sources
	for a in 'domain vendor.example yes' 'domain packages.vendor.example yes' 'domain endor.example no' 'domain corp.example yes' \
		'domain www.vendor.example no' 'cidr 203.0.113.0/26 yes' 'cidr 203.0.113.64/26 no' 'cidr 2001:db8::/64 yes' 'cidr 198.51.100.9 yes'; do
		make_policy "s,dpkg telnetd shows,${a% *} indicates,"
		review --policy ours.policy --no-shipped
		[ "$([ -n "$(found ours-1)" ] && echo yes || echo no)" = "${a##* }" ] || { echo "$a"; false; }
	done
	if grep -q secret out.json; then false; fi
	[ "$(jq -c .unanswered out.json)" = '[]' ]
}

@test "a build id is looked for in programs and libraries, and none but those that are asked for are told" {
	make_root other
	mkdir -p root/usr/bin root/usr/lib/vendor root/opt
	printf 'int f(void) { return 1; }\nint main(void) { return 0; }\n' > a.c
	gcc -Wl,--build-id=0x0123456789abcdef0123456789abcdef01234567 -o root/usr/bin/tool a.c
	gcc -Wl,--build-id=0xfedcba9876543210fedcba9876543210fedcba98 -shared -fPIC -o root/usr/lib/vendor/engine.so a.c
	strip --strip-all -o root/opt/stripped root/usr/bin/tool
	objcopy --strip-section-headers root/opt/stripped 2> /dev/null || :
	chmod 644 root/usr/lib/vendor/engine.so
	make_policy 's/dpkg telnetd shows/build-id fedcba9876543210fedcba9876543210fedcba98 proves/'
	review --policy ours.policy --no-shipped
	[ "$status" -eq 1 ]
	[ "$(jq -r '[.facts[] | select(.values.type == "build-id") | .values.location] | join(" ")' out.json)" = /usr/lib/vendor/engine.so ]
	[ "$(jq -r '.findings[0].strength' out.json)" = proves ]
	make_policy 's/dpkg telnetd shows/build-id 0123456789abcdef0123456789abcdef01234567 proves/'
	review --policy ours.policy --no-shipped
	[ "$(jq -r '[.facts[] | select(.values.type == "build-id") | .values.location] | join(" ")' out.json)" = '/usr/bin/tool /opt/stripped' ]
	file -b root/usr/bin/tool | grep -q 'BuildID\[sha1\]=0123456789abcdef0123456789abcdef01234567' || ! command -v file
}

@test "a file that is not there, and a directory without a policy, are no finding and no success" {
	for verb in check json list; do
		run -2 "$PELLUCID" policy $verb nofile
		[[ "$output" == *"nofile: open: No such file or directory"* ]]
	done
	mkdir bare && make_policy '' && cp ours.policy bare/other.name
	for verb in check json list; do
		run -2 "$PELLUCID" policy $verb bare
		[ "$output" = "pellucid policy: bare: there is no policy in it (NAME.policy)" ]
	done
	cp ours.policy bare/ours.policy
	"$PELLUCID" policy check bare
	"$PELLUCID" policy json bare > out
	sed 's/ours/theirs/g' ours.policy > bare/theirs.policy
	run -2 "$PELLUCID" policy json bare
	[[ "$output" == *"bare: json wants one policy, and here are 2"* ]]
	# what is found wrong is a finding, unless something was not read
	make_policy 's/^\tlegal     excluded.*/\tlegal forbidden/'
	run -1 "$PELLUCID" policy check ours.policy
	run -2 "$PELLUCID" policy check ours.policy nofile
}
