/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/salvage_pdf.h"
#include "unpack/decode.h"

#include <stdio.h>

/*
 * PDF (ISO 32000-1, 7.3 and 7.5): each object is looked for by `N G obj`, wherever the table may
 * be, and read to its `endobj`: a body whose brackets do not close, or whose stream does not end
 * where it must, is lost.  Streams of deflate bear a checksum.  Objects in object streams (7.5.7)
 * are taken out of them.
 */

enum {
	MAX_OBJECTS = 1 << 20,
	MAX_BODY = 1 << 20, /* bytes of an object beside its stream */
	MAX_NESTING = 64,
	MAX_STREAM = 64 << 20, /* of an object stream, unpacked */
};

static bool blank(uint8_t c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0;
}

static bool digit(uint8_t c) { return c >= '0' && c <= '9'; }

static bool delimiter(uint8_t c)
{
	return blank(c) || c == '/' || c == '<' || c == '>' || c == '[' || c == ']' || c == '(' ||
	       c == ')' || c == '%';
}

struct span salvage_pdf_value(struct span d, const char *key)
{
	size_t n = strlen(key), at = 0;

	while (at < d.n) {
		const uint8_t *p = memmem(d.p + at, d.n - at, key, n);
		if (p == NULL)
			break;
		at = (size_t)(p - d.p) + n;
		if (at >= d.n || !delimiter(d.p[at]))
			continue;
		while (at < d.n && blank(d.p[at]))
			at++;
		return span_cut(d, at, d.n);
	}
	return (struct span){ d.p, 0 };
}

bool salvage_pdf_number(struct span s, uint32_t *out)
{
	uint64_t v = 0;
	size_t i = 0;

	while (i < s.n && blank(s.p[i]))
		i++;
	size_t first = i;
	for (; i < s.n && digit(s.p[i]) && i - first < 10; i++)
		v = v * 10 + (uint64_t)(s.p[i] - '0');
	*out = (uint32_t)v;
	return i != first && v <= UINT32_MAX;
}

bool salvage_pdf_is(struct span dictionary, const char *key, const char *name)
{
	struct span v = salvage_pdf_value(dictionary, key);
	size_t n = strlen(name);

	return v.n >= n && memcmp(v.p, name, n) == 0 && (v.n == n || delimiter(v.p[n]));
}

/* ---- bodies */

/* (...), with brackets in it; *i stands on the first. */
static bool skip_string(struct span s, size_t *i)
{
	unsigned depth = 0;

	for (; *i < s.n; ++*i) {
		if (s.p[*i] == '\\')
			++*i;
		else if (s.p[*i] == '(')
			depth++;
		else if (s.p[*i] == ')' && --depth == 0)
			return true;
	}
	return false;
}

/* `word` stands at i, and ends there. */
static bool word_at(struct span s, size_t i, const char *word)
{
	size_t n = strlen(word);

	return i + n <= s.n && memcmp(s.p + i, word, n) == 0 &&
	       (i + n == s.n || delimiter(s.p[i + n]));
}

/*
 * Reads a body from its start to `endobj` or `stream`: *end becomes the place of that word.  False:
 * brackets that do not close, or bytes that stand in no PDF outside of strings.
 */
static bool read_body(struct span s, size_t *end, bool *stream)
{
	uint8_t open[MAX_NESTING];
	unsigned depth = 0;

	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];
		bool two = i + 1 < s.n && s.p[i + 1] == c;
		if (c == '(') {
			if (!skip_string(s, &i))
				return false;
		} else if (c == '<' || c == '[') {
			if (depth == MAX_NESTING)
				return false;
			open[depth++] = c == '<' && two ? 'd' : c;
			i += c == '<' && two;
		} else if (c == '>' || c == ']') {
			uint8_t want = c == ']' ? '[' : '<';
			if (depth == 0)
				return false;
			if (c == '>' && open[depth - 1] == 'd' && two) {
				want = 'd';
				i++;
			}
			if (open[--depth] != want)
				return false;
		} else if (depth == 0 && (c == 'e' || c == 's') &&
			   (word_at(s, i, "endobj") || word_at(s, i, "stream"))) {
			*end = i;
			*stream = c == 's';
			return true;
		} else if (!blank(c) && (c < 0x20 || c == 0x7f)) {
			return false;
		}
	}
	return false;
}

static bool swallow(void *ctx, struct span s)
{
	uint64_t *n = ctx;

	*n += s.n;
	return *n < SALVAGE_IN_MEMORY;
}

/* Deflate alone, not behind another filter. */
static bool is_deflate(struct span dictionary)
{
	struct span f = salvage_pdf_value(dictionary, "/Filter");

	if (f.n != 0 && f.p[0] == '[')
		f = span_cut(f, 1, f.n);
	while (f.n != 0 && blank(f.p[0]))
		f = span_cut(f, 1, f.n);
	return word_at(f, 0, "/FlateDecode") || word_at(f, 0, "/Fl");
}

