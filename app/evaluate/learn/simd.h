/* SPDX-License-Identifier: Apache-2.0 */
/* Counting bits with what the processor has for it. Counts are whole numbers, the same by any way.
 */
#pragma once

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&                             \
    !defined(__SANITIZE_ADDRESS__)
#define LEARN_HAS_X86_COUNTS 1
/* On a function: compiled for some kinds of processors, chosen when the program starts. */
#define LEARN_BIT_KERNEL __attribute__((target_clones("arch=x86-64-v3", "popcnt", "default")))
#else
#define LEARN_HAS_X86_COUNTS 0
#define LEARN_BIT_KERNEL
#endif
