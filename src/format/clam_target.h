/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_FORMAT_CLAM_TARGET_H
#define PEL_FORMAT_CLAM_TARGET_H

/* The types of objects that ClamAV's signatures are for, and the members of the module `clamav`
 * that compiled signatures ask by number. */

#include "base/cursor.h"

enum clam_target_type {
	CLAM_ANY,
	CLAM_PE,
	CLAM_OLE2,
	CLAM_HTML,
	CLAM_MAIL,
	CLAM_GRAPHICS,
	CLAM_ELF,
	CLAM_TEXT,
	CLAM_UNUSED,
	CLAM_MACHO,
	CLAM_PDF,
	CLAM_FLASH,
	CLAM_JAVA,
	CLAM_INTERNAL,
	CLAM_OTHER,
	CLAM_TARGETS
};

enum clam_member {
	CLAM_TARGET,
	CLAM_ENTRY,
	CLAM_SECTIONS,
	CLAM_LAST,
	CLAM_SECTION_AT,
	CLAM_SECTION_END,
	CLAM_NUMBER,
	CLAM_DEPTH,
	CLAM_WITHIN,
	CLAM_NAME,
	CLAM_NAME_MATCHES,
	CLAM_NUMBER_WITHIN,
	CLAM_PACKED_SIZE,
	CLAM_REAL_SIZE,
	CLAM_ENCRYPTED,
	CLAM_CRC,
	CLAM_CONTAINER_SIZE,
	CLAM_PCRE,
	CLAM_PCRE_AT,
	CLAM_VERSION_STRINGS,
	CLAM_VERSION_AT,
	CLAM_IMAGE,
	CLAM_ICON,
	CLAM_CERTIFICATE,
	CLAM_TRUSTED,
	CLAM_LINK
};

/* Where an object lies, and what its container says of it: all of it hostile. */
struct clam_where {
	const struct span *format; /* as what each container was taken apart, the outermost first */
	size_t depth;              /* how many there are; 0: the object is a file */
	struct span name;
	uint64_t number;       /* in its container, from 1 */
	uint64_t size, packed; /* bytes; CLAM_NOT_SAID */
	uint64_t container_size;
	bool encrypted, has_crc;
	uint32_t crc;
	bool plain; /* texts and HTML have their types in a normalised view alone: `as` says which
		     */
	enum clam_target_type as; /* the object is such a view; CLAM_ANY: it is itself */
};
#define CLAM_NOT_SAID UINT64_MAX

/* What is looked for by a regular expression of PCRE's. */
struct clam_search {
	struct span pattern, flags; /* rules/clamav/clam_pcre.h */
	struct span text;
	bool placed; /* matches count from byte `low` on, and start `shift` behind it at most */
	int64_t low, shift; /* bytes */
};

/* What was found among the links of an object. */
struct clam_links_found {
	const uint8_t *lists; /* the lists that were asked; NULL: none yet */
	uint32_t found;       /* bit i: enum clam_link_finding (format/clam_link.h) */
};

/* What the engine offers the module. */
struct clam_host {
	const struct clam_where *where; /* NULL: not known */
	/* Sets *count; false where it cannot be said, which the engine takes note of. */
	bool (*pcre)(void *ctx, const struct clam_search *q, uint64_t *steps, int64_t *count);
	/* The hash of what the object shows, 8 bytes; false where it is no picture that can be
	 * read. */
	bool (*image)(void *ctx, uint8_t hash[8]);
	/* engine/clam_sign.h: sets *yes; false where it cannot be said, which is taken note of. */
	bool (*certificate)(void *ctx, struct span entry, bool *yes);
	bool (*trusted)(void *ctx, struct span entries, bool *yes);
	struct clam_links_found *links; /* kept for the object at hand */
	void *ctx;
};

/* Is a container that is read as `format`, and holds a member of that name, of ClamAV's `type`
 * (CL_TYPE_ZIP)? */
bool clam_is_container(struct span format, struct span member, struct span type);

/* A type of ClamAV's, and what an object that is said to be of it is here. */
struct clam_type {
	const char *name; /* without CL_TYPE_ */
	enum clam_target_type target;
	const char *format; /* the reader's name in the table of unpack/readers.c; NULL: none */
};
enum { CLAM_TYPES_HANDLED = 64 /* at most: numbers below it are bits of a set */ };

/* By number; NULL beyond the last. */
const struct clam_type *clam_type_at(unsigned number);
/* Of "CL_TYPE_ZIP"; false where there is no such type. */
bool clam_type_find(struct span name, unsigned *number);
/* Is anything done with an object that is said to be of it?  Its number is below
 * CLAM_TYPES_HANDLED then. */
bool clam_type_is_handled(unsigned number);

/* By ClamAV's magic numbers (filetypes_int.h of 1.4); CLAM_ANY: no type of its own. */
enum clam_target_type clam_target(struct span file);

#endif
