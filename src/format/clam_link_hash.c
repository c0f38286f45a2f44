/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "format/clam_link_part.h"

/*
 * .gdb: digests of addresses, in the way of Google's Safe Browsing: of the host and up to four of
 * the hosts above it, each with the path, the path without what is asked for, and up to four
 * directories.
 */

enum { HOSTS = 5, PATHS = 6 };

struct canonical {
	struct clam_address a;
	struct span host, path; /* in it */
};

static uint8_t lower(uint8_t c) { return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c; }

/* /a/./b and /a/c/../b are /a/b. */
static void fold_path(struct clam_address *a)
{
	size_t to = 0;

	for (size_t i = 0; i < a->n; i++) {
		struct span rest = { a->p + i, a->n - i };
		if (clam_link_begins(rest, "/./")) {
			i += 1;
			continue;
		}
		if (clam_link_begins(rest, "/..") && (rest.n == 3 || rest.p[3] == '/')) {
			size_t back = to;
			while (back > 0 && a->p[back - 1] != '/')
				back--;
			if (back > 0) {
				to = back - 1;
				i += 2;
				if (rest.n == 3)
					a->p[to++] = '/';
				continue;
			}
		}
		a->p[to++] = a->p[i];
	}
	a->n = to;
}

static void escape(struct clam_address *a)
{
	static const char digits[] = "0123456789ABCDEF";
	struct clam_address from = *a;

	a->n = 0;
	for (size_t i = 0; i < from.n && a->n + 3 <= CLAM_LINK_MOST; i++) {
		uint8_t c = from.p[i];
		if (c > ' ' && c < 127 && c != '%' && c != '#') {
			a->p[a->n++] = c;
			continue;
		}
		a->p[a->n++] = '%';
		a->p[a->n++] = (uint8_t)digits[c >> 4];
		a->p[a->n++] = (uint8_t)digits[c & 15];
	}
}

static void cut_front(struct clam_address *a, size_t n)
{
	memmove(a->p, a->p + n, a->n - n);
	a->n -= n;
}

/* False: it has no scheme. */
static bool make(struct canonical *c, const struct clam_address *real)
{
	struct span s = { real->p, real->n };
	size_t at = clam_link_find(s, ":");

	if (at == s.n)
		return false;
	at++;
	while (at < s.n && s.p[at] == '/')
		at++;
	struct span host = span_cut(s, at, s.n);
	host = span_cut(host, 0, clam_link_find(host, ":/?"));
	size_t user = clam_link_find(host, "@");
	at += user < host.n ? user + 1 : 0;
	c->a = *real;
	cut_front(&c->a, at);
	clam_link_decode(&c->a);
	at = 0;
	while (at < c->a.n && c->a.p[at] == '/')
		at++;
	while (at < c->a.n && c->a.p[at] == '.')
		at++;
	cut_front(&c->a, at);
	fold_path(&c->a);
	escape(&c->a);
	s = (struct span){ c->a.p, c->a.n };
	size_t n = clam_link_find(s, ":/?");
	for (size_t i = 0; i < n; i++)
		c->a.p[i] = lower(c->a.p[i]);
	c->host = span_cut(s, 0, n);
	c->path = n < s.n ? span_cut(s, n + 1, s.n) : span_cut(s, s.n, 0);
	return true;
}

/* Hosts, the shortest first: how many. */
static size_t hosts_of(struct span host, struct span out[HOSTS])
{
	size_t n = 0, end = host.n;

	while (end > 0 && host.p[end - 1] != '.')
		end--;
	while (end > 0 && n < HOSTS - 1) { /* `end` is behind a dot */
		size_t at = end - 1;
		while (at > 0 && host.p[at - 1] != '.')
			at--;
		if (at == 0)
			break;
		out[n++] = span_cut(host, at, host.n);
		end = at;
	}
	out[n++] = host;
	return n;
}

/* How much of the path, in the order in which clamscan has them. */
static size_t paths_of(struct span path, size_t out[PATHS])
{
	size_t n = 0;

	out[n++] = path.n;
	if (path.n == 0)
		return n;
	size_t bare = clam_link_find(path, "?");
	if (bare != path.n)
		out[n++] = bare;
	out[n++] = 0;
	while (n < PATHS) {
		size_t from = out[n - 1] + 1;
		size_t at = from + clam_link_find(span_cut(path, from, path.n), "/");
		if (at >= path.n)
			break;
		out[n++] = at + 1;
	}
	return n;
}

/* The kind that is kept with a digest; 0: it is not there. */
static uint8_t look_up(struct span sorted, const uint8_t *digest)
{
	size_t low = 0, high = sorted.n / CLAM_LINK_DIGEST;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		struct span r = span_cut(sorted, middle * CLAM_LINK_DIGEST, CLAM_LINK_DIGEST);
		int order = memcmp(r.p, digest, CLAM_LINK_DIGEST - 1);
		if (order == 0)
			return r.p[CLAM_LINK_DIGEST - 1];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return 0;
}

static bool is_in(const struct clam_link_lists *l, struct span host, struct span path,
		  enum clam_link_finding *found)
{
	struct clam_address whole = { .n = 0 };
	uint8_t digest[HASH_MAX_SIZE];

	memcpy(whole.p, host.p, host.n);
	whole.p[host.n] = '/';
	if (path.n != 0)
		memcpy(whole.p + host.n + 1, path.p, path.n);
	whole.n = host.n + 1 + path.n;
	if (!hash_of(HASH_SHA256, (struct span){ whole.p, whole.n }, digest))
		return false;
	uint8_t kind = look_up(l->digests, digest);
	if (kind == 0 || kind == 'W')
		return false;
	*found = kind == '1'   ? CLAM_LINK_BLOCKED
		 : kind == '2' ? CLAM_LINK_PHISHING
			       : CLAM_LINK_MALWARE;
	return true;
}

bool clam_link_is_hashed(const struct clam_link_lists *l, const struct clam_address *real,
			 enum clam_link_finding *found)
{
	struct span host[HOSTS];
	size_t path[PATHS];
	struct canonical c;

	*found = CLAM_LINK_NONE;
	if (!make(&c, real))
		return true;
	size_t n_hosts = hosts_of(c.host, host), n_paths = paths_of(c.path, path);
	for (size_t k = n_paths; k-- > 0;)
		for (size_t i = 0; i < n_hosts; i++)
			if (is_in(l, host[i], span_cut(c.path, 0, path[k]), found))
				return true;
	return false;
}
