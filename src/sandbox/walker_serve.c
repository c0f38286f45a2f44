/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/walker_impl.h"

#include <unistd.h>

/* The side that walks, and may be left waiting at any line that asks for a file. */

enum {
	PIECE = 16 << 10, /* bytes of a path in one event */
	FULL = 64 << 10,  /* bytes of a message that is sent */
	ROOM = 2 * PIECE, /* for one event more */
	AGAIN_US = 2000,  /* until a message with descriptors is tried again */
};

struct serving {
	int socket;
	const struct walk_options *outer;
	struct buf out;
	int fd[WIRE_MAX_FDS];
	size_t n_fds;
};

/* ---- events out */

/* Who asked is gone, or there is no memory: there is nobody to tell. */
static void give_up(void) { _exit(1); }

static void begin_message(struct serving *s)
{
	buf_reset(&s->out);
	buf_put_u8(&s->out, 0); /* whether more follows */
}

static void send_message(struct serving *s, bool more)
{
	struct error e;

	if (!buf_ok(&s->out))
		give_up();
	s->out.p[0] = more;
	while (!wire_send(s->socket, buf_span(&s->out), s->fd, s->n_fds, &e)) {
		if (e.why != REASON_LIMIT) /* too many descriptors are under way */
			give_up();
		(void)usleep(AGAIN_US);
	}
	while (s->n_fds != 0)
		(void)close(s->fd[--s->n_fds]);
	begin_message(s);
}

/* Sends what there is, and waits until more is asked for. */
static void flush(struct serving *s)
{
	size_t n, n_fds;
	struct error e;
	uint8_t byte;

	if (s->out.n <= 1)
		return;
	send_message(s, true);
	if (!wire_receive(s->socket, &byte, sizeof byte, &n, NULL, 0, &n_fds, &e) || n == 0)
		give_up();
}

static void put_event(struct serving *s, enum walker_event kind, const void *p, size_t n)
{
	buf_put_u8(&s->out, (uint8_t)kind);
	buf_put_le32(&s->out, (uint32_t)n);
	buf_put(&s->out, p, n);
	if (s->out.n >= FULL || s->n_fds == WIRE_MAX_FDS)
		flush(s);
}

static void put_path(struct serving *s, const char *path)
{
	size_t n = strlen(path);

	for (; n > PIECE; path += PIECE, n -= PIECE)
		put_event(s, EVENT_PATH, path, PIECE);
	put_event(s, EVENT_PATH, path, n);
}

static bool on_file(void *ctx, int fd, uint64_t size, const char *path)
{
	struct serving *s = ctx;

	put_path(s, path);
	s->fd[s->n_fds++] = fd;
	put_event(s, EVENT_FILE, &size, sizeof size);
	return true;
}

/* Told at once: what is asked of that file system next may be without an answer. */
static bool on_copy(void *ctx, int fd, uint64_t size, bool spooled, bool changed, const char *path)
{
	struct serving *s = ctx;
	uint8_t bytes[sizeof size + 1];

	memcpy(bytes, &size, sizeof size);
	bytes[sizeof size] = (uint8_t)((spooled ? COPY_SPOOLED : 0) | (changed ? COPY_CHANGED : 0));
	put_path(s, path);
	s->fd[s->n_fds++] = fd;
	put_event(s, EVENT_COPY, bytes, sizeof bytes);
	flush(s);
	return true;
}

static void put_error(struct serving *s, enum walker_event kind, const char *path,
		      const struct error *e)
{
	uint8_t bytes[1 + sizeof e->text] = { (uint8_t)e->why };
	size_t n = strnlen(e->text, sizeof e->text);

	memcpy(bytes + 1, e->text, n);
	put_path(s, path);
	put_event(s, kind, bytes, n + 1);
}

static void on_skipped(void *ctx, const char *path, const struct error *e)
{
	put_error(ctx, EVENT_SKIPPED, path, e);
	if (e->why != REASON_UNSUPPORTED)
		flush(ctx); /* what comes next may be long in coming */
}

static void on_refused(void *ctx, const char *path, const struct error *e)
{
	put_error(ctx, EVENT_REFUSED, path, e);
}

static void on_entered(void *ctx, const char *path)
{
	put_path(ctx, path);
	put_event(ctx, EVENT_ENTERED, NULL, 0);
}

static bool is_wanted(void *ctx, const char *path, mode_t kind, unsigned depth, struct error *why)
{
	struct serving *s = ctx;

	return s->outer->wanted(s->outer->ctx, path, kind, depth, why);
}

/* ---- requests in */

static void serve_request(struct serving *s, struct walk *w, struct span request)
{
	struct cursor c = cursor_of(request);

	while (cursor_left(&c) != 0) {
		struct span path = cursor_cstring(&c, WIRE_MAX);
		if (!cursor_ok(&c) || !walk_one(w, (const char *)path.p, true))
			give_up();
		w->again.after = NULL;
		put_event(s, EVENT_DONE, NULL, 0);
	}
	w->again.hung = NULL;
	walk_leave_place(w);
	send_message(s, false);
}

void walker_serve(void *ctx, int socket)
{
	const struct walker_work *work = ctx;
	struct serving s = { .socket = socket, .outer = work->o };
	struct walk_options inner = *work->o;
	size_t n = 1, n_fds;
	struct buf request;
	struct error e;
	struct walk w;

	inner.file = on_file;
	inner.copy = inner.copy != NULL ? on_copy : NULL;
	inner.skipped = on_skipped;
	inner.refused = on_refused;
	inner.entered = inner.entered != NULL ? on_entered : NULL;
	inner.wanted = inner.wanted != NULL ? is_wanted : NULL;
	inner.ctx = &s;
	buf_init(&s.out, FULL + ROOM);
	buf_init(&request, WIRE_MAX);
	begin_message(&s);
	walk_begin(&w, &inner);
	w.page = work->page;
	w.again = work->again;
	while (buf_room(&request, WIRE_MAX) != NULL &&
	       wire_receive(socket, request.p, WIRE_MAX, &n, NULL, 0, &n_fds, &e) && n != 0)
		serve_request(&s, &w, (struct span){ request.p, n });
	walk_end(&w);
	buf_release(&request);
	buf_release(&s.out);
}
