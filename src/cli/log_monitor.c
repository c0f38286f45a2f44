/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/log_monitor.h"
#include "base/hash.h"
#include "cli/proofs_ask.h"
#include "trust/durable.h"
#include "trust/verify/strict.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * monitor: one look at a log, from where the last look ended.  Its state is the last head, and for
 * each channel the last release and its main artefact.
 */

void monitor_alarm(struct monitor *m, const char *format, ...)
{
	va_list ap;

	fputs("ALARM  ", stdout);
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	putchar('\n');
	m->alarms++;
}

struct proofs_texts monitor_texts(const struct monitor *m)
{
	return (struct proofs_texts){ buf_span(&m->policy.text), buf_span(&m->keys_text) };
}

bool monitor_path(const struct monitor *m, char to[DURABLE_PATH_SIZE], const char *name,
		  struct error *e)
{
	return durable_path(to, e, "%s/%s", m->state, name);
}

/* ---- heads */

/* What was seen last time; size 0 where nothing was. */
static bool read_last(struct monitor *m, struct error *e)
{
	char path[DURABLE_PATH_SIZE];
	bool there;

	buf_init(&m->last_note, NOTE_MAX_SIZE);
	if (!monitor_path(m, path, "head", e) || !durable_read(path, &m->last_note, &there, e))
		return false;
	if (!there)
		return true;
	return proofs_head(&proofs_ask, &m->keys, buf_span(&m->policy.text),
			   buf_span(&m->last_note), true, &m->last, e) ||
	       error_wrap(e, "%s: ", path);
}

/* Keeps what proves that the log lies: both heads, as they are signed. */
static void keep_evidence(struct monitor *m, struct span one, struct span other, const char *what)
{
	char path[DURABLE_PATH_SIZE];
	struct buf b;
	struct error e;

	buf_init(&b, 3 * (size_t)NOTE_MAX_SIZE);
	buf_printf(&b, "%s\n\n", what);
	buf_put_span(&b, one);
	buf_put_text(&b, "\n");
	buf_put_span(&b, other);
	if (buf_ok(&b) && monitor_path(m, path, "evidence", &e) &&
	    durable_write(path, buf_span(&b), 0644, &e))
		printf("       both signed heads are in %s\n", path);
	buf_release(&b);
}

/* The log's head of today, believed by the policy; false ends this look. */
static bool read_head(struct monitor *m, struct error *e)
{
	bool there;

	buf_init(&m->note, NOTE_MAX_SIZE);
	if (!m->remote.client.get(m->remote.client.ctx, "checkpoint", &m->note, &there, e))
		return false;
	if (!there)
		return error_set(e, REASON_IO, PLACE_NONE, "the log serves no checkpoint");
	if (proofs_head(&proofs_ask, &m->keys, buf_span(&m->policy.text), buf_span(&m->note), false,
			&m->head, e)) {
		m->remote.client.size = m->head.head.size;
		return true;
	}
	if (!proofs_unanswered(e)) {
		monitor_alarm(m, "the head is not to be believed: %s", e->text);
		*e = (struct error){ 0 };
	}
	return false;
}

/* That the log only grew since the last look. */
static bool check_history(struct monitor *m, struct error *e)
{
	struct tile_source tiles = log_client_tiles(&m->remote.client);
	struct merkle_proof proof;
	struct error why;

	if (m->last.head.size == 0)
		return true;
	if (m->head.head.size < m->last.head.size) {
		monitor_alarm(m, "rollback: the log showed %llu entries before, and %llu now",
			      (unsigned long long)m->last.head.size,
			      (unsigned long long)m->head.head.size);
		return false;
	}
	if (!tile_consistency(&tiles, m->last.head.size, m->head.head.size, &proof, e))
		return false;
	if (!merkle_check_consistency(m->last.head.size, m->head.head.size, &m->last.head.root,
				      &m->head.head.root, &proof, &why)) {
		monitor_alarm(m,
			      "fork: the log of %llu entries does not begin with the %llu that "
			      "it showed before",
			      (unsigned long long)m->head.head.size,
			      (unsigned long long)m->last.head.size);
		keep_evidence(m, buf_span(&m->last_note), buf_span(&m->note),
			      "two heads that do not fit");
		return false;
	}
	return true;
}

