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

# A browser on a busy machine may hang before it has opened anything: then once more.
open_page() {
	for _ in 1 2; do
		timeout -k 5 250 python3 "$ROOT/tests/report/page.py" r.html "$work" > tap.txt 2>&1 3>&- || :
		if ! grep -q '^Bail out! the browser says nothing' tap.txt; then return; fi
	done
}

@test "in a browser the page renders, asks for nothing, prints, fits 320 pixels, is dark and without script; axe and WCAG's computable rules find nothing" {
	command -v chromium > /dev/null || skip "no chromium here"
	make_report
	open_page
	cat tap.txt
	if grep -q '^not ok' tap.txt; then false; fi
	grep -q '^1\.\.13$' tap.txt
}

@test "what checks the page finds what is wrong with one" {
	command -v chromium > /dev/null || skip "no chromium here"
	make_report
	sed -i 's/default-src .none.; style-src/default-src *; style-src/; s/--soft:#555/--soft:#bbb/; s/ lang="en"//; s/max-width:70rem/min-width:70rem/; s|</main>|<img src="nothing.png"></main>|' r.html
	open_page
	cat tap.txt
	grep -q '^not ok .*asks for nothing' tap.txt
	grep -q '^not ok .*light scheme' tap.txt
	grep -q '^not ok .*320 pixels' tap.txt
	grep -q '# 1.4.3 contrast' tap.txt
	grep -q '# 3.1.1 no language' tap.txt
	# axe sees the same, where it is at hand
	if ! grep -q '# SKIP' tap.txt; then
		grep -q 'violation serious html-has-lang' tap.txt
		grep -q 'violation serious color-contrast' tap.txt
		grep -q 'violation critical image-alt' tap.txt
	fi
}
