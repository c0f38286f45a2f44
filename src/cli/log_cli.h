/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_LOG_CLI_H
#define PEL_CLI_LOG_CLI_H

/* What the commands of pellucid-log share.  Statuses are those of all verbs (cli/cli.h). */

#include "cli/cli.h"
#include "net/fetch.h"
#include "trust/log_client.h"
#include "trust/log_store.h"
#include "trust/verify/accept.h"

struct log_command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *usage; /* after the name */
	const char *summary;
};

int log_key(int argc, char **argv);
int log_init(int argc, char **argv);
int log_add(int argc, char **argv);
int log_publish(int argc, char **argv);
int log_prove(int argc, char **argv);
int log_verify(int argc, char **argv);
int log_serve(int argc, char **argv);
int log_monitor(int argc, char **argv);

/* "pellucid log: message" on standard error; returns EXIT_CANNOT. */
int log_fail(const char *format, ...) PRINTF(1, 2);

/* A whole file into a fresh buffer of at most `max` bytes; released by the caller in any case. */
NODISCARD bool log_read(const char *path, size_t max, struct buf *out, struct error *e);

/* A policy as a file: the text, which the quorum's spans lie in, and the quorum. */
struct log_policy {
	struct buf text;
	struct quorum quorum;
};
NODISCARD bool log_read_policy(const char *path, struct log_policy *out, struct error *e);

/* Somebody's log: a URL, or the public directory of one. */
struct log_remote {
	struct fetch *fetch; /* not owned */
	const char *prefix;  /* without a slash at its end; not owned */
	struct log_client client;
};
void log_remote_open(struct log_remote *r, struct fetch *fetch, const char *prefix);

/* As the client's `get`, with a struct log_remote, where `out` has the beginning already: see
 * chunks_source. */
NODISCARD bool log_remote_rest(void *ctx, const char *name, struct buf *out, bool *there,
			       struct error *e);

#endif
