/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "report/review_other.h"

#include <stdio.h>

static void put_member(struct json_writer *j, const char *name, struct span s)
{
	if (s.n == 0)
		return;
	json_write_key(j, name);
	(void)json_write_bytes(j, s);
}

/* What CycloneDX has a type for; the rest of the inventory is a property of its own kind. */
static const char *type_of(enum fact_kind k)
{
	switch (k) {
	case FACT_PACKAGE:
		return "library";
	case FACT_PROGRAM:
		return "application";
	case FACT_MODULE:
		return "device-driver";
	case FACT_DEVICE:
	case FACT_INTERFACE:
		return "device";
	case FACT_FIRMWARE:
		return "firmware";
	case FACT_EXTENSION:
		return "application";
	case FACT_CONTAINER:
		return "container";
	case FACT_CERTIFICATE:
	case FACT_KEY:
		return "cryptographic-asset";
	default:
		return NULL;
	}
}

static void put_percent(struct buf *b, struct span s, const char *also)
{
	for (size_t i = 0; i < s.n; i++)
		if (text_is_alnum(s.p[i]) || (s.p[i] != 0 && strchr(".-_~", s.p[i]) != NULL) ||
		    (s.p[i] != 0 && strchr(also, s.p[i]) != NULL))
			buf_put_u8(b, s.p[i]);
		else
			buf_printf(b, "%%%02X", s.p[i]);
}

/* pkg:deb/debian/NAME@VERSION?arch=ARCH ; purl-spec's types of package managers */
static void put_purl(struct json_writer *j, const struct review_report *r, const struct fact *f)
{
	static const char *const types[][2] = { { "dpkg", "deb" },  { "opkg", "opkg" },
						{ "rpm", "rpm" },   { "apk", "apk" },
						{ "alpm", "alpm" }, { "pip", "pypi" },
						{ "npm", "npm" } };
	const char *type = NULL;
	struct buf b;

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (span_is(fact_value(f, FACT_TYPE), types[i][0]))
			type = types[i][1];
	if (f->kind != FACT_PACKAGE || type == NULL)
		return;
	buf_init(&b, 1 << 18);
	buf_printf(&b, "pkg:%s/", type);
	for (size_t i = 0; i < facts_count(&r->review->facts) && strcmp(type, "npm") != 0 &&
			   strcmp(type, "pypi") != 0;
	     i++) {
		struct fact os = facts_get(&r->review->facts, i);
		if (os.kind != FACT_SYSTEM || fact_value(&os, FACT_PARENT).n != 0 ||
		    fact_value(&os, FACT_ID).n == 0)
			continue;
		put_percent(&b, fact_value(&os, FACT_ID), "");
		buf_put_u8(&b, '/');
		break;
	}
	put_percent(&b, fact_value(f, FACT_NAME), "/");
	if (fact_value(f, FACT_VERSION).n != 0) {
		buf_put_u8(&b, '@');
		put_percent(&b, fact_value(f, FACT_VERSION), ":");
	}
	if (fact_value(f, FACT_ARCH).n != 0) {
		buf_put_text(&b, "?arch=");
		put_percent(&b, fact_value(f, FACT_ARCH), "");
	}
	put_member(j, "purl", buf_span(&b));
	buf_release(&b);
}

static void put_property(struct json_writer *j, const char *name, struct span value)
{
	if (value.n == 0)
		return;
	json_write_object(j);
	json_write_key(j, "name");
	json_write_text(j, name);
	put_member(j, "value", value);
	json_write_object_end(j);
}

static void put_properties(struct json_writer *j, const struct review_report *r,
			   const struct fact *f)
{
	struct span value;
	enum fact_key key;
	char name[64];
	struct buf shown;

	json_write_key(j, "properties");
	json_write_array(j);
	put_property(j, "pellucid:kind", span_of(fact_kind_word(f->kind)));
	buf_init(&shown, FACT_MAX_VALUE + 64);
	for (size_t place = 0; fact_next(f, &place, &key, &value);) {
		size_t n = strlen(fact_key_word(key));
		memcpy(name, "pellucid:", 9);
		memcpy(name + 9, fact_key_word(key), n + 1);
		buf_reset(&shown);
		pseudonym_put(&r->hide, key, value, &shown);
		put_property(j, name, buf_span(&shown));
	}
	buf_release(&shown);
	json_write_array_end(j);
}

