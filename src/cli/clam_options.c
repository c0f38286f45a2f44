/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/clam_options.h"
#include "cli/cli.h"

#include <errno.h>
#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

static const char help[] =
	"usage: pellucid clamscan [OPTION]... [FILE | DIR | -]...\n"
	"\n"
	"A drop-in for clamscan: its options, its output, its statuses (0 none, 1 found, 2 "
	"error).\n"
	"\n"
	"  -d, --database=FILE|DIR       signatures (default /var/lib/clamav); repeatable\n"
	"      --trust=DIR               load nothing that the policy in DIR does not prove "
	"(`none`:\n"
	"                                do without)\n"
	"      --cvdcertsdir=PATH        certificates that vouch for containers (default\n"
	"                                /etc/clamav/certs)\n"
	"  -f, --file-list=FILE          scan the paths in FILE, one a line\n"
	"  -l, --log=FILE                add the report to FILE\n"
	"  -r, --recursive[=yes|no]      go into directories\n"
	"  -z, --allmatch[=yes|no]       all names of a file, not only the first\n"
	"  -a, --archive-verbose         also where in a file it was found\n"
	"  -i, --infected                print only what was found or not examined\n"
	"  -o, --suppress-ok-results     do not print OK\n"
	"      --quiet                   print only errors\n"
	"      --stdout                  warnings to standard output\n"
	"      --no-summary              no summary\n"
	"      --bell                    ring when something is found\n"
	"  -v, --verbose                 name each file before it\n"
	"      --exclude=REGEX           leave out files; --include: all others\n"
	"      --exclude-dir=REGEX       leave out directories; --include-dir: all others\n"
	"      --cross-fs[=yes|no]       go to other file systems (default yes)\n"
	"      --follow-dir-symlinks=N   0: not even a link that is named; --follow-file-symlinks\n"
	"      --max-filesize=N[K|M|G]   leave larger files out, which is an error\n"
	"      --max-scansize=N          bytes unpacked of one file\n"
	"      --max-files=N             objects in one file\n"
	"      --max-recursion=N         levels of objects in objects\n"
	"      --max-dir-recursion=N     levels of directories\n"
	"      --max-scantime=MS         time for one file, at least a second (default 120000; 0: "
	"no "
	"limit)\n"
	"      --detect-pua[=yes|no]     use databases of unwanted programs too (default no)\n"
	"      --scan-archive=no         do not look into archives; also -mail -pe -ole2 -pdf "
	"-swf\n"
	"                                -html -xmldocs -onenote\n"
	"      --alert-encrypted         what is encrypted is found; also -archive, -doc\n"
	"      --alert-macros            VBA and Excel 4 macros are found\n"
	"      --alert-exceeds-max       what exceeds a limit is found\n"
	"      --heuristic-alerts=no     none of these\n"
	"  -V, --version   -h, --help\n"
	"\n"
	"What was not examined whole is printed as `PATH: REASON ERROR` and is never OK.\n"
	"Options that only tune clamscan are accepted; --remove, --move and --copy are refused.\n";

enum kind {
	BOOL,   /* a bool: yes, or =yes or =no */
	NUMBER, /* a uint64_t */
	LINKS,  /* the same, at most MAX_LINKS */
	SIZE,   /* a uint64_t: 10, 10K, 10M, 10G */
	TEXT,   /* a const char * */
	BASE,   /* one more database */
	REGEX,  /* one more in a struct clam_regexes */
	READER, /* =no switches the readers off whose names are the words */
	/* held against the form that clamscan asks for, and of no effect: */
	IDLE,        /* takes nothing, or yes or no */
	IDLE_NUMBER, /* takes a number */
	IDLE_SIZE,
	IDLE_TEXT,
	IDLE_WORD, /* takes one of the words */
	WARNED,    /* the same as IDLE, but yes is told */
	/* end with an error: */
	REFUSED,      /* yes; no asks for nothing */
	REFUSED_TEXT, /* any value */
};

struct row {
	const char *name;
	char letter;
	enum kind kind;
	size_t at;         /* in struct clam_options */
	const char *words; /* each with a comma behind it; NULL: there are none */
};

#define AT(field) offsetof(struct clam_options, field)

