/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_FORMAT_MODULE_H
#define PEL_FORMAT_MODULE_H

/*
 * A YARA module: what it offers to conditions, declared once.
 *
 * The tree of `struct field` is read by the checker (names and types), by the
 * evaluator (slots), by the documentation and by `pellucid inspect`.  A parsed
 * file is a tree of `struct value` of the same shape: a struct is an array of
 * slots, one for each field in the table's order, so that a field is found by
 * its number and not by its name.  What a parser does not set is undefined.
 *
 * Tables end with a field without a name.  They are written with designated
 * indices, so that the parser sets slots[PE_MACHINE] where the table has
 * [PE_MACHINE] = { .name = "machine", ... }.
 */

#include "base/arena.h"
#include "base/cursor.h"
#include "base/error.h"
#include "format/type.h"

enum value_kind {
	VALUE_UNDEFINED,
	VALUE_BOOL,     /* in .i, 0 or 1 */
	VALUE_INT,      /* 64 bits, signed */
	VALUE_FLOAT,    /* double */
	VALUE_STRING,   /* any bytes */
	VALUE_REGEX,    /* arguments only: a number that means something to struct call's regex() */
	VALUE_STRUCT,   /* .slots */
	VALUE_ARRAY,    /* .list */
	VALUE_DICT,     /* .dict */
	VALUE_FUNCTION, /* in tables only */
	VALUE_LATER,    /* in slots only: made when it is first read, by value_now() */
};

struct value_later;

struct value {
	enum value_kind kind;
	uint16_t n_slots; /* STRUCT: how many there are */
	bool cut;         /* of a slot: what was put off met a limit, and is not all of it */
	union {
		int64_t i;
		double f;
		struct span s;       /* in the file or in the arena */
		struct value *slots; /* one for each field of the struct's table */
		struct value_list *list;
		struct value_dict *dict;
		struct value_later *later;
	};
};

/* What is seldom asked for and costs much (a symbol table): `make` sets *out, or leaves it
 * undefined. */
struct value_later {
	void (*make)(const struct value_later *l, struct value *out);
	struct arena *arena;
	const void *from; /* make's own; in the arena */
};

struct value_list {
	size_t n, max; /* elements in use; that `item` has room for */
	struct value *item;
};

struct value_dict {
	size_t n, max;
	struct span *key;
	struct value *item;
};

struct call; /* below */

struct field {
	const char *name; /* NULL ends a table */
	enum value_kind kind;
	enum value_kind of;          /* ARRAY, DICT: of an element; FUNCTION: of the result */
	const struct field *members; /* STRUCT, and ARRAY or DICT of STRUCT: its table */
	const char *args;            /* FUNCTION: a letter for each argument, of "ifsrb" */
	/* FUNCTION: sets *out; false where the result is undefined.  Overloads stand one after the
	 * other under one name. */
	bool (*call)(struct call *c, struct value *out);
	bool constant;    /* an INT or STRING that no file changes */
	bool everywhere;  /* 0 and not undefined where the module does not apply */
	int64_t number;   /* a constant's value */
	const char *text; /* a constant STRING's value */
	const char *doc;  /* one line for the manual */
};

/* What a module's parser is given. */
struct module_input {
	struct span file;    /* the whole object */
	struct arena *arena; /* for all that it builds */
	struct span data;    /* what the user gave by --module-data; empty if nothing */
	int64_t now;         /* seconds since 1970, a recorded input of the scan */
	void **state;        /* the parser's own memory for its functions; in the arena */
	uint64_t *steps;     /* what is left to the rule that asks, now or later; NULL: no rule */
	const void *host; /* a service that the engine offers this module (magic); NULL if none */
};

struct module {
	const char *name;
	const struct field *fields;
	uint32_t classes; /* bit set of type_class: elsewhere load() is not called */
	const char *doc;
	/*
	 * Fills `slots`, one for each field, all undefined at first.  What could be read stays
	 * where the rest is damaged.  False where the file is not of this format at all, or cannot
	 * be gone through within the budget (*e says which); what is set is used all the same.
	 */
	bool (*load)(struct module_input *in, struct value *slots, struct error *e);
	/* Can data that a user gives the module be read?  NULL: it takes any, or none. */
	bool (*check)(struct span data, struct error *e);
};

