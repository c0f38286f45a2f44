/* SPDX-License-Identifier: Apache-2.0 */
#include "format/tlsh.h"

#include <math.h>

/* Triplets of bytes within a window of five are hashed into buckets; the code says of each bucket
 * which quartile it is in. */

enum { WINDOW = 5, BUCKETS = 128, ALL_BUCKETS = 256, CODE = BUCKETS / 4 };

/* Pearson's table ("Fast hashing of variable-length text strings", 1990). */
static const uint8_t pearson[256] = {
	1,   87,  49,  12,  176, 178, 102, 166, 121, 193, 6,   84,  249, 230, 44,  163, 14,  197,
	213, 181, 161, 85,  218, 80,  64,  239, 24,  226, 236, 142, 38,  200, 110, 177, 104, 103,
	141, 253, 255, 50,  77,  101, 81,  18,  45,  96,  31,  222, 25,  107, 190, 70,  86,  237,
	240, 34,  72,  242, 20,  214, 244, 227, 149, 235, 97,  234, 57,  22,  60,  250, 82,  175,
	208, 5,   127, 199, 111, 62,  135, 248, 174, 169, 211, 58,  66,  154, 106, 195, 245, 171,
	17,  187, 182, 179, 0,   243, 132, 56,  148, 75,  128, 133, 158, 100, 130, 126, 91,  13,
	153, 246, 216, 219, 119, 68,  223, 78,  83,  88,  201, 99,  122, 11,  92,  32,  136, 114,
	52,  10,  138, 30,  48,  183, 156, 35,  61,  26,  143, 74,  251, 94,  129, 162, 63,  152,
	170, 7,   115, 167, 241, 206, 3,   150, 55,  59,  151, 220, 90,  53,  23,  131, 125, 173,
	15,  238, 79,  95,  89,  16,  105, 137, 225, 224, 217, 160, 37,  123, 118, 73,  2,   157,
	46,  116, 9,   145, 134, 228, 207, 212, 202, 215, 69,  229, 27,  188, 67,  124, 168, 252,
	42,  4,   29,  108, 21,  247, 19,  205, 39,  203, 233, 40,  186, 147, 198, 192, 155, 33,
	164, 191, 98,  204, 165, 180, 117, 76,  140, 36,  210, 172, 41,  54,  159, 8,   185, 232,
	113, 196, 231, 47,  146, 120, 51,  65,  28,  144, 254, 221, 93,  189, 194, 139, 112, 43,
	71,  109, 184, 209,
};

static uint8_t mix(uint8_t salt, uint8_t a, uint8_t b, uint8_t c)
{
	return pearson[pearson[pearson[salt ^ a] ^ b] ^ c];
}

static uint8_t count_triplets(struct span s, uint32_t *bucket)
{
	uint8_t checksum = 0;

	for (size_t i = WINDOW - 1; i < s.n; i++) {
		uint8_t a = s.p[i], b = s.p[i - 1], c = s.p[i - 2], d = s.p[i - 3], e = s.p[i - 4];
		/* salts are pearson[0], [2], [3], [5], [7], [11], [13] */
		checksum = mix(1, a, b, checksum);
		bucket[mix(49, a, b, c)]++;
		bucket[mix(12, a, b, d)]++;
		bucket[mix(178, a, c, d)]++;
		bucket[mix(166, a, c, e)]++;
		bucket[mix(84, a, b, e)]++;
		bucket[mix(230, a, d, e)]++;
	}
	return checksum;
}

/* The values below which a quarter, a half, three quarters of the buckets lie. */
static void quartiles(const uint32_t *bucket, uint32_t q[3])
{
	uint32_t sorted[BUCKETS];

	for (size_t i = 0; i < BUCKETS; i++) {
		size_t k = i;
		for (; k > 0 && sorted[k - 1] > bucket[i]; k--)
			sorted[k] = sorted[k - 1];
		sorted[k] = bucket[i];
	}
	for (size_t i = 0; i < 3; i++)
		q[i] = sorted[BUCKETS / 4 * (i + 1) - 1];
}

/* The length on a logarithmic scale whose steps grow finer. */
static uint8_t length_code(size_t n)
{
	double l = log((double)n);

	if (n <= 656)
		return (uint8_t)floor(l / 0.4054651);
	if (n <= 3199)
		return (uint8_t)floor(l / 0.26236426 - 8.72777);
	return (uint8_t)fmod(floor(l / 0.095310180 - 62.5472), 256);
}

static char *put_byte(char *to, unsigned high, unsigned low)
{
	static const char digit[] = "0123456789ABCDEF";

	to[0] = digit[high & 15];
	to[1] = digit[low & 15];
	return to + 2;
}

static unsigned ratio(uint32_t q, uint32_t q3)
{
	return (unsigned)((float)((uint64_t)q * 100) / (float)q3) % 16;
}

bool tlsh_of(struct span s, char *text)
{
	uint32_t bucket[ALL_BUCKETS] = { 0 }, q[3];
	size_t used = 0;

	if (s.n < TLSH_MIN_SIZE || s.n > UINT32_MAX / 8)
		return false;
	uint8_t checksum = count_triplets(s, bucket), length = length_code(s.n);
	quartiles(bucket, q);
	for (size_t i = 0; i < BUCKETS; i++)
		used += bucket[i] != 0;
	if (q[2] == 0 || used <= BUCKETS / 2)
		return false;
	*text++ = 'T';
	*text++ = '1';
	/* checksum and length stand with their halves swapped */
	text = put_byte(text, checksum, checksum >> 4);
	text = put_byte(text, length, length >> 4);
	text = put_byte(text, ratio(q[0], q[2]), ratio(q[1], q[2]));
	for (size_t i = CODE; i-- > 0;) {
		unsigned code = 0;
		for (size_t k = 4; k-- > 0;) {
			uint32_t b = bucket[4 * i + k];
			code = code << 2 | (b > q[2] ? 3u : b > q[1] ? 2u : b > q[0] ? 1u : 0u);
		}
		text = put_byte(text, code >> 4, code);
	}
	*text = '\0';
	return true;
}
