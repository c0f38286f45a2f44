/* SPDX-License-Identifier: Apache-2.0 */
#include "base/standard.h"
#include "cli/clam_databases.h"
#include "cli/clam_print.h"
#include "cli/cli.h"
#include "cli/proven.h"
#include "cli/sources.h"
#include "cli/workers.h"
#include "sandbox/walker.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * A drop-in for clamscan(1), so that it can stand in for it in scripts.  docs/clamav.md lists where
 * the two differ on purpose.
 */

#define DATABASES "/var/lib/clamav" /* where freshclam puts them */

enum { MAX_PATH_BYTES = 8 << 20 };

struct clamscan {
	struct clam_options o;
	struct clam_print print;
	struct sources sources;
	struct workers workers;
	struct walk_options walk;
	struct walker *walker;
	size_t named;       /* bytes of the path that is walked, as it was given ... */
	char *real;         /* ... and its real one; NULL: it has none */
	struct buf whole;   /* the real path of the entry at hand */
	struct error error; /* of the broker, where it failed */
	bool failed;
	struct proven_choice proven;
};

static void on_done(void *ctx, const char *path, const struct verdict *v)
{
	struct clamscan *c = ctx;
	clam_print_object(&c->print, path, v);
}

static void on_skipped(void *ctx, const char *path, const struct error *e)
{
	struct clamscan *c = ctx;
	clam_print_skipped(&c->print, path, e);
}

/* To be told in its place among the others. */
static void pass_over(struct clamscan *c, const char *path, enum reason why, const char *text)
{
	struct error e;

	error_set(&e, why, PLACE_NONE, "%s", text);
	if (!c->failed)
		c->failed = !broker_skip(c->workers.broker, path, &e, &c->error);
}

/* ---- the walk */

/* What expressions are held against, as clamscan has it: the path of a directory as it was given,
 * the real one of a file.  No link is followed within a tree, so the rest of it is as walked. */
static bool excluded(struct clamscan *c, const char *path, bool directory)
{
	bool real = c->real != NULL && !directory;

	buf_reset(&c->whole);
	buf_put_text(&c->whole, real ? c->real : "");
	buf_put_text(&c->whole, real ? path + c->named : path);
	buf_put(&c->whole, "\0", 2);
	return buf_ok(&c->whole) &&
	       clam_options_excluded(&c->o, (char *)c->whole.p, c->whole.n - 2, directory);
}

static bool refuse(struct error *why, enum reason reason, const char *text)
{
	return error_set(why, reason, PLACE_NONE, "%s", text);
}

/* Asked in the process that walks: what it changes here is lost. */
static bool on_wanted(void *ctx, const char *path, mode_t kind, unsigned depth, struct error *why)
{
	struct clamscan *c = ctx;
	bool directory = S_ISDIR(kind);

	if (depth == 0) {
		free(c->real);
		c->real = realpath(path, NULL);
		c->named = strlen(path);
	}
	if (S_ISLNK(kind))
		return refuse(why, REASON_UNSUPPORTED, "Symbolic link");
	if (!directory && !S_ISREG(kind))
		return false;
	if (directory && depth != 0 && !c->o.recursive)
		return false;
	if (excluded(c, path, directory))
		return refuse(why, REASON_UNSUPPORTED, "Excluded");
	if (directory && c->o.max_dir != 0 && depth >= c->o.max_dir)
		return refuse(why, REASON_LIMIT, "limit:depth: --max-dir-recursion");
	return true;
}

static void on_refused(void *ctx, const char *path, const struct error *e)
{
	struct clamscan *c = ctx;

	if (!c->failed)
		c->failed = !broker_skip(c->workers.broker, path, e, &c->error);
}

static void on_entered(void *ctx, const char *path)
{
	struct clamscan *c = ctx;

	(void)path;
	c->print.directories++;
}

static void on_passed(void *ctx, const char *path, const struct error *e)
{
	struct clamscan *c = ctx;
	struct error told = *e;

	if (e->why == REASON_UNSUPPORTED) /* of the kernel's, or another file system's */
		error_set(&told, e->why, PLACE_NONE, "Excluded (%s)", e->text);
	if (!c->failed)
		c->failed = !broker_skip(c->workers.broker, path, &told, &c->error);
}

