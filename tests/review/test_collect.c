/* SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"
#include "base/json_read.h"
#include "review/collect.h"
#include "review/job_review.h"
#include "tests/mutate.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * Every collector's reader on the seeds of its fuzz target (tools/review_seeds.py): what it must
 * say of them, and that a spoiled item of each, at exactly its length, does no harm.
 */

enum { MAX_ITEMS = 16 };

struct seed {
	const struct collector *collector;
	struct buf file;
	struct item item[MAX_ITEMS];
	char name[MAX_ITEMS][256];
	size_t n;
};

static const struct collector *find(struct span name)
{
	for (size_t i = 0; i < n_collectors; i++)
		if (span_is(name, collectors[i]->name))
			return collectors[i];
	return NULL;
}

static void open_seed(struct seed *s, const char *name)
{
	char path[256];
	struct error e;

	*s = (struct seed){ .n = 0 };
	buf_init(&s->file, 1 << 20);
	(void)snprintf(path, sizeof path, "fuzz/corpus/review/%s", name);
	assert_true(io_read_file(path, &s->file, &e));
	struct cursor c = cursor_of(buf_span(&s->file));
	s->collector = find(cursor_cstring(&c, 32));
	assert_non_null(s->collector);
	while (cursor_left(&c) > 4 && s->n < MAX_ITEMS) {
		struct item *item = &s->item[s->n];
		item->kind = (enum item_kind)cursor_u8(&c);
		struct span text = cursor_take(&c, cursor_u8(&c));
		memcpy(s->name[s->n], text.p, text.n);
		item->name = s->name[s->n++];
		item->bytes = cursor_take(&c, cursor_le16(&c));
	}
	assert_true(cursor_ok(&c));
}

static void count_gap(void *ctx, const struct fact *f)
{
	unsigned *gaps = ctx;

	*gaps += f->kind == FACT_GAP;
}

/* What the collector's reader writes. */
static void write_facts(const struct seed *s, struct bundle_supply *supply, struct buf *out)
{
	struct owned owned;
	struct bundle b;
	struct fact_writer w;

	owned_init(&owned);
	bundle_init(&b);
	b.owned = &owned;
	b.supply = supply;
	buf_put(&b.items, s->item, s->n * sizeof *s->item);
	fact_writer_init(&w, out);
	s->collector->read(&b, &w);
	bundle_release(&b);
	owned_release(&owned);
}

static void read_seed(const struct seed *s, struct facts *f, unsigned *gaps)
{
	struct buf out;
	struct error e;

	buf_init(&out, FACT_MAX_BYTES);
	write_facts(s, NULL, &out);
	facts_init(f);
	*gaps = 0;
	assert_true(facts_adopt(f, buf_span(&out), 0, count_gap, gaps, &e));
	buf_release(&out);
}

