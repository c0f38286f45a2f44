/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/autoit.h"
#include "unpack/readers.h"
#include "unpack/wide.h"

/*
 * What a compiled AutoIt script carries behind its program: the script and the files that it
 * installs, each encrypted under a key that stands in the file or in the program.  The format was
 * never published; the constants are those that readers of it use.  A script of AutoIt 3.2.6 and
 * later (EA06) is given as the tokens that it is stored as.
 */

enum {
	MARK = 16,     /* bytes of the identifier in front */
	PASSWORD = 16, /* and behind the version */
	TIMES = 16,
	MAX_TEXT = 1024, /* characters */
};

/* What is added to keys and lengths. */
struct version {
	bool twister;  /* EA05: texts have a byte for each character; else two */
	uint32_t file; /* how an entry begins */
	uint32_t tag, tag_key;
	uint32_t path, path_key;
	uint32_t size, data_key;
};

static const struct version ea05 = { true,   0xceb06dff, 0x29bc, 0xa25e,
				     0x29ac, 0xf25e,     0x45aa, 0x22af };
static const struct version ea06 = { false,  0x52ca436b, 0xadbc, 0xb33f,
				     0xf820, 0xf479,     0x87bc, 0x2477 };

struct reader {
	struct unpack *u;
	const struct version *v;
	struct cursor c;
	uint32_t password; /* a sum */
	struct autoit_cipher cipher;
};

static const uint8_t mark[MARK] = { 0xa3, 0x48, 0x4b, 0xbe, 0x98, 0x6c, 0x4a, 0xa9,
				    0x99, 0x4c, 0x53, 0x0a, 0x86, 0xd6, 0x48, 0x7d };

bool autoit_known(const struct unpack_look *look)
{
	struct span s = span_cut(look->bytes, 0, MARK + 8);

	return s.n == MARK + 8 && memcmp(s.p, mark, MARK) == 0 &&
	       memcmp(s.p + MARK, "AU3!EA0", 7) == 0;
}

/* A text, of which the length is `hidden` under a constant; as UTF-8.  False: it does not fit. */
static bool read_text(struct reader *r, uint32_t hidden, uint32_t key, char out[MAX_TEXT * 3 + 1],
		      size_t *n)
{
	uint32_t length = cursor_le32(&r->c) ^ hidden;
	size_t width = r->v->twister ? 1 : 2;
	uint8_t text[MAX_TEXT * 2];

	if (!cursor_ok(&r->c) || length > MAX_TEXT)
		return false;
	struct span s = cursor_take(&r->c, length * width);
	autoit_cipher_init(&r->cipher, r->v->twister, (length + key) & 0xffff);
	for (size_t i = 0; i < s.n; i++)
		text[i] = s.p[i] ^ autoit_cipher_next(&r->cipher);
	s.p = text;
	*n = r->v->twister ? wide_narrow(s, out, MAX_TEXT * 3 + 1)
			   : wide_text(s, out, MAX_TEXT * 3 + 1);
	return cursor_ok(&r->c);
}

/* What is not compressed. */
static void give_stored(struct reader *r, struct span in, const struct decode_out *out)
{
	uint8_t piece[4096];

	while (in.n != 0) {
		struct span s = span_cut(in, 0, sizeof piece);
		for (size_t i = 0; i < s.n; i++)
			piece[i] = s.p[i] ^ autoit_cipher_next(&r->cipher);
		if (!out->put(out->ctx, (struct span){ piece, s.n }))
			return;
		in = span_cut(in, s.n, in.n);
	}
}

/* False: there is no more. */
static bool read_entry(struct reader *r)
{
	char tag[MAX_TEXT * 3 + 1], path[MAX_TEXT * 3 + 1];
	uint64_t at = cursor_place(&r->c);
	size_t n_tag, n_path;

	if (cursor_left(&r->c) < 4 || cursor_le32(&r->c) != r->v->file)
		return false;
	bool named = read_text(r, r->v->tag, r->v->tag_key, tag, &n_tag) &&
		     read_text(r, r->v->path, r->v->path_key, path, &n_path);
	bool compressed = cursor_u8(&r->c) == 1;
	uint32_t packed = cursor_le32(&r->c) ^ r->v->size, size = cursor_le32(&r->c) ^ r->v->size;
	cursor_skip(&r->c, 4 + TIMES);
	if (!named || !cursor_ok(&r->c)) {
		unpack_gap(r->u, REASON_DAMAGED, at, "AutoIt: an entry");
		return false;
	}
	size_t left = cursor_left(&r->c);
	struct span in = cursor_take(&r->c, packed < left ? packed : left);
	struct unpack_member m = {
		.name = { (uint8_t *)path, n_path }, .size = size, .packed = packed, .at = at
	};
	struct decode_out out = decode_member(r->u);
	if (packed == 0)
		return true;
	if (n_path == 0)
		m.name = (struct span){ (uint8_t *)tag, n_tag };
	if (!unpack_begin(r->u, &m))
		return false;
	autoit_cipher_init(&r->cipher, r->v->twister,
			   r->v->data_key + (r->v->twister ? r->password : 0));
	if (compressed)
		decode_gap(r->u, autoit_lzss(&r->u->scratch, &r->cipher, in, &out), at, "AutoIt");
	else
		give_stored(r, in, &out);
	if (!compressed && in.n < packed)
		unpack_gap(r->u, REASON_DAMAGED, at, "AutoIt: %zu of %u bytes", in.n,
			   (unsigned)packed);
	unpack_end(r->u);
	return unpack_steps(r->u, BUDGET_MEMBER_STEPS);
}

bool autoit_read(struct span object, struct unpack *u, struct error *e)
{
	struct reader r = { .u = u, .c = cursor_of(object) };

	cursor_skip(&r.c, MARK + 7);
	uint8_t version = cursor_u8(&r.c);
	struct span password = cursor_take(&r.c, PASSWORD);
	for (size_t i = 0; i < password.n; i++)
		r.password += password.p[i];
	if (version != '5' && version != '6')
		return error_set(e, REASON_UNSUPPORTED, MARK, "AutoIt EA0%c",
				 version > ' ' && version < 0x7f ? version : '?');
	r.v = version == '5' ? &ea05 : &ea06;
	unsigned n = 0;
	while (read_entry(&r))
		n++;
	if (n == 0 && u->n_members == 0)
		return error_set(e, REASON_DAMAGED, MARK, "AutoIt: no entry can be read");
	return true;
}
