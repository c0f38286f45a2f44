/* SPDX-License-Identifier: Apache-2.0 */
#include "format/modules.h"
#include "rules/audit/audit_impl.h"
#include "rules/audit/audit_read.h"

#include <string.h>

/* What a rule says of files of which something is known. */

enum { MAX_STEPS = 200000 /* nodes that one question looks at */ };

struct audit_world *audit_world_any(struct facts *f)
{
	struct audit_world w = { .size = { 0, 1e15 }, .modules = UINT32_MAX };

	w.count = arena_array(f->arena, f->strings.n, sizeof *w.count);
	if (w.count == NULL)
		return NULL;
	for (size_t i = 0; i < f->strings.n; i++)
		w.count[i] = (struct audit_interval){ 0, PATTERN_MAX_MATCHES };
	return arena_copy(f->arena, &w, sizeof w);
}

bool audit_world_narrow(struct facts *f, struct audit_world *w, bool truth, struct audit_assume *x)
{
	*x = (struct audit_assume){
		.document = x->document,
		.content = x->content,
		.set = f->set,
		.code = f->code,
		.strings = f->strings,
		.arena = f->arena,
		.w = w,
		.steps = MAX_STEPS,
	};

	audit_assume(x, f->rule->root, truth);
	if (x->document && truth && !w->dead) {
		audit_read_judge(x, NULL, false);
		audit_read_judge(x, NULL, true);
	}
	f->failed |= x->failed;
	return !w->dead;
}

enum {
	FORMATS = 1u << MODULE_PE | 1u << MODULE_ELF | 1u << MODULE_MACHO | 1u << MODULE_DEX |
		  1u << MODULE_LNK | 1u << MODULE_DOTNET | 1u << MODULE_CLAMAV
};

/* Do the bytes that must stand at the beginning leave it a document?  Of a form that is not known
 * here they do: programs are of few forms. */
static bool head_is_document(const struct audit_world *w)
{
	static const struct {
		const char *bytes;
		size_t n;
	} program[] = {
		{ "MZ", 2 },
		{ "#!", 2 },
		{ "<?ph", 4 },
		{ "<%", 2 },
		{ "@echo", 5 },
		{ "dex\n", 4 },
		{ "\177ELF", 4 },
		{ "\xCA\xFE\xBA\xBE", 4 },
		{ "\xFE\xED\xFA", 3 },
		{ "\xCE\xFA\xED\xFE", 4 },
		{ "\xCF\xFA\xED\xFE", 4 },
		{ "\0asm", 4 },
		{ "FWS", 3 },
		{ "CWS", 3 },
		{ "ZWS", 3 },
	};
	size_t n = 0;

	while (n < AUDIT_HEAD && w->known[n])
		n++;
	if (n >= 4 && memcmp(w->head, "#!AM", 4) == 0) /* speech: no script */
		return true;
	for (size_t i = 0; i < sizeof program / sizeof *program; i++)
		if (n >= program[i].n && memcmp(w->head, program[i].bytes, program[i].n) == 0)
			return false;
	/* what a machine starts from */
	for (const struct audit_fact *f = w->facts; f != NULL; f = f->older)
		if (f->kind == FACT_BYTE && f->node == COND_NONE && f->at == 510 &&
		    (f->set[0x55 / 64] >> 0x55 % 64 & 1) != 0)
			return false;
	return true;
}

bool audit_world_document(struct facts *f, bool common, bool content)
{
	struct audit_world *w = audit_world_any(f);
	struct audit_assume x = { .document = true, .content = content };

	if (w == NULL) {
		f->failed = true;
		return false;
	}
	w->modules &= ~(uint32_t)FORMATS;
	for (size_t i = 0; i < f->strings.n; i++)
		if (f->text[i] == AUDIT_TEXT_CODE ||
		    (f->text[i] == AUDIT_TEXT_CONTENT ? !content : !common))
			w->count[i].hi = 0;
	bool possible = audit_world_narrow(f, w, true, &x) && head_is_document(w);
	f->spelled |= content && x.spelled;
	f->one_size |= possible && content && w->size.lo == w->size.hi && w->size.lo > 64;
	return possible;
}

/* The ordinary files of which a rule must not be true. */
static const struct kind {
	const char *name, *head;
	size_t n;
	uint32_t modules;
	bool binary;
} kinds[] = {
	{ "each ordinary text is found", "Minutes of the 4th meeting", 26, 0, false },
	{ "each ordinary PDF is found", "%PDF-1.7\n", 9, 0, true },
	{ "each ordinary archive or office document is found", "PK\3\4\24\0\6\0\10\0", 10, 0,
	  true },
	{ "each ordinary picture is found", "\x89PNG\r\n\32\n\0\0\0\rIHDR", 16, 0, true },
	{ "each ordinary program for Windows is found", "MZ\x90\0\3\0\0\0\4\0\0\0\xFF\xFF\0\0", 16,
	  1u << MODULE_PE, true },
	{ "each ordinary program for Unix is found", "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0", 16,
	  1u << MODULE_ELF, true },
};

/* Must the rule be true of every file of that kind? */
static bool sure_of_kind(struct facts *f, const struct kind *kind)
{
	struct audit_world *w = audit_world_any(f);
	size_t n;
	const struct ir_string *s = ruleset_strings(f->set, &n);

	if (w == NULL) {
		f->failed = true;
		return false;
	}
	w->modules = (w->modules & ~(uint32_t)FORMATS) | kind->modules;
	w->size = (struct audit_interval){ 8192, 200000 };
	memcpy(w->head, kind->head, kind->n);
	for (size_t i = 0; i < kind->n; i++)
		w->known[i] = true;
	for (size_t i = 0; i < f->strings.n; i++) {
		enum pattern_kind p = s[f->strings.number[i]].pattern.kind;
		bool frequent =
			f->text[i] == AUDIT_TEXT_FREQUENT && (p == PATTERN_HEX) == kind->binary;
		if (frequent)
			w->count[i] = (struct audit_interval){ 40, 100000 };
		else if (f->text[i] == AUDIT_TEXT_CODE || f->text[i] == AUDIT_TEXT_CONTENT)
			w->count[i].hi = 0;
	}
	struct audit_assume x = { .document = true, .content = true };
	return !audit_world_narrow(f, w, false, &x) && !f->failed;
}

const char *audit_world_everywhere(struct facts *f)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (sure_of_kind(f, &kinds[i]))
			return kinds[i].name;
	return NULL;
}
