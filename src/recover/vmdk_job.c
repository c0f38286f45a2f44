/* SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"
#include "recover/vmdk_ask.h"

#include <stdlib.h>
#include <unistd.h>

/* The end of vmdk_ask.h that stands behind the walls. */

struct describing {
	struct worker *worker;
	uint8_t *window;
	uint8_t *room;
	struct buf text;
};

/* A part by its name: who asked opens it. */
static bool part_of_asker(void *ctx, const char *name, uint8_t *head, uint64_t *size,
			  struct error *e)
{
	const struct describing *j = ctx;
	struct worker_file file[PROTOCOL_BESIDE];
	size_t n = strlen(name), got = 0;

	if (n == 0 || n > DESCRIBE_WINDOW)
		return false;
	memcpy(j->window, name, n);
	size_t n_files = worker_want(j->worker, n, file);
	*size = file[0].size;
	bool there = *size < DESCRIBE_UNREADABLE;
	bool ok = there && io_pread(file[0].fd, head, VMDK_HEAD, 0, &got, e);
	while (n_files > 0)
		(void)close(file[--n_files].fd);
	if (*size == DESCRIBE_NO_FILE)
		return false;
	return ok || error_set(e, REASON_IO, PLACE_NONE, "%s cannot be read", name);
}

static void refuse(struct buf *answer, const struct error *e)
{
	size_t n = strnlen(e->text, sizeof e->text - 1);

	buf_put_u8(answer, DESCRIBE_FAILED);
	buf_put_u8(answer, (uint8_t)e->why);
	buf_put_le16(answer, (uint16_t)n);
	buf_put(answer, e->text, n);
}

static void put_described(struct describing *j, const struct worker_file *file, bool whole,
			  const char *to, struct buf *answer)
{
	struct proof proof = { .level = PROOF_NONE };
	struct region r;

	if (!whole) {
		region_of_fd(&r, file->fd, file->size, j->room);
		proof_of(&r, KIND_UNKNOWN, false, &proof);
	}
	buf_put_u8(answer, DESCRIBE_DONE);
	buf_put_u8(answer, whole);
	buf_put_le16(answer, (uint16_t)strlen(to));
	buf_put_text(answer, to);
	examine_put_proof(&proof, answer);
	buf_put_span(answer, buf_span(&j->text));
}

static bool run(void *state, const struct worker_object *o, struct buf *answer)
{
	struct describing *j = state;
	const struct vmdk_directory parts = { j, part_of_asker };
	char name[VMDK_MAX_NAME + 1], to[VMDK_MAX_NAME + 1];
	struct error e = { .why = REASON_NONE };

	if (o->why != REASON_NONE || o->n_beside != 1 || o->bytes.n > VMDK_MAX_NAME)
		return false;
	memcpy(name, o->bytes.p, o->bytes.n);
	name[o->bytes.n] = '\0';
	if (vmdk_describe(&parts, name, to, &j->text, &e))
		put_described(j, &o->beside[0], vmdk_is_whole(&parts, to), to, answer);
	else if (e.why != REASON_NONE)
		refuse(answer, &e);
	else
		buf_put_u8(answer, DESCRIBE_NO_PART);
	return true;
}

static bool prepare(const struct worker_start *s, void **state, struct error *e)
{
	struct describing *j = calloc(1, sizeof *j);

	if (j == NULL || (j->room = malloc(REGION_MAX)) == NULL) {
		free(j);
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory to describe disks with");
	}
	j->worker = s->worker;
	j->window = s->output;
	buf_init(&j->text, DESCRIBE_TEXT);
	*state = j;
	return (s->output != NULL && s->output_size >= DESCRIBE_WINDOW) ||
	       error_set(e, REASON_INTERNAL, PLACE_NONE, "no place for a name");
}

const struct worker_job job_describe = {
	.name = "describe", .max_answer = DESCRIBE_ANSWER, .prepare = prepare, .run = run
};
