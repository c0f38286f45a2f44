// SPDX-License-Identifier: Apache-2.0

// The other side of the interoperability test: notes and trees by golang.org/x/mod, cosignatures
// by crypto/ed25519 from the text of c2sp.org/tlog-cosignature alone.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func read(name string) string {
	b, err := os.ReadFile(name)
	must(err)
	return string(b)
}

// A tree in memory.
type tree struct{ hashes []tlog.Hash }

func (t *tree) ReadHashes(at []int64) ([]tlog.Hash, error) {
	var out []tlog.Hash
	for _, i := range at {
		out = append(out, t.hashes[i])
	}
	return out, nil
}

func (t *tree) add(n int64, data []byte) {
	h, err := tlog.StoredHashes(n, data, t)
	must(err)
	t.hashes = append(t.hashes, h...)
}

func leafHash(data []byte) tlog.Hash { return tlog.RecordHash(data) }

func keyID(name string, kind byte, pub []byte) uint32 {
	h := sha256.New()
	h.Write([]byte(name + "\n"))
	h.Write([]byte{kind})
	h.Write(pub)
	return binary.BigEndian.Uint32(h.Sum(nil))
}

func cosignedMessage(text string, time uint64) []byte {
	return []byte(fmt.Sprintf("cosignature/v1\ntime %d\n%s", time, text))
}

func cosign(name string, key ed25519.PrivateKey, text string, time uint64) string {
	id := keyID(name, 4, key.Public().(ed25519.PublicKey))
	b := binary.BigEndian.AppendUint32(nil, id)
	b = binary.BigEndian.AppendUint64(b, time)
	b = append(b, ed25519.Sign(key, cosignedMessage(text, time))...)
	return fmt.Sprintf("— %s %s\n", name, base64.StdEncoding.EncodeToString(b))
}

// Verifies the cosignature of a vkey under a note; returns its time.
func checkCosignature(vkey string, whole string) uint64 {
	part := strings.SplitN(vkey, "+", 3)
	raw, err := base64.StdEncoding.DecodeString(part[2])
	must(err)
	if raw[0] != 4 || fmt.Sprintf("%08x", keyID(part[0], 4, raw[1:])) != part[1] {
		log.Fatal("vkey of a witness: ", vkey)
	}
	at := strings.LastIndex(whole, "\n\n") + 1
	text, lines := whole[:at], whole[at+1:]
	for _, line := range strings.Split(lines, "\n") {
		if !strings.HasPrefix(line, "— "+part[0]+" ") {
			continue
		}
		b, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(line, "— "+part[0]+" "))
		must(err)
		if len(b) != 76 || fmt.Sprintf("%x", b[:4]) != part[1] {
			continue
		}
		time := binary.BigEndian.Uint64(b[4:12])
		if !ed25519.Verify(raw[1:], cosignedMessage(text, time), b[12:]) {
			log.Fatal("the cosignature of ", part[0], " does not verify")
		}
		return time
	}
	log.Fatal("no cosignature of ", part[0])
	return 0
}

func parseHead(text string) (int64, tlog.Hash) {
	line := strings.Split(text, "\n")
	n, err := strconv.ParseInt(line[1], 10, 64)
	must(err)
	h, err := tlog.ParseHash(line[2])
	must(err)
	return n, h
}

func openHead(vkey, whole string) (int64, tlog.Hash) {
	v, err := note.NewVerifier(vkey)
	must(err)
	n, err := note.Open([]byte(whole), note.VerifierList(v))
	must(err)
	return parseHead(n.Text)
}

func hashLines(s string) (out []tlog.Hash) {
	for _, line := range strings.Split(strings.TrimSuffix(s, "\n"), "\n") {
		if line != "" {
			h, err := tlog.ParseHash(line)
			must(err)
			out = append(out, h)
		}
	}
	return out
}

// check LOG-VKEY PROOF ENTRY WITNESS-VKEY...
func check(arg []string) {
	head, whole, _ := strings.Cut(read(arg[1]), "\n\n")
	line := strings.SplitN(head+"\n", "\n", 3)
	if line[0] != "c2sp.org/tlog-proof@v1" {
		log.Fatal("not a proof")
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(line[1], "index "), 10, 64)
	must(err)
	size, root := openHead(arg[0], whole)
	must(tlog.CheckRecord(hashLines(line[2]), size, root, index, leafHash([]byte(read(arg[2])))))
	for _, vkey := range arg[3:] {
		checkCosignature(vkey, whole)
	}
}

// grown LOG-VKEY OLD-HEAD NEW-HEAD GROWTH
func grown(arg []string) {
	m, then := openHead(arg[0], read(arg[1]))
	n, now := openHead(arg[0], read(arg[2]))
	_, hashes, _ := strings.Cut(read(arg[3]), "\n")
	must(tlog.CheckTree(hashLines(hashes), n, now, m, then))
}

func hashText(p []tlog.Hash) string {
	var b bytes.Buffer
	for _, h := range p {
		fmt.Fprintln(&b, h)
	}
	return b.String()
}

func write(dir, name, text string) { must(os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644)) }

// make DIR SIZE...   A log of our own with two witnesses: for each size a head, a proof for each of
// some entries, and the growth from the size before.
func makeLog(arg []string) {
	dir := arg[0]
	skey, vkey, err := note.GenerateKey(nil, "go.example/log")
	must(err)
	signer, err := note.NewSigner(skey)
	must(err)
	policy := "log " + vkey + "\n"
	var key []ed25519.PrivateKey
	for i := 1; i <= 2; i++ {
		pub, k, err := ed25519.GenerateKey(nil)
		must(err)
		key = append(key, k)
		name := fmt.Sprintf("w%d.example", i)
		policy += fmt.Sprintf("witness w%d %s+%08x+%s\n", i, name, keyID(name, 4, pub),
			base64.StdEncoding.EncodeToString(append([]byte{4}, pub...)))
	}
	write(dir, "policy", policy+"group g all w1 w2\nquorum g\n")
	t := &tree{}
	var n, before int64
	for _, s := range arg[1:] {
		size, err := strconv.ParseInt(s, 10, 64)
		must(err)
		for ; n < size; n++ {
			data := fmt.Sprintf("entry %d\n", n)
			write(dir, fmt.Sprintf("entry-%d", n), data)
			t.add(n, []byte(data))
		}
		root, err := tlog.TreeHash(size, t)
		must(err)
		text := fmt.Sprintf("go.example/log\n%d\n%s\n", size, root)
		signed, err := note.Sign(&note.Note{Text: text}, signer)
		must(err)
		whole := string(signed)
		for i, k := range key {
			whole += cosign(fmt.Sprintf("w%d.example", i+1), k, text, uint64(1700000000+size))
		}
		write(dir, fmt.Sprintf("head-%d", size), whole)
		for i := int64(0); i < size; i += 1 + size/4 {
			p, err := tlog.ProveRecord(size, i, t)
			must(err)
			write(dir, fmt.Sprintf("proof-%d-%d", size, i),
				fmt.Sprintf("c2sp.org/tlog-proof@v1\nindex %d\n%s\n%s", i, hashText(p), whole))
		}
		if before != 0 {
			p, err := tlog.ProveTree(size, before, t)
			must(err)
			write(dir, fmt.Sprintf("growth-%d-%d", before, size),
				fmt.Sprintf("old %d\n%s\n", before, hashText(p)))
		}
		before = size
	}
}

func main() {
	log.SetFlags(0)
	switch os.Args[1] {
	case "check":
		check(os.Args[2:])
	case "grown":
		grown(os.Args[2:])
	case "make":
		makeLog(os.Args[2:])
	}
}
