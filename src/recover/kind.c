/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "recover/proof.h"

static const struct {
	const char *word;
	bool dense;
} kinds[KIND_COUNT] = {
	[KIND_UNKNOWN] = { "unknown", false },
	[KIND_TEXT] = { "text", false },
	[KIND_ZIP] = { "zip", false },
	[KIND_PDF] = { "pdf", false },
	[KIND_JPEG] = { "jpeg", false },
	[KIND_PNG] = { "png", false },
	[KIND_GIF] = { "gif", false },
	[KIND_BMP] = { "bmp", false },
	[KIND_OLE2] = { "ole2", false },
	[KIND_MP4] = { "mp4", true },
	[KIND_RIFF] = { "riff", true },
	[KIND_MP3] = { "mp3", false },
	[KIND_OGG] = { "ogg", true },
	[KIND_FLAC] = { "flac", true },
	[KIND_GZIP] = { "gzip", false },
	[KIND_BZIP2] = { "bzip2", false },
	[KIND_XZ] = { "xz", true },
	[KIND_ZSTD] = { "zstd", true },
	[KIND_7Z] = { "7z", true },
	[KIND_RAR] = { "rar", true },
	[KIND_TAR] = { "tar", true },
	[KIND_SQLITE] = { "sqlite", false },
	[KIND_PST] = { "pst", true },
	[KIND_ELF] = { "elf", true },
	[KIND_PE] = { "pe", true },
	[KIND_DISK] = { "disk image", true },
	[KIND_VMDK] = { "vmdk", true },
	[KIND_QCOW] = { "qcow2", true },
	[KIND_CRYPT] = { "encrypted by its owner", true },
};

const char *kind_word(enum kind k) { return kinds[k].word; }
bool kind_is_dense(enum kind k) { return kinds[k].dense; }

static const struct {
	uint16_t at;
	const char *bytes;
	uint8_t n;
	enum kind kind;
} magics[] = {
	{ 0, "PK\3\4", 4, KIND_ZIP },
	{ 0, "PK\5\6", 4, KIND_ZIP },
	{ 0, "%PDF-", 5, KIND_PDF },
	{ 0, "\xff\xd8\xff", 3, KIND_JPEG },
	{ 0, "\x89PNG\r\n\x1a\n", 8, KIND_PNG },
	{ 0, "GIF87a", 6, KIND_GIF },
	{ 0, "GIF89a", 6, KIND_GIF },
	{ 0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8, KIND_OLE2 },
	{ 4, "ftyp", 4, KIND_MP4 },
	{ 4, "moov", 4, KIND_MP4 },
	{ 4, "mdat", 4, KIND_MP4 },
	{ 4, "wide", 4, KIND_MP4 },
	{ 0, "RIFF", 4, KIND_RIFF },
	{ 0, "ID3", 3, KIND_MP3 },
	{ 0, "OggS", 4, KIND_OGG },
	{ 0, "fLaC", 4, KIND_FLAC },
	{ 0, "\x1f\x8b\x08", 3, KIND_GZIP },
	{ 0, "BZh", 3, KIND_BZIP2 },
	{ 0,
	  "\xfd"
	  "7zXZ\0",
	  6, KIND_XZ },
	{ 0, "\x28\xb5\x2f\xfd", 4, KIND_ZSTD },
	{ 0, "7z\xbc\xaf\x27\x1c", 6, KIND_7Z },
	{ 0, "Rar!\x1a\x07", 6, KIND_RAR },
	{ 257, "ustar", 5, KIND_TAR },
	{ 0, "SQLite format 3", 16, KIND_SQLITE },
	{ 0,
	  "\x7f"
	  "ELF",
	  4, KIND_ELF },
	{ 0, "MZ", 2, KIND_PE },
	{ 0, "!BDN", 4, KIND_PST },
	{ 0, "KDMV", 4, KIND_VMDK },
	{ 0, "COWD", 4, KIND_VMDK },
	{ 0, "QFI\xfb", 4, KIND_QCOW },
	{ 512, "EFI PART", 8, KIND_DISK },
	{ 3, "NTFS    ", 8, KIND_DISK },
	{ 1080, "\x53\xef", 2, KIND_DISK },
	{ 0, "XFSB", 4, KIND_DISK },
	{ 510, "\x55\xaa", 2, KIND_DISK },
	{ 0, "LUKS\xba\xbe", 6, KIND_CRYPT },
	{ 0, "age-encryption.org/", 19, KIND_CRYPT },
	{ 0, "-----BEGIN PGP MESSAGE", 22, KIND_CRYPT },
	{ 0, "BM", 2, KIND_BMP },
};

