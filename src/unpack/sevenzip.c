/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/sevenzip.h"

#include "base/hash.h"
#include "unpack/cipher.h"
#include "unpack/sink.h"

/*
 * The directory of a 7z archive (7zFormat.txt of 7-Zip): streams are packed, folders of coders
 * unpack them.  It is read with three cursors that move together, one on the packed sizes, one on
 * the folders and one on the unpacked sizes, and written again at once: the coder 7zAES goes, what
 * it fed takes its packed stream, and the stream is decrypted.
 */

enum {
	HEAD = 32,
	MAX_CODERS = 8,
	MAX_STREAMS = 16,
	MAX_HEADER = 16 << 20,
	MAX_PLAIN = 256 << 20, /* bytes of an archive that are written anew */
	MAX_POWER = 24,        /* of rounds, as 7-Zip has it */
	NO_ROUNDS = 0x3f,
	ROUND_STEPS = 150,
	NESTED = 4,       /* directories that are packed in each other */
	TRIED = 16 << 20, /* bytes of a member by which a password is told */
};

enum property {
	END = 0,
	HEADER = 1,
	ARCHIVE_PROPERTIES = 2,
	MAIN_STREAMS = 4,
	PACK_INFO = 6,
	UNPACK_INFO = 7,
	SUBSTREAMS = 8,
	SIZES = 9,
	DIGESTS = 10,
	FOLDERS = 11,
	UNPACK_SIZES = 12,
	ENCODED_HEADER = 23,
};

struct coder {
	struct span id, properties;
	size_t n_in, n_out;
	bool complex, has_properties;
};

struct folder {
	struct coder coder[MAX_CODERS];
	size_t n_coders, n_bonds, n_packed, n_out;
	size_t bond_in[MAX_STREAMS], bond_out[MAX_STREAMS]; /* an input takes an output */
	size_t packed[MAX_STREAMS];                         /* inputs that take packed streams */
	uint64_t out_size[MAX_STREAMS];
};

/* Of a directory or of an encoded one: where each list begins. */
struct streams {
	uint64_t at; /* of the packed streams, from HEAD on */
	uint64_t n_packed, n_folders;
	struct cursor packed_sizes, folders, sizes;
	struct span digests; /* with the number before them */
	struct span rest;    /* from the streams in folders on */
	bool encrypted;
};

struct keys {
	struct unpack *u;
	size_t password; /* that is tried */
	bool known;
	uint8_t key[32], salt[16];
	size_t n_salt;
	unsigned power;
};

/* ---- the directory */

/* A number of 1 to 9 bytes: ones at the top of the first say how many follow. */
static uint64_t number(struct cursor *c)
{
	uint8_t first = cursor_u8(c);
	uint64_t v = 0;

	for (unsigned i = 0; i < 8; i++) {
		uint8_t mask = (uint8_t)(0x80 >> i);
		if ((first & mask) == 0)
			return v | (uint64_t)(first & (mask - 1)) << (8 * i);
		v |= (uint64_t)cursor_u8(c) << (8 * i);
	}
	return v;
}

static void skip_digests(struct cursor *c, uint64_t n)
{
	uint64_t defined = n;

	if (cursor_u8(c) == 0) {
		struct span bits = cursor_take(c, n / 8 + (n % 8 != 0));
		defined = 0;
		for (size_t i = 0; i < bits.n; i++)
			for (unsigned k = bits.p[i]; k != 0; k &= k - 1)
				defined++;
	}
	cursor_skip(c, defined < UINT64_MAX / 4 ? defined * 4 : UINT64_MAX);
}

static bool is_aes(const struct coder *c)
{
	return c->id.n == 4 && memcmp(c->id.p, "\x06\xf1\x07\x01", 4) == 0;
}

