/* SPDX-License-Identifier: Apache-2.0 */
#include "format/lnk.h"

/* LinkFlags (2.1.1). */
enum {
	HAS_LINK_TARGET_ID_LIST = 0x01,
	HAS_LINK_INFO = 0x02,
	HAS_NAME = 0x04,
	HAS_RELATIVE_PATH = 0x08,
	HAS_WORKING_DIR = 0x10,
	HAS_ARGUMENTS = 0x20,
	HAS_ICON_LOCATION = 0x40,
	IS_UNICODE = 0x80,
};

struct reader {
	struct arena *arena;
	struct value *slots;
};

/* ---- texts */

static size_t put_utf8(uint8_t *to, uint32_t c)
{
	if (c < 0x80) {
		to[0] = (uint8_t)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (uint8_t)(0xc0 | c >> 6);
		to[1] = (uint8_t)(0x80 | (c & 63));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (uint8_t)(0xe0 | c >> 12);
		to[1] = (uint8_t)(0x80 | (c >> 6 & 63));
		to[2] = (uint8_t)(0x80 | (c & 63));
		return 3;
	}
	to[0] = (uint8_t)(0xf0 | c >> 18);
	to[1] = (uint8_t)(0x80 | (c >> 12 & 63));
	to[2] = (uint8_t)(0x80 | (c >> 6 & 63));
	to[3] = (uint8_t)(0x80 | (c & 63));
	return 4;
}

