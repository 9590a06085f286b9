/* SPDX-License-Identifier: Apache-2.0 */
/* The Vulkan device as the files of this folder see it. Nothing outside includes this.
 *
 * instance.c opens the loader and names errors, fault.c makes some for tests; memory.c gives out
 * buffers; transfer.c moves bytes between host and device; spirv.c, pipeline.c and pipeline_cache.c
 * make compute pipelines; dispatch.c turns a graph into a list of dispatches; chunk.c divides it,
 * record.c records and replay.c submits it. One thread at a time per device. */
#pragma once

#include <vulkan/vulkan.h>

#include "compute/device_class.h"
#include "compute/vulkan/cooperative.h"
#include "compute/vulkan/dispatch.h"

#define PUSH_MAX 128 /* bytes of push constants every Vulkan device has */

/* The loader, and what its validation layer said (TORCHLIGHT_VULKAN_VALIDATION=1). */
typedef struct {
    VkInstance handle;
    VkDebugUtilsMessengerEXT messenger;
    bool validation;
    guint n_messages;
    char *first_message;
} Instance;

/* One VkDeviceMemory under one VkBuffer, from which DeviceBuffers are cut. */
typedef struct {
    VkBuffer buffer;
    VkDeviceMemory memory;
    VkDeviceSize size;
    char *mapped; /* NULL where the host cannot reach it */
    GArray *gaps; /* Gap, by offset, never adjacent */
} Block;

typedef struct {
    DeviceBuffer base;
    Block *block;
    VkDeviceSize offset; /* bytes, within the block */
} VulkanBuffer;

#define STAGING_N_HALVES 2

/* Host memory through which bytes travel where the device's own cannot be mapped. */
typedef struct {
    VkBuffer buffer;
    VkDeviceMemory memory;
    char *mapped;
    VkCommandPool pool;
    struct {
        VkCommandBuffer commands;
        VkFence fence;
        bool in_flight;
    } halves[STAGING_N_HALVES];
    int next; /* half to use next */
} Staging;

typedef struct {
    const char *stem; /* of its shader */
    VkPipeline handle;
    VkPipelineLayout layout; /* borrowed */
    int n_bindings;
    uint32_t local_size;    /* invocations of a work group */
    uint32_t reads, writes; /* bit i: binding i */
    bool splittable;        /* does not look at gl_NumWorkGroups */
} Pipeline;

typedef struct VulkanDevice {
    Device base;
    Instance instance;
    VkPhysicalDevice physical;
    VkPhysicalDeviceProperties properties;
    VkPhysicalDeviceMemoryProperties memory;
    uint8_t driver_uuid[VK_UUID_SIZE];
    bool unified; /* device memory is host memory: map it */
    bool can_timestamp;
    struct {
        int kind; /* FaultKind */
        int left; /* calls until it comes */
    } fault;
    bool has_budget;    /* VK_EXT_memory_budget */
    guint64 max_memory; /* bytes: TORCHLIGHT_VULKAN_MEMORY, else no limit */
    bool lost;          /* after a lost device or a timeout nothing more is submitted */
    VkDevice handle;
    uint32_t queue_family;
    VkQueue queue;
    GPtrArray *blocks; /* Block */
    guint64 allocated; /* bytes of all blocks */
    Staging staging;
    DeviceBuffer *scratch; /* partial sums of whichever program runs; NULL until one needs them */
    DeviceBuffer *zero;    /* bound where an optional tensor is absent */
    GHashTable *pipelines; /* stem, constants, dtypes -> Pipeline */
    CoopPick coop;
    Tuner *tuner; /* NULL: off */
    VkPipelineCache pipeline_cache;
    bool pipeline_cache_dirty;
    VkDescriptorSetLayout set_layouts[DISPATCH_MAX_BINDINGS + 1]; /* by number of bindings */
    VkPipelineLayout pipeline_layouts[DISPATCH_MAX_BINDINGS + 1];
} VulkanDevice;

/* --- instance.c --- */
/* False without a loader or driver that is new enough, or without the validation asked for. */
bool instance_init(Instance *instance, GError **error);
void instance_clear(Instance *instance);
/* False with the first message when the validation layer has complained. */
bool instance_check(Instance *instance, GError **error);
GArray *instance_physical_devices(const Instance *instance); /* VkPhysicalDevice, caller unrefs */

/* "VK_ERROR_DEVICE_LOST" */
const char *vulkan_result_name(VkResult result);
/* Sets error to a sentence: what ("could not ...") failed on this device with result, and what can
 * be done. Marks the device lost where it is. Returns false. */
bool vulkan_fail(VulkanDevice *device, VkResult result, const char *what, GError **error);

