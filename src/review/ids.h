/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_REVIEW_IDS_H
#define PEL_REVIEW_IDS_H

/* Names of hardware: pci.ids and usb.ids, and the assignments of MAC addresses by IEEE. */

#include "base/cursor.h"

/*
 * Finds a vendor and a device by their four hexadecimal digits in a file of the form
 *
 *     1af4  Red Hat, Inc.
 *     <tab>1000  Virtio network device
 *
 * What is not listed is empty.  Both lists: pci-ids.ucw.cz, linux-usb.org.  O(file).
 */
void ids_find(struct span list, struct span vendor, struct span device, struct span *vendor_name,
	      struct span *device_name);

/*
 * Finds the longest assignment that an address of six bytes begins with, in a list of IEEE
 * (`Registry,Assignment,Organization Name,Organization Address`, as CSV).  *bits is 24, 28 or 36;
 * false where none fits.  O(file).
 */
bool ids_find_oui(struct span csv, const uint8_t address[6], unsigned *bits, struct span *name);

#endif
