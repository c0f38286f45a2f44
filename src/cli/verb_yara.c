/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "cli/jobs.h"
#include "cli/module_data.h"
#include "cli/proven.h"
#include "cli/sources.h"
#include "cli/workers.h"
#include "cli/yara_print.h"
#include "format/modules.h"
#include "sandbox/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A drop-in for yara(1): its options, its output, its statuses (0, or 1 after an error). */

static const char help[] =
	"usage: pellucid yara [OPTION]... [NAMESPACE:]RULES_FILE... FILE | DIR | PID\n"
	"\n"
	"  -C, --compiled-rules           RULES_FILE is a built database (.pel; "
	"told apart anyway)\n"
	"  -c, --count                    print only the number of matches\n"
	"  -d, --define=VAR=VALUE         define an external variable\n"
	"  -q, --disable-console-logs     drop what the console module prints\n"
	"  -E, --strict-escape            warn of unknown escapes\n"
	"      --fail-on-warnings         a warning is an error\n"
	"  -f, --fast-scan                one match of each string is enough\n"
	"  -h, --help                     this help\n"
	"  -i, --identifier=NAME          print only rules of that name\n"
	"  -l, --max-rules=N              stop after so many matching rules\n"
	"  -x, --module-data=MODULE=FILE  give a module additional data\n"
	"  -n, --negate                   print only rules that do not match\n"
	"  -N, --no-follow-symlinks       leave symbolic links alone\n"
	"  -w, --no-warnings              no warnings\n"
	"  -m, --print-meta               print metadata\n"
	"  -e, --print-namespace          print the namespace\n"
	"  -s, --print-strings            print matching strings\n"
	"  -L, --print-string-length      print their lengths\n"
	"  -X, --print-xor-key            print XOR keys and plain texts\n"
	"  -g, --print-tags               print tags\n"
	"  -r, --recursive                go into directories\n"
	"      --scan-list                FILE names one file a line\n"
	"  -z, --skip-larger=BYTES        skip larger files in directories\n"
	"  -k, --stack-size=N             accepted, of no meaning here\n"
	"  -t, --tag=TAG                  print only rules with that tag\n"
	"  -p, --threads=N                accepted; files are scanned in order\n"
	"  -a, --timeout=SECONDS          stop after so long\n"
	"      --trust=DIR                load nothing that the policy in DIR does not prove "
	"(`none`: do without)\n"
	"  -v, --version                  print the version\n";

struct job {
	struct yara_print print;
	struct workers workers; /* one, so that what stops a scan stops it there */
	const struct db *db;
	struct scan_options scan;
	bool recursive, follow, scan_list;
	uint64_t skip_larger; /* 0: none */
	unsigned timeout_s;   /* 0: none */
	int64_t deadline;     /* when that is over, by the monotonic clock; 0: none */
	bool failed;
	bool broken; /* no worker can be run */
};

#define MAX_PROCESS (UINT64_C(1) << 36) /* bytes of a process's memory; YARA knows no limit */

enum { OPT_FAIL_ON_WARNINGS = 256, OPT_SCAN_LIST, OPT_MAX_STRINGS, OPT_MAX_CHUNK, OPT_TRUST };

static const struct option options[] = {
	{ "compiled-rules", no_argument, NULL, 'C' },
	{ "count", no_argument, NULL, 'c' },
	{ "define", required_argument, NULL, 'd' },
	{ "disable-console-logs", no_argument, NULL, 'q' },
	{ "strict-escape", no_argument, NULL, 'E' },
	{ "fail-on-warnings", no_argument, NULL, OPT_FAIL_ON_WARNINGS },
	{ "fast-scan", no_argument, NULL, 'f' },
	{ "help", no_argument, NULL, 'h' },
	{ "identifier", required_argument, NULL, 'i' },
	{ "max-process-memory-chunk", required_argument, NULL, OPT_MAX_CHUNK },
	{ "max-rules", required_argument, NULL, 'l' },
	{ "max-strings-per-rule", required_argument, NULL, OPT_MAX_STRINGS },
	{ "module-data", required_argument, NULL, 'x' },
	{ "negate", no_argument, NULL, 'n' },
	{ "no-follow-symlinks", no_argument, NULL, 'N' },
	{ "no-warnings", no_argument, NULL, 'w' },
	{ "print-meta", no_argument, NULL, 'm' },
	{ "print-namespace", no_argument, NULL, 'e' },
	{ "print-strings", no_argument, NULL, 's' },
	{ "print-string-length", no_argument, NULL, 'L' },
	{ "print-xor-key", no_argument, NULL, 'X' },
	{ "print-tags", no_argument, NULL, 'g' },
	{ "recursive", no_argument, NULL, 'r' },
	{ "scan-list", no_argument, NULL, OPT_SCAN_LIST },
	{ "skip-larger", required_argument, NULL, 'z' },
	{ "stack-size", required_argument, NULL, 'k' },
	{ "tag", required_argument, NULL, 't' },
	{ "threads", required_argument, NULL, 'p' },
	{ "timeout", required_argument, NULL, 'a' },
	{ "trust", required_argument, NULL, OPT_TRUST },
	{ "version", no_argument, NULL, 'v' },
	{ 0 },
};

