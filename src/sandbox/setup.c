/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/setup.h"

enum {
	SETUP_MAGIC = 0x31746573,
	/* "set1" */ EXTERN_MIN = 4 + 1 + 8,
	DATA_MIN = 8 + 8,
	PASSWORD_MIN = 4
};

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

static void put_unpack(const struct scan_options *s, struct buf *b)
{
	const struct budget_limits *l = &s->unpack.limits;

	buf_put_u8(b, s->whole);
	buf_put_u8(b, s->list);
	buf_put_le32(b, l->max_depth);
	buf_put_le64(b, l->max_objects);
	buf_put_le64(b, l->max_bytes);
	buf_put_le64(b, l->max_ratio);
	buf_put_le64(b, l->max_held);
	buf_put_le64(b, l->max_steps);
	for (size_t i = 0; i < UNPACK_OFF_WORDS; i++)
		buf_put_le64(b, s->unpack.off[i]);
}

static void read_unpack(struct cursor *c, struct scan_options *o)
{
	struct budget_limits *l = &o->unpack.limits;

	o->whole = cursor_u8(c) != 0;
	o->list = cursor_u8(c) != 0;
	l->max_depth = cursor_le32(c);
	l->max_objects = cursor_le64(c);
	l->max_bytes = cursor_le64(c);
	l->max_ratio = cursor_le64(c);
	l->max_held = cursor_le64(c);
	l->max_steps = cursor_le64(c);
	for (size_t i = 0; i < UNPACK_OFF_WORDS; i++)
		o->unpack.off[i] = cursor_le64(c);
}

void setup_write(const struct scan_options *s, struct buf *out)
{
	buf_put_le32(out, SETUP_MAGIC);
	buf_put_le64(out, s->max_steps);
	buf_put_le64(out, (uint64_t)s->now);
	buf_put_u8(out, s->hash);
	buf_put_u8(out, s->strings);
	buf_put_u8(out, s->fast);
	buf_put_le32(out, s->module_data);
	buf_put_u8(out, s->process);
	put_unpack(s, out);
	buf_put_le32(out, (uint32_t)s->n_externs);
	buf_put_le32(out, (uint32_t)s->n_data);
	buf_put_le32(out, (uint32_t)s->unpack.n_passwords);
	for (size_t i = 0; i < s->n_externs; i++)
		put_extern(out, &s->externs[i]);
	for (size_t i = 0; i < s->n_data; i++) {
		buf_put_le64(out, s->data[i].module);
		buf_put_le64(out, s->data[i].data.n);
		buf_put_span(out, s->data[i].data);
	}
	for (size_t i = 0; i < s->unpack.n_passwords; i++) {
		buf_put_le32(out, (uint32_t)s->unpack.password[i].n);
		buf_put_span(out, s->unpack.password[i]);
	}
	if (s->n_externs > SETUP_MAX_EXTERNS || s->n_data > SETUP_MAX_DATA ||
	    s->unpack.n_passwords > SETUP_MAX_PASSWORDS)
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

bool setup_read(struct span bytes, struct arena *a, struct scan_options *out, struct error *e)
{
	struct cursor c = cursor_of(bytes);
	struct scan_options o = { 0 };
	bool ok = cursor_le32(&c) == SETUP_MAGIC;

	o.max_steps = cursor_le64(&c);
	o.now = (int64_t)cursor_le64(&c);
	o.hash = cursor_u8(&c) != 0;
	o.strings = cursor_u8(&c) != 0;
	o.fast = cursor_u8(&c) != 0;
	o.module_data = cursor_le32(&c);
	o.process = cursor_u8(&c) != 0;
	read_unpack(&c, &o);
	uint32_t n_externs = cursor_le32(&c), n_data = cursor_le32(&c);
	uint32_t n_passwords = cursor_le32(&c);
	ok = ok && cursor_ok(&c) && n_externs <= cursor_left(&c) / EXTERN_MIN &&
	     n_data <= cursor_left(&c) / DATA_MIN && n_passwords <= cursor_left(&c) / PASSWORD_MIN;
	if (!ok)
		return error_set(e, REASON_DAMAGED, cursor_place(&c),
				 "the set-up of a worker is damaged");
	struct ir_extern *externs = arena_array(a, n_externs, sizeof *externs);
	struct scan_module_data *data = arena_array(a, n_data, sizeof *data);
	struct span *password = arena_array(a, n_passwords, sizeof *password);
	if (externs == NULL || data == NULL || password == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE,
				 "no memory for the set-up of a worker");
	for (; ok && o.n_externs < n_externs; o.n_externs++)
		ok = read_extern(&c, &externs[o.n_externs]);
	for (; ok && o.n_data < n_data; o.n_data++) {
		data[o.n_data].module = (size_t)cursor_le64(&c);
		data[o.n_data].data = cursor_take(&c, cursor_le64(&c));
		ok = cursor_ok(&c);
	}
	for (; ok && o.unpack.n_passwords < n_passwords; o.unpack.n_passwords++) {
		password[o.unpack.n_passwords] = cursor_take(&c, cursor_le32(&c));
		ok = cursor_ok(&c);
	}
	if (!ok || cursor_left(&c) != 0)
		return error_set(e, REASON_DAMAGED, cursor_place(&c),
				 "the set-up of a worker is damaged");
	o.externs = externs;
	o.data = data;
	o.unpack.password = password;
	*out = o;
	return true;
}
