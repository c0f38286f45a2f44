/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_POLICY_FACT_H
#define PEL_POLICY_FACT_H

/*
 * What a review saw: one fact is a kind and a list of named values.
 *
 * Facts are written as a stream of records by readers that stand behind the walls, come back as
 * bytes, are checked once by facts_adopt(), and stay as they came: a store is that stream and the
 * places where its records begin.  A record is
 *
 *     u8 kind  u8 collector  u16 n_values  { u8 key  u16 n  bytes }...
 *
 * Values are texts as the machine has them (any bytes, no NUL needed); whoever prints them escapes
 * them.  A key may occur more than once, and its values keep their order.
 */

#include "base/buf.h"
#include "base/error.h"

enum {
	FACT_MAX_VALUE = 0xffff,  /* bytes of one value */
	FACT_MAX_VALUES = 512,    /* of one fact */
	FACT_MAX_BYTES = 64 << 20 /* of one stream, and of all facts of a review */
};

enum fact_kind {
	FACT_PACKAGE,   /* what a package manager says that it installed */
	FACT_PROGRAM,   /* a program or library that no package owns */
	FACT_PROCESS,   /* running */
	FACT_MODULE,    /* a kernel module, loaded or at hand */
	FACT_UNIT,      /* a service, timer, socket ... that an init system knows */
	FACT_AUTOSTART, /* anything else that is run without being asked for */
	FACT_PRIVILEGE, /* setuid, setgid, file capabilities */
	FACT_EXTENSION, /* of a browser */
	FACT_CONTAINER, /* an image or root of another system */
	FACT_DEVICE,    /* on a bus */
	FACT_FIRMWARE,  /* of the machine or a device */
	FACT_INTERFACE, /* of the network */
	FACT_SOCKET,    /* listening, or connected to a peer */
	FACT_NEIGHBOUR, /* on the wire */
	FACT_ROUTE,
	FACT_RESOLVER,    /* whom this machine asks for names */
	FACT_HOST,        /* a name that its configuration knows: hosts, sources of packages */
	FACT_CERTIFICATE, /* trusted */
	FACT_KEY,         /* trusted to sign packages */
	FACT_PATH,        /* a file or directory that a policy asks for */
	FACT_SYSTEM,      /* the machine and its system as a whole */
	FACT_OBJECT,      /* a file that was examined: its digest, what the engine said of it */
	FACT_GAP,         /* could not be examined; never in a store */
	FACT_OWNED,       /* digests of the paths that packages own; never in a store */
	FACT_KINDS
};

enum fact_key {
	FACT_NAME,
	FACT_TYPE, /* dpkg, rpm, npm ...; pci, usb ...; service, timer ... */
	FACT_VERSION,
	FACT_ARCH,
	FACT_STATE, /* installed, removed; loaded; listening ... */
	FACT_VENDOR,
	FACT_SOURCE, /* source package, origin */
	FACT_SIGNER, /* key id or fingerprint, lower-case hexadecimal */
	FACT_LOCATION,
	FACT_TARGET, /* what it runs, or where a link leads */
	FACT_SHA256, /* lower-case hexadecimal */
	FACT_PID,
	FACT_USER,
	FACT_OWNED_BY, /* "package" where a package owns the file; absent where none does */
	FACT_LIBRARY,  /* mapped, and owned by no package */
	FACT_ID,       /* vendor:product in hexadecimal; an extension's id */
	FACT_SUBSYSTEM,
	FACT_CLASS,
	FACT_DRIVER,
	FACT_REVISION,
	FACT_SERIAL,  /* personal: shown as a pseudonym */
	FACT_ADDRESS, /* of hardware; personal: shown as a pseudonym behind its assignment */
	FACT_LOCAL,   /* address and port */
	FACT_REMOTE,
	FACT_PROTOCOL,
	FACT_SCHEDULE,
	FACT_MODE,
	FACT_CAPABILITIES,
	FACT_PARENT, /* what holds it: a jar, a container, a profile */
	FACT_NOT_AFTER,
	FACT_RULE, /* that matched */
	FACT_NOTE,
	FACT_REASON, /* of a gap: a word of reason_word() */
	FACT_DATA,   /* of FACT_OWNED: 8 bytes for each path */
	FACT_KEYS
};

/* The words that stand in JSON: "package", "name" ...  Static. */
const char *fact_kind_word(enum fact_kind kind);
const char *fact_key_word(enum fact_key key);

/* ---- writing, behind the walls */

struct fact_writer {
	struct buf *to;
	size_t keep;   /* bytes at the end that are not written to: the last gap's */
	size_t at;     /* where the open record begins */
	unsigned n;    /* its values so far */
	bool full;     /* a record did not fit: it and all after it were left out */
	uint64_t left; /* records left out */
};

/*
 * Appends records to `to`, which is the caller's: fact_begin(), values, fact_end().  Beyond the
 * buffer's maximum, less what the last gap needs, `full` is set, and nothing more is written.
 */
void fact_writer_init(struct fact_writer *w, struct buf *to);
/* Opens a record; it counts once fact_end() has closed it. */
void fact_begin(struct fact_writer *w, enum fact_kind kind);
/* Adds a value to the open record.  An empty one is left out, and so is one beyond FACT_MAX_VALUES;
 * a longer one than FACT_MAX_VALUE is cut, and one of fact_printf() at 1023 bytes. */
void fact_put(struct fact_writer *w, enum fact_key key, struct span value);
void fact_put_text(struct fact_writer *w, enum fact_key key, const char *value);
void fact_printf(struct fact_writer *w, enum fact_key key, const char *format, ...) PRINTF(3, 4);
void fact_end(struct fact_writer *w);
/* A whole record that says what was not examined, and why. */
void fact_gap(struct fact_writer *w, const char *where, enum reason why, const char *what);

/* ---- a store */

struct facts {
	struct buf bytes; /* the records */
	struct buf at;    /* uint32_t each: where they begin */
};

struct fact {
	enum fact_kind kind;
	unsigned collector; /* whatever facts_adopt() was told */
	unsigned n;         /* values */
	struct span values; /* encoded; use fact_value() and fact_next() */
};

/* Empty; it grows to FACT_MAX_BYTES. */
void facts_init(struct facts *f);
void facts_release(struct facts *f);
static inline size_t facts_count(const struct facts *f) { return f->at.n / sizeof(uint32_t); }
/* Fact i, below facts_count().  Its values are the store's, and last until something is added. */
struct fact facts_get(const struct facts *f, size_t i);
/* Its kind alone, which is quicker. */
enum fact_kind facts_kind(const struct facts *f, size_t i);

/*
 * Reads a stream from its beginning, which is as hostile as what its writer read.  Records of facts
 * are added to the store as the collector's; those of FACT_GAP and FACT_OWNED go to `other`, if it
 * is given.  Stops with DAMAGED at the first that is none, with LIMIT where the store is full; what
 * came before stays.
 */
NODISCARD bool facts_adopt(struct facts *f, struct span stream, unsigned collector,
			   void (*other)(void *ctx, const struct fact *fact), void *ctx,
			   struct error *e);

/* The first value of that key; empty where there is none. */
struct span fact_value(const struct fact *f, enum fact_key key);
/* Is that, byte by byte, one of the values of that key? */
bool fact_has(const struct fact *f, enum fact_key key, struct span value);

/* The values one after the other: *place is 0 at first.  False at the end. */
bool fact_next(const struct fact *f, size_t *place, enum fact_key *key, struct span *value);

#endif
