/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/walker.h"
#include "sandbox/apart.h"
#include "sandbox/pool.h"
#include "sandbox/walker_impl.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* The side that has the results, and asks the kernel for no file. */

enum {
	TICK_MS = 250,
	MAX_STARTS = 16, /* of processes of which none tells anything */
};

/* What came of waiting for a message. */
enum came { CAME, HUNG, ENDED, STOPPED };

struct walker {
	struct walker_options o;
	bool here; /* no other process is needed */
	struct walk_page *page;
	pid_t pid; /* 0: none runs */
	int socket;
	struct buf paths; /* of the request, each with a NUL */
	size_t at;        /* of the one at hand in them */
	struct buf path;  /* of the event that is read, as far as it came */
	struct buf after; /* the path of the last that was told, with a NUL; empty: of none */
	bool inside;
	struct buf hung; /* the path to be passed over, with a NUL; empty: none */
	struct error why;
	unsigned n_starts; /* since something was told */
	unsigned n_hung;   /* objects without an answer since one had one */
	uint8_t message[WIRE_MAX];
};

/* ---- life */

bool walker_new(const struct walker_options *o, struct walker **out, struct error *e)
{
	struct walker *k = calloc(1, sizeof *k);

	if (k == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a walk");
	k->o = *o;
	k->o.walk.go_on = o->go_on;
	k->o.patience_s = o->patience_s != 0 ? o->patience_s : WALKER_TIME_S;
	k->here = !o->always && !walk_any_served();
	k->socket = -1;
	k->page = mmap(NULL, sizeof *k->page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		       -1, 0);
	if (k->page == MAP_FAILED) {
		free(k);
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a walk: %s",
				 strerror(errno));
	}
	buf_init(&k->paths, WIRE_MAX);
	buf_init(&k->path, WALK_MAX_PATH);
	buf_init(&k->after, WALK_MAX_PATH);
	buf_init(&k->hung, WALK_MAX_PATH);
	*out = k;
	return true;
}

static void stop(struct walker *k)
{
	if (k->pid == 0)
		return;
	(void)close(k->socket);
	apart_end(k->pid);
	k->pid = 0;
	k->socket = -1;
}

void walker_free(struct walker *k)
{
	if (k == NULL)
		return;
	stop(k);
	(void)munmap(k->page, sizeof *k->page);
	buf_release(&k->paths);
	buf_release(&k->path);
	buf_release(&k->after);
	buf_release(&k->hung);
	free(k);
}

static const char *text_of(const struct buf *b) { return b->n != 0 ? (const char *)b->p : NULL; }

static bool start(struct walker *k, struct error *e)
{
	struct walker_work work = { .o = &k->o.walk,
				    .page = k->page,
				    .again = { .after = text_of(&k->after),
					       .inside = k->inside,
					       .hung = text_of(&k->hung),
					       .why = k->why } };
	int end[2];

	if (!wire_pair(end, e))
		return false;
	k->page->path[0] = '\0';
	k->page->size = 0;
	k->page->served = false;
	if (!apart_start(end[1], walker_serve, &work, &k->pid, e)) {
		k->pid = 0;
		(void)close(end[0]);
		(void)close(end[1]);
		return false;
	}
	(void)close(end[1]);
	k->socket = end[0];
	return true;
}

/* ---- events */

static const char *path_at_hand(const struct walker *k) { return (const char *)k->paths.p + k->at; }

/* That the path was told is remembered for who goes on. */
static void told(struct walker *k, bool inside)
{
	k->inside = inside;
	k->n_starts = 0;
	buf_reset(&k->after);
	buf_put_span(&k->after, buf_span(&k->path));
	if (span_equal(buf_span(&k->hung), buf_span(&k->path)))
		buf_reset(&k->hung);
	buf_reset(&k->path);
}

static void done(struct walker *k)
{
	k->at += strlen(path_at_hand(k)) + 1;
	buf_reset(&k->after);
}

static bool tell_error(struct walker *k, enum walker_event kind, struct cursor *c, const char *path)
{
	const struct walk_options *o = &k->o.walk;
	enum reason why = (enum reason)cursor_u8(c);
	struct span words = cursor_take(c, cursor_left(c));
	struct error e;

	error_set(&e, why, PLACE_NONE, "%.*s", (int)words.n, (const char *)words.p);
	(kind == EVENT_SKIPPED ? o->skipped : o->refused)(o->ctx, path, &e);
	return true;
}

