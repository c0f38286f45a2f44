/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_STUB_H
#define PEL_UNPACK_STUB_H

/*
 * Runs what a packer put before a program, until what it unpacked is begun.
 *
 * The image is laid into an interpreter's memory as Windows would, with a stack, a little of what
 * a process is given, and a library whose functions are those that stubs call.  Each time that
 * the program jumps from one section into another and onto something that it wrote itself, or
 * after it wrote elsewhere into one where it never was, a layer has been taken off: the image is
 * as the packer found it, or nearer to it.  [MS-PECOFF]
 * for the image; the rest is what stubs were seen to need.
 */

#include "base/error.h"
#include "unpack/x86.h"

enum {
	STUB_MAX_IMAGE = 32 << 20, /* bytes in memory */
	STUB_MAX_SECTIONS = 96,    /* as Windows has it */
	STUB_LEAST_WRITTEN = 64,   /* grains of memory, for what may be called unpacking */
	STUB_MAX_LAYERS = 6,       /* that are given */
	STUB_FUEL = 400 << 20,     /* instructions in all */
	STUB_SLICE = 1 << 20,      /* and at once */
	STUB_SYSTEM = 0x7c800000,  /* where the libraries lie */
	STUB_SYSTEM_SIZE = 3 * (96 << 10),
};

struct stub_section {
	uint8_t name[8];
	uint32_t at, size; /* in memory, from the image's base; size in whole pages */
	uint32_t raw_at, raw_size, flags;
};

/* What the headers say. */
struct stub_image {
	uint32_t base, size, entry, headers_size, alignment;
	struct span optional; /* the optional header as it stands, 96 bytes at least */
	uint16_t machine_flags;
	struct stub_section section[STUB_MAX_SECTIONS];
	size_t n_sections;
};

/* Reads the headers of a 32-bit PE for x86, leniently, as Windows does.  False: it is none, or one
 * that cannot run. */
NODISCARD bool stub_image_read(struct span program, struct stub_image *out);

/* Is it built as packers build: does it begin in code that may be written to, or outside of all
 * sections, or has it room for code that is not in the file? */
bool stub_image_odd(const struct stub_image *m);

struct stub {
	struct x86 x;
	struct arena *arena;
	struct span program;
	struct stub_image image;
	bool visited[STUB_MAX_SECTIONS + 1]; /* sections that it ran in; the last: the headers */
	unsigned n_layers;
	uint32_t begin;     /* where the last of them begins, or the program */
	uint64_t n_written; /* bytes of the image, by all layers that came off */
	uint32_t heap;      /* where the next piece of memory is mapped */
	uint64_t file_at;   /* where it reads its own file next */
	uint32_t n_names;   /* functions of the libraries that were asked for and are not known */
	char why[96];       /* what ended it */
};

/* How a run ended. */
enum stub_end {
	STUB_DONE, /* the program called something that stubs do not, ended, or broke: see `why` */
	STUB_FAILED, /* an instruction that is not known here */
	STUB_SPENT,  /* the fuel: it can go on with more, up to STUB_FUEL */
	STUB_MEMORY, /* no room for the image */
	STUB_LAYERS, /* one more layer came off than STUB_MAX_LAYERS */
};

/* Lays the image out, without fuel yet; memory is the arena's.  False: no room. */
NODISCARD bool stub_load(struct stub *s, struct arena *a, struct span program,
			 const struct stub_image *m);

/* More fuel, a slice at once.  False: it has had all. */
NODISCARD bool stub_refuel(struct stub *s);

/* Goes on to the next layer; true: eip is where it begins.  False: it ended, and *end says how. */
NODISCARD bool stub_next_layer(struct stub *s, enum stub_end *end);

/* How much of the image was written to since the last layer, in grains of X86_GRAIN bytes. */
uint32_t stub_written(struct stub *s);

/* ---- stub_rebuild.c */

/* Makes a file of the image as it is in memory, that begins at eip: `header` gets the headers, at
 * most STUB_HEADERS bytes, *n of them; behind them stand the sections, each of `size` bytes. */
enum { STUB_HEADERS = 5120 };
void stub_rebuild(struct stub *s, uint8_t header[STUB_HEADERS], size_t *n);

/* ---- stub_system.c: what a process finds */

/* Maps the libraries and what a process has besides; binds the image's imports.  False: no room. */
NODISCARD bool stub_system_load(struct stub *s);

/* eip is in a library: does what the function does and returns from it.  False: it is none that
 * stubs call, and the run ends here. */
NODISCARD bool stub_system_call(struct stub *s);

/* ---- stub_fault.c: structured exceptions */

/* Has the program's own handler look at a fault.  False: it has none. */
NODISCARD bool stub_fault(struct stub *s);

/* Where a handler returns to; and what is done then.  False: the fault was not handled. */
enum { STUB_HANDLED = STUB_SYSTEM + 0x20 };
NODISCARD bool stub_fault_handled(struct stub *s);

#endif
