/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/verify/release.h"
#include "trust/verify/strict.h"

#define NAME_MORE    "._-"
#define ID_MORE      "._-/:@+"
#define RELEASE_KIND "pellucid/release/v1"

static const char *const channels[] = { "rules", "policies", "program", "trust" };
static const char *const mains[] = { "rules.txt", "policies.txt", "program.txt", "trust.txt" };
static const char *const reasons[] = { "false-positive", "superseded", "obsolete",
				       "defective",      "legal",      "withdrawn" };

const char *release_channel_name(enum release_channel channel) { return channels[channel]; }
const char *release_main_name(enum release_channel channel) { return mains[channel]; }

bool release_channel_of(struct span name, enum release_channel *out)
{
	for (unsigned i = 0; i < RELEASE_CHANNELS; i++)
		if (span_is(name, channels[i])) {
			*out = (enum release_channel)i;
			return true;
		}
	return false;
}

bool release_reason_valid(struct span reason)
{
	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
		if (span_is(reason, reasons[i]))
			return true;
	return false;
}

int release_order(struct span a, struct span b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n != 0 ? memcmp(a.p, b.p, n) : 0;

	return order != 0 ? order : (a.n > b.n) - (a.n < b.n);
}

/* ---- reading: one line after the other, each at its place */

struct reader {
	struct cursor c;
	struct error *e;
	bool failed; /* the first complaint stays */
};

static void complain(struct reader *r, const char *what)
{
	if (!r->failed)
		error_set(r->e, REASON_DAMAGED, cursor_place(&r->c), "release: %s", what);
	r->failed = true;
}

/* The words of the next line after `name`; complains where it is another line. */
static struct cursor line_of(struct reader *r, const char *name)
{
	struct span line = cursor_line(&r->c, STRICT_MAX_LINE), rest = { NULL, 0 };

	if (!cursor_ok(&r->c) || !strict_after(line, name, &rest)) {
		complain(r, "a line is missing or out of its order");
		return cursor_of((struct span){ NULL, 0 });
	}
	return cursor_of(rest);
}

/* Whether the next line begins so. */
static bool next_is(const struct reader *r, const char *name)
{
	struct cursor ahead = r->c;
	struct span rest;

	return strict_after(cursor_line(&ahead, STRICT_MAX_LINE), name, &rest);
}

static uint64_t number(struct reader *r, struct span word)
{
	uint64_t v = 0;

	if (!strict_decimal(word, &v))
		complain(r, "a number is not well-formed");
	return v;
}

static uint64_t last_number(struct reader *r, struct cursor words)
{
	uint64_t v = number(r, strict_word(&words));

	if (cursor_left(&words) != 0)
		complain(r, "more on a line than belongs there");
	return v;
}

static void read_channel(struct reader *r, struct release *out)
{
	struct cursor words = line_of(r, "channel ");

	if (!release_channel_of(cursor_take(&words, cursor_left(&words)), &out->channel))
		complain(r, "no such channel");
}

static void read_order(struct reader *r, struct release *out)
{
	static const struct merkle_hash zero;

	out->seq = last_number(r, line_of(r, "seq "));
	if (out->seq == 0)
		complain(r, "the sequence begins with 1");
	struct cursor words = line_of(r, "prev ");
	uint64_t prev = number(r, strict_word(&words));
	if (prev + 1 != out->seq)
		complain(r, "the predecessor is not the number before");
	if (!strict_base64_hash(cursor_take(&words, cursor_left(&words)), out->prev.b))
		complain(r, "the predecessor is no hash");
	if ((prev == 0) != merkle_equal(&out->prev, &zero))
		complain(r, "the first release alone has no predecessor");
}

static void read_times(struct reader *r, struct release *out)
{
	out->issued = last_number(r, line_of(r, "issued "));
	out->expires = last_number(r, line_of(r, "expires "));
	if (out->expires <= out->issued)
		complain(r, "it expires before it is issued");
	else if (out->expires - out->issued > RELEASE_MAX_LIFE)
		complain(r, "it lives longer than 14 days");
}

static void read_artifact(struct reader *r, struct release *out)
{
	struct cursor words = line_of(r, "artifact ");
	struct release_artifact a = { .name = strict_word(&words) };

	a.size = number(r, strict_word(&words));
	if (!strict_name(a.name, NAME_MORE, RELEASE_MAX_NAME) ||
	    span_is(span_cut(a.name, 0, 1), "."))
		complain(r, "an artefact's name");
	if (!strict_hex_hash(cursor_take(&words, cursor_left(&words)), a.sha256))
		complain(r, "an artefact's digest");
	if (a.size > RELEASE_MAX_ARTIFACT)
		complain(r, "an artefact over 1 GiB");
	if (out->n_artifacts != 0 &&
	    release_order(out->artifact[out->n_artifacts - 1].name, a.name) >= 0)
		complain(r, "artefacts out of order");
	if (out->n_artifacts == RELEASE_MAX_ARTIFACTS)
		complain(r, "over 32 artefacts");
	else
		out->artifact[out->n_artifacts++] = a;
}

static uint64_t counted(struct reader *r, struct cursor *words, const char *name)
{
	struct span rest = { NULL, 0 };

	if (!strict_after(strict_word(words), name, &rest))
		complain(r, "a count is missing");
	return number(r, rest);
}

