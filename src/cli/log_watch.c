/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/log_monitor.h"
#include "cli/place.h"
#include "cli/proofs_ask.h"
#include "trust/chunks_fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a monitor makes of an entry.  The state of a channel is the entry of its last release
 * ("release-CHANNEL") and its main artefact ("artifact-CHANNEL"). */

struct channel {
	struct buf entry, artifact;
	uint64_t seq; /* of the last release; 0: there is none */
};

static bool channel_file(const struct monitor *m, const char *kind, enum release_channel c,
			 char to[DURABLE_PATH_SIZE], struct error *e)
{
	char name[64];

	snprintf(name, sizeof name, "%s-%s", kind, release_channel_name(c));
	return monitor_path(m, to, name, e);
}

static bool channel_open(const struct monitor *m, enum release_channel which, struct channel *c,
			 struct error *e)
{
	char path[DURABLE_PATH_SIZE];
	struct proofs_entry last;
	bool there;

	*c = (struct channel){ 0 };
	buf_init(&c->entry, RELEASE_MAX_SIZE);
	buf_init(&c->artifact, RELEASE_MAX_ARTIFACT);
	if (!channel_file(m, "release", which, path, e) ||
	    !durable_read(path, &c->entry, &there, e))
		return false;
	if (there) {
		if (!proofs_entry(&proofs_ask, buf_span(&c->entry), false, &last, e))
			return false;
		c->seq = last.release.seq;
		buf_release(&last.signers);
	}
	return channel_file(m, "artifact", which, path, e) &&
	       durable_read(path, &c->artifact, &there, e);
}

static void channel_release(struct channel *c)
{
	buf_release(&c->entry);
	buf_release(&c->artifact);
}

/* ---- what changed */

static void print_change(void *ctx, const struct proofs_change *c)
{
	(void)ctx;
	printf("         %c %.*s", "+~-"[c->what], (int)c -> id.n, (const char *)c->id.p);
	if (c->what == ITEMS_REMOVED)
		printf(c->reason[0] != '\0' ? "  (%s)" : "  (no reason)%s", c->reason);
	putchar('\n');
}

/* What the rules that changed look for: said by `pellucid rules diff`, which has no network. */
static void show_marks(const char *old, const char *new)
{
	char path[DURABLE_PATH_SIZE], line[4096];
	int end[2] = { -1, -1 };
	FILE *f = NULL;

	if (!place_of("pellucid", path, sizeof path) || pipe2(end, O_CLOEXEC) != 0) {
		printf("note   what the rules look for is not said: pellucid is not installed\n");
		return;
	}
	fflush(stdout);
	pid_t child = fork();
	if (child == 0) {
		dup2(end[1], STDOUT_FILENO);
		execl(path, path, "rules", "diff", old, new, (char *)NULL);
		_exit(EXIT_CANNOT);
	}
	close(end[1]);
	f = fdopen(end[0], "r");
	while (f != NULL && fgets(line, sizeof line, f) != NULL)
		printf("         %s", line);
	if (f != NULL)
		fclose(f);
	while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
		continue;
}

/* The artefacts of the last release and of this one, as files. */
struct pair {
	char old[DURABLE_PATH_SIZE], new[DURABLE_PATH_SIZE];
};

static bool put_pair(struct monitor *m, enum release_channel c, bool first, struct span bytes,
		     struct pair *p, struct error *e)
{
	return channel_file(m, "artifact", c, p->old, e) && channel_file(m, "new", c, p->new, e) &&
	       (!first || durable_write(p->old, span_of("pellucid/items/v1\n"), 0644, e)) &&
	       durable_write(p->new, bytes, 0644, e);
}

/* What could not be found out, which is no alarm. */
static void gap(struct monitor *m, const struct error *e)
{
	log_fail("%s", e->text);
	m->gaps++;
}

/* What changed, what that looks for, and whether the release tells all of it. */
static void check_main(struct monitor *m, uint64_t index, const struct proofs_listed *l,
		       struct span old, struct span new)
{
	struct release_count n;
	struct error e, why;
	struct pair files;
	bool honest;

