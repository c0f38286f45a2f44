/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_FUZZ_TARGETS_H
#define PEL_FUZZ_TARGETS_H

/*
 * The fuzz targets, all in one program.  Each is a file with libFuzzer's LLVMFuzzerTestOneInput(),
 * which is compiled under the name fuzz_TARGET (meson.build).
 */

#include <stddef.h>
#include <stdint.h>

/* Runs a target on size bytes, which are the caller's; 0. */
typedef int fuzz_target(const uint8_t *data, size_t size);

/* A target by its name; NULL: there is none. */
fuzz_target *fuzz_target_named(const char *name);

#endif
