/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/log_tiles.h"
#include "trust/durable.h"

#include <stdlib.h>

bool log_tiles_open(struct log_tiles *t, const char *dir, struct error *e)
{
	*t = (struct log_tiles){ .dir = strdup(dir) };
	return t->dir != NULL || error_set(e, REASON_MEMORY, PLACE_NONE, "log: no memory");
}

void log_tiles_close(struct log_tiles *t)
{
	free(t->dir);
	*t = (struct log_tiles){ 0 };
}

/* ---- reading */

static bool path_of(const struct log_tiles *t, int level, uint64_t number, unsigned width,
		    char to[DURABLE_PATH_SIZE], struct error *e)
{
	char name[TILE_PATH_SIZE];

	tile_path(level, number, width, name);
	return durable_path(to, e, "%s/%s", t->dir, name);
}

static bool read_file(const struct log_tiles *t, int level, uint64_t number, unsigned width,
		      struct buf *out, struct error *e)
{
	char path[DURABLE_PATH_SIZE];
	bool there;

	if (!path_of(t, level, number, width, path, e) || !durable_read(path, out, &there, e))
		return false;
	return there || error_set(e, REASON_DAMAGED, PLACE_NONE, "%s is missing", path);
}

static bool read_tile(void *ctx, unsigned level, uint64_t number, unsigned width,
		      struct merkle_hash out[TILE_WIDTH], struct error *e)
{
	struct log_tiles *t = ctx;
	unsigned has = tile_width(level, number, t->size);
	struct buf b;

	if (width > has)
		return error_set(e, REASON_INTERNAL, PLACE_NONE, "log: no such tile");
	buf_init(&b, TILE_SIZE);
	bool ok = read_file(t, (int)level, number, has, &b, e);
	if (ok && b.n != has * sizeof *out)
		ok = error_set(e, REASON_DAMAGED, PLACE_NONE, "log: a tile of %zu bytes, not %zu",
			       b.n, has * sizeof *out);
	if (ok)
		memcpy(out, b.p, width * sizeof *out);
	buf_release(&b);
	return ok;
}

struct tile_source log_tiles_source(struct log_tiles *t, uint64_t size)
{
	t->size = size;
	return (struct tile_source){ read_tile, t };
}

bool log_tiles_entry(struct log_tiles *t, uint64_t index, uint64_t size, struct buf *out,
		     struct error *e)
{
	uint64_t number = index / TILE_WIDTH;
	struct span entry = { NULL, 0 };
	struct buf b;

	if (index >= size)
		return error_set(e, REASON_UNSUPPORTED, PLACE_NONE, "log: no such entry");
	buf_init(&b, TILE_MAX_ENTRIES);
	bool ok = read_file(t, TILE_ENTRIES, number, tile_width(0, number, size), &b, e);
	struct cursor c = cursor_of(buf_span(&b));
	for (uint64_t i = 0; ok && i <= index % TILE_WIDTH; i++)
		ok = tile_next_entry(&c, &entry) ||
		     error_set(e, REASON_DAMAGED, PLACE_NONE, "log: a bundle is cut off");
	if (ok)
		buf_put_span(out, entry);
	buf_release(&b);
	return ok && (buf_ok(out) || error_set(e, REASON_MEMORY, PLACE_NONE, "log: no memory"));
}

/* ---- adding */

static bool write_tile(const struct log_tiles *t, int level, uint64_t number, unsigned width,
		       struct span bytes, struct error *e)
{
	char path[DURABLE_PATH_SIZE], dir[DURABLE_PATH_SIZE];

	if (!path_of(t, level, number, width, path, e) || !durable_path(dir, e, "%s", path))
		return false;
	*strrchr(dir, '/') = '\0';
	return durable_mkdir(dir, 0755, e) && durable_write_once(path, bytes, 0644, e);
}

bool log_tiles_begin(struct log_tiles *t, struct log_tiles_batch *b, uint64_t from, uint64_t to,
		     struct error *e)
{
	uint64_t number = from / TILE_WIDTH;
	unsigned has = (unsigned)(from % TILE_WIDTH);

