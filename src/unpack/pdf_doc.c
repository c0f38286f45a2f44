/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/pdf_doc.h"

enum { COMMENT_MAX = 256 /* bytes of a comment between an object's numbers and "obj" */ };

static bool is_digit(uint8_t c) { return c >= '0' && c <= '9'; }
static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0;
}

static bool stands_at(struct span s, size_t at, const char *word)
{
	size_t n = strlen(word);

	return at <= s.n && s.n - at >= n && memcmp(s.p + at, word, n) == 0;
}

/* ---- the list */

static struct pdf_object *add_object(struct pdf_doc *d)
{
	if (d->n_objects == PDF_OBJECTS_MAX) {
		d->too_many = true;
		return NULL;
	}
	if (d->n_objects == d->room) {
		size_t room = d->room != 0 ? d->room * 2 : 256;
		struct pdf_object *more = arena_array(d->arena, room, sizeof *more);
		if (more == NULL) {
			d->no_memory = true;
			return NULL;
		}
		if (d->n_objects != 0)
			memcpy(more, d->object, d->n_objects * sizeof *more);
		d->object = more;
		d->room = room;
	}
	return &d->object[d->n_objects++];
}

/* ---- streams */

/* Where `word` stands at or after `at`; file.n where it does not. */
static size_t find_word(struct pdf_doc *d, size_t at, const char *word)
{
	size_t n = strlen(word);

	while (at + n <= d->file.n) {
		const uint8_t *p = memchr(d->file.p + at, word[0], d->file.n - at);
		size_t next = p != NULL ? (size_t)(p - d->file.p) : d->file.n;
		uint64_t cost = next - at + 1;
		d->steps = d->steps > cost ? d->steps - cost : 0;
		if (stands_at(d->file, next, word))
			return next;
		if (d->steps == 0)
			break;
		at = next + 1;
	}
	return d->file.n;
}

/* "endstream" stands after a stream of `length` bytes. */
static bool ends_after(struct pdf_doc *d, size_t from, int64_t length)
{
	if (length < 0 || (uint64_t)length > d->file.n - from)
		return false;
	size_t at = from + (size_t)length;
	for (int i = 0; i < 4 && at < d->file.n && is_space(d->file.p[at]); i++)
		at++;
	return stands_at(d->file, at, "endstream") || stands_at(d->file, at, "endobj");
}

/* The bytes of a stream that begin at `from`: by its length where that is true, else by searching.
 */
static void read_stream(struct pdf_doc *d, struct pdf_object *o, size_t from)
{
	struct pdf_token length = pdf_first(pdf_get(o->value, "Length", &d->steps), &d->steps);
	size_t end = d->file.n;

	o->has_stream = true;
	if (length.kind == PDF_NUMBER && ends_after(d, from, length.number)) {
		o->stream = span_cut(d->file, from, (uint64_t)length.number);
		return;
	}
	if (from < d->no_endstream) {
		end = find_word(d, from, "endstream");
		if (end == d->file.n)
			d->no_endstream = from;
	}
	o->cut = end == d->file.n;
	if (end > from && d->file.p[end - 1] == '\n')
		end--;
	if (end > from && d->file.p[end - 1] == '\r')
		end--;
	o->stream = span_cut(d->file, from, end - from);
}

/* An object whose value begins at `at`; returns where to search on: after its stream, or at `at`,
 * since a broken value may hide objects. */
static size_t read_object(struct pdf_doc *d, uint32_t number, uint32_t generation, size_t start,
			  size_t at)
{
	struct pdf_lex l = { .s = d->file, .at = at, .steps = &d->steps };
	struct pdf_object *o = add_object(d);

	if (o == NULL)
		return at;
	*o = (struct pdf_object){ .number = number,
				  .generation = (uint16_t)generation,
				  .at = start };
	o->value = pdf_value(&l);
	struct pdf_token t = pdf_next(&l);
	if (t.kind != PDF_WORD || !stands_at(t.text, 0, "stream"))
		return at;
	size_t from = t.at + 6;
	if (stands_at(d->file, from, "\r\n"))
		from += 2;
	else if (from < d->file.n && (d->file.p[from] == '\n' || d->file.p[from] == '\r'))
		from++;
	read_stream(d, o, from);
	return o->cut ? at : from + o->stream.n;
}

/* ---- searching */

