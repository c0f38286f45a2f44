/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/vmdk_ask.h"
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	MAX_OPENED = VMDK_MAX_EXTENTS + 8, /* files that one question may ask for */
};

static const char ending[] = ".vmdk";

struct describer {
	const char *worker;
	unsigned time_limit_s;
	struct asker *asker; /* NULL: none is running */
	struct ask_output window;
	struct ask_supply supply;
	struct buf answer;
	/* the question at hand */
	int dir;
	struct span name;
	unsigned n_opened;
};

static bool ends_well(struct span name)
{
	size_t n = sizeof ending - 1;

	return name.n > n && memcmp(name.p + name.n - n, ending, n) == 0 &&
	       memchr(name.p, '/', name.n) == NULL && memchr(name.p, '\0', name.n) == NULL;
}

bool describe_may_open(struct span part, struct span name)
{
	const uint8_t *dash = part.n != 0 ? memrchr(part.p, '-', part.n) : NULL;
	size_t base = dash != NULL ? (size_t)(dash - part.p) : 0;

	return base != 0 && ends_well(name) && name.n >= base && memcmp(name.p, part.p, base) == 0;
}

/* ---- answers */

static bool cannot_be(struct error *e)
{
	return error_set(e, REASON_INTERNAL, PLACE_NONE,
			 "internal: a worker gave an answer that cannot be");
}

static bool take_failure(struct cursor *c, struct error *e)
{
	unsigned why = cursor_u8(c);
	struct span s = cursor_take(c, cursor_le16(c));
	char text[sizeof e->text];

	if (!cursor_ok(c) || cursor_left(c) != 0 || why == REASON_NONE || why >= REASON_COUNT ||
	    s.n >= sizeof text)
		return cannot_be(e);
	for (size_t i = 0; i < s.n; i++)
		text[i] = s.p[i] >= 0x20 && s.p[i] < 0x7f ? (char)s.p[i] : '?';
	text[s.n] = '\0';
	return error_set(e, (enum reason)why, PLACE_NONE, "%s", text);
}

/* Lines of text, as a descriptor has. */
static bool is_descriptor(struct span text)
{
	struct span first = span_of("# Disk DescriptorFile\n");

	if (text.n > DESCRIBE_TEXT || text.n < first.n || memcmp(text.p, first.p, first.n) != 0)
		return false;
	for (size_t i = 0; i < text.n; i++)
		if ((text.p[i] < 0x20 && text.p[i] != '\n') || text.p[i] == 0x7f)
			return false;
	return true;
}

bool describe_take(struct span answer, struct span name, struct described *out, struct error *e)
{
	struct cursor c = cursor_of(answer);
	unsigned what = cursor_u8(&c);

	*out = (struct described){ .part = what == DESCRIBE_DONE };
	if (what == DESCRIBE_NO_PART && cursor_left(&c) == 0 && cursor_ok(&c))
		return true;
	if (what == DESCRIBE_FAILED)
		return take_failure(&c, e);
	out->whole = cursor_u8(&c) != 0;
	struct span to = cursor_take(&c, cursor_le16(&c));
	bool ok = what == DESCRIBE_DONE && examine_take_proof(&c, &out->proof);
	out->text = cursor_take(&c, cursor_left(&c));
	/* it is called as the part is, without what tells the part */
	if (!ok || !cursor_ok(&c) || to.n > VMDK_MAX_NAME || !ends_well(to) || to.n >= name.n ||
	    memcmp(to.p, name.p, to.n - (sizeof ending - 1)) != 0 || !is_descriptor(out->text))
		return cannot_be(e);
	memcpy(out->name, to.p, to.n);
	out->name[to.n] = '\0';
	return true;
}

/* ---- the conversation */

/* A file of the directory, or why there is none. */
static void open_part(int dir, const char *name, struct ask_object *out)
{
	struct stat st;
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	out->size = fd >= 0 || errno == ENOENT ? DESCRIBE_NO_FILE : DESCRIBE_UNREADABLE;
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		*out = (struct ask_object){ fd, (uint64_t)st.st_size, false };
		return;
	}
	if (fd >= 0) {
		close(fd);
		out->size = DESCRIBE_UNREADABLE;
	}
	out->fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static bool take_want(void *ctx, uint64_t number, struct ask_object *out, size_t *n_out)
{
	struct describer *d = ctx;
	char name[DESCRIBE_WINDOW + 1];
	struct error e;
	size_t got;

	if (number == 0 || number > DESCRIBE_WINDOW || d->n_opened++ == MAX_OPENED ||
	    !io_pread(d->window.fd, name, (size_t)number, 0, &got, &e) || got != number)
		return false;
	name[got] = '\0';
	if (!describe_may_open(d->name, (struct span){ (const uint8_t *)name, got }))
		return false;
	open_part(d->dir, name, out);
	*n_out = 1;
	return out->fd >= 0;
}

struct describer *describer_new(const char *worker, unsigned time_limit_s)
{
	struct describer *d = calloc(1, sizeof *d);

	if (d == NULL)
		return NULL;
	d->worker = worker;
	d->time_limit_s = time_limit_s;
	d->supply = (struct ask_supply){ .open = take_want, .ctx = d };
	buf_init(&d->answer, DESCRIBE_ANSWER);
	return d;
}

static void drop(struct describer *d)
{
	asker_free(d->asker);
	d->asker = NULL;
	ask_output_release(&d->window);
}

void describer_free(struct describer *d)
{
	if (d == NULL)
		return;
	drop(d);
	buf_release(&d->answer);
	free(d);
}

bool describer_finish(struct describer *d, struct error *e)
{
	bool ok = d->asker == NULL || asker_finish(d->asker, e);

	drop(d);
	return ok;
}

static bool start(struct describer *d, struct error *e)
{
	const struct ask how = { .worker = d->worker,
				 .job = job_describe.name,
				 .time_limit_s = d->time_limit_s,
				 .output = &d->window,
				 .supply = &d->supply };

	return d->asker != NULL || (ask_output_new(&d->window, DESCRIBE_WINDOW, e) &&
				    asker_open(&how, DESCRIBE_ANSWER, &d->asker, e));
}

bool describer_ask(struct describer *d, int dir, const struct examine_file *file,
		   struct described *out, struct error *e)
{
	const struct ask_object beside = { file->fd, file->size, false };

	*out = (struct described){ .part = false };
	if (file->name.n == 0 || file->name.n > VMDK_MAX_NAME)
		return true; /* no part of a disk is called so */
	d->dir = dir;
	d->name = file->name;
	d->n_opened = 0;
	buf_reset(&d->answer);
	bool ok = start(d, e) && asker_bytes(d->asker, &beside, 1, file->name, &d->answer, e);
	bool spoke = ok;
	ok = ok && describe_take(buf_span(&d->answer), file->name, out, e);
	if (!ok && (!spoke || e->why == REASON_INTERNAL))
		drop(d);
	return ok;
}
