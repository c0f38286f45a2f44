/* SPDX-License-Identifier: Apache-2.0 */

/* The signatures of ClamAV 1.5.  Input: le64 time, le32 size and a container, le32 size and
 * certificates, and a .sign file.  What holds for a container does not for another. */

#include "rules/clamav/cvd_sign.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum cvd_sign check(struct span container, struct span sign, const struct cvd_certs *certs)
{
	struct buf said;

	buf_init(&said, 1 << 16);
	enum cvd_sign is = cvd_sign_check(container, sign, certs, &said);
	if (said.n == 0 && buf_ok(&said))
		abort();
	for (size_t i = 0; i < said.n; i++)
		if (said.p[i] < 0x20)
			abort();
	buf_release(&said);
	return is;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_of((struct span){ data, size });
	int64_t now = (int64_t)cursor_le64(&c);
	struct span container = cursor_take(&c, cursor_le32(&c));
	struct span pem = cursor_take(&c, cursor_le32(&c));
	struct span sign = cursor_take(&c, cursor_left(&c));
	struct cvd_certs *certs;
	struct error e;
	struct buf other;

	if (!cursor_ok(&c) || !cvd_certs_new(now, &certs, &e))
		return 0;
	bool whole = cvd_certs_add(certs, pem, &e);
	if (!whole && (e.why == REASON_NONE || e.text[0] == '\0'))
		abort();
	enum cvd_sign is = check(container, sign, certs);
	if (is == CVD_SIGN_HOLDS && !cvd_certs_any(certs))
		abort();
	buf_init(&other, size + 1);
	buf_put_span(&other, container);
	buf_put_u8(&other, 'x');
	if (is == CVD_SIGN_HOLDS && buf_ok(&other) &&
	    check(buf_span(&other), sign, certs) != CVD_SIGN_FALSE)
		abort();
	buf_release(&other);
	cvd_certs_free(certs);
	return 0;
}
