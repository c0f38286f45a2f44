/* SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"
#include "recover/journal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/*
 * What a journal says is taken up: input is its text, as it lies on disk.  Lines that hold are
 * lines again when it is opened, one more can be added behind them, and then it holds with that.
 * It lies in a directory of its own, which is removed at the end.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char place[] = "/tmp/pellucid-fuzz-journal.XXXXXX";
static int dir = -1;

static void leave(void)
{
	(void)unlinkat(dir, "journal", 0);
	(void)close(dir);
	(void)rmdir(place);
}

static void enter(void)
{
	if (dir >= 0)
		return;
	if (mkdtemp(place) == NULL || (dir = open(place, O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0)
		abort();
	(void)atexit(leave);
}

static void put_file(struct span text)
{
	struct error e;
	int fd = openat(dir, "journal", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || !io_write(fd, text.p, text.n, &e))
		abort();
	(void)close(fd);
}

static void members(void *ctx, struct json_writer *w)
{
	json_write_key(w, "path");
	json_write_text(w, ctx);
}

/* Whether what was opened is what was held, and goes on from there. */
static void take_up(uint64_t n)
{
	static char path[] = "one/more";
	struct journal j, other;
	struct error e;

	if (!journal_open(&j, dir, "journal", &e)) {
		if (e.why != REASON_MEMORY && e.why != REASON_INTERNAL)
			abort();
		return;
	}
	if (j.n_lines != n || journal_open(&other, dir, "journal", &e))
		abort();
	(void)journal_has(&j, span_of("a/b"), "00");
	bool had = journal_has_path(&j, span_of(path)), added = journal_add(&j, members, path, &e);
	if (added && (j.n_lines != n + 1 || (journal_has_path(&j, span_of(path)) != had)))
		abort();
	journal_close(&j);
	if (!added || !journal_open(&j, dir, "journal", &e))
		return;
	if (j.n_lines != n + 1)
		abort();
	journal_close(&j);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = { data, size };
	struct journal j;
	uint64_t n, whole;
	struct error e;

	enter();
	put_file(text);
	if (journal_check(text, &n, &whole, &e)) {
		if (whole > size || n > size)
			abort();
		take_up(n);
	} else if (e.why == REASON_DAMAGED && journal_open(&j, dir, "journal", &e)) {
		abort();
	}
	return 0;
}
