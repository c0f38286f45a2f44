/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/policy_words.h"

const char *const policy_legal_words[LEGAL_COUNT] = {
	[LEGAL_UNLISTED] = "unlisted",   [LEGAL_UNDER_REVIEW] = "under-review",
	[LEGAL_ALLOWED] = "allowed",     [LEGAL_ADVISED_AGAINST] = "advised-against",
	[LEGAL_EXCLUDED] = "excluded",   [LEGAL_BANNED] = "banned",
	[LEGAL_WITHDRAWN] = "withdrawn",
};

const char *const policy_technical_words[TECHNICAL_COUNT] = {
	[TECHNICAL_NONE] = "none",
	[TECHNICAL_UNDER_REVIEW] = "under-review",
	[TECHNICAL_POTENTIALLY_DANGEROUS] = "potentially-dangerous",
	[TECHNICAL_CONFIRMED_MALICIOUS] = "confirmed-malicious",
	[TECHNICAL_REFUTED] = "refuted",
};

const char *const policy_strength_words[STRENGTH_COUNT] = {
	[STRENGTH_HINTS] = "hints",
	[STRENGTH_INDICATES] = "indicates",
	[STRENGTH_SHOWS] = "shows",
	[STRENGTH_PROVES] = "proves",
};

const char *const policy_atom_words[ATOM_COUNT] = {
	[ATOM_DPKG] = "dpkg",
	[ATOM_SOURCE] = "deb-source",
	[ATOM_OPKG] = "opkg",
	[ATOM_RPM] = "rpm",
	[ATOM_APK] = "apk",
	[ATOM_ALPM] = "alpm",
	[ATOM_SNAP] = "snap",
	[ATOM_FLATPAK] = "flatpak",
	[ATOM_PIP] = "pip",
	[ATOM_NPM] = "npm",
	[ATOM_CARGO] = "cargo",
	[ATOM_GO] = "go",
	[ATOM_GEM] = "gem",
	[ATOM_MAVEN] = "maven",
	[ATOM_SIGNER] = "signer",
	[ATOM_SHA256] = "sha256",
	[ATOM_PATH] = "path",
	[ATOM_UNIT] = "unit",
	[ATOM_PROCESS] = "process",
	[ATOM_MODULE] = "module",
	[ATOM_EXTENSION] = "extension",
	[ATOM_USB] = "usb",
	[ATOM_PCI] = "pci",
	[ATOM_OUI] = "oui",
	[ATOM_DOMAIN] = "domain",
	[ATOM_CIDR] = "cidr",
	[ATOM_CA_SPKI] = "ca-spki",
	[ATOM_IMAGE_DIGEST] = "image-digest",
	[ATOM_BUILD_ID] = "build-id",
	[ATOM_DMI] = "dmi",
	[ATOM_RULE] = "rule",
};

int policy_word_find(const char *const *words, size_t n, struct span word)
{
	for (size_t i = 0; i < n; i++)
		if (span_is(word, words[i]))
			return (int)i;
	return -1;
}

#define COUNT(list) (sizeof(list) / sizeof *(list))
#define RULES(list) (list), COUNT(list)

static const char *const yes_no[] = { "yes", "no" };
static const char *const embedded[] = { "included", "excluded", "unstated" };
static const char *const subject_kinds[] = { "software",  "package", "device",    "firmware",
					     "service",   "network", "extension", "certificate",
					     "container", "module" };
static const char *const authority_kinds[] = { "statute", "directive", "determination",
					       "warning", "guidance",  "resolution",
					       "court",   "vendor",    "community",
					       "local" };
static const char *const evidence_kinds[] = { "law",   "technical", "court",  "report",
					      "press", "absence",   "counter" };
static const char *const supports[] = { "yes", "no", "context" };
static const char *const likelihoods[] = { "almost-no-chance", "very-unlikely", "unlikely",
					   "roughly-even",     "likely",        "very-likely",
					   "almost-certain" };
static const char *const confidences[] = { "low", "moderate", "high" };
static const char *const tlps[] = { "clear", "green", "amber", "amber-strict", "red" };
static const char *const contest_states[] = { "none",   "open",   "heard",
					      "upheld", "partly", "withdrawn" };
static const char *const enforcements[] = { "none", "report", "block-exec", "block-open",
					    "usb",  "net",    "pin" };

