/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/import.h"
#include "policy/policy.h"

/*
 * CISA's Known Exploited Vulnerabilities.  Binding Operational Directive 22-01 binds the civilian
 * agencies of the United States to mend each by its date; to everybody else the same list is
 * advice.  These are two scopes, and so two entries.
 */

#define CATALOG "https://www.cisa.gov/known-exploited-vulnerabilities-catalog"

/* CVE-YYYY-N..., in the list's own capitals */
static bool is_cve(struct span s)
{
	for (size_t i = 4; i < s.n; i++)
		if ((s.p[i] < '0' || s.p[i] > '9') && (s.p[i] != '-' || i != 8))
			return false;
	return s.n >= 10 && s.n <= 24 && span_is(span_cut(s, 0, 4), "CVE-") && s.p[8] == '-';
}

static bool lists(const struct json_item *list, struct span cve)
{
	struct span s;

	for (size_t i = 0; i < json_read_count(list); i++)
		if (json_read_text(json_read_element(list, i), &s) && span_equal(s, cve))
			return true;
	return false;
}

/* By its own id, or what it calls the same (aliases), or comes from (upstream). */
static bool speaks_of(const struct json_item *record, struct span cve)
{
	return span_equal(import_member(record, "id"), cve) ||
	       lists(json_read_member(record, "aliases"), cve) ||
	       lists(json_read_member(record, "upstream"), cve);
}

struct join {
	struct buf atoms;
	struct span by[4]; /* ids of records that the packages come from */
	unsigned n_by, n;
	const char *why;
};

static void join(const struct import *im, const struct json_item *const *osv, size_t n_osv,
		 struct span cve, struct join *to)
{
	const struct json_item *record;

	to->why = "no record of OSV that was given names a package for it";
	for (size_t i = 0; i < n_osv; i++)
		for (size_t at = 0; (record = import_next_record(osv[i], &at)) != NULL;) {
			if (!speaks_of(record, cve) || import_member(record, "id").n == 0 ||
			    import_member(record, "withdrawn").n != 0)
				continue;
			unsigned n = import_atoms(im, record, &to->atoms, &to->why);
			if (n != 0 && to->n_by < sizeof to->by / sizeof *to->by)
				to->by[to->n_by++] = import_member(record, "id");
			to->n += n;
		}
}

/* ---- an entry */

static void put_subject(struct import *im, const struct json_item *v, struct span cve, bool binding)
{
	struct span name = import_member(v, "vulnerabilityName");

	buf_printf(im->out, "\nentry kev-%.*s%s {\n", (int)cve.n, (const char *)cve.p,
		   binding ? "" : "-advice");
	import_field(im->out, "title", name.n != 0 ? name : cve);
	import_field(im->out, "entity", import_member(v, "vendorProject"));
	import_field(im->out, "product", import_member(v, "product"));
	buf_printf(im->out,
		   "\tkind software\n\tlegal %s\n\theld potentially-dangerous\n"
		   "\tembedded included\n\treview-by %s\n"
		   "\tunverified \"Grades and the packages are the importer's; the catalogue names "
		   "products by free text\"\n",
		   binding ? "excluded" : "advised-against", im->next_year);
}

static void put_authority(struct import *im, const struct json_item *v,
			  const struct json_item *catalog, bool binding)
{
	struct span added = import_date(v, "dateAdded", im->today);
	struct span due = import_date(v, "dueDate", "");
	struct span version = import_member(catalog, "catalogVersion");

	buf_printf(im->out,
		   "\tauthority {\n\tname \"US Cybersecurity and Infrastructure Security "
		   "Agency\"\n\tkind %s\n\tcountry us\n\tbinding %s\n\taddressed-to \"%s\"\n"
		   "\tissued %.*s\n",
		   binding ? "directive" : "guidance", binding ? "yes" : "no",
		   binding ? "Civilian executive agencies of the United States: versions that are "
			     "not mended"
			   : "Every organisation",
		   (int)added.n, (const char *)added.p);
	if (binding && due.n == 10 && memcmp(due.p, added.p, 10) >= 0)
		buf_printf(im->out, "\tremove-by %.*s\n", (int)due.n, (const char *)due.p);
	if (binding)
		buf_put_text(im->out, "\treference \"Binding Operational Directive 22-01\"\n");
	if (version.n != 0)
		import_field(im->out, "reference", version);
	buf_put_text(im->out, "\turl \"" CATALOG "\"\n\t}\n\tscope {\n");
	if (binding)
		buf_put_text(im->out, "\tjurisdiction us\n\tsector federal-executive\n");
	buf_put_text(im->out, "\t}\n");
}

