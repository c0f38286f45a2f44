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
	MAX_FAULTS = 100, /* members that could not be read, one after another, until it ends */
};

/* ---- what went wrong */

static const char *text_of(struct archive *a)
{
	const char *text = archive_error_string(a);

	return text != NULL ? text : "cannot be read";
}

static void fault(struct unpack *u, const char *format, struct archive *a)
{
	const char *text = text_of(a);
	enum reason why = strstr(text, "ncrypt") != NULL   ? REASON_ENCRYPTED
			  : strstr(text, "upport") != NULL ? REASON_UNSUPPORTED
			  : strstr(text, "codec ID") != NULL
				  ? REASON_UNSUPPORTED /* of 7z, unknown */
			  : strstr(text, "llocate") != NULL ? REASON_MEMORY
							    : REASON_DAMAGED;

	if (archive_errno(a) == ENOMEM)
		why = REASON_MEMORY;
	unpack_gap(u, why, PLACE_NONE, "%s: %.200s", format, text);
}

/* ---- members */

/* Zeros that a sparse file leaves out. */
static bool put_zeros(struct unpack *u, uint64_t n)
{
	static const uint8_t zeros[4096];

	for (; n != 0; n -= n < sizeof zeros ? n : sizeof zeros)
		if (!unpack_write(u, span_cut((struct span){ zeros, sizeof zeros }, 0, n)))
			return false;
	return true;
}

/* ARCHIVE_OK, or how it failed. */
static int read_data(struct unpack *u, const char *format, struct archive *a)
{
	uint64_t at = 0;

	for (;;) {
		const void *p;
		size_t n;
		la_int64_t offset = 0; /* at the end of a sparse file: where its last hole ends */
		int code = archive_read_data_block(a, &p, &n, &offset);
		if (code == ARCHIVE_EOF) {
			if (offset > 0 && (uint64_t)offset > at)
				(void)put_zeros(u, (uint64_t)offset - at);
			return ARCHIVE_OK;
		}
		if (code < ARCHIVE_WARN || code == ARCHIVE_RETRY) {
			fault(u, format, a);
			return code;
		}
		if ((uint64_t)offset > at && !put_zeros(u, (uint64_t)offset - at))
			return ARCHIVE_OK;
		at = (uint64_t)offset + n;
		if (n != 0 && !unpack_write(u, (struct span){ p, n }))
			return ARCHIVE_OK;
	}
}

/* Directories, links and devices have none of their own; ar knows no types.  Of the names of one
 * file cpio has the bytes at the last one, and pax may have them at any; where the size of a link
 * in tar speaks of no bytes, the library has set it to 0. */
static bool has_bytes(struct archive *a, struct archive_entry *entry)
{
	unsigned type = archive_entry_filetype(entry);
	int format = archive_format(a) & ARCHIVE_FORMAT_BASE_MASK;
	bool own = archive_entry_hardlink(entry) == NULL;

	if (format == ARCHIVE_FORMAT_CPIO || format == ARCHIVE_FORMAT_TAR)
		own = own || archive_entry_size(entry) > 0;
	return (type == AE_IFREG || type == 0) && own;
}

/* False: no more is to be read. */
static bool one_member(struct unpack *u, const char *format, struct archive *a,
		       struct archive_entry *entry, unsigned *faults)
{
	int64_t size = archive_entry_size(entry);
	struct unpack_member m = { .name = archive_names_of(entry),
				   .size = archive_entry_size_is_set(entry) && size >= 0
						   ? (uint64_t)size
						   : UNPACK_UNKNOWN,
				   .packed = UNPACK_UNKNOWN,
				   .at = PLACE_NONE,
				   .encrypted = archive_entry_is_encrypted(entry) != 0 };
	int code;

	if (!has_bytes(a, entry))
		return true;
	if (!unpack_begin(u, &m))
		return false;
	if (m.encrypted) {
		unpack_gap(u, REASON_ENCRYPTED, PLACE_NONE, "%s", format);
		code = ARCHIVE_OK;
	} else {
		code = read_data(u, format, a);
	}
	uint64_t got = unpack_so_far(u).n;
	if (code == ARCHIVE_OK && unpack_left(u) != 0 && !m.encrypted && m.size != UNPACK_UNKNOWN &&
	    got < m.size)
		unpack_gap(u, REASON_DAMAGED, PLACE_NONE, "%s: ends within a member", format);
	unpack_end(u);
	*faults = code == ARCHIVE_OK ? 0 : *faults + 1;
	return code != ARCHIVE_FATAL && *faults < MAX_FAULTS;
}

