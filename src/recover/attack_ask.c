/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/attack_ask.h"
#include "base/io.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	LEAST_TIME_S = 600, /* a file of keys may have thousands */
	BYTES_A_SECOND = 256 << 10,
	MOST_TIME_S = 7 * 24 * 3600,
	REPLY = 32 << 20, /* bytes of what a search gives */
};

static bool cannot_be(struct error *e)
{
	return error_set(e, REASON_INTERNAL, PLACE_NONE,
			 "internal: a worker gave an answer that cannot be");
}

/* ---- what is told meanwhile */

static bool take_opened(struct attack_receiver *r, struct cursor *c)
{
	struct attacker_opened o = { .size = cursor_le64(c) };

	o.name = cursor_take(c, cursor_le16(c));
	if (!cursor_ok(c) || cursor_left(c) != 0 || r->opened || r->taker == NULL ||
	    o.size > r->file_size || o.name.n > 255 || memchr(o.name.p, '\0', o.name.n) != NULL)
		return false;
	r->opened = true;
	r->size = o.size;
	return r->taker->begin(r->taker->ctx, &o, &r->error);
}

static bool take_data(struct attack_receiver *r, struct span s)
{
	if (!r->opened || s.n == 0 || s.n > r->size - r->came)
		return false;
	r->came += s.n;
	r->piece = s;
	return true;
}

static bool take_begin(struct attack_receiver *r, struct cursor *c, struct buf *reply)
{
	struct attack_begun begun;
	struct seek s;
	bool ok = seek_take(c, &s);
	uint64_t mark = cursor_le64(c), from = cursor_le64(c), to = cursor_le64(c);

	if (!ok || !cursor_ok(c) || cursor_left(c) != 0 || r->team == NULL ||
	    !team_begin(r->team, &s, mark, from, to, &begun, &r->error))
		return false;
	buf_put_le64(reply, begun.from);
	buf_put_le64(reply, begun.seconds < 1e12 ? (uint64_t)(begun.seconds * 1e6) : UINT64_MAX);
	buf_put_le32(reply, begun.cores);
	return true;
}

static bool take_some(struct attack_receiver *r, struct cursor *c, struct buf *reply)
{
	struct seek s;
	struct buf results;
	bool ok = seek_take(c, &s);
	uint64_t from = cursor_le64(c), to = cursor_le64(c), next = from;

	buf_init(&results, REPLY - 8);
	ok = ok && cursor_ok(c) && cursor_left(c) == 0 && r->team != NULL &&
	     team_some(r->team, &s, from, to, &next, &results, &r->error);
	buf_put_le64(reply, next);
	buf_put_span(reply, buf_span(&results));
	buf_release(&results);
	return ok && buf_ok(reply);
}

bool attack_receive(struct attack_receiver *r, uint64_t event, struct span bytes, struct buf *reply)
{
	struct cursor c = cursor_of(bytes);

	buf_reset(reply);
	if (r->error.why != REASON_NONE)
		return false;
	switch (event) {
	case ATTACK_OPENED:
		return take_opened(r, &c);
	case ATTACK_DATA:
		return take_data(r, bytes);
	case ATTACK_BEGIN:
		return take_begin(r, &c, reply);
	case ATTACK_SOME:
		return take_some(r, &c, reply);
	default:
		return false;
	}
}

void attack_received(struct attack_receiver *r)
{
	struct span piece = r->piece;

	r->piece = (struct span){ NULL, 0 };
	if (piece.n != 0)
		(void)r->taker->data(r->taker->ctx, piece, &r->error);
}

/* An event came, of so many bytes.  Where nothing is given back, an empty file says that it was
 * taken. */
static bool take_event(void *ctx, uint64_t number, struct ask_object *out, size_t *n_out)
{
	struct attacker *k = ctx;
	size_t n = (size_t)(number & UINT32_MAX), got;
	struct error e;

	if (n > ATTACK_WINDOW || !io_pread(k->window.fd, k->copy, n, 0, &got, &e) || got != n ||
	    !attack_receive(&k->receiver, number >> 32, (struct span){ k->copy, got }, &k->reply))
		return false;
	*n_out = 1;
	*out = (struct ask_object){ .fd = -1, .size = k->reply.n, .sealed = true };
	if (k->reply.n != 0)
		return ask_sealed(buf_span(&k->reply), &out->fd, &e);
	out->fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return out->fd >= 0;
}