/* False: it is cut off, or larger than any that is met. */
static bool read_folder(struct cursor *c, struct folder *f)
{
	size_t n_in = 0;

	*f = (struct folder){ .n_coders = (size_t)number(c) };
	if (f->n_coders < 1 || f->n_coders > MAX_CODERS)
		return false;
	for (size_t i = 0; i < f->n_coders; i++) {
		struct coder *k = &f->coder[i];
		unsigned flags = cursor_u8(c);
		k->id = cursor_take(c, flags & 15);
		k->complex = (flags & 0x10) != 0;
		k->has_properties = (flags & 0x20) != 0;
		k->n_in = k->complex ? (size_t)number(c) : 1;
		k->n_out = k->complex ? (size_t)number(c) : 1;
		if (k->has_properties)
			k->properties = cursor_take(c, number(c));
		if (!cursor_ok(c) || k->n_in > MAX_STREAMS || k->n_out > MAX_STREAMS)
			return false;
		n_in += k->n_in;
		f->n_out += k->n_out;
	}
	if (f->n_out < 1 || f->n_out > MAX_STREAMS || n_in > MAX_STREAMS || n_in < f->n_out)
		return false;
	f->n_bonds = f->n_out - 1;
	for (size_t i = 0; i < f->n_bonds; i++) {
		f->bond_in[i] = (size_t)number(c);
		f->bond_out[i] = (size_t)number(c);
	}
	f->n_packed = n_in - f->n_bonds;
	if (f->n_packed == 1) { /* the one input that takes no output */
		for (size_t in = 0, k; in < n_in; in++) {
			for (k = 0; k < f->n_bonds && f->bond_in[k] != in; k++)
				;
			if (k == f->n_bonds)
				f->packed[0] = in;
		}
	}
	for (size_t i = 0; f->n_packed > 1 && i < f->n_packed; i++)
		f->packed[i] = (size_t)number(c);
	return cursor_ok(c);
}

static bool read_packed(struct cursor *c, struct streams *s)
{
	s->at = number(c);
	s->n_packed = number(c);
	for (uint64_t id = number(c); id != END; id = number(c)) {
		if (id == SIZES) {
			s->packed_sizes = *c;
			for (uint64_t i = 0; i < s->n_packed && cursor_ok(c); i++)
				(void)number(c);
		} else if (id == DIGESTS) {
			skip_digests(c, s->n_packed);
		} else {
			return false;
		}
		if (!cursor_ok(c))
			return false;
	}
	return cursor_ok(c);
}

static bool read_folders(struct cursor *c, struct streams *s, struct span all)
{
	struct folder f;
	uint64_t n_out = 0;

	if (number(c) != FOLDERS)
		return false;
	s->n_folders = number(c);
	if (cursor_u8(c) != 0) /* they stand elsewhere */
		return false;
	s->folders = *c;
	for (uint64_t i = 0; i < s->n_folders; i++) {
		if (!read_folder(c, &f))
			return false;
		for (size_t k = 0; k < f.n_coders; k++)
			s->encrypted = s->encrypted || is_aes(&f.coder[k]);
		n_out += f.n_out;
	}
	if (number(c) != UNPACK_SIZES)
		return false;
	s->sizes = *c;
	for (uint64_t i = 0; i < n_out && cursor_ok(c); i++)
		(void)number(c);
	size_t at = c->at;
	uint64_t id = number(c);
	if (id == DIGESTS) {
		skip_digests(c, s->n_folders);
		s->digests = span_cut(all, at, c->at - at);
		id = number(c);
	}
	return id == END && cursor_ok(c);
}

/* Everything up to the streams in folders. */
static bool read_streams(struct cursor *c, struct span all, struct streams *s)
{
	*s = (struct streams){ 0 };
	if (number(c) != PACK_INFO || !read_packed(c, s) || number(c) != UNPACK_INFO ||
	    !read_folders(c, s, all))
		return false;
	s->rest = span_cut(all, c->at, all.n);
	return true;
}

/* ---- decryption */

/* The key of a coder's properties and the password at hand.  False: there is none such. */
static bool make_key(struct keys *k, struct span properties, uint8_t vector[CIPHER_BLOCK])
{
	struct cursor c = cursor_of(properties);
	uint8_t first = cursor_u8(&c), wide[CIPHER_PASSWORD_MAX];
	unsigned power = first & 0x3f, sizes = (first & 0xc0) != 0 ? cursor_u8(&c) : 0;
	struct span salt = cursor_take(&c, (first >> 7) + (sizes >> 4));
	struct span iv = cursor_take(&c, (first >> 6 & 1) + (sizes & 15));

	if (!cursor_ok(&c) || (power > MAX_POWER && power != NO_ROUNDS))
		return false;
	memset(vector, 0, CIPHER_BLOCK);
	memcpy(vector, iv.p, iv.n);
	if (k->known && power == k->power && salt.n == k->n_salt &&
	    memcmp(salt.p, k->salt, salt.n) == 0)
		return true;
	struct span password = k->u->options->password[k->password];
	password = (struct span){ wide, cipher_password(password, wide) };
	if (power == NO_ROUNDS) {
		memset(k->key, 0, sizeof k->key);
		memcpy(k->key, salt.p, salt.n);
		memcpy(k->key + salt.n, wide, password.n < 32 - salt.n ? password.n : 32 - salt.n);
	} else {
		uint64_t bytes = salt.n + password.n + 8;
		if (!unpack_steps(k->u, (bytes * 3 + ROUND_STEPS) << power))
			return false;
		cipher_key_7z(salt, password, power, k->key);
	}
	k->known = true;
	k->power = power;
	k->n_salt = salt.n;
	memcpy(k->salt, salt.p, salt.n);
	return true;
}

