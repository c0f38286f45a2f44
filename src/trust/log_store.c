/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/log_store.h"
#include "trust/durable.h"
#include "trust/log_tiles.h"
#include "trust/verify/strict.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct log_store {
	char *dir;
	int lock;
	struct signer key;
	struct log_tiles tiles;
	struct buf note;        /* the published note */
	struct checkpoint head; /* its text, taken apart */
	struct buf signed_note; /* the last signed head, which may be newer */
	struct checkpoint signed_head;
	uint64_t next; /* the number of the next entry */
};

/* ---- heads */

static bool sign_head(const struct signer *key, uint64_t size, const struct merkle_hash *root,
		      struct buf *out, struct error *e)
{
	struct checkpoint c = { span_of(key->key.name), size, *root };
	char text[CHECKPOINT_MAX_TEXT];

	if (checkpoint_write(&c, text) == 0)
		return error_set(e, REASON_LIMIT, PLACE_NONE, "log: its name is too long");
	buf_reset(out);
	signer_note(key, span_of(text), out);
	return buf_ok(out) || error_set(e, REASON_MEMORY, PLACE_NONE, "log: no memory");
}

/* Reads a note of this log's into b and takes it apart; it has to bear the log's signature. */
static bool read_head(const struct log_store *s, const char *name, struct buf *b,
		      struct checkpoint *out, struct error *e)
{
	char path[DURABLE_PATH_SIZE];
	struct note note;
	bool there, valid;

	buf_reset(b);
	if (!durable_path(path, e, "%s/%s", s->dir, name) || !durable_read(path, b, &there, e))
		return false;
	if (!there)
		return error_set(e, REASON_DAMAGED, PLACE_NONE, "%s is missing", path);
	if (!note_parse(buf_span(b), &note, e) || !note_check(&note, &s->key.key, 1, &valid, e) ||
	    !checkpoint_parse(note.text, out, e))
		return error_wrap(e, "%s: ", path);
	return true;
}

/* ---- making */

bool log_store_create(const char *dir, const struct signer *key, struct error *e)
{
	char path[DURABLE_PATH_SIZE], skey[SIGNER_MAX_SKEY + 1];
	struct merkle_hash root = merkle_empty();
	struct buf note;
	bool ok = false;

	if (!durable_path(path, e, "%s/public/checkpoint", dir))
		return false;
	if (access(path, F_OK) == 0)
		return error_set(e, REASON_DENIED, PLACE_NONE, "%s: there is a log already", dir);
	buf_init(&note, NOTE_MAX_SIZE);
	signer_write(key, skey);
	size_t n = strlen(skey);
	memcpy(skey + n, "\n", 2);
	/* the published head last: it makes the directory a log */
	ok = durable_path(path, e, "%s/public", dir) && durable_mkdir(path, 0755, e) &&
	     durable_path(path, e, "%s/private/queue", dir) && durable_mkdir(path, 0700, e) &&
	     durable_path(path, e, "%s/private/key", dir) &&
	     durable_write(path, span_of(skey), 0600, e) && sign_head(key, 0, &root, &note, e) &&
	     durable_path(path, e, "%s/private/signed", dir) &&
	     durable_write(path, buf_span(&note), 0600, e) &&
	     durable_path(path, e, "%s/public/checkpoint", dir) &&
	     durable_write(path, buf_span(&note), 0644, e);
	buf_release(&note);
	return ok;
}

/* ---- the queue */

static bool queue_path(const struct log_store *s, uint64_t number, char to[DURABLE_PATH_SIZE],
		       struct error *e)
{
	return durable_path(to, e, "%s/private/queue/%012llu", s->dir, (unsigned long long)number);
}

static bool is_number(const char *name, uint64_t *out)
{
	char *end;

	if (strlen(name) != 12 || strspn(name, "0123456789") != 12)
		return false;
	*out = strtoull(name, &end, 10);
	return true;
}

/* Removes what a killed process left, and what is published; finds the next free number. */
static bool scan_queue(struct log_store *s, struct error *e)
{
	char path[DURABLE_PATH_SIZE];
	const struct dirent *d;
	uint64_t number;
	bool ok = true;

	s->next = s->head.size;
	if (!durable_path(path, e, "%s/private/queue", s->dir))
		return false;
	DIR *queue = opendir(path);
	if (queue == NULL)
		return error_set(e, REASON_IO, PLACE_NONE, "%s cannot be read", path);
	while (ok && (d = readdir(queue)) != NULL) {
		if (d->d_name[0] == '.')
			continue;
		bool whole = is_number(d->d_name, &number);
		if (whole && number >= s->next)
			s->next = number + 1;
		if (!whole || number < s->head.size)
			ok = durable_path(path, e, "%s/private/queue/%s", s->dir, d->d_name) &&
			     durable_remove(path, e);
	}
	closedir(queue);
	for (number = s->head.size; ok && number < s->next; number++) {
		ok = queue_path(s, number, path, e);
		if (ok && access(path, F_OK) != 0)
			ok = error_set(e, REASON_DAMAGED, PLACE_NONE, "%s is missing", path);
	}
	return ok;
}

