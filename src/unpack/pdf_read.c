/* SPDX-License-Identifier: Apache-2.0 */

/*
 * PDF (ISO 32000-1; encryption of ISO 32000-2).
 *
 * Every stream is a member, decoded by its text filters: called by the number of its object, and by
 * its file name where a file specification gives it one (7.11.3).  A stream whose last filter is an
 * image's is given as that filter would get it.  Scripts that stand in strings (12.6.4.16) are
 * members "12.js".  Objects in object streams are searched as the others are.
 *
 * What viewers may read in more than one way is given in each: where several objects of one number
 * differ, where a key stands twice, where one trailer says that the file is encrypted and another
 * does not.
 */

#include "unpack/decode.h"
#include "unpack/give.h"
#include "unpack/pdf_stream.h"
#include "unpack/pdf_table.h"
#include "unpack/readers.h"
#include "unpack/wide.h"

#include <stdio.h>

enum {
	OBJECT_STREAM_MAX = 16 << 20,     /* bytes, decoded */
	LISTS_MEMORY = UNPACK_MEMORY / 4, /* of the arena, that object streams leave for lists */
	STREAMS_MEMORY = UNPACK_MEMORY - LISTS_MEMORY,
	FILE_NAME_MAX = 1 << 16, /* bytes of a file name as it stands; the rest is cut off */
	SCRIPT_MAX = 4 << 20,    /* of a script that stands in a string */
	SPECIFICATION_DEPTH =
		256, /* dictionaries around a file specification that names a stream */
};

struct reader {
	struct unpack *u;
	struct pdf_doc d;
	struct pdf_pool pool;
	struct pdf_crypt crypt;
	const struct pdf_crypt *key; /* NULL where nothing is to be decrypted */
	size_t script_at;            /* of the value that read_script() is to give, in its object */
	bool quiet; /* what is read was read in a likelier way before: its faults are none */
	bool stop;  /* the budget is spent */
};

/* Something that is done with an object, in each way that it may be read. */
typedef void act(struct reader *r, const struct pdf_object *o);

static void by_each_reference(struct reader *r, const struct pdf_object *o, act *run)
{
	r->d.ways = 0;
	run(r, o);
	unsigned ways = r->d.ways;
	for (r->d.way = PDF_LAST; r->d.way < PDF_WAYS && !r->stop; r->d.way++)
		if ((ways >> r->d.way & 1) != 0)
			run(r, o);
	r->d.way = PDF_NAMED;
}

static bool is_file(struct reader *r, const struct pdf_object *o)
{
	return o->has_stream &&
	       (o->embedded || pdf_doc_is(&r->d, o->value, "Type", "EmbeddedFile"));
}

/* An embedded file has a cipher of its own, which not every viewer knows. */
static void by_each_key(struct reader *r, const struct pdf_object *o, act *run)
{
	const struct pdf_crypt *key = r->key;
	bool own = key != NULL && key->files != key->streams && is_file(r, o);
	struct pdf_crypt file_key;

	if (own) {
		file_key = *key;
		file_key.streams = key->files;
		r->key = &file_key;
	}
	by_each_reference(r, o, run);
	r->quiet = true;
	r->key = key;
	if (own && !r->stop)
		by_each_reference(r, o, run);
	r->key = NULL;
	if (key != NULL && r->d.in_clear && !r->stop)
		by_each_reference(r, o, run);
	r->quiet = false;
	r->key = key;
}

static void in_each_way(struct reader *r, const struct pdf_object *o, act *run)
{
	struct pdf_object other;

	by_each_key(r, o, run);
	if (!r->stop && pdf_stream_doubled(&r->d, o, &other))
		by_each_key(r, &other, run);
}

/* The text of a string (7.9.2.2), of at most `max` bytes: UTF-16BE or UTF-8 with its mark, else the
 * bytes as they are.  In the arena; NULL where it has no room. */
static struct span text_of(struct reader *r, const struct pdf_object *o, struct pdf_token t,
			   size_t max)
{
	size_t n = t.text.n < max ? t.text.n : max;
	uint8_t *raw = arena_alloc(r->d.arena, n + 1), one[WIDE_ROOM];

	t.text.n = n;
	if (raw == NULL)
		return (struct span){ NULL, 0 };
	n = pdf_string_bytes(t, raw);
	if (r->key != NULL)
		n = pdf_crypt_string(r->key, o, raw, n);
	if (n < 2 || raw[0] != 0xfe || raw[1] != 0xff)
		return (struct span){ raw, n };
	for (size_t i = 0; i + 1 < n; i += 2) { /* to little-endian, in place */
		uint8_t high = raw[i];
		raw[i] = raw[i + 1];
		raw[i + 1] = high;
	}
	struct cursor c = cursor_of((struct span){ raw + 2, n - 2 });
	uint8_t *out = arena_array(r->d.arena, n / 2, 3);
	size_t at = 0;
	while (out != NULL && cursor_left(&c) >= 2) {
		size_t k = wide_put(wide_take(&c), one);
		memcpy(out + at, one, k);
		at += k;
	}
	return (struct span){ out, out != NULL ? at : 0 };
}

