/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/upx.h"
#include "unpack/decode_nrv.h"
#include "unpack/sink.h"

/* ---- methods, as UPX numbers them */

enum { METHOD_LZMA = 14, METHOD_DEFLATE = 15 };

static const struct {
	uint8_t method, width;
	enum decode_nrv how;
} nrv[] = {
	{ 2, 32, DECODE_NRV2B }, { 3, 8, DECODE_NRV2B }, { 4, 16, DECODE_NRV2B },
	{ 5, 32, DECODE_NRV2D }, { 6, 8, DECODE_NRV2D }, { 7, 16, DECODE_NRV2D },
	{ 8, 32, DECODE_NRV2E }, { 9, 8, DECODE_NRV2E }, { 10, 16, DECODE_NRV2E },
};

enum { N_NRV = sizeof nrv / sizeof *nrv };

bool upx_method_known(unsigned method)
{
	return (method >= nrv[0].method && method <= nrv[N_NRV - 1].method) ||
	       method == METHOD_LZMA || method == METHOD_DEFLATE;
}

/* Two bytes with the three parameters, one of them twice, and a raw stream behind them. */
static enum decode_end decode_packed_lzma(struct span in, size_t size, const struct decode_out *out)
{
	struct cursor c = cursor_of(in);
	unsigned sum = cursor_u8(&c), two = cursor_u8(&c);
	unsigned pb = sum & 7, lp = two >> 4, lc = two & 15;
	uint8_t properties[5] = { (uint8_t)((pb * 5 + lp) * 9 + lc) };
	size_t used;

	if (!cursor_ok(&c) || sum >> 3 != lc + lp || pb > 4 || lp > 4 || lc > 8)
		return DECODE_DAMAGED;
	for (unsigned i = 0; i < 4; i++)
		properties[1 + i] = (uint8_t)(size >> 8 * i); /* the dictionary is all of it */
	return decode_lzma_raw((struct span){ properties, sizeof properties }, size,
			       span_cut(in, 2, in.n), out, &used);
}

enum decode_end upx_decode(unsigned method, struct span in, uint8_t *to, size_t size, size_t *made)
{
	struct sink s = { .p = to, .max = size };
	const struct decode_out out = { sink_put, &s };
	enum decode_end end;
	size_t used;

	*made = 0;
	for (size_t i = 0; i < N_NRV; i++)
		if (nrv[i].method == method)
			return decode_nrv(nrv[i].how, nrv[i].width, in, to, size, made);
	end = method == METHOD_LZMA ? decode_packed_lzma(in, size, &out)
				    : decode_inflate(in, DECODE_RAW, &out, &used);
	*made = s.n;
	if (end == DECODE_WHOLE && s.n != size)
		return DECODE_DAMAGED;
	return end == DECODE_STOPPED ? DECODE_DAMAGED : end;
}

/* ---- filters: each replaced, in calls and jumps, how far by where to */

static uint32_t get(const uint8_t *p, bool big)
{
	return big ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]
		   : (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static void put(uint8_t *p, bool big, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * (big ? 3 - i : i));
}

/* x86's instructions that are followed by a distance of 4 bytes: bits of what a filter takes. */
enum { CALLS = 1, JUMPS = 2, CONDITIONS = 4 };

/* last: where the instruction before ended, in whose bytes none begins. */
static bool is_jump(const uint8_t *p, size_t at, size_t last, unsigned which)
{
	if (p[at] == 0xe8)
		return (which & CALLS) != 0;
	if (p[at] == 0xe9)
		return (which & JUMPS) != 0;
	return (which & CONDITIONS) != 0 && at != last && p[at - 1] == 0x0f &&
	       (p[at] & 0xf0) == 0x80;
}

/* All of them. */
static void unfilter_all(unsigned which, bool from_big, bool to_big, uint32_t add, uint8_t *p,
			 size_t n)
{
	for (size_t i = 0; i + 5 < n; i++) {
		if (!is_jump(p, i, i, which))
			continue;
		put(p + i + 1, to_big, get(p + i + 1, from_big) - (uint32_t)(i + 1) - add);
		i += 4;
	}
}

/* Those that are told by a first byte that no other distance has. */
static void unfilter_marked(unsigned which, uint8_t cto, uint32_t add, uint8_t *p, size_t n)
{
	size_t last = 0;

	for (size_t i = 0; i + 5 < n; i++) {
		if (!is_jump(p, i, last, which) || p[i + 1] != cto)
			continue;
		uint32_t to = get(p + i + 1, true) - ((uint32_t)cto << 24);
		put(p + i + 1, false, to - (uint32_t)(i + 1) - add);
		i += 4;
		last = i + 1;
	}
}

/* Machines whose instructions are words: where (word & mask) == is, the bits of `field` are a
 * distance in words. */
static void unfilter_words(uint32_t mask, uint32_t is, uint32_t field, bool big, uint32_t add,
			   uint8_t *p, size_t n)
{
	for (size_t i = 0; i + 4 < n; i += 4) {
		uint32_t word = get(p + i, big);
		if ((word & mask) == is)
			put(p + i, big,
			    (word & ~field) | ((word - (uint32_t)(i / 4) - add) & field));
	}
}

/* PowerPC: the four highest of the 26 bits are the mark, and so it goes as far as the others. */
static void unfilter_ppc(uint8_t cto, uint32_t add, uint8_t *p, size_t n)
{
	for (size_t i = 0; i + 4 <= n && i <= 1u << 22; i += 4) {
		uint32_t word = get(p + i, true);
		if (word >> 26 != 18 || (word >> 22 & 15) != cto)
			continue;
		uint32_t to = (word & 0x003ffffc) - (uint32_t)i - add;
		put(p + i, true, (word & 0xfc000003) | (to & 0x03fffffc));
	}
}

bool upx_unfilter(unsigned filter, uint8_t cto, uint32_t add, uint8_t *p, size_t n)
{
	static const uint8_t which[] = { CALLS, JUMPS, CALLS | JUMPS };

	if (filter == 0)
		return true;
	if (filter >= 0x11 && filter <= 0x19) {
		unsigned i = filter - 0x11;
		unfilter_all(which[i % 3], i / 3 == 1, i / 3 == 2, add, p, n);
	} else if (filter >= 0x24 && filter <= 0x26) {
		unfilter_marked(which[filter - 0x24], cto, add, p, n);
	} else if (filter == 0x36 || filter == 0x46) {
		unfilter_marked(CALLS | JUMPS, cto, add, p, n);
	} else if (filter == 0x49) {
		unfilter_marked(CALLS | JUMPS | CONDITIONS, cto, add, p, n);
	} else if (filter == 0x50 || filter == 0x51) { /* ARM: BL */
		unfilter_words(0x0f000000, 0x0b000000, 0x00ffffff, filter == 0x51, add, p, n);
	} else if (filter == 0x52) { /* ARM64: B, BL */
		unfilter_words(0x7c000000, 0x14000000, 0x03ffffff, false, add, p, n);
	} else if (filter == 0xd0) {
		unfilter_ppc(cto, add, p, n);
	} else {
		return false;
	}
	return true;
}
