/* SPDX-License-Identifier: Apache-2.0 */
#include "format/clam_target.h"
#include "format/exe.h"
#include "format/modules.h"

/*
 * The module `clamav`: what the offsets and attributes of ClamAV's signatures
 * are measured by.  Signatures are compiled to conditions that ask it, so that
 * evidence shows what they read.
 */

static struct exe *exe_of(const struct call *c) { return c->state; }

static bool section_at(struct call *c, struct value *out)
{
	const struct exe *x = exe_of(c);
	int64_t i = c->args[0].i;

	if (x == NULL || i < 0 || (uint64_t)i >= x->n_sections)
		return false;
	value_int(out, (int64_t)x->section[i].raw_at);
	return true;
}

static bool section_end(struct call *c, struct value *out)
{
	const struct exe *x = exe_of(c);
	int64_t i = c->args[0].i;

	if (x == NULL || i < 0 || (uint64_t)i >= x->n_sections)
		return false;
	value_int(out, (int64_t)(x->section[i].raw_at + x->section[i].raw_size));
	return true;
}

/* ---- numbers in the file (byte compare) */

struct number_form {
	char kind; /* h d a i */
	bool big, exact;
	unsigned n; /* bytes */
};

static bool read_form(struct span s, struct number_form *f)
{
	*f = (struct number_form){ 0 };
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];
		if (c == 'h' || c == 'd' || c == 'a' || c == 'i')
			f->kind = (char)c;
		else if (c == 'b')
			f->big = true;
		else if (c == 'e')
			f->exact = true;
		else if (c >= '0' && c <= '9')
			f->n = f->n * 10 + c - '0';
		else if (c != 'l')
			return false;
		if (f->n > 64)
			return false;
	}
	return f->kind != 0 && f->n != 0;
}

static int digit(uint8_t c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : 99;
}

/* Digits of that base after white space, none of which are 0; `exact`: nothing but digits. */
static bool read_digits(struct span s, int base, bool exact, int64_t *out)
{
	uint64_t v = 0;
	size_t i = 0;

	while (!exact && i < s.n && (s.p[i] == ' ' || (s.p[i] >= 9 && s.p[i] <= 13)))
		i++;
	bool minus = i < s.n && s.p[i] == '-';
	if (i < s.n && (s.p[i] == '-' || s.p[i] == '+'))
		i++;
	if (base == 16 && s.n - i > 1 && s.p[i] == '0' && (s.p[i + 1] | 32) == 'x')
		i += 2;
	size_t from = i;
	for (; i < s.n && digit(s.p[i]) < base; i++)
		v = v * (unsigned)base + (unsigned)digit(s.p[i]);
	if (exact && (i == from || i != s.n))
		return false;
	*out = minus ? -(int64_t)v : (int64_t)v;
	return true;
}

static bool read_binary(struct span s, bool big, int64_t *out)
{
	uint64_t v = 0;

	if (s.n != 1 && s.n != 2 && s.n != 4 && s.n != 8)
		return false;
	for (size_t i = 0; i < s.n; i++)
		v = v << 8 | s.p[big ? i : s.n - 1 - i];
	*out = (int64_t)v;
	return true;
}

/* Hexadecimal text, lowest pair of digits first. */
static bool read_little_hex(struct span s, bool exact, int64_t *out)
{
	uint8_t turned[64];

	if (s.n > sizeof turned || s.n % 2 != 0)
		return false;
	for (size_t i = 0; i < s.n; i += 2) {
		turned[i] = s.p[s.n - 2 - i];
		turned[i + 1] = s.p[s.n - 1 - i];
	}
	return read_digits((struct span){ turned, s.n }, 16, exact, out);
}

static bool number_at(struct call *c, struct value *out)
{
	struct number_form f;
	int64_t at = c->args[0].i, v;

	/* ClamAV does not look at the first byte */
	if (at <= 0 || !read_form(c->args[1].s, &f))
		return false;
	struct span s = span_cut(c->file, (uint64_t)at, f.n);
	if (s.n != f.n)
		return false;
	bool hex = f.kind == 'h' ||
		   (f.kind == 'a' && s.n > 1 && s.p[0] == '0' && (s.p[1] | 32) == 'x');
	bool ok = f.kind == 'i'                    ? read_binary(s, f.big, &v)
		  : hex && !f.big && f.kind == 'h' ? read_little_hex(s, f.exact, &v)
						   : read_digits(s, hex ? 16 : 10, f.exact, &v);
	if (ok)
		value_int(out, v);
	return ok;
}

/* clang-format off */
static const struct field fields[] = {
	[CLAM_TARGET] = { .name = "target", .kind = VALUE_INT,
	  .doc = "ClamAV's number for the type of the object" },
	[CLAM_ENTRY] = { .name = "entry_point", .kind = VALUE_INT,
	  .doc = "place of a program's entry point in the file" },
	[CLAM_SECTIONS] = { .name = "number_of_sections", .kind = VALUE_INT, .doc = "of a program" },
	[CLAM_LAST] = { .name = "last_section", .kind = VALUE_INT,
	  .doc = "place of a program's last section in the file" },
	[CLAM_SECTION_AT] = { .name = "section", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "i",
	  .call = section_at, .doc = "place of a section in the file" },
	[CLAM_SECTION_END] = { .name = "section_end", .kind = VALUE_FUNCTION, .of = VALUE_INT,
	  .args = "i", .call = section_end, .doc = "the end of a section in the file" },
	[CLAM_NUMBER] = { .name = "number", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "is",
	  .call = number_at, .doc = "the number at a place, in a form such as hb4" },
	{ 0 },
};
/* clang-format on */

static bool load(struct module_input *in, struct value *slots, struct error *e)
{
	struct exe *x = arena_alloc(in->arena, sizeof *x);

	if (x == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "clamav: no memory");
	value_int(&slots[CLAM_TARGET], clam_target(in->file));
	if (!exe_read(in->file, x))
		return true;
	*in->state = x;
	if (x->entry >= 0)
		value_int(&slots[CLAM_ENTRY], x->entry);
	value_int(&slots[CLAM_SECTIONS], (int64_t)x->n_sections);
	if (x->n_sections != 0)
		value_int(&slots[CLAM_LAST], (int64_t)x->section[x->n_sections - 1].raw_at);
	return true;
}

const struct module clamav_module = { .name = "clamav",
				      .fields = fields,
				      .classes = CLASS_ALL,
				      .load = load,
				      .doc = "what ClamAV's signatures ask of an object" };