/* ---- what objects say */

/* A file specification: the streams that it embeds get its name. */
static void read_file_specification(struct reader *r, const struct pdf_object *o, struct span dict)
{
	static const char *const kinds[] = { "UF", "F", "Unix", "DOS", "Mac" };
	struct span files = pdf_doc_get(&r->d, dict, "EF"), name = { NULL, 0 };

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds && name.n == 0; i++) {
		struct pdf_token t = pdf_first(pdf_doc_get(&r->d, dict, kinds[i]), &r->d.steps);
		if (t.kind == PDF_STRING || t.kind == PDF_HEX)
			name = text_of(r, o, t, FILE_NAME_MAX);
	}
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct pdf_token number =
			pdf_first(pdf_get(files, kinds[i], &r->d.steps), &r->d.steps);
		struct pdf_object *file =
			number.kind == PDF_NUMBER ? pdf_doc_find(&r->d, number.number) : NULL;
		if (file == NULL || !file->has_stream)
			continue;
		file->embedded = true;
		if (file->name.n == 0)
			file->name = name;
	}
}

/* A string of *o, or of the object that *o refers to. */
static void give_script(struct reader *r, const struct pdf_object *o,
			const struct pdf_object *holder, struct pdf_token t)
{
	char name[32];
	struct span text = text_of(r, holder, t, SCRIPT_MAX);

	if (t.text.n > SCRIPT_MAX)
		unpack_gap(r->u, REASON_LIMIT, o->at, "bytes: a PDF script of more than %d",
			   SCRIPT_MAX);
	if (text.p == NULL)
		unpack_gap(r->u, REASON_MEMORY, o->at, "PDF: no memory for a script");
	(void)snprintf(name, sizeof name, "%u.js", (unsigned)o->number);
	if (text.n != 0 && !give_whole(r->u, span_of(name), "text/javascript", text))
		r->stop = true;
}

/* The script whose value stands at script_at, where it is a string. */
static void read_script(struct reader *r, const struct pdf_object *o)
{
	struct span value = pdf_doc_resolve(&r->d, span_cut(o->value, r->script_at, SIZE_MAX));
	const struct pdf_object *holder = r->d.holder != NULL ? r->d.holder : o;
	struct pdf_token s = pdf_first(value, &r->d.steps);

	if (s.kind == PDF_STRING || s.kind == PDF_HEX)
		give_script(r, o, holder, s);
}

/* Looks through an object, wherever the keys stand, for scripts and file specifications. */
static void read_object_text(struct reader *r, const struct pdf_object *o)
{
	struct pdf_lex l = { .s = o->value, .steps = &r->d.steps };
	size_t open[SPECIFICATION_DEPTH]; /* where the dictionaries around begin */
	size_t depth = 0;

	while (!r->stop) {
		struct pdf_token t = pdf_next(&l);
		if (t.kind == PDF_END)
			return;
		if (t.kind == PDF_DICT && ++depth <= SPECIFICATION_DEPTH)
			open[depth - 1] = t.at;
		else if (t.kind == PDF_DICT_END && depth > 0)
			depth--;
		if (t.kind != PDF_NAME)
			continue;
		if (pdf_name_is(t.text, "JS")) {
			r->script_at = l.at;
			by_each_key(r, o, read_script);
		} else if (pdf_name_is(t.text, "EF") && depth > 0 && depth <= SPECIFICATION_DEPTH) {
			read_file_specification(r, o,
						span_cut(o->value, open[depth - 1], SIZE_MAX));
		}
	}
}

/* ---- streams */

static void note_faults(struct reader *r, const struct pdf_object *o, const struct unpack_member *m,
			const struct pdf_chain *chain, enum pdf_stream_kind kind,
			struct span unknown)
{
	if (chain == NULL)
		unpack_gap(r->u, REASON_LIMIT, m->at,
			   "filters: more than %d, or out of their bounds", PDF_STAGES_MAX);
	if (o->cut)
		unpack_gap(r->u, REASON_DAMAGED, m->at,
			   "PDF: a stream without an end (ISO 32000-1, 7.3.8)");
	if (chain != NULL && chain->damaged)
		unpack_gap(r->u, REASON_DAMAGED, m->at, "PDF: %s (ISO 32000-1, 7.4)",
			   chain->problem);
	if (kind == PDF_STREAM_UNSUPPORTED)
		unpack_gap(r->u, REASON_UNSUPPORTED, m->at, "PDF filter %.*s",
			   (int)(unknown.n < 64 ? unknown.n : 64), (const char *)unknown.p);
}

