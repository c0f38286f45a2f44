/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "review/collect.h"
#include "review/lines.h"
#include "review/pem.h"

#include <dirent.h>
#include <stdio.h>

/*
 * Keys that are trusted to sign packages: OpenPGP keyrings of apt, rpm and pacman, binary or
 * armoured (RFC 4880 and 9580: packets of tag 6 are keys, of 13 user ids), and apk's RSA keys,
 * which go by their files' names.  Keys of rpm's own database are its packages `gpg-pubkey`.
 *
 * The fingerprint of version 4 is SHA-1 of 99, two bytes of length, and the packet; of version 6
 * SHA-256 of 9b, four bytes of length, and the packet.
 */

enum { MAX_RING = 8 << 20, TAG_KEY = 6, TAG_USER = 13, MAX_PACKETS = 1 << 16 };

struct place {
	const char *path; /* a directory ends in '/' */
	const char *type;
};

static const struct place places[] = {
	{ "/etc/apt/trusted.gpg", "apt" },
	{ "/etc/apt/trusted.gpg.d/", "apt" },
	{ "/etc/apt/keyrings/", "apt" },
	{ "/usr/share/keyrings/", "apt" },
	{ "/etc/pki/rpm-gpg/", "rpm" },
	{ "/usr/share/distribution-gpg-keys/", "rpm" },
	{ "/usr/lib/rpm/gnupg/keys/", "rpm" },
	{ "/usr/share/pacman/keyrings/", "pacman" },
	{ "/etc/pacman.d/gnupg/pubring.gpg", "pacman" },
	{ "/etc/apk/keys/", "apk" },
	{ "/usr/share/apk/keys/", "apk" },
};

static const struct place *place_of(struct span path)
{
	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		if (lines_starts(path, places[i].path))
			return &places[i];
	return NULL;
}

static void take(struct gather *g, const char *directory, const char *name, unsigned type)
{
	char path[GATHER_MAX_PATH];

	if (type != DT_DIR && name[0] != '.' && gather_path(g, path, directory, name))
		(void)gather_file(g, path, MAX_RING);
}

static void gather(struct gather *g)
{
	char path[GATHER_MAX_PATH];

	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		size_t n = strlen(places[i].path);
		if (places[i].path[n - 1] != '/') {
			(void)gather_file(g, places[i].path, MAX_RING);
			continue;
		}
		memcpy(path, places[i].path, n - 1);
		path[n - 1] = '\0';
		(void)gather_each(g, path, take);
	}
	if (bundle_count(g->bundle) == 0 && g->cover->n_gaps == 0)
		coverage_decide(g->cover, COVERAGE_NOT_APPLICABLE, "no keys of a package manager");
}

/* ---- reading */

struct ring {
	const struct bundle *b;
	struct fact_writer *w;
	struct span path;
	const char *type;
	bool open; /* a fact is begun: user ids go to it */
	unsigned users;
};

static void put_fingerprint(struct ring *r, struct span key)
{
	uint8_t head[5] = { 0x99, (uint8_t)(key.n >> 8), (uint8_t)key.n }, sum[HASH_MAX_SIZE];
	char hex[HASH_MAX_HEX + 1];
	enum hash_kind kind = HASH_SHA1;
	size_t n = 3;

	if (key.n != 0 && key.p[0] == 6) {
		kind = HASH_SHA256;
		n = 5;
		head[0] = 0x9b;
		for (unsigned i = 0; i < 4; i++)
			head[1 + i] = (uint8_t)(key.n >> (24 - 8 * i));
	}
	if (key.n == 0 || (key.p[0] != 4 && key.p[0] != 6) ||
	    !hash_of_two(kind, (struct span){ head, n }, key, sum))
		return;
	hex_text(sum, hash_size(kind), hex);
	fact_put_text(r->w, FACT_SIGNER, hex);
}

static void end_key(struct ring *r)
{
	if (r->open)
		fact_end(r->w);
	r->open = false;
}

