/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "recover/proof.h"
#include "unpack/decode.h"

/*
 * PDF (ISO 32000-1, 7.5): the last `startxref` leads to a table or to an object; a table's entries
 * lead to objects.  Where it is asked for, the streams of deflate are unpacked: their Adler-32
 * agrees or does not.
 */

enum { END = 2048, MAX_ENTRIES = 4096, MAX_FILE = 64 << 20, MAX_STREAMS = 100000 };

static uint64_t number_at(struct span s, size_t *i)
{
	uint64_t v = 0;

	while (*i < s.n && (s.p[*i] == ' ' || s.p[*i] == '\r' || s.p[*i] == '\n'))
		++*i;
	for (unsigned k = 0; k < 15 && *i < s.n && s.p[*i] >= '0' && s.p[*i] <= '9'; k++)
		v = v * 10 + (uint64_t)(s.p[(*i)++] - '0');
	return v;
}

/* "N G obj" stands there. */
static bool object_at(struct region *w, uint64_t at)
{
	struct span s = region_get(w, at, 32);
	size_t i = 0;

	(void)number_at(s, &i);
	(void)number_at(s, &i);
	while (i < s.n && s.p[i] == ' ')
		i++;
	return i > 2 && i + 3 <= s.n && memcmp(s.p + i, "obj", 3) == 0;
}

static void check_table(struct region *w, uint64_t at, struct proof *out)
{
	uint8_t row[20];
	unsigned good = 0, bad = 0;
	struct span s = region_get(w, at, 64);
	size_t i = 4;

	(void)number_at(s, &i);
	uint64_t n = number_at(s, &i);
	while (i < s.n && (s.p[i] == ' ' || s.p[i] == '\r' || s.p[i] == '\n'))
		i++;
	at += i;
	for (uint64_t k = 0; k < n && k < MAX_ENTRIES; k++, at += 20) {
		size_t from = 0;
		s = region_get(w, at, 20);
		if (s.n != 20)
			break;
		memcpy(row, s.p, 20);
		s = (struct span){ row, 20 };
		uint64_t place = number_at(s, &from);
		if (row[17] != 'n')
			continue;
		if (object_at(w, place))
			good++;
		else
			bad++;
	}
	if (bad != 0) {
		out->broken = true;
		proof_set(out, PROOF_MAGIC, out->bits, "pdf: %u of %u objects are not there", bad,
			  good + bad);
		return;
	}
	proof_set(out, PROOF_STRUCTURE, out->bits + (good > 100 ? 2400 : good * 24),
		  "pdf: %u objects in their places", good);
}

static bool swallow(void *ctx, struct span s)
{
	uint64_t *n = ctx;

	*n += s.n;
	return *n < (uint64_t)MAX_FILE * 16;
}

/* Every stream that begins as zlib's do (RFC 1950, 2.2): CMF 78, and FCHECK holds. */
static void check_streams(struct span s, struct proof *out)
{
	unsigned good = 0, bad = 0;

	for (size_t at = 0; good + bad < MAX_STREAMS;) {
		const uint8_t *p = memmem(s.p + at, s.n - at, "stream", 6);
		if (p == NULL)
			break;
		at = (size_t)(p - s.p) + 6;
		size_t i = at + (at < s.n && s.p[at] == '\r');
		struct span in = span_cut(s, i + 1, s.n);
		uint64_t n = 0;
		struct decode_out to = { swallow, &n };
		size_t used = 0;
		if (in.n < 6 || s.p[i] != '\n' || in.p[0] != 0x78 ||
		    (in.p[0] * 256 + in.p[1]) % 31 != 0)
			continue;
		enum decode_end end = decode_inflate(in, DECODE_ZLIB, &to, &used);
		good += end == DECODE_WHOLE;
		bad += end == DECODE_DAMAGED;
		at = i + 1 + (end == DECODE_WHOLE ? used : 0);
	}
	if (bad != 0) {
		out->broken = true;
		proof_set(out, PROOF_MAGIC, out->bits, "pdf: %u of %u streams are damaged", bad,
			  good + bad);
	} else if (good != 0) {
		proof_set(out, PROOF_CHECKSUM, out->bits + (good > 100 ? 3200 : good * 32),
			  "pdf: objects in their places, %u checksums of streams agree", good);
	}
}

void proof_pdf(struct region *w, bool deep, struct proof *out)
{
	uint64_t from = w->size > END ? w->size - END : 0;
	struct span s = region_get(w, from, END);
	size_t at = s.n;

	out->bits = 40;
	for (size_t i = s.n >= 9 ? s.n - 8 : 0; i-- > 0;)
		if (memcmp(s.p + i, "startxref", 9) == 0) {
			at = i + 9;
			break;
		}
	if (at == s.n) {
		out->broken = true;
		proof_set(out, PROOF_MAGIC, 40, "pdf: no startxref at its end");
		return;
	}
	uint64_t table = number_at(s, &at);
	s = region_get(w, table, 4);
	out->bits += 72;
	if (s.n == 4 && memcmp(s.p, "xref", 4) == 0) {
		check_table(w, table, out);
	} else if (object_at(w, table)) {
		proof_set(out, PROOF_STRUCTURE, out->bits + 24, "pdf: its table is in its place");
	} else {
		out->broken = true;
		proof_set(out, PROOF_MAGIC, out->bits, "pdf: no table where it should be");
	}
	struct buf all;
	buf_init(&all, MAX_FILE);
	if (deep && !out->broken && w->size <= MAX_FILE && proof_load(w, 0, w->size, &all))
		check_streams(buf_span(&all), out);
	buf_release(&all);
}
