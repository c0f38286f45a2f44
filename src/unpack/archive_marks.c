/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/archive_marks.h"
#include "unpack/readers.h"

/* What the archives that libarchive reads begin with. */

enum {
	TAR_BLOCK = 512,
	TAR_MARK = 257,
	TAR_SUM = 148,
	TAR_SUM_BYTES = 8,
	ISO_MARK = 32769,
	CAB_SIGNATURE = 0x4643534d,
	CAB_HEADER = 36,
	CAB_FILE = 16, /* bytes of a file's entry, without its name */
};

bool archive_cab_header(struct span s)
{
	struct cursor c = cursor_of(s);

	if (cursor_le32(&c) != CAB_SIGNATURE)
		return false;
	cursor_skip(&c, 4 + 8);
	uint32_t files_at = cursor_le32(&c);
	cursor_skip(&c, 4);
	uint16_t version = cursor_le16(&c), n_folders = cursor_le16(&c), n_files = cursor_le16(&c);
	return cursor_ok(&c) && version == 0x0103 && n_folders != 0 && n_files != 0 &&
	       files_at >= CAB_HEADER && span_cut(s, files_at, CAB_FILE).n == CAB_FILE;
}

bool archive_cab_begins(struct span s)
{
	struct cursor c = cursor_of(s);

	if (cursor_le32(&c) != CAB_SIGNATURE)
		return false;
	if (cursor_le32(&c) == 0 && cursor_ok(&c))
		return true; /* as it should be; what is wrong behind it is told by the reader */
	return archive_cab_header(s);
}

static bool at_is(const struct unpack_look *look, size_t at, const char *mark, size_t n)
{
	struct span s = span_cut(look->bytes, at, n);

	return s.n == n && memcmp(s.p, mark, n) == 0;
}

static bool is_filler(uint8_t b) { return b == 0 || b == ' '; }

/* Octal digits, which blanks or zeros may stand before and behind; -1: that is not all of it. */
static int octal(struct span s)
{
	size_t at = 0, digits = 0;
	int v = 0;

	while (at < s.n && is_filler(s.p[at]))
		at++;
	for (; at < s.n && s.p[at] >= '0' && s.p[at] <= '7'; at++, digits++)
		v = v * 8 + (s.p[at] - '0');
	while (at < s.n && is_filler(s.p[at]))
		at++;
	return at == s.n && digits != 0 ? v : -1;
}

/* Old ones have no mark: the header's sum is right, of its bytes with signs or without, and it has
 * a name. */
bool tar_known(const struct unpack_look *look)
{
	struct span s = span_cut(look->bytes, 0, TAR_BLOCK);
	int sum = TAR_SUM_BYTES * ' ', high = 0;

	if (s.n < TAR_BLOCK)
		return false;
	if (at_is(look, TAR_MARK, "ustar", 5))
		return true;
	int stated = octal(span_cut(s, TAR_SUM, TAR_SUM_BYTES));
	if (s.p[0] == 0 || stated < 0)
		return false;
	for (size_t i = 0; i < TAR_BLOCK; i++) {
		if (i >= TAR_SUM && i < TAR_SUM + TAR_SUM_BYTES)
			continue;
		sum += s.p[i];
		high += s.p[i] >> 7;
	}
	return stated == sum || stated == sum - 256 * high;
}

bool cpio_known(const struct unpack_look *look)
{
	return at_is(look, 0, "07070", 5) || at_is(look, 0, "\xc7\x71", 2) ||
	       at_is(look, 0, "\x71\xc7", 2);
}

bool ar_known(const struct unpack_look *look) { return at_is(look, 0, "!<arch>\n", 8); }

bool sevenzip_known(const struct unpack_look *look)
{
	return at_is(look, 0, "7z\xbc\xaf\x27\x1c", 6);
}

bool rar_known(const struct unpack_look *look) { return at_is(look, 0, "Rar!\x1a\x07\x00", 7); }
bool rar5_known(const struct unpack_look *look) { return at_is(look, 0, "Rar!\x1a\x07\x01", 7); }
bool cab_known(const struct unpack_look *look) { return archive_cab_begins(look->bytes); }
bool lzip_known(const struct unpack_look *look) { return at_is(look, 0, "LZIP\x01", 5); }
bool iso_known(const struct unpack_look *look) { return at_is(look, ISO_MARK, "CD001", 5); }

bool lha_known(const struct unpack_look *look)
{
	return (at_is(look, 2, "-lh", 3) || at_is(look, 2, "-lz", 3) || at_is(look, 2, "-pm", 3)) &&
	       at_is(look, 6, "-", 1);
}
