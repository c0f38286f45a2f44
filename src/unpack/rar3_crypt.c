/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/rar_crypt.h"

#include "base/hash.h"
#include "unpack/cipher.h"
#include "unpack/sevenzip.h"

/* RAR 3 and 4 (as their readers have it): blocks of a CRC of 16 bits, a type, flags and a size;
 * AES-128, and a key for each salt.  The ciphers of RAR 1.5 and 2 are not read. */

enum {
	MARK = 7,
	SALT = 8,
	HEAD = 7,
	MAIN = 0x73,
	FILE_BLOCK = 0x74,
	SUB_BLOCK = 0x7a,
	END_BLOCK = 0x7b,
	ALL_ENCRYPTED = 0x0080, /* of MAIN */
	ENCRYPTED = 0x0004,     /* of a file, as all that follow */
	LARGE = 0x0100,
	HAS_SALT = 0x0400,
	HAS_DATA = 0x8000,
	STORED = 0x30,
	OLDEST = 29, /* version that AES came with */
	KEY_STEPS = 1 << 18,
	NO_SALT_KEPT = 9,
};

struct rar {
	struct unpack *u;
	struct span password; /* as UTF-16LE */
	struct buf *plain;
	bool headers, files; /* are encrypted */
	bool wrong, refused, cut;
	uint8_t salt[SALT], key[16], vector[16];
	size_t n_salt; /* of the key at hand; NO_SALT_KEPT: there is none */
};

static bool make_key(struct rar *r, struct span salt)
{
	if (r->n_salt == salt.n && (salt.n == 0 || memcmp(r->salt, salt.p, salt.n) == 0))
		return true;
	if (!unpack_steps(r->u, (uint64_t)KEY_STEPS * (r->password.n * 3 + 200)))
		return false;
	cipher_key_rar3(salt, r->password, r->key, r->vector);
	r->n_salt = salt.n;
	if (salt.n != 0)
		memcpy(r->salt, salt.p, salt.n);
	return true;
}

static bool decrypt(struct rar *r, struct span in, uint8_t *out)
{
	uint8_t vector[16];

	memcpy(vector, r->vector, sizeof vector);
	return cipher_cbc((struct span){ r->key, sizeof r->key }, vector, in, out);
}

/* The header at the cursor with all that belongs to it, decrypted to `room` where that is needed.
 */
static struct span next_header(struct rar *r, struct cursor *c, struct buf *room)
{
	struct span none = { 0 }, in;
	uint8_t first[CIPHER_BLOCK];

	if (!r->headers) {
		struct cursor ahead = *c;
		cursor_skip(&ahead, 5);
		unsigned n = cursor_le16(&ahead);
		return n >= HEAD ? cursor_take(c, n) : none;
	}
	if (!make_key(r, cursor_take(c, SALT)))
		return none;
	struct cursor ahead = *c;
	if (!decrypt(r, cursor_take(&ahead, CIPHER_BLOCK), first) || !cursor_ok(&ahead))
		return none;
	size_t n = (size_t)(first[5] | first[6] << 8);
	in = cursor_take(c, (n + CIPHER_BLOCK - 1) / CIPHER_BLOCK * CIPHER_BLOCK);
	buf_reset(room);
	uint8_t *to = buf_room(room, in.n);
	if (!cursor_ok(c) || n < HEAD || to == NULL || !decrypt(r, in, to)) {
		r->wrong = true;
		return none;
	}
	buf_filled(room, in.n);
	in = span_cut(buf_span(room), 0, n);
	if ((crc32_of(span_cut(in, 2, n)) & 0xffff) != (uint32_t)(in.p[0] | in.p[1] << 8)) {
		r->wrong = true;
		return none;
	}
	return in;
}

