/* SPDX-License-Identifier: Apache-2.0 */
/* Moments of 8 bits against bitsandbytes' arithmetic (adamw8_reference.py): weights and codes after
 * three steps. From no moments at all: I32 weights of zeros are codes of m's smallest value, times
 * a largest magnitude of 0. */
#include <math.h>
#include <string.h>

#include "adamw8_cases.h"
#include "compute/ops.h"
#include "compute/program.h"

enum { COUNT = G_N_ELEMENTS(adamw8_param), STEPS = 3, WORDS = (COUNT + 3) / 4, BLOCKS = 2 };

static Weight *
weight(Device *device, DType dtype, int n)
{
    g_autoptr(GError) error = NULL;
    Weight *w = weight_new(device, "w", dtype, &SHAPE(n), &error);
    g_assert_no_error(error);
    return w;
}

static void
assert_codes(const Weight *w, const unsigned char *expected)
{
    unsigned char codes[WORDS * 4];
    int n_off = 0;
    g_assert_true(weight_read(w, codes, NULL));
    for (int i = 0; i < COUNT; i++) {
        g_assert_cmpint(abs(codes[i] - expected[i]), <=, 1);
        n_off += codes[i] != expected[i]; /* between two values rounding decides */
    }
    g_assert_cmpint(n_off, <=, COUNT / 100);
}

static void
test_steps(gconstpointer device_name)
{
    g_autoptr(Device) device = device_open(device_name, NULL);
    Weight *param = weight(device, DTYPE_F32, COUNT);
    Weight *m = weight(device, DTYPE_I32, WORDS), *v = weight(device, DTYPE_I32, WORDS);
    Weight *max_m = weight(device, DTYPE_F32, BLOCKS), *max_v = weight(device, DTYPE_F32, BLOCKS);
    Graph *g = graph_new();
    Tensor *grad = graph_input(g, DTYPE_F32, &SHAPE(COUNT));
    Tensor *hyper = graph_input(g, DTYPE_F32, &SHAPE(8));
    float values[COUNT];

    for (int i = 0; i < COUNT; i++)
        values[i] = (float)cos(i);
    g_assert_true(weight_write(param, values, NULL));
    op_adamw8(g, graph_weight(g, param), grad, graph_weight(g, m), graph_weight(g, v),
              graph_weight(g, max_m), graph_weight(g, max_v), hyper, NULL);
    Program *program = program_new(g, device, NULL);
    g_assert_nonnull(program);
    for (int step = 1; step <= STEPS; step++) {
        float hypers[8] = {1e-2f,
                           0.9f,
                           0.999f,
                           1e-8f,
                           0.1f,
                           (float)(1 - pow(0.9, step)),
                           (float)(1 - pow(0.999, step))};
        for (int i = 0; i < COUNT; i++)
            values[i] = (float)(sin(0.37 * i + step) * pow(10, -(i % 5)));
        g_assert_true(program_write(program, grad, values, NULL));
        g_assert_true(program_write(program, hyper, hypers, NULL));
        g_assert_true(program_run(program, NULL, NULL));
    }
    g_assert_true(weight_read(param, values, NULL));
    for (int i = 0; i < COUNT; i++)
        g_assert_cmpfloat_with_epsilon(values[i], adamw8_param[i], 2e-6f);
    assert_codes(m, adamw8_m);
    assert_codes(v, adamw8_v);
    program_free(program);
    Weight *weights[] = {param, m, v, max_m, max_v};
    for (guint i = 0; i < G_N_ELEMENTS(weights); i++)
        weight_free(weights[i]);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_autoptr(Device) vulkan = device_open("vulkan", NULL);
    g_test_add_data_func("/adamw8/cpu", "cpu", test_steps);
    if (vulkan)
        g_test_add_data_func("/adamw8/vulkan", "vulkan", test_steps);
    return g_test_run();
}
