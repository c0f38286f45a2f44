/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/vmdk.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * A directory of parts of virtual disks: of each its name and a NUL, its size as a 32-bit number
 * (times 512), VMDK_HEAD bytes.  A descriptor that is made says the same when it is made again,
 * names only files that are there, and has no line that a name could have put into it.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PARTS = 64 };

struct part {
	const char *name;
	struct span head;
	uint64_t size;
};

struct directory {
	struct part part[PARTS];
	unsigned n;
};

static const struct part *find(const struct directory *d, const char *name)
{
	for (unsigned i = 0; i < d->n; i++)
		if (strcmp(d->part[i].name, name) == 0)
			return &d->part[i];
	return NULL;
}

static bool part_of(void *ctx, const char *name, uint8_t *head, uint64_t *size, struct error *e)
{
	const struct part *p = find(ctx, name);

	if (p == NULL)
		return false;
	if (p->size == UINT64_C(512) * UINT32_MAX)
		return error_set(e, REASON_IO, PLACE_NONE, "%s cannot be read", name);
	memcpy(head, p->head.p, p->head.n);
	*size = p->size;
	return true;
}

static void read_parts(struct directory *d, struct span all)
{
	struct cursor c = cursor_of(all);

	while (cursor_left(&c) > 1 && d->n < PARTS) {
		struct part *p = &d->part[d->n];
		p->name = (const char *)cursor_cstring(&c, 400).p;
		p->size = UINT64_C(512) * cursor_le32(&c);
		if (!cursor_ok(&c))
			return;
		p->head = cursor_take(&c, cursor_left(&c) < VMDK_HEAD ? (size_t)cursor_left(&c)
								      : VMDK_HEAD);
		d->n += p->name[0] != '\0' && strchr(p->name, '/') == NULL;
	}
}

/* Each extent's line names a part. */
static void check_text(const struct directory *d, struct span text)
{
	struct cursor c = cursor_of(text);
	unsigned n = 0;

	while (cursor_left(&c) > 0) {
		char name[VMDK_MAX_NAME + 64], line[1024];
		struct span l = cursor_line(&c, sizeof line - 1);
		if (!cursor_ok(&c))
			abort();
		snprintf(line, sizeof line, "%.*s", (int)l.n, (const char *)l.p);
		if (strncmp(line, "RW ", 3) != 0)
			continue;
		const char *quote = strchr(line, '"');
		if (quote == NULL || strchr(quote + 1, '"') == NULL)
			abort();
		snprintf(name, sizeof name, "%.*s", (int)(strchr(quote + 1, '"') - quote - 1),
			 quote + 1);
		if (find(d, name) == NULL)
			abort();
		n++;
	}
	if (n == 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct directory d = { .n = 0 };
	const struct vmdk_directory parts = { &d, part_of };
	char to[VMDK_MAX_NAME + 1], again[VMDK_MAX_NAME + 1];
	struct buf text, second;
	struct error e;

	buf_init(&text, 1 << 20);
	buf_init(&second, 1 << 20);
	read_parts(&d, (struct span){ data, size });
	for (unsigned i = 0; i < d.n; i++) {
		if (!vmdk_describe(&parts, d.part[i].name, to, &text, &e))
			continue;
		if (strlen(to) > VMDK_MAX_NAME ||
		    !vmdk_describe(&parts, d.part[i].name, again, &second, &e) ||
		    strcmp(to, again) != 0 || !span_equal(buf_span(&text), buf_span(&second)))
			abort();
		check_text(&d, buf_span(&text));
	}
	buf_release(&text);
	buf_release(&second);
	return 0;
}
