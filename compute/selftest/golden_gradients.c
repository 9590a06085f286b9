/* SPDX-License-Identifier: Apache-2.0 */
/* Gradients of weights, as the files of trainings have them. */
#include <math.h>

#include "compute/selftest/golden_train.h"

/* Of one weight: as a whole and as its length, wherever the file has it. */
static void
compare_gradient(Run *run, const Weight *weight, Tensor *grad, const char *prefix)
{
    Golden *g = run->golden;
    g_autofree char *whole = g_strdup_printf("%sgrad.%s", prefix, weight->name);
    g_autofree char *length = g_strdup_printf("%sgrad_l2norm.%s", prefix, weight->name);

    if (!golden_has(g, whole) && !golden_has(g, length))
        return;
    g_autofree float *values = run_read(run, grad);
    if (!values)
        return;
    int64_t n = tensor_count(grad);
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += (double)values[i] * (double)values[i];
    float norm = (float)sqrt(sum);
    golden_compare(g, whole, NULL, values, n);
    golden_compare(g, length, NULL, &norm, 1);
}

/* weights: of Weight *; grads: of Tensor *, NULL where there is none */
void
golden_compare_gradients(Run *run, const GPtrArray *weights, const GPtrArray *grads,
                         const char *prefix)
{
    for (guint i = 0; i < weights->len && !golden_failed(run->golden); i++)
        if (grads->pdata[i])
            compare_gradient(run, weights->pdata[i], grads->pdata[i], prefix);
}

/* Keeps the gradients of the weights; of Tensor *, transfer container. */
GPtrArray *
golden_keep_gradients(Graph *graph, const GPtrArray *weights)
{
    GPtrArray *grads = g_ptr_array_new();
    for (guint i = 0; i < weights->len; i++) {
        Tensor *t = g_hash_table_lookup(graph->weight_tensors, weights->pdata[i]);
        g_ptr_array_add(grads, t && t->grad ? graph_keep(graph, t->grad) : NULL);
    }
    return grads;
}
