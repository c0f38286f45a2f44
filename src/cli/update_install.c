/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "base/io.h"
#include "cli/place.h"
#include "cli/proofs_ask.h"
#include "cli/release_extract.h"
#include "cli/update.h"
#include "trust/chunks_fetch.h"
#include "trust/client_state.h"
#include "trust/generations.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Step 9, and what follows it: nothing is switched to before it was tried. */

bool update_path(const struct update *u, uint64_t seq, const char *name, char to[DURABLE_PATH_SIZE],
		 struct error *e)
{
	return durable_path(to, e, "%s/gen/%llu%s", u->dir, (unsigned long long)seq, name);
}

/* The main artefact of the release that is here; empty where there is none. */
static bool read_old(struct update *u, struct error *e)
{
	char path[DURABLE_PATH_SIZE], name[80];
	bool there;

	buf_init(&u->artifact, RELEASE_MAX_ARTIFACT);
	snprintf(name, sizeof name, "/%s", release_main_name(u->accept.channel));
	return u->state.seq == 0 || (update_path(u, u->state.seq, name, path, e) &&
				     durable_read(path, &u->artifact, &there, e));
}

/* That the release says what it changes. */
static bool check_changes(const struct update *u, const struct update_found *f, struct span new,
			  struct error *e)
{
	struct release_count n;
	struct error why;
	bool honest;

	if (!proofs_changes(&proofs_ask, buf_span(&f->entry), buf_span(&u->artifact), new, &n,
			    &honest, &why, NULL, NULL, e))
		return false;
	if (!honest)
		*e = why;
	return honest;
}

/* One release after the other, so that each one's account of its changes is checked. */
static bool check_one(struct update *u, const struct update_found *f, bool first, struct error *e)
{
	char part[DURABLE_PATH_SIZE];
	struct chunks_source source = { u->remote.client.get, u->remote.client.ctx, part,
					log_remote_rest };
	const struct proofs_artifact *a =
		proofs_artifact(&f->release, release_main_name(f->release.channel));
	uint64_t fetched = 0;
	struct buf new;

	buf_init(&new, RELEASE_MAX_ARTIFACT);
	bool ok = durable_path(part, e, "%s/part", u->dir) && durable_mkdir(part, 0755, e) &&
		  chunks_fetch(&proofs_ask, &source, a->sha256, a->size, buf_span(&u->artifact),
			       &new, &fetched, e) &&
		  (first || check_changes(u, f, buf_span(&new), e));
	u->fetched += fetched;
	buf_release(&u->artifact);
	u->artifact = new;
	return ok;
}

bool update_artifacts(struct update *u, struct error *e)
{
	if (!read_old(u, e))
		return false;
	for (size_t i = 0; i < u->n_found; i++) {
		const struct update_found *f = &u->found[i];
		if (!check_one(u, f, u->state.seq == 0 && i == 0 && f->release.seq != 1, e))
			return false;
	}
	return true;
}

/* ---- trying it */

/* Runs `pellucid` with these arguments in that directory; its exit status, or -1. */
static int run(const char *in, const char *const *argument)
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
		if (chdir(in) != 0 || freopen("trial.json", "w", stdout) == NULL)
			_exit(127);
		execvp(path, argv);
		_exit(127);
	}
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		continue;
	return child > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* What has to be found nothing in: one file of each kind that a machine is full of. */
