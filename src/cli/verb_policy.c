/* SPDX-License-Identifier: Apache-2.0 */
#include "base/standard.h"
#include "cli/cli.h"
#include "cli/policies.h"
#include "cli/policy_cli.h"
#include "policy/profile.h"
#include "report/policy_text.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { MAX_OUTPUT = 1 << 30 };

static const char help[] =
	"usage: pellucid policy check FILE...       say what is wrong with policies, as a compiler "
	"does\n"
	"       pellucid policy list [FILE...]      one line for each entry (of the policies that "
	"come with it)\n"
	"       pellucid policy show ENTRY [FILE...]  an entry with its evidence for and against\n"
	"       pellucid policy json FILE           the canonical JSON, which is what gets signed\n"
	"       pellucid policy new NAME            a first policy of your own, on standard "
	"output\n"
	"       pellucid policy profiles            the profiles that come with it\n"
	"       pellucid policy import osv FILE...  records of malicious packages (OSV, MAL-) as a "
	"policy\n"
	"       pellucid policy import kev CATALOG OSV...  CISA's exploited vulnerabilities, with "
	"the packages\n"
	"                                           that records of OSV name for them; "
	"--ecosystem Debian:12 takes\n"
	"                                           Debian's source packages too\n"
	"       pellucid policy sign --key=FILE POLICY...   signs the canonical JSON; the "
	"signature stands in POLICY.sig\n"
	"       pellucid policy verify --keys=FILE POLICY...  whether it holds, and under whose "
	"key\n";

static const char first_policy[] =
	"# A policy of your own.  It works as it stands; what says \"<-\" is yours to change.\n"
	"# `pellucid policy check FILE` says what is wrong; docs/policy.md explains every line, "
	"and has a finished example.\n"
	"\n"
	"policy %s {\n"
	"	title     \"Decisions of our own\"              # <-\n"
	"	version   1                                   # one more at every change\n"
	"	issued    %s\n"
	"	expires   %s\n"
	"	publisher \"Our organisation\"                  # <-\n"
	"	contact   \"security@our.example\"              # <-\n"
	"	language  en\n"
	"	licence   CC0-1.0\n"
	"}\n"
	"\n"
	"entry %s-1 {                                          # one decision about one product; "
	"there may be more entries\n"
	"	title     \"Telnet servers are not run here\"   # <- stands at the head of each "
	"finding\n"
	"	entity    \"various\"                           # <- who makes it\n"
	"	product   \"telnet servers\"                    # <-\n"
	"	kind      package                             # software package device firmware "
	"service network extension ...\n"
	"	legal     excluded                            # <- unlisted under-review allowed "
	"advised-against excluded banned withdrawn\n"
	"	held      none                                # what is shown of the thing itself; "
	"most decisions accuse nobody: none\n"
	"	embedded  unstated                            # its code inside products of "
	"others: included excluded unstated\n"
	"	review-by %s                          # when somebody looks at this decision "
	"again\n"
	"	authority {\n"
	"		name         \"Head of IT security\"    # <- who decided\n"
	"		kind         local\n"
	"		country      eu                       # <-\n"
	"		binding      yes                      # no, where it is advice: then legal "
	"is advised-against\n"
	"		addressed-to \"All machines of our organisation\"   # <-\n"
	"		issued       %s\n"
	"		reference    \"Security rule 12\"       # <- where it is written\n"
	"	}\n"
	"	scope {                                       # empty: all who use this file\n"
	"	}\n"
	"	match {                                       # <- any of these; `pellucid review "
	"--csv FILE` lists a machine's names\n"
	"		dpkg telnetd shows                    # KIND NAME WORTH; worth: hints, "
	"indicates, shows, proves\n"
	"		dpkg inetutils-telnetd shows\n"
	"		rpm telnet-server shows\n"
	"	}\n"
	"	evidence e1 {                                 # <- why; further ones are e2, e3 "
	"...; those against have `supports no`\n"
	"		kind     technical                    # law technical court report press "
	"absence counter\n"
	"		claim    \"Telnet sends passwords in clear text\"\n"
	"		source   \"RFC 854\"\n"
	"		url      \"https://www.rfc-editor.org/rfc/rfc854\"  # or a sha256, or a "
	"note on where it is\n"
	"		supports yes\n"
	"		grade    A 1                          # the source: A reliable ... F "
	"unknown; what it says: 1 confirmed ... 6 unknown\n"
	"	}\n"
	"	contest {\n"
	"		state  none\n"
	"		how-to \"Write to security@our.example with the reason and the machine\"   "
	"# <-\n"
	"	}\n"
	"	remedy {\n"
	"		advice       \"Remove it and use SSH\"  # <- what to do where it is found\n"
	"		replace-with \"openssh-server\"\n"
	"		uninstall    dpkg telnetd\n"
	"	}\n"
	"}\n";

static int print(struct buf *out, int status)
{
	if (!buf_ok(out))
		status = cli_fail("policy", "no memory for the output");
	else if (fwrite(out->p, 1, out->n, stdout) != out->n || !standard_written())
		status = EXIT_CANNOT;
	buf_release(out);
	return status;
}

