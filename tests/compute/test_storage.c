/* SPDX-License-Identifier: Apache-2.0 */
/* 16-bit storage: what a store rounds to, what stays f32, what memory it saves, who refuses it. */
#include <math.h>
#include <string.h>

#include "compute/ops.h"
#include "compute/planning.h"
#include "compute/program.h"
#include "compute/weights.h"

static const float values[] = {0.0f,       -0.0f,     1.0f,      -2.5f,      1.0f / 3,  0x1.001p0f,
                               0x1.003p0f, 0x1.01p0f, 0x1.03p0f, 65504.0f,   65519.0f,  65520.0f,
                               1e30f,      -1e30f,    0x1p-14f,  0x1.8p-15f, 0x1p-24f,  0x1.1p-25f,
                               0x1p-26f,   3e-5f,     INFINITY,  -INFINITY,  1234.567f, 0x1.fep0f,
                               3.4e38f,    1e-40f,    7.0f};
#define N G_N_ELEMENTS(values)

static Device *
vulkan_in(Precision precision)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Device) device = device_open("vulkan", &error);
    if (!device || !device_set_precision(device, precision, &error)) {
        g_test_skip(error->message);
        return NULL;
    }
    g_assert_cmpint(device_precision(device), ==, precision);
    return g_steal_pointer(&device);
}

static float
rounded(float value, Precision precision)
{
    return precision == PRECISION_F16 ? weights_f32_from_f16(weights_f16_from_f32(value))
                                      : weights_f32_from_bf16(weights_bf16_from_f32(value));
}

/* Every value, and a NaN, stored once by a shader and read back. */
static void
test_rounding(gconstpointer data)
{
    Precision precision = GPOINTER_TO_INT(data);
    g_autoptr(GError) error = NULL;
    g_autoptr(Device) device = vulkan_in(precision);
    if (!device)
        return;
    Graph *g = graph_new();
    Tensor *x = graph_input(g, DTYPE_F32, &SHAPE(N + 1));
    Tensor *stored = op_scale(g, x, 1);
    Tensor *y = graph_keep(g, op_scale(g, stored, 1));
    g_autoptr(Program) program = program_new(g, device, &error);
    g_assert_no_error(error);
    g_assert_cmpint(stored->dtype, ==, device_storage(device));
    g_assert_cmpint(y->dtype, ==, DTYPE_F32);
    float in[N + 1], out[N + 1];
    memcpy(in, values, sizeof values);
    in[N] = NAN;
    g_assert_true(program_write(program, x, in, &error));
    g_assert_true(program_run(program, NULL, &error));
    g_assert_true(program_read(program, y, out, &error));
    for (size_t i = 0; i < N; i++) {
        float expected = rounded(in[i], precision);
        if (out[i] != expected && fabsf(in[i]) >= 0x1p-14f) {
            g_test_message("%a became %a, not %a", in[i], out[i], expected);
            g_test_fail();
        }
        /* A driver may flush what is too small for a normal number to zero. */
        g_assert_true(out[i] == expected || out[i] == 0);
    }
    g_assert_true(isnan(out[N]));
}

static void
test_weight(gconstpointer data)
{
    Precision precision = GPOINTER_TO_INT(data);
    g_autoptr(GError) error = NULL;
    g_autoptr(Device) device = vulkan_in(precision);
    if (!device)
        return;
    Weight *w = weight_new(device, "w", device_storage(device), &SHAPE(N), &error);
    g_assert_no_error(error);
    g_assert_cmpuint(weight_size(w), ==, 2 * N);
    float out[N];
    g_assert_true(weight_write(w, values, &error));
    g_assert_true(weight_read(w, out, &error));
    for (size_t i = 0; i < N; i++)
        g_assert_cmpfloat(out[i], ==, rounded(values[i], precision));
    g_assert_true(weight_set_dtype(w, DTYPE_F32, &error));
    g_assert_cmpuint(weight_size(w), ==, 4 * N);
    float again[N];
    g_assert_true(weight_read(w, again, &error));
    g_assert_cmpmem(out, sizeof out, again, sizeof again);
    weight_free(w);
}