/* The stream at s, to its `endstream`: where Length says, or where the word is. */
static bool read_stream(struct pdf_objects *o, struct pdf_object *object, struct span dictionary,
			struct span s, size_t *used)
{
	uint32_t n;
	size_t i = 6;

	i += i < s.n && s.p[i] == '\r';
	if (i >= s.n || s.p[i] != '\n')
		return false;
	i++;
	struct span data = span_cut(s, i, s.n), length = salvage_pdf_value(dictionary, "/Length"),
		    tail;
	bool direct = salvage_pdf_number(length, &n) && n <= data.n;
	tail = direct ? span_cut(data, n, 12) : data;
	const uint8_t *end = memmem(tail.p, tail.n, "endstream", 9);
	if (end == NULL) {
		tail = data;
		end = memmem(data.p, data.n, "endstream", 9);
	}
	if (end == NULL || !salvage_spend(o->s, (uint64_t)(end - data.p) + 1))
		return false;
	size_t got = (size_t)(end - data.p);
	*used = i + got + 9;
	object->stream = span_cut(data, 0, direct && n <= got ? n : got);
	if (is_deflate(dictionary)) {
		uint64_t out = 0;
		struct decode_out to = { swallow, &out };
		size_t in = 0;
		object->summed =
			decode_inflate(object->stream, DECODE_ZLIB, &to, &in) == DECODE_WHOLE;
		return (object->summed && salvage_spend(o->s, out)) ||
		       salvage_pdf_value(o->trailer, "/Encrypt").n != 0;
	}
	return true;
}

/* ---- objects */

static bool add(struct pdf_objects *o, const struct pdf_object *object)
{
	if (o->n == o->max) {
		size_t max = o->max != 0 ? 2 * o->max : 256;
		struct pdf_object *l =
			max <= MAX_OBJECTS ? arena_array(&o->s->arena, max, sizeof *l) : NULL;
		if (l == NULL)
			return false;
		if (o->n != 0)
			memcpy(l, o->list, o->n * sizeof *l);
		o->list = l;
		o->max = max;
	}
	o->list[o->n++] = *object;
	return true;
}

static bool take(void *ctx, struct span s)
{
	struct buf *out = ctx;

	buf_put_span(out, s);
	return buf_ok(out);
}

/* The number at *i, blanks before it passed over. */
static bool next_number(struct span s, size_t *i, uint32_t *out)
{
	while (*i < s.n && blank(s.p[*i]))
		++*i;
	if (!salvage_pdf_number(span_cut(s, *i, 11), out))
		return false;
	while (*i < s.n && digit(s.p[*i]))
		++*i;
	return true;
}

/* Unpacks a container of objects into the arena; empty where it cannot be. */
static struct span unpack_container(struct pdf_objects *o, const struct pdf_object *container)
{
	struct buf text;
	struct decode_out out = { take, &text };
	struct span all = { NULL, 0 };
	size_t used;

	buf_init(&text, MAX_STREAM);
	if (decode_inflate(container->stream, DECODE_ZLIB, &out, &used) == DECODE_WHOLE) {
		all.p = arena_copy(&o->s->arena, text.p, text.n);
		all.n = all.p != NULL ? text.n : 0;
	}
	buf_release(&text);
	return all;
}

/* N pairs of number and place, then the objects (7.5.7). */
static bool take_out(struct pdf_objects *o, struct pdf_object *container)
{
	uint32_t n, first, place, following;
	struct pdf_object object = { .at = container->at, .summed = true };
	struct span all = unpack_container(o, container);
	size_t i = 0;

	if (!salvage_pdf_number(salvage_pdf_value(container->body, "/N"), &n) ||
	    !salvage_pdf_number(salvage_pdf_value(container->body, "/First"), &first) ||
	    first >= all.n)
		return true;
	container->dropped = true;
	for (uint32_t k = 0; k < n; k++) {
		if (!next_number(all, &i, &object.number) || !next_number(all, &i, &place))
			break;
		size_t ahead = i;
		uint64_t end = all.n - first;
		if (k + 1 < n && next_number(all, &ahead, &following) &&
		    next_number(all, &ahead, &following) && following > place)
			end = following;
		object.body = span_cut(all, (uint64_t)first + place, end > place ? end - place : 0);
		if (object.body.n != 0 && !add(o, &object))
			return false;
	}
	return true;
}

