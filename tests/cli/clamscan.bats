#!/usr/bin/env bats
# The drop-in for clamscan, held against Debian's clamscan to the letter.

bats_require_minimum_version 1.5.0

setup() {
	load helper
	work=$(mktemp -d)
	export XDG_CACHE_HOME="$work/cache"
	cd "$work"
	mkdir -p db t/a t/b/c
	printf 'Test.Body:0:*:4d41524b4d41524b\n' > db/a.ndb
	printf 'Test.Other;Target:0;0&1;4f54484552;574f5244\n' > db/b.ldb
	printf 'hay MARKMARK hay\n' > t/a/x
	printf 'nothing\n' > t/b/clean
	: > t/b/empty
	printf 'OTHER WORD\n' > t/b/c/deep.txt
	ln -s ../a/x t/b/link
	ln -s ../a t/b/dirlink
	mkfifo t/b/fifo
	printf '%s:%s:Test.Digest\n' "$(md5sum < t/b/clean | cut -d' ' -f1)" 8 > digest.hdb
	# objects in objects
	cp t/a/x inner
	mkdir pack
	python3 - <<'PY'
import bz2, gzip, io, tarfile, zipfile
data = open("inner", "rb").read() * 3
clean = b"harmless " * 9
for name, body in (("bad", data), ("good", clean)):
    with zipfile.ZipFile(f"pack/{name}.zip", "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("inner", body)
    open(f"pack/{name}.gz", "wb").write(gzip.compress(body, mtime=0))
    b = io.BytesIO()
    with tarfile.open(fileobj=b, mode="w") as t:
        i = tarfile.TarInfo("inner"); i.size = len(body); t.addfile(i, io.BytesIO(body))
    open(f"pack/{name}.tar.bz2", "wb").write(bz2.compress(b.getvalue()))
    with zipfile.ZipFile(f"pack/{name}-nested.zip", "w", zipfile.ZIP_DEFLATED) as z:
        z.write(f"pack/{name}.zip", "one.zip")
PY
}

# The lines of both, without those whose figures cannot be the same, and the one that clamscan does not have
# (trust.bats looks at it); in the order of their names,
# for clamscan goes through a directory as the disk has it.
lines() { grep -vE '^(Engine version|Signatures|Data scanned|Data read|Time|Start Date|End Date):' "$1" | LC_ALL=C sort; }

# Asks clamscan and Pellucid the same, and compares standard output and status.
same() {
	a=0; b=0
	clamscan "$@" > "$work/theirs" 2> "$work/theirs.err" < "${INPUT:-/dev/null}" || a=$?
	"$PELLUCID" clamscan "$@" > "$work/ours" 2> "$work/ours.err" < "${INPUT:-/dev/null}" || b=$?
	lines "$work/theirs" > "$work/theirs.lines"
	lines "$work/ours" > "$work/ours.lines"
	diff "$work/theirs.lines" "$work/ours.lines" || { echo "$*"; return 1; }
	[ "$a" -eq "$b" ] || { echo "$*: status $b, not $a"; cat "$work/ours.err" "$work/theirs.err"; return 1; }
}

@test "trees: with and without -r, links, FIFOs, empty files, exclusions" {
	same -d db t
	same -d db t/a t/b
	for e in '^t/b' "^$work/t/b" '^\./t/b'; do
		for d in t ./t "$work/t"; do
			same -r "--exclude=$e" -d db "$d"
			same -r "--exclude-dir=$e" -d db "$d"
		done
	done
	for o in '' -i -o --quiet --no-summary -v '-i --no-summary' --stdout --bell \
	    '--exclude=deep' '--exclude=t/a' '--exclude-dir=b/c' '--exclude-dir=t' '--exclude-dir=/b/' '--exclude-dir=b/$' '--include=deep|clean' \
	    '--include-dir=b$' '--include=x --exclude=x' '--exclude=^t/b --exclude=x$' '--cross-fs=no' \
	    '--exclude-dir=^/nowhere' '--follow-dir-symlinks=0'; do
		# shellcheck disable=SC2086
		same -r $o -d db t
	done
}

@test "what is named: files, links, directories with slashes, what is not there, the standard input" {
	same -d db t/a/x t/b/clean t/b/c/deep.txt
	same -d db t/b/link
	same -d db t/b/dirlink
	same -d db --follow-file-symlinks=0 --follow-dir-symlinks=0 t/b/link t/b/dirlink
	same -d db -r t/a/ t/b//
	same -d db nowhere
	same -d db nowhere t/a/x
	same -d db nowhere t/b/clean
	same -d db --stdout nowhere t/b/clean
	same -d db t/b/fifo
	same -d db t/a/x t/a/x
	INPUT=t/a/x same -d db -
	INPUT=t/b/clean same -d db -
	same -d db -
	( cd t/a && same -d ../../db )
}

@test "a named link that leads nowhere is no error, and told" {
	ln -s nowhere dangling && ln -s t/a/x/none under && ln -s round about && ln -s about round
	for f in dangling under about; do
		for o in '' -i -v --quiet --no-summary --follow-file-symlinks=0 --follow-file-symlinks=2 -r; do
			# shellcheck disable=SC2086
			same $o -d db "$f"
		done
		"$PELLUCID" clamscan -d db "$f" 2>&1 > /dev/null | grep -q "WARNING: $f: Symbolic link that leads nowhere"
		same -d db "$f" t/a/x nowhere
	done
	echo dangling > list
	same -d db -f list
	same -d db --no-summary dangling/
	mkdir tree && ln -s nowhere tree/link
	same -d db -r tree
}

@test "lists of files" {
	printf 't/a/x\nt/b/clean\nnowhere\n' > list
	same -d db -f list
	same -d db -f list t/b/c/deep.txt
	same -d db --file-list=list --no-summary -i
	mkdir listed # can be opened, and not read
	run -2 "$PELLUCID" clamscan -d db -f listed
	[[ "$output" == *"Can't read file listed"* ]]
}

@test "databases: a file, a directory, several, digests, YARA, none" {
	same -d db/a.ndb t/a/x t/b/c/deep.txt
	same -d db/a.ndb -d digest.hdb t/a/x t/b/clean
	same --database=digest.hdb t/b/clean
	printf 'rule here { strings: $a = "OTHER" condition: $a }\n' > y.yar
	same -d y.yar t/b/c/deep.txt t/a/x
	mkdir none
	same -d none t/a/x
	same -d nowhere t/a/x
	same -d db/a.ndb/x t/a/x
	printf 'PUA.Test:0:*:4d41524b4d41524b\n' > unwanted.ndu
	same -d db -d unwanted.ndu --no-summary t/b/clean t/a/x
	same -d unwanted.ndu --no-summary t/a/x
	same -d unwanted.ndu --detect-pua t/a/x
}

@test "of a directory the files are loaded that lie in it and have one of ClamAV's endings" {
	body='Test.Kind:0:*:4d41524b4d41524b'
	rule='rule here { strings: $a = "MARKMARK" condition: $a }'
	mkdir one && cp db/a.ndb one
	# endings
	for name in x.ndb x.NDB .x.ndb x.sdb x.y.ndb x.ndb.txt x.rules x.txt x.pel x.info; do
		rm -rf d && mkdir d && echo "$body" > "d/$name"
		same -d d --no-summary t/a/x
	done
	for name in x.yar x.yara x.rules x.rule; do
		rm -rf d && mkdir d && echo "$rule" > "d/$name"
		same -d d --no-summary t/a/x
	done
	for name in x.hashes x.sha256 x.csv x.md5; do
		rm -rf d && mkdir d && echo "$(sha256sum < t/a/x | cut -d' ' -f1)  Test.List" > "d/$name"
		same -d d --no-summary t/a/x
		same -d d -d one --no-summary t/a/x
	done
	rm -rf d && mkdir d && echo "$(sha256sum < t/a/x | cut -d' ' -f1)" > d/x.allow && cp db/a.ndb d
	same -d d --no-summary t/a/x
	# directories in it
	rm -rf d && mkdir -p d/sub && cp db/b.ldb d/sub
	same -d d --no-summary t/b/c/deep.txt
	cp db/a.ndb d
	same -d d t/b/c/deep.txt t/a/x
	same -d d/ t/b/c/deep.txt t/a/x
	# links
	rm -rf d && mkdir d && ln -s ../db/a.ndb d/x.ndb && ln -s d link
	same -d d --no-summary t/a/x
	same -d link --no-summary t/a/x
	# of these clamscan does not come back
	mkdir d/sub.ndb
	run -1 "$PELLUCID" clamscan -d d --no-summary t/a/x
	rm d/x.ndb
	run -2 "$PELLUCID" clamscan -d d --no-summary t/a/x
	mkfifo d/y.ndb
	run -2 timeout 20 "$PELLUCID" clamscan -d d --no-summary t/a/x
	[[ $output == *"d/y.ndb: not a regular file"* ]]
	# a rule of Pellucid's own is a file that is named
	echo "$rule" > x.rules
	run -1 "$PELLUCID" clamscan -d x.rules --no-summary t/a/x
	# scan takes all of a directory
	rm -rf d && mkdir -p d/sub && echo "$rule" > d/sub/x.rules
	run -1 "$PELLUCID" scan -r d t/a/x
}

@test "objects in objects, and readers that are switched off" {
	same -d db -r pack
	same -d db --no-summary pack/bad.zip
	for o in archive mail pe elf ole2 pdf swf html xmldocs onenote; do
		same -d db "--scan-$o=yes" pack/bad.gz
		same -d db "--scan-$o=no" pack/bad.gz pack/bad.tar.bz2
	done
}

@test "limits, where clamscan is asked to tell of them" {
	for n in 1 5 16 17 18 1K 1k 1M 1g 0; do
		same -d db --alert-exceeds-max "--max-filesize=$n" t/a/x t/b/clean
	done
	same -d db --alert-exceeds-max --max-scansize=10M pack/bad.zip
	same -d db --max-filesize=1M --max-scansize=1M --max-files=50 --max-recursion=9 -r pack
}

@test "encrypted archives, where clamscan is asked to tell of them" {
	7zz a -psecret pack/e.zip inner > /dev/null
	7zz a -psecret pack/e.7z inner > /dev/null
	7zz a -psecret -mhe=on pack/h.7z inner > /dev/null
	for f in e.zip e.7z h.7z; do
		same -d db --alert-encrypted "pack/$f"
		same -d db --alert-encrypted-archive=yes "pack/$f"
		# the older name, of which clamscan may know no more: ours says by both the same
		run "$PELLUCID" clamscan -d db --no-summary --alert-encrypted "pack/$f"
		said="$status $output"
		run "$PELLUCID" clamscan -d db --no-summary --block-encrypted "pack/$f"
		[ "$status $output" = "$said" ]
		[ "$f" != e.zip ] || [[ "$said" == "1 "*"Heuristics.Encrypted.Zip FOUND"* ]]
	done
	same -d db --alert-encrypted --heuristic-alerts=no t/a/x
}

@test "options: wrong ones, and those that only tune clamscan" {
	for o in --nosuch -Q --max-filesize=x --max-filesize= --recursive=maybe --max-files=k; do
		same "$o" -d db t/a/x
	done
	same -d db --tempdir=/tmp --leave-temps=no --bytecode=yes --bytecode-timeout=100 --pcre-match-limit=1 \
	    --max-embeddedpe=10M --max-htmlnormalize=1M --normalize=no --disable-cache --nocerts \
	    --phishing-sigs=no --heuristic-scan-precedence=yes t/a/x t/b/clean
	same -d db --recursive=no -r t
	same -d db --max-filesize=1M --max-filesize=1 t/a/x
	for o in true TRUE yes 1; do
		same -d db "--recursive=$o" t
	done
}

@test "options that are switches take yes and no" {
	for o in infected quiet no-summary bell archive-verbose verbose stdout suppress-ok-results nocerts dumpcerts disable-cache; do
		for v in yes no YES False 1 0; do
			same -d db "--$o=$v" t/b/clean t/b/c/deep.txt.none
		done
		for v in maybe '' 2; do
			same -d db "--$o=$v" t/b/clean
			grep -qF "ERROR: Incorrect argument format for option --$o" ours.err
		done
	done
	same -d db --infected=no --infected t/b/clean
	same -d db --infected --infected=no t/b/clean
	for o in --help=no --version=no --debug=no --official-db-only=no --remove=no --block-max=yes --block-macros=no \
	    --algorithmic-detection=no; do
		same -d db "$o" t/b/clean
	done
	run -2 "$PELLUCID" clamscan -d db --move=no t/b/clean # that is a folder
}

@test "values of options that do nothing here are held against their form" {
	for o in --cache-size=5 --cache-size=0 --cache-size=-1 --cache-size=1K --cache-size= --cache-size=99999999999999999999999 \
	    --bytecode-mode=Auto --bytecode-mode=auto --bytecode-mode=ForceJIT --bytecode-mode=Test --bytecode-mode=5 \
	    --structured-cc-mode=5 --structured-cc-mode=1 --structured-cc-mode=01 --structured-ssn-format=5 --structured-ssn-format=x \
	    --structured-ssn-count=1K --structured-cc-count=-1 --statistics=5 --statistics=none --statistics=PCRE --statistics= \
	    --follow-dir-symlinks=5 --follow-dir-symlinks=2 --follow-dir-symlinks=x --follow-file-symlinks=3 --follow-file-symlinks=0 \
	    --bytecode-timeout=x --bytecode-timeout=1K --max-partitions=1K --max-iconspe=5 --max-rechwp3=x --pcre-match-limit=1K \
	    --pcre-recmatch-limit=x --pcre-max-filesize=1K --max-embeddedpe=1k --max-embeddedpe=x --max-htmlnormalize=1X \
	    --max-htmlnotags= --max-scriptnormalize=1MM --max-ziptypercg=-1 --max-filesize=5B --tempdir= --log= --database= --exclude= \
	    --file-list=; do
		same -d db --no-summary "$o" t/b/clean
	done
	same -d db --follow-dir-symlinks=1 --follow-dir-symlinks=5 t/b/clean
	same -d db --cache-size 5 --statistics none t/b/clean
}

@test "what is no option is named" {
	for o in --bogus --bogus=3 -Q -iQ --scan --log -d; do
		same "$o"
		diff theirs.err ours.err
	done
	same --bogus -d db t/b/clean
	diff theirs.err ours.err
	same t/b/clean --bogus -d db
	diff theirs.err ours.err
}

@test "a log has what clamscan's has" {
	clamscan -d db -r -l theirs.log t nowhere > /dev/null 2>&1 || true
	"$PELLUCID" clamscan -d db -r -l ours.log t nowhere > /dev/null 2>&1 || true
	lines theirs.log > a; lines ours.log > b
	diff a b
	"$PELLUCID" clamscan -d db -l ours.log t/a/x > /dev/null 2>&1 || true
	[ "$(grep -c 'SCAN SUMMARY' ours.log)" -eq 2 ]
	run -2 "$PELLUCID" clamscan -d db -l /nowhere/log t/a/x
}

@test "a link of the name clamscan is clamscan" {
	ln -s "$PELLUCID" clamscan
	ln -s "$(dirname "$PELLUCID")/pellucid-worker" pellucid-worker
	run -1 ./clamscan -d db --no-summary t/a/x
	[ "$output" = "t/a/x: Test.Body.UNOFFICIAL FOUND" ]
	run -0 ./clamscan -V
	[[ $output == Pellucid* ]]
	run -0 ./clamscan --help
	[[ $output == *--allmatch* ]]
}

# ---- where the two differ on purpose (docs/clamav.md)

@test "what was not examined is an ERROR, never OK" {
	7zz a -psecret e.zip inner > /dev/null
	run -2 "$PELLUCID" clamscan -d db e.zip
	[[ $output == *"e.zip: encrypted: "*" ERROR"* ]]
	[[ $output == *"Total errors: 1"* ]]
	[[ $output != *"e.zip: OK"* ]]
	for o in -i -o --quiet --no-summary; do
		run -2 "$PELLUCID" clamscan -d db "$o" e.zip
		[[ $output == *"e.zip: encrypted: "*" ERROR"* ]]
	done
	run -2 "$PELLUCID" clamscan -d db --max-filesize=5 t/b/clean
	[[ $output == *"t/b/clean: limit:size ERROR"* ]]
	run -2 "$PELLUCID" clamscan -d db --max-recursion=1 pack/good-nested.zip
	[[ $output == *"pack/good-nested.zip: limit:depth"*" ERROR"* ]]
	head -c 20 pack/good.gz > cut.gz
	run -2 "$PELLUCID" clamscan -d db cut.gz
	[[ $output == *"cut.gz: damaged: "*" ERROR"* ]]
	# what was found is found all the same
	run -1 "$PELLUCID" clamscan -d db --no-summary --max-recursion=1 t/a/x pack/good-nested.zip
	run -1 "$PELLUCID" clamscan -d db --no-summary --alert-exceeds-max --max-recursion=1 pack/good-nested.zip
	[[ $output == *"Heuristics.Limits.Exceeded.MaxRecursion FOUND" ]]
}

@test "with -z each name stands once for a file" {
	printf 'MARKMARK OTHER WORD\n' > both
	run -1 "$PELLUCID" clamscan -d db --no-summary -z both
	[ "$(printf '%s\n' "$output" | sort)" = "$(printf '%s\n' 'both: Test.Body.UNOFFICIAL FOUND' 'both: Test.Other.UNOFFICIAL FOUND')" ]
	clamscan -d db --no-summary -z both | sort -u > theirs || true
	printf '%s\n' "$output" | sort | diff - theirs
	run -1 "$PELLUCID" clamscan -d db --no-summary both
	[ "${#lines[@]}" -eq 1 ]
}

@test "where in a file it is, with -a" {
	run -1 "$PELLUCID" clamscan -d db --no-summary -a pack/bad-nested.zip
	[[ $output == *"pack/bad-nested.zip!/one.zip/inner: Test.Body.UNOFFICIAL FOUND" ]]
}

@test "a name cannot make lines" {
	printf 'x\n' > "$(printf 'a\nb: OK\nc')"
	run -0 "$PELLUCID" clamscan -d db --no-summary a*c
	[ "${#lines[@]}" -eq 1 ]
}

@test "no file is moved, copied or removed" {
	mkdir q
	for o in --remove --move=q --copy=q; do
		run -2 "$PELLUCID" clamscan -d db "$o" t/a/x
		[[ $output == *"Pellucid does not do"* ]]
		[ -f t/a/x ]
		[ -z "$(ls q)" ]
	done
}

@test "programs of unwanted kinds are looked for on request alone" {
	printf 'PUA.Test:0:*:4d41524b4d41524b\n' > unwanted.ndu
	run -0 "$PELLUCID" clamscan -d unwanted.ndu --no-summary t/a/x
	run -1 "$PELLUCID" clamscan -d unwanted.ndu --no-summary --detect-pua t/a/x
}

@test "a signature that cannot be used costs itself, and is told" {
	printf 'Bad:0:*:41\nGood:0:*:4d41524b4d41524b\n' > bad.ndb
	run -1 --separate-stderr "$PELLUCID" clamscan -d bad.ndb t/a/x
	[[ $output == *"Good.UNOFFICIAL FOUND"*"Signatures left out: 1"* ]]
	[[ $stderr == *"WARNING: 1 signatures are left out"* ]]
	printf 'Bad:0:*:41\n' > worse.ndb
	run -2 "$PELLUCID" clamscan -d worse.ndb t/a/x
}

@test "what may not be read is said, as clamscan says it" {
	[ "$(id -u)" -eq 0 ] || skip "root alone can become another"
	chmod 755 . ; chmod 0 t/b/clean
	a=0; b=0
	setpriv --reuid=65534 --regid=65534 --clear-groups clamscan -d db --no-summary t/b/clean t/a/x > theirs 2> /dev/null || a=$?
	setpriv --reuid=65534 --regid=65534 --clear-groups "$PELLUCID" clamscan -d db --no-summary t/b/clean t/a/x > ours || b=$?
	diff theirs ours
	[ "$a" -eq "$b" ]
}
