/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_OFFICE_CRYPT_H
#define PEL_UNPACK_OFFICE_CRYPT_H

/*
 * The encryption of Office documents ([MS-OFFCRYPTO]): from what stands in the document and a
 * password to a key, and from that to plain bytes.
 *
 * Excel opens without asking what is encrypted with "VelvetSweatshop", and PowerPoint likewise, so
 * malware that wants to hide from scanners uses that; it is tried before all others.
 */

#include "unpack/cipher.h"
#include "unpack/unpack.h"

enum {
	OFFICE_KEY_MAX = 64,
	OFFICE_SEGMENT = 4096,      /* bytes of a package that share a vector (2.3.4.15) */
	OFFICE_MAX_SPIN = 10000000, /* rounds of a key's derivation (2.3.4.10) */
};

enum office_cipher {
	OFFICE_AGILE,    /* AES in CBC, a vector for each segment */
	OFFICE_STANDARD, /* AES in ECB */
	OFFICE_RC4_SHA1, /* RC4 CryptoAPI */
	OFFICE_RC4_MD5,  /* RC4 of 40 bits, as Office 97 has it */
	OFFICE_XOR,      /* of Excel */
};

struct office_key {
	enum office_cipher cipher;
	enum cipher_digest digest; /* OFFICE_AGILE: of the vectors */
	uint8_t salt[OFFICE_KEY_MAX];
	size_t n_salt;
	uint8_t key[OFFICE_KEY_MAX]; /* RC4: what each block's key is made of; XOR: the array */
	size_t n_key;                /* bytes; RC4: of a block's key */
};

/*
 * Reads `info`, which is an EncryptionInfo (2.3.4), or the header of RC4 encryption that stands in
 * documents of Office 97 (2.3.5, 2.3.6), and finds the first password that opens it.  Fails with
 * ENCRYPTED (none does), UNSUPPORTED, DAMAGED or LIMIT.
 */
NODISCARD bool office_open(struct unpack *u, struct span info, struct office_key *out,
			   struct error *e);

/* The same for Excel's XOR obfuscation (2.3.7): its key and verifier. */
NODISCARD bool office_open_xor(struct unpack *u, uint16_t key, uint16_t verifier,
			       struct office_key *out, struct error *e);

/* Decrypts the stream EncryptedPackage into the member that is begun. */
void office_package(struct unpack *u, const struct office_key *k, struct span package);

/* RC4: decrypts `in`, which is block `block` of a stream from its start on, to `out`. */
void office_block(const struct office_key *k, uint32_t block, struct span in, uint8_t *out);

/* XOR: decrypts the data of a record that begins `at` bytes into the stream. */
void office_xor(const struct office_key *k, uint64_t at, struct span in, uint8_t *out);

/* ---- office_agile.c */

/* The agile EncryptionInfo (2.3.4.10), which is XML. */
NODISCARD bool office_agile(struct unpack *u, struct span xml, struct office_key *out,
			    struct error *e);

/* The passwords in the order in which they are tried; empty: `i` is behind the last. */
struct span office_password(const struct unpack *u, size_t i);

#endif
