/* SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"
#include "recover/identify.h"
#include "tests/mutate.h"
#include "tests/test.h"

#include <dirent.h>
#include <stdio.h>

static struct families all;
static struct sample sample;

static int open_all(void **state)
{
	struct dirent **names;
	struct error e;
	struct buf text;
	char path[512];

	(void)state;
	sample_init(&sample);
	buf_init(&text, FAMILY_MAX_TEXT);
	assert_true(families_init(&all, &e));
	int n = scandir("recovery", &names, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof path, "recovery/%s", names[i]->d_name);
		buf_reset(&text);
		if (strstr(path, ".family") != NULL) {
			assert_true(io_read_file(path, &text, &e));
			if (!families_add(&all, path, buf_span(&text), &e))
				fail_msg("%s", e.text);
		}
		free(names[i]);
	}
	free(names);
	buf_release(&text);
	return 0;
}

static int close_all(void **state)
{
	(void)state;
	sample_release(&sample);
	families_release(&all);
	return 0;
}

static void see(struct identify *id, const char *name, const void *p, size_t n)
{
	struct error e;

	assert_true(sample_take(&sample, (struct span){ p, n }, span_of(name), &e));
	assert_true(identify_add(id, &sample, name, &e));
}

static const struct identify_answer *answer_of(const struct identify *id, const char *family)
{
	for (size_t i = 0; i < id->set->n; i++)
		if (span_is(id->answer[i].family->id, family))
			return &id->answer[i];
	fail_msg("no family %s", family);
	return NULL;
}

static void begin(struct identify *id)
{
	struct error e;

	assert_true(identify_init(id, &all, &e));
}

/* A file of 4,096 bytes with the tail that the first Akira puts behind it. */
static void make_akira(uint8_t *p, size_t n)
{
	memset(p, 0x5a, n);
	p[n - 10] = 1;
	p[n - 9] = 50;
	for (unsigned i = 0; i < 8; i++)
		p[n - 8 + i] = (uint8_t)((uint64_t)(n - 534) >> 8 * i);
}

static void every_family_has_a_source_and_more_than_an_extension(void **state)
{
	(void)state;
	assert_true(all.n >= 60);
	for (size_t i = 0; i < all.n; i++) {
		const struct family *f = &all.list[i];
		assert_true(f->n_sources != 0 && f->how.n != 0);
		for (unsigned k = 0; k < f->n_rules; k++) {
			struct buf same;
			if (f->rule[k].kind != RULE_NOTE_TEXT)
				continue;
			/* a passage is written as the text of a note is normalised */
			buf_init(&same, 1024);
			sample_note_text(f->rule[k].what, &same);
			assert_true(span_equal(buf_span(&same), f->rule[k].what));
			buf_release(&same);
		}
	}
}

static void structure_and_note_are_certain(void **state)
{
	uint8_t file[4096];
	struct identify id;

	(void)state;
	begin(&id);
	make_akira(file, sizeof file);
	see(&id, "report.docx.akira", file, sizeof file);
	see(&id, "akira_readme.txt", "whatever you may think of it", 28);
	identify_end(&id);
	assert_true(span_is(id.answer[0].family->id, "akira-1"));
	assert_int_equal(id.answer[0].confidence, CONFIDENCE_CERTAIN);
	assert_int_equal(id.answer[0].n_files, 1);
	assert_int_equal(id.n_notes, 1);
	identify_release(&id);
}

static void families_that_look_alike_do_not_take_each_others_files(void **state)
{
	uint8_t file[4096];
	struct identify id;
	struct error e;

	(void)state;
	begin(&id);
	make_akira(file, sizeof file);
	see(&id, "a.akira", file, sizeof file);
	see(&id, "akira_readme.txt", "whatever you may think of it", 28);
	see(&id, "b.akira", file, 3000); /* without that tail: the later generation's */
	identify_end(&id);
	const struct family *f = identify_pick(&id, &sample);
	assert_true(f != NULL && span_is(f->id, "akira-2"));
	assert_true(
		sample_take(&sample, (struct span){ file, sizeof file }, span_of("a.akira"), &e));
	f = identify_pick(&id, &sample);
	assert_true(f != NULL && span_is(f->id, "akira-1"));
	identify_release(&id);
}

