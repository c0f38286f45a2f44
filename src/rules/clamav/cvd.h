/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RULES_CLAMAV_CVD_H
#define PEL_RULES_CLAMAV_CVD_H

/*
 * ClamAV's containers, .cvd .cld .cud (reference engine C.1.7): a head of 512
 * bytes, then a tar, compressed by gzip or not.  Who unpacks the gzip is the
 * caller's affair.
 */

#include "base/cursor.h"
#include "base/error.h"

enum { CVD_HEAD = 512, CVD_MAX_MEMBERS = 1024 };

struct cvd {
	struct span built, version, n_signatures, level, md5, signature, builder; /* as written */
	struct span body;  /* what stands behind the head */
	bool gzip;         /* the body is compressed */
	bool digest_holds; /* the body has the MD5 that the head names */
	/* ... which ClamAV's 1024-bit RSA key signed.  It proves who made the container as far as
	 * nobody makes two bodies of one MD5, which can be done. */
	bool signature_holds;
};

/* Reads head and signature of a container; the spans point into it.  DAMAGED where it is none. */
NODISCARD bool cvd_read(struct span file, struct cvd *out, struct error *e);

struct cvd_member {
	struct span name, text;
};

/* The next file of an unpacked body from *at on; false at its end, or with e->why set where it is
 * damaged.  Directories and links are passed over. */
NODISCARD bool cvd_next(struct span tar, size_t *at, struct cvd_member *out, struct error *e);

#endif
