/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/yara_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum yara_option_kind { YARA_FLAG, YARA_NUMBER, YARA_TEXT };

struct yara_option {
	int code;
	const char *name;
	enum yara_option_kind kind;
};

static const struct yara_option options[] = {
	{ YARA_OPT_ATOMS, "atom-quality-table", YARA_TEXT },
	{ 'C', "compiled-rules", YARA_FLAG },
	{ 'c', "count", YARA_FLAG },
	{ 'd', "define", YARA_TEXT },
	{ 'q', "disable-console-logs", YARA_FLAG },
	{ 'E', "strict-escape", YARA_FLAG },
	{ YARA_OPT_FAIL_ON_WARNINGS, "fail-on-warnings", YARA_FLAG },
	{ 'f', "fast-scan", YARA_FLAG },
	{ 'h', "help", YARA_FLAG },
	{ 'i', "identifier", YARA_TEXT },
	{ YARA_OPT_NO_MEANING, "max-process-memory-chunk", YARA_NUMBER },
	{ 'l', "max-rules", YARA_NUMBER },
	{ YARA_OPT_STRINGS, "max-strings-per-rule", YARA_NUMBER },
	{ 'x', "module-data", YARA_TEXT },
	{ 'M', "module-names", YARA_FLAG },
	{ 'n', "negate", YARA_FLAG },
	{ 'N', "no-follow-symlinks", YARA_FLAG },
	{ 'w', "no-warnings", YARA_FLAG },
	{ 'm', "print-meta", YARA_FLAG },
	{ 'D', "print-module-data", YARA_FLAG },
	{ 'e', "print-namespace", YARA_FLAG },
	{ 'S', "print-stats", YARA_FLAG },
	{ 's', "print-strings", YARA_FLAG },
	{ 'L', "print-string-length", YARA_FLAG },
	{ 'X', "print-xor-key", YARA_FLAG },
	{ 'g', "print-tags", YARA_FLAG },
	{ 'r', "recursive", YARA_FLAG },
	{ YARA_OPT_SCAN_LIST, "scan-list", YARA_FLAG },
	{ 'z', "skip-larger", YARA_NUMBER },
	{ 'k', "stack-size", YARA_NUMBER },
	{ 't', "tag", YARA_TEXT },
	{ 'p', "threads", YARA_NUMBER },
	{ 'a', "timeout", YARA_NUMBER },
	{ YARA_OPT_TRUST, "trust", YARA_TEXT },
	{ 'v', "version", YARA_FLAG },
	{ 0 },
};

const char yara_version[] = "4.5.0 (Pellucid " PELLUCID_VERSION ")\n";

const char yara_help[] =
	"usage: pellucid yara [OPTION]... [NAMESPACE:]RULES_FILE... FILE | DIR | PID\n"
	"\n"
	"      --atom-quality-table=FILE  accepted, of no meaning here\n"
	"  -C, --compiled-rules           RULES_FILE is a built database (.pel); nothing else is\n"
	"  -c, --count                    print only the number of matches\n"
	"  -d, --define=VAR=VALUE         define an external variable\n"
	"  -q, --disable-console-logs     drop what the console module prints\n"
	"  -E, --strict-escape            warn of unknown escapes\n"
	"      --fail-on-warnings         a warning is an error\n"
	"  -f, --fast-scan                one match of each string is enough\n"
	"  -h, --help                     this help\n"
	"  -i, --identifier=NAME          print only rules of that name; may be repeated\n"
	"  -l, --max-rules=N              stop after so many matching rules\n"
	"      --max-process-memory-chunk=N  accepted, of no meaning here\n"
	"      --max-strings-per-rule=N   strings of a rule, at most (default 10000)\n"
	"  -x, --module-data=MODULE=FILE  give a module additional data\n"
	"  -M, --module-names             print the names of the modules\n"
	"  -n, --negate                   print only rules that do not match\n"
	"  -N, --no-follow-symlinks       leave symbolic links in directories alone\n"
	"  -w, --no-warnings              no warnings\n"
	"  -m, --print-meta               print metadata\n"
	"  -D, --print-module-data        print what the modules read\n"
	"  -e, --print-namespace          print the namespace\n"
	"  -S, --print-stats              print how many rules and strings there are\n"
	"  -s, --print-strings            print matching strings\n"
	"  -L, --print-string-length      print their lengths\n"
	"  -X, --print-xor-key            print XOR keys and plain texts\n"
	"  -g, --print-tags               print tags\n"
	"  -r, --recursive                go into directories\n"
	"      --scan-list                FILE names one file a line\n"
	"  -z, --skip-larger=BYTES        skip larger files in directories\n"
	"  -k, --stack-size=N             accepted, of no meaning here\n"
	"  -t, --tag=TAG                  print only rules with that tag; may be repeated\n"
	"  -p, --threads=N                accepted; files are scanned in order\n"
	"  -a, --timeout=SECONDS          stop after so long; 0 or below: no limit\n"
	"      --trust=DIR                load nothing that the policy in DIR does not prove "
	"(`none`: do without)\n"
	"  -v, --version                  print the version\n";

