/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "base/hash.h"
#include "engine/clam_sign.h"
#include "engine/pe_sign.h"
#include "tests/format/look.h"
#include "tests/format/make_pe.h"

/* A PKCS #7 signature, as the certificate table of an image that is always the same. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BUDGET = 256 << 20, MOST = 1 << 20 };

/* Uses that an entry allows, and what is before its modulus: each certificate gets one of them. */
static const struct {
	const char *uses, *before;
} ways[] = { { "1;1;1", "" }, { "1;0;1", "00" }, { "0;1;1", "" } };

enum { N_WAYS = sizeof ways / sizeof *ways };

/* Lines that are no entries of a .crb file, or name no key. */
static const char *const bad[] = { "", "a;b", ";;;;1;1;1", "zz;;11;;1;1;1", "00;00;zz;;1;1;1" };

/* Every certificate of the image is an entry of ClamAV's, trusted for something: each must be named
 * by its own, and none by what is no entry.  */
static void check_entries(struct span file, struct arena *a)
{
	struct clam_signed s = { .known = false };
	struct buf entries;

	if (!clam_sign_read(file, a, &s))
		return;
	buf_init(&entries, 1 << 22);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		if (clam_sign_names(&s, span_of(bad[i])))
			abort();
		buf_printf(&entries, "%s\n", bad[i]);
	}
	for (size_t i = 0; i < s.n_signers && i < 64; i++) {
		size_t from = entries.n;
		char hex[2 * 1024 + 1];
		const struct span part[] = { { s.signer[i].subject, 20 },
					     { s.signer[i].serial, 20 },
					     s.signer[i].modulus };
		for (unsigned k = 0; k < 3; k++) {
			hex_text(part[k].p, part[k].n, hex);
			buf_printf(&entries, "%s%s;", k == 2 ? ways[i % N_WAYS].before : "",
				   k == 1 && i % N_WAYS == 1 ? "" : hex);
		}
		buf_printf(&entries, ";%s", ways[i % N_WAYS].uses);
		if (buf_ok(&entries) &&
		    !clam_sign_names(&s, span_cut(buf_span(&entries), from, entries.n)))
			abort();
		buf_put_u8(&entries, '\n');
	}
	(void)clam_sign_trusts(file, buf_span(&entries), 1400000000, a);
	buf_release(&entries);
}

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
	check_entries(file, &l.arena);
	look_close(&l);
	free(p);
	return 0;
}
