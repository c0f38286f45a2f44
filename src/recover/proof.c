/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/proof.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>

enum {
	HEAD = 4096,
	TEXT_MAX = 4 << 20, /* bytes of a text that are read; more is a sample of it */
	TAR_MAX = 1 << 20,  /* members that are walked */
};

void proof_set(struct proof *out, enum proof_level level, unsigned bits, const char *format, ...)
{
	va_list ap;

	out->level = level;
	out->bits = bits;
	va_start(ap, format);
	vsnprintf(out->what, sizeof out->what, format, ap);
	va_end(ap);
}

bool proof_load(struct region *w, uint64_t at, uint64_t n, struct buf *b)
{
	while (n != 0) {
		struct span s = region_get(w, at, n < REGION_MAX ? (size_t)n : REGION_MAX);
		if (s.n == 0)
			return false;
		buf_put_span(b, s);
		at += s.n;
		n -= s.n;
	}
	return buf_ok(b);
}

static void broken(struct proof *out, const char *what)
{
	out->broken = true;
	snprintf(out->what, sizeof out->what, "%s: %s", kind_word(out->kind), what);
}

/* ---- text: each byte of 96 printable ones out of 256 tells 1.4 bits */

void proof_text(struct region *w, bool deep, struct proof *out)
{
	uint64_t n = 0, bits = 0, at = 0;

	while (at < w->size && (deep || at < TEXT_MAX)) {
		struct span s = region_get(w, at, REGION_MAX);
		size_t i = 0;
		while (i < s.n) {
			uint32_t code;
			size_t k = text_utf8(span_cut(s, i, s.n - i), &code);
			if (k == 0 && i != 0 && s.n - i < 4 && at + s.n < w->size)
				break; /* a character that the piece cuts */
			if (k == 0 ||
			    (code < 0x20 && code != '\n' && code != '\r' && code != '\t' &&
			     code != '\f' && code != 0x1b) ||
			    code == 0x7f) {
				out->broken = at + i > 64;
				return;
			}
			bits += k == 1 ? 14 : 30;
			i += k;
			n++;
		}
		if (i == 0)
			return;
		at += i;
	}
	bits /= 10;
	if (n != 0)
		proof_set(out, PROOF_STRUCTURE, bits < 4096 ? (unsigned)bits : 4096,
			  at < w->size ? "its first 4 MiB read as text"
				       : "reads as text to its end");
}

/* ---- tar: every header has a checksum */

static bool tar_number(struct span s, uint64_t *out)
{
	uint64_t v = 0;
	size_t i = 0;

	while (i < s.n && s.p[i] == ' ')
		i++;
	for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '7'; i++)
		v = v * 8 + (uint64_t)(s.p[i] - '0');
	*out = v;
	return i == s.n || s.p[i] == 0 || s.p[i] == ' ';
}

static void proof_tar(struct region *w, struct proof *out)
{
	unsigned n = 0;

	for (uint64_t at = 0; at + 512 <= w->size && n < TAR_MAX; n++) {
		struct span h = region_get(w, at, 512);
		uint64_t sum = 0, want, size;
		for (size_t i = 0; i < h.n; i++)
			sum += i >= 148 && i < 156 ? ' ' : h.p[i];
		if (sum == 8 * ' ') { /* zeros: the end */
			proof_set(out, PROOF_CHECKSUM, 20 * n < 4096 ? 20 * n : 4096,
				  "tar: %u headers, all checksums agree", n);
			return;
		}
		if (h.n != 512 || !tar_number(span_cut(h, 148, 8), &want) || want != sum ||
		    !tar_number(span_cut(h, 124, 12), &size) || size > w->size) {
			broken(out, "a header's checksum does not agree");
			out->bits = 20 * n;
			return;
		}
		at += 512 + (size + 511) / 512 * 512;
	}
	broken(out, "it ends before its end");
	out->bits = 20 * n;
}

/* ---- OLE2, ELF, PE, disks: fields that must fit */

