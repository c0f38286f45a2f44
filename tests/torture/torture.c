/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/torture/torture.h"
#include "tests/torture/failing.h"

#include <dirent.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_BYTES = 1 << 24 };

void __real_abort(void);
void __wrap_abort(void);
void __real_exit(int status);
void __wrap_exit(int status);

/* A fuzz target that can do nothing without memory aborts, and libarchive then exits, which is the
 * end of a worker and so `worker-crash`: what was not examined is said. */
static jmp_buf broken_off;
/* Of such a run libraries keep what nobody gives back any more, and LeakSanitizer, where it is,
 * must not count that; failing_leaks() counts our own. */
void __lsan_disable(void) __attribute__((weak));
void __lsan_enable(void) __attribute__((weak));
static bool may_break_off;

void __wrap_abort(void)
{
	if (may_break_off)
		longjmp(broken_off, 1);
	__real_abort();
}

void __wrap_exit(int status)
{
	if (may_break_off)
		longjmp(broken_off, 1);
	__real_exit(status);
}

static bool load(const char *path, struct span *out)
{
	FILE *f = fopen(path, "rb");
	uint8_t *whole = f != NULL ? malloc(MAX_BYTES) : NULL;
	size_t n = whole != NULL ? fread(whole, 1, MAX_BYTES, f) : 0;

	if (f != NULL)
		fclose(f);
	uint8_t *exact =
		n != 0 ? malloc(n) : NULL; /* of its own length, so that an overrun is seen */
	if (exact != NULL)
		memcpy(exact, whole, n);
	free(whole);
	*out = (struct span){ exact, n };
	return exact != NULL;
}

/* One run; how many allocations it had. */
static uint64_t run(struct torture *t, const char *path, struct span s, uint64_t at, bool for_ever,
		    torture_work *work, void *ctx)
{
	volatile bool kept = true;

	may_break_off = at != UINT64_MAX;
	if (__lsan_disable != NULL)
		__lsan_disable();
	if (setjmp(broken_off) == 0) {
		failing_begin(at, for_ever);
		kept = work(ctx, path, s, at != UINT64_MAX);
	} else {
		t->n_undecided++;
		(void)failing_end();
		failing_sweep();
	}
	may_break_off = false;
	if (__lsan_enable != NULL)
		__lsan_enable();
	uint64_t made = failing_end();
	size_t leaks = failing_leaks();
	if (leaks != 0)
		fprintf(stderr, "%s: %zu pieces of memory were not given back\n", path, leaks);
	if (leaks != 0 || !kept) {
		fprintf(stderr, "%s: allocation %" PRId64 " failed%s\n", path, (int64_t)at,
			for_ever ? ", and all after it" : "");
		t->n_faults++;
	}
	failing_sweep();
	t->n_runs++;
	return made;
}

static void torture_file(struct torture *t, const char *path, torture_work *work, void *ctx)
{
	struct span s;
	union {
		const uint8_t *in;
		uint8_t *out;
	} p;

	if (!load(path, &s))
		return;
	/* twice: what a library keeps for ever it has after the first time */
	failing_begin(UINT64_MAX, false);
	(void)work(ctx, path, s, false);
	(void)failing_end();
	uint64_t made = run(t, path, s, UINT64_MAX, false, work, ctx);
	for (uint64_t at = t->n_files % t->step; at < made; at += t->step) {
		(void)run(t, path, s, at, false, work, ctx);
		(void)run(t, path, s, at, true, work, ctx);
	}
	t->n_files++;
	p.in = s.p;
	free(p.out);
}

void torture_files(struct torture *t, char **directories, int n, torture_work *work, void *ctx)
{
	for (int i = 0; i < n; i++) {
		struct dirent **entry;
		int n_entries = scandir(directories[i], &entry, NULL, alphasort);
		if (n_entries < 0) {
			perror(directories[i]);
			exit(1);
		}
		for (int k = 0; k < n_entries; k++) {
			char path[4096];
			snprintf(path, sizeof path, "%s/%s", directories[i], entry[k]->d_name);
			if (entry[k]->d_name[0] != '.' &&
			    (unsigned)k % t->file_step == t->file_step - 1)
				torture_file(t, path, work, ctx);
			free(entry[k]);
		}
		free(entry);
	}
}

int torture_options(struct torture *t, int argc, char **argv)
{
	int i = 1;

	*t = (struct torture){ .step = 1, .file_step = 1 };
	for (; i + 1 < argc && strncmp(argv[i], "--", 2) == 0; i += 2) {
		unsigned v = (unsigned)strtoul(argv[i + 1], NULL, 10);
		if (strcmp(argv[i], "--step") == 0)
			t->step = v != 0 ? v : 1;
		else
			t->file_step = v != 0 ? v : 1;
	}
	return i;
}

int torture_end(const struct torture *t, const char *what)
{
	printf("%s: %u files, %u runs, %" PRIu64 " undecided, %u broken promises\n", what,
	       t->n_files, t->n_runs, t->n_undecided, t->n_faults);
	return t->n_faults != 0 || t->n_files == 0;
}