static const struct policy_rule authority_rules[] = {
	{ .name = "addressed-to", .form = FORM_TEXT, .required = true },
	{ .name = "binding", .form = FORM_ENUM, .required = true, .words = yes_no, .n_words = 2 },
	{ .name = "country", .form = FORM_WORD, .required = true },
	{ .name = "effective", .form = FORM_DATE },
	{ .name = "expires", .form = FORM_DATE },
	{ .name = "issued", .form = FORM_DATE, .required = true },
	{ .name = "kind",
	  .form = FORM_ENUM,
	  .required = true,
	  .words = authority_kinds,
	  .n_words = COUNT(authority_kinds) },
	{ .name = "name", .form = FORM_TEXT, .required = true },
	{ .name = "reference", .form = FORM_TEXT, .repeated = true },
	{ .name = "remove-by", .form = FORM_DATE },
	{ .name = "superseded-by", .form = FORM_TEXT },
	{ .name = "url", .form = FORM_URL, .repeated = true },
};

static const struct policy_block authority_block = { "authority", false, RULES(authority_rules) };

/* Empty lists leave the question open: the entry is for everyone in that respect. */
static const struct policy_rule scope_rules[] = {
	{ .name = "asset", .form = FORM_WORD, .repeated = true },
	{ .name = "classification", .form = FORM_WORD, .repeated = true },
	{ .name = "jurisdiction", .form = FORM_WORD, .repeated = true },
	{ .name = "ownership", .form = FORM_WORD, .repeated = true },
	{ .name = "purpose", .form = FORM_WORD, .repeated = true },
	{ .name = "sector", .form = FORM_WORD, .repeated = true },
	{ .name = "site", .form = FORM_WORD, .repeated = true },
};

static const struct policy_block scope_block = { "scope", false, RULES(scope_rules) };

static const struct policy_rule evidence_rules[] = {
	{ .name = "artefact", .form = FORM_SHA256, .repeated = true },
	{ .name = "claim", .form = FORM_TEXT, .required = true },
	{ .name = "confidence",
	  .form = FORM_ENUM,
	  .words = confidences,
	  .n_words = COUNT(confidences) },
	{ .name = "grade", .form = FORM_GRADE, .required = true },
	{ .name = "kind",
	  .form = FORM_ENUM,
	  .required = true,
	  .words = evidence_kinds,
	  .n_words = COUNT(evidence_kinds) },
	{ .name = "likelihood",
	  .form = FORM_ENUM,
	  .words = likelihoods,
	  .n_words = COUNT(likelihoods) },
	{ .name = "note", .form = FORM_TEXT },
	{ .name = "retrieved", .form = FORM_DATE },
	{ .name = "sha256", .form = FORM_SHA256 },
	{ .name = "source", .form = FORM_TEXT, .required = true },
	{ .name = "supports",
	  .form = FORM_ENUM,
	  .required = true,
	  .words = supports,
	  .n_words = COUNT(supports) },
	{ .name = "tlp", .form = FORM_ENUM, .words = tlps, .n_words = COUNT(tlps) },
	{ .name = "url", .form = FORM_URL, .repeated = true },
};

static const struct policy_block evidence_block = { "evidence", true, RULES(evidence_rules) };

static const struct policy_rule answer_rules[] = {
	{ .name = "by", .form = FORM_TEXT, .required = true },
	{ .name = "date", .form = FORM_DATE },
	{ .name = "said", .form = FORM_TEXT, .required = true },
	{ .name = "source", .form = FORM_TEXT, .required = true },
	{ .name = "url", .form = FORM_URL, .repeated = true },
};

static const struct policy_block answer_block = { "answer", false, RULES(answer_rules) };

static const struct policy_rule contest_rules[] = {
	{ .name = "by", .form = FORM_TEXT },
	{ .name = "decided", .form = FORM_DATE },
	{ .name = "filed", .form = FORM_DATE },
	{ .name = "how-to", .form = FORM_TEXT, .required = true },
	{ .name = "reference", .form = FORM_TEXT, .repeated = true },
	{ .name = "state",
	  .form = FORM_ENUM,
	  .required = true,
	  .words = contest_states,
	  .n_words = COUNT(contest_states) },
};

static const struct policy_block contest_block = { "contest", false, RULES(contest_rules) };

static const struct policy_rule remedy_rules[] = {
	{ .name = "advice", .form = FORM_TEXT, .required = true },
	{ .name = "data-migration", .form = FORM_TEXT },
	{ .name = "deadline", .form = FORM_DATE },
	{ .name = "reboot", .form = FORM_ENUM, .words = yes_no, .n_words = COUNT(yes_no) },
	{ .name = "replace-with", .form = FORM_TEXT, .repeated = true },
	{ .name = "rollback", .form = FORM_TEXT },
	{ .name = "uninstall", .form = FORM_PACKAGE, .repeated = true },
};