static const struct {
	const char *seed;
	enum fact_kind kind;
	enum fact_key key;
	const char *value;
	unsigned gaps;
} expected[] = {
	{ "rpm", FACT_PACKAGE, FACT_NAME, "abc", 0 },
	{ "rpm-bdb", FACT_PACKAGE, FACT_NAME, "abc", 0 },
	{ "rpm-bdb-long", FACT_PACKAGE, FACT_NAME, "abc", 0 },
	{ "rpm-sqlite", FACT_PACKAGE, FACT_NAME, "abc", 0 },
	{ "certificates2", FACT_CERTIFICATE, FACT_NOT_AFTER, "2051-01-01", 2 },
	{ "module-files", FACT_MODULE, FACT_STATE, "on disk", 0 },
	{ "snap", FACT_PACKAGE, FACT_VERSION, "2", 0 },
	{ "flatpak", FACT_PACKAGE, FACT_SOURCE, "o", 0 },
	{ "gem", FACT_PACKAGE, FACT_VERSION, "1", 0 },
	{ "built", FACT_PACKAGE, FACT_NAME, "c", 0 },
	{ "built", FACT_PACKAGE, FACT_VERSION, "v1", 0 },
	{ "built", FACT_PACKAGE, FACT_VERSION, "1.22", 0 },
	{ "built", FACT_PACKAGE, FACT_NAME, "serde", 0 },
	{ "jar", FACT_PACKAGE, FACT_NAME, "g:a", 0 },
	{ "jar", FACT_PACKAGE, FACT_PARENT, "/opt/a.war!/WEB-INF/lib/b.jar", 0 },
	{ "programs", FACT_PROGRAM, FACT_TYPE, "appimage", 0 },
	{ "programs", FACT_PRIVILEGE, FACT_TYPE, "setuid", 0 },
	{ "containers", FACT_CONTAINER, FACT_NAME, "ID", 0 },
	{ "containers", FACT_CONTAINER, FACT_ID, "1", 0 },
	{ "extensions", FACT_EXTENSION, FACT_ID, "abc", 0 },
	{ "extensions", FACT_EXTENSION, FACT_ID, "u", 0 },
	{ "usb-history", FACT_DEVICE, FACT_ID, "0951:1666", 0 },
	{ "usb-history", FACT_DEVICE, FACT_ID, "12d1:1666", 0 },
	{ "usb-history", FACT_DEVICE, FACT_ID, "19d2:1666", 0 },
	{ "usb-history", FACT_DEVICE, FACT_SERIAL, "S1", 0 },
	{ "usb-history", FACT_DEVICE, FACT_VENDOR, "M", 0 },
	{ "hosts", FACT_HOST, FACT_NAME, "b", 0 },
	{ "hosts", FACT_HOST, FACT_NAME, "corp.example", 0 },
	{ "hosts", FACT_HOST, FACT_NAME, "deb.example", 0 },
	{ "hosts", FACT_HOST, FACT_REMOTE, "[2001:db8::1]", 0 },
	{ "build-id", FACT_OBJECT, FACT_ID, "0123456789abcdef", 0 },
	{ "bluetooth", FACT_DEVICE, FACT_STATE, "paired", 0 },
	{ "block", FACT_DEVICE, FACT_NOTE, "4096 bytes", 0 },
	{ "firmware", FACT_FIRMWARE, FACT_ID, "c", 0 },
	{ "boot", FACT_FIRMWARE, FACT_STATE, "on", 0 },
	{ "boot", FACT_CERTIFICATE, FACT_NAME, "CA", 0 },
	{ "boot", FACT_FIRMWARE, FACT_TYPE, "tpm", 0 },
	{ "certificates", FACT_CERTIFICATE, FACT_NOT_AFTER, "2036-01-01", 1 },
	{ "keys", FACT_KEY, FACT_NAME, "A B", 0 },
	{ "routes", FACT_ROUTE, FACT_TARGET, "0.0.0.0/24", 0 },
	{ "routes", FACT_ROUTE, FACT_NAME, "e", 0 },
	{ "lldp", FACT_NEIGHBOUR, FACT_NAME, "abc", 0 },
	{ "lldp", FACT_NEIGHBOUR, FACT_REMOTE, "192.0.2.9", 0 },
	{ "neighbours6", FACT_NEIGHBOUR, FACT_ADDRESS, "bc:ad:28:00:00:01", 0 },
};

static void a_reader_says_what_stands_in_its_seed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
		struct seed s;
		struct facts f;
		unsigned gaps;
		bool found = false;
		open_seed(&s, expected[i].seed);
		read_seed(&s, &f, &gaps);
		for (size_t k = 0; k < facts_count(&f); k++) {
			struct fact fact = facts_get(&f, k);
			found = found ||
				(fact.kind == expected[i].kind &&
				 fact_has(&fact, expected[i].key, span_of(expected[i].value)));
		}
		if (!found || gaps != expected[i].gaps)
			fail_msg("%s: %s is not %s, or %u gaps", expected[i].seed,
				 fact_key_word(expected[i].key), expected[i].value, gaps);
		facts_release(&f);
		buf_release(&s.file);
	}
}

/* Items that are given by name and bytes; a name that is no path is a note's. */
static unsigned read_items(const char *collector, const char *const (*item)[2], size_t n,
			   struct facts *f)
{
	struct seed s = { .collector = find(span_of(collector)), .n = n };
	unsigned gaps;

	assert_true(s.collector != NULL && n <= MAX_ITEMS);
	for (size_t i = 0; i < n; i++)
		s.item[i] = (struct item){ .name = item[i][0],
					   .bytes = span_of(item[i][1]),
					   .kind = item[i][0][0] != '/' ? ITEM_NOTE : ITEM_FILE };
	read_seed(&s, f, &gaps);
	return gaps;
}

static void a_process_without_a_name_or_a_first_thread_is_told(void **state)
{
	static const char *const unnamed[][2] = { { "process", "7" },
						  { "/proc/7/comm", "\n" },
						  { "/proc/7/status",
						    "Threads:\t1\nVmSize: 1 kB\n" } };
	static const char *const first[][2] = { { "process", "8" },
						{ "/proc/8/comm", "x\n" },
						{ "/proc/8/status", "Threads:\t2\n" } };
	static const char *const of_the_kernel[][2] = { { "process", "9" },
							{ "/proc/9/comm", "kthreadd\n" },
							{ "/proc/9/status", "Threads:\t1\n" } };
	struct facts f;

	(void)state;
	assert_int_equal(read_items("processes", unnamed, 3, &f), 0);
	assert_int_equal(facts_count(&f), 1);
	facts_release(&f);
	assert_int_equal(read_items("processes", first, 3, &f), 1);
	assert_int_equal(facts_count(&f), 1);
	facts_release(&f);
	assert_int_equal(read_items("processes", of_the_kernel, 3, &f), 0);
	assert_int_equal(facts_count(&f), 0);
	facts_release(&f);
	assert_int_equal(read_items("processes", unnamed, 1, &f), 0); /* ended meanwhile */
	assert_int_equal(facts_count(&f), 0);
	facts_release(&f);
}

