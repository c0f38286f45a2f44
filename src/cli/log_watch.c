/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "cli/log_monitor.h"
#include "cli/place.h"
#include "trust/chunks.h"
#include "trust/verify/items.h"
#include "trust/verify/strict.h"

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
	struct release release;
	bool there;
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
	bool there;

	*c = (struct channel){ 0 };
	buf_init(&c->entry, RELEASE_MAX_SIZE);
	buf_init(&c->artifact, RELEASE_MAX_ARTIFACT);
	return channel_file(m, "release", which, path, e) &&
	       durable_read(path, &c->entry, &c->there, e) &&
	       (!c->there || release_parse(buf_span(&c->entry), &c->release, e)) &&
	       channel_file(m, "artifact", which, path, e) &&
	       durable_read(path, &c->artifact, &there, e);
}

static void channel_release(struct channel *c)
{
	buf_release(&c->entry);
	buf_release(&c->artifact);
}

/* ---- what changed */

struct change_printer {
	struct cursor removals;
};

static void print_change(void *ctx, enum items_change what, const struct items_item *item)
{
	struct change_printer *p = ctx;
	struct release_removal r;

	printf("         %c %.*s", "+~-"[what], (int)item -> id.n, (const char *)item->id.p);
	if (what == ITEMS_REMOVED) {
		struct cursor ahead = p->removals;
		if (release_next_removal(&ahead, &r) && span_equal(r.id, item->id)) {
			printf("  (%.*s)", (int)r.reason.n, (const char *)r.reason.p);
			p->removals = ahead;
		} else {
			printf("  (no reason)");
		}
	}
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

/* What changed, what that looks for, and whether the release tells all of it. */
static void check_main(struct monitor *m, uint64_t index, const struct release *r, struct span old,
		       struct span new)
{
	struct change_printer p = { cursor_of(r->removals) };
	struct release_count n;
	struct pair files;
	struct error e;

	if (!items_diff(old, new, &n, print_change, &p, &e)) {
		monitor_alarm(m, "entry %llu: %s", (unsigned long long)index, e.text);
		return;
	}
	bool ok = put_pair(m, r->channel, old.n == 0, new, &files, &e);
	if (ok && r->channel == RELEASE_RULES)
		show_marks(files.old, files.new);
	if (!ok || !durable_rename(files.new, files.old, &e)) {
		log_fail("%s", e.text);
		m->gaps++;
	}
	if (!items_check_release(r, old, new, &e))
		monitor_alarm(m, "entry %llu: %s", (unsigned long long)index, e.text);
}

/* ---- its parts */

/* Fetches an artefact; an alarm where it is withheld or another. */
static bool fetch_artifact(struct monitor *m, uint64_t index, const struct release_artifact *a,
			   struct span old, struct buf *out)
{
	struct chunks_source source = { m->remote.client.get, m->remote.client.ctx, NULL, NULL };
	uint64_t fetched;
	struct error e;

	buf_init(out, RELEASE_MAX_ARTIFACT);
	if (chunks_fetch(&source, a->sha256, a->size, old, out, &fetched, &e))
		return true;
	monitor_alarm(m, "entry %llu: artefact %.*s: %s", (unsigned long long)index, (int)a->name.n,
		      (const char *)a->name.p, e.text);
	return false;
}

static void check_artifacts(struct monitor *m, uint64_t index, const struct release *r,
			    struct channel *c)
{
	struct span main_name = span_of(release_main_name(r->channel));

	for (size_t i = 0; i < r->n_artifacts; i++) {
		bool is_main = span_equal(r->artifact[i].name, main_name);
		struct span old = buf_span(&c->artifact);
		struct buf b;
		if (fetch_artifact(m, index, &r->artifact[i], old, &b) && is_main)
			check_main(m, index, r, old, buf_span(&b));
		buf_release(&b);
	}
}

static void check_chain(struct monitor *m, uint64_t index, const struct release *r,
			const struct channel *c)
{
	struct merkle_hash last = { { 0 } };
	uint64_t seq = c->there ? c->release.seq : 0;

	if (c->there)
		last = merkle_leaf(buf_span(&c->entry));
	if (r->seq != seq + 1 || !merkle_equal(&r->prev, &last))
		monitor_alarm(m,
			      "entry %llu: release %llu does not follow release %llu of its "
			      "channel",
			      (unsigned long long)index, (unsigned long long)r->seq,
			      (unsigned long long)seq);
}

static void check_release(struct monitor *m, uint64_t index, struct span entry,
			  const struct release *r)
{
	char path[DURABLE_PATH_SIZE];
	struct channel c;
	struct error e;

	printf("entry  %llu: release %llu of channel %s: %llu items, %llu new, %llu changed, %llu "
	       "removed\n",
	       (unsigned long long)index, (unsigned long long)r->seq,
	       release_channel_name(r->channel), (unsigned long long)r->count.total,
	       (unsigned long long)r->count.added, (unsigned long long)r->count.changed,
	       (unsigned long long)r->count.removed);
	if (m->has_keys &&
	    !release_check_keys(r, m->keys.key, m->keys.n_keys, m->keys.threshold, &e)) {
		monitor_alarm(m, "entry %llu: forged: %s", (unsigned long long)index, e.text);
		return; /* nothing follows it */
	}
	if (!channel_open(m, r->channel, &c, &e)) {
		log_fail("%s", e.text);
		m->gaps++;
	} else {
		check_chain(m, index, r, &c);
		check_artifacts(m, index, r, &c);
		if (!channel_file(m, "release", r->channel, path, &e) ||
		    !durable_write(path, entry, 0644, &e)) {
			log_fail("%s", e.text);
			m->gaps++;
		}
	}
	channel_release(&c);
}

void monitor_entry(struct monitor *m, uint64_t index, struct span entry)
{
	struct release r;
	struct error e;

	if (release_parse(entry, &r, &e))
		check_release(m, index, entry, &r);
	else
		monitor_alarm(m, "entry %llu is no release: %s", (unsigned long long)index, e.text);
}
