/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/policies.h"
#include "base/io.h"
#include "cli/cli.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A name and its NUL, u32 bytes, the bytes; one after the other (tools/carry.sh makes it). */
extern const uint8_t shipped_policies[], shipped_policies_end[];

void policies_init(struct policies *p) { *p = (struct policies){ .n = 0 }; }

void policies_release(struct policies *p)
{
	for (size_t i = 0; i < p->n; i++) {
		policy_release(p->list[i]);
		free(p->list[i]);
	}
	p->n = 0;
}

static bool add_text(struct policies *p, const char *file, struct span text)
{
	struct policy *one = p->n < POLICIES_MAX ? calloc(1, sizeof *one) : NULL;
	struct policy_report report;

	if (one == NULL) {
		(void)cli_fail("policy", "%s: limit: over %d policies", file, POLICIES_MAX);
		return false;
	}
	policy_report_init(&report, file, text);
	bool ok = policy_open(one, &report);
	if (report.text.n != 0)
		fwrite(report.text.p, 1, report.text.n, stderr);
	policy_report_release(&report);
	if (ok) {
		p->list[p->n++] = one;
	} else {
		policy_release(one);
		free(one);
	}
	return ok;
}

bool policies_add_shipped(struct policies *p)
{
	struct cursor c = cursor_of((struct span){
		shipped_policies, (size_t)(shipped_policies_end - shipped_policies) });
	bool ok = true;

	while (cursor_left(&c) > 0) {
		struct span name = cursor_cstring(&c, 256);
		struct span text = cursor_take(&c, cursor_le32(&c));
		if (!cursor_ok(&c))
			return false;
		ok = add_text(p, (const char *)name.p, text) && ok;
	}
	for (size_t i = 0; i < p->n; i++)
		p->list[i]->signature = SIGNATURE_CARRIED;
	return ok;
}

static bool add_file(struct policies *p, const char *path)
{
	struct error e;
	struct buf text;

	buf_init(&text, POLICY_MAX_TEXT);
	bool ok = io_read_file(path, &text, &e);
	p->unread |= !ok;
	if (ok)
		ok = add_text(p, path, buf_span(&text));
	else
		(void)cli_fail("policy", "%s: %s", path, e.text);
	buf_release(&text);
	return ok;
}

static int is_policy(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return n > 7 && strcmp(d->d_name + n - 7, ".policy") == 0;
}

bool policies_add(struct policies *p, const char *path)
{
	struct dirent **names;
	struct stat st;
	char file[4096];

	if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
		return add_file(p, path);
	int n = scandir(path, &names, is_policy, alphasort);
	if (n < 0) {
		(void)cli_fail("policy", "%s: %s", path, strerror(errno));
		p->unread = true;
		return false;
	}
	bool ok = true;
	for (int i = 0; i < n; i++) {
		if (snprintf(file, sizeof file, "%s/%s", path, names[i]->d_name) < (int)sizeof file)
			ok = add_file(p, file) && ok;
		free(names[i]);
	}
	free(names);
	return ok;
}

/* ---- what the entries ask for */

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void take_values(const struct policy_entry *e, enum policy_atom_type type,
			struct arena *arena, struct buf *out)
{
	for (unsigned i = 0; i < e->n_match; i++)
		for (unsigned k = 0; k < e->match[i].n; k++) {
			const struct policy_atom *a = &e->match[i].atom[k];
			if (a->type != type)
				continue;
			const char *value = arena_text(arena, a->value.p, a->value.n);
			if (value != NULL)
				buf_put(out, &value, sizeof value);
		}
}

const char **policies_values(const struct policies *p, enum policy_atom_type type,
			     struct arena *arena, size_t *n)
{
	struct buf all;
	size_t k = 0;

	buf_init(&all, 64 << 20);
	for (size_t i = 0; i < p->n; i++)
		for (size_t j = 0; j < p->list[i]->n_entries; j++)
			take_values(&p->list[i]->entry[j], type, arena, &all);
	const char **values = (const char **)(void *)all.p; /* the caller's now */
	size_t count = all.n / sizeof *values;
	if (count != 0)
		qsort(values, count, sizeof *values, compare);
	for (size_t i = 0; i < count; i++)
		if (k == 0 || strcmp(values[k - 1], values[i]) != 0)
			values[k++] = values[i];
	*n = k;
	return values;
}