/* ---- what the witnesses saw */

/* A witness that is behind saw what the log began with, or another log. */
static void compare_older(struct monitor *m, const struct quorum_witness *w,
			  const struct checkpoint *theirs, struct span note_text)
{
	struct tile_source tiles = log_client_tiles(&m->remote.client);
	struct merkle_proof proof;
	struct error e;

	if (!tile_consistency(&tiles, theirs->size, m->head.head.size, &proof, &e)) {
		printf("note   what witness %s saw cannot be compared: %s\n", w->key.name, e.text);
		m->gaps++;
	} else if (!merkle_check_consistency(theirs->size, m->head.head.size, &theirs->root,
					     &m->head.head.root, &proof, &e)) {
		monitor_alarm(m,
			      "fork: the log of %llu entries does not begin with the %llu that "
			      "witness %s cosigned",
			      (unsigned long long)m->head.head.size,
			      (unsigned long long)theirs->size, w->key.name);
		keep_evidence(m, buf_span(&m->note), note_text,
			      "the log's head, and the one that a witness saw");
	}
}

static void compare_witness(struct monitor *m, const struct quorum_witness *w,
			    struct span note_text)
{
	struct proofs_head theirs;
	struct error e;

	if (!proofs_head(&proofs_ask, &m->keys, buf_span(&m->policy.text), note_text, true, &theirs,
			 &e) ||
	    theirs.log != m->head.log) {
		printf("note   witness %s shows no head of this log\n", w->key.name);
		return;
	}
	if (theirs.head.size > m->head.head.size)
		monitor_alarm(m,
			      "witness %s is ahead of the log: it cosigned %llu entries, the "
			      "log shows %llu",
			      w->key.name, (unsigned long long)theirs.head.size,
			      (unsigned long long)m->head.head.size);
	if (theirs.head.size != 0 && theirs.head.size < m->head.head.size)
		compare_older(m, w, &theirs.head, note_text);
	if (accept_contradict(&theirs.head, &m->head.head)) {
		monitor_alarm(m, "fork: witness %s cosigned another tree of %llu entries",
			      w->key.name, (unsigned long long)theirs.head.size);
		keep_evidence(m, buf_span(&m->note), note_text,
			      "the log's head, and the one that a witness saw");
	}
}

/* Row 44: a monitor that is shown an old head, or another, sees it by what the witnesses have. */
static void ask_witnesses(struct monitor *m)
{
	char hex[HASH_MAX_HEX + 1], url[DURABLE_PATH_SIZE];
	struct error e;

	if (!hash_hex(HASH_SHA256, m->head.head.origin, hex))
		return;
	for (size_t i = 0; i < m->policy.quorum.n_witnesses; i++) {
		const struct quorum_witness *w = &m->policy.quorum.witness[i];
		struct buf b;
		long status = 0;
		if (w->url.n == 0)
			continue;
		buf_init(&b, NOTE_MAX_SIZE);
		if (!durable_path(url, &e, "%.*s/%s/checkpoint", (int)w->url.n,
				  (const char *)w->url.p, hex) ||
		    !fetch_get(m->fetch, url, &b, &status, &e) || status != 200) {
			printf("note   witness %s cannot be asked\n", w->key.name);
			m->gaps++;
		} else {
			compare_witness(m, w, buf_span(&b));
		}
		buf_release(&b);
	}
}

/* ---- entries */

/* The entries of a bundle, of which the first is number `at`. */
struct bundle_reader {
	struct monitor *m;
	struct merkle_tree *tree;
	uint64_t at;
};

static bool on_entry(void *ctx, uint64_t i, const struct proofs_listed *l, struct error *e)
{
	const struct bundle_reader *r = ctx;
	struct merkle_hash leaf = merkle_leaf(l->entry);

	(void)e;
	if (r->at + i < r->m->last.head.size)
		return true;
	merkle_add(r->tree, &leaf);
	monitor_entry(r->m, r->at + i, l);
	return true;
}

static bool read_bundle(struct monitor *m, uint64_t number, struct merkle_tree *tree,
			struct error *e)
{
	const struct proofs_texts texts = monitor_texts(m);
	struct bundle_reader r = { m, tree, number * TILE_WIDTH };
	struct buf b;

