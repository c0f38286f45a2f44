/* SPDX-License-Identifier: Apache-2.0 */
#include "review/collect.h"
#include "review/group.h"
#include "review/lines.h"

/*
 * Block devices and firmware, as sysfs shows them (Documentation/ABI: sysfs-block, sysfs-nvme,
 * sysfs-firmware-efi-esrt; microcode in devices/system/cpu).  What a disk says of itself is a
 * claim.
 */

static void take_block(struct gather *g, const char *directory, const char *name, unsigned type)
{
	static const char *const files[] = { "size",
					     "ro",
					     "removable",
					     "partition",
					     "dm/name",
					     "dm/uuid",
					     "device/vendor",
					     "device/model",
					     "device/rev",
					     "device/serial",
					     "device/firmware_rev",
					     "loop/backing_file" };
	char base[GATHER_MAX_PATH];

	(void)type;
	if (gather_path(g, base, directory, name))
		group_gather(g, "block", base, files, sizeof files / sizeof *files);
}

static void gather_block(struct gather *g)
{
	if (!gather_each(g, "/sys/class/block", take_block) && g->cover->n_gaps == 0)
		coverage_decide(g->cover, COVERAGE_UNAVAILABLE, "/sys/class/block is not there");
}

static void take_nvme(struct gather *g, const char *directory, const char *name, unsigned type)
{
	static const char *const files[] = { "model", "serial", "firmware_rev" };
	char base[GATHER_MAX_PATH];

	(void)type;
	if (gather_path(g, base, directory, name))
		group_gather(g, "nvme", base, files, sizeof files / sizeof *files);
}

static void take_esrt(struct gather *g, const char *directory, const char *name, unsigned type)
{
	static const char *const files[] = { "fw_class", "fw_type", "fw_version",
					     "lowest_supported_fw_version", "last_attempt_status" };
	char base[GATHER_MAX_PATH];

	(void)type;
	if (gather_path(g, base, directory, name))
		group_gather(g, "esrt", base, files, sizeof files / sizeof *files);
}

static void gather_firmware(struct gather *g)
{
	static const char *const cpu[] = { "microcode/version" };
	static const char *const dmi[] = { "bios_vendor", "bios_version", "bios_date",
					   "ec_firmware_release" };
	struct stat st;
	struct error e;
	bool any = gather_each(g, "/sys/class/nvme", take_nvme);

	any = gather_each(g, "/sys/firmware/efi/esrt/entries", take_esrt) || any;
	if (root_stat(g->root, "/sys/devices/system/cpu/cpu0/microcode/version", &st, &e)) {
		group_gather(g, "microcode", "/sys/devices/system/cpu/cpu0", cpu, 1);
		any = true;
	}
	if (root_stat(g->root, "/sys/class/dmi/id", &st, &e)) {
		group_gather(g, "bios", "/sys/class/dmi/id", dmi, sizeof dmi / sizeof *dmi);
		any = true;
	}
	if (!any && g->cover->n_gaps == 0)
		coverage_decide(g->cover, COVERAGE_UNAVAILABLE,
				"this kernel shows no DMI, ESRT, NVMe or microcode");
}

/* ---- reading */

static void put(struct fact_writer *w, enum fact_key key, const struct bundle *b,
		const struct group *g, const char *file)
{
	fact_put(w, key, group_value(b, g, file));
}

static void put_block(const struct bundle *b, const struct group *g, struct fact_writer *w)
{
	struct span mapped = group_value(b, g, "dm/name");
	struct span backing = group_value(b, g, "loop/backing_file");
	uint64_t sectors;

	fact_begin(w, FACT_DEVICE);
	fact_put(w, FACT_NAME, lines_base(g->name));
	fact_put_text(w, FACT_TYPE, "block");
	put(w, FACT_VENDOR, b, g, "device/vendor");
	put(w, FACT_ID, b, g, "device/model");
	put(w, FACT_SERIAL, b, g, "device/serial");
	put(w, FACT_REVISION, b, g, "device/rev");
	put(w, FACT_REVISION, b, g, "device/firmware_rev");
	fact_put(w, FACT_TARGET, mapped.n != 0 ? mapped : backing);
	if (group_value(b, g, "partition").n != 0)
		fact_put_text(w, FACT_CLASS, "partition");
	if (span_is(group_value(b, g, "removable"), "1"))
		fact_put_text(w, FACT_NOTE, "removable");
	if (span_is(group_value(b, g, "ro"), "1"))
		fact_put_text(w, FACT_NOTE, "read-only");
	if (lines_number(group_value(b, g, "size"), &sectors) && sectors < UINT64_MAX / 512)
		fact_printf(w, FACT_NOTE, "%llu bytes", (unsigned long long)sectors * 512);
	fact_end(w);
}

static void read_block(const struct bundle *b, struct fact_writer *w)
{
	struct group g;

	/* a disk of no bytes is a slot: an unused loop device, an empty reader */
	for (size_t at = 0; group_next(b, &at, &g);)
		if (!span_is(group_value(b, &g, "size"), "0"))
			put_block(b, &g, w);
}

static void put_firmware(const struct bundle *b, const struct group *g, struct fact_writer *w)
{
	fact_begin(w, FACT_FIRMWARE);
	fact_put_text(w, FACT_TYPE, g->kind);
	if (strcmp(g->kind, "nvme") == 0) {
		put(w, FACT_NAME, b, g, "model");
		put(w, FACT_VERSION, b, g, "firmware_rev");
		put(w, FACT_SERIAL, b, g, "serial");
	} else if (strcmp(g->kind, "esrt") == 0) {
		put(w, FACT_ID, b, g, "fw_class");
		put(w, FACT_VERSION, b, g, "fw_version");
		put(w, FACT_CLASS, b, g, "fw_type");
		put(w, FACT_NOTE, b, g, "last_attempt_status");
	} else if (strcmp(g->kind, "microcode") == 0) {
		put(w, FACT_VERSION, b, g, "microcode/version");
	} else {
		put(w, FACT_VENDOR, b, g, "bios_vendor");
		put(w, FACT_VERSION, b, g, "bios_version");
		put(w, FACT_NOTE, b, g, "bios_date");
	}
	fact_put(w, FACT_LOCATION, g->name);
	fact_end(w);
}

static void read_firmware(const struct bundle *b, struct fact_writer *w)
{
	struct group g;

	for (size_t at = 0; group_next(b, &at, &g);)
		put_firmware(b, &g, w);
}

const struct collector collect_block = {
	.name = "block",
	.title = "Disks and other block devices",
	.looks = "/sys/class/block",
	.live = true,
	.gather = gather_block,
	.read = read_block,
};

const struct collector collect_firmware = {
	.name = "firmware",
	.title = "Firmware",
	.looks = "/sys: class/dmi, firmware/efi/esrt, class/nvme, the processor's microcode",
	.live = true,
	.gather = gather_firmware,
	.read = read_firmware,
};
