/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "policy/policy.h"

/* The form of statements, by the tables of policy_words.c. */

enum { SAID_MAX_WORDS = 15 };

static bool digits(struct span s, size_t at, size_t n, unsigned *out)
{
	*out = 0;
	for (size_t i = at; i < at + n; i++) {
		if (i >= s.n || s.p[i] < '0' || s.p[i] > '9')
			return false;
		*out = *out * 10 + s.p[i] - '0';
	}
	return true;
}

bool policy_is_date(struct span s)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	unsigned y, m, d;

	if (s.n != 10 || s.p[4] != '-' || s.p[7] != '-' || !digits(s, 0, 4, &y) ||
	    !digits(s, 5, 2, &m) || !digits(s, 8, 2, &d) || m < 1 || m > 12)
		return false;
	bool leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
	return d >= 1 && d <= days[m - 1] + (m == 2 && leap ? 1u : 0u);
}

static bool is_sha256(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!(s.p[i] >= '0' && s.p[i] <= '9') && !(s.p[i] >= 'a' && s.p[i] <= 'f'))
			return false;
	return s.n == 64;
}

static bool is_url(struct span s)
{
	return span_is(span_cut(s, 0, 8), "https://") || span_is(span_cut(s, 0, 7), "http://");
}

static bool is_number(struct span s)
{
	unsigned v;

	return s.n >= 1 && s.n <= 9 && digits(s, 0, s.n, &v);
}

static unsigned count_words(struct span s)
{
	unsigned n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] != ' ' && (i == 0 || s.p[i - 1] == ' ');
	return n;
}

static void put_list(char *to, size_t size, const char *const *words, unsigned n)
{
	size_t at = 0;

	to[0] = '\0';
	for (unsigned i = 0; i < n; i++) {
		size_t m = strlen(words[i]);
		if (at + m + 3 > size)
			return;
		if (i > 0) {
			memcpy(to + at, ", ", 2);
			at += 2;
		}
		memcpy(to + at, words[i], m + 1);
		at += m;
	}
}

static void want(struct policy_report *r, const struct policy_node *n, bool good, const char *what)
{
	if (!good)
		policy_error(r, n->n_words != 0 ? &n->word[0] : &n->name, "`%.*s` wants %s",
			     (int)n->name.text.n, (const char *)n->name.text.p, what);
}

static void check_enum(const struct policy_node *n, const struct policy_rule *rule,
		       struct policy_report *r)
{
	char list[400];

	put_list(list, sizeof list, rule->words, rule->n_words);
	if (n->n_words != 1 || policy_word_find(rule->words, rule->n_words, n->word[0].text) < 0)
		policy_error(r, n->n_words != 0 ? &n->word[0] : &n->name, "`%s` wants one of %s",
			     rule->name, list);
}

static bool is_grade(const struct policy_node *n)
{
	return n->n_words == 2 && n->word[0].text.n == 1 && n->word[0].text.p[0] >= 'A' &&
	       n->word[0].text.p[0] <= 'F' && n->word[1].text.n == 1 &&
	       n->word[1].text.p[0] >= '1' && n->word[1].text.p[0] <= '6';
}

static bool is_claim(const struct policy_node *n)
{
	return n->n_words == 3 && n->word[2].quoted && span_is(n->word[1].text, "by") &&
	       policy_word_find(policy_technical_words, TECHNICAL_COUNT, n->word[0].text) >= 0;
}

static bool is_package(const struct policy_node *n)
{
	return n->n_words == 2 &&
	       policy_word_find(policy_atom_words, ATOM_MAVEN + 1, n->word[0].text) >= 0;
}

static void check_said(const struct policy_node *n, struct policy_report *r)
{
	want(r, n, n->n_words == 2 && !n->word[0].quoted && n->word[1].quoted,
	     "a language and the words in quotes");
	if (n->n_words == 2 && count_words(n->word[1].text) > SAID_MAX_WORDS)
		policy_error(r, &n->word[1], "a quotation of %u words, at most %d",
			     count_words(n->word[1].text), SAID_MAX_WORDS);
}

static void check_form(const struct policy_node *n, const struct policy_rule *rule,
		       struct policy_report *r)
{
	struct span first = n->n_words != 0 ? n->word[0].text : (struct span){ NULL, 0 };
	bool one = n->n_words == 1, quoted = one && n->word[0].quoted;

	switch (rule->form) {
	case FORM_TEXT:
		want(r, n, quoted && first.n > 0, "a text in quotes");
		break;
	case FORM_WORD:
		want(r, n, one && !quoted, "a word");
		break;
	case FORM_ENUM:
		check_enum(n, rule, r);
		break;
	case FORM_DATE:
		want(r, n, one && policy_is_date(first), "a date, YYYY-MM-DD");
		break;
	case FORM_NUMBER:
		want(r, n, one && is_number(first), "a number");
		break;
	case FORM_URL:
		want(r, n, one && is_url(first), "an address that begins with https://");
		break;
	case FORM_SHA256:
		want(r, n, one && is_sha256(first), "a SHA-256 in 64 small hexadecimal digits");
		break;
	case FORM_SAID:
		check_said(n, r);
		break;
	case FORM_CLAIM:
		want(r, n, is_claim(n), "a technical status, `by`, and who in quotes");
		break;
	case FORM_GRADE:
		want(r, n, is_grade(n),
		     "a reliability A to F and a credibility 1 to 6 (Admiralty scale)");
		break;
	case FORM_NOTE:
		want(r, n, n->n_words == 2 && policy_is_date(first) && n->word[1].quoted,
		     "a date and a text in quotes");
		break;
	case FORM_PACKAGE:
		want(r, n, is_package(n), "a package manager and a package");
		break;
	case FORM_BLOCK:
		if (n->block)
			policy_check_block(n, rule->block, r);
		else
			want(r, n, false, "a block in braces");
		break;
	case FORM_MATCH:
		want(r, n, n->block && n->n_words == 0, "a block in braces");
		break;
	}
	if (n->block && rule->form != FORM_BLOCK && rule->form != FORM_MATCH)
		policy_error(r, &n->name, "`%s` takes no block", rule->name);
}

static const struct policy_rule *find_rule(const struct policy_block *block, struct span name)
{
	for (size_t i = 0; i < block->n; i++)
		if (span_is(name, block->rules[i].name))
			return &block->rules[i];
	return NULL;
}

void policy_check_block(const struct policy_node *node, const struct policy_block *block,
			struct policy_report *r)
{
	if (block->has_id ? node->n_words != 1 || node->word[0].quoted : node->n_words != 0)
		policy_error(r, &node->name,
			     block->has_id ? "`%s` wants a name, one word" : "`%s` wants no name",
			     block->name);
	for (const struct policy_node *n = node->first; n != NULL; n = n->next) {
		const struct policy_rule *rule = find_rule(block, n->name.text);
		if (rule == NULL) {
			policy_error(r, &n->name, "`%s` has no `%.*s`", block->name,
				     (int)n->name.text.n, (const char *)n->name.text.p);
			continue;
		}
		if (!rule->repeated && policy_child(node, rule->name) != n)
			policy_error(r, &n->name, "`%s` stands twice in `%s`", rule->name,
				     block->name);
		check_form(n, rule, r);
	}
	for (size_t i = 0; i < block->n; i++)
		if (block->rules[i].required && policy_child(node, block->rules[i].name) == NULL)
			policy_error(r, &node->name, "`%s` without `%s`", block->name,
				     block->rules[i].name);
}
