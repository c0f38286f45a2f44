# What the tests of releases share: a log in `log`, witnesses that live where they are (no network), release keys.
[ -w /dev/shm ] && export TMPDIR=/dev/shm # a log writes through to its disk, which is slow on a busy one

world() {
	WITNESS=$BUILD/pellucid-witness
	"$PELLUCID" log key log.example/rules log.key > log.vkey
	"$PELLUCID" log init log --key=log.key > /dev/null
	for k in a b c; do "$PELLUCID" log key "log.example/release-$k" $k.key > $k.vkey; done
	{ echo "threshold 2"; for k in a b c; do echo "key $(cat $k.vkey)"; done; } > keys
	for i in 1 2 3; do
		"$PELLUCID" log key --witness w$i.example w$i.key > w$i.vkey
		"$WITNESS" init w$i --key=w$i.key --log="$(cat log.vkey)" > /dev/null
		"$WITNESS" serve w$i --listen=127.0.0.1:0 > w$i.out 3>&- &
		echo $! > w$i.pid
	done
	for i in 1 2 3; do
		for _ in $(seq 100); do grep -q port w$i.out && break; sleep 0.05; done
	done
	{
		echo "log $(cat log.vkey)"
		for i in 1 2 3; do echo "witness w$i $(cat w$i.vkey) http://127.0.0.1:$(sed 's/.*port //' w$i.out)"; done
		echo "group some 2 w1 w2 w3"
		echo "quorum some"
	} > policy
	mkdir r1 r2
	echo 'rule One { strings: $a = "first needle" condition: $a }' > r1/a.yar
	echo 'rule Two { strings: $a = "second needle" condition: $a }' >> r1/a.yar
	echo 'rule One { strings: $a = "first needle" condition: $a }' > r2/a.yar
	echo 'rule Three { strings: $a = "third needle" condition: $a }' >> r2/a.yar
	echo "it is in every manual" > why
}

stop_witnesses() {
	for p in "$work"/*.pid; do
		[ -e "$p" ] && kill "$(cat "$p")" 2>/dev/null
	done
	return 0
}

signed() { # DIR KEYS...
	dir=$1; shift
	for k in "$@"; do "$PELLUCID" release sign --key="$k.key" "$dir" > /dev/null; done
}

publish() { # LOG DIR
	for f in "$2"/*; do
		[ "$f" = "$2/release" ] || set -- "$@" "--artifact=$f"
	done
	log=$1; dir=$2; shift 2
	"$PELLUCID" log add "$log" "$@" "$dir/release" > /dev/null
	"$PELLUCID" log publish "$log" --policy=policy > /dev/null
}

# Two releases, published; proofs of both, and of the growth between.
two_releases() {
	"$PELLUCID" release make --channel=rules -o rel1 r1 > /dev/null
	signed rel1 a b
	publish log rel1
	"$PELLUCID" log prove log 0 > proof1
	"$PELLUCID" release make --channel=rules --after=rel1 --removed=a/Two:false-positive:why -o rel2 r2 > /dev/null
	signed rel2 b c
	publish log rel2
	"$PELLUCID" log prove log 1 > proof2
	"$PELLUCID" log prove log --since=1 > growth
}

# Takes the line that explains a removal out of a release: what a vendor who wants to be silent would sign.
silence() { # DIR
	grep -v '^removed ' "$1/release" | sed '/^$/,$d; s/removed=1/removed=0/' > "$1/quiet"
	mv "$1/quiet" "$1/release"
	find "$1" -name '????????????????????????????????????????????????????????????????' -delete
}
