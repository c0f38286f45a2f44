/* SPDX-License-Identifier: Apache-2.0 */
#include "review/collect.h"
#include "review/lines.h"
#include "review/owned_writer.h"

/*
 * Packages of dpkg, and of opkg, which writes the same stanzas.
 *
 * `status` holds a stanza for each package, also for one of which only configuration is left.
 * Images without a package manager have a stanza a file in `status.d`, without `Status:`.
 * deb-control(5), dpkg(1), deb(5).
 */

enum { MAX_STATUS = 64 << 20, MAX_LIST = 16 << 20 };

static const char status_d[] = "/var/lib/dpkg/status.d";

static void take_list(struct gather *g, const char *directory, const char *name, unsigned type)
{
	char path[GATHER_MAX_PATH];

	(void)type;
	if (gather_ends(name, ".list") && gather_path(g, path, directory, name))
		(void)gather_away(g, path, MAX_LIST);
}

/* Of a file in status.d, "NAME.md5sums" is the list of its files. */
static void take_stanza(struct gather *g, const char *directory, const char *name, unsigned type)
{
	char path[GATHER_MAX_PATH];

	(void)type;
	if (gather_path(g, path, directory, name))
		(void)gather_file(g, path, MAX_LIST);
}

static void gather(struct gather *g)
{
	static const char *const status[] = { "/var/lib/dpkg/status", "/usr/lib/opkg/status",
					      "/var/lib/opkg/status" };
	static const char *const lists[] = { "/var/lib/dpkg/info", "/usr/lib/opkg/info",
					     "/var/lib/opkg/info" };

	for (size_t i = 0; i < sizeof status / sizeof *status; i++)
		(void)gather_file(g, status[i], MAX_STATUS);
	(void)gather_each(g, status_d, take_stanza);
	if (bundle_count(g->bundle) == 0 && g->cover->n_gaps == 0) {
		coverage_decide(g->cover, COVERAGE_NOT_APPLICABLE, "no database of dpkg or opkg");
		return;
	}
	(void)gather_file(g, "/var/lib/dpkg/diversions", MAX_LIST);
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		(void)gather_each(g, lists[i], take_list);
}

/* ---- stanzas */

struct stanza {
	struct span package, status, version, arch, source, maintainer, origin;
};

static void put_stanza(const struct stanza *s, const char *type, struct fact_writer *w)
{
	struct span rest = s->status, word, state = span_of("installed");

	if (s->package.n == 0)
		return;
	while (lines_word(&rest, &word)) /* the last of three words: want, flag, state */
		state = word;
	fact_begin(w, FACT_PACKAGE);
	fact_put(w, FACT_NAME, s->package);
	fact_put_text(w, FACT_TYPE, type);
	fact_put(w, FACT_VERSION, s->version);
	fact_put(w, FACT_ARCH, s->arch);
	fact_put(w, FACT_STATE, state);
	fact_put(w, FACT_SOURCE, s->source);
	fact_put(w, FACT_VENDOR, s->origin.n != 0 ? s->origin : s->maintainer);
	fact_end(w);
}

static void take_field(struct stanza *s, struct span name, struct span value)
{
	const struct {
		const char *name;
		struct span *to;
	} fields[] = {
		{ "Package", &s->package },       { "Status", &s->status },
		{ "Version", &s->version },       { "Architecture", &s->arch },
		{ "Source", &s->source },         { "Origin", &s->origin },
		{ "Maintainer", &s->maintainer },
	};

	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		if (span_is(name, fields[i].name))
			*fields[i].to = value;
}

/* Continuation lines belong to fields that we do not read. */
static bool read_stanzas(struct span text, const char *type, struct fact_writer *w)
{
	struct span line, name, value;
	struct stanza s = { 0 };
	bool strange = false;

	while (lines_next(&text, &line)) {
		if (lines_trim(line).n == 0) {
			put_stanza(&s, type, w);
			s = (struct stanza){ 0 };
		} else if (line.p[0] != ' ' && line.p[0] != '\t') {
			if (lines_split(line, ':', &name, &value))
				take_field(&s, name, lines_trim(value));
			else
				strange = true;
		}
	}
	put_stanza(&s, type, w);
	return !strange;
}

/* ---- lists of files */

static void read_list(struct span text, struct owned_writer *o)
{
	struct span line;

	while (lines_next(&text, &line))
		if (line.n > 1 && line.p[0] == '/')
			owned_writer_put(o, line);
}

/* Three lines each: the path, where its file is put, and for whose sake. */
static void read_diversions(struct span text, struct owned_writer *o)
{
	struct span from, to, by;

	while (lines_next(&text, &from) && lines_next(&text, &to) && lines_next(&text, &by))
		owned_writer_put(o, to);
}

/* `md5sum  path` without the leading slash */
static void read_sums(struct span text, struct owned_writer *o)
{
	char path[GATHER_MAX_PATH] = "/";
	struct span line, sum;

	while (lines_next(&text, &line)) {
		if (!lines_word(&line, &sum))
			continue;
		line = lines_trim(line);
		if (line.n == 0 || line.n >= sizeof path - 1)
			continue;
		memcpy(path + 1, line.p, line.n);
		owned_writer_put(o, (struct span){ (const uint8_t *)path, line.n + 1 });
	}
}

static void read_item(const struct item *item, struct fact_writer *w, struct owned_writer *o)
{
	struct span name = span_of(item->name);

	if (lines_ends(name, ".list"))
		read_list(item->bytes, o);
	else if (lines_ends(name, "/diversions"))
		read_diversions(item->bytes, o);
	else if (lines_ends(name, ".md5sums"))
		read_sums(item->bytes, o);
	else if (!read_stanzas(item->bytes, strstr(item->name, "opkg") != NULL ? "opkg" : "dpkg",
			       w))
		fact_gap(w, item->name, REASON_DAMAGED, "damaged: lines that are no fields");
}

static void read(const struct bundle *b, struct fact_writer *w)
{
	struct owned_writer o;

	owned_writer_init(&o, w);
	for (size_t i = 0; i < bundle_count(b); i++) {
		struct item item = bundle_get(b, i);
		read_item(&item, w, &o);
		bundle_drop(b, i);
	}
	owned_writer_end(&o);
}

const struct collector collect_dpkg = {
	.name = "dpkg",
	.title = "Debian packages",
	.looks = "/var/lib/dpkg (status, status.d, info), opkg's the same",
	.gather = gather,
	.read = read,
};
