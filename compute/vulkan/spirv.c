/* SPDX-License-Identifier: Apache-2.0 */
#include "compute/vulkan/spirv.h"

#include <string.h>

enum {
    MAGIC = 0x07230203,
    HEADER_WORDS = 5,
    OP_EXECUTION_MODE = 16,
    OP_TYPE_STRUCT = 30,
    OP_TYPE_POINTER = 32,
    OP_VARIABLE = 59,
    OP_DECORATE = 71,
    OP_MEMBER_DECORATE = 72,
    MODE_LOCAL_SIZE = 17,
    DECORATION_SPEC_ID = 1,
    DECORATION_BUILTIN = 11,
    DECORATION_NON_WRITABLE = 24,
    DECORATION_NON_READABLE = 25,
    DECORATION_BINDING = 33,
    BUILTIN_NUM_WORKGROUPS = 24,
    STORAGE_CLASS_UNIFORM = 2,
    STORAGE_CLASS_STORAGE_BUFFER = 12,
};

/* What is known of one id of the module. */
typedef struct {
    bool has_binding, is_buffer;
    uint32_t binding;
    uint32_t pointee;      /* of a pointer type */
    uint32_t pointer_type; /* of a variable */
    uint32_t n_members;    /* of a struct */
    uint32_t n_non_writable, n_non_readable;
} Id;

static void
read_decoration(Id *id, uint32_t decoration, const uint32_t *operand, uint32_t n_operands,
                SpirvInfo *info)
{
    if (decoration == DECORATION_NON_WRITABLE)
        id->n_non_writable++;
    if (decoration == DECORATION_NON_READABLE)
        id->n_non_readable++;
    if (decoration == DECORATION_BINDING && n_operands > 0) {
        id->has_binding = true;
        id->binding = operand[0];
    }
    if (decoration == DECORATION_SPEC_ID && n_operands > 0 && operand[0] >= SPIRV_FIRST_DTYPE &&
        operand[0] < SPIRV_FIRST_DTYPE + 32)
        info->typed |= 1u << (operand[0] - SPIRV_FIRST_DTYPE);
    if (decoration == DECORATION_BUILTIN && n_operands > 0 && operand[0] == BUILTIN_NUM_WORKGROUPS)
        info->uses_num_workgroups = true;
}

static void
read_instruction(const uint32_t *word, uint32_t n, Id *ids, uint32_t bound, SpirvInfo *info)
{
    uint32_t op = word[0] & 0xffff;
    uint32_t a = n > 1 ? word[1] : 0, b = n > 2 ? word[2] : 0;
    if (op == OP_EXECUTION_MODE && n >= 6 && b == MODE_LOCAL_SIZE)
        info->local_size = word[3] * word[4] * word[5];
    if (op == OP_TYPE_STRUCT && a < bound)
        ids[a].n_members = n - 2;
    if (op == OP_TYPE_POINTER && n >= 4 && a < bound && word[3] < bound) {
        ids[a].pointee = word[3];
        ids[a].is_buffer = b == STORAGE_CLASS_UNIFORM || b == STORAGE_CLASS_STORAGE_BUFFER;
    }
    if (op == OP_VARIABLE && n >= 4 && a < bound && b < bound)
        ids[b].pointer_type = a;
    if (op == OP_DECORATE && n >= 3 && a < bound)
        read_decoration(&ids[a], b, word + 3, n - 3, info);
    if (op == OP_MEMBER_DECORATE && n >= 4 && a < bound)
        read_decoration(&ids[a], word[3], word + 4, n - 4, info);
}

bool
spirv_inspect(const uint32_t *words, size_t n_words, SpirvInfo *info)
{
    *info = (SpirvInfo){.local_size = 256};
    if (n_words < HEADER_WORDS || words[0] != MAGIC || words[3] > n_words)
        return false;
    uint32_t bound = words[3];
    g_autofree Id *ids = g_new0(Id, bound);
    for (size_t i = HEADER_WORDS; i < n_words;) {
        uint32_t n = words[i] >> 16;
        if (n == 0 || n > n_words - i)
            return false;
        read_instruction(words + i, n, ids, bound, info);
        i += n;
    }
    for (uint32_t i = 0; i < bound; i++) {
        const Id *id = &ids[i];
        if (!id->has_binding || id->binding >= 32 || !ids[id->pointer_type].is_buffer)
            continue;
        const Id *block = &ids[ids[id->pointer_type].pointee];
        uint32_t bit = 1u << id->binding;
        bool read_only = id->n_non_writable > 0 ||
                         (block->n_members > 0 && block->n_non_writable >= block->n_members);
        bool write_only = id->n_non_readable > 0 ||
                          (block->n_members > 0 && block->n_non_readable >= block->n_members);
        info->reads |= write_only ? 0 : bit;
        info->writes |= read_only ? 0 : bit;
        info->n_bindings = MAX(info->n_bindings, (int)id->binding + 1);
    }
    return true;
}
