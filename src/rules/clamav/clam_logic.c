/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/clamav/clam_logic.h"

/* .ldb: Name;TDB;Expression;Sub0[;Sub1...] (reference engine C.1.4). */

enum { MAX_ATTRIBUTES = 10, MAX_CHAIN = 16 };

/* The target description block. */
struct block {
	uint64_t target;
	bool has_size, has_entry, has_sections;
	uint64_t size[2], entry[2], sections[2];
	bool level;                   /* this engine's is asked for */
	struct span container;        /* CL_TYPE_ZIP; empty: any or none */
	struct span icon[2];          /* groups */
	struct span chain[MAX_CHAIN]; /* Intermediates, the outermost first */
	size_t n_chain;
	unsigned handler; /* HandlerType: number of a type; CLAM_TYPES_HANDLED: none */
};

static bool container(struct clam *c, struct span s, struct span *out)
{
	*out = s;
	return (s.n > 8 && memcmp(s.p, "CL_TYPE_", 8) == 0) ||
	       clam_error(c, s, "expected a type such as CL_TYPE_ZIP");
}

/* CL_TYPE_A>CL_TYPE_B: the object lies in B, and B in A. */
static bool chain(struct clam *c, struct span s, struct block *b)
{
	struct span part[CLAM_MAX_FIELDS];

	b->n_chain = clam_split(s, '>', part);
	if (b->n_chain > MAX_CHAIN)
		return clam_error(c, s, "over %d intermediates", MAX_CHAIN);
	for (size_t i = 0; i < b->n_chain; i++)
		if (!container(c, part[i], &b->chain[i]))
			return false;
	return true;
}

/* Where nothing is done with the type, the signature is reported as another; one of what is to be
 * ignored never is. */
static bool handler(struct clam *c, struct span s, struct block *b)
{
	unsigned type;

	if (!clam_type_find(s, &type))
		return clam_error(c, s, "expected a type such as CL_TYPE_ZIP");
	b->handler = clam_type_is_handled(type) ? type : CLAM_TYPES_HANDLED;
	b->level = b->level && !span_is(s, "CL_TYPE_IGNORED");
	return true;
}

static bool attribute(struct clam *c, struct span s, struct block *b)
{
	const uint8_t *colon = memchr(s.p, ':', s.n);
	uint64_t level[2];

	if (colon == NULL)
		return clam_error(c, s, "expected an attribute:value");
	struct span name = { s.p, (size_t)(colon - s.p) };
	struct span value = span_cut(s, name.n + 1, s.n);
	if (span_is(name, "Engine")) {
		if (!clam_range(c, value, level))
			return false;
		b->level = b->level && level[0] <= CLAM_LEVEL && CLAM_LEVEL <= level[1];
		return true;
	}
	if (span_is(name, "Target"))
		return clam_number(value, CLAM_TARGETS - 1, &b->target) ||
		       clam_error(c, value, "expected a target type, 0 to %d", CLAM_TARGETS - 1);
	if (span_is(name, "FileSize"))
		return (b->has_size = clam_range(c, value, b->size));
	if (span_is(name, "EntryPoint"))
		return (b->has_entry = clam_range(c, value, b->entry));
	if (span_is(name, "NumberOfSections"))
		return (b->has_sections = clam_range(c, value, b->sections));
	if (span_is(name, "IconGroup1") || span_is(name, "IconGroup2")) {
		b->icon[name.p[name.n - 1] - '1'] = value;
		return value.n != 0 || clam_error(c, s, "expected a group of icons");
	}
	if (span_is(name, "Container"))
		return container(c, value, &b->container);
	if (span_is(name, "Intermediates"))
		return chain(c, value, b);
	if (span_is(name, "HandlerType"))
		return handler(c, value, b);
	return clam_error(c, s, "the attribute %.*s is not supported", (int)name.n,
			  (const char *)name.p);
}

static bool read_block(struct clam *c, struct span s, struct block *b)
{
	struct span part[CLAM_MAX_FIELDS];
	size_t n = clam_split(s, ',', part);

	*b = (struct block){ .level = true, .handler = CLAM_TYPES_HANDLED };
	if (n > MAX_ATTRIBUTES)
		return clam_error(c, s, "over %d attributes", MAX_ATTRIBUTES);
	for (size_t i = 0; i < n; i++)
		if (!attribute(c, part[i], b))
			return false;
	return true;
}

bool clam_block(struct clam *c, struct span block, bool *ours, struct span *container)
{
	struct block b;

	if (!read_block(c, block, &b))
		return false;
	*ours = b.level;
	*container = b.container;
	return true;
}

