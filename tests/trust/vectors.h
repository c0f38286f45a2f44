#ifndef PEL_TESTS_VECTORS_H
#define PEL_TESTS_VECTORS_H

#include "base/buf.h"
#include "base/io.h"
#include "base/json_read.h"
#include "trust/signer.h"
#include "trust/verify/merkle.h"
#include "trust/verify/strict.h"

#include <stdlib.h>

/* tests/trust/vectors.json, read once; whatever is not there ends the test. */
static struct buf vectors_text;
static struct json_document *vectors;

static inline void vectors_open(void)
{
	struct error e;

	buf_init(&vectors_text, 1 << 20);
	if (!io_read_file("tests/trust/vectors.json", &vectors_text, &e) ||
	    !json_read_open(buf_span(&vectors_text), JSON_READ_STRICT, &vectors, &e))
		abort();
}

static inline void vectors_close(void)
{
	json_read_close(vectors);
	buf_release(&vectors_text);
}

static inline const struct json_item *vector(const char *name)
{
	return json_read_member(json_read_root(vectors), name);
}

static inline struct span text_in(const struct json_item *item)
{
	struct span s;

	if (!json_read_text(item, &s))
		abort();
	return s;
}

static inline struct span vector_text(const char *name) { return text_in(vector(name)); }

static inline uint64_t number_in(const struct json_item *item)
{
	int64_t n;

	if (!json_read_int(item, &n))
		abort();
	return (uint64_t)n;
}

static inline struct merkle_hash hash_in(const struct json_item *item)
{
	struct merkle_hash h;

	if (!strict_hex_hash(text_in(item), h.b))
		abort();
	return h;
}

/* Any even number of hexadecimal digits; returns the bytes. */
static inline size_t hex_bytes(struct span s, uint8_t *to)
{
	for (size_t i = 0; i < s.n / 2; i++) {
		char two[3] = { (char)s.p[2 * i], (char)s.p[2 * i + 1], '\0' };
		to[i] = (uint8_t)strtoul(two, NULL, 16);
	}
	return s.n / 2;
}

/* A key of the vectors: log, w1, w2, w3, rel. */
static inline struct signer vector_signer(const char *name)
{
	struct signer s;
	struct error e;

	if (!signer_parse(text_in(json_read_member(json_read_member(vector("keys"), name), "skey")),
			  &s, &e))
		abort();
	return s;
}

static inline struct span vector_vkey(const char *name)
{
	return text_in(json_read_member(json_read_member(vector("keys"), name), "vkey"));
}

#endif
