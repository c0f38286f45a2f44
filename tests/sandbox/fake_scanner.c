/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wire.h"
#include "engine/scan.h"
#include "sandbox/protocol.h"
#include "sandbox/worker.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * A worker as src/sandbox/worker.c has it, whose scanner does what the first word
 * of an object says: every way in which a worker that was taken over by a file
 * can misbehave.  Anything else is clean.  For tests/sandbox/test_broker.c.
 */

enum { MANY = 9000 };

struct scanner {
	struct verdict_match match;
	struct verdict_string string[MANY];
	struct verdict_gap gap;
	void (*risk)(void *ctx);
	void *risk_ctx;
	uint64_t n_objects; /* that came before */
};

bool scanner_new(const struct db *db, const struct scan_options *o, struct scanner **out,
		 struct error *e)
{
	(void)db;
	if (o->n_externs != 0 && span_is(o->externs[0].name, "open")) /* as a database could */
		(void)!syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY);
	if (o->n_externs != 0 && span_is(o->externs[0].name, "crash"))
		__builtin_trap();
	if (o->n_externs != 0 && span_is(o->externs[0].name, "rude"))
		return error_set(e, REASON_UNSUPPORTED, PLACE_NONE, "\033[2Jall is clean\n");
	if (o->n_externs != 0)
		return error_set(e, REASON_UNSUPPORTED, PLACE_NONE,
				 "this scanner takes no externals");
	*out = calloc(1, sizeof **out);
	if (*out != NULL) {
		(*out)->risk = o->risk;
		(*out)->risk_ctx = o->risk_ctx;
	}
	return *out != NULL || error_set(e, REASON_MEMORY, PLACE_NONE, "no memory");
}

void scanner_free(struct scanner *s) { free(s); }

static bool says(struct span file, const char *word)
{
	return span_equal(span_cut(file, 0, strlen(word)), span_of(word));
}

static void spin(void)
{
	for (volatile unsigned i = 0;; i++)
		;
}

static void say(struct span bytes, const int *fd, size_t n_fds)
{
	struct error e;
	if (!wire_send(PROTOCOL_SOCKET, bytes, fd, n_fds, &e))
		_exit(1);
}

/* A well-formed answer for object `number` with `size` bytes, whose record is `record`. */
static void answer(uint64_t number, uint64_t size, uint32_t left, struct span record)
{
	struct buf b;

	buf_init(&b, WIRE_MAX);
	buf_put_le64(&b, number);
	buf_put_le64(&b, size);
	buf_put_le32(&b, (uint32_t)record.n);
	buf_put_le32(&b, left);
	buf_put_span(&b, record);
	say(buf_span(&b), NULL, 0);
	buf_release(&b);
}

/* What says that object 0 is clean: all bytes, as record.c writes them. */
static struct span clean_record(void)
{
	static const uint8_t bytes[51] = { 'R', 'E', 'C', '2' };
	return (struct span){ bytes, sizeof bytes };
}

static void find(struct scanner *s, uint64_t at, size_t n_strings, struct verdict *out)
{
	s->match = (struct verdict_match){ .string = s->string,
					   .n_strings = n_strings,
					   .n_strings_all = n_strings };
	for (size_t i = 0; i < n_strings; i++)
		s->string[i] =
			(struct verdict_string){ .at = at, .n = 4, .excerpt = span_of("EVIL") };
	out->kind = VERDICT_MALICIOUS;
	out->match = &s->match;
	out->n_matches = 1;
}

/* Ends, one way or another, with the process. */
static void die(struct span file)
{
	if (says(file, "CRASH"))
		__builtin_trap();
	if (says(file, "HANG"))
		spin();
	if (says(file, "EXIT"))
		_exit(0);
	if (says(file, "SILENT")) {
		close(PROTOCOL_SOCKET);
		spin();
	}
	if (says(file, "OPEN"))
		(void)!syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY);
	if (says(file, "CLOCK")) {
#ifdef __x86_64__
		(void)__builtin_ia32_rdtsc();
#endif
		__builtin_trap(); /* as where there is no such wall */
	}
}

