#!/bin/sh
# Usage: spelling.sh   codespell on source, documents and rules.
exec codespell -q 3 -L "$(tr '\n' ',' < tests/checks/spelling.words)" --skip '*.json,corpus,fixtures,*.test,*.yar,ordinary.txt' \
	README.md CHANGELOG.md docs man src include examples fuzz tests tools
