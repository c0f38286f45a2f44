/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/salvage_ask.h"
#include "base/io.h"

#include <fcntl.h>
#include <stdlib.h>

enum {
	LEAST_TIME_S = 600,
	BYTES_A_SECOND = 256 << 10,
	MOST_TIME_S = 7 * 24 * 3600,
	MAX_NOTE = 512, /* bytes */
};

void salvage_receiver_init(struct salvage_receiver *r, const struct salvage_taker *t,
			   uint64_t file_size)
{
	*r = (struct salvage_receiver){ .taker = t, .file_size = file_size };
	/* as salvage_file() has it: who was taken over cannot fill a disk with a small file */
	r->bytes = file_size < (UINT64_MAX - SALVAGE_WORK_LEAST) / SALVAGE_WORK
			   ? file_size * SALVAGE_WORK + SALVAGE_WORK_LEAST
			   : UINT64_MAX;
}

static bool end(struct salvage_receiver *r, bool whole)
{
	r->open = false;
	return r->taker->end(r->taker->ctx, whole);
}

static bool take_data(struct salvage_receiver *r, struct span s)
{
	if (!r->open || s.n > r->left || s.n > r->bytes)
		return false;
	r->left -= s.n;
	r->bytes -= s.n;
	if (s.n != 0 && !r->taker->data(r->taker->ctx, s))
		return false;
	return r->left != 0 || end(r, true);
}

static bool take_begin(struct salvage_receiver *r, struct cursor *c)
{
	struct salvage_piece p = { .at = PLACE_NONE };
	uint64_t size = cursor_le64(c);

	p.at = cursor_le64(c);
	p.mtime = (int64_t)cursor_le64(c);
	unsigned state = cursor_u8(c);
	if (!examine_take_proof(c, &p.proof))
		return false;
	p.lost = cursor_le64(c);
	p.name = cursor_take(c, cursor_le16(c));
	if (!cursor_ok(c) || r->open || state >= SALVAGE_STATES || size > r->bytes ||
	    p.name.n > SALVAGE_MAX_NAME || r->pieces == SALVAGE_MAX_PIECES ||
	    (state == SALVAGE_LOST && size != 0))
		return false;
	p.state = (enum salvage_state)state;
	r->pieces++;
	r->open = true;
	r->left = size;
	return r->taker->begin(r->taker->ctx, &p, size) &&
	       take_data(r, cursor_take(c, cursor_left(c)));
}

/* A line for people; what a terminal would obey is escaped where it is printed. */
static bool take_note(struct salvage_receiver *r, struct span text)
{
	char line[MAX_NOTE];

	if (r->open || text.n == 0 || text.n >= sizeof line || memchr(text.p, '\0', text.n) != NULL)
		return false;
	memcpy(line, text.p, text.n);
	line[text.n] = '\0';
	r->taker->note(r->taker->ctx, line);
	return true;
}

bool salvage_receive(struct salvage_receiver *r, struct span event)
{
	struct cursor c = cursor_of(event);

	switch (cursor_u8(&c)) {
	case SALVAGE_BEGINS:
		return take_begin(r, &c);
	case SALVAGE_MORE:
		return cursor_left(&c) != 0 && take_data(r, cursor_take(&c, cursor_left(&c)));
	case SALVAGE_CUT:
		return r->open && end(r, false);
	case SALVAGE_NOTE:
		return take_note(r, cursor_take(&c, cursor_left(&c)));
	default:
		return false;
	}
}

/* ---- the conversation */

struct asking {
	struct salvage_receiver receiver;
	int window;    /* which the worker can write to while we read: so it is read once */
	uint8_t *copy; /* SALVAGE_WINDOW bytes */
};

/* An event came, of so many bytes; that it was taken is said with an empty file. */
static bool take_event(void *ctx, uint64_t n, struct ask_object *out, size_t *n_out)
{
	struct asking *a = ctx;
	struct error e;
	size_t got;

	if (n == 0 || n > SALVAGE_WINDOW || !io_pread(a->window, a->copy, (size_t)n, 0, &got, &e) ||
	    got != n || !salvage_receive(&a->receiver, (struct span){ a->copy, got }))
		return false;
	*out = (struct ask_object){ .fd = open("/dev/null", O_RDONLY | O_CLOEXEC) };
	*n_out = 1;
	return out->fd >= 0;
}

static unsigned time_for(uint64_t size)
{
	uint64_t s = LEAST_TIME_S + size / BYTES_A_SECOND;

	return s < MOST_TIME_S ? (unsigned)s : MOST_TIME_S;
}

static bool converse(struct asking *a, const char *worker, const struct ask_output *window,
		     const struct examine_file *file, struct buf *answer, struct error *e)
{
	const struct ask_supply supply = { .open = take_event, .ctx = a };
	const struct ask_object object = { file->fd, file->size, false };
	const struct ask how = { .worker = worker,
				 .job = job_salvage.name,
				 .time_limit_s = time_for(file->size),
				 .output = window,
				 .supply = &supply };
	struct asker *k = NULL;

	bool ok = asker_open(&how, SALVAGE_ANSWER, &k, e) &&
		  asker_bytes(k, &object, 1, file->name, answer, e) && asker_finish(k, e);
	asker_free(k);
	return ok;
}

bool salvage_ask(const char *worker, const struct examine_file *file, const struct salvage_taker *t,
		 bool *failed, struct error *e)
{
	struct asking a = { .copy = malloc(SALVAGE_WINDOW) };
	struct ask_output window = { 0 };
	struct buf answer;

	if (a.copy == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory to salvage with");
	buf_init(&answer, SALVAGE_ANSWER);
	salvage_receiver_init(&a.receiver, t, file->size);
	bool ok = ask_output_new(&window, SALVAGE_WINDOW, e);
	a.window = window.fd;
	ok = ok && converse(&a, worker, &window, file, &answer, e);
	if (ok && (answer.n != SALVAGE_ANSWER || a.receiver.open))
		ok = error_set(e, REASON_INTERNAL, PLACE_NONE,
			       "internal: a worker gave an answer that cannot be");
	*failed = ok && answer.p[0] != 0;
	ask_output_release(&window);
	buf_release(&answer);
	free(a.copy);
	return ok;
}
