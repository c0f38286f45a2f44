/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/witness.h"
#include "base/hash.h"
#include "trust/durable.h"
#include "trust/verify/bundle.h"
#include "trust/verify/checkpoint.h"
#include "trust/verify/strict.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A log that is followed, and the last head of it that was cosigned. */
struct followed {
	struct note_key key;
	char hex[HASH_MAX_HEX + 1]; /* SHA-256 of its origin */
	uint64_t size;              /* 0 where none was cosigned yet */
	struct merkle_hash root;
};

struct witness {
	char *dir;
	int lock;
	struct signer key;
	struct followed log[WITNESS_MAX_LOGS];
	size_t n_logs;
};

/* ---- making and opening */

static bool add_log(struct witness *w, struct span vkey, struct error *e)
{
	struct followed *f = &w->log[w->n_logs];

	if (w->n_logs == WITNESS_MAX_LOGS)
		return error_set(e, REASON_LIMIT, PLACE_NONE, "witness: over %d logs",
				 WITNESS_MAX_LOGS);
	if (!note_key_parse(vkey, &f->key, e))
		return false;
	if (f->key.type != NOTE_ED25519)
		return error_set(e, REASON_DAMAGED, PLACE_NONE, "witness: %s is no log's key",
				 f->key.name);
	for (size_t i = 0; i < w->n_logs; i++)
		if (strcmp(w->log[i].key.name, f->key.name) == 0)
			return error_set(e, REASON_DAMAGED, PLACE_NONE, "witness: the log %s twice",
					 f->key.name);
	if (!hash_hex(HASH_SHA256, span_of(f->key.name), f->hex))
		return error_set(e, REASON_INTERNAL, PLACE_NONE, "witness: no SHA-256");
	w->n_logs++;
	return true;
}

static bool read_logs(struct witness *w, struct span text, struct error *e)
{
	struct cursor c = cursor_of(text);

	while (cursor_left(&c) != 0) {
		struct span line = cursor_line(&c, STRICT_MAX_LINE);
		if (!cursor_ok(&c))
			return error_set(e, REASON_DAMAGED, PLACE_NONE,
					 "witness: a line that does not end");
		if (line.n != 0 && !span_is(span_cut(line, 0, 1), "#") && !add_log(w, line, e))
			return false;
	}
	return w->n_logs != 0 ||
	       error_set(e, REASON_DAMAGED, PLACE_NONE, "witness: no log to follow");
}

bool witness_create(const char *dir, const struct signer *key, struct span logs, struct error *e)
{
	char path[DURABLE_PATH_SIZE], skey[SIGNER_MAX_SKEY + 1];
	struct witness *w;

	if (!durable_path(path, e, "%s/key", dir))
		return false;
	if (access(path, F_OK) == 0)
		return error_set(e, REASON_DENIED, PLACE_NONE, "%s: there is a witness already",
				 dir);
	if (key->key.type != NOTE_COSIGNATURE)
		return error_set(e, REASON_DAMAGED, PLACE_NONE, "witness: not a witness's key");
	w = calloc(1, sizeof *w);
	if (w == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "witness: no memory");
	bool ok = read_logs(w, logs, e);
	free(w);
	signer_write(key, skey);
	size_t n = strlen(skey);
	memcpy(skey + n, "\n", 2);
	return ok && durable_path(path, e, "%s/state", dir) && durable_mkdir(path, 0700, e) &&
	       durable_path(path, e, "%s/logs", dir) && durable_write(path, logs, 0644, e) &&
	       durable_path(path, e, "%s/key", dir) && durable_write(path, span_of(skey), 0600, e);
}

static bool state_path(const struct witness *w, const struct followed *f,
		       char to[DURABLE_PATH_SIZE], struct error *e)
{
	return durable_path(to, e, "%s/state/%s", w->dir, f->hex);
}

/* What is remembered of a log; it has to bear the signatures of the log and of this witness. */
static bool read_state(struct witness *w, struct followed *f, struct error *e)
{
	const struct note_key keys[2] = { f->key, w->key.key };
	char path[DURABLE_PATH_SIZE];
	struct checkpoint head;
	struct note note;
	struct buf b;
	bool there, valid[2], ok;

	buf_init(&b, NOTE_MAX_SIZE);
	ok = state_path(w, f, path, e) && durable_read(path, &b, &there, e);
	if (ok && there) {
		ok = note_parse(buf_span(&b), &note, e) && note_check(&note, keys, 2, valid, e) &&
		     checkpoint_parse(note.text, &head, e);
		if (ok && (!valid[0] || !valid[1] || !span_is(head.origin, f->key.name)))
			ok = error_set(e, REASON_DAMAGED, PLACE_NONE,
				       "witness: %s is not what it cosigned", path);
		if (ok) {
			f->size = head.size;
			f->root = head.root;
		}
	}
	buf_release(&b);
	return ok;
}

