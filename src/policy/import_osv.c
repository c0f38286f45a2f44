/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/import.h"

/*
 * Records of malicious packages (github.com/ossf/malicious-packages, as osv.dev carries them).  A
 * record is a report of the community: it is held potentially dangerous and no more, for it names
 * no artefact that anybody could test; what it claims is written down as its claim.
 */

enum { MAX_ORIGINS = 8 };

static bool is_sha256(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!(s.p[i] >= '0' && s.p[i] <= '9') && !(s.p[i] >= 'a' && s.p[i] <= 'f'))
			return false;
	return s.n == 64;
}

/* Whom the record had it from: each with the digest of what was handed in. */
static void put_origins(struct import *im, const struct json_item *record)
{
	const struct json_item *list = json_read_member(
		json_read_member(record, "database_specific"), "malicious-packages-origins");
	const struct json_item *item;

	for (size_t i = 0; i < MAX_ORIGINS && (item = json_read_element(list, i)) != NULL; i++) {
		struct span source = import_member(item, "source");
		struct span digest = import_member(item, "sha256");
		if (source.n == 0 || !is_sha256(digest))
			continue;
		buf_printf(im->out, "\tevidence origin%zu {\n\tkind report\n", i + 1);
		buf_put_text(im->out, "\tclaim \"The report that the record was made from\"\n");
		import_field(im->out, "source", source);
		buf_printf(im->out, "\tsha256 %.*s\n\tsupports yes\n\tgrade F 3\n\t}\n",
			   (int)digest.n, (const char *)digest.p);
	}
}

static void put_subject(struct import *im, const struct json_item *record, struct span id,
			bool withdrawn)
{
	struct span package = import_member(
		json_read_member(json_read_element(json_read_member(record, "affected"), 0),
				 "package"),
		"name");
	struct span summary = import_member(record, "summary");

	buf_printf(im->out, "\nentry %.*s {\n", (int)id.n, (const char *)id.p);
	import_field(im->out, "title", summary.n != 0 ? summary : id);
	buf_put_text(im->out, "\tentity \"Whoever published the package\"\n");
	import_field(im->out, "product", package.n != 0 ? package : id);
	buf_printf(im->out,
		   "\tkind package\n\tlegal %s\n\theld %s\n"
		   "\tclaimed confirmed-malicious by \"OpenSSF Malicious Packages\"\n"
		   "\tembedded included\n\treview-by %s\n"
		   "\tunverified \"Grades are the importer's: a report of the community\"\n",
		   withdrawn ? "withdrawn" : "advised-against",
		   withdrawn ? "none" : "potentially-dangerous", im->next_year);
}

static void put_authority(struct import *im, const struct json_item *record, struct span id)
{
	struct span published = import_date(record, "published", im->today);

	buf_printf(im->out,
		   "\tauthority {\n\tname \"OpenSSF Malicious Packages\"\n\tkind community\n"
		   "\tcountry international\n\tbinding no\n"
		   "\taddressed-to \"Everybody who installs packages\"\n\tissued %.*s\n",
		   (int)published.n, (const char *)published.p);
	import_field(im->out, "reference", id);
	buf_printf(im->out, "\turl \"https://osv.dev/vulnerability/%.*s\"\n\t}\n\tscope {\n\t}\n",
		   (int)id.n, (const char *)id.p);
}

static void put_evidence(struct import *im, const struct json_item *record, struct span id)
{
	struct span details = import_member(record, "details");

	buf_put_text(im->out, "\tevidence record {\n\tkind report\n");
	import_field(im->out, "claim", details.n != 0 ? details : import_member(record, "summary"));
	if (details.n == 0 && import_member(record, "summary").n == 0)
		buf_put_text(im->out, "\tclaim \"The record gives no words of its own\"\n");
	import_field(im->out, "source", id);
	buf_printf(im->out,
		   "\turl \"https://osv.dev/vulnerability/%.*s\"\n\tretrieved %s\n"
		   "\tsupports yes\n\tgrade C 3\n\t}\n",
		   (int)id.n, (const char *)id.p, im->today);
	put_origins(im, record);
	buf_put_text(im->out,
		     "\tevidence against {\n\tkind absence\n"
		     "\tclaim \"The record has no field for what speaks against it\"\n"
		     "\tsource \"The OSV schema\"\n\tsupports context\n\tgrade A 1\n\t}\n");
}

static void put_rest(struct import *im)
{
	buf_put_text(im->out,
		     "\tcontest {\n\tstate none\n\thow-to \"An issue at "
		     "https://github.com/ossf/malicious-packages; a record that was withdrawn "
		     "stops applying\"\n\t}\n"
		     "\tremedy {\n\tadvice \"Remove the package, and treat every secret that it "
		     "could read as known to others\"\n\t}\n}\n");
}

/* An id stands in addresses and as a name: letters, digits and - . _ only. */
static bool is_id(struct span id)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-._";

	for (size_t i = 0; i < id.n; i++)
		if (id.p[i] == 0 || strchr(allowed, id.p[i]) == NULL)
			return false;
	return id.n >= 5 && id.n <= 64 && span_is(span_cut(id, 0, 4), "MAL-");
}

static void add_record(struct import *im, const struct json_item *record)
{
	struct span id = import_member(record, "id");
	const char *why;
	struct buf atoms;

	im->n_records++;
	if (!is_id(id)) {
		import_left_out(im, id, "no record of a malicious package (MAL-)");
		return;
	}
	buf_init(&atoms, 1 << 20);
	if (im->n_entries >= IMPORT_MAX_ENTRIES) {
		import_left_out(im, id, "limit: more records than one policy takes");
	} else if (import_atoms(im, record, &atoms, &why) == 0 || !buf_ok(&atoms)) {
		import_left_out(im, id, why);
	} else if (!import_is_new(im, id)) {
		import_left_out(im, id, "a second record of that name");
	} else {
		bool withdrawn = import_member(record, "withdrawn").n != 0;
		put_subject(im, record, id, withdrawn);
		put_authority(im, record, id);
		buf_put_text(im->out, "\tmatch {\n");
		buf_put_span(im->out, buf_span(&atoms));
		buf_put_text(im->out, "\t}\n");
		put_evidence(im, record, id);
		put_rest(im);
		im->n_entries++;
		im->n_withdrawn += withdrawn;
	}
	buf_release(&atoms);
}

void import_osv(struct import *im, const struct json_item *file)
{
	const struct json_item *record;

	for (size_t at = 0; (record = import_next_record(file, &at)) != NULL;)
		add_record(im, record);
}