/* A part that was put off has met a limit of its own: the rule that asks for it gets no answer from
 * half of it, and ends as one whose steps are spent. */
static inline void module_cut(uint64_t *steps)
{
	if (steps != NULL)
		*steps = 0;
}

/* What a function is given.  No argument is undefined: the evaluator answers undefined itself. */
struct call {
	const struct value *args;
	const struct value *self; /* slots of the struct that the function is a member of */
	const struct value *top;  /* the module's slots */
	struct span file;
	struct arena *arena;
	void *state;      /* what load() left */
	const void *host; /* as in struct module_input */
	int64_t now;
	uint64_t *steps; /* work left; a function takes one for each byte that it goes through */
	bool (*regex)(void *ctx, int64_t regex,
		      struct span text);          /* does it match anywhere in text */
	void (*log)(void *ctx, struct span line); /* console; NULL drops */
	void *ctx;
};

/* The number of fields in a table. */
size_t field_count(const struct field *table);
/* The first field of that name (the first overload of a function); NULL where there is none. */
const struct field *field_find(const struct field *table, struct span name);

/* Slots for one struct of that table, all undefined; NULL where memory is spent. */
NODISCARD struct value *value_slots(struct arena *a, const struct field *table);
/* Makes *v a struct of that table; its slots, all undefined, or NULL. */
struct value *value_make_struct(struct value *v, struct arena *a, const struct field *table);
/* Makes *v an array or a dictionary without elements, with room for max.  False where the memory is
 * spent. */
NODISCARD bool value_make_list(struct value *v, struct arena *a, size_t max);
NODISCARD bool value_make_dict(struct value *v, struct arena *a, size_t max);
/* The next element, undefined at first; NULL beyond the room.  A key is not copied, and is not
 * compared with those before it. */
struct value *value_add(struct value *list);
struct value *value_add_key(struct value *dict, struct span key);
/* The next element of an array of structs: its slots; NULL beyond the room or the memory. */
struct value *value_add_slots(struct value *list, struct arena *a, const struct field *table);
/* The next element of an array whose room doubles as it fills, up to `most` elements; NULL beyond
 * them or where the memory is spent.  Elements move, so that pointers to them do not last. */
struct value *value_grow(struct value *list, struct arena *a, size_t most);
struct value *value_grow_slots(struct value *list, struct arena *a, const struct field *table,
			       size_t most);

/* The slot, once it is made.  Whoever reads a slot that a parser may put off reads it through this.
 */
static inline struct value *value_now(struct value *slot)
{
	if (slot->kind == VALUE_LATER) {
		const struct value_later *l = slot->later;
		slot->kind = VALUE_UNDEFINED;
		l->make(l, slot);
	}
	return slot;
}

/* The same for a rule, of which `steps` are left: each that asks for what was cut ends there, not
 * only the one for which it was made. */
static inline struct value *value_asked(struct value *slot, uint64_t *steps)
{
	if (slot->kind == VALUE_LATER) {
		uint64_t left = *steps;
		*steps = left != 0 ? left : 1; /* or it would look as if it had been cut */
		slot = value_now(slot);
		slot->cut = slot->cut || *steps == 0;
		if (left == 0)
			*steps = 0;
	}
	if (slot->cut)
		*steps = 0;
	return slot;
}

/* Puts *v off.  False where memory is spent. */
NODISCARD bool value_put_off(struct value *v, struct arena *a, const void *from,
			     void (*make)(const struct value_later *l, struct value *out));

static inline void value_int(struct value *v, int64_t i)
{
	v->kind = VALUE_INT;
	v->i = i;
}
static inline void value_bool(struct value *v, bool b)
{
	v->kind = VALUE_BOOL;
	v->i = b;
}
static inline void value_float(struct value *v, double f)
{
	v->kind = VALUE_FLOAT;
	v->f = f;
}
static inline void value_string(struct value *v, struct span s)
{
	v->kind = VALUE_STRING;
	v->s = s;
}

#endif
