/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "base/standard.h"
#include "cli/place.h"
#include "cli/recover.h"
#include "recover/hex.h"
#include "recover/petya.h"
#include "report/recover_text.h"
#include "sandbox/walk.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_OUTPUT = 256 << 20 };

/* A name and its NUL, u32 bytes, the bytes; one after the other (tools/carry.sh makes it). */
extern const uint8_t shipped_families[], shipped_families_end[];

static const char help[] =
	"usage: pellucid recover identify [--json] PATH...  which ransomware it was, with the "
	"evidence\n"
	"       pellucid recover assess [--json] [--html FILE] TREE...  what is lost, and what is "
	"whole\n"
	"       pellucid recover try [OPTIONS] TREE...     find keys, and hold them against a "
	"sample\n"
	"       pellucid recover run --into NEW [OPTIONS] TREE...  the originals, into a new tree\n"
	"       pellucid recover salvage --into NEW PATH...  what is whole inside files that are "
	"not\n"
	"       pellucid recover descriptors --into NEW TREE...  of virtual disks, made anew\n"
	"       pellucid recover code CODE                 the password for Petya's screen\n"
	"       pellucid recover list [--json]             the families that are known\n"
	"       pellucid recover show [--json] FAMILY      can it be undone, how, what is needed\n"
	"\n"
	"  --into NEW          where the originals go: a directory of its own, outside of the "
	"trees\n"
	"  --family ID         what the files are of, where nothing else says so\n"
	"  --key [FAMILY:]FILE  a key that you bring (recover show FAMILY says which); one for "
	"each family\n"
	"  --before FILE --after FILE  one file as it was and as it is; up to four times\n"
	"  --seeds [FAMILY:]FROM:TO  narrows a search\n"
	"  --search FILE       says how far a search came, and where it goes on "
	"(NEW/recover.search)\n"
	"of run alone:\n"
	"  --known FILE        digests of originals, as sha256sum writes them\n"
	"  --settle SECONDS    nothing may change for so long (30)\n"
	"  --i-have-isolated   do not wait: nothing writes there any more\n"
	"\n"
	"Everything is offline, and files are opened for reading alone.\n";

struct span recover_list(void)
{
	return (struct span){ shipped_families, (size_t)(shipped_families_end - shipped_families) };
}

bool recover_families(struct families *s)
{
	struct error e = { .text = "" };

	if (families_init(s, &e) && families_add_all(s, recover_list(), &e))
		return true;
	(void)cli_fail("recover", "%s", e.text);
	families_release(s);
	return false;
}

const char *recover_worker(void)
{
	static char worker[4096];

	if (place_of("pellucid-worker", worker, sizeof worker))
		return worker;
	(void)cli_fail("recover", "pellucid-worker is not installed");
	return NULL;
}

bool recover_examiner(const struct families *s, struct examiner **out)
{
	const char *worker = recover_worker();
	struct error e;

	if (worker == NULL)
		return false;
	if (examiner_open(worker, recover_list(), s, out, &e))
		return true;
	(void)cli_fail("recover", "%s", e.text);
	return false;
}

int recover_print(struct buf *out, int status)
{
	bool ok = buf_ok(out) && fwrite(out->p, 1, out->n, stdout) == out->n && standard_written();

	buf_release(out);
	return ok ? status : EXIT_CANNOT;
}

/* ---- list, show */

static int list(const struct recover_options *o)
{
	struct families s;
	struct buf out;
	struct json_writer j;

	if (!recover_families(&s))
		return EXIT_CANNOT;
	buf_init(&out, MAX_OUTPUT);
	json_write_init(&j, &out);
	if (o->json)
		json_write_array(&j);
	for (size_t i = 0; i < s.n; i++)
		if (o->json)
			recover_json_family(&s.list[i], &j);
		else
			recover_text_line(&s.list[i], &out);
	if (o->json) {
		json_write_array_end(&j);
		buf_put_u8(&out, '\n');
	}
	families_release(&s);
	return recover_print(&out, EXIT_CLEAN);
}

