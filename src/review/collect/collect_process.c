/* SPDX-License-Identifier: Apache-2.0 */
#include "review/collect.h"
#include "review/lines.h"

/*
 * Running processes: what is executed, from a file that is there, was deleted, or never was one
 * (memfd), and what else is mapped to be executed and owned by no package.  proc(5).
 *
 * Command lines are not read: they hold passwords.
 */

enum { MAX_STATUS = 64 << 10, MAX_MAPS = 8 << 20 };

static void take_process(struct gather *g, const char *directory, const char *name, unsigned type)
{
	static const char *const files[] = { "comm", "status", "maps" };
	char path[GATHER_MAX_PATH], base[GATHER_MAX_PATH];
	uint64_t pid;

	(void)type;
	if (!lines_number(span_of(name), &pid) || !gather_path(g, base, directory, name))
		return;
	(void)gather_note(g, "process", span_of(name));
	if (gather_path(g, path, base, "exe"))
		(void)gather_link(g, path);
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		if (gather_path(g, path, base, files[i]))
			(void)gather_file(g, path, i < 2 ? MAX_STATUS : MAX_MAPS);
}

static void gather(struct gather *g)
{
	if (!gather_each(g, "/proc", take_process) || bundle_count(g->bundle) == 0)
		coverage_decide(g->cover, COVERAGE_UNAVAILABLE, "/proc is not mounted");
}

/* ---- reading */

struct process {
	struct span pid, comm, exe, user;
	const char *status; /* its path; NULL: it ended before that was read */
	bool memory;        /* it has some of its own */
	uint64_t threads;
};

static void read_status(struct span text, struct process *p)
{
	struct span line, name, value;

	while (lines_next(&text, &line)) {
		if (!lines_split(line, ':', &name, &value))
			continue;
		if (span_is(name, "Uid"))
			(void)lines_word(&value, &p->user);
		else if (span_is(name, "VmSize"))
			p->memory = true;
		else if (span_is(name, "Threads"))
			(void)lines_number(lines_trim(value), &p->threads);
	}
}

static bool is_deleted(struct span path) { return lines_ends(path, " (deleted)"); }

static struct span without_mark(struct span path)
{
	return is_deleted(path) ? span_cut(path, 0, path.n - strlen(" (deleted)")) : path;
}

/* The path of an executable mapping: `from-to perms offset dev inode path`. */
static struct span mapped_path(struct span line)
{
	struct span word, perms = { 0 };

	for (unsigned i = 0; i < 5 && lines_word(&line, &word); i++)
		if (i == 1)
			perms = word;
	line = lines_trim(line);
	if (perms.n < 3 || perms.p[2] != 'x' || line.n == 0 || line.p[0] != '/')
		return (struct span){ NULL, 0 };
	return line;
}

/* Mappings of one file stand together. */
static void put_mapped(struct span maps, const struct process *p, const struct owned *owned,
		       struct fact_writer *w)
{
	struct span line, last = p->exe;

	while (lines_next(&maps, &line)) {
		struct span path = mapped_path(line);
		if (path.n == 0 || span_equal(path, last) || span_equal(path, p->exe))
			continue;
		last = path;
		if (!owned_has(owned, path))
			fact_put(w, FACT_LIBRARY, path);
	}
}

static const char *state_of(const struct process *p)
{
	if (lines_starts(p->exe, "/memfd:"))
		return "memory";
	return is_deleted(p->exe) ? "deleted" : "running";
}

/* The kernel's own threads, and what ended and was not yet waited for, have no memory.  Nor does
 * the first thread of a process once it has ended, whose others run on. */
static bool is_program(const struct process *p)
{
	if (p->status != NULL)
		return p->memory || p->threads > 1;
	return p->comm.n != 0 || p->exe.n != 0;
}

/* A process may have taken its name away: an empty one is none that ended. */
static void put_process(const struct process *p, struct span maps, const struct owned *owned,
			struct fact_writer *w)
{
	if (!is_program(p))
		return;
	if (p->status != NULL && !p->memory)
		fact_gap(w, p->status, REASON_UNSUPPORTED,
			 "unsupported: its first thread ended, which alone says what it runs");
	fact_begin(w, FACT_PROCESS);
	fact_put(w, FACT_NAME, p->comm);
	fact_put(w, FACT_PID, p->pid);
	fact_put(w, FACT_USER, p->user);
	fact_put_text(w, FACT_STATE, state_of(p));
	fact_put(w, FACT_LOCATION, without_mark(p->exe));
	if (owned_has(owned, p->exe))
		fact_put_text(w, FACT_OWNED_BY, "package");
	put_mapped(maps, p, owned, w);
	fact_end(w);
}

static void read(const struct bundle *b, struct fact_writer *w)
{
	struct process p = { 0 };
	struct span maps = { 0 };

	for (size_t i = 0; i < bundle_count(b); i++) {
		struct item item = bundle_get(b, i);
		struct span base = lines_base(span_of(item.name));
		if (item.kind == ITEM_NOTE) {
			put_process(&p, maps, b->owned, w);
			p = (struct process){ .pid = item.bytes };
			maps = (struct span){ NULL, 0 };
		} else if (span_is(base, "exe")) {
			p.exe = item.bytes;
		} else if (span_is(base, "comm")) {
			p.comm = span_cut(item.bytes, 0, item.bytes.n != 0 ? item.bytes.n - 1 : 0);
		} else if (span_is(base, "status")) {
			p.status = item.name;
			read_status(item.bytes, &p);
		} else if (span_is(base, "maps")) {
			maps = item.bytes;
		}
	}
	put_process(&p, maps, b->owned, w);
}

const struct collector collect_process = {
	.name = "processes",
	.title = "Running programs",
	.looks = "/proc/PID (comm, exe, maps, status)",
	.live = true,
	.stage = 1,
	.gather = gather,
	.read = read,
};
