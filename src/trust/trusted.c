/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/trusted.h"

#include "base/hash.h"
#include "base/io.h"
#include "base/text.h"
#include "trust/client_state.h"
#include "trust/durable.h"
#include "trust/generations.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- whom to believe */

static bool read_policy(struct trusted *t, struct error *e)
{
	char path[DURABLE_PATH_SIZE];
	bool there;

	return durable_path(path, e, "%s/policy", t->dir) &&
	       durable_read(path, &t->policy_text, &t->configured, e) &&
	       (!t->configured || ((quorum_parse(buf_span(&t->policy_text), &t->policy.quorum, e) ||
				    error_wrap(e, "%s: ", path)) &&
				   durable_path(path, e, "%s/keys", t->dir) &&
				   durable_read(path, &t->keys_text, &there, e) &&
				   (accept_parse_keys(buf_span(&t->keys_text), &t->policy, e) ||
				    error_wrap(e, "%s: ", path))));
}

bool trusted_open(const char *dir, const struct proofs *proofs, struct trusted **out,
		  struct error *e)
{
	struct trusted *t = calloc(1, sizeof *t);

	if (t == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory");
	t->dir = dir;
	t->proofs = proofs;
	buf_init(&t->policy_text, QUORUM_MAX_SIZE);
	buf_init(&t->keys_text, 1 << 16);
	if (!read_policy(t, e)) {
		trusted_free(t);
		return false;
	}
	*out = t;
	return true;
}

void trusted_free(struct trusted *t)
{
	if (t == NULL)
		return;
	buf_release(&t->policy_text);
	buf_release(&t->keys_text);
	free(t);
}

/* ---- a release */

static bool read_file(const char *place, const char *name, struct buf *out, struct error *e)
{
	char path[DURABLE_PATH_SIZE];
	bool there = false;

	return durable_path(path, e, "%s/%s", place, name) && durable_read(path, out, &there, e) &&
	       (there || error_set(e, REASON_IO, PLACE_NONE, "%s is not there", path));
}

/* All but the clock: as it was at the moment of the head that the proof was made under. */
static bool check(const struct trusted *t, enum release_channel channel, bool remembered,
		  struct trusted_release *r, struct error *e)
{
	const struct proofs_texts texts = { buf_span(&t->policy_text), buf_span(&t->keys_text) };
	const struct accept_offer offer = { .bundle = buf_span(&r->bundle),
					    .entry = buf_span(&r->entry) };
	const struct accept_state *n = &r->result.state;
	struct accept_policy policy = t->policy;
	enum accept_step step;

	policy.channel = channel;
	if (!proofs_accept(t->proofs, &policy, &texts, &r->state, &offer, true, &step, &r->result,
			   e))
		return false;
	if (step != ACCEPT_OK)
		return error_wrap(e, "%s: ", accept_step_word(step));
	r->result.head.head.origin = span_of(t->policy.quorum.log[r->result.head.log].key.name);
	/* the proof may be of an older head than the last one seen: then `update` checked that the
	 * log had only grown */
	if (remembered && n->size > r->state.size)
		return error_set(e, REASON_DAMAGED, PLACE_NONE,
				 "the proof is of a newer head than the one that was accepted");
	if (remembered && n->size == r->state.size && !merkle_equal(&n->root, &r->state.root))
		return error_set(e, REASON_DENIED, PLACE_NONE,
				 "fork: another tree of the same size was seen");
	return !remembered || !r->result.new ||
	       error_set(e, REASON_DENIED, PLACE_NONE, "release %llu is here and %llu was accepted",
			 (unsigned long long)r->result.release.seq,
			 (unsigned long long)r->state.seq);
}

static bool check_in(const struct trusted *t, enum release_channel channel, const char *place,
		     bool remembered, struct trusted_release *out, struct error *e)
{
	buf_init(&out->entry, RELEASE_MAX_SIZE);
	buf_init(&out->bundle, BUNDLE_MAX_SIZE);
	return read_file(place, "release", &out->entry, e) &&
	       read_file(place, "proof.tlog-proof", &out->bundle, e) &&
	       check(t, channel, remembered, out, e);
}

bool trusted_check(const struct trusted *t, enum release_channel channel, const char *place,
		   struct trusted_release *out, struct error *e)
{
	*out = (struct trusted_release){ .left = 0 };
	return check_in(t, channel, place, false, out, e);
}

/* The directory of a channel, and of the release in it that is used. */
static bool channel_place(const struct trusted *t, enum release_channel channel,
			  char dir[DURABLE_PATH_SIZE], char place[DURABLE_PATH_SIZE],
			  struct error *e)
{
	return durable_path(dir, e, "%s/%s", t->dir, release_channel_name(channel)) &&
	       durable_path(place, e, "%s/current", dir);
}

bool trusted_used(const struct trusted *t, enum release_channel channel, char place[TRUSTED_PATH],
		  struct trusted_release *out, struct error *e)
{
	char dir[DURABLE_PATH_SIZE];
	struct accept_state accepted;

