/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_ZIP_H
#define PEL_UNPACK_ZIP_H

/* What the parts of the zip reader share. */

#include "unpack/decode.h"

/* A member as one of its two headers has it. */
struct zip_entry {
	uint64_t at;           /* of its local header in the object */
	uint64_t data;         /* of its bytes */
	uint64_t packed, size; /* bytes; UNPACK_UNKNOWN */
	uint32_t crc;
	uint16_t flags, method, time;
	bool has_crc;
	struct span name, extra;
};

enum zip_flag {
	ZIP_ENCRYPTED = 1 << 0,
	ZIP_MARKED = 1 << 1,  /* LZMA: an end mark ends it */
	ZIP_LATER = 1 << 3,   /* sizes and checksum stand behind the bytes */
	ZIP_STRONG = 1 << 6,  /* PKWARE's own encryption */
	ZIP_MASKED = 1 << 13, /* the central directory is encrypted too */
};

enum zip_method {
	ZIP_STORE,
	ZIP_SHRINK,
	ZIP_REDUCE_1,
	ZIP_REDUCE_4 = 5,
	ZIP_IMPLODE,
	ZIP_DEFLATE = 8,
	ZIP_DEFLATE64,
	ZIP_BZIP2 = 12,
	ZIP_LZMA = 14,
	ZIP_ZSTD_OLD = 20,
	ZIP_ZSTD = 93,
	ZIP_XZ = 95,
	ZIP_AES = 99,
};

enum { ZIP_MAX_PLAIN = 256 << 20 /* bytes of an encrypted member that are decrypted */ };

/* Is there the end of a zip's directory, by which its reader knows what it lies behind? */
bool zip_ended(struct span object);

/* Yields the member.  *used becomes the packed bytes that it took.  False: the budget is spent.
 * `plain` is memory that it may use. */
NODISCARD bool zip_member(struct unpack *u, const struct zip_entry *z, struct buf *plain,
			  uint64_t *used);

/* Decrypts `in` with the first password that fits, PKZIP's old cipher or WinZip's AES, into
 * `plain`; `try_it` says whether what came out is right, where the cipher itself cannot.  *method
 * becomes the method of what came out.  False: none fits, or it is not a cipher that we know. */
struct zip_trial {
	bool (*good)(void *ctx, struct span plain);
	void *ctx;
};
NODISCARD bool zip_decrypt(const struct unpack_options *o, const struct zip_entry *z,
			   struct span in, const struct zip_trial *trial, struct buf *plain,
			   unsigned *method);

/* The extra field of this number; empty: there is none. */
struct span zip_extra(struct span extra, unsigned number);

#endif
