/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/policy_signed.h"
#include "base/hash.h"
#include "base/io.h"
#include "cli/cli.h"
#include "trust/durable.h"
#include "trust/verify/accept.h"

#include <stdlib.h>

enum { MAX_JSON = 256 << 20, MAX_KEYS = 1 << 16 };

bool policy_signed_text(const struct policy *p, struct buf *out, struct error *e)
{
	char hex[HASH_MAX_HEX + 1];
	struct buf json;

	buf_init(&json, MAX_JSON);
	policy_json(p, &json);
	bool ok = buf_ok(&json) && hash_hex(HASH_SHA256, buf_span(&json), hex);
	buf_release(&json);
	if (!ok)
		return error_set(e, REASON_LIMIT, PLACE_NONE, "limit: the policy is too large");
	buf_put_text(out, "pellucid/policy/v1\nid ");
	buf_put_span(out, p->head->word[0].text);
	buf_put_text(out, "\nversion ");
	buf_put_span(out, policy_field(p->head, "version", 0));
	buf_printf(out, "\nsha256 %s\n", hex);
	return buf_ok(out) || error_set(e, REASON_MEMORY, PLACE_NONE, "no memory");
}

bool policy_signed_keys(const char *path, struct accept_policy *out, struct error *e)
{
	struct buf text;

	buf_init(&text, MAX_KEYS);
	bool ok = io_read_file(path, &text, e) && accept_parse_keys(buf_span(&text), out, e);
	buf_release(&text);
	return ok;
}

/* ---- checking */

static void keep_names(struct policy *p, struct buf *names)
{
	p->signers =
		arena_text(&p->arena, names->n != 0 ? names->p : (const uint8_t *)"", names->n);
}

static void put_name(struct buf *names, const char *name)
{
	buf_put_text(names, names->n != 0 ? ", " : "");
	buf_put_text(names, name);
}

static bool check_keys(struct policy *p, const struct note *note, const struct accept_policy *keys,
		       struct buf *names, struct error *e)
{
	bool valid[ACCEPT_MAX_KEYS] = { false };
	size_t n = 0;

	if (!note_check(note, keys->key, keys->n_keys, valid, e))
		return false;
	for (size_t i = 0; i < keys->n_keys; i++)
		if (valid[i]) {
			put_name(names, keys->key[i].name);
			n++;
		}
	if (n < keys->threshold)
		return error_set(e, REASON_DENIED, PLACE_NONE,
				 "%zu of the keys signed it, %zu are wanted", n, keys->threshold);
	p->signature = SIGNATURE_HOLDS;
	return true;
}

/* Whoever the lines name, without a word on whether it is true. */
static void list_names(struct policy *p, const struct note *note, struct buf *names)
{
	struct note_signature s;

	for (struct cursor c = cursor_of(note->signatures); note_next(&c, &s);) {
		buf_put_text(names, names->n != 0 ? ", " : "");
		buf_put_span(names, s.name);
	}
	p->signature = SIGNATURE_UNVERIFIED;
}

static bool check_note(struct policy *p, struct span file, const struct accept_policy *keys,
		       struct buf *names, struct error *e)
{
	struct note note;
	struct buf text;

	buf_init(&text, NOTE_MAX_SIZE);
	bool ok = note_parse(file, &note, e) && policy_signed_text(p, &text, e);
	if (ok && !span_equal(note.text, buf_span(&text)))
		ok = error_set(e, REASON_DAMAGED, PLACE_NONE,
			       "the signature is of another text: the policy was changed since");
	if (ok && keys != NULL)
		ok = check_keys(p, &note, keys, names, e);
	else if (ok)
		list_names(p, &note, names);
	buf_release(&text);
	return ok;
}

bool policy_signed_check(struct policy *p, const struct accept_policy *keys, struct error *e)
{
	char path[DURABLE_PATH_SIZE];
	struct buf file, names;
	bool there = false;

	if (p->signature == SIGNATURE_CARRIED)
		return true;
	buf_init(&file, NOTE_MAX_SIZE);
	buf_init(&names, NOTE_MAX_SIZE);
	bool ok = durable_path(path, e, "%s" POLICY_SIGNED_SUFFIX, p->file) &&
		  durable_read(path, &file, &there, e);
	if (ok && there)
		ok = check_note(p, buf_span(&file), keys, &names, e);
	else if (ok && keys != NULL)
		ok = error_set(e, REASON_DENIED, PLACE_NONE, "it is not signed: no %s", path);
	if (ok && there)
		keep_names(p, &names);
	buf_release(&names);
	buf_release(&file);
	return ok;
}

int policy_signed_check_all(struct policy *const *list, size_t n, const char *path)
{
	struct accept_policy *keys = path != NULL ? calloc(1, sizeof *keys) : NULL;
	struct error e;
	int status = EXIT_CLEAN;

	if (path != NULL && (keys == NULL || !policy_signed_keys(path, keys, &e)))
		status = cli_fail("policy", "%s: %s", path, keys != NULL ? e.text : "no memory");
	for (size_t i = 0; i < n && status == EXIT_CLEAN; i++)
		if (!policy_signed_check(list[i], keys, &e)) {
			(void)cli_fail("policy", "%s: its signature does not hold: %s",
				       list[i]->file, e.text);
			status = EXIT_FALSE;
		}
	free(keys);
	return status;
}