static void put_evidence(struct import *im, const struct json_item *v, struct span cve,
			 const struct join *j)
{
	struct span said = import_member(v, "shortDescription");
	bool ransom = span_is(import_member(v, "knownRansomwareCampaignUse"), "Known");

	buf_put_text(im->out, "\tevidence record {\n\tkind report\n");
	import_field(im->out, "claim", said.n != 0 ? said : import_member(v, "vulnerabilityName"));
	if (said.n == 0 && import_member(v, "vulnerabilityName").n == 0)
		buf_put_text(im->out, "\tclaim \"It is exploited\"\n");
	buf_printf(im->out,
		   "\tsource \"Known Exploited Vulnerabilities, %.*s\"\n\turl \"" CATALOG "\"\n"
		   "\turl \"https://nvd.nist.gov/vuln/detail/%.*s\"\n\tretrieved %s\n",
		   (int)cve.n, (const char *)cve.p, (int)cve.n, (const char *)cve.p, im->today);
	if (ransom)
		buf_put_text(im->out, "\tnote \"Used in campaigns of ransomware, says the "
				      "catalogue\"\n");
	buf_put_text(im->out, "\tsupports yes\n\tgrade B 2\n\t}\n");
	for (unsigned i = 0; i < j->n_by; i++) {
		buf_printf(im->out, "\tevidence packages%u {\n\tkind report\n", i + 1);
		buf_put_text(im->out, "\tclaim \"Which versions of which packages have it\"\n");
		import_field(im->out, "source", j->by[i]);
		buf_put_text(im->out, "\tnote \"A record of osv.dev by that id\"\n"
				      "\tsupports context\n\tgrade B 2\n\t}\n");
	}
}

static void put_rest(struct import *im, const struct json_item *v)
{
	struct span action = import_member(v, "requiredAction");

	buf_put_text(im->out, "\tcontest {\n\tstate none\n\thow-to \"The catalogue's page says how "
			      "entries are added and taken out: " CATALOG "\"\n\t}\n\tremedy {\n");
	import_field(im->out, "advice", action.n != 0 ? action : span_of("Install what mends it"));
	buf_put_text(im->out, "\t}\n}\n");
}

static void put_entry(struct import *im, const struct json_item *catalog, const struct json_item *v,
		      struct span cve, const struct join *j, bool binding)
{
	put_subject(im, v, cve, binding);
	put_authority(im, v, catalog, binding);
	buf_put_text(im->out, "\tmatch {\n");
	buf_put_span(im->out, buf_span(&j->atoms));
	buf_put_text(im->out, "\t}\n");
	put_evidence(im, v, cve, j);
	put_rest(im, v);
	im->n_entries++;
}

static void add(struct import *im, const struct json_item *catalog, const struct json_item *v,
		const struct json_item *const *osv, size_t n_osv)
{
	struct span cve = import_member(v, "cveID");
	struct join j = { .n = 0 };

	im->n_records++;
	buf_init(&j.atoms, 1 << 20);
	if (!is_cve(cve) || import_member(v, "vendorProject").n == 0 ||
	    import_member(v, "product").n == 0) {
		import_left_out(im, cve, "no entry of the catalogue");
	} else if (im->n_entries >= IMPORT_MAX_ENTRIES) {
		import_left_out(im, cve, "limit: more entries than one policy takes");
	} else {
		join(im, osv, n_osv, cve, &j);
		if (j.n == 0 || j.n >= POLICY_MAX_ATOMS || !buf_ok(&j.atoms)) {
			import_left_out(im, cve, j.why);
		} else if (!import_is_new(im, cve)) {
			import_left_out(im, cve, "a second entry of that name");
		} else {
			put_entry(im, catalog, v, cve, &j, true);
			put_entry(im, catalog, v, cve, &j, false);
		}
	}
	buf_release(&j.atoms);
}

void import_kev(struct import *im, const struct json_item *catalog,
		const struct json_item *const *osv, size_t n_osv)
{
	const struct json_item *list = json_read_member(catalog, "vulnerabilities"), *v;

	for (size_t i = 0; (v = json_read_element(list, i)) != NULL; i++)
		add(im, catalog, v, osv, n_osv);
}
