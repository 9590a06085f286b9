/* SPDX-License-Identifier: Apache-2.0 */
/* The CPU device gives the same bytes whatever the number of threads: a small network with every
 * kind of layer of a UNet, its loss and all its gradients, with 1, 2, 3 and 5 threads. */
#include <string.h>

#include "compute/ops.h"
#include "compute/program.h"

enum { HEIGHT = 72, WIDTH = 70, CHANNELS = 32, HEADS = 2, GROUPS = 8, RANK = 4 };

typedef struct {
    Graph *graph;
    GPtrArray *weights; /* inputs that want a gradient */
} Net;

static Tensor *
weight(Net *net, const Shape *shape)
{
    Tensor *t = graph_input(net->graph, DTYPE_F32, shape);
    graph_want_grad(net->graph, t);
    g_ptr_array_add(net->weights, t);
    return t;
}

static Tensor *
conv(Net *net, Tensor *x, int n_out, int kernel, int stride)
{
    const ConvOptions options = {stride, kernel / 2, kernel / 2, kernel / 2, kernel / 2};
    return op_conv2d(net->graph, x, weight(net, &SHAPE(n_out, x->shape.dim[1], kernel, kernel)),
                     weight(net, &SHAPE(n_out)), options);
}

static Tensor *
linear(Net *net, Tensor *x, int n_out)
{
    return op_linear(net->graph, x, weight(net, &SHAPE(n_out, x->shape.dim[x->shape.n_dims - 1])),
                     weight(net, &SHAPE(n_out)));
}

static Tensor *
norm(Net *net, Tensor *x, int n, bool groups)
{
    Tensor *w = weight(net, &SHAPE(n)), *b = weight(net, &SHAPE(n));
    return groups ? op_group_norm(net->graph, x, w, b, GROUPS, 1e-5f, true)
                  : op_layer_norm(net->graph, x, w, b, 1e-5f);
}

static Tensor *
transformer(Net *net, Tensor *x, Tensor *context)
{
    Graph *g = net->graph;
    int h = (int)x->shape.dim[2], w = (int)x->shape.dim[3];
    Tensor *t = op_image_to_tokens(g, x), *y = norm(net, t, CHANNELS, false);
    Tensor *q = op_add(g, linear(net, y, CHANNELS), linear(net, linear(net, y, RANK), CHANNELS));
    t = op_add(
        g, t, op_attention(g, q, linear(net, y, CHANNELS), linear(net, y, CHANNELS), HEADS, false));
    t = op_add(g, t,
               op_attention(g, linear(net, t, CHANNELS), linear(net, context, CHANNELS),
                            linear(net, context, CHANNELS), HEADS, false));
    t = op_add(g, t, linear(net, op_geglu(g, linear(net, t, 8 * CHANNELS)), CHANNELS));
    return op_tokens_to_image(g, t, h, w);
}

static Tensor *
record(Net *net)
{
    Graph *g = net->graph;
    Tensor *x = weight(net, &SHAPE(1, 4, HEIGHT, WIDTH));
    Tensor *context = weight(net, &SHAPE(1, 77, 48)), *time = weight(net, &SHAPE(1, 20));
    Tensor *skip = conv(net, x, CHANNELS, 3, 1);
    Tensor *y = conv(net, norm(net, skip, CHANNELS, true), CHANNELS, 3, 1);
    y = op_add_channel(g, y, linear(net, op_silu(g, time), CHANNELS));
    y = transformer(net, conv(net, y, CHANNELS, 3, 2), context);
    y = op_concat(g, op_upsample_nearest(g, y, HEIGHT, WIDTH), skip);
    y = conv(net, conv(net, y, 4, 1, 1), 3, 3, 1);
    return op_mse_loss(g, y, op_fill(g, &y->shape, 0.25f));
}

/* The loss and every gradient, one after the other; the caller frees. */
static float *
compute(int n_threads, gsize *n)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Device) device = device_open("cpu", &error);
    g_autoptr(GPtrArray) weights = g_ptr_array_new();
    g_autoptr(GRand) rand = g_rand_new_with_seed(7);
    GArray *values = g_array_new(FALSE, TRUE, sizeof(float));
    Net net = {graph_new(), weights};
    Tensor *loss = graph_keep(net.graph, record(&net));

    g_assert_no_error(error);
    g_assert_cmpint(device_set_threads(n_threads), ==, n_threads);
    graph_backward(net.graph, loss);
    for (guint i = 0; i < weights->len; i++)
        graph_keep(net.graph, ((Tensor *)weights->pdata[i])->grad);
    g_autoptr(Program) program = program_new(net.graph, device, &error);
    g_assert_no_error(error);
    for (guint i = 0; i < weights->len; i++) {
        g_autofree float *data = g_new(float, tensor_count(weights->pdata[i]));
        for (int64_t j = 0; j < tensor_count(weights->pdata[i]); j++)
            data[j] = (float)(g_rand_double(rand) - 0.45) * 0.4f;
        g_assert_true(program_write(program, weights->pdata[i], data, &error));
    }
    g_assert_true(program_run(program, NULL, &error));
    for (guint i = 0; i <= weights->len; i++) {
        Tensor *t = i < weights->len ? ((Tensor *)weights->pdata[i])->grad : loss;
        guint at = values->len;
        g_array_set_size(values, at + (guint)tensor_count(t));
        g_assert_true(program_read(program, t, &g_array_index(values, float, at), &error));
    }
    *n = values->len;
    return (float *)g_array_free(values, FALSE);
}

static void
test_threads(void)
{
    static const int threads[] = {2, 3, 5};
    gsize n, n_others;
    g_autofree float *one = compute(1, &n);
    float loss = one[n - 1];

    g_assert_cmpfloat(loss, >, 0);
    g_assert_cmpfloat(loss, <, 1e6f);
    for (guint i = 0; i < G_N_ELEMENTS(threads); i++) {
        g_autofree float *others = compute(threads[i], &n_others);
        gsize first = 0;
        g_assert_cmpuint(n_others, ==, n);
        while (first < n && memcmp(&one[first], &others[first], sizeof(float)) == 0)
            first++;
        g_test_message("%d threads: %zu of %zu values are those of one thread", threads[i], first,
                       n);
        g_assert_cmpuint(first, ==, n);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/threads/same-bytes", test_threads);
    return g_test_run();
}
