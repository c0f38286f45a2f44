/* SPDX-License-Identifier: Apache-2.0 */
#include "base/standard.h"
#include "cli/cli.h"
#include "engine/pe_sign.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct verb verbs[] = {
	{ "scan", verb_scan, "look for what the rules describe; verdicts with evidence", false },
	{ "rules", verb_rules, "build, check, list, show and verify databases of rules", false },
	{ "inspect", verb_inspect, "print what the modules read of a file, as JSON", false },
	{ "policy", verb_policy,
	  "check, list, show and begin policies: who decided what on what evidence", false },
	{ "review", verb_review, "list what is on this machine, and how far one could look",
	  false },
	{ "verify", verb_verify, "derive a verdict again and say what holds", false },
	{ "recover", verb_recover, "which ransomware it was, what is lost, and the files back",
	  false },
	{ "release", verb_release, "make, sign, show and verify releases of rules and policies",
	  false },
	{ "update", verb_update, "bring the next release in, verified", false },
	{ "log", verb_log, "publish releases in a witnessed log, or watch one", false },
	{ "submit", verb_submit,
	  "send one file: shown byte for byte, asked about, written down first", false },
	{ "disclose", verb_disclose, "what left this machine, and whether that list is whole",
	  false },
	{ "self-test", verb_self_test, "try to get through the walls around what parses", false },
	{ "yara", verb_yara, "a drop-in for yara", false },
	{ "clamscan", verb_clamscan, "a drop-in for clamscan", false },
};

enum { N_VERBS = sizeof verbs / sizeof *verbs };

int cli_fail(const char *verb, const char *format, ...)
{
	va_list ap;

	fprintf(stderr, "pellucid %s: ", verb);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
	return EXIT_CANNOT;
}

static int usage(FILE *to)
{
	fputs("usage: pellucid VERB [OPTIONS] ...\n"
	      "       pellucid help [VERB]\n\n",
	      to);
	for (size_t i = 0; i < N_VERBS; i++)
		fprintf(to, "  %-9s %s\n", verbs[i].name, verbs[i].summary);
	fputs("\n`pellucid VERB --help` says more; `man pellucid` says all.\n", to);
	return to == stdout ? EXIT_CLEAN : EXIT_CANNOT;
}

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < N_VERBS; i++)
		if (strcmp(name, verbs[i].name) == 0)
			return &verbs[i];
	return NULL;
}

static int run(const struct verb *v, int argc, char **argv)
{
	if (v->signatures && !pe_sign_prepare())
		return cli_fail(v->name, "libcrypto does not start");
	return v->run(argc, argv);
}

/* As if it had been called by its name alone. */
static int run_verb(const char *name, int argc, char **argv)
{
	const struct verb *v = find_verb(name);
	char called[32]; /* as getopt_long() has it in messages */

	if (v == NULL) {
		fprintf(stderr, "pellucid: no verb `%s`\n", name);
		return usage(stderr);
	}
	snprintf(called, sizeof called, "pellucid %s", v->name);
	argv[0] = called;
	return run(v, argc, argv);
}

/* What the verb says of itself: the same as with --help. */
static int help_of(const char *name)
{
	char option[] = "--help";
	char *argv[] = { NULL, option, NULL };

	return run_verb(name, 2, argv);
}

static int act(int argc, char **argv)
{
	const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;
	const char *called = slash != NULL ? slash + 1 : argc > 0 ? argv[0] : "";

	if (strcmp(called, "yara") == 0 || strcmp(called, "clamscan") == 0)
		return run(find_verb(called), argc, argv);
	if (argc < 2)
		return usage(stderr);
	if (strcmp(argv[1], "help") == 0 && argc > 2)
		return help_of(argv[2]);
	if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 ||
	    strcmp(argv[1], "-h") == 0)
		return usage(stdout);
	if (strcmp(argv[1], "version") == 0 || strcmp(argv[1], "--version") == 0) {
		puts("pellucid " PELLUCID_VERSION);
		return EXIT_CLEAN;
	}
	return run_verb(argv[1], argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
	standard_begin();
	return standard_end("pellucid", act(argc, argv), EXIT_CANNOT);
}
