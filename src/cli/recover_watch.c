/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "base/io.h"
#include "cli/recover.h"
#include "recover/hex.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/*
 * How a search goes: an estimate before, what remains while it runs, and a small file that says how
 * far it came, written anew about once a second.  A line of the file is a search:
 *
 *     MARK FROM TO NEXT      in decimal: what it goes by, its range, the first seed not yet tried
 */

enum { MAX_FILE = 64 << 10, LONG_SECONDS = 600 /* of one core, beyond which it is announced */ };

static double now_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The four numbers of a line. */
static bool read_line(struct span line, uint64_t *v)
{
	for (unsigned i = 0; i < 4; i++) {
		const uint8_t *blank = line.n != 0 ? memchr(line.p, ' ', line.n) : NULL;
		size_t n = blank != NULL ? (size_t)(blank - line.p) : line.n;
		if (!hex_number(span_cut(line, 0, n), &v[i]))
			return false;
		line = span_cut(line, n + 1, line.n);
	}
	return line.n == 0;
}

/* Lines of other searches are kept; *next becomes what the file says of this one. */
static void read_state(struct recover_watch *w, uint64_t *next)
{
	struct buf text;
	struct error e;
	uint64_t v[4];

	buf_init(&text, MAX_FILE);
	buf_reset(&w->others);
	if (w->path != NULL && io_read_file(w->path, &text, &e)) {
		struct cursor c = cursor_of(buf_span(&text));
		while (cursor_left(&c) > 0) {
			struct span line = cursor_line(&c, 256);
			if (!cursor_ok(&c) || !read_line(line, v))
				break;
			if (v[0] == w->mark && v[1] == w->from && v[2] == w->to) {
				*next = v[3] >= w->from && v[3] <= w->to ? v[3] : w->from;
				continue;
			}
			buf_put_span(&w->others, line);
			buf_put_u8(&w->others, '\n');
		}
	}
	buf_release(&text);
}

static void write_state(struct recover_watch *w, uint64_t next)
{
	struct buf text;
	struct error e;

	if (w->path == NULL || w->refused)
		return;
	if (w->into != NULL) /* which lies apart: recover_run() has looked */
		(void)!mkdir(w->into, 0700);
	buf_init(&text, 2 * MAX_FILE);
	buf_put_span(&text, buf_span(&w->others));
	buf_printf(&text, "%llu %llu %llu %llu\n", (unsigned long long)w->mark,
		   (unsigned long long)w->from, (unsigned long long)w->to,
		   (unsigned long long)next);
	if (!buf_ok(&text) || !io_replace(w->path, buf_span(&text), 0600, &e)) {
		w->refused = true;
		(void)cli_fail("recover", "%s: the search goes on, and will not be resumable",
			       w->path);
	}
	buf_release(&text);
}

static uint64_t begin(void *ctx, struct span family, uint64_t mark, uint64_t from, uint64_t to,
		      double cpu_seconds)
{
	struct recover_watch *w = ctx;
	uint64_t next = from;

	w->mark = mark;
	w->from = from;
	w->to = to;
	w->begun = now_seconds();
	read_state(w, &next);
	w->first = next;
	w->told = w->begun;
	double left = to != from ? cpu_seconds * (double)(to - next) / (double)(to - from) : 0;
	if (next != from)
		fprintf(stderr,
			"pellucid recover: %.*s: the search goes on at seed %llu of %llu to %llu\n",
			(int)family.n, (const char *)family.p, (unsigned long long)next,
			(unsigned long long)from, (unsigned long long)to);
	w->show = left > LONG_SECONDS || isatty(STDERR_FILENO) == 1;
	if (left > LONG_SECONDS)
		fprintf(stderr,
			"pellucid recover: %.*s: %llu seeds, about %.0f minutes of one core, %.0f "
			"of "
			"all %ld (measured on this machine)\n",
			(int)family.n, (const char *)family.p, (unsigned long long)(to - next),
			left / 60, left / 60 / (double)sysconf(_SC_NPROCESSORS_ONLN),
			sysconf(_SC_NPROCESSORS_ONLN));
	return next;
}

static void tick(void *ctx, uint64_t next)
{
	struct recover_watch *w = ctx;
	double now = now_seconds(), spent = now - w->begun;
	bool tty = isatty(STDERR_FILENO) == 1;

	write_state(w, next);
	if (!w->show || next <= w->first || (!tty && now - w->told < 60))
		return;
	w->told = now;
	double rate = (double)(next - w->first) / spent, left = (double)(w->to - next) / rate;
	fprintf(stderr, "%s%.1f of 100, %.2f million seeds a second, %.0f:%02.0f minutes left%s",
		tty ? "\r" : "pellucid recover: ",
		100.0 * (double)(next - w->from) / (double)(w->to - w->from), rate / 1e6,
		(double)((uint64_t)left / 60), (double)((uint64_t)left % 60), tty ? " " : "\n");
	if (tty && next == w->to)
		fputs("\r\033[K", stderr);
}

void recover_watch_init(struct recover_watch *w, const struct recover_options *o)
{
	*w = (struct recover_watch){ .o = o, .path = o->search };
	w->watch = (struct team_watch){ .ctx = w, .begin = begin, .tick = tick };
	buf_init(&w->others, MAX_FILE);
	if (o->search == NULL && o->into != NULL &&
	    snprintf(w->own, sizeof w->own, "%s/recover.search", o->into) < (int)sizeof w->own) {
		w->path = w->own;
		w->into = o->into;
	}
}

void recover_watch_release(struct recover_watch *w) { buf_release(&w->others); }

void recover_watch_forget(struct recover_watch *w)
{
	if (w->into != NULL)
		(void)unlink(w->path);
}