static void proof_ole2(struct region *w, struct proof *out)
{
	struct cursor c = cursor_of(region_get(w, 0, 512));

	cursor_seek(&c, 24);
	cursor_skip(&c, 2); /* minor version */
	uint16_t major = cursor_le16(&c), order = cursor_le16(&c), shift = cursor_le16(&c);
	uint16_t mini = cursor_le16(&c);
	cursor_seek(&c, 44);
	uint32_t n_fat = cursor_le32(&c), directory = cursor_le32(&c);
	cursor_seek(&c, 76);
	uint32_t fat = cursor_le32(&c);
	if (!cursor_ok(&c) || order != 0xfffe || (shift != 9 && shift != 12) || mini != 6 ||
	    (major != 3 && major != 4)) {
		broken(out, "the header does not hold");
		return;
	}
	out->bits = 64 + 16 * 4;
	/* the directory's first entry is named "Root Entry" */
	uint64_t at = ((uint64_t)directory + 1) << shift, fat_at = ((uint64_t)fat + 1) << shift;
	struct span root = region_get(w, at, 20);
	if (root.n != 20 || memcmp(root.p, "R\0o\0o\0t\0 \0E\0n\0t\0r\0y", 19) != 0 || n_fat == 0 ||
	    n_fat > w->size >> shift || fat_at >= w->size) {
		broken(out, "its directory is not where the header says");
		return;
	}
	proof_set(out, PROOF_STRUCTURE, out->bits + 152, "ole2: header and directory hold");
}

static void proof_elf(struct region *w, struct proof *out)
{
	struct cursor c = cursor_of(region_get(w, 0, 64));

	cursor_seek(&c, 4);
	uint8_t class = cursor_u8(&c), data = cursor_u8(&c), version = cursor_u8(&c);
	if (!cursor_ok(&c) || class < 1 || class > 2 || data < 1 || data > 2 || version != 1) {
		broken(out, "the header does not hold");
		return;
	}
	bool wide = class == 2, big = data == 2;
	cursor_seek(&c, wide ? 40 : 32);
	uint64_t sections = wide  ? (big ? cursor_be64(&c) : cursor_le64(&c))
			    : big ? cursor_be32(&c)
				  : cursor_le32(&c);
	cursor_seek(&c, wide ? 58 : 46);
	uint16_t entry = big ? cursor_be16(&c) : cursor_le16(&c);
	uint16_t n = big ? cursor_be16(&c) : cursor_le16(&c);
	uint64_t table = (uint64_t)entry * n;
	if (!cursor_ok(&c) || sections > w->size || table > w->size - sections ||
	    (n != 0 && entry != (wide ? 64 : 40))) {
		broken(out, "its sections are not in the file");
		return;
	}
	/* the first section header is zeros (gABI 4) */
	struct span first = region_get(w, sections, n != 0 ? 24 : 0);
	for (size_t i = 0; i < first.n && n > 1; i++)
		if (first.p[i] != 0) {
			broken(out, "its sections are not where the header says");
			return;
		}
	proof_set(out, PROOF_STRUCTURE, n > 1 ? 56 + 16 + 192 : 56, "elf: %u sections", n);
}

/* What its sections are made of is in the file.  The sum in its header is not asked: many programs
 * that run hold a wrong one. */
static void proof_pe(struct region *w, struct proof *out)
{
	struct cursor c = cursor_of(region_get(w, 0, 64));

	cursor_seek(&c, 60);
	uint64_t at = cursor_le32(&c);
	c = cursor_of(region_get(w, at, 24));
	uint32_t mark = cursor_le32(&c);
	cursor_skip(&c, 2);
	uint16_t n = cursor_le16(&c);
	cursor_skip(&c, 12);
	uint16_t optional = cursor_le16(&c);
	if (!cursor_ok(&c) || mark != 0x4550 || n == 0 || n > 96) {
		proof_set(out, PROOF_MAGIC, 16, "MZ, and no PE header");
		return;
	}
	out->bits = 16 + 32 + 16 + 9;
	c = cursor_of(region_get(w, at + 24 + optional, (size_t)n * 40));
	for (unsigned i = 0; i < n; i++) {
		cursor_skip(&c, 16);
		uint64_t size = cursor_le32(&c), from = cursor_le32(&c);
		cursor_skip(&c, 16);
		if (!cursor_ok(&c) || (size != 0 && from + size > w->size)) {
			broken(out, "a section is not in the file");
			return;
		}
	}
	proof_set(out, PROOF_STRUCTURE, out->bits, "pe: %u sections, all in the file", n);
}

