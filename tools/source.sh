#!/bin/sh
# Usage: source.sh OUT.tar [REPOSITORY [COMMIT]]   The source of a commit as an archive: the same bytes wherever and
# whenever it is made from a clone, so that whoever has one can hold a published archive against it.
set -eu
out=$1
repository=${2:-$(cd "$(dirname "$0")/.." && pwd)}
commit=${3:-HEAD}
# nothing of the machine: no configuration, attributes or mask of its owner; the time is the commit's
GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null GIT_ATTR_NOSYSTEM=1 \
	git -c core.attributesFile=/dev/null -c tar.umask=0022 -c core.autocrlf=false -C "$repository" \
	archive --format=tar --prefix=pellucid/ "$commit" > "$out"