static const struct policy_block remedy_block = { "remedy", false, RULES(remedy_rules) };

static const struct policy_rule entry_rules[] = {
	{ .name = "alias", .form = FORM_TEXT, .repeated = true },
	{ .name = "answer", .form = FORM_BLOCK, .repeated = true, .block = &answer_block },
	{ .name = "authority", .form = FORM_BLOCK, .required = true, .block = &authority_block },
	{ .name = "claimed", .form = FORM_CLAIM, .repeated = true },
	{ .name = "contest", .form = FORM_BLOCK, .required = true, .block = &contest_block },
	{ .name = "controlled-by", .form = FORM_TEXT, .repeated = true },
	{ .name = "embedded",
	  .form = FORM_ENUM,
	  .required = true,
	  .words = embedded,
	  .n_words = COUNT(embedded) },
	{ .name = "enforce",
	  .form = FORM_ENUM,
	  .repeated = true,
	  .words = enforcements,
	  .n_words = COUNT(enforcements) },
	{ .name = "entity", .form = FORM_TEXT, .required = true },
	{ .name = "evidence", .form = FORM_BLOCK, .repeated = true, .block = &evidence_block },
	{ .name = "except", .form = FORM_MATCH },
	{ .name = "expires", .form = FORM_DATE },
	{ .name = "held",
	  .form = FORM_ENUM,
	  .required = true,
	  .words = policy_technical_words,
	  .n_words = COUNT(policy_technical_words) },
	{ .name = "history", .form = FORM_NOTE, .repeated = true },
	{ .name = "kind",
	  .form = FORM_ENUM,
	  .required = true,
	  .words = subject_kinds,
	  .n_words = COUNT(subject_kinds) },
	{ .name = "legal",
	  .form = FORM_ENUM,
	  .required = true,
	  .words = policy_legal_words,
	  .n_words = COUNT(policy_legal_words) },
	{ .name = "match", .form = FORM_MATCH, .required = true },
	{ .name = "product", .form = FORM_TEXT, .required = true },
	{ .name = "remedy", .form = FORM_BLOCK, .required = true, .block = &remedy_block },
	{ .name = "review-by", .form = FORM_DATE },
	{ .name = "said-as", .form = FORM_SAID, .repeated = true },
	{ .name = "scope", .form = FORM_BLOCK, .required = true, .block = &scope_block },
	{ .name = "successor-of", .form = FORM_TEXT, .repeated = true },
	{ .name = "title", .form = FORM_TEXT, .required = true },
	{ .name = "unverified", .form = FORM_TEXT, .repeated = true },
};

const struct policy_block policy_entry_block = { "entry", true, RULES(entry_rules) };

static const struct policy_rule head_rules[] = {
	{ .name = "contact", .form = FORM_TEXT, .required = true },
	{ .name = "expires", .form = FORM_DATE, .required = true },
	{ .name = "issued", .form = FORM_DATE, .required = true },
	{ .name = "language", .form = FORM_WORD, .required = true },
	{ .name = "licence", .form = FORM_WORD, .required = true },
	{ .name = "not-before", .form = FORM_DATE },
	{ .name = "notice", .form = FORM_TEXT },
	{ .name = "publisher", .form = FORM_TEXT, .required = true },
	{ .name = "supersedes", .form = FORM_WORD, .repeated = true },
	{ .name = "title", .form = FORM_TEXT, .required = true },
	{ .name = "version", .form = FORM_NUMBER, .required = true },
};

const struct policy_block policy_head_block = { "policy", true, RULES(head_rules) };

static const struct policy_rule profile_rules[] = {
	{ .name = "asset", .form = FORM_WORD, .repeated = true },
	{ .name = "classification", .form = FORM_WORD, .repeated = true },
	{ .name = "jurisdiction", .form = FORM_WORD, .repeated = true },
	{ .name = "ownership", .form = FORM_WORD, .repeated = true },
	{ .name = "purpose", .form = FORM_WORD, .repeated = true },
	{ .name = "sector", .form = FORM_WORD, .repeated = true },
	{ .name = "site", .form = FORM_WORD, .repeated = true },
	{ .name = "title", .form = FORM_TEXT, .required = true },
};

const struct policy_block policy_profile_block = { "profile", true, RULES(profile_rules) };
