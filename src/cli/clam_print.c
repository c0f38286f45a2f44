/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/clam_print.h"
#include "base/text.h"
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

enum { MAX_LINE = 1 << 20, MAX_NAMES = 1 << 16, MEGABYTE = 1 << 20 };

/* ---- lines */

/* Ends the line that was made, and puts it where it belongs; `to` is NULL where only the log is to
 * have it. */
static void put_line(struct clam_print *p, FILE *to, bool logged)
{
	buf_put_u8(&p->line, '\n');
	if (to != NULL)
		fwrite(p->line.p, 1, p->line.n, to);
	if (logged && p->log != NULL)
		fwrite(p->line.p, 1, p->line.n, p->log);
	buf_reset(&p->line);
}

static void put_path(struct clam_print *p, const char *path)
{
	text_escape(&p->line, span_of(path));
	buf_put_text(&p->line, ": ");
}

void clam_print_warning(struct clam_print *p, const char *format, ...)
{
	FILE *to = p->o->to_stdout ? stdout : stderr;
	char text[4096];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	buf_put_text(&p->line, "WARNING: ");
	text_show(&p->line, span_of(text));
	put_line(p, p->o->quiet ? NULL : to, true);
}

/* ---- names */

/* What ClamAV's lists of links find, where it is not asked for. */
static bool is_left_out(const struct clam_options *o, const struct db_rule *rule)
{
	return (!o->heuristics || !o->phishing_urls) && (rule->flags & IR_RULE_CLAMAV) != 0 &&
	       span_is(span_cut(rule->name, 0, 11), "Heuristics.");
}

/* Databases whose names end in u are for programs that somebody may not want. */
static bool is_pua(const struct db *db, const struct db_rule *rule)
{
	static const char *const endings[] = { ".hdu", ".hsu", ".mdu", ".msu", ".ndu", ".ldu" };
	struct db_source source;

	if ((rule->flags & IR_RULE_CLAMAV) == 0 || !db_source(db, rule->source, &source) ||
	    source.name.n < 4)
		return false;
	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
		if (span_is(span_cut(source.name, source.name.n - 4, 4), endings[i]))
			return true;
	return false;
}

/* Is it to be reported, and was it not yet?  Each name stands once for a file. */
static bool is_new(struct clam_print *p, const struct verdict_match *m, struct db_rule *rule)
{
	const uint32_t *seen = (const uint32_t *)(const void *)p->names.p;

	if (!db_rule(p->db, m->rule, rule) || (!p->o->detect_pua && is_pua(p->db, rule)) ||
	    is_left_out(p->o, rule))
		return false;
	for (size_t i = 0; i < p->names.n / sizeof *seen; i++)
		if (seen[i] == m->rule)
			return false;
	buf_put(&p->names, &m->rule, sizeof m->rule);
	p->names.failed = false;
	return true;
}

/* As clamscan names them: a rule of YARA is YARA.name.UNOFFICIAL. */
static void put_name(struct clam_print *p, const struct db_rule *rule)
{
	bool yara = (rule->flags & IR_RULE_CLAMAV) == 0;

	buf_put_text(&p->line, yara ? "YARA." : "");
	text_escape(&p->line, rule->name);
	buf_put_text(&p->line, yara ? ".UNOFFICIAL FOUND" : " FOUND");
}

static void put_found(struct clam_print *p)
{
	put_line(p, p->o->quiet ? NULL : stdout, true);
	if (p->o->bell && !p->o->quiet)
		fputc('\a', stderr);
}

/* The matches of the file, or of an object in it. */
static unsigned put_matches(struct clam_print *p, const char *path, const struct verdict *file,
			    size_t child)
{
	const struct verdict *v = child == 0 ? file : &file->child[child - 1].verdict;
	unsigned n = 0;

	for (size_t i = 0; i < v->n_matches; i++) {
		struct db_rule rule;
		if (!is_new(p, &v->match[i], &rule))
			continue;
		n++;
		put_path(p, path);
		put_name(p, &rule);
		put_found(p);
		if (p->o->archive_verbose) {
			struct buf way;
			buf_init(&way, (size_t)VERDICT_MAX_DEPTH * VERDICT_MAX_SEGMENT);
			if (child != 0)
				verdict_way(file, child - 1, &way);
			text_escape(&p->line, span_of(path));
			buf_put_u8(&p->line, '!');
			text_escape(&p->line, buf_span(&way));
			buf_put_text(&p->line, ": ");
			put_name(p, &rule);
			put_line(p, p->o->quiet ? NULL : stdout, true);
			buf_release(&way);
		}
		if (!p->o->all_match)
			break;
	}
	return n;
}

/* ---- what is said of objects that were not examined whole */

