/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_RECOVER_PST_H
#define PEL_RECOVER_PST_H

/* Outlook's personal folders ([MS-PST] 2.2): what their pages and their header show of themselves.
 * Pages of 512 bytes; those of 4 KiB that Outlook 2013 keeps for Exchange are not read. */

#include "base/buf.h"
#include "recover/proof.h"

enum {
	PST_MAGIC = 0x4e444221, /* !BDN */
	PST_PAGE = 512,
	PST_HEADER = 564,    /* bytes of the longer form */
	PST_PAGE_BBT = 0x80, /* the tree of blocks */
	PST_PAGE_NBT = 0x81, /* of nodes */
	PST_PAGE_AMAP = 0x84,
	PST_PAGE_LAST = 0x86,
};

/* One of the two forms of the file. */
struct pst_form {
	bool wide; /* numbers and places have 64 bits */
	uint16_t version;
	unsigned trailer, crc_at, bid_at; /* of a page: bytes, and places in it */
	unsigned entries, entry;          /* of a leaf: bytes before its count; of an entry */
	unsigned block_trailer, block_crc_at, block_bid_at;
	unsigned root_at, crypt_at; /* in the header */
};

/* A number or a place: 64 bits in the wide form, 32 in the other. */
static inline uint64_t pst_number(struct cursor *c, const struct pst_form *f)
{
	return f->wide ? cursor_le64(c) : cursor_le32(c);
}

/* By the maps of allocations, which stand at places of their own; NULL: there is none. */
const struct pst_form *pst_form_of(struct region *w);

/* The type of a page whose trailer holds, and its number; 0: it is none. */
uint8_t pst_page_type(const struct pst_form *f, struct span page, uint64_t *bid);

bool pst_header_holds(struct region *w);

/* [MS-PST] 5.3: a CRC-32 that begins with 0, and is not turned over at the end. */
uint32_t pst_sum(struct span s);

#endif