static const struct {
	const char *name;
	const char *bytes;
	size_t n;
} clean[] = {
	{ "clean/letter.txt", "A letter in which there is nothing to find.\n", 44 },
	{ "clean/page.html", "<!DOCTYPE html><html><body><p>Opening hours</p></body></html>\n",
	  62 },
	{ "clean/empty.zip", "PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 22 },
	{ "clean/mail.eml", "From: a@example.org\nSubject: Tea\n\nAt five?\n", 43 },
};

/* And something that has to be found with the same rules by the same worker: a scan that finds
 * nothing anywhere passes every trial on clean files. */
static const char canary_rule[] =
	"rule Pellucid_Canary { strings: $a = \"pellucid-canary-5f1c9be2\" condition: $a }\n";
static const char canary[] = "Here sings the pellucid-canary-5f1c9be2.\n";

static bool put(const char *gen, const char *name, struct span bytes, struct error *e)
{
	char path[DURABLE_PATH_SIZE];

	return durable_path(path, e, "%s/%s", gen, name) && durable_write(path, bytes, 0644, e);
}

static bool put_samples(const char *gen, struct error *e)
{
	char path[DURABLE_PATH_SIZE];
	bool ok = durable_path(path, e, "%s/clean", gen) && durable_mkdir(path, 0755, e) &&
		  put(gen, "canary", span_of(canary), e) &&
		  put(gen, "canary.yar", span_of(canary_rule), e);

	for (size_t i = 0; ok && i < sizeof clean / sizeof *clean; i++)
		ok = put(gen, clean[i].name,
			 (struct span){ (const uint8_t *)clean[i].bytes, clean[i].n }, e);
	return ok;
}

/* How many lines of a scan's JSON say that. */
static size_t count_lines(const char *gen, const char *what)
{
	char path[DURABLE_PATH_SIZE];
	struct error e;
	struct buf b;
	size_t n = 0;

	buf_init(&b, 1 << 22);
	if (durable_path(path, &e, "%s/trial.json", gen) && io_read_file(path, &b, &e))
		for (const uint8_t *p = b.p; p != NULL && n < 1000;) {
			p = memmem(p, (size_t)(b.p + b.n - p), what, strlen(what));
			if (p == NULL)
				break;
			p++;
			n++;
		}
	buf_release(&b);
	return n;
}

/*
 * Has real workers scan with the database of a generation.  Each clean file has to be called clean:
 * the scan's status does not say so, for it is INCOMPLETE too where a rule was left out for an
 * error.  The canary has to be found.
 */
static bool try_database(const char *gen, struct error *e)
{
	size_t n = sizeof clean / sizeof *clean;
	char line[128];

	int status = run(gen, (const char *const[]){ "scan", "-q", "--trust=none", "--json", "-r",
						     "rules.pel", "clean", NULL });
	if (status == EXIT_FOUND)
		return error_set(e, REASON_DENIED, PLACE_NONE,
				 "the rules find something in a clean file");
	for (size_t i = 0; i < n; i++) {
		snprintf(line, sizeof line, "\"verdict\":\"clean\",\"path\":\"%s\"", clean[i].name);
		if (count_lines(gen, line) != 1)
			return error_set(e, REASON_CRASH, PLACE_NONE,
					 "a worker with these rules does not finish %s: status %d",
					 clean[i].name, status);
	}
	status = run(gen, (const char *const[]){ "scan", "-q", "--trust=none", "--json", "-r",
						 "trial.pel", "canary", NULL });
	if (status != EXIT_FOUND || count_lines(gen, "Pellucid_Canary") == 0)
		return error_set(e, REASON_CRASH, PLACE_NONE,
				 "a worker with these rules does not find the canary: status %d",
				 status);
	return true;
}

/* Writes down which bytes were built, so that others are not loaded. */
static bool note_database(const char *gen, struct error *e)
{
	char path[DURABLE_PATH_SIZE], hex[HASH_MAX_HEX + 2];
	uint8_t digest[32];
	struct buf b;

	buf_init(&b, SIZE_MAX);
	bool ok = durable_path(path, e, "%s/rules.pel", gen) && io_read_file(path, &b, e) &&
		  hash_of(HASH_SHA256, buf_span(&b), digest);
	buf_release(&b);
	if (!ok)
		return false;
	hex_text(digest, sizeof digest, hex);
	hex[64] = '\n';
	return put(gen, "database", (struct span){ (const uint8_t *)hex, 65 }, e);
}

/* Builds the database and tries it.  One bad rule costs that rule: it is left out, and scans with
 * the others are incomplete. */
static bool try_rules(const char *gen, struct error *e)
{
	char database[DURABLE_PATH_SIZE];

	if (!put_samples(gen, e) || !durable_path(database, e, "%s/rules.pel", gen))
		return false;
	(void)run(gen, (const char *const[]){ "rules", "build", "-o", "rules.pel", "rules", NULL });
	(void)run(gen, (const char *const[]){ "rules", "build", "-o", "trial.pel", "rules",
					      "canary.yar", NULL });
	if (access(database, R_OK) != 0)
		return error_set(e, REASON_DAMAGED, PLACE_NONE, "no database can be built");
	return note_database(gen, e) && try_database(gen, e);
}

/* ---- switching */

/* The file that has the client's memory of a generation, from the day that it came. */
static bool put_state(struct update *u, const char *gen, struct error *e)
{
	char path[DURABLE_PATH_SIZE];

	return durable_path(path, e, "%s/state", gen) &&
	       client_state_write(path, &u->result.state, e);
}

static bool fill(struct update *u, const char *gen, struct error *e)
{
	const struct update_found *f = &u->found[u->n_found - 1];
	char index[32], rules[DURABLE_PATH_SIZE];

	snprintf(index, sizeof index, "%llu\n", (unsigned long long)f->index);
	return durable_mkdir(gen, 0755, e) && put(gen, "release", buf_span(&f->entry), e) &&
	       put(gen, "index", span_of(index), e) &&
	       put(gen, "proof.tlog-proof", buf_span(&u->bundle), e) && put_state(u, gen, e) &&
	       put(gen, release_main_name(u->accept.channel), buf_span(&u->artifact), e) &&
	       (u->accept.channel != RELEASE_RULES ||
		(durable_path(rules, e, "%s/rules", gen) &&
		 release_extract(buf_span(&u->artifact), true, rules, e) && try_rules(gen, e)));
}

bool update_install(struct update *u, struct error *e)
{
	uint64_t seq = u->result.release.seq, before = generations_used(u->dir);
	char fresh[DURABLE_PATH_SIZE], gen[DURABLE_PATH_SIZE];

	if (!update_path(u, seq, ".new", fresh, e) || !update_path(u, seq, "", gen, e))
		return false;
	generations_remove(fresh);
	if (!fill(u, fresh, e)) {
		generations_remove(fresh);
		return false;
	}
	generations_remove(gen); /* of a run that was killed before it was switched to */
	if (!durable_rename(fresh, gen, e) || !generations_switch(u->dir, seq, e))
		return false;
	generations_forget(u->dir, seq, before);
	return true;
}
