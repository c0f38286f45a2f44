/* SPDX-License-Identifier: Apache-2.0 */
#include "review/collect.h"
#include "review/group.h"
#include "review/lines.h"
#include "review/x509.h"

/*
 * Secure Boot and the TPM.  A variable of efivarfs is four bytes of attributes and its value;
 * SecureBoot and SetupMode are one byte, PK, KEK, db and dbx lists of signatures
 * (UEFI 2.10, 32.4.1):
 *
 *     type (16)  size of the list (4)  of its head (4)  of a signature (4)  head  { owner (16) data
 * }...
 */

enum { MAX_VARIABLE = 4 << 20, ATTRIBUTES = 4, LIST_HEAD = 28, OWNER = 16 };

/* EFI_CERT_X509_GUID and EFI_CERT_SHA256_GUID as they lie there */
static const uint8_t x509_list[16] = { 0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94, 0xa7, 0x4a,
				       0x87, 0xb5, 0xab, 0x15, 0x5c, 0x2b, 0xf0, 0x72 };
static const uint8_t sha256_list[16] = { 0x26, 0x16, 0xc4, 0xc1, 0x4c, 0x50, 0x92, 0x40,
					 0xac, 0xa9, 0x41, 0xf9, 0x36, 0x93, 0x43, 0x28 };

#define GLOBAL   "-8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define SECURITY "-d719b2cb-3d3a-4596-a3bc-dad00e67656f"

static const char *const variables[] = {
	"/sys/firmware/efi/efivars/SecureBoot" GLOBAL,
	"/sys/firmware/efi/efivars/SetupMode" GLOBAL,
	"/sys/firmware/efi/efivars/PK" GLOBAL,
	"/sys/firmware/efi/efivars/KEK" GLOBAL,
	"/sys/firmware/efi/efivars/db" SECURITY,
	"/sys/firmware/efi/efivars/dbx" SECURITY,
	"/sys/firmware/efi/efivars/MokListRT-605dab50-e046-4300-abb6-3dd810dd8b23",
};

static void take_tpm(struct gather *g, const char *directory, const char *name, unsigned type)
{
	static const char *const files[] = { "tpm_version_major", "device/description",
					     "device/firmware_node/hid" };
	char base[GATHER_MAX_PATH];

	(void)type;
	if (gather_path(g, base, directory, name))
		group_gather(g, "tpm", base, files, sizeof files / sizeof *files);
}

static void gather(struct gather *g)
{
	static const char *const lockdown[] = { "lockdown" };
	struct stat st;
	struct error e;
	bool tpm = gather_each(g, "/sys/class/tpm", take_tpm);
	bool efi = root_stat(g->root, "/sys/firmware/efi", &st, &e);

	for (size_t i = 0; efi && i < sizeof variables / sizeof *variables; i++)
		(void)gather_file(g, variables[i], MAX_VARIABLE);
	if (root_stat(g->root, "/sys/kernel/security/lockdown", &st, &e))
		group_gather(g, "lockdown", "/sys/kernel/security", lockdown, 1);
	if (!efi && !tpm && g->cover->n_gaps == 0)
		coverage_decide(g->cover, COVERAGE_UNAVAILABLE,
				"this kernel shows neither EFI nor a TPM");
}

/* ---- reading */

static struct span short_name(const struct item *item)
{
	struct span base = lines_base(span_of(item->name)), name, rest;

	return lines_split(base, '-', &name, &rest) ? name : base;
}

static void put_flag(const struct item *item, struct span value, struct fact_writer *w)
{
	fact_begin(w, FACT_FIRMWARE);
	fact_put(w, FACT_NAME, short_name(item));
	fact_put_text(w, FACT_TYPE, "efi");
	fact_put_text(w, FACT_STATE, value.p[0] == 1 ? "on" : "off");
	fact_end(w);
}

/* False where the list is none. */
static bool read_list(const struct item *item, struct cursor *c, uint64_t *digests,
		      struct fact_writer *w)
{
	struct span kind = cursor_take(c, sizeof x509_list);
	uint32_t size = cursor_le32(c), head = cursor_le32(c), each = cursor_le32(c);

	if (!cursor_ok(c) || size < LIST_HEAD || head > size - LIST_HEAD || each <= OWNER)
		return false;
	struct cursor list = cursor_of(cursor_take(c, size - LIST_HEAD));
	cursor_skip(&list, head);
	while (cursor_ok(c) && cursor_left(&list) >= each) {
		struct span data = span_cut(cursor_take(&list, each), OWNER, SIZE_MAX);
		if (memcmp(kind.p, x509_list, sizeof x509_list) == 0)
			(void)x509_put(w, data, "efi", item->name, "firmware");
		else if (memcmp(kind.p, sha256_list, sizeof sha256_list) == 0)
			++*digests;
	}
	return cursor_ok(c);
}

static void read_variable(const struct item *item, struct fact_writer *w)
{
	struct span value = span_cut(item->bytes, ATTRIBUTES, SIZE_MAX);
	struct cursor c = cursor_of(value);
	uint64_t digests = 0;

	if (value.n == 1) {
		put_flag(item, value, w);
		return;
	}
	while (cursor_left(&c) > 0)
		if (!read_list(item, &c, &digests, w)) {
			fact_gap(w, item->name, REASON_DAMAGED,
				 "damaged: a list of signatures is none");
			break;
		}
	fact_begin(w, FACT_FIRMWARE);
	fact_put(w, FACT_NAME, short_name(item));
	fact_put_text(w, FACT_TYPE, "efi");
	fact_printf(w, FACT_NOTE, "%llu digests", (unsigned long long)digests);
	fact_end(w);
}

static void read(const struct bundle *b, struct fact_writer *w)
{
	struct group g;

	for (size_t i = 0; i < bundle_count(b); i++) {
		struct item item = bundle_get(b, i);
		if (item.kind == ITEM_FILE && strstr(item.name, "/efivars/") != NULL)
			read_variable(&item, w);
	}
	for (size_t at = 0; group_next(b, &at, &g);) {
		bool tpm = strcmp(g.kind, "tpm") == 0;
		fact_begin(w, FACT_FIRMWARE);
		fact_put(w, FACT_NAME, tpm ? lines_base(g.name) : span_of("lockdown"));
		fact_put_text(w, FACT_TYPE, tpm ? "tpm" : "kernel");
		fact_put(w, FACT_VERSION, group_value(b, &g, "tpm_version_major"));
		fact_put(w, FACT_NOTE, group_value(b, &g, "device/description"));
		fact_put(w, FACT_STATE, group_value(b, &g, "lockdown"));
		fact_end(w);
	}
}

const struct collector collect_boot = {
	.name = "boot",
	.title = "Secure Boot and TPM",
	.looks = "efivarfs (SecureBoot, SetupMode, PK, KEK, db, dbx, MokListRT), /sys/class/tpm, "
		 "the "
		 "kernel's lockdown",
	.live = true,
	.gather = gather,
	.read = read,
};
