/* SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"
#include "recover/attack_ask.h"
#include "recover/vmdk_ask.h"
#include "tests/recover/layouts.h"
#include "tests/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A conversation with a worker that learns and decrypts: what it says is believed as far as it can
 * be (that engines come to the same behind the walls is shown by bench_family.c). */

static struct buf taken, reply;
static uint64_t told_size;
static bool refuse;

static bool begin(void *ctx, const struct attacker_opened *o, struct error *e)
{
	(void)ctx;
	(void)e;
	told_size = o->size;
	buf_reset(&taken);
	return true;
}

static bool data(void *ctx, struct span s, struct error *e)
{
	(void)ctx;
	if (refuse)
		return error_set(e, REASON_IO, PLACE_NONE, "the disk is full");
	buf_put_span(&taken, s);
	return true;
}

static const struct attacker_taker taker = { NULL, begin, data };

static int init(void **state)
{
	(void)state;
	buf_init(&taken, 64 << 20);
	buf_init(&reply, 1 << 20);
	return 0;
}

static struct attack_receiver receiver;

static bool opened(uint64_t size, const char *name)
{
	struct buf b;

	buf_init(&b, 4096);
	buf_put_le64(&b, size);
	buf_put_le16(&b, (uint16_t)strlen(name));
	buf_put_text(&b, name);
	bool ok = attack_receive(&receiver, ATTACK_OPENED, buf_span(&b), &reply);
	buf_release(&b);
	return ok;
}

static bool piece(const char *text)
{
	bool ok = attack_receive(&receiver, ATTACK_DATA, span_of(text), &reply);

	attack_received(&receiver);
	return ok;
}

static void begin_file(uint64_t size)
{
	receiver = (struct attack_receiver){ .taker = &taker, .file_size = size };
	refuse = false;
}

static void an_original_is_no_larger_than_was_said(void **state)
{
	(void)state;
	begin_file(10);
	assert_false(piece("abc")); /* before it was said how large it is */
	begin_file(10);
	assert_false(opened(11, "")); /* larger than the file */
	begin_file(10);
	assert_true(opened(6, "a.txt"));
	assert_int_equal(told_size, 6);
	assert_false(opened(6, "a.txt")); /* twice */
	begin_file(10);
	assert_true(opened(6, ""));
	assert_true(piece("abc"));
	assert_false(piece("")); /* nothing, for ever */
	assert_true(piece("def"));
	assert_false(piece("g"));
	assert_int_equal(taken.n, 6);
	begin_file(10);
	receiver.taker = NULL; /* nothing is to be made */
	assert_false(opened(6, ""));
	begin_file(10);
	assert_false(attack_receive(&receiver, ATTACK_EVENTS, span_of(""), &reply));
	assert_false(attack_receive(&receiver, ATTACK_SOME, span_of("x"), &reply));
	assert_false(attack_receive(&receiver, ATTACK_BEGIN, span_of("x"), &reply));
}

static void put_made(struct buf *b, uint64_t size, uint64_t lost)
{
	buf_reset(b);
	buf_put_u8(b, REASON_NONE);
	buf_put_le64(b, size);
	buf_put_le64(b, lost);
	buf_put_le32(b, 0644);
}

static void what_was_made_is_what_came(void **state)
{
	struct attacker_made made;
	struct error e;
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	begin_file(10);
	assert_true(opened(6, ""));
	assert_true(piece("abc"));
	put_made(&b, 3, 2);
	assert_true(attack_take_made(&receiver, buf_span(&b), &made, &e));
	assert_int_equal(made.size, 3);
	assert_int_equal(made.lost, 2);
	assert_int_equal(made.mode, 0644);
	for (size_t n = 0; n < b.n; n++)
		assert_false(attack_take_made(&receiver, (struct span){ b.p, n }, &made, &e));
	put_made(&b, 4, 0); /* more than came */
	assert_false(attack_take_made(&receiver, buf_span(&b), &made, &e));
	assert_int_equal(e.why, REASON_INTERNAL);
	put_made(&b, 3, 11); /* more than there is */
	assert_false(attack_take_made(&receiver, buf_span(&b), &made, &e));
	begin_file(10);
	put_made(&b, 0, 0); /* never opened */
	assert_false(attack_take_made(&receiver, buf_span(&b), &made, &e));
	buf_release(&b);
}

