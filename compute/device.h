/* SPDX-License-Identifier: Apache-2.0 */
/* A Device runs programs: "cpu" (our own kernels + OpenMP) or a Vulkan device (our own shaders).
 * Not thread-safe: one thread at a time per device. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct Device Device;
typedef struct DeviceBuffer DeviceBuffer;

typedef struct {
    char *name;        /* what --device takes: "cpu", "vulkan:0" */
    char *description; /* "AMD EPYC, 2 threads", "llvmpipe (LLVM 15.0.6, 256 bits)" */
    guint64 memory;    /* bytes of device memory, 0 when unknown */
    bool software;     /* a Vulkan driver that runs on the CPU */
    bool is_default;   /* what "auto" opens */
} DeviceInfo;

/* DeviceInfo elements; the caller unrefs. Never fails: without Vulkan the CPU stands alone. */
GPtrArray *device_list(void);

/* name: NULL or "auto" (the fastest real device: a Vulkan GPU if there is one, else the CPU; never
 * a software driver), "cpu", "vulkan" (the first, software drivers included), "vulkan:N", or part
 * of a description. The error lists the devices there are. */
Device *device_open(const char *name, GError **error);
void device_close(Device *device);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Device, device_close)
const char *device_name(const Device *device);
const char *device_description(const Device *device);
bool device_is_cpu(const Device *device);

/* How many threads the CPU device uses from now on; 0: as it is. How many that are. */
int device_set_threads(int n);

/* How a device stores the results of programs and frozen weights. Arithmetic and sums are f32 in
 * every case, and so are losses, statistics, optimiser state and trained weights. f16 has 11 bits
 * and ends at 65504, bf16 has 8 bits and the range of f32. */
typedef enum { PRECISION_AUTO, PRECISION_F32, PRECISION_F16, PRECISION_BF16 } Precision;

/* "auto", "f32", "f16", "bf16"; another name is an error that lists them. */
bool precision_parse(const char *name, Precision *precision, GError **error);
const char *precision_name(Precision precision);
/* For models loaded and programs made from now on; a device opens in f32. AUTO: f16 on a graphics
 * card that stores 16 bits, else f32. A device that cannot (the CPU; Vulkan without
 * storageBuffer16BitAccess) refuses f16 and bf16. */
bool device_set_precision(Device *device, Precision precision, GError **error);
Precision device_precision(const Device *device); /* never AUTO */

/* Zero-filled device memory of size bytes. */
DeviceBuffer *device_buffer_new(Device *device, size_t size, GError **error);
void device_buffer_free(DeviceBuffer *buffer);
/* Bytes of all buffers of the device: now, and when they were most since the peak was last reset.
 */
size_t device_memory_available(Device *device); /* that buffers may still take, as far as it says */
size_t device_memory_used(const Device *device);
size_t device_memory_peak(const Device *device);
void device_memory_reset_peak(Device *device);
size_t device_buffer_size(const DeviceBuffer *buffer);
bool device_buffer_write(DeviceBuffer *buffer, size_t offset, const void *data, size_t size,
                         GError **error);
bool device_buffer_read(const DeviceBuffer *buffer, size_t offset, void *data, size_t size,
                        GError **error);