static void a_log_packed_by_other_than_gzip_is_a_gap(void **state)
{
	static const char *const logs[][2] = { { "/var/log/messages-1.xz", "\xfd"
									   "7zXZ" },
					       { "/var/log/messages-2", "" },
					       { "/var/log/syslog.3.zst", "(" } };
	struct facts f;

	(void)state;
	assert_int_equal(read_items("usb-history", logs, 3, &f), 2);
	facts_release(&f);
}

static void the_versions_of_go_are_those_of_its_modules(void **state)
{
	static const char *const said[][2] = {
		{ "go1.22rc1", "1.22-rc.1" },
		{ "go1.21.5 X:boringcrypto", "1.21.5" },
		{ "devel go1.23-abc Thu", "1.23-abc" },
		{ "go1.23.4-custom", "1.23.4-custom" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
		struct seed s;
		struct facts f;
		unsigned gaps;
		uint8_t program[4096];
		open_seed(&s, "built");
		struct span bytes = s.item[0].bytes;
		assert_true(bytes.n < sizeof program);
		memcpy(program, bytes.p, bytes.n);
		/* the compiler's version, in the room of all that followed it */
		uint8_t *at = memmem(program, bytes.n, "\x06go1.22", 7);
		assert_non_null(at);
		at[0] = (uint8_t)strlen(said[i][0]);
		memcpy(at + 1, said[i][0], at[0]);
		at[1 + at[0]] = 0;
		s.item[0].bytes.p = program;
		read_seed(&s, &f, &gaps);
		struct fact fact = facts_get(&f, 0);
		assert_true(span_is(fact_value(&fact, FACT_NAME), "stdlib"));
		assert_true(span_is(fact_value(&fact, FACT_VERSION), said[i][1]));
		facts_release(&f);
		buf_release(&s.file);
	}
}

/* ---- the job that calls the readers */

static size_t place_of(const char *name)
{
	size_t i = 0;

	while (strcmp(collectors[i]->name, name) != 0)
		i++;
	return i;
}

/* For each of two collectors a file of one line again and again. */
static const struct {
	const char *collector, *file, *line;
} asked[] = { { "resolvers", "/etc/resolv.conf", "nameserver 192.0.2.1\n" },
	      { "hosts", "/etc/hosts", "192.0.2.1 a.example\n" } };

static void put_lines(size_t which, struct gather_store *store, struct bundle *bundle)
{
	struct item item = { .name = asked[which].file, .at = store->n };
	struct buf text;

	buf_init(&text, 1 << 20);
	for (size_t i = 0; i < 1000; i++)
		buf_put_text(&text, asked[which].line);
	item.bytes.n = text.n;
	gather_store_put(store, buf_span(&text));
	buf_put(&bundle[place_of(asked[which].collector)].items, &item, sizeof item);
	buf_release(&text);
}

static void put_question(struct buf *question)
{
	struct bundle *bundle = calloc(n_collectors, sizeof *bundle);
	struct gather_store store;
	struct owned owned;
	struct error e;

	assert_non_null(bundle);
	assert_true(gather_store_init(&store, &e));
	owned_init(&owned);
	for (size_t i = 0; i < n_collectors; i++)
		bundle_init(&bundle[i]);
	for (size_t i = 0; i < 2; i++)
		put_lines(i, &store, bundle);
	job_review_table(&store, bundle, &owned);
	assert_false(store.failed);
	void *all = buf_grow(question, store.n);
	assert_non_null(all);
	assert_true(pread(store.fd, all, store.n, 0) == (ssize_t)store.n);
	for (size_t i = 0; i < n_collectors; i++)
		bundle_release(&bundle[i]);
	owned_release(&owned);
	gather_store_release(&store);
	free(bundle);
}

static void what_has_no_room_is_a_gap_of_every_collector(void **state)
{
	static uint8_t output[16384];
	static void *job; /* as long as the process */
	uint8_t setup[JOB_REVIEW_SETUP];
	struct buf question, answer;
	struct span stream;
	struct error e;
	uint32_t collector;
	size_t at = 0;
	bool ok;

	(void)state;
	buf_init(&question, 1 << 20);
	buf_init(&answer, JOB_REVIEW_ANSWER);
	put_question(&question);
	job_review_setup(UINT64_MAX, setup);
	struct worker_start start = { .setup = { setup, sizeof setup },
				      .output = output,
				      .output_size = sizeof output };
	assert_true(job_review.prepare(&start, &job, &e));
	struct worker_object o = { .bytes = buf_span(&question), .size = question.n };
	assert_true(job_review.run(job, &o, &answer));
	struct cursor c = cursor_of(buf_span(&answer));
	struct span all = { output, cursor_le64(&c) };
	for (unsigned i = 0; i < 2; i++) {
		struct facts f;
		unsigned gaps = 0;
		assert_true(job_review_next(all, &at, &collector, &stream, &ok));
		facts_init(&f);
		assert_true(facts_adopt(&f, stream, 0, count_gap, &gaps, &e));
		assert_int_equal(gaps, 1);
		facts_release(&f);
	}
	buf_release(&question);
	buf_release(&answer);
}

static struct seed at_hand;
static size_t place;

static void try_it(struct span bytes)
{
	struct item kept = at_hand.item[place];
	struct facts f;
	unsigned gaps;

	at_hand.item[place].bytes = bytes;
	read_seed(&at_hand, &f, &gaps);
	facts_release(&f);
	at_hand.item[place] = kept;
}

static void a_spoiled_item_does_no_harm(void **state)
{
	(void)state;
	json_read_prepare();
	for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
		if (i > 0 && strcmp(expected[i].seed, expected[i - 1].seed) == 0)
			continue;
		open_seed(&at_hand, expected[i].seed);
		for (place = 0; place < at_hand.n; place++)
			if (at_hand.item[place].bytes.n < 2048)
				mutate(at_hand.item[place].bytes, try_it);
		buf_release(&at_hand.file);
	}
}

