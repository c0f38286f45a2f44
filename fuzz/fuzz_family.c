/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/identify.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * The input is a family's file, and behind a NUL a file that may be its work, or its note; where
 * its first byte is a NUL, what is behind that is a list of families as a worker is sent it.
 * Beside it stands another family.  What a descriptor gives of a file's ends
 * are ends of what memory gives.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char other[] =
	"family other\ntitle \"O\"\nstate read\nhow \"h\"\nsource \"s\"\nchecked 2026-01-01 \"c\"\n"
	"note-name 40 \"note.txt\"\nextension 10 \".akira\"\n";

/* What is shown of a family, and asked of its settings. */
static void check_family(const struct family *f)
{
	uint8_t key[4];

	if (family_state_word(f->state)[0] == '\0' || family_undo_word(f->undo)[0] == '\0')
		abort();
	for (unsigned i = 0; i < f->n_rules; i++)
		if (rule_kind_word(f->rule[i].kind)[0] == '\0')
			abort();
	(void)!family_bytes(f, "key", key, sizeof key);
}

/* A list of one family, as families_add_all() reads it. */
static bool add_other(struct families *set, struct error *e)
{
	struct buf list;

	buf_init(&list, 1 << 16);
	buf_put(&list, "o", 2);
	buf_put_le32(&list, sizeof other - 1);
	buf_put_text(&list, other);
	bool ok = families_add_all(set, buf_span(&list), e);
	buf_release(&list);
	return ok;
}

static void check_list(struct span list)
{
	struct families set;
	struct error e;

	if (!families_init(&set, &e))
		return;
	if (!families_add_all(&set, list, &e) && e.text[0] == '\0')
		abort();
	families_release(&set);
}

/* Of what is not too long for a note memory keeps more than the ends. */
static void check_ends(struct span file)
{
	const char name[] = "a.docx.akira";
	int fd = memfd_create("file", MFD_CLOEXEC);
	struct sample read, taken;
	struct error e;

	sample_init(&read);
	sample_init(&taken);
	if (fd >= 0 && write(fd, file.p, file.n) == (ssize_t)file.n &&
	    sample_read(&read, fd, file.n, span_of(name), &e) &&
	    sample_take(&taken, file, span_of(name), &e) &&
	    (!span_equal(read.head, span_cut(taken.head, 0, read.head.n)) ||
	     read.tail.n > taken.tail.n ||
	     !span_equal(read.tail, span_cut(taken.tail, taken.tail.n - read.tail.n, read.tail.n))))
		abort();
	sample_release(&read);
	sample_release(&taken);
	if (fd >= 0)
		close(fd);
}

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

	if (nul == data && nul != NULL) {
		check_list(file);
		return 0;
	}
	if (file.n != 0)
		check_ends(file);
	if (!families_init(&set, &e))
		return 0;
	bool named = families_add(&set, "f", text, &e);
	if (!named && e.text[0] == '\0')
		abort();
	if (named)
		check_family(&set.list[0]);
	if (!add_other(&set, &e) && !named && e.why != REASON_MEMORY)
		abort();
	sample_init(&s);
	if (identify_init(&id, &set, &e)) {
		if (sample_take(&s, file, span_of("note.txt"), &e) &&
		    identify_add(&id, &s, "note.txt", &e) &&
		    sample_take(&s, file, span_of("a.docx.akira"), &e) &&
		    identify_add(&id, &s, "a.docx.akira", &e)) {
			identify_end(&id);
			if (confidence_word(id.answer[0].confidence) == NULL)
				abort();
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
