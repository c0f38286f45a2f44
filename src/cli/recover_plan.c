/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "base/text.h"
#include "cli/recover.h"
#include "sandbox/walk.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is there to do, and with which keys: identified, sampled, learnt and tried; nothing is
 * written. */

static const char *last_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

const struct family *recover_plan_pick(struct recover_plan *p, int fd, uint64_t size,
				       const char *path)
{
	struct examine_look *look = &p->look;
	const struct family *f =
		recover_pick(&p->id, p->x, fd, size, span_of(last_name(path)), look);

	if (p->forced == NULL || f == p->forced)
		return f;
	return look->plain || look->error.why != REASON_NONE ? NULL : p->forced;
}

/* One of no family, which was looked at just now: is it as encrypted files are?  Most are told by
 * their first bytes, and only the others are read. */
static void plan_nobodys(struct recover_plan *p, int fd, uint64_t size, const char *path)
{
	const struct examine_file file = { fd, size, span_of(last_name(path)) };
	const struct assess_hint hint = { .original = file.name };
	struct snapshot_stores copies;
	struct error e;
	bool failed;

	if (p->look.error.why != REASON_NONE)
		(void)recover_gap(&p->gaps, path, &p->look.error);
	if (p->look.error.why != REASON_NONE || !p->look.random)
		return;
	if (!examine_assess(p->x, &file, &hint, &p->assessed, &failed, &copies, &e)) {
		(void)recover_gap(&p->gaps, path, &e);
	} else if (p->assessed.damage != DAMAGE_NONE && p->assessed.damage != DAMAGE_RENAMED) {
		if (p->nobodys++ == 0)
			p->nobodys_first = strdup(path);
	}
}

/* Does the family want this file as a sample?  Three, and then one of each further kind. */
static bool wanted(const struct recover_part *part, struct span original)
{
	const struct attacker *a = part->attack;

	if (a->n_samples < 3)
		return true;
	if (a->n_samples == ATTACK_MAX_SAMPLES)
		return false;
	for (unsigned i = 0; i < a->n_samples; i++)
		if (kind_of_name(a->sample[i].original) == kind_of_name(original))
			return false;
	return true;
}

static void keep_sample(struct recover_part *part, int fd, const struct stat *st, const char *path)
{
	struct attacker *a = part->attack;
	char *name = strdup(last_name(path));

	if (name == NULL) {
		close(fd);
		return;
	}
	part->name[a->n_samples] = name;
	a->sample[a->n_samples++] =
		(struct attacker_file){ fd, (uint64_t)st->st_size,
					family_original_name(a->family, span_of(name)),
					(int64_t)st->st_mtim.tv_sec };
}

/* The first file of a family: is there an engine for it? */
static void begin_part(struct recover_plan *p, struct recover_part *part, const struct family *f)
{
	part->attack = malloc(sizeof *part->attack);
	if (part->attack == NULL || !attacker_init(part->attack, f, &part->why)) {
		free(part->attack);
		part->attack = NULL;
		return;
	}
	part->attack->worker = recover_worker();
	part->attack->list = recover_list();
	part->attack->team = p->team;
}

static bool plan_file(void *ctx, int fd, uint64_t size, const char *path)
{
	struct recover_plan *p = ctx;
	const struct family *f = recover_plan_pick(p, fd, size, path);
	struct stat st;

	if (f == NULL)
		plan_nobodys(p, fd, size, path);
	if (f == NULL || fstat(fd, &st) != 0) {
		close(fd);
		return true;
	}
	struct recover_part *part = &p->part[f - p->families.list];
	uint64_t seen[] = { hash_fnv(span_of(path)), size, (uint64_t)st.st_mtim.tv_sec,
			    (uint64_t)st.st_mtim.tv_nsec };
	p->print += hash_fnv((struct span){ (const uint8_t *)seen, sizeof seen });
	p->files++;
	p->bytes += size;
	part->files++;
	part->bytes += size;
	if (part->attack == NULL && part->why.why == REASON_NONE)
		begin_part(p, part, f);
	if (part->attack != NULL && size <= ATTACK_SAMPLE_MAX &&
	    wanted(part, family_original_name(f, span_of(last_name(path)))))
		keep_sample(part, fd, &st, path);
	else
		close(fd);
	return true;
}