bool log_store_add(struct log_store *s, struct span entry, uint64_t *index, struct error *e)
{
	char path[DURABLE_PATH_SIZE];

	if (entry.n > TILE_MAX_ENTRY)
		return error_set(e, REASON_LIMIT, PLACE_NONE, "log: an entry over %d bytes",
				 TILE_MAX_ENTRY);
	if (!queue_path(s, s->next, path, e) || !durable_write(path, entry, 0600, e))
		return false;
	*index = s->next++;
	return true;
}

uint64_t log_store_waiting(const struct log_store *s) { return s->next - s->head.size; }

/* ---- opening */

static bool read_key(struct log_store *s, struct error *e)
{
	char path[DURABLE_PATH_SIZE];
	struct buf b;
	bool there, ok;

	buf_init(&b, SIGNER_MAX_SKEY);
	ok = durable_path(path, e, "%s/private/key", s->dir) && durable_read(path, &b, &there, e) &&
	     (there || error_set(e, REASON_IO, PLACE_NONE, "%s: no log here", s->dir)) &&
	     signer_parse(buf_span(&b), &s->key, e);
	buf_release(&b);
	return ok;
}

/* The tree of the published files, which has to be the tree of the published head. */
static bool published_tree(struct log_store *s, struct merkle_tree *out, struct error *e)
{
	struct tile_source t = log_tiles_source(&s->tiles, s->head.size);

	if (!tile_tree(&t, s->head.size, out, e))
		return false;
	struct merkle_hash root = merkle_root(out);
	return merkle_equal(&root, &s->head.root) ||
	       error_set(e, REASON_DAMAGED, PLACE_NONE,
			 "log: the tiles are not those of the published head");
}

static bool open_all(struct log_store *s, struct error *e)
{
	char path[DURABLE_PATH_SIZE];
	struct merkle_tree tree;

	if (!read_key(s, e) || !durable_path(path, e, "%s/private/lock", s->dir) ||
	    !durable_lock(path, &s->lock, e) ||
	    !read_head(s, "public/checkpoint", &s->note, &s->head, e) ||
	    !read_head(s, "private/signed", &s->signed_note, &s->signed_head, e))
		return false;
	if (s->signed_head.size < s->head.size ||
	    (s->signed_head.size == s->head.size &&
	     !merkle_equal(&s->signed_head.root, &s->head.root)))
		return error_set(e, REASON_DAMAGED, PLACE_NONE,
				 "log: the head that is published was never signed here");
	if (!durable_path(path, e, "%s/public", s->dir) || !log_tiles_open(&s->tiles, path, e))
		return false;
	return published_tree(s, &tree, e) && scan_queue(s, e);
}

bool log_store_open(const char *dir, struct log_store **out, struct error *e)
{
	struct log_store *s = calloc(1, sizeof *s);

	if (s == NULL || (s->dir = strdup(dir)) == NULL) {
		free(s);
		return error_set(e, REASON_MEMORY, PLACE_NONE, "log: no memory");
	}
	s->lock = -1;
	buf_init(&s->note, NOTE_MAX_SIZE);
	buf_init(&s->signed_note, NOTE_MAX_SIZE);
	if (!open_all(s, e)) {
		log_store_close(s);
		return false;
	}
	*out = s;
	return true;
}

void log_store_close(struct log_store *s)
{
	if (s == NULL)
		return;
	if (s->lock >= 0)
		close(s->lock);
	signer_forget(&s->key);
	log_tiles_close(&s->tiles);
	buf_release(&s->note);
	buf_release(&s->signed_note);
	free(s->dir);
	free(s);
}

const struct checkpoint *log_store_head(const struct log_store *s) { return &s->head; }
struct span log_store_note(const struct log_store *s) { return buf_span(&s->note); }
const struct note_key *log_store_key(const struct log_store *s) { return &s->key.key; }

/* ---- publishing */

/* Puts entries [head.size, end) of the queue into the tree and into tiles. */
static bool grow(struct log_store *s, uint64_t end, struct merkle_tree *tree, struct error *e)
{
	char path[DURABLE_PATH_SIZE];
	struct log_tiles_batch batch;
	struct buf entry;
	bool ok, there;

	if (!published_tree(s, tree, e) ||
	    !log_tiles_begin(&s->tiles, &batch, s->head.size, end, e))
		return false;
	buf_init(&entry, TILE_MAX_ENTRY);
	ok = true;
	for (uint64_t i = s->head.size; ok && i < end; i++) {
		buf_reset(&entry);
		ok = queue_path(s, i, path, e) && durable_read(path, &entry, &there, e) &&
		     (there || error_set(e, REASON_DAMAGED, PLACE_NONE, "%s is missing", path));
		struct merkle_hash leaf = merkle_leaf(buf_span(&entry));
		merkle_add(tree, &leaf);
		ok = ok && log_tiles_put(&batch, buf_span(&entry), &leaf, e);
	}
	ok = ok && log_tiles_finish(&batch, e);
	log_tiles_release(&batch);
	buf_release(&entry);
	return ok;
}

