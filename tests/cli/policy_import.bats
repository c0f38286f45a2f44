bats_require_minimum_version 1.5.0

load helper

samples() { sample=$ROOT/policy/samples; }

# found ID: "scope legal force counts", nothing where there is no such finding
found() {
	jq -r ".findings[] | select(.id == \"$1\") | \"\(.scope) \(.entry.legal) \(.force) \(.counts)\"" out.json
}

review() {
	status=0
	"$PELLUCID" review --root root --no-shipped --json "$@" > out.json || status=$?
}

npm() { # NAME VERSION
	mkdir -p "root/usr/lib/node_modules/$1"
	printf '{"name":"%s","version":"%s"}' "$1" "$2" > "root/usr/lib/node_modules/$1/package.json"
}

pip() { # DIRECTORY NAME VERSION
	mkdir -p "root/usr/lib/python3/dist-packages/$1.dist-info"
	printf 'Metadata-Version: 2.1\nName: %s\nVersion: %s\n' "$2" "$3" > "root/usr/lib/python3/dist-packages/$1.dist-info/METADATA"
}

gem() { # NAME VERSION
	mkdir -p root/var/lib/gems/3.1.0/specifications
	printf 'Gem::Specification.new do |s|\n s.name = "%s"\n s.version = "%s"\nend\n' "$1" "$2" > "root/var/lib/gems/3.1.0/specifications/$1-$2.gemspec"
}

jar() { # VERSION
	mkdir -p root/opt
	python3 - "$1" <<'PY'
import sys, zipfile
with zipfile.ZipFile("root/opt/a.jar", "w") as z:
    z.writestr("META-INF/maven/g/a/pom.properties", "groupId=org.apache.logging.log4j\nartifactId=log4j-core\nversion=" + sys.argv[1] + "\n")
PY
}

@test "records of malicious packages become entries that the checker takes, each with its own evidence and grade" {
	samples
	"$PELLUCID" policy import osv "$sample/osv-malicious.json" > feed.policy 2> said
	[ "$(cat said)" = '3 records: 3 entries, 1 of them withdrawn; 0 left out' ]
	"$PELLUCID" policy check feed.policy
	"$PELLUCID" policy json feed.policy > feed.json
	[ "$(jq -r '.entries[0] | "\(.id) \(.legal) \(.held) \(.claimed[0].status) \(.authority.kind) \(.authority.binding) \(.authority.issued)"' feed.json)" = \
		'MAL-2025-46969 advised-against potentially-dangerous confirmed-malicious community no 2025-09-08' ]
	[ "$(jq -c '.entries[0].match' feed.json)" = '[[{"op":"=","strength":"shows","type":"npm","value":"chalk","version":"5.6.1"}]]' ]
	[ "$(jq -r '.entries[0].evidence[1] | "\(.source) \(.sha256)"' feed.json)" = \
		'ghsa-malware 985b6546ed08c8482326a4819faec318c27c1f6d7518acdf384d5f5a8c1453aa' ]
	[ "$(jq -r '.entries[2].legal' feed.json)" = withdrawn ]
}

@test "packages of npm, Python and Ruby that a record names are found; other versions, look-alikes and withdrawn records are not" {
	samples
	"$PELLUCID" policy import osv "$sample/osv-malicious.json" > feed.policy
	npm chalk 5.6.0
	pip other pellucid-sample-bad-not 1
	gem pellucid-sample-withdrawn 1.0
	review --policy feed.policy
	[ "$status" -eq 0 ]
	[ -z "$(found MAL-2025-46969)$(found MAL-0000-1)" ]
	[ "$(found MAL-0000-2)" = 'advice withdrawn withdrawn false' ]
	npm chalk 5.6.1
	pip bad Pellucid_Sample.Bad 0.1
	review --policy feed.policy
	[ "$status" -eq 1 ]
	[ "$(found MAL-2025-46969)" = 'advice advised-against in force true' ]
	[ "$(found MAL-0000-1)" = 'advice advised-against in force true' ]
}

