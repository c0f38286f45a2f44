/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verb_release.h"
#include "base/hash.h"
#include "base/io.h"
#include "trust/signer.h"
#include "trust/verify/strict.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static const char help[] =
	"usage: pellucid release make --channel=NAME -o DIR [--after=DIR] [--days=N]\n"
	"                        [--removed=ID:REASON:FILE]... SOURCE...\n"
	"       pellucid release sign --key=FILE DIR\n"
	"       pellucid release show DIR\n"
	"       pellucid release verify --policy=FILE --keys=FILE --proof=FILE [--growth=FILE]\n"
	"                        [--state=FILE [--accept]] [--between=ENTRY]... [--old=DIR]\n"
	"                        [--channel=NAME] [--now=SECONDS] DIR\n"
	"       pellucid release extract DIR OUT\n"
	"\n"
	"A release is a directory: `release`, which is signed and becomes an entry of the log, "
	"and\n"
	"its artefacts.  Channels: rules, policies, program, trust.  Reasons for a removal:\n"
	"false-positive, superseded, obsolete, defective, legal, withdrawn.\n"
	"\n"
	"Status: 0 done or accepted, 2 could not, 4 refused.\n";

enum { OPT_ACCEPT = 256, OPT_NOW, OPT_DAYS, OPT_ISSUED, OPT_BETWEEN, OPT_OLD, OPT_GROWTH };

static const struct option options[] = { { "channel", required_argument, NULL, 'c' },
					 { "output", required_argument, NULL, 'o' },
					 { "after", required_argument, NULL, 'a' },
					 { "removed", required_argument, NULL, 'r' },
					 { "key", required_argument, NULL, 'k' },
					 { "policy", required_argument, NULL, 'p' },
					 { "keys", required_argument, NULL, 'K' },
					 { "proof", required_argument, NULL, 'P' },
					 { "state", required_argument, NULL, 's' },
					 { "growth", required_argument, NULL, OPT_GROWTH },
					 { "between", required_argument, NULL, OPT_BETWEEN },
					 { "old", required_argument, NULL, OPT_OLD },
					 { "accept", no_argument, NULL, OPT_ACCEPT },
					 { "now", required_argument, NULL, OPT_NOW },
					 { "days", required_argument, NULL, OPT_DAYS },
					 { "issued", required_argument, NULL, OPT_ISSUED },
					 { "help", no_argument, NULL, 'h' },
					 { 0 } };

/* ---- files of a release */

bool release_read(const char *dir, const char *name, size_t max, struct buf *out, struct error *e)
{
	char path[DURABLE_PATH_SIZE];

	buf_init(out, max);
	return durable_path(path, e, "%s/%s", dir, name) &&
	       (io_read_file(path, out, e) || error_wrap(e, "%s: ", path));
}

bool release_write(const char *dir, const char *name, struct span bytes, struct error *e)
{
	char path[DURABLE_PATH_SIZE];

	return durable_path(path, e, "%s/%s", dir, name) && durable_write(path, bytes, 0644, e);
}

/* Each artefact that the release names lies in the directory and is what is named. */
static bool check_files(const struct release *r, const char *dir, struct error *e)
{
	char name[RELEASE_MAX_NAME + 1];
	uint8_t digest[32];

	for (size_t i = 0; i < r->n_artifacts; i++) {
		const struct release_artifact *a = &r->artifact[i];
		struct buf b;
		snprintf(name, sizeof name, "%.*s", (int)a->name.n, (const char *)a->name.p);
		bool ok = release_read(dir, name, RELEASE_MAX_ARTIFACT, &b, e) &&
			  hash_of(HASH_SHA256, buf_span(&b), digest) &&
			  release_check_artifact(a, b.n, digest, e);
		buf_release(&b);
		if (!ok)
			return false;
	}
	return true;
}

/* ---- sign */

/* Text and signatures of what is in `release`, which may bear none yet. */
static bool split(struct span whole, struct note *out)
{
	struct error e;

	if (note_parse(whole, out, &e))
		return true;
	*out = (struct note){ .text = whole };
	return whole.n != 0;
}

static bool sign(const char *dir, const char *key, struct error *e)
{
	struct buf file = { 0 }, skey, out;
	struct release *r = malloc(sizeof *r);
	struct signer s = { 0 };
	struct note note;
	bool ok = r != NULL && release_read(dir, "release", RELEASE_MAX_SIZE, &file, e);

	buf_init(&skey, SIGNER_MAX_SKEY);
	buf_init(&out, RELEASE_MAX_SIZE);
	ok = ok && io_read_file(key, &skey, e) && signer_parse(buf_span(&skey), &s, e);
	if (ok && (s.key.type != NOTE_ED25519 || !split(buf_span(&file), &note)))
		ok = error_set(e, REASON_DAMAGED, PLACE_NONE, "no release, or no key for one");
	if (ok) {
		buf_put_span(&out, note.text);
		buf_put_text(&out, "\n");
		buf_put_span(&out, note.signatures);
		signer_line(&s, note.text, 0, &out);
		ok = release_parse(buf_span(&out), r, e) && check_files(r, dir, e) &&
		     release_write(dir, "release", buf_span(&out), e);
	}
	if (ok)
		printf("signed by %s\n", s.key.name);
	signer_forget(&s);
	buf_release(&skey);
	buf_release(&out);
	buf_release(&file);
	free(r);
	return ok;
}