/* The marks of versions 3 and 4 go on behind the first's, whose files go on with a key. */
static void later_versions_of_dma_locker_are_not_the_first(void **state)
{
	static const char *const marks[] = { "!DMALOCK", "!DMALOCK3.0", "!DMALOCK4.0" };
	uint8_t file[4096];
	struct error e;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct identify id;
		memset(file, 0xa5, sizeof file);
		memcpy(file, marks[i], strlen(marks[i]));
		begin(&id);
		see(&id, "a.docx", file, sizeof file);
		identify_end(&id);
		assert_true(sample_take(&sample, (struct span){ file, sizeof file },
					span_of("a.docx"), &e));
		const struct family *f = identify_pick(&id, &sample);
		assert_int_equal(f != NULL && span_is(f->id, "dma-locker"), i == 0);
		assert_int_equal(answer_of(&id, "dma-locker")->confidence != CONFIDENCE_NONE,
				 i == 0);
		identify_release(&id);
	}
}

static void an_extension_alone_names_no_family(void **state)
{
	struct identify id;

	(void)state;
	begin(&id);
	see(&id, "a.locky", "some bytes", 10);
	see(&id, "a.encrypted", "some bytes", 10);
	see(&id, "a.fun", "some bytes", 10);
	see(&id, "a.crypt", "some bytes", 10);
	identify_end(&id);
	for (size_t i = 0; i < all.n; i++)
		assert_int_equal(id.answer[i].confidence, CONFIDENCE_NONE);
	assert_true(id.n_named >= 3);
	identify_release(&id);
}

static void what_lacks_its_structure_speaks_against(void **state)
{
	struct identify id;

	(void)state;
	begin(&id);
	see(&id, "a.WNCRY", "some bytes that are no header of it", 35);
	identify_end(&id);
	const struct identify_answer *a = answer_of(&id, "wannacry");
	assert_int_equal(a->n_lacking, 1);
	assert_string_equal(a->lacking, "a.WNCRY");
	assert_int_equal(a->confidence, CONFIDENCE_NONE);
	identify_release(&id);
}

static void words_in_ordinary_texts_name_no_family(void **state)
{
	static const char text[] = "A report on LockBit, GandCrab, Maze and Ragnarok, and REvil.";
	struct identify id;

	(void)state;
	begin(&id);
	see(&id, "report.txt", text, sizeof text - 1);
	see(&id, "README.txt", text, sizeof text - 1);
	identify_end(&id);
	for (size_t i = 0; i < all.n; i++)
		if (id.answer[i].confidence != CONFIDENCE_NONE)
			fail_msg("%.*s", (int)id.answer[i].family->id.n,
				 (const char *)id.answer[i].family->id.p);
	identify_release(&id);
}

static void notes_are_read_through_html_and_utf16(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	sample_note_text(span_of("<p>Your  <b>FILES</b>,\n are\tlost: a@b.org</p>"), &out);
	assert_true(span_is(buf_span(&out), "your files are lost a@b.org"));
	sample_note_text((struct span){ (const uint8_t *)"\xff\xfeH\0i\0 \0y\0o\0u\0", 14 }, &out);
	assert_true(span_is(buf_span(&out), "hi you"));
	buf_release(&out);
}

/* Programs have no ending either, and zeros are no letters but in UTF-16. */
static void what_is_no_text_is_no_note(void **state)
{
	static const char letters[] = "Your files are lost",
			  wide[] = "Y\0o\0u\0r\0 \0f\0i\0l\0e\0s";
	uint8_t program[4096] = "\x7f"
				"ELF Your files are lost";
	const struct {
		struct span bytes, name;
		bool note;
	} rows[] = {
		{ { (const uint8_t *)letters, sizeof letters - 1 },
		  span_of("HOW_TO_DECRYPT"),
		  true },
		{ { (const uint8_t *)wide, sizeof wide }, span_of("README.txt"), true },
		{ { (const uint8_t *)letters, sizeof letters - 1 }, span_of("a.docx"), false },
		{ { program, sizeof program }, span_of("ls"), false },
	};
	struct sample s;
	struct error e;

	(void)state;
	sample_init(&s);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_true(sample_take(&s, rows[i].bytes, rows[i].name, &e));
		assert_int_equal(s.text.n != 0, rows[i].note);
	}
	sample_release(&s);
}