static int64_t seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

/* ---- objects */

/* What could not be read takes its place among the others. */
static void on_skipped(void *ctx, const char *path, const struct error *e)
{
	struct job *j = ctx;

	if (j->print.done)
		return;
	fprintf(stderr, "error scanning %s: %s\n", path, e->text);
	j->failed = true;
}

static void on_done(void *ctx, const char *path, const struct verdict *v)
{
	struct job *j = ctx;

	if (j->print.done) /* objects that were on their way when it was enough */
		return;
	yara_print_object(&j->print, j->db, path, v);
	for (size_t i = 0; i < v->n_gaps; i++) { /* a limit is a warning, as in yara */
		bool warning = v->gap[i].why == REASON_LIMIT;
		fprintf(stderr, "%s %s: %.*s\n", warning ? "warning:" : "error scanning", path,
			(int)v->gap[i].detail.n, (const char *)v->gap[i].detail.p);
		j->failed = j->failed || !warning;
	}
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

static void scan_file(struct job *j, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | (j->follow ? 0 : O_NOFOLLOW));
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
	return j->print.done || j->broken || (j->deadline != 0 && seconds() >= j->deadline);
}

static void scan_directory(struct job *j, const char *path, unsigned depth)
{
	DIR *d = opendir(path);
	struct dirent *entry;

	if (d == NULL || depth > 200) {
		if (d != NULL)
			closedir(d);
		return;
	}
	while (!stopped(j) && (entry = readdir(d)) != NULL) {
		char *whole;
		struct stat st;
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
		    asprintf(&whole, "%s/%s", path, entry->d_name) < 0)
			continue;
		if (lstat(whole, &st) == 0 && S_ISLNK(st.st_mode) &&
		    (!j->follow || stat(whole, &st) != 0 || S_ISDIR(st.st_mode))) {
			free(whole);
			continue;
		}
		if (S_ISREG(st.st_mode) &&
		    (j->skip_larger == 0 || (uint64_t)st.st_size <= j->skip_larger))
			scan_file(j, whole);
		else if (S_ISDIR(st.st_mode) && j->recursive)
			scan_directory(j, whole, depth + 1);
		free(whole);
	}
	closedir(d);
}

/* As yara has it, a target that is a number is a process, whatever files there are. */
static bool is_process(const char *target)
{
	return target[0] != '\0' && target[strspn(target, "0123456789")] == '\0';
}

static void scan_process(struct job *j, const char *number)
{
	struct process_loss loss;
	struct error e;
	uint64_t size;
	int fd;

	if (!process_copy((pid_t)strtol(number, NULL, 10), MAX_PROCESS, &fd, &size, &loss, &e)) {
		could_not(j, number, e.text);
		return;
	}
	if (loss.regions != 0)
		fprintf(stderr,
			"warning: %s: %" PRIu64 " regions, %" PRIu64
			" bytes were not read; the first: %s\n",
			number, loss.regions, loss.bytes, loss.first.text);
	expect(j, broker_submit_sealed(j->workers.broker, fd, size, number, &e), &e);
}

static void scan_target(struct job *j, const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		scan_directory(j, path, 0);
	else
		scan_file(j, path);
}

static bool is_directory(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static void scan_listed(struct job *j, const char *path)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	if (f == NULL) {
		fprintf(stderr, "error: %s: %s\n", path, strerror(errno));
		j->failed = true;
		return;
	}
	while (!stopped(j) && (n = getline(&line, &size, f)) > 0) {
		while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
			line[--n] = '\0';
		if (n > 0)
			scan_target(j, line);
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
	bool no_warnings, fail_on_warnings;
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
	};

	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		if (flags[i].option == c) {
			*flags[i].set = true;
			return true;
		}
	return false;
}

static int option_error(const struct error *e)
{
	fprintf(stderr, "error: %s\n", e->text);
	return EXIT_FAILURE + 1;
}

