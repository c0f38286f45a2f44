/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/archive_marks.h"
#include "unpack/archive_names.h"
#include "unpack/iso_trees.h"
#include "unpack/rar_blocks.h"
#include "unpack/rar_crypt.h"
#include "unpack/readers.h"
#include "unpack/sevenzip.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <string.h>

/*
 * Archives that libarchive reads.  Each format is told by its mark (archive_marks.c) and is the
 * only one that the library may then try; it opens no files, and its memory is bounded by the
 * worker's.
 */

enum {
	HEADER_STEPS = 2000,
	BLOCK_STEPS = 100, /* of each piece that the library gives, if it is of no bytes */
	PASSED_STEPS = 4,  /* of a byte that is unpacked and not wanted */
	MAX_FAULTS = 100,  /* members that could not be read, one after another, until it ends */
	TAR_BLOCK = 512,
	TAR_NAME_BYTES = 100,
	TAR_SIZE = 124,
	TAR_SIZE_BYTES = 12,
	TAR_TYPE = 156,
};

struct reading {
	struct unpack *u;
	struct archive *a;
	const char *format;
	struct span object; /* that the library reads */
	bool decrypted;     /* it was written anew, with a password that fits a part of it */
	unsigned faults;    /* one after another */
};

/* ---- what went wrong */

static const char *text_of(struct archive *a)
{
	const char *text = archive_error_string(a);

	return text != NULL ? text : "cannot be read";
}

static void fault(struct reading *r)
{
	const char *text = text_of(r->a);
	enum reason why = strstr(text, "ncrypt") != NULL   ? REASON_ENCRYPTED
			  : strstr(text, "upport") != NULL ? REASON_UNSUPPORTED
			  : strstr(text, "codec ID") != NULL
				  ? REASON_UNSUPPORTED /* of 7z, unknown */
			  : strstr(text, "llocate") != NULL ? REASON_MEMORY
			  : r->decrypted ? REASON_ENCRYPTED /* by another password */
					 : REASON_DAMAGED;

	if (archive_errno(r->a) == ENOMEM)
		why = REASON_MEMORY;
	unpack_gap(r->u, why, PLACE_NONE, "%s: %.200s%s", r->format, text,
		   why == REASON_ENCRYPTED && r->decrypted ? ", by the password that fits others"
							   : "");
}

/* ---- members */

/* Are members packed as one stream?  To come to the next the library then unpacks what is left of
 * one, and asks no budget. */
static bool is_chained(const char *format)
{
	return strcmp(format, "7z") == 0 || strcmp(format, "cab") == 0 ||
	       strcmp(format, "rar") == 0 || strcmp(format, "rar5") == 0;
}

/* Passes over the rest of a member of which enough was had. */
static int pass_over(struct reading *r)
{
	const void *p;
	la_int64_t offset;
	size_t n = 0;
	int code = ARCHIVE_OK;

	if (!is_chained(r->format))
		return ARCHIVE_OK;
	while (code == ARCHIVE_OK || code == ARCHIVE_WARN) {
		code = archive_read_data_block(r->a, &p, &n, &offset);
		if (!unpack_steps(r->u, PASSED_STEPS * (uint64_t)n + BLOCK_STEPS))
			return ARCHIVE_FATAL;
	}
	return code == ARCHIVE_EOF ? ARCHIVE_OK : code;
}

/* ARCHIVE_OK, or how it failed: ARCHIVE_WARN where all was given and is not as it should be. */
static int read_data(struct reading *r)
{
	struct unpack *u = r->u;
	uint64_t at = 0;
	int worst = ARCHIVE_OK;

	for (;;) {
		const void *p;
		size_t n = 0;
		la_int64_t offset = 0; /* at the end of a sparse file: where its last hole ends */
		int code = archive_read_data_block(r->a, &p, &n, &offset);
		if (code == ARCHIVE_EOF) {
			if (offset > 0 && (uint64_t)offset > at)
				(void)!unpack_zeros(u, (uint64_t)offset - at);
			return worst;
		}
		if (code == ARCHIVE_WARN && n == 0 && worst == ARCHIVE_WARN)
			return ARCHIVE_FATAL; /* LHA: it would say so for ever */
		if (code != ARCHIVE_OK)
			fault(r);
		if (code < ARCHIVE_WARN || code == ARCHIVE_RETRY || !unpack_steps(u, BLOCK_STEPS))
			return code;
		worst = code != ARCHIVE_OK ? code : worst; /* a checksum, as a rule */
		if ((uint64_t)offset > at && !unpack_zeros(u, (uint64_t)offset - at))
			break;
		at = (uint64_t)offset + n;
		if (n != 0 && !unpack_write(u, (struct span){ p, n }))
			break;
	}
	return pass_over(r);
}