/* A volume's last sector is a copy of its first. */
static void proof_ntfs(struct region *w, struct proof *out)
{
	uint8_t boot[512];
	struct span s = region_get(w, 0, sizeof boot);
	struct cursor c = cursor_of(s);

	cursor_seek(&c, 11);
	uint64_t sector = cursor_le16(&c);
	cursor_seek(&c, 0x28);
	uint64_t n = cursor_le64(&c);
	proof_set(out, PROOF_MAGIC, 64 + 16, "NTFS boot sector, and no copy at the end");
	if (!cursor_ok(&c) || s.n != sizeof boot || sector == 0 || n > w->size / sector)
		return;
	memcpy(boot, s.p, sizeof boot);
	s = region_get(w, n * sector, sizeof boot);
	if (s.n == sizeof boot && memcmp(s.p, boot, sizeof boot) == 0)
		proof_set(out, PROOF_STRUCTURE, 64 + 16 + 4000,
			  "NTFS boot sector, and its copy at the end");
}

enum { EXT_SUPER = 1024, EXT_MAGIC = 0xef53 };

/* The second group of blocks begins with a copy of the superblock. */
static bool proof_ext(struct region *w, struct proof *out)
{
	struct cursor c = cursor_of(region_get(w, EXT_SUPER, 128));

	cursor_seek(&c, 4);
	uint64_t n = cursor_le32(&c);
	cursor_seek(&c, 0x14);
	uint64_t first = cursor_le32(&c);
	uint32_t log = cursor_le32(&c);
	cursor_seek(&c, 0x20);
	uint64_t group = cursor_le32(&c);
	cursor_seek(&c, 0x38);
	if (cursor_le16(&c) != EXT_MAGIC || log > 6)
		return false;
	bool fits = n << (10 + log) <= w->size;
	if (n <= first + group) { /* there is no second group */
		proof_set(out, fits ? PROOF_STRUCTURE : PROOF_MAGIC, 16 + 29,
			  "ext superblock, of one group");
		return true;
	}
	struct span copy = region_get(w, ((first + group) << (10 + log)) + 0x38, 2);
	bool both = copy.n == 2 && copy.p[0] == (EXT_MAGIC & 0xff) && copy.p[1] == EXT_MAGIC >> 8;
	if (both && fits)
		proof_set(out, PROOF_STRUCTURE, 16 + 29 + 16, "ext superblock, and its first copy");
	else
		proof_set(out, PROOF_MAGIC, 16 + 29, "ext superblock, and no copy of it");
	return true;
}

static bool is_gpt(struct region *w, uint64_t sector)
{
	struct span s = region_get(w, sector < w->size / 512 ? sector * 512 : w->size, 8);

	return sector > 1 && s.n == 8 && memcmp(s.p, "EFI PART", 8) == 0;
}

