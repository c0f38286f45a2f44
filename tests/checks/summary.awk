# Usage: awk -f summary.awk testlog.junit.xml...   The line that `make check` ends in.
function number(name) {
	return match($0, name "=\"[0-9]+\"") ? substr($0, RSTART + length(name) + 2, RLENGTH - length(name) - 3) + 0 : 0
}
/<testsuite / { t += number("tests"); f += number("failures") + number("errors"); s += number("skipped") }
END { f += extra; printf "%d passed, %d failed, %d skipped\n", t - (f - extra) - s, f, s; exit f != 0 }
