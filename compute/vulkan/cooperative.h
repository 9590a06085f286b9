/* SPDX-License-Identifier: Apache-2.0 */
/* Cooperative matrices: products of small matrices that a subgroup makes together in the matrix
 * units of a graphics card (VK_KHR_cooperative_matrix, else VK_NV_cooperative_matrix). Which shapes
 * a device has it lists; this picks one. Knows no Vulkan.
 *
 * What stands here has been compiled and checked as SPIR-V, and its choices tested with made-up
 * lists, but has not run on hardware: no driver at hand has it. On a device each shape of product
 * is compared with the plain shader first (TUNE_CORRECT, compute/vulkan/tune.h), and is not taken
 * where it differs. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef enum { COOP_NONE, COOP_KHR, COOP_NV } CoopKind;

/* As both extensions number them; others do not matter here. */
enum { COOP_TYPE_F16 = 0, COOP_TYPE_F32 = 1 };
enum { COOP_SCOPE_SUBGROUP = 3 };

/* C (m, n) = A (m, k) B (k, n) + C. */
typedef struct {
    uint32_t m, n, k;
    int a, b, c, result; /* types */
    int scope;
} CoopShape;

typedef struct {
    CoopKind kind; /* COOP_NONE: there is nothing to use */
    uint32_t m, n, k;
    uint32_t subgroup; /* invocations */
} CoopPick;

#define COOP_TILE                                                                                  \
    64u /* rows and columns of the result that a work group makes: 2 x 2 subgroups                 \
         */

/* Of the shapes that take f16 and add in f32 within a subgroup, and of which 32 x 32 numbers of the
 * result are made: the one with the most products at once, the first of equals. subgroup: the
 * device's size; COOP_NONE where four of them are no work group that every device has. */
CoopPick coop_pick(CoopKind kind, const CoopShape *shapes, uint32_t n, uint32_t subgroup);
/* Whether a product of (rows, k) by (k, cols) is made of whole tiles. */
bool coop_fits(const CoopPick *pick, int64_t rows, int64_t cols, int64_t k);
