/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/salvage_ask.h"

#include <stdlib.h>
#include <unistd.h>

/* The end of salvage_ask.h that stands behind the walls. */

struct salvaging {
	struct worker *worker;
	struct salvage *salvage;
	uint8_t *room;
	uint8_t *window;
};

/* Memory that is not its own: what does not fit is dropped, and never grown for. */
static struct buf begin(const struct salvaging *j, enum salvage_event what)
{
	struct buf b = { .p = j->window, .size = SALVAGE_WINDOW, .max = SALVAGE_WINDOW };

	buf_put_u8(&b, (uint8_t)what);
	return b;
}

static void tell(const struct salvaging *j, const struct buf *event)
{
	struct worker_file file[PROTOCOL_BESIDE];
	size_t n = worker_want(j->worker, event->n, file);

	while (n > 0)
		(void)close(file[--n].fd);
}

static bool take_piece(void *ctx, const struct salvage_piece *p, struct region *r)
{
	const struct salvaging *j = ctx;
	struct span name = span_cut(p->name, 0, SALVAGE_MAX_NAME);
	struct buf b = begin(j, SALVAGE_BEGINS);
	uint64_t size = p->state != SALVAGE_LOST ? r->size : 0, at = 0;

	buf_put_le64(&b, size);
	buf_put_le64(&b, p->at);
	buf_put_le64(&b, (uint64_t)p->mtime);
	buf_put_u8(&b, (uint8_t)p->state);
	examine_put_proof(&p->proof, &b);
	buf_put_le64(&b, p->lost);
	buf_put_le16(&b, (uint16_t)name.n);
	buf_put_span(&b, name);
	while (at < size) {
		uint64_t left = size - at;
		struct span s =
			region_get(r, at, left < SALVAGE_CHUNK ? (size_t)left : SALVAGE_CHUNK);
		if (s.n == 0) {
			tell(j, &b);
			b = begin(j, SALVAGE_CUT);
			break;
		}
		buf_put_span(&b, s);
		at += s.n;
		if (at < size) {
			tell(j, &b);
			b = begin(j, SALVAGE_MORE);
		}
	}
	tell(j, &b);
	return true;
}

static void take_note(void *ctx, const char *text)
{
	const struct salvaging *j = ctx;
	struct buf b = begin(j, SALVAGE_NOTE);

	buf_put_text(&b, text);
	tell(j, &b);
}

static bool run(void *state, const struct worker_object *o, struct buf *answer)
{
	struct salvaging *j = state;
	struct region w;

	if (o->why != REASON_NONE || o->n_beside != 1)
		return false;
	region_of_fd(&w, o->beside[0].fd, o->beside[0].size, j->room);
	salvage_file(j->salvage, &w, o->bytes);
	buf_put_u8(answer, w.failed);
	return false; /* one file a worker */
}

static bool prepare(const struct worker_start *s, void **state, struct error *e)
{
	struct salvaging *j = calloc(1, sizeof *j);
	struct salvage_host host = { .piece = take_piece, .note = take_note, .ctx = j };

	if (j == NULL || (j->room = malloc(REGION_MAX)) == NULL ||
	    (j->salvage = salvage_new(&host)) == NULL) {
		if (j != NULL)
			free(j->room);
		free(j);
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory to salvage with");
	}
	j->worker = s->worker;
	j->window = s->output;
	*state = j;
	return (s->output != NULL && s->output_size >= SALVAGE_WINDOW) ||
	       error_set(e, REASON_INTERNAL, PLACE_NONE, "no place for what is salvaged");
}

const struct worker_job job_salvage = {
	.name = "salvage", .max_answer = SALVAGE_ANSWER, .prepare = prepare, .run = run
};
