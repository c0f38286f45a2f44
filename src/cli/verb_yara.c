/* SPDX-License-Identifier: Apache-2.0 */
#include "base/standard.h"
#include "cli/cli.h"
#include "cli/jobs.h"
#include "cli/module_data.h"
#include "cli/proven.h"
#include "cli/sources.h"
#include "cli/workers.h"
#include "cli/yara_options.h"
#include "cli/yara_print.h"
#include "format/modules.h"
#include "sandbox/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A drop-in for yara(1): its options, its output, its statuses (0, or 1 after an error). */

struct job {
	struct yara_print print;
	struct workers workers; /* one, so that what stops a scan stops it there */
	const struct db *db;
	struct scan_options scan;
	bool recursive, follow, scan_list;
	int64_t skip_larger; /* 0 and below: none */
	unsigned timeout_s;  /* of -a; 0: none */
	bool endless;        /* -a says that there is none */
	int64_t deadline;    /* when that is over, by the monotonic clock; 0: none */
	bool failed;
	bool broken; /* no worker can be run; or there is no list */
	bool no_warnings;
};

enum { MAX_DEPTH = 200 /* directories in one another */, MAX_TIMEOUT_S = INT32_MAX };

#define MAX_PROCESS (UINT64_C(1) << 36) /* bytes of a process's memory; YARA knows no limit */

static int64_t seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

/* 0 and below: none. */
static void set_timeout(struct job *j, int64_t s)
{
	j->endless = s <= 0;
	if (j->endless)
		return;
	j->timeout_s = s < MAX_TIMEOUT_S ? (unsigned)s : MAX_TIMEOUT_S;
	j->deadline = seconds() + j->timeout_s;
}

/* ---- objects */

/* What could not be read takes its place among the others. */
static void on_skipped(void *ctx, const char *path, const struct error *e)
{
	struct job *j = ctx;

	fprintf(stderr, "error scanning %s: %s\n", path, e->text);
	yara_print_count(&j->print, path, 0);
	j->failed = true;
}

static void on_done(void *ctx, const char *path, const struct verdict *v)
{
	struct job *j = ctx;

	yara_print_object(&j->print, j->db, path, v);
	j->failed = yara_print_gaps(path, v, j->no_warnings) || j->failed;
}

/* After a call of the broker. */
static void expect(struct job *j, bool ok, const struct error *e)
{
	if (ok || j->broken)
		return;
	fprintf(stderr, "error: %s\n", e->text);
	j->failed = j->broken = true;
}

static void could_not(struct job *j, const char *path, const char *why)
{
	struct error e, told;

	error_set(&told, REASON_IO, PLACE_NONE, "%s", why);
	expect(j, broker_skip(j->workers.broker, path, &told, &e), &e);
}

/* `follow`: it may be a link. */
static void scan_file(struct job *j, const char *path, bool follow)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | (follow ? 0 : O_NOFOLLOW));
	struct stat st;
	struct error e;

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		expect(j, broker_submit(j->workers.broker, fd, (uint64_t)st.st_size, path, &e), &e);
		return;
	}
	could_not(j, path, fd < 0 ? "could not open file" : "not a regular file");
	if (fd >= 0)
		close(fd);
}

static bool stopped(const struct job *j)
{
	return j->broken || (j->deadline != 0 && seconds() >= j->deadline);
}

/* A directory on the way to where the walk is: a link to one of them would go round and round. */
struct above {
	const struct above *above;
	dev_t device;
	ino_t inode;
	unsigned depth;
};

static bool goes_round(const struct above *a, const struct stat *st)
{
	while (a != NULL && (a->device != st->st_dev || a->inode != st->st_ino))
		a = a->above;
	return a != NULL;
}

static void scan_directory(struct job *j, const char *path, const struct stat *st,
			   const struct above *above);

/* What a name in a directory leads to. */
static void scan_entry(struct job *j, const char *path, const struct above *above)
{
	struct stat st;

	if (lstat(path, &st) != 0)
		return;
	if (S_ISLNK(st.st_mode) && (!j->follow || stat(path, &st) != 0))
		return;
	if (S_ISDIR(st.st_mode) && j->recursive && !goes_round(above, &st))
		scan_directory(j, path, &st, above);
	if (!S_ISREG(st.st_mode))
		return;
	if (j->skip_larger <= 0 || st.st_size < j->skip_larger)
		scan_file(j, path, j->follow);
	else
		fprintf(stderr,
			"skipping %s (%" PRId64 " bytes) because it's larger than %" PRId64
			" bytes.\n",
			path, (int64_t)st.st_size, j->skip_larger);
}

