/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/zip.h"

#include <inttypes.h>
#include <libdeflate.h>

enum { LZMA_HEAD = 4, KEY_STEPS = 500000 };

struct span zip_extra(struct span extra, unsigned number)
{
	struct cursor c = cursor_of(extra);

	while (cursor_left(&c) >= 4) {
		unsigned is = cursor_le16(&c), n = cursor_le16(&c);
		struct span s = cursor_take(&c, n);
		if (is == number && cursor_ok(&c))
			return s;
	}
	return (struct span){ 0 };
}

static uint32_t crc_of(struct span s) { return libdeflate_crc32(0, s.p, s.n); }

/* ---- methods */

static bool is_known(unsigned method)
{
	static const uint8_t known[] = { ZIP_STORE,   ZIP_SHRINK,  ZIP_REDUCE_1,
					 3,           4,           ZIP_REDUCE_4,
					 ZIP_IMPLODE, ZIP_DEFLATE, ZIP_DEFLATE64,
					 ZIP_BZIP2,   ZIP_LZMA,    ZIP_ZSTD_OLD,
					 ZIP_ZSTD,    ZIP_XZ };

	for (size_t i = 0; i < sizeof known; i++)
		if (known[i] == method)
			return true;
	return false;
}

static enum decode_end deflated(struct unpack *u, const struct zip_entry *z, struct span in,
				const struct decode_out *out, size_t *used)
{
	if (z->size != UNPACK_UNKNOWN && decode_inflate_sized(u, in, DECODE_RAW, z->size, used))
		return DECODE_WHOLE;
	return decode_inflate(in, DECODE_RAW, out, used);
}

static enum decode_end lzma(const struct zip_entry *z, struct span in, const struct decode_out *out,
			    size_t *used)
{
	struct cursor c = cursor_of(in);

	cursor_skip(&c, 2); /* version of the library */
	struct span properties = cursor_take(&c, cursor_le16(&c));
	struct span rest = cursor_take(&c, cursor_left(&c));
	if (!cursor_ok(&c))
		return DECODE_CUT;
	uint64_t size = (z->flags & ZIP_MARKED) != 0 ? UNPACK_UNKNOWN : z->size;
	enum decode_end end = decode_lzma_raw(properties, size, rest, out, used);
	*used += LZMA_HEAD + properties.n;
	return end;
}

static enum decode_end decode(struct unpack *u, const struct zip_entry *z, unsigned method,
			      struct span in, size_t *used)
{
	struct decode_out out = decode_member(u);
	unsigned factor = method - ZIP_REDUCE_1 + 1;
	uint64_t size = z->size;

	*used = in.n;
	switch (method) {
	case ZIP_STORE:
		return out.put(out.ctx, in) ? DECODE_WHOLE : DECODE_STOPPED;
	case ZIP_SHRINK:
		return decode_shrink(&u->scratch, in, size, &out);
	case ZIP_IMPLODE:
		return decode_implode(&u->scratch, z->flags, in, size, &out);
	case ZIP_DEFLATE:
		return deflated(u, z, in, &out, used);
	case ZIP_DEFLATE64:
		return decode_inflate64(&u->scratch, in, &out, used);
	case ZIP_BZIP2:
		return decode_bzip2(in, &out, used);
	case ZIP_LZMA:
		return lzma(z, in, &out, used);
	case ZIP_ZSTD_OLD:
	case ZIP_ZSTD:
		return decode_zstd(in, &out, used);
	case ZIP_XZ:
		return decode_xz(in, &out, used);
	default: /* ZIP_REDUCE_1 to _4 */
		return decode_reduce(&u->scratch, factor, in, size, &out);
	}
}

/* ---- encryption */

/* A wrong password passes the old cipher's own check once in 128 times. */
struct trial {
	struct unpack *u;
	const struct zip_entry *z;
};

struct taker {
	uint32_t crc;
	uint64_t n, most;
};

static bool take(void *ctx, struct span bytes)
{
	struct taker *t = ctx;

	t->crc = libdeflate_crc32(t->crc, bytes.p, bytes.n);
	t->n += bytes.n;
	return t->n <= t->most;
}