/* What is no file has none as a rule, and programs that unpack do not all know what it is said to
 * be: where it has bytes all the same, they are read, but not of a link, which is where it leads
 * to, nor a directory of iso9660, which is a list.  ar knows no types.  Of the names of one file
 * cpio has the bytes at the last one, and pax may have them at any; where the size of a link in tar
 * speaks of no bytes, the library has set it to 0. */
static bool has_bytes(struct archive *a, struct archive_entry *entry)
{
	unsigned type = archive_entry_filetype(entry);
	int format = archive_format(a) & ARCHIVE_FORMAT_BASE_MASK;
	bool own = archive_entry_hardlink(entry) == NULL, some = archive_entry_size(entry) > 0;

	if (format == ARCHIVE_FORMAT_CPIO || format == ARCHIVE_FORMAT_TAR)
		own = own || some;
	if (type == AE_IFLNK)
		return some && format == ARCHIVE_FORMAT_RAR_V5; /* the link stands elsewhere */
	if (type == AE_IFDIR && format == ARCHIVE_FORMAT_ISO9660)
		return false;
	return own && (type == AE_IFREG || type == 0 || some);
}

/* False: no more is to be read. */
static bool one_member(struct reading *r, struct archive_entry *entry)
{
	struct unpack *u = r->u;
	int64_t size = archive_entry_size(entry);
	struct unpack_member m = { .name = archive_names_of(entry),
				   .size = archive_entry_size_is_set(entry) && size >= 0
						   ? (uint64_t)size
						   : UNPACK_UNKNOWN,
				   .packed = UNPACK_UNKNOWN,
				   .at = PLACE_NONE,
				   .encrypted = archive_entry_is_encrypted(entry) != 0 };
	int code;

	if (!has_bytes(r->a, entry)) /* of 7z, anything may have them */
		return size <= 0 || strcmp(r->format, "7z") != 0 || pass_over(r) != ARCHIVE_FATAL;
	if (!unpack_begin(u, &m))
		return false;
	if (m.encrypted) {
		unpack_gap(u, REASON_ENCRYPTED, PLACE_NONE, "%s", r->format);
		code = ARCHIVE_OK;
	} else {
		code = read_data(r);
	}
	uint64_t got = unpack_so_far(u).n;
	if (code == ARCHIVE_OK && unpack_left(u) != 0 && !m.encrypted && m.size != UNPACK_UNKNOWN &&
	    got < m.size)
		unpack_gap(u, REASON_DAMAGED, PLACE_NONE, "%s: ends within a member", r->format);
	unpack_end(u);
	r->faults = code == ARCHIVE_OK || code == ARCHIVE_WARN ? 0 : r->faults + 1;
	return code != ARCHIVE_FATAL && r->faults < MAX_FAULTS;
}

/* What stands behind the end of a cpio or tar, zeros apart: a kernel's first file system is several
 * cpio one behind another, of which some are compressed, and `cat` makes two of tar. */
static void give_rest(struct reading *r)
{
	static const char trailer[] = "TRAILER!!!"; /* with its NUL: the last name of a cpio */
	struct unpack *u = r->u;
	la_int64_t at = archive_read_header_position(r->a);
	struct span rest = span_cut(u->object, at < 0 ? UINT64_MAX : (uint64_t)at, u->object.n);

	if (strcmp(r->format, "cpio") == 0) {
		struct span head = span_cut(rest, 0, 128);
		const uint8_t *p = memmem(head.p, head.n, trailer, sizeof trailer);
		rest = span_cut(rest, p != NULL ? (uint64_t)(p - rest.p) + sizeof trailer : rest.n,
				rest.n);
	}
	size_t zeros = 0;
	while (zeros < rest.n && rest.p[zeros] == 0)
		zeros++;
	rest = span_cut(rest, zeros, rest.n);
	struct unpack_member m = { .name = span_of("after the end"),
				   .size = rest.n,
				   .packed = rest.n,
				   .at = u->object.n - rest.n };
	if (rest.n != 0 && unpack_steps(u, zeros))
		(void)!unpack_whole(u, &m, rest);
}

/* The library has come to the end, after n members. */
static void at_end(struct reading *r, uint64_t n)
{
	if (strcmp(r->format, "cpio") == 0 || strcmp(r->format, "tar") == 0)
		give_rest(r);
	else if (strcmp(r->format, "rar5") == 0)
		rar5_blocks_check(r->u, r->object, n);
	else if (strcmp(r->format, "rar") == 0)
		rar_blocks_check(r->u, r->object);
}

/* Octal digits, which blanks may stand before, or the bytes of the number where the highest bit is
 * set. */