	if (!proofs_changes(&proofs_ask, l->entry, old, new, &n, &honest, &why, print_change, NULL,
			    &e)) {
		if (proofs_unanswered(&e))
			gap(m, &e);
		else
			monitor_alarm(m, "entry %llu: %s", (unsigned long long)index, e.text);
		return;
	}
	bool ok = put_pair(m, l->release.channel, old.n == 0, new, &files, &e);
	if (ok && l->release.channel == RELEASE_RULES)
		show_marks(files.old, files.new);
	if (!ok || !durable_rename(files.new, files.old, &e))
		gap(m, &e);
	if (!honest)
		monitor_alarm(m, "entry %llu: %s", (unsigned long long)index, why.text);
}

/* ---- its parts */

/* Fetches an artefact; an alarm where it is withheld or another. */
static bool fetch_artifact(struct monitor *m, uint64_t index, const struct proofs_artifact *a,
			   struct span old, struct buf *out)
{
	struct chunks_source source = { m->remote.client.get, m->remote.client.ctx, NULL, NULL };
	uint64_t fetched;
	struct error e;

	buf_init(out, RELEASE_MAX_ARTIFACT);
	if (chunks_fetch(&proofs_ask, &source, a->sha256, a->size, old, out, &fetched, &e))
		return true;
	if (proofs_unanswered(&e))
		gap(m, &e);
	else
		monitor_alarm(m, "entry %llu: artefact %s: %s", (unsigned long long)index, a->name,
			      e.text);
	return false;
}

static void check_artifacts(struct monitor *m, uint64_t index, const struct proofs_listed *l,
			    struct channel *c)
{
	const struct proofs_release *r = &l->release;

	for (size_t i = 0; i < r->n_artifacts; i++) {
		bool is_main = strcmp(r->artifact[i].name, release_main_name(r->channel)) == 0;
		struct span old = buf_span(&c->artifact);
		struct buf b;
		if (fetch_artifact(m, index, &r->artifact[i], old, &b) && is_main)
			check_main(m, index, l, old, buf_span(&b));
		buf_release(&b);
	}
}

static void check_chain(struct monitor *m, uint64_t index, const struct proofs_release *r,
			const struct channel *c)
{
	struct merkle_hash last = { { 0 } };

	if (c->seq != 0)
		last = merkle_leaf(buf_span(&c->entry));
	if (r->seq != c->seq + 1 || !merkle_equal(&r->prev, &last))
		monitor_alarm(m,
			      "entry %llu: release %llu does not follow release %llu of its "
			      "channel",
			      (unsigned long long)index, (unsigned long long)r->seq,
			      (unsigned long long)c->seq);
}

static void check_release(struct monitor *m, uint64_t index, const struct proofs_listed *l)
{
	const struct proofs_release *r = &l->release;
	char path[DURABLE_PATH_SIZE];
	struct channel c;
	struct error e;

	printf("entry  %llu: release %llu of channel %s: %llu items, %llu new, %llu changed, %llu "
	       "removed\n",
	       (unsigned long long)index, (unsigned long long)r->seq,
	       release_channel_name(r->channel), (unsigned long long)r->count.total,
	       (unsigned long long)r->count.added, (unsigned long long)r->count.changed,
	       (unsigned long long)r->count.removed);
	if (m->has_keys && !r->enough) {
		monitor_alarm(m, "entry %llu: forged: %s", (unsigned long long)index, l->why);
		return; /* nothing follows it */
	}
	if (!channel_open(m, r->channel, &c, &e)) {
		gap(m, &e);
	} else {
		check_chain(m, index, r, &c);
		check_artifacts(m, index, l, &c);
		if (!channel_file(m, "release", r->channel, path, &e) ||
		    !durable_write(path, l->entry, 0644, &e))
			gap(m, &e);
	}
	channel_release(&c);
}

void monitor_entry(struct monitor *m, uint64_t index, const struct proofs_listed *l)
{
	if (l->is_release)
		check_release(m, index, l);
	else
		monitor_alarm(m, "entry %llu is no release: %s", (unsigned long long)index, l->why);
}
