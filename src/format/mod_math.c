/* SPDX-License-Identifier: Apache-2.0 */
#include "format/modules.h"
#include "format/range.h"

#include <math.h>

/* The module `math`: statistics of bytes (as John Walker's `ent` defines them) and small helpers.
 */

/* How often each byte occurs. */
struct histogram {
	uint64_t count[256];
	uint64_t n;
};

/* Four tables, so that equal bytes in a row do not wait for one another. */
static void count_bytes(struct span s, struct histogram *h)
{
	enum { RUN = 1 << 30 /* bytes that no counter of 32 bits can overflow by */ };
	uint32_t part[4][256];

	memset(h, 0, sizeof *h);
	h->n = s.n;
	for (size_t at = 0; at < s.n;) {
		size_t end = s.n - at < RUN ? s.n : at + RUN;
		memset(part, 0, sizeof part);
		for (; end - at >= 4; at += 4)
			for (size_t k = 0; k < 4; k++)
				part[k][s.p[at + k]]++;
		for (; at < end; at++)
			part[0][s.p[at]]++;
		for (size_t i = 0; i < 256; i++)
			h->count[i] += (uint64_t)part[0][i] + part[1][i] + part[2][i] + part[3][i];
	}
}

/* The bytes that a function's first arguments name: a range of the file, or a string. */
static bool bytes_of(struct call *c, bool range, struct span *out)
{
	if (range)
		return range_of(c, &c->args[0], &c->args[1], out);
	*out = c->args[0].s;
	return range_steps(c, out->n);
}

/* A byte as a number: YARA takes those of a string as signed ones. */
static double number_of(uint8_t b, bool range) { return range ? (double)b : (double)(int8_t)b; }

static double entropy_of(const struct histogram *h)
{
	double e = 0;

	for (int i = 0; i < 256; i++)
		if (h->count[i] != 0) {
			double p = (double)h->count[i] / (double)h->n;
			e -= p * log2(p);
		}
	return e;
}

static bool entropy(struct call *c, bool range, struct value *out)
{
	struct histogram h;
	struct span s;

	if (!bytes_of(c, range, &s))
		return false;
	count_bytes(s, &h);
	value_float(out, entropy_of(&h));
	return true;
}

static bool entropy_range(struct call *c, struct value *out) { return entropy(c, true, out); }
static bool entropy_string(struct call *c, struct value *out) { return entropy(c, false, out); }

static bool mean(struct call *c, bool range, struct value *out)
{
	struct histogram h;
	struct span s;
	double sum = 0;

	if (!bytes_of(c, range, &s) || s.n == 0)
		return false;
	count_bytes(s, &h);
	for (int i = 0; i < 256; i++)
		sum += number_of((uint8_t)i, range) * (double)h.count[i];
	value_float(out, sum / (double)s.n);
	return true;
}

static bool mean_range(struct call *c, struct value *out) { return mean(c, true, out); }
static bool mean_string(struct call *c, struct value *out) { return mean(c, false, out); }

static bool deviation(struct call *c, bool range, struct value *out)
{
	struct histogram h;
	struct span s;
	double sum = 0, from = c->args[range ? 2 : 1].f;

	if (!bytes_of(c, range, &s) || s.n == 0)
		return false;
	count_bytes(s, &h);
	for (int i = 0; i < 256; i++)
		sum += fabs(number_of((uint8_t)i, range) - from) * (double)h.count[i];
	value_float(out, sum / (double)s.n);
	return true;
}

static bool deviation_range(struct call *c, struct value *out) { return deviation(c, true, out); }
static bool deviation_string(struct call *c, struct value *out) { return deviation(c, false, out); }

/* As `ent` computes it: the last byte is paired with the first. */
static bool serial_correlation(struct call *c, bool range, struct value *out)
{
	struct span s;
	double first = 0, last = 0, cross = 0, sum = 0, squares = 0;

	if (!bytes_of(c, range, &s))
		return false;
	if (s.n != 0)
		first = number_of(s.p[0], range);
	for (size_t i = 0; i < s.n; i++) {
		double b = number_of(s.p[i], range);
		cross += last * b;
		sum += b;
		squares += b * b;
		last = b;
	}
	cross += last * first;
	double n = (double)s.n, below = n * squares - sum * sum;
	value_float(out, below == 0 ? -100000 : (n * cross - sum * sum) / below);
	return true;
}

static bool serial_range(struct call *c, struct value *out)
{
	return serial_correlation(c, true, out);
}
static bool serial_string(struct call *c, struct value *out)
{
	return serial_correlation(c, false, out);
}