static int show(const struct recover_options *o)
{
	struct families s;
	struct buf out;
	struct json_writer j;

	if (!recover_families(&s))
		return EXIT_CANNOT;
	const struct family *f = families_find(&s, span_of(o->path[0]));
	if (f == NULL) {
		families_release(&s);
		return cli_fail("recover", "no family `%s`: see pellucid recover list", o->path[0]);
	}
	buf_init(&out, MAX_OUTPUT);
	json_write_init(&j, &out);
	if (o->json) {
		recover_json_family(f, &j);
		buf_put_u8(&out, '\n');
	} else {
		recover_text_family(f, &out);
	}
	families_release(&s);
	return recover_print(&out, EXIT_CLEAN);
}

/* ---- code */

/* Each version is tried: a password is 16 letters and digits, which a wrong one is not. */
static int code(const struct recover_options *o)
{
	static const char *const names[] = { "Petya Red", "Petya Green, or Mischa" };
	struct span text = span_of(o->path[0]);
	uint8_t master[PETYA_MASTER], key[PETYA_KEY];
	char hex[2 * PETYA_KEY + 1];
	struct families s;
	struct error e;
	bool found = false;

	if (!recover_families(&s))
		return EXIT_CANNOT;
	const struct family *f = families_find(&s, span_of("petya"));
	bool known = f != NULL && family_bytes(f, "master", master, sizeof master);
	families_release(&s);
	if (!known)
		return cli_fail("recover", "the family petya has no master key");
	for (unsigned k = 0; k < 2 && !found; k++) {
		enum petya_kind kind = k == 0 ? PETYA_RED : PETYA_GREEN;
		found = petya_key(kind, text, master, key, &e) && petya_is_password(key);
		if (found)
			printf("%s: the password is %.16s\n", names[k], (const char *)key);
	}
	if (!found && petya_key(PETYA_GOLDENEYE, text, master, key, &e)) {
		hex_text(key, sizeof key, hex);
		printf("Goldeneye, if it is one (nothing here proves it): the key is %s\n", hex);
		found = true;
	}
	if (!found)
		return cli_fail("recover", "this is no code of Petya, Mischa or Goldeneye");
	return standard_written() ? EXIT_CLEAN : EXIT_CANNOT;
}

/* ---- identify */

struct gathering {
	struct identify *id;
	struct examiner *x;
	struct recover_waiting waiting;
	struct recover_gaps *gaps; /* the caller's */
	bool spent;
};

static struct span last_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return span_of(slash != NULL ? slash + 1 : path);
}

void recover_tell(const char *path, const struct error *e)
{
	const char *word = reason_word(e->why);

	if (strncmp(e->text, word, strlen(word)) == 0) /* as what a worker did begins */
		(void)cli_fail("recover", "%s: %s", path, e->text);
	else
		(void)cli_fail("recover", "%s: %s: %s", path, word, e->text);
}

bool recover_waiting_add(struct recover_waiting *w, int fd, uint64_t size, const char *path)
{
	char *kept = strdup(path);

	if (kept == NULL) {
		close(fd);
		return false;
	}
	w->path[w->n] = kept;
	w->file[w->n++] = (struct examine_file){ fd, size, last_name(kept) };
	return true;
}

void recover_waiting_look(struct recover_waiting *w, struct examiner *x)
{
	if (w->n != 0)
		examine_look(x, w->file, w->n, w->look);
}

void recover_waiting_reset(struct recover_waiting *w)
{
	for (size_t i = 0; i < w->n; i++) {
		close(w->file[i].fd);
		free(w->path[i]);
	}
	w->n = 0;
}

