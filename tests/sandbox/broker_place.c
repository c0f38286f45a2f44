/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/broker_place.h"
#include "rules/yara/yara.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static void on_done(void *ctx, const char *path, const struct verdict *v)
{
	struct place *p = ctx;

	buf_printf(&p->told, "%s %s%s%s\n", path, verdict_word(v->kind), v->n_gaps != 0 ? " " : "",
		   v->n_gaps != 0 ? reason_word(v->gap[0].why) : "");
	p->last_strings = v->n_matches != 0 ? v->match[0].n_strings : 0;
	p->last_at = p->last_strings != 0 ? v->match[0].string[0].at : 0;
	if (p->n_done < sizeof p->at / sizeof *p->at)
		p->at[p->n_done++] = p->last_at;
}

static void on_skipped(void *ctx, const char *path, const struct error *e)
{
	struct place *p = ctx;
	buf_printf(&p->told, "%s skipped %s\n", path, reason_word(e->why));
}

static const char rules[] = "rule evil { strings: $a = \"EVIL\" condition: $a }\n"
			    "rule other { strings: $b = \"other\" condition: $b }\n";

static void build(struct place *p)
{
	struct ruleset set;
	struct error e;

	ruleset_init(&set);
	struct yara *y = yara_new(&set, &(struct yara_options){ 0 });
	assert_true(yara_add(y, span_of("test"), span_of(rules), span_of("default"), &e));
	yara_free(y);
	buf_init(&p->database, 1 << 24);
	assert_true(db_build(&set, &p->database, &e));
	ruleset_release(&set);
	assert_true(db_open(buf_span(&p->database), &p->db, &e));
}

int memory_file(const void *bytes, size_t n)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), n);
	return fd;
}

int set_up(void **state)
{
	struct place *p = calloc(1, sizeof *p);
	const char *build_root = getenv("BUILD");

	*state = p;
	snprintf(p->worker, sizeof p->worker, "%s/tests/sandbox/fake-worker",
		 build_root != NULL ? build_root : ".");
	build(p);
	buf_init(&p->told, 64 << 20);
	p->o = (struct broker_options){ .worker = p->worker,
					.n_workers = 1,
					.db = p->db,
					.done = on_done,
					.skipped = on_skipped,
					.ctx = p,
					.time_limit_s = 60,
					.database_fd = memory_file(p->database.p, p->database.n) };
	return 0;
}

int tear_down(void **state)
{
	struct place *p = *state;

	broker_free(p->broker);
	close(p->o.database_fd);
	db_free(p->db);
	buf_release(&p->database);
	buf_release(&p->told);
	free(p);
	return 0;
}

void begin(struct place *p)
{
	struct error e;

	if (access(p->worker, X_OK) != 0)
		skip(); /* not built here */
	if (!broker_new(&p->o, &p->broker, &e))
		fail_msg("%s", e.text);
}

void submit(struct place *p, const char *content)
{
	struct error e;

	if (!broker_submit(p->broker, memory_file(content, strlen(content)), strlen(content),
			   content, &e))
		fail_msg("%s", e.text);
}

void finish(struct place *p)
{
	struct error e;

	if (!broker_finish(p->broker, &e))
		fail_msg("%s", e.text);
}

void assert_told(struct place *p, const char *expected)
{
	buf_put_u8(&p->told, 0);
	assert_string_equal((const char *)p->told.p, expected);
	buf_reset(&p->told);
}