static size_t coder_of(const struct folder *f, size_t in)
{
	size_t k = 0;

	while (k < f->n_coders && in >= f->coder[k].n_in)
		in -= f->coder[k++].n_in;
	return k;
}

static size_t first_out(const struct folder *f, size_t coder)
{
	size_t n = 0;

	for (size_t i = 0; i < coder; i++)
		n += f->coder[i].n_out;
	return n;
}

/* Takes the coder out of the folder: what took its output takes its packed stream. */
static void drop_coder(struct folder *f, size_t k, size_t of_packed)
{
	size_t in = f->packed[of_packed], out = first_out(f, k), b = 0;

	while (b < f->n_bonds && f->bond_out[b] != out)
		b++;
	if (b == f->n_bonds) { /* the last coder: it copies */
		static const uint8_t copy[1] = { 0 };
		f->coder[k] = (struct coder){ .id = { copy, 1 }, .n_in = 1, .n_out = 1 };
		return;
	}
	f->packed[of_packed] = f->bond_in[b];
	for (f->n_bonds--; b < f->n_bonds; b++) {
		f->bond_in[b] = f->bond_in[b + 1];
		f->bond_out[b] = f->bond_out[b + 1];
	}
	for (f->n_coders--; k < f->n_coders; k++)
		f->coder[k] = f->coder[k + 1];
	f->n_out--;
	for (size_t i = out; i < f->n_out; i++)
		f->out_size[i] = f->out_size[i + 1];
	for (size_t i = 0; i < f->n_bonds; i++) {
		f->bond_in[i] -= f->bond_in[i] > in;
		f->bond_out[i] -= f->bond_out[i] > out;
	}
	for (size_t i = 0; i < f->n_packed; i++)
		f->packed[i] -= f->packed[i] > in;
}

/* The next packed stream of a folder, added to `plain`, decrypted where that is needed.  *size
 * becomes what it has then. */
static bool put_stream(struct keys *k, struct folder *f, size_t which, struct span packed,
		       uint64_t *size, struct buf *plain)
{
	size_t coder = coder_of(f, f->packed[which]);
	uint8_t vector[CIPHER_BLOCK];

	*size = packed.n;
	if (!unpack_steps(k->u, packed.n))
		return false;
	if (coder >= f->n_coders || !is_aes(&f->coder[coder])) {
		buf_put_span(plain, packed);
		return buf_ok(plain);
	}
	if (f->coder[coder].n_in != 1 || f->coder[coder].n_out != 1)
		return false; /* one that gives nothing has no size */
	uint64_t n = f->out_size[first_out(f, coder)];
	if (n > packed.n || !make_key(k, f->coder[coder].properties, vector))
		return false;
	uint8_t *to = buf_room(plain, packed.n);
	if (to == NULL || !cipher_cbc((struct span){ k->key, 32 }, vector, packed, to))
		return false;
	buf_filled(plain, (size_t)n);
	*size = n;
	drop_coder(f, coder, which);
	return true;
}

/* ---- writing */

static void put_number(struct buf *b, uint64_t v)
{
	buf_put_u8(b, 0xff);
	buf_put_le64(b, v);
}

static void put_folder(struct buf *b, const struct folder *f)
{
	put_number(b, f->n_coders);
	for (size_t i = 0; i < f->n_coders; i++) {
		const struct coder *c = &f->coder[i];
		buf_put_u8(b, (uint8_t)(c->id.n | (c->complex ? 0x10u : 0) |
					(c->has_properties ? 0x20u : 0)));
		buf_put_span(b, c->id);
		if (c->complex) {
			put_number(b, c->n_in);
			put_number(b, c->n_out);
		}
		if (c->has_properties) {
			put_number(b, c->properties.n);
			buf_put_span(b, c->properties);
		}
	}
	for (size_t i = 0; i < f->n_bonds; i++) {
		put_number(b, f->bond_in[i]);
		put_number(b, f->bond_out[i]);
	}
	for (size_t i = 0; f->n_packed > 1 && i < f->n_packed; i++)
		put_number(b, f->packed[i]);
}

/* The three lists of the new directory. */
struct lists {
	struct buf packed, folders, sizes;
};

