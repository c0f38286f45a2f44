/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/inside.h"
#include "base/io.h"
#include "cli/number.h"

enum { MAX_TEXT = 16 << 20, MAX_PASSWORDS = 100000 };

const char inside_help[] =
	"      --no-unpack           files alone, not what lies in archives, mail and documents\n"
	"      --max-depth=N         levels of objects in objects (default 24)\n"
	"      --max-objects=N       objects in one file, all levels together (100000)\n"
	"      --max-bytes=N         bytes unpacked of one file (4294967296)\n"
	"      --max-ratio=N         bytes unpacked for each byte of it, beyond 512 MiB (250)\n"
	"      --max-memory=N        bytes unpacked and held at once (1073741824)\n"
	"      --max-steps=N         work on one file, each step about a nanosecond (60000000000)\n"
	"      --passwords=FILE      to try on what is encrypted, one a line (default: infected, "
	"...)\n";

static const struct {
	const char *name;
	uint64_t most;
} numbers[] = {
	{ "max-depth", UNPACK_STOP_DEPTH }, { "max-objects", UINT32_MAX },
	{ "max-bytes", UINT64_MAX },        { "max-ratio", UINT32_MAX },
	{ "max-memory", UINT64_MAX },       { "max-steps", UINT64_MAX },
};

static bool read_passwords(struct inside *in, const char *path, struct error *e)
{
	buf_init(&in->text, MAX_TEXT);
	return io_read_file(path, &in->text, e) || error_wrap(e, "%s: ", path);
}

bool inside_option(struct inside *in, int option, const char *value, struct scan_options *o,
		   struct error *e)
{
	struct budget_limits *l = &o->unpack.limits;
	uint64_t n;

	if (option == INSIDE_FIRST) {
		o->whole = true;
		return true;
	}
	if (option == INSIDE_LAST)
		return read_passwords(in, value, e);
	size_t k = (size_t)(option - INSIDE_FIRST) - 1;
	if (!number_read(numbers[k].name, value, 1, numbers[k].most, &n, e))
		return false;
	switch (k) {
	case 0:
		l->max_depth = (unsigned)n;
		break;
	case 1:
		l->max_objects = n;
		break;
	case 2:
		l->max_bytes = n;
		break;
	case 3:
		l->max_ratio = n;
		break;
	case 4:
		l->max_held = n;
		break;
	default:
		l->max_steps = n;
		break;
	}
	return true;
}

static void add_password(struct inside *in, struct span s)
{
	if (s.n != 0 && s.p[s.n - 1] == '\r')
		s.n--;
	if (s.n != 0)
		buf_put(&in->list, &s, sizeof s);
}

void inside_finish(struct inside *in, struct scan_options *o)
{
	static const char usual[] = "infected\nmalware\nvirus\npassword\n1234\n12345\n123456\n";
	struct span rest = in->text.n != 0 ? buf_span(&in->text) : span_of(usual);

	buf_init(&in->list, MAX_PASSWORDS * sizeof(struct span));
	while (rest.n != 0) {
		const uint8_t *lf = memchr(rest.p, '\n', rest.n);
		size_t n = lf != NULL ? (size_t)(lf - rest.p) : rest.n;
		add_password(in, span_cut(rest, 0, n));
		rest = span_cut(rest, n + 1, rest.n);
	}
	o->unpack.password = (const struct span *)(const void *)in->list.p;
	o->unpack.n_passwords = in->list.n / sizeof(struct span);
}

void inside_release(struct inside *in)
{
	buf_release(&in->text);
	buf_release(&in->list);
}
