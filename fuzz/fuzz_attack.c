/* SPDX-License-Identifier: Apache-2.0 */
#include "recover/assess.h"
#include "recover/attack.h"

#include <stdlib.h>

/*
 * An encrypted file for every engine that needs no search: its headers, footers and, where the
 * first byte says so, the key that a user brings.  No original is longer than what it was made
 * from, and the ranges of an assessment lie within the file.
 *
 * Input: u16be bytes of the key (modulo what there is), key, file.  Where the first two are 0xffff
 * it tells more: u8 which engine, u8 flags, u64 from and to of a search, u8 n and the file's name,
 * u32 n and the key, and the file.  With SPARSE that is u32 size and pieces, u32 at, u16 n, n bytes
 * each: so disks are small seeds; with STREAM the key is a number of which a long keystream is
 * made.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PEER                                                                                       \
	"0446668077A4449322CA896BD64901DE333156B6FEAE75ABE5D4922A039B3CD013304AB8B3F15F498094F140" \
	"58A1D1EBE823BEF512D44210CC50BBD94128D2CD05"

/* The parts of the families' files that engines read. */
static const char *const families[] = {
	"engine cbc key=3a822c030c05db7708090a0b0c0d0e0d iv=00010003050300010000020006070600 "
	"padding=pkcs7",
	"engine cbc tail=536 head=1048576 size-at=-24 padding=none "
	"iv=00000000000000000000000000000000 bring=32",
	"engine dxxd key=0xA7D46C76",
	"engine basta extension=9 tail=314 small=5000 large=1073741824",
	"engine xor heads=2048,1024 periods=255,36,102,1024",
	"engine add period=64",
	"engine stream layout=akira",
	"engine stream classes=5,30",
	"engine tesla master=440A241DD80FCC5664E861989DB716E08CE627D8D40C7EA360AE855C727A49EE",
	"engine tesla version=2",
	"engine wannacry",
	"engine babuk",
	"engine babuk cipher=sosemanuk head=536870912",
	"engine conti layout=conti",
	"engine conti layout=akira tail=534",
	"engine lockcrypt",
	"engine chaos",
	"engine petya master=38dd46801ce61883433048d6d8c6ab8be18654a2695b4723",
	"engine akira step=100 gap=20000 parts=.vmdk whole=.txt",
	"engine syno",
	"engine iencrypt",
	"engine hive",
	"engine alpha version=0 peer=" PEER,
	"engine alpha version=alpha peer=" PEER,
	"engine seven "
	"a4=ANOASudgfjfirtj4k504iojm5io5nm59uh5vob5mho5p6gf2u43i5hojg4mf4i05j6g594cn9mjg6h"
	" a5="
	"ASIBVbhciJ5hv6bjyuwetjykok7mbvtbvtiJ5h6jg54ifj0655iJ5hok7mbok7mbvtvtv6bjfib56j45fkmbvtiJ5h"
	"v6bokok7mbvt7mbvtj55nf4y8uhmvbi7knd4ium6iok7mbvtiiJ5hv6bjJ5hhigmubn56gfiok7mbvtjnmvu9bvtiJ"
	"5h6biok7mbvt7mbgi5fmuv65mg9fi4dm5v6iognfun5u6inguifbv5ibomlimmhnbjvfchbgnhugk5ybvtc3cty5"
	" b4=ifgj5906jHg948f8g46hgkf054k6h0igjf45n9g5fj90g64g5"
	" b5="
	"777EJfngmfiob5mvX5i4omgfogkthmgA7Jergth3ng5m896h65f34f55gtiyht4jfkdfvb5iy76h544uekdfi5otjg"
	"5k0i6h595fjk4f4lkjho6kitf84j4uhyg7th53f854fpl567iogj5fk4Xf777",
};

enum { SPARSE = 1, STREAM = 2, WINDOW = 10000 /* ns */, LARGEST = 1 << 20 };

struct input {
	struct span file, key, name;
	uint64_t from, to; /* of a search */
};