static void scan_directory(struct job *j, const char *path, const struct stat *st,
			   const struct above *above)
{
	struct above here = { above, st->st_dev, st->st_ino, above != NULL ? above->depth + 1 : 0 };
	DIR *d = here.depth > MAX_DEPTH ? NULL : opendir(path);
	struct dirent *entry;
	char *whole;

	if (d == NULL) { /* yara says nothing then */
		fprintf(stderr, "error scanning %s: %s\n", path,
			here.depth > MAX_DEPTH ? "nested too deep" : strerror(errno));
		return;
	}
	while (!stopped(j) && (entry = readdir(d)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
		    asprintf(&whole, "%s/%s", path, entry->d_name) < 0)
			continue;
		scan_entry(j, whole, &here);
		free(whole);
	}
	closedir(d);
}

/* As yara has it, a target that is a number above 0 and no file is a process. */
static bool is_process(const char *target)
{
	return target[0] != '\0' && target[strspn(target, "0123456789")] == '\0' &&
	       target[strspn(target, "0")] != '\0' && access(target, R_OK) != 0;
}

static void scan_process(struct job *j, const char *number)
{
	struct process_loss loss;
	struct error e;
	uint64_t size;
	int fd;

	if (!process_copy((pid_t)strtol(number, NULL, 10), MAX_PROCESS, &fd, &size, &loss, &e)) {
		could_not(j, number, "can not attach to process (try running as root)");
		return;
	}
	if (loss.regions != 0)
		fprintf(stderr,
			"warning: %s: %" PRIu64 " regions, %" PRIu64
			" bytes were not read; the first: %s\n",
			number, loss.regions, loss.bytes, loss.first.text);
	expect(j, broker_submit_sealed(j->workers.broker, fd, size, number, &e), &e);
}

/* What is named is scanned whatever -N says, which is of what lies in directories. */
static void scan_target(struct job *j, const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		scan_directory(j, path, &st, NULL);
	else
		scan_file(j, path, true);
}

static bool is_directory(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* One target a line, as it stands there: of what cannot be opened the status says nothing. */
static void scan_listed(struct job *j, const char *path)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	if (f == NULL) {
		fprintf(stderr, "error: could not open file \"%s\".\n", path);
		j->broken = j->failed = true;
		return;
	}
	while (!stopped(j) && (n = getline(&line, &size, f)) > 0) {
		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		scan_target(j, line);
	}
	if (!stopped(j) && ferror(f)) {
		fprintf(stderr, "error: could not read file \"%s\": %s\n", path, strerror(errno));
		j->broken = j->failed = true;
	}
	free(line);
	fclose(f);
}

/* ---- arguments */

struct arguments {
	struct job job;
	struct sources sources;
	struct module_data data;
	const char *trust; /* as proven_choose() takes it */
	int64_t threads;
	bool fail_on_warnings, module_data, compiled, help, version, modules;
};

/* The options that only set how matches are printed.  False: it is none of them. */
static bool print_option(struct yara_print *p, int c)
{
	const struct {
		int option;
		bool *set;
	} flags[] = {
		{ 'c', &p->count_only }, { 'q', &p->quiet },    { 'n', &p->negate },
		{ 'm', &p->meta },       { 'e', &p->space },    { 's', &p->strings },
		{ 'L', &p->lengths },    { 'X', &p->xor_keys }, { 'g', &p->tags },
		{ 'S', &p->stats },
	};

	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		if (flags[i].option == c) {
			*flags[i].set = true;
			return true;
		}
	return false;
}

static bool option_error(const struct error *e)
{
	fprintf(stderr, "error: %s\n", e->text);
	return false;
}

/* name=value, which yara takes no notice of where it is not of that form.  A mistake is told here.
 */
static bool define(struct sources *s, const char *text)
{
	struct error e;

	if (strchr(text, '=') == NULL) {
		fputs("error: wrong syntax for `-d` option.\n", stderr);
		return false;
	}
	return sources_define(s, text, &e) || option_error(&e);
}

static bool add_data(struct module_data *m, const char *text)
{
	const char *equals = strchr(text, '=');
	struct error e;

	if (equals == NULL)
		fputs("error: wrong syntax for `-x` option.\n", stderr);
	else if (access(equals + 1, R_OK) != 0)
		fprintf(stderr, "error: could not open file \"%s\".\n", equals + 1);
	else
		return module_data_add(m, text, &e) || option_error(&e);
	return false;
}

