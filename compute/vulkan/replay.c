/* SPDX-License-Identifier: Apache-2.0 */
/* Compiling a program once and replaying it: submission in chunks, cancelling between them. */
#include "compute/vulkan/replay.h"

/* The graph's dispatches, once more when the first time brought questions up. */
static bool
list_dispatches(VulkanDevice *device, DispatchList *list, const Graph *graph, const Plan *plan,
                DeviceBuffer **arena, GError **error)
{
    bool news;
    if (!dispatch_list_init(list, device, graph, plan, arena, error)) {
        tuner_forget(device->tuner);
        return false;
    }
    bool done = tuner_run(device->tuner, &news, error);
    if (done && news) {
        dispatch_list_clear(list);
        done = dispatch_list_init(list, device, graph, plan, arena, error);
    }
    tuner_forget(device->tuner);
    return done;
}

void *
replay_compile(Device *base, const Graph *graph, const Plan *plan, DeviceBuffer **arena,
               GError **error)
{
    VulkanDevice *device = (VulkanDevice *)base;
    Replay *replay = g_new0(Replay, 1);
    replay->set_pools = g_array_new(FALSE, FALSE, sizeof(VkDescriptorPool));
    replay->slices = g_array_new(FALSE, FALSE, sizeof(Slice));
    replay->chunks = g_array_new(FALSE, FALSE, sizeof(Chunk));
    if (!list_dispatches(device, &replay->list, graph, plan, arena, error)) {
        replay_free(base, replay);
        return NULL;
    }
    chunk_divide(replay, device->base.software);
    VkFenceCreateInfo fence_info = {.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO};
    VkResult result = record_sets(device, replay);
    for (int i = 0; i < REPLAY_IN_FLIGHT && result == VK_SUCCESS; i++)
        result = VULKAN_MAKE(device,
                             vkCreateFence(device->handle, &fence_info, NULL, &replay->fences[i]));
    if (result == VK_SUCCESS)
        result = record_chunks(device, replay);
    if (result != VK_SUCCESS)
        vulkan_fail(device, result, "could not record a program", error);
    if (result != VK_SUCCESS || !instance_check(&device->instance, error)) {
        replay_free(base, replay);
        return NULL;
    }
    pipeline_cache_save(device);
    return replay;
}

void
replay_free(Device *base, void *compiled)
{
    VulkanDevice *device = (VulkanDevice *)base;
    Replay *replay = compiled;
    if (!replay)
        return;
    if (device->lost)
        vkDeviceWaitIdle(device->handle);
    vkDestroyCommandPool(device->handle, replay->pool, NULL);
    vkDestroyQueryPool(device->handle, replay->queries, NULL);
    for (guint i = 0; i < replay->set_pools->len; i++)
        vkDestroyDescriptorPool(device->handle,
                                g_array_index(replay->set_pools, VkDescriptorPool, i), NULL);
    for (int i = 0; i < REPLAY_IN_FLIGHT; i++)
        vkDestroyFence(device->handle, replay->fences[i], NULL);
    g_array_unref(replay->set_pools);
    g_array_unref(replay->slices);
    g_array_unref(replay->chunks);
    g_free(replay->sets);
    dispatch_list_clear(&replay->list);
    g_free(replay);
}

static void
add_profile(VulkanDevice *device, const Replay *replay)
{
    guint n = replay->slices->len;
    g_autofree uint64_t *ticks = g_new0(uint64_t, 2 * n + 1);
    if (!replay->queries || n == 0 ||
        vkGetQueryPoolResults(device->handle, replay->queries, 0, 2 * n, 2 * n * sizeof *ticks,
                              ticks, sizeof *ticks, VK_QUERY_RESULT_64_BIT) != VK_SUCCESS)
        return;
    double tick_s = (double)device->properties.limits.timestampPeriod * 1e-9;
    for (guint i = 0, end; i < n; i = end) { /* the slices of a dispatch follow each other */
        guint index = g_array_index(replay->slices, Slice, i).dispatch;
        const Dispatch *dispatch = replay_dispatch(replay, index);
        double seconds = 0;
        for (end = i; end < n && g_array_index(replay->slices, Slice, end).dispatch == index; end++)
            seconds += (double)(ticks[2 * end + 1] - ticks[2 * end]) * tick_s;
        bool is_first = index == 0 || replay_dispatch(replay, index - 1)->node != dispatch->node;
        device_profile_add(&device->base, dispatch->node, dispatch->pipeline->stem, is_first,
                           (double)(ticks[2 * i] - ticks[0]) * tick_s, seconds);
    }
}

/* Waits for the chunk and notes how long it took. */
static bool
finish_chunk(VulkanDevice *device, Replay *replay, guint index, gint64 *last_us, GError **error)
{
    if (!vulkan_fence_wait(device, replay->fences[index % REPLAY_IN_FLIGHT], error))
        return false;
    gint64 now_us = g_get_monotonic_time();
    g_array_index(replay->chunks, Chunk, index).seconds = (double)(now_us - *last_us) * 1e-6;
    *last_us = now_us;
    return true;
}

/* Submits the chunks in turn, REPLAY_IN_FLIGHT at a time. On any failure or cancelling what was
 * submitted is waited for, so that nothing runs when this returns. */
static bool
run_chunks(VulkanDevice *device, Replay *replay, GCancellable *cancellable, GError **error)
{
    guint n = replay->chunks->len, submitted = 0, finished = 0;
    gint64 last_us = g_get_monotonic_time();
    bool ok = true;
    while (ok ? finished < n : finished < submitted) {
        while (ok && submitted < n && submitted - finished < REPLAY_IN_FLIGHT) {
            const Chunk *chunk = &g_array_index(replay->chunks, Chunk, submitted);
            ok = !g_cancellable_set_error_if_cancelled(cancellable, error) &&
                 vulkan_submit(device, chunk->commands,
                               replay->fences[submitted % REPLAY_IN_FLIGHT], error);
            submitted += ok;
        }
        if (finished == submitted)
            break;
        if (!finish_chunk(device, replay, finished, &last_us, ok ? error : NULL)) {
            if (!device->lost) /* else replay_free waits */
                vkDeviceWaitIdle(device->handle);
            return false;
        }
        finished++;
    }
    return ok;
}

bool
replay_run(Device *base, void *compiled, GCancellable *cancellable, GError **error)
{
    VulkanDevice *device = (VulkanDevice *)base;
    Replay *replay = compiled;
    if (!replay->recorded ||
        (base->profile && device->can_timestamp) != (replay->queries != VK_NULL_HANDLE)) {
        VkResult result = record_chunks(device, replay);
        if (result != VK_SUCCESS)
            return vulkan_fail(device, result, "could not record a program", error);
    }
    if (!run_chunks(device, replay, cancellable, error))
        return false;
    if (base->profile)
        add_profile(device, replay);
    chunk_rebalance(replay);
    return instance_check(&device->instance, error);
}
