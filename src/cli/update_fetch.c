/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/proofs_ask.h"
#include "cli/update.h"
#include "trust/verify/strict.h"

#include <stdio.h>

/* What is asked of the log: its head, the entries since the last one, and tiles for the proofs. */

struct proofs_texts update_texts(const struct update *u)
{
	return (struct proofs_texts){ buf_span(&u->policy.text), buf_span(&u->keys) };
}

static bool read_head(struct update *u, struct error *e)
{
	bool there;

	buf_init(&u->note, NOTE_MAX_SIZE);
	if (!u->remote.client.get(u->remote.client.ctx, "checkpoint", &u->note, &there, e))
		return false;
	if (!there)
		return error_set(e, REASON_IO, PLACE_NONE, "the log serves no checkpoint");
	if (!proofs_head(&proofs_ask, &u->accept, buf_span(&u->policy.text), buf_span(&u->note),
			 false, &u->head, e))
		return false;
	u->remote.client.size = u->head.head.size;
	return true;
}

/* The entries of a bundle, of which the first is number `at`; those from `from` on are new. */
struct keeping {
	struct update *u;
	struct merkle_tree *tree;
	uint64_t at, from;
};

/* Keeps an entry that is a release of the channel with enough signatures; another is passed over:
 * it could not be accepted. */
static bool keep(void *ctx, uint64_t i, const struct proofs_listed *l, struct error *e)
{
	const struct keeping *k = ctx;
	struct update *u = k->u;
	const struct proofs_release *r = &l->release;
	struct merkle_hash leaf = merkle_leaf(l->entry);

	if (k->at + i < k->from)
		return true;
	merkle_add(k->tree, &leaf);
	if (!l->is_release || !r->enough || r->channel != u->accept.channel ||
	    r->seq <= u->state.seq)
		return true;
	if (u->n_found == UPDATE_MAX_MISSED)
		return error_set(e, REASON_LIMIT, PLACE_NONE, "over %d releases were missed",
				 UPDATE_MAX_MISSED);
	struct update_found *f = &u->found[u->n_found++];
	f->index = k->at + i;
	f->release = *r;
	buf_init(&f->entry, RELEASE_MAX_SIZE);
	buf_put_span(&f->entry, l->entry);
	return buf_ok(&f->entry) || error_set(e, REASON_MEMORY, PLACE_NONE, "no memory");
}

/* Where the release that is here stands in the log. */
static bool read_index(struct update *u, uint64_t *index, struct error *e)
{
	char path[DURABLE_PATH_SIZE];
	struct buf text;
	bool there;

	buf_init(&text, 64);
	bool ok = update_path(u, u->state.seq, "/index", path, e) &&
		  durable_read(path, &text, &there, e);
	if (ok && (text.n == 0 || !strict_decimal(span_cut(buf_span(&text), 0, text.n - 1), index)))
		ok = error_set(e, REASON_DAMAGED, PLACE_NONE, "%s is damaged", path);
	buf_release(&text);
	return ok;
}

/* What stands behind the release that is here, and that it is what the head was signed over.  All
 * of it each time: one that could not be accepted may be, with new keys. */
static bool read_entries(struct update *u, struct error *e)
{
	const struct proofs_texts texts = update_texts(u);
	struct tile_source tiles = log_client_tiles(&u->remote.client);
	struct merkle_tree tree = { 0 };
	uint64_t size = u->head.head.size, from = 0;

	if (u->state.seq != 0 && !read_index(u, &from, e))
		return false;
	from += u->state.seq != 0;
	if (from > size)
		return error_set(e, REASON_DAMAGED, PLACE_NONE,
				 "the log ends before the release that is here");
	bool ok = tile_tree(&tiles, from, &tree, e);
	for (uint64_t n = from / TILE_WIDTH; ok && from < size && n * TILE_WIDTH < size; n++) {
		struct keeping k = { u, &tree, n * TILE_WIDTH, from };
		struct buf b;
		buf_init(&b, TILE_MAX_ENTRIES);
		ok = log_client_entries(&u->remote.client, n, &b, e) &&
		     proofs_entries(&proofs_ask, &texts, buf_span(&b), tile_width(0, n, size), keep,
				    &k, e);
		buf_release(&b);
	}
	struct merkle_hash root = merkle_root(&tree);
	if (ok && (tree.n != size || !merkle_equal(&root, &u->head.head.root)))
		return error_set(e, REASON_DAMAGED, PLACE_NONE,
				 "the entries that are served are not those that the head was "
				 "signed over");
	return ok;
}

/* Nothing new: the release that is here, under the new head. */
static bool keep_current(struct update *u, struct error *e)
{
	char path[DURABLE_PATH_SIZE];
	struct update_found *f = &u->found[0];
	bool there;

	buf_init(&f->entry, RELEASE_MAX_SIZE);
	u->n_found = 1;
	return update_path(u, u->state.seq, "/release", path, e) &&
	       durable_read(path, &f->entry, &there, e) && read_index(u, &f->index, e);
}

static void put_hashes(const struct merkle_proof *p, struct buf *out)
{
	char text[STRICT_BASE64_SIZE(32) + 1];

	for (size_t i = 0; i < p->n; i++) {
		strict_base64_write((struct span){ p->hash[i].b, 32 }, text);
		buf_printf(out, "%s\n", text);
	}
	buf_put_text(out, "\n");
}

/* The proofs, in the forms that travel. */
static bool make_proofs(struct update *u, struct error *e)
{
	struct tile_source tiles = log_client_tiles(&u->remote.client);
	uint64_t index = u->found[u->n_found - 1].index;
	struct merkle_proof p;

	if (!tile_inclusion(&tiles, index, u->head.head.size, &p, e))
		return false;
	buf_printf(&u->bundle, "c2sp.org/tlog-proof@v1\nindex %llu\n", (unsigned long long)index);
	put_hashes(&p, &u->bundle);
	buf_put_span(&u->bundle, buf_span(&u->note));
	if (u->state.size == 0)
		return true;
	if (!tile_consistency(&tiles, u->state.size, u->head.head.size, &p, e))
		return false;
	buf_printf(&u->growth, "old %llu\n", (unsigned long long)u->state.size);
	put_hashes(&p, &u->growth);
	return true;
}

bool update_look(struct update *u, struct error *e)
{
	buf_init(&u->bundle, BUNDLE_MAX_SIZE);
	buf_init(&u->growth, BUNDLE_MAX_SIZE);
	if (!read_head(u, e))
		return false;
	u->rolled_back = u->head.head.size < u->state.size;
	if (u->rolled_back)
		return error_set(e, REASON_DAMAGED, PLACE_NONE,
				 "rollback: the log showed %llu entries before, and %llu now",
				 (unsigned long long)u->state.size,
				 (unsigned long long)u->head.head.size);
	if (!read_entries(u, e))
		return false;
	if (u->n_found == 0 && u->state.seq == 0)
		return error_set(e, REASON_UNSUPPORTED, PLACE_NONE,
				 "the log has no release of channel %s yet",
				 release_channel_name(u->accept.channel));
	if (u->n_found == 0 && !keep_current(u, e))
		return false;
	return make_proofs(u, e);
}
