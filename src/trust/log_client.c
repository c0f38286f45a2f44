/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/log_client.h"

/* The partial tile of that width, or the full one. */
static bool get_either(struct log_client *c, int level, uint64_t number, unsigned width,
		       struct buf *out, struct error *e)
{
	char name[TILE_PATH_SIZE];
	bool there;

	tile_path(level, number, width, name);
	if (!c->get(c->ctx, name, out, &there, e))
		return false;
	if (!there && width < TILE_WIDTH) {
		tile_path(level, number, TILE_WIDTH, name);
		buf_reset(out);
		if (!c->get(c->ctx, name, out, &there, e))
			return false;
	}
	return there || error_set(e, REASON_DAMAGED, PLACE_NONE, "%s is not served", name);
}

static bool read_tile(void *ctx, unsigned level, uint64_t number, unsigned width,
		      struct merkle_hash out[TILE_WIDTH], struct error *e)
{
	struct log_client *c = ctx;
	unsigned has = tile_width(level, number, c->size);
	struct buf b;

	if (width > has)
		return error_set(e, REASON_INTERNAL, PLACE_NONE, "no such tile");
	buf_init(&b, TILE_SIZE);
	bool ok = get_either(c, (int)level, number, has, &b, e);
	if (ok && b.n != has * sizeof *out && b.n != TILE_SIZE)
		ok = error_set(e, REASON_DAMAGED, PLACE_NONE, "a tile of %zu bytes", b.n);
	if (ok)
		memcpy(out, b.p, width * sizeof *out);
	buf_release(&b);
	return ok;
}

struct tile_source log_client_tiles(struct log_client *c)
{
	return (struct tile_source){ read_tile, c };
}

bool log_client_entries(struct log_client *c, uint64_t number, struct buf *out, struct error *e)
{
	unsigned has = tile_width(0, number, c->size);

	if (has == 0)
		return error_set(e, REASON_UNSUPPORTED, PLACE_NONE, "no such entries");
	return get_either(c, TILE_ENTRIES, number, has, out, e);
}

bool log_client_entry(struct log_client *c, uint64_t index, struct buf *out, struct error *e)
{
	struct span entry = { NULL, 0 };
	struct buf b;

	buf_init(&b, TILE_MAX_ENTRIES);
	bool ok = log_client_entries(c, index / TILE_WIDTH, &b, e);
	struct cursor at = cursor_of(buf_span(&b));
	for (uint64_t i = 0; ok && i <= index % TILE_WIDTH; i++)
		ok = tile_next_entry(&at, &entry) ||
		     error_set(e, REASON_DAMAGED, PLACE_NONE, "a bundle of entries is cut off");
	if (ok)
		buf_put_span(out, entry);
	buf_release(&b);
	return ok && (buf_ok(out) || error_set(e, REASON_MEMORY, PLACE_NONE, "no memory"));
}
