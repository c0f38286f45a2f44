/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_XML_TAGS_H
#define PEL_UNPACK_XML_TAGS_H

/* The tags of an XML text, one after another, as far as readers need them that look for a few
 * elements: comments and CDATA are passed over, entities are not resolved. */

#include "base/cursor.h"

struct xml_tag {
	struct span whole; /* between '<', a '/' there apart, and '>' */
	struct span name;  /* of the element, without its prefix */
	struct span text;  /* behind the tag, up to the next '<' */
	bool closes;       /* </name> */
	bool empty;        /* <name/> */
};

/* The next tag of *s, which moves behind it.  False: there is none. */
NODISCARD bool xml_tag_next(struct span *s, struct xml_tag *t);

/* Is it a tag that an element of this name with something in it begins with? */
static inline bool xml_tag_opens(const struct xml_tag *t, const char *name)
{
	return !t->closes && !t->empty && span_is(t->name, name);
}

static inline bool xml_tag_closes(const struct xml_tag *t, const char *name)
{
	return t->closes && span_is(t->name, name);
}

#endif
