#include "tests/recover/bench_family.h"
#include "base/io.h"
#include "tests/test.h"

#include <stdio.h>

struct bench_family bench;

enum { BENCH_MOST = 64 << 20 };

void bench_close(void)
{
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

void bench_learn(void)
{
	unsigned bits;

	if (!attack_learn(&bench.attack, &bits, &bench.e))
		fail_msg("%.*s: %s", (int)bench.family.id.n, (const char *)bench.family.id.p,
			 bench.e.text);
	assert_true(bits >= PROOF_BITS_WANTED);
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
	return attack_original(&bench.attack, &f, &bench.result, o, &bench.e);
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
