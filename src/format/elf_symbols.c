/* SPDX-License-Identifier: Apache-2.0 */
#include "format/elf.h"
#include "format/nameset.h"
#include "format/range.h"
#include "format/tlsh.h"

/* Symbols one by one, and the digests of their names. */

enum {
	SYMBOL_32 = 16,
	SYMBOL_64 = 24,
	STB_GLOBAL = 1,
	STT_FUNC = 2,
	STV_DEFAULT = 0,
	SHN_UNDEF = 0
};

static size_t symbol_size(const struct elf_file *f) { return f->wide ? SYMBOL_64 : SYMBOL_32; }

size_t elf_symbol_count(const struct elf_file *f, const struct elf_symbols *t)
{
	return t->found ? t->entries.n / symbol_size(f) : 0;
}

void elf_symbol_at(const struct elf_file *f, const struct elf_symbols *t, size_t i, uint64_t *left,
		   struct elf_symbol *out)
{
	struct cursor c = cursor_of(span_cut(t->entries, i * symbol_size(f), symbol_size(f)));
	uint64_t name = elf_number(f, &c, 4);

	if (!f->wide) {
		out->value = elf_number(f, &c, 4);
		out->size = elf_number(f, &c, 4);
	}
	out->info = cursor_u8(&c);
	out->other = cursor_u8(&c);
	out->section = (uint16_t)elf_number(f, &c, 2);
	if (f->wide) {
		out->value = elf_number(f, &c, 8);
		out->size = elf_number(f, &c, 8);
	}
	out->name = (struct span){ NULL, 0 };
	out->named = elf_string(t->strings, name, left, &out->name);
}

static bool imported(const struct elf_symbol *s)
{
	return s->section == SHN_UNDEF && s->name.n != 0;
}

static bool ends(struct span s, const char *what)
{
	size_t n = strlen(what);
	return s.n >= n && memcmp(s.p + s.n - n, what, n) == 0;
}

static bool begins(struct span s, const char *what)
{
	size_t n = strlen(what);
	return s.n >= n && memcmp(s.p, what, n) == 0;
}

/* Global functions but those that depend on compiler and processor (Trend Micro's telfhash). */
static bool telling(const struct elf_symbol *s)
{
	static const char *const left_out[] = {
		"__libc_start_main", "main", "abort", "cachectl",
		"cacheflush",        "puts", "atol",  "malloc_trim"
	};

	if (!s->named || s->info >> 4 != STB_GLOBAL || (s->info & 15) != STT_FUNC ||
	    (s->other & 3) != STV_DEFAULT)
		return false;
	if (begins(s->name, ".") || begins(s->name, "_") || ends(s->name, "64") ||
	    begins(s->name, "str") || begins(s->name, "mem"))
		return false;
	for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++)
		if (span_is(s->name, left_out[i]))
			return false;
	return true;
}

/* The names of the dynamic table, or of the other where there is none, for which `chosen` holds. */
static bool names_of(struct call *c, bool (*chosen)(const struct elf_symbol *s),
		     struct nameset *out)
{
	const struct elf_file *f = c->state;
	struct elf_symbol s;

	if (f == NULL)
		return false;
	const struct elf_symbols *t = f->dynsym.found ? &f->dynsym : &f->symtab;
	size_t n = elf_symbol_count(f, t);
	if (n == 0 || n > ELF_MAX_SYMBOLS || !range_steps(c, n) || !nameset_init(out, c, n))
		return false;
	for (size_t i = 0; i < n; i++) {
		elf_symbol_at(f, t, i, c->steps, &s);
		if (*c->steps == 0 || (chosen(&s) && !nameset_add(out, s.name)))
			return false;
	}
	return out->n != 0;
}

bool elf_import_md5(struct call *c, struct value *out)
{
	struct nameset names;

	return names_of(c, imported, &names) && nameset_md5(&names, false, out);
}

bool elf_telfhash(struct call *c, struct value *out)
{
	struct nameset names;
	char hash[TLSH_TEXT_SIZE + 1];

	if (!names_of(c, telling, &names))
		return false;
	struct span text = nameset_text(&names, false);
	/* too few names to tell anything: YARA says the empty string */
	size_t n = text.p != NULL && tlsh_of(text, hash) ? TLSH_TEXT_SIZE : 0;
	const uint8_t *copy = arena_copy(c->arena, hash, n);
	if (text.p == NULL || copy == NULL)
		return false;
	value_string(out, (struct span){ copy, n });
	return true;
}
