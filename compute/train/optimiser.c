/* SPDX-License-Identifier: Apache-2.0 */
/* AdamW's moments and the nodes that update the weights. */
#include "compute/train/optimiser.h"

#include "compute/ops.h"

#include <math.h>

#define MAX_GROUPS 4
#define N_HYPER 8

typedef struct {
    Weight *weight; /* borrowed */
    Weight *m, *v;  /* owned */
    int group;
} Slot;

struct AdamW {
    Device *device;
    AdamWOptions options;
    GPtrArray *slots; /* Slot */
    double lr_scale[MAX_GROUPS];
    int n_groups;
    gint64 n_steps;
    Tensor *hyper[MAX_GROUPS]; /* of the recorded graph */
    Tensor *sum;               /* squared gradient norm, NULL without clipping */
};

static void
slot_free(void *data)
{
    Slot *slot = data;
    weight_free(slot->m);
    weight_free(slot->v);
    g_free(slot);
}

AdamW *
adamw_new(Device *device, const AdamWOptions *options)
{
    AdamW *adamw = g_new0(AdamW, 1);
    adamw->device = device;
    adamw->options = *options;
    adamw->slots = g_ptr_array_new_with_free_func(slot_free);
    return adamw;
}

void
adamw_free(AdamW *adamw)
{
    if (!adamw)
        return;
    g_ptr_array_unref(adamw->slots);
    g_free(adamw);
}

bool
adamw_add_group(AdamW *adamw, const GPtrArray *weights, double lr_scale, GError **error)
{
    g_return_val_if_fail(adamw->n_groups < MAX_GROUPS, false);
    int group = adamw->n_groups++;
    adamw->lr_scale[group] = lr_scale;
    for (guint i = 0; i < weights->len; i++) {
        Weight *weight = weights->pdata[i];
        Slot *slot = g_new0(Slot, 1);
        g_ptr_array_add(adamw->slots, slot);
        slot->weight = weight;
        slot->group = group;
        slot->m = weight_new(adamw->device, weight->name, DTYPE_F32, &weight->shape, error);
        if (!slot->m)
            return false;
        slot->v = weight_new(adamw->device, weight->name, DTYPE_F32, &weight->shape, error);
        if (!slot->v)
            return false;
    }
    return true;
}

static Tensor *
slot_gradient(const Slot *slot, Graph *graph)
{
    Tensor *param = g_hash_table_lookup(graph->weight_tensors, slot->weight);
    return param ? param->grad : NULL;
}

void
adamw_record(AdamW *adamw, Graph *graph)
{
    for (int i = 0; i < adamw->n_groups; i++)
        adamw->hyper[i] = graph_input(graph, DTYPE_F32, &SHAPE(N_HYPER));
    adamw->sum = NULL;
    for (guint i = 0; adamw->options.max_norm > 0 && i < adamw->slots->len; i++) {
        Tensor *grad = slot_gradient(adamw->slots->pdata[i], graph);
        if (grad)
            adamw->sum = op_sum_squares(graph, grad, adamw->sum);
    }
    if (adamw->sum)
        graph_keep(graph, adamw->sum);
    for (guint i = 0; i < adamw->slots->len; i++) {
        const Slot *slot = adamw->slots->pdata[i];
        Tensor *grad = slot_gradient(slot, graph);
        if (grad)
            op_adamw(graph, graph_weight(graph, slot->weight), grad, graph_weight(graph, slot->m),
                     graph_weight(graph, slot->v), adamw->hyper[slot->group], adamw->sum);
    }
}

bool
adamw_begin_step(AdamW *adamw, Program *program, double lr, GError **error)
{
    const AdamWOptions *o = &adamw->options;
    double t = (double)++adamw->n_steps;
    for (int i = 0; i < adamw->n_groups; i++) {
        float hyper[N_HYPER] = {
            (float)(lr * adamw->lr_scale[i]),
            (float)o->beta1,
            (float)o->beta2,
            (float)o->eps,
            (float)o->weight_decay,
            (float)(1.0 - pow(o->beta1, t)),
            (float)(1.0 - pow(o->beta2, t)),
            (float)o->max_norm,
        };
        if (!program_write(program, adamw->hyper[i], hyper, error))
            return false;
    }
    return true;
}

bool
adamw_gradient_norm(const AdamW *adamw, Program *program, double *norm, GError **error)
{
    float sum = 0;
    if (adamw->sum && !program_read(program, adamw->sum, &sum, error))
        return false;
    *norm = sqrt((double)sum);
    return true;
}

gint64
adamw_n_steps(const AdamW *adamw)
{
    return adamw->n_steps;
}

void
adamw_set_n_steps(AdamW *adamw, gint64 n_steps)
{
    adamw->n_steps = n_steps;
}

int
adamw_n_weights(const AdamW *adamw)
{
    return (int)adamw->slots->len;
}

Weight *
adamw_weight(const AdamW *adamw, int i)
{
    return ((Slot *)adamw->slots->pdata[i])->weight;
}

void
adamw_moments(const AdamW *adamw, int i, Weight **m, Weight **v)
{
    const Slot *slot = adamw->slots->pdata[i];
    *m = slot->m;
    *v = slot->v;
}
