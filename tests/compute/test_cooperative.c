/* SPDX-License-Identifier: Apache-2.0 */
/* Which cooperative matrices are taken of what a driver lists: lists as drivers are known to give.
 */
#include "compute/vulkan/cooperative.h"

#include <glib.h>

#define F16 COOP_TYPE_F16
#define F32 COOP_TYPE_F32
enum { U8 = 7, I32 = 5, SCOPE_WORKGROUP = 2 };

#define SUBGROUP COOP_SCOPE_SUBGROUP

static void
check(CoopKind kind, const CoopShape *shapes, uint32_t n, uint32_t subgroup, CoopPick expected)
{
    CoopPick pick = coop_pick(kind, shapes, n, subgroup);
    g_assert_cmpint(pick.kind, ==, expected.kind);
    if (expected.kind == COOP_NONE)
        return;
    g_assert_cmpuint(pick.m, ==, expected.m);
    g_assert_cmpuint(pick.n, ==, expected.n);
    g_assert_cmpuint(pick.k, ==, expected.k);
    g_assert_cmpuint(pick.subgroup, ==, subgroup);
}

static void
test_pick(void)
{
    const CoopShape nvidia[] = {
        {16, 8, 8, F16, F16, F16, F16, SUBGROUP},   {16, 8, 8, F16, F16, F32, F32, SUBGROUP},
        {16, 8, 16, F16, F16, F32, F32, SUBGROUP},  {16, 16, 16, F16, F16, F16, F16, SUBGROUP},
        {16, 16, 16, F16, F16, F32, F32, SUBGROUP}, {16, 16, 32, U8, U8, I32, I32, SUBGROUP},
    };
    const CoopShape intel[] = {{8, 16, 16, F16, F16, F32, F32, SUBGROUP},
                               {8, 8, 32, U8, U8, I32, I32, SUBGROUP}};
    const CoopShape odd[] = {{16, 16, 16, F16, F16, F32, F32, SCOPE_WORKGROUP},
                             {24, 16, 16, F16, F16, F32, F32, SUBGROUP},
                             {16, 16, 32, F16, F16, F32, F32, SUBGROUP},
                             {0, 0, 0, F16, F16, F32, F32, SUBGROUP},
                             {16, 16, 16, F16, F16, F16, F16, SUBGROUP}};
    check(COOP_NV, nvidia, 6, 32, (CoopPick){COOP_NV, 16, 16, 16});
    check(COOP_KHR, nvidia, 3, 32, (CoopPick){COOP_KHR, 16, 8, 16});
    check(COOP_KHR, nvidia, 6, 64, (CoopPick){COOP_KHR, 16, 16, 16});
    check(COOP_KHR, intel, 2, 16, (CoopPick){COOP_KHR, 8, 16, 16});
    check(COOP_KHR, odd, 5, 32, (CoopPick){COOP_NONE});
    check(COOP_KHR, nvidia, 6, 128, (CoopPick){COOP_NONE}); /* 512 invocations */
    check(COOP_KHR, nvidia, 6, 0, (CoopPick){COOP_NONE});
    check(COOP_NONE, nvidia, 6, 32, (CoopPick){COOP_NONE});
    check(COOP_NV, NULL, 0, 32, (CoopPick){COOP_NONE});
}

static void
test_fits(void)
{
    const CoopPick pick = {COOP_KHR, 16, 16, 16, 32}, none = {COOP_NONE};
    g_assert_true(coop_fits(&pick, 17408, 320, 320));
    g_assert_true(coop_fits(&pick, 64, 64, 16));
    g_assert_false(coop_fits(&pick, 77, 320, 768)); /* no whole tiles of rows */
    g_assert_false(coop_fits(&pick, 64, 320, 20));
    g_assert_false(coop_fits(&pick, 64, 96, 16));
    g_assert_false(coop_fits(&none, 64, 64, 16));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cooperative/pick", test_pick);
    g_test_add_func("/cooperative/fits", test_fits);
    return g_test_run();
}
