/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_ENGINE_SCAN_H
#define PEL_ENGINE_SCAN_H

/*
 * The way of one object: type, one matching pass, the conditions that it
 * triggers, evidence.  A scanner holds one thread's working memory for one
 * database; it has no globals and touches no file.
 */

#include "engine/verdict.h"
#include "format/clam_target.h"
#include "unpack/unpack.h"

enum {
	SCAN_DEFAULT_STEPS = 100000000, /* for one rule on one object ... */
	SCAN_STEPS_A_BYTE = 1,          /* ... and so many more for each of its bytes */
};

struct scan_module_data {
	size_t module; /* number in modules_all */
	struct span data;
};

struct scan_options {
	uint64_t max_steps; /* work for one rule on one object; 0: the defaults above */
	bool hash;          /* SHA-256 of every object; else on a match or a gap */
	bool strings;       /* all occurrences of a matching rule's strings, and values: evidence */
	bool fast;          /* one occurrence of a string whose presence alone is asked for */
	bool process;       /* memory of a process: no type class, filesize undefined */
	uint32_t module_data;            /* bit set: the log begins with what these modules read */
	int64_t now;                     /* for time.now() */
	const struct ir_extern *externs; /* values in place of the database's, by name */
	size_t n_externs;
	const struct scan_module_data *data;
	size_t n_data;
	const void *magic; /* host of the magic module */
	/* engine/image_hash.h, which a library without decompressors does not have; NULL: a rule
	 * that asks for it is a gap. */
	bool (*image_hash)(struct span file, uint8_t out[8], struct error *e);
	/* Called before bytes of an object reach a container, a decoder, a document parser or an
	 * interpreter; NULL: nobody wants to know.  More than once for an object does no harm. */
	void (*risk)(void *ctx);
	void *risk_ctx;
	/* Called between parts of the one pass over a file: what lies before `end` may go; where it
	 * is asked for again it must be there.  NULL: the file is in memory for good. */
	void (*passed)(void *ctx, const uint8_t *end);
	void *passed_ctx;
	/* for engine/nest.h: */
	bool whole; /* the file alone, not what lies in it */
	bool list;  /* of what lies in it, list also what is clean */
	struct unpack_options unpack;
};

/* What a container says of an object in it; all of it hostile. */
struct scan_member {
	struct span name;          /* as it stands there; may be empty */
	const struct span *format; /* as what each that it lies in is taken apart, `depth` of them,
				      the file first: "zip" */
	uint64_t container_size;   /* bytes */
	uint64_t number;           /* of the object in it, from 1 */
	uint64_t size, packed;     /* bytes; UNPACK_UNKNOWN */
	bool encrypted, has_crc;
	uint32_t crc;
	unsigned depth; /* 1: in the file itself */
	bool absent; /* nothing of it could be had: rules that ask for what is said of it alone */
	/* ClamAV's signatures of texts and HTML are asked of normalised views alone
	 * (engine/texts.h): this one is a view, and other rules are not asked; else CLAM_ANY, or
	 * CLAM_MAIL for a text in a mail. */
	bool plain, view;
	/* The same bytes once more, as what a rule with IR_RULE_HANDLER says that they are (`as`):
	 * no such rule asks for it again. */
	bool again;
	enum clam_target_type as;
};

/* n bytes of a process at `address`, which are at byte `at` of an image of its memory. */
struct scan_region {
	uint64_t address, n, at;
};

struct scanner;

/* Heap.  The database and what the options point to must outlive it. */
NODISCARD bool scanner_new(const struct db *db, const struct scan_options *o, struct scanner **out,
			   struct error *e);
void scanner_free(struct scanner *s);

/*
 * Examines one object.  *out is always filled: a fault is a gap in it.  What it points to lies in
 * the scanner and lasts until the next call.
 */
void scanner_object(struct scanner *s, struct span file, struct verdict *out);

/* The same for an object in a container. */
void scanner_member(struct scanner *s, const struct scan_member *m, struct span bytes,
		    struct verdict *out);

/* Is an object of these bytes on an allow-list of the database? */
bool scanner_allows(const struct scanner *s, struct span bytes);

/*
 * The same for an image of a process's memory, with scan_options.process.  The regions stand in
 * order both of address and of place, within the image.  Places in conditions and in the verdict
 * are addresses; nothing is found outside a region or across two; functions that go over a file
 * (hash, math) have no value.
 */
void scanner_process(struct scanner *s, struct span image, const struct scan_region *region,
		     size_t n, struct verdict *out);

#endif
