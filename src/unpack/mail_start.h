/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_UNPACK_MAIL_START_H
#define PEL_UNPACK_MAIL_START_H

/* What is a mail, and where it begins. */

#include "unpack/mail_header.h"

/* A field of a name that mails have and other texts seldom do. */
bool mail_start_is_known(struct span field);

/* A field that a mail has whatever else stands in its header. */
bool mail_start_is_own(struct span field);

/* Whether the object is a mail, or has one behind its beginning that is a multipart.  *from is all
 * from where it is to be read, also where it is a mail only because something else says so. */
bool mail_start_find(struct span object, struct span *from);

#endif