static void attack_with(const char *engine, const struct input *in)
{
	static const char head[] =
		"family x\ntitle \"X\"\nstate read\nhow \"h\"\nsource \"s\"\nchecked 2026-01-01 "
		"\"c\"\nproof \"p\"\nnote-name 1 \"n\"\n";
	struct attack_open o;
	struct attack a;
	struct family f;
	struct error e;
	struct region r;
	struct buf text, out;
	unsigned bits;

	buf_init(&text, FAMILY_MAX_TEXT);
	buf_init(&out, ATTACK_SAMPLE_MAX);
	buf_put_text(&text, head);
	buf_put_text(&text, engine);
	buf_put_u8(&text, '\n');
	if (!buf_ok(&text) || !family_open(&f, "f", buf_span(&text), &e)) {
		if (buf_ok(&text) && e.why == REASON_DAMAGED)
			abort();
		buf_release(&text);
		return;
	}
	if (!attack_init(&a, &f, &e) && e.why != REASON_MEMORY)
		abort();
	region_of_memory(&r, in->file);
	a.key = in->key;
	a.seed_from = in->from;
	a.seed_to = in->to;
	a.pair[0] = (struct attack_pair){ in->key, in->file, in->key.n };
	a.n_pairs = 1;
	a.sample[0] = (struct attack_file){ &r, in->name, 0 };
	a.n_samples = 1;
	if (attack_learn(&a, &bits, &e) && bits < PROOF_BITS_WANTED)
		abort();
	if (a.state != NULL && attack_original(&a, &a.sample[0], &out, &o, &e) &&
	    out.n > in->file.n)
		abort();
	attack_release(&a);
	family_release(&f);
	buf_release(&text);
	buf_release(&out);
}

/* Of Hive: as long as it is, and begins anew where it does. */
static struct span keystream(uint32_t number)
{
	enum { HALF = 0xa00000, ALL = HALF + 0x2fff00 };
	static uint8_t made[ALL];
	static uint32_t of;
	static bool has;

	for (uint64_t i = 0; i < ALL && (!has || of != number); i++)
		made[i] = (uint8_t)((i % HALF + number) * UINT64_C(0x9e3779b97f4a7c15) >> 56);
	of = number;
	has = true;
	return (struct span){ made, ALL };
}

static struct span sparse(struct cursor *c)
{
	static uint8_t made[LARGEST];
	uint32_t size = cursor_le32(c) % (LARGEST + 1);

	memset(made, 0, size);
	while (cursor_left(c) != 0) {
		uint32_t at = cursor_le32(c);
		struct span s = cursor_take(c, cursor_le16(c));
		if (s.n != 0 && at <= size && s.n <= size - at)
			memcpy(made + at, s.p, s.n);
	}
	return (struct span){ made, size };
}

/* Returns which engine. */
static size_t read_input(struct cursor *c, struct input *in)
{
	size_t which = cursor_u8(c);
	unsigned flags = cursor_u8(c);

	in->from = cursor_le64(c);
	in->to = cursor_le64(c);
	if (in->to - in->from > WINDOW || in->to < in->from)
		in->to = in->from; /* none */
	in->name = cursor_take(c, cursor_u8(c));
	in->key = cursor_take(c, cursor_le32(c));
	if ((flags & STREAM) != 0 && in->key.n == 4) {
		struct cursor number = cursor_of(in->key);
		in->key = keystream(cursor_le32(&number));
	}
	in->file = (flags & SPARSE) != 0 ? sparse(c) : cursor_take(c, cursor_left(c));
	return which;
}

static void assess(struct span file)
{
	struct assessment *assessed = malloc(sizeof *assessed);
	struct assess_hint hint = { span_of("a.docx"), true };
	struct region r;

	if (assessed == NULL)
		return;
	region_of_memory(&r, file);
	assess_file(&r, &hint, assessed);
	for (unsigned i = 0; i < assessed->n_ranges; i++)
		if (assessed->range[i].at + assessed->range[i].n > file.n)
			abort();
	free(assessed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span all = { data, size };
	struct input in = { .file = all, .key = { data, 0 }, .name = span_of("a.txt") };

	if (size > 2 && data[0] == 0xff && data[1] == 0xff) {
		struct cursor c = cursor_of(span_cut(all, 2, size));
		size_t which = read_input(&c, &in);
		attack_with(families[which % (sizeof families / sizeof *families)], &in);
		return 0;
	}
	if (size > 2) {
		size_t take = ((size_t)data[0] << 8 | data[1]) % (size - 2);
		in.key = span_cut(all, 2, take);
		in.file = span_cut(all, 2 + take, size);
	}
	for (size_t i = 0; i < sizeof families / sizeof *families; i++)
		attack_with(families[i], &in);
	assess(in.file);
	return 0;
}
