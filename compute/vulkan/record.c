/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptor sets and command buffers of a program. A barrier stands only where a dispatch touches
 * a range that an earlier one of the chunk wrote, or writes one that was read; the ends of a chunk
 * order everything. */
#include "compute/vulkan/replay.h"

#define SETS_PER_POOL 1024u

static VkResult
new_set_pool(VulkanDevice *device, Replay *replay, uint32_t n_sets, uint32_t n_descriptors)
{
    VkDescriptorPoolSize size = {VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, MAX(n_descriptors, 1)};
    VkDescriptorPoolCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO,
        .maxSets = n_sets,
        .poolSizeCount = 1,
        .pPoolSizes = &size,
    };
    VkDescriptorPool pool;
    VkResult result =
        VULKAN_MAKE(device, vkCreateDescriptorPool(device->handle, &info, NULL, &pool));
    if (result == VK_SUCCESS)
        g_array_append_val(replay->set_pools, pool);
    return result;
}

static void
write_set(VulkanDevice *device, const Dispatch *dispatch, const Binding *bindings,
          VkDescriptorSet set)
{
    VkDescriptorBufferInfo infos[DISPATCH_MAX_BINDINGS];
    VkWriteDescriptorSet writes[DISPATCH_MAX_BINDINGS];
    int n = dispatch->pipeline->n_bindings;
    for (int i = 0; i < n; i++) {
        const Binding *binding = &bindings[i];
        infos[i] = (VkDescriptorBufferInfo){binding->buffer->block->buffer,
                                            binding->buffer->offset + binding->offset,
                                            MAX(binding->range, 4)};
        writes[i] = (VkWriteDescriptorSet){
            .sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET,
            .dstSet = set,
            .dstBinding = (uint32_t)i,
            .descriptorCount = 1,
            .descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
            .pBufferInfo = &infos[i],
        };
    }
    vkUpdateDescriptorSets(device->handle, (uint32_t)n, writes, 0, NULL);
}

VkResult
record_sets(VulkanDevice *device, Replay *replay)
{
    guint n = replay->list.dispatches->len;
    replay->sets = g_new0(VkDescriptorSet, n + 1);
    VkResult result = VK_SUCCESS;
    for (guint i = 0; i < n && result == VK_SUCCESS; i++) {
        const Dispatch *dispatch = replay_dispatch(replay, i);
        if (i % SETS_PER_POOL == 0) {
            uint32_t n_sets = MIN(n - i, SETS_PER_POOL);
            guint end = i + n_sets;
            guint last_binding =
                end < n ? g_array_index(replay->list.dispatches, Dispatch, end).first_binding
                        : replay->list.bindings->len;
            result = new_set_pool(device, replay, n_sets, last_binding - dispatch->first_binding);
            if (result != VK_SUCCESS)
                break;
        }
        VkDescriptorSetAllocateInfo info = {
            .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO,
            .descriptorPool =
                g_array_index(replay->set_pools, VkDescriptorPool, replay->set_pools->len - 1),
            .descriptorSetCount = 1,
            .pSetLayouts = &device->set_layouts[dispatch->pipeline->n_bindings],
        };
        result =
            VULKAN_MAKE(device, vkAllocateDescriptorSets(device->handle, &info, &replay->sets[i]));
        if (result == VK_SUCCESS)
            write_set(device, dispatch,
                      &g_array_index(replay->list.bindings, Binding, dispatch->first_binding),
                      replay->sets[i]);
    }
    return result;
}

/* What the dispatches since the last barrier touched. */
typedef struct {
    VkBuffer buffer;
    VkDeviceSize begin, end;
    bool written;
    guint dispatch;
} Touch;

static bool
touches(const Replay *replay, guint index, GArray *since)
{
    const Dispatch *dispatch = replay_dispatch(replay, index);
    for (int i = 0; i < dispatch->pipeline->n_bindings; i++) {
        const Binding *binding =
            &g_array_index(replay->list.bindings, Binding, dispatch->first_binding + i);
        bool written = dispatch->pipeline->writes & 1u << i;
        if (!written && !(dispatch->pipeline->reads & 1u << i))
            continue;
        VkDeviceSize begin = binding->buffer->offset + binding->offset;
        for (guint j = 0; j < since->len; j++) {
            const Touch *touch = &g_array_index(since, Touch, j);
            if (touch->buffer == binding->buffer->block->buffer && (written || touch->written) &&
                begin < touch->end && touch->begin < begin + binding->range &&
                touch->dispatch != index)
                return true;
        }
    }
    return false;
}

static void
remember(const Replay *replay, guint index, GArray *since)
{
    const Dispatch *dispatch = replay_dispatch(replay, index);
    for (int i = 0; i < dispatch->pipeline->n_bindings; i++) {
        const Binding *binding =
            &g_array_index(replay->list.bindings, Binding, dispatch->first_binding + i);
        VkDeviceSize begin = binding->buffer->offset + binding->offset;
        Touch touch = {binding->buffer->block->buffer, begin, begin + binding->range,
                       dispatch->pipeline->writes & 1u << i, index};
        g_array_append_val(since, touch);
    }
}

