/* SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"
#include "base/text.h"
#include "cli/compile.h"

#include <stdlib.h>

enum {
	REQUEST_MAGIC = 0x34757272, /* "rru4" */
	FILE_MIN = 1 + 4 + 4 + 8,   /* bytes */
	INCLUDE_MIN = 1 + 4 + 4 + 4 + 8,
	HIT_MIN = 4 * 4 + 8,
	TOLD_MIN = 1 + 1 + 5 * 4,
	WANTED_MIN = 8,
};

/* ---- external variables */

/* As yara's -d has it: what is all digits is an integer, digits with one point are a float. */
static void read_value(const char *text, struct value *v)
{
	const char *first = text[0] == '-' ? text + 1 : text;
	size_t n = strlen(first), n_digits = strspn(first, "0123456789");
	const char *point = strchr(first, '.');
	bool one_point = point != NULL && n_digits != 0 && n_digits == (size_t)(point - first) &&
			 strspn(point + 1, "0123456789") == strlen(point + 1);

	if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
		value_bool(v, text[0] == 't');
	else if (n != 0 && n_digits == n)
		value_int(v, strtoll(text, NULL, 10));
	else if (n > 1 && one_point)
		value_float(v, strtod(text, NULL));
	else
		value_string(v, span_of(text));
}

