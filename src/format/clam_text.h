/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_FORMAT_CLAM_TEXT_H
#define PEL_FORMAT_CLAM_TEXT_H

/*
 * What clamscan makes of texts and of HTML before it looks for signatures of
 * the target types 7 and 3, which are written for that and not for the file.
 * ClamAV's manual says it in a few words; the rest was read off `sigtool
 * --html-normalise`, `--ascii-normalise` and clamscan's answers.
 */

#include "base/cursor.h"

enum {
	/* As clamscan's defaults: signatures are not for what is larger. */
	CLAM_TEXT_MOST = 20 << 20, /* bytes of a text */
	CLAM_HTML_MOST = 40 << 20, /* of an HTML file ... */
	CLAM_BARE_MOST = 8 << 20,  /* ... and of one whose text without tags is looked at */
};

/*
 * Lower case, each run of blanks one space, no other control characters, and nothing above 0x7f.
 * `out` has room for text.n bytes; how many there are.
 */
size_t clam_text_normal(struct span text, uint8_t *out);

/* Room for what comes out of HTML, and how much of it is used. */
struct clam_html_out {
	uint8_t *p;
	size_t max, n; /* bytes; what does not fit is left out */
};

/* Bytes that are enough for what comes out of n bytes: "&Mu;" becomes "&#x039c;". */
#define CLAM_HTML_ROOM(n) (2 * (n) + 64)

/*
 * Without comments: lower case, blanks folded, quotes alike, names of characters resolved, scripts
 * without blanks, the contents of "data:" addresses left out.  And without tags: the text alone,
 * and where links and images point to.
 */
void clam_html_normal(struct span html, struct clam_html_out *whole, struct clam_html_out *bare);

/* Who wants to know of links. */
struct clam_link_host {
	/* A link to `real` (1024 bytes at most) of which `shown` is seen: its text as it stands
	 * there, without tags, 1024 bytes at most; or, of an image in it, where that comes from. */
	void (*link)(void *ctx, struct span real, struct span shown, bool image);
	void *ctx;
};

/* The links of an HTML file, as clamscan finds them: <a href>, <img src> and <iframe src> within
 * one, <form action>, of which nothing is shown. */
void clam_html_links(struct span html, const struct clam_link_host *host);

#endif
