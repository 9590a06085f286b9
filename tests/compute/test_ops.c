/* SPDX-License-Identifier: Apache-2.0 */
/* Every case of every op: on the CPU against finite differences, on Vulkan against the CPU, in each
 * precision. */
#include "compute/op_check.h"

static void
on_line(const OpCheckLine *line, void *data)
{
    if (!line->passed) {
        g_test_message("%s %s %s: error %.3g, tolerance %.3g", line->op, line->name, line->what,
                       line->error, line->tolerance);
        g_test_fail();
    }
}

static void
check(const char *device_name, Precision precision)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Device) device = device_open(device_name, &error);
    if (!device) {
        g_test_skip(error->message);
        return;
    }
    if (!device_set_precision(device, precision, &error)) {
        g_assert_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
        g_test_skip(error->message);
        return;
    }
    g_assert_true(op_check_all(device, NULL, on_line, NULL, &error));
    g_assert_no_error(error);
}

static void
test_cpu(void)
{
    check("cpu", PRECISION_F32);
}

static void
test_vulkan(void)
{
    check("vulkan", PRECISION_F32);
}

static void
test_vulkan_f16(void)
{
    check("vulkan", PRECISION_F16);
}

static void
test_vulkan_bf16(void)
{
    check("vulkan", PRECISION_BF16);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ops/cpu", test_cpu);
    g_test_add_func("/ops/vulkan/f32", test_vulkan);
    g_test_add_func("/ops/vulkan/f16", test_vulkan_f16);
    g_test_add_func("/ops/vulkan/bf16", test_vulkan_bf16);
    return g_test_run();
}
