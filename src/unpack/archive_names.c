/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/archive_names.h"

#include <archive_entry.h>
#include <errno.h>
#include <iconv.h>
#include <strings.h>

struct span archive_names_of(struct archive_entry *entry)
{
	const char *name = archive_entry_pathname_utf8(entry);

	if (name == NULL)
		name = archive_entry_pathname(entry);
	return name != NULL ? span_of(name) : (struct span){ 0 };
}

/* ---- iconv(3) */

enum set { BYTES, UTF16LE, UTF16BE, N_SETS };

static enum set set_of(const char *name)
{
	return strcasecmp(name, "UTF-16LE") == 0   ? UTF16LE
	       : strcasecmp(name, "UTF-16BE") == 0 ? UTF16BE
						   : BYTES;
}

/* A descriptor is no more than the two sets: the address of one of these. */
static const char pairs[N_SETS * N_SETS];

static enum set from_of(iconv_t cd) { return (enum set)(((const char *)cd - pairs) % N_SETS); }

static enum set to_of(iconv_t cd) { return (enum set)(((const char *)cd - pairs) / N_SETS); }

__attribute__((visibility("default"))) iconv_t iconv_open(const char *to, const char *from)
{
	union {
		const char *in;
		iconv_t out;
	} cd = { .in = &pairs[set_of(to) * N_SETS + set_of(from)] };

	return cd.out;
}

__attribute__((visibility("default"))) int iconv_close(iconv_t cd)
{
	(void)cd;
	return 0;
}

static uint32_t unit(enum set set, const uint8_t *p)
{
	return set == UTF16LE ? (uint32_t)(p[0] | p[1] << 8) : (uint32_t)(p[0] << 8 | p[1]);
}

/* Each reads one character of n bytes: how many it took; 0: they are cut off. */
static size_t read_wide(enum set set, const uint8_t *p, size_t n, uint32_t *c)
{
	if (n < 2)
		return 0;
	*c = unit(set, p);
	if (*c < 0xd800 || *c > 0xdbff)
		return 2;
	if (n < 4)
		return 0;
	uint32_t low = unit(set, p + 2);
	if (low < 0xdc00 || low > 0xdfff)
		return 2; /* half of a pair: kept as it is */
	*c = 0x10000 + ((*c & 0x3ff) << 10) + (low & 0x3ff);
	return 4;
}

static size_t write_narrow(uint32_t c, uint8_t *to)
{
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	if (n == 1) {
		to[0] = (uint8_t)c;
		return 1;
	}
	for (size_t i = n; i-- > 1; c >>= 6)
		to[i] = (uint8_t)(0x80 | (c & 0x3f));
	to[0] = (uint8_t)(0xf00u >> n | c);
	return n;
}

__attribute__((visibility("default"))) size_t iconv(iconv_t cd, char **in, size_t *n_in, char **out,
						    size_t *n_out)
{
	enum set from = from_of(cd), to = to_of(cd);

	if (in == NULL || *in == NULL)
		return 0;
	if (to != BYTES) { /* libarchive asks for that where it writes archives */
		errno = EINVAL;
		return SIZE_MAX;
	}
	while (*n_in != 0) {
		const uint8_t *p = (const uint8_t *)*in;
		uint8_t made[4];
		uint32_t c = 0;
		size_t took = from == BYTES ? 1 : read_wide(from, p, *n_in, &c);
		if (took == 0) {
			errno = EINVAL;
			return SIZE_MAX;
		}
		made[0] = p[0];
		size_t n = from == BYTES ? 1 : write_narrow(c, made);
		if (n > *n_out) {
			errno = E2BIG;
			return SIZE_MAX;
		}
		memcpy(*out, made, n);
		*in += took;
		*n_in -= took;
		*out += n;
		*n_out -= n;
	}
	return 0;
}