/* Reads a folder with its sizes, and writes what it is without encryption. */
static bool next_folder(struct keys *k, struct streams *s, uint64_t *at, struct lists *l,
			struct folder *f, struct buf *plain)
{
	if (!read_folder(&s->folders, f))
		return false;
	for (size_t i = 0; i < f->n_out; i++)
		f->out_size[i] = number(&s->sizes);
	for (size_t i = 0; i < f->n_packed; i++) {
		uint64_t size = number(&s->packed_sizes);
		struct span packed = span_cut(k->u->object, *at, size);
		if (packed.n != size || !put_stream(k, f, i, packed, &size, plain))
			return false;
		*at += packed.n;
		put_number(&l->packed, size);
	}
	put_folder(&l->folders, f);
	for (size_t i = 0; i < f->n_out; i++)
		put_number(&l->sizes, f->out_size[i]);
	return cursor_ok(&s->sizes) && cursor_ok(&s->packed_sizes);
}

static void put_head(struct buf *plain, uint64_t at, uint32_t crc)
{
	struct buf head;

	buf_init(&head, HEAD);
	buf_put(&head, "7z\xbc\xaf\x27\x1c\0\4", 8);
	buf_put_le32(&head, 0);
	buf_put_le64(&head, at);
	buf_put_le64(&head, plain->n - HEAD - at);
	buf_put_le32(&head, crc);
	if (buf_ok(&head)) {
		uint32_t own = crc32_of(span_cut(buf_span(&head), 12, 20));
		for (unsigned i = 0; i < 4; i++)
			head.p[8 + i] = (uint8_t)(own >> (8 * i));
		memcpy(plain->p, head.p, HEAD);
	} else {
		plain->failed = true;
	}
	buf_release(&head);
}

/* The archive without its encryption, by the password at hand.  False: it cannot be. */
static bool rewrite(struct keys *k, struct streams s, struct buf *plain)
{
	struct lists l;
	struct folder f;
	uint64_t at = HEAD + s.at, n_packed = 0;
	bool ok = true;

	buf_init(&l.packed, MAX_HEADER);
	buf_init(&l.folders, MAX_HEADER);
	buf_init(&l.sizes, MAX_HEADER);
	buf_reset(plain);
	(void)buf_grow(plain, HEAD);
	for (uint64_t i = 0; ok && i < s.n_folders; i++, n_packed += f.n_packed)
		ok = next_folder(k, &s, &at, &l, &f, plain);
	uint64_t header = plain->n - HEAD;
	buf_put(plain, (const uint8_t[]){ HEADER, MAIN_STREAMS, PACK_INFO }, 3);
	put_number(plain, 0);
	put_number(plain, n_packed);
	buf_put_u8(plain, SIZES);
	buf_put_span(plain, buf_span(&l.packed));
	buf_put(plain, (const uint8_t[]){ END, UNPACK_INFO, FOLDERS }, 3);
	put_number(plain, s.n_folders);
	buf_put_u8(plain, 0);
	buf_put_span(plain, buf_span(&l.folders));
	buf_put_u8(plain, UNPACK_SIZES);
	buf_put_span(plain, buf_span(&l.sizes));
	buf_put_span(plain, s.digests);
	buf_put_u8(plain, END);
	if (s.rest.n == 0 || s.rest.p[0] != SUBSTREAMS) /* libarchive does not do without them */
		buf_put(plain, (const uint8_t[]){ SUBSTREAMS, END }, 2);
	buf_put_span(plain, s.rest);
	ok = ok && buf_ok(&l.packed) && buf_ok(&l.folders) && buf_ok(&l.sizes) && buf_ok(plain);
	if (ok)
		put_head(plain, header,
			 crc32_of(span_cut(buf_span(plain), HEAD + header, SIZE_MAX)));
	buf_release(&l.packed);
	buf_release(&l.folders);
	buf_release(&l.sizes);
	return ok && buf_ok(plain);
}

/* ---- a directory that is packed itself */

/* Unpacks it by the password at hand; empty: it cannot be. */
static struct span unpack_header(struct keys *k, struct streams s, struct buf *plain)
{
	struct lists l;
	struct folder f;
	uint64_t at = HEAD + s.at;
	struct span none = { 0 };
	size_t used;

