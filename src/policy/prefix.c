/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/prefix.h"

#include <arpa/inet.h>

static bool read_address(struct span s, struct prefix *out)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff }; /* RFC 4291, 2.5.5.2 */
	char text[INET6_ADDRSTRLEN];

	if (s.n == 0 || s.n >= sizeof text || memchr(s.p, 0, s.n) != NULL)
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	*out = (struct prefix){ .six = memchr(s.p, ':', s.n) != NULL };
	if (inet_pton(out->six ? AF_INET6 : AF_INET, text, out->address) != 1)
		return false;
	if (out->six && memcmp(out->address, mapped, sizeof mapped) == 0) {
		memmove(out->address, out->address + sizeof mapped, 4);
		memset(out->address + 4, 0, 12);
		out->six = false;
	}
	out->bits = out->six ? 128 : 32;
	return true;
}

static bool read_bits(struct span s, unsigned most, unsigned *out)
{
	unsigned n = 0;

	if (s.n == 0 || s.n > 3 || (s.p[0] == '0'))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		n = n * 10 + s.p[i] - '0';
	}
	*out = n;
	return n <= most;
}

/* The first `bits` are equal. */
static bool agree(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned mask = 0xff00u >> bits % 8 & 0xff;

	return memcmp(a, b, bits / 8) == 0 &&
	       (bits % 8 == 0 || ((unsigned)(a[bits / 8] ^ b[bits / 8]) & mask) == 0);
}

bool prefix_parse(struct span text, struct prefix *out)
{
	const uint8_t *slash = memchr(text.n != 0 ? text.p : (const uint8_t *)"", '/', text.n);
	size_t n = slash != NULL ? (size_t)(slash - text.p) : text.n;
	struct prefix p, zero = { .bits = 0 };

	if (!read_address(span_cut(text, 0, n), &p))
		return false;
	if (slash != NULL && !read_bits(span_cut(text, n + 1, SIZE_MAX), p.bits, &p.bits))
		return false;
	for (unsigned i = 0; i < 16; i++)
		zero.address[i] = i < p.bits / 8 ? p.address[i] : 0;
	if (p.bits % 8 != 0)
		zero.address[p.bits / 8] = p.address[p.bits / 8] & (uint8_t)(0xff00u >> p.bits % 8);
	if (memcmp(zero.address, p.address, sizeof p.address) != 0)
		return false;
	*out = p;
	return true;
}

/* Without port, brackets and zone. */
static struct span bare(struct span s)
{
	const uint8_t *end;

	if (s.n == 0)
		return s;
	if (s.p[0] == '[') {
		end = memchr(s.p, ']', s.n);
		s = end != NULL ? span_cut(s, 1, (size_t)(end - s.p) - 1) : s;
	} else {
		end = memchr(s.p, ':', s.n);
		if (end != NULL && end == memrchr(s.p, ':', s.n))
			s = span_cut(s, 0, (size_t)(end - s.p));
	}
	end = s.n != 0 ? memchr(s.p, '%', s.n) : NULL;
	return end != NULL ? span_cut(s, 0, (size_t)(end - s.p)) : s;
}

bool prefix_holds(const struct prefix *p, struct span address)
{
	struct prefix one;

	return read_address(bare(address), &one) && one.six == p->six &&
	       agree(one.address, p->address, p->bits);
}
