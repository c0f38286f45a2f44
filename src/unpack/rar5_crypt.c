/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/rar_crypt.h"

#include "base/hash.h"
#include "unpack/cipher.h"
#include "unpack/rar_blocks.h"
#include "unpack/sevenzip.h"

#include <openssl/evp.h>

/* RAR 5.0 (the format's own description, "RAR 5.0 archive format"): blocks of a CRC, a size and
 * fields of seven bits a byte; AES-256, and keys by PBKDF2 with HMAC-SHA-256. */

enum {
	SALT = 16,
	CHECK = 8,
	MAX_COUNT = 24, /* of rounds, as a power of two */
	ROUND_STEPS = 700,
	RECORD_ENCRYPTION = 1,
	RECORD_HASH = 2,
	RECORD_HAS_CHECK = 1,
	RECORD_MARKED = 2, /* checksums are made with the key */
};

struct key {
	struct span salt, check;
	unsigned count;
	bool known;
	uint8_t bytes[32];
	uint8_t own_check[32];
};

struct rar {
	struct unpack *u;
	struct span password;
	struct buf *plain;
	struct key headers, files;
	bool headers_encrypted, files_encrypted;
	bool looking; /* for something that is encrypted, and no more */
	bool checked; /* a check of the password was there, and fits */
	bool wrong;   /* the password, or what it is asked for is none of ours */
};

struct encryption {
	bool is, marked;
	struct span salt, vector;
};

static void put_number(struct buf *b, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		buf_put_u8(b, (uint8_t)(v | 0x80));
	buf_put_u8(b, (uint8_t)v);
}

/* Makes the key that salt, count and password give, unless it is there.  False: the password is
 * wrong, or the budget is spent. */
static bool make_key(struct rar *r, struct key *k, struct span salt, unsigned count,
		     struct span check)
{
	bool same = k->known && k->count == count && span_equal(k->salt, salt);
	int rounds = 1 << count;
	struct span p = span_cut(r->password, 0, CIPHER_PASSWORD_MAX);

	if (r->looking)
		return false;
	if (!same) {
		if (!unpack_steps(r->u, (uint64_t)rounds * 2 * ROUND_STEPS))
			return false;
		k->known =
			PKCS5_PBKDF2_HMAC((const char *)p.p, (int)p.n, salt.p, (int)salt.n, rounds,
					  EVP_sha256(), sizeof k->bytes, k->bytes) == 1 &&
			PKCS5_PBKDF2_HMAC((const char *)p.p, (int)p.n, salt.p, (int)salt.n,
					  rounds + 32, EVP_sha256(), sizeof k->own_check,
					  k->own_check) == 1;
		k->salt = salt;
		k->count = count;
	}
	if (!k->known)
		return false;
	for (size_t i = 0; i < check.n; i++) {
		uint8_t v = 0;
		for (size_t n = i; n < sizeof k->own_check; n += CHECK)
			v ^= k->own_check[n];
		r->wrong = r->wrong || v != check.p[i];
	}
	r->checked = r->checked || check.n != 0;
	return !r->wrong;
}

/* ---- files */

/* What is extra of a file, without its encryption, of which *e is told, and then without the digest
 * that was made with the key. */
static bool read_extra(struct rar *r, struct span extra, struct buf *out, struct encryption *e)
{
	struct cursor c = cursor_of(extra);
	struct span hash = { 0 };

	*e = (struct encryption){ .is = false };
	while (cursor_left(&c) != 0) {
		size_t at = c.at;
		uint64_t n = cursor_uleb(&c);
		struct cursor d = cursor_of(cursor_take(&c, n));
		uint64_t type = cursor_uleb(&d);
		struct span whole = span_cut(extra, at, c.at - at);
		if (!cursor_ok(&c) || !cursor_ok(&d))
			return false;
		if (type == RECORD_HASH)
			hash = whole;
		else if (type != RECORD_ENCRYPTION)
			buf_put_span(out, whole);
		if (type != RECORD_ENCRYPTION)
			continue;
		r->files_encrypted = true;
		e->is = cursor_uleb(&d) == 0; /* version: AES-256 */
		uint64_t flags = cursor_uleb(&d);
		unsigned count = cursor_u8(&d);
		e->marked = (flags & RECORD_MARKED) != 0;
		e->salt = cursor_take(&d, SALT);
		e->vector = cursor_take(&d, CIPHER_BLOCK);
		struct span check = { 0 };
		if ((flags & RECORD_HAS_CHECK) != 0)
			check = cursor_take(&d, CHECK);
		r->wrong = r->wrong || !e->is || !cursor_ok(&d) || count > MAX_COUNT;
		if (r->wrong || !make_key(r, &r->files, e->salt, count, check))
			return false;
	}
	if (!e->marked)
		buf_put_span(out, hash);
	return true;
}

