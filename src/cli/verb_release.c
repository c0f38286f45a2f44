/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verb_release.h"
#include "base/hash.h"
#include "base/io.h"
#include "base/standard.h"
#include "base/text.h"
#include "cli/jobs.h"
#include "cli/proofs_ask.h"
#include "cli/release_extract.h"
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
	"                        [--issued=SECONDS] [--removed=ID:REASON:FILE]... SOURCE...\n"
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

/* What is in DIR/release, read by a worker. */
struct opened {
	struct buf file;
	struct proofs_entry entry;
};

static void close_release(struct opened *o)
{
	buf_release(&o->file);
	buf_release(&o->entry.signers);
}

/* Opens it, and sees that each artefact that it names lies beside it and is what is named. */
static bool open_release(const char *dir, bool unsigned_too, struct opened *o, struct error *e)
{
	*o = (struct opened){ .entry = { .text = { NULL, 0 } } };
	bool ok = release_read(dir, "release", RELEASE_MAX_SIZE, &o->file, e) &&
		  proofs_entry(&proofs_ask, buf_span(&o->file), unsigned_too, &o->entry, e);

	for (size_t i = 0; ok && i < o->entry.release.n_artifacts; i++) {
		const struct proofs_artifact *a = &o->entry.release.artifact[i];
		struct buf b;
		ok = release_read(dir, a->name, RELEASE_MAX_ARTIFACT, &b, e) &&
		     proofs_check_artifact(a, buf_span(&b), e);
		buf_release(&b);
	}
	return ok;
}

/* ---- sign */

static bool sign(const char *dir, const char *key, struct error *e)
{
	struct buf skey, out;
	struct signer s = { 0 };
	struct opened o;
	bool ok = open_release(dir, true, &o, e);

	buf_init(&skey, SIGNER_MAX_SKEY);
	buf_init(&out, RELEASE_MAX_SIZE);
	ok = ok && io_read_file(key, &skey, e) && signer_parse(buf_span(&skey), &s, e);
	if (ok && s.key.type != NOTE_ED25519)
		ok = error_set(e, REASON_DAMAGED, PLACE_NONE, "no key for a release");
	if (ok) {
		buf_put_span(&out, o.entry.text);
		buf_put_text(&out, "\n");
		buf_put_span(&out, o.entry.signatures);
		signer_line(&s, o.entry.text, 0, &out);
		ok = (buf_ok(&out) || error_set(e, REASON_LIMIT, PLACE_NONE,
						"a release is over %d bytes", RELEASE_MAX_SIZE)) &&
		     release_write(dir, "release", buf_span(&out), e);
	}
	if (ok)
		printf("signed by %s\n", s.key.name);
	signer_forget(&s);
	buf_release(&skey);
	buf_release(&out);
	close_release(&o);
	return ok;
}

/* ---- show */

/* A stranger's names, one on each line. */
static void show_signers(struct span names)
{
	for (struct cursor c = cursor_of(names); cursor_left(&c) != 0;) {
		struct buf line;
		struct span name = cursor_line(&c, NOTE_MAX_NAME + 1);
		if (!cursor_ok(&c))
			break;
		buf_init(&line, 4 * NOTE_MAX_NAME);
		text_show(&line, name);
		printf("signed by %.*s (not verified)\n", (int)line.n, (const char *)line.p);
		buf_release(&line);
	}
}

static bool show(const char *dir, struct error *e)
{
	struct opened o;
	bool ok = open_release(dir, false, &o, e);

	if (ok) {
		char hex[65];
		struct merkle_hash leaf = merkle_leaf(buf_span(&o.file));
		hex_text(leaf.b, 32, hex);
		jobs_print(stdout, o.entry.text);
		show_signers(buf_span(&o.entry.signers));
		printf("leaf %s\n", hex);
	}
	close_release(&o);
	return ok;
}

/* ---- extract */

static bool extract(const char *dir, const char *to, struct error *e)
{
	struct buf artifact = { 0 };
	struct opened o;
	bool ok = open_release(dir, false, &o, e);
	enum release_channel channel = ok ? o.entry.release.channel : RELEASE_RULES;

	ok = ok &&
	     release_read(dir, release_main_name(channel), RELEASE_MAX_ARTIFACT, &artifact, e) &&
	     release_extract(buf_span(&artifact), channel == RELEASE_RULES, to, e);
	buf_release(&artifact);
	close_release(&o);
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
	return standard_written() ? status : EXIT_CANNOT;
}
