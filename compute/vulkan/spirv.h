/* SPDX-License-Identifier: Apache-2.0 */
/* What a compiled shader says about itself: which storage buffers it reads and writes. From the
 * SPIR-V specification, section 3 (binary form of instructions and decorations). */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* The specialization constant of binding i's dtype has the id SPIRV_FIRST_DTYPE + i. */
#define SPIRV_FIRST_DTYPE 32

typedef struct {
    int n_bindings;         /* one more than the largest binding of set 0 */
    uint32_t reads, writes; /* bit i: binding i */
    uint32_t typed;         /* bit i: binding i may hold 16-bit values (shaders/storage.glsl) */
    uint32_t local_size;    /* invocations of a work group */
    bool uses_num_workgroups;
} SpirvInfo;

/* False when the words are no SPIR-V module. n_words counts 32-bit words. */
bool spirv_inspect(const uint32_t *words, size_t n_words, SpirvInfo *info);
