/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "review/collect.h"
#include "review/lines.h"
#include "review/pem.h"
#include "review/sqlite_table.h"
#include "review/x509.h"

#include <dirent.h>
#include <stdlib.h>

/*
 * Certificates that this machine trusts, and which of them its distribution did not give it.
 *
 * The distribution's own are files that a package owns in /usr/share/ca-certificates and the like;
 * what stands in a bundle that programs read, in a directory for local ones or one that OpenSSL
 * searches by the digests of names, in Java's store or a browser's, and is not among them, was
 * added here.  Java's old store: magic feedfeed, version, count, then for each: kind (2: a
 * certificate), alias, time, type, length, DER; all big-endian. NSS's cert9.db is SQLite; a row of
 * nssPublic that holds a certificate has its DER in a column.
 */

enum {
	MAX_BUNDLE = 32 << 20,
	MAX_CERTIFICATE = 1 << 16, /* bytes of one */
	MAX_TRUSTED = 1 << 16,
	JKS_MAGIC = 0xfeedfeed,
	JKS_CERTIFICATE = 2,
	NSS_COLUMNS = 200,
};

/* The distribution's own; a directory ends in '/'. */
static const char *const own[] = {
	"/usr/share/ca-certificates/",
	"/usr/share/pki/ca-trust-source/",
	"/usr/share/pki/trust/",
	"/usr/share/ca-certificates/trust-source/",
};

static const char *const trusted[] = {
	"/etc/ssl/certs/ca-certificates.crt",
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
	"/etc/ssl/ca-bundle.pem",
	"/etc/ssl/cert.pem",
	"/usr/local/share/ca-certificates/",
	"/etc/pki/ca-trust/source/anchors/",
	"/etc/pki/trust/anchors/",
	"/etc/ca-certificates/trust-source/anchors/",
	"/etc/ssl/certs/java/cacerts",
	"/etc/pki/ca-trust/extracted/java/cacerts",
	"/etc/firefox/policies/",
};

static void take(struct gather *g, const char *directory, const char *name, unsigned type)
{
	char path[GATHER_MAX_PATH];

	if (!gather_path(g, path, directory, name))
		return;
	if (type == DT_DIR)
		(void)gather_each(g, path, take);
	else if (gather_ends(name, ".crt") || gather_ends(name, ".pem") ||
		 gather_ends(name, ".cer") || gather_ends(name, ".der") ||
		 gather_ends(name, ".p11-kit"))
		(void)gather_file(g, path, MAX_BUNDLE);
}

/* HASH.N, by which OpenSSL looks for whom it trusts: 8 digits of the name's digest, and a number.
 */
static bool is_hashed(const char *name)
{
	size_t n = strspn(name, "0123456789abcdef"), m;

	if (n != 8 || name[n] != '.')
		return false;
	m = strspn(name + n + 1, "0123456789");
	return m != 0 && name[n + 1 + m] == '\0';
}

static void take_hashed(struct gather *g, const char *directory, const char *name, unsigned type)
{
	char path[GATHER_MAX_PATH];

	(void)type;
	if (is_hashed(name) && gather_path(g, path, directory, name))
		(void)gather_file(g, path, MAX_BUNDLE);
}

static void take_place(struct gather *g, const char *place)
{
	char path[GATHER_MAX_PATH];
	size_t n = strlen(place);

	if (place[n - 1] != '/') {
		(void)gather_file(g, place, MAX_BUNDLE);
		return;
	}
	memcpy(path, place, n - 1);
	path[n - 1] = '\0';
	(void)gather_each(g, path, take);
}

static void take_profile(struct gather *g, const char *directory, const char *name, unsigned type)
{
	char base[GATHER_MAX_PATH], path[GATHER_MAX_PATH];

	if (type == DT_DIR && gather_path(g, base, directory, name) &&
	    gather_path(g, path, base, "cert9.db"))
		(void)gather_file(g, path, MAX_BUNDLE);
}

static void take_home(struct gather *g, const char *home)
{
	static const char *const profiles[] = { ".mozilla/firefox",
						".thunderbird",
						"snap/firefox/common/.mozilla/firefox",
						".var/app/org.mozilla.firefox/.mozilla/firefox",
						".config/mozilla/firefox",
						".pki" };
	char path[GATHER_MAX_PATH];

	for (size_t i = 0; i < sizeof profiles / sizeof *profiles; i++)
		if (gather_path(g, path, home, profiles[i]))
			(void)gather_each(g, path, take_profile);
}

static void gather(struct gather *g)
{
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		take_place(g, own[i]);
	for (size_t i = 0; i < sizeof trusted / sizeof *trusted; i++)
		take_place(g, trusted[i]);
	(void)gather_each(g, "/etc/ssl/certs", take_hashed);
	gather_homes(g, take_home);
	if (bundle_count(g->bundle) == 0 && g->cover->n_gaps == 0)
		coverage_decide(g->cover, COVERAGE_NOT_APPLICABLE, "no certificates");
}

/* ---- reading */

struct store {
	const struct bundle *b;
	struct fact_writer *w;
	struct buf own, seen; /* uint64_t each: the first bytes of SHA-256; own is sorted */
	struct buf der;
	const char *type, *location;
	bool is_own; /* what is read now is the distribution's */
	uint64_t bad;
};

static int by_number(const void *a, const void *b)
{
	uint64_t x, y;

	memcpy(&x, a, sizeof x);
	memcpy(&y, b, sizeof y);
	return x < y ? -1 : x > y;
}

