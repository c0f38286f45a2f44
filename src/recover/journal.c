/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/journal.h"
#include "base/hash.h"
#include "base/io.h"
#include "base/json_read.h"
#include "recover/hex.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static const char first[] = "0000000000000000000000000000000000000000000000000000000000000000";

/* Of a path's SHA-256; whoever names files must not be able to have one taken for another. */
struct name {
	uint8_t b[16];
};

/* With the digest of what the file held it is the other half: of what is no path alone. */
static bool name_of(struct span path, struct span source, struct name *out)
{
	uint8_t digest[32];

	if (!hash_of_two(HASH_SHA256, source, path, digest))
		return false;
	memcpy(out->b, digest + (source.n != 0 ? sizeof out->b : 0), sizeof out->b);
	return true;
}

static void add_done(struct journal *j, struct span path, struct span source)
{
	struct name name;

	if (name_of(path, (struct span){ .n = 0 }, &name))
		buf_put(&j->done, &name, sizeof name);
	if (source.n != 0 && name_of(path, source, &name))
		buf_put(&j->done, &name, sizeof name);
}

/* A path that is no UTF-8 stands there in hexadecimal too. */
static void add_hex(struct journal *j, struct span digits, struct span source)
{
	struct buf path;

	buf_init(&path, JOURNAL_MAX_LINE);
	uint8_t *p = buf_grow(&path, digits.n / 2);
	if (p != NULL && hex_read(digits, p, digits.n / 2))
		add_done(j, buf_span(&path), source);
	buf_release(&path);
}

/* Does a line say of a file, or of a piece of one, that it is not whole or was not proven? */
static bool is_wanting(const struct json_item *root)
{
	static const char unverified[] = ".unverified";
	const size_t n = sizeof unverified - 1;
	int64_t level, lost;
	struct span state, result;

	if (json_read_text(json_read_member(root, "state"), &state))
		return !span_is(state, "whole");
	if (json_read_text(json_read_member(root, "result"), &result) && result.n > n &&
	    span_is(span_cut(result, result.n - n, n), unverified))
		return true;
	return (json_read_int(json_read_member(root, "level"), &level) && level == 0) ||
	       (json_read_int(json_read_member(root, "lost"), &lost) && lost != 0);
}

/* One line: its link to the one before, and the path that it finishes. */
static bool check_line(struct journal *j, struct span line, struct error *e)
{
	struct json_document *d;
	struct span prev, path, source = { .n = 0 };

	if (!json_read_open(line, JSON_READ_STRICT, &d, e))
		return false;
	const struct json_item *root = json_read_root(d);
	bool ok = json_read_text(json_read_member(root, "prev"), &prev) && span_is(prev, j->last);
	(void)json_read_text(json_read_member(root, "source_sha256"), &source);
	if (ok && json_read_text(json_read_member(root, "path_hex"), &path))
		add_hex(j, path, source);
	else if (ok && json_read_text(json_read_member(root, "path"), &path))
		add_done(j, path, source);
	j->n_wanting += ok && is_wanting(root);
	json_read_close(d);
	if (!ok)
		return error_set(e, REASON_DAMAGED, PLACE_NONE,
				 "journal: line %llu does not follow from the one before it",
				 (unsigned long long)j->n_lines + 1);
	j->n_lines++;
	return hash_hex(HASH_SHA256, line, j->last) ||
	       error_set(e, REASON_INTERNAL, PLACE_NONE, "no SHA-256");
}

static bool check_all(struct journal *j, struct span text, uint64_t *whole, struct error *e)
{
	struct cursor c = cursor_of(text);

	memcpy(j->last, first, sizeof first);
	*whole = 0;
	while (cursor_left(&c) > 0) {
		struct span line = cursor_line(&c, JOURNAL_MAX_LINE);
		if (!cursor_ok(&c)) /* what a kill left */
			break;
		if (!check_line(j, line, e))
			return false;
		*whole = c.at;
	}
	return true;
}

bool journal_check(struct span text, uint64_t *n, uint64_t *whole, struct error *e)
{
	struct journal j = { .fd = -1 };

	buf_init(&j.done, JOURNAL_MAX);
	bool ok = check_all(&j, text, whole, e);
	*n = j.n_lines;
	buf_release(&j.done);
	return ok;
}

bool journal_open(struct journal *j, int dir, const char *name, struct error *e)
{
	uint64_t whole = 0;
	struct buf text;

	*j = (struct journal){ .fd = -1 };
	buf_init(&j->done, JOURNAL_MAX);
	buf_init(&text, JOURNAL_MAX);
	j->fd = openat(dir, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	bool ok =
		j->fd >= 0 || error_set(e, REASON_IO, PLACE_NONE, "%s: %s", name, strerror(errno));
	if (ok && flock(j->fd, LOCK_EX | LOCK_NB) != 0)
		ok = error_set(e, REASON_DENIED, PLACE_NONE, "%s: %s", name,
			       errno == EWOULDBLOCK ? "another run writes there" : strerror(errno));
	ok = ok && io_read_all(j->fd, &text, e) && check_all(j, buf_span(&text), &whole, e);
	if (ok && (ftruncate(j->fd, (off_t)whole) != 0 || lseek(j->fd, (off_t)whole, SEEK_SET) < 0))
		ok = error_set(e, REASON_IO, PLACE_NONE, "%s: %s", name, strerror(errno));
	buf_release(&text);
	if (!ok)
		journal_close(j);
	return ok;
}

void journal_close(struct journal *j)
{
	if (j->fd >= 0)
		close(j->fd);
	buf_release(&j->done);
	j->fd = -1;
}

static int compare(const void *a, const void *b) { return memcmp(a, b, sizeof(struct name)); }

static bool has(struct journal *j, struct span path, struct span source)
{
	struct name name;

	if (j->done.n == 0 || !name_of(path, source, &name))
		return false;
	if (!j->sorted)
		qsort(j->done.p, j->done.n / sizeof name, sizeof name, compare);
	j->sorted = true;
	return bsearch(&name, j->done.p, j->done.n / sizeof name, sizeof name, compare) != NULL;
}

bool journal_has_path(struct journal *j, struct span path)
{
	return has(j, path, (struct span){ .n = 0 });
}

bool journal_has(struct journal *j, struct span path, const char *source)
{
	return has(j, path, span_of(source));
}

bool journal_add(struct journal *j, void (*members)(void *ctx, struct json_writer *w), void *ctx,
		 struct error *e)
{
	struct json_writer w;
	struct buf line;

	buf_init(&line, JOURNAL_MAX_LINE);
	json_write_init(&w, &line);
	json_write_object(&w);
	json_write_key(&w, "prev");
	json_write_text(&w, j->last);
	members(ctx, &w);
	json_write_object_end(&w);
	struct span s = buf_span(&line);
	bool ok = buf_ok(&line) && hash_hex(HASH_SHA256, s, j->last);
	buf_put_u8(&line, '\n');
	ok = ok && buf_ok(&line);
	if (!ok)
		(void)error_set(e, REASON_LIMIT, PLACE_NONE, "journal: a line that is too long");
	ok = ok && io_write(j->fd, line.p, line.n, e);
	if (ok && fdatasync(j->fd) != 0)
		ok = error_set(e, REASON_IO, PLACE_NONE, "journal: %s", strerror(errno));
	j->n_lines += ok;
	buf_release(&line);
	return ok;
}