/* What stands behind the end of a cpio or tar, zeros apart: a kernel's first file system is several
 * cpio one behind another, of which some are compressed, and `cat` makes two of tar. */
static void give_rest(struct unpack *u, const char *format, struct archive *a)
{
	static const char trailer[] = "TRAILER!!!"; /* with its NUL: the last name of a cpio */
	la_int64_t at = archive_read_header_position(a);
	struct span rest = span_cut(u->object, at < 0 ? UINT64_MAX : (uint64_t)at, u->object.n);

	if (strcmp(format, "cpio") == 0) {
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

/* The library has come to the end of `object`, after n members. */
static void at_end(struct unpack *u, const char *format, struct archive *a, struct span object,
		   uint64_t n)
{
	if (strcmp(format, "cpio") == 0 || strcmp(format, "tar") == 0)
		give_rest(u, format, a);
	else if (strcmp(format, "rar5") == 0)
		rar5_blocks_check(u, object, n);
	else if (strcmp(format, "rar") == 0)
		rar_blocks_check(u, object);
}

static void read_members(struct unpack *u, const char *format, struct archive *a,
			 struct span object)
{
	struct archive_entry *entry;
	unsigned faults = 0;
	uint64_t n = 0;
	bool on = true;

	while (on && unpack_steps(u, HEADER_STEPS)) {
		int code = archive_read_next_header(a, &entry);
		if (code == ARCHIVE_EOF) {
			at_end(u, format, a, object, n);
			break;
		}
		n++;
		if (code < ARCHIVE_WARN || code == ARCHIVE_RETRY) { /* there is no member */
			fault(u, format, a);
			on = code != ARCHIVE_FATAL && ++faults < MAX_FAULTS;
			continue;
		}
		on = one_member(u, format, a, entry, &faults);
	}
}

static bool read_as(struct span object, struct unpack *u, const char *format,
		    int (*enable)(struct archive *), struct error *e)
{
	struct archive *a = archive_read_new();

	if (a == NULL || enable(a) < ARCHIVE_WARN) {
		(void)archive_read_free(a);
		return error_set(e, REASON_MEMORY, PLACE_NONE, "%s", format);
	}
	if (archive_read_open_memory(a, object.p, object.n) == ARCHIVE_OK)
		read_members(u, format, a, object);
	else
		fault(u, format, a);
	(void)archive_read_free(a);
	return true;
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
	else if (plain.n != 0)
		ok = read_as(buf_span(&plain), u, format, enable, e);
	buf_release(&plain);
	return ok;
}

/* The first member that has bytes is read. */
static bool first_is_whole(struct unpack *u, struct archive *a, uint64_t n)
{
	struct archive_entry *entry;
	const void *p;
	la_int64_t offset;
	size_t got;
	int code = ARCHIVE_OK;

	while (code == ARCHIVE_OK && unpack_steps(u, HEADER_STEPS)) {
		code = archive_read_next_header(a, &entry);
		if (code != ARCHIVE_OK)
			return code == ARCHIVE_EOF;
		if (!has_bytes(a, entry) || archive_entry_size(entry) == 0 ||
		    archive_entry_is_encrypted(entry) != 0)
			continue;
		for (uint64_t read = 0; code == ARCHIVE_OK && read < n; read += got) {
			got = 0;
			code = archive_read_data_block(a, &p, &got, &offset);
			if (!unpack_steps(u, got + 1))
				return false;
		}
		return code == ARCHIVE_OK || code == ARCHIVE_EOF;
	}
	return false;
}

bool archive_opens(struct unpack *u, struct span archive, const char *format, uint64_t n)
{
	struct archive *a = archive_read_new();
	int (*enable)(struct archive *) =
		strcmp(format, "7z") == 0    ? archive_read_support_format_7zip
		: strcmp(format, "rar") == 0 ? archive_read_support_format_rar
					     : archive_read_support_format_rar5;
	bool ok = a != NULL && enable(a) >= ARCHIVE_WARN &&
		  archive_read_open_memory(a, archive.p, archive.n) == ARCHIVE_OK &&
		  first_is_whole(u, a, n);

	(void)archive_read_free(a);
	return ok;
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
