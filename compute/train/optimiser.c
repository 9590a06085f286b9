/* SPDX-License-Identifier: Apache-2.0 */
/* The state of an optimiser and the nodes that update the weights. */
#include "compute/train/optimiser.h"

#include "compute/ops.h"

#include <math.h>

#define MAX_GROUPS 4
#define N_HYPER 8
#define MAX_STATES 5
#define MIN_8BIT_COUNT 4096 /* elements of a weight worth it, as bitsandbytes' min_8bit_size */

typedef struct {
    Weight *weight;            /* borrowed */
    Weight *state[MAX_STATES]; /* owned: those of the op in its order, then the average */
    const char *name[MAX_STATES];
    Weight *average; /* one of them, or NULL */
    int n_states;
    int group;
    OptimiserKind kind;
} Slot;

struct Optimiser {
    Device *device;
    OptimiserOptions options;
    GPtrArray *slots; /* Slot */
    double lr_scale[MAX_GROUPS];
    int n_groups;
    gint64 n_steps;
    Tensor *hyper[MAX_GROUPS]; /* of the recorded graph */
    Tensor *rate;              /* of the average */
    Tensor *sum;               /* squared gradient norm */
};

static void
slot_free(void *data)
{
    Slot *slot = data;
    for (int i = 0; i < slot->n_states; i++)
        weight_free(slot->state[i]);
    g_free(slot);
}

Optimiser *
optimiser_new(Device *device, const OptimiserOptions *options)
{
    Optimiser *optimiser = g_new0(Optimiser, 1);
    optimiser->device = device;
    optimiser->options = *options;
    optimiser->slots = g_ptr_array_new_with_free_func(slot_free);
    return optimiser;
}

void
optimiser_free(Optimiser *optimiser)
{
    if (!optimiser)
        return;
    g_ptr_array_unref(optimiser->slots);
    g_free(optimiser);
}

static Weight *
add_state(const Optimiser *optimiser, Slot *slot, const char *name, DType dtype, const Shape *shape,
          GError **error)
{
    Weight *state = weight_new(optimiser->device, slot->weight->name, dtype, shape, error);
    if (state) {
        slot->name[slot->n_states] = name;
        slot->state[slot->n_states++] = state;
    }
    return state;
}

static bool
add_moments(const Optimiser *optimiser, Slot *slot, GError **error)
{
    const Shape *shape = &slot->weight->shape;
    int64_t n = shape_count(shape), n_blocks = (n + ADAMW8_BLOCK - 1) / ADAMW8_BLOCK;
    if (slot->kind == OPTIMISER_ADAMW8) {
        Shape codes = SHAPE((n + 3) / 4), blocks = SHAPE(n_blocks);
        return add_state(optimiser, slot, "m", DTYPE_I32, &codes, error) &&
               add_state(optimiser, slot, "v", DTYPE_I32, &codes, error) &&
               add_state(optimiser, slot, "max_m", DTYPE_F32, &blocks, error) &&
               add_state(optimiser, slot, "max_v", DTYPE_F32, &blocks, error);
    }
    return add_state(optimiser, slot, "m", DTYPE_F32, shape, error) &&
           (slot->kind != OPTIMISER_ADAMW ||
            add_state(optimiser, slot, "v", DTYPE_F32, shape, error));
}

static bool
add_average(const Optimiser *optimiser, Slot *slot, GError **error)
{
    g_autofree void *values = g_malloc(weight_size(slot->weight));
    if (optimiser->options.ema_decay <= 0)
        return true;
    slot->average = add_state(optimiser, slot, "average", DTYPE_F32, &slot->weight->shape, error);
    return slot->average && weight_read(slot->weight, values, error) &&
           weight_write(slot->average, values, error);
}

bool
optimiser_add_group(Optimiser *optimiser, const GPtrArray *weights, double lr_scale, GError **error)
{
    g_return_val_if_fail(optimiser->n_groups < MAX_GROUPS, false);
    int group = optimiser->n_groups++;
    optimiser->lr_scale[group] = lr_scale;
    for (guint i = 0; i < weights->len; i++) {
        Slot *slot = g_new0(Slot, 1);
        g_ptr_array_add(optimiser->slots, slot);
        slot->weight = weights->pdata[i];
        slot->group = group;
        if (!weight_set_dtype(slot->weight, DTYPE_F32, error)) /* what is trained is kept in full */
            return false;
        slot->kind = optimiser->options.kind;
        if (slot->kind == OPTIMISER_ADAMW8 && shape_count(&slot->weight->shape) < MIN_8BIT_COUNT)
            slot->kind = OPTIMISER_ADAMW;
        if (!add_moments(optimiser, slot, error) || !add_average(optimiser, slot, error))
            return false;
    }
    return true;
}

/* --- recording --- */

static Tensor *
slot_gradient(const Slot *slot, Graph *graph, const Gradients *gradients)
{
    if (gradients) {
        Weight *gradient = gradients_find(gradients, slot->weight);
        return gradient ? graph_weight(graph, gradient) : NULL;
    }
    Tensor *param = g_hash_table_lookup(graph->weight_tensors, slot->weight);
    return param ? param->grad : NULL;
}

