/* SPDX-License-Identifier: Apache-2.0 */
#include "review/collect.h"
#include "review/lines.h"
#include "review/owned_writer.h"

/*
 * Packages of apk: one file of records parted by empty lines, each line a letter, a colon and a
 * value. P name, V version, A architecture, o origin, m maintainer, F a directory, R a file in it.
 * The letters are those of apk-tools' database (wiki.alpinelinux.org/wiki/Apk_spec).
 */

enum { MAX_DATABASE = 64 << 20 };

static void gather(struct gather *g)
{
	bool any = gather_file(g, "/lib/apk/db/installed", MAX_DATABASE);

	if (!any && !gather_file(g, "/usr/lib/apk/db/installed", MAX_DATABASE) &&
	    g->cover->n_gaps == 0)
		coverage_decide(g->cover, COVERAGE_NOT_APPLICABLE, "no database of apk");
}

struct record {
	struct span name, version, arch, origin, maintainer, directory;
};

static void put_record(const struct record *r, struct fact_writer *w)
{
	if (r->name.n == 0)
		return;
	fact_begin(w, FACT_PACKAGE);
	fact_put(w, FACT_NAME, r->name);
	fact_put_text(w, FACT_TYPE, "apk");
	fact_put(w, FACT_VERSION, r->version);
	fact_put(w, FACT_ARCH, r->arch);
	fact_put_text(w, FACT_STATE, "installed");
	fact_put(w, FACT_SOURCE, r->origin);
	fact_put(w, FACT_VENDOR, r->maintainer);
	fact_end(w);
}

static void put_file(const struct record *r, struct span name, struct owned_writer *o)
{
	uint8_t path[GATHER_MAX_PATH];
	size_t n = r->directory.n;

	if (n + name.n + 2 > sizeof path)
		return;
	path[0] = '/';
	memcpy(path + 1, n != 0 ? r->directory.p : path, n);
	path[1 + n] = '/';
	memcpy(path + n + 2, name.n != 0 ? name.p : path, name.n);
	owned_writer_put(o, n == 0 ? (struct span){ path + 1, name.n + 1 }
				   : (struct span){ path, n + name.n + 2 });
}

static bool take_line(struct record *r, struct span line, struct owned_writer *o)
{
	struct span value = span_cut(line, 2, SIZE_MAX);

	if (line.n < 2 || line.p[1] != ':')
		return false;
	switch (line.p[0]) {
	case 'P':
		r->name = value;
		break;
	case 'V':
		r->version = value;
		break;
	case 'A':
		r->arch = value;
		break;
	case 'o':
		r->origin = value;
		break;
	case 'm':
		r->maintainer = value;
		break;
	case 'F':
		r->directory = value;
		break;
	case 'R':
		put_file(r, value, o);
		break;
	default:
		break;
	}
	return true;
}

static void read(const struct bundle *b, struct fact_writer *w)
{
	struct owned_writer o;

	owned_writer_init(&o, w);
	for (size_t i = 0; i < bundle_count(b); i++) {
		struct item item = bundle_get(b, i);
		struct span text = item.bytes, line;
		struct record r = { .name = { NULL, 0 } };
		bool strange = false;
		while (lines_next(&text, &line)) {
			if (line.n == 0) {
				put_record(&r, w);
				r = (struct record){ .name = { NULL, 0 } };
			} else if (!take_line(&r, line, &o)) {
				strange = true;
			}
		}
		put_record(&r, w);
		if (strange)
			fact_gap(w, item.name, REASON_DAMAGED, "damaged: lines that are no fields");
	}
	owned_writer_end(&o);
}

const struct collector collect_apk = {
	.name = "apk",
	.title = "Alpine packages",
	.looks = "/lib/apk/db/installed, /usr/lib/apk/db/installed",
	.gather = gather,
	.read = read,
};