/* Is what came out right?  Methods other than the two usual ones are taken on trust. */
static bool is_right(void *ctx, struct span plain)
{
	const struct trial *t = ctx;
	struct taker taker = { .most = t->z->size };
	struct decode_out out = { .put = take, .ctx = &taker };
	size_t used;

	if (!unpack_steps(t->u, plain.n))
		return false;
	if (t->z->method == ZIP_STORE)
		return !t->z->has_crc || crc_of(plain) == t->z->crc;
	if (t->z->method != ZIP_DEFLATE)
		return true;
	return decode_inflate(plain, DECODE_RAW, &out, &used) == DECODE_WHOLE &&
	       (!t->z->has_crc || taker.crc == t->z->crc);
}

static bool decrypt(struct unpack *u, const struct zip_entry *z, struct span *in, unsigned *method,
		    struct buf *plain)
{
	struct trial t = { .u = u, .z = z };
	struct zip_trial trial = { .good = is_right, .ctx = &t };

	/* deriving a key from a password is slow by design */
	if (z->method == ZIP_AES && !unpack_steps(u, KEY_STEPS * u->options->n_passwords))
		return false;
	if (in->n > ZIP_MAX_PLAIN) {
		unpack_gap(u, REASON_LIMIT, z->at, "bytes: an encrypted member of %zu bytes",
			   in->n);
		return false;
	}
	if (!zip_decrypt(u->options, z, *in, &trial, plain, method)) {
		unpack_gap(u, REASON_ENCRYPTED, z->at, "zip: %s",
			   (z->flags & ZIP_STRONG) != 0 ? "PKWARE's strong encryption"
							: "no password that was tried fits");
		return false;
	}
	*in = buf_span(plain);
	return true;
}

/* ---- a member */

static void check(struct unpack *u, const struct zip_entry *z)
{
	struct span got = unpack_so_far(u);

	if (z->size != UNPACK_UNKNOWN && got.n != z->size)
		unpack_gap(u, REASON_DAMAGED, z->at, "zip: %zu bytes, %" PRIu64 " are stated",
			   got.n, z->size);
	else if (z->has_crc && z->method != ZIP_AES && crc_of(got) != z->crc)
		unpack_gap(u, REASON_DAMAGED, z->at, "zip: the checksum differs");
}

/* Bytes that lie in the object as they are need no copy. */
static bool in_place(const struct zip_entry *z, struct span in)
{
	return z->method == ZIP_STORE && (z->flags & ZIP_ENCRYPTED) == 0 && in.n == z->packed &&
	       z->size == z->packed && (!z->has_crc || crc_of(in) == z->crc);
}

bool zip_member(struct unpack *u, const struct zip_entry *z, struct buf *plain, uint64_t *used)
{
	struct span in = span_cut(u->object, z->data, z->packed);
	bool encrypted = (z->flags & ZIP_ENCRYPTED) != 0;
	struct unpack_member m = { .name = z->name,
				   .size = z->size,
				   .packed = z->packed,
				   .at = z->at,
				   .encrypted = encrypted,
				   .has_crc = z->has_crc,
				   .crc = z->crc };
	unsigned method = z->method;
	size_t n = 0;

	*used = in.n;
	/* of one that does not say where it ends, what it took is known behind it */
	if (z->packed != UNPACK_UNKNOWN && !unpack_steps(u, in.n))
		return false;
	if (in_place(z, in))
		return unpack_whole(u, &m, in);
	if (!unpack_begin(u, &m))
		return false;
	if (z->packed != UNPACK_UNKNOWN && in.n < z->packed)
		unpack_gap(u, REASON_DAMAGED, z->at, "zip: the archive ends within it");
	if (!encrypted || decrypt(u, z, &in, &method, plain)) {
		if (is_known(method)) {
			enum decode_end end = decode(u, z, method, in, &n);
			decode_gap(u, end, z->data, "zip");
			if (end == DECODE_WHOLE)
				check(u, z);
			if (!encrypted && (end != DECODE_STOPPED || z->packed == UNPACK_UNKNOWN))
				*used = n;
		} else {
			unpack_gap(u, REASON_UNSUPPORTED, z->at, "zip method %u", method);
		}
	}
	unpack_end(u);
	return z->packed != UNPACK_UNKNOWN || unpack_steps(u, *used);
}
