/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/log_cli.h"
#include "cli/proofs_ask.h"
#include "trust/durable.h"
#include "trust/verify/strict.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/*
 * publish: the new head goes to every witness of the policy that has a URL, and is published when
 * the quorum has cosigned it.  A witness that saw another tree size last says so, and is given the
 * proof from there.
 */

struct publishing {
	struct fetch *fetch;
	const struct quorum *quorum;
	unsigned refused;
};

enum { MAX_ANSWER = 64 << 10, TRIES = 3 };

/* One add-checkpoint; *status is the answer's, or 0 where there was none. */
static bool ask(struct publishing *p, struct log_store *s, const struct quorum_witness *w,
		struct span note, uint64_t size, uint64_t old, struct buf *answer, long *status,
		struct error *e)
{
	char url[DURABLE_PATH_SIZE];
	struct buf body;

	buf_init(&body, 2 * (size_t)NOTE_MAX_SIZE);
	buf_reset(answer);
	bool ok = durable_path(url, e, "%.*s/add-checkpoint", (int)w->url.n,
			       (const char *)w->url.p) &&
		  log_store_growth(s, old, size, &body, e);
	buf_put_span(&body, note);
	ok = ok && fetch_post(p->fetch, url, buf_span(&body), answer, status, e);
	buf_release(&body);
	return ok;
}

static bool ask_witness(struct publishing *p, struct log_store *s, const struct quorum_witness *w,
			struct span note, uint64_t size, struct buf *lines)
{
	uint64_t old = log_store_head(s)->size;
	struct error e = { .text = "it does not keep to one tree size" };
	struct buf answer;
	struct span line;
	bool done = false, ok = true;

	buf_init(&answer, MAX_ANSWER);
	for (int i = 0; i < TRIES && ok && !done; i++) {
		long status = 0;
		ok = ask(p, s, w, note, size, old, &answer, &status, &e);
		struct span text = buf_span(&answer);
		if (!ok)
			break;
		if (status == 200) {
			ok = done = proofs_cosignature(&proofs_ask, &w->key, note, text, &line, &e);
			if (done)
				buf_put_span(lines, line);
		} else if (status != 409 || text.n == 0 ||
			   !strict_decimal(span_cut(text, 0, text.n - 1), &old) || old > size) {
			ok = error_set(&e, REASON_DENIED, PLACE_NONE, "it answers %ld", status);
		}
	}
	buf_release(&answer);
	if (!done)
		printf("witness %s: %s\n", w->key.name, e.text);
	return done;
}

static bool cosign(void *ctx, struct log_store *s, struct span note, struct buf *lines,
		   struct error *e)
{
	struct publishing *p = ctx;
	bool by[QUORUM_MAX_WITNESSES] = { 0 };
	struct checkpoint head;
	struct note parsed;
	size_t n = 0;

	if (!note_parse(note, &parsed, e) || !checkpoint_parse(parsed.text, &head, e))
		return false;
	for (size_t i = 0; i < p->quorum->n_witnesses; i++) {
		const struct quorum_witness *w = &p->quorum->witness[i];
		if (w->url.n != 0)
			by[i] = ask_witness(p, s, w, note, head.size, lines);
		n += by[i];
	}
	if (!quorum_met(p->quorum, by))
		return error_set(e, REASON_DENIED, PLACE_NONE,
				 "%zu of %zu witnesses cosigned, which is not the quorum; not "
				 "published",
				 n, p->quorum->n_witnesses);
	printf("cosigned by %zu of %zu witnesses\n", n, p->quorum->n_witnesses);
	return true;
}

static bool publish(const char *dir, const char *policy_path, struct error *e)
{
	struct publishing p = { 0 };
	struct log_policy policy = { 0 };
	struct log_store *s = NULL;
	bool ok = log_store_open(dir, &s, e);

	if (ok && policy_path != NULL) {
		ok = log_read_policy(policy_path, &policy, e) && fetch_open(&p.fetch, e);
		p.quorum = &policy.quorum;
	}
	ok = ok && log_store_publish(s, policy_path != NULL ? cosign : NULL, &p, e);
	if (ok)
		printf("published: %llu entries\n", (unsigned long long)log_store_head(s)->size);
	fetch_close(p.fetch);
	log_store_close(s);
	buf_release(&policy.text);
	return ok;
}

int log_publish(int argc, char **argv)
{
	static const struct option options[] = { { "policy", required_argument, NULL, 'p' },
						 { 0 } };
	const char *policy = NULL;
	struct error e;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option != 'p')
			return log_fail("publish: see `pellucid log --help`");
		policy = optarg;
	}
	if (argc - optind != 1)
		return log_fail("publish: see `pellucid log --help`");
	return publish(argv[optind], policy, &e) ? EXIT_CLEAN : log_fail("%s", e.text);
}
