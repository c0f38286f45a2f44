/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/scratch.h"
#include "tests/test.h"
#include "tests/trust/vectors.h"
#include "trust/durable.h"
#include "trust/log_store.h"
#include "trust/log_tiles.h"
#include "trust/witness.h"

#include "base/hash.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

/*
 * A child works, and is killed at its first system call, at its second, and so on, before the call
 * and after it, each time on what the last one left.  Whatever it has shown or promised until then
 * goes into a file that the parent reads: all heads have to be heads of one tree, and each entry
 * that was promised has to be in it.
 */

enum { MAX_STOPS = 4000, MAX_ENTRIES = 8000, MAX_SHOWN = 20000 };

static char dir[64], at[128], shown_path[128];
static struct signer key, cosigner;

static int set_up(void **state)
{
	(void)state;
	vectors_open();
	key = vector_signer("log");
	cosigner = vector_signer("w1");
	scratch_open(dir);
	snprintf(at, sizeof at, "%s/it", dir);
	snprintf(shown_path, sizeof shown_path, "%s/shown", dir);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	scratch_close(dir);
	vectors_close();
	return 0;
}

/* One line to the outside world. */
static void show(const char *line)
{
	int fd = open(shown_path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, line, strlen(line)) != (ssize_t)strlen(line))
		_exit(99);
	close(fd);
}

static void show_head(struct span text)
{
	char line[256], root[STRICT_BASE64_SIZE(32) + 1];
	struct checkpoint c;
	struct error e;

	if (!checkpoint_parse(text, &c, &e))
		_exit(98);
	strict_base64_write((struct span){ c.root.b, 32 }, root);
	snprintf(line, sizeof line, "head %llu %s\n", (unsigned long long)c.size, root);
	show(line);
}

static bool show_and_cosign(void *ctx, struct log_store *s, struct span note, struct buf *lines,
			    struct error *e)
{
	struct note n;

	(void)ctx;
	(void)s;
	if (!note_parse(note, &n, e))
		return false;
	show_head(n.text);
	signer_line(&cosigner, n.text, 1767225600, lines);
	return true;
}

/* What the child does: two entries, one publication. */
static void work_on_log(int round)
{
	struct log_store *s;
	struct error e;
	char text[64];
	uint64_t index;

	if (!log_store_open(at, &s, &e)) {
		fprintf(stderr, "open: %s\n", e.text);
		_exit(97);
	}
	for (int i = 0; i < 2 && log_store_waiting(s) < 3; i++) { /* so that the work has an end */
		snprintf(text, sizeof text, "round %d, entry %d", round, i);
		if (!log_store_add(s, span_of(text), &index, &e))
			_exit(96);
		snprintf(text, sizeof text, "promised %llu round %d, entry %d\n",
			 (unsigned long long)index, round, i);
		show(text);
	}
	if (!log_store_publish(s, show_and_cosign, NULL, &e)) {
		fprintf(stderr, "publish: %s\n", e.text);
		_exit(95);
	}
	log_store_close(s);
}

/*
 * Runs the work and kills it at its stop number `stop` (each system call stops twice).  Returns
 * false where it was done before.
 */
static bool killed_at(int stop, void (*work)(int), int round)
{
	int status = 0;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
			_exit(94);
		raise(SIGSTOP);
		work(round);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	for (int i = 0; WIFSTOPPED(status) && i < stop; i++) {
		assert_int_equal(ptrace(PTRACE_SYSCALL, child, NULL, NULL), 0);
		assert_int_equal(waitpid(child, &status, 0), child);
	}
	if (!WIFSTOPPED(status)) {
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
			fail_msg("the work ended with status 0x%x at stop %d", status, stop);
		return false;
	}
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	return true;
}

static bool can_trace(void)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0)
		_exit(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 ? 0 : 1);
	return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* The head that the world sees now, if the file is there at all, is one more that was shown. */
static void look_at_the_published_head(void)
{
	char path[DURABLE_PATH_SIZE];
	struct note note;
	struct error e;
	struct buf b;

	snprintf(path, sizeof path, "%s/public/checkpoint", at);
	buf_init(&b, NOTE_MAX_SIZE);
	assert_true(io_read_file(path, &b, &e));
	assert_true(note_parse(buf_span(&b), &note, &e));
	show_head(note.text);
	/* and it can be served: its tiles are there and make its root */
	struct log_tiles t;
	struct checkpoint c;
	struct merkle_hash root;
	assert_true(checkpoint_parse(note.text, &c, &e));
	snprintf(path, sizeof path, "%s/public", at);
	assert_true(log_tiles_open(&t, path, &e));
	struct tile_source source = log_tiles_source(&t, c.size);
	assert_true(tile_root(&source, c.size, &root, &e));
	assert_true(merkle_equal(&root, &c.root));
	log_tiles_close(&t);
	buf_release(&b);
}

