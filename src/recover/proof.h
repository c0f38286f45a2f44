/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RECOVER_PROOF_H
#define PEL_RECOVER_PROOF_H

/*
 * How far can it be shown that a file is what its name says?  The same question is asked of a file
 * under suspicion and of one that was just decrypted.
 */

#include "base/buf.h"
#include "base/error.h"
#include "base/region.h"

enum kind {
	KIND_UNKNOWN,
	KIND_TEXT, /* XML, JSON, HTML, CSV, sources, mail, descriptors */
	KIND_ZIP,  /* also OOXML, ODF, JAR, APK, EPUB */
	KIND_PDF,
	KIND_JPEG,
	KIND_PNG,
	KIND_GIF,
	KIND_BMP,
	KIND_OLE2, /* doc, xls, ppt, msg, msi */
	KIND_MP4,  /* ISO base media: mp4, mov, heic, avif */
	KIND_RIFF, /* wav, avi, webp */
	KIND_MP3,
	KIND_OGG,
	KIND_FLAC,
	KIND_GZIP,
	KIND_BZIP2,
	KIND_XZ,
	KIND_ZSTD,
	KIND_7Z,
	KIND_RAR,
	KIND_TAR,
	KIND_SQLITE,
	KIND_PST, /* Outlook's */
	KIND_ELF,
	KIND_PE,
	KIND_DISK, /* MBR or GPT, or a file system */
	KIND_VMDK, /* sparse extent */
	KIND_QCOW,
	KIND_CRYPT, /* OpenPGP, LUKS, age: encrypted by its owner */
	KIND_COUNT
};

enum proof_level {
	PROOF_NONE,      /* V0: cannot be shown */
	PROOF_MAGIC,     /* V1: the first bytes are right */
	PROOF_STRUCTURE, /* V2: its structure holds to its end */
	PROOF_CHECKSUM,  /* V3: checksums inside it agree */
	PROOF_KNOWN,     /* V4: equal to a known original */
};

struct proof {
	enum kind kind;
	enum proof_level level;
	unsigned bits; /* of the file that were checked: 2^-bits of random files would pass */
	bool broken;   /* the magic is there, and the structure does not hold */
	char what[96]; /* in words: "zip: 12 members, all checksums agree" */
};

enum { PROOF_BITS_WANTED = 56 /* before a key is accepted */ };

/* What a file is by its first bytes; the end of the file helps for some.  KIND_TEXT where the whole
 * head reads as text. */
enum kind kind_of(struct span head);
/* may[b]: something of that kind can begin with b, so that a search can ask that first.  Wide where
 * the kind is told by other bytes than the first. */
void kind_first_bytes(enum kind k, bool may[256]);
/* What its name says that it is; KIND_UNKNOWN where it says nothing. */
enum kind kind_of_name(struct span name);
const char *kind_word(enum kind k); /* static */
/* By its nature its bytes look random over whole windows: statistics say nothing of it. */
bool kind_is_dense(enum kind k);

/* Reads through the window as far as it must; `deep`: checksums over the contents too.  Never
 * fails: what cannot be read is not shown. */
void proof_of(struct region *w, enum kind expected, bool deep, struct proof *out);

/* For proof_*.c: the readers of single kinds.  Each fills level, bits, broken and what. */
void proof_zip(struct region *w, bool deep, struct proof *out);
void proof_pdf(struct region *w, bool deep, struct proof *out);
void proof_media(struct region *w, struct proof *out);
void proof_packed(struct region *w, bool deep, struct proof *out);
void proof_pst(struct region *w, struct proof *out);
void proof_sqlite(struct region *w, struct proof *out);
void proof_text(struct region *w, bool deep, struct proof *out);

/* Appends bytes [at, at + n) of the file; false where they are not all there, or not wanted. */
NODISCARD bool proof_load(struct region *w, uint64_t at, uint64_t n, struct buf *b);

/* Fills *out. */
void proof_set(struct proof *out, enum proof_level level, unsigned bits, const char *format, ...)
	PRINTF(4, 5);

#endif