/* A string's bytes are sign-extended to 32 bits here. */
static double coordinate(uint8_t b, bool range)
{
	return range ? (double)b : (double)(uint32_t)(int32_t)(int8_t)b;
}

/* Points of three bytes for each coordinate; how far the share inside the circle is from pi. */
static bool monte_carlo(struct call *c, bool range, struct value *out)
{
	const double radius = pow(pow(256.0, 3.0) - 1, 2.0), pi = 3.14159265358979323846;
	struct span s;
	uint64_t n = 0, inside = 0;

	if (!bytes_of(c, range, &s))
		return false;
	for (size_t i = 0; i + 6 <= s.n; i += 6) {
		double x = 0, y = 0;
		for (size_t k = 0; k < 3; k++) {
			x = x * 256 + coordinate(s.p[i + k], range);
			y = y * 256 + coordinate(s.p[i + 3 + k], range);
		}
		n++;
		inside += x * x + y * y <= radius;
	}
	if (n == 0)
		return false;
	value_float(out, fabs((4.0 * (double)inside / (double)n - pi) / pi));
	return true;
}

static bool monte_range(struct call *c, struct value *out) { return monte_carlo(c, true, out); }
static bool monte_string(struct call *c, struct value *out) { return monte_carlo(c, false, out); }

static bool in_range(struct call *c, struct value *out)
{
	value_int(out, c->args[0].f >= c->args[1].f && c->args[0].f <= c->args[2].f);
	return true;
}

/* YARA compares as unsigned. */
static bool min_of(struct call *c, struct value *out)
{
	uint64_t a = (uint64_t)c->args[0].i, b = (uint64_t)c->args[1].i;
	value_int(out, (int64_t)(a < b ? a : b));
	return true;
}

static bool max_of(struct call *c, struct value *out)
{
	uint64_t a = (uint64_t)c->args[0].i, b = (uint64_t)c->args[1].i;
	value_int(out, (int64_t)(a > b ? a : b));
	return true;
}

static bool abs_of(struct call *c, struct value *out)
{
	int64_t a = c->args[0].i;
	value_int(out, a < 0 ? (int64_t)(0 - (uint64_t)a) : a);
	return true;
}

static bool to_number(struct call *c, struct value *out)
{
	value_int(out, c->args[0].i != 0);
	return true;
}

/* In base 8 and 16 as unsigned, as printf has them. */
static bool digits(struct call *c, unsigned base, struct value *out)
{
	static const char digit[] = "0123456789abcdef";
	char text[24];
	size_t at = sizeof text;
	bool minus = base == 10 && c->args[0].i < 0;
	uint64_t v = minus ? 0 - (uint64_t)c->args[0].i : (uint64_t)c->args[0].i;

	do
		text[--at] = digit[v % base];
	while ((v /= base) != 0);
	if (minus)
		text[--at] = '-';
	const uint8_t *copy = arena_copy(c->arena, text + at, sizeof text - at);
	if (copy == NULL)
		return false;
	value_string(out, (struct span){ copy, sizeof text - at });
	return true;
}

static bool to_string(struct call *c, struct value *out) { return digits(c, 10, out); }

static bool to_string_base(struct call *c, struct value *out)
{
	int64_t base = c->args[1].i;
	return (base == 8 || base == 10 || base == 16) && digits(c, (unsigned)base, out);
}

/* The bytes of the file from args[k] on, or the whole file. */
static bool histogram_of(struct call *c, bool range, size_t k, struct histogram *h)
{
	struct span s = c->file;

	if (range ? !range_of(c, &c->args[k], &c->args[k + 1], &s)
		  : s.n == 0 || !range_steps(c, s.n))
		return false;
	count_bytes(s, h);
	return true;
}

static bool count_byte(struct call *c, bool range, bool share, struct value *out)
{
	struct histogram h;

	if (c->args[0].i < 0 || c->args[0].i > 255 || !histogram_of(c, range, 1, &h))
		return false;
	uint64_t n = h.count[c->args[0].i];
	if (!share)
		value_int(out, (int64_t)n);
	else if (h.n == 0)
		return false;
	else
		value_float(out, (double)((float)n / (float)h.n));
	return true;
}

static bool count_range(struct call *c, struct value *out)
{
	return count_byte(c, true, false, out);
}
static bool count_all(struct call *c, struct value *out)
{
	return count_byte(c, false, false, out);
}
static bool share_range(struct call *c, struct value *out)
{
	return count_byte(c, true, true, out);
}
static bool share_all(struct call *c, struct value *out) { return count_byte(c, false, true, out); }

