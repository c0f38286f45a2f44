#!/bin/sh
# Usage: packages.sh PACKAGES...   Installs Debian packages that are not there yet; asks for root for that alone.
set -e
missing=
for p in "$@"; do
	dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $p"
done
if [ -z "$missing" ]; then
	echo "packages: all $# are installed"
	exit 0
fi
root=
if [ "$(id -u)" -ne 0 ]; then
	command -v sudo > /dev/null || { echo "packages: need root or sudo to install:$missing" >&2; exit 1; }
	root=sudo
fi
echo "packages: installing$missing"
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086
$root apt-get update -qq
# shellcheck disable=SC2086
$root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing > /dev/null
