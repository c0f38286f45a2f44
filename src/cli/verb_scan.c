/* SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"
#include "base/standard.h"
#include "cli/back.h"
#include "cli/cli.h"
#include "cli/count.h"
#include "cli/inside.h"
#include "cli/module_data.h"
#include "cli/number.h"
#include "cli/output.h"
#include "cli/proven.h"
#include "cli/sources.h"
#include "cli/starter.h"
#include "cli/workers.h"
#include "format/modules.h"
#include "sandbox/walker.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help_start[] =
	"usage: pellucid scan [OPTION]... [PATH]...\n"
	"\n"
	"Scans files and trees (`-`: standard input) and says what the rules find, with evidence.\n"
	"Without --rules the starter rules are used.\n"
	"\n"
	"  -r, --rules=SOURCE        rules: YARA files, directories or archives of them, or a "
	".pel; "
	"repeatable\n"
	"  -d, --define=NAME=VALUE   an external variable of the rules\n"
	"      --cvdcertsdir=PATH    certificates that vouch for ClamAV's containers\n"
	"  -j, --jobs=N              worker processes, 1 to 64 (default: one for each core that it "
	"may use)\n"
	"      --module-data=MODULE=FILE  what a module is given, such as cuckoo a report\n"
	"      --pid=PID             the memory of a running process\n"
	"      --files-from=FILE     paths to scan, one a line (`-`: from standard input)\n"
	"      --exclude=GLOB        leave out paths or names; repeatable\n"
	"      --max-size=BYTES      leave out larger files (listed as not examined)\n"
	"      --one-file-system     stay on the file system of each path\n"
	"      --time-limit=SECONDS  for one object (default 120, and a second for each MiB)\n"
	"      --isolate=object      a worker process of its own for each object (slower)\n"
	"      --hash                SHA-256 of every object, not only of those with a finding\n"
	"      --why                 the evidence of each match\n"
	"      --json                one JSON object a line (docs/formats/verdict.md)\n"
	"      --sarif               one SARIF 2.1.0 log\n"
	"      --strict              an error in a rule is fatal\n"
	"      --max-strings-per-rule=N  a rule of more strings is an error (default 250000)\n"
	"      --trust=DIR           load nothing that the policy in DIR does not prove (`none`: "
	"do "
	"without)\n";

static const char help_end[] =
	"  -q, --quiet               no summary\n"
	"  -h, --help                this help\n"
	"\n"
	"Status: 0 nothing found, 1 found, 2 could not run, 3 nothing found, but not all was "
	"examined\n"
	"or a rule was left out for its errors.\n";

enum {
	OPT_FILES_FROM = 256,
	OPT_MODULE_DATA,
	OPT_PID,
	OPT_EXCLUDE,
	OPT_MAX_SIZE,
	OPT_ONE,
	OPT_TIME,
	OPT_ISOLATE,
	OPT_HASH,
	OPT_WHY,
	OPT_JSON,
	OPT_SARIF,
	OPT_STRICT,
	OPT_STRINGS,
	OPT_TRUST,
	OPT_CERTS
};

static const struct option options[] = {
	{ "rules", required_argument, NULL, 'r' },
	{ "define", required_argument, NULL, 'd' },
	{ "jobs", required_argument, NULL, 'j' },
	{ "module-data", required_argument, NULL, OPT_MODULE_DATA },
	{ "pid", required_argument, NULL, OPT_PID },
	{ "files-from", required_argument, NULL, OPT_FILES_FROM },
	{ "exclude", required_argument, NULL, OPT_EXCLUDE },
	{ "max-size", required_argument, NULL, OPT_MAX_SIZE },
	{ "one-file-system", no_argument, NULL, OPT_ONE },
	{ "time-limit", required_argument, NULL, OPT_TIME },
	{ "isolate", required_argument, NULL, OPT_ISOLATE },
	{ "hash", no_argument, NULL, OPT_HASH },
	{ "why", no_argument, NULL, OPT_WHY },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "sarif", no_argument, NULL, OPT_SARIF },
	{ "strict", no_argument, NULL, OPT_STRICT },
	{ "max-strings-per-rule", required_argument, NULL, OPT_STRINGS },
	{ "trust", required_argument, NULL, OPT_TRUST },
	{ "cvdcertsdir", required_argument, NULL, OPT_CERTS },
	INSIDE_OPTIONS,
	{ "quiet", no_argument, NULL, 'q' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

enum { MAX_LIST = 256, MAX_JOBS = 64 };

struct scan {
	struct sources sources;
	struct workers workers;
	struct module_data data;
	struct inside inside;
	struct walk_options walk;
	struct walker *walker;
	struct output output;
	const char *files_from;
	pid_t pid; /* 0: none */
	const char *exclude[MAX_LIST];
	const char *rules[MAX_LIST];
	size_t n_rules;
	const char *trust; /* as proven_choose() takes it */
	struct proven_choice proven;
	struct back back; /* from rules that workers die of */
	bool strict;
	struct error error; /* of the broker, where it failed */
	bool failed;
};

