/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "base/io.h"
#include "base/standard.h"
#include "cli/cli.h"
#include "cli/hexdump.h"
#include "cli/ledger_place.h"
#include "net/fetch.h"
#include "trust/durable.h"
#include "trust/ledger.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/*
 * pellucid-submit: the one way by which something of this machine leaves it.
 *
 * One file, one receiver, one question.  What would be sent is put together first
 * and shown byte for byte; nothing says whose file it is or where it lay.  After
 * the answer the ledger is written, to the disk, and then the bytes are sent, the
 * same ones.  There is no option that answers the question.
 */

enum { MAX_FILE = 256 << 20, MAX_NOTE = 1000, MAX_SHOWN = 1 << 16, CONFIRM = 8, MAX_ANSWER = 4096 };

static const char help[] =
	"usage: pellucid submit --to=URL [--purpose=submit-sample|submit-false-positive] "
	"[--note=TEXT] "
	"FILE\n"
	"\n"
	"Puts a submission of FILE together, shows every byte of it, asks, writes it down in the "
	"ledger\n"
	"(`pellucid disclose`), and sends it.  URL is https, or http on this machine.\n"
	"\n"
	"Status: 0 sent, 1 not wanted, 2 could not.\n";

static const struct option options[] = { { "to", required_argument, NULL, 't' },
					 { "purpose", required_argument, NULL, 'p' },
					 { "note", required_argument, NULL, 'n' },
					 { "help", no_argument, NULL, 'h' },
					 { 0 } };

struct submission {
	const char *to, *note;
	enum ledger_purpose purpose;
	char ledger[DURABLE_PATH_SIZE];
	struct buf body;
	struct ledger_record record;
};

static int fail(const char *format, ...) PRINTF(1, 2);

static int fail(const char *format, ...)
{
	va_list ap;

	fputs("pellucid submit: ", stderr);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
	return EXIT_CANNOT;
}

/* In the clear only to this machine itself. */
static bool may_send_to(const char *url)
{
	static const char *const begins[] = {
		"https://",          "http://127.0.0.1:", "http://127.0.0.1/", "http://localhost:",
		"http://localhost/", "http://[::1]:",     "http://[::1]/"
	};

	for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
		if (strncmp(url, begins[i], strlen(begins[i])) == 0)
			return strchr(url, '@') == NULL && strlen(url) <= LEDGER_MAX_TO;
	return false;
}

/* ---- what is sent */

static bool put_together(struct submission *s, const char *path, struct error *e)
{
	char hex[HASH_MAX_HEX + 1];
	uint8_t digest[32];
	struct buf file;

	buf_init(&file, MAX_FILE);
	buf_init(&s->body, MAX_FILE + 4096);
	bool ok = io_read_file(path, &file, e) && hash_of(HASH_SHA256, buf_span(&file), digest);
	if (ok) {
		hex_text(digest, sizeof digest, hex);
		buf_printf(&s->body, "pellucid/submission/v1\npurpose %s\nsha256 %s\nsize %zu\n",
			   ledger_purpose_word(s->purpose), hex, file.n);
		if (s->note != NULL)
			buf_printf(&s->body, "note %s\n", s->note);
		buf_put_text(&s->body, "\n");
		buf_put_span(&s->body, buf_span(&file));
		ok = buf_ok(&s->body) && hash_of(HASH_SHA256, buf_span(&s->body), digest);
	}
	buf_release(&file);
	if (!ok)
		return error_wrap(e, "%s: ", path);
	s->record = (struct ledger_record){ .time = (uint64_t)time(NULL),
					    .kind = LEDGER_INTENT,
					    .purpose = s->purpose,
					    .bytes = s->body.n };
	snprintf(s->record.to, sizeof s->record.to, "%s", s->to);
	hex_text(digest, sizeof digest, s->record.sha256);
	return true;
}

static bool keep(const struct submission *s, char path[DURABLE_PATH_SIZE], struct error *e)
{
	char outbox[DURABLE_PATH_SIZE];

	return durable_path(outbox, e, "%s/outbox", s->ledger) && durable_mkdir(outbox, 0700, e) &&
	       durable_path(path, e, "%s/%s", outbox, s->record.sha256) &&
	       durable_write(path, buf_span(&s->body), 0600, e);
}