static const char *limit_name(const struct verdict_gap *g)
{
	static const struct {
		const char *detail, *name;
	} names[] = {
		{ "limit:depth", "MaxRecursion" }, { "limit:objects", "MaxFiles" },
		{ "limit:bytes", "MaxScanSize" },  { "limit:ratio", "MaxScanSize" },
		{ "limit:memory", "MaxScanSize" }, { "limit:steps", "MaxScanTime" },
		{ "limit:time", "MaxScanTime" },   { "limit:size", "MaxFileSize" },
	};

	if (g->why == REASON_TIME)
		return "MaxScanTime";
	for (size_t i = 0; g->why == REASON_LIMIT && i < sizeof names / sizeof *names; i++)
		if (span_is(span_cut(g->detail, 0, strlen(names[i].detail)), names[i].detail))
			return names[i].name;
	return NULL;
}

/* What the object is in, or is: "zip".  The format of what is encrypted. */
static struct span format_of(const struct verdict *file, size_t child)
{
	for (size_t i = child; i != 0; i = file->child[i - 1].parent)
		if (file->child[i - 1].verdict.format.n != 0)
			return file->child[i - 1].verdict.format;
	return file->format;
}

static bool put_encrypted(struct clam_print *p, const char *path, struct span format)
{
	static const struct {
		const char *format, *name;
		bool document;
	} names[] = { { "zip", "Zip", false },   { "7z", "7Zip", false }, { "rar", "RAR", false },
		      { "rar5", "RAR", false },  { "PDF", "PDF", true },  { "OLE2", "OLE2", true },
		      { "OneNote", NULL, true }, { NULL, NULL, false } };
	size_t i = 0;

	while (names[i].format != NULL && !span_is(format, names[i].format))
		i++;
	if (!(names[i].document ? p->o->alert_doc : p->o->alert_archive))
		return false;
	put_path(p, path);
	buf_put_text(&p->line, "Heuristics.Encrypted.");
	if (names[i].name != NULL)
		buf_put_text(&p->line, names[i].name);
	else
		text_escape(&p->line, format);
	buf_put_text(&p->line, " FOUND");
	put_found(p);
	return true;
}

static bool put_limit(struct clam_print *p, const char *path, const char *name)
{
	if (!p->o->alert_limits || name == NULL)
		return false;
	put_path(p, path);
	buf_printf(&p->line, "Heuristics.Limits.Exceeded.%s FOUND", name);
	put_found(p);
	return true;
}

static bool put_macros(struct clam_print *p, const char *path, const struct verdict *v)
{
	const char *name = span_is(v->format, "VBA")              ? "VBA"
			   : span_is(v->format, "Excel 4 macros") ? "XLM"
								  : NULL;

	if (!p->o->alert_macros || name == NULL)
		return false;
	put_path(p, path);
	buf_printf(&p->line, "Heuristics.OLE2.ContainsMacros.%s FOUND", name);
	put_found(p);
	return true;
}

/* A finding that options ask for, of the file (0) or of an object in it: at most one. */
static bool put_heuristic(struct clam_print *p, const char *path, const struct verdict *file,
			  size_t child)
{
	const struct verdict *v = child == 0 ? file : &file->child[child - 1].verdict;

	for (size_t i = 0; i < v->n_gaps; i++) {
		const struct verdict_gap *g = &v->gap[i];
		if (g->why == REASON_ENCRYPTED && put_encrypted(p, path, format_of(file, child)))
			return true;
		if (put_limit(p, path, limit_name(g)))
			return true;
	}
	return put_macros(p, path, v);
}

/* "PATH: reason: what, in its way ERROR": the first gap.  True where there is one. */
static bool put_gap(struct clam_print *p, const char *path, const struct verdict *file,
		    size_t child)
{
	const struct verdict *v = child == 0 ? file : &file->child[child - 1].verdict;
	struct buf way;

	if (v->n_gaps == 0)
		return false;
	const char *word = reason_word(v->gap[0].why);
	put_path(p, path);
	if (!span_is(span_cut(v->gap[0].detail, 0, strlen(word)), word))
		buf_printf(&p->line, "%s: ", word);
	text_escape(&p->line, v->gap[0].detail);
	buf_init(&way, (size_t)VERDICT_MAX_DEPTH * VERDICT_MAX_SEGMENT);
	if (child != 0) {
		verdict_way(file, child - 1, &way);
		buf_put_text(&p->line, ", in ");
		text_escape(&p->line, span_cut(buf_span(&way), 1, way.n));
	}
	buf_release(&way);
	buf_put_text(&p->line, " ERROR");
	put_line(p, stdout, true);
	p->errors++;
	return true;
}