/* Set by a signal: the walk ends, and what was begun soon. */
static atomic_bool interrupted;

static void on_signal(int number)
{
	(void)number;
	if (atomic_exchange(&interrupted, true))
		_exit(EXIT_CANNOT); /* asked for twice */
}

static void on_done(void *ctx, const char *path, const struct verdict *v)
{
	struct scan *s = ctx;
	output_object(&s->output, span_of(path), v);
	if (s->proven.seq != 0)
		back_note(&s->back, path, v);
}

/* What the broker could not read; what the walk passed over goes through it to keep the order. */
static void on_skipped(void *ctx, const char *path, const struct error *e)
{
	struct scan *s = ctx;
	output_skipped(&s->output, span_of(path), e);
}

static void on_passed(void *ctx, const char *path, const struct error *e)
{
	struct scan *s = ctx;

	if (!s->failed)
		s->failed = !broker_skip(s->workers.broker, path, e, &s->error);
}

static void on_loss(void *ctx, const struct sources_loss *loss)
{
	struct scan *s = ctx;
	output_loss(&s->output, loss);
}

static bool on_file(void *ctx, int fd, uint64_t size, const char *path)
{
	struct scan *s = ctx;

	s->failed = !broker_submit(s->workers.broker, fd, size, path, &s->error);
	return !s->failed;
}

static bool on_copy(void *ctx, int fd, uint64_t size, bool spooled, bool changed, const char *path)
{
	struct scan *s = ctx;

	s->failed =
		!broker_submit_copy(s->workers.broker, fd, size, spooled, changed, path, &s->error);
	return !s->failed && !atomic_load(&interrupted);
}

static bool goes_on(void *ctx)
{
	(void)ctx;
	return !atomic_load(&interrupted);
}

/* ---- objects */

static bool scan_stdin(struct scan *s)
{
	s->failed = !broker_submit_stream(s->workers.broker, STDIN_FILENO, "-", &s->error);
	return !s->failed;
}

static bool scan_process(struct scan *s)
{
	char name[32];

	snprintf(name, sizeof name, "pid/%ld", (long)s->pid);
	s->failed = !broker_submit_process(s->workers.broker, s->pid, name, &s->error);
	return !s->failed;
}

static bool scan_one(struct scan *s, const char *path)
{
	return strcmp(path, "-") == 0 ? scan_stdin(s) : walker_path(s->walker, path);
}

static bool scan_listed(struct scan *s)
{
	bool input = strcmp(s->files_from, "-") == 0;
	int fd = input ? STDIN_FILENO : open(s->files_from, O_RDONLY | O_CLOEXEC);
	struct error e;

	if (fd < 0)
		error_set(&e, REASON_IO, PLACE_NONE, "%s", strerror(errno));
	bool on = fd >= 0 && walker_list(s->walker, fd, '\n', &e);
	if (fd >= 0 && !input)
		close(fd);
	if (fd < 0 || (!on && e.why != REASON_NONE)) {
		error_set(&s->error, e.why, PLACE_NONE, "%s: %s", s->files_from, e.text);
		s->failed = true;
	}
	return on;
}

/* ---- set-up */

static bool load_rules(struct scan *s, struct error *e)
{
	s->sources.strict = s->strict;
	s->proven.named = s->rules;
	s->proven.n_named = s->n_rules;
	if (!proven_choose(s->trust, &s->proven, e))
		return false;
	snprintf(s->output.proof, sizeof s->output.proof, "rules: %s", s->proven.said);
	if (s->proven.path[0] != '\0') {
		s->rules[0] = s->proven.path;
		s->n_rules = 1;
	}
	if (s->n_rules == 0)
		return sources_add_built(&s->sources, starter_rules(), e);
	for (size_t i = 0; i < s->n_rules; i++)
		if (!sources_add(&s->sources, s->rules[i], NULL, e))
			return false;
	if (s->sources.db == NULL)
		sources_use_cache(&s->sources);
	bool ok = sources_build(&s->sources, e);
	sources_report(&s->sources, IR_ERROR);
	return ok && (db_n_rules(s->sources.db) + db_n_hashes(s->sources.db) != 0 ||
		      error_set(e, REASON_DAMAGED, PLACE_NONE, "%s",
				s->sources.reply.n_errors != 0 ? "no rule is left"
							       : "there is no rule in what --rules "
								 "names"));
}

