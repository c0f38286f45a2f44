/* SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"
#include "cli/proofs_ask.h"
#include "cli/verb_release.h"
#include "trust/client_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* verify: the client's checks (trust/verify/accept.h), offline, and what they said. */

struct checking {
	const struct release_request *q;
	struct accept_policy policy;
	struct accept_state state;
	struct accept_offer offer;
	struct proofs_accepted result;
	struct buf policy_text, keys_text, proof, growth, entry, old, missed[RELEASE_MAX_MISSED];
	struct span between[RELEASE_MAX_MISSED];
};

static bool read_whole(const char *path, size_t max, struct buf *out, struct error *e)
{
	buf_init(out, max);
	return path == NULL || io_read_file(path, out, e) || error_wrap(e, "%s: ", path);
}

static bool read_policy(struct checking *c, struct error *e)
{
	const struct release_request *q = c->q;

	return read_whole(q->policy, QUORUM_MAX_SIZE, &c->policy_text, e) &&
	       (quorum_parse(buf_span(&c->policy_text), &c->policy.quorum, e) ||
		error_wrap(e, "%s: ", q->policy)) &&
	       read_whole(q->keys, 1 << 16, &c->keys_text, e) &&
	       (accept_parse_keys(buf_span(&c->keys_text), &c->policy, e) ||
		error_wrap(e, "%s: ", q->keys)) &&
	       (q->state == NULL || client_state_read(q->state, &c->state, e));
}

static bool read_offer(struct checking *c, const char *dir, struct error *e)
{
	const struct release_request *q = c->q;

	if (!read_whole(q->proof, BUNDLE_MAX_SIZE, &c->proof, e) ||
	    !read_whole(q->growth, BUNDLE_MAX_SIZE, &c->growth, e) ||
	    !release_read(dir, "release", RELEASE_MAX_SIZE, &c->entry, e))
		return false;
	for (size_t i = 0; i < q->n_between; i++) {
		if (!read_whole(q->between[i], RELEASE_MAX_SIZE, &c->missed[i], e))
			return false;
		c->between[i] = buf_span(&c->missed[i]);
	}
	c->offer = (struct accept_offer){ .bundle = buf_span(&c->proof),
					  .entry = buf_span(&c->entry),
					  .growth = buf_span(&c->growth),
					  .between = c->between,
					  .n_between = q->n_between,
					  .now = q->now };
	return true;
}

/* What changed can be checked where the artefact before is at hand, or there was none. */
static bool check_changes(struct checking *c, struct span new, struct error *e)
{
	const char *main_name = release_main_name(c->result.release.channel);
	struct release_count n;
	struct error why;
	bool honest;

	if (c->q->old == NULL && c->result.release.seq != 1) {
		puts("note   its changes are not checked: name the release before with --old");
		return true;
	}
	if ((c->q->old != NULL &&
	     !release_read(c->q->old, main_name, RELEASE_MAX_ARTIFACT, &c->old, e)) ||
	    !proofs_changes(&proofs_ask, buf_span(&c->entry), buf_span(&c->old), new, &n, &honest,
			    &why, NULL, NULL, e))
		return false;
	if (!honest)
		*e = why;
	return honest;
}

/* Step 9. */
static bool check_artifact(struct checking *c, const char *dir, const struct proofs_artifact *a,
			   struct error *e)
{
	struct buf b;
	bool ok = release_read(dir, a->name, (size_t)a->size + 1, &b, e) &&
		  proofs_check_artifact(a, buf_span(&b), e);

	if (ok && strcmp(a->name, release_main_name(c->result.release.channel)) == 0)
		ok = check_changes(c, buf_span(&b), e);
	buf_release(&b);
	return ok;
}

/* False: no answer came. */
static bool check(struct checking *c, const char *dir, enum accept_step *step, struct error *e)
{
	const struct proofs_texts texts = { buf_span(&c->policy_text), buf_span(&c->keys_text) };

	if (!proofs_accept(&proofs_ask, &c->policy, &texts, &c->state, &c->offer, false, step,
			   &c->result, e))
		return false;
	if (*step != ACCEPT_OK)
		return true;
	for (size_t i = 0; i < c->result.release.n_artifacts; i++)
		if (!check_artifact(c, dir, &c->result.release.artifact[i], e)) {
			*step = ACCEPT_ARTIFACTS;
			return !proofs_unanswered(e);
		}
	return true;
}

static int report(struct checking *c, const char *dir)
{
	struct error e;
	enum accept_step step;
	const struct proofs_release *r = &c->result.release;

	if (!check(c, dir, &step, &e))
		return cli_fail("release", "%s", e.text);
	if (step != ACCEPT_OK) {
		printf("refused at %s: %s\n", accept_step_word(step), e.text);
		return EXIT_FALSE;
	}
	printf("holds  release %llu of channel %s is entry of a log of %llu entries\n",
	       (unsigned long long)r->seq, release_channel_name(r->channel),
	       (unsigned long long)c->result.state.size);
	printf("holds  %zu of %zu witnesses cosigned; two heads would need %zu of them corrupt\n",
	       c->result.head.seen.n, c->policy.quorum.n_witnesses,
	       quorum_overlap(&c->policy.quorum));
	printf("holds  at least %zu release keys signed\n", c->policy.threshold);
	if (c->state.size != 0)
		printf("holds  the log begins with the %llu entries that were seen before\n",
		       (unsigned long long)c->state.size);
	for (size_t i = 0; i < r->n_artifacts; i++)
		printf("holds  %s is the artefact that is named\n", r->artifact[i].name);
	if (c->state.seq == 0)
		puts("note   nothing was accepted before: this release is trusted on first use");
	if (c->q->accept && c->q->state != NULL &&
	    !client_state_write(c->q->state, &c->result.state, &e))
		return cli_fail("release", "%s", e.text);
	puts(c->q->accept ? "accepted" : "would be accepted");
	return EXIT_CLEAN;
}

int release_verify(const struct release_request *q, const char *dir)
{
	struct checking *c = calloc(1, sizeof *c);
	struct error e;
	int status;

	if (c == NULL)
		return cli_fail("release", "no memory");
	c->q = q;
	if (!read_policy(c, &e) || !read_offer(c, dir, &e)) {
		status = cli_fail("release", "%s", e.text);
	} else {
		c->policy.channel = q->channel; /* rules where none is named */
		status = report(c, dir);
	}
	buf_release(&c->policy_text);
	buf_release(&c->keys_text);
	buf_release(&c->proof);
	buf_release(&c->growth);
	buf_release(&c->entry);
	buf_release(&c->old);
	for (size_t i = 0; i < q->n_between; i++)
		buf_release(&c->missed[i]);
	free(c);
	return status;
}