/* ---- show */

static bool show(const char *dir, struct error *e)
{
	struct release *r = malloc(sizeof *r);
	struct note_signature s;
	struct buf file = { 0 };
	bool ok = r != NULL && release_read(dir, "release", RELEASE_MAX_SIZE, &file, e) &&
		  release_parse(buf_span(&file), r, e) && check_files(r, dir, e);

	if (ok) {
		char hex[65];
		struct merkle_hash leaf = merkle_leaf(buf_span(&file));
		hex_text(leaf.b, 32, hex);
		fwrite(r->note.text.p, 1, r->note.text.n, stdout);
		for (struct cursor c = cursor_of(r->note.signatures); note_next(&c, &s);)
			printf("signed by %.*s (not verified)\n", (int)s.name.n,
			       (const char *)s.name.p);
		printf("leaf %s\n", hex);
	}
	buf_release(&file);
	free(r);
	return ok;
}

/* ---- extract */

static bool extract(const char *dir, const char *to, struct error *e)
{
	struct release *r = malloc(sizeof *r);
	struct buf file = { 0 }, artifact = { 0 };
	bool ok = r != NULL && release_read(dir, "release", RELEASE_MAX_SIZE, &file, e) &&
		  release_parse(buf_span(&file), r, e) && check_files(r, dir, e) &&
		  release_read(dir, release_main_name(r->channel), RELEASE_MAX_ARTIFACT, &artifact,
			       e) &&
		  release_items_extract(buf_span(&artifact), r->channel == RELEASE_RULES, to, e);

	buf_release(&artifact);
	buf_release(&file);
	free(r);
	return ok;
}

/* ---- arguments */

static bool number(const char *text, uint64_t *out) { return strict_decimal(span_of(text), out); }

static bool one_option(struct release_request *q, int option)
{
	switch (option) {
	case 'c':
		q->has_channel = release_channel_of(span_of(optarg), &q->channel);
		return q->has_channel;
	case 'o':
		q->output = optarg;
		return true;
	case 'a':
		q->after = optarg;
		return true;
	case 'r':
		if (q->n_removed == RELEASE_MAX_REMOVED)
			return false;
		q->removed[q->n_removed++] = optarg;
		return true;
	case 'k':
		q->key = optarg;
		return true;
	case 'p':
		q->policy = optarg;
		return true;
	case 'K':
		q->keys = optarg;
		return true;
	case 'P':
		q->proof = optarg;
		return true;
	case 's':
		q->state = optarg;
		return true;
	case OPT_GROWTH:
		q->growth = optarg;
		return true;
	case OPT_BETWEEN:
		if (q->n_between == RELEASE_MAX_MISSED)
			return false;
		q->between[q->n_between++] = optarg;
		return true;
	case OPT_OLD:
		q->old = optarg;
		return true;
	case OPT_ACCEPT:
		q->accept = true;
		return true;
	case OPT_NOW:
		return number(optarg, &q->now);
	case OPT_ISSUED:
		return number(optarg, &q->issued);
	case OPT_DAYS:
		return number(optarg, &q->days) && q->days >= 1 && q->days <= 14;
	default:
		return false;
	}
}

static int run(struct release_request *q, const char *what, int n, char **argument)
{
	struct error e = { 0 };
	bool ok;

	if (strcmp(what, "make") == 0 && q->has_channel && q->output != NULL)
		ok = release_make(q, n, argument, &e);
	else if (strcmp(what, "sign") == 0 && q->key != NULL && n == 1)
		ok = sign(argument[0], q->key, &e);
	else if (strcmp(what, "show") == 0 && n == 1)
		ok = show(argument[0], &e);
	else if (strcmp(what, "extract") == 0 && n == 2)
		ok = extract(argument[0], argument[1], &e);
	else if (strcmp(what, "verify") == 0 && n == 1 && q->policy != NULL && q->keys != NULL &&
		 q->proof != NULL)
		return release_verify(q, argument[0]);
	else
		return cli_fail("release", "see `pellucid release --help`");
	return ok ? EXIT_CLEAN : cli_fail("release", "%s", e.text);
}

int verb_release(int argc, char **argv)
{
	struct release_request *q = calloc(1, sizeof *q);
	int option, status = EXIT_CLEAN;
	bool asked = false;

	if (q == NULL)
		return cli_fail("release", "no memory");
	setvbuf(stdout, NULL, _IOLBF, 0); /* in the order of what goes to standard error */
	q->now = q->issued = (uint64_t)time(NULL);
	q->days = 7;
	while (status == EXIT_CLEAN && !asked &&
	       (option = getopt_long(argc, argv, "o:h", options, NULL)) != -1) {
		asked = option == 'h';
		if (!asked && !one_option(q, option))
			status = cli_fail("release", "see `pellucid release --help`");
	}
	if (asked)
		fputs(help, stdout);
	else if (status == EXIT_CLEAN && argc - optind >= 2)
		status = run(q, argv[optind], argc - optind - 1, argv + optind + 1);
	else if (status == EXIT_CLEAN)
		status = run(q, "", 0, NULL);
	free(q);
	return fflush(stdout) == 0 ? status : EXIT_CANNOT;
}
