/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/seeded.h"

#include <stdlib.h>

/*
 * An encrypted file for every engine that searches for a seed: eight bytes of the seed that the
 * range begins with, four of the file's time, and the file.  Whatever it is, the range is tried to
 * its end, no original is longer than its file, and a key is accepted by enough bits alone.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RANGE = 3 };

static void search_with(const char *generator, struct span file, uint64_t from, int64_t mtime)
{
	static const char head[] = "family x\ntitle \"X\"\nstate read\nhow \"h\"\nsource "
				   "\"s\"\nchecked 2026-01-01 \"c\"\nproof \"p\"\n"
				   "note-name 1 \"n\"\nengine search generator=";
	struct attack_open o;
	struct attack a;
	struct family f;
	struct error e;
	struct region r;
	struct buf text, out;
	unsigned bits;

	buf_init(&text, FAMILY_MAX_TEXT);
	buf_init(&out, ATTACK_SAMPLE_MAX);
	buf_put_text(&text, head);
	buf_put_text(&text, generator);
	buf_put_u8(&text, '\n');
	if (!buf_ok(&text) || !family_open(&f, "f", buf_span(&text), &e)) {
		if (buf_ok(&text) && e.why == REASON_DAMAGED)
			abort();
		buf_release(&text);
		return;
	}
	if (!attack_init(&a, &f, &e) && e.why != REASON_MEMORY)
		abort();
	region_of_memory(&r, file);
	a.seed_from = from;
	a.seed_to = from + RANGE;
	a.sample[0] = (struct attack_file){ &r, span_of("a.png"), mtime };
	a.n_samples = 1;
	if (attack_learn(&a, &bits, &e)) {
		if (bits < PROOF_BITS_WANTED)
			abort();
		if (attack_original(&a, &a.sample[0], &out, &o, &e) && out.n > file.n)
			abort();
	}
	attack_release(&a);
	family_release(&f);
	buf_release(&text);
	buf_release(&out);
}

/* Linux.Encoder.1 has an hour of seeds for each file, whatever is asked for: one of them here. */
static void try_musl(struct span file, uint64_t seed, int64_t mtime)
{
	const struct seeded *k = seeded_of(span_of("musl"));
	struct seeded_target t = { .mtime = mtime, .size = file.n };
	struct span head = span_cut(file, k->header, sizeof t.head);
	struct attack_open o = { .from = 0 };
	uint8_t piece[64];
	struct error e;
	uint64_t from, to;

	t.n = head.n;
	if (t.n < 16)
		return;
	memcpy(t.head, head.p, head.n);
	memcpy(t.before, file.p, sizeof t.before);
	k->range(&t, &from, &to);
	bool fits = k->fits(&t, seed);
	bool opens = k->open(&t, seed, &o, &e);
	if (from >= to || (opens && !fits))
		abort();
	if (!opens)
		return;
	if (o.size > o.body || o.from + o.body > file.n)
		abort();
	size_t n = o.body < sizeof piece ? (size_t)o.body : sizeof piece;
	memcpy(piece, file.p + o.from, n);
	(void)k->step(&o, 0, piece, n, &e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const generators[] = { "prometheus", "thanatos", "solidbit",
						  "onyx-2",     "dma",      "princess" };
	struct cursor c = cursor_of((struct span){ data, size });
	uint64_t from = cursor_le64(&c) >> 1;
	int64_t mtime = cursor_le32(&c);

	if (!cursor_ok(&c))
		return 0;
	struct span file = span_cut((struct span){ data, size }, 12, size);
	for (size_t i = 0; i < sizeof generators / sizeof *generators; i++)
		search_with(generators[i], file, from, mtime);
	try_musl(file, from + 1, mtime);
	return 0;
}
