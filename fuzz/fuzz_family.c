/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/identify.h"

#include <stdlib.h>

/* The input is a family's file, and behind a NUL a file that may be its work, or its note. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span all = { data, size };
	const uint8_t *nul = size != 0 ? memchr(data, 0, size) : NULL;
	struct span text = nul != NULL ? span_cut(all, 0, (size_t)(nul - data)) : all;
	struct span file = nul != NULL ? span_cut(all, text.n + 1, size) : all;
	struct families set;
	struct identify id;
	struct sample s;
	struct error e;

	if (!families_init(&set, &e))
		return 0;
	bool named = families_add(&set, "f", text, &e);
	if (!named && e.text[0] == '\0')
		abort();
	sample_init(&s);
	if (identify_init(&id, &set, &e)) {
		if (sample_take(&s, file, span_of("note.txt"), &e) &&
		    identify_add(&id, &s, "note.txt", &e) &&
		    sample_take(&s, file, span_of("a.docx.akira"), &e) &&
		    identify_add(&id, &s, "a.docx.akira", &e)) {
			identify_end(&id);
			const struct family *f = identify_pick(&id, &s);
			if (f != NULL && family_original_name(f, s.name).n > s.name.n)
				abort();
			if (named && id.answer[0].score > 100)
				abort();
		}
		identify_release(&id);
	}
	sample_release(&s);
	families_release(&set);
	return 0;
}
