/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/setup.h"

enum { SETUP_MAGIC = 0x31746573, /* "set1" */ EXTERN_MIN = 4 + 1 + 8, DATA_MIN = 8 + 8 };

static void put_extern(struct buf *b, const struct ir_extern *x)
{
	bool text = x->value.kind == VALUE_STRING;
	uint64_t bits = 0;

	if (text)
		bits = x->value.s.n;
	else
		memcpy(&bits, &x->value.i, sizeof bits);
	buf_put_le32(b, (uint32_t)x->name.n);
	buf_put_span(b, x->name);
	buf_put_u8(b, (uint8_t)x->value.kind);
	buf_put_le64(b, bits);
	if (text)
		buf_put_span(b, x->value.s);
}

void setup_write(const struct scan_options *s, bool magic, struct buf *out)
{
	buf_put_le32(out, SETUP_MAGIC);
	buf_put_le64(out, s->max_steps);
	buf_put_le64(out, (uint64_t)s->now);
	buf_put_u8(out, s->hash);
	buf_put_u8(out, s->strings);
	buf_put_u8(out, s->fast);
	buf_put_u8(out, s->process);
	buf_put_u8(out, magic);
	buf_put_le32(out, (uint32_t)s->n_externs);
	buf_put_le32(out, (uint32_t)s->n_data);
	for (size_t i = 0; i < s->n_externs; i++)
		put_extern(out, &s->externs[i]);
	for (size_t i = 0; i < s->n_data; i++) {
		buf_put_le64(out, s->data[i].module);
		buf_put_le64(out, s->data[i].data.n);
		buf_put_span(out, s->data[i].data);
	}
	if (s->n_externs > SETUP_MAX_EXTERNS || s->n_data > SETUP_MAX_DATA)
		out->failed = true;
}

static bool read_extern(struct cursor *c, struct ir_extern *x)
{
	x->name = cursor_take(c, cursor_le32(c));
	x->value.kind = (enum value_kind)cursor_u8(c);
	uint64_t bits = cursor_le64(c);
	if (!cursor_ok(c) || x->value.kind == VALUE_UNDEFINED || x->value.kind > VALUE_STRING)
		return false;
	if (x->value.kind == VALUE_STRING)
		x->value.s = cursor_take(c, bits);
	else
		memcpy(&x->value.i, &bits, sizeof bits);
	return cursor_ok(c);
}

bool setup_read(struct span bytes, struct arena *a, struct scan_options *out, bool *magic,
		struct error *e)
{
	struct cursor c = cursor_of(bytes);
	struct scan_options o = { 0 };
	bool ok = cursor_le32(&c) == SETUP_MAGIC;

	o.max_steps = cursor_le64(&c);
	o.now = (int64_t)cursor_le64(&c);
	o.hash = cursor_u8(&c) != 0;
	o.strings = cursor_u8(&c) != 0;
	o.fast = cursor_u8(&c) != 0;
	o.process = cursor_u8(&c) != 0;
	bool ask = cursor_u8(&c) != 0;
	uint32_t n_externs = cursor_le32(&c), n_data = cursor_le32(&c);
	ok = ok && cursor_ok(&c) && n_externs <= cursor_left(&c) / EXTERN_MIN &&
	     n_data <= cursor_left(&c) / DATA_MIN;
	if (!ok)
		return error_set(e, REASON_DAMAGED, cursor_place(&c),
				 "the set-up of a worker is damaged");
	struct ir_extern *externs = arena_array(a, n_externs, sizeof *externs);
	struct scan_module_data *data = arena_array(a, n_data, sizeof *data);
	if (externs == NULL || data == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE,
				 "no memory for the set-up of a worker");
	for (; ok && o.n_externs < n_externs; o.n_externs++)
		ok = read_extern(&c, &externs[o.n_externs]);
	for (; ok && o.n_data < n_data; o.n_data++) {
		data[o.n_data].module = (size_t)cursor_le64(&c);
		data[o.n_data].data = cursor_take(&c, cursor_le64(&c));
		ok = cursor_ok(&c);
	}
	if (!ok || cursor_left(&c) != 0)
		return error_set(e, REASON_DAMAGED, cursor_place(&c),
				 "the set-up of a worker is damaged");
	o.externs = externs;
	o.data = data;
	*out = o;
	*magic = ask;
	return true;
}