/* Ctrl-C ends the walk; what is not done a second later is reported so, and the status says
 * incomplete. */
static void catch_signals(void)
{
	struct sigaction a = { .sa_handler = on_signal };

	(void)sigaction(SIGINT, &a, NULL);
	(void)sigaction(SIGTERM, &a, NULL);
}

static bool scan_all(struct scan *s, int n, char **path)
{
	bool on =
		walker_new(&(struct walker_options){ .walk = s->walk,
						     .patience_s = s->workers.options.time_limit_s,
						     .go_on = goes_on },
			   &s->walker, &s->error);

	s->failed = !on;
	if (on && s->pid != 0)
		on = scan_process(s);
	if (on && s->files_from != NULL)
		on = scan_listed(s);
	for (int i = 0; on && i < n; i++)
		on = scan_one(s, path[i]);
	walker_free(s->walker);
	if (!s->failed && !broker_finish(s->workers.broker, &s->error))
		s->failed = true;
	/* what was begun may have come to its end all the same */
	const struct broker_stats stats = broker_stats(s->workers.broker);
	return on && !s->failed &&
	       stats.by_reason[REASON_STOPPED] + stats.skipped[REASON_STOPPED] == 0;
}

static int run(struct scan *s, int n, char **path)
{
	struct count *count = NULL;
	struct error e;

	if (!load_rules(s, &e))
		return cli_fail("scan", "%s", e.text);
	module_data_use(&s->data, &s->workers.options.scan);
	s->workers.options.done = on_done;
	s->workers.options.skipped = on_skipped;
	s->workers.options.ctx = s;
	if (!workers_start(&s->workers, &s->sources, &e))
		return cli_fail("scan", "%s", e.text);
	if (!output_begin(&s->output, s->sources.db, &e)) {
		workers_stop(&s->workers);
		return cli_fail("scan", "%s", e.text);
	}
	s->walk.spool_dir = s->workers.options.spool_dir;
	catch_signals();
	if (s->output.progress && s->files_from == NULL)
		count = count_start(path, (size_t)n, s->walk.one_file_system);
	s->output.total = count_total(count);
	bool ended = scan_all(s, n, path);
	s->output.total = NULL;
	count_stop(count);
	sources_losses(&s->sources, s->n_rules != 0 ? s->rules[0] : "", on_loss, s);
	output_end(&s->output, ended);
	workers_stop(&s->workers);
	back_end(&s->back, s->trust, s->proven.seq, &s->workers.options);
	if (s->failed)
		return cli_fail("scan", "%s", s->error.text);
	return output_found(&s->output)               ? EXIT_FOUND
	       : output_complete(&s->output) && ended ? EXIT_CLEAN
						      : EXIT_INCOMPLETE;
}

static void put_help(FILE *to)
{
	fputs(help_start, to);
	fputs(inside_help, to);
	fputs(help_end, to);
}

/* Which rules, and whom to believe.  0: go on; else the status + 1. */
static int rules_option(struct scan *s, int c)
{
	if (c == OPT_TRUST || c == OPT_CERTS) {
		*(c == OPT_TRUST ? &s->trust : &s->sources.certs) = optarg;
		return 0;
	}
	if (s->n_rules == MAX_LIST)
		return cli_fail("scan", "more than %d sources of rules", MAX_LIST) + 1;
	s->rules[s->n_rules++] = optarg;
	return 0;
}

static bool number_option(struct scan *s, int c, struct error *e)
{
	struct broker_options *o = &s->workers.options;
	unsigned pid;

	switch (c) {
	case OPT_STRINGS:
		return number_read_small("max-strings-per-rule", optarg, 1, UINT32_MAX,
					 &s->sources.max_strings, e);
	case 'j':
		return number_read_small("jobs", optarg, 1, MAX_JOBS, &o->n_workers, e);
	case OPT_MAX_SIZE:
		return number_read("max-size", optarg, 1, UINT64_MAX, &s->walk.max_size, e);
	case OPT_TIME:
		return number_read_small("time-limit", optarg, 1, NUMBER_MAX_SECONDS,
					 &o->time_limit_s, e);
	default:
		if (!number_read_small("pid", optarg, 1, INT_MAX, &pid, e))
			return false;
		s->pid = (pid_t)pid;
		o->scan.process = true;
		return true;
	}
}

/* One of the forms for programs.  0: go on; else the status + 1. */
static int format_option(struct scan *s, enum output_format format)
{
	if (s->output.format != OUTPUT_HUMAN && s->output.format != format)
		return cli_fail("scan", "--json or --sarif, not both") + 1;
	s->output.format = format;
	return 0;
}

