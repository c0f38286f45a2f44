/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_PDF_CRYPT_H
#define PEL_UNPACK_PDF_CRYPT_H

/*
 * PDF's standard security handler with the empty password, which viewers try before they ask for
 * one (ISO 32000-1, 7.6; revisions 5 and 6: ISO 32000-2, 7.6.4).
 */

#include "unpack/pdf_doc.h"
#include "unpack/pdf_filter.h"
#include "unpack/unpack.h"

enum pdf_cipher { PDF_CIPHER_NONE, PDF_CIPHER_RC4, PDF_CIPHER_AES, PDF_CIPHER_AES256 };

struct pdf_crypt {
	enum pdf_cipher streams, strings;
	enum pdf_cipher files; /* streams that are embedded files (Table 20, EFF) */
	uint8_t key[32];
	size_t key_size;
	struct span filters; /* source of /CF, for streams that name their own */
	bool clear_metadata; /* streams of metadata are not encrypted (7.6.3.2, EncryptMetadata) */
};

/*
 * Derives the key from the document's /Encrypt dictionary and /ID.  Fails with ENCRYPTED where
 * neither the empty password nor one of the options' opens it as the user's, with UNSUPPORTED for
 * another handler.
 */
NODISCARD bool pdf_crypt_open(struct pdf_doc *d, const struct unpack_options *o,
			      struct pdf_crypt *out, struct error *e);

/* The key of one object (7.6.2); 32 bytes of room.  Returns its size. */
size_t pdf_crypt_object_key(const struct pdf_crypt *c, const struct pdf_object *o,
			    enum pdf_cipher cipher, uint8_t out[32]);

/* Decrypts the n bytes of a string in place; returns how many are left. */
size_t pdf_crypt_string(const struct pdf_crypt *c, const struct pdf_object *o, uint8_t *s,
			size_t n);

/* The cipher that a crypt filter names in /CF (7.6.5). */
enum pdf_cipher pdf_crypt_filter(const struct pdf_crypt *c, struct pdf_doc *d, struct span name);

#endif