/* `N G ` stands before `obj`; *from becomes its first byte. */
static bool numbers_before(struct span all, size_t obj, struct pdf_object *object, size_t *from)
{
	size_t i = obj;

	for (unsigned k = 0; k < 2; k++) {
		size_t end = i;
		while (i > 0 && blank(all.p[i - 1]))
			i--;
		if (i == end)
			return false;
		end = i;
		while (i > 0 && digit(all.p[i - 1]) && end - i < 10)
			i--;
		if (i == end || !salvage_pdf_number(span_cut(all, i, end - i),
						    k == 0 ? &object->generation : &object->number))
			return false;
	}
	*from = i;
	return true;
}

/* One object whose `obj` stands at i; *next receives where to go on. */
static bool one_object(struct pdf_objects *o, struct span all, size_t i, size_t *next)
{
	struct pdf_object object = { .number = 0 };
	size_t from, end, used = 0;
	bool stream;

	if (!numbers_before(all, i, &object, &from))
		return true;
	object.at = from;
	struct span rest = span_cut(all, i + 3, all.n);
	if (!read_body(span_cut(rest, 0, MAX_BODY), &end, &stream)) {
		o->n_lost++;
		return true;
	}
	struct span dictionary = span_cut(rest, 0, end);
	object.body = dictionary;
	if (stream && !read_stream(o, &object, dictionary, span_cut(rest, end, rest.n), &used)) {
		o->n_lost++;
		return true;
	}
	if (stream)
		object.body = span_cut(rest, 0, end + used);
	*next = i + 3 + end + used;
	if (salvage_pdf_is(dictionary, "/Type", "/XRef")) {
		object.dropped = true;
		o->trailer = dictionary;
	}
	if (!add(o, &object))
		return false;
	return !salvage_pdf_is(dictionary, "/Type", "/ObjStm") || take_out(o, &o->list[o->n - 1]);
}

/* The last dictionary behind the word `trailer`. */
static void find_trailer(struct pdf_objects *o, struct span all)
{
	for (size_t at = 0; at < all.n;) {
		const uint8_t *p = memmem(all.p + at, all.n - at, "trailer", 7);
		if (p == NULL)
			return;
		at = (size_t)(p - all.p) + 7;
		struct span d = span_cut(all, at, MAX_BODY);
		const uint8_t *end = memmem(d.p, d.n, "startxref", 9);
		if (end != NULL &&
		    salvage_pdf_value(span_cut(d, 0, (uint64_t)(end - d.p)), "/Root").n != 0)
			o->trailer = span_cut(d, 0, (uint64_t)(end - d.p));
	}
}

/* Pictures are files of their own. */
static void give_pictures(struct pdf_objects *o)
{
	char name[64];

	for (size_t i = 0; i < o->n && !o->s->stopped; i++) {
		const struct pdf_object *x = &o->list[i];
		struct salvage_piece p = { .at = x->at };
		if (x->stream.n < 64 || memcmp(x->stream.p, "\xff\xd8\xff", 3) != 0)
			continue;
		int n = snprintf(name, sizeof name, "picture-%u.jpg", x->number);
		p.name = (struct span){ (uint8_t *)name, (size_t)n };
		(void)salvage_give_bytes(o->s, &p, 0, x->stream);
	}
}

bool salvage_pdf(struct salvage *s, struct region *w, struct span name)
{
	struct pdf_objects o = { .s = s };
	uint8_t text[SALVAGE_MAX_NAME];
	struct buf all, out;

	buf_init(&all, SALVAGE_IN_MEMORY);
	buf_init(&out, SALVAGE_IN_MEMORY);
	bool ok = w->size <= SALVAGE_IN_MEMORY && proof_load(w, 0, w->size, &all);
	struct span bytes = buf_span(&all);
	if (ok)
		find_trailer(&o, bytes);
	for (size_t at = 0; ok && at < bytes.n && !s->stopped;) {
		const uint8_t *p = memmem(bytes.p + at, bytes.n - at, "obj", 3);
		if (p == NULL)
			break;
		size_t next = (size_t)(p - bytes.p) + 3;
		ok = one_object(&o, bytes, next - 3, &next);
		at = next;
	}
	if (o.n != 0 && salvage_pdf_make(&o, &out) && !s->stopped) {
		struct salvage_piece p = { .at = PLACE_NONE };
		int n = snprintf((char *)text, sizeof text, "rebuilt-%.*s", (int)(name.n & 1023),
				 (const char *)name.p);
		p.name = (struct span){ text, (size_t)n };
		p.state = o.n_lost != 0 ? SALVAGE_PARTIAL : SALVAGE_WHOLE;
		(void)salvage_give_bytes(s, &p, 0, buf_span(&out));
		snprintf((char *)text, sizeof text, "pdf: %zu objects are whole, %zu are not", o.n,
			 o.n_lost);
		s->host.note(s->host.ctx, (const char *)text);
		give_pictures(&o);
	}
	buf_release(&all);
	buf_release(&out);
	return o.n != 0;
}