static void event_taken(void *ctx) { attack_received(&((struct attacker *)ctx)->receiver); }

/* ---- answers */

/* A line for people; what a terminal would obey is not among it.  Names of files may be: what is
 * beyond ASCII is for who prints it to show. */
static bool take_text(struct cursor *c, bool ascii, char *to, size_t size)
{
	struct span s = cursor_take(c, cursor_le16(c));

	if (!cursor_ok(c) || s.n >= size)
		return false;
	for (size_t i = 0; i < s.n; i++)
		to[i] = s.p[i] >= 0x20 && s.p[i] != 0x7f && (!ascii || s.p[i] < 0x7f) ? (char)s.p[i]
										      : '?';
	to[s.n] = '\0';
	return true;
}

/* True: it went well, and what it says follows.  *bad: it says what cannot be. */
static bool take_reason(struct cursor *c, bool ascii, bool *bad, struct error *e)
{
	unsigned why = cursor_u8(c);
	char text[sizeof e->text];

	*bad = !cursor_ok(c) || why >= REASON_COUNT;
	if (*bad || why == REASON_NONE)
		return !*bad;
	*bad = !take_text(c, ascii, text, sizeof text) || cursor_left(c) != 0;
	return *bad ? false : error_set(e, (enum reason)why, PLACE_NONE, "%s", text);
}

bool attack_take_learnt(struct span answer, unsigned *bits, char *what, size_t size,
			struct error *e)
{
	struct cursor c = cursor_of(answer);
	bool bad;

	if (!take_reason(&c, false, &bad, e))
		return bad ? cannot_be(e) : false;
	*bits = cursor_le32(&c);
	return (take_text(&c, true, what, size) && cursor_left(&c) == 0 &&
		*bits >= PROOF_BITS_WANTED) ||
	       cannot_be(e);
}

bool attack_take_made(const struct attack_receiver *r, struct span answer,
		      struct attacker_made *out, struct error *e)
{
	struct cursor c = cursor_of(answer);
	bool bad;

	if (!take_reason(&c, true, &bad, e))
		return bad ? cannot_be(e) : false;
	out->size = cursor_le64(&c);
	out->lost = cursor_le64(&c);
	out->mode = cursor_le32(&c);
	return (cursor_ok(&c) && cursor_left(&c) == 0 && r->opened && out->size == r->came &&
		out->lost <= r->file_size) ||
	       cannot_be(e);
}

/* ---- the conversation */

bool attacker_init(struct attacker *k, const struct family *f, struct error *e)
{
	struct attack a; /* says what is to be said of a family without an engine */

	*k = (struct attacker){ .family = f };
	if (!attack_init(&a, f, e))
		return false;
	attack_release(&a);
	k->copy = malloc(ATTACK_WINDOW);
	buf_init(&k->question, ATTACK_QUESTION);
	buf_init(&k->answer, ATTACK_ANSWER);
	buf_init(&k->reply, REPLY);
	return k->copy != NULL || error_set(e, REASON_MEMORY, PLACE_NONE, "no memory");
}

/* Ends a worker that cannot be believed, or is of no more use. */
static void drop(struct attacker *k)
{
	asker_free(k->asker);
	k->asker = NULL;
	ask_output_release(&k->window);
}

void attacker_release(struct attacker *k)
{
	drop(k);
	buf_release(&k->question);
	buf_release(&k->answer);
	buf_release(&k->reply);
	free(k->copy);
	k->copy = NULL;
}

static void put_name(struct buf *to, struct span name)
{
	struct span cut = span_cut(name, 0, ATTACK_MAX_NAME);

	buf_put_le16(to, (uint16_t)cut.n);
	buf_put_span(to, cut);
}

static unsigned time_for(const struct attacker *k, uint64_t bytes)
{
	uint64_t s = LEAST_TIME_S + bytes / BYTES_A_SECOND;

	if (k->time_limit_s != 0)
		return k->time_limit_s;
	return s < MOST_TIME_S ? (unsigned)s : MOST_TIME_S;
}

static bool start(struct attacker *k, struct error *e)
{
	const struct ask how = { .worker = k->worker,
				 .job = job_attack.name,
				 .setup = k->list,
				 .output = &k->window,
				 .supply = &k->supply };

	k->supply = (struct ask_supply){ take_event, k, event_taken };
	return ask_output_new(&k->window, ATTACK_WINDOW, e) &&
	       asker_open(&how, ATTACK_ANSWER, &k->asker, e);
}