@test "the catalogue of exploited vulnerabilities is joined with the packages that OSV names for each; what has none is left out and said" {
	samples
	run -3 bash -c '"$PELLUCID" policy import kev "$0/kev.json" "$0/osv-of-kev.json" > feed.policy' "$sample"
	[ "$output" = '2 records: 2 entries, 0 of them withdrawn; 1 left out' ]
	grep -q '^# left out: CVE-0000-0001: no record of OSV that was given names a package for it$' feed.policy
	"$PELLUCID" policy check feed.policy
	for v in '2.14.1 yes' '2.15.0 no' '2.12.1 yes' '2.12.2 no' '2.3.1 no' '2.3 yes'; do
		jar "${v% *}"
		review --policy feed.policy --profile us-federal
		[ "$([ -n "$(found kev-CVE-2021-44228)" ] && echo yes || echo no)" = "${v#* }" ] || { echo "$v"; false; }
	done
	[ "$(found kev-CVE-2021-44228)" = 'binding for you excluded in force true' ]
	[ "$(found kev-CVE-2021-44228-advice)" = 'advice advised-against in force true' ]
	review --policy feed.policy --profile eu-institution
	[ "$(found kev-CVE-2021-44228)" = 'not addressed to you excluded in force false' ]
	[ "$(found kev-CVE-2021-44228-advice)" = 'advice advised-against in force true' ]
	jq -e '.findings[] | select(.id == "kev-CVE-2021-44228") | .entry.authority.remove_by == "2021-12-24"' out.json
	# a record of more versions than an entry holds, beside one that is good
	python3 - "$sample/osv-of-kev.json" <<'PY'
import json, sys
good = json.load(open(sys.argv[1]))
many = {"id": "MANY-1", "aliases": ["CVE-2021-44228"], "affected": [{"package": {"ecosystem": "npm", "name": "y"}, "versions": [str(i) for i in range(300)]}]}
json.dump([many] + (good if isinstance(good, list) else good.get("vulns", [good])), open("osv.json", "w"))
PY
	run -3 bash -c '"$PELLUCID" policy import kev "$0/kev.json" osv.json > beside.policy' "$sample"
	diff feed.policy beside.policy
}

@test "Debian's records name source packages of one release, which are matched by what packages were built from" {
	samples
	"$PELLUCID" policy import kev --ecosystem=Debian:12 "$sample/kev.json" "$sample/osv-of-kev.json" > feed.policy || [ $? -eq 3 ]
	grep -q 'deb-source "apache-log4j2" < "2.15.0-1" shows' feed.policy
	if grep -q deb10u1 feed.policy; then false; fi
	mkdir -p root/var/lib/dpkg
	printf 'Package: liblog4j2-java\nSource: apache-log4j2 (2.13.0-1)\nStatus: install ok installed\nVersion: 2.13.0-1+b1\n' > root/var/lib/dpkg/status
	review --policy feed.policy
	[ -n "$(found kev-CVE-2021-44228-advice)" ]
	printf 'Package: liblog4j2-java\nSource: apache-log4j2\nStatus: install ok installed\nVersion: 2.19.0-1\n' > root/var/lib/dpkg/status
	review --policy feed.policy
	[ -z "$(found kev-CVE-2021-44228-advice)" ]
}

@test "a hostile feed: what would break out of the text, names that match too much, records without end" {
	python3 - <<'PY'
import json
def record(i, name, **more):
    return dict({"id": f"MAL-9-{i}", "summary": "s\"\n}\nentry x {\n\\", "affected": [{"package": {"ecosystem": "npm", "name": name}}]}, **more)
records = [record(1, 'a" shows\n\t\tnpm "b'), record(2, "*"), record(3, ""), record(4, "x", details="\u202e\u0007\x1b[31m" + "long " * 1000),
           record(5, "y", affected=[{"package": {"ecosystem": "npm", "name": "y"}, "versions": [str(i) for i in range(1000)]}]),
           {"id": "GHSA-1"}, {"id": "MAL-8 }", "affected": []}, 7, None, record(6, "z", affected="no list"), record(4, "x")]
json.dump(records, open("feed.json", "w"))
open("bad.json", "w").write("[" * 100)
PY
	run -3 bash -c '"$PELLUCID" policy import osv feed.json bad.json > feed.policy'
	[ "$output" = '11 records: 2 entries, 0 of them withdrawn; 10 left out' ]
	"$PELLUCID" policy check feed.policy
	# ends of lines and tabs became blanks, and the quote stayed inside of its string
	[ "$("$PELLUCID" policy json feed.policy | jq -c '[.entries[].match[][].value]')" = '["a\" shows   npm \"b","x"]' ]
	if grep -q "$(printf '\033')" feed.policy; then false; fi
	run -2 "$PELLUCID" policy import osv
	run -2 "$PELLUCID" policy import osv nothing.json
	run -2 "$PELLUCID" policy import other feed.json
}
