/* SPDX-License-Identifier: Apache-2.0 */
#include "base/standard.h"
#include "cli/log_cli.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

/*
 * pellucid-log: for those who publish and for those who watch.  One of the few programs with a
 * network; what it parses is text of the formats in src/trust, and it opens no file under scan.
 */

static const struct log_command commands[] = {
	{ "key", log_key, "[--witness] NAME FILE", "make a key; prints its public half" },
	{ "init", log_init, "DIR --key=FILE", "make an empty log" },
	{ "add", log_add, "DIR [--artifact=FILE]... ENTRY...", "accept entries, durably" },
	{ "publish", log_publish, "DIR [--policy=FILE]", "sign, have witnessed, and publish" },
	{ "prove", log_prove, "DIR [--since=SIZE] INDEX", "print the proof of an entry" },
	{ "verify", log_verify, "--policy=FILE [--since=HEAD --growth=PROOF] PROOF ENTRY",
	  "hold an entry against its proof" },
	{ "serve", log_serve, "DIR [--listen=ADDRESS:PORT]", "serve the public files over HTTP" },
	{ "monitor", log_monitor, "LOG --policy=FILE [--keys=FILE] --state=DIR",
	  "follow a log and raise an alarm" },
};

enum { N_COMMANDS = sizeof commands / sizeof *commands };

static int usage(FILE *to)
{
	fputs("usage: pellucid log COMMAND ...\n\n", to);
	for (size_t i = 0; i < N_COMMANDS; i++)
		fprintf(to, "  %s %s\n          %s\n", commands[i].name, commands[i].usage,
			commands[i].summary);
	fputs("\nStatus: 0 done, 2 could not, 3 some of it could not be had, 4 an alarm.\n", to);
	return to == stdout ? EXIT_CLEAN : EXIT_CANNOT;
}

int main(int argc, char **argv)
{
	standard_begin();
	if (sodium_init() < 0)
		return log_fail("libsodium does not start");
	setvbuf(stdout, NULL, _IOLBF, 0); /* in the order of what goes to standard error */
	if (argc < 2)
		return usage(stderr);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0)
		return usage(stdout);
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (strcmp(argv[1], commands[i].name) == 0) {
			int status = commands[i].run(argc - 1, argv + 1);
			return standard_end("pellucid-log", status, EXIT_CANNOT);
		}
	log_fail("no command `%s`", argv[1]);
	return usage(stderr);
}