static void
record_slot(const Optimiser *optimiser, const Slot *slot, Graph *graph, Tensor *grad)
{
    Tensor *param = graph_weight(graph, slot->weight), *hyper = optimiser->hyper[slot->group];
    Tensor *sum = optimiser->sum, *state[MAX_STATES];
    for (int i = 0; i < slot->n_states; i++)
        state[i] = graph_weight(graph, slot->state[i]);
    switch (slot->kind) {
    case OPTIMISER_ADAMW:
        op_adamw(graph, param, grad, state[0], state[1], hyper, sum);
        break;
    case OPTIMISER_ADAMW8:
        op_adamw8(graph, param, grad, state[0], state[1], state[2], state[3], hyper, sum);
        break;
    case OPTIMISER_LION:
        op_lion(graph, param, grad, state[0], hyper, sum);
        break;
    default:
        op_sgd(graph, param, grad, state[0], hyper, sum);
    }
    if (slot->average)
        op_ema(graph, state[slot->n_states - 1], param, optimiser->rate, sum);
}

void
optimiser_record(Optimiser *optimiser, Graph *graph, const Gradients *gradients)
{
    for (int i = 0; i < optimiser->n_groups; i++)
        optimiser->hyper[i] = graph_input(graph, DTYPE_F32, &SHAPE(N_HYPER));
    optimiser->rate = graph_input(graph, DTYPE_F32, &SHAPE(1));
    optimiser->sum = NULL;
    for (guint i = 0; i < optimiser->slots->len; i++) {
        Tensor *grad = slot_gradient(optimiser->slots->pdata[i], graph, gradients);
        if (grad)
            optimiser->sum = op_sum_squares(graph, grad, optimiser->sum);
    }
    if (optimiser->sum)
        graph_keep(graph, optimiser->sum);
    for (guint i = 0; i < optimiser->slots->len; i++) {
        const Slot *slot = optimiser->slots->pdata[i];
        Tensor *grad = slot_gradient(slot, graph, gradients);
        if (grad)
            record_slot(optimiser, slot, graph, grad);
    }
}

/* --- steps --- */

static void
fill_hyper(const Optimiser *optimiser, double lr, float hyper[N_HYPER])
{
    const OptimiserOptions *o = &optimiser->options;
    double t = (double)optimiser->n_steps + 1;
    bool is_sgd = o->kind == OPTIMISER_SGD;
    hyper[0] = (float)lr;
    hyper[1] = (float)(is_sgd ? o->momentum : o->beta1);
    hyper[2] = (float)(is_sgd ? (double)o->nesterov : o->beta2);
    hyper[3] = (float)o->eps;
    hyper[4] = (float)o->weight_decay;
    hyper[5] = (float)(1.0 - pow(o->beta1, t));
    hyper[6] = (float)(1.0 - pow(o->beta2, t));
    hyper[7] = (float)o->max_norm;
}

bool
optimiser_begin_step(Optimiser *optimiser, Program *program, double lr, GError **error)
{
    double n = (double)optimiser->n_steps;
    /* As diffusers' EMAModel: short at first, so that the beginning is soon forgotten. */
    double decay = n > 0 ? fmin(optimiser->options.ema_decay, (1 + n) / (10 + n)) : 0;
    float rate = (float)(1 - decay);
    for (int i = 0; i < optimiser->n_groups; i++) {
        float hyper[N_HYPER];
        fill_hyper(optimiser, lr * optimiser->lr_scale[i], hyper);
        if (!program_write(program, optimiser->hyper[i], hyper, error))
            return false;
    }
    return program_write(program, optimiser->rate, &rate, error);
}

bool
optimiser_end_step(Optimiser *optimiser, Program *program, double *norm, GError **error)
{
    float sum = 0;
    if (optimiser->sum && !program_read(program, optimiser->sum, &sum, error))
        return false;
    *norm = sqrt((double)sum);
    optimiser->n_steps += isfinite(sum) ? 1 : 0;
    return true;
}

gint64
optimiser_n_steps(const Optimiser *optimiser)
{
    return optimiser->n_steps;
}

void
optimiser_set_n_steps(Optimiser *optimiser, gint64 n_steps)
{
    optimiser->n_steps = n_steps;
}

int
optimiser_n_weights(const Optimiser *optimiser)
{
    return (int)optimiser->slots->len;
}

Weight *
optimiser_weight(const Optimiser *optimiser, int i)
{
    return ((Slot *)optimiser->slots->pdata[i])->weight;
}

Weight *
optimiser_average(const Optimiser *optimiser, int i)
{
    return ((Slot *)optimiser->slots->pdata[i])->average;
}

Weight *
optimiser_state(const Optimiser *optimiser, int i, int j, const char **name)
{
    const Slot *slot = optimiser->slots->pdata[i];
    if (j >= slot->n_states)
        return NULL;
    *name = slot->name[j];
    return slot->state[j];
}
