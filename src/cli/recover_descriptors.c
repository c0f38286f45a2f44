/* SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"
#include "base/standard.h"
#include "base/text.h"
#include "cli/recover.h"
#include "recover/deliver.h"
#include "recover/vmdk_ask.h"
#include "sandbox/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* `recover descriptors`: the text files of virtual disks, made anew into a new tree, and beside
 * them those of machines, of the copy that the host keeps (NAME.vmx~). */

enum { MAX_MACHINE = 1 << 20 /* bytes; one has a few thousand */ };

struct describing {
	const struct recover_options *o;
	int into;
	const char *root;
	struct describer *describer;
	struct buf line;
	uint64_t made, whole, same, failed, gaps;
};

/* Writes it where nothing is; the same text that is there already is as good. */
static bool put_text(struct describing *d, const char *to, struct span text, struct error *e)
{
	struct buf there;

	if (!deliver_directories(d->into, to, e))
		return false;
	int fd = openat(d->into, to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd >= 0) {
		bool ok = io_write(fd, text.p, text.n, e) && fsync(fd) == 0;
		close(fd);
		d->made += ok;
		return ok;
	}
	if (errno != EEXIST)
		return error_set(e, REASON_IO, PLACE_NONE, "%s", strerror(errno));
	buf_init(&there, 1 << 20);
	fd = openat(d->into, to, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	bool same = fd >= 0 && io_read_all(fd, &there, e) && span_equal(buf_span(&there), text);
	if (fd >= 0)
		close(fd);
	buf_release(&there);
	d->same += same;
	return same || error_set(e, REASON_DENIED, PLACE_NONE, "another is there");
}

/* What lies in the disk, as far as it can be shown. */
static void tell(struct describing *d, const char *to, const struct proof *proof)
{
	buf_reset(&d->line);
	text_escape(&d->line, span_of(to));
	buf_printf(&d->line, ": %s\n",
		   proof->level >= PROOF_STRUCTURE ||
				   (proof->level == PROOF_MAGIC && proof->kind == KIND_DISK)
			   ? proof->what
			   : "no partition or file system is seen at its start");
	fwrite(d->line.p, 1, d->line.n, stdout);
}

/* All of a file of text, as far as it is one: nothing is read of it but that. */
static bool read_text(int fd, struct buf *out, struct error *e)
{
	buf_reset(out);
	if (!io_read_all(fd, out, e))
		return false;
	for (size_t i = 0; i < out->n; i++)
		if (out->p[i] < 0x20 && out->p[i] != '\n' && out->p[i] != '\r' && out->p[i] != '\t')
			return error_set(e, REASON_DAMAGED, i, "no text any more: encrypted?");
	return out->n != 0 || error_set(e, REASON_DAMAGED, 0, "empty");
}

/* Its copy of NAME.vmx~, where NAME.vmx is not there, or is no text. */
static void copy_machine(struct describing *d, int fd, int dir, const char *beneath,
			 const char *path)
{
	char to[DELIVER_MAX_PATH];
	const char *slash = strrchr(beneath, '/');
	size_t at = slash != NULL ? (size_t)(slash - beneath) + 1 : 0;
	struct error e;
	struct buf text;

	if (snprintf(to, sizeof to, "%.*s", (int)strlen(beneath) - 1, beneath) >= (int)sizeof to)
		return;
	buf_init(&text, MAX_MACHINE);
	int own = openat(dir, to + at, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (own >= 0 && read_text(own, &text, &e)) {
		d->whole++;
	} else if (!read_text(fd, &text, &e) || !put_text(d, to, buf_span(&text), &e)) {
		d->failed++;
		recover_tell(path, &e);
	} else {
		buf_reset(&d->line);
		text_escape(&d->line, span_of(to));
		buf_put_text(&d->line, ": the copy that lay beside it, which may be older\n");
		fwrite(d->line.p, 1, d->line.n, stdout);
	}
	if (own >= 0)
		close(own);
	buf_release(&text);
}

static const char *beneath_root(const struct describing *d, const char *path, const char *last)
{
	size_t root = strlen(d->root);

	return strncmp(path, d->root, root) == 0 && path[root] == '/' ? path + root + 1 : last;
}

static bool describe_file(void *ctx, int fd, uint64_t size, const char *path)
{
	struct describing *d = ctx;
	char directory[PATH_MAX], to[DELIVER_MAX_PATH];
	struct described is;
	const char *slash = strrchr(path, '/');
	struct error e = { .why = REASON_NONE };
	size_t n = slash != NULL ? (size_t)(slash - path) : 0;

	if (n >= sizeof directory) {
		close(fd);
		return true;
	}
	snprintf(directory, sizeof directory, "%.*s", (int)n, path);
	int dir = open(n != 0 ? directory : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const char *last = slash != NULL ? slash + 1 : path;
	const struct examine_file file = { fd, size, span_of(last) };
	const char *beneath = beneath_root(d, path, last);
	bool machine = strlen(last) > 5 && strcmp(last + strlen(last) - 5, ".vmx~") == 0;
	bool ok = dir >= 0 && !machine && describer_ask(d->describer, dir, &file, &is, &e);
	if (machine && dir >= 0) {
		copy_machine(d, fd, dir, beneath, path);
	} else if (ok && is.part && is.whole) {
		d->whole++;
	} else if (ok && is.part) {
		const char *in = strrchr(beneath, '/');
		snprintf(to, sizeof to, "%.*s%s", in != NULL ? (int)(in - beneath) + 1 : 0, beneath,
			 is.name);
		ok = put_text(d, to, is.text, &e);
		if (ok)
			tell(d, to, &is.proof);
	}
	if (!ok && e.why != REASON_NONE) {
		d->failed++;
		recover_tell(path, &e);
	}
	if (dir >= 0)
		close(dir);
	close(fd);
	return true;
}

static void skipped(void *ctx, const char *path, const struct error *e)
{
	struct describing *d = ctx;

	if (e->why == REASON_UNSUPPORTED)
		return;
	d->gaps++;
	recover_tell(path, e);
}

int recover_descriptors(const struct recover_options *o)
{
	struct describing d = { .o = o };
	struct walk_options w = { .file = describe_file, .skipped = skipped, .ctx = &d };
	const char *worker = recover_worker();
	struct error e;

	if (o->into == NULL)
		return cli_fail("recover", "--into NEW is wanted: where the descriptors go");
	if (!recover_apart(o))
		return EXIT_CANNOT;
	if (mkdir(o->into, 0700) != 0 && errno != EEXIST)
		return cli_fail("recover", "%s: %s", o->into, strerror(errno));
	d.into = open(o->into, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (d.into < 0)
		return cli_fail("recover", "%s: %s", o->into, strerror(errno));
	d.describer = worker != NULL ? describer_new(worker, DESCRIBE_TIME_S) : NULL;
	if (d.describer == NULL) {
		close(d.into);
		return worker != NULL ? cli_fail("recover", "no memory") : EXIT_CANNOT;
	}
	buf_init(&d.line, 1 << 20);
	for (int i = 0; i < o->n_paths; i++) {
		d.root = o->path[i];
		if (!walk_path(&w, d.root))
			break;
	}
	if (!describer_finish(d.describer, &e)) {
		d.gaps++;
		(void)cli_fail("recover", "%s", e.text);
	}
	printf("%llu made, %llu were there, %llu are whole, %llu could not be made\n",
	       (unsigned long long)d.made, (unsigned long long)d.same, (unsigned long long)d.whole,
	       (unsigned long long)d.failed);
	if (d.made + d.same != 0)
		puts("Copy each beside its parts, check it (vmkfstools -e NAME.vmdk), register the "
		     "machine anew.");
	close(d.into);
	describer_free(d.describer);
	buf_release(&d.line);
	if (!standard_written())
		return EXIT_CANNOT;
	return d.failed + d.gaps != 0 ? EXIT_INCOMPLETE : EXIT_CLEAN;
}