/* The gradient of a trained weight and a loss are f32; what lies between is not. */
static void
test_exact(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Device) device = planning_device_new();
    g_assert_true(device_set_precision(device, PRECISION_F16, &error));
    Weight *w = weight_new(device, "w", DTYPE_F32, &SHAPE(8, 4), &error);
    w->trainable = true;
    Graph *g = graph_new();
    Tensor *x = graph_input(g, DTYPE_F32, &SHAPE(3, 4));
    Tensor *target = graph_input(g, DTYPE_F32, &SHAPE(3, 8));
    Tensor *hidden = op_linear(g, x, graph_weight(g, w), NULL);
    Tensor *y = op_silu(g, hidden);
    Tensor *loss = op_mse_loss(g, y, target);
    graph_backward(g, loss);
    Tensor *dw = graph_weight(g, w)->grad;
    Tensor *norm = graph_keep(g, op_sum_squares(g, dw, NULL));
    g_autoptr(Program) program = program_new(g, device, &error);
    g_assert_no_error(error);
    g_assert_cmpint(dw->dtype, ==, DTYPE_F32);
    g_assert_cmpint(norm->dtype, ==, DTYPE_F32);
    g_assert_cmpint(loss->dtype, ==, DTYPE_F32);
    g_assert_cmpint(hidden->dtype, ==, DTYPE_F16);
    g_assert_cmpint(y->grad->dtype, ==, DTYPE_F16);
    g_assert_cmpint(x->dtype, ==, DTYPE_F32);
    g_clear_pointer(&program, program_free);
    weight_free(w);
}

static size_t
memory_in(Precision precision)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Device) device = planning_device_new();
    g_assert_true(device_set_precision(device, precision, &error));
    Graph *g = graph_new();
    Tensor *x = graph_input(g, DTYPE_F32, &SHAPE(1, 64));
    Tensor *t = op_fill(g, &SHAPE(1 << 20), 1);
    for (int i = 0; i < 4; i++)
        t = op_silu(g, t);
    graph_keep(g, op_mse_loss(g, t, t));
    graph_keep(g, op_silu(g, x));
    g_autoptr(Program) program = program_new(g, device, &error);
    g_assert_no_error(error);
    return program_memory(program);
}

static void
test_memory(void)
{
    size_t full = memory_in(PRECISION_F32), half = memory_in(PRECISION_BF16);
    g_assert_cmpuint(full, >=, 8 << 20);
    g_assert_cmpuint(half, <, full / 2 + 4096);
}

static void
test_refused(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Device) device = device_open("cpu", &error);
    Precision precision;
    g_assert_false(device_set_precision(device, PRECISION_F16, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
    g_clear_error(&error);
    g_assert_true(device_set_precision(device, PRECISION_AUTO, &error));
    g_assert_cmpint(device_precision(device), ==, PRECISION_F32);
    g_assert_true(precision_parse("bf16", &precision, &error));
    g_assert_cmpint(precision, ==, PRECISION_BF16);
    g_assert_cmpstr(precision_name(precision), ==, "bf16");
    g_assert_false(precision_parse("fp8", &precision, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/storage/rounding/f16", GINT_TO_POINTER(PRECISION_F16), test_rounding);
    g_test_add_data_func("/storage/rounding/bf16", GINT_TO_POINTER(PRECISION_BF16), test_rounding);
    g_test_add_data_func("/storage/weight/f16", GINT_TO_POINTER(PRECISION_F16), test_weight);
    g_test_add_data_func("/storage/weight/bf16", GINT_TO_POINTER(PRECISION_BF16), test_weight);
    g_test_add_func("/storage/exact", test_exact);
    g_test_add_func("/storage/memory", test_memory);
    g_test_add_func("/storage/refused", test_refused);
    return g_test_run();
}
