/* SPDX-License-Identifier: Apache-2.0 */
#include "review/collect.h"
#include "review/lines.h"
#include "review/logbook.h"
#include "unpack/decode.h"

/*
 * USB devices that were plugged in before, as the kernel said when it found them:
 *
 *   usb 1-2: New USB device found, idVendor=0951, idProduct=1666, bcdDevice= 1.10
 *   usb 1-2: Product: DataTraveler         (likewise Manufacturer, SerialNumber)
 *
 * in the system's log files, also the older ones that were compressed by gzip, and in the journals
 * of systemd.  What logs keep is short, so a device that is not here may have been there.
 */

enum {
	MAX_LOG = 64 << 20,
	MAX_JOURNAL = 256 << 20,
	MAX_UNPACKED = 64 << 20,
	MAX_PORTS = 64,   /* that are listened to at once */
	MAX_DEVICES = 512 /* different ones of a file */
};

/* ---- gathering */

static bool is_log(const char *name)
{
	static const char *const begins[] = { "syslog", "kern.log", "messages" };

	for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
		if (strncmp(name, begins[i], strlen(begins[i])) == 0)
			return true;
	return false;
}

static void take_log(struct gather *g, const char *directory, const char *name, unsigned type)
{
	char path[GATHER_MAX_PATH];

	(void)type;
	if (is_log(name) && gather_path(g, path, directory, name))
		(void)gather_file(g, path, MAX_LOG);
}

static void take_journal(struct gather *g, const char *directory, const char *name, unsigned type)
{
	char path[GATHER_MAX_PATH];

	(void)type;
	if ((gather_ends(name, ".journal") || gather_ends(name, ".journal~")) &&
	    strncmp(name, "user-", 5) != 0 && gather_path(g, path, directory, name))
		(void)gather_file(g, path, MAX_JOURNAL);
}

static void take_machine(struct gather *g, const char *directory, const char *name, unsigned type)
{
	char path[GATHER_MAX_PATH];

	(void)type;
	if (strchr(name, '.') == NULL && gather_path(g, path, directory, name))
		(void)gather_each(g, path, take_journal);
}

static void gather(struct gather *g)
{
	(void)gather_each(g, "/var/log", take_log);
	(void)gather_each(g, "/var/log/journal", take_machine);
	(void)gather_each(g, "/run/log/journal", take_machine);
	if (bundle_count(g->bundle) == 0 && g->cover->n_gaps == 0)
		coverage_decide(g->cover, COVERAGE_NOT_APPLICABLE, "no log of the kernel is kept");
}

/* ---- reading */

struct device {
	struct span port, vendor, product, revision, name, maker, serial;
};

struct history {
	struct fact_writer *w;
	const char *file;
	struct device open[MAX_PORTS]; /* found, and perhaps not yet named */
	unsigned n_open;
	uint64_t told[MAX_DEVICES]; /* digests of what was written */
	unsigned n_told;
};

static bool is_id(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!(s.p[i] >= '0' && s.p[i] <= '9') && !(s.p[i] >= 'a' && s.p[i] <= 'f'))
			return false;
	return s.n == 4;
}

/* FNV-1a over all that tells one device from another. */
static uint64_t digest_of(const struct device *d)
{
	const struct span part[] = { d->vendor, d->product, d->revision, d->name, d->serial };
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < sizeof part / sizeof *part; i++)
		for (size_t k = 0; k <= part[i].n; k++)
			h = (h ^ (k < part[i].n ? part[i].p[k] : 0x100u)) * 0x100000001b3u;
	return h;
}

static void tell(struct history *h, const struct device *d)
{
	uint64_t digest = digest_of(d);

	for (unsigned i = 0; i < h->n_told; i++)
		if (h->told[i] == digest)
			return;
	if (h->n_told == MAX_DEVICES) {
		fact_gap(h->w, h->file, REASON_LIMIT, "limit: more devices than are told of one");
		return;
	}
	h->told[h->n_told++] = digest;
	fact_begin(h->w, FACT_DEVICE);
	fact_put_text(h->w, FACT_TYPE, "usb");
	fact_put_text(h->w, FACT_STATE, "seen");
	fact_printf(h->w, FACT_ID, "%.4s:%.4s", (const char *)d->vendor.p,
		    (const char *)d->product.p);
	fact_put(h->w, FACT_NAME, d->name);
	fact_put(h->w, FACT_VENDOR, d->maker);
	fact_put(h->w, FACT_REVISION, d->revision);
	fact_put(h->w, FACT_SERIAL, d->serial);
	fact_put_text(h->w, FACT_LOCATION, h->file);
	fact_end(h->w);
}

static struct device *at_port(struct history *h, struct span port)
{
	for (unsigned i = 0; i < h->n_open; i++)
		if (span_equal(h->open[i].port, port))
			return &h->open[i];
	return NULL;
}