static void few_bits_and_terminals_are_not_believed(void **state)
{
	char what[160];
	unsigned bits;
	struct error e;
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	buf_put_u8(&b, REASON_NONE);
	buf_put_le32(&b, PROOF_BITS_WANTED);
	buf_put_le16(&b, 5);
	buf_put_text(&b, "a\033[2Jb");
	assert_false(attack_take_learnt(buf_span(&b), &bits, what, sizeof what, &e)); /* one more */
	b.n--;
	assert_true(attack_take_learnt(buf_span(&b), &bits, what, sizeof what, &e));
	assert_string_equal(what, "a?[2J");
	b.p[1]--; /* bits */
	assert_false(attack_take_learnt(buf_span(&b), &bits, what, sizeof what, &e));
	b.p[1]++;
	for (size_t n = 0; n < b.n; n++)
		assert_false(
			attack_take_learnt((struct span){ b.p, n }, &bits, what, sizeof what, &e));
	b.p[0] = REASON_COUNT;
	assert_false(attack_take_learnt(buf_span(&b), &bits, what, sizeof what, &e));
	buf_release(&b);
}

/* ---- beside a worker that was taken over */

static struct family family;
static struct buf list;

static void open_family(struct attacker *k, const char *worker)
{
	static const char path[] = "recovery/powerware.family";
	static char program[512];
	struct buf text;
	struct error e;

	buf_init(&text, FAMILY_MAX_TEXT);
	buf_init(&list, 2 * FAMILY_MAX_TEXT);
	assert_true(io_read_file(path, &text, &e));
	assert_true(family_open(&family, path, buf_span(&text), &e));
	buf_put(&list, path, sizeof path);
	buf_put_le32(&list, (uint32_t)text.n);
	buf_put_span(&list, buf_span(&text));
	buf_put_u8(&list, 0);
	buf_release(&text);
	assert_true(attacker_init(k, &family, &e));
	snprintf(program, sizeof program, "%s/%s", getenv("BUILD"), worker);
	k->worker = program;
	k->list = buf_span(&list);
}

static void close_family(struct attacker *k)
{
	attacker_release(k);
	family_release(&family);
	buf_release(&list);
}

/* A file as the family leaves it, with a word behind it. */
static int file_of(const char *word, struct attacker_file *f)
{
	struct buf original, encrypted;
	struct error e;

	buf_init(&original, 1 << 20);
	buf_init(&encrypted, 1 << 20);
	assert_true(layout_original("text", 2500, &original));
	assert_true(layout_of("powerware", buf_span(&original), 1, &encrypted));
	buf_put_text(&encrypted, word);
	*f = (struct attacker_file){ -1, encrypted.n, span_of("a.txt"), 0 };
	assert_true(ask_sealed(buf_span(&encrypted), &f->fd, &e));
	buf_release(&original);
	buf_release(&encrypted);
	return f->fd;
}

/* Every way of tests/sandbox/bad_worker.c. */
static const char *const ways[] = { "segv",    "abort",  "stack", "syscall",     "exit",
				    "hang",    "silent",
#ifndef PELLUCID_SANITIZED /* under which a worker's memory has no limit */
				    "memory",
#endif
				    "garbage", "short",  "other", "descriptors", "twice",
				    "endless", "cut",    "want",  "wrong" };

enum { N_WAYS = sizeof ways / sizeof *ways, ENOUGH_S = 20 };

static unsigned time_for(size_t way) { return strcmp(ways[way], "hang") == 0 ? 1 : ENOUGH_S; }

/* Why it must be, where one reason is the only one. */
static void assert_reason(size_t way, const struct error *e)
{
	if (strcmp(ways[way], "hang") == 0)
		assert_int_equal(e->why, REASON_TIME);
	else if (e->why != REASON_CRASH && e->why != REASON_INTERNAL && e->why != REASON_MEMORY)
		fail_msg("%s: %s", ways[way], e->text);
}