/* Has those that wait looked at. */
static void look_at_all(struct gathering *g)
{
	struct recover_waiting *w = &g->waiting;
	struct error e;

	if (!g->spent)
		recover_waiting_look(w, g->x);
	for (size_t i = 0; i < w->n && !g->spent; i++) {
		if (w->look[i].error.why != REASON_NONE) {
			(void)recover_gap(g->gaps, w->path[i], &w->look[i].error);
		} else if (!identify_add_signs(g->id, &w->look[i].signs, w->path[i], &e)) {
			(void)recover_gap(g->gaps, w->path[i], &e);
			g->spent = true;
		}
	}
	recover_waiting_reset(w);
}

static bool gather_file(void *ctx, int fd, uint64_t size, const char *path)
{
	struct gathering *g = ctx;

	if (!recover_waiting_add(&g->waiting, fd, size, path)) {
		g->spent = true;
		return false;
	}
	if (g->waiting.n == EXAMINE_MAX)
		look_at_all(g);
	return !g->spent;
}

static void gather_skipped(void *ctx, const char *path, const struct error *e)
{
	struct gathering *g = ctx;

	if (e->why != REASON_UNSUPPORTED)
		(void)recover_gap(g->gaps, path, e);
}

bool recover_gather(struct identify *id, struct examiner *x, char *const *path, int n_paths,
		    struct recover_gaps *gaps)
{
	struct gathering *g = calloc(1, sizeof *g);
	struct walk_options w = { .file = gather_file, .skipped = gather_skipped, .ctx = g };

	if (g == NULL)
		return false;
	g->id = id;
	g->x = x;
	g->gaps = gaps;
	for (int i = 0; i < n_paths && !g->spent; i++)
		if (!walk_path(&w, path[i]))
			break;
	look_at_all(g);
	identify_end(id);
	bool whole = !g->spent;
	free(g);
	return whole;
}

const struct family *recover_pick(const struct identify *id, struct examiner *x, int fd,
				  uint64_t size, struct span name, struct examine_look *look)
{
	const struct examine_file file = { fd, size, name };

	examine_look(x, &file, 1, look);
	return look->error.why == REASON_NONE ? identify_pick_signs(id, &look->signs) : NULL;
}

bool recover_examined(struct examiner *x)
{
	struct error e;

	if (examiner_finish(x, &e))
		return true;
	recover_tell("the last file", &e);
	return false;
}

static int identify(const struct recover_options *o)
{
	struct examiner *x = NULL;
	struct families s;
	struct identify id;
	struct json_writer j;
	struct error e;
	struct buf out;
	struct recover_gaps gaps;

	if (!recover_families(&s))
		return EXIT_CANNOT;
	buf_init(&out, MAX_OUTPUT);
	if (!recover_examiner(&s, &x) || !identify_init(&id, &s, &e)) {
		examiner_free(x);
		families_release(&s);
		return x != NULL ? cli_fail("recover", "%s", e.text) : EXIT_CANNOT;
	}
	recover_gaps_init(&gaps);
	bool whole = recover_gather(&id, x, o->path, o->n_paths, &gaps);
	recover_gaps_release(&gaps);
	whole = recover_examined(x) && whole;
	examiner_free(x);
	json_write_init(&j, &out);
	if (o->json) {
		recover_json_identify(&id, &j);
		buf_put_u8(&out, '\n');
	} else {
		recover_text_first(&out);
		recover_text_identify(&id, &out);
	}
	bool found = s.n != 0 && id.answer[0].confidence != CONFIDENCE_NONE;
	identify_release(&id);
	families_release(&s);
	return recover_print(&out, found                   ? EXIT_FOUND
				   : gaps.n != 0 || !whole ? EXIT_INCOMPLETE
							   : EXIT_CLEAN);
}

/* ---- */

static bool take_seconds(const char *text, unsigned *out)
{
	uint64_t v;

	if (!hex_number(span_of(text), &v) || v > RECOVER_MAX_SETTLE) {
		(void)cli_fail("recover", "--settle %s: seconds are wanted, a day at most", text);
		return false;
	}
	*out = (unsigned)v;
	return true;
}

