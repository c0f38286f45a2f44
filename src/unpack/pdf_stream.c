/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/pdf_stream.h"

struct filter_name {
	const char *name,
		*abbreviation; /* the short ones are for inline images, and readers accept them */
	enum pdf_filter filter;
};

static const struct filter_name filters[] = {
	{ "FlateDecode", "Fl", PDF_FLATE },         { "LZWDecode", "LZW", PDF_LZW },
	{ "ASCII85Decode", "A85", PDF_ASCII85 },    { "ASCIIHexDecode", "AHx", PDF_ASCIIHEX },
	{ "RunLengthDecode", "RL", PDF_RUNLENGTH },
};

static const char *const image_filters[] = { "DCTDecode",      "DCT", "JPXDecode",
					     "CCITTFaxDecode", "CCF", "JBIG2Decode" };

static bool is_image(struct span name)
{
	for (size_t i = 0; i < sizeof image_filters / sizeof *image_filters; i++)
		if (pdf_name_is(name, image_filters[i]))
			return true;
	return false;
}

/* Decryption comes first, unless the stream names a crypt filter of its own (7.4.10). */
static bool add_cipher(const struct pdf_crypt *crypt, const struct pdf_object *o,
		       struct pdf_chain *chain, enum pdf_cipher cipher)
{
	uint8_t key[32];

	if (cipher == PDF_CIPHER_NONE)
		return true;
	size_t n = pdf_crypt_object_key(crypt, o, cipher, key);
	return pdf_chain_add_cipher(chain, cipher == PDF_CIPHER_RC4 ? PDF_RC4 : PDF_AES,
				    (struct span){ key, n });
}

static bool add_filter(struct pdf_doc *d, struct pdf_chain *chain, enum pdf_filter filter,
		       struct span params)
{
	if (filter == PDF_LZW) {
		if (!pdf_chain_add_lzw(chain, pdf_doc_int(d, params, "EarlyChange", 1) != 0))
			return false;
	} else if (!pdf_chain_add(chain, filter)) {
		return false;
	}
	if (filter != PDF_LZW && filter != PDF_FLATE)
		return true;
	return pdf_chain_add_predictor(chain, pdf_doc_int(d, params, "Predictor", 1),
				       pdf_doc_int(d, params, "Colors", 1),
				       pdf_doc_int(d, params, "BitsPerComponent", 8),
				       pdf_doc_int(d, params, "Columns", 1));
}

/* The i-th element of a value that is one thing or an array of them; empty where there is none. */
static struct span element(struct pdf_doc *d, struct span value, unsigned i)
{
	struct pdf_lex l = { .s = value, .steps = &d->steps };
	struct pdf_lex first = l;

	if (pdf_next(&first).kind != PDF_ARRAY)
		return i == 0 ? value : (struct span){ NULL, 0 };
	l = first;
	for (unsigned k = 0; k < i; k++)
		if (pdf_value(&l).n == 0)
			return (struct span){ NULL, 0 };
	return pdf_doc_resolve(d, pdf_value(&l));
}

/* The value of a key, or of its abbreviation. */
static struct span either(struct pdf_doc *d, const struct pdf_object *o, const char *key,
			  const char *abbreviation)
{
	struct span v = o->last ? pdf_get_last(o->value, key, &d->steps)
				: pdf_get(o->value, key, &d->steps);

	v = pdf_doc_resolve(d, v);
	return v.n != 0 ? v : pdf_doc_get(d, o->value, abbreviation);
}

bool pdf_stream_doubled(struct pdf_doc *d, const struct pdf_object *o, struct pdf_object *other)
{
	static const char *const keys[] = { "Filter", "DecodeParms" };

	*other = *o;
	for (size_t i = 0; i < sizeof keys / sizeof *keys && !other->last; i++)
		other->last = pdf_get(o->value, keys[i], &d->steps).p !=
			      pdf_get_last(o->value, keys[i], &d->steps).p;
	return other->last;
}

bool pdf_stream_chain(struct pdf_doc *d, const struct pdf_crypt *crypt, const struct pdf_object *o,
		      struct pdf_chain *chain, enum pdf_stream_kind *kind, struct span *unknown)
{
	struct span filter = either(d, o, "Filter", "F");
	struct span params = either(d, o, "DecodeParms", "DP");
	bool encrypted = crypt != NULL && !o->in_stream &&
			 !pdf_doc_is(d, o->value, "Type", "XRef") &&
			 !(crypt->clear_metadata && pdf_doc_is(d, o->value, "Type", "Metadata"));
	struct pdf_token name = pdf_first(element(d, filter, 0), &d->steps);

	*kind = PDF_STREAM_WHOLE;
	if (encrypted && name.kind == PDF_NAME && pdf_name_is(name.text, "Crypt")) {
		struct pdf_token own =
			pdf_first(pdf_doc_get(d, element(d, params, 0), "Name"), &d->steps);
		enum pdf_cipher cipher = own.kind == PDF_NAME ? pdf_crypt_filter(crypt, d, own.text)
							      : PDF_CIPHER_NONE;
		if (!add_cipher(crypt, o, chain, cipher))
			return false;
	} else if (encrypted && !add_cipher(crypt, o, chain, crypt->streams)) {
		return false;
	}
	for (unsigned i = 0;; i++) {
		size_t k = 0;
		name = pdf_first(element(d, filter, i), &d->steps);
		if (name.kind != PDF_NAME)
			return true;
		while (k < sizeof filters / sizeof *filters &&
		       !pdf_name_is(name.text, filters[k].name) &&
		       !pdf_name_is(name.text, filters[k].abbreviation))
			k++;
		if (k < sizeof filters / sizeof *filters) {
			if (!add_filter(d, chain, filters[k].filter, element(d, params, i)))
				return false;
		} else if (!pdf_name_is(name.text, "Crypt")) {
			*kind = is_image(name.text) ? PDF_STREAM_IMAGE : PDF_STREAM_UNSUPPORTED;
			*unknown = name.text;
			return true;
		}
	}
}

/* ---- to memory */

struct collected {
	struct arena *arena;
	uint8_t *p;
	size_t n, room, max;
	bool cut;
};

static bool collect(void *to, struct span bytes)
{
	struct collected *c = to;

	if (bytes.n > c->room - c->n) {
		size_t room = c->room != 0 ? c->room * 2 : 16384;
		while (room - c->n < bytes.n)
			room *= 2;
		uint8_t *more = room <= c->max ? arena_alloc(c->arena, room) : NULL;
		if (more == NULL) {
			c->cut = true;
			return false;
		}
		if (c->n != 0)
			memcpy(more, c->p, c->n);
		c->p = more;
		c->room = room;
	}
	memcpy(c->p + c->n, bytes.p, bytes.n);
	c->n += bytes.n;
	return true;
}

struct span pdf_stream_bytes(struct pdf_doc *d, struct pdf_pool *pool,
			     const struct pdf_crypt *crypt, const struct pdf_object *o, size_t max,
			     bool *cut)
{
	struct collected c = { .arena = d->arena, .max = max };
	enum pdf_stream_kind kind;
	struct pdf_chain chain;
	struct span unknown;

	pdf_chain_init(&chain, pool, collect, &c);
	if (pdf_stream_chain(d, crypt, o, &chain, &kind, &unknown)) {
		pdf_chain_put(&chain, o->stream);
		pdf_chain_end(&chain);
	} else {
		c.cut = true;
	}
	pdf_chain_release(&chain);
	*cut = c.cut;
	return (struct span){ c.p, c.n };
}
