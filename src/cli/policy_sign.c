/* SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"
#include "base/standard.h"
#include "cli/cli.h"
#include "cli/policies.h"
#include "cli/policy_cli.h"
#include "cli/policy_signed.h"
#include "trust/durable.h"
#include "trust/signer.h"
#include "trust/verify/accept.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* `policy sign` and `policy verify`. */

/* The value of --NAME=VALUE as the first argument; NULL where it is another. */
static const char *first_option(int argc, char **argv, const char *name)
{
	size_t n = strlen(name);

	return argc > 1 && strncmp(argv[0], name, n) == 0 && argv[0][n] == '=' ? argv[0] + n + 1
									       : NULL;
}

static bool open_one(const char *path, struct policies *p)
{
	policies_init(p);
	return policies_add(p, path) && p->n == 1;
}

/* ---- sign */

static bool read_key(const char *path, struct signer *s, struct error *e)
{
	struct buf skey;

	buf_init(&skey, SIGNER_MAX_SKEY);
	bool ok = io_read_file(path, &skey, e) && signer_parse(buf_span(&skey), s, e);
	buf_release(&skey);
	if (ok && s->key.type != NOTE_ED25519)
		ok = error_set(e, REASON_DAMAGED, PLACE_NONE, "the key is a witness's");
	return ok;
}

/* The signatures that are there stay where they are of the same text; the key's own is made anew.
 */
static void keep_others(const struct buf *old, struct span text, const struct note_key *key,
			struct buf *out)
{
	struct note_signature s;
	struct note note;
	struct error e;
	struct span before;

	if (!note_parse(buf_span(old), &note, &e) || !span_equal(note.text, text))
		return;
	struct cursor c = cursor_of(note.signatures);
	for (before = note.signatures; note_next(&c, &s);) {
		size_t n = before.n - cursor_left(&c);
		if (!note_names_key(&s, key))
			buf_put_span(out, span_cut(before, 0, n));
		before = span_cut(before, n, SIZE_MAX);
	}
}

static bool sign_policy(const struct policy *p, const struct signer *s, struct error *e)
{
	char path[DURABLE_PATH_SIZE];
	struct buf text, old, out;
	bool there;

	buf_init(&text, NOTE_MAX_SIZE);
	buf_init(&old, NOTE_MAX_SIZE);
	buf_init(&out, NOTE_MAX_SIZE);
	bool ok = durable_path(path, e, "%s" POLICY_SIGNED_SUFFIX, p->file) &&
		  durable_read(path, &old, &there, e) && policy_signed_text(p, &text, e);
	if (ok) {
		buf_put_span(&out, buf_span(&text));
		buf_put_text(&out, "\n");
		if (there)
			keep_others(&old, buf_span(&text), &s->key, &out);
		signer_line(s, buf_span(&text), 0, &out);
		ok = buf_ok(&out) ? durable_write(path, buf_span(&out), 0644, e)
				  : error_set(e, REASON_LIMIT, PLACE_NONE, "too many signatures");
	}
	if (ok)
		printf("%s: signed by %s\n", path, s->key.name);
	buf_release(&out);
	buf_release(&old);
	buf_release(&text);
	return ok;
}

int policy_sign(int argc, char **argv)
{
	const char *key = first_option(argc, argv, "--key");
	struct signer s = { 0 };
	struct policies p;
	struct error e;
	int status = EXIT_CLEAN;

	if (key == NULL)
		return cli_fail("policy", "sign wants --key=FILE and policies");
	if (!read_key(key, &s, &e))
		return cli_fail("policy", "%s: %s", key, e.text);
	for (int i = 1; i < argc && status == EXIT_CLEAN; i++) {
		if (!open_one(argv[i], &p))
			status = cli_fail("policy", "%s: not signed", argv[i]);
		else if (!sign_policy(p.list[0], &s, &e))
			status = cli_fail("policy", "%s: %s", argv[i], e.text);
		policies_release(&p);
	}
	signer_forget(&s);
	return standard_written() ? status : EXIT_CANNOT;
}

/* ---- verify */

static int verify_one(const char *path, const struct accept_policy *keys)
{
	struct policies p;
	struct error e;
	int status = EXIT_CLEAN;

	if (!open_one(path, &p)) {
		status = EXIT_CANNOT;
	} else if (!policy_signed_check(p.list[0], keys, &e)) {
		printf("%s: does not hold: %s\n", path, e.text);
		status = EXIT_FALSE;
	} else {
		printf("%s: holds: version %.*s, signed by %s\n", path,
		       (int)policy_field(p.list[0]->head, "version", 0).n,
		       (const char *)policy_field(p.list[0]->head, "version", 0).p,
		       p.list[0]->signers);
	}
	policies_release(&p);
	return status;
}

int policy_verify(int argc, char **argv)
{
	const char *path = first_option(argc, argv, "--keys");
	struct accept_policy *keys = calloc(1, sizeof *keys);
	struct error e;
	int status = EXIT_CLEAN;

	if (keys == NULL || path == NULL)
		status = cli_fail("policy", "verify wants --keys=FILE and policies");
	else if (!policy_signed_keys(path, keys, &e))
		status = cli_fail("policy", "%s: %s", path, e.text);
	for (int i = 1; i < argc && (status == EXIT_CLEAN || status == EXIT_FALSE); i++) {
		int one = verify_one(argv[i], keys);
		if (one != EXIT_CLEAN)
			status = one;
	}
	free(keys);
	return standard_written() ? status : EXIT_CANNOT;
}