static void put_component(struct json_writer *j, const struct review_report *r, size_t i)
{
	struct fact f = facts_get(&r->review->facts, i);
	struct span name = fact_value(&f, FACT_NAME);
	char ref[32];

	if (type_of(f.kind) == NULL)
		return;
	if (name.n == 0)
		name = fact_value(&f, FACT_ID).n != 0 ? fact_value(&f, FACT_ID)
						      : span_of(fact_kind_word(f.kind));
	(void)snprintf(ref, sizeof ref, "fact-%zu", i);
	json_write_object(j);
	put_member(j, "type", span_of(type_of(f.kind)));
	put_member(j, "bom-ref", span_of(ref));
	put_member(j, "name", name);
	put_member(j, "version", fact_value(&f, FACT_VERSION));
	put_member(j, "publisher", fact_value(&f, FACT_VENDOR));
	put_purl(j, r, &f);
	put_properties(j, r, &f);
	json_write_object_end(j);
}

/* A finding stands in an annotation: the decision and its evidence are not the component's own. */
static void put_annotation(struct json_writer *j, const struct review_report *r,
			   const struct finding *f)
{
	struct buf text;
	char ref[32];
	bool any = false;

	for (unsigned i = 0; i < f->n_facts; i++)
		any = any || type_of(facts_kind(&r->review->facts, f->fact[i])) != NULL;
	if (!any)
		return;
	json_write_object(j);
	json_write_key(j, "subjects");
	json_write_array(j);
	for (unsigned i = 0; i < f->n_facts; i++) {
		if (type_of(facts_kind(&r->review->facts, f->fact[i])) == NULL)
			continue;
		(void)snprintf(ref, sizeof ref, "fact-%u", f->fact[i]);
		json_write_text(j, ref);
	}
	json_write_array_end(j);
	json_write_key(j, "annotator");
	json_write_object(j);
	json_write_key(j, "component");
	json_write_object(j);
	put_member(j, "type", span_of("application"));
	put_member(j, "name", span_of("pellucid"));
	json_write_object_end(j);
	json_write_object_end(j);
	buf_init(&text, 1 << 16);
	buf_printf(&text, "%sT00:00:00Z", r->date);
	put_member(j, "timestamp", buf_span(&text));
	buf_reset(&text);
	buf_put_span(&text, policy_field(f->entry->node, "title", 0));
	buf_printf(&text, ": legal %s, technical held %s, %s, the match %s",
		   policy_legal_words[f->entry->legal], policy_technical_words[f->entry->held],
		   scope_words(f->scope), policy_strength_words[f->strength]);
	put_member(j, "text", buf_span(&text));
	buf_release(&text);
	json_write_object_end(j);
}

void review_cyclonedx(const struct review_report *r, struct buf *out)
{
	struct json_writer j;
	struct buf when;

	json_write_init(&j, out);
	json_write_object(&j);
	put_member(&j, "bomFormat", span_of("CycloneDX"));
	put_member(&j, "specVersion", span_of("1.6"));
	json_write_key(&j, "version");
	json_write_uint(&j, 1);
	json_write_key(&j, "metadata");
	json_write_object(&j);
	buf_init(&when, 64);
	buf_printf(&when, "%sT00:00:00Z", r->date);
	put_member(&j, "timestamp", buf_span(&when));
	buf_release(&when);
	json_write_key(&j, "tools");
	json_write_object(&j);
	json_write_key(&j, "components");
	json_write_array(&j);
	json_write_object(&j);
	put_member(&j, "type", span_of("application"));
	put_member(&j, "name", span_of("pellucid"));
	put_member(&j, "version", span_of(PELLUCID_VERSION));
	json_write_object_end(&j);
	json_write_array_end(&j);
	json_write_object_end(&j);
	json_write_object_end(&j);
	json_write_key(&j, "components");
	json_write_array(&j);
	for (size_t i = 0; i < facts_count(&r->review->facts); i++)
		put_component(&j, r, i);
	json_write_array_end(&j);
	json_write_key(&j, "annotations");
	json_write_array(&j);
	for (size_t i = 0; i < findings_count(r->findings); i++)
		put_annotation(&j, r, findings_get(r->findings, i));
	json_write_array_end(&j);
	json_write_object_end(&j);
	buf_put_u8(out, '\n');
}
