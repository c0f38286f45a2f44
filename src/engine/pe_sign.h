/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_ENGINE_PE_SIGN_H
#define PEL_ENGINE_PE_SIGN_H

/*
 * Authenticode signatures for the module `pe` ([MS-OSHARED], "Windows Authenticode Portable
 * Executable Signature Format"; PKCS #7 in RFC 2315).  They stand here and not in format/ because
 * they need libcrypto's X.509.
 *
 * "Verified" means what YARA means by it: the signature is good under the certificate that it
 * brings along and the file's digest is the signed one.  It says nothing about trust.
 */

#include "format/module.h"

/*
 * Fills is_signed, number_of_signatures and signatures of the module's slots, which pe_module.load
 * has filled before; does nothing where the file is no PE image.  False where the arena is spent
 * (MEMORY); a damaged signature is no error, there is just none.
 */
NODISCARD bool pe_sign_load(struct module_input *in, struct value *slots, struct error *e);

/*
 * To be called once, before the process shuts itself in: from then on libcrypto sets itself up when
 * the first signature is read, from memory alone.  It does not read its configuration, so that no
 * verdict depends on what the machine's administrator wrote there.  Not for a library, whose host
 * may want its configuration read.
 */
NODISCARD bool pe_sign_prepare(void);

#endif
