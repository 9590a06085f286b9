/* SPDX-License-Identifier: Apache-2.0 */
#include "app/jobs/wait_policy.h"

#include <glib.h>

static void
test_quota(void)
{
    g_assert_cmpint(wait_policy_quota_threads("200000 100000\n"), ==, 2);
    g_assert_cmpint(wait_policy_quota_threads("150000 100000\n"), ==, 2);
    g_assert_cmpint(wait_policy_quota_threads("10000 100000\n"), ==, 1);
    g_assert_cmpint(wait_policy_quota_threads("max 100000\n"), ==, 0);
    g_assert_cmpint(wait_policy_quota_threads(""), ==, 0);
    g_assert_cmpint(wait_policy_quota_threads("5"), ==, 0);
    g_assert_cmpint(wait_policy_quota_threads("-1 100000"), ==, 0);
    g_assert_cmpint(wait_policy_quota_threads("1e300 1"), ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/wait-policy/quota", test_quota);
    return g_test_run();
}
