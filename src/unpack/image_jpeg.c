/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack/image.h"

#include <setjmp.h>
#include <stdio.h>

/* needs stdio.h before it */
#include <jpeglib.h>

/* JPEG by libjpeg-turbo, whose errors come by a long jump, and whose warnings mean damage. */

enum {
	LIBRARY_MEMORY = 128 << 20, /* bytes that it may take for itself */
	/* Each goes through the whole picture, however few bytes it has; those who wring the last
	 * byte out of a progressive picture make some dozens. */
	MAX_SCANS = 256,
};

struct trouble {
	struct jpeg_error_mgr manager; /* first: the library hands out its address */
	struct jpeg_progress_mgr progress;
	jmp_buf back;
	bool scans; /* there are too many */
};

static void fail(j_common_ptr library)
{
	struct trouble *t = (struct trouble *)(void *)library->err;
	longjmp(t->back, 1);
}

static void count_scans(j_common_ptr library)
{
	struct trouble *t = (struct trouble *)(void *)library->err;

	if (((j_decompress_ptr)(void *)library)->input_scan_number <= MAX_SCANS)
		return;
	t->scans = true;
	longjmp(t->back, 1);
}

static void quiet(j_common_ptr library) { (void)library; }

static void quiet_level(j_common_ptr library, int level)
{
	if (level < 0)
		library->err->num_warnings++;
}

/* Reads all rows.  False: the picture is damaged or over a limit, and *e says so. */
static bool read_rows(struct jpeg_decompress_struct *j, struct arena *a, struct image *out,
		      struct error *e)
{
	(void)jpeg_read_header(j, TRUE);
	if (!image_begin(out, a, j->image_width, j->image_height, e))
		return false;
	j->out_color_space = JCS_RGB;
	j->mem->max_memory_to_use = LIBRARY_MEMORY;
	(void)jpeg_start_decompress(j);
	uint8_t *row = arena_array(a, (size_t)j->output_width * 3, 1);
	if (row == NULL)
		return error_set(e, REASON_MEMORY, PLACE_NONE, "no memory for a picture");
	while (j->output_scanline < j->output_height) {
		uint8_t *to = out->grey + (size_t)j->output_scanline * out->w;
		(void)jpeg_read_scanlines(j, &row, 1);
		for (uint32_t x = 0; x < out->w; x++)
			to[x] = image_grey(row[3 * x], row[3 * x + 1], row[3 * x + 2]);
	}
	return true;
}

/* The same, and where the library gives up. */
static bool guarded(struct jpeg_decompress_struct *j, struct trouble *t, struct arena *a,
		    struct image *out, struct error *e)
{
	if (setjmp(t->back) != 0)
		return t->scans ? error_set(e, REASON_LIMIT, PLACE_NONE,
					    "limit:scans: more than %d", MAX_SCANS)
				: error_set(e, REASON_DAMAGED, PLACE_NONE,
					    "JPEG: the library gives up on it");
	return read_rows(j, a, out, e);
}

bool image_jpeg(struct span file, struct arena *a, struct image *out, struct error *e)
{
	struct jpeg_decompress_struct j;
	struct trouble t = { .progress.progress_monitor = count_scans };

	j.err = jpeg_std_error(&t.manager);
	t.manager.error_exit = fail;
	t.manager.output_message = quiet;
	t.manager.emit_message = quiet_level;
	jpeg_create_decompress(&j);
	j.progress = &t.progress;
	jpeg_mem_src(&j, file.p, (unsigned long)file.n);
	bool ok = guarded(&j, &t, a, out, e);
	jpeg_destroy_decompress(&j);
	return ok;
}