/* --- fault.c --- */
/* For tests of what happens when a driver fails. TORCHLIGHT_VULKAN_FAULT=make:N when a device is
 * opened lets its N-th call that makes something fail for want of memory, work:N its N-th
 * submission or wait with a lost device, after which all fail; from 1. */
typedef enum { FAULT_NONE, FAULT_MAKE, FAULT_WORK } FaultKind;
void fault_init(VulkanDevice *device);
/* VK_SUCCESS, or what the call of this kind is to return instead of being made. */
VkResult fault_result(VulkanDevice *device, FaultKind kind);
#define VULKAN_MAKE(device, call) (fault_result(device, FAULT_MAKE) ?: (call))
#define VULKAN_WORK(device, call) (fault_result(device, FAULT_WORK) ?: (call))

/* --- memory.c --- */
size_t vulkan_memory_available(Device *device);
DeviceBuffer *vulkan_buffer_new(Device *device, size_t size, GError **error);
void vulkan_buffer_free(DeviceBuffer *buffer);
/* A buffer of host memory with its own allocation; *mapped is where it lies. */
bool vulkan_host_buffer_new(VulkanDevice *device, VkDeviceSize size, VkBuffer *buffer,
                            VkDeviceMemory *memory, char **mapped, GError **error);
void vulkan_memory_clear(VulkanDevice *device);
guint64 vulkan_heap_size(const VkPhysicalDeviceMemoryProperties *memory); /* bytes, device-local */

/* --- transfer.c --- */
bool transfer_write(DeviceBuffer *buffer, size_t offset, const void *data, size_t size,
                    GError **error);
bool transfer_read(const DeviceBuffer *buffer, size_t offset, void *data, size_t size,
                   GError **error);
bool transfer_zero(VulkanBuffer *buffer, GError **error);
bool transfer_wait(VulkanDevice *device, GError **error); /* until nothing is in flight */
void transfer_clear(VulkanDevice *device);
/* Waits for a fence, as long as a GPU may take; unsignals it. */
bool vulkan_fence_wait(VulkanDevice *device, VkFence fence, GError **error);
bool vulkan_submit(VulkanDevice *device, VkCommandBuffer commands, VkFence fence, GError **error);
/* A barrier for all memory. */
void vulkan_barrier(VkCommandBuffer commands, VkPipelineStageFlags from, VkAccessFlags written,
                    VkPipelineStageFlags to, VkAccessFlags read);

/* --- pipeline.c, pipeline_cache.c --- */
/* What makes a pipeline: shaders/STEM.comp, specialization constants 0, 1, ..., and what each
 * binding stores. A 16-bit dtype is allowed where the shader declares the binding by READS or
 * WRITES of shaders/storage.glsl. */
typedef struct {
    const char *stem;
    const uint32_t *constants;
    int n_constants, n_bindings;
    DType dtypes[DISPATCH_MAX_BINDINGS];
} PipelineKey;

/* Owned by the device. */
const Pipeline *pipeline_get(VulkanDevice *device, const PipelineKey *key, GError **error);
void pipeline_clear(VulkanDevice *device);
/* Whether the shader was compiled: cooperative matrices need a new glslc. */
bool pipeline_has_shader(const char *stem);
/* SHA-256 of all shaders, as text; the caller frees. */
char *pipeline_shaders_digest(void);
bool pipeline_cache_open(VulkanDevice *device, GError **error);
void pipeline_cache_save(VulkanDevice *device); /* if anything is new; failing is no error */

/* --- cooperative_device.c --- */
void coop_find(VulkanDevice *device); /* sets device->coop, before it is opened */

/* --- dispatch.c --- */
typedef struct {
    VulkanBuffer *buffer;
    VkDeviceSize offset, range; /* bytes, within the buffer */
} Binding;

typedef struct {
    const Pipeline *pipeline;
    const Node *node;    /* for the profile */
    guint first_binding; /* index in the list's bindings */
    uint32_t push_size;
    uint8_t push[PUSH_MAX];
    uint32_t groups[3];
    double flop; /* estimate */
} Dispatch;

typedef struct {
    GArray *dispatches; /* Dispatch */
    GArray *bindings;   /* Binding */
} DispatchList;

/* What the graph's nodes dispatch, in order. */
bool dispatch_list_init(DispatchList *list, VulkanDevice *device, const Graph *graph,
                        const Plan *plan, DeviceBuffer **arena, GError **error);
void dispatch_list_clear(DispatchList *list);

/* --- replay.c --- */
void *replay_compile(Device *device, const Graph *graph, const Plan *plan, DeviceBuffer **arena,
                     GError **error);
bool replay_run(Device *device, void *compiled, GCancellable *cancellable, GError **error);
void replay_free(Device *device, void *compiled);