static uint64_t tar_number(struct span s)
{
	struct cursor c = cursor_of(s);
	uint64_t v = 0;
	bool bytes = s.n != 0 && s.p[0] >= 0x80;

	if (bytes)
		v = cursor_u8(&c) & 0x7f;
	while (cursor_left(&c) != 0) {
		uint8_t b = cursor_u8(&c);
		if (bytes)
			v = v << 8 | b;
		else if (b >= '0' && b <= '7')
			v = v << 3 | (uint64_t)(b - '0');
		else if (b != ' ' || v != 0)
			break;
	}
	return v;
}

/* Headers of tar that speak of the member which follows: of these the library takes one kind to be
 * Solaris's access lists, which other programs do not know and write to a file. */
static void give_lists(struct unpack *u, struct archive *a)
{
	la_int64_t at = archive_read_header_position(a);
	struct span rest = span_cut(u->object, at < 0 ? UINT64_MAX : (uint64_t)at, UINT64_MAX);

	while (rest.n >= TAR_BLOCK && memchr("AKLXgx", rest.p[TAR_TYPE], 6) != NULL &&
	       unpack_steps(u, HEADER_STEPS)) {
		uint64_t size = tar_number(span_cut(rest, TAR_SIZE, TAR_SIZE_BYTES));
		const uint8_t *nul = memchr(rest.p, 0, TAR_NAME_BYTES);
		struct unpack_member m = { .name = { rest.p, nul != NULL ? (size_t)(nul - rest.p)
									 : TAR_NAME_BYTES },
					   .size = size,
					   .packed = size,
					   .at = u->object.n - rest.n + TAR_BLOCK };
		uint8_t type = rest.p[TAR_TYPE];
		rest = span_cut(rest, TAR_BLOCK, UINT64_MAX);
		if (type == 'A' && size != 0 && !unpack_whole(u, &m, span_cut(rest, 0, size)))
			return;
		rest = span_cut(rest, size, UINT64_MAX);
		rest = span_cut(rest, -size % TAR_BLOCK, UINT64_MAX);
	}
}

static void read_members(struct reading *r)
{
	struct archive_entry *entry;
	uint64_t n = 0;
	bool on = true;

	while (on && unpack_steps(r->u, HEADER_STEPS)) {
		int code = archive_read_next_header(r->a, &entry);
		if (strcmp(r->format, "tar") == 0)
			give_lists(r->u, r->a);
		if (code == ARCHIVE_EOF) {
			at_end(r, n);
			break;
		}
		n++;
		if (code < ARCHIVE_WARN || code == ARCHIVE_RETRY) { /* there is no member */
			fault(r);
			on = code != ARCHIVE_FATAL && ++r->faults < MAX_FAULTS;
			continue;
		}
		on = one_member(r, entry);
	}
}

static bool read_it(struct reading *r, int (*enable)(struct archive *), struct error *e)
{
	r->a = archive_read_new();
	if (r->a == NULL || enable(r->a) < ARCHIVE_WARN) {
		(void)archive_read_free(r->a);
		return error_set(e, REASON_MEMORY, PLACE_NONE, "%s", r->format);
	}
	if (archive_read_open_memory(r->a, r->object.p, r->object.n) == ARCHIVE_OK)
		read_members(r);
	else
		fault(r);
	(void)archive_read_free(r->a);
	return true;
}

static bool read_as(struct span object, struct unpack *u, const char *format,
		    int (*enable)(struct archive *), struct error *e)
{
	struct reading r = { .u = u, .format = format, .object = object };

	return read_it(&r, enable, e);
}

/* The same for what is encrypted and can be written anew without it. */
static bool read_decrypted(struct span object, struct unpack *u, const char *format,
			   int (*enable)(struct archive *),
			   bool (*decrypt)(struct unpack *, struct span, struct buf *),
			   struct error *e)
{
	struct buf plain;
	bool ok = true;

	buf_init(&plain, SIZE_MAX / 2);
	if (!decrypt(u, object, &plain))
		ok = read_as(object, u, format, enable, e);
	else if (plain.n != 0) {
		struct reading r = { .u = u,
				     .format = format,
				     .object = buf_span(&plain),
				     .decrypted = decrypt == sevenzip_decrypt };
		ok = read_it(&r, enable, e);
	}
	buf_release(&plain);
	return ok;
}

/* The member is whole, as far as *left bytes go, which become fewer. */
static bool is_whole(struct unpack *u, struct archive *a, uint64_t *left)
{
	const void *p;
	la_int64_t offset;
	int code = ARCHIVE_OK;

	while (code == ARCHIVE_OK && *left != 0) {
		size_t got = 0;
		code = archive_read_data_block(a, &p, &got, &offset);
		if (!unpack_steps(u, got + BLOCK_STEPS))
			return false;
		*left -= got < *left ? got : *left;
	}
	return code == ARCHIVE_OK || code == ARCHIVE_EOF;
}