/* ---- files that are away */

struct away {
	int fd[MAX_ITEMS];
	uint64_t size[MAX_ITEMS];
};

static int open_away(void *ctx, uint64_t number, uint64_t *size)
{
	const struct away *a = ctx;

	*size = a->size[number];
	return a->fd[number];
}

/* Puts the bytes of each file into one of memory; `cut` of them are not there. */
static void send_away(struct seed *s, struct away *a, size_t cut)
{
	struct error e;

	for (size_t i = 0; i < s->n; i++) {
		struct item *item = &s->item[i];
		a->fd[i] = memfd_create("away", MFD_CLOEXEC);
		if (item->kind != ITEM_FILE)
			continue;
		size_t n = item->bytes.n > cut ? item->bytes.n - cut : 0;
		assert_true(io_write(a->fd[i], item->bytes.p, n, &e));
		a->size[i] = item->bytes.n;
		item->away = true;
		item->at = i;
		item->bytes.p = NULL;
	}
}

static size_t read_away(const char *name, size_t cut, struct buf *out)
{
	struct away a;
	struct seed s;
	struct bundle_supply supply = { .open = open_away, .ctx = &a, .room = malloc(REGION_MAX) };

	assert_non_null(supply.room);
	buf_init(&supply.gaps, 1 << 16);
	open_seed(&s, name);
	send_away(&s, &a, cut);
	write_facts(&s, &supply, out);
	for (size_t i = 0; i < s.n; i++)
		close(a.fd[i]);
	size_t n = supply.gaps.n / sizeof(struct bundle_gap);
	free(supply.room);
	buf_release(&supply.gaps);
	buf_release(&s.file);
	return n;
}

static void a_file_that_is_away_is_read_as_one_that_was_copied(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
		struct buf here, away;
		struct seed s;
		buf_init(&here, FACT_MAX_BYTES);
		buf_init(&away, FACT_MAX_BYTES);
		open_seed(&s, expected[i].seed);
		write_facts(&s, NULL, &here);
		assert_int_equal(read_away(expected[i].seed, 0, &away), 0);
		assert_true(span_equal(buf_span(&here), buf_span(&away)));
		buf_release(&here);
		buf_release(&away);
		buf_release(&s.file);
	}
}

static void a_file_that_was_cut_short_meanwhile_is_a_gap(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, FACT_MAX_BYTES);
	assert_true(read_away("rpm-sqlite", 1, &out) != 0);
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_that_is_away_is_read_as_one_that_was_copied),
		cmocka_unit_test(a_file_that_was_cut_short_meanwhile_is_a_gap),
		cmocka_unit_test(a_reader_says_what_stands_in_its_seed),
		cmocka_unit_test(a_process_without_a_name_or_a_first_thread_is_told),
		cmocka_unit_test(a_log_packed_by_other_than_gzip_is_a_gap),
		cmocka_unit_test(the_versions_of_go_are_those_of_its_modules),
		cmocka_unit_test(what_has_no_room_is_a_gap_of_every_collector),
		cmocka_unit_test(a_spoiled_item_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
