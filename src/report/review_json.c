/* SPDX-License-Identifier: Apache-2.0 */
#include "report/review_json.h"

#include <stdlib.h>

static void put_member(struct json_writer *j, const char *name, struct span value)
{
	json_write_key(j, name);
	(void)json_write_bytes(j, value);
}

/* ---- facts */

/* Members stand in the order of their names (RFC 8785). */
static int by_word(const void *a, const void *b)
{
	return strcmp(fact_key_word(*(const enum fact_key *)a),
		      fact_key_word(*(const enum fact_key *)b));
}

static void put_values(const struct review_report *r, const struct fact *f, enum fact_key wanted,
		       struct json_writer *j)
{
	struct span value;
	enum fact_key key;
	unsigned n = 0;
	struct buf shown;

	for (size_t place = 0; fact_next(f, &place, &key, &value);)
		n += key == wanted;
	if (n == 0)
		return;
	json_write_key(j, fact_key_word(wanted));
	if (n > 1)
		json_write_array(j);
	buf_init(&shown, FACT_MAX_VALUE + 64);
	for (size_t place = 0; fact_next(f, &place, &key, &value);) {
		if (key != wanted)
			continue;
		buf_reset(&shown);
		pseudonym_put(&r->hide, key, value, &shown);
		(void)json_write_bytes(j, buf_span(&shown));
	}
	buf_release(&shown);
	if (n > 1)
		json_write_array_end(j);
}

static void sort_keys(enum fact_key keys[FACT_KEYS])
{
	for (unsigned k = 0; k < FACT_KEYS; k++)
		keys[k] = (enum fact_key)k;
	qsort(keys, FACT_KEYS, sizeof *keys, by_word);
}

void review_json_fact(const struct review_report *r, const struct fact *f, struct json_writer *j)
{
	enum fact_key keys[FACT_KEYS];

	sort_keys(keys);
	for (unsigned k = 0; k < FACT_KEYS; k++)
		put_values(r, f, keys[k], j);
}

static void put_facts(const struct review_report *r, struct json_writer *j)
{
	json_write_key(j, "facts");
	json_write_array(j);
	for (size_t i = 0; i < facts_count(&r->review->facts); i++) {
		struct fact f = facts_get(&r->review->facts, i);
		json_write_object(j);
		put_member(j, "collector", span_of(collectors[f.collector]->name));
		put_member(j, "kind", span_of(fact_kind_word(f.kind)));
		json_write_key(j, "values");
		json_write_object(j);
		review_json_fact(r, &f, j);
		json_write_object_end(j);
		json_write_object_end(j);
	}
	json_write_array_end(j);
}

/* ---- coverage */

static void put_gaps(const struct coverage *c, struct json_writer *j)
{
	json_write_key(j, "gaps");
	json_write_array(j);
	for (size_t i = 0; i < c->n_gaps && i < COVERAGE_GAPS; i++) {
		json_write_object(j);
		put_member(j, "what", span_of(c->gap[i].what));
		put_member(j, "where", span_of(c->gap[i].where));
		put_member(j, "why", span_of(c->gap[i].why));
		json_write_object_end(j);
	}
	json_write_array_end(j);
	json_write_key(j, "gaps_all");
	json_write_uint(j, c->n_gaps);
}

static void put_coverage(const struct review_report *r, struct json_writer *j)
{
	json_write_key(j, "coverage");
	json_write_array(j);
	for (size_t i = 0; i < n_collectors; i++) {
		const struct coverage *c = &r->review->cover[i];
		json_write_object(j);
		put_member(j, "collector", span_of(collectors[i]->name));
		json_write_key(j, "facts");
		json_write_uint(j, c->n_facts);
		put_gaps(c, j);
		put_member(j, "looks", span_of(collectors[i]->looks));
		put_member(j, "reason", span_of(c->reason));
		put_member(j, "state", span_of(coverage_word(c->state)));
		put_member(j, "title", span_of(collectors[i]->title));
		json_write_object_end(j);
	}
	json_write_array_end(j);
}

/* ---- findings */

static void put_finding(const struct review_report *r, const struct finding *f,
			struct json_writer *j)
{
	json_write_object(j);
	json_write_key(j, "counts");
	json_write_bool(j, finding_counts(f));
	json_write_key(j, "entry");
	policy_json_entry(f->entry, j);
	json_write_key(j, "facts");
	json_write_array(j);
	for (unsigned i = 0; i < f->n_facts; i++)
		json_write_uint(j, f->fact[i]);
	json_write_array_end(j);
	json_write_key(j, "facts_all");
	json_write_uint(j, f->n_facts_all);
	put_member(j, "force", span_of(force_words(f->force)));
	put_member(j, "id", f->entry->id);
	put_member(j, "policy", policy_field(f->policy->head, "title", 0));
	json_write_key(j, "residue");
	json_write_bool(j, f->residue);
	put_member(j, "scope", span_of(scope_words(f->scope)));
	put_member(j, "strength", span_of(policy_strength_words[f->strength]));
	put_member(j, "why", span_of(f->why));
	json_write_object_end(j);
	(void)r;
}

static void put_findings(const struct review_report *r, struct json_writer *j)
{
	json_write_key(j, "findings");
	json_write_array(j);
	for (size_t i = 0; i < findings_count(r->findings); i++)
		put_finding(r, findings_get(r->findings, i), j);
	json_write_array_end(j);
}

static void put_policies(const struct review_report *r, struct json_writer *j)
{
	json_write_key(j, "policies");
	json_write_array(j);
	for (size_t i = 0; i < r->n_policies; i++) {
		json_write_object(j);
		json_write_key(j, "entries");
		json_write_uint(j, r->policies[i]->n_entries);
		put_member(j, "file", span_of(r->policies[i]->file));
		put_member(j, "id", r->policies[i]->head->word[0].text);
		put_member(j, "signature",
			   span_of(policy_signature_words(r->policies[i]->signature)));
		if (r->policies[i]->signers != NULL)
			put_member(j, "signers", span_of(r->policies[i]->signers));
		put_member(j, "title", policy_field(r->policies[i]->head, "title", 0));
		json_write_object_end(j);
	}
	json_write_array_end(j);
}

/* Identifiers of kinds that no collector answers yet. */
static void put_unanswered(const struct review_report *r, struct json_writer *j)
{
	json_write_key(j, "unanswered");
	json_write_array(j);
	for (unsigned t = 0; t < ATOM_COUNT; t++) {
		if (r->findings->unevaluated[t] == 0)
			continue;
		json_write_object(j);
		json_write_key(j, "atoms");
		json_write_uint(j, r->findings->unevaluated[t]);
		put_member(j, "type", span_of(policy_atom_words[t]));
		json_write_object_end(j);
	}
	json_write_array_end(j);
}

void review_json(const struct review_report *r, struct buf *out)
{
	struct json_writer j;

	json_write_init(&j, out);
	json_write_object(&j);
	json_write_key(&j, "complete");
	json_write_bool(&j, review_report_is_complete(r));
	put_coverage(r, &j);
	put_member(&j, "date", span_of(r->date));
	put_facts(r, &j);
	put_findings(r, &j);
	put_member(&j, "format", span_of("pellucid-review/1"));
	json_write_key(&j, "live");
	json_write_bool(&j, r->live);
	put_member(&j, "pellucid", span_of(PELLUCID_VERSION));
	put_policies(r, &j);
	put_member(&j, "profile", profile_name(r->profile));
	put_member(&j, "root", span_of(r->root));
	put_unanswered(r, &j);
	json_write_object_end(&j);
	buf_put_u8(out, '\n');
}
