/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_POLICY_PREFIX_H
#define PEL_POLICY_PREFIX_H

/* Blocks of Internet addresses as texts: 192.0.2.0/24, 2001:db8::/32, or one address (RFC 4632,
 * RFC 4291). */

#include "base/cursor.h"

struct prefix {
	uint8_t address[16]; /* the first four bytes of IPv4 */
	unsigned bits;       /* that are fixed */
	bool six;
};

/* Reads a block, whose bits beyond its length must be zero; without a length it is one address.
 * False where it is none, or of length 0, which is everybody. */
NODISCARD bool prefix_parse(struct span text, struct prefix *out);

/*
 * Whether the address that a fact names lies in the block: "192.0.2.7", "2001:db8::1", with a zone
 * ("fe80::1%eth0") or a port ("192.0.2.7:53", "[2001:db8::1]:53").  An IPv4 address that is written
 * as an IPv6 one (::ffff:192.0.2.7) is IPv4.
 */
bool prefix_holds(const struct prefix *p, struct span address);

#endif