static void put_le(uint8_t *p, uint32_t v, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

/* Writes a header with other flags, without the n bytes at `hole`, and with another size of its
 * data where that is not 0. */
static void put_header(struct buf *to, struct span header, unsigned flags, size_t hole, size_t n,
		       uint32_t data_size)
{
	size_t size = header.n - n;
	uint8_t *p = buf_room(to, header.n);

	if (p == NULL)
		return;
	memcpy(p, header.p, hole);
	memcpy(p + hole, header.p + hole + n, header.n - hole - n);
	put_le(p + 3, flags, 2);
	put_le(p + 5, (uint32_t)size, 2);
	if (data_size != 0)
		put_le(p + HEAD, data_size, 4);
	put_le(p, crc32_of((struct span){ p + 2, size - 2 }), 2);
	buf_filled(to, size);
}

static bool put_file(struct rar *r, struct span header, unsigned flags, struct cursor *in)
{
	struct cursor c = cursor_of(header);

	cursor_skip(&c, HEAD);
	uint64_t packed = cursor_le32(&c), size = cursor_le32(&c);
	cursor_skip(&c, 1);
	uint32_t crc = cursor_le32(&c);
	cursor_skip(&c, 4);
	unsigned version = cursor_u8(&c), method = cursor_u8(&c), name = cursor_le16(&c);
	cursor_skip(&c, 4);
	if ((flags & LARGE) != 0) {
		packed |= (uint64_t)cursor_le32(&c) << 32;
		size |= (uint64_t)cursor_le32(&c) << 32;
	}
	cursor_skip(&c, name);
	size_t hole = c.at;
	struct span salt = cursor_take(&c, (flags & HAS_SALT) != 0 ? SALT : 0);
	struct span data = cursor_take(in, packed < cursor_left(in) ? packed : cursor_left(in));
	r->cut = data.n < packed;
	if (!cursor_ok(&c) || !unpack_steps(r->u, data.n))
		return false;
	if ((flags & ENCRYPTED) == 0) {
		put_header(r->plain, header, flags, header.n, 0, 0);
		buf_put_span(r->plain, data);
		return true;
	}
	r->files = true;
	r->refused = version < OLDEST;
	if (r->refused || !make_key(r, salt))
		return false;
	uint64_t n = data.n / CIPHER_BLOCK * CIPHER_BLOCK;
	n = method == STORED && size < n ? size : n;
	put_header(r->plain, header, flags & ~(unsigned)(ENCRYPTED | HAS_SALT), hole, salt.n,
		   method == STORED ? (uint32_t)n : 0);
	uint8_t *to = buf_room(r->plain, data.n);
	if (to == NULL || !decrypt(r, data, to))
		return false;
	if (method == STORED && n == size && crc32_of((struct span){ to, (size_t)n }) != crc)
		r->wrong = true; /* of what is packed the decoder tells */
	buf_filled(r->plain, (size_t)n);
	return !r->wrong;
}

static bool rewrite(struct rar *r)
{
	struct cursor c = cursor_of(r->u->object);
	struct buf room;
	bool ok = true;

	buf_reset(r->plain);
	buf_put_span(r->plain, cursor_take(&c, MARK));
	buf_init(&room, UINT16_MAX + CIPHER_BLOCK);
	while (ok && cursor_left(&c) != 0) {
		struct span header = next_header(r, &c, &room);
		struct cursor h = cursor_of(header);
		cursor_skip(&h, 2);
		unsigned type = cursor_u8(&h), flags = cursor_le16(&h);
		cursor_skip(&h, 2);
		ok = cursor_ok(&h);
		if (!ok)
			break;
		if (type == FILE_BLOCK || type == SUB_BLOCK) {
			ok = put_file(r, header, flags, &c);
			continue;
		}
		put_header(r->plain, header,
			   type == MAIN ? flags & ~(unsigned)ALL_ENCRYPTED : flags, header.n, 0, 0);
		r->headers = r->headers || (type == MAIN && (flags & ALL_ENCRYPTED) != 0);
		if ((flags & HAS_DATA) != 0)
			buf_put_span(r->plain, cursor_take(&c, cursor_le32(&h)));
		if (type == END_BLOCK)
			break;
	}
	buf_release(&room);
	return !r->wrong && !r->refused && buf_ok(r->plain) && (r->headers || r->files);
}

bool rar3_decrypt(struct unpack *u, struct span object, struct buf *plain)
{
	uint8_t wide[CIPHER_PASSWORD_MAX];
	bool closed = false;

	if (object.n > RAR_MAX_PLAIN)
		return false;
	for (size_t i = 0; i < u->options->n_passwords; i++) {
		struct rar r = { .u = u, .plain = plain, .n_salt = NO_SALT_KEPT };
		r.password = (struct span){ wide, cipher_password(u->options->password[i], wide) };
		bool fits = rewrite(&r);
		closed = r.headers;
		if (fits && archive_opens(u, buf_span(plain), "rar", RAR_TRIED)) {
			if (r.cut)
				unpack_gap(u, REASON_DAMAGED, object.n,
					   "rar: the archive ends within a member");
			return true;
		}
		if (r.refused || (!r.headers && !r.files))
			break;
	}
	buf_reset(plain);
	if (closed)
		unpack_gap(u, REASON_ENCRYPTED, PLACE_NONE,
			   "rar: the directory; no password that was tried fits");
	return closed;
}
