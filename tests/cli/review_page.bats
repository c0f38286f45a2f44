load helper

# A report with findings, gaps, and names that try to break out of the page.
make_report() {
	mkdir -p root/var/lib/dpkg root/etc/cron.d root/usr/bin
	printf 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n' > root/etc/os-release
	printf '%s\n' 'Package: kesl' 'Status: install ok installed' 'Version: 11.2.0-1' 'Architecture: amd64' '' \
		'Package: <script>document.title="x"</script>"onload=x' 'Version: 1' '' \
		"Package: $(printf 'long%.0s' {1..60})" 'Version: 1' > root/var/lib/dpkg/status
	mkfifo "root/etc/cron.d/<img src=http:&'\""
	cp eicar root/usr/bin/tool
	chmod 755 root/usr/bin/tool
	"$PELLUCID" review --root root --profile us-federal --scan --html r.html > out.txt || [ $? -eq 1 ]
}

@test "in a browser the page renders, asks for nothing, prints, fits 320 pixels, is dark and without script, and keeps WCAG's computable rules" {
	command -v chromium > /dev/null || skip "no chromium here"
	make_report
	python3 "$ROOT/tests/report/page.py" r.html "$work" > tap.txt
	cat tap.txt
	if grep -q '^not ok' tap.txt; then false; fi
	grep -q '^1\.\.9$' tap.txt
}

@test "what checks the page finds what is wrong with one" {
	command -v chromium > /dev/null || skip "no chromium here"
	make_report
	sed -i 's/default-src .none.; style-src/default-src *; style-src/; s/--soft:#555/--soft:#bbb/; s/ lang="en"//; s/max-width:70rem/min-width:70rem/; s|</main>|<img src="nothing.png"></main>|' r.html
	python3 "$ROOT/tests/report/page.py" r.html "$work" > tap.txt
	cat tap.txt
	grep -q '^not ok .*asks for nothing' tap.txt
	grep -q '^not ok .*light scheme' tap.txt
	grep -q '^not ok .*320 pixels' tap.txt
	grep -q '# 1.4.3 contrast' tap.txt
	grep -q '# 3.1.1 no language' tap.txt
}