static void lie(struct scanner *s, struct span file, struct verdict *out)
{
	static const uint8_t junk[64] = "junk";
	static const int fds[2] = { PROTOCOL_SOCKET, PROTOCOL_SOCKET };

	if (says(file, "GARBAGE"))
		say((struct span){ junk, sizeof junk }, NULL, 0);
	if (says(file,
		 "FRAME")) { /* as if an earlier object, not answered yet, had been the risk */
		answer(0, 0, PROTOCOL_RISK, (struct span){ NULL, 0 });
		__builtin_trap();
	}
	if (says(file, "EMPTY")) { /* what looks like an end, and is none */
		struct msghdr nothing = { 0 };
		answer(0, file.n, 0, clean_record());
		(void)!sendmsg(PROTOCOL_SOCKET, &nothing, MSG_NOSIGNAL);
		spin();
	}
	if (says(file, "SHORT"))
		say((struct span){ junk, 3 }, NULL, 0);
	if (says(file, "FDS"))
		say((struct span){ junk, sizeof junk }, fds, 2);
	if (says(file, "TWICE"))
		answer(0, file.n, 0, clean_record());
	if (says(file, "MORE")) { /* as if it had done the next object too */
		answer(0, file.n + 5, 0, clean_record());
		answer(1, 4, 0, clean_record());
	}
	if (says(file, "OTHER"))
		answer(1, file.n, 0, clean_record());
	if (says(file, "ENDLESS"))
		for (;;)
			answer(0, file.n, 1u << 31, clean_record());
	if (says(file, "LARGER"))
		answer(0, file.n + 1, 0, clean_record());
	if (says(file, "NORULE")) {
		find(s, 0, 1, out);
		s->match.rule = 999;
	}
	if (says(file, "NOSTRING")) {
		find(s, 0, 1, out);
		s->string[0].string = 1;
	}
	if (says(file, "OUTSIDE"))
		find(s, file.n - 3, 1, out);
	if (says(file, "WHITEWASH")) {
		find(s, 0, 1, out);
		out->kind = VERDICT_CLEAN;
	}
}

/* A large file may be read where it is touched: as by a scanner, all of it is. */
static void touch(struct span file)
{
	for (size_t i = 0; i < file.n; i += 4096)
		(void)*(const volatile uint8_t *)(file.p + i);
}

void scanner_object(struct scanner *s, struct span file, struct verdict *out)
{
	touch(file);
	*out = (struct verdict){ .size = file.n, .class = CLASS_OTHER };
	if (says(file, "RISK ")) {
		s->risk(s->risk_ctx);
		file = span_cut(file, 5, file.n);
	}
	die(file);
	lie(s, file, out);
	if (says(file, "EVIL"))
		find(s, 0, 1, out);
	if (says(file, "MANY"))
		find(s, 0, MANY, out);
	if (says(file, "WHEN"))
		find(s, s->n_objects, 1, out);
	s->n_objects++;
	if (says(file, "PART")) {
		s->gap = (struct verdict_gap){ .why = REASON_ENCRYPTED,
					       .rule = COND_NONE,
					       .detail = span_of("encrypted") };
		out->kind = VERDICT_INCOMPLETE;
		out->gap = &s->gap;
		out->n_gaps = 1;
	}
}

void scanner_member(struct scanner *s, const struct scan_member *m, struct span file,
		    struct verdict *out)
{
	(void)m;
	scanner_object(s, file, out);
}

#ifdef PELLUCID_SANITIZED
/* The sanitizers' own: a worker without rights cannot look for leaks, and a mapped file that
 * shrinks is to end it by SIGBUS as it does in release. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "detect_leaks=0:handle_sigbus=0"; }
#endif

void scanner_process(struct scanner *s, struct span image, const struct scan_region *region,
		     size_t n, struct verdict *out)
{
	(void)region;
	(void)n;
	scanner_object(s, image, out);
}

int main(void)
{
	static const struct worker_job *const jobs[] = { &job_scan };
	return worker_run(&(struct worker_host){ .job = jobs, .n_jobs = 1 });
}