/* What a file's fields say of its data. */
struct content {
	bool stored; /* it is the file itself, `size` bytes of it */
	uint64_t size;
	struct span crc; /* empty: there is none that can be checked */
};

/* A file's fields, without its checksum where that was made with the key. */
static bool put_fields(struct span fields, bool marked, struct buf *out, struct content *is)
{
	struct cursor c = cursor_of(fields);
	uint64_t flags = cursor_uleb(&c);

	is->size = cursor_uleb(&c);
	uint64_t attributes = cursor_uleb(&c);
	struct span time = cursor_take(&c, (flags & RAR5_FILE_HAS_TIME) != 0 ? 4 : 0);
	struct span crc = cursor_take(&c, (flags & RAR5_FILE_HAS_CRC) != 0 ? 4 : 0);
	size_t rest = c.at;
	is->stored = (cursor_uleb(&c) >> 7 & 7) == 0;
	is->crc = marked ? (struct span){ 0 } : crc;
	put_number(out, marked ? flags & ~(uint64_t)RAR5_FILE_HAS_CRC : flags);
	put_number(out, is->size);
	put_number(out, attributes);
	buf_put_span(out, time);
	buf_put_span(out, is->crc);
	buf_put_span(out, span_cut(fields, rest, fields.n));
	return cursor_ok(&c);
}

/* Writes a block: its checksum and size, and what follows them. */
static void put_block(struct buf *to, const struct rar5_block *b, struct span fields,
		      struct span extra, uint64_t data_size)
{
	struct buf inner, sized;
	uint64_t flags =
		extra.n != 0 ? b->flags | RAR5_HAS_EXTRA : b->flags & ~(uint64_t)RAR5_HAS_EXTRA;

	buf_init(&inner, RAR5_MAX_HEADER);
	buf_init(&sized, RAR5_MAX_HEADER + 16);
	put_number(&inner, b->type);
	put_number(&inner, flags);
	if (extra.n != 0)
		put_number(&inner, extra.n);
	if ((flags & RAR5_HAS_DATA) != 0)
		put_number(&inner, data_size);
	buf_put_span(&inner, fields);
	buf_put_span(&inner, extra);
	put_number(&sized, inner.n);
	buf_put_span(&sized, buf_span(&inner));
	buf_put_le32(to, crc32_of(buf_span(&sized)));
	buf_put_span(to, buf_span(&sized));
	to->failed = to->failed || inner.failed || sized.failed;
	buf_release(&inner);
	buf_release(&sized);
}

/* A file or a service's data, decrypted. */
static bool put_file(struct rar *r, const struct rar5_block *b, struct span data)
{
	struct buf fields, extra;
	struct encryption e;
	uint8_t vector[CIPHER_BLOCK];
	struct content is = { 0 };

	buf_init(&fields, RAR5_MAX_HEADER);
	buf_init(&extra, RAR5_MAX_HEADER);
	bool ok = read_extra(r, b->extra, &extra, &e) &&
		  put_fields(b->fields, e.is && e.marked, &fields, &is);
	uint64_t n = e.is ? data.n / CIPHER_BLOCK * CIPHER_BLOCK : data.n;
	n = e.is && is.stored && is.size < n ? is.size : n;
	if (ok)
		put_block(r->plain, b, buf_span(&fields), buf_span(&extra), n);
	r->plain->failed = r->plain->failed || !buf_ok(&fields) || !buf_ok(&extra);
	buf_release(&fields);
	buf_release(&extra);
	if (!ok || !buf_ok(r->plain) || !unpack_steps(r->u, data.n))
		return false;
	if (!e.is) {
		if (!r->looking)
			buf_put_span(r->plain, data);
		return true;
	}
	memcpy(vector, e.vector.p, sizeof vector);
	uint8_t *to = buf_room(r->plain, data.n);
	if (to == NULL ||
	    !cipher_cbc((struct span){ r->files.bytes, sizeof r->files.bytes }, vector, data, to))
		return false;
	struct cursor crc = cursor_of(is.crc);
	uint32_t stated = cursor_le32(&crc);
	if (is.stored && n == is.size && cursor_ok(&crc) &&
	    crc32_of((struct span){ to, (size_t)n }) != stated)
		r->wrong = true; /* of what is packed the decoder tells */
	buf_filled(r->plain, (size_t)n);
	return !r->wrong;
}

/* The header at the cursor, without checksum and size, decrypted to `room` where that is needed.
 * Empty: there is none. */
static struct span next_header(struct rar *r, struct cursor *c, struct buf *room)
{
	struct span head, none = { 0 };

