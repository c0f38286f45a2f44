/* SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"
#include "cli/sources_cvd.h"
#include "cli/sources_impl.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* What proves ClamAV's containers: files of signatures, and certificates.  They are opened here and
 * looked at by the worker alone, which knows a container's version: so all versions go there. */

enum { MAX_FOUND = 1024 /* files of signatures in a folder, and of certificates; ours */ };

/* As Debian and most others have it. */
static const char clamav_certs[] = "/etc/clamav/certs";

static bool add(struct sources *s, const char *path, enum compile_kind kind, struct error *e)
{
	struct compile_file f = { .kind = kind };
	struct buf b;

	buf_init(&b, CVD_SIGN_MAX_FILE);
	bool ok = (io_read_file(path, &b, e) || error_wrap(e, "%s: ", path)) &&
		  sources_keep_name(s, path, &f.name, e);
	f.text = (struct span){ ok ? arena_copy(&s->arena, b.p, b.n) : NULL, b.n };
	buf_release(&b);
	if (ok)
		buf_put(&s->files, &f, sizeof f);
	return ok && ((f.text.p != NULL && buf_ok(&s->files)) ||
		      error_set(e, REASON_MEMORY, PLACE_NONE, "%s: no memory", path));
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), k = strlen(end);

	return n > k && strcmp(s + n - k, end) == 0;
}

/* Adds those of a folder, sorted, whose name is wanted.  `prefix` stands before their names. */
static bool add_folder(struct sources *s, const char *folder, const char *prefix,
		       bool (*wanted)(const char *name, const char *of), const char *of,
		       enum compile_kind kind, struct error *e)
{
	struct dirent **entry;
	int n = scandir(folder, &entry, NULL, alphasort), n_found = 0;
	bool ok = true;

	if (n < 0)
		return error_set(e, REASON_IO, PLACE_NONE, "%s: %s", folder, strerror(errno));
	for (int i = 0; i < n; i++) {
		char *whole = NULL;
		struct stat st;
		if (ok && wanted(entry[i]->d_name, of) && n_found < MAX_FOUND &&
		    asprintf(&whole, "%s%s", prefix, entry[i]->d_name) > 0 &&
		    stat(whole, &st) == 0 && S_ISREG(st.st_mode)) {
			ok = add(s, whole, kind, e);
			n_found++;
		}
		free(whole);
		free(entry[i]);
	}
	free(entry);
	return ok;
}

/* ---- signatures */

/* NAME-VERSION.cvd.sign, or all of the container's name and ".sign". */
static bool is_sign(const char *name, const char *of)
{
	size_t n = strcspn(of, "-."), n_digits;

	if (strncmp(name, of, strlen(of)) == 0 && strcmp(name + strlen(of), ".sign") == 0)
		return true;
	if (strncmp(name, of, n) != 0 || name[n] != '-')
		return false;
	n_digits = strspn(name + n + 1, "0123456789");
	return n_digits != 0 && strcmp(name + n + 1 + n_digits, ".cvd.sign") == 0;
}

/* ---- certificates */

static bool is_certificate(const char *name, const char *of)
{
	(void)of;
	return ends_with(name, ".pem") || ends_with(name, ".crt");
}

static bool add_certs(struct sources *s, struct error *e)
{
	const char *path = s->certs;
	char prefix[4096];
	struct stat st;

	if (path == NULL)
		path = getenv("CVD_CERTS_DIR"); /* ClamAV's */
	if (path == NULL && stat(clamav_certs, &st) == 0)
		path = clamav_certs;
	if (path == NULL)
		return true;
	if (stat(path, &st) != 0)
		return error_set(e, REASON_IO, PLACE_NONE, "%s: %s", path, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return add(s, path, COMPILE_CERTIFICATE, e);
	int n = snprintf(prefix, sizeof prefix, "%s/", path);
	return ((n > 0 && (size_t)n < sizeof prefix) ||
		error_set(e, REASON_LIMIT, PLACE_NONE, "%s: the path is too long", path)) &&
	       add_folder(s, path, prefix, is_certificate, NULL, COMPILE_CERTIFICATE, e);
}

bool sources_add_signs(struct sources *s, const char *path, struct error *e)
{
	const char *slash = strrchr(path, '/');
	size_t n_prefix = slash != NULL ? (size_t)(slash + 1 - path) : 0, before = s->files.n;
	char prefix[4096];

	if (n_prefix >= sizeof prefix)
		return error_set(e, REASON_LIMIT, PLACE_NONE, "%s: the path is too long", path);
	memcpy(prefix, path, n_prefix);
	prefix[n_prefix] = '\0';
	if (!add_folder(s, n_prefix != 0 ? prefix : ".", prefix, is_sign, path + n_prefix,
			COMPILE_SIGN, e))
		return false;
	if (s->has_certs || s->files.n == before)
		return true;
	s->has_certs = true;
	return add_certs(s, e);
}
