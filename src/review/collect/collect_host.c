/* SPDX-License-Identifier: Apache-2.0 */
#include "review/collect.h"
#include "review/lines.h"

/*
 * Names of other machines that this one's configuration knows: hosts(5), the domains that it
 * searches (resolv.conf), and where its package managers fetch from (apt, dnf, zypper, apk,
 * pacman).  Of an address (RFC 3986) the host alone is kept: the rest may hold a password.
 */

enum { MAX_FILE = 4 << 20 };

static void take_source(struct gather *g, const char *directory, const char *name, unsigned type)
{
	char path[GATHER_MAX_PATH];

	(void)type;
	if ((gather_ends(name, ".list") || gather_ends(name, ".sources") ||
	     gather_ends(name, ".repo")) &&
	    gather_path(g, path, directory, name))
		(void)gather_file(g, path, MAX_FILE);
}

static void gather(struct gather *g)
{
	static const char *const files[] = { "/etc/hosts", "/etc/resolv.conf",
					     "/etc/apt/sources.list", "/etc/apk/repositories",
					     "/etc/pacman.d/mirrorlist" };
	static const char *const directories[] = { "/etc/apt/sources.list.d", "/etc/yum.repos.d",
						   "/etc/zypp/repos.d" };

	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		(void)gather_file(g, files[i], MAX_FILE);
	for (size_t i = 0; i < sizeof directories / sizeof *directories; i++)
		(void)gather_each(g, directories[i], take_source);
	if (bundle_count(g->bundle) == 0 && g->cover->n_gaps == 0)
		coverage_decide(g->cover, COVERAGE_NOT_APPLICABLE, "no such file");
}

/* ---- reading */

static void put(struct fact_writer *w, const char *type, struct span name, struct span address,
		const char *path)
{
	fact_begin(w, FACT_HOST);
	fact_put(w, FACT_NAME, name);
	fact_put_text(w, FACT_TYPE, type);
	fact_put(w, FACT_REMOTE, address);
	fact_put_text(w, FACT_LOCATION, path);
	fact_end(w);
}

static struct span without_comment(struct span line)
{
	const uint8_t *mark = line.n != 0 ? memchr(line.p, '#', line.n) : NULL;

	return mark != NULL ? span_cut(line, 0, (size_t)(mark - line.p)) : line;
}

/* ADDRESS NAME... */
static void read_hosts(const struct item *item, struct fact_writer *w)
{
	struct span text = item->bytes, line, address, name;

	while (lines_next(&text, &line)) {
		line = without_comment(line);
		if (!lines_word(&line, &address))
			continue;
		while (lines_word(&line, &name))
			put(w, "hosts", name, address, item->name);
	}
}

static void read_searched(const struct item *item, struct fact_writer *w)
{
	const struct span none = { NULL, 0 };
	struct span text = item->bytes, line, word;

	while (lines_next(&text, &line)) {
		if (!lines_word(&line, &word) ||
		    (!span_is(word, "search") && !span_is(word, "domain")))
			continue;
		while (lines_word(&line, &word))
			put(w, "searched", word, none, item->name);
	}
}

/* SCHEME "://" [ USER "@" ] HOST [ ":" PORT ] [ "/" ... ]; false where there is none left. */
static bool next_authority(struct span *rest, struct span *host)
{
	static const char ends[] = "/ \t\"'>,]\\;";
	const uint8_t *mark = rest->n != 0 ? memmem(rest->p, rest->n, "://", 3) : NULL;
	size_t n = 0, from = 0;

	if (mark == NULL)
		return false;
	*rest = span_cut(*rest, (size_t)(mark - rest->p) + 3, SIZE_MAX);
	bool bracket = rest->n != 0 && rest->p[0] == '[';
	while (n < rest->n && (strchr(ends, rest->p[n]) == NULL || (bracket && rest->p[n] == ']')))
		n++;
	for (size_t i = 0; i < n; i++)
		if (rest->p[i] == '@')
			from = i + 1;
	*host = span_cut(*rest, from, n - from);
	for (size_t i = 0; !bracket && i < host->n; i++)
		if (host->p[i] == ':')
			*host = span_cut(*host, 0, i);
	return true;
}

static bool is_address(struct span host)
{
	for (size_t i = 0; i < host.n; i++)
		if ((host.p[i] < '0' || host.p[i] > '9') && host.p[i] != '.')
			return host.p[0] == '[';
	return host.n != 0;
}

/* Each host of a file once in a row: a mirror stands in many lines. */
static void read_sources(const struct item *item, struct fact_writer *w)
{
	const struct span none = { NULL, 0 };
	struct span text = item->bytes, line, host, last = none;

	while (lines_next(&text, &line)) {
		line = without_comment(line);
		while (next_authority(&line, &host)) {
			if (host.n == 0 || span_equal(host, last))
				continue;
			put(w, "packages", host, is_address(host) ? host : none, item->name);
			last = host;
		}
	}
}

static void read(const struct bundle *b, struct fact_writer *w)
{
	for (size_t i = 0; i < bundle_count(b); i++) {
		struct item item = bundle_get(b, i);
		struct span base = lines_base(span_of(item.name));
		if (span_is(base, "hosts"))
			read_hosts(&item, w);
		else if (span_is(base, "resolv.conf"))
			read_searched(&item, w);
		else
			read_sources(&item, w);
	}
}

const struct collector collect_host = {
	.name = "hosts",
	.title = "Machines that the configuration names",
	.looks = "hosts, resolv.conf, sources of apt, dnf, zypper, apk and pacman",
	.gather = gather,
	.read = read,
};
