/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/salvage_pdf.h"

#include <stdlib.h>

/* A document of the objects that are whole (ISO 32000-1, 7.5, 7.7.2 and 7.7.3). */

enum { MAX_NUMBER = 8 << 20, DEEPEST = 32 };

struct making {
	struct pdf_objects *o;
	uint32_t *of; /* index of each number's last object, plus one; 0: none */
	uint32_t n_numbers;
	uint32_t pages; /* seen on the way from the root */
	uint64_t steps; /* on that way: a tree may lead to one node again and again */
};

static const struct pdf_object *find(const struct making *m, uint32_t number)
{
	if (number >= m->n_numbers || m->of[number] == 0)
		return NULL;
	return &m->o->list[m->of[number] - 1];
}

static bool is_page(const struct pdf_object *x)
{
	return salvage_pdf_is(x->body, "/Type", "/Page");
}

/* Counts the pages that the tree leads to; false where a node of it is lost. */
static bool count_pages(struct making *m, uint32_t number, unsigned depth)
{
	const struct pdf_object *x = find(m, number);
	uint32_t kid;

	if (x == NULL || depth > DEEPEST || m->steps++ > 4 * m->o->n)
		return false;
	if (is_page(x)) {
		m->pages++;
		return true;
	}
	struct span kids = salvage_pdf_value(x->body, "/Kids");
	const uint8_t *end = kids.n != 0 ? memchr(kids.p, ']', kids.n) : NULL;
	if (end == NULL || kids.p[0] != '[')
		return false;
	kids = span_cut(kids, 1, (uint64_t)(end - kids.p) - 1);
	while (salvage_pdf_number(kids, &kid)) {
		const uint8_t *r = memchr(kids.p, 'R', kids.n);
		if (r == NULL || !count_pages(m, kid, depth + 1))
			return false;
		kids = span_cut(kids, (uint64_t)(r - kids.p) + 1, kids.n);
	}
	return true;
}

/* The root that the old trailer names, or the last catalogue, if its tree is whole. */
static bool sound_root(struct making *m, uint32_t *root)
{
	uint32_t pages, all = 0;

	for (uint32_t i = 0; i < m->n_numbers; i++) {
		const struct pdf_object *x = find(m, i);
		all += x != NULL && is_page(x);
	}
	bool named = salvage_pdf_number(salvage_pdf_value(m->o->trailer, "/Root"), root) &&
		     find(m, *root) != NULL;
	for (uint32_t i = 0; !named && i < m->n_numbers; i++) {
		const struct pdf_object *x = find(m, i);
		if (x != NULL && salvage_pdf_is(x->body, "/Type", "/Catalog")) {
			*root = i;
			named = true;
		}
	}
	if (!named ||
	    !salvage_pdf_number(salvage_pdf_value(find(m, *root)->body, "/Pages"), &pages))
		return false;
	m->pages = 0;
	m->steps = 0;
	return count_pages(m, pages, 0) && m->pages >= all;
}

/* ---- writing */

static void put_object(struct buf *out, uint64_t *place, uint32_t number,
		       const struct pdf_object *x)
{
	place[number] = out->n;
	buf_printf(out, "%u %u obj", number, x->generation & 0xffff);
	if (x->body.n != 0 && x->body.p[0] != '\n' && x->body.p[0] != '\r')
		buf_put_u8(out, '\n');
	buf_put_span(out, x->body);
	buf_put_text(out, "\nendobj\n");
}

/* A tree of one node with all pages, in the order of the file. */
static void put_tree(const struct making *m, struct buf *out, uint64_t *place, uint32_t *root)
{
	uint32_t node = m->n_numbers, n = 0;

	place[node] = out->n;
	buf_printf(out, "%u 0 obj\n<</Type/Pages/MediaBox[0 0 612 792]/Kids[", node);
	for (size_t i = 0; i < m->o->n; i++) {
		const struct pdf_object *x = &m->o->list[i];
		if (!is_page(x) || find(m, x->number) != x)
			continue;
		buf_printf(out, "%u %u R ", x->number, x->generation & 0xffff);
		n++;
	}
	buf_printf(out, "]/Count %u>>\nendobj\n", n);
	*root = node + 1;
	place[*root] = out->n;
	buf_printf(out, "%u 0 obj\n<</Type/Catalog/Pages %u 0 R>>\nendobj\n", *root, node);
}

/* `/Key N G R`, as the old trailer has it. */
static void put_reference(const struct making *m, struct buf *out, const char *key)
{
	struct span v = salvage_pdf_value(m->o->trailer, key);
	uint32_t number;

	if (salvage_pdf_number(v, &number) && find(m, number) != NULL)
		buf_printf(out, "%s %u %u R", key, number, find(m, number)->generation & 0xffff);
}

static void put_trailer(const struct making *m, struct buf *out, const uint64_t *place,
			uint32_t root)
{
	uint32_t n = m->n_numbers + 2;
	size_t table = out->n;

	buf_printf(out, "xref\n0 %u\n0000000000 65535 f \n", n);
	for (uint32_t i = 1; i < n; i++) {
		const struct pdf_object *x = find(m, i);
		buf_printf(out, "%010llu %05u %c \n", (unsigned long long)place[i],
			   place[i] == 0 ? 65535u
			   : x != NULL   ? x->generation & 0xffff
					 : 0,
			   place[i] != 0 ? 'n' : 'f');
	}
	buf_printf(out, "trailer\n<</Size %u/Root %u 0 R", n, root);
	put_reference(m, out, "/Info");
	put_reference(m, out, "/Encrypt");
	struct span id = salvage_pdf_value(m->o->trailer, "/ID");
	const uint8_t *end = id.n != 0 && id.p[0] == '[' ? memchr(id.p, ']', id.n) : NULL;
	if (end != NULL && end - id.p < 256) {
		buf_put_text(out, "/ID");
		buf_put_span(out, span_cut(id, 0, (uint64_t)(end - id.p) + 1));
	}
	buf_printf(out, ">>\nstartxref\n%zu\n%%%%EOF\n", table);
}

bool salvage_pdf_make(struct pdf_objects *o, struct buf *out)
{
	struct making m = { .o = o };
	uint32_t root = 0;

	for (size_t i = 0; i < o->n; i++)
		if (o->list[i].number >= m.n_numbers && o->list[i].number < MAX_NUMBER)
			m.n_numbers = o->list[i].number + 1;
	m.of = arena_array(&o->s->arena, (size_t)m.n_numbers + 1, sizeof *m.of);
	uint64_t *place = arena_array(&o->s->arena, (size_t)m.n_numbers + 2, sizeof *place);
	if (m.of == NULL || place == NULL)
		return false;
	for (size_t i = 0; i < o->n; i++)
		if (!o->list[i].dropped && o->list[i].number < m.n_numbers)
			m.of[o->list[i].number] = (uint32_t)i + 1;
	buf_put_text(out, "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n");
	for (uint32_t i = 1; i < m.n_numbers; i++)
		if (find(&m, i) != NULL)
			put_object(out, place, i, find(&m, i));
	if (!sound_root(&m, &root))
		put_tree(&m, out, place, &root);
	put_trailer(&m, out, place, root);
	return buf_ok(out) && m.n_numbers > 1;
}
