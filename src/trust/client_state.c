/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/client_state.h"
#include "trust/durable.h"
#include "trust/verify/strict.h"

#define KIND "pellucid/state/v1"

/* The rest of the next line after `name`; empty where it is another. */
static struct span line_of(struct cursor *c, const char *name)
{
	struct span rest = { NULL, 0 };

	if (!strict_after(cursor_line(c, STRICT_MAX_LINE), name, &rest))
		cursor_fail(c);
	return rest;
}

static bool parse(struct span text, struct accept_state *out)
{
	struct cursor c = cursor_of(text);
	struct accept_state s = { 0 };

	if (!span_is(cursor_line(&c, STRICT_MAX_LINE), KIND) ||
	    !strict_decimal(line_of(&c, "size "), &s.size) ||
	    !strict_base64_hash(line_of(&c, "root "), s.root.b) ||
	    !strict_decimal(line_of(&c, "time "), &s.time) ||
	    !strict_decimal(line_of(&c, "seq "), &s.seq) ||
	    !strict_base64_hash(line_of(&c, "leaf "), s.leaf.b) ||
	    !strict_decimal(line_of(&c, "expires "), &s.expires) || cursor_left(&c) != 0)
		return false;
	*out = s;
	return true;
}

bool client_state_read(const char *path, struct accept_state *out, struct error *e)
{
	struct buf b;
	bool there, ok;

	buf_init(&b, 4096);
	ok = durable_read(path, &b, &there, e);
	if (ok && !there)
		*out = (struct accept_state){ 0 };
	else if (ok)
		ok = parse(buf_span(&b), out) ||
		     error_set(e, REASON_DAMAGED, PLACE_NONE, "%s: not a client's state", path);
	buf_release(&b);
	return ok;
}

bool client_state_write(const char *path, const struct accept_state *s, struct error *e)
{
	char root[STRICT_BASE64_SIZE(32) + 1], leaf[STRICT_BASE64_SIZE(32) + 1];
	struct buf b;

	strict_base64_write((struct span){ s->root.b, 32 }, root);
	strict_base64_write((struct span){ s->leaf.b, 32 }, leaf);
	buf_init(&b, 4096);
	buf_printf(&b, KIND "\nsize %llu\nroot %s\ntime %llu\nseq %llu\nleaf %s\nexpires %llu\n",
		   (unsigned long long)s->size, root, (unsigned long long)s->time,
		   (unsigned long long)s->seq, leaf, (unsigned long long)s->expires);
	bool ok = buf_ok(&b) ? durable_write(path, buf_span(&b), 0644, e)
			     : error_set(e, REASON_MEMORY, PLACE_NONE, "no memory");
	buf_release(&b);
	return ok;
}

static void take_release(struct accept_state *to, const struct accept_state *from)
{
	to->seq = from->seq;
	to->leaf = from->leaf;
	to->expires = from->expires;
}

static void take_head(struct accept_state *to, const struct accept_state *from)
{
	to->size = from->size;
	to->root = from->root;
	to->time = from->time;
}

bool client_state_of(const char *dir, struct accept_state *accepted, struct accept_state *used,
		     struct error *e)
{
	char path[DURABLE_PATH_SIZE];
	struct accept_state last, current;

	if (!durable_path(path, e, "%s/state", dir) || !client_state_read(path, &last, e) ||
	    !durable_path(path, e, "%s/current/state", dir) ||
	    !client_state_read(path, &current, e))
		return false;
	if (current.seq > last.seq)
		take_release(&last, &current);
	if (current.size > last.size || (current.size == last.size && current.time > last.time))
		take_head(&last, &current);
	*accepted = *used = last;
	if (current.seq != 0)
		take_release(used, &current);
	return true;
}