/* One file, or those of a directory, in which there must be one. */
static bool open_one(struct policies *p, const char *path)
{
	size_t n = p->n;
	bool ok = policies_add(p, path);

	if (ok && p->n == n) {
		(void)cli_fail("policy", "%s: there is no policy in it (NAME.policy)", path);
		p->unread = true;
		ok = false;
	}
	return ok;
}

static bool open_all(struct policies *p, int argc, char **argv)
{
	bool ok = true;

	policies_init(p);
	if (argc == 0)
		return policies_add_shipped(p);
	for (int i = 0; i < argc; i++)
		ok = open_one(p, argv[i]) && ok;
	return ok;
}

static int check(int argc, char **argv)
{
	struct policies p;
	size_t entries = 0;
	bool ok = open_all(&p, argc, argv);

	for (size_t i = 0; i < p.n; i++)
		entries += p.list[i]->n_entries;
	if (ok)
		printf("%zu policies, %zu entries: no errors\n", p.n, entries);
	policies_release(&p);
	return ok ? EXIT_CLEAN : p.unread ? EXIT_CANNOT : EXIT_FOUND;
}

static int list(int argc, char **argv)
{
	struct policies p;
	struct buf out;
	bool ok = open_all(&p, argc, argv);

	buf_init(&out, MAX_OUTPUT);
	for (size_t i = 0; i < p.n; i++)
		for (size_t k = 0; k < p.list[i]->n_entries; k++)
			policy_text_line(&p.list[i]->entry[k], &out);
	policies_release(&p);
	return print(&out, ok ? EXIT_CLEAN : EXIT_CANNOT);
}

static int show(int argc, char **argv)
{
	struct policies p;
	struct buf out;
	bool ok = argc > 0 && open_all(&p, argc - 1, argv + 1), found = false;

	if (argc == 0)
		return cli_fail("policy", "which entry?");
	buf_init(&out, MAX_OUTPUT);
	for (size_t i = 0; i < p.n; i++)
		for (size_t k = 0; k < p.list[i]->n_entries; k++)
			if (span_is(p.list[i]->entry[k].id, argv[0])) {
				policy_text_entry(p.list[i], &p.list[i]->entry[k], &out);
				found = true;
			}
	policies_release(&p);
	if (!found)
		(void)cli_fail("policy", "no entry %s", argv[0]);
	return print(&out, ok && found ? EXIT_CLEAN : EXIT_CANNOT);
}

static int json(int argc, char **argv)
{
	struct policies p;
	struct buf out;

	if (argc != 1)
		return cli_fail("policy", "json wants one file");
	bool ok = open_all(&p, argc, argv);
	if (ok && p.n != 1) {
		(void)cli_fail("policy", "%s: json wants one policy, and here are %zu", argv[0],
			       p.n);
		ok = false;
	}
	buf_init(&out, MAX_OUTPUT);
	if (ok)
		policy_json(p.list[0], &out);
	policies_release(&p);
	return print(&out, ok ? EXIT_CLEAN : EXIT_CANNOT);
}

void policy_day(char date[11], int years)
{
	time_t now = time(NULL);
	struct tm tm;

	if (gmtime_r(&now, &tm) == NULL)
		return;
	tm.tm_year += years;
	if (tm.tm_mon == 1 && tm.tm_mday == 29)
		tm.tm_mday = 28;
	(void)strftime(date, 11, "%Y-%m-%d", &tm);
}

static int new_policy(int argc, char **argv)
{
	char today[11] = "2026-01-01", next[11] = "2027-01-01";

	if (argc != 1 ||
	    strspn(argv[0], "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(argv[0]))
		return cli_fail("policy", "new wants a name of small letters, digits and -");
	policy_day(today, 0);
	policy_day(next, 1);
	printf(first_policy, argv[0], today, next, argv[0], next, today);
	return standard_written() ? EXIT_CLEAN : EXIT_CANNOT;
}

static int profiles(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	for (size_t i = 0; profile_names[i] != NULL; i++) {
		struct span text = profile_text(profile_names[i]);
		printf("%.*s", (int)text.n, (const char *)text.p);
	}
	return standard_written() ? EXIT_CLEAN : EXIT_CANNOT;
}

int verb_policy(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(int argc, char **argv);
	} actions[] = {
		{ "check", check },
		{ "list", list },
		{ "show", show },
		{ "json", json },
		{ "new", new_policy },
		{ "profiles", profiles },
		{ "import", policy_import },
		{ "sign", policy_sign },
		{ "verify", policy_verify },
	};

	const char *last = argv[argc - 1];
	bool asked = argc > 1 && (strcmp(last, "--help") == 0 || strcmp(last, "-h") == 0);
	for (size_t i = 0; !asked && argc > 1 && i < sizeof actions / sizeof *actions; i++)
		if (strcmp(argv[1], actions[i].name) == 0)
			return actions[i].run(argc - 2, argv + 2);
	fputs(help, asked ? stdout : stderr);
	return asked ? EXIT_CLEAN : EXIT_CANNOT;
}
