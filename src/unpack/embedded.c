/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/archive_marks.h"
#include "unpack/buried.h"
#include "unpack/readers.h"

/*
 * Archives in what is none: behind the lines of a script that unpacks itself (makeself and its
 * like: the shell passes them on from some line), in pictures, which show nothing of it, and, where
 * programs that unpack look for them, behind anything.
 * Programs have program_parts.c, and zip is found by its own reader.
 */

static const struct embedded_mark {
	const char *bytes;
	uint8_t n;
	bool in_pictures;              /* long enough not to stand there by chance */
	bool (*begins)(struct span s); /* what more there must be; NULL: nothing */
} marks[] = {
	{ "7z\xbc\xaf\x27\x1c", 6, true, NULL },
	{ "Rar!\x1a\x07", 6, true, NULL },
	{ "MSCF", 4, true, archive_cab_begins },
	{ "\x1f\x8b\x08", 3, false, NULL },
	{ "BZh91AY&SY", 10, false, NULL },
	{ "\xfd"
	  "7zXZ\0",
	  6, false, NULL },
	{ "\x28\xb5\x2f\xfd", 4, false, NULL },
	{ "\x04\x22\x4d\x18", 4, false, NULL },
	{ "LZIP\x01", 5, false, NULL },
};

static bool begins(struct span s, const char *mark, size_t n)
{
	return s.n >= n && memcmp(s.p, mark, n) == 0;
}

static bool is_picture(struct span s)
{
	return begins(s, "\x89PNG", 4) || begins(s, "\xff\xd8\xff", 3) || begins(s, "GIF8", 4) ||
	       begins(s, "BM", 2) || begins(s, "RIFF", 4);
}

/* The first place of a mark, behind a line's end where `lines` is set; NULL: none. */
static const uint8_t *find_mark(struct span s, const struct embedded_mark *m, bool lines)
{
	const uint8_t *end = s.p + s.n, *at = s.p + 1; /* not what the object itself is */

	for (; at < end; at++) {
		at = memmem(at, (size_t)(end - at), m->bytes, m->n);
		if (at == NULL)
			return NULL;
		struct span from = { at, (size_t)(end - at) };
		if ((!lines || at[-1] == '\n') && (m->begins == NULL || m->begins(from)))
			return at;
	}
	return NULL;
}

static bool is_script(struct span s) { return begins(s, "#!", 2); }

/* From the first archive to the end; empty: there is none. */
static struct span find(struct span s)
{
	bool script = is_script(s);
	const uint8_t *first = NULL;

	for (size_t i = 0; (script || is_picture(s)) && i < sizeof marks / sizeof *marks; i++) {
		const uint8_t *at =
			script || marks[i].in_pictures ? find_mark(s, &marks[i], script) : NULL;
		if (at != NULL && (first == NULL || at < first))
			first = at;
	}
	return first != NULL ? span_cut(s, (uint64_t)(first - s.p), s.n) : buried_archive(s);
}

/* Does another reader give what lies in it?  Texts and what begins behind the archive do not. */
static bool is_container(const struct unpack_look *look)
{
	for (const struct unpack_reader *r = unpack_readers; r->probe != embedded_known; r++)
		if (r->probe != pdf_known && r->probe != rtf_known && r->probe != uu_known &&
		    r->probe != zip_known && r->probe != zip_behind_known && r->probe(look))
			return true;
	return false;
}

bool embedded_known(const struct unpack_look *look)
{
	switch (look->class) {
	case CLASS_MZ:
	case CLASS_ELF:
	case CLASS_OLE2:
	case CLASS_ZIP:
		return false;
	default:
		return find(look->bytes).n != 0 &&
		       (is_script(look->bytes) || is_picture(look->bytes) || !is_container(look));
	}
}

bool embedded_read(struct span object, struct unpack *u, struct error *e)
{
	struct span s = find(object);
	struct unpack_member m = {
		.name = span_of("archive"), .size = s.n, .packed = s.n, .at = object.n - s.n
	};

	(void)e;
	if (s.n != 0)
		(void)!unpack_whole(u, &m, s);
	return true;
}
