#!/bin/sh
# Usage: start.sh PELLUCID   The main job on this machine: scans its programs, libraries and homes, and reviews it.
set -u
pellucid=$1
paths=
for p in /usr/bin /usr/sbin /usr/lib /usr/local /opt /home /root /tmp /var/tmp; do
	[ -r "$p" ] && paths="$paths $p"
done
echo "$pellucid scan --one-file-system$paths"
# shellcheck disable=SC2086
"$pellucid" scan --one-file-system $paths
status=$?
case $status in
0) echo "start: status 0: nothing found, all examined" ;;
1) echo "start: status 1: something was found; see above, and again with --why" ;;
3) echo "start: status 3: nothing found, but not all could be examined" ;;
*) echo "start: status $status: the scan could not run"; exit "$status" ;;
esac
report=$PWD/pellucid-review.html
echo "$pellucid review --scan --html $report"
"$pellucid" review --scan --html "$report"
reviewed=$?
case $reviewed in
0) echo "review: status 0: nothing found, all examined; $report" ;;
1) echo "review: status 1: something was found; $report" ;;
3) echo "review: status 3: nothing found, but not all could be examined; $report" ;;
*) echo "review: status $reviewed: the review could not run"; exit "$reviewed" ;;
esac
echo "The report is a page for people: open it in a browser.  Whose decisions count here is said by a profile, as in"
echo "$pellucid review --profile eu-institution; \`$pellucid policy profiles\` lists them."
