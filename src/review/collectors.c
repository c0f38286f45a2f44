/* SPDX-License-Identifier: Apache-2.0 */
#include "review/collect.h"

extern const struct collector collect_system, collect_dpkg, collect_rpm, collect_apk,
	collect_pacman, collect_snap, collect_flatpak, collect_python, collect_npm, collect_gem,
	collect_program, collect_process, collect_module, collect_unit, collect_autostart,
	collect_path, collect_pci, collect_usb, collect_socket, collect_interface,
	collect_neighbour, collect_resolver, collect_engine, collect_digest, collect_block,
	collect_bluetooth, collect_boot, collect_firmware, collect_certificate, collect_key,
	collect_route, collect_lldp, collect_built, collect_jar, collect_container,
	collect_extension, collect_host, collect_history, collect_module_file;

/* In the order of the report. */
const struct collector *const collectors[] = {
	&collect_system,
	/* what is installed */
	&collect_dpkg,
	&collect_rpm,
	&collect_apk,
	&collect_pacman,
	&collect_snap,
	&collect_flatpak,
	&collect_python,
	&collect_npm,
	&collect_gem,
	&collect_built,
	&collect_jar,
	&collect_extension,
	&collect_program,
	/* what runs, or will */
	&collect_process,
	&collect_module,
	&collect_module_file,
	&collect_unit,
	&collect_autostart,
	&collect_path,
	&collect_container,
	/* the machine */
	&collect_pci,
	&collect_usb,
	&collect_history,
	&collect_bluetooth,
	&collect_block,
	&collect_firmware,
	&collect_boot,
	/* what is around it */
	&collect_socket,
	&collect_interface,
	&collect_neighbour,
	&collect_lldp,
	&collect_route,
	&collect_resolver,
	&collect_host,
	/* whom it trusts */
	&collect_certificate,
	&collect_key,
	/* on request */
	&collect_engine,
	&collect_digest,
};

const size_t n_collectors = sizeof collectors / sizeof *collectors;