static const struct row rows[] = {
	{ "help", 'h', BOOL, AT(help), NULL },
	{ "version", 'V', BOOL, AT(version), NULL },
	{ "verbose", 'v', BOOL, AT(verbose), NULL },
	{ "archive-verbose", 'a', BOOL, AT(archive_verbose), NULL },
	{ "quiet", 0, BOOL, AT(quiet), NULL },
	{ "stdout", 0, BOOL, AT(to_stdout), NULL },
	{ "no-summary", 0, BOOL, AT(no_summary), NULL },
	{ "infected", 'i', BOOL, AT(infected), NULL },
	{ "suppress-ok-results", 'o', BOOL, AT(no_ok), NULL },
	{ "bell", 0, BOOL, AT(bell), NULL },
	{ "database", 'd', BASE, 0, NULL },
	{ "log", 'l', TEXT, AT(log), NULL },
	{ "trust", 0, TEXT, AT(trust), NULL },
	{ "cvdcertsdir", 0, TEXT, AT(certs), NULL },
	{ "file-list", 'f', TEXT, AT(file_list), NULL },
	{ "recursive", 'r', BOOL, AT(recursive), NULL },
	{ "allmatch", 'z', BOOL, AT(all_match), NULL },
	{ "cross-fs", 0, BOOL, AT(cross_fs), NULL },
	{ "follow-dir-symlinks", 0, LINKS, AT(follow_dir), NULL },
	{ "follow-file-symlinks", 0, LINKS, AT(follow_file), NULL },
	{ "exclude", 0, REGEX, AT(exclude), NULL },
	{ "include", 0, REGEX, AT(include), NULL },
	{ "exclude-dir", 0, REGEX, AT(exclude_dir), NULL },
	{ "include-dir", 0, REGEX, AT(include_dir), NULL },
	{ "detect-pua", 0, BOOL, AT(detect_pua), NULL },
	{ "heuristic-alerts", 0, BOOL, AT(heuristics), NULL },
	{ "alert-encrypted", 0, BOOL, AT(alert_both), NULL },
	{ "alert-encrypted-archive", 0, BOOL, AT(alert_archive), NULL },
	{ "alert-encrypted-doc", 0, BOOL, AT(alert_doc), NULL },
	{ "alert-macros", 0, BOOL, AT(alert_macros), NULL },
	{ "alert-exceeds-max", 0, BOOL, AT(alert_limits), NULL },
	{ "max-filesize", 0, SIZE, AT(max_filesize), NULL },
	{ "max-scansize", 0, SIZE, AT(max_scansize), NULL },
	{ "max-files", 0, NUMBER, AT(max_files), NULL },
	{ "max-recursion", 0, NUMBER, AT(max_recursion), NULL },
	{ "max-dir-recursion", 0, NUMBER, AT(max_dir), NULL },
	{ "max-scantime", 0, NUMBER, AT(max_time_ms), NULL },
	{ "scan-archive", 0, READER, 0,
	  "gzip,zip,bzip2,xz,lzma,zstd,lz4,compress,tar,cpio,ar,7z,rar,rar5,cab,iso9660,lha,ARJ,"
	  "lzip,"
	  "rpm,SZDD,CHM,BinHex," },
	{ "scan-mail", 0, READER, 0, "mail,TNEF,uuencode," },
	{ "scan-pe", 0, READER, 0, "program," },
	{ "scan-ole2", 0, READER, 0, "OLE2,OLE2 package,PowerPoint,Excel 4 macros,VBA," },
	{ "scan-pdf", 0, READER, 0, "PDF," },
	{ "scan-swf", 0, READER, 0, "SWF," },
	{ "scan-html", 0, READER, 0, "HTML," },
	{ "scan-onenote", 0, READER, 0, "OneNote," },
	{ "scan-xmldocs", 0, IDLE, 0, NULL },
	{ "scan-elf", 0, IDLE, 0, NULL },
	{ "scan-hwp3", 0, IDLE, 0, NULL },
	{ "scan-image", 0, IDLE, 0, NULL },
	{ "scan-image-fuzzy-hash", 0, IDLE, 0, NULL },
	{ "debug", 0, IDLE, 0, NULL },
	{ "leave-temps", 0, IDLE, 0, NULL },
	{ "force-to-disk", 0, IDLE, 0, NULL },
	{ "bytecode", 0, IDLE, 0, NULL },
	{ "phishing-sigs", 0, IDLE, 0, NULL },
	{ "phishing-scan-urls", 0, BOOL, AT(phishing_urls), NULL },
	{ "heuristic-scan-precedence", 0, IDLE, 0, NULL },
	{ "normalize", 0, IDLE, 0, NULL },
	{ "nocerts", 0, IDLE, 0, NULL },
	{ "disable-cache", 0, IDLE, 0, NULL },
	{ "tempdir", 0, IDLE_TEXT, 0, NULL },
	{ "cache-size", 0, IDLE_NUMBER, 0, NULL },
	{ "bytecode-mode", 0, IDLE_WORD, 0, "Auto,ForceJIT,ForceInterpreter,Test," },
	{ "bytecode-timeout", 0, IDLE_NUMBER, 0, NULL },
	{ "statistics", 0, IDLE_WORD, 0, "none,bytecode,pcre," },
	{ "structured-ssn-format", 0, IDLE_NUMBER, 0, NULL },
	{ "structured-ssn-count", 0, IDLE_NUMBER, 0, NULL },
	{ "structured-cc-count", 0, IDLE_NUMBER, 0, NULL },
	{ "structured-cc-mode", 0, IDLE, 0, NULL },
	{ "max-embeddedpe", 0, IDLE_SIZE, 0, NULL },
	{ "max-htmlnormalize", 0, IDLE_SIZE, 0, NULL },
	{ "max-htmlnotags", 0, IDLE_SIZE, 0, NULL },
	{ "max-scriptnormalize", 0, IDLE_SIZE, 0, NULL },
	{ "max-ziptypercg", 0, IDLE_SIZE, 0, NULL },
	{ "max-partitions", 0, IDLE_NUMBER, 0, NULL },
	{ "max-iconspe", 0, IDLE_NUMBER, 0, NULL },
	{ "max-rechwp3", 0, IDLE_NUMBER, 0, NULL },
	{ "pcre-match-limit", 0, IDLE_NUMBER, 0, NULL },
	{ "pcre-recmatch-limit", 0, IDLE_NUMBER, 0, NULL },
	{ "pcre-max-filesize", 0, IDLE_SIZE, 0, NULL },
	/* older names of some of these */
	{ "algorithmic-detection", 0, BOOL, AT(heuristics), NULL },
	{ "block-encrypted", 0, BOOL, AT(alert_both), NULL },
	{ "block-macros", 0, BOOL, AT(alert_macros), NULL },
	{ "block-max", 0, BOOL, AT(alert_limits), NULL },
	{ "phishing-ssl", 0, WARNED, 0, NULL },
	{ "phishing-cloak", 0, WARNED, 0, NULL },
	{ "partition-intersection", 0, WARNED, 0, NULL },
	{ "detect-structured", 0, WARNED, 0, NULL },
	{ "bytecode-unsigned", 0, WARNED, 0, NULL },
	{ "gen-json", 0, WARNED, 0, NULL },
	{ "dumpcerts", 0, WARNED, 0, NULL },
	{ "alert-broken", 0, WARNED, 0, NULL },
	{ "alert-broken-media", 0, WARNED, 0, NULL },
	{ "alert-phishing-ssl", 0, WARNED, 0, NULL },
	{ "alert-phishing-cloak", 0, WARNED, 0, NULL },
	{ "alert-partition-intersection", 0, WARNED, 0, NULL },
	{ "remove", 0, REFUSED, 0, NULL },
	{ "move", 0, REFUSED_TEXT, 0, NULL },
	{ "copy", 0, REFUSED_TEXT, 0, NULL },
	{ "official-db-only", 0, REFUSED, 0, NULL },
	{ "fail-if-cvd-older-than", 0, REFUSED_TEXT, 0, NULL },
	{ "exclude-pua", 0, REFUSED_TEXT, 0, NULL },
	{ "include-pua", 0, REFUSED_TEXT, 0, NULL },
};