struct reader {
	unsigned given[sizeof options / sizeof *options]; /* how often each was */
	bool (*take)(void *ctx, const struct yara_argument *a);
	void *ctx;
};

static bool complain(const char *before, const char *word, const char *after)
{
	fprintf(stderr, "%s `%s`%s\n", before, word, after);
	return false;
}

static size_t by_letter(char letter)
{
	size_t i = 0;

	while (options[i].name != NULL && options[i].code != letter)
		i++;
	return i;
}

static size_t by_name(const char *name)
{
	size_t i = 0, n = strcspn(name, "=");

	while (options[i].name != NULL &&
	       (strlen(options[i].name) != n || memcmp(options[i].name, name, n) != 0))
		i++;
	return i;
}

static bool read_number(const char *text, int64_t *out)
{
	char *end;

	*out = strtoll(text, &end, 0);
	return *end == '\0';
}

/* Option number i of the word; text is what stands where its argument has to be, or NULL. */
static bool one(struct reader *r, size_t i, const char *word, const char *text)
{
	const struct yara_option *o = &options[i];
	struct yara_argument a = { .code = o->code };

	if (o->name == NULL)
		return complain("unknown option", word, "");
	if (r->given[i]++ == (o->kind == YARA_TEXT ? YARA_MANY : 1))
		return complain("too many", word, " options");
	if (o->kind == YARA_NUMBER && (text == NULL || !read_number(text, &a.number)))
		return complain("option", word, " requires an integer argument");
	if (o->kind == YARA_TEXT && text == NULL)
		return complain("option", word, " requires a string argument");
	a.text = o->kind == YARA_TEXT ? text : NULL;
	return r->take(r->ctx, &a);
}

/* The letters of one word.  *used: the word behind it was the last one's argument. */
static bool letters(struct reader *r, const char *word, const char *next, bool *used)
{
	bool ok = true;

	for (size_t k = 1; ok && word[k] != '\0'; k++) {
		size_t i = by_letter(word[k]);
		bool last = word[k + 1] == '\0';
		ok = one(r, i, word, last ? next : NULL);
		*used = last && options[i].name != NULL && options[i].kind != YARA_FLAG;
	}
	return ok;
}

int yara_options_read(int argc, char **argv, bool (*take)(void *ctx, const struct yara_argument *a),
		      void *ctx)
{
	struct reader r = { .take = take, .ctx = ctx };
	int n = 0;

	for (int i = 1; i < argc; i++) {
		char *word = argv[i];
		bool used = false, ok = true;
		if (word[0] == '-' && word[1] == '-' && word[2] != '\0') {
			const char *equals = strchr(word, '=');
			ok = one(&r, by_name(word + 2), word, equals != NULL ? equals + 1 : NULL);
		} else if (word[0] == '-' && word[1] != '-' && word[1] != '\0') {
			ok = letters(&r, word, i + 1 < argc ? argv[i + 1] : NULL, &used);
		} else {
			argv[n++] = word;
		}
		if (!ok)
			return -1;
		i += used;
	}
	return n;
}
