/* SPDX-License-Identifier: Apache-2.0 */
#include "review/collect.h"

extern const struct collector collect_dpkg, collect_process, collect_module, collect_unit,
	collect_autostart, collect_python, collect_npm, collect_pci, collect_usb, collect_interface,
	collect_neighbour, collect_resolver, collect_socket, collect_path, collect_system,
	collect_apk, collect_pacman, collect_program, collect_rpm, collect_engine, collect_digest;

const struct collector *const collectors[] = {
	&collect_system, &collect_dpkg,      &collect_rpm,       &collect_apk,      &collect_pacman,
	&collect_python, &collect_npm,       &collect_program,   &collect_process,  &collect_module,
	&collect_unit,   &collect_autostart, &collect_path,      &collect_pci,      &collect_usb,
	&collect_socket, &collect_interface, &collect_neighbour, &collect_resolver, &collect_engine,
	&collect_digest,
};

const size_t n_collectors = sizeof collectors / sizeof *collectors;