	buf_init(&l.packed, MAX_HEADER);
	buf_init(&l.folders, MAX_HEADER);
	buf_init(&l.sizes, MAX_HEADER);
	buf_reset(plain);
	bool ok = next_folder(k, &s, &at, &l, &f, plain);
	buf_release(&l.packed);
	buf_release(&l.folders);
	buf_release(&l.sizes);
	if (!ok || f.n_coders != 1 || f.out_size[0] > MAX_HEADER)
		return none;
	struct sink sink = { .p = arena_alloc(&k->u->arena, (size_t)f.out_size[0]),
			     .max = (size_t)f.out_size[0] };
	struct decode_out out = { sink_put, &sink };
	if (sink.p == NULL)
		return none;
	if (f.coder[0].id.n == 1)
		(void)sink_put(&sink, buf_span(plain));
	else if (f.coder[0].id.n == 3 && memcmp(f.coder[0].id.p, "\3\1\1", 3) == 0)
		(void)decode_lzma_raw(f.coder[0].properties, sink.max, buf_span(plain), &out,
				      &used);
	struct cursor c = cursor_of(s.digests);
	cursor_skip(&c, 1 + 1);
	uint32_t crc = cursor_le32(&c);
	struct span header = { sink.p, sink.n };
	return sink.n == sink.max && (!cursor_ok(&c) || crc32_of(header) == crc) ? header : none;
}

/* The directory, unpacked as often as it is packed; `closed`: a password was needed, and none
 * fits. */
static struct span find_header(struct keys *k, struct buf *plain, bool *opened, bool *closed)
{
	struct cursor c = cursor_of(k->u->object);
	struct streams s;

	cursor_skip(&c, 12);
	uint64_t at = cursor_le64(&c), n = cursor_le64(&c);
	struct span header = span_cut(k->u->object, at < UINT64_MAX - HEAD ? HEAD + at : at, n);
	*opened = *closed = false;
	for (unsigned i = 0; i < NESTED && header.n != 0 && header.n <= MAX_HEADER; i++) {
		c = cursor_of(header);
		uint64_t id = number(&c);
		if (id == HEADER)
			return header;
		if (id != ENCODED_HEADER || !read_streams(&c, header, &s) || s.n_folders != 1)
			break;
		if (!s.encrypted) {
			header = unpack_header(k, s, plain);
			continue;
		}
		header = (struct span){ 0 };
		for (; header.n == 0 && k->password < k->u->options->n_passwords; k->password++) {
			k->known = false;
			header = unpack_header(k, s, plain);
		}
		*opened = header.n != 0;
		*closed = header.n == 0;
		k->password -= *opened; /* the one that fitted */
		k->known = k->known && *opened;
	}
	return (struct span){ 0 };
}

/* Writes the archive anew by the password that fits all members, else by the one that fits most.
 * False: none fits any.  One that was found before is tried first. */
static bool choose_password(struct keys *k, struct streams s, struct buf *plain)
{
	size_t n = k->u->options->n_passwords, first = k->password, best = n;
	uint64_t most = 0;

	for (size_t i = 0; i < n; i++, k->known = false) {
		k->password = (first + i) % n;
		if (!rewrite(k, s, plain))
			continue;
		struct archive_trial t = archive_try(k->u, buf_span(plain), "7z", TRIED, TRIED);
		if (t.broken == 0)
			return true;
		if (t.whole > most) {
			most = t.whole;
			best = k->password;
		}
	}
	k->password = best;
	return best != n && rewrite(k, s, plain);
}

bool sevenzip_decrypt(struct unpack *u, struct span object, struct buf *plain)
{
	struct keys k = { .u = u };
	struct streams s;
	bool opened, closed;
	struct span header = object.n > MAX_PLAIN ? (struct span){ 0 }
						  : find_header(&k, plain, &opened, &closed);
	struct cursor c = cursor_of(header);

	buf_reset(plain);
	if (object.n > MAX_PLAIN)
		return false;
	if (closed) {
		unpack_gap(u, REASON_ENCRYPTED, PLACE_NONE,
			   "7z: the directory; no password that was tried fits");
		return true;
	}
	(void)number(&c);
	uint64_t id = number(&c);
	if (id == ARCHIVE_PROPERTIES) {
		while (number(&c) != END && cursor_ok(&c))
			cursor_skip(&c, number(&c));
		id = number(&c);
	}
	if (!cursor_ok(&c) || id != MAIN_STREAMS || !read_streams(&c, header, &s) ||
	    !(s.encrypted || opened))
		return false;
	if (choose_password(&k, s, plain))
		return true;
	buf_reset(plain);
	if (opened)
		unpack_gap(u, REASON_ENCRYPTED, PLACE_NONE,
			   "7z: the members; no password that was tried fits");
	return opened; /* else the members are told by their names */
}