/* The character at the cursor, U+FFFD for half a surrogate pair. */
static uint32_t utf16(struct cursor *c)
{
	uint32_t high = cursor_le16(c);
	struct cursor next = *c;

	if (high < 0xd800 || high > 0xdfff)
		return high;
	uint32_t low = cursor_left(&next) >= 2 ? cursor_le16(&next) : 0;
	if (high > 0xdbff || low < 0xdc00 || low > 0xdfff)
		return 0xfffd;
	*c = next;
	return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

/* UTF-16LE up to a NUL or the end, as UTF-8. */
static void put_wide(struct reader *r, struct value *v, struct span s)
{
	struct cursor c = cursor_of(s);
	uint8_t *text = arena_array(r->arena, s.n / 2 + 1, 3);
	size_t n = 0;

	if (text == NULL)
		return;
	while (cursor_left(&c) >= 2) {
		uint32_t code = utf16(&c);
		if (code == 0)
			break;
		n += put_utf8(text + n, code);
	}
	value_string(v, (struct span){ text, n });
}

/* Bytes up to a NUL or the end, as they stand. */
static void put_narrow(struct value *v, struct span s)
{
	const uint8_t *nul = s.n != 0 ? memchr(s.p, 0, s.n) : NULL;

	if (nul != NULL)
		s.n = (size_t)(nul - s.p);
	value_string(v, s);
}

static void put_text(struct reader *r, struct value *v, struct span s, bool wide)
{
	if (wide)
		put_wide(r, v, s);
	else
		put_narrow(v, s);
}

/* A GUID ([MS-DTYP] 2.3.4.2): three numbers little-endian, then eight bytes. */
static void put_guid(struct reader *r, struct value *v, struct span s)
{
	static const uint8_t order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
	static const char digit[] = "0123456789abcdef";
	uint8_t text[36];
	size_t n = 0;

	if (s.n != 16)
		return;
	for (size_t i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			text[n++] = '-';
		text[n++] = (uint8_t)digit[s.p[order[i]] >> 4];
		text[n++] = (uint8_t)digit[s.p[order[i]] & 15];
	}
	const uint8_t *copy = arena_copy(r->arena, text, n);
	if (copy != NULL)
		value_string(v, (struct span){ copy, n });
}

/* FILETIME ([MS-DTYP] 2.3.3): 100 ns since 1601; undefined before 1970. */
static void put_time(struct value *v, uint64_t filetime)
{
	uint64_t seconds = filetime / 10000000;

	if (seconds >= UINT64_C(11644473600))
		value_int(v, (int64_t)(seconds - UINT64_C(11644473600)));
}

/* ---- header (2.1) */

static bool load_header(struct reader *r, struct cursor *c, uint32_t *flags)
{
	static const uint8_t clsid[16] = {
		1, 0x14, 2, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46
	};
	struct value *v = r->slots;

	uint32_t size = cursor_le32(c);
	struct span id = cursor_take(c, 16);
	*flags = cursor_le32(c);
	uint32_t attributes = cursor_le32(c);
	uint64_t created = cursor_le64(c), accessed = cursor_le64(c), written = cursor_le64(c);
	uint32_t target_size = cursor_le32(c), icon = cursor_le32(c), show = cursor_le32(c);
	cursor_skip(c, 12); /* HotKey, Reserved1 to 3 */
	if (!cursor_ok(c) || size != LNK_HEADER_SIZE || memcmp(id.p, clsid, 16) != 0)
		return false;
	value_bool(&v[LNK_IS_LNK], true);
	value_int(&v[LNK_ATTRIBUTES], attributes);
	put_time(&v[LNK_CREATED], created);
	put_time(&v[LNK_ACCESSED], accessed);
	put_time(&v[LNK_WRITTEN], written);
	value_int(&v[LNK_FILE_SIZE], target_size);
	value_int(&v[LNK_ICON_INDEX], icon);
	if (show <= INT32_MAX)
		value_int(&v[LNK_SHOW], show);
	return true;
}

/* ---- shell items (2.2) */

static int64_t item_type(uint8_t c)
{
	switch (c & 0x70) {
	case 0x20:
	case 0x30:
	case 0x40:
		return c & 0x70;
	default:
		return c == 0x1e ? 0x1f : c == 0x70 ? 0x71 : c;
	}
}

static void put_item_details(struct reader *r, struct value *v, uint8_t class, struct span data)
{
	if (class == 0x00 && data.n > 10) {
		/* a wide path begins later, where byte 10 is half a character */
		bool wide = data.p[10] == 0;
		if (!wide || data.n >= 22)
			put_text(r, &v[LNK_ITEM_CPL], span_cut(data, wide ? 22 : 10, UINT64_MAX),
				 wide);
	} else if (class == 0x1e || class == 0x1f) {
		put_guid(r, &v[LNK_ITEM_ROOT], span_cut(data, 2, 16));
	} else if ((class & 0x70) == 0x20 && (class & 1) != 0) {
		if (data.n >= 21)
			put_narrow(&v[LNK_ITEM_VOLUME_NAME], span_cut(data, 1, 20));
	} else if ((class & 0x70) == 0x20) {
		put_guid(r, &v[LNK_ITEM_VOLUME_ID], span_cut(data, 2, 16));
	} else if ((class & 0x70) == 0x30) {
		if (data.n >= 12)
			put_text(r, &v[LNK_ITEM_FILE_NAME], span_cut(data, 12, UINT64_MAX),
				 (class & 4) != 0);
	} else if ((class & 0x70) == 0x40 && data.n >= 3) {
		put_narrow(&v[LNK_ITEM_NETWORK], span_cut(data, 3, UINT64_MAX));
	}
}

static bool load_items(struct reader *r, struct cursor *c)
{
	struct value *list = &r->slots[LNK_TARGETS];
	size_t n = cursor_le16(c);

	if (!cursor_ok(c) || !value_make_list(list, r->arena, 8))
		return false;
	struct cursor items = cursor_of(cursor_take(c, n < cursor_left(c) ? n : cursor_left(c)));
	while (cursor_left(&items) >= 2) {
		size_t size = cursor_le16(&items);
		if (size == 0)
			break;
		size = size > 2 ? size - 2 : 0;
		struct span data = cursor_take(
			&items, size < cursor_left(&items) ? size : cursor_left(&items));
		if (data.n == 0)
			continue;
		struct value *v = value_grow_slots(list, r->arena, lnk_item_fields, LNK_MAX_ITEMS);
		if (v == NULL)
			break;
		value_int(&v[LNK_ITEM_TYPE], item_type(data.p[0]));
		value_string(&v[LNK_ITEM_DATA], span_cut(data, 1, UINT64_MAX));
		put_item_details(r, v, data.p[0], data);
	}
	return true;
}

/* ---- link info (2.3) */

static void put_volume(struct reader *r, struct span info, uint32_t at)
{
	struct span volume = span_cut(info, at, UINT64_MAX);
	struct cursor c = cursor_of(volume);
	uint32_t size = cursor_le32(&c), type = cursor_le32(&c), serial = cursor_le32(&c);
	uint32_t label = cursor_le32(&c);

	if (!cursor_ok(&c) || at > info.n)
		return;
	if (type <= INT32_MAX)
		value_int(&r->slots[LNK_DRIVE_TYPE], type);
	value_int(&r->slots[LNK_DRIVE_SERIAL], serial);
	if (size > volume.n)
		return;
	if (label == 0x14) { /* a wide one: its offset follows */
		label = cursor_le32(&c);
		if (cursor_ok(&c) && label <= size)
			put_wide(r, &r->slots[LNK_VOLUME_LABEL],
				 span_cut(span_cut(volume, 0, size), label, UINT64_MAX));
	} else if (label <= volume.n) {
		put_narrow(&r->slots[LNK_VOLUME_LABEL], span_cut(volume, label, UINT64_MAX));
	}
}

/* The text at `wide_at`, if that is not 0, else the one at `at`. */
static void put_path(struct reader *r, struct value *v, struct span info, uint32_t at,
		     uint32_t wide_at)
{
	uint32_t from = wide_at != 0 ? wide_at : at;

	if (from <= info.n)
		put_text(r, v, span_cut(info, from, UINT64_MAX), wide_at != 0);
}

static bool load_info(struct reader *r, struct cursor *c)
{
	struct cursor f = *c;
	uint32_t size = cursor_le32(&f), header = cursor_le32(&f), flags = cursor_le32(&f);
	uint32_t volume = cursor_le32(&f), base = cursor_le32(&f);
	uint32_t wide_base = 0, wide_suffix = 0;

	cursor_skip(&f, 4); /* CommonNetworkRelativeLinkOffset */
	uint32_t suffix = cursor_le32(&f);
	if (header >= 0x24) {
		wide_base = cursor_le32(&f);
		wide_suffix = cursor_le32(&f);
	}
	struct span info = cursor_take(c, size);
	if (!cursor_ok(&f) || !cursor_ok(c))
		return false;
	if ((flags & 1) != 0) { /* VolumeIDAndLocalBasePath */
		put_volume(r, info, volume);
		put_path(r, &r->slots[LNK_BASE_PATH], info, base, wide_base);
	}
	if ((flags & 2) != 0) /* CommonNetworkRelativeLinkAndPathSuffix */
		put_path(r, &r->slots[LNK_SUFFIX], info, suffix, wide_suffix);
	return true;
}

/* ---- strings (2.4) */

static bool load_string(struct reader *r, struct cursor *c, enum lnk_field field, bool wide)
{
	size_t n = cursor_le16(c);

	if (field != LNK_ARGUMENTS && n > LNK_MAX_STRING)
		n = LNK_MAX_STRING;
	struct span s = cursor_take(c, wide ? 2 * n : n);
	if (!cursor_ok(c))
		return false;
	if (wide)
		put_wide(r, &r->slots[field], s);
	else
		value_string(&r->slots[field], s);
	return true;
}

/* ---- extra data (2.5) */

static void put_tracker(struct reader *r, struct cursor *c)
{
	cursor_skip(c, 4); /* Length */
	uint32_t version = cursor_le32(c);
	struct span machine = cursor_take(c, 16);
	struct span guid[4];

	for (int i = 0; i < 4; i++)
		guid[i] = cursor_take(c, 16);
	struct value *v = cursor_ok(c) ? value_make_struct(&r->slots[LNK_TRACKER], r->arena,
							   lnk_tracker_fields)
				       : NULL;
	if (v == NULL)
		return;
	value_int(&v[LNK_TRACKER_VERSION], version);
	put_narrow(&v[LNK_TRACKER_MACHINE], machine);
	for (int i = 0; i < 4; i++)
		put_guid(r, &v[LNK_TRACKER_VOLUME + i], guid[i]);
}

/* Blocks up to the terminal one; false where there is none. */
static bool load_extra(struct reader *r, struct cursor *c)
{
	for (int i = 0; i < LNK_MAX_BLOCKS; i++) {
		uint32_t size = cursor_le32(c);
		if (!cursor_ok(c))
			return false;
		if (size < 4)
			return true;
		struct cursor block = cursor_of(cursor_take(c, size - 4));
		if (cursor_ok(c) && cursor_le32(&block) == 0xa0000003)
			put_tracker(r, &block);
	}
	return false;
}

static bool load_body(struct reader *r, struct cursor *c, uint32_t flags)
{
	static const struct {
		uint32_t flag;
		enum lnk_field field;
	} strings[] = {
		{ HAS_NAME, LNK_NAME },
		{ HAS_RELATIVE_PATH, LNK_RELATIVE_PATH },
		{ HAS_WORKING_DIR, LNK_WORKING_DIR },
		{ HAS_ARGUMENTS, LNK_ARGUMENTS },
		{ HAS_ICON_LOCATION, LNK_ICON },
	};

	if ((flags & HAS_LINK_TARGET_ID_LIST) != 0 && !load_items(r, c))
		return false;
	if ((flags & HAS_LINK_INFO) != 0 && !load_info(r, c))
		return false;
	for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
		if ((flags & strings[i].flag) != 0 &&
		    !load_string(r, c, strings[i].field, (flags & IS_UNICODE) != 0))
			return false;
	return load_extra(r, c);
}

bool lnk_load(struct module_input *in, struct value *slots, struct error *e)
{
	struct cursor c = cursor_of(in->file);
	struct reader r = { .arena = in->arena, .slots = slots };
	uint32_t flags;

	if (!load_header(&r, &c, &flags)) {
		value_bool(&slots[LNK_IS_LNK], false);
		return error_set(e, REASON_DAMAGED, 0, "shortcut: no header ([MS-SHLLINK] 2.1)");
	}
	if (!load_body(&r, &c, flags))
		return error_set(e, REASON_DAMAGED, cursor_place(&c),
				 "shortcut: cut short or damaged");
	value_int(&slots[LNK_OVERLAY_SIZE], (int64_t)cursor_left(&c));
	if (cursor_left(&c) != 0)
		value_int(&slots[LNK_OVERLAY_OFFSET], (int64_t)c.at);
	return true;
}