enum { N_ROWS = sizeof rows / sizeof *rows, FIRST = 256, MAX_LINKS = 2, USUAL_TIME_MS = 120000 };

static int has_argument(enum kind k)
{
	switch (k) {
	case BOOL:
	case READER:
	case IDLE:
	case WARNED:
	case REFUSED:
		return optional_argument;
	default:
		return required_argument;
	}
}

/* The last of what is said of the command line on standard error; returns EXIT_CANNOT. */
static int cannot_parse(void)
{
	fputs("ERROR: Can't parse command line options\n", stderr);
	return EXIT_CANNOT;
}

/* "ERROR: BEFORE --name (-n)AFTER" on standard error; returns EXIT_CANNOT. */
static int wrong(const struct row *r, const char *before, const char *after)
{
	fprintf(stderr, "ERROR: %s --%s", before, r->name);
	if (r->letter != 0)
		fprintf(stderr, " (-%c)", r->letter);
	fprintf(stderr, "%s\n", after);
	return cannot_parse();
}

static bool read_bool(const char *s, bool *out)
{
	*out = s == NULL || strcasecmp(s, "yes") == 0 || strcasecmp(s, "true") == 0 ||
	       strcmp(s, "1") == 0;
	return *out || strcasecmp(s, "no") == 0 || strcasecmp(s, "false") == 0 ||
	       strcmp(s, "0") == 0;
}