bool compile_definition(const char *text, struct arena *a, struct ir_extern *out, struct error *e)
{
	const char *equals = strchr(text, '=');
	struct value v = { 0 };

	if (equals == NULL || equals == text)
		return error_set(e, REASON_UNSUPPORTED, PLACE_NONE,
				 "%s: not of the form name=value", text);
	const char *name = arena_text(a, text, (size_t)(equals - text));
	const char *value = arena_text(a, equals + 1, strlen(equals + 1));
	if (name == NULL || value == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a variable");
	read_value(value, &v);
	*out = (struct ir_extern){ span_of(name), v };
	return true;
}

/* ---- the request */

static bool put(int fd, struct buf *head, struct span text, struct error *e)
{
	bool ok = (buf_ok(head) ||
		   error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a request")) &&
		  io_write(fd, head->p, head->n, e) && io_write(fd, text.p, text.n, e);

	buf_reset(head);
	return ok;
}

static bool put_file(const struct compile_file *f, int fd, struct buf *head, struct error *e)
{
	buf_put_u8(head, (uint8_t)(f->older | (unsigned)f->kind << 1 | (unsigned)f->found << 3));
	buf_put_le32(head, (uint32_t)f->name.n);
	buf_put_le32(head, (uint32_t)f->space.n);
	buf_put_le64(head, f->text.n);
	buf_put_span(head, f->name);
	buf_put_span(head, f->space);
	return put(fd, head, f->text, e);
}

static bool put_include(const struct compile_include *i, int fd, struct buf *head, struct error *e)
{
	buf_put_u8(head, i->there);
	buf_put_le32(head, (uint32_t)i->from.n);
	buf_put_le32(head, (uint32_t)i->path.n);
	buf_put_le32(head, (uint32_t)i->name.n);
	buf_put_le64(head, i->text.n);
	buf_put_span(head, i->from);
	buf_put_span(head, i->path);
	buf_put_span(head, i->name);
	return put(fd, head, i->text, e);
}

static bool put_ordinary(const struct compile_ordinary *o, int fd, struct buf *head,
			 struct error *e)
{
	buf_put_le64(head, o->broad_over);
	buf_put_u8(head, o->counted);
	buf_put_le64(head, o->files);
	buf_put_le32(head, (uint32_t)o->n_hits);
	for (size_t i = 0; i < o->n_hits; i++) {
		const struct compile_hit *h = &o->hit[i];
		buf_put_le32(head, h->line);
		buf_put_le64(head, h->files);
		buf_put_le32(head, (uint32_t)h->source.n);
		buf_put_le32(head, (uint32_t)h->name.n);
		buf_put_le32(head, (uint32_t)h->first.n);
		buf_put_span(head, h->source);
		buf_put_span(head, h->name);
		buf_put_span(head, h->first);
	}
	return put(fd, head, (struct span){ NULL, 0 }, e);
}

bool compile_request_write(const struct compile_request *r, int fd, struct error *e)
{
	struct buf head;
	bool ok;

	buf_init(&head, SIZE_MAX);
	buf_put_le32(&head, REQUEST_MAGIC);
	buf_put_u8(&head, (uint8_t)r->mode);
	buf_put_u8(&head, r->json);
	buf_put_le64(&head, (uint64_t)r->now);
	buf_put_le32(&head, r->max_strings);
	buf_put_le64(&head, r->definitions.n);
	buf_put_span(&head, r->definitions);
	buf_put_le32(&head, (uint32_t)r->n_files);
	buf_put_le32(&head, (uint32_t)r->n_includes);
	ok = put(fd, &head, (struct span){ NULL, 0 }, e);
	for (size_t i = 0; ok && i < r->n_files; i++)
		ok = put_file(&r->file[i], fd, &head, e);
	for (size_t i = 0; ok && i < r->n_includes; i++)
		ok = put_include(&r->include[i], fd, &head, e);
	ok = ok && put_ordinary(&r->ordinary, fd, &head, e);
	buf_release(&head);
	return ok;
}

static void read_file(struct cursor *c, struct compile_file *f)
{
	unsigned flags = cursor_u8(c);
	uint32_t n_name = cursor_le32(c), n_space = cursor_le32(c);
	uint64_t n_text = cursor_le64(c);

	f->older = (flags & 1) != 0;
	f->kind = (enum compile_kind)(flags >> 1 & 3);
	f->found = (flags >> 3) != 0;
	if (f->kind > COMPILE_CERTIFICATE || flags > 15)
		cursor_fail(c);
	f->name = cursor_take(c, n_name);
	f->space = cursor_take(c, n_space);
	f->text = cursor_take(c, n_text);
}

static void read_include(struct cursor *c, struct compile_include *i)
{
	i->there = cursor_u8(c) != 0;
	uint32_t n_from = cursor_le32(c), n_path = cursor_le32(c), n_name = cursor_le32(c);
	uint64_t n_text = cursor_le64(c);
	i->from = cursor_take(c, n_from);
	i->path = cursor_take(c, n_path);
	i->name = cursor_take(c, n_name);
	i->text = cursor_take(c, n_text);
}

static bool read_ordinary(struct cursor *c, struct arena *a, struct compile_ordinary *o,
			  struct error *e)
{
	o->broad_over = cursor_le64(c);
	o->counted = cursor_u8(c) != 0;
	o->files = cursor_le64(c);
	o->n_hits = cursor_le32(c);
	if (!cursor_ok(c) || o->n_hits > COMPILE_MAX_HITS || o->n_hits > cursor_left(c) / HIT_MIN)
		return error_set(e, REASON_DAMAGED, cursor_place(c), "a request that cannot be");
	struct compile_hit *hit = arena_array(a, o->n_hits, sizeof *hit);
	if (hit == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a request");
	for (size_t i = 0; i < o->n_hits; i++) {
		hit[i].line = cursor_le32(c);
		hit[i].files = cursor_le64(c);
		uint32_t n_source = cursor_le32(c), n_name = cursor_le32(c);
		uint32_t n_first = cursor_le32(c);
		hit[i].source = cursor_take(c, n_source);
		hit[i].name = cursor_take(c, n_name);
		hit[i].first = cursor_take(c, n_first);
	}
	o->hit = hit;
	return true;
}

bool compile_request_read(struct span bytes, struct arena *a, struct compile_request *out,
			  struct error *e)
{
	struct cursor c = cursor_of(bytes);
	struct compile_request r = { .json = false };
	bool ok = cursor_le32(&c) == REQUEST_MAGIC;

	r.mode = (enum compile_mode)cursor_u8(&c);
	r.json = cursor_u8(&c) != 0;
	r.now = (int64_t)cursor_le64(&c);
	r.max_strings = cursor_le32(&c);
	r.definitions = cursor_take(&c, cursor_le64(&c));
	r.n_files = cursor_le32(&c);
	r.n_includes = cursor_le32(&c);
	ok = ok && cursor_ok(&c) && r.mode <= COMPILE_DIFF && r.n_files <= COMPILE_MAX_FILES &&
	     r.n_files <= cursor_left(&c) / FILE_MIN && r.n_includes <= COMPILE_MAX_INCLUDES &&
	     r.n_includes <= cursor_left(&c) / INCLUDE_MIN &&
	     (r.definitions.n == 0 || r.definitions.p[r.definitions.n - 1] == '\0');
	if (!ok)
		return error_set(e, REASON_DAMAGED, cursor_place(&c), "a request that cannot be");
	struct compile_file *file = arena_array(a, r.n_files, sizeof *file);
	struct compile_include *include = arena_array(a, r.n_includes, sizeof *include);
	if (file == NULL || include == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a request");
	for (size_t i = 0; i < r.n_files; i++)
		read_file(&c, &file[i]);
	for (size_t i = 0; i < r.n_includes; i++)
		read_include(&c, &include[i]);
	if (!read_ordinary(&c, a, &r.ordinary, e))
		return false;
	if (!cursor_ok(&c) || cursor_left(&c) != 0)
		return error_set(e, REASON_DAMAGED, cursor_place(&c), "a request that cannot be");
	r.file = file;
	r.include = include;
	*out = r;
	return true;
}

/* ---- the answer */

static bool cannot_be(struct error *e)
{
	return error_set(e, REASON_INTERNAL, PLACE_NONE,
			 "internal: a worker gave an answer that cannot be");
}

static bool read_wanted(struct cursor *c, uint32_t n, struct arena *a, struct compile_reply *r)
{
	struct compile_include *all =
		n <= COMPILE_MAX_INCLUDES ? arena_array(a, n, sizeof *all) : NULL;

	if (all == NULL || n > cursor_left(c) / WANTED_MIN)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t n_from = cursor_le32(c), n_path = cursor_le32(c);
		all[i] = (struct compile_include){ .from = cursor_take(c, n_from) };
		all[i].path = cursor_take(c, n_path);
		if (!cursor_ok(c) || n_from > COMPILE_MAX_NAME || n_path > COMPILE_MAX_NAME)
			return false;
	}
	r->wanted = all;
	r->n_wanted = n;
	return cursor_left(c) == 0;
}

static bool read_told(struct cursor *c, struct compile_told *t)
{
	t->severity = (enum ir_severity)cursor_u8(c);
	t->left_out = cursor_u8(c) != 0;
	t->line = cursor_le32(c);
	uint32_t n_source = cursor_le32(c), n_rule = cursor_le32(c);
	uint32_t n_message = cursor_le32(c), n_shown = cursor_le32(c);
	t->source = cursor_take(c, n_source);
	t->rule = cursor_take(c, n_rule);
	t->message = cursor_take(c, n_message);
	t->shown = cursor_take(c, n_shown);
	return cursor_ok(c) && t->severity <= IR_ERROR;
}

/* A worker that was taken over need not have made its words fit for a terminal. */
static void set_error(struct error *to, enum reason why, struct span text)
{
	struct buf line;

	buf_init(&line, sizeof to->text - 1); /* what does not fit is left out, by characters */
	text_show(&line, span_cut(text, 0, sizeof to->text - 1));
	error_set(to, why, PLACE_NONE, "%.*s", (int)line.n, (const char *)line.p);
	buf_release(&line);
}

/* What was built, or why it was not. */
static bool read_end(struct cursor *c, struct compile_reply *r)
{
	enum reason why = (enum reason)cursor_u8(c);
	struct span text = cursor_take(c, cursor_le32(c));

	r->database = cursor_le64(c);
	r->n_errors = cursor_le64(c);
	r->n_warnings = cursor_le64(c);
	r->imports = cursor_le32(c);
	r->worry = cursor_u8(c) != 0;
	r->text = cursor_take(c, cursor_le64(c));
	if (!cursor_ok(c) || why >= REASON_COUNT || r->database > COMPILE_MAX_DATABASE)
		return false;
	r->built = why == REASON_NONE;
	if (!r->built)
		set_error(&r->error, why, text);
	return true;
}

bool compile_reply_read(struct span bytes, struct arena *a, struct compile_reply *out,
			struct error *e)
{
	struct cursor c = cursor_of(bytes);
	struct compile_reply r = { .built = false };
	uint32_t n_wanted = cursor_le32(&c);

	if (n_wanted != 0) {
		if (!read_wanted(&c, n_wanted, a, &r))
			return cannot_be(e);
		*out = r;
		return true;
	}
	bool ok = read_end(&c, &r);
	uint32_t n_told = cursor_le32(&c);
	if (!ok || !cursor_ok(&c) || n_told > cursor_left(&c) / TOLD_MIN)
		return cannot_be(e);
	struct compile_told *told = arena_array(a, n_told, sizeof *told);
	if (told == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for diagnostics");
	for (uint32_t i = 0; i < n_told; i++)
		if (!read_told(&c, &told[i]))
			return cannot_be(e);
	if (cursor_left(&c) != 0)
		return cannot_be(e);
	r.told = told;
	r.n_told = n_told;
	*out = r;
	return true;
}
