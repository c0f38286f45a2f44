/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Usage: torture_scan [--step N] [--file-step N] CORPUS...   Opens a database, scans each file with
 * all that is in it, and gives all back, while memory fails.  What comes out is what comes out with
 * memory enough; or the database or the scanner says that there is none; or the verdict has a gap
 * more, and is not `clean`.
 */

#include "engine/nest.h"
#include "rules/clamav/clam.h"
#include "rules/yara/yara.h"
#include "tests/torture/failing.h"
#include "tests/torture/torture.h"

#include <stdio.h>
#include <stdlib.h>

static const char rules[] =
	"import \"pe\" import \"elf\" import \"math\" import \"hash\" import \"dotnet\" import "
	"\"macho\" "
	"rule text { strings: $a = \"no program, but it begins\" condition: $a }\n"
	"rule shapes { strings: $a = /b[a-z]+ns as (one|two) do/ $b = { 4d 5a ?? [2-8] 69 } "
	"condition: any of them }\n"
	"rule parts { condition: pe.number_of_sections > 0 or elf.number_of_sections > 0 or "
	"macho.cputype > 0 or dotnet.is_dotnet }\n"
	"rule sums { condition: filesize < 200 and hash.md5(0, filesize) == \"0\" and "
	"math.entropy(0, filesize) > 0 }\n";

/* of the text in most seeds */
static const char hashes[] = "44d88612fea8a8f36de82e1278abb02f:68:Other\n";

static void build(struct buf *file)
{
	struct ruleset set;
	struct error e;

	ruleset_init(&set);
	struct yara *y = yara_new(&set, &(struct yara_options){ 0 });
	struct clam *c = clam_new(&set);
	if (y == NULL || c == NULL ||
	    !yara_add(y, span_of("torture"), span_of(rules), span_of("default"), &e) ||
	    !clam_add(c, CLAM_HASH, span_of("t.hdb"), span_of(hashes), span_of("clam"), false,
		      &e) ||
	    set.n_errors != 0 || !db_build(&set, file, &e)) {
		fprintf(stderr, "torture_scan: the rules do not compile\n");
		exit(1);
	}
	yara_free(y);
	clam_free(c);
	ruleset_release(&set);
}

/* What a verdict comes to. */
struct sum {
	bool refused; /* there was no verdict, for there was no memory */
	enum verdict_kind kind;
	uint64_t n_inside, inside_bytes, n_matches, n_gaps;
};

static bool same(const struct sum *a, const struct sum *b)
{
	return a->refused == b->refused && a->kind == b->kind && a->n_inside == b->n_inside &&
	       a->inside_bytes == b->inside_bytes && a->n_matches == b->n_matches &&
	       a->n_gaps == b->n_gaps;
}

static void scan(struct span file, struct span object, struct sum *out)
{
	struct scan_options o = { .strings = true };
	struct scanner *s = NULL;
	struct nest *t = NULL;
	struct db *db = NULL;
	struct verdict v;
	struct error e = { 0 };

	*out = (struct sum){ .refused = true };
	if (db_open(file, &db, &e) && scanner_new(db, &o, &s, &e) && nest_new(s, db, &o, &t, &e)) {
		nest_object(t, object, &v);
		*out = (struct sum){ .kind = v.kind,
				     .n_inside = v.n_inside,
				     .inside_bytes = v.inside_bytes,
				     .n_matches = v.n_matches,
				     .n_gaps = v.n_gaps };
		for (size_t i = 0; i < v.n_children; i++) {
			out->n_matches += v.child[i].verdict.n_matches;
			out->n_gaps += v.child[i].verdict.n_gaps;
		}
	} else if (e.why != REASON_MEMORY) {
		fprintf(stderr, "refused for another reason: %s\n", e.text);
		out->refused = false;
	}
	nest_free(t);
	scanner_free(s);
	db_free(db);
}

struct torturer {
	struct buf file;
	struct sum whole; /* with memory enough */
};

static bool work(void *ctx, const char *path, struct span object, bool failing)
{
	struct torturer *t = ctx;
	struct sum sum;

	scan(buf_span(&t->file), object, &sum);
	(void)failing_end();
	if (!failing) {
		t->whole = sum;
		return true;
	}
	if (sum.refused || same(&sum, &t->whole))
		return true;
	if (sum.kind != VERDICT_CLEAN && sum.n_gaps != 0)
		return true;
	fprintf(stderr,
		"%s: %s with %u objects, %u matches and %u gaps; with memory enough %s with %u, %u "
		"and %u\n",
		path, verdict_word(sum.kind), (unsigned)sum.n_inside, (unsigned)sum.n_matches,
		(unsigned)sum.n_gaps, verdict_word(t->whole.kind), (unsigned)t->whole.n_inside,
		(unsigned)t->whole.n_matches, (unsigned)t->whole.n_gaps);
	return false;
}

int main(int argc, char **argv)
{
	struct torture t;
	struct torturer r;
	int first = torture_options(&t, argc, argv);

	buf_init(&r.file, 1 << 24);
	build(&r.file);
	torture_files(&t, argv + first, argc - first, work, &r);
	buf_release(&r.file);
	return torture_end(&t, "torture_scan");
}