static size_t block_nodes(struct clam *c, const struct block *b, uint32_t *node)
{
	size_t n = 0;
	uint32_t type = clam_of_target(c, b->target);

	if (type != COND_NONE)
		node[n++] = type;
	for (unsigned i = 0; b->has_size && i < 2; i++) {
		uint32_t size = clam_node(c, COND_FILESIZE, VALUE_INT, 0, 0, 0);
		uint32_t v = clam_int(c, (int64_t)b->size[i]);
		node[n++] = clam_node(c, i == 0 ? COND_GE : COND_LE, VALUE_BOOL, size, v, 0);
	}
	return n;
}

/* What takes a parser to answer comes behind the expression. */
static size_t block_nodes_late(struct clam *c, const struct block *b, uint32_t *node)
{
	size_t n = 0;

	if (b->container.n != 0)
		node[n++] = clam_within(c, 1, b->container);
	for (size_t i = 0; i < b->n_chain; i++)
		if (!span_is(b->chain[i], "CL_TYPE_ANY"))
			node[n++] = clam_within(c, (int64_t)(b->n_chain - i), b->chain[i]);
	if (b->n_chain != 0) /* ANY: there must be a container all the same */
		node[n++] = clam_between(c, CLAM_DEPTH, b->n_chain, INT64_MAX);
	if (b->has_entry)
		node[n++] = clam_between(c, CLAM_ENTRY, b->entry[0], b->entry[1]);
	if (b->has_sections)
		node[n++] = clam_between(c, CLAM_SECTIONS, b->sections[0], b->sections[1]);
	return n;
}

static bool make_rule(struct clam *c, const struct span *field, size_t n, const struct block *b,
		      struct span name)
{
	struct clam_logic l = { .c = c, .target = b->target };
	uint32_t node[MAX_ATTRIBUTES + MAX_CHAIN + 5];

	if (!clam_rule(c, name, field[2]))
		return false;
	clam_rule_target(c, b->target);
	if (b->handler != CLAM_TYPES_HANDLED)
		clam_rule_handler(c, b->handler, 0);
	for (size_t i = 3; i < n; i++, l.n_subs++)
		if (!clam_sub_read(&l, i - 3, field[i]))
			return clam_finish(c, COND_NONE) && false;
	size_t k = block_nodes(c, b, node);
	if (!clam_expression(&l, field[2], l.n_subs, &node[k]))
		return clam_finish(c, COND_NONE) && false;
	k++;
	k += block_nodes_late(c, b, node + k);
	if (b->icon[0].n != 0 || b->icon[1].n != 0) {
		node[k] = clam_icons(c, b->icon, field[1]);
		if (node[k++] == COND_NONE)
			return clam_finish(c, COND_NONE) && false;
	}
	return clam_finish(c, clam_all(c, COND_AND, node, k));
}

/* The type that a line says objects are of; false where it says none. */
static bool handler_of(struct span line, unsigned *type)
{
	struct span field[CLAM_MAX_FIELDS], part[CLAM_MAX_FIELDS];
	static const char name[] = "HandlerType:";
	const size_t n_name = sizeof name - 1;

	if (line.p[0] == '#' || clam_split(line, ';', field) < 2)
		return false;
	size_t n = clam_split(field[1], ',', part);
	for (size_t i = 0; i < n; i++)
		if (part[i].n > n_name && memcmp(part[i].p, name, n_name) == 0)
			return clam_type_find(span_cut(part[i], n_name, part[i].n), type) &&
			       clam_type_is_handled(*type);
	return false;
}

void clam_handlers(struct clam *c, struct span text)
{
	unsigned type;

	for (size_t at = 0; at < text.n;) {
		const uint8_t *p = text.p + at, *end = memchr(p, '\n', text.n - at);
		size_t n = end != NULL ? (size_t)(end - p) : text.n - at;
		at += n + 1;
		if (n != 0 && handler_of((struct span){ p, n }, &type))
			c->retyped |= 1u << clam_type_at(type)->target;
	}
}

bool clam_logic_line(struct clam *c, struct span line)
{
	struct span field[CLAM_MAX_FIELDS];
	size_t n = clam_split_logic(line, field);
	struct block b;

	if (n < 4)
		return clam_error(c, line,
				  "%zu fields; at least 4 are wanted: "
				  "name;target;expression;subsignature",
				  n);
	if (n - 3 > CLAM_MAX_SUBS)
		return clam_error(c, line, "%zu subsignatures, at most %d", n - 3, CLAM_MAX_SUBS);
	struct span name = clam_name(c, field[0]);
	if (name.n == 0 || !read_block(c, field[1], &b))
		return false;
	if (!b.level || clam_ignored(c, name))
		return true;
	return make_rule(c, field, n, &b, name);
}