/* Where the comment begins that the line which ends before `at` ends with; `at`: there is none. */
static size_t comment_before(struct span s, size_t at)
{
	size_t comment = at;

	for (size_t i = at; i > 0 && at - i < COMMENT_MAX; i--) {
		uint8_t c = s.p[i - 1];
		if (c == '\n' || c == '\r')
			break;
		if (c == '%')
			comment = i - 1;
	}
	return comment;
}

/* Where the blanks before `at` begin, and with them the comments where those are wanted. */
static size_t blanks_before(struct span s, size_t at, bool comments)
{
	for (;;) {
		bool line = false;
		while (at > 0 && is_space(s.p[at - 1])) {
			at--;
			line = line || s.p[at] == '\n' || s.p[at] == '\r';
		}
		size_t before = line && comments ? comment_before(s, at) : at;
		if (before == at)
			return at;
		at = before;
	}
}

/* Reads the digits that end before `at`, blanks (and comments) between them and it allowed; false
 * where there are none. */
static bool digits_before(struct span s, size_t *at, bool comments, uint32_t *out)
{
	size_t i = blanks_before(s, *at, comments), end = i;
	uint64_t v = 0;

	while (i > 0 && end - i < 10 && is_digit(s.p[i - 1]))
		i--;
	if (i == end)
		return false;
	for (size_t k = i; k < end; k++)
		v = v * 10 + (uint64_t)(s.p[k] - '0');
	*out = v > UINT32_MAX ? UINT32_MAX : (uint32_t)v;
	*at = i;
	return true;
}

/* "N G" stands before the word "obj" at `at`. */
static bool begins_object(struct span s, size_t at, uint32_t *number, uint32_t *generation,
			  size_t *start)
{
	for (int comments = 0; comments < 2; comments++) {
		*start = at;
		if (digits_before(s, start, comments != 0, generation) && *start > 0 &&
		    is_space(s.p[*start - 1]) && digits_before(s, start, comments != 0, number))
			return true;
	}
	return false;
}

static void keep_trailer(struct pdf_doc *d, struct span dict)
{
	bool had = d->trailer.n != 0 && pdf_get(d->trailer, "Encrypt", &d->steps).n != 0;

	if (dict.n != 0 && (!had || pdf_get(dict, "Encrypt", &d->steps).n != 0))
		d->trailer = dict;
}

static void search(struct pdf_doc *d)
{
	uint32_t number, generation;
	size_t start;

	for (size_t at = 0; at < d->file.n && d->steps != 0 && !d->too_many && !d->no_memory;) {
		uint8_t c = d->file.p[at];
		if (c == 'o' && stands_at(d->file, at, "obj") &&
		    begins_object(d->file, at, &number, &generation, &start)) {
			at = read_object(d, number, generation, start, at + 3);
		} else if (c == 't' && stands_at(d->file, at, "trailer")) {
			struct pdf_lex l = { .s = d->file, .at = at + 7, .steps = &d->steps };
			keep_trailer(d, pdf_value(&l));
			at += 7;
		} else {
			at++;
		}
	}
}

/* ---- tables */

/* Whether an object that begins at `at` is known: those that were searched for come first, by
 * place. */
static bool is_known(const struct pdf_doc *d, size_t n_searched, size_t at)
{
	size_t low = 0, high = n_searched;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (d->object[middle].at < at)
			low = middle + 1;
		else
			high = middle;
	}
	return low < n_searched && d->object[low].at == at;
}

/* Adds the object that a table says begins at `offset`, where one does and nobody knew it. */
static void add_at(struct pdf_doc *d, size_t n_searched, uint64_t offset)
{
	if (offset > d->file.n - d->header)
		return;
	struct pdf_lex l = { .s = d->file, .at = d->header + (size_t)offset, .steps = &d->steps };
	struct pdf_token number = pdf_next(&l), generation = pdf_next(&l), word = pdf_next(&l);
	if (number.kind != PDF_NUMBER || generation.kind != PDF_NUMBER || word.kind != PDF_WORD ||
	    !stands_at(word.text, 0, "obj") || is_known(d, n_searched, number.at))
		return;
	(void)read_object(d, (uint32_t)number.number, (uint32_t)generation.number, number.at,
			  word.at + 3);
}

/* One classic table (7.5.4) at the lexer's place; gives the trailer after it. */
static struct span read_table(struct pdf_doc *d, struct pdf_lex *l, size_t n_searched)
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
				add_at(d, n_searched, (uint64_t)offset.number);
		}
	}
	return pdf_value(l);
}