static bool on_file(void *ctx, int fd, uint64_t size, const char *path)
{
	struct clamscan *c = ctx;

	if (size == 0) {
		close(fd);
		pass_over(c, path, REASON_UNSUPPORTED, "Empty file");
	} else {
		c->failed = !broker_submit(c->workers.broker, fd, size, path, &c->error);
	}
	return !c->failed;
}

static bool on_copy(void *ctx, int fd, uint64_t size, bool spooled, bool changed, const char *path)
{
	struct clamscan *c = ctx;

	if (size == 0)
		return on_file(ctx, fd, size, path);
	c->failed =
		!broker_submit_copy(c->workers.broker, fd, size, spooled, changed, path, &c->error);
	return !c->failed;
}

/* ---- what is named */

/* After stat() failed: is it a link to what is not there?  clamscan passes it over, status and
 * standard output say nothing of it. */
static bool leads_nowhere(const struct stat *link)
{
	return S_ISLNK(link->st_mode) && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP);
}

static bool scan_path(struct clamscan *c, char *path)
{
	struct stat st, link = { 0 };
	size_t n = strlen(path);
	bool slash = n > 1 && path[n - 1] == '/'; /* then it is no link that is named */

	while (n > 1 && path[n - 1] == '/')
		path[--n] = '\0';
	if (lstat(path, &link) != 0 || stat(path, &st) != 0) {
		if (!slash && leads_nowhere(&link)) {
			clam_print_warning(&c->print, "%s: Symbolic link that leads nowhere", path);
			return true;
		}
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		pass_over(c, path, REASON_IO, "Can't access file");
		return !c->failed;
	}
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) {
		pass_over(c, path, REASON_IO, "Not supported file type");
		return !c->failed;
	}
	if (S_ISLNK(link.st_mode) &&
	    (S_ISDIR(st.st_mode) ? c->o.follow_dir : c->o.follow_file) == 0) {
		pass_over(c, path, REASON_UNSUPPORTED, "Symbolic link");
		return !c->failed;
	}
	return walker_path(c->walker, path) && !c->failed;
}

static int scan_listed(struct clamscan *c)
{
	FILE *f = fopen(c->o.file_list, "re");
	char *line = NULL;
	size_t size = 0;
	ssize_t n;
	bool on = true;

	if (f == NULL) {
		fprintf(stderr, "ERROR: --file-list: Can't open file %s\n", c->o.file_list);
		return EXIT_CANNOT;
	}
	while (on && (n = getline(&line, &size, f)) > 0) {
		while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
			line[--n] = '\0';
		on = n == 0 || scan_path(c, line);
	}
	bool read = !on || !ferror(f);
	if (!read)
		fprintf(stderr, "ERROR: --file-list: Can't read file %s: %s\n", c->o.file_list,
			strerror(errno));
	free(line);
	fclose(f);
	return read ? EXIT_CLEAN : EXIT_CANNOT;
}

static int scan_named(struct clamscan *c, int n, char **path)
{
	if (c->o.file_list != NULL) {
		if (n != 0)
			clam_print_warning(&c->print, "Only scanning files from --file-list (files "
						      "passed at cmdline are ignored)");
		return scan_listed(c);
	}
	if (n == 0) {
		char here[4096];
		if (getcwd(here, sizeof here) == NULL) {
			fprintf(stderr,
				"ERROR: Can't get absolute pathname of current working "
				"directory: %s\n",
				strerror(errno));
			return EXIT_CANNOT;
		}
		(void)scan_path(c, here);
	} else if (strcmp(path[0], "-") == 0) {
		c->failed =
			!broker_submit_stream(c->workers.broker, STDIN_FILENO, "stdin", &c->error);
	} else {
		for (int i = 0; i < n && scan_path(c, path[i]); i++)
			;
	}
	return EXIT_CLEAN;
}

/* ---- set-up */

static void on_loss(void *ctx, const struct sources_loss *loss)
{
	struct clamscan *c = ctx;
	c->print.left_out += loss->n;
}

/* Which signatures: those that are named, or freshclam's; with a trust policy the proven ones. */
static bool choose(struct clamscan *c, struct error *e)
{
	c->proven.named = c->o.database;
	c->proven.n_named = c->o.n_databases;
	if (!proven_choose(c->o.trust, &c->proven, e))
		return false;
	c->print.proof = c->proven.said;
	if (c->proven.path[0] != '\0') {
		c->o.database[0] = c->proven.path;
		c->o.n_databases = 1;
	} else if (c->o.n_databases == 0) {
		c->o.database[c->o.n_databases++] = DATABASES;
	}
	return true;
}

