/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/pdf_doc.h"
#include "base/heap.h"

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

size_t pdf_doc_word(struct pdf_doc *d, size_t at, const char *word)
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

/* The length of the stream that begins at `from`, if it is true, or -1.  Of two that are, which
 * viewers choose between, it is the greater one. */
static int64_t true_length(struct pdf_doc *d, const struct pdf_object *o, size_t from, bool resolve)
{
	const struct span values[] = { pdf_get(o->value, "Length", &d->steps),
				       pdf_get_last(o->value, "Length", &d->steps) };
	int64_t length = -1;

	for (size_t i = 0; i < 2 && (i == 0 || values[0].p != values[1].p); i++) {
		struct span value = resolve ? pdf_doc_resolve(d, values[i]) : values[i];
		struct pdf_token t = pdf_first(value, &d->steps);
		if (t.kind == PDF_NUMBER && t.number > length && ends_after(d, from, t.number))
			length = t.number;
	}
	return length;
}

/* The bytes of a stream that begin at `from`: by its length where that is true, else by searching.
 */
static void read_stream(struct pdf_doc *d, struct pdf_object *o, size_t from)
{
	int64_t length = true_length(d, o, from, false);
	size_t end = d->file.n;

	o->has_stream = true;
	if (length >= 0) {
		o->stream = span_cut(d->file, from, (uint64_t)length);
		return;
	}
	if (from < d->no_endstream) {
		end = pdf_doc_word(d, from, "endstream");
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

/* Where the comment begins that the line which ends before `at` ends with; `at`: there is none.  A
 * line is looked at for the word "obj" at the front of the next one alone, so none is often. */
static size_t comment_before(struct span s, size_t at)
{
	size_t comment = at;

	for (size_t i = at; i > 0; i--) {
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

void pdf_doc_trailer(struct pdf_doc *d, struct span dict)
{
	bool had = d->trailer.n != 0 && pdf_get(d->trailer, "Encrypt", &d->steps).n != 0;
	bool has = pdf_get(dict, "Encrypt", &d->steps).n != 0;

	if (dict.n != 0 && (!had || has))
		d->trailer = dict;
	if (!has && pdf_get(dict, "Root", &d->steps).n != 0)
		d->in_clear = true;
}

bool pdf_doc_added(struct pdf_doc *d, size_t at)
{
	uint64_t cost = (d->n_objects - d->n_searched) / 8;

	d->steps = d->steps > cost ? d->steps - cost : 0;
	for (size_t i = d->n_searched; i < d->n_objects; i++)
		if (d->object[i].at == at)
			return true;
	return false;
}

/* Searches a part of the file, and streams that are met there too (`inside`), or passes over them.
 */
static void search(struct pdf_doc *d, size_t at, size_t end, bool inside)
{
	uint32_t number, generation;
	size_t start;

	while (at < end && d->steps != 0 && !d->too_many && !d->no_memory) {
		uint8_t c = d->file.p[at];
		if (c == 'o' && stands_at(d->file, at, "obj") &&
		    begins_object(d->file, at, &number, &generation, &start)) {
			size_t on = at + 3;
			if (!inside)
				on = read_object(d, number, generation, start, on);
			else if (!pdf_doc_added(d, start))
				(void)read_object(d, number, generation, start, on);
			at = on;
		} else if (c == 't' && stands_at(d->file, at, "trailer")) {
			struct pdf_lex l = { .s = d->file, .at = at + 7, .steps = &d->steps };
			pdf_doc_trailer(d, pdf_value(&l));
			at += 7;
		} else {
			at++;
		}
	}
}

/* ---- what tables name */

/* The object that begins at `at` and was found by searching, or NULL. */
static struct pdf_object *searched(const struct pdf_doc *d, size_t at)
{
	size_t low = 0, high = d->n_searched;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (d->object[middle].at < at)
			low = middle + 1;
		else
			high = middle;
	}
	return low < d->n_searched && d->object[low].at == at ? &d->object[low] : NULL;
}

void pdf_doc_add_at(struct pdf_doc *d, uint64_t offset, int64_t name, uint16_t rank)
{
	bool inside = offset <= d->file.n - d->header;
	struct pdf_lex l = { .s = d->file,
			     .at = inside ? d->header + (size_t)offset : d->file.n,
			     .steps = &d->steps };
	struct pdf_token number = pdf_next(&l), generation = pdf_next(&l), word = pdf_next(&l);
	bool begins = number.kind == PDF_NUMBER && generation.kind == PDF_NUMBER &&
		      word.kind == PDF_WORD && stands_at(word.text, 0, "obj");
	bool right = begins && (name < 0 || name == number.number);
	struct pdf_object *o = begins ? searched(d, number.at) : NULL;
	size_t n = d->n_objects;

	if (begins && o == NULL) {
		(void)read_object(d, (uint32_t)number.number, (uint32_t)generation.number,
				  number.at, word.at + 3);
		o = d->n_objects > n ? &d->object[n] : NULL;
	}
	if (right && o != NULL && o->rank == 0)
		o->rank = rank;
	d->broken = d->broken || (!right && rank != 0);
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
	for (size_t i = 0; i <= PDF_HEADER_AT_MAX && i < file.n; i++)
		if (stands_at(file, i, PDF_HEADER)) {
			d->header = i;
			break;
		}
	search(d, 0, file.n, false);
	d->n_searched = d->n_objects;
}

void pdf_doc_search_streams(struct pdf_doc *d)
{
	for (size_t i = 0; i < d->n_searched && d->steps != 0; i++) {
		struct span stream = d->object[i].stream;
		size_t from = stream.n != 0 ? (size_t)(stream.p - d->file.p) : 0;
		search(d, from, from + stream.n, true);
	}
}

void pdf_doc_add_stream(struct pdf_doc *d, const struct pdf_object *o, struct span text, int64_t n,
			int64_t first)
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
		struct pdf_object *in = value.n != 0 ? add_object(d) : NULL;
		if (in == NULL)
			continue;
		*in = (struct pdf_object){ .number = (uint32_t)number.number,
					   .in_stream = true,
					   .rank = o->rank,
					   .at = o->at,
					   .value = value };
	}
}

/* ---- looking up */

static bool comes_before(const void *doc, size_t a, size_t b)
{
	const struct pdf_doc *d = doc;
	uint32_t i = d->index[a], k = d->index[b];
	uint32_t x = d->object[i].number, y = d->object[k].number;

	return x < y || (x == y && i < k);
}

static void swap(void *doc, size_t a, size_t b)
{
	struct pdf_doc *d = doc;

	heap_swap_u32(d->index, a, b);
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
	heap_sort(d, d->n_index, comes_before, swap);
	return true;
}

/* Of the objects from `low` to before `high` in the index, which have one number. */
static struct pdf_object *by_way(struct pdf_doc *d, size_t low, size_t high, enum pdf_way way)
{
	struct pdf_object *found = &d->object[d->index[way == PDF_FIRST ? low : high - 1]];

	for (size_t i = high; way == PDF_NAMED && i-- > low;) {
		struct pdf_object *o = &d->object[d->index[i]];
		if (o->rank != 0 && (found->rank == 0 || o->rank < found->rank))
			found = o;
	}
	return found;
}

/* The first in the index of the objects with that number or a higher one. */
static size_t place_of(const struct pdf_doc *d, int64_t number)
{
	size_t low = 0, high = d->n_index;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if ((int64_t)d->object[d->index[middle]].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct pdf_object *pdf_doc_find(struct pdf_doc *d, int64_t number)
{
	size_t low = place_of(d, number), high = low;

	while (high < d->n_index && (int64_t)d->object[d->index[high]].number == number)
		high++;
	if (low == high)
		return NULL;
	struct pdf_object *found = by_way(d, low, high, d->way);
	for (enum pdf_way way = PDF_NAMED; way < PDF_WAYS && high - low > 1; way++) {
		const struct pdf_object *o = by_way(d, low, high, way);
		uint64_t cost = high - low + o->value.n;
		d->steps = d->steps > cost ? d->steps - cost : 0;
		if (o->value.n != found->value.n ||
		    (o->value.n != 0 && memcmp(o->value.p, found->value.p, o->value.n) != 0))
			d->ways |= 1u << way;
	}
	return found;
}

struct span pdf_doc_resolve(struct pdf_doc *d, struct span value)
{
	d->holder = NULL;
	for (int i = 0; i < PDF_REFERENCE_DEPTH; i++) {
		struct pdf_lex l = { .s = value, .steps = &d->steps };
		struct pdf_token number = pdf_next(&l), generation = pdf_next(&l),
				 word = pdf_next(&l);
		if (number.kind != PDF_NUMBER || generation.kind != PDF_NUMBER ||
		    word.kind != PDF_WORD || !span_is(word.text, "R"))
			return value;
		d->holder = pdf_doc_find(d, number.number);
		value = d->holder != NULL ? d->holder->value : (struct span){ NULL, 0 };
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
		int64_t length = true_length(d, o, from, true);
		if (length >= 0 && (o->cut || (uint64_t)length > o->stream.n)) {
			o->stream = span_cut(d->file, from, (uint64_t)length);
			o->cut = false;
		}
	}
}
