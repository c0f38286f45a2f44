/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/hex.h"
#include "recover/key_file.h"
#include "recover/petya.h"

#include <stdlib.h>

/*
 * What a user brings as a key: a file with a scalar or with RSA keys in any form that is accepted,
 * and the code that Petya shows.  Keys have the size that was asked for, and what one of them opens
 * lies in its block.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MEMORY = 1 << 20 };

static void check_rsa(struct span file, size_t size)
{
	static uint8_t wrapped[KEY_RSA_MAX] = { [KEY_RSA_MAX - 1] = 2 };
	uint8_t block[KEY_RSA_MAX];
	struct key_list l;
	struct arena a;
	struct error e;

	arena_init(&a, MEMORY);
	if (key_rsa_list(file, size, &a, &l, &e)) {
		if (l.n == 0 || l.n > KEY_LIST_MAX)
			abort();
		for (size_t i = 0; i < l.n; i++)
			if (l.key[i].size != size)
				abort();
		l.n = size <= 256; /* one, of no great size: each costs a power */
		struct span m = key_unwrap(&l, (struct span){ wrapped, size }, false, 16, block);
		if (m.n != 0 && (m.p < block || m.p + m.n != block + size))
			abort();
	}
	arena_release(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t master[PETYA_MASTER] = { 0x38, 0xdd, 0x46, 0x80, 0x1c, 0xe6 };
	struct span all = { data, size };
	uint8_t scalar[KEY_SCALAR], key[PETYA_KEY];
	struct error e;
	uint64_t v;

	if (key_scalar(all, scalar, &e) && size < KEY_SCALAR)
		abort();
	check_rsa(all, 128);
	check_rsa(all, 256);
	check_rsa(all, 512);
	for (enum petya_kind k = PETYA_RED; k <= PETYA_GOLDENEYE; k++)
		if (petya_key(k, all, master, key, &e) && size > PETYA_MAX_CODE)
			abort();
	if (hex_number(all, &v) && size > 18)
		abort();
	return 0;
}
