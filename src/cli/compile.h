/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_COMPILE_H
#define PEL_CLI_COMPILE_H

/*
 * The rule compiler as a job for a worker: texts of rules in, a database out.
 *
 * Who asks opens the files and parses none of them; the worker parses and can open none.  So the
 * request holds all texts, and a file that one of them includes is asked for: the worker answers
 * with what it wants, and is asked again with that beside the rest, as many times as includes are
 * nested.  It can want nothing that is not named in a text that it was given.
 *
 * The database goes into the memory that who asks has given (sandbox/ask.h), all else into the
 * answer, which compile_reply_read() believes in nothing but that it can be.
 */

#include "rules/ir.h"
#include "sandbox/ask.h"
#include "sandbox/worker.h"

enum {
	COMPILE_ANSWER_MAX = 256 << 20, /* bytes */
	COMPILE_MAX_FILES = 1 << 20,    /* sources, and definitions */
	COMPILE_MAX_INCLUDES = 8192,    /* in one request */
	COMPILE_MAX_NAME = 8192,        /* bytes of a path */
	COMPILE_MAX_TOLD = 192 << 20,   /* bytes of diagnostics */
	COMPILE_MAX_HITS = 1 << 20,     /* rules that ordinary files were found by */
};
#define COMPILE_MAX_DATABASE (UINT64_C(8) << 30)

enum compile_mode {
	COMPILE_BUILD, /* a database */
	COMPILE_AUDIT, /* what each rule looks for, as text */
	COMPILE_DIFF,  /* what changed from the older files to the others, as text */
};

enum compile_kind {
	COMPILE_SOURCE,
	COMPILE_SIGN,        /* NAME-VERSION.cvd.sign beside a container, of whatever version */
	COMPILE_CERTIFICATE, /* those that vouch for who made these */
};

/* A source that was named, or found in a directory that was, or what proves such. */
struct compile_file {
	struct span name, text, space;
	enum compile_kind kind;
	bool older; /* of the set that DIFF compares with */
	bool found; /* in a directory: its rules are taken once, whoever else includes it */
	uint64_t device, inode; /* by which who asks knows it; the worker is not told */
};

/* A file that a text includes. */
struct compile_include {
	struct span from, path; /* the name of the including file; as it is written there */
	struct span name;       /* that it has then */
	struct span text;       /* or, where it was not to be had, why */
	bool there;
};

/* A rule that ordinary files were found by. */
struct compile_hit {
	struct span source, name; /* the rule's */
	uint32_t line;
	uint64_t files;
	struct span first; /* the first of them: their paths, between commas */
};

/* What an audit is told besides the rules. */
struct compile_ordinary {
	uint64_t broad_over; /* of a million files; more of them are too many for a rule */
	bool counted;        /* the rules were run over ordinary files ... */
	uint64_t files;      /* ... so many, */
	const struct compile_hit *hit; /* which these rules found some of */
	size_t n_hits;
};

struct compile_request {
	enum compile_mode mode;
	bool json;
	int64_t now;             /* seconds since 1970, at which certificates must be valid */
	uint32_t max_strings;    /* of a rule */
	struct span definitions; /* "name=value" of external variables, each ended by a NUL */
	const struct compile_file *file;
	size_t n_files;
	const struct compile_include *include;
	size_t n_includes;
	struct compile_ordinary ordinary; /* AUDIT alone */
};

/* A diagnostic. */
struct compile_told {
	enum ir_severity severity;
	bool left_out; /* it costs something: ruleset_left_out() */
	uint32_t line;
	struct span source, rule, message;
	struct span shown; /* as ruleset_print() has it */
};

struct compile_reply {
	const struct compile_include *wanted; /* from and path; the arena's */
	size_t n_wanted;                      /* not 0: there is nothing else */
	bool built;
	struct error error; /* where it is not */
	uint64_t database;  /* bytes of it */
	uint64_t n_errors, n_warnings;
	uint32_t imports;                /* bit i: a source imports module number i */
	bool worry;                      /* AUDIT, DIFF: there is something to look into */
	struct span text;                /* AUDIT, DIFF */
	const struct compile_told *told; /* the arena's */
	size_t n_told;
};

/* ---- compile_wire.c: both as bytes */

/* Writes the request to a file of memory. */
NODISCARD bool compile_request_write(const struct compile_request *r, int fd, struct error *e);

/* Reads one back; arrays lie in the arena, spans point into `bytes`. */
NODISCARD bool compile_request_read(struct span bytes, struct arena *a, struct compile_request *out,
				    struct error *e);

/* Reads an answer without its first byte (jobs.h); arrays lie in the arena.  INTERNAL where it
 * cannot be. */
NODISCARD bool compile_reply_read(struct span bytes, struct arena *a, struct compile_reply *out,
				  struct error *e);

/* One "name=value" as a variable whose text lies in the arena: true, false, an integer, a float, or
 * else text. */
NODISCARD bool compile_definition(const char *text, struct arena *a, struct ir_extern *out,
				  struct error *e);

/* ---- compile.c: the work */

/* Compiles the request and answers in any case.  The database goes to `output`, which has
 * `output_size` bytes. */
void compile_run(struct span request, uint8_t *output, size_t output_size, struct buf *answer);

/* The job "rules". */
extern const struct worker_job job_rules;

/* ---- to have it done: by a worker (compile_ask.c), or in this process (compile_here.c), which
 * the first stage of the build alone does, with rules of our own */

struct compiler;

/* Heap.  The database goes to `output`. */
NODISCARD bool compile_open(const struct ask_output *output, unsigned time_limit_s,
			    struct compiler **out, struct error *e);
/* Appends the answer to a request of `size` bytes in a sealed file. */
NODISCARD bool compile_ask(struct compiler *c, int fd, uint64_t size, struct buf *answer,
			   struct error *e);
/* Only where this is true does the last answer count. */
NODISCARD bool compile_finish(struct compiler *c, struct error *e);
void compile_free(struct compiler *c);

#endif