/* Puts the question that lies ready. */
static bool ask(struct attacker *k, const struct ask_object *beside, size_t n, uint64_t bytes,
		struct error *e)
{
	buf_reset(&k->answer);
	if (!buf_ok(&k->question))
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a question");
	asker_time(k->asker, time_for(k, bytes));
	if (k->team != NULL)
		team_about(k->team, k->family->id, k->seed_from, k->seed_to);
	bool ok = asker_bytes(k->asker, beside, n, buf_span(&k->question), &k->answer, e);
	attack_received(&k->receiver);
	if (k->receiver.error.why == REASON_NONE)
		return ok;
	*e = k->receiver.error;
	return false;
}

/* What was brought, in one file: the key, and the pairs. */
static bool put_brought(struct attacker *k, struct ask_object *out, struct error *e)
{
	struct buf all;

	buf_init(&all, ATTACK_KEY_MAX + (size_t)2 * ATTACK_MAX_PAIRS * ATTACK_PAIR_MAX);
	buf_put_le32(&k->question, (uint32_t)k->key.n);
	buf_put_span(&all, k->key);
	buf_put_u8(&k->question, (uint8_t)k->n_pairs);
	for (unsigned i = 0; i < k->n_pairs; i++) {
		buf_put_le32(&k->question, (uint32_t)k->pair[i].original.n);
		buf_put_le32(&k->question, (uint32_t)k->pair[i].encrypted.n);
		buf_put_span(&all, k->pair[i].original);
		buf_put_span(&all, k->pair[i].encrypted);
	}
	*out = (struct ask_object){ .fd = -1, .size = all.n, .sealed = true };
	bool ok = buf_ok(&all) ? ask_sealed(buf_span(&all), &out->fd, e)
			       : error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a key");
	buf_release(&all);
	return ok;
}

static bool learn(struct attacker *k, struct error *e)
{
	struct ask_object beside[ATTACK_MAX_SAMPLES + 1];
	uint64_t bytes = 0;

	k->receiver = (struct attack_receiver){ .team = k->team };
	buf_reset(&k->question);
	buf_put_u8(&k->question, ATTACK_LEARN);
	put_name(&k->question, k->family->id);
	buf_put_le64(&k->question, k->seed_from);
	buf_put_le64(&k->question, k->seed_to);
	buf_put_u8(&k->question, (uint8_t)k->n_samples);
	for (unsigned i = 0; i < k->n_samples; i++) {
		const struct attacker_file *f = &k->sample[i];
		put_name(&k->question, f->original);
		buf_put_le64(&k->question, (uint64_t)f->mtime);
		beside[i] = (struct ask_object){ f->fd, f->size, false };
		bytes += f->size;
	}
	struct ask_object *brought = &beside[k->n_samples];
	if (!put_brought(k, brought, e))
		return false;
	bool ok = start(k, e) && ask(k, beside, k->n_samples + 1, bytes + brought->size, e) &&
		  attack_take_learnt(buf_span(&k->answer), &k->bits, k->what, sizeof k->what, e);
	close(brought->fd);
	return ok;
}

bool attacker_learn(struct attacker *k, struct error *e)
{
	drop(k);
	bool ok = learn(k, e);
	if (!ok)
		drop(k);
	return ok;
}

bool attacker_make(struct attacker *k, const struct attacker_file *f,
		   const struct attacker_taker *t, struct attacker_made *out, struct error *e)
{
	const struct ask_object beside = { f->fd, f->size, false };

	if (k->asker == NULL && !attacker_learn(k, e))
		return false;
	k->receiver = (struct attack_receiver){ .taker = t, .team = k->team, .file_size = f->size };
	buf_reset(&k->question);
	buf_put_u8(&k->question, ATTACK_FILE);
	put_name(&k->question, f->original);
	buf_put_le64(&k->question, (uint64_t)f->mtime);
	if (!ask(k, &beside, 1, f->size, e)) {
		drop(k);
		return false;
	}
	bool ok = attack_take_made(&k->receiver, buf_span(&k->answer), out, e);
	if (!ok && e->why == REASON_INTERNAL)
		drop(k);
	return ok;
}
