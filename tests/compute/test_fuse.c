/* SPDX-License-Identifier: Apache-2.0 */
/* A graph whose sums are part of its products, and whose results stand where their inputs stood,
 * says what it says without; and takes fewer nodes and no more memory. */
#include <math.h>

#include "compute/device_class.h"
#include "compute/fuse.h"
#include "compute/ops.h"
#include "compute/program.h"

enum { HEIGHT = 34, WIDTH = 33, CHANNELS = 24 };

static Tensor *
input(Graph *g, GPtrArray *inputs, const Shape *shape)
{
    Tensor *t = graph_input(g, DTYPE_F32, shape);
    graph_want_grad(g, t);
    g_ptr_array_add(inputs, t);
    return t;
}

/* A residual block with a time embedding, then a linear layer with a LoRA and a residual around it.
 */
static Tensor *
record(Graph *g, GPtrArray *inputs)
{
    const ConvOptions same = {1, 1, 1, 1, 1}, half = {2, 1, 1, 1, 1};
    const Shape kernel = SHAPE(CHANNELS, CHANNELS, 3, 3), matrix = SHAPE(CHANNELS, CHANNELS);
    Tensor *x = input(g, inputs, &SHAPE(2, CHANNELS, HEIGHT, WIDTH));
    Tensor *time = input(g, inputs, &SHAPE(2, CHANNELS));
    Tensor *bias = input(g, inputs, &SHAPE(CHANNELS));
    Tensor *y = op_conv2d(g, x, input(g, inputs, &kernel), bias, same);
    y = op_silu(g, op_add_channel(g, y, op_linear(g, time, input(g, inputs, &matrix), NULL)));
    y = op_add(g, op_conv2d(g, y, input(g, inputs, &kernel), bias, same), x);
    y = op_conv2d(g, y, input(g, inputs, &kernel), NULL, half);
    y = op_add_channel(g, y, time);
    Tensor *t = op_image_to_tokens(g, y);
    Tensor *base = op_linear(g, t, input(g, inputs, &matrix), bias);
    Tensor *down = op_linear(g, t, input(g, inputs, &SHAPE(4, CHANNELS)), NULL);
    Tensor *up = op_linear(g, op_scale(g, down, 0.5f), input(g, inputs, &SHAPE(CHANNELS, 4)), NULL);
    return op_add(g, t, op_add(g, base, up));
}

typedef struct {
    GArray *values; /* the result and all gradients */
    guint n_nodes;
    size_t memory;
    double work;
} Outcome;

static Outcome
compute(bool fuses)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Device) device = device_open("cpu", &error);
    g_autoptr(GPtrArray) inputs = g_ptr_array_new();
    g_autoptr(GRand) rand = g_rand_new_with_seed(3);
    Graph *g = graph_new();
    Tensor *y = graph_keep(g, record(g, inputs));
    Outcome outcome = {.values = g_array_new(FALSE, TRUE, sizeof(float))};

    g_assert_no_error(error);
    device->fuses = fuses;
    graph_backward(g, op_mse_loss(g, y, op_fill(g, &y->shape, 0.5f)));
    for (guint i = 0; i < inputs->len; i++)
        graph_keep(g, ((Tensor *)inputs->pdata[i])->grad);
    g_autoptr(Program) program = program_new(g, device, &error);
    g_assert_no_error(error);
    for (guint i = 0; i < inputs->len; i++) {
        g_autofree float *data = g_new(float, tensor_count(inputs->pdata[i]));
        for (int64_t j = 0; j < tensor_count(inputs->pdata[i]); j++)
            data[j] = (float)(g_rand_double(rand) - 0.5) * 0.3f;
        g_assert_true(program_write(program, inputs->pdata[i], data, &error));
    }
    for (int run = 0; run < 2; run++) /* what stands in place of an input must not spoil the next */
        g_assert_true(program_run(program, NULL, &error));
    for (guint i = 0; i <= inputs->len; i++) {
        Tensor *t = i < inputs->len ? ((Tensor *)inputs->pdata[i])->grad : y;
        guint at = outcome.values->len;
        g_array_set_size(outcome.values, at + (guint)tensor_count(t));
        g_assert_true(program_read(program, t, &g_array_index(outcome.values, float, at), &error));
    }
    outcome.n_nodes = g->nodes->len;
    outcome.memory = program_memory(program);
    outcome.work = program_work(program);
    return outcome;
}

static void
test_fuse(void)
{
    Outcome plain = compute(false), fused = compute(true);
    float largest = 0;

    g_assert_cmpuint(fused.values->len, ==, plain.values->len);
    for (guint i = 0; i < plain.values->len; i++)
        largest = fmaxf(largest, fabsf(g_array_index(plain.values, float, i)));
    g_assert_cmpfloat(largest, >, 0);
    for (guint i = 0; i < plain.values->len; i++)
        g_assert_cmpfloat_with_epsilon(g_array_index(fused.values, float, i),
                                       g_array_index(plain.values, float, i), largest * 1e-6f);
    /* five sums forward, and those of gradients */
    g_assert_cmpuint(fused.n_nodes + 5, <=, plain.n_nodes);
    g_assert_cmpuint(fused.memory, <=, plain.memory);
    g_assert_cmpfloat(fused.work, ==, plain.work);
    g_array_unref(plain.values);
    g_array_unref(fused.values);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/fuse/same", test_fuse);
    return g_test_run();
}
