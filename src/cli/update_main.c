/* SPDX-License-Identifier: Apache-2.0 */
#include "base/standard.h"
#include "cli/proofs_ask.h"
#include "cli/update.h"
#include "trust/client_state.h"
#include "trust/generations.h"
#include "trust/verify/strict.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char help[] =
	"usage: pellucid update --log=URL --policy=FILE --keys=FILE [--channel=NAME] DIR\n"
	"\n"
	"Brings the next release in, verifies it, builds and tries the rules, and switches\n"
	"DIR/current to it.  URL is http, https, file, or a directory.\n"
	"\n"
	"Status: 0 up to date, 2 could not, 4 refused; in all but the first DIR stays as it was.\n";

static const struct option options[] = {
	{ "log", required_argument, NULL, 'l' },  { "policy", required_argument, NULL, 'p' },
	{ "keys", required_argument, NULL, 'k' }, { "channel", required_argument, NULL, 'c' },
	{ "help", no_argument, NULL, 'h' },       { 0 }
};

struct arguments {
	const char *log, *policy, *keys;
	enum release_channel channel;
};

static int fail(const char *what, const char *why)
{
	fprintf(stderr, "pellucid update: %s%s\n", what, why);
	return EXIT_CANNOT;
}

static int refuse(const char *step, const struct error *e)
{
	printf("refused at %s: %s\n", step, e->text);
	return EXIT_FALSE;
}

static bool prepare(struct update *u, const struct arguments *a, int *lock, struct error *e)
{
	char path[DURABLE_PATH_SIZE];
	struct accept_state used;

	if (!log_read_policy(a->policy, &u->policy, e))
		return false;
	u->accept.quorum = u->policy.quorum;
	u->accept.channel = a->channel;
	bool ok = log_read(a->keys, 1 << 16, &u->keys, e) &&
		  accept_parse_keys(buf_span(&u->keys), &u->accept, e);
	return ok && durable_mkdir(u->dir, 0755, e) && durable_path(path, e, "%s/lock", u->dir) &&
	       durable_lock(path, lock, e) && client_state_of(u->dir, &u->state, &used, e) &&
	       fetch_open(&u->fetch, e);
}

/* The checks of trust/verify/accept.h on what was found, by a worker; false where it gave no
 * answer. */
static bool check(struct update *u, enum accept_step *step, struct error *e)
{
	const struct proofs_texts texts = update_texts(u);
	struct span between[UPDATE_MAX_MISSED];
	size_t last = u->n_found - 1;

	for (size_t i = 0; i < last; i++)
		between[i] = buf_span(&u->found[i].entry);
	struct accept_offer offer = { .bundle = buf_span(&u->bundle),
				      .entry = buf_span(&u->found[last].entry),
				      .growth = buf_span(&u->growth),
				      .between = between,
				      .n_between = u->state.seq != 0 ? last : 0,
				      .now = u->now };
	return proofs_accept(&proofs_ask, &u->accept, &texts, &u->state, &offer, false, step,
			     &u->result, e);
}

static void forget_parts(const struct update *u)
{
	char part[DURABLE_PATH_SIZE];
	struct error ignored;

	if (durable_path(part, &ignored, "%s/part", u->dir))
		generations_remove(part);
}

/* What did not come whole, or was not looked at, is gone on with the next time; what is refused is
 * not kept. */
static int artifacts_failed(struct update *u, const struct error *e)
{
	if (e->why == REASON_IO || proofs_unanswered(e))
		return fail("", e->text);
	forget_parts(u);
	return refuse(accept_step_word(ACCEPT_ARTIFACTS), e);
}

static void say_standing(const struct update *u)
{
	uint64_t left = generations_left(u->dir);

	if (u->result.new)
		printf("release %llu of channel %s is in use; %llu bytes fetched for it\n",
		       (unsigned long long)u->result.release.seq,
		       release_channel_name(u->accept.channel), (unsigned long long)u->fetched);
	else
		printf("release %llu is the newest\n", (unsigned long long)u->state.seq);
	if (left != 0)
		printf("release %llu is in use: workers died of release %llu\n",
		       (unsigned long long)generations_used(u->dir), (unsigned long long)left);
}

