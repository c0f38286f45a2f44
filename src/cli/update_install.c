/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "cli/place.h"
#include "cli/release_items.h"
#include "cli/update.h"
#include "trust/chunks.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Step 9, and what follows it: nothing is switched to before it was tried. */

static bool gen_path(const struct update *u, uint64_t seq, const char *name,
		     char to[DURABLE_PATH_SIZE], struct error *e)
{
	return durable_path(to, e, "%s/gen/%llu%s", u->dir, (unsigned long long)seq, name);
}

/* The main artefact of the release that is here; empty where there is none. */
static bool read_old(struct update *u, struct error *e)
{
	char path[DURABLE_PATH_SIZE];
	bool there;

	buf_init(&u->artifact, RELEASE_MAX_ARTIFACT);
	return u->state.seq == 0 || (durable_path(path, e, "%s/current/%s", u->dir,
						  release_main_name(u->accept.channel)) &&
				     durable_read(path, &u->artifact, &there, e));
}

/* One release after the other, so that each one's account of its changes is checked. */
static bool check_one(struct update *u, const struct release *r, bool first, struct error *e)
{
	struct chunks_source source = { u->remote.client.get, u->remote.client.ctx };
	const struct release_artifact *a =
		release_artifact(r, span_of(release_main_name(r->channel)));
	uint64_t fetched = 0;
	struct buf new;

	buf_init(&new, RELEASE_MAX_ARTIFACT);
	bool ok = chunks_fetch(&source, a->sha256, a->size, buf_span(&u->artifact), &new, &fetched,
			       e) &&
		  (first || items_check_release(r, buf_span(&u->artifact), buf_span(&new), e));
	u->fetched += fetched;
	buf_release(&u->artifact);
	u->artifact = new;
	return ok;
}

bool update_artifacts(struct update *u, struct error *e)
{
	struct release r;

	if (!read_old(u, e))
		return false;
	for (size_t i = 0; i < u->n_found; i++)
		if (!release_parse(buf_span(&u->found[i].entry), &r, e) ||
		    !check_one(u, &r, u->state.seq == 0 && i == 0 && r.seq != 1, e))
			return false;
	return true;
}

/* ---- trying it */

/* Runs `pellucid` with these arguments; its exit status, or -1. */
static int run(const char *const *argument)
{
	char path[DURABLE_PATH_SIZE];
	int status = 0;
	pid_t child;

	if (!place_of("pellucid", path, sizeof path))
		snprintf(path, sizeof path, "pellucid");
	child = fork();
	if (child == 0) {
		char *argv[16] = { path };
		for (size_t i = 0; argument[i] != NULL && i + 2 < sizeof argv / sizeof *argv; i++)
			argv[i + 1] = (char *)(uintptr_t)argument[i];
		if (freopen("/dev/null", "w", stdout) == NULL)
			_exit(127);
		execvp(path, argv);
		_exit(127);
	}
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		continue;
	return child > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Builds the database, and has a real worker scan a clean file with it: it has to finish, and to
 * find nothing. */
static bool try_rules(const char *gen, struct error *e)
{
	char rules[DURABLE_PATH_SIZE], database[DURABLE_PATH_SIZE], clean[DURABLE_PATH_SIZE];

	if (!durable_path(rules, e, "%s/rules", gen) ||
	    !durable_path(database, e, "%s/rules.pel", gen) ||
	    !durable_path(clean, e, "%s/clean", gen) ||
	    !durable_write(clean, span_of("A file in which there is nothing to find.\n"), 0644, e))
		return false;
	/* one bad rule costs that rule: it is left out, and scans with the others are incomplete */
	int built = run((const char *const[]){ "rules", "build", "-o", database, rules, NULL });
	if (access(database, R_OK) != 0)
		return error_set(e, REASON_DAMAGED, PLACE_NONE, "no database can be built");
	int status = run((const char *const[]){ "scan", "-q", "-r", database, clean, NULL });
	if (status == EXIT_CLEAN || (status == EXIT_INCOMPLETE && built != EXIT_CLEAN))
		return true;
	return error_set(e, REASON_DENIED, PLACE_NONE,
			 "the new rules were tried on a clean file: status %d", status);
}

/* ---- switching */

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

static void remove_tree(const char *path)
{
	(void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static bool put(const char *gen, const char *name, struct span bytes, struct error *e)
{
	char path[DURABLE_PATH_SIZE];

	return durable_path(path, e, "%s/%s", gen, name) && durable_write(path, bytes, 0644, e);
}

static bool fill(struct update *u, const char *gen, struct error *e)
{
	const struct update_found *f = &u->found[u->n_found - 1];
	char index[32], rules[DURABLE_PATH_SIZE];

	snprintf(index, sizeof index, "%llu\n", (unsigned long long)f->index);
	return durable_mkdir(gen, 0755, e) && put(gen, "release", buf_span(&f->entry), e) &&
	       put(gen, "index", span_of(index), e) &&
	       put(gen, "proof.tlog-proof", buf_span(&u->bundle), e) &&
	       put(gen, release_main_name(u->accept.channel), buf_span(&u->artifact), e) &&
	       (u->accept.channel != RELEASE_RULES ||
		(durable_path(rules, e, "%s/rules", gen) &&
		 release_items_extract(buf_span(&u->artifact), true, rules, e) &&
		 try_rules(gen, e)));
}

/* `current` is the old generation or the new one at any moment. */
static bool switch_to(const struct update *u, uint64_t seq, struct error *e)
{
	char from[DURABLE_PATH_SIZE], to[DURABLE_PATH_SIZE], target[64];

	snprintf(target, sizeof target, "gen/%llu", (unsigned long long)seq);
	if (!durable_path(from, e, "%s/current.new", u->dir) ||
	    !durable_path(to, e, "%s/current", u->dir))
		return false;
	(void)unlink(from);
	return (symlink(target, from) == 0 && rename(from, to) == 0) ||
	       error_set(e, REASON_IO, PLACE_NONE, "%s cannot be switched", to);
}

/* Keeps this generation and the one that was used before it. */
static void forget(const struct update *u, uint64_t seq)
{
	char path[DURABLE_PATH_SIZE], mine[32], before[32];
	struct error e;
	const struct dirent *d;

	snprintf(mine, sizeof mine, "%llu", (unsigned long long)seq);
	snprintf(before, sizeof before, "%llu", (unsigned long long)u->state.seq);
	DIR *all = durable_path(path, &e, "%s/gen", u->dir) ? opendir(path) : NULL;
	while (all != NULL && (d = readdir(all)) != NULL)
		if (d->d_name[0] != '.' && strcmp(d->d_name, mine) != 0 &&
		    strcmp(d->d_name, before) != 0 &&
		    durable_path(path, &e, "%s/gen/%s", u->dir, d->d_name))
			remove_tree(path);
	if (all != NULL)
		closedir(all);
}

bool update_install(struct update *u, struct error *e)
{
	uint64_t seq = u->result.release.seq;
	char fresh[DURABLE_PATH_SIZE], gen[DURABLE_PATH_SIZE];

	if (!gen_path(u, seq, ".new", fresh, e) || !gen_path(u, seq, "", gen, e))
		return false;
	remove_tree(fresh);
	if (!fill(u, fresh, e)) {
		remove_tree(fresh);
		return false;
	}
	remove_tree(gen); /* of a run that was killed before it was switched to */
	if (rename(fresh, gen) != 0)
		return error_set(e, REASON_IO, PLACE_NONE, "%s cannot be put in place", gen);
	if (!switch_to(u, seq, e))
		return false;
	forget(u, seq);
	return true;
}
