/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/attack_cipher.h"

EVP_CIPHER_CTX *attack_cipher_new(const EVP_CIPHER *cipher, const uint8_t *key, const uint8_t *iv)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();

	if (c == NULL || EVP_DecryptInit_ex(c, cipher, NULL, key, iv) != 1 ||
	    EVP_CIPHER_CTX_set_padding(c, 0) != 1) {
		EVP_CIPHER_CTX_free(c);
		return NULL;
	}
	return c;
}

bool attack_cipher_begin(struct attack_open *o, const EVP_CIPHER *cipher, const uint8_t *key,
			 const uint8_t *iv, struct error *e)
{
	o->state.pointer = attack_cipher_new(cipher, key, iv);
	return o->state.pointer != NULL ||
	       error_set(e, REASON_MEMORY, PLACE_NONE, "libcrypto gives no cipher");
}

bool attack_cipher_step(struct attack *a, struct attack_open *o, uint64_t at, uint8_t *p, size_t n,
			struct error *e)
{
	int got;

	(void)a;
	return EVP_DecryptUpdate(o->state.pointer, p, &got, p, (int)n) == 1 ||
	       error_set(e, REASON_INTERNAL, at, "libcrypto does not decrypt");
}

void attack_cipher_close(struct attack_open *o) { EVP_CIPHER_CTX_free(o->state.pointer); }
