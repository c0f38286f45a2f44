/* SPDX-License-Identifier: Apache-2.0
 *
 * Usage: leak N   Three allocations that are held by data, data that starts as zeros, and another
 * allocation; N that nobody holds.
 */
#include <stdlib.h>
#include <string.h>

static void *data[600] = { &data }, *zeros[1 << 16];

/* An allocation of n bytes that was written to. */
static void *filled(size_t n)
{
	void *p = malloc(n);

	if (p != NULL)
		memset(p, 0, n);
	return p;
}

/* Out of line, and over what it left on the stack other calls go. */
__attribute__((noinline)) static void lose(int n)
{
	for (int i = 0; i < n; i++) {
		void *volatile p = filled(1000);

		p = NULL;
		(void)p;
	}
}

__attribute__((noinline)) static void overwrite(void)
{
	volatile char over[4096];

	for (size_t i = 0; i < sizeof over; i++)
		over[i] = 0;
}

int main(int argc, char **argv)
{
	void **other = filled(64);

	data[599] = filled(10);
	zeros[50000] = other;
	if (other != NULL)
		other[7] = filled(20);
	lose(argc > 1 ? atoi(argv[1]) : 0);
	overwrite();
	return 0;
}
