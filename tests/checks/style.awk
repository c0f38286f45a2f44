# Usage: awk -f style.awk FILES...   What clang-format does not see: the licence line, // comments, marks of
# unfinished work, files over 600 lines and functions over 80, control flow in macros.
function complain(what) { print FILENAME ":" FNR ": " what; bad = 1 }
FNR == 1 {
	if (lines > 600) { print last ": " lines " lines, at most 600"; bad = 1 }
	last = FILENAME
	inside = 0
	if ($0 != "/* SPDX-License-Identifier: Apache-2.0 */") complain("the first line is no SPDX line")
}
{ lines = FNR; text = $0; gsub(/"([^"\\]|\\.)*"/, "\"\"", text); gsub(/\/\*.*\*\//, "", text) }
text ~ /(^|[^:*])\/\// && text !~ /^[ \t]*\*/ && text !~ /\/\*/ { complain("a // comment") }
/(TODO|FIXME|XXX:|HACK)/ { complain("a mark of unfinished work") }
/^[ \t]*#[ \t]*define/ && text ~ /[^A-Za-z_](return|goto|break|continue)[^A-Za-z_]/ { complain("control flow in a macro") }
length($0) > 140 { complain("a very long line") }
/^{$/ { inside = FNR }
/^}/ { if (inside && FNR - inside - 1 > 80) complain("a function of " FNR - inside - 1 " lines, at most 80"); inside = 0 }
END { if (lines > 600) { print last ": " lines " lines, at most 600"; bad = 1 }; exit bad }