/* Slashes at the end of a pattern say that a directory is meant; names have none there.  0: go on;
 * else the status + 1. */
static int exclude_option(struct scan *s, char *glob)
{
	size_t n = strlen(glob);

	if (s->walk.n_exclude == MAX_LIST)
		return cli_fail("scan", "more than %d exclusions", MAX_LIST) + 1;
	while (n > 1 && glob[n - 1] == '/')
		glob[--n] = '\0';
	s->exclude[s->walk.n_exclude++] = glob;
	return 0;
}

/* 0: go on; else the status + 1. */
static int one_option(struct scan *s, int c)
{
	struct error e;

	switch (c) {
	case OPT_TRUST:
	case OPT_CERTS:
	case 'r':
		return rules_option(s, c);
	case 'd':
		if (!sources_define(&s->sources, optarg, &e))
			return cli_fail("scan", "%s", e.text) + 1;
		break;
	case 'j':
	case OPT_STRINGS:
	case OPT_PID:
	case OPT_MAX_SIZE:
	case OPT_TIME:
		return number_option(s, c, &e) ? 0 : cli_fail("scan", "%s", e.text) + 1;
	case OPT_MODULE_DATA:
		if (!module_data_add(&s->data, optarg, &e))
			return cli_fail("scan", "%s", e.text) + 1;
		break;
	case OPT_FILES_FROM:
		s->files_from = optarg;
		break;
	case OPT_EXCLUDE:
		return exclude_option(s, optarg);
	case OPT_ONE:
		s->walk.one_file_system = true;
		break;
	case OPT_ISOLATE:
		if (strcmp(optarg, "object") != 0)
			return cli_fail("scan", "--isolate takes `object`") + 1;
		s->workers.options.isolate = true;
		break;
	case OPT_HASH:
		s->workers.options.scan.hash = true;
		break;
	case OPT_WHY:
		s->output.human.why = true;
		break;
	case OPT_JSON:
		return format_option(s, OUTPUT_JSON);
	case OPT_SARIF:
		return format_option(s, OUTPUT_SARIF);
	case OPT_STRICT:
		s->strict = true;
		break;
	case 'q':
		s->output.quiet = true;
		break;
	case 'h':
		put_help(stdout);
		return EXIT_CLEAN + 1;
	default:
		if (c >= INSIDE_FIRST && c <= INSIDE_LAST)
			return inside_option(&s->inside, c, optarg, &s->workers.options.scan, &e)
				       ? 0
				       : cli_fail("scan", "%s", e.text) + 1;
		return cli_fail("scan", "--help says which options there are") + 1;
	}
	return 0;
}

/* A terminal that knows more than text. */
static bool is_able(int fd)
{
	const char *kind = getenv("TERM");

	return isatty(fd) && kind != NULL && strcmp(kind, "dumb") != 0;
}

int verb_scan(int argc, char **argv)
{
	struct scan *s = calloc(1, sizeof *s);
	int c, status = 0;

	if (s == NULL || !sources_open(&s->sources))
		return cli_fail("scan", "no memory");
	s->workers.options.n_workers = workers_usual();
	s->workers.options.scan.now = time(NULL);
	s->walk.exclude = s->exclude;
	s->walk.file = on_file;
	s->walk.copy = on_copy;
	s->walk.skipped = on_passed;
	s->walk.ctx = s;
	s->workers.options.stop = &interrupted;
	s->output.human.colour = is_able(STDOUT_FILENO) && getenv("NO_COLOR") == NULL;
	while (status == 0 && (c = getopt_long(argc, argv, "r:d:j:qh", options, NULL)) != -1)
		status = one_option(s, c);
	s->output.progress = is_able(STDERR_FILENO) && !s->output.quiet;
	inside_finish(&s->inside, &s->workers.options.scan);
	s->workers.options.scan.list = s->output.format == OUTPUT_JSON;
	s->workers.options.scan.strings = s->output.format != OUTPUT_HUMAN || s->output.human.why;
	if (status == 0 && s->pid != 0 && (optind != argc || s->files_from != NULL))
		status = cli_fail("scan", "--pid stands alone") + 1;
	if (status == 0 && optind == argc && s->files_from == NULL && s->pid == 0)
		status = cli_fail("scan", "name a path to scan; --help says more") + 1;
	status = status == 0 ? run(s, argc - optind, argv + optind) : status - 1;
	sources_release(&s->sources);
	module_data_release(&s->data);
	inside_release(&s->inside);
	free(s);
	if (!standard_written())
		status = EXIT_CANNOT;
	return status;
}
