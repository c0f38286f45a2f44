/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/trusted.h"

#include "base/hash.h"
#include "base/io.h"
#include "base/text.h"
#include "cli/release_items.h"
#include "cli/sources.h"
#include "trust/client_state.h"
#include "trust/durable.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
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

bool trusted_open(const char *dir, struct trusted **out, struct error *e)
{
	struct trusted *t = calloc(1, sizeof *t);
	const char *named = getenv("PELLUCID_TRUST");

	if (t == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory");
	t->dir = dir != NULL ? dir : named != NULL && named[0] != '\0' ? named : TRUSTED_DIRECTORY;
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

/* Maps a whole file; `bytes` is to be unmapped. */
static bool map_file(const char *path, struct span *bytes, struct error *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	*bytes = (struct span){ NULL, 0 };
	if (fd < 0)
		return error_set(e, REASON_IO, PLACE_NONE, "%s is not there", path);
	bool ok = io_map(fd, bytes, e);
	close(fd);
	return ok;
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
	struct accept_policy policy = t->policy;
	struct accept_state state = r->state;
	struct accept_offer offer = { .bundle = buf_span(&r->bundle),
				      .entry = buf_span(&r->entry) };
	struct checkpoint head;
	struct quorum_seen seen;
	struct bundle b;
	size_t log;

	if (!bundle_parse(offer.bundle, &b, e) ||
	    !quorum_check(&policy.quorum, b.checkpoint, &head, &log, &seen, e))
		return false;
	r->index = b.index;
	policy.channel = channel;
	offer.now = seen.fresh;
	/* the proof may be of an older head than the last one seen: then `update` checked that the
	 * log had only grown */
	if (remembered && head.size > state.size)
		return error_set(e, REASON_DAMAGED, PLACE_NONE,
				 "the proof is of a newer head than the one that was accepted");
	if (remembered && head.size == state.size && !merkle_equal(&head.root, &state.root))
		return error_set(e, REASON_DENIED, PLACE_NONE,
				 "fork: another tree of the same size was seen");
	state.size = state.time = 0;
	enum accept_step step = accept_release(&policy, &state, &offer, &r->result, e);
	if (step != ACCEPT_OK)
		return error_wrap(e, "%s: ", accept_step_word(step));
	return !remembered || !r->result.new ||
	       error_set(e, REASON_DENIED, PLACE_NONE, "release %llu is here and %llu was accepted",
			 (unsigned long long)r->result.release.seq,
			 (unsigned long long)r->state.seq);
}

bool trusted_check(const struct trusted *t, enum release_channel channel, const char *place,
		   const char *state, struct trusted_release *out, struct error *e)
{
	*out = (struct trusted_release){ .index = 0 };
	buf_init(&out->entry, RELEASE_MAX_SIZE);
	buf_init(&out->bundle, BUNDLE_MAX_SIZE);
	if (state != NULL && !client_state_read(state, &out->state, e))
		return false;
	if (state != NULL && out->state.seq == 0)
		return error_set(e, REASON_IO, PLACE_NONE, "%s: no release was brought in", place);
	return read_file(place, "release", &out->entry, e) &&
	       read_file(place, "proof.tlog-proof", &out->bundle, e) &&
	       check(t, channel, state != NULL, out, e);
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
	const struct release_artifact *a = release_artifact(&r->result.release, span_of(name));
	uint8_t digest[32];

	buf_init(out, RELEASE_MAX_ARTIFACT);
	return read_file(place, name, out, e) && hash_of(HASH_SHA256, buf_span(out), digest) &&
	       release_check_artifact(a, out->n, digest, e);
}

/* ---- the database */

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

/* In the directory that holds `rules`, so that sources have the names that they have everywhere. */
static bool build_here(struct buf *database, struct error *e)
{
	struct sources s;
	bool ok = sources_open(&s) && sources_add(&s, "rules", NULL, e) && sources_build(&s, e);

	if (ok)
		buf_put_span(database, sources_bytes(&s));
	sources_release(&s);
	return ok && (buf_ok(database) ||
		      error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a database"));
}

bool trusted_build(struct span rules, struct buf *database, struct error *e)
{
	const char *tmp = getenv("TMPDIR");
	char work[DURABLE_PATH_SIZE], inner[DURABLE_PATH_SIZE];
	int back = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool ok = false;

	(void)error_set(e, REASON_IO, PLACE_NONE, "no directory to build in");
	buf_init(database, SIZE_MAX);
	if (back >= 0 && durable_path(work, e, "%s/pellucid.XXXXXX", tmp != NULL ? tmp : "/tmp") &&
	    mkdtemp(work) != NULL) {
		ok = durable_path(inner, e, "%s/rules", work) &&
		     release_items_extract(rules, true, inner, e) && chdir(work) == 0 &&
		     build_here(database, e);
		if (fchdir(back) != 0)
			ok = false;
		(void)nftw(work, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	}
	if (back >= 0)
		close(back);
	return ok;
}

bool trusted_rules(const struct trusted *t, char path[TRUSTED_PATH], struct trusted_release *out,
		   struct error *e)
{
	char place[DURABLE_PATH_SIZE], state[DURABLE_PATH_SIZE], hex[HASH_MAX_HEX + 1];
	uint8_t digest[32];
	struct buf noted;
	struct span bytes = { NULL, 0 };

	*out = (struct trusted_release){ .index = 0 };
	if (!durable_path(place, e, "%s/rules/current", t->dir) ||
	    !durable_path(state, e, "%s/rules/state", t->dir) ||
	    !durable_path(path, e, "%s/rules.pel", place) ||
	    !trusted_check(t, RELEASE_RULES, place, state, out, e))
		return false;
	buf_init(&noted, 256);
	bool ok = read_file(place, "database", &noted, e) && map_file(path, &bytes, e);
	if (ok) {
		ok = hash_of(HASH_SHA256, bytes, digest);
		hex_text(digest, sizeof digest, hex);
		ok = ok && noted.n == 65 && memcmp(noted.p, hex, 64) == 0;
		if (!ok)
			(void)error_set(e, REASON_CHANGED, PLACE_NONE,
					"%s is not the database that was built of release %llu",
					path, (unsigned long long)out->state.seq);
	}
	io_unmap(bytes);
	buf_release(&noted);
	return ok;
}

static void say_standing(const struct trusted *t, const struct trusted_release *r,
			 char said[TRUSTED_SAID])
{
	enum accept_standing s = accept_standing(&t->policy, &r->state, (uint64_t)time(NULL));

	snprintf(said, TRUSTED_SAID, "rules: release %llu, proven (entry %llu of its log)%s",
		 (unsigned long long)r->state.seq, (unsigned long long)r->index,
		 s == ACCEPT_EXPIRED ? "; EXPIRED, a newer one may be withheld"
		 : s == ACCEPT_STALE ? "; STALE, a newer one may be withheld"
				     : "");
}

bool trusted_choose(const char *trust, bool named, char path[TRUSTED_PATH], char said[TRUSTED_SAID],
		    struct error *e)
{
	struct trusted_release r = { .index = 0 };
	struct trusted *t = NULL;
	bool ok = true;

	path[0] = '\0';
	snprintf(said, TRUSTED_SAID, "rules: not proven (no trust policy%s)",
		 trust != NULL && strcmp(trust, "none") == 0 ? ", as asked for" : "");
	if (trust != NULL && strcmp(trust, "none") == 0)
		return true;
	if (!trusted_open(trust, &t, e))
		return false;
	if (t->configured && named)
		ok = error_set(
			e, REASON_DENIED, PLACE_NONE,
			"this machine has a trust policy (%s): rules that no release proves are "
			"not loaded; --trust=none does without it",
			t->dir);
	else if (t->configured)
		ok = trusted_rules(t, path, &r, e) ||
		     error_wrap(e, "the rules are not proven, and are not loaded: ");
	if (ok && t->configured)
		say_standing(t, &r, said);
	else if (ok && trust != NULL)
		ok = error_set(e, REASON_IO, PLACE_NONE, "no trust policy in %s", t->dir);
	trusted_release_free(&r);
	trusted_free(t);
	return ok;
}

/* ---- the program */

bool trusted_prefix(char prefix[TRUSTED_PATH])
{
	ssize_t n = readlink("/proc/self/exe", prefix, TRUSTED_PATH - 1);

	if (n <= 0)
		return false;
	prefix[n] = '\0';
	for (unsigned i = 0; i < 2; i++) { /* bin/pellucid */
		char *slash = strrchr(prefix, '/');
		if (slash == NULL)
			return false;
		*slash = '\0';
	}
	return true;
}

/* "sha256 HEX\nsize N\n" of one file */
static bool same_file(const struct items_item *item, const char *prefix, struct error *e)
{
	char path[DURABLE_PATH_SIZE], want[160], hex[HASH_MAX_HEX + 1];
	struct span bytes;
	uint8_t digest[32];

	if (!durable_path(path, e, "%s/%.*s", prefix, (int)item->id.n, (const char *)item->id.p))
		return false;
	if (!map_file(path, &bytes, e))
		return false;
	bool ok = hash_of(HASH_SHA256, bytes, digest);
	hex_text(digest, sizeof digest, hex);
	snprintf(want, sizeof want, "sha256 %s\nsize %zu\n", hex, bytes.n);
	ok = ok && span_is(item->text, want);
	io_unmap(bytes);
	return ok ||
	       error_set(e, REASON_CHANGED, PLACE_NONE, "%s is not the file of the release", path);
}

bool trusted_program(struct span items, const char *prefix, size_t *n, struct error *e)
{
	struct cursor c = cursor_of(items);
	struct items_item item = { .id = { NULL, 0 } };

	*n = 0;
	if (!items_begin(&c, e))
		return false;
	while (items_next(&c, item.id, &item, e)) {
		if (!same_file(&item, prefix, e))
			return false;
		++*n;
	}
	return cursor_ok(&c) &&
	       (*n != 0 || error_set(e, REASON_DAMAGED, PLACE_NONE, "the release names no files"));
}