/* The value after NAME and before a comma or the end. */
static struct span value_of(struct span text, const char *name)
{
	const uint8_t *at = text.n != 0 ? memmem(text.p, text.n, name, strlen(name)) : NULL;
	struct span rest, before, after;

	if (at == NULL)
		return (struct span){ NULL, 0 };
	rest = span_cut(text, (size_t)(at - text.p) + strlen(name), SIZE_MAX);
	return lines_trim(lines_split(rest, ',', &before, &after) ? before : rest);
}

static void found(struct history *h, struct span port, struct span what)
{
	struct device d = { .port = port,
			    .vendor = value_of(what, "idVendor="),
			    .product = value_of(what, "idProduct="),
			    .revision = value_of(what, "bcdDevice=") };
	struct device *before = at_port(h, port);

	if (!is_id(d.vendor) || !is_id(d.product))
		return;
	if (before == NULL && h->n_open == MAX_PORTS)
		tell(h, &h->open[--h->n_open]);
	if (before == NULL)
		before = &h->open[h->n_open++];
	else
		tell(h, before);
	*before = d;
}

static bool take(struct span what, const char *begins, struct span *to)
{
	if (!lines_starts(what, begins))
		return false;
	*to = span_cut(what, strlen(begins), SIZE_MAX);
	return true;
}

/* `usb PORT: WHAT`, wherever it stands in a line. */
static void read_line(struct history *h, struct span line)
{
	const uint8_t *at = line.n != 0 ? memmem(line.p, line.n, "usb ", 4) : NULL;
	struct span port, what;

	if (at == NULL ||
	    !lines_split(span_cut(line, (size_t)(at - line.p) + 4, SIZE_MAX), ':', &port, &what))
		return;
	what = lines_trim(what);
	if (lines_starts(what, "New USB device found, ")) {
		found(h, port, what);
		return;
	}
	struct device *d = at_port(h, port);
	if (d != NULL && !take(what, "Product: ", &d->name) &&
	    !take(what, "Manufacturer: ", &d->maker))
		(void)take(what, "SerialNumber: ", &d->serial);
}

static void read_text(struct history *h, struct span text)
{
	struct span line;

	while (lines_next(&text, &line))
		read_line(h, line);
}

static bool add(void *ctx, struct span bytes)
{
	struct buf *b = ctx;

	buf_put_span(b, bytes);
	return buf_ok(b);
}

static void read_packed(struct history *h, struct span packed, struct buf *text)
{
	struct decode_out out = { add, text };
	size_t used;

	enum decode_end end = decode_inflate(packed, DECODE_GZIP, &out, &used);
	if (end != DECODE_WHOLE)
		fact_gap(h->w, h->file, end == DECODE_STOPPED ? REASON_LIMIT : REASON_DAMAGED,
			 end == DECODE_STOPPED ? "limit: only its beginning was read"
					       : "damaged: gzip");
	read_text(h, buf_span(text));
}

static void read_journal(struct history *h, struct span file)
{
	struct cursor c;
	struct logbook j;
	struct span data;

	if (!logbook_open(&j, file)) {
		fact_gap(h->w, h->file, REASON_DAMAGED, "damaged: no journal");
		return;
	}
	for (c = logbook_begin(&j); logbook_next(&j, &c, &data);)
		if (lines_starts(data, "MESSAGE=usb "))
			read_line(h, data);
	if (j.damaged)
		fact_gap(h->w, h->file, REASON_DAMAGED, "damaged: an object of the journal");
}

static bool is_packed_otherwise(struct span name)
{
	static const char *const ends[] = { ".xz", ".bz2", ".zst", ".lz4" };

	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		if (lines_ends(name, ends[i]))
			return true;
	return false;
}

static void read_file(struct history *h, const struct item *item)
{
	struct span name = span_of(item->name);
	struct buf text;

	h->file = item->name;
	h->n_open = h->n_told = 0;
	buf_init(&text, MAX_UNPACKED);
	if (lines_ends(name, ".journal") || lines_ends(name, ".journal~"))
		read_journal(h, item->bytes);
	else if (lines_ends(name, ".gz"))
		read_packed(h, item->bytes, &text);
	else if (is_packed_otherwise(name))
		fact_gap(h->w, h->file, REASON_UNSUPPORTED,
			 "unsupported: a log packed by other than gzip");
	else
		read_text(h, item->bytes);
	for (unsigned i = 0; i < h->n_open; i++)
		tell(h, &h->open[i]);
	buf_release(&text);
}

static void read(const struct bundle *b, struct fact_writer *w)
{
	struct history h = { .w = w };

	for (size_t i = 0; i < bundle_count(b); i++) {
		struct item item = bundle_get(b, i);
		read_file(&h, &item);
		bundle_drop(b, i);
	}
}

const struct collector collect_history = {
	.name = "usb-history",
	.title = "USB devices that were seen before",
	.looks = "/var/log/{syslog,kern.log,messages}*, the journals of systemd",
	.gather = gather,
	.read = read,
};