static bool one_option(void *ctx, const struct yara_argument *o)
{
	struct arguments *a = ctx;
	struct job *j = &a->job;

	if (print_option(&j->print, o->code))
		return true;
	switch (o->code) {
	case 'C':
		return (a->compiled = true);
	case 'd':
		return define(&a->sources, o->text);
	case 'x':
		return add_data(&a->data, o->text);
	case 'p':
		a->threads = o->number;
		return true;
	case YARA_OPT_ATOMS: /* what makes a good atom is decided otherwise here */
		if (access(o->text, R_OK) == 0)
			return true;
		fputs("error loading atom quality table: could not open file\n", stderr);
		return false;
	case YARA_OPT_TRUST:
		a->trust = o->text;
		return true;
	case YARA_OPT_STRINGS: /* below 0 there is no limit, as in yara */
		a->sources.max_strings = (uint32_t)o->number;
		return true;
	case YARA_OPT_FAIL_ON_WARNINGS:
		return (a->fail_on_warnings = true);
	case 'f':
		return (j->scan.fast = true);
	case 'D':
		return (a->module_data = true);
	case 'i':
		j->print.identifier[j->print.n_identifiers++] = o->text;
		return true;
	case 'l':
		j->print.max_rules = o->number;
		return true;
	case 'N':
		return !(j->follow = false);
	case 'w':
		return (j->no_warnings = true);
	case 'r':
		return (j->recursive = true);
	case YARA_OPT_SCAN_LIST:
		return (j->scan_list = true);
	case 'z':
		j->skip_larger = o->number;
		return true;
	case 't':
		j->print.tag[j->print.n_tags++] = o->text;
		return true;
	case 'a':
		set_timeout(j, o->number);
		return true;
	case 'M':
		return (a->modules = true);
	case 'v':
		return (a->version = true);
	case 'h':
		return (a->help = true);
	default: /* -E, -k and limits that have no meaning here are accepted */
		return true;
	}
}

/* "namespace:file", unless a file of that whole name is there or what follows is a backslash, as
 * behind the letter of a drive; "-" is standard input. */
static bool add_rules(struct arguments *a, char *argument, struct error *e)
{
	char *colon = access(argument, F_OK) == 0 ? NULL : strchr(argument, ':');
	const char *space = NULL, *name = argument;

	if (colon != NULL && colon[1] != '\\') {
		*colon = '\0';
		space = argument;
		name = colon + 1;
	}
	if (strcmp(name, "-") == 0)
		return sources_add_stream(&a->sources, STDIN_FILENO, name, space, e);
	if (access(name, R_OK) != 0)
		return error_set(e, REASON_IO, PLACE_NONE, "could not open file: %s", name);
	return sources_add(&a->sources, name, space, e);
}

/* yara refuses to scan where a module that is imported cannot read what it was given; a worker
 * looks. */
static bool check_data(const struct arguments *a, struct error *e)
{
	for (size_t i = 0; i < a->data.n; i++) {
		const struct scan_module_data *d = &a->data.data[i];
		const struct module *m = modules_all[d->module];
		if (m->check == NULL || (a->sources.reply.imports >> d->module & 1) == 0)
			continue;
		struct buf answer;
		struct span nothing;
		buf_init(&answer, 1 << 12);
		bool ok = jobs_ask("data", (uint32_t)d->module, d->data, &answer, &nothing, e);
		buf_release(&answer);
		if (!ok)
			return false;
	}
	return true;
}

static bool start(struct arguments *a, struct error *e)
{
	struct job *j = &a->job;
	struct broker_options *o = &j->workers.options;

	j->scan.whole = true; /* yara does not look into what lies in a file */
	o->n_workers = 1;
	/* a worker that hangs is ended without -a too: yara's own limit is eleven days */
	o->time_limit_s = j->endless ? MAX_TIMEOUT_S : j->timeout_s;
	o->exact_time = j->timeout_s != 0;
	o->scan = j->scan;
	o->done = on_done;
	o->skipped = on_skipped;
	o->ctx = j;
	return workers_start(&j->workers, &a->sources, e);
}

/* Of sources those that are imported; what was built before knows which of them rules ask for. */
static uint32_t modules_of(const struct sources *s)
{
	uint32_t all = (uint32_t)s->reply.imports;
	struct db_rule rule;

	for (uint32_t i = 0; i < db_n_rules(s->db); i++)
		if (db_rule(s->db, i, &rule))
			all |= rule.modules;
	return all;
}

/* Scans the target with the rules that were built. */
static int scan(struct arguments *a, const char *target)
{
	struct job *j = &a->job;
	struct error e;

	j->scan.process = !j->scan_list && is_process(target);
	if (j->scan_list && is_directory(target)) {
		fputs("error: cannot use a directory as scan list.\n", stderr);
		return EXIT_FAILURE;
	}
	if (!start(a, &e)) {
		fprintf(stderr, "error: %s\n", e.text);
		return EXIT_FAILURE;
	}
	j->print.single = !j->scan_list && !is_directory(target);
	if (j->scan_list)
		scan_listed(j, target);
	else if (j->scan.process)
		scan_process(j, target);
	else
		scan_target(j, target);
	if (!j->broken)
		expect(j, broker_finish(j->workers.broker, &e), &e);
	workers_stop(&j->workers);
	bool in_time = j->deadline == 0 || seconds() < j->deadline;
	if (!in_time)
		fprintf(stderr, "error: scanning timed out\n");
	/* of many files yara does not say by its status that one could not be scanned */
	return in_time && !j->broken && (!j->failed || !j->print.single) ? EXIT_SUCCESS
									 : EXIT_FAILURE;
}

