/* SPDX-License-Identifier: Apache-2.0 */
#include "compute/vulkan/tune_sample.h"

#include <math.h>
#include <string.h>

#include "compute/op.h"
#include "compute/profile.h"
#include "compute/vulkan/replay.h"

#define N_RUNS 3 /* that are timed */

struct TuneSample {
    VulkanDevice *device;
    Graph *graph;
    Node *node;
    Plan *plan;
    DeviceBuffer **arena;
    void *first[NODE_MAX_OUT]; /* results of the first trial */
    void *now[NODE_MAX_OUT];
};

static size_t
tensor_size(const Tensor *t)
{
    return (size_t)tensor_count(t) * dtype_size(t->dtype);
}

static bool
can_try(const VulkanDevice *device, const Node *node)
{
    guint64 size = 0;
    for (int i = 0; i < node->n_in; i++) {
        if (node->in[i] && node->in[i]->dtype == DTYPE_I32)
            return false;
        size += node->in[i] ? tensor_size(node->in[i]) : 0;
    }
    for (int i = 0; i < node->n_out; i++)
        size += tensor_size(node->out[i]);
    return !node->op->writes && size <= vulkan_heap_size(&device->memory) / 8;
}

/* The node once more in a graph of its own, its tensors stored as they are. */
static void
copy_node(TuneSample *sample, const Node *node)
{
    Tensor *in[NODE_MAX_IN] = {NULL};
    Shape shapes[NODE_MAX_OUT];
    sample->graph = graph_new();
    for (int i = 0; i < node->n_in; i++) {
        for (int j = 0; j < i && !in[i]; j++)
            in[i] = node->in[j] == node->in[i] ? in[j] : NULL;
        if (node->in[i] && !in[i])
            in[i] = graph_input(sample->graph, node->in[i]->dtype, &node->in[i]->shape);
    }
    for (int i = 0; i < node->n_out; i++)
        shapes[i] = node->out[i]->shape;
    sample->node =
        graph_node(sample->graph, node->op, node->n_in, in, node->n_out, shapes, &node->attrs);
    for (int i = 0; i < node->n_out; i++) {
        sample->node->out[i]->dtype = node->out[i]->dtype;
        sample->node->out[i]->keep = true;
    }
}

/* Numbers of random sign and a magnitude from 0.5 to 1, made of bits as they are stored. */
static void
fill(void *data, int64_t n, DType dtype)
{
    uint32_t state = 1;
    for (int64_t i = 0; i < n; i++) {
        state = state * 1664525u + 1013904223u;
        uint32_t bits = state >> 8 | (state & 0x80u) << 24;
        if (dtype == DTYPE_F16)
            ((uint16_t *)data)[i] = (uint16_t)((bits >> 16 & 0x8000u) | (bits & 0x3ffu) | 0x3800u);
        else if (dtype == DTYPE_BF16)
            ((uint16_t *)data)[i] = (uint16_t)((bits >> 16 & 0x8000u) | (bits & 0x7fu) | 0x3f00u);
        else
            ((uint32_t *)data)[i] = (bits & 0x807fffffu) | 0x3f000000u;
    }
}

static bool
write_inputs(TuneSample *sample, GError **error)
{
    for (int i = 0; i < sample->node->n_in; i++) {
        const Tensor *t = sample->node->in[i];
        if (!t)
            continue;
        const Place *place = &sample->plan->places[t->id];
        g_autofree void *data = g_malloc(tensor_size(t));
        fill(data, tensor_count(t), t->dtype);
        if (!device_buffer_write(sample->arena[place->buffer], place->offset, data, tensor_size(t),
                                 error))
            return false;
    }
    return true;
}

static bool
make_arena(TuneSample *sample, GError **error)
{
    Device *base = &sample->device->base;
    sample->plan = plan_new(sample->graph, base->max_buffer_size, base->alignment, false, error);
    if (!sample->plan)
        return false;
    sample->arena = g_new0(DeviceBuffer *, sample->plan->n_buffers + 1);
    for (int i = 0; i < sample->plan->n_buffers; i++) {
        sample->arena[i] = device_buffer_new(base, sample->plan->buffer_size[i], error);
        if (!sample->arena[i])
            return false;
    }
    return true;
}

TuneSample *
tune_sample_new(VulkanDevice *device, const Node *node)
{
    if (!can_try(device, node))
        return NULL;
    TuneSample *sample = g_new0(TuneSample, 1);
    sample->device = device;
    copy_node(sample, node);
    if (make_arena(sample, NULL) && write_inputs(sample, NULL))
        return sample;
    tune_sample_free(sample); /* no memory for it: the program itself may need all there is */
    return NULL;
}

void
tune_sample_free(TuneSample *sample)
{
    for (int i = 0; sample->arena && i < sample->plan->n_buffers; i++)
        device_buffer_free(sample->arena[i]);
    g_free(sample->arena);
    plan_free(sample->plan);
    graph_free(sample->graph);
    for (int i = 0; i < NODE_MAX_OUT; i++) {
        g_free(sample->first[i]);
        g_free(sample->now[i]);
    }
    g_free(sample);
}

