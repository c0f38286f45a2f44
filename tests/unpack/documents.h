#ifndef PEL_TESTS_DOCUMENTS_H
#define PEL_TESTS_DOCUMENTS_H

/* Seeds that tests/unpack/make_documents.py laid, and what must come out of each. */

#include "tests/mutate.h"
#include "tests/test.h"
#include "tests/unpack/collect.h"

#define PAYLOAD "MZ this is no program, but it begins as one does\n"

struct document {
	const char *name; /* in fuzz/corpus */
	const char *list; /* of collect() */
};

static inline struct span document_load(const char *name)
{
	static uint8_t bytes[1 << 20]; /* of a test, which is one thread */
	char path[256];

	snprintf(path, sizeof path, "fuzz/corpus/%s", name);
	FILE *f = fopen(path, "rb");
	if (f == NULL)
		fail_msg("%s is not there", path);
	struct span s = { bytes, fread(bytes, 1, sizeof bytes, f) };
	fclose(f);
	return s;
}

static inline void document_check(const struct document *d, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct collect c = { 0 };
		if (!collect(&c, document_load(d[i].name), NULL))
			fail_msg("%s: no reader knows it", d[i].name);
		if (strcmp((const char *)c.list.p, d[i].list) != 0)
			fail_msg("%s:\n%s", d[i].name, (const char *)c.list.p);
		if (c.last.n == strlen(PAYLOAD)) /* as long as what lies in most of them */
			assert_memory_equal(c.last.p, PAYLOAD, c.last.n);
		collect_release(&c);
	}
}

static inline void document_try(struct span s)
{
	struct collect c = { .quiet = true };

	(void)collect(&c, s, NULL);
	collect_release(&c);
}

/* Of larger seeds: each of the first `whole` bytes and then each `every`th changed, in two ways,
 * and what is left of `cut` bytes, twice as many, and so on. */
static inline void document_damage(const char *const *names, size_t n, size_t whole, size_t every,
				   size_t cut)
{
	static uint8_t bytes[1 << 16];

	for (size_t i = 0; i < n; i++) {
		struct span s = document_load(names[i]);
		assert_true(s.n <= sizeof bytes);
		for (size_t at = 0; at < s.n; at += at < whole ? 1 : every) {
			memcpy(bytes, s.p, s.n);
			bytes[at] ^= 0xff;
			document_try((struct span){ bytes, s.n });
			bytes[at] = 1;
			document_try((struct span){ bytes, s.n });
		}
		for (size_t m = 0; m < s.n; m += cut)
			document_try(span_cut(s, 0, m));
	}
}

/* Every prefix and bit flip of the seeds that are small enough. */
static inline void document_mutate(const struct document *d, size_t n, size_t max)
{
	for (size_t i = 0; i < n; i++) {
		struct span s = document_load(d[i].name);
		if (s.n <= max)
			mutate(s, document_try);
	}
}

#endif