static void begin_key(struct ring *r, struct span key)
{
	end_key(r);
	fact_begin(r->w, FACT_KEY);
	fact_put_text(r->w, FACT_TYPE, r->type);
	if (key.n != 0)
		put_fingerprint(r, key);
	fact_put(r->w, FACT_LOCATION, r->path);
	if (owned_has(r->b->owned, r->path))
		fact_put_text(r->w, FACT_OWNED_BY, "package");
	r->open = true;
	r->users = 0;
}

/* The body of the next packet (RFC 4880, 4.2); *tag 0 where it cannot be read. */
static struct span next_packet(struct cursor *c, unsigned *tag)
{
	uint8_t first = cursor_u8(c);
	uint64_t n = 0;

	*tag = 0;
	if ((first & 0x80) == 0)
		return (struct span){ NULL, 0 };
	if ((first & 0x40) == 0) { /* the old form */
		unsigned kind = first & 3;
		n = kind == 0 ? cursor_u8(c) : kind == 1 ? cursor_be16(c) : cursor_be32(c);
		if (kind == 3)
			return (struct span){ NULL, 0 };
		first = (first >> 2) & 15;
	} else {
		n = cursor_u8(c);
		if (n >= 192 && n < 224)
			n = ((n - 192) << 8) + cursor_u8(c) + 192;
		else if (n == 255)
			n = cursor_be32(c);
		else if (n >= 224)
			return (struct span){ NULL, 0 };
		first &= 63;
	}
	struct span body = cursor_take(c, n);
	*tag = cursor_ok(c) ? first : 0;
	return body;
}

static bool read_packets(struct ring *r, struct span bytes)
{
	struct cursor c = cursor_of(bytes);
	unsigned tag;

	for (unsigned i = 0; i < MAX_PACKETS && cursor_left(&c) > 0; i++) {
		struct span body = next_packet(&c, &tag);
		if (tag == 0)
			break;
		if (tag == TAG_KEY)
			begin_key(r, body);
		else if (tag == TAG_USER && r->open && r->users++ < 8)
			fact_put(r->w, FACT_NAME, body);
	}
	end_key(r);
	return cursor_ok(&c) && cursor_left(&c) == 0;
}

static bool read_armour(struct ring *r, struct span text)
{
	struct span body;
	struct buf bytes;
	bool good = true;

	buf_init(&bytes, MAX_RING);
	while (pem_next(&text, "-----BEGIN PGP PUBLIC KEY BLOCK-----", &body)) {
		buf_reset(&bytes);
		pem_decode(pem_armour(body), &bytes);
		good = read_packets(r, buf_span(&bytes)) && good;
	}
	buf_release(&bytes);
	return good;
}

static bool read_ring(struct ring *r, const struct item *item)
{
	static const char armour[] = "-----BEGIN PGP PUBLIC KEY BLOCK-----";

	if (strcmp(r->type, "apk") == 0) {
		begin_key(r, (struct span){ NULL, 0 });
		fact_put(r->w, FACT_NAME, lines_base(r->path));
		end_key(r);
		return true;
	}
	if (item->bytes.n >= sizeof armour - 1 &&
	    memmem(item->bytes.p, item->bytes.n, armour, sizeof armour - 1) != NULL)
		return read_armour(r, item->bytes);
	if (item->bytes.n == 0 || (item->bytes.p[0] & 0x80) == 0)
		return true; /* a list of owners' trust, a note: no keys */
	return read_packets(r, item->bytes);
}

static void read(const struct bundle *b, struct fact_writer *w)
{
	for (size_t i = 0; i < bundle_count(b); i++) {
		struct item item = bundle_get(b, i);
		struct ring r = { .b = b, .w = w, .path = span_of(item.name) };
		const struct place *p = place_of(r.path);
		if (p == NULL)
			continue;
		r.type = p->type;
		if (!read_ring(&r, &item))
			fact_gap(w, item.name, REASON_DAMAGED, "damaged: a packet cannot be read");
	}
}

const struct collector collect_key = {
	.name = "keys",
	.title = "Keys that may sign packages",
	.looks = "/etc/apt, /usr/share/keyrings, /etc/pki/rpm-gpg, /etc/pacman.d/gnupg, "
		 "/etc/apk/keys",
	.stage = 1,
	.gather = gather,
	.read = read,
};