/* Makes the next head and writes it to the disk before anybody can see it. */
static bool sign_next(struct log_store *s, struct error *e)
{
	char path[DURABLE_PATH_SIZE];
	struct merkle_tree tree;
	bool resumed = s->signed_head.size > s->head.size;
	uint64_t waiting = log_store_waiting(s);
	uint64_t end =
		resumed ? s->signed_head.size
			: s->head.size +
				  (waiting < LOG_STORE_MAX_BATCH ? waiting : LOG_STORE_MAX_BATCH);

	if (end == s->head.size)
		return true; /* the same head again */
	if (end > CHECKPOINT_MAX_TREE)
		return error_set(e, REASON_LIMIT, PLACE_NONE, "log: it is full");
	if (!grow(s, end, &tree, e))
		return false;
	struct merkle_hash root = merkle_root(&tree);
	if (resumed)
		return merkle_equal(&root, &s->signed_head.root) ||
		       error_set(e, REASON_DAMAGED, PLACE_NONE,
				 "log: the queue is not what the last signed head was made of");
	if (!sign_head(&s->key, end, &root, &s->signed_note, e) ||
	    !durable_path(path, e, "%s/private/signed", s->dir) ||
	    !durable_write(path, buf_span(&s->signed_note), 0600, e))
		return false;
	return read_head(s, "private/signed", &s->signed_note, &s->signed_head, e);
}

static bool remove_published(struct log_store *s, uint64_t from, struct error *e)
{
	char path[DURABLE_PATH_SIZE];

	for (uint64_t i = from; i < s->head.size; i++)
		if (!queue_path(s, i, path, e) || !durable_remove(path, e))
			return false;
	return true;
}

bool log_store_publish(struct log_store *s, log_store_cosign *cosign, void *ctx, struct error *e)
{
	char path[DURABLE_PATH_SIZE];
	uint64_t from = s->head.size;
	struct note note;
	struct buf whole;
	bool ok;

	if (!sign_next(s, e))
		return false;
	buf_init(&whole, NOTE_MAX_SIZE);
	buf_put_span(&whole, buf_span(&s->signed_note));
	ok = cosign == NULL || cosign(ctx, s, buf_span(&s->signed_note), &whole, e);
	if (ok && !buf_ok(&whole))
		ok = error_set(e, REASON_LIMIT, PLACE_NONE, "log: too many cosignatures");
	ok = ok && note_parse(buf_span(&whole), &note, e) &&
	     durable_path(path, e, "%s/public/checkpoint", s->dir) &&
	     durable_write(path, buf_span(&whole), 0644, e) &&
	     read_head(s, "public/checkpoint", &s->note, &s->head, e) &&
	     remove_published(s, from, e);
	buf_release(&whole);
	return ok;
}

/* ---- proofs */

static void put_hashes(const struct merkle_proof *p, struct buf *out)
{
	char text[STRICT_BASE64_SIZE(32) + 1];

	for (size_t i = 0; i < p->n; i++) {
		strict_base64_write((struct span){ p->hash[i].b, 32 }, text);
		buf_printf(out, "%s\n", text);
	}
	buf_put_text(out, "\n");
}

static bool written(const struct buf *out, struct error *e)
{
	return buf_ok(out) || error_set(e, REASON_MEMORY, PLACE_NONE, "log: no room for a proof");
}

bool log_store_prove(struct log_store *s, uint64_t index, struct buf *out, struct error *e)
{
	struct tile_source t = log_tiles_source(&s->tiles, s->head.size);
	struct merkle_proof p;

	if (index >= s->head.size)
		return error_set(e, REASON_UNSUPPORTED, PLACE_NONE,
				 "log: entry %llu is not published; there are %llu",
				 (unsigned long long)index, (unsigned long long)s->head.size);
	if (!tile_inclusion(&t, index, s->head.size, &p, e))
		return false;
	buf_printf(out, "c2sp.org/tlog-proof@v1\nindex %llu\n", (unsigned long long)index);
	put_hashes(&p, out);
	buf_put_span(out, buf_span(&s->note));
	return written(out, e);
}

bool log_store_growth(struct log_store *s, uint64_t m, uint64_t n, struct buf *out, struct error *e)
{
	struct tile_source t = log_tiles_source(&s->tiles, n);
	struct merkle_proof p;

	if (m > n || (n != s->head.size && n != s->signed_head.size))
		return error_set(e, REASON_UNSUPPORTED, PLACE_NONE, "log: no such heads");
	if (!tile_consistency(&t, m, n, &p, e))
		return false;
	buf_printf(out, "old %llu\n", (unsigned long long)m);
	put_hashes(&p, out);
	return written(out, e);
}

bool log_store_entry(struct log_store *s, uint64_t index, struct buf *out, struct error *e)
{
	return log_tiles_entry(&s->tiles, index, s->head.size, out, e);
}
