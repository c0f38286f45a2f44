# Usage: awk -f summary.awk testlog.junit.xml...   The line that `make check` ends in.
function number(suite, name) {
	return match(suite, name "=\"[0-9]+\"") ? substr(suite, RSTART + length(name) + 2, RLENGTH - length(name) - 3) + 0 : 0
}
{
	for (rest = $0; match(rest, /<testsuite [^>]*>/); rest = substr(rest, end)) {
		end = RSTART + RLENGTH
		suite = substr(rest, RSTART, RLENGTH)
		t += number(suite, "tests")
		f += number(suite, "failures") + number(suite, "errors")
		s += number(suite, "skipped")
	}
}
END { f += extra; printf "%d passed, %d failed, %d skipped\n", t - (f - extra) - s, f, s; exit f != 0 }
