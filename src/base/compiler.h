/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PEL_BASE_COMPILER_H
#define PEL_BASE_COMPILER_H

/* What the language lacks.  Attributes only: no macro here holds control flow. */

#define NODISCARD                  __attribute__((warn_unused_result))
#define PRINTF(format_at, args_at) __attribute__((format(printf, format_at, args_at)))
#define NORETURN                   __attribute__((noreturn))
#define UNUSED                     __attribute__((unused))
#define UNINITIALIZED              __attribute__((uninitialized)) /* large, written before it is read */
#define ALWAYS_INLINE              inline __attribute__((always_inline))
#define LIKELY(x)                  __builtin_expect(!!(x), 1)
#define UNLIKELY(x)                __builtin_expect(!!(x), 0)

#endif
