/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_TRUST_LOG_STORE_H
#define PEL_TRUST_LOG_STORE_H

/*
 * A log on a disk.
 *
 *   DIR/public/checkpoint        what any web server may serve: the head with its cosignatures,
 *   DIR/public/tile/...          tiles and bundles of entries, which never change
 *   DIR/private/key              the log's secret key
 *   DIR/private/queue/NUMBER     entries that are accepted and not published yet
 *   DIR/private/signed           the last head that was signed
 *
 * Publishing writes tiles first, then `signed`, and only then shows that head to anybody: witnesses
 * first, then the world.  A process that dies in between finds `signed` and goes on with it; it
 * never signs another head of that size.  So whatever moment a log is killed at, all the heads
 * that it has ever shown are heads of one growing tree (tests/trust/test_log_crash.c).
 */

#include "base/buf.h"
#include "trust/signer.h"
#include "trust/verify/checkpoint.h"
#include "trust/verify/tile.h"

enum { LOG_STORE_MAX_BATCH = 65536 }; /* entries published at once */

struct log_store;

/* Makes the directory with an empty, signed tree.  DENIED where there is one already. */
NODISCARD bool log_store_create(const char *dir, const struct signer *key, struct error *e);

/* Opens and locks a log and holds its files against each other.  DAMAGED where they do not fit. */
NODISCARD bool log_store_open(const char *dir, struct log_store **out, struct error *e);
void log_store_close(struct log_store *s); /* NULL is nothing */

/* The published head; its origin lies in the store. */
const struct checkpoint *log_store_head(const struct log_store *s);
/* The note that publishes it, with its cosignatures. */
struct span log_store_note(const struct log_store *s);
const struct note_key *log_store_key(const struct log_store *s);

/* Accepts an entry of at most TILE_MAX_ENTRY bytes; *index is its number in the log for ever.  It
 * is on the disk when this returns, and in the log with the next publication. */
NODISCARD bool log_store_add(struct log_store *s, struct span entry, uint64_t *index,
			     struct error *e);

/* Entries that wait. */
uint64_t log_store_waiting(const struct log_store *s);

/*
 * Gathers cosignatures of a head: appends the lines for it.  `note` is the checkpoint with the
 * log's signature alone; log_store_growth() gives the proofs that witnesses ask for.  False holds
 * the publication up: the next attempt goes on with the same head.
 */
typedef bool log_store_cosign(void *ctx, struct log_store *s, struct span note, struct buf *lines,
			      struct error *e);

/* Publishes what waits, or the same head again with new cosignatures.  `cosign` may be NULL. */
NODISCARD bool log_store_publish(struct log_store *s, log_store_cosign *cosign, void *ctx,
				 struct error *e);

/* Appends a tlog-proof of a published entry; the consistency proof from m to n leaves, n being the
 * published size or, within `cosign`, the size to be published, as add-checkpoint's first lines;
 * the entry itself. */
NODISCARD bool log_store_prove(struct log_store *s, uint64_t index, struct buf *out,
			       struct error *e);
NODISCARD bool log_store_growth(struct log_store *s, uint64_t m, uint64_t n, struct buf *out,
				struct error *e);
NODISCARD bool log_store_entry(struct log_store *s, uint64_t index, struct buf *out,
			       struct error *e);

#endif