static bool is_listed(const struct buf *list, uint64_t key)
{
	for (size_t at = 0; at < list->n; at += sizeof key)
		if (memcmp(list->p + at, &key, sizeof key) == 0)
			return true;
	return false;
}

static void take_certificate(struct store *s, struct span der)
{
	uint8_t sum[HASH_MAX_SIZE];
	uint64_t key;

	der = span_cut(der, 0, x509_size(der));
	if (der.n == 0 || !hash_of(HASH_SHA256, der, sum)) {
		s->bad++;
		return;
	}
	memcpy(&key, sum, sizeof key);
	if (s->is_own) {
		buf_put(&s->own, &key, sizeof key);
		return;
	}
	if (is_listed(&s->seen, key))
		return;
	bool known = s->own.n != 0 &&
		     bsearch(&key, s->own.p, s->own.n / sizeof key, sizeof key, by_number) != NULL;
	if (x509_put(s->w, der, s->type, s->location, known ? "distribution" : ""))
		buf_put(&s->seen, &key, sizeof key);
	else
		s->bad++;
}

static void read_pem(struct store *s, struct span text)
{
	static const char *const labels[] = { "CERTIFICATE", "TRUSTED CERTIFICATE",
					      "X509 CERTIFICATE" };
	struct span body, whole = text;
	bool any = false;

	while (pem_next_of(&text, labels, sizeof labels / sizeof *labels, &body)) {
		buf_reset(&s->der);
		pem_decode(body, &s->der);
		if (buf_ok(&s->der))
			take_certificate(s, buf_span(&s->der));
		else
			s->bad++;
		any = true;
	}
	if (!any && x509_size(whole) == whole.n && whole.n != 0)
		take_certificate(s, whole);
}

static void read_jks(struct store *s, struct cursor c)
{
	cursor_skip(&c, 4); /* version */
	uint32_t n = cursor_be32(&c);

	for (uint32_t i = 0; i < n && i < MAX_TRUSTED && cursor_ok(&c); i++) {
		if (cursor_be32(&c) != JKS_CERTIFICATE) {
			fact_gap(s->w, s->location, REASON_UNSUPPORTED,
				 "unsupported: an entry that is no certificate");
			return;
		}
		cursor_skip(&c, cursor_be16(&c)); /* alias */
		cursor_skip(&c, 8);               /* time */
		cursor_skip(&c, cursor_be16(&c)); /* type */
		struct span der = cursor_take(&c, cursor_be32(&c));
		if (cursor_ok(&c))
			take_certificate(s, der);
	}
	s->bad += !cursor_ok(&c);
}

static bool take_row(void *ctx, struct span record)
{
	for (unsigned k = 1; k < NSS_COLUMNS; k++) {
		struct span value = sqlite_column(record, k);
		struct x509 x;
		struct error e;
		if (value.n > 64 && x509_size(value) == value.n && x509_read(value, &x, &e)) {
			take_certificate(ctx, value);
			break;
		}
	}
	return true;
}

static void read_store(struct store *s, const struct item *item)
{
	struct cursor c = cursor_of(item->bytes);
	struct error e;

	if (gather_ends(item->name, "/cert9.db")) {
		s->type = "nss";
		if (!sqlite_table(item->bytes, "nssPublic", take_row, s, &e))
			fact_gap(s->w, item->name, e.why, e.text);
	} else if (cursor_be32(&c) == JKS_MAGIC) {
		s->type = "java";
		read_jks(s, c);
	} else if (gather_ends(item->name, "/cacerts")) {
		fact_gap(s->w, item->name, REASON_UNSUPPORTED, "unsupported: a store of PKCS #12");
	} else {
		s->type = "tls";
		read_pem(s, item->bytes);
	}
}

static bool is_own(const struct store *s, struct span path)
{
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		if (lines_starts(path, own[i]))
			return owned_has(s->b->owned, path);
	return false;
}

static void read(const struct bundle *b, struct fact_writer *w)
{
	struct store s = { .b = b, .w = w };

	buf_init(&s.own, MAX_TRUSTED * sizeof(uint64_t));
	buf_init(&s.seen, MAX_TRUSTED * sizeof(uint64_t));
	buf_init(&s.der, MAX_CERTIFICATE);
	for (unsigned pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < bundle_count(b); i++) {
			struct item item = bundle_get(b, i);
			bool its_own = is_own(&s, span_of(item.name));
			bool at_hand = lines_starts(span_of(item.name), "/usr/share/");
			s.is_own = its_own;
			s.location = item.name;
			/* a file beside the distribution's that no package owns is trusted only
			 * where a bundle has it */
			if (pass == 0 ? its_own : !its_own && !at_hand)
				read_store(&s, &item);
		}
		if (pass == 0 && s.own.n != 0)
			qsort(s.own.p, s.own.n / sizeof(uint64_t), sizeof(uint64_t), by_number);
	}
	if (s.own.n == 0 && s.seen.n != 0)
		fact_gap(w, "/usr/share/ca-certificates", REASON_UNSUPPORTED,
			 "the distribution's own set is not there to compare with");
	if (s.bad != 0)
		fact_gap(w, "certificates", REASON_DAMAGED, "damaged: a certificate is none");
	buf_release(&s.own);
	buf_release(&s.seen);
	buf_release(&s.der);
}

const struct collector collect_certificate = {
	.name = "certificates",
	.title = "Certificates that are trusted",
	.looks = "/etc/ssl, /etc/pki, /usr/local/share/ca-certificates, Java's cacerts; with "
		 "--homes "
		 "NSS's cert9.db",
	.stage = 1,
	.gather = gather,
	.read = read,
};