/* Digits; of a size, a unit behind them. */
static bool is_number(const char *s, bool size)
{
	size_t n = strspn(s, "0123456789");

	return n != 0 &&
	       (s[n] == '\0' || (size && strchr("kmgKMG", s[n]) != NULL && s[n + 1] == '\0'));
}

/* Of one that is_number().  False: it is too large. */
static bool read_number(const char *s, uint64_t *out)
{
	char *end;

	errno = 0;
	uint64_t n = strtoull(s, &end, 10);
	char unit = (char)(*end | 0x20);
	unsigned shift = unit == 'k' ? 10 : unit == 'm' ? 20 : unit == 'g' ? 30 : 0;
	*out = n << shift;
	return errno == 0 && *out >> shift == n;
}

static bool is_word(const char *s, const char *words)
{
	size_t n = strlen(s);

	for (const char *end; (end = strchr(words, ',')) != NULL; words = end + 1)
		if (n == (size_t)(end - words) && strncasecmp(s, words, n) == 0)
			return true;
	return false;
}

/* Is the value, NULL where there is none, of the form that the option asks for?  *yes: what it says
 * where that is yes or no. */
static bool is_of_form(const struct row *r, const char *value, bool *yes)
{
	switch (r->kind) {
	case NUMBER:
	case LINKS:
	case IDLE_NUMBER:
		return is_number(value, false);
	case SIZE:
	case IDLE_SIZE:
		return is_number(value, true);
	case IDLE_WORD:
		return is_word(value, r->words);
	default:
		return has_argument(r->kind) != optional_argument || read_bool(value, yes);
	}
}

static bool is_text(enum kind k)
{
	return k == TEXT || k == BASE || k == REGEX || k == IDLE_TEXT || k == REFUSED_TEXT;
}

static void switch_off(struct clam_options *o, const char *names)
{
	for (const char *end; (end = strchr(names, ',')) != NULL; names = end + 1)
		unpack_switch_off(&o->unpack,
				  (struct span){ (const uint8_t *)names, (size_t)(end - names) });
}

static int add_regex(struct clam_regexes *r, const struct row *row, const char *value)
{
	if (r->n == CLAM_MAX_LIST)
		return wrong(row, "Too often:", "");
	if (regcomp(&r->re[r->n], value, REG_EXTENDED | REG_NOSUB) != 0)
		return wrong(row, "No regular expression:", "");
	r->slash[r->n++] = *value != '\0' && value[strlen(value) - 1] == '/';
	return -1;
}

/* -1, or a status.  `keep`: there was one before. */
static int take_number(const struct row *r, const char *value, bool keep, uint64_t *at)
{
	uint64_t n;

	if (keep)
		return -1;
	if (!read_number(value, &n))
		return wrong(r, "Too large:", "");
	if (r->kind == LINKS && n > MAX_LINKS) {
		fprintf(stderr, "ERROR: --%s: Invalid argument\n", r->name);
		return EXIT_CANNOT;
	}
	*at = n;
	return -1;
}

/* -1, or a status.  *given: the option has a value, which is the first that was given: it stays, as
 * clamscan has it. */
static int take(struct clam_options *o, const struct row *r, const char *value, bool *given)
{
	void *at = (char *)o + r->at;
	bool yes = true, keep = *given;

	if (is_text(r->kind) && *value == '\0')
		return wrong(r, "Option", " requires a non-empty string argument");
	if (!is_of_form(r, value, &yes))
		return wrong(r, "Incorrect argument format for option", "");
	*given = true;
	switch (r->kind) {
	case BOOL:
		if (!keep)
			*(bool *)at = yes;
		return -1;
	case NUMBER:
	case LINKS:
	case SIZE:
		return take_number(r, value, keep, at);
	case TEXT:
		if (!keep)
			*(const char **)at = value;
		return -1;
	case BASE:
		if (o->n_databases == CLAM_MAX_LIST)
			return wrong(r, "Too often:", "");
		o->database[o->n_databases++] = value;
		return -1;
	case REGEX:
		return add_regex(at, r, value);
	case READER:
		if (!yes)
			switch_off(o, r->words);
		return -1;
	case WARNED:
		if (yes)
			fprintf(stderr, "WARNING: --%s is not done by Pellucid\n", r->name);
		return -1;
	case REFUSED:
	case REFUSED_TEXT:
		return yes ? wrong(r, "Pellucid does not do", "") : -1;
	default:
		return -1;
	}
}

