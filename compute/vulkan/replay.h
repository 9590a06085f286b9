/* SPDX-License-Identifier: Apache-2.0 */
/* A compiled program: its dispatches cut into slices (a range of work groups of one dispatch), the
 * slices gathered into chunks, each a command buffer and one submission. */
#pragma once

#include "compute/vulkan/vulkan_device.h"

#define REPLAY_IN_FLIGHT 2

typedef struct {
    guint dispatch;             /* index */
    uint32_t base[3], count[3]; /* work groups */
} Slice;

typedef struct {
    guint first, n; /* slices */
    VkCommandBuffer commands;
    double seconds; /* in the last run */
} Chunk;

typedef struct {
    DispatchList list;
    VkDescriptorSet *sets; /* one a dispatch */
    GArray *set_pools;     /* VkDescriptorPool */
    GArray *slices;        /* Slice */
    GArray *chunks;        /* Chunk */
    VkCommandPool pool;
    VkFence fences[REPLAY_IN_FLIGHT];
    VkQueryPool queries; /* two a slice, while the device profiles */
    bool recorded;       /* false: the division changed since */
} Replay;

static inline const Dispatch *
replay_dispatch(const Replay *replay, guint index)
{
    return &g_array_index(replay->list.dispatches, Dispatch, index);
}

/* --- chunk.c --- */
void chunk_divide(Replay *replay, bool software);
/* After a run: halves long chunks and joins short ones. */
void chunk_rebalance(Replay *replay);

/* --- record.c --- */
VkResult record_sets(VulkanDevice *device, Replay *replay);
VkResult record_chunks(VulkanDevice *device, Replay *replay);
