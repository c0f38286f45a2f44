/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "cli/place.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/*
 * Verbs that are programs of their own: what has a network is not linked into `pellucid`, which
 * becomes the program that it is asked for.
 */

static int become(const char *verb, const char *program, char **argv)
{
	char path[4096];

	if (!place_of(program, path, sizeof path))
		return cli_fail(verb, "%s is not installed", program);
	argv[0] = path;
	execv(path, argv);
	return cli_fail(verb, "%s: %s", path, strerror(errno));
}

int verb_update(int argc, char **argv)
{
	(void)argc;
	return become("update", "pellucid-update", argv);
}

int verb_log(int argc, char **argv)
{
	(void)argc;
	return become("log", "pellucid-log", argv);
}

int verb_submit(int argc, char **argv)
{
	(void)argc;
	return become("submit", "pellucid-submit", argv);
}