static void show(const struct submission *s, const char *path)
{
	struct span all = buf_span(&s->body);

	printf("to       %s\nas       an HTTP POST: headers Host, User-Agent: pellucid, Accept: "
	       "*/*, "
	       "Content-Length, Content-Type: text/plain; charset=utf-8\nbytes    %zu, SHA-256 "
	       "%s\n\n",
	       s->to, all.n, s->record.sha256);
	hexdump(stdout, span_cut(all, 0, MAX_SHOWN));
	if (all.n > MAX_SHOWN)
		printf("\n... and %zu bytes more; all of them are in %s\n", all.n - MAX_SHOWN,
		       path);
	puts("\nThe receiver also sees this machine's address and the time.");
}

/* What was shown is named in the answer, so that no habit of typing `yes` sends anything. */
static bool ask(const struct submission *s)
{
	char answer[MAX_ANSWER];

	printf("To send this, type the first %d characters of its SHA-256: ", CONFIRM);
	fflush(stdout);
	if (fgets(answer, sizeof answer, stdin) == NULL)
		return false;
	answer[strcspn(answer, "\n")] = '\0';
	return strlen(answer) == CONFIRM && strncmp(answer, s->record.sha256, CONFIRM) == 0;
}

/* ---- sending it */

static bool send_body(const struct submission *s, long *status, struct error *e)
{
	struct fetch *f;
	struct buf answer;

	if (!fetch_open(&f, e))
		return false;
	buf_init(&answer, 1 << 20);
	bool ok = fetch_post(f, s->to, buf_span(&s->body), &answer, status, e);
	buf_release(&answer);
	fetch_close(f);
	return ok && ((*status >= 200 && *status < 300) ||
		      error_set(e, REASON_DENIED, PLACE_NONE, "%s answers %ld", s->to, *status));
}

static int submit(struct submission *s, const char *path)
{
	char kept[DURABLE_PATH_SIZE];
	struct error e, why;
	long status = 0;

	if (!put_together(s, path, &e) || !keep(s, kept, &e))
		return fail("%s", e.text);
	show(s, kept);
	if (!ask(s)) {
		puts("\nNothing was sent.");
		return durable_remove(kept, &e) ? EXIT_FOUND : fail("%s", e.text);
	}
	if (!ledger_append(s->ledger, &s->record, &e))
		return fail("%s; nothing was sent", e.text);
	bool sent = send_body(s, &status, &why);
	struct ledger_record outcome = s->record;
	outcome.time = (uint64_t)time(NULL);
	outcome.about = s->record.seq;
	outcome.kind = sent ? LEDGER_SENT : LEDGER_FAILED;
	if (outcome.time < s->record.time)
		outcome.time = s->record.time;
	if (!ledger_append(s->ledger, &outcome, &e))
		return fail("%s", e.text);
	if (!sent)
		return fail("%s; the ledger says so (disclosure %llu)", why.text,
			    (unsigned long long)s->record.seq);
	printf("\nSent; disclosure %llu of the ledger.\n", (unsigned long long)s->record.seq);
	return EXIT_CLEAN;
}

/* One line of printable text: it is shown, and it is a line of what is sent. */
static bool is_note(const char *text)
{
	for (const char *p = text; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7F)
			return false;
	return strlen(text) <= MAX_NOTE;
}

int main(int argc, char **argv)
{
	struct submission s = { .purpose = LEDGER_SUBMIT_SAMPLE };
	int option;

	standard_begin();
	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (option == 't')
			s.to = optarg;
		else if (option == 'n')
			s.note = optarg;
		else if (option == 'p' && ledger_purpose_of(span_of(optarg), &s.purpose))
			continue;
		else
			return fputs(help, option == 'h' ? stdout : stderr) < 0 || option != 'h'
				       ? EXIT_CANNOT
				       : EXIT_CLEAN;
	}
	if (argc - optind != 1 || s.to == NULL)
		return fail("see `pellucid submit --help`");
	if (!may_send_to(s.to))
		return fail("%s: https, or http on this machine, without a user", s.to);
	if (s.note != NULL && !is_note(s.note))
		return fail("a note is one line of at most %d characters", MAX_NOTE);
	if (!ledger_place(s.ledger, sizeof s.ledger))
		return fail("no place for a ledger: set HOME or PELLUCID_LEDGER");
	int status = submit(&s, argv[optind]);
	buf_release(&s.body);
	return standard_end("pellucid submit", status, EXIT_CANNOT);
}
