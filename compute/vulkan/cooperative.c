/* SPDX-License-Identifier: Apache-2.0 */
#include "compute/vulkan/cooperative.h"

#define MAX_GROUP 256u /* invocations */

static bool
is_usable(const CoopShape *shape)
{
    uint32_t half = COOP_TILE / 2; /* rows and columns of a subgroup */

    return shape->a == COOP_TYPE_F16 && shape->b == COOP_TYPE_F16 && shape->c == COOP_TYPE_F32 &&
           shape->result == COOP_TYPE_F32 && shape->scope == COOP_SCOPE_SUBGROUP && shape->m > 0 &&
           shape->n > 0 && shape->k > 0 && half % shape->m == 0 && half % shape->n == 0 &&
           16 % shape->k == 0; /* parts of a sum begin at multiples of 16 */
}

CoopPick
coop_pick(CoopKind kind, const CoopShape *shapes, uint32_t n, uint32_t subgroup)
{
    CoopPick pick = {.kind = COOP_NONE, .subgroup = subgroup};
    uint64_t most = 0;

    if (kind == COOP_NONE || subgroup == 0 || 4 * subgroup > MAX_GROUP)
        return pick;
    for (uint32_t i = 0; i < n; i++) {
        const CoopShape *s = &shapes[i];
        uint64_t products = (uint64_t)s->m * s->n * s->k;

        if (!is_usable(s) || products <= most)
            continue;
        most = products;
        pick = (CoopPick){kind, s->m, s->n, s->k, subgroup};
    }
    return pick;
}

bool
coop_fits(const CoopPick *pick, int64_t rows, int64_t cols, int64_t k)
{
    return pick->kind != COOP_NONE && rows % COOP_TILE == 0 && cols % COOP_TILE == 0 && k > 0 &&
           k % 16 == 0;
}
