/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/log_cli.h"
#include "trust/chunks.h"
#include "trust/durable.h"
#include "trust/verify/bundle.h"
#include "trust/verify/strict.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* key, init, add, prove: what needs no network. */

enum { MAX_ARTIFACTS = 64 };

static const struct option options[] = { { "key", required_argument, NULL, 'k' },
					 { "witness", no_argument, NULL, 'w' },
					 { "artifact", required_argument, NULL, 'a' },
					 { "since", required_argument, NULL, 's' },
					 { 0 } };

struct arguments {
	const char *key, *since, *artifact[MAX_ARTIFACTS];
	size_t n_artifacts;
	bool witness;
};

/* Reads options; false where one is unknown or the positional arguments are not `least` to
 * `most`. */
static bool read_arguments(int argc, char **argv, struct arguments *a, int least, int most)
{
	int option;

	*a = (struct arguments){ 0 };
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'k')
			a->key = optarg;
		else if (option == 'w')
			a->witness = true;
		else if (option == 's')
			a->since = optarg;
		else if (option == 'a' && a->n_artifacts < MAX_ARTIFACTS)
			a->artifact[a->n_artifacts++] = optarg;
		else
			return false;
	}
	return argc - optind >= least && argc - optind <= most;
}

static int misused(const char *name) { return log_fail("%s: see `pellucid log --help`", name); }

int log_key(int argc, char **argv)
{
	char skey[SIGNER_MAX_SKEY + 1], vkey[NOTE_MAX_VKEY];
	struct arguments a;
	struct signer s;
	struct error e;

	if (!read_arguments(argc, argv, &a, 2, 2))
		return misused("key");
	const char *name = argv[optind], *path = argv[optind + 1];
	if (access(path, F_OK) == 0)
		return log_fail("%s exists; a key is not overwritten", path);
	if (!signer_generate(span_of(name), a.witness ? NOTE_COSIGNATURE : NOTE_ED25519, &s, &e))
		return log_fail("%s", e.text);
	signer_write(&s, skey);
	strcat(skey, "\n");
	note_key_write(&s.key, vkey);
	signer_forget(&s);
	if (!durable_write(path, span_of(skey), 0600, &e))
		return log_fail("%s", e.text);
	puts(vkey);
	return EXIT_CLEAN;
}

int log_init(int argc, char **argv)
{
	struct arguments a;
	struct signer s;
	struct error e;
	struct buf skey;

	if (!read_arguments(argc, argv, &a, 1, 1) || a.key == NULL)
		return misused("init");
	bool ok = log_read(a.key, SIGNER_MAX_SKEY, &skey, &e) &&
		  signer_parse(buf_span(&skey), &s, &e);
	buf_release(&skey);
	if (!ok)
		return log_fail("%s", e.text);
	if (s.key.type != NOTE_ED25519)
		ok = error_set(&e, REASON_DAMAGED, PLACE_NONE, "%s is a witness's key", a.key);
	ok = ok && log_store_create(argv[optind], &s, &e);
	signer_forget(&s);
	if (!ok)
		return log_fail("%s", e.text);
	printf("log %s, empty, in %s\n", s.key.name, argv[optind]);
	return EXIT_CLEAN;
}

/* The artefacts that an entry names, where they can be fetched: before the entry. */
static bool add_artifacts(const char *dir, const struct arguments *a, struct error *e)
{
	char public[DURABLE_PATH_SIZE], hex[65];

	if (!durable_path(public, e, "%s/public", dir))
		return false;
	for (size_t i = 0; i < a->n_artifacts; i++) {
		struct buf b;
		bool ok = log_read(a->artifact[i], RELEASE_MAX_ARTIFACT, &b, e) &&
			  chunks_write(public, buf_span(&b), hex, e);
		buf_release(&b);
		if (!ok)
			return false;
		printf("artefact %s is %s\n", a->artifact[i], hex);
	}
	return true;
}

int log_add(int argc, char **argv)
{
	struct log_store *s;
	struct arguments a;
	struct error e;
	uint64_t index;
	bool ok = true;

	if (!read_arguments(argc, argv, &a, 1, 10000))
		return misused("add");
	const char *dir = argv[optind];
	if (!log_store_open(dir, &s, &e))
		return log_fail("%s", e.text);
	ok = add_artifacts(dir, &a, &e);
	for (int i = optind + 1; ok && i < argc; i++) {
		struct buf b;
		ok = log_read(argv[i], TILE_MAX_ENTRY, &b, &e) &&
		     log_store_add(s, buf_span(&b), &index, &e);
		if (ok)
			printf("entry %llu: %s\n", (unsigned long long)index, argv[i]);
		buf_release(&b);
	}
	log_store_close(s);
	return ok ? EXIT_CLEAN : log_fail("%s", e.text);
}

int log_prove(int argc, char **argv)
{
	struct log_store *s;
	struct arguments a;
	struct error e;
	struct buf out;
	uint64_t n = 0, since = 0;

	if (!read_arguments(argc, argv, &a, 1, 2) ||
	    (argc - optind == 2 && !strict_decimal(span_of(argv[optind + 1]), &n)) ||
	    (argc - optind == 2) == (a.since != NULL) ||
	    (a.since != NULL && !strict_decimal(span_of(a.since), &since)))
		return misused("prove");
	if (!log_store_open(argv[optind], &s, &e))
		return log_fail("%s", e.text);
	buf_init(&out, BUNDLE_MAX_SIZE);
	bool ok = a.since != NULL ? log_store_growth(s, since, log_store_head(s)->size, &out, &e)
				  : log_store_prove(s, n, &out, &e);
	ok = ok && fwrite(out.p, 1, out.n, stdout) == out.n;
	buf_release(&out);
	log_store_close(s);
	return ok ? EXIT_CLEAN : log_fail("%s", e.text);
}