static bool give_bytes(void *to, struct span bytes) { return unpack_write(to, bytes); }

static void give_stream(struct reader *r, const struct pdf_object *o)
{
	char name[16];
	enum pdf_stream_kind kind;
	struct pdf_chain chain;
	struct span unknown = { NULL, 0 };
	struct unpack_member m = { .size = UNPACK_UNKNOWN,
				   .packed = o->stream.n,
				   .at = give_place(r->u, o->stream) };

	if (o->stream.n == 0)
		return;
	(void)snprintf(name, sizeof name, "%u", (unsigned)o->number);
	m.name = o->name.n != 0 ? o->name : span_of(name);
	pdf_chain_init(&chain, &r->pool, give_bytes, r->u);
	bool made = pdf_stream_chain(&r->d, r->key, o, &chain, &kind, &unknown);
	if (made && chain.n_stages == 0 && kind != PDF_STREAM_UNSUPPORTED && !o->cut) {
		r->stop = !unpack_whole(r->u, &m, o->stream);
		return;
	}
	if (!unpack_begin(r->u, &m)) {
		r->stop = true;
		pdf_chain_release(&chain);
		return;
	}
	bool quick = made && pdf_chain_is_flate(&chain) && decode_inflate_quick(r->u, o->stream);
	if (made && !quick) {
		pdf_chain_put(&chain, o->stream);
		pdf_chain_end(&chain);
	}
	if (!r->quiet)
		note_faults(r, o, &m, made ? &chain : NULL, kind, unknown);
	unpack_end(r->u);
	pdf_chain_release(&chain);
}

/* ---- the document */

/* A stream of that type, which may stand there twice too. */
static bool is_stream(struct reader *r, const struct pdf_object *o, const char *type)
{
	if (!o->has_stream)
		return false;
	if (pdf_doc_is(&r->d, o->value, "Type", type))
		return true;
	struct span last = pdf_doc_resolve(&r->d, pdf_get_last(o->value, "Type", &r->d.steps));
	struct pdf_token t = pdf_first(last, &r->d.steps);
	return t.kind == PDF_NAME && pdf_name_is(t.text, type);
}

static void add_table(struct reader *r, const struct pdf_object *o)
{
	bool cut;

	pdf_table_add(&r->d, o,
		      pdf_stream_bytes(&r->d, &r->pool, NULL, o, OBJECT_STREAM_MAX, &cut));
}

/* Cross-reference streams first: they may know where the encryption dictionary is. */
static void read_tables(struct reader *r)
{
	size_t n = r->d.n_objects;

	for (size_t i = 0; i < n && r->d.steps != 0; i++) {
		struct pdf_object o = r->d.object[i];
		if (!is_stream(r, &o, "XRef"))
			continue;
		in_each_way(r, &o, add_table);
	}
}

/* Bytes that an object stream may have; what it is collected in grows by doubling. */
static size_t object_stream_max(const struct reader *r)
{
	size_t used = r->u->arena.used, left = used < STREAMS_MEMORY ? STREAMS_MEMORY - used : 0;

	return left / 2 < OBJECT_STREAM_MAX ? left / 2 : OBJECT_STREAM_MAX;
}

static int64_t number_of(struct reader *r, const struct pdf_object *o, const char *key)
{
	struct span value = o->last ? pdf_get_last(o->value, key, &r->d.steps)
				    : pdf_get(o->value, key, &r->d.steps);
	struct pdf_token t = pdf_first(pdf_doc_resolve(&r->d, value), &r->d.steps);

	return t.kind == PDF_NUMBER ? t.number : 0;
}

static void read_object_stream(struct reader *r, const struct pdf_object *o)
{
	bool cut = false;
	size_t max = object_stream_max(r);
	struct span text = pdf_stream_bytes(&r->d, &r->pool, r->key, o, max, &cut);
	uint64_t more = (uint64_t)text.n * PDF_STEPS_PER_BYTE;

	if (cut && !r->quiet)
		unpack_gap(r->u, REASON_LIMIT, o->at,
			   "objects: an object stream of more than %zu bytes", max);
	r->d.steps += more;
	r->d.all_steps += more;
	pdf_doc_add_stream(&r->d, o, text, number_of(r, o, "N"), number_of(r, o, "First"));
}