/* And the next file is opened by another worker. */
static void a_worker_that_was_taken_over_costs_its_file(void **state)
{
	struct attacker_file good, bad;
	struct attacker_made made;
	struct attacker k;
	struct error e;

	(void)state;
	open_family(&k, "tests/sandbox/bad-worker");
	file_of("", &good);
	k.sample[k.n_samples++] = good;
	k.time_limit_s = ENOUGH_S;
	if (!attacker_learn(&k, &e))
		fail_msg("%s", e.text);
	for (size_t i = 0; i < N_WAYS; i++) {
		char word[32];
		snprintf(word, sizeof word, "MISATTACK:%s\n", ways[i]);
		file_of(word, &bad);
		k.time_limit_s = time_for(i);
		assert_false(attacker_make(&k, &bad, &taker, &made, &e));
		assert_reason(i, &e);
		k.time_limit_s = ENOUGH_S;
		if (!attacker_make(&k, &good, &taker, &made, &e))
			fail_msg("after %s: %s", ways[i], e.text);
		assert_int_equal(made.size, 2500);
		close(bad.fd);
	}
	close(good.fd);
	close_family(&k);
}

/* A flat disk, with a word in it. */
static int part_of(int dir, const char *name, const char *word)
{
	int fd = openat(dir, name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, 65536), 0);
	assert_int_equal(pwrite(fd, word, strlen(word), 0), (ssize_t)strlen(word));
	return fd;
}

static bool describe(struct describer *d, int dir, int fd, const char *name, struct described *is,
		     struct error *e)
{
	const struct examine_file file = { .fd = fd, .size = 65536, .name = span_of(name) };

	return describer_ask(d, dir, &file, is, e);
}

static void a_part_that_takes_its_reader_over_costs_itself(void **state)
{
	char program[512], place[] = "/tmp/parts.XXXXXX";
	struct described is;
	struct error e;

	(void)state;
	snprintf(program, sizeof program, "%s/tests/sandbox/bad-worker", getenv("BUILD"));
	assert_non_null(mkdtemp(place));
	int dir = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int good = part_of(dir, "a-flat.vmdk", "");
	for (size_t i = 0; i < N_WAYS; i++) {
		char word[32];
		struct describer *d = describer_new(program, time_for(i));
		assert_non_null(d);
		snprintf(word, sizeof word, "MISBEHAVE:%s\n", ways[i]);
		int bad = part_of(dir, "b-flat.vmdk", word);
		bool believed = describe(d, dir, bad, "b-flat.vmdk", &is, &e);
		if (believed) { /* that it is no part, until a second answer comes */
			assert_string_equal(ways[i], "twice");
			assert_false(is.part);
			assert_false(describe(d, dir, good, "a-flat.vmdk", &is, &e));
		}
		assert_reason(i, &e);
		if (!describe(d, dir, good, "a-flat.vmdk", &is, &e))
			fail_msg("after %s: %s", ways[i], e.text);
		assert_true(is.part && !is.whole);
		assert_string_equal(is.name, "a.vmdk");
		describer_free(d);
		close(bad);
	}
	close(good);
	assert_int_equal(unlinkat(dir, "a-flat.vmdk", 0) | unlinkat(dir, "b-flat.vmdk", 0), 0);
	assert_int_equal(rmdir(place), 0);
	close(dir);
}

static void a_taker_that_refuses_is_heard(void **state)
{
	struct attacker_file good;
	struct attacker_made made;
	struct attacker k;
	struct error e;

	(void)state;
	open_family(&k, "pellucid-worker");
	file_of("", &good);
	k.sample[k.n_samples++] = good;
	refuse = true;
	assert_false(attacker_make(&k, &good, &taker, &made, &e));
	assert_int_equal(e.why, REASON_IO);
	assert_string_equal(e.text, "the disk is full");
	refuse = false;
	assert_true(attacker_make(&k, &good, &taker, &made, &e));
	assert_int_equal(made.size, 2500);
	assert_int_equal(taken.n, 2500);
	close(good.fd);
	close_family(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_original_is_no_larger_than_was_said),
		cmocka_unit_test(what_was_made_is_what_came),
		cmocka_unit_test(few_bits_and_terminals_are_not_believed),
		cmocka_unit_test(a_worker_that_was_taken_over_costs_its_file),
		cmocka_unit_test(a_part_that_takes_its_reader_over_costs_itself),
		cmocka_unit_test(a_taker_that_refuses_is_heard),
	};
	return cmocka_run_group_tests(tests, init, NULL);
}