static bool take_option(struct recover_options *o, int c)
{
	switch (c) {
	case 'j':
		o->json = true;
		break;
	case 'w':
		o->html = optarg;
		break;
	case 'i':
		o->into = optarg;
		break;
	case 'f':
		o->family = optarg;
		break;
	case 'k':
		if (o->n_keys == RECOVER_MAX_GIVEN)
			return false;
		o->key[o->n_keys++] = optarg;
		break;
	case 'n':
		o->known = optarg;
		break;
	case 's':
		if (o->n_seeds == RECOVER_MAX_GIVEN)
			return false;
		o->seeds[o->n_seeds++] = optarg;
		break;
	case 'S':
		o->search = optarg;
		break;
	case 'I':
		o->isolated = true;
		break;
	case 't':
		return take_seconds(optarg, &o->settle);
	case 'b':
		if (o->n_before == ATTACK_MAX_PAIRS)
			return false;
		o->before[o->n_before++] = optarg;
		break;
	case 'a':
		if (o->n_after == ATTACK_MAX_PAIRS)
			return false;
		o->after[o->n_after++] = optarg;
		break;
	default:
		return false;
	}
	return true;
}

/* `of` are the options that the action has; another is refused, and never passed over. */
static int parse(int argc, char **argv, const char *of, struct recover_options *o)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "html", required_argument, NULL, 'w' },
		{ "into", required_argument, NULL, 'i' },
		{ "family", required_argument, NULL, 'f' },
		{ "key", required_argument, NULL, 'k' },
		{ "known", required_argument, NULL, 'n' },
		{ "seeds", required_argument, NULL, 's' },
		{ "search", required_argument, NULL, 'S' },
		{ "settle", required_argument, NULL, 't' },
		{ "i-have-isolated", no_argument, NULL, 'I' },
		{ "before", required_argument, NULL, 'b' },
		{ "after", required_argument, NULL, 'a' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c, at = 0;

	*o = (struct recover_options){ .settle = 30 };
	optind = 1;
	while ((c = getopt_long(argc, argv, "h", longs, &at)) != -1) {
		if (c != 'h' && c != '?' && strchr(of, c) == NULL) {
			(void)cli_fail("recover", "%s has no --%s", argv[0], longs[at].name);
			return '?';
		}
		if (!take_option(o, c))
			return c;
	}
	o->path = argv + optind;
	o->n_paths = argc - optind;
	return o->n_before == o->n_after ? -1 : '?';
}

int verb_recover(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(const struct recover_options *o);
		const char *options;
		int least, most; /* arguments that it takes */
	} actions[] = { { "identify", identify, "j", 1, INT_MAX },
			{ "assess", recover_assess, "jw", 1, INT_MAX },
			{ "try", recover_try, "fkbasS", 1, INT_MAX },
			{ "run", recover_run, "ifkbansStI", 1, INT_MAX },
			{ "salvage", recover_salvage, "i", 1, INT_MAX },
			{ "descriptors", recover_descriptors, "i", 1, INT_MAX },
			{ "code", code, "", 1, 1 },
			{ "list", list, "j", 0, 0 },
			{ "show", show, "j", 1, 1 } };
	struct recover_options o;

	bool asked = argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);
	for (size_t i = 0; argc > 1 && i < sizeof actions / sizeof *actions; i++) {
		if (strcmp(argv[1], actions[i].name) != 0)
			continue;
		int c = parse(argc - 1, argv + 1, actions[i].options, &o);
		if (c == -1 && o.n_paths >= actions[i].least && o.n_paths <= actions[i].most)
			return actions[i].run(&o);
		asked = c == 'h';
	}
	fputs(help, asked ? stdout : stderr);
	return asked ? EXIT_CLEAN : EXIT_CANNOT;
}