struct archive_trial archive_try(struct unpack *u, struct span archive, const char *format,
				 uint64_t n, uint64_t most)
{
	struct archive *a = archive_read_new();
	struct archive_entry *entry;
	struct archive_trial t = { 0 };
	int (*enable)(struct archive *) =
		strcmp(format, "7z") == 0    ? archive_read_support_format_7zip
		: strcmp(format, "rar") == 0 ? archive_read_support_format_rar
					     : archive_read_support_format_rar5;
	int code = a != NULL && enable(a) >= ARCHIVE_WARN
			   ? archive_read_open_memory(a, archive.p, archive.n)
			   : ARCHIVE_FATAL;

	while (code >= ARCHIVE_WARN && code != ARCHIVE_EOF && n != 0 && t.whole + t.broken < most) {
		code = unpack_steps(u, HEADER_STEPS) ? archive_read_next_header(a, &entry)
						     : ARCHIVE_FATAL;
		if (code < ARCHIVE_WARN || code == ARCHIVE_EOF || archive_entry_size(entry) == 0 ||
		    archive_entry_is_encrypted(entry) != 0)
			continue;
		bool counts = has_bytes(a, entry);
		if (!counts && strcmp(format, "7z") != 0)
			continue;
		if (is_whole(u, a, &n))
			t.whole += counts;
		else
			t.broken += counts;
	}
	t.broken += code < ARCHIVE_WARN;
	(void)archive_read_free(a);
	return t;
}

bool archive_opens(struct unpack *u, struct span archive, const char *format, uint64_t n)
{
	return archive_try(u, archive, format, n, 1).broken == 0;
}

bool tar_read(struct span object, struct unpack *u, struct error *e)
{
	return read_as(object, u, "tar", archive_read_support_format_tar, e);
}

bool cpio_read(struct span object, struct unpack *u, struct error *e)
{
	return read_as(object, u, "cpio", archive_read_support_format_cpio, e);
}

bool ar_read(struct span object, struct unpack *u, struct error *e)
{
	return read_as(object, u, "ar", archive_read_support_format_ar, e);
}

bool sevenzip_read(struct span object, struct unpack *u, struct error *e)
{
	return read_decrypted(object, u, "7z", archive_read_support_format_7zip, sevenzip_decrypt,
			      e);
}

bool rar_read(struct span object, struct unpack *u, struct error *e)
{
	return read_decrypted(object, u, "rar", archive_read_support_format_rar, rar3_decrypt, e);
}

bool rar5_read(struct span object, struct unpack *u, struct error *e)
{
	return read_decrypted(object, u, "rar5", archive_read_support_format_rar5, rar5_decrypt, e);
}

/* The library asks for zeros in a field that Windows does not look at. */
bool cab_read(struct span object, struct unpack *u, struct error *e)
{
	static const uint8_t zeros[ARCHIVE_CAB_RESERVED_END - ARCHIVE_CAB_RESERVED];
	struct span field = span_cut(object, ARCHIVE_CAB_RESERVED, sizeof zeros);
	struct buf copy;

	if (span_equal(field, (struct span){ zeros, sizeof zeros }))
		return read_as(object, u, "cab", archive_read_support_format_cab, e);
	buf_init(&copy, SIZE_MAX / 2);
	buf_put_span(&copy, span_cut(object, 0, ARCHIVE_CAB_RESERVED));
	buf_put_span(&copy, (struct span){ zeros, sizeof zeros });
	buf_put_span(&copy, span_cut(object, ARCHIVE_CAB_RESERVED_END, object.n));
	bool ok = buf_ok(&copy)
			  ? unpack_steps(u, object.n) && read_as(buf_span(&copy), u, "cab",
								 archive_read_support_format_cab, e)
			  : error_set(e, REASON_MEMORY, PLACE_NONE, "cab");
	buf_release(&copy);
	return ok;
}

bool iso_read(struct span object, struct unpack *u, struct error *e)
{
	bool ok = read_as(object, u, "iso9660", archive_read_support_format_iso9660, e);

	iso_trees_read(u);
	return ok;
}

bool lha_read(struct span object, struct unpack *u, struct error *e)
{
	return read_as(object, u, "lha", archive_read_support_format_lha, e);
}

/* Not an archive: one stream, which the library takes for an archive of one member. */
static int enable_lzip(struct archive *a)
{
	int code = archive_read_support_filter_lzip(a);

	return code < ARCHIVE_WARN ? code : archive_read_support_format_raw(a);
}

bool lzip_read(struct span object, struct unpack *u, struct error *e)
{
	u->numbered = true;
	return read_as(object, u, "lzip", enable_lzip, e);
}