/* One of a path that is whole.  False where the callee asked to end. */
static bool tell(struct walker *k, enum walker_event kind, struct cursor *c, int fd)
{
	const struct walk_options *o = &k->o.walk;
	const char *path = (const char *)k->path.p;
	uint64_t size;
	unsigned bits;

	switch (kind) {
	case EVENT_FILE:
		k->n_hung = 0;
		return o->file(o->ctx, fd, cursor_le64(c), path);
	case EVENT_COPY:
		k->n_hung = 0;
		size = cursor_le64(c);
		bits = cursor_u8(c);
		return o->copy(o->ctx, fd, size, (bits & COPY_SPOOLED) != 0,
			       (bits & COPY_CHANGED) != 0, path);
	case EVENT_ENTERED:
		o->entered(o->ctx, path);
		return true;
	default:
		return tell_error(k, kind, c, path);
	}
}

/* Tells what a message holds, in its order. */
static bool tell_all(struct walker *k, struct cursor c, const int *fd, size_t n_fds)
{
	bool on = true;
	size_t used = 0;

	while (on && cursor_left(&c) != 0) {
		enum walker_event kind = (enum walker_event)cursor_u8(&c);
		struct cursor inner = cursor_of(cursor_take(&c, cursor_le32(&c)));
		if (kind == EVENT_PATH) {
			buf_put_span(&k->path, cursor_take(&inner, cursor_left(&inner)));
		} else if (kind == EVENT_DONE) {
			done(k);
		} else {
			bool open = kind == EVENT_FILE || kind == EVENT_COPY;
			assert(!open || used < n_fds);
			buf_put_u8(&k->path, 0);
			on = tell(k, kind, &inner, open ? fd[used] : -1);
			used += open;
			told(k, kind == EVENT_ENTERED);
		}
	}
	for (; used < n_fds; used++)
		(void)close(fd[used]);
	return on;
}

/* ---- the clock */

static int64_t limit_ms(const struct walker *k)
{
	return ((int64_t)k->o.patience_s + (int64_t)(k->page->size >> 20)) * 1000;
}

/* Time that we were not there to look (a stopped job) is nobody's. */
static enum came await(struct walker *k)
{
	struct pollfd p = { .fd = k->socket, .events = POLLIN };
	uint64_t seen = atomic_load(&k->page->steps);
	int64_t still = 0, before = pool_now_ms();

	while (still < limit_ms(k)) {
		if (poll(&p, 1, TICK_MS) == 1)
			return CAME;
		if (k->o.go_on != NULL && !k->o.go_on(k->o.walk.ctx))
			return STOPPED;
		uint64_t steps = atomic_load(&k->page->steps);
		int64_t now = pool_now_ms(), away = now - before;
		still = steps != seen ? 0 : still + (away < 2 * TICK_MS ? away : TICK_MS);
		seen = steps;
		before = now;
	}
	return HUNG;
}

/* ---- what has no answer */

/* Bytes of the path of the request in whose tree the path lies, which may be it; 0: of none. */
static size_t root_of(const struct walker *k, const char *path)
{
	for (size_t at = k->at, n; at < k->paths.n; at += n + 1) {
		const char *root = (const char *)k->paths.p + at;
		n = strlen(root);
		if (n != 0 && strncmp(root, path, n) == 0 &&
		    (path[n] == '\0' || path[n] == '/' || path[n - 1] == '/'))
			return n;
	}
	return 0;
}

/* The directory that it lies in, if that is below what was to be walked or the same. */
static void pass_over_all(struct walker *k)
{
	const char *path = (const char *)k->hung.p, *slash = strrchr(path, '/');
	size_t n = slash == NULL ? 0 : (size_t)(slash - path), least = root_of(k, path);

	n = n > least ? n : least;
	if (n == 0 || n + 1 >= k->hung.n)
		return;
	k->hung.p[n] = '\0';
	k->hung.n = n + 1;
}

