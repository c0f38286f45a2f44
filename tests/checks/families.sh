#!/bin/sh
# Usage: families.sh RECOVERY-DIRECTORY   The table of families in docs/recover.md, from the families' own files:
# confirmed ones first, then those that were read, then those that rest on secondary sources.
# shellcheck disable=SC2016 # the quotes of Markdown are meant
for state in confirmed read secondary; do
	for f in "$1"/*.family; do
		grep -q "^state *$state\$" "$f" && echo "$f"
	done
done | xargs awk '
	function unquoted(s) { sub(/^[^"]*"/, "", s); sub(/"[^"]*$/, "", s); return s }
	function cell(s) { gsub(/\|/, "\\|", s); return s }
	function put() {
		by = engine != "" ? "engine `" engine "`" : undo == "rebuild" ? "verb `descriptors`" : "no"
		if (id == "petya") by = by ", verb `code`"
		printf "| `%s` %s | %s | %s | %s | %s | %s | %s |\n", id, cell(title), state, word[undo], by, cell(proof), cell(source), date
	}
	BEGIN {
		word["yes"] = "yes, with nothing but the files"; word["search"] = "yes, by a search for the key"
		word["pair"] = "yes, with a file before and after"; word["key"] = "with a key that you bring"
		word["rebuild"] = "in part: what is lost is made anew from what is whole"
		word["tool"] = "not by us: there is an official tool"; word["no"] = "no way is known"
		print "| family | state | undone | by us | proof of a key | source | checked |"
		print "|---|---|---|---|---|---|---|"
	}
	FNR == 1 && NR != 1 { put() }
	FNR == 1 { id = title = state = undo = engine = proof = source = date = last = "" }
	/^[ \t]+"/ {
		if (last == "proof") proof = proof " " unquoted($0)
		if (last == "title") title = title " " unquoted($0)
		if (last == "source") source = source " " unquoted($0)
		next
	}
	/^[^ \t#]/ { last = $1 }
	$1 == "family" { id = $2 }
	$1 == "title" { title = unquoted($0) }
	$1 == "state" { state = $2 }
	$1 == "undo" { undo = $2 }
	$1 == "engine" { engine = $2 }
	$1 == "proof" { proof = unquoted($0) }
	$1 == "source" { source = (source != "" ? source "; " : "") unquoted($0) }
	$1 == "checked" { date = $2 }
	END { put() }'