/* A stream of objects needs no type. */
static bool has_objects(struct reader *r, const struct pdf_object *o)
{
	return o->has_stream && pdf_get(o->value, "First", &r->d.steps).n != 0 &&
	       pdf_get(o->value, "N", &r->d.steps).n != 0;
}

static bool stands_twice(struct reader *r, const struct pdf_object *o, const char *key)
{
	return pdf_get(o->value, key, &r->d.steps).p != pdf_get_last(o->value, key, &r->d.steps).p;
}

/* The numbers of an object stream may stand in it twice as its filters may. */
static void read_objects_in(struct reader *r, const struct pdf_object *o)
{
	struct pdf_object other;

	in_each_way(r, o, read_object_stream);
	if (pdf_stream_doubled(&r->d, o, &other) ||
	    (!stands_twice(r, o, "N") && !stands_twice(r, o, "First")))
		return;
	other.last = true;
	by_each_key(r, &other, read_object_stream);
}

static void read_object_streams(struct reader *r)
{
	size_t n = r->d.n_objects;

	for (size_t i = 0; i < n && r->d.steps != 0; i++) {
		struct pdf_object o = r->d.object[i];
		if (is_stream(r, &o, "ObjStm") || has_objects(r, &o))
			read_objects_in(r, &o);
	}
}

static void note_what_is_missing(struct reader *r)
{
	if (!unpack_steps(r->u, r->d.all_steps - r->d.steps))
		return; /* noted */
	if (r->d.steps == 0)
		unpack_gap(r->u, REASON_LIMIT, PLACE_NONE,
			   "steps: PDF objects that lead the reader round");
	if (r->d.too_many)
		unpack_gap(r->u, REASON_LIMIT, PLACE_NONE, "objects: more than %d in a PDF",
			   PDF_OBJECTS_MAX);
	if (r->d.no_memory)
		unpack_gap(r->u, REASON_MEMORY, PLACE_NONE,
			   "PDF: no memory for the list of objects");
	if (r->d.circle)
		unpack_gap(r->u, REASON_DAMAGED, PLACE_NONE,
			   "PDF: references that lead back to themselves (ISO 32000-1, 7.3.10)");
}

bool pdf_known(const struct unpack_look *look)
{
	const size_t n = strlen(PDF_HEADER);
	struct span s = span_cut(look->bytes, 0, PDF_HEADER_AT_MAX + n);

	while (s.n >= n) {
		const uint8_t *p = memchr(s.p, '%', s.n - (n - 1));
		if (p == NULL)
			return false;
		s = span_cut(s, (uint64_t)(p - s.p), s.n);
		if (memcmp(s.p, PDF_HEADER, n) == 0)
			return true;
		s = span_cut(s, 1, s.n);
	}
	return false;
}

bool pdf_read(struct span object, struct unpack *u, struct error *e)
{
	struct reader r = { .u = u, .pool = { .arena = &u->arena } };
	struct error key_error;

	pdf_doc_read(object, &u->arena, &r.d);
	pdf_table_read(&r.d);
	if (!pdf_doc_index(&r.d))
		return error_set(e, REASON_MEMORY, PLACE_NONE, "PDF: no memory");
	read_tables(&r);
	if (r.d.broken)
		pdf_doc_search_streams(&r.d);
	if (!pdf_doc_index(&r.d))
		return error_set(e, REASON_MEMORY, PLACE_NONE, "PDF: no memory");
	pdf_doc_lengths(&r.d);
	if (pdf_get(r.d.trailer, "Encrypt", &r.d.steps).n != 0) {
		r.key = &r.crypt;
		if (!pdf_crypt_open(&r.d, u->options, &r.crypt, &key_error)) {
			if (!r.d.in_clear) {
				note_what_is_missing(&r);
				*e = key_error;
				return false;
			}
			unpack_gap(u, key_error.why, key_error.at, "%s", key_error.text);
			r.key = NULL;
		}
	}
	read_object_streams(&r);
	if (!pdf_doc_index(&r.d))
		return error_set(e, REASON_MEMORY, PLACE_NONE, "PDF: no memory");
	pdf_doc_lengths(&r.d); /* which object streams may hold too */
	for (size_t i = 0; i < r.d.n_objects && !r.stop && r.d.steps != 0; i++)
		read_object_text(&r, &r.d.object[i]);
	for (size_t i = 0; i < r.d.n_objects && !r.stop && r.d.steps != 0; i++)
		if (r.d.object[i].has_stream)
			in_each_way(&r, &r.d.object[i], give_stream);
	note_what_is_missing(&r);
	return true;
}