/* Passes over all that is left of the path. */
static void pass_over_path(struct walker *k, const struct error *e)
{
	k->o.walk.skipped(k->o.walk.ctx, path_at_hand(k), e);
	done(k);
}

/* What the process was at is to be passed over by the next. */
static void hang(struct walker *k, enum came how)
{
	char *path = k->page->path;

	stop(k);
	path[sizeof k->page->path - 1] = '\0';
	buf_reset(&k->path);
	if (how == HUNG)
		error_set(&k->why, REASON_TIME, PLACE_NONE,
			  "limit:time: its file system gave no answer for %u seconds",
			  k->o.patience_s);
	else
		error_set(&k->why, REASON_CRASH, PLACE_NONE,
			  "worker-crash: the process that was to open it ended");
	if (*path == '\0' || ++k->n_starts >= MAX_STARTS) {
		pass_over_path(k, &k->why);
		return;
	}
	buf_reset(&k->hung);
	buf_put(&k->hung, path, strlen(path) + 1);
	if (++k->n_hung >= WALKER_PATIENCE && k->page->served)
		pass_over_all(k);
}

/* ---- requests */

static bool ask(struct walker *k, struct span request)
{
	struct error e;

	return wire_send(k->socket, request, NULL, 0, &e);
}

/* Receives one message and tells it; more is asked for before that, so that both have work. */
static enum came hear(struct walker *k, bool *end)
{
	static const uint8_t more = 0;
	int fd[WIRE_MAX_FDS];
	size_t n, n_fds;
	struct error e;

	enum came how = await(k);
	if (how != CAME)
		return how;
	if (!wire_receive(k->socket, k->message, sizeof k->message, &n, fd, WIRE_MAX_FDS, &n_fds,
			  &e) ||
	    n == 0)
		return ENDED;
	struct cursor c = cursor_of((struct span){ k->message, n });
	*end = cursor_u8(&c) == 0;
	if (!*end)
		(void)ask(k, (struct span){ &more, 1 }); /* that it ended is seen by the next */
	return tell_all(k, c, fd, n_fds) ? CAME : STOPPED;
}

/* Walks the paths that were put together.  False where a callee asked to end. */
static bool run(struct walker *k)
{
	struct error e;

	while (k->at < k->paths.n) {
		enum came c = CAME;
		bool end = false;
		if (k->pid == 0 && !start(k, &e)) {
			pass_over_path(k, &e);
			continue;
		}
		if (!ask(k, (struct span){ k->paths.p + k->at, k->paths.n - k->at }))
			c = ENDED;
		while (c == CAME && !end)
			c = hear(k, &end);
		if (c == STOPPED) {
			stop(k);
			return false;
		}
		if (c != CAME)
			hang(k, c);
	}
	buf_reset(&k->paths);
	buf_reset(&k->hung); /* it may be no more */
	k->at = 0;
	return true;
}

static bool add(void *ctx, const char *path)
{
	struct walker *k = ctx;
	size_t n = strlen(path) + 1;
	struct error e;

	if (n > k->paths.max - k->paths.n && !run(k))
		return false;
	buf_put(&k->paths, path, n);
	if (buf_ok(&k->paths))
		return true;
	error_set(&e, REASON_MEMORY, PLACE_NONE, "memory: the path is too long");
	buf_reset(&k->paths);
	k->o.walk.skipped(k->o.walk.ctx, path, &e);
	return true;
}

static bool pass_over_line(void *ctx, const char *path, const struct error *e)
{
	struct walker *k = ctx;

	if (!run(k))
		return false;
	k->o.walk.skipped(k->o.walk.ctx, path, e);
	return true;
}

static bool run_all(void *ctx)
{
	struct walker *k = ctx;

	return run(k) && (k->o.go_on == NULL || k->o.go_on(k->o.walk.ctx));
}

bool walker_path(struct walker *k, const char *path)
{
	return k->here ? walk_path(&k->o.walk, path) : add(k, path) && run(k);
}

bool walker_list(struct walker *k, int fd, char separator, struct error *e)
{
	const struct walk_lines l = { add, pass_over_line, run_all, k };

	return k->here ? walk_list(&k->o.walk, fd, separator, e)
		       : walk_read_lines(&l, fd, separator, e);
}