static void plan_skipped(void *ctx, const char *path, const struct error *e)
{
	struct recover_plan *p = ctx;

	if (e->why != REASON_UNSUPPORTED)
		(void)recover_gap(&p->gaps, path, e);
}

static bool gather_all(struct recover_plan *p)
{
	struct walk_options w = { .file = plan_file, .skipped = plan_skipped, .ctx = p };

	if (!recover_gather(&p->id, p->x, p->o->path, p->o->n_paths, &p->gaps))
		return false;
	for (int i = 0; i < p->o->n_paths; i++)
		if (!walk_path(&w, p->o->path[i]))
			return false;
	p->gaps.n += !recover_examined(p->x);
	return true;
}

static void learn_all(struct recover_plan *p)
{
	for (size_t i = 0; i < p->families.n; i++) {
		struct recover_part *part = &p->part[i];
		if (part->attack == NULL)
			continue;
		recover_inputs_give(&p->inputs, part->attack);
		part->ready = attacker_learn(part->attack, &part->why);
	}
}

bool recover_plan_open(struct recover_plan *p, const struct recover_options *o)
{
	struct error e;

	*p = (struct recover_plan){ .o = o };
	recover_watch_init(&p->watch, o);
	recover_gaps_init(&p->gaps);
	if (!recover_families(&p->families) || !recover_examiner(&p->families, &p->x))
		return false;
	p->team = team_new(recover_worker(), &p->watch.watch);
	p->part = calloc(p->families.n + 1, sizeof *p->part);
	if (p->part == NULL || p->team == NULL || !identify_init(&p->id, &p->families, &e)) {
		(void)cli_fail("recover", "no memory");
		return false;
	}
	if (o->family != NULL) {
		p->forced = families_find(&p->families, span_of(o->family));
		if (p->forced == NULL) {
			(void)cli_fail("recover", "no family `%s`: see pellucid recover list",
				       o->family);
			return false;
		}
	}
	if (!recover_inputs_open(&p->inputs, &p->families, o) || !gather_all(p))
		return false;
	learn_all(p);
	return true;
}

void recover_plan_close(struct recover_plan *p)
{
	for (size_t i = 0; p->part != NULL && i < p->families.n; i++) {
		struct recover_part *part = &p->part[i];
		for (unsigned k = 0; part->attack != NULL && k < part->attack->n_samples; k++) {
			close(part->attack->sample[k].fd);
			free(part->name[k]);
		}
		if (part->attack != NULL)
			attacker_release(part->attack);
		free(part->attack);
	}
	free(p->part);
	free(p->nobodys_first);
	identify_release(&p->id);
	families_release(&p->families);
	examiner_free(p->x);
	team_free(p->team);
	recover_watch_release(&p->watch);
	recover_inputs_release(&p->inputs);
	recover_gaps_release(&p->gaps);
}

void recover_plan_tell(const struct recover_plan *p, struct buf *out)
{
	for (size_t i = 0; i < p->families.n; i++) {
		const struct recover_part *part = &p->part[i];
		const struct family *f = &p->families.list[i];
		if (part->files == 0)
			continue;
		buf_printf(out, "%.*s: %llu file%s, %llu bytes\n", (int)f->title.n,
			   (const char *)f->title.p, (unsigned long long)part->files,
			   part->files == 1 ? "" : "s", (unsigned long long)part->bytes);
		if (part->ready) {
			buf_printf(out, "  opens with %s: %u bits of %u sample%s were right\n",
				   part->attack->what, part->attack->bits, part->attack->n_samples,
				   part->attack->n_samples == 1 ? "" : "s");
			continue;
		}
		buf_put_text(out, "  cannot be opened yet: ");
		text_show(out, span_of(part->why.text));
		buf_put_u8(out, '\n');
	}
	if (p->files == 0)
		buf_put_text(out, "No file of any family that is known.\n");
	if (p->nobodys == 0)
		return;
	buf_printf(out, "Of no family that is known, and as if encrypted: %llu file%s, ",
		   (unsigned long long)p->nobodys, p->nobodys == 1 ? "" : "s");
	text_escape(out, span_of(p->nobodys_first != NULL ? p->nobodys_first : ""));
	buf_printf(out,
		   "%s\n  `pellucid recover assess` lists what is lost, `salvage` writes what "
		   "is whole inside.\n",
		   p->nobodys == 1 ? "" : " the first");
}
