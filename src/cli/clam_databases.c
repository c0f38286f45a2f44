/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/clam_databases.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

/* clamscan 1.4 takes these in a directory (CLI_DBEXT in its readdb.h), in letters of any case. */
static bool is_database(const char *name)
{
	static const char *const endings[] = {
		".db",  ".hdb", ".hdu", ".fp",   ".mdb",  ".mdu", ".hsb",  ".hsu", ".sfp", ".msb",
		".msu", ".ndb", ".ndu", ".ldb",  ".ldu",  ".sdb", ".zmd",  ".rmd", ".pdb", ".gdb",
		".wdb", ".cbc", ".ftm", ".cfg",  ".cvd",  ".cld", ".cud",  ".cdb", ".cat", ".crb",
		".idb", ".ioc", ".yar", ".yara", ".pwdb", ".ign", ".ign2", ".imp",
	};
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot != NULL && i < sizeof endings / sizeof *endings; i++)
		if (strcasecmp(dot, endings[i]) == 0)
			return true;
	return false;
}

/* A file in a directory.  *taken: it was no directory. */
static bool add_file(struct sources *s, const char *path, bool *taken, struct error *e)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return error_set(e, REASON_IO, PLACE_NONE, "%s: %s", path, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return true;
	if (!S_ISREG(st.st_mode)) /* clamscan waits for a FIFO */
		return error_set(e, REASON_IO, PLACE_NONE, "%s: not a regular file", path);
	*taken = true;
	return sources_add(s, path, NULL, e);
}

static bool add_directory(struct sources *s, const char *path, struct error *e)
{
	struct dirent **entry;
	int n = scandir(path, &entry, NULL, alphasort);
	bool ok = true, any = false;

	if (n < 0)
		return error_set(e, REASON_IO, PLACE_NONE, "%s: %s", path, strerror(errno));
	for (int i = 0; i < n; i++) {
		char *whole = NULL;
		if (ok && is_database(entry[i]->d_name)) {
			ok = asprintf(&whole, "%s/%s", path, entry[i]->d_name) > 0
				     ? add_file(s, whole, &any, e)
				     : error_set(e, REASON_MEMORY, PLACE_NONE, "no memory");
			free(whole);
		}
		free(entry[i]);
	}
	free(entry);
	return ok && (any || error_set(e, REASON_IO, PLACE_NONE,
				       "%s: no database file of ClamAV's in it", path));
}

bool clam_databases_add(struct sources *s, const char *path, struct error *e)
{
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return add_directory(s, path, e);
	return sources_add(s, path, NULL, e);
}