void clam_print_object(struct clam_print *p, const char *path, const struct verdict *v)
{
	unsigned n = 0;
	bool told = false;

	p->files++;
	p->read += v->size;
	p->scanned += v->size + v->inside_bytes;
	buf_reset(&p->names);
	if (p->o->verbose && !p->o->quiet) {
		buf_put_text(&p->line, "Scanning ");
		text_escape(&p->line, span_of(path));
		put_line(p, stdout, false);
	}
	for (size_t i = 0; i <= v->n_children && (n == 0 || p->o->all_match); i++)
		n += put_matches(p, path, v, i);
	for (size_t i = 0; i <= v->n_children && n == 0; i++)
		n += put_heuristic(p, path, v, i);
	p->found += n != 0;
	for (size_t i = 0; i <= v->n_children && n == 0 && !told; i++)
		told = put_gap(p, path, v, i);
	if (n != 0 || told || p->o->quiet || p->o->infected || p->o->no_ok)
		return;
	put_path(p, path);
	buf_put_text(&p->line, "OK");
	put_line(p, stdout, false);
}

void clam_print_skipped(struct clam_print *p, const char *path, const struct error *e)
{
	struct verdict_gap g = { .why = e->why, .detail = span_of(e->text) };
	bool seen = !p->o->quiet && !p->o->infected;

	p->files += e->why == REASON_LIMIT;
	if (put_limit(p, path, limit_name(&g))) {
		p->found++;
		return;
	}
	p->errors += e->why != REASON_UNSUPPORTED && e->why != REASON_IO;
	if (e->why == REASON_IO) {
		p->warned = true;
		clam_print_warning(p, "%s: %s", path, e->text);
		return;
	}
	put_path(p, path);
	if (e->why == REASON_DENIED) {
		buf_put_text(&p->line, "Access denied");
	} else {
		text_escape(&p->line, span_of(e->text));
		buf_put_text(&p->line, e->why == REASON_UNSUPPORTED ? "" : " ERROR");
		seen = seen || e->why != REASON_UNSUPPORTED;
	}
	put_line(p, seen ? stdout : NULL, true);
}

/* ---- begin and end */

bool clam_print_begin(struct clam_print *p)
{
	static const char rule[] = "\n----------------------------------------"
				   "---------------------------------------\n\n";

	buf_init(&p->line, MAX_LINE);
	buf_init(&p->names, MAX_NAMES);
	clock_gettime(CLOCK_MONOTONIC, &p->begun);
	p->start = time(NULL);
	if (p->o->log == NULL)
		return true;
	p->log = fopen(p->o->log, "ae");
	if (p->log == NULL) {
		fprintf(stderr, "ERROR: %s: %s\nERROR: Problem with internal logger.\n", p->o->log,
			strerror(errno));
		return false;
	}
	fputs(rule, p->log);
	return true;
}

static void put_count(struct clam_print *p, const char *what, uint64_t n)
{
	buf_printf(&p->line, "%s: %" PRIu64 "\n", what, n);
}

static void put_date(struct clam_print *p, const char *what, time_t t)
{
	struct tm tm;
	char text[32];

	if (localtime_r(&t, &tm) != NULL &&
	    strftime(text, sizeof text, "%Y:%m:%d %H:%M:%S", &tm) != 0)
		buf_printf(&p->line, "%s %s\n", what, text);
}

static void put_summary(struct clam_print *p)
{
	double read = (double)p->read / MEGABYTE, scanned = (double)p->scanned / MEGABYTE;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	double s = (double)(now.tv_sec - p->begun.tv_sec) +
		   (double)(now.tv_nsec - p->begun.tv_nsec) / 1e9;
	buf_put_text(&p->line, "\n----------- SCAN SUMMARY -----------\n");
	put_count(p, "Known viruses",
		  p->db != NULL ? (uint64_t)db_n_rules(p->db) + db_n_hashes(p->db) : 0);
	buf_put_text(&p->line, "Engine version: Pellucid " PELLUCID_VERSION "\n");
	if (p->proof != NULL)
		buf_printf(&p->line, "Signatures: %s\n", p->proof);
	put_count(p, "Scanned directories", p->directories);
	put_count(p, "Scanned files", p->files);
	put_count(p, "Infected files", p->found);
	if (p->errors != 0)
		put_count(p, "Total errors", p->errors);
	if (p->left_out != 0)
		put_count(p, "Signatures left out", p->left_out);
	buf_printf(&p->line, "Data scanned: %.2f MB\n", scanned);
	buf_printf(&p->line, "Data read: %.2f MB (ratio %.2f:1)\n", read,
		   p->read != 0 ? scanned / read : 0);
	buf_printf(&p->line, "Time: %.3f sec (%u m %u s)\n", s, (unsigned)s / 60, (unsigned)s % 60);
	put_date(p, "Start Date:", p->start);
	put_date(p, "End Date:  ", time(NULL));
	p->line.n--; /* put_line() ends it */
	put_line(p, p->o->quiet ? NULL : stdout, true);
}

void clam_print_end(struct clam_print *p)
{
	if (!p->o->no_summary)
		put_summary(p);
	if (p->log != NULL) {
		bool failed = ferror(p->log) != 0; /* earlier, and it may have passed since */
		if (fclose(p->log) != 0 || failed)
			p->errors++;
	}
	buf_release(&p->line);
	buf_release(&p->names);
}