static void read_count(struct reader *r, struct release *out)
{
	struct cursor words = line_of(r, "count ");
	struct release_count *n = &out->count;

	n->total = counted(r, &words, "total=");
	n->added = counted(r, &words, "added=");
	n->changed = counted(r, &words, "changed=");
	n->removed = counted(r, &words, "removed=");
	if (cursor_left(&words) != 0)
		complain(r, "more on a line than belongs there");
}

/* The words of a `removed` line. */
static bool removal(struct span line, struct release_removal *out)
{
	struct span rest;

	if (!strict_after(line, "removed ", &rest))
		return false;
	struct cursor words = cursor_of(rest);
	out->id = strict_word(&words);
	out->reason = strict_word(&words);
	return strict_name(out->id, ID_MORE, RELEASE_MAX_ID) && release_reason_valid(out->reason) &&
	       strict_hex_hash(cursor_take(&words, cursor_left(&words)), out->record);
}

static void read_removals(struct reader *r, struct span text, struct release *out)
{
	struct release_removal one = { 0 }, before = { 0 };
	size_t start = r->c.at;
	uint64_t n = 0;

	for (; !r->failed && next_is(r, "removed "); n++, before = one) {
		if (!removal(cursor_line(&r->c, STRICT_MAX_LINE), &one))
			complain(r, "a removal needs an id, a reason of the list and a record");
		if (n != 0 && release_order(before.id, one.id) >= 0)
			complain(r, "removals out of order");
	}
	if (n != out->count.removed)
		complain(r, "as many removals as it counts have to be given a reason");
	out->removals = span_cut(text, start, r->c.at - start);
}

static void read_policy(struct reader *r, struct release *out)
{
	if (!next_is(r, "replaces-policy "))
		return;
	struct cursor words = line_of(r, "replaces-policy ");
	if (out->channel != RELEASE_TRUST)
		complain(r, "only channel trust replaces a policy");
	if (!strict_hex_hash(cursor_take(&words, cursor_left(&words)), out->policy))
		complain(r, "a policy's digest");
	out->has_policy = true;
}

bool release_parse(struct span entry, struct release *out, struct error *e)
{
	struct release got = { 0 };

	if (entry.n > RELEASE_MAX_SIZE)
		return error_set(e, REASON_LIMIT, PLACE_NONE, "release: over %d bytes",
				 RELEASE_MAX_SIZE);
	if (!note_parse(entry, &got.note, e))
		return error_wrap(e, "release: ");
	struct reader r = { .c = cursor_of(got.note.text), .e = e };
	if (cursor_left(&r.c) == 0 || !span_is(cursor_line(&r.c, STRICT_MAX_LINE), RELEASE_KIND))
		complain(&r, "not of kind " RELEASE_KIND);
	read_channel(&r, &got);
	read_order(&r, &got);
	read_times(&r, &got);
	while (!r.failed && next_is(&r, "artifact "))
		read_artifact(&r, &got);
	read_count(&r, &got);
	read_removals(&r, got.note.text, &got);
	read_policy(&r, &got);
	if (cursor_left(&r.c) != 0)
		complain(&r, "a line is unknown or out of its order");
	if (!r.failed && release_artifact(&got, span_of(release_main_name(got.channel))) == NULL)
		complain(&r, "the channel's main artefact is missing");
	if (r.failed)
		return false;
	*out = got;
	return true;
}

bool release_next_removal(struct cursor *removals, struct release_removal *out)
{
	return cursor_left(removals) != 0 && removal(cursor_line(removals, STRICT_MAX_LINE), out);
}

/* ---- what a release is held against */

bool release_check_keys(const struct release *r, const struct note_key *keys, size_t n_keys,
			size_t threshold, struct error *e)
{
	size_t n = 0;

	for (size_t i = 0; i < n_keys; i++) {
		struct cursor c = cursor_of(r->note.signatures);
		struct note_signature s;
		bool twin = false, signed_it = false;
		uint64_t time;
		for (size_t k = 0; k < i && !twin; k++)
			twin = memcmp(keys[k].public, keys[i].public, 32) == 0;
		while (note_next(&c, &s)) {
			if (!note_names_key(&s, &keys[i]))
				continue;
			if (!note_verify(&keys[i], &s, r->note.text, &time))
				return error_set(e, REASON_DAMAGED, PLACE_NONE,
						 "release: the signature of %s does not verify",
						 keys[i].name);
			signed_it = true;
		}
		n += signed_it && !twin;
	}
	if (threshold == 0 || n < threshold)
		return error_set(e, REASON_DENIED, PLACE_NONE,
				 "release: signed by %zu of its keys, at least %zu are needed", n,
				 threshold);
	return true;
}

const struct release_artifact *release_artifact(const struct release *r, struct span name)
{
	for (size_t i = 0; i < r->n_artifacts; i++)
		if (span_equal(r->artifact[i].name, name))
			return &r->artifact[i];
	return NULL;
}

bool release_check_artifact(const struct release_artifact *a, uint64_t size, const uint8_t *sha256,
			    struct error *e)
{
	if (size != a->size)
		return error_set(e, REASON_DAMAGED, PLACE_NONE,
				 "artefact %.*s: %llu bytes, the release says %llu", (int)a->name.n,
				 (const char *)a->name.p, (unsigned long long)size,
				 (unsigned long long)a->size);
	if (sha256 != NULL && memcmp(sha256, a->sha256, sizeof a->sha256) != 0)
		return error_set(e, REASON_DAMAGED, PLACE_NONE,
				 "artefact %.*s: its SHA-256 is another than the release says",
				 (int)a->name.n, (const char *)a->name.p);
	return true;
}