static float
stored_value(const void *data, int64_t i, DType dtype)
{
    if (dtype == DTYPE_F32)
        return ((const float *)data)[i];
    uint32_t half = ((const uint16_t *)data)[i];
    float value;
    uint32_t bits = half << 16;
    if (dtype == DTYPE_BF16) {
        memcpy(&value, &bits, sizeof value);
        return value;
    }
    int exponent = (int)(half >> 10 & 0x1f);
    float fraction = (float)(half & 0x3ff) / 1024;
    value = exponent == 0    ? ldexpf(fraction, -14)
            : exponent == 31 ? (half & 0x3ff ? NAN : INFINITY)
                             : ldexpf(1 + fraction, exponent - 15);
    return half & 0x8000 ? -value : value;
}

/* Sums in another order differ by their rounding, results by that of what they are stored as. */
static bool
agree(const void *a, const void *b, int64_t n, DType dtype)
{
    double allowed = dtype == DTYPE_F16 ? 2e-3 : dtype == DTYPE_BF16 ? 1.6e-2 : 1e-4;
    double largest = 0, difference = 0;
    for (int64_t i = 0; i < n; i++) {
        double x = stored_value(a, i, dtype), y = stored_value(b, i, dtype);
        if (!isfinite(x) || !isfinite(y))
            return false;
        largest = MAX(largest, fabs(x));
        difference = MAX(difference, fabs(x - y));
    }
    return difference <= allowed * largest;
}

static bool
read_results(TuneSample *sample, TuneTrial *trial, GError **error)
{
    bool first = !sample->first[0];
    for (int i = 0; i < sample->node->n_out; i++) {
        const Tensor *t = sample->node->out[i];
        const Place *place = &sample->plan->places[t->id];
        void **to = first ? &sample->first[i] : &sample->now[i];
        if (!*to)
            *to = g_malloc(tensor_size(t));
        if (!device_buffer_read(sample->arena[place->buffer], place->offset, *to, tensor_size(t),
                                error))
            return false;
        if (first || memcmp(sample->first[i], *to, tensor_size(t)) == 0)
            continue;
        trial->same = false;
        trial->agrees = trial->agrees && agree(sample->first[i], *to, tensor_count(t), t->dtype);
    }
    return true;
}

/* What lies there from the trial before must not pass for a result. */
static bool
spoil_results(TuneSample *sample, GError **error)
{
    for (int i = 0; i < sample->node->n_out; i++) {
        const Tensor *t = sample->node->out[i];
        const Place *place = &sample->plan->places[t->id];
        g_autofree void *data = g_malloc(tensor_size(t));
        memset(data, 0xff, tensor_size(t)); /* NaN in every type */
        if (!device_buffer_write(sample->arena[place->buffer], place->offset, data, tensor_size(t),
                                 error))
            return false;
    }
    return true;
}

/* Seconds of one run by the device's clock, or by ours where it has none. */
static bool
run_timed(TuneSample *sample, void *compiled, double *seconds, GError **error)
{
    Device *base = &sample->device->base;
    gint64 start_us = g_get_monotonic_time();
    if (!replay_run(base, compiled, NULL, error))
        return false;
    *seconds = (double)(g_get_monotonic_time() - start_us) * 1e-6;
    g_autoptr(GArray) events = device_profile_take(base);
    if (!events || events->len == 0)
        return true;
    *seconds = 0;
    for (guint i = 0; i < events->len; i++)
        *seconds += g_array_index(events, ProfileEvent, i).seconds;
    return true;
}

static bool
measure(TuneSample *sample, void *compiled, double slow_s, double *least_s, GError **error)
{
    g_autoptr(GArray) before = device_profile_take(&sample->device->base);
    *least_s = INFINITY;
    for (int i = 0; i < N_RUNS && (i == 0 || *least_s < 1.5 * slow_s); i++) {
        double seconds;
        if (!run_timed(sample, compiled, &seconds, error))
            return false;
        *least_s = MIN(*least_s, seconds);
    }
    return true;
}

bool
tune_sample_try(TuneSample *sample, bool timed, double slow_s, TuneTrial *trial, GError **error)
{
    Device *base = &sample->device->base;
    GArray *profile = base->profile; /* of somebody who looks at the program itself */
    *trial = (TuneTrial){.same = true, .agrees = true};
    base->profile = NULL;
    if (timed && device_can_profile(base))
        device_profile_start(base, false);
    void *compiled = replay_compile(base, sample->graph, sample->plan, sample->arena, error);
    bool ok = compiled && spoil_results(sample, error) && replay_run(base, compiled, NULL, error) &&
              read_results(sample, trial, error) &&
              (!timed || !trial->same || measure(sample, compiled, slow_s, &trial->seconds, error));
    replay_free(base, compiled);
    g_clear_pointer(&base->profile, g_array_unref);
    base->profile = profile;
    return ok;
}