/* The rules that are named; where this machine has a trust policy they have to be the proven ones.
 */
static bool add_named(struct arguments *a, int n, char **argument, struct error *e)
{
	struct proven_choice proven = { .named = (const char *const *)argument,
					.n_named = (size_t)n };

	if (!proven_choose(a->trust, &proven, e))
		return false;
	if (proven.path[0] != '\0') /* what was named is that, or was when it was looked at */
		return sources_add(&a->sources, proven.path, NULL, e);
	for (int i = 0; i < n; i++)
		if (!add_rules(a, argument[i], e))
			return false;
	return true;
}

/* What -C promises.  True: go on. */
static bool check_compiled(const struct arguments *a, int n, char **argument)
{
	if (!a->compiled)
		return true;
	if (n != 1)
		fputs("error: can't accept multiple rules files if one of them is in compiled "
		      "form.\n",
		      stderr);
	else if (access(argument[0], R_OK) != 0)
		fputs("could not open file\n", stderr);
	else if (!sources_is_database(argument[0]))
		fputs("invalid compiled rules file.\n", stderr);
	else
		return true;
	return false;
}

static int run(struct arguments *a, int n, char **argument)
{
	struct job *j = &a->job;
	struct error e;

	if (!check_compiled(a, n - 1, argument))
		return EXIT_FAILURE;
	if (!add_named(a, n - 1, argument, &e)) {
		fprintf(stderr, "error: %s\n", e.text);
		return EXIT_FAILURE;
	}
	a->sources.strict = true;
	bool ok = sources_build(&a->sources, &e);
	sources_report(&a->sources, j->no_warnings ? IR_ERROR : IR_WARNING);
	if (!ok || (a->fail_on_warnings && !j->no_warnings && a->sources.reply.n_warnings != 0)) {
		if (ok || a->sources.reply.n_errors == 0)
			fprintf(stderr, "error: %s\n",
				ok ? "warnings, and --fail-on-warnings" : e.text);
		return EXIT_FAILURE;
	}
	j->scan.strings = j->print.strings || j->print.lengths || j->print.xor_keys;
	j->scan.now = time(NULL);
	j->scan.externs = sources_externs(&a->sources, &j->scan.n_externs);
	j->db = a->sources.db;
	j->scan.module_data = a->module_data ? modules_of(&a->sources) : 0;
	if (j->print.stats)
		yara_print_stats(j->db);
	module_data_use(&a->data, &j->scan);
	if (!check_data(a, &e)) {
		fprintf(stderr, "error: %s\n", e.text);
		return EXIT_FAILURE;
	}
	return scan(a, argument[n - 1]);
}

/* What to do after the options were read, with n operands. */
static int after_options(struct arguments *a, int n, char **argument)
{
	if (n < 0)
		return EXIT_FAILURE;
	if (a->version || a->help) {
		fputs(a->version ? yara_version : yara_help, stdout);
		return EXIT_SUCCESS;
	}
	if (a->modules) {
		for (size_t i = 0; i < MODULE_COUNT; i++)
			puts(modules_all[i]->name);
		return EXIT_SUCCESS;
	}
	if (a->threads > YARA_MAX_THREADS) {
		fprintf(stderr, "maximum number of threads is %d\n", YARA_MAX_THREADS);
		return EXIT_FAILURE;
	}
	if (n < 2) {
		fputs("yara: wrong number of arguments\n"
		      "Usage: yara [OPTION]... [NAMESPACE:]RULES_FILE... FILE | DIR | PID\n\n"
		      "Try `--help` for more options\n",
		      stderr);
		return EXIT_FAILURE;
	}
	return run(a, n, argument);
}

int verb_yara(int argc, char **argv)
{
	struct arguments a = { .job = { .follow = true }, .data = { .lenient = true } };

	if (!sources_open(&a.sources))
		return EXIT_FAILURE;
	a.sources.max_strings = YARA_MAX_STRINGS_PER_RULE;
	int status = after_options(&a, yara_options_read(argc, argv, one_option, &a), argv);
	module_data_release(&a.data);
	sources_release(&a.sources);
	if (!standard_written())
		status = EXIT_FAILURE;
	return status;
}