	*b = (struct log_tiles_batch){ .tiles = t, .at = from, .from = from, .to = to };
	buf_init(&b->bundle, TILE_MAX_ENTRIES);
	if (has == 0)
		return true;
	log_tiles_source(t, from);
	return read_tile(t, 0, number, has, b->row, e) &&
	       read_file(t, TILE_ENTRIES, number, has, &b->bundle, e);
}

/* Writes what is filled of the tile and the bundle that hold leaf at - 1. */
static bool write_row(struct log_tiles_batch *b, struct error *e)
{
	uint64_t number = (b->at - 1) / TILE_WIDTH;
	unsigned width = (unsigned)((b->at - 1) % TILE_WIDTH) + 1;

	return write_tile(b->tiles, TILE_ENTRIES, number, width, buf_span(&b->bundle), e) &&
	       write_tile(b->tiles, 0, number, width,
			  (struct span){ b->row[0].b, width * sizeof *b->row }, e);
}

bool log_tiles_put(struct log_tiles_batch *b, struct span entry, const struct merkle_hash *leaf,
		   struct error *e)
{
	b->row[b->at % TILE_WIDTH] = *leaf;
	buf_put_u8(&b->bundle, (uint8_t)(entry.n >> 8));
	buf_put_u8(&b->bundle, (uint8_t)entry.n);
	buf_put_span(&b->bundle, entry);
	if (!buf_ok(&b->bundle))
		return error_set(e, REASON_MEMORY, PLACE_NONE, "log: no memory for a bundle");
	b->at++;
	if (b->at % TILE_WIDTH != 0)
		return true;
	bool ok = write_row(b, e);
	buf_reset(&b->bundle);
	return ok;
}

/* The hash of a full tile, which is one hash of the level above. */
static bool fold(struct log_tiles *t, unsigned level, uint64_t number, struct merkle_hash *out,
		 struct error *e)
{
	struct merkle_hash row[TILE_WIDTH];

	if (!read_tile(t, level, number, TILE_WIDTH, row, e))
		return false;
	for (unsigned n = TILE_WIDTH; n > 1; n /= 2)
		for (unsigned i = 0; i < n / 2; i++)
			row[i] = merkle_node(&row[2 * i], &row[2 * i + 1]);
	*out = row[0];
	return true;
}

/* The tiles of a level that have hashes now which they had not before. */
static bool write_level(struct log_tiles_batch *b, unsigned level, struct error *e)
{
	struct log_tiles *t = b->tiles;
	uint64_t had = b->from >> 8 * level, has = b->to >> 8 * level;
	struct merkle_hash row[TILE_WIDTH];

	for (uint64_t number = had / TILE_WIDTH; number * TILE_WIDTH < has; number++) {
		unsigned width = tile_width(level, number, b->to);
		unsigned known = number == had / TILE_WIDTH ? (unsigned)(had % TILE_WIDTH) : 0;
		log_tiles_source(t, b->from);
		if (known != 0 && !read_tile(t, level, number, known, row, e))
			return false;
		log_tiles_source(t, b->to);
		for (unsigned i = known; i < width; i++)
			if (!fold(t, level - 1, number * TILE_WIDTH + i, &row[i], e))
				return false;
		if (!write_tile(t, (int)level, number, width,
				(struct span){ row[0].b, width * sizeof *row }, e))
			return false;
	}
	return true;
}

bool log_tiles_finish(struct log_tiles_batch *b, struct error *e)
{
	if (b->at % TILE_WIDTH != 0 && !write_row(b, e))
		return false;
	for (unsigned level = 1; level <= TILE_MAX_LEVEL; level++)
		if (b->to >> 8 * level != b->from >> 8 * level && !write_level(b, level, e))
			return false;
	return true;
}

void log_tiles_release(struct log_tiles_batch *b) { buf_release(&b->bundle); }