/* Adds a cross-reference stream (7.5.8) at an offset that nobody knew; gives its dictionary. */
static struct span read_table_stream(struct pdf_doc *d, uint64_t offset, size_t n_searched)
{
	struct pdf_lex l = { .s = d->file, .at = d->header + (size_t)offset, .steps = &d->steps };
	size_t at = pdf_next(&l).at;
	uint64_t cost = (d->n_objects - n_searched) / 8;
	bool known = false;

	(void)pdf_next(&l);
	(void)pdf_next(&l);
	d->steps = d->steps > cost ? d->steps - cost : 0;
	for (size_t i = n_searched; i < d->n_objects && !known; i++)
		known = d->object[i].at == at;
	if (!known)
		add_at(d, n_searched, offset);
	return pdf_value(&l);
}

static void read_tables(struct pdf_doc *d)
{
	size_t n_searched = d->n_objects, at = d->file.n > 2048 ? d->file.n - 2048 : 0;
	struct pdf_lex l = { .s = d->file, .steps = &d->steps };
	struct pdf_token offset = { .kind = PDF_END };

	for (size_t next; (next = find_word(d, at, "startxref")) < d->file.n; at = next + 9) {
		l.at = next + 9;
		offset = pdf_next(&l);
	}
	for (unsigned i = 0; offset.kind == PDF_NUMBER && offset.number > 0; i++) {
		if (i == PDF_TABLES_MAX) {
			d->circle = true;
			return;
		}
		l.at = (uint64_t)offset.number < d->file.n - d->header
			       ? d->header + (size_t)offset.number
			       : d->file.n;
		struct pdf_token word = pdf_next(&l);
		struct span trailer = { NULL, 0 };
		if (word.kind == PDF_NUMBER)
			trailer = read_table_stream(d, (uint64_t)offset.number, n_searched);
		else if (word.kind == PDF_WORD && span_is(word.text, "xref"))
			trailer = read_table(d, &l, n_searched);
		struct pdf_token hybrid =
			pdf_first(pdf_get(trailer, "XRefStm", &d->steps), &d->steps);
		if (hybrid.kind == PDF_NUMBER && hybrid.number > 0 &&
		    (uint64_t)hybrid.number < d->file.n - d->header)
			(void)read_table_stream(d, (uint64_t)hybrid.number, n_searched);
		offset = pdf_first(pdf_get(trailer, "Prev", &d->steps), &d->steps);
	}
}

void pdf_doc_read(struct span file, struct arena *arena, struct pdf_doc *d)
{
	*d = (struct pdf_doc){
		.file = file,
		.arena = arena,
		.all_steps = (uint64_t)file.n * PDF_STEPS_PER_BYTE + PDF_STEPS_BASE,
		.no_endstream = file.n,
	};
	d->steps = d->all_steps;
	for (size_t i = 0; i < 1024 && i < file.n; i++)
		if (stands_at(file, i, "%PDF-")) {
			d->header = i;
			break;
		}
	search(d);
	read_tables(d);
}

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

void pdf_doc_add_table(struct pdf_doc *d, struct span dict, struct span table)
{
	struct pdf_lex l = { .s = pdf_get(dict, "W", &d->steps), .steps = &d->steps };
	struct cursor c = cursor_of(table);
	int64_t width[3];

	keep_trailer(d, dict);
	(void)pdf_next(&l);
	for (int i = 0; i < 3; i++) {
		width[i] = pdf_next(&l).number;
		if (width[i] < 0 || width[i] > 8)
			return;
	}
	size_t n_searched = 0; /* those found by searching: a prefix that is sorted by place */
	while (n_searched < d->n_objects &&
	       (n_searched == 0 || d->object[n_searched].at > d->object[n_searched - 1].at))
		n_searched++;
	while (cursor_left(&c) > 0 && d->steps != 0) {
		uint64_t type = table_field(&c, width[0], 1);
		uint64_t offset = table_field(&c, width[1], 0);
		(void)table_field(&c, width[2], 0);
		if (!cursor_ok(&c) || width[0] + width[1] + width[2] == 0)
			return;
		if (type == 1)
			add_at(d, n_searched, offset);
	}
}

