#ifndef PEL_TESTS_FORMAT_LOADED_H
#define PEL_TESTS_FORMAT_LOADED_H

/* What tests of modules share: a file loaded by a module, its values by path, its functions by
 * name. */

#include "base/io.h"
#include "format/modules.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>

enum { LOADED_MEMORY = 1 << 28, LOADED_STEPS = 1 << 28 };

struct loaded {
	const struct module *module;
	struct span file;
	struct arena arena;
	struct value *slots;
	void *state;
	const void *host;
	struct error error;
	bool ok;
	uint64_t steps;
	struct buf log;
	struct buf bytes; /* of a file that was read */
};

static inline void loaded_data(struct loaded *l, const struct module *m, struct span file,
			       struct span data)
{
	*l = (struct loaded){ .module = m, .file = file, .steps = LOADED_STEPS };
	arena_init(&l->arena, LOADED_MEMORY);
	buf_init(&l->log, 1 << 20);
	struct module_input in = { .file = file,
				   .arena = &l->arena,
				   .data = data,
				   .state = &l->state,
				   .steps = &l->steps };
	l->slots = value_slots(&l->arena, m->fields);
	assert_non_null(l->slots);
	l->ok = m->load == NULL || m->load(&in, l->slots, &l->error);
}

static inline void loaded_bytes(struct loaded *l, const struct module *m, struct span file)
{
	loaded_data(l, m, file, (struct span){ NULL, 0 });
}

/* A seed of the fuzz corpus: tests run at the root of the tree. */
static inline void loaded_file(struct loaded *l, const struct module *m, const char *path)
{
	struct buf bytes;
	struct error e;

	buf_init(&bytes, 1 << 24);
	if (!io_read_file(path, &bytes, &e))
		fail_msg("%s: %s", path, e.text);
	loaded_bytes(l, m, buf_span(&bytes));
	l->bytes = bytes;
}

static inline void loaded_release(struct loaded *l)
{
	arena_release(&l->arena);
	buf_release(&l->log);
	buf_release(&l->bytes);
}

/* "segments[1].sections[0].name"; NULL where a step of the way is not there. */
static inline struct value *loaded_at(struct loaded *l, const char *path)
{
	const struct field *table = l->module->fields;
	struct value *slots = l->slots, *v = NULL;

	for (;;) {
		size_t n = strcspn(path, ".[");
		const struct field *f =
			field_find(table, (struct span){ (const uint8_t *)path, n });
		if (f == NULL)
			fail_msg("%s: no such field", path);
		v = value_now(&slots[f - table]);
		path += n;
		if (*path == '[') {
			char *end;
			size_t i = strtoul(path + 1, &end, 10);
			if (v->kind != VALUE_ARRAY || i >= v->list->n)
				return NULL;
			v = &v->list->item[i];
			path = end + 1;
		}
		if (*path == '\0')
			return v;
		if (v->kind != VALUE_STRUCT)
			return NULL;
		slots = v->slots;
		table = f->members;
		path++;
	}
}

static inline void expect_int(struct loaded *l, const char *path, int64_t want)
{
	const struct value *v = loaded_at(l, path);

	if (v == NULL || (v->kind != VALUE_INT && v->kind != VALUE_BOOL))
		fail_msg("%s: no number", path);
	else if (v->i != want)
		fail_msg("%s: %lld, not %lld", path, (long long)v->i, (long long)want);
}

static inline void expect_text(struct loaded *l, const char *path, const char *want)
{
	const struct value *v = loaded_at(l, path);

	if (v == NULL || v->kind != VALUE_STRING)
		fail_msg("%s: no text", path);
	else if (!span_is(v->s, want))
		fail_msg("%s: %.*s, not %s", path, (int)v->s.n, (const char *)v->s.p, want);
}

static inline void expect_nothing(struct loaded *l, const char *path)
{
	const struct value *v = loaded_at(l, path);
	assert_true(v == NULL || v->kind == VALUE_UNDEFINED);
}

static inline size_t loaded_count(struct loaded *l, const char *path)
{
	const struct value *v = loaded_at(l, path);
	return v != NULL && v->kind == VALUE_ARRAY ? v->list->n : 0;
}

/* The tests' regular expressions are texts that must be contained; a number names one of them. */
static const char *const loaded_regex[] = { "Main", "nothing", "evil", "10.0", "x" };

static inline bool loaded_match(void *ctx, int64_t regex, struct span text)
{
	size_t n = strlen(loaded_regex[regex]);

	(void)ctx;
	for (size_t i = 0; i + n <= text.n; i++)
		if (memcmp(text.p + i, loaded_regex[regex], n) == 0)
			return true;
	return false;
}

static inline void loaded_log(void *ctx, struct span line)
{
	struct loaded *l = ctx;

	buf_put_span(&l->log, line);
	buf_put_u8(&l->log, '\n');
}

/* Calls the overload with these argument letters of a function, perhaps "struct.function". */
static inline bool loaded_call(struct loaded *l, const char *name, const char *letters,
			       const struct value *args, struct value *out)
{
	const struct field *table = l->module->fields;
	const struct value *self = l->slots;
	const char *dot = strchr(name, '.');

	if (dot != NULL) {
		const struct field *f = field_find(
			table, (struct span){ (const uint8_t *)name, (size_t)(dot - name) });
		assert_non_null(f);
		self = l->slots[f - table].slots;
		table = f->members;
		name = dot + 1;
	}
	struct call c = { .args = args,
			  .self = self,
			  .top = l->slots,
			  .file = l->file,
			  .arena = &l->arena,
			  .state = l->state,
			  .host = l->host,
			  .now = 12345,
			  .steps = &l->steps,
			  .regex = loaded_match,
			  .log = loaded_log,
			  .ctx = l };
	for (; table->name != NULL; table++) {
		if (strcmp(table->name, name) != 0 || table->kind != VALUE_FUNCTION ||
		    strcmp(table->args, letters) != 0)
			continue;
		*out = (struct value){ 0 };
		bool defined = table->call(&c, out);
		if (defined)
			assert_int_equal(out->kind, table->of);
		return defined;
	}
	fail_msg("%s(%s): no such function", name, letters);
	return false;
}

#define I(x)                                                                                       \
	{                                                                                          \
		.kind = VALUE_INT, .i = (x)                                                        \
	}
#define F(x)                                                                                       \
	{                                                                                          \
		.kind = VALUE_FLOAT, .f = (x)                                                      \
	}
#define S(x)                                                                                       \
	{                                                                                          \
		.kind = VALUE_STRING, .s = {(const uint8_t *)(x), sizeof(x) - 1 }                  \
	}
#define RE(x)                                                                                      \
	{                                                                                          \
		.kind = VALUE_REGEX, .i = (x)                                                      \
	}

#endif