	buf_init(&b, TILE_MAX_ENTRIES);
	bool ok = log_client_entries(&m->remote.client, number, &b, e) &&
		  proofs_entries(&proofs_ask, &texts, buf_span(&b),
				 tile_width(0, number, m->head.head.size), on_entry, &r, e);
	buf_release(&b);
	return ok;
}

/* Every new entry, and that they are what the head was signed over. */
static bool read_entries(struct monitor *m, struct error *e)
{
	struct tile_source tiles = log_client_tiles(&m->remote.client);
	struct merkle_tree tree = { 0 };

	if (!tile_tree(&tiles, m->last.head.size, &tree, e))
		return false;
	for (uint64_t i = m->last.head.size / TILE_WIDTH;
	     m->last.head.size < m->head.head.size && i * TILE_WIDTH < m->head.head.size; i++)
		if (!read_bundle(m, i, &tree, e))
			return false;
	struct merkle_hash root = merkle_root(&tree);
	if (tree.n != m->head.head.size || !merkle_equal(&root, &m->head.head.root)) {
		monitor_alarm(m, "the entries that are served are not those that the head was "
				 "signed over");
		return false;
	}
	return true;
}

/* ---- one look */

static bool look(struct monitor *m, struct error *e)
{
	char path[DURABLE_PATH_SIZE];

	*e = (struct error){ 0 };
	if (!read_last(m, e) || !read_head(m, e))
		return false;
	printf("head   %llu entries, cosigned by %zu of %zu witnesses\n",
	       (unsigned long long)m->head.head.size, m->head.seen.n, m->policy.quorum.n_witnesses);
	ask_witnesses(m);
	if (!check_history(m, e) || !read_entries(m, e))
		return false;
	return monitor_path(m, path, "head", e) && durable_write(path, buf_span(&m->note), 0644, e);
}

static bool prepare(struct monitor *m, const char *policy, const char *keys, struct error *e)
{
	bool ok = log_read_policy(policy, &m->policy, e) && durable_mkdir(m->state, 0755, e) &&
		  fetch_open(&m->fetch, e);

	m->keys.quorum = m->policy.quorum;
	if (!ok || keys == NULL)
		return ok;
	ok = log_read(keys, 1 << 16, &m->keys_text, e) &&
	     (accept_parse_keys(buf_span(&m->keys_text), &m->keys, e) ||
	      error_wrap(e, "%s: ", keys));
	m->has_keys = ok;
	return ok;
}

static int finish(struct monitor *m, bool looked, const struct error *e)
{
	bool trouble = !looked && e->why != REASON_NONE;

	if (trouble)
		log_fail("%s", e->text);
	if (m->alarms != 0)
		printf("%u alarms\n", m->alarms);
	else if (!trouble)
		puts("no alarm");
	return m->alarms != 0 ? EXIT_FALSE
	       : trouble      ? EXIT_CANNOT
	       : m->gaps != 0 ? EXIT_INCOMPLETE
			      : EXIT_CLEAN;
}

int log_monitor(int argc, char **argv)
{
	static const struct option options[] = { { "policy", required_argument, NULL, 'p' },
						 { "keys", required_argument, NULL, 'k' },
						 { "state", required_argument, NULL, 's' },
						 { 0 } };
	const char *policy = NULL, *keys = NULL;
	struct monitor *m = calloc(1, sizeof *m);
	struct error e;
	int option;

	if (m == NULL)
		return log_fail("no memory");
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'p')
			policy = optarg;
		else if (option == 'k')
			keys = optarg;
		else if (option == 's')
			m->state = optarg;
	}
	int status = EXIT_CANNOT;
	if (argc - optind != 1 || policy == NULL || m->state == NULL) {
		log_fail("monitor: see `pellucid log --help`");
	} else if (!prepare(m, policy, keys, &e)) {
		log_fail("%s", e.text);
	} else {
		log_remote_open(&m->remote, m->fetch, argv[optind]);
		bool looked = look(m, &e);
		status = finish(m, looked, &e);
	}
	fetch_close(m->fetch);
	buf_release(&m->policy.text);
	buf_release(&m->keys_text);
	buf_release(&m->note);
	buf_release(&m->last_note);
	free(m);
	return status;
}