	if (!r->headers_encrypted) {
		struct cursor ahead = *c;
		cursor_skip(&ahead, 4);
		uint64_t n = cursor_uleb(&ahead);
		head = cursor_take(&ahead, n);
		*c = ahead;
		return n <= RAR5_MAX_HEADER ? head : none;
	}
	uint8_t vector[CIPHER_BLOCK], first[CIPHER_BLOCK];
	struct span key = { r->headers.bytes, sizeof r->headers.bytes };
	struct span iv = cursor_take(c, CIPHER_BLOCK);
	struct cursor ahead = *c;
	struct span one = cursor_take(&ahead, CIPHER_BLOCK);
	if (!cursor_ok(&ahead))
		return none;
	memcpy(vector, iv.p, sizeof vector);
	if (!cipher_cbc(key, vector, one, first))
		return none;
	struct cursor f = cursor_of((struct span){ first, sizeof first });
	uint32_t crc = cursor_le32(&f);
	uint64_t n = cursor_uleb(&f), all = f.at + n;
	if (n > RAR5_MAX_HEADER)
		return none;
	struct span in = cursor_take(c, (all + CIPHER_BLOCK - 1) / CIPHER_BLOCK * CIPHER_BLOCK);
	buf_reset(room);
	uint8_t *to = buf_room(room, in.n);
	memcpy(vector, iv.p, sizeof vector);
	if (!cursor_ok(c) || to == NULL || !cipher_cbc(key, vector, in, to))
		return none;
	buf_filled(room, in.n);
	struct span sized = span_cut(buf_span(room), 4, all - 4);
	if (crc32_of(sized) != crc) {
		r->wrong = true;
		return none;
	}
	return span_cut(buf_span(room), f.at, n);
}

/* The block that says that all headers after it are encrypted. */
static bool open_headers(struct rar *r, const struct rar5_block *b)
{
	struct cursor c = cursor_of(b->fields);
	uint64_t version = cursor_uleb(&c), flags = cursor_uleb(&c);
	unsigned count = cursor_u8(&c);
	struct span salt = cursor_take(&c, SALT), check = { 0 };

	if ((flags & RECORD_HAS_CHECK) != 0)
		check = cursor_take(&c, CHECK);
	if (!cursor_ok(&c) || version != 0 || count > MAX_COUNT)
		return false;
	r->headers_encrypted = true;
	return make_key(r, &r->headers, salt, count, check);
}

/* The whole archive by one password.  False: it does not fit. */
static bool rewrite(struct rar *r)
{
	struct cursor c = cursor_of(r->u->object);
	struct buf room;
	struct rar5_block b;
	bool ok = true;

	buf_reset(r->plain);
	buf_put_span(r->plain, cursor_take(&c, RAR5_MARK));
	buf_init(&room, RAR5_MAX_HEADER + 64);
	while (ok && cursor_left(&c) != 0) {
		struct span header = next_header(r, &c, &room);
		ok = header.n != 0 && rar5_block_read(header, &b);
		struct span data = { 0 };
		if (ok && (b.flags & RAR5_HAS_DATA) != 0)
			data = cursor_take(&c, b.data_size < cursor_left(&c) ? b.data_size
									     : cursor_left(&c));
		if (ok && b.type == RAR5_ENCRYPTION) {
			ok = open_headers(r, &b);
		} else if (ok && (b.type == RAR5_FILE || b.type == RAR5_SERVICE)) {
			ok = put_file(r, &b, data);
		} else if (ok) {
			put_block(r->plain, &b, b.fields, b.extra, data.n);
			buf_put_span(r->plain, data);
		}
		if (ok && b.type == RAR5_END)
			break;
	}
	buf_release(&room);
	/* an archive that is cut off is given as far as it goes */
	return !r->wrong && buf_ok(r->plain) && (r->headers_encrypted || r->files_encrypted);
}

/* Tries the passwords. */
static bool open_archive(struct unpack *u, struct buf *plain)
{
	for (size_t i = 0; i < u->options->n_passwords; i++) {
		struct rar r = { .u = u, .password = u->options->password[i], .plain = plain };
		if (rewrite(&r) &&
		    (r.checked || archive_opens(u, buf_span(plain), "rar5", RAR_TRIED)))
			return true;
	}
	return false;
}

bool rar5_decrypt(struct unpack *u, struct span object, struct buf *plain)
{
	struct rar r = { .u = u, .plain = plain, .looking = true };

	(void)rewrite(&r);
	if (!buf_ok(plain)) { /* whether anything is encrypted was not seen */
		unpack_gap(u, REASON_MEMORY, PLACE_NONE, "rar5: no memory");
		buf_reset(plain);
		return true;
	}
	if (!r.headers_encrypted && !r.files_encrypted)
		return false;
	if (object.n <= RAR_MAX_PLAIN && open_archive(u, plain))
		return true;
	buf_reset(plain);
	/* of members that are encrypted the library gives what stands there, and says nothing */
	unpack_gap(u, REASON_ENCRYPTED, PLACE_NONE, "rar5: %s; no password that was tried fits",
		   r.headers_encrypted ? "the directory" : "members");
	return r.headers_encrypted;
}
