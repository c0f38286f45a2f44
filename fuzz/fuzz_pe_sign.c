/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/pe_sign.h"
#include "tests/format/look.h"
#include "tests/format/make_pe.h"

/* A PKCS #7 signature, as the certificate table of an image that is always the same. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BUDGET = 256 << 20, MOST = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct make_pe m;
	struct look l;

	if (size > MOST)
		return 0;
	make_pe(&m, true);
	make_pe_set_directory(&m, 4, MAKE_PE_SIZE, (uint32_t)size + 8);
	uint8_t *p = malloc(MAKE_PE_SIZE + 8 + size);
	if (p == NULL)
		return 0;
	uint8_t *entry = p + MAKE_PE_SIZE;
	memcpy(p, m.p, MAKE_PE_SIZE);
	memset(entry, 0, 8);
	for (unsigned i = 0; i < 4; i++)
		entry[i] = (uint8_t)((size + 8) >> (8 * i));
	memcpy(entry + 8, data, size);
	struct span file = { p, MAKE_PE_SIZE + 8 + size };
	look_open(&l, &pe_module, file, BUDGET);
	struct module_input in = { .file = file, .arena = &l.arena, .state = &l.state };
	bool read = l.slots != NULL && pe_sign_load(&in, l.slots, &l.e);
	(void)read; /* damaged signatures are half the inputs */
	(void)look_walk_all(&l);
	struct value v = look_at(&l, "signatures");
	if (look_int(&l, "number_of_signatures") !=
	    (v.kind == VALUE_ARRAY ? (int64_t)v.list->n : 0))
		abort();
	look_close(&l);
	free(p);
	return 0;
}
