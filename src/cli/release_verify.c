/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "base/io.h"
#include "cli/verb_release.h"
#include "trust/client_state.h"

#include <stdio.h>
#include <stdlib.h>

/* verify: the client's checks (trust/verify/accept.h), offline, and what they said. */

struct checking {
	const struct release_request *q;
	struct accept_policy policy;
	struct accept_state state;
	struct accept_offer offer;
	struct accept_result result;
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

/* Step 9.  What changed can be checked where the artefact before is at hand, or there was none. */
static bool check_artifact(struct checking *c, const char *dir, const struct release_artifact *a,
			   struct error *e)
{
	const struct release *r = &c->result.release;
	const char *main_name = release_main_name(r->channel);
	char name[RELEASE_MAX_NAME + 1];
	uint8_t digest[32];
	struct buf b;

	snprintf(name, sizeof name, "%.*s", (int)a->name.n, (const char *)a->name.p);
	bool ok = release_read(dir, name, (size_t)a->size + 1, &b, e) &&
		  hash_of(HASH_SHA256, buf_span(&b), digest) &&
		  release_check_artifact(a, b.n, digest, e);
	if (ok && span_is(a->name, main_name) && (c->q->old != NULL || r->seq == 1))
		ok = (c->q->old == NULL ||
		      release_read(c->q->old, main_name, RELEASE_MAX_ARTIFACT, &c->old, e)) &&
		     items_check_release(r, buf_span(&c->old), buf_span(&b), e);
	else if (ok && span_is(a->name, main_name))
		puts("note   its changes are not checked: name the release before with --old");
	buf_release(&b);
	return ok;
}

static enum accept_step check(struct checking *c, const char *dir, struct error *e)
{
	enum accept_step step = accept_release(&c->policy, &c->state, &c->offer, &c->result, e);
	const struct release *r = &c->result.release;

	if (step != ACCEPT_OK)
		return step;
	for (size_t i = 0; i < r->n_artifacts; i++)
		if (!check_artifact(c, dir, &r->artifact[i], e))
			return ACCEPT_ARTIFACTS;
	return ACCEPT_OK;
}

static int report(struct checking *c, const char *dir)
{
	struct error e;
	enum accept_step step = check(c, dir, &e);
	const struct release *r = &c->result.release;

	if (step != ACCEPT_OK) {
		printf("refused at %s: %s\n", accept_step_word(step), e.text);
		return EXIT_FALSE;
	}
	printf("holds  release %llu of channel %s is entry of a log of %llu entries\n",
	       (unsigned long long)r->seq, release_channel_name(r->channel),
	       (unsigned long long)c->result.head.size);
	printf("holds  %zu of %zu witnesses cosigned; two heads would need %zu of them corrupt\n",
	       c->result.seen.n, c->policy.quorum.n_witnesses, quorum_overlap(&c->policy.quorum));
	printf("holds  at least %zu release keys signed\n", c->policy.threshold);
	if (c->state.size != 0)
		printf("holds  the log begins with the %llu entries that were seen before\n",
		       (unsigned long long)c->state.size);
	for (size_t i = 0; i < r->n_artifacts; i++)
		printf("holds  %.*s is the artefact that is named\n", (int)r->artifact[i].name.n,
		       (const char *)r->artifact[i].name.p);
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