static bool mode_of(struct call *c, bool range, struct value *out)
{
	struct histogram h;
	int most = 0;

	if (!histogram_of(c, range, 0, &h))
		return false;
	for (int i = 1; i < 256; i++)
		if (h.count[i] > h.count[most])
			most = i;
	value_int(out, most);
	return true;
}

static bool mode_range(struct call *c, struct value *out) { return mode_of(c, true, out); }
static bool mode_all(struct call *c, struct value *out) { return mode_of(c, false, out); }

/* clang-format off */

static const struct field fields[] = {
	{ .name = "in_range", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "fff", .call = in_range,
	  .doc = "is the first between the other two, both included" },
	{ .name = "deviation", .kind = VALUE_FUNCTION, .of = VALUE_FLOAT, .args = "iif",
	  .call = deviation_range, .doc = "mean distance of the bytes from a value" },
	{ .name = "deviation", .kind = VALUE_FUNCTION, .of = VALUE_FLOAT, .args = "sf",
	  .call = deviation_string },
	{ .name = "mean", .kind = VALUE_FUNCTION, .of = VALUE_FLOAT, .args = "ii", .call = mean_range,
	  .doc = "mean of the bytes" },
	{ .name = "mean", .kind = VALUE_FUNCTION, .of = VALUE_FLOAT, .args = "s", .call = mean_string },
	{ .name = "serial_correlation", .kind = VALUE_FUNCTION, .of = VALUE_FLOAT, .args = "ii",
	  .call = serial_range, .doc = "how much a byte depends on the one before" },
	{ .name = "serial_correlation", .kind = VALUE_FUNCTION, .of = VALUE_FLOAT, .args = "s",
	  .call = serial_string },
	{ .name = "monte_carlo_pi", .kind = VALUE_FUNCTION, .of = VALUE_FLOAT, .args = "ii",
	  .call = monte_range, .doc = "how far an estimate of pi from the bytes is off" },
	{ .name = "monte_carlo_pi", .kind = VALUE_FUNCTION, .of = VALUE_FLOAT, .args = "s",
	  .call = monte_string },
	{ .name = "entropy", .kind = VALUE_FUNCTION, .of = VALUE_FLOAT, .args = "ii",
	  .call = entropy_range, .doc = "Shannon entropy, bits a byte" },
	{ .name = "entropy", .kind = VALUE_FUNCTION, .of = VALUE_FLOAT, .args = "s",
	  .call = entropy_string },
	{ .name = "min", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "ii", .call = min_of,
	  .doc = "the smaller, both taken as unsigned" },
	{ .name = "max", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "ii", .call = max_of,
	  .doc = "the larger, both taken as unsigned" },
	{ .name = "to_number", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "b", .call = to_number,
	  .doc = "1 or 0" },
	{ .name = "abs", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "i", .call = abs_of,
	  .doc = "absolute value" },
	{ .name = "count", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "iii", .call = count_range,
	  .doc = "how often a byte occurs" },
	{ .name = "count", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "i", .call = count_all },
	{ .name = "percentage", .kind = VALUE_FUNCTION, .of = VALUE_FLOAT, .args = "iii",
	  .call = share_range, .doc = "share of a byte, from 0 to 1" },
	{ .name = "percentage", .kind = VALUE_FUNCTION, .of = VALUE_FLOAT, .args = "i", .call = share_all },
	{ .name = "mode", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "ii", .call = mode_range,
	  .doc = "the most frequent byte, the lowest of several" },
	{ .name = "mode", .kind = VALUE_FUNCTION, .of = VALUE_INT, .args = "", .call = mode_all },
	{ .name = "to_string", .kind = VALUE_FUNCTION, .of = VALUE_STRING, .args = "i",
	  .call = to_string, .doc = "a number in base 10, 8 or 16" },
	{ .name = "to_string", .kind = VALUE_FUNCTION, .of = VALUE_STRING, .args = "ii",
	  .call = to_string_base },
	{ .name = "MEAN_BYTES", .kind = VALUE_FLOAT, .doc = "127.5, the mean of random bytes" },
	{ 0 },
};

/* clang-format on */

enum { MEAN_BYTES = sizeof fields / sizeof *fields - 2 };

static bool load(struct module_input *in, struct value *slots, struct error *e)
{
	(void)in;
	(void)e;
	value_float(&slots[MEAN_BYTES], 127.5);
	return true;
}

const struct module math_module = { .name = "math",
				    .fields = fields,
				    .classes = CLASS_ALL,
				    .load = load,
				    .doc = "statistics of bytes, and arithmetic" };