/* A disk or a file system: what is at its start, and what is at its end. */
static void proof_disk(struct region *w, struct proof *out)
{
	struct cursor c = cursor_of(region_get(w, 0, HEAD));
	struct cursor gpt = cursor_sub(&c, 512, 92);
	uint64_t mark = cursor_le64(&gpt);
	cursor_seek(&gpt, 32);
	uint64_t alternate = cursor_le64(&gpt); /* the sector of the copy */
	struct span ntfs = region_get(w, 3, 8);

	if (ntfs.n == 8 && memcmp(ntfs.p, "NTFS    ", 8) == 0) {
		proof_ntfs(w, out);
		return;
	}
	if (mark == 0x5452415020494645) { /* "EFI PART" */
		bool both = is_gpt(w, alternate) || is_gpt(w, w->size / 512 - 1);
		proof_set(out, both ? PROOF_STRUCTURE : PROOF_MAGIC, both ? 128 : 64,
			  both ? "GPT, and its copy at the end" : "GPT, and no copy at the end");
		return;
	}
	if (proof_ext(w, out))
		return;
	struct cursor mbr = cursor_of(region_get(w, 446, 66));
	unsigned fits = 0;
	for (unsigned i = 0; i < 4; i++) {
		uint8_t active = cursor_u8(&mbr);
		cursor_skip(&mbr, 7);
		uint64_t from = cursor_le32(&mbr), n = cursor_le32(&mbr);
		if ((active & 0x7f) != 0 || (from + n) * 512 > w->size + 512) {
			broken(out, "partitions that are not in it");
			return;
		}
		fits += n != 0;
	}
	if (cursor_le16(&mbr) == 0xaa55 && fits != 0)
		proof_set(out, PROOF_STRUCTURE, 16 + 28 + 16, "MBR: %u partitions within it", fits);
}

/* ---- */

static unsigned magic_bits(enum kind k)
{
	switch (k) {
	case KIND_UNKNOWN:
	case KIND_TEXT:
		return 0;
	case KIND_PE:
	case KIND_BMP:
		return 16;
	case KIND_JPEG:
	case KIND_MP3:
	case KIND_GZIP:
	case KIND_BZIP2:
		return 24;
	case KIND_PNG:
	case KIND_OLE2:
		return 64;
	case KIND_SQLITE:
		return 128;
	case KIND_XZ:
	case KIND_7Z:
	case KIND_RAR:
	case KIND_GIF:
		return 48;
	default:
		return 32;
	}
}

static void proof_of_kind(struct region *w, bool deep, struct proof *out)
{
	switch (out->kind) {
	case KIND_TEXT:
		proof_text(w, deep, out);
		break;
	case KIND_ZIP:
		proof_zip(w, deep, out);
		break;
	case KIND_PDF:
		proof_pdf(w, deep, out);
		break;
	case KIND_JPEG:
	case KIND_PNG:
	case KIND_GIF:
	case KIND_BMP:
	case KIND_MP4:
	case KIND_RIFF:
	case KIND_OGG:
		proof_media(w, out);
		break;
	case KIND_GZIP:
	case KIND_BZIP2:
	case KIND_XZ:
	case KIND_ZSTD:
	case KIND_7Z:
		proof_packed(w, deep, out);
		break;
	case KIND_TAR:
		proof_tar(w, out);
		break;
	case KIND_OLE2:
		proof_ole2(w, out);
		break;
	case KIND_SQLITE:
		proof_sqlite(w, out);
		break;
	case KIND_PST:
		proof_pst(w, out);
		break;
	case KIND_ELF:
		proof_elf(w, out);
		break;
	case KIND_PE:
		proof_pe(w, out);
		break;
	case KIND_DISK:
		proof_disk(w, out);
		break;
	default:
		break;
	}
}

void proof_of(struct region *w, enum kind expected, bool deep, struct proof *out)
{
	enum kind found = kind_of(region_get(w, 0, HEAD));

	*out = (struct proof){ .kind = found };
	if (found == KIND_UNKNOWN ||
	    (expected != KIND_UNKNOWN && expected != found && found == KIND_TEXT && w->size < 64)) {
		snprintf(out->what, sizeof out->what, "no format that is known");
		return;
	}
	unsigned bits = magic_bits(found);
	proof_set(out, bits != 0 ? PROOF_MAGIC : PROOF_NONE, bits, "%s by its first bytes",
		  kind_word(found));
	proof_of_kind(w, deep, out);
	if (out->broken && out->level > PROOF_MAGIC)
		out->level = PROOF_MAGIC;
}
