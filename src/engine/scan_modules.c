/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/pe_sign.h"
#include "engine/scanner.h"

/* What conditions read that is no string: modules (parsed when first asked for), externals, regular
 * expressions, lines for the console. */

static struct span data_of(const struct scanner *s, size_t module)
{
	for (size_t i = 0; i < s->options.n_data; i++)
		if (s->options.data[i].module == module)
			return s->options.data[i].data;
	return (struct span){ NULL, 0 };
}

static const void *host_of(void *ctx, uint32_t module)
{
	const struct scanner *s = ctx;
	return module == MODULE_MAGIC    ? s->options.magic
	       : module == MODULE_CLAMAV ? &s->clam
					 : NULL;
}

/* A file that is not of a module's format is no gap; data that was given for the module is to be
 * read, and so is what its host is to answer. */
static bool is_gap(const struct module *m, const struct module_input *in, const struct error *e)
{
	return e->why == REASON_MEMORY || e->why == REASON_LIMIT || e->why == REASON_UNSUPPORTED ||
	       (m->check != NULL && in->data.n != 0);
}

static void load(struct scanner *s, uint32_t number)
{
	const struct module *m = modules_all[number];
	struct scan_module *out = &s->module[number];
	struct module_input in = { .file = s->file,
				   .arena = &s->arena,
				   .data = data_of(s, number),
				   .now = s->options.now,
				   .state = &out->state,
				   .steps = &s->steps,
				   .host = host_of(s, number) };
	struct error e;

	out->loaded = true;
	out->applies = (m->classes & 1u << s->class) != 0 || s->options.process;
	if (!out->applies)
		return;
	struct value *slots = value_make_struct(&out->top, &s->arena, m->fields);
	if (slots == NULL) {
		scan_gap(s, REASON_MEMORY, s->rule_now, "memory");
		out->applies = false;
		return;
	}
	if (m->load != NULL && !m->load(&in, slots, &e) && is_gap(m, &in, &e))
		scan_gap(s, e.why, s->rule_now, e.text);
	if (number == MODULE_PE && !pe_sign_load(&in, slots, &e))
		scan_gap(s, e.why, s->rule_now, e.text);
	for (size_t i = 0; m->fields[i].name != NULL; i++)
		if (m->fields[i].everywhere && slots[i].kind == VALUE_UNDEFINED)
			value_int(&slots[i], 0);
}

static void module(void *ctx, uint32_t number, struct value *out)
{
	struct scanner *s = ctx;

	out->kind = VALUE_UNDEFINED;
	if (number >= MODULE_COUNT)
		return;
	if (!s->module[number].loaded)
		load(s, number);
	if (s->module[number].applies)
		*out = s->module[number].top;
}

static void *module_state(void *ctx, uint32_t number)
{
	const struct scanner *s = ctx;
	return number < MODULE_COUNT ? s->module[number].state : NULL;
}

void scan_forget_modules(struct scanner *s)
{
	for (size_t i = 0; i < MODULE_COUNT; i++)
		if (s->module[i].loaded)
			s->module[i] = (struct scan_module){ 0 };
}

static void external(void *ctx, uint32_t number, struct value *out)
{
	const struct scanner *s = ctx;

	out->kind = VALUE_UNDEFINED;
	if (number < s->db->n_externs)
		*out = s->externs[number];
}

static bool regex(void *ctx, int64_t number, struct span text)
{
	struct scanner *s = ctx;
	struct span blob;

	return number >= 0 && number <= UINT32_MAX && db_regex(s->db, (uint32_t)number, &blob) &&
	       pattern_test(blob, text, s->scratch, &s->steps);
}

static void log_line(void *ctx, struct span line)
{
	struct scanner *s = ctx;

	buf_put_span(&s->log, line);
	buf_put_u8(&s->log, '\n');
}

/* The deprecated `entrypoint`: of PE and ELF files, as a place in the file. */
static void entry_point(void *ctx, struct value *out)
{
	struct scanner *s = ctx;
	uint32_t number = s->class == CLASS_MZ ? MODULE_PE : MODULE_ELF;
	struct value top;

	out->kind = VALUE_UNDEFINED;
	module(ctx, number, &top);
	const struct field *f = field_find(modules_all[number]->fields, span_of("entry_point"));
	if (top.kind == VALUE_STRUCT && f != NULL)
		*out = top.slots[f - modules_all[number]->fields];
}

const struct eval_source scan_source = {
	.present = scan_present,
	.known = scan_known,
	.known_at = scan_known_at,
	.matches = scan_matches,
	.found_in = scan_found_in,
	.rule = scan_rule,
	.module = module,
	.module_state = module_state,
	.module_host = host_of,
	.external = external,
	.regex = regex,
	.log = log_line,
	.entry_point = entry_point,
};

static void quiet(void *ctx, struct span line)
{
	(void)ctx;
	(void)line;
}

/* For explanations: what the console was told is not told again. */
const struct eval_source scan_source_noting = {
	.present = scan_present,
	.known = scan_known,
	.known_at = scan_known_at,
	.matches = scan_matches,
	.found_in = scan_found_in,
	.rule = scan_rule,
	.module = module,
	.module_state = module_state,
	.module_host = host_of,
	.external = external,
	.regex = regex,
	.log = quiet,
	.entry_point = entry_point,
	.note = explain_note,
};