void pdf_doc_add_stream(struct pdf_doc *d, size_t at, struct span text, int64_t n, int64_t first)
{
	struct pdf_lex l = { .s = text, .steps = &d->steps };

	for (int64_t i = 0; i < n; i++) {
		struct pdf_token number = pdf_next(&l), offset = pdf_next(&l);
		if (number.kind != PDF_NUMBER || offset.kind != PDF_NUMBER || number.number < 0 ||
		    offset.number < 0 || first < 0)
			return;
		uint64_t from = (uint64_t)first + (uint64_t)offset.number;
		struct pdf_lex inside = { .s = text,
					  .at = from < text.n ? (size_t)from : text.n,
					  .steps = &d->steps };
		struct span value = pdf_value(&inside);
		struct pdf_object *o = value.n != 0 ? add_object(d) : NULL;
		if (o == NULL)
			continue;
		*o = (struct pdf_object){ .number = (uint32_t)number.number,
					  .in_stream = true,
					  .at = at,
					  .value = value };
	}
}

/* ---- looking up */

static bool comes_before(const struct pdf_doc *d, uint32_t a, uint32_t b)
{
	uint32_t x = d->object[a].number, y = d->object[b].number;

	return x < y || (x == y && a < b);
}

static void sift(struct pdf_doc *d, size_t at, size_t n)
{
	uint32_t v = d->index[at];

	for (size_t child; (child = at * 2 + 1) < n; at = child) {
		if (child + 1 < n && comes_before(d, d->index[child], d->index[child + 1]))
			child++;
		if (!comes_before(d, v, d->index[child]))
			break;
		d->index[at] = d->index[child];
	}
	d->index[at] = v;
}

bool pdf_doc_index(struct pdf_doc *d)
{
	d->n_index = 0;
	d->index = arena_array(d->arena, d->n_objects, sizeof *d->index);
	if (d->index == NULL)
		return false;
	for (size_t i = 0; i < d->n_objects; i++)
		d->index[i] = (uint32_t)i;
	d->n_index = d->n_objects;
	for (size_t i = d->n_index / 2; i-- > 0;)
		sift(d, i, d->n_index);
	for (size_t n = d->n_index; n-- > 1;) {
		uint32_t last = d->index[n];
		d->index[n] = d->index[0];
		d->index[0] = last;
		sift(d, 0, n);
	}
	return true;
}

struct pdf_object *pdf_doc_find(struct pdf_doc *d, int64_t number)
{
	size_t low = 0, high = d->n_index;

	while (low < high) { /* the first that comes after all of that number */
		size_t middle = low + (high - low) / 2;
		if ((int64_t)d->object[d->index[middle]].number <= number)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0 || (int64_t)d->object[d->index[low - 1]].number != number)
		return NULL;
	return &d->object[d->index[low - 1]];
}

struct span pdf_doc_resolve(struct pdf_doc *d, struct span value)
{
	for (int i = 0; i < PDF_REFERENCE_DEPTH; i++) {
		struct pdf_lex l = { .s = value, .steps = &d->steps };
		struct pdf_token number = pdf_next(&l), generation = pdf_next(&l),
				 word = pdf_next(&l);
		if (number.kind != PDF_NUMBER || generation.kind != PDF_NUMBER ||
		    word.kind != PDF_WORD || !span_is(word.text, "R"))
			return value;
		struct pdf_object *o = pdf_doc_find(d, number.number);
		value = o != NULL ? o->value : (struct span){ NULL, 0 };
	}
	d->circle = true;
	return (struct span){ NULL, 0 };
}

struct span pdf_doc_get(struct pdf_doc *d, struct span dict, const char *key)
{
	return pdf_doc_resolve(d, pdf_get(dict, key, &d->steps));
}

int64_t pdf_doc_int(struct pdf_doc *d, struct span dict, const char *key, int64_t otherwise)
{
	struct pdf_token t = pdf_first(pdf_doc_get(d, dict, key), &d->steps);

	return t.kind == PDF_NUMBER ? t.number : otherwise;
}

bool pdf_doc_is(struct pdf_doc *d, struct span dict, const char *key, const char *name)
{
	struct pdf_token t = pdf_first(pdf_doc_get(d, dict, key), &d->steps);

	return t.kind == PDF_NAME && pdf_name_is(t.text, name);
}

void pdf_doc_lengths(struct pdf_doc *d)
{
	for (size_t i = 0; i < d->n_objects && d->steps != 0; i++) {
		struct pdf_object *o = &d->object[i];
		if (!o->has_stream || o->in_stream)
			continue;
		size_t from = (size_t)(o->stream.p - d->file.p);
		int64_t length = pdf_doc_int(d, o->value, "Length", -1);
		if (length >= 0 && (uint64_t)length != o->stream.n && ends_after(d, from, length)) {
			o->stream = span_cut(d->file, from, (uint64_t)length);
			o->cut = false;
		}
	}
}
