/* SPDX-License-Identifier: Apache-2.0 */
/* A thousand digests for each of a million numbers: what the newer interface sets up costs more
 * than the work. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "recover/yarrow.h"

#include <openssl/aes.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

/* Kelsey, Schneier, Ferguson, Yarrow-160, SAC 1999; with the sizes of GNU Nettle's yarrow256. */

enum { ROUNDS = 1500, DIGEST = SHA256_DIGEST_LENGTH };

bool yarrow_of_number(uint64_t number, uint8_t *out)
{
	char digits[24];
	uint8_t text[2 * DIGEST + 4], counter[16] = { 0 };
	SHA256_CTX c;
	AES_KEY key;
	bool ok = true;
	int n = snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);

	SHA256_Init(&c);
	SHA256_Update(&c, digits, (size_t)n);
	SHA256_Final(text, &c);
	memcpy(text + DIGEST, text, DIGEST);
	for (uint32_t i = 1; i < ROUNDS; i++) { /* what it is now, what it was first, the round */
		for (unsigned b = 0; b < 4; b++)
			text[2 * DIGEST + b] = (uint8_t)(i >> (24 - 8 * b));
		SHA256_Init(&c);
		SHA256_Update(&c, text, sizeof text);
		ok = SHA256_Final(text, &c) == 1 && ok;
	}
	if (!ok || AES_set_encrypt_key(text, 256, &key) != 0)
		return false;
	AES_encrypt(counter, counter, &key);
	AES_encrypt(counter, out, &key);
	return true;
}