static const struct {
	const char *end;
	enum kind kind;
} names[] = {
	{ "txt", KIND_TEXT },  { "xml", KIND_TEXT },      { "json", KIND_TEXT },
	{ "html", KIND_TEXT }, { "htm", KIND_TEXT },      { "csv", KIND_TEXT },
	{ "md", KIND_TEXT },   { "log", KIND_TEXT },      { "ini", KIND_TEXT },
	{ "conf", KIND_TEXT }, { "c", KIND_TEXT },        { "h", KIND_TEXT },
	{ "py", KIND_TEXT },   { "sh", KIND_TEXT },       { "php", KIND_TEXT },
	{ "js", KIND_TEXT },   { "css", KIND_TEXT },      { "sql", KIND_TEXT },
	{ "eml", KIND_TEXT },  { "mbox", KIND_TEXT },     { "rtf", KIND_TEXT },
	{ "svg", KIND_TEXT },  { "vmx", KIND_TEXT },      { "zip", KIND_ZIP },
	{ "docx", KIND_ZIP },  { "xlsx", KIND_ZIP },      { "pptx", KIND_ZIP },
	{ "odt", KIND_ZIP },   { "ods", KIND_ZIP },       { "odp", KIND_ZIP },
	{ "jar", KIND_ZIP },   { "apk", KIND_ZIP },       { "epub", KIND_ZIP },
	{ "pdf", KIND_PDF },   { "jpg", KIND_JPEG },      { "jpeg", KIND_JPEG },
	{ "png", KIND_PNG },   { "gif", KIND_GIF },       { "bmp", KIND_BMP },
	{ "doc", KIND_OLE2 },  { "xls", KIND_OLE2 },      { "ppt", KIND_OLE2 },
	{ "msg", KIND_OLE2 },  { "msi", KIND_OLE2 },      { "mp4", KIND_MP4 },
	{ "mov", KIND_MP4 },   { "m4a", KIND_MP4 },       { "heic", KIND_MP4 },
	{ "wav", KIND_RIFF },  { "avi", KIND_RIFF },      { "webp", KIND_RIFF },
	{ "ogg", KIND_OGG },   { "flac", KIND_FLAC },     { "gz", KIND_GZIP },
	{ "tgz", KIND_GZIP },  { "bz2", KIND_BZIP2 },     { "xz", KIND_XZ },
	{ "zst", KIND_ZSTD },  { "7z", KIND_7Z },         { "rar", KIND_RAR },
	{ "tar", KIND_TAR },   { "sqlite", KIND_SQLITE }, { "exe", KIND_PE },
	{ "dll", KIND_PE },    { "so", KIND_ELF },        { "gpg", KIND_CRYPT },
	{ "age", KIND_CRYPT }, { "pgp", KIND_CRYPT },     { "pst", KIND_PST },
	{ "ost", KIND_PST },
};

static bool reads_as_text(struct span s)
{
	size_t n = s.n < 4096 ? s.n : 4096;

	for (size_t i = 0; i < n;) {
		uint32_t code;
		size_t k = text_utf8(span_cut(s, i, n - i), &code);
		if (k == 0 && n - i < 4 && n == 4096)
			break; /* cut in a character */
		if (k == 0 || (code < 0x20 && code != '\n' && code != '\r' && code != '\t' &&
			       code != '\f' && code != 0x1b))
			return false;
		i += k;
	}
	return s.n != 0;
}

enum kind kind_of(struct span head)
{
	for (size_t i = 0; i < sizeof magics / sizeof *magics; i++) {
		struct span b = span_cut(head, magics[i].at, magics[i].n);
		if (b.n == magics[i].n && memcmp(b.p, magics[i].bytes, b.n) == 0)
			return magics[i].kind;
	}
	return reads_as_text(head) ? KIND_TEXT : KIND_UNKNOWN;
}

void kind_first_bytes(enum kind k, bool may[256])
{
	for (unsigned b = 0; b < 256; b++)
		may[b] = k == KIND_UNKNOWN || k == KIND_TEXT;
	for (size_t i = 0; i < sizeof magics / sizeof *magics; i++) {
		if (magics[i].kind != k)
			continue;
		for (unsigned b = 0; b < 256; b++)
			may[b] = may[b] || magics[i].at != 0 || b == (uint8_t)magics[i].bytes[0];
	}
}

enum kind kind_of_name(struct span name)
{
	size_t dot = name.n;

	while (dot > 0 && name.p[dot - 1] != '.')
		dot--;
	if (dot == 0)
		return KIND_UNKNOWN;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct span end = span_of(names[i].end);
		bool same = end.n == name.n - dot;
		for (size_t k = 0; same && k < end.n; k++)
			same = text_lower(name.p[dot + k]) == end.p[k];
		if (same)
			return names[i].kind;
	}
	return KIND_UNKNOWN;
}
