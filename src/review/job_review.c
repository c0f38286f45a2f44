/* SPDX-License-Identifier: Apache-2.0 */
#include "review/job_review.h"
#include "sandbox/protocol.h"

#include <stdlib.h>
#include <unistd.h>

enum {
	TABLE_MAX = 256 << 20,            /* bytes */
	ITEM_MIN = 1 + 4 + 1 + 8 + 8 + 1, /* bytes */
	BUNDLE_MIN = 8,                   /* bytes */
	END = 8,                          /* bytes of what says where the table begins */
};

/* ---- outside: the question */

void job_review_setup(uint64_t members, uint8_t setup[JOB_REVIEW_SETUP])
{
	for (unsigned i = 0; i < JOB_REVIEW_SETUP; i++)
		setup[i] = (uint8_t)(members >> (8 * i));
}

static void put_bundle(const struct bundle *b, uint32_t collector, struct buf *to)
{
	buf_put_le32(to, collector);
	buf_put_le32(to, (uint32_t)bundle_count(b));
	for (size_t i = 0; i < bundle_count(b); i++) {
		struct item item = bundle_peek(b, i);
		buf_put_u8(to, (uint8_t)item.kind);
		buf_put_le32(to, item.mode);
		buf_put_u8(to, item.away);
		buf_put_le64(to, item.at);
		buf_put_le64(to, item.bytes.n);
		buf_put(to, item.name, strlen(item.name) + 1);
	}
}

/* u64 bytes of digests, the digests, u8 whether the system is merged; bundles; u64 where all that
 * begins. */
void job_review_table(struct gather_store *s, const struct bundle *bundle,
		      const struct owned *owned)
{
	uint64_t from = s->n;
	struct buf table;

	buf_init(&table, TABLE_MAX);
	buf_put_le64(&table, owned->digests.n);
	gather_store_put(s, buf_span(&table));
	gather_store_put(s, buf_span(&owned->digests));
	buf_reset(&table);
	buf_put_u8(&table, owned->merged);
	for (size_t i = 0; i < n_collectors; i++)
		if (bundle_count(&bundle[i]) != 0)
			put_bundle(&bundle[i], (uint32_t)i, &table);
	buf_put_le64(&table, from);
	gather_store_put(s, buf_span(&table));
	gather_store_flush(s);
	s->failed = s->failed || !buf_ok(&table);
	buf_release(&table);
}

/* ---- behind the walls: the question */

struct reading {
	struct worker *worker;
	uint64_t members;
	uint8_t *output;
	size_t output_size;
	struct worker_file file[PROTOCOL_BESIDE]; /* that are open */
	size_t n_files;
	uint64_t first; /* number of the first of them */
	struct owned owned;
	struct bundle_supply supply;
};

static int open_file(void *ctx, uint64_t number, uint64_t *size)
{
	struct reading *r = ctx;

	if (number < r->first || number - r->first >= r->n_files) {
		while (r->n_files > 0)
			(void)close(r->file[--r->n_files].fd);
		r->n_files = worker_want(r->worker, number, r->file);
		r->first = number;
	}
	*size = r->file[number - r->first].size;
	return r->file[number - r->first].fd;
}

static bool read_item(struct cursor *c, struct span question, struct item *item)
{
	unsigned kind = cursor_u8(c);

	item->kind = (enum item_kind)kind;
	item->mode = cursor_le32(c);
	item->away = cursor_u8(c) != 0;
	item->at = cursor_le64(c);
	uint64_t n = cursor_le64(c);
	struct span name = cursor_cstring(c, SIZE_MAX);
	if (!cursor_ok(c) || kind > ITEM_NOTE)
		return false;
	item->name = (const char *)name.p; /* ends in its NUL */
	item->bytes = item->away ? (struct span){ NULL, n } : span_cut(question, item->at, n);
	return item->bytes.n == n;
}

static bool read_bundle(struct cursor *c, struct span question, uint32_t n, struct bundle *b)
{
	for (uint32_t i = 0; i < n; i++) {
		struct item item = { .name = NULL };
		if (!read_item(c, question, &item))
			return false;
		buf_put(&b->items, &item, sizeof item);
	}
	return buf_ok(&b->items);
}

/* ---- behind the walls: the work */