	*out = (struct trusted_release){ .left = 0 };
	if (!channel_place(t, channel, dir, place, e) ||
	    !client_state_of(dir, &accepted, &out->state, e))
		return false;
	out->left = generations_left(dir);
	if (out->state.seq == 0)
		return error_set(e, REASON_IO, PLACE_NONE, "%s: no release was brought in", place);
	return check_in(t, channel, place, true, out, e);
}

void trusted_release_free(struct trusted_release *r)
{
	buf_release(&r->entry);
	buf_release(&r->bundle);
}

bool trusted_artifact(const struct trusted_release *r, const char *place, struct buf *out,
		      struct error *e)
{
	const char *name = release_main_name(r->result.release.channel);

	buf_init(out, RELEASE_MAX_ARTIFACT);
	return read_file(place, name, out, e) &&
	       proofs_check_artifact(proofs_artifact(&r->result.release, name), buf_span(out), e);
}

/* ---- the database */

/* Is the database in a release's directory the one that was built when it came? */
static bool same_database(const char *place, char path[TRUSTED_PATH], uint64_t seq, struct error *e)
{
	char hex[HASH_MAX_HEX + 1];
	uint8_t digest[32];
	struct buf noted;
	struct span bytes = { NULL, 0 };

	buf_init(&noted, 256);
	bool ok = durable_path(path, e, "%s/rules.pel", place) &&
		  read_file(place, "database", &noted, e) && io_map_path(path, &bytes, e);
	if (ok) {
		ok = hash_of(HASH_SHA256, bytes, digest);
		hex_text(digest, sizeof digest, hex);
		ok = ok && noted.n == 65 && memcmp(noted.p, hex, 64) == 0;
		if (!ok)
			(void)error_set(e, REASON_CHANGED, PLACE_NONE,
					"%s is not the database that was built of release %llu",
					path, (unsigned long long)seq);
	}
	io_unmap(bytes);
	buf_release(&noted);
	return ok;
}

bool trusted_rules(const struct trusted *t, char path[TRUSTED_PATH], struct trusted_release *out,
		   struct error *e)
{
	char place[DURABLE_PATH_SIZE];

	return trusted_used(t, RELEASE_RULES, place, out, e) &&
	       same_database(place, path, out->state.seq, e);
}

bool trusted_rules_before(const struct trusted *t, uint64_t seq, char path[TRUSTED_PATH],
			  uint64_t *before, struct error *e)
{
	char dir[DURABLE_PATH_SIZE], place[DURABLE_PATH_SIZE];
	struct trusted_release r = { .left = 0 };

	if (!channel_place(t, RELEASE_RULES, dir, place, e))
		return false;
	*before = generations_before(dir, seq);
	if (*before == 0)
		return error_set(e, REASON_IO, PLACE_NONE, "no release before %llu is here",
				 (unsigned long long)seq);
	bool ok = durable_path(place, e, "%s/gen/%llu", dir, (unsigned long long)*before) &&
		  check_in(t, RELEASE_RULES, place, false, &r, e) &&
		  same_database(place, path, *before, e);
	trusted_release_free(&r);
	return ok;
}

void trusted_say(const struct trusted *t, const struct trusted_release *r, uint64_t now,
		 char said[TRUSTED_SAID])
{
	enum accept_standing s = accept_standing(&t->policy, &r->state, now);
	int n = snprintf(said, TRUSTED_SAID, "release %llu, proven (entry %llu of its log)%s",
			 (unsigned long long)r->state.seq, (unsigned long long)r->result.index,
			 s == ACCEPT_EXPIRED ? "; EXPIRED, a newer one may be withheld"
			 : s == ACCEPT_STALE ? "; STALE, a newer one may be withheld"
					     : "");

	if (r->left != 0 && n > 0 && n < TRUSTED_SAID)
		snprintf(said + n, TRUSTED_SAID - (size_t)n,
			 "; release %llu was left, for workers died of it",
			 (unsigned long long)r->left);
}
