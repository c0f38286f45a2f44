#include "tests/recover/bench_family.h"
#include "base/io.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct bench_family bench;

enum { BENCH_MOST = 64 << 20 };

static void close_caged(void)
{
	for (unsigned i = 0; i < bench.caged.n_samples; i++)
		close(bench.caged.sample[i].fd);
	attacker_release(&bench.caged);
	bench.caged = (struct attacker){ .n_samples = 0 };
	bench.is_caged = false;
}

void bench_close(void)
{
	close_caged();
	attack_release(&bench.attack);
	family_release(&bench.family);
}

static void empty(struct buf *b)
{
	if (b->max == 0)
		buf_init(b, BENCH_MOST);
	buf_reset(b);
}

void bench_open(const char *id)
{
	char path[128];
	struct buf text;

	bench_close();
	buf_init(&text, FAMILY_MAX_TEXT);
	snprintf(path, sizeof path, "recovery/%s.family", id);
	assert_true(io_read_file(path, &text, &bench.e));
	if (!family_open(&bench.family, path, buf_span(&text), &bench.e) ||
	    !attack_init(&bench.attack, &bench.family, &bench.e))
		fail_msg("%s: %s", id, bench.e.text);
	buf_release(&text);
}

void bench_make(const char *layout, const char *kind, size_t n, uint64_t seed)
{
	empty(&bench.original);
	empty(&bench.encrypted);
	empty(&bench.result);
	assert_true(layout_original(kind, n, &bench.original));
	if (!layout_of(layout, buf_span(&bench.original), seed, &bench.encrypted))
		fail_msg("no layout %s", layout);
}

void bench_sample(const char *name, int64_t mtime)
{
	unsigned i = bench.attack.n_samples++;

	empty(&bench.kept[i]);
	buf_put_span(&bench.kept[i], buf_span(&bench.encrypted));
	region_of_memory(&bench.region[i], buf_span(&bench.kept[i]));
	bench.mtime[i] = mtime;
	bench.attack.sample[i] = (struct attack_file){ &bench.region[i], span_of(name), mtime };
}

void bench_pair(void)
{
	unsigned i = bench.attack.n_pairs++;

	empty(&bench.before[i]);
	empty(&bench.after[i]);
	buf_put_span(&bench.before[i], buf_span(&bench.original));
	buf_put_span(&bench.after[i], buf_span(&bench.encrypted));
	bench.attack.pair[i] = (struct attack_pair){ buf_span(&bench.before[i]),
						     buf_span(&bench.after[i]), bench.before[i].n };
}

void bench_key(const char *layout, uint64_t seed)
{
	empty(&bench.key);
	assert_true(layout_key(layout, seed, &bench.key));
	bench.attack.key = buf_span(&bench.key);
}

/* ---- the same behind the walls */

/* A list of the one family (families_add_all()), with the settings that it has on the bench. */
static void put_family(struct buf *list)
{
	char path[128];
	struct buf text;

	buf_init(&text, FAMILY_MAX_TEXT);
	snprintf(path, sizeof path, "recovery/%.*s.family", (int)bench.family.id.n,
		 (const char *)bench.family.id.p);
	assert_true(io_read_file(path, &text, &bench.e));
	buf_put_text(list, path);
	buf_put_u8(list, 0);
	size_t size_at = list->n;
	buf_put_le32(list, 0);
	struct cursor c = cursor_of(buf_span(&text));
	while (cursor_left(&c) > 0) {
		struct span line = cursor_line(&c, FAMILY_MAX_TEXT);
		if (line.n > 7 && memcmp(line.p, "engine", 6) == 0) {
			buf_printf(list, "engine  %.*s", (int)bench.family.engine.n,
				   (const char *)bench.family.engine.p);
			for (unsigned i = 0; i < bench.family.n_settings; i++) {
				const struct family_setting *s = &bench.family.setting[i];
				buf_printf(list, " %.*s=%.*s", (int)s->name.n,
					   (const char *)s->name.p, (int)s->value.n,
					   (const char *)s->value.p);
			}
		} else {
			buf_put_span(list, line);
		}
		buf_put_u8(list, '\n');
	}
	uint32_t n = (uint32_t)(list->n - size_at - sizeof n);
	memcpy(list->p + size_at, &n, sizeof n);
	buf_put_u8(list, 0);
	buf_release(&text);
}

static struct buf list;