/* What could not be read whole of files that were away. */
static void put_gaps(const struct bundle *b, struct fact_writer *w)
{
	struct buf *gaps = &b->supply->gaps;

	for (size_t at = 0; at < gaps->n; at += sizeof(struct bundle_gap)) {
		struct bundle_gap gap;
		memcpy(&gap, gaps->p + at, sizeof gap);
		fact_gap(w, bundle_peek(b, gap.item).name, gap.why,
			 gap.why == REASON_LIMIT     ? "limit: only its beginning was read"
			 : gap.why == REASON_CHANGED ? "changed: it could not be read whole"
						     : "memory: it could not be read whole");
	}
	buf_reset(gaps);
}

/* A head, u32 collector, u64 bytes, and the stream. */
static void read_one(const struct bundle *b, uint32_t collector, struct buf *out)
{
	struct fact_writer w;

	buf_put_le32(out, collector);
	size_t place = out->n;
	buf_put_le64(out, 0);
	if (!buf_ok(out))
		return;
	fact_writer_init(&w, out);
	collectors[collector]->read(b, &w);
	put_gaps(b, &w);
	if (w.full) {
		struct fact_writer last;
		out->failed = false;
		fact_writer_init(&last, out);
		last.keep = 0;
		fact_gap(&last, collectors[collector]->name, REASON_LIMIT,
			 "limit: more facts than a review keeps");
	}
	uint64_t n = out->n - place - sizeof n;
	for (unsigned k = 0; k < sizeof n; k++)
		out->p[place + k] = (uint8_t)(n >> (8 * k));
}

static bool read_all(struct reading *r, struct span question, struct cursor *c, struct buf *out)
{
	uint64_t n_owned = cursor_le64(c);
	struct span digests = cursor_take(c, n_owned);

	/* is only read */
	r->owned.digests = (struct buf){ .p = (uint8_t *)(uintptr_t)digests.p, .n = digests.n };
	r->owned.merged = cursor_u8(c) != 0;
	while (cursor_ok(c) && cursor_left(c) >= BUNDLE_MIN) {
		struct bundle b;
		uint32_t collector = cursor_le32(c), n = cursor_le32(c);
		bundle_init(&b);
		b.owned = &r->owned;
		b.supply = &r->supply;
		bool ok = collector < n_collectors && n <= cursor_left(c) / ITEM_MIN &&
			  read_bundle(c, question, n, &b);
		if (ok && (r->members >> collector & 1) != 0)
			read_one(&b, collector, out);
		bundle_release(&b);
		if (!ok)
			return false;
	}
	return cursor_ok(c);
}

static bool run(void *state, const struct worker_object *o, struct buf *answer)
{
	struct reading *r = state;
	/* memory that is not its own: what does not fit is dropped, and never grown for */
	struct buf out = { .p = r->output, .size = r->output_size, .max = r->output_size };
	size_t end = o->bytes.n >= END ? o->bytes.n - END : 0;
	struct cursor last = cursor_of(span_cut(o->bytes, end, END));
	uint64_t from = cursor_le64(&last);
	struct cursor c = cursor_of(span_cut(o->bytes, from, from < end ? end - from : 0));

	if (o->why == REASON_NONE && read_all(r, o->bytes, &c, &out))
		buf_put_le64(answer, out.n);
	return true;
}

static bool prepare(const struct worker_start *s, void **state, struct error *e)
{
	struct reading *r = calloc(1, sizeof *r);
	struct cursor c = cursor_of(s->setup);

	if (r == NULL || (r->supply.room = malloc(REGION_MAX)) == NULL) {
		free(r);
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a review");
	}
	buf_init(&r->supply.gaps, BUNDLE_MAX_ITEMS * sizeof(struct bundle_gap));
	r->supply.open = open_file;
	r->supply.ctx = r;
	r->members = cursor_le64(&c);
	r->output = s->output;
	r->output_size = s->output_size;
	r->worker = s->worker;
	*state = r;
	return (cursor_ok(&c) && s->output != NULL) ||
	       error_set(e, REASON_INTERNAL, PLACE_NONE, "a review without a place for its facts");
}

const struct worker_job job_review = {
	.name = "review", .max_answer = JOB_REVIEW_ANSWER, .prepare = prepare, .run = run
};

/* ---- outside: the answer */

bool job_review_next(struct span output, size_t *at, uint32_t *collector, struct span *stream,
		     bool *ok)
{
	struct cursor c = cursor_of(span_cut(output, *at, SIZE_MAX));

	*ok = true;
	if (cursor_left(&c) == 0)
		return false;
	*collector = cursor_le32(&c);
	*stream = cursor_take(&c, cursor_le64(&c));
	*at += cursor_place(&c);
	*ok = cursor_ok(&c);
	return *ok;
}