/* What several options say together. */
static void settle(struct clam_options *o)
{
	struct budget_limits *l = &o->unpack.limits;

	o->alert_archive = o->heuristics && (o->alert_archive || o->alert_both);
	o->alert_doc = o->heuristics && (o->alert_doc || o->alert_both);
	o->alert_macros = o->alert_macros && o->heuristics;
	o->alert_limits = o->alert_limits && o->heuristics;
	l->max_bytes = o->max_scansize;
	l->max_objects = o->max_files;
	/* clamscan counts the file as the first level, and does no less than it */
	if (o->max_recursion != 0)
		l->max_depth = o->max_recursion <= UNPACK_STOP_DEPTH ? (unsigned)o->max_recursion
								     : UNPACK_STOP_DEPTH;
}

/* How many rows' names begin with that of the word "--name" or "--name=value". */
static size_t n_named(const char *word)
{
	size_t n = 0, size = strcspn(word + 2, "=");

	for (size_t i = 0; i < N_ROWS; i++)
		n += strncmp(rows[i].name, word + 2, size) == 0;
	return n;
}

/* After getopt_long() gave '?' or, for a missing argument, ':'; `word` is what it stopped at.  In
 * clamscan's words; returns EXIT_CANNOT. */
static int not_an_option(int c, const char *word)
{
	bool missing = c == ':', letter = optopt > 0 && optopt < FIRST;

	if (letter)
		fprintf(stderr, "clamscan: %s -- %c\n",
			missing ? "option requires an argument" : "illegal option", optopt);
	else if (missing)
		fprintf(stderr, "clamscan: option `%s' requires an argument\n", word);
	else if (n_named(word) > 1)
		fprintf(stderr, "clamscan: option `%s' is ambiguous\n", word);
	else
		fprintf(stderr, "clamscan: unrecognized option `%s'\n", word);
	fprintf(stderr, "ERROR: %s\n",
		missing ? "Incomplete option passed (missing argument)" : "Unknown option passed");
	return cannot_parse();
}

int clam_options_read(struct clam_options *o, int argc, char **argv, int *first)
{
	struct option list[N_ROWS + 1] = { 0 };
	bool given[N_ROWS] = { false };
	int c, status = -1;

	o->cross_fs = o->heuristics = o->phishing_urls = true;
	o->follow_dir = o->follow_file = 1;
	o->max_time_ms = USUAL_TIME_MS;
	for (size_t i = 0; i < N_ROWS; i++)
		list[i] = (struct option){ rows[i].name, has_argument(rows[i].kind), NULL,
					   FIRST + (int)i };
	opterr = 0;
	while (status < 0 && (c = getopt_long(argc, argv, ":hVvaiod:l:rzf:", list, NULL)) != -1) {
		size_t i = c >= FIRST ? (size_t)(c - FIRST) : 0;
		while (c < FIRST && i < N_ROWS && rows[i].letter != c)
			i++;
		status = i == N_ROWS ? not_an_option(c, argv[optind - 1])
				     : take(o, &rows[i], optarg, &given[i]);
	}
	*first = optind;
	settle(o);
	if (status < 0 && o->help) {
		fputs(help, stdout);
		status = EXIT_CLEAN;
	} else if (status < 0 && o->version) {
		puts("Pellucid " PELLUCID_VERSION);
		status = EXIT_CLEAN;
	}
	return status;
}

static void release(struct clam_regexes *r)
{
	while (r->n != 0)
		regfree(&r->re[--r->n]);
}

void clam_options_release(struct clam_options *o)
{
	release(&o->exclude);
	release(&o->include);
	release(&o->exclude_dir);
	release(&o->include_dir);
}

/* `path` has room for one character more. */
static bool any(const struct clam_regexes *r, char *path, size_t n)
{
	bool found = false;

	for (size_t i = 0; i < r->n && !found; i++) {
		path[n] = r->slash[i] ? '/' : '\0';
		path[n + 1] = '\0';
		found = regexec(&r->re[i], path, 0, NULL, 0) == 0;
	}
	path[n] = '\0';
	return found;
}

bool clam_options_excluded(const struct clam_options *o, char *path, size_t n, bool directory)
{
	const struct clam_regexes *out = directory ? &o->exclude_dir : &o->exclude;
	const struct clam_regexes *in = directory ? &o->include_dir : &o->include;

	return any(out, path, n) || (in->n != 0 && !any(in, path, n));
}