static void original_names_are_what_stood_before(void **state)
{
	static const struct {
		const char *family, *name, *was;
	} rows[] = { { "akira-1", "a.b.docx.akira", "a.b.docx" },
		     { "dxxd", "a.docxdxxd", "a.docx" },
		     { "prometheus", "x.png.PROM[prometheushelp@mail.ch]", "x.png" },
		     { "lockcrypt", "name ID abc.1btc", "name" },
		     { "akira-1", ".akira", ".akira" },
		     { "petya", "disk.img", "disk.img" } };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct family *f = families_find(&all, span_of(rows[i].family));
		assert_non_null(f);
		assert_true(span_is(family_original_name(f, span_of(rows[i].name)), rows[i].was));
	}
}

static void open_and_look(struct span text)
{
	struct family f;
	struct error e = { .text = "" };

	if (!family_open(&f, "t", text, &e))
		assert_true(e.text[0] != '\0');
	for (unsigned i = 0; i < f.n_rules; i++)
		(void)rule_holds(&f.rule[i], &sample);
	family_release(&f);
}

static void a_spoiled_family_is_read_or_refused(void **state)
{
	uint8_t file[4096];
	struct buf text;
	struct error e;

	(void)state;
	make_akira(file, sizeof file);
	assert_true(
		sample_take(&sample, (struct span){ file, sizeof file }, span_of("a.akira"), &e));
	buf_init(&text, FAMILY_MAX_TEXT);
	assert_true(io_read_file("recovery/akira-1.family", &text, &e));
	mutate(buf_span(&text), open_and_look);
	buf_release(&text);
}

static void what_a_family_must_have_is_asked_for(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{ "family x\ntitle \"X\"\nhow \"h\"\nextension 10 \".x\"\nsource \"s\"\n",
		  "extension alone" },
		{ "family x\ntitle \"X\"\nhow \"h\"\nnote-name 10 \"x\"\n", "published source" },
		{ "family x\ntitle \"X\"\nhow \"h\"\nnote-name 10 \"x\"\nsource \"s\"\n",
		  "against what it was checked" },
		{ "family x\ntitle \"X\"\nstate read\nhow \"h\"\nnote-name 10 \"x\"\nsource "
		  "\"s\"\nchecked 2026-01-01 \"c\"\nengine xor\n",
		  "`proof` is not said" },
		{ "family x\nchecked yesterday \"c\"\n", "a check is" },
		{ "family x\ntitle \"X\"\nhow \"h\"\nmarker 10 \"x\"\nsource \"s\"\n",
		  "tests are wanted" },
		{ "family x\nmarker 10 \"x\" le32 0 = size- \n", "no test" },
		{ "family x\nmarker 10 \"x\" bytes 0 abc\n", "no test" },
		{ "family x\nmarker 101 \"x\" u8 0 = 1\n", "a rule is" },
		{ "family x\ntitle \"X\n", "without its end" },
		{ "\"more\"\n", "one word" },
		{ "family x\nstate sure\n", "no such word" },
		{ "family x", "no end" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct family f;
		struct error e;
		assert_false(family_open(&f, "t", span_of(rows[i].text), &e));
		if (strstr(e.text, rows[i].why) == NULL)
			fail_msg("row %zu: %s", i, e.text);
		family_release(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_family_has_a_source_and_more_than_an_extension),
		cmocka_unit_test(structure_and_note_are_certain),
		cmocka_unit_test(families_that_look_alike_do_not_take_each_others_files),
		cmocka_unit_test(later_versions_of_dma_locker_are_not_the_first),
		cmocka_unit_test(an_extension_alone_names_no_family),
		cmocka_unit_test(what_lacks_its_structure_speaks_against),
		cmocka_unit_test(words_in_ordinary_texts_name_no_family),
		cmocka_unit_test(notes_are_read_through_html_and_utf16),
		cmocka_unit_test(what_is_no_text_is_no_note),
		cmocka_unit_test(original_names_are_what_stood_before),
		cmocka_unit_test(a_spoiled_family_is_read_or_refused),
		cmocka_unit_test(what_a_family_must_have_is_asked_for),
	};
	return cmocka_run_group_tests(tests, open_all, close_all);
}
