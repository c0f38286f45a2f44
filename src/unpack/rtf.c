/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Rich Text Format 1.9.1: the objects, pictures and stores that stand in it as hexadecimal digits
 * or after \bin.
 *
 * Word reads RTF more kindly than the specification asks, and malware lives on the difference.  So
 * here, as there: "{\rt" is enough of a header; digits of an object may be broken by blanks, by
 * control words and by groups; groups that begin with "\*" and a word that is not known are
 * nothing; other characters between digits are nothing.
 */

#include "base/text.h"
#include "unpack/give.h"
#include "unpack/ole1.h"
#include "unpack/readers.h"

enum {
	RTF_DEPTH_MAX =
		4096,   /* groups inside each other; what lies deeper is taken for the same group */
	WORD_MAX = 250, /* letters of a control word */
	OPEN_MAX = 16,  /* collections inside each other */
};

/* What the digits of a group are. */
enum kind { NOTHING, IGNORED, OBJECT, PICTURE, STORE };

/* What is collected: the digits of a group and of those in it. */
struct collection {
	enum kind kind;
	size_t depth;             /* of the group */
	size_t from;              /* where its bytes begin in the reader's data */
	struct decode_state half; /* of the one around it: a digit without its second */
};

struct reader {
	struct unpack *u;
	struct cursor c;
	uint8_t kind[RTF_DEPTH_MAX];      /* of each open group */
	size_t depth;                     /* groups that are open */
	struct collection open[OPEN_MAX]; /* an object in a picture, a store or an object */
	size_t n_open;
	bool star;                /* "\*" came: the next word begins a destination */
	struct decode_state half; /* a digit without its second */
	struct buf data;          /* of the outermost collection, which holds the others' */
	bool deep;                /* there were more groups than are told apart, which was noted */
	bool stop;                /* the budget is spent */
};

static enum kind kind_at(const struct reader *r, size_t depth)
{
	return (enum kind)r->kind[depth < RTF_DEPTH_MAX ? depth : RTF_DEPTH_MAX - 1];
}

/* ---- what was collected */

static void give(struct reader *r, struct span name, const char *type, struct span bytes)
{
	if (bytes.n != 0 && !r->stop && !give_whole(r->u, name, type, bytes))
		r->stop = true;
}

/* An object: the file in a package, else its native data; where it has no header, all of it. */
static void give_object(struct reader *r, struct span bytes)
{
	char name[OLE1_NAME_MAX + 1];
	struct ole1_object o;
	struct span file;

	if (!ole1_object(bytes, &o)) {
		give(r, span_of("object"), NULL, bytes);
		return;
	}
	if (o.cut)
		unpack_gap(r->u, REASON_DAMAGED, PLACE_NONE,
			   "RTF: an object is cut off ([MS-OLEDS] 2.2.5)");
	if (ole1_package(o.native, name, &file))
		give(r, span_of(name), NULL, file);
	else
		give(r, span_of(o.class_name), NULL, o.native);
}

/* Ends the innermost collection. */
static void give_collected(struct reader *r)
{
	struct collection c = r->open[--r->n_open];
	struct span bytes = span_cut(buf_span(&r->data), c.from, r->data.n);

	if (!buf_ok(&r->data))
		unpack_gap(r->u, REASON_MEMORY, PLACE_NONE, "RTF: no memory for an object");
	if (c.kind == OBJECT)
		give_object(r, bytes);
	else
		give(r, span_of(c.kind == PICTURE ? "picture" : "store"), NULL, bytes);
	r->half = c.half;
	if (r->n_open == 0)
		buf_reset(&r->data);
}

/* ---- the text */

static void open_group(struct reader *r)
{
	enum kind kind = kind_at(r, r->depth);

	r->depth++;
	if (r->depth < RTF_DEPTH_MAX)
		r->kind[r->depth] = (uint8_t)kind;
	else if (!r->deep)
		unpack_gap(r->u, REASON_LIMIT, r->c.at,
			   "depth: more than %d RTF groups inside each other", RTF_DEPTH_MAX - 1);
	r->deep = r->deep || r->depth >= RTF_DEPTH_MAX;
	r->star = false;
}

static void close_group(struct reader *r)
{
	while (r->n_open != 0 && r->open[r->n_open - 1].depth == r->depth)
		give_collected(r);
	if (r->depth > 0)
		r->depth--;
	r->star = false;
}

/* Word reads an object wherever it stands: inside another collection it is both. */
static void begin_collection(struct reader *r, enum kind kind)
{
	if (r->n_open == OPEN_MAX) {
		unpack_gap(r->u, REASON_LIMIT, r->c.at,
			   "depth: more than %d RTF objects inside each other", OPEN_MAX);
		return;
	}
	r->open[r->n_open++] = (struct collection){
		.kind = kind, .depth = r->depth, .from = r->data.n, .half = r->half
	};
	r->half = (struct decode_state){ 0 };
}

