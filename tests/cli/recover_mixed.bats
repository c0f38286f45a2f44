load helper
load recover_tree

# Trees in which many families were at work, sorted, assessed and recovered without being told which is which.

mixed() { # N-FAMILIES N-DAMAGED OPTIONS...: what each action says of the tree, and that the originals come out
	local families=$1 damaged=$2
	shift 2
	fixture zip 30000 > tree/ordinary.zip
	seal_tree
	"$PELLUCID" recover identify --json tree > id.json || [ $? -eq 1 ]
	families_of id.json
	[ "$(families_of id.json | wc -w)" -eq "$families" ]
	"$PELLUCID" recover assess --json tree > damage.json || [ $? -eq 1 ]
	[ "$(jq -r 'select(.path == "tree/ordinary.zip") | .damage' damage.json)" = intact ]
	[ "$(jq -r 'select(.damage == "encrypted" or .damage == "partly encrypted") | .path' damage.json | wc -l)" -ge "$damaged" ]
	run "$PELLUCID" recover run --into new --i-have-isolated "$@" tree
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == *"$families recovered, 0 were there already, 0 could not be recovered"* ]]
	diff -r --exclude recover.journal was new
	chain_holds new/recover.journal
	unchanged
}

@test "a tree of thirteen families is sorted, assessed and recovered without being told which is which" {
	mkdir -p tree was
	put pw.docx zip 20000 powerware 1 pw.docx.locky
	put jig.docx zip 21000 jigsaw 1 jig.docx.fun
	put kg.png png 9000 key-group 1 kg.png.keygroup777tg
	put dx.docx zip 22000 dxxd 1 dx.docxdxxd
	put bb.img disk 200000 black-basta 3 bb.img.abcdefghi
	put cr.img disk 100000 crypren 4 cr.img.ENCRYPTED
	put ak.docx zip 23000 akira-1 2 ak.docx.akira
	put ne.docx zip 24000 nemucod-xor 7 ne.docx.crypted
	put t3.png png 8000 teslacrypt-3 5 t3.png.micro
	put pr.png png 7000 prometheus 615750 'pr.png.PROM[a@b.c]'
	put th.png png 6000 thanatos 615750 th.png.THANATOS
	put le.docx zip 25000 linux-encoder-1 1447000000 le.docx.encrypted
	put ba.docx zip 26000 babuk-nas 11 ba.docx.babyk
	touch -d @1447000100 tree/le.docx.encrypted
	fixture text 90000 > b1 && fixture text 90000 akira-1 0 > a1
	fixture text 9000 > b2 && fixture text 9000 nemucod-xor 7 > a2
	fixture key babuk-nas 11 > key
	put_notes _HELP_instructions.html EncryptedFileList.txt instructions_read_me.txt READ_THIS_TO_DECRYPT.html \
		akira_readme.txt DECRYPT.txt README_FOR_DECRYPT.txt README_babyk.txt
	mixed 13 11 --seeds 610000:620000 --before b1 --after a1 --before b2 --after a2 --key key
}

@test "a tree of fourteen others, most of them with a key of their own, is too" {
	mkdir -p tree was
	put t0.docx zip 20000 teslacrypt-0 15 t0.docx.ecc
	put t2.docx zip 21000 teslacrypt-2 14 t2.docx.vvv
	put alpha.docx zip 22000 alphacrypt 16 alpha.docx.ezz
	put wc.docx zip 23000 wannacry 13 wc.docx.WNCRY
	put co.docx zip 24000 conti 2100 co.docx.CONTI
	put av.docx.aBcDeFgHiJ zip 25000 avaddon 10 av.docx.aBcDeFgHiJ
	put esxi.vmdk disk 300000 babuk-esxi 12 esxi.vmdk.babyk
	put chaos.docx.a1b2 zip 26000 chaos 17 chaos.docx.a1b2
	put lc.docx zip 90000 lockcrypt 3 'lc.docx ID abcdef.1btc'
	put seven.docx zip 27000 7ev3n 0 7.R4A
	put dma.png png 8000 dma-locker 1456999998 dma.png
	put sb.png png 9000 solidbit 615750 sb.png.solidbit
	put ox.png png 7000 onyx-2 615751 ox.png.ampkcz
	put rr.docx zip 28000 ranran 1 rr.docx.zXz
	touch -d @1457000000 tree/dma.png
	fixture text 90000 > b1 && fixture text 90000 ranran 1 > a1
	keys=()
	for key in teslacrypt-0:15 teslacrypt-2:14 alphacrypt:16 wannacry:13 conti:2100 avaddon:10 babuk-esxi:12 chaos:17 lockcrypt:3; do
		fixture key "${key%:*}" "${key#*:}" > "${key%:*}.key"
		keys+=(--key "${key%:*}:${key%:*}.key")
	done
	put_notes HELP_TO_DECRYPT_YOUR_FILES.txt how_recover.txt HELP_TO_SAVE_YOUR_FILES.txt '@Please_Read_Me@.txt' CONTI_README.txt \
		abc_readme_.txt 'How To Restore Your Files.txt' read_it.txt 'Restore Files.TxT' FILES_BACK.txt cryptinfo.txt \
		RESTORE-MY-FILES.txt readme.txt VictemKey_0_5
	mixed 14 11 --before b1 --after a1 --seeds 615000:616000 --seeds dma-locker:1456990000:1457000001 "${keys[@]}"
}

@test "a key for one family is not another's, and the one for all serves who has none of its own" {
	mkdir -p tree was
	put wc.docx zip 23000 wannacry 13 wc.docx.WNCRY
	put co.docx zip 24000 conti 2100 co.docx.CONTI
	put_notes '@Please_Read_Me@.txt' CONTI_README.txt
	fixture key wannacry 13 > wc.key && fixture key conti 2100 > co.key
	run "$PELLUCID" recover try --key conti:wc.key --key wannacry:co.key tree
	[ "$status" -eq 3 ]
	[ "$(grep -c 'cannot be opened yet' <<< "$output")" -eq 2 ]
	run "$PELLUCID" recover try --key co.key --key wannacry:wc.key tree
	echo "$output"
	[ "$status" -eq 1 ]
	run "$PELLUCID" recover try --key wannacry:wc.key --key ./co.key tree
	[ "$status" -eq 1 ]
}

@test "two keys for one family, seeds that are no range, and seconds that are no number are refused" {
	mkdir tree && echo > wc.key
	run "$PELLUCID" recover try --key wannacry:wc.key --key wannacry:wc.key tree
	[ "$status" -eq 2 ]
	[[ "$output" == *"--key: a second one for wannacry"* ]]
	run "$PELLUCID" recover try --key wc.key --key wc.key tree
	[ "$status" -eq 2 ]
	[[ "$output" == *"a second one for all"* ]]
	for seeds in 5 5: :5 9:5 5:5 onyx-2:5 nobody:1:2 1:2:3; do
		run "$PELLUCID" recover try --seeds "$seeds" tree
		[ "$status" -eq 2 ]
		[[ "$output" == *"FROM:TO are wanted"* ]]
	done
	for seconds in x '' -1 5s 86401; do
		run "$PELLUCID" recover run --into new --settle "$seconds" tree
		[ "$status" -eq 2 ]
		[[ "$output" == *"seconds are wanted"* ]]
	done
	[ ! -e new ]
}
