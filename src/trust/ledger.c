/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/ledger.h"

#include "base/hash.h"
#include "base/io.h"
#include "trust/durable.h"
#include "trust/verify/strict.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define KIND "pellucid/disclosure/v1"

static const char *const kinds[LEDGER_KINDS] = { "intent", "sent", "failed" };
static const char *const purposes[LEDGER_PURPOSES] = { "submit-sample", "submit-false-positive" };

const char *ledger_kind_word(enum ledger_kind kind) { return kinds[kind]; }
const char *ledger_purpose_word(enum ledger_purpose purpose) { return purposes[purpose]; }

bool ledger_purpose_of(struct span word, enum ledger_purpose *out)
{
	for (unsigned i = 0; i < LEDGER_PURPOSES; i++)
		if (span_is(word, purposes[i])) {
			*out = (enum ledger_purpose)i;
			return true;
		}
	return false;
}

/* ---- reading */

static struct span line_of(struct cursor *c, const char *name)
{
	struct span rest = { NULL, 0 };

	if (!strict_after(cursor_line(c, STRICT_MAX_LINE), name, &rest))
		cursor_fail(c);
	return rest;
}

static bool is_hex(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];
		if ((c < '0' || c > '9') && (c < 'a' || c > 'f'))
			return false;
	}
	return s.n == LEDGER_HEX;
}

/* No space and no control character: an address is one word. */
static bool is_word(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] >= 0x7F)
			return false;
	return s.n != 0 && s.n <= LEDGER_MAX_TO;
}

static bool parse_one(struct cursor *c, struct span *prev, struct ledger_record *r)
{
	struct span first = cursor_line(c, STRICT_MAX_LINE);
	bool numbers = span_is(first, KIND) && strict_decimal(line_of(c, "seq "), &r->seq) &&
		       strict_decimal(line_of(c, "time "), &r->time);

	*prev = line_of(c, "prev ");
	struct span kind = line_of(c, "kind "), about = line_of(c, "about ");
	struct span purpose = line_of(c, "purpose "), to = line_of(c, "to ");
	struct span bytes = line_of(c, "bytes "), sha256 = line_of(c, "sha256 ");
	struct span end = cursor_line(c, STRICT_MAX_LINE);
	if (!cursor_ok(c) || !numbers || end.n != 0 || !is_hex(*prev) || !is_hex(sha256) ||
	    !is_word(to) || !strict_decimal(about, &r->about) ||
	    !strict_decimal(bytes, &r->bytes) || !ledger_purpose_of(purpose, &r->purpose))
		return false;
	r->kind = LEDGER_KINDS;
	for (unsigned i = 0; i < LEDGER_KINDS; i++)
		if (span_is(kind, kinds[i]))
			r->kind = (enum ledger_kind)i;
	snprintf(r->to, sizeof r->to, "%.*s", (int)to.n, (const char *)to.p);
	snprintf(r->sha256, sizeof r->sha256, "%.*s", (int)sha256.n, (const char *)sha256.p);
	return r->kind != LEDGER_KINDS && r->about != 0 && r->about <= r->seq &&
	       (r->kind == LEDGER_INTENT) == (r->about == r->seq);
}

bool ledger_verify(struct span text, struct ledger_head *head,
		   void (*tell)(void *ctx, const struct ledger_record *r), void *ctx,
		   struct error *e)
{
	struct ledger_head h = { .seq = 0 };
	struct cursor c = cursor_of(text);
	struct ledger_record r;
	struct span prev;
	uint8_t digest[32];

	memset(h.sha256, '0', LEDGER_HEX);
	while (cursor_left(&c) != 0) {
		uint64_t from = cursor_place(&c);
		if (!parse_one(&c, &prev, &r))
			return error_set(e, REASON_DAMAGED, from,
					 "record %llu is not one of a ledger",
					 (unsigned long long)h.seq + 1);
		if (r.seq != h.seq + 1 || !span_is(prev, h.sha256) || r.time < h.time)
			return error_set(e, REASON_DAMAGED, from,
					 "record %llu does not follow from the one before: "
					 "something was changed or taken out",
					 (unsigned long long)h.seq + 1);
		if (!hash_of(HASH_SHA256,
			     span_cut(text, (size_t)from, (size_t)(cursor_place(&c) - from)),
			     digest))
			return error_set(e, REASON_MEMORY, PLACE_NONE, "no SHA-256");
		h.seq = r.seq;
		h.time = r.time;
		hex_text(digest, sizeof digest, h.sha256);
		if (tell != NULL)
			tell(ctx, &r);
	}
	*head = h;
	return true;
}

/* ---- writing */

/* What a crash left of a record that was not yet whole: it was never acted on. */
static size_t whole_records(struct span text)
{
	size_t n = text.n;

	while (n >= 2 && (text.p[n - 1] != '\n' || text.p[n - 2] != '\n'))
		n--;
	return n >= 2 ? n : 0;
}

static bool append_to(int fd, struct span text, struct ledger_record *r, struct error *e)
{
	struct ledger_head head;
	struct buf b;
	size_t whole = whole_records(text);

	if (!ledger_verify(span_cut(text, 0, whole), &head, NULL, NULL, e))
		return false;
	r->seq = head.seq + 1;
	if (r->about == 0)
		r->about = r->seq;
	if (r->time < head.time) /* a clock that was set back does not make a ledger false */
		r->time = head.time;
	buf_init(&b, LEDGER_MAX_RECORD);
	buf_printf(&b,
		   KIND "\nseq %llu\ntime %llu\nprev %s\nkind %s\nabout %llu\npurpose %s\nto %s\n"
			"bytes %llu\nsha256 %s\n\n",
		   (unsigned long long)r->seq, (unsigned long long)r->time, head.sha256,
		   kinds[r->kind], (unsigned long long)r->about, purposes[r->purpose], r->to,
		   (unsigned long long)r->bytes, r->sha256);
	bool ok = buf_ok(&b) && is_word(span_of(r->to)) && is_hex(span_of(r->sha256));
	if (!ok)
		(void)error_set(e, REASON_LIMIT, PLACE_NONE, "no address for a ledger");
	if (ok && (ftruncate(fd, (off_t)whole) != 0 || lseek(fd, 0, SEEK_END) < 0))
		ok = error_set(e, REASON_IO, PLACE_NONE, "the ledger cannot be written");
	ok = ok && io_write(fd, b.p, b.n, e);
	if (ok && fsync(fd) != 0)
		ok = error_set(e, REASON_IO, PLACE_NONE, "the ledger cannot be written");
	buf_release(&b);
	return ok;
}

bool ledger_append(const char *dir, struct ledger_record *r, struct error *e)
{
	char path[DURABLE_PATH_SIZE], lock[DURABLE_PATH_SIZE];
	struct buf text;
	int held = -1;

	if (!durable_mkdir(dir, 0700, e) || !durable_path(lock, e, "%s/ledger.lock", dir) ||
	    !durable_path(path, e, "%s/ledger", dir) || !durable_lock(lock, &held, e))
		return false;
	buf_init(&text, LEDGER_MAX_SIZE);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	bool ok = fd >= 0 || error_set(e, REASON_IO, PLACE_NONE, "%s cannot be opened", path);
	ok = ok && io_read_all(fd, &text, e) && append_to(fd, buf_span(&text), r, e);
	if (fd >= 0 && close(fd) != 0 && ok)
		ok = error_set(e, REASON_IO, PLACE_NONE, "%s cannot be written", path);
	buf_release(&text);
	close(held);
	return ok;
}
