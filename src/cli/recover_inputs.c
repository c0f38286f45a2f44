/* SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"
#include "cli/recover.h"
#include "recover/hex.h"

#include <string.h>

/*
 * What a user brings to `recover try` and `recover run`: keys, ranges of seeds, files before and
 * after.  A key and a range may name the family that they are for, `FAMILY:` before them; what a
 * family has of its own goes before what is for all.
 */

/* The family that stands before a colon; NULL: none that is known.  *rest is what is behind it. */
static const struct family *named_family(const struct families *s, const char *given,
					 const char **rest)
{
	const char *colon = strchr(given, ':');
	const struct family *f = NULL;

	if (colon != NULL)
		f = families_find(s,
				  (struct span){ (const uint8_t *)given, (size_t)(colon - given) });
	*rest = f != NULL ? colon + 1 : given;
	return f;
}

static bool refuse_second(const char *what, const struct family *f)
{
	(void)cli_fail("recover", "%s: a second one for %.*s", what, f != NULL ? (int)f->id.n : 3,
		       f != NULL ? (const char *)f->id.p : "all");
	return false;
}

static bool read_keys(struct recover_inputs *in, const struct families *s,
		      const struct recover_options *o)
{
	struct error e;

	for (unsigned i = 0; i < o->n_keys; i++) {
		struct recover_key *k = &in->key[i];
		const char *path;
		k->family = named_family(s, o->key[i], &path);
		for (unsigned n = 0; n < i; n++)
			if (in->key[n].family == k->family)
				return refuse_second("--key", k->family);
		buf_init(&k->bytes, ATTACK_KEY_MAX);
		in->n_keys++;
		if (!io_read_file(path, &k->bytes, &e)) {
			(void)cli_fail("recover", "%s: %s", path, e.text);
			return false;
		}
	}
	return true;
}

static bool read_seeds(struct recover_inputs *in, const struct families *s,
		       const struct recover_options *o)
{
	for (unsigned i = 0; i < o->n_seeds; i++) {
		struct recover_seeds *r = &in->seeds[i];
		const char *text;
		r->family = named_family(s, o->seeds[i], &text);
		const char *colon = strchr(text, ':');
		if (colon == NULL ||
		    !hex_number((struct span){ (const uint8_t *)text, (size_t)(colon - text) },
				&r->from) ||
		    !hex_number(span_of(colon + 1), &r->to) || r->from >= r->to) {
			(void)cli_fail("recover",
				       "--seeds %s: FROM:TO are wanted, two numbers, the first "
				       "less than the second, or FAMILY:FROM:TO",
				       o->seeds[i]);
			return false;
		}
		for (unsigned n = 0; n < i; n++)
			if (in->seeds[n].family == r->family)
				return refuse_second("--seeds", r->family);
		in->n_seeds++;
	}
	return true;
}

static bool read_pairs(struct recover_inputs *in, const struct recover_options *o)
{
	struct error e;

	for (unsigned i = 0; i < 2 * o->n_before; i++) {
		const char *path = i % 2 == 0 ? o->before[i / 2] : o->after[i / 2];
		buf_init(&in->pair[i], ATTACK_PAIR_MAX);
		in->n_pair_files++;
		if (!io_read_file(path, &in->pair[i], &e)) {
			(void)cli_fail("recover", "%s: %s", path, e.text);
			return false;
		}
	}
	return true;
}

bool recover_inputs_open(struct recover_inputs *in, const struct families *s,
			 const struct recover_options *o)
{
	*in = (struct recover_inputs){ .n_keys = 0 };
	return read_keys(in, s, o) && read_seeds(in, s, o) && read_pairs(in, o);
}

void recover_inputs_release(struct recover_inputs *in)
{
	for (unsigned i = 0; i < in->n_keys; i++)
		buf_release(&in->key[i].bytes);
	for (unsigned i = 0; i < in->n_pair_files; i++)
		buf_release(&in->pair[i]);
	*in = (struct recover_inputs){ .n_keys = 0 };
}

void recover_inputs_give(const struct recover_inputs *in, struct attacker *a)
{
	bool own_key = false, own_seeds = false;

	for (unsigned i = 0; i < in->n_keys; i++) {
		const struct recover_key *k = &in->key[i];
		if (k->family == a->family || (k->family == NULL && !own_key))
			a->key = buf_span(&k->bytes);
		own_key = own_key || k->family == a->family;
	}
	for (unsigned i = 0; i < in->n_seeds; i++) {
		const struct recover_seeds *r = &in->seeds[i];
		if (r->family == a->family || (r->family == NULL && !own_seeds)) {
			a->seed_from = r->from;
			a->seed_to = r->to;
		}
		own_seeds = own_seeds || r->family == a->family;
	}
	for (unsigned i = 0; i + 1 < in->n_pair_files; i += 2)
		a->pair[a->n_pairs++] =
			(struct attack_pair){ buf_span(&in->pair[i]), buf_span(&in->pair[i + 1]),
					      in->pair[i].n };
}