/* A history that does not go on with the one that was seen is for others to see, too: keeps the
 * head as the log signed it, and what it contradicts. */
static void keep_evidence(const struct update *u)
{
	char path[DURABLE_PATH_SIZE], root[STRICT_BASE64_SIZE(32) + 1];
	struct error e;
	struct buf b;

	buf_init(&b, 2 * (size_t)NOTE_MAX_SIZE);
	strict_base64_write((struct span){ u->state.root.b, 32 }, root);
	buf_printf(&b, "seen before: %llu entries, root %s; shown now, as it is signed:\n\n",
		   (unsigned long long)u->state.size, root);
	buf_put_span(&b, buf_span(&u->note));
	if (buf_ok(&b) && durable_path(path, &e, "%s/evidence", u->dir) &&
	    durable_write(path, buf_span(&b), 0644, &e))
		printf("Somebody shows different logs to different people, or an old one.  What is "
		       "here stays.\nThe head, as the log signed it, is in %s.\n",
		       path);
	buf_release(&b);
}

static int contradicts(const struct update *u, const struct error *e)
{
	int status = refuse(accept_step_word(ACCEPT_HISTORY), e);

	keep_evidence(u);
	return status;
}

static int update(struct update *u, struct error *e)
{
	char path[DURABLE_PATH_SIZE];

	if (!update_look(u, e)) {
		if (u->rolled_back)
			return contradicts(u, e);
		return e->why == REASON_DENIED || e->why == REASON_DAMAGED
			       ? refuse(accept_step_word(ACCEPT_HEAD), e)
			       : fail("", e->text);
	}
	enum accept_step step;
	if (!check(u, &step, e))
		return fail("", e->text);
	if (step != ACCEPT_OK)
		return step == ACCEPT_HISTORY ? contradicts(u, e)
					      : refuse(accept_step_word(step), e);
	if (u->result.new && !update_artifacts(u, e))
		return artifacts_failed(u, e);
	if (u->result.new && !update_install(u, e))
		return refuse("trial", e);
	if (!durable_path(path, e, "%s/state", u->dir) ||
	    !client_state_write(path, &u->result.state, e))
		return fail("", e->text);
	forget_parts(u);
	say_standing(u);
	return EXIT_CLEAN;
}

static int run(const struct arguments *a, const char *dir)
{
	struct update *u = calloc(1, sizeof *u);
	struct error e = { 0 };
	int status, lock = -1;

	if (u == NULL)
		return fail("no memory", "");
	u->dir = dir;
	u->now = (uint64_t)time(NULL);
	if (!prepare(u, a, &lock, &e)) {
		status = fail("", e.text);
	} else {
		log_remote_open(&u->remote, u->fetch, a->log);
		status = update(u, &e);
	}
	for (size_t i = 0; i < u->n_found; i++)
		buf_release(&u->found[i].entry);
	buf_release(&u->policy.text);
	buf_release(&u->keys);
	buf_release(&u->note);
	buf_release(&u->bundle);
	buf_release(&u->growth);
	buf_release(&u->artifact);
	fetch_close(u->fetch);
	if (lock >= 0)
		close(lock);
	free(u);
	return status;
}

int main(int argc, char **argv)
{
	struct arguments a = { .channel = RELEASE_RULES };
	int option;

	standard_begin();
	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (option == 'l')
			a.log = optarg;
		else if (option == 'p')
			a.policy = optarg;
		else if (option == 'k')
			a.keys = optarg;
		else if (option == 'c' && release_channel_of(span_of(optarg), &a.channel))
			continue;
		else
			return fputs(help, option == 'h' ? stdout : stderr) < 0 || option != 'h'
				       ? EXIT_CANNOT
				       : EXIT_CLEAN;
	}
	if (argc - optind != 1 || a.log == NULL || a.policy == NULL || a.keys == NULL)
		return fail("see `pellucid update --help`", "");
	int status = run(&a, argv[optind]);
	return standard_end("pellucid update", status, EXIT_CANNOT);
}