/* 0: go on; else the status + 1 to leave with. */
static int one_option(struct arguments *a, int c)
{
	struct error e;

	if (print_option(&a->job.print, c))
		return 0;
	switch (c) {
	case 'd':
		return sources_define(&a->sources, optarg, &e) ? 0 : option_error(&e);
	case 'x':
		return module_data_add(&a->data, optarg, &e) ? 0 : option_error(&e);
	case OPT_TRUST:
		a->trust = optarg;
		return 0;
	case OPT_FAIL_ON_WARNINGS:
		a->fail_on_warnings = true;
		return 0;
	case 'f':
		a->job.scan.fast = true;
		return 0;
	case 'i':
		a->job.print.identifier = optarg;
		return 0;
	case 'l':
		a->job.print.max_rules = strtoull(optarg, NULL, 10);
		return 0;
	case 'N':
		a->job.follow = false;
		return 0;
	case 'w':
		a->no_warnings = true;
		return 0;
	case 'r':
		a->job.recursive = true;
		return 0;
	case OPT_SCAN_LIST:
		a->job.scan_list = true;
		return 0;
	case 'z':
		a->job.skip_larger = strtoull(optarg, NULL, 10);
		return 0;
	case 't':
		a->job.print.tag = optarg;
		return 0;
	case 'a':
		a->job.timeout_s = (unsigned)strtoul(optarg, NULL, 10);
		a->job.deadline = seconds() + a->job.timeout_s;
		return 0;
	case 'v':
		puts(PELLUCID_VERSION);
		return EXIT_SUCCESS + 1;
	case 'h':
		fputs(help, stdout);
		return EXIT_SUCCESS + 1;
	case '?':
		fputs(help, stderr);
		return EXIT_FAILURE + 1;
	default: /* -C, -E, -k, -p and limits that have no meaning here are accepted */
		return 0;
	}
}

/* "namespace:file", unless a file of that whole name is there. */
static bool add_rules(struct sources *s, char *argument, struct error *e)
{
	char *colon = strchr(argument, ':');

	if (colon == NULL || access(argument, F_OK) == 0)
		return sources_add(s, argument, NULL, e);
	*colon = '\0';
	return sources_add(s, colon + 1, argument, e);
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
	o->time_limit_s = j->timeout_s;
	o->scan = j->scan;
	o->done = on_done;
	o->skipped = on_skipped;
	o->ctx = j;
	return workers_start(&j->workers, &a->sources, e);
}

/* Scans the target with the rules that were built. */
static int scan(struct arguments *a, const char *target)
{
	struct job *j = &a->job;
	struct error e;

	j->scan.process = !j->scan_list && is_process(target);
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
	if (!j->broken && !j->print.done)
		expect(j, broker_finish(j->workers.broker, &e), &e);
	workers_stop(&j->workers);
	if (j->deadline != 0 && seconds() >= j->deadline) {
		fprintf(stderr, "error: scanning timed out\n");
		j->failed = true;
	}
	return j->failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* The rules that are named; where this machine has a trust policy they have to be the proven ones.
 */
static bool add_named(struct arguments *a, int n, char **argument, struct error *e)
{
	struct proven_choice proven = { .named = (const char *const *)argument,
					.n_named = (size_t)n };

	if (!proven_choose(a->trust, &proven, e))
		return false;
	for (int i = 0; i < n; i++)
		if (!add_rules(&a->sources, argument[i], e))
			return false;
	return true;
}

static int run(struct arguments *a, int n, char **argument)
{
	struct job *j = &a->job;
	struct error e;

	if (!add_named(a, n - 1, argument, &e)) {
		fprintf(stderr, "error: %s\n", e.text);
		return EXIT_FAILURE;
	}
	a->sources.strict = true;
	bool ok = sources_build(&a->sources, &e);
	sources_report(&a->sources, a->no_warnings ? IR_ERROR : IR_WARNING);
	if (!ok || (a->fail_on_warnings && a->sources.reply.n_warnings != 0)) {
		if (ok || a->sources.reply.n_errors == 0)
			fprintf(stderr, "error: %s\n",
				ok ? "warnings, and --fail-on-warnings" : e.text);
		return EXIT_FAILURE;
	}
	j->scan.strings = j->print.strings || j->print.lengths || j->print.xor_keys;
	j->scan.now = time(NULL);
	j->scan.externs = sources_externs(&a->sources, &j->scan.n_externs);
	j->db = a->sources.db;
	module_data_use(&a->data, &j->scan);
	if (!check_data(a, &e)) {
		fprintf(stderr, "error: %s\n", e.text);
		return EXIT_FAILURE;
	}
	return scan(a, argument[n - 1]);
}

int verb_yara(int argc, char **argv)
{
	struct arguments a = { .job = { .follow = true }, .data = { .lenient = true } };
	int c, status = 0;

	if (!sources_open(&a.sources))
		return EXIT_FAILURE;
	while (status == 0 && (c = getopt_long(argc, argv, "Ccd:qEfhi:l:x:nNwmesLXgrz:k:t:p:a:v",
					       options, NULL)) != -1)
		status = one_option(&a, c);
	if (status == 0 && argc - optind < 2) {
		fputs("yara: wrong number of arguments\n", stderr);
		fputs(help, stderr);
		status = EXIT_FAILURE + 1;
	}
	status = status == 0 ? run(&a, argc - optind, argv + optind) : status - 1;
	module_data_release(&a.data);
	sources_release(&a.sources);
	if (fflush(stdout) != 0)
		status = EXIT_FAILURE;
	return status;
}