static bool load(struct clamscan *c, struct error *e)
{
	if (!choose(c, e))
		return false;
	c->sources.certs = c->o.certs;
	for (size_t i = 0; i < c->o.n_databases; i++)
		if (!clam_databases_add(&c->sources, c->o.database[i], e))
			return false;
	if (c->sources.db == NULL)
		sources_use_cache(&c->sources);
	bool ok = sources_build(&c->sources, e);
	sources_report(&c->sources, IR_ERROR);
	if (!ok)
		return false;
	sources_losses(&c->sources, c->o.database[0], on_loss, c);
	if (c->print.left_out != 0)
		clam_print_warning(&c->print,
				   "%llu signatures are left out; `pellucid rules check` "
				   "says which and why",
				   (unsigned long long)c->print.left_out);
	return db_n_rules(c->sources.db) + db_n_hashes(c->sources.db) != 0 ||
	       error_set(e, REASON_DAMAGED, PLACE_NONE, "no signature is left");
}

/* Of milliseconds, of which 0 are no limit; the broker knows none, but one that nobody lives to
 * see.
 */
static unsigned time_limit_s(uint64_t ms)
{
	uint64_t s = ms / 1000 + (ms % 1000 != 0);

	return ms == 0 || s > INT32_MAX ? INT32_MAX : (unsigned)s;
}

static void prepare(struct clamscan *c)
{
	struct broker_options *b = &c->workers.options;

	b->n_workers = workers_usual();
	b->done = on_done;
	b->skipped = on_skipped;
	b->ctx = c;
	b->scan.now = time(NULL);
	b->scan.unpack = c->o.unpack;
	b->scan.list = c->o.alert_macros; /* an object that holds macros is harmless else */
	b->time_limit_s = time_limit_s(c->o.max_time_ms);
	c->walk.wanted = on_wanted;
	c->walk.refused = on_refused;
	c->walk.entered = on_entered;
	c->walk.file = on_file;
	c->walk.copy = on_copy;
	c->walk.skipped = on_passed;
	c->walk.ctx = c;
	c->walk.max_size = c->o.max_filesize;
	c->walk.one_file_system = !c->o.cross_fs;
}

static int run(struct clamscan *c, int n, char **path)
{
	struct error e;
	int status;

	if (!load(c, &e)) {
		fprintf(stderr, "ERROR: %s\n", e.text);
		return EXIT_CANNOT;
	}
	c->print.db = c->sources.db;
	prepare(c);
	if (!workers_start(&c->workers, &c->sources, &e)) {
		fprintf(stderr, "ERROR: %s\n", e.text);
		return EXIT_CANNOT;
	}
	c->walk.spool_dir = c->workers.options.spool_dir;
	const struct walker_options w = {
		.walk = c->walk,
		/* a file system that does not answer is none to wait for */
		.patience_s = c->o.max_time_ms != 0 ? c->workers.options.time_limit_s : 0
	};
	c->failed = !walker_new(&w, &c->walker, &c->error);
	status = c->failed ? EXIT_CANNOT : scan_named(c, n, path);
	walker_free(c->walker);
	if (!c->failed && !broker_finish(c->workers.broker, &c->error))
		c->failed = true;
	workers_stop(&c->workers);
	if (!c->failed)
		return status;
	fprintf(stderr, "ERROR: %s\n", c->error.text);
	return EXIT_CANNOT;
}

int verb_clamscan(int argc, char **argv)
{
	struct clamscan *c = calloc(1, sizeof *c);
	int first, status;

	if (c == NULL || !sources_open(&c->sources))
		return cli_fail("clamscan", "no memory");
	c->print.o = &c->o;
	buf_init(&c->whole, MAX_PATH_BYTES);
	status = clam_options_read(&c->o, argc, argv, &first);
	if (status < 0 && !clam_print_begin(&c->print))
		status = EXIT_CANNOT;
	if (status < 0) {
		status = run(c, argc - first, argv + first);
		clam_print_end(&c->print);
		if (status == EXIT_CLEAN)
			status = c->print.found != 0                       ? EXIT_FOUND
				 : c->print.errors != 0 || c->print.warned ? EXIT_CANNOT
									   : EXIT_CLEAN;
	}
	sources_release(&c->sources);
	clam_options_release(&c->o);
	buf_release(&c->whole);
	free(c->real);
	free(c);
	if (!standard_written())
		status = EXIT_CANNOT;
	return status;
}
