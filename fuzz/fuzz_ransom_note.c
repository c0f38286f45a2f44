/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "recover/identify.h"

#include <stdlib.h>

/*
 * A note under names that notes have, plain, HTML or UTF-16: its text is as rules are written,
 * stays so when it is read again, and is nobody's work for certain without the mark of his files.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char family[] =
	"family x\ntitle \"X\"\nstate read\nhow \"h\"\nsource \"s\"\nchecked 2026-01-01 "
	"\"c\"\nproof \"p\"\nnote-name 40 \"*readme*\"\n"
	"note-text 40 \"your files are encrypted\"\nnote-text 20 \"pay us\"\nmarker 60 \"m\" bytes "
	"0 "
	"00112233\n";

static void check_text(struct span text)
{
	struct buf again;
	bool wide = text.n >= 2 && text.p[0] == 0xff && text.p[1] == 0xfe;

	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = text.p[i];
		bool blank = c == ' ' && i != 0 && i + 1 != text.n && text.p[i + 1] != ' ';
		if (!blank && c < 0x80 &&
		    (!(text_is_alnum(c) || c == '.' || c == '@' || c == '-' || c == '_') ||
		     text_lower(c) != c))
			abort();
	}
	buf_init(&again, SAMPLE_MAX_NOTE);
	sample_note_text(text, &again);
	if (!wide && !span_equal(text, buf_span(&again)))
		abort();
	buf_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "README.html", "readme.txt", "readme", "other.hta" };
	struct span note = { data, size };
	struct families set;
	struct identify id;
	struct sample s;
	struct error e;

	if (!families_init(&set, &e))
		return 0;
	if (!families_add(&set, "f", span_of(family), &e))
		abort();
	sample_init(&s);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (!identify_init(&id, &set, &e))
			break;
		if (sample_take(&s, note, span_of(names[i]), &e)) {
			check_text(buf_span(&s.text));
			if (identify_add(&id, &s, names[i], &e))
				identify_end(&id);
			if (id.answer[0].confidence == CONFIDENCE_CERTAIN &&
			    (size < 4 || memcmp(data, "\0\x11\x22\x33", 4) != 0))
				abort();
		}
		identify_release(&id);
	}
	sample_release(&s);
	families_release(&set);
	return 0;
}