static void fill_caged(void)
{
	static char worker[512];
	static struct team *team;
	struct attacker *k = &bench.caged;
	const struct attack *a = &bench.attack;

	close_caged();
	snprintf(worker, sizeof worker, "%s/pellucid-worker", getenv("BUILD"));
	if (team == NULL)
		team = team_new(worker, &(struct team_watch){ .ctx = NULL });
	assert_true(attacker_init(k, &bench.family, &bench.e));
	empty(&list);
	put_family(&list);
	k->worker = worker;
	k->team = team;
	k->list = buf_span(&list);
	k->key = a->key;
	k->n_pairs = a->n_pairs;
	memcpy(k->pair, a->pair, sizeof k->pair);
	k->seed_from = a->seed_from;
	k->seed_to = a->seed_to;
	for (unsigned i = 0; i < a->n_samples; i++) {
		struct attacker_file *f = &k->sample[k->n_samples++];
		*f = (struct attacker_file){ -1, bench.kept[i].n, a->sample[i].original,
					     bench.mtime[i] };
		assert_true(ask_sealed(buf_span(&bench.kept[i]), &f->fd, &bench.e));
	}
}

static void learn_caged(unsigned bits)
{
	struct attacker *k = &bench.caged;
	struct error e;

	fill_caged();
	if (!attacker_learn(k, &e))
		fail_msg("caged: %.*s: %s", (int)bench.family.id.n, (const char *)bench.family.id.p,
			 e.text);
	assert_int_equal(k->bits, bits);
	assert_memory_equal(k->what, bench.attack.what, strcspn(k->what, "("));
	bench.is_caged = true;
}

static bool take_begin(void *ctx, const struct attacker_opened *o, struct error *e)
{
	(void)ctx;
	(void)o;
	(void)e;
	return true;
}

static bool take_data(void *ctx, struct span s, struct error *e)
{
	(void)e;
	buf_put_span(ctx, s);
	return true;
}

/* What the worker makes of the file is what was made here. */
static void open_caged(const char *name, int64_t mtime, bool opened)
{
	const struct attacker_taker taker = { &bench.made, take_begin, take_data };
	struct attacker_file f = { -1, bench.encrypted.n, span_of(name), mtime };
	struct attacker_made made;
	struct error e = { .text = "" };

	empty(&bench.made);
	assert_true(ask_sealed(buf_span(&bench.encrypted), &f.fd, &e));
	bool ok = attacker_make(&bench.caged, &f, &taker, &made, &e);
	close(f.fd);
	if (ok != opened)
		fail_msg("%s, %zu bytes, caged: %s; here: %s", name, bench.encrypted.n,
			 ok ? "opened" : e.text, opened ? "opened" : bench.e.text);
	if (ok && !span_equal(buf_span(&bench.made), buf_span(&bench.result)))
		fail_msg("%s: %zu bytes caged, and %zu here", name, bench.made.n, bench.result.n);
	if (!ok) {
		assert_int_equal(e.why, bench.e.why);
		assert_string_equal(e.text, bench.e.text);
	}
}

void bench_learn(void)
{
	unsigned bits;

	if (!attack_learn(&bench.attack, &bits, &bench.e))
		fail_msg("%.*s: %s", (int)bench.family.id.n, (const char *)bench.family.id.p,
			 bench.e.text);
	assert_true(bits >= PROOF_BITS_WANTED);
	if (bench.attack.host == NULL)
		learn_caged(bits);
}

void bench_learn_alone(void)
{
	if (!bench.attack.engine->learn(&bench.attack, &bench.e))
		fail_msg("%s", bench.e.text);
}

static const char *name_of(const char *kind)
{
	return strcmp(kind, "png") == 0    ? "a.png"
	       : strcmp(kind, "zip") == 0  ? "a.docx"
	       : strcmp(kind, "text") == 0 ? "a.txt"
					   : "a.img";
}

static bool open_at(const char *name, int64_t mtime, struct attack_open *o)
{
	struct region r;
	struct attack_file f = { &r, span_of(name), mtime };

	region_of_memory(&r, buf_span(&bench.encrypted));
	bool ok = attack_original(&bench.attack, &f, &bench.result, o, &bench.e);
	if (bench.is_caged)
		open_caged(name, mtime, ok);
	return ok;
}

bool bench_opens(const char *name, struct attack_open *o) { return open_at(name, 0, o); }

void bench_round(const char *layout, const char *kind, size_t n, uint64_t seed, int64_t mtime)
{
	struct attack_open o;

	bench_make(layout, kind, n, seed);
	if (!open_at(name_of(kind), mtime, &o))
		fail_msg("%s %s %zu seed %llu: %s", layout, kind, n, (unsigned long long)seed,
			 bench.e.text);
	if (!span_equal(buf_span(&bench.original), buf_span(&bench.result)))
		fail_msg("%s %s %zu seed %llu: %zu bytes that are others", layout, kind, n,
			 (unsigned long long)seed, bench.result.n);
}