static void
record_slice(const Replay *replay, VkCommandBuffer commands, const Slice *slice)
{
    const Dispatch *dispatch = replay_dispatch(replay, slice->dispatch);
    const Pipeline *pipeline = dispatch->pipeline;
    vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline->handle);
    vkCmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline->layout, 0, 1,
                            &replay->sets[slice->dispatch], 0, NULL);
    if (dispatch->push_size > 0)
        vkCmdPushConstants(commands, pipeline->layout, VK_SHADER_STAGE_COMPUTE_BIT, 0,
                           dispatch->push_size, dispatch->push);
    const uint32_t *base = slice->base, *count = slice->count;
    if (base[0] == 0 && base[1] == 0 && base[2] == 0) /* which synchronization validation knows */
        vkCmdDispatch(commands, count[0], count[1], count[2]);
    else
        vkCmdDispatchBase(commands, base[0], base[1], base[2], count[0], count[1], count[2]);
}

static void
record_slices(const Replay *replay, const Chunk *chunk, VkCommandBuffer commands)
{
    g_autoptr(GArray) since = g_array_new(FALSE, FALSE, sizeof(Touch));
    for (guint i = chunk->first; i < chunk->first + chunk->n; i++) {
        const Slice *slice = &g_array_index(replay->slices, Slice, i);
        if (touches(replay, slice->dispatch, since) || replay->queries) {
            vulkan_barrier(commands, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT,
                           VK_ACCESS_SHADER_WRITE_BIT, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT,
                           VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT);
            g_array_set_size(since, 0);
        }
        if (replay->queries)
            vkCmdWriteTimestamp(commands, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, replay->queries,
                                2 * i);
        record_slice(replay, commands, slice);
        if (replay->queries)
            vkCmdWriteTimestamp(commands, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, replay->queries,
                                2 * i + 1);
        remember(replay, slice->dispatch, since);
    }
}

static VkResult
record_chunk(VulkanDevice *device, const Replay *replay, const Chunk *chunk)
{
    VkCommandBufferBeginInfo info = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};
    VkResult result = VULKAN_MAKE(device, vkBeginCommandBuffer(chunk->commands, &info));
    if (result != VK_SUCCESS)
        return result;
    if (replay->queries)
        vkCmdResetQueryPool(chunk->commands, replay->queries, 2 * chunk->first, 2 * chunk->n);
    vulkan_barrier(chunk->commands,
                   VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_TRANSFER_BIT,
                   VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT,
                   VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT,
                   VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT);
    record_slices(replay, chunk, chunk->commands);
    vulkan_barrier(chunk->commands, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT,
                   VK_ACCESS_SHADER_WRITE_BIT,
                   VK_PIPELINE_STAGE_TRANSFER_BIT | VK_PIPELINE_STAGE_HOST_BIT,
                   VK_ACCESS_TRANSFER_READ_BIT | VK_ACCESS_HOST_READ_BIT);
    return VULKAN_MAKE(device, vkEndCommandBuffer(chunk->commands));
}

static VkResult
make_queries(VulkanDevice *device, Replay *replay)
{
    vkDestroyQueryPool(device->handle, replay->queries, NULL);
    replay->queries = VK_NULL_HANDLE;
    if (!device->base.profile || !device->can_timestamp)
        return VK_SUCCESS;
    VkQueryPoolCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO,
        .queryType = VK_QUERY_TYPE_TIMESTAMP,
        .queryCount = 2 * MAX(replay->slices->len, 1),
    };
    return VULKAN_MAKE(device, vkCreateQueryPool(device->handle, &info, NULL, &replay->queries));
}

VkResult
record_chunks(VulkanDevice *device, Replay *replay)
{
    vkDestroyCommandPool(device->handle, replay->pool, NULL);
    replay->pool = VK_NULL_HANDLE;
    VkCommandPoolCreateInfo pool_info = {
        .sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
        .queueFamilyIndex = device->queue_family,
    };
    VkResult result = make_queries(device, replay);
    if (result == VK_SUCCESS)
        result = VULKAN_MAKE(device,
                             vkCreateCommandPool(device->handle, &pool_info, NULL, &replay->pool));
    VkCommandBufferAllocateInfo info = {
        .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
        .commandPool = replay->pool,
        .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
        .commandBufferCount = 1,
    };
    for (guint i = 0; i < replay->chunks->len && result == VK_SUCCESS; i++) {
        Chunk *chunk = &g_array_index(replay->chunks, Chunk, i);
        result =
            VULKAN_MAKE(device, vkAllocateCommandBuffers(device->handle, &info, &chunk->commands));
        if (result == VK_SUCCESS)
            result = record_chunk(device, replay, chunk);
    }
    replay->recorded = result == VK_SUCCESS;
    return result;
}
