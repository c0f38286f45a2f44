/* SPDX-License-Identifier: Apache-2.0 */
#include "report/review_other.h"

static void put_member(struct json_writer *j, const char *name, struct span s)
{
	json_write_key(j, name);
	(void)json_write_bytes(j, s);
}

static void put_message(struct json_writer *j, const char *name, struct span s)
{
	json_write_key(j, name);
	json_write_object(j);
	put_member(j, "text", s);
	json_write_object_end(j);
}

static const char *level_of(const struct finding *f)
{
	if (!finding_counts(f))
		return "note";
	return f->entry->legal == LEGAL_ADVISED_AGAINST ? "warning" : "error";
}

static void put_locations(struct json_writer *j, const struct review_report *r,
			  const struct finding *f)
{
	struct buf name;

	buf_init(&name, 1 << 20);
	json_write_key(j, "locations");
	json_write_array(j);
	for (unsigned i = 0; i < f->n_facts; i++) {
		struct fact fact = facts_get(&r->review->facts, f->fact[i]);
		buf_reset(&name);
		review_report_fact(r, &fact, &name);
		json_write_object(j);
		json_write_key(j, "logicalLocations");
		json_write_array(j);
		json_write_object(j);
		put_member(j, "fullyQualifiedName", buf_span(&name));
		put_member(j, "kind", span_of(fact_kind_word(fact.kind)));
		json_write_object_end(j);
		json_write_array_end(j);
		json_write_object_end(j);
	}
	json_write_array_end(j);
	buf_release(&name);
}

static void put_result(struct json_writer *j, const struct review_report *r,
		       const struct finding *f)
{
	struct buf text;

	buf_init(&text, 1 << 16);
	buf_put_span(&text, policy_field(f->entry->node, "title", 0));
	buf_printf(&text, ": %s, %s, %s; the match %s. ", policy_legal_words[f->entry->legal],
		   scope_words(f->scope), force_words(f->force),
		   policy_strength_words[f->strength]);
	buf_put_span(&text, policy_field(policy_child(f->entry->node, "remedy"), "advice", 0));
	json_write_object(j);
	put_member(j, "ruleId", f->entry->id);
	put_member(j, "level", span_of(level_of(f)));
	put_message(j, "message", buf_span(&text));
	put_locations(j, r, f);
	json_write_object_end(j);
	buf_release(&text);
}

/* What the engine found: the rule's name is the id. */
static void put_hit(struct json_writer *j, const struct review_report *r, size_t i)
{
	struct fact f = facts_get(&r->review->facts, i);
	struct buf text;

	if (!review_report_is_hit(&f))
		return;
	buf_init(&text, 1 << 20);
	review_report_fact(r, &f, &text);
	json_write_object(j);
	put_member(j, "ruleId", fact_value(&f, FACT_RULE));
	put_member(
		j, "level",
		span_of(span_is(fact_value(&f, FACT_STATE), "suspicious") ? "warning" : "error"));
	put_message(j, "message", buf_span(&text));
	json_write_key(j, "locations");
	json_write_array(j);
	json_write_object(j);
	json_write_key(j, "logicalLocations");
	json_write_array(j);
	json_write_object(j);
	put_member(j, "fullyQualifiedName", fact_value(&f, FACT_LOCATION));
	put_member(j, "kind", span_of(fact_kind_word(f.kind)));
	json_write_object_end(j);
	json_write_array_end(j);
	json_write_object_end(j);
	json_write_array_end(j);
	json_write_object_end(j);
	buf_release(&text);
}

static void put_rules(struct json_writer *j, const struct review_report *r)
{
	json_write_key(j, "rules");
	json_write_array(j);
	for (size_t i = 0; i < findings_count(r->findings); i++) {
		const struct policy_entry *e = findings_get(r->findings, i)->entry;
		json_write_object(j);
		put_member(j, "id", e->id);
		put_message(j, "shortDescription", policy_field(e->node, "title", 0));
		json_write_object_end(j);
	}
	json_write_array_end(j);
}

static void put_invocation(struct json_writer *j, const struct review_report *r)
{
	struct buf text;

	buf_init(&text, 4096);
	json_write_key(j, "invocations");
	json_write_array(j);
	json_write_object(j);
	json_write_key(j, "executionSuccessful");
	json_write_bool(j, review_report_is_complete(r));
	json_write_key(j, "toolExecutionNotifications");
	json_write_array(j);
	for (size_t i = 0; i < n_collectors; i++) {
		const struct coverage *c = &r->review->cover[i];
		if (c->state == COVERAGE_COMPLETE || c->state == COVERAGE_NOT_APPLICABLE)
			continue;
		buf_reset(&text);
		buf_printf(&text, "%s: %s: %s", collectors[i]->title, coverage_word(c->state),
			   c->reason);
		json_write_object(j);
		put_member(j, "level", span_of("warning"));
		put_message(j, "message", buf_span(&text));
		json_write_object_end(j);
	}
	json_write_array_end(j);
	json_write_object_end(j);
	json_write_array_end(j);
	buf_release(&text);
}

void review_sarif(const struct review_report *r, struct buf *out)
{
	struct json_writer j;

	json_write_init(&j, out);
	json_write_object(&j);
	put_member(&j, "version", span_of("2.1.0"));
	put_member(&j, "$schema", span_of("https://json.schemastore.org/sarif-2.1.0.json"));
	json_write_key(&j, "runs");
	json_write_array(&j);
	json_write_object(&j);
	json_write_key(&j, "tool");
	json_write_object(&j);
	json_write_key(&j, "driver");
	json_write_object(&j);
	put_member(&j, "name", span_of("pellucid review"));
	put_member(&j, "version", span_of(PELLUCID_VERSION));
	put_rules(&j, r);
	json_write_object_end(&j);
	json_write_object_end(&j);
	put_invocation(&j, r);
	json_write_key(&j, "results");
	json_write_array(&j);
	for (size_t i = 0; i < findings_count(r->findings); i++)
		put_result(&j, r, findings_get(r->findings, i));
	for (size_t i = 0; i < facts_count(&r->review->facts); i++)
		put_hit(&j, r, i);
	json_write_array_end(&j);
	json_write_object_end(&j);
	json_write_array_end(&j);
	json_write_object_end(&j);
	buf_put_u8(out, '\n');
}
