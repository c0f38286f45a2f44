/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/place.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool place_of(const char *name, char *to, size_t size)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

	if (n > 0) {
		self[n] = '\0';
		char *slash = strrchr(self, '/');
		if (slash != NULL)
			*slash = '\0';
		int k = snprintf(to, size, "%s/%s", self, name);
		if (k > 0 && (size_t)k < size && access(to, R_OK) == 0)
			return true;
	}
	int k = snprintf(to, size, "%s/%s", PELLUCID_LIBEXEC, name);
	return k > 0 && (size_t)k < size && access(to, R_OK) == 0;
}
