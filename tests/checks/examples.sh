#!/bin/sh
# Usage: examples.sh DOCUMENT   Runs every ```console block of a document: a line `$ COMMAND` is run, and what it
# prints must be what stands beneath it; lines `> ` go on with the command.  A line `...` stands for any lines; `(status N)` at a command's end for its
# exit status, which is 0 otherwise.  Each document's blocks share one directory.
document=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin" "$work/at"
ln -s "$PELLUCID" "$work/bin/pellucid"
ln -s "$(dirname "$PELLUCID")/pellucid-witness" "$work/bin/pellucid-witness"
ln -s "$ROOT" "$work/at/tree"
export PATH="$work/bin:$PATH" PELLUCID_NO_CACHE=1 LC_ALL=C.UTF-8 TZ=UTC
awk -v out="$work/block" '
	/^```console/ { inside = 1; next }
	/^```/ { inside = 0; next }
	inside && n && first && /^> / { print substr($0, 3) > (out "." n ".run"); next }
	inside { first = 0 }
	inside && /^\$ / { n++; first = 1; print substr($0, 3) > (out "." n ".run"); printf "" > (out "." n ".want"); next }
	inside && n { print > (out "." n ".want") }
	END { print n + 0 > (out ".count") }' "$document"
n=$(cat "$work/block.count"); i=0; rc=0
cd "$work/at" || exit 1
while [ "$i" -lt "$n" ]; do
	i=$((i + 1))
	command=$(cat "$work/block.$i.run")
	want=0
	case $command in
	*"(status "[0-9]")") want=${command##*(status }; want=${want%)}; command=${command%"# (status"*} ;;
	esac
	sh -c "$command" > "$work/got" 2>&1
	status=$?
	[ "$status" -eq "$want" ] || { echo "$document: status $status, not $want: $command"; cat "$work/got"; rc=1; }
	awk -v wanted="$work/block.$i.want" '
		BEGIN { while ((getline line < wanted) > 0) want[++n] = line; k = 1 }
		{ if (want[k] == "...") { if (k < n && $0 == want[k + 1]) k += 2 } else if ($0 == want[k]) k++; else { print "unexpected: " $0; bad = 1 } }
		END { if (want[k] == "...") k++; if (k <= n) { print "missing: " want[k]; bad = 1 }; exit bad }' "$work/got" ||
		{ echo "$document: output differs: $command"; rc=1; }
done
exit $rc
