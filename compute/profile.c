/* SPDX-License-Identifier: Apache-2.0 */
#include "compute/profile.h"

#include <string.h>
#include <time.h>

#include "compute/device_class.h"
#include "compute/op.h"

static void
clear_event(void *event)
{
    g_free(((ProfileEvent *)event)->layer);
}

static GArray *
new_events(void)
{
    GArray *events = g_array_new(FALSE, FALSE, sizeof(ProfileEvent));

    g_array_set_clear_func(events, clear_event);
    return events;
}

static double
clock_seconds(const Device *device)
{
    struct timespec t;

    clock_gettime(device->profile_cpu ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

double
device_profile_now(const Device *device)
{
    return clock_seconds(device) - device->profile_start_s;
}

void
device_profile_start(Device *device, bool cpu_time)
{
    if (!device->profile)
        device->profile = new_events();
    device->profile_cpu = cpu_time;
    device->profile_start_s = clock_seconds(device);
}

GArray *
device_profile_take(Device *device)
{
    GArray *events = device->profile;

    if (events)
        device->profile = new_events();
    return events;
}

bool
device_can_profile(const Device *device)
{
    return !device->cannot_profile;
}

/* "a.b.conv1" of a weight "a.b.conv1.weight". */
static char *
layer_name(const Node *node)
{
    for (int i = 0; i < node->n_in; i++) {
        const Tensor *t = node->in[i];

        if (t && t->kind == TENSOR_WEIGHT) {
            const char *dot = strrchr(t->weight->name, '.');

            return dot ? g_strndup(t->weight->name, (gsize)(dot - t->weight->name))
                       : g_strdup(t->weight->name);
        }
    }
    return g_strdup("");
}

static double
tensor_bytes(Tensor *const *tensors, int n)
{
    double bytes = 0;

    for (int i = 0; i < n; i++)
        bytes += tensors[i]
                     ? (double)tensor_count(tensors[i]) * (double)dtype_size(tensors[i]->dtype)
                     : 0;
    return bytes;
}

void
device_profile_add(Device *device, const Node *node, const char *kernel, bool is_first,
                   double start_s, double seconds)
{
    ProfileEvent event = {.op = node->op->name,
                          .kernel = kernel ? kernel : node->op->name,
                          .layer = layer_name(node),
                          .start_s = start_s,
                          .seconds = seconds,
                          .is_first = is_first};

    if (is_first) {
        event.flop = node_work(node);
        event.bytes = tensor_bytes(node->in, node->n_in) + tensor_bytes(node->out, node->n_out);
    }
    g_array_append_val(device->profile, event);
}