/* The digits of this group are of a kind from here on. */
static void begin_kind(struct reader *r, enum kind kind)
{
	if (r->depth >= RTF_DEPTH_MAX)
		return;
	if (r->depth != 0 && kind != IGNORED && (r->n_open == 0 || kind == OBJECT))
		begin_collection(r, kind);
	r->kind[r->depth] = (uint8_t)kind;
}

static void read_word(struct reader *r, struct span word)
{
	static const struct {
		const char *word;
		enum kind kind;
	} known[] = {
		{ "objdata", OBJECT },  { "pict", PICTURE },     { "datastore", STORE },
		{ "themedata", STORE }, { "objclass", IGNORED }, { "objname", IGNORED },
		{ "fonttbl", IGNORED }, { "colortbl", IGNORED }, { "stylesheet", IGNORED },
		{ "info", IGNORED },
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (span_is(word, known[i].word)) {
			begin_kind(r, known[i].kind);
			r->star = false;
			return;
		}
	if (r->star && (r->n_open == 0 || r->depth != r->open[r->n_open - 1].depth))
		begin_kind(r, IGNORED);
	r->star = false;
}

/* Some words have capitals: "\clNoWrap". */
static bool is_letter(uint8_t c) { return text_lower(c) >= 'a' && text_lower(c) <= 'z'; }

/* A control word or symbol; the backslash is passed. */
static void read_control(struct reader *r)
{
	size_t from = r->c.at, n = 0;
	int64_t number = 0;
	bool negative = false;

	while (n < WORD_MAX && cursor_left(&r->c) > 0 && is_letter(r->c.p[r->c.at])) {
		cursor_skip(&r->c, 1);
		n++;
	}
	if (n == 0) {
		uint8_t symbol = cursor_u8(&r->c);
		if (symbol == '*')
			r->star = true;
		else if (symbol == '\'')
			cursor_skip(&r->c, cursor_left(&r->c) < 2 ? cursor_left(&r->c) : 2);
		return;
	}
	struct span word = { r->c.p + from, n };
	if (cursor_left(&r->c) > 0 && r->c.p[r->c.at] == '-') {
		negative = true;
		cursor_skip(&r->c, 1);
	}
	while (cursor_left(&r->c) > 0 && r->c.p[r->c.at] >= '0' && r->c.p[r->c.at] <= '9') {
		uint8_t digit = cursor_u8(&r->c);
		if (number < INT32_MAX)
			number = number * 10 + (digit - '0');
	}
	if (cursor_left(&r->c) > 0 && r->c.p[r->c.at] == ' ')
		cursor_skip(&r->c, 1);
	if (!span_is(word, "bin")) {
		read_word(r, word);
		return;
	}
	uint64_t left = negative ? 0 : cursor_left(&r->c); /* below 0 is 0 to Word */
	struct span raw = cursor_take(&r->c, (uint64_t)number < left ? (uint64_t)number : left);
	if (r->n_open != 0 && kind_at(r, r->depth) != IGNORED)
		buf_put_span(&r->data, raw);
}

/* The text up to the next control or group: digits, where they are wanted. */
static void read_text(struct reader *r)
{
	size_t from = r->c.at, at = from;
	uint8_t block[256];

	while (at < r->c.n && r->c.p[at] != '\\' && r->c.p[at] != '{' && r->c.p[at] != '}')
		at++;
	struct span text = cursor_take(&r->c, at - from);
	if (r->n_open == 0 || kind_at(r, r->depth) == IGNORED)
		return;
	while (text.n > 0) {
		size_t n = decode_hex(&r->half, &text, block, sizeof block);
		buf_put(&r->data, block, n);
	}
}

bool rtf_known(const struct unpack_look *look)
{
	return decode_starts(decode_trim(span_cut(look->bytes, 0, 64)), "{\\rt");
}

bool rtf_read(struct span object, struct unpack *u, struct error *e)
{
	struct reader *r = arena_alloc(&u->arena, sizeof *r);
	if (r == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "RTF: no memory");
	r->u = u;
	r->c = cursor_of(object);
	buf_init(&r->data, object.n);
	while (cursor_left(&r->c) > 0 && !r->stop) {
		switch (r->c.p[r->c.at]) {
		case '{':
			cursor_skip(&r->c, 1);
			open_group(r);
			break;
		case '}':
			cursor_skip(&r->c, 1);
			close_group(r);
			break;
		case '\\':
			cursor_skip(&r->c, 1);
			if (cursor_left(&r->c) > 0)
				read_control(r);
			break;
		default:
			read_text(r);
		}
	}
	while (r->n_open != 0 && !r->stop)
		give_collected(r);
	buf_release(&r->data);
	return true;
}
