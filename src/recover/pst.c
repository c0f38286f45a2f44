/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/pst.h"

#include <libdeflate.h>
#include <stdio.h>

enum {
	MAP_FIRST = 0x4400,      /* the first map of allocations, and then one after each ... */
	MAP_EACH = 496 * 8 * 64, /* ... of this many bytes */
	MAP_SAMPLES = 64,
	LARGE_PAGES = 36, /* version from which pages have 4 KiB */
	HEADER_FROM = 8,  /* bytes of the header that dwCRCPartial is of */
	HEADER_SUMMED = 471,
};

static const struct pst_form forms[] = {
	{ true, 23, 16, 4, 8, 488, 24, 16, 4, 8, 180, 513 },
	{ false, 14, 12, 8, 4, 496, 12, 12, 8, 4, 164, 461 },
};

uint32_t pst_sum(struct span s) { return libdeflate_crc32(UINT32_MAX, s.p, s.n) ^ UINT32_MAX; }

uint8_t pst_page_type(const struct pst_form *f, struct span page, uint64_t *bid)
{
	struct cursor c = cursor_of(page);
	uint64_t at = PST_PAGE - f->trailer;

	cursor_seek(&c, at);
	uint8_t type = cursor_u8(&c), again = cursor_u8(&c);
	cursor_seek(&c, at + f->crc_at);
	uint32_t sum = cursor_le32(&c);
	cursor_seek(&c, at + f->bid_at);
	*bid = pst_number(&c, f);
	bool ok = cursor_ok(&c) && type == again && type >= PST_PAGE_BBT && type <= PST_PAGE_LAST &&
		  pst_sum(span_cut(page, 0, at)) == sum;
	return ok ? type : 0;
}

static bool is_map(const struct pst_form *f, struct region *w, uint64_t k)
{
	uint64_t bid;

	return pst_page_type(f, region_get(w, MAP_FIRST + k * MAP_EACH, PST_PAGE), &bid) ==
	       PST_PAGE_AMAP;
}

const struct pst_form *pst_form_of(struct region *w)
{
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
		for (unsigned k = 0;
		     k < MAP_SAMPLES && MAP_FIRST + (uint64_t)k * MAP_EACH < w->size; k++)
			if (is_map(&forms[i], w, k))
				return &forms[i];
	return NULL;
}

bool pst_header_holds(struct region *w)
{
	struct span s = region_get(w, 0, PST_HEADER);
	struct cursor c = cursor_of(s);
	bool magic = cursor_le32(&c) == PST_MAGIC;

	return cursor_le32(&c) == pst_sum(span_cut(s, HEADER_FROM, HEADER_SUMMED)) && magic &&
	       cursor_ok(&c);
}

/* The header's sum, and a map each 248 KiB: who encrypts by pieces meets some. */
void proof_pst(struct region *w, struct proof *out)
{
	struct cursor c = cursor_of(region_get(w, 0, PST_HEADER));
	uint64_t n = 0, bad = 0;

	cursor_seek(&c, 10);
	uint16_t version = cursor_le16(&c);
	if (!pst_header_holds(w)) {
		out->broken = true;
		snprintf(out->what, sizeof out->what, "pst: its header's checksum does not agree");
		return;
	}
	if (version >= LARGE_PAGES) {
		proof_set(out, PROOF_MAGIC, 64, "pst with pages of 4 KiB: its header holds");
		return;
	}
	const struct pst_form *f = &forms[version < 20];
	for (; MAP_FIRST + n * MAP_EACH + PST_PAGE <= w->size; n++)
		bad += !is_map(f, w, n);
	if (bad != 0) {
		out->broken = true;
		snprintf(out->what, sizeof out->what, "pst: %llu of %llu maps do not hold",
			 (unsigned long long)bad, (unsigned long long)n);
		return;
	}
	proof_set(out, PROOF_STRUCTURE, n < 60 ? 64 + 64 * (unsigned)n : 4096,
		  "pst: header and %llu maps hold", (unsigned long long)n);
}
