load helper

# A root with a product that a policy knows and names that try to break out of a page.
make_root() {
	mkdir -p root/var/lib/dpkg root/etc/cron.d
	printf '%s\n' 'Package: kesl' 'Status: install ok installed' 'Version: 11.2.0-1' 'Architecture: amd64' '' \
		'Package: <script>alert(1)</script>"onload=x' 'Version: 1' 'Maintainer: =cmd|calc' > root/var/lib/dpkg/status
	printf 'PRETTY_NAME="<img src=x onerror=y>"\nID=debian\n' > root/etc/os-release
	mkfifo "root/etc/cron.d/<b>&'\""
}

make_reports() {
	make_root
	"$PELLUCID" review --root root --profile us-federal --html r.html --csv r.csv --sarif r.sarif --cyclonedx r.cdx > out.txt || [ $? -eq 1 ]
}

@test "the page is well-formed, fetches nothing and runs nothing, whatever the machine's names are" {
	make_reports
	python3 - <<'PY'
from html.parser import HTMLParser
class Page(HTMLParser):
    stack = []
    seen = set()
    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        assert tag not in ("script", "img", "iframe", "object", "link", "b"), tag
        for name, value in attrs:
            assert not name.startswith("on") and name not in ("src", "href", "action"), (tag, name)
        if tag not in ("meta", "br", "rect"):
            self.stack.append(tag)
    def handle_startendtag(self, tag, attrs):
        self.seen.add(tag)
    def handle_endtag(self, tag):
        assert self.stack.pop() == tag, (tag, self.getpos())
page = Page()
page.feed(open("r.html", encoding="utf-8").read())
assert page.stack == []
assert {"h1", "h2", "main", "table", "caption", "details", "svg", "title"} <= page.seen
PY
	grep -q 'lang="en"' r.html
	grep -q "default-src 'none'" r.html
	grep -q 'prefers-color-scheme:dark' r.html
	grep -q '&lt;script&gt;alert(1)&lt;/script&gt;' r.html
}

@test "the page has evidence for and against, coverage, and what to do" {
	make_reports
	for words in 'Evidence for' 'Evidence against' 'What to do first' 'How to contest' 'Not verified' 'offline: this root is not running' 'No technical finding of malice'; do
		grep -q "$words" r.html || { echo "$words"; false; }
	done
}

@test "SARIF and CycloneDX name the finding and what it is about" {
	make_reports
	[ "$(jq -r '.runs[0].results[] | select(.ruleId == "us-dhs-bod-17-01") | .level' r.sarif)" = error ]
	jq -e '.runs[0].results | all(.message.text != "" and (.locations | length > 0))' r.sarif
	jq -e '(.runs[0].results | map(.ruleId)) - (.runs[0].tool.driver.rules | map(.id)) == []' r.sarif
	jq -e '.specVersion == "1.6" and .bomFormat == "CycloneDX"' r.cdx
	[ "$(jq -r '.components[] | select(.name == "kesl") | .purl' r.cdx)" = 'pkg:deb/debian/kesl@11.2.0-1?arch=amd64' ]
	jq -e '([.annotations[].subjects[]] - [.components[]."bom-ref"]) == []' r.cdx
	jq -e '[.components[]."bom-ref"] | length == (unique | length)' r.cdx
}

@test "the JSON is as its schema says, and the CycloneDX as that of CycloneDX 1.6" {
	make_reports
	mkdir -p root/usr/bin && cp eicar root/usr/bin/tool && chmod 755 root/usr/bin/tool
	"$PELLUCID" review --root root --profile us-federal --scan --hash --json > out.json || [ $? -eq 1 ]
	"$PELLUCID" review --cyclonedx live.cdx --json > live.json || [ $? -eq 3 ] || [ $? -eq 1 ]
	for pair in out.json:r.cdx live.json:live.cdx; do
		python3 "$ROOT/tests/report/schemas.py" "${pair%:*}" "${pair#*:}" | tee tap.txt
		if grep -q '^not ok' tap.txt; then false; fi
		grep -q '^1\.\.2$' tap.txt
	done
	# and what is wrong is found
	jq -c '.coverage[0].state = "fine"' out.json > bad.json
	jq -c '.components[0].type = "thing"' r.cdx > bad.cdx
	python3 "$ROOT/tests/report/schemas.py" bad.json bad.cdx > tap.txt
	grep -q '^not ok 1' tap.txt
	grep -qE '^not ok 2|^ok 2 .* # SKIP' tap.txt
}

@test "CSV has a line for each fact, and no cell that a spreadsheet would run" {
	make_reports
	"$PELLUCID" review --root root --json > out.json || :
	python3 - <<'PY'
import csv, json
rows = list(csv.reader(open("r.csv", newline="")))
assert len(rows) == 1 + len(json.load(open("out.json"))["facts"])
assert all(len(r) == len(rows[0]) for r in rows)
assert not any(cell[:1] in "=+-@" for r in rows[1:] for cell in r if cell)
PY
}

@test "what came, went and changed since the last review" {
	make_root
	rm root/etc/cron.d/*
	"$PELLUCID" review --root root --json > old.json || :
	run "$PELLUCID" review --root root --compare old.json
	[[ "$output" == 'Nothing came, went or changed.' ]]
	sed -i 's/11.2.0-1/12.0/' root/var/lib/dpkg/status
	printf 'nameserver 192.0.2.1\n' > root/etc/resolv.conf
	printf 'Package: two\nVersion: 3\n' >> root/var/lib/dpkg/status
	"$PELLUCID" review --root root --compare old.json > out.txt || :
	grep -q '^~ package dpkg kesl amd64 : 11.2.0-1 installed -> 12.0 installed' out.txt
	grep -q '^+ resolver /etc/resolv.conf 192.0.2.1' out.txt
	printf '{"facts":[]}' > old.json
	run "$PELLUCID" review --root root --compare old.json
	[ "$status" -eq 2 ]
}

@test "JSON keeps its members in order, and findings point at their facts" {
	make_root
	"$PELLUCID" review --root root --profile us-federal --json > out.json || [ $? -eq 1 ]
	jq -S -c . out.json | cmp - out.json
	[ "$(jq -r '.facts[.findings[0].facts[0]].values.name' out.json)" = kesl ]
}
