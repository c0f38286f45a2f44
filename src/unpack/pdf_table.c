/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/pdf_table.h"

/* ---- the chain */

/* One classic table (7.5.4) at the lexer's place; gives the trailer after it. */
static struct span read_table(struct pdf_doc *d, struct pdf_lex *l, uint16_t rank)
{
	for (;;) {
		struct pdf_token first = pdf_next(l);
		if (first.kind != PDF_NUMBER)
			break;
		struct pdf_token count = pdf_next(l);
		for (int64_t i = 0; count.kind == PDF_NUMBER && i < count.number; i++) {
			struct pdf_token offset = pdf_next(l), generation = pdf_next(l),
					 use = pdf_next(l);
			if (offset.kind != PDF_NUMBER || generation.kind != PDF_NUMBER)
				return (struct span){ NULL, 0 };
			if (span_is(use.text, "n") && offset.number > 0)
				pdf_doc_add_at(d, (uint64_t)offset.number, first.number + i, rank);
		}
	}
	return pdf_value(l);
}

/* Adds a cross-reference stream (7.5.8) at an offset that nobody knew; gives its dictionary. */
static struct span read_table_stream(struct pdf_doc *d, uint64_t offset, uint16_t rank)
{
	struct pdf_lex l = { .s = d->file, .at = d->header + (size_t)offset, .steps = &d->steps };
	size_t at = pdf_next(&l).at;

	(void)pdf_next(&l);
	(void)pdf_next(&l);
	if (!pdf_doc_added(d, at))
		pdf_doc_add_at(d, offset, -1, rank);
	return pdf_value(&l);
}

void pdf_table_read(struct pdf_doc *d)
{
	size_t at = d->file.n > 2048 ? d->file.n - 2048 : 0;
	struct pdf_lex l = { .s = d->file, .steps = &d->steps };
	struct pdf_token offset = { .kind = PDF_END };

	for (size_t next; (next = pdf_doc_word(d, at, "startxref")) < d->file.n; at = next + 9) {
		l.at = next + 9;
		offset = pdf_next(&l);
	}
	d->broken = offset.kind != PDF_NUMBER;
	for (uint16_t rank = 1; offset.kind == PDF_NUMBER && offset.number > 0; rank++) {
		if (rank > PDF_TABLES_MAX) {
			d->circle = true;
			return;
		}
		l.at = (uint64_t)offset.number < d->file.n - d->header
			       ? d->header + (size_t)offset.number
			       : d->file.n;
		struct pdf_token word = pdf_next(&l);
		struct span trailer = { NULL, 0 };
		if (word.kind == PDF_NUMBER)
			trailer = read_table_stream(d, (uint64_t)offset.number, rank);
		else if (word.kind == PDF_WORD && span_is(word.text, "xref"))
			trailer = read_table(d, &l, rank);
		d->broken = d->broken || trailer.n == 0;
		pdf_doc_trailer(d, trailer);
		struct pdf_token hybrid =
			pdf_first(pdf_get(trailer, "XRefStm", &d->steps), &d->steps);
		if (hybrid.kind == PDF_NUMBER && hybrid.number > 0 &&
		    (uint64_t)hybrid.number < d->file.n - d->header)
			(void)read_table_stream(d, (uint64_t)hybrid.number, rank);
		offset = pdf_first(pdf_get(trailer, "Prev", &d->steps), &d->steps);
	}
}

/* ---- streams */

/* A number of `width` bytes of a cross-reference stream, big-endian. */
static uint64_t table_field(struct cursor *c, int64_t width, uint64_t otherwise)
{
	uint64_t v = 0;

	if (width <= 0)
		return otherwise;
	for (int64_t i = 0; i < width; i++)
		v = v << 8 | cursor_u8(c);
	return v;
}

/* The numbers that the entries of a cross-reference stream are about: runs of so many from a first
 * one (7.5.8.2, Index). */
struct runs {
	struct pdf_lex l;
	int64_t next, left;
};

static int64_t next_of(struct runs *r)
{
	while (r->left <= 0) {
		struct pdf_token first = pdf_next(&r->l), n = pdf_next(&r->l);
		if (first.kind != PDF_NUMBER || n.kind != PDF_NUMBER)
			return -1;
		r->next = first.number;
		r->left = n.number;
	}
	r->left--;
	return r->next++;
}

void pdf_table_add(struct pdf_doc *d, const struct pdf_object *o, struct span table)
{
	struct pdf_lex l = { .s = pdf_get(o->value, "W", &d->steps), .steps = &d->steps };
	struct runs runs = { .l = { .s = pdf_get(o->value, "Index", &d->steps),
				    .steps = &d->steps } };
	struct cursor c = cursor_of(table);
	int64_t width[3];

	pdf_doc_trailer(d, o->value);
	(void)pdf_next(&l);
	for (int i = 0; i < 3; i++) {
		width[i] = pdf_next(&l).number;
		if (width[i] < 0 || width[i] > 8)
			return;
	}
	if (pdf_next(&runs.l).kind != PDF_ARRAY)
		runs.left = INT64_MAX;
	while (cursor_left(&c) > 0 && d->steps != 0) {
		uint64_t type = table_field(&c, width[0], 1);
		uint64_t offset = table_field(&c, width[1], 0);
		int64_t number = next_of(&runs);
		(void)table_field(&c, width[2], 0);
		if (!cursor_ok(&c) || width[0] + width[1] + width[2] == 0)
			return;
		if (type == 1)
			pdf_doc_add_at(d, offset, number, o->rank);
	}
}
