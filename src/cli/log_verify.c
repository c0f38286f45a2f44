/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "cli/log_cli.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* verify: an entry and its proof, offline, and that the log grew from a head that is at hand. */

struct verifying {
	struct log_policy policy;
	struct buf proof, entry, since, growth;
	struct quorum_seen seen;
	struct checkpoint head;
};

/* That the proof's tree begins with the older one. */
static bool check_growth(struct verifying *v, struct error *e)
{
	struct bundle_growth growth;
	struct quorum_seen seen;
	struct checkpoint before;
	size_t log;

	return quorum_check(&v->policy.quorum, buf_span(&v->since), &before, &log, &seen, e) &&
	       bundle_parse_growth(buf_span(&v->growth), &growth, e) &&
	       (growth.old == before.size ||
		error_set(e, REASON_DAMAGED, PLACE_NONE, "the growth is from another size")) &&
	       merkle_check_consistency(before.size, v->head.size, &before.root, &v->head.root,
					&growth.proof, e);
}

static bool check(struct verifying *v, struct error *e)
{
	struct merkle_hash leaf = merkle_leaf(buf_span(&v->entry));
	struct bundle b;
	size_t log;

	if (!bundle_parse(buf_span(&v->proof), &b, e) ||
	    !quorum_check(&v->policy.quorum, b.checkpoint, &v->head, &log, &v->seen, e) ||
	    !bundle_check(&b, &leaf, v->head.size, &v->head.root, e) ||
	    (v->since.n != 0 && !check_growth(v, e)))
		return false;
	printf("entry %llu of %s, under a head of %llu entries\n", (unsigned long long)b.index,
	       v->policy.quorum.log[log].key.name, (unsigned long long)v->head.size);
	for (size_t i = 0; i < v->policy.quorum.n_witnesses; i++)
		if (v->seen.by[i])
			printf("cosigned by %s at %llu\n", v->policy.quorum.witness[i].key.name,
			       (unsigned long long)v->seen.time[i]);
	if (v->since.n != 0)
		puts("the log begins with the older head's");
	return true;
}

int log_verify(int argc, char **argv)
{
	static const struct option options[] = { { "policy", required_argument, NULL, 'p' },
						 { "since", required_argument, NULL, 's' },
						 { "growth", required_argument, NULL, 'g' },
						 { 0 } };
	const char *policy = NULL, *since = NULL, *growth = NULL;
	struct verifying *v = calloc(1, sizeof *v);
	struct error e;
	int option, status = EXIT_CLEAN;

	if (v == NULL)
		return log_fail("no memory");
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'p')
			policy = optarg;
		else if (option == 's')
			since = optarg;
		else if (option == 'g')
			growth = optarg;
	}
	if (argc - optind != 2 || policy == NULL || (since == NULL) != (growth == NULL))
		status = log_fail("verify: see `pellucid log --help`");
	else if (!log_read_policy(policy, &v->policy, &e) ||
		 !log_read(argv[optind], BUNDLE_MAX_SIZE, &v->proof, &e) ||
		 !log_read(argv[optind + 1], TILE_MAX_ENTRY, &v->entry, &e) ||
		 (since != NULL && (!log_read(since, NOTE_MAX_SIZE, &v->since, &e) ||
				    !log_read(growth, BUNDLE_MAX_SIZE, &v->growth, &e))))
		status = log_fail("%s", e.text);
	else if (!check(v, &e)) {
		log_fail("%s", e.text);
		status = EXIT_FALSE;
	}
	buf_release(&v->policy.text);
	buf_release(&v->proof);
	buf_release(&v->entry);
	buf_release(&v->since);
	buf_release(&v->growth);
	free(v);
	return status;
}
