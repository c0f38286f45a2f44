/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/policy.h"

#include <stdlib.h>

/*
 * The canonical JSON.  Names are the language's with `_` for `-`; the tables of policy_words.c
 * stand in the order of names, which `_` keeps (no name is a prefix of another up to a `-`).
 */

static void put_key(struct json_writer *j, const char *name)
{
	char key[64];
	size_t n = strlen(name);

	for (size_t i = 0; i <= n && i < sizeof key; i++)
		key[i] = name[i] == '-' ? '_' : name[i];
	key[sizeof key - 1] = '\0';
	json_write_key(j, key);
}

static void put_member(struct json_writer *j, const char *name, struct span s)
{
	put_key(j, name);
	(void)json_write_bytes(j, s);
}

static void put_number(struct json_writer *j, struct span s)
{
	uint64_t v = 0;

	for (size_t i = 0; i < s.n; i++)
		v = v * 10 + s.p[i] - '0';
	json_write_uint(j, v);
}

/* ---- atoms */

static void put_atom(struct json_writer *j, const struct policy_atom *a)
{
	json_write_object(j);
	if (a->bound[0].op != OP_ANY)
		put_member(j, "op", span_of(policy_op_words[a->bound[0].op]));
	if (a->bound[1].op != OP_ANY)
		put_member(j, "op2", span_of(policy_op_words[a->bound[1].op]));
	put_member(j, "strength", span_of(policy_strength_words[a->strength]));
	put_member(j, "type", span_of(policy_atom_words[a->type]));
	put_member(j, "value", a->value);
	if (a->bound[0].op != OP_ANY)
		put_member(j, "version", a->bound[0].version);
	if (a->bound[1].op != OP_ANY)
		put_member(j, "version2", a->bound[1].version);
	json_write_object_end(j);
}

static void put_branches(struct json_writer *j, const char *name, const struct policy_branch *b,
			 unsigned n)
{
	json_write_key(j, name);
	json_write_array(j);
	for (unsigned i = 0; i < n; i++) {
		json_write_array(j);
		for (unsigned k = 0; k < b[i].n; k++)
			put_atom(j, &b[i].atom[k]);
		json_write_array_end(j);
	}
	json_write_array_end(j);
}

/* ---- statements */

static void put_block(struct json_writer *j, const struct policy_node *n,
		      const struct policy_block *block, const struct policy_entry *e);

static void put_pair(struct json_writer *j, const char *a, struct span x, const char *b,
		     struct span y)
{
	json_write_object(j);
	put_member(j, a, x);
	put_member(j, b, y);
	json_write_object_end(j);
}

static void put_value(struct json_writer *j, const struct policy_node *n,
		      const struct policy_rule *rule)
{
	switch (rule->form) {
	case FORM_NUMBER:
		put_number(j, n->word[0].text);
		break;
	case FORM_SAID:
		put_pair(j, "language", n->word[0].text, "words", n->word[1].text);
		break;
	case FORM_CLAIM:
		put_pair(j, "by", n->word[2].text, "status", n->word[0].text);
		break;
	case FORM_GRADE:
		put_pair(j, "credibility", n->word[1].text, "reliability", n->word[0].text);
		break;
	case FORM_NOTE:
		put_pair(j, "date", n->word[0].text, "note", n->word[1].text);
		break;
	case FORM_PACKAGE:
		put_pair(j, "name", n->word[1].text, "type", n->word[0].text);
		break;
	case FORM_BLOCK:
		put_block(j, n, rule->block, NULL);
		break;
	default:
		(void)json_write_bytes(j, n->word[0].text);
		break;
	}
}

static void put_rule(struct json_writer *j, const struct policy_node *n,
		     const struct policy_rule *rule)
{
	put_key(j, rule->name);
	if (!rule->repeated) {
		put_value(j, n, rule);
		return;
	}
	json_write_array(j);
	for (; n != NULL; n = policy_sibling(n))
		put_value(j, n, rule);
	json_write_array_end(j);
}

/* The id stands among the members where its name belongs. */
static void put_block(struct json_writer *j, const struct policy_node *n,
		      const struct policy_block *block, const struct policy_entry *e)
{
	bool id_put = !block->has_id;

	json_write_object(j);
	for (size_t i = 0; i < block->n; i++) {
		const struct policy_rule *rule = &block->rules[i];
		const struct policy_node *child = policy_child(n, rule->name);
		if (!id_put && strcmp(rule->name, "id") > 0) {
			put_member(j, "id", n->word[0].text);
			id_put = true;
		}
		if (child == NULL)
			continue;
		if (rule->form == FORM_MATCH && e != NULL)
			put_branches(j, rule->name, rule->name[0] == 'm' ? e->match : e->except,
				     rule->name[0] == 'm' ? e->n_match : e->n_except);
		else if (rule->form != FORM_MATCH)
			put_rule(j, child, rule);
	}
	json_write_object_end(j);
}

void policy_json_entry(const struct policy_entry *e, struct json_writer *j)
{
	put_block(j, e->node, &policy_entry_block, e);
}

void policy_json(const struct policy *p, struct buf *out)
{
	struct json_writer j;

	json_write_init(&j, out);
	json_write_object(&j);
	json_write_key(&j, "entries");
	json_write_array(&j);
	for (size_t i = 0; i < p->n_entries; i++)
		policy_json_entry(&p->entry[i], &j);
	json_write_array_end(&j);
	put_member(&j, "format", span_of("pellucid-policy/1"));
	json_write_key(&j, "policy");
	put_block(&j, p->head, &policy_head_block, NULL);
	json_write_object_end(&j);
}
