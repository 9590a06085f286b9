/* SPDX-License-Identifier: Apache-2.0 */
/* What a device backend implements. Private to compute/. */
#pragma once

#include "compute/device.h"
#include "compute/graph.h"
#include "compute/plan.h"

typedef struct {
    DeviceBuffer *(*buffer_new)(Device *device, size_t size, GError **error);
    void (*buffer_free)(DeviceBuffer *buffer);
    bool (*buffer_write)(DeviceBuffer *buffer, size_t offset, const void *data, size_t size,
                         GError **error);
    bool (*buffer_read)(const DeviceBuffer *buffer, size_t offset, void *data, size_t size,
                        GError **error);
    /* Makes what a replay needs (CPU: pointers; Vulkan: recorded command buffers). arena: the
     * plan's buffers, owned by the program. */
    void *(*compile)(Device *device, const Graph *graph, const Plan *plan, DeviceBuffer **arena,
                     GError **error);
    bool (*run)(Device *device, void *compiled, GCancellable *cancellable, GError **error);
    void (*compiled_free)(Device *device, void *compiled);
    size_t (*available)(Device *device); /* bytes; NULL: without limit */
    void (*close)(Device *device);
} DeviceClass;

/* Backends embed this first. */
struct Device {
    const DeviceClass *class;
    char *name, *description;
    size_t max_buffer_size; /* bytes of one allocation and of one binding */
    size_t used, peak;      /* bytes of all buffers, now and at most */
    bool stores_half;       /* can store f16 and bf16 */
    bool fuses;             /* its kernels take sums (compute/fuse) and work in place */
    bool software;          /* runs on the CPU: "auto" precision is f32 */
    DType storage;          /* of results and frozen weights */
    GPtrArray *arena;       /* DeviceBuffer, by arena.h; NULL entries after a failure */
    guint arena_generation; /* grows when a buffer of it has been replaced */
    guint n_programs;
    size_t alignment; /* of a tensor's offset within an arena buffer, bytes */
    GArray *profile;  /* ProfileEvent; NULL until device_profile_start */
    bool profile_cpu; /* by processor time */
    double profile_start_s;
    bool cannot_profile;
};

/* Seconds since profiling began, by its clock. */
double device_profile_now(const Device *device);
/* For backends, while device->profile is not NULL; kernel: NULL for the op's own name. */
void device_profile_add(Device *device, const Node *node, const char *kernel, bool is_first,
                        double start_s, double seconds);

struct DeviceBuffer {
    Device *device;
    size_t size;
};

Device *cpu_device_new(void);
int cpu_device_set_threads(int n);
void cpu_device_describe(GPtrArray *infos);
/* index: which of the loader's devices. */
Device *vulkan_device_new(int index, GError **error);
void vulkan_device_describe(GPtrArray *infos);
