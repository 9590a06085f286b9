/* SPDX-License-Identifier: Apache-2.0 */
/* Gradients and the nodes that accumulate them. */
#include "compute/train/gradients.h"

#include "compute/ops.h"

struct Gradients {
    Device *device;
    Graph *graph;       /* while it is recorded */
    GPtrArray *weights; /* Weight, owned: gradients, then the value */
    GHashTable *table;  /* Weight -> its gradient, borrowed */
    Weight *value;      /* the last of weights, or NULL */
    Tensor *factor, *value_factor;
    GError *error; /* the first */
};

/* A Weight of t's shape into which the graph accumulates it. NULL after an error. */
static Weight *
accumulate(Gradients *gradients, const char *name, const Shape *shape, Tensor *t, Tensor *factor)
{
    if (gradients->error)
        return NULL;
    Weight *sum = weight_new(gradients->device, name, DTYPE_F32, shape, &gradients->error);
    if (!sum)
        return NULL;
    g_ptr_array_add(gradients->weights, sum);
    op_accumulate(gradients->graph, graph_weight(gradients->graph, sum), t, factor);
    return sum;
}

static void
on_gradient(Graph *graph, Tensor *param, void *data)
{
    Gradients *gradients = data;
    Weight *sum = accumulate(gradients, param->weight->name, &param->weight->shape, param->grad,
                             gradients->factor);
    if (sum)
        g_hash_table_insert(gradients->table, param->weight, sum);
}

Gradients *
gradients_new(Device *device, Graph *graph)
{
    Gradients *gradients = g_new0(Gradients, 1);
    gradients->device = device;
    gradients->graph = graph;
    gradients->weights = g_ptr_array_new_with_free_func((GDestroyNotify)weight_free);
    gradients->table = g_hash_table_new(NULL, NULL);
    gradients->factor = graph_input(graph, DTYPE_F32, &SHAPE(2));
    graph_on_gradient(graph, on_gradient, gradients);
    return gradients;
}

void
gradients_free(Gradients *gradients)
{
    if (!gradients)
        return;
    g_hash_table_unref(gradients->table);
    g_ptr_array_unref(gradients->weights);
    g_clear_error(&gradients->error);
    g_free(gradients);
}

void
gradients_add_value(Gradients *gradients, Tensor *value)
{
    gradients->value_factor = graph_input(gradients->graph, DTYPE_F32, &SHAPE(2));
    gradients->value =
        accumulate(gradients, "value", &value->shape, value, gradients->value_factor);
}

bool
gradients_check(const Gradients *gradients, GError **error)
{
    if (!gradients->error)
        return true;
    g_propagate_error(error, g_error_copy(gradients->error));
    return false;
}

const GPtrArray *
gradients_weights(const Gradients *gradients)
{
    return gradients->weights;
}

Weight *
gradients_find(const Gradients *gradients, const Weight *weight)
{
    return g_hash_table_lookup(gradients->table, weight);
}

Weight *
gradients_value(const Gradients *gradients)
{
    return gradients->value;
}

bool
gradients_begin(Gradients *gradients, Program *program, bool adds, double factor,
                double value_factor, GError **error)
{
    float factors[] = {adds, (float)factor}, value_factors[] = {adds, (float)value_factor};
    return program_write(program, gradients->factor, factors, error) &&
           (!gradients->value ||
            program_write(program, gradients->value_factor, value_factors, error));
}

bool
gradients_clear(Gradients *gradients, GError **error)
{
    for (guint i = 0; i < gradients->weights->len; i++) {
        Weight *weight = gradients->weights->pdata[i];
        g_autofree void *zeros = g_malloc0(weight_size(weight));
        if (!weight_write(weight, zeros, error))
            return false;
    }
    return true;
}