/* Every line of the shown file against the log as it is in the end. */
static void check_all_that_was_shown(struct log_store *s, unsigned *n_heads)
{
	uint64_t size = log_store_head(s)->size;
	struct merkle_hash *roots = calloc(size + 1, sizeof *roots);
	struct merkle_tree tree = { 0 };
	struct buf entry, lines;
	struct error e;

	buf_init(&entry, TILE_MAX_ENTRY);
	buf_init(&lines, 1 << 24);
	roots[0] = merkle_empty();
	for (uint64_t i = 0; i < size; i++) {
		buf_reset(&entry);
		assert_true(log_store_entry(s, i, &entry, &e));
		struct merkle_hash leaf = merkle_leaf(buf_span(&entry));
		merkle_add(&tree, &leaf);
		roots[i + 1] = merkle_root(&tree);
	}
	assert_true(io_read_file(shown_path, &lines, &e));
	for (struct cursor c = cursor_of(buf_span(&lines)); cursor_left(&c) != 0;) {
		struct span rest, line = cursor_line(&c, 4096);
		uint64_t n;
		if (strict_after(line, "head ", &rest)) {
			struct merkle_hash root;
			struct cursor words = cursor_of(rest);
			assert_true(strict_decimal(strict_word(&words), &n) && n <= size);
			assert_true(strict_base64_hash(strict_word(&words), root.b));
			assert_true(merkle_equal(&root, &roots[n]));
			(*n_heads)++;
		} else if (strict_after(line, "promised ", &rest)) {
			struct cursor words = cursor_of(rest);
			assert_true(strict_decimal(strict_word(&words), &n) && n < size);
			buf_reset(&entry);
			assert_true(log_store_entry(s, n, &entry, &e));
			assert_true(span_equal(buf_span(&entry),
					       cursor_take(&words, cursor_left(&words))));
		}
	}
	buf_release(&entry);
	buf_release(&lines);
	free(roots);
}

static void a_log_killed_at_any_system_call_goes_on_and_shows_one_history(void **state)
{
	struct log_store *s = NULL;
	struct error e;
	unsigned n_heads = 0;
	int stop = 1;

	(void)state;
	if (!can_trace()) {
		print_message("SKIP: this kernel lets no process trace another\n");
		skip();
	}
	assert_true(log_store_create(at, &key, &e));
	for (; stop < MAX_STOPS && killed_at(stop, work_on_log, stop); stop++)
		look_at_the_published_head();
	print_message("# killed at %d stops\n", stop - 1);
	assert_true(stop > 100 && stop < MAX_STOPS);
	assert_true(log_store_open(at, &s, &e));
	while (log_store_waiting(s) != 0)
		assert_true(log_store_publish(s, show_and_cosign, NULL, &e));
	check_all_that_was_shown(s, &n_heads);
	assert_true(n_heads > (unsigned)stop);
	log_store_close(s);
}

/* ---- the witness */

static struct buf request_text;

/* Shows what the witness answered; an answer of 200 is a head that it stands by. */
static void work_on_witness(int round)
{
	struct witness *w;
	struct witness_answer a;
	struct error e;

	(void)round;
	buf_init(&a.body, NOTE_MAX_SIZE);
	if (!witness_open(at, &w, &e))
		_exit(93);
	if (!witness_add_checkpoint(w, buf_span(&request_text), 1767225600, &a, &e))
		_exit(92);
	if (a.status == 200) {
		struct cursor c = cursor_of(buf_span(&request_text));
		while (cursor_left(&c) != 0 && cursor_line(&c, 4096).n != 0)
			;
		struct note n;
		if (!note_parse(cursor_take(&c, cursor_left(&c)), &n, &e))
			_exit(91);
		show_head(n.text);
	} else if (a.status != 409 && a.status != 422) {
		_exit(90);
	}
	witness_close(w);
	buf_release(&a.body);
}

/* A request for a head of size 1 over one of two leaves: two branches, of which it may sign one. */
static void make_request(const char *leaf_text, int old)
{
	struct merkle_hash leaf = merkle_leaf(span_of(leaf_text));
	struct checkpoint c = { span_of(key.key.name), 1, leaf };
	char text[CHECKPOINT_MAX_TEXT];

	checkpoint_write(&c, text);
	buf_reset(&request_text);
	buf_printf(&request_text, "old %d\n\n", old);
	signer_note(&key, span_of(text), &request_text);
}

static void a_witness_killed_at_any_system_call_signs_one_history(void **state)
{
	char vkey[NOTE_MAX_VKEY + 1], path[DURABLE_PATH_SIZE];
	struct error e;
	struct buf lines;
	bool more = true;

	(void)state;
	if (!can_trace()) {
		print_message("SKIP: this kernel lets no process trace another\n");
		skip();
	}
	buf_init(&request_text, NOTE_MAX_SIZE);
	note_key_write(&key.key, vkey);
	strcat(vkey, "\n");
	assert_true(witness_create(at, &cosigner, span_of(vkey), &e));
	uint8_t digest[32];
	char name[65];
	assert_true(hash_of(HASH_SHA256, span_of(key.key.name), digest));
	hex_text(digest, 32, name);
	snprintf(path, sizeof path, "%s/state/%s", at, name);
	int stop = 1;
	for (; more && stop < MAX_STOPS; stop++) {
		(void)unlink(path); /* each time a witness that knows nothing */
		(void)unlink(shown_path);
		make_request("one branch", 0);
		more = killed_at(stop, work_on_witness, stop);
		for (int old = 0; old <= 1; old++) { /* whichever it knows of now */
			make_request("another branch", old);
			assert_false(killed_at(MAX_STOPS, work_on_witness, stop));
			make_request("one branch", old);
			assert_false(killed_at(MAX_STOPS, work_on_witness, stop));
		}
		buf_init(&lines, 1 << 16);
		if (!io_read_file(shown_path, &lines, &e))
			fail_msg("stop %d: %s", stop, e.text);
		struct cursor c = cursor_of(buf_span(&lines));
		struct span first = cursor_line(&c, 4096);
		assert_true(first.n != 0);
		while (cursor_left(&c) != 0)
			assert_true(span_equal(first, cursor_line(&c, 4096)));
		buf_release(&lines);
	}
	print_message("# killed at %d stops\n", stop - 2);
	assert_true(stop > 30);
	buf_release(&request_text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_log_killed_at_any_system_call_goes_on_and_shows_one_history),
		TEST(a_witness_killed_at_any_system_call_signs_one_history),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
