/* SPDX-License-Identifier: Apache-2.0 */
#include "base/standard.h"
#include "cli/cli.h"
#include "cli/place.h"
#include "sandbox/probe.h"
#include "sandbox/protocol.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Shows on the machine at hand that the walls around what parses hold: by trying to get through
 * them, and by looking at them from outside. */

static const char help[] =
	"usage: pellucid self-test --containment\n"
	"\n"
	"Has worker processes try what one that was taken over by a file would try, each thing by\n"
	"a worker of its own, and says how each attempt ended; looks at a worker from outside,\n"
	"and at one that is busy when its broker ends.\n"
	"\n"
	"Status: 0 every wall holds, 4 one does not, 2 could not run.\n";

static const struct option options[] = {
	{ "containment", no_argument, NULL, 'c' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

struct tally {
	unsigned held, failed;
};

static void say(struct tally *t, bool holds, const char *format, ...) PRINTF(3, 4);

static void say(struct tally *t, bool holds, const char *format, ...)
{
	va_list ap;

	printf("%s  ", holds ? "holds" : "FAILS");
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	putchar('\n');
	t->held += holds;
	t->failed += !holds;
}

/* ---- attempts */

static bool may_end_so(enum probe_kind kind, enum probe_end end)
{
	return kind == PROBE_CONTROL ? end == PROBE_DONE : end != PROBE_DONE;
}

static void say_attempt(struct tally *t, const struct probe *p, const struct probe_result *r,
			const char *when)
{
	const char *what = p->kind == PROBE_CONTROL ? "can   " : "cannot";
	bool holds = may_end_so(p->kind, r->end);

	if (!holds && p->can_be_kept_off != NULL && !p->can_be_kept_off()) {
		printf("note   nothing on this machine keeps a program from this: %s%s\n", p->name,
		       when);
		return;
	}
	switch (r->end) {
	case PROBE_DONE:
		say(t, holds, "%s %s%s: done", what, p->name, when);
		break;
	case PROBE_REFUSED:
		say(t, holds, "%s %s%s: refused (%s)", what, p->name, when, strerror(r->code));
		break;
	case PROBE_KILLED:
		say(t, holds, "%s %s%s: ended for the system call", what, p->name, when);
		break;
	case PROBE_DIED:
		say(t, holds, "%s %s%s: ended by a signal", what, p->name, when);
		break;
	}
}

static bool try_all(const char *worker, struct tally *t, struct error *e)
{
	size_t n;
	const struct probe *p = probe_all(&n);

	for (size_t i = 0; i < n; i++) {
		struct probe_result r;
		if (!probe_try(worker, i, &r, e))
			return false;
		say_attempt(t, &p[i], &r, "");
	}
	return true;
}

/* Those that a walled worker and one without walls tell apart, made where a database is read: which
 * is before a worker has said that it is ready. */
static bool try_early(const char *worker, struct tally *t, struct error *e)
{
	static const char *const name[] = { "answer", "use 64 MiB of memory",
					    "open a file for reading", "fork",
					    "read the time of day" };
	size_t n;
	const struct probe *p = probe_all(&n);

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < sizeof name / sizeof *name; k++) {
			struct probe_result r;
			if (strcmp(p[i].name, name[k]) != 0)
				continue;
			if (!probe_early(worker, i, &r, e))
				return false;
			say_attempt(t, &p[i], &r, " while it gets ready");
		}
	return true;
}

/* ---- from outside */

/* What the kernel of this machine may not have: told, and no failure. */
static void say_option(struct tally *t, bool offered, bool there, const char *what)
{
	if (offered || there)
		say(t, there, "%s", what);
	else
		printf("note   not %s: this kernel does not offer it\n", what);
}

static bool look_at_one(const char *worker, struct tally *t, struct error *e)
{
	enum { DESCRIPTORS = 4 /* three of /dev/null, and the socket */ };
	struct probe_view v;

	if (!probe_look(worker, &v, e))
		return false;
	say(t, v.no_new_privs, "no new privileges");
	say(t, v.no_capabilities, "no capabilities");
	say(t, v.unprivileged, "an unprivileged user");
	say(t, v.not_dumpable, "closed to others of its user (tracing, memory, cores)");
	say(t, v.limits, "limits of memory, files, processes, written bytes and cores");
#ifndef PELLUCID_SANITIZED
	say(t, v.seccomp, "a filter of system calls");
#endif
	if (v.sees_descriptors)
		say(t, v.n_descriptors == DESCRIPTORS,
		    "no descriptors but its socket and /dev/null: %zu", v.n_descriptors);
	else
		puts("note   its descriptors are for root to see");
	if (v.sees_descriptors)
		say_option(t, (v.walls & WALL_NO_NETWORK) != 0, v.other_network,
			   "in a network of its own");
	else
		printf("note   in a network of its own by its own word: %s\n",
		       (v.walls & WALL_NO_NETWORK) != 0 ? "yes" : "no");
	say_option(t, probe_landlock() != 0, (v.walls & WALL_LANDLOCK) != 0,
		   "under Landlock, by its own word");
	return true;
}

/* ---- walls behind others */

/* Not even what the filter of system calls lets through. */
static bool try_name(const char *worker, struct tally *t, struct error *e)
{
	static const struct probe attempt = { .name = "send to a socket that has a name" };
	struct probe_result r;

	if (probe_landlock() < PROBE_SCOPES) {
		puts("note   this kernel's Landlock does not keep a worker from sockets that have "
		     "a name");
		return true;
	}
	if (!probe_named(worker, &r, e))
		return false;
	say_attempt(t, &attempt, &r, "");
	return true;
}

static bool outlive(const char *worker, struct tally *t, struct error *e)
{
	bool ends;

	if (!probe_orphan(worker, &ends, e))
		return false;
	say(t, ends, "ends with its broker, though it is busy");
	return true;
}

static int containment(void)
{
	struct tally t = { 0 };
	char worker[4096];
	struct error e;

	if (!place_of("pellucid-worker", worker, sizeof worker))
		return cli_fail("self-test", "pellucid-worker is not installed");
	if (!try_all(worker, &t, &e) || !try_early(worker, &t, &e) || !try_name(worker, &t, &e) ||
	    !look_at_one(worker, &t, &e) || !outlive(worker, &t, &e))
		return cli_fail("self-test", "%s", e.text);
	printf("%u hold, %u do not\n", t.held, t.failed);
	return t.failed != 0 ? EXIT_FALSE : EXIT_CLEAN;
}

int verb_self_test(int argc, char **argv)
{
	int c = getopt_long(argc, argv, "h", options, NULL), status = EXIT_CANNOT;

	if (c == 'c' && optind == argc)
		status = containment();
	else
		fputs(help, c == 'h' ? stdout : stderr);
	if (c == 'h')
		status = EXIT_CLEAN;
	return standard_written() ? status : EXIT_CANNOT;
}