static bool open_all(struct witness *w, struct error *e)
{
	char path[DURABLE_PATH_SIZE];
	struct buf b;
	bool there, ok;

	buf_init(&b, 1 << 16);
	ok = durable_path(path, e, "%s/key", w->dir) && durable_read(path, &b, &there, e) &&
	     (there || error_set(e, REASON_IO, PLACE_NONE, "%s: no witness here", w->dir)) &&
	     signer_parse(buf_span(&b), &w->key, e);
	buf_reset(&b);
	ok = ok && durable_path(path, e, "%s/lock", w->dir) && durable_lock(path, &w->lock, e) &&
	     durable_path(path, e, "%s/logs", w->dir) && durable_read(path, &b, &there, e) &&
	     read_logs(w, buf_span(&b), e);
	buf_release(&b);
	for (size_t i = 0; ok && i < w->n_logs; i++)
		ok = read_state(w, &w->log[i], e);
	return ok;
}

bool witness_open(const char *dir, struct witness **out, struct error *e)
{
	struct witness *w = calloc(1, sizeof *w);

	if (w == NULL || (w->dir = strdup(dir)) == NULL) {
		free(w);
		return error_set(e, REASON_MEMORY, PLACE_NONE, "witness: no memory");
	}
	w->lock = -1;
	if (!open_all(w, e)) {
		witness_close(w);
		return false;
	}
	*out = w;
	return true;
}

void witness_close(struct witness *w)
{
	if (w == NULL)
		return;
	if (w->lock >= 0)
		close(w->lock);
	signer_forget(&w->key);
	free(w->dir);
	free(w);
}

const struct note_key *witness_key(const struct witness *w) { return &w->key.key; }

/* ---- answering */

static bool answer(struct witness_answer *out, unsigned status, const char *text)
{
	out->status = status;
	out->type = "text/plain; charset=utf-8";
	buf_reset(&out->body);
	buf_put_text(&out->body, text);
	return true;
}

static struct followed *find(struct witness *w, struct span origin)
{
	for (size_t i = 0; i < w->n_logs; i++)
		if (span_is(origin, w->log[i].key.name))
			return &w->log[i];
	return NULL;
}

/* The cosigned head: to the disk, and then to the log. */
static bool cosign(struct witness *w, struct followed *f, const struct note *note,
		   const struct checkpoint *head, uint64_t now, struct witness_answer *out,
		   struct error *e)
{
	struct note_signature s;
	char path[DURABLE_PATH_SIZE];
	struct buf state;
	struct cursor c = cursor_of(note->signatures), before = c;
	uint64_t time;

	buf_reset(&out->body);
	signer_line(&w->key, note->text, now, &out->body);
	buf_init(&state, NOTE_MAX_SIZE);
	buf_put_span(&state, note->text);
	buf_put_text(&state, "\n");
	for (; note_next(&c, &s);
	     before = c) /* of the request's signatures, the log's alone, once */
		if (note_names_key(&s, &f->key) && note_verify(&f->key, &s, note->text, &time)) {
			buf_put_span(&state, cursor_take(&before, c.at - before.at));
			break;
		}
	buf_put_span(&state, buf_span(&out->body));
	bool ok = buf_ok(&state) && buf_ok(&out->body);
	if (!ok)
		error_set(e, REASON_MEMORY, PLACE_NONE, "witness: no memory");
	ok = ok && state_path(w, f, path, e) && durable_write(path, buf_span(&state), 0600, e);
	buf_release(&state);
	if (!ok)
		return false;
	f->size = head->size;
	f->root = head->root;
	out->status = 200;
	out->type = "text/plain; charset=utf-8";
	return true;
}

bool witness_add_checkpoint(struct witness *w, struct span body, uint64_t now,
			    struct witness_answer *out, struct error *e)
{
	struct bundle_growth g;
	struct checkpoint head;
	struct note note;
	struct error why;
	bool valid;

	if (!bundle_parse_growth(body, &g, &why) || !note_parse(g.checkpoint, &note, &why) ||
	    !checkpoint_parse(note.text, &head, &why))
		return answer(out, 400, "malformed\n");
	struct followed *f = find(w, head.origin);
	if (f == NULL)
		return answer(out, 404, "unknown log\n");
	if (!note_check(&note, &f->key, 1, &valid, &why))
		return answer(out, 403, "not signed by that log\n");
	if (g.old > head.size)
		return answer(out, 400, "old size beyond the checkpoint\n");
	if (g.old != f->size) {
		answer(out, 409, "");
		out->type = "text/x.tlog.size";
		buf_printf(&out->body, "%llu\n", (unsigned long long)f->size);
		return true;
	}
	struct merkle_hash empty = merkle_empty();
	if (!merkle_check_consistency(g.old, head.size, g.old != 0 ? &f->root : &empty, &head.root,
				      &g.proof, &why))
		return answer(out, 422, "inconsistent\n");
	return cosign(w, f, &note, &head, now, out, e);
}

bool witness_get_checkpoint(struct witness *w, struct span hex, struct witness_answer *out,
			    struct error *e)
{
	for (size_t i = 0; i < w->n_logs; i++) {
		char path[DURABLE_PATH_SIZE];
		bool there;
		if (!span_is(hex, w->log[i].hex))
			continue;
		answer(out, 200, "");
		if (!state_path(w, &w->log[i], path, e) ||
		    !durable_read(path, &out->body, &there, e))
			return false;
		return there || answer(out, 404, "nothing yet\n");
	}
	return answer(out, 404, "unknown log\n");
}
