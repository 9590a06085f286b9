/* SPDX-License-Identifier: Apache-2.0 */
#include "compute/bench/item.h"

#include "compute/weights.h"

BenchItem *
bench_item_new(const char *name)
{
    BenchItem *item = g_new0(BenchItem, 1);

    item->name = g_strdup(name);
    return item;
}

void
bench_item_free(BenchItem *item)
{
    if (!item)
        return;
    g_clear_pointer(&item->program, program_free);
    if (item->clear)
        item->clear(item);
    g_free(item->name);
    g_free(item);
}

bool
bench_item_run(BenchItem *item, GCancellable *cancellable, GError **error)
{
    if (item->run)
        return item->run(item, cancellable, error);
    return program_run(item->program, cancellable, error);
}

float *
bench_noise(int64_t n)
{
    float *values = g_new(float, MAX(n, 1));
    guint64 state = 1;

    for (int64_t i = 0; i < n; i++) { /* a linear congruence (Knuth): quick, and good enough */
        state = state * 6364136223846793005u + 1442695040888963407u;
        values[i] = (float)(gint32)(state >> 32) * 0x1p-31f;
    }
    return values;
}

static bool
fill_input(Program *program, const Tensor *t, GError **error)
{
    int64_t n = tensor_count(t);
    g_autofree float *values = t->dtype == DTYPE_I32 ? g_new0(float, MAX(n, 1)) : bench_noise(n);

    if (dtype_is_half(t->dtype)) {
        uint16_t *halves =
            (uint16_t *)values; /* in place: what is written lies before what is read */

        for (int64_t i = 0; i < n; i++)
            halves[i] = t->dtype == DTYPE_F16 ? weights_f16_from_f32(values[i])
                                              : weights_bf16_from_f32(values[i]);
    }

    return program_write(program, t, values, error);
}

bool
bench_item_take_graph(BenchItem *item, Device *device, Graph *graph, GError **error)
{
    g_autoptr(GPtrArray) inputs = g_ptr_array_new();

    for (guint i = 0; i < graph->tensors->len; i++) {
        Tensor *t = graph->tensors->pdata[i];

        if (t->kind == TENSOR_INPUT)
            g_ptr_array_add(inputs, t);
    }
    item->program = program_new(graph, device, error);
    if (!item->program)
        return false;
    item->flop = program_work(item->program);
    for (guint i = 0; i < inputs->len; i++) {
        if (!fill_input(item->program, inputs->pdata[i], error))
            return false;
    }
    return true;
}
