/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_CLI_POLICY_CLI_H
#define PEL_CLI_POLICY_CLI_H

/* Actions of `pellucid policy` that have a file of their own; the arguments follow the action. */

int policy_import(int argc, char **argv);
int policy_sign(int argc, char **argv);
int policy_verify(int argc, char **argv);

/* Today, or that day in some years, as YYYY-MM-DD. */
void policy_day(char date[11], int years);

#endif
