/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes between host and device: copied in place where device memory is mapped, else through a
 * staging buffer of two halves, so that the host fills one while the device empties the other. */
#include "compute/vulkan/vulkan_device.h"

#include <string.h>

#define HALF_SIZE ((VkDeviceSize)8 << 20)
#define FENCE_SLICE_NS ((uint64_t)1000000000)
/* A chunk of a GPU takes under a second; software drivers may take any. */
#define FENCE_LIMIT_S 120

void
vulkan_barrier(VkCommandBuffer commands, VkPipelineStageFlags from, VkAccessFlags written,
               VkPipelineStageFlags to, VkAccessFlags read)
{
    VkMemoryBarrier barrier = {
        .sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
        .srcAccessMask = written,
        .dstAccessMask = read,
    };
    vkCmdPipelineBarrier(commands, from, to, 0, 1, &barrier, 0, NULL, 0, NULL);
}

bool
vulkan_fence_wait(VulkanDevice *device, VkFence fence, GError **error)
{
    VkResult result = VK_TIMEOUT;
    for (int i = 0; result == VK_TIMEOUT && (device->base.software || i < FENCE_LIMIT_S); i++)
        result = VULKAN_WORK(device,
                             vkWaitForFences(device->handle, 1, &fence, VK_TRUE, FENCE_SLICE_NS));
    if (result == VK_SUCCESS)
        result = vkResetFences(device->handle, 1, &fence);
    return result == VK_SUCCESS || vulkan_fail(device, result, "could not finish its work", error);
}

bool
vulkan_submit(VulkanDevice *device, VkCommandBuffer commands, VkFence fence, GError **error)
{
    VkSubmitInfo info = {
        .sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
        .commandBufferCount = 1,
        .pCommandBuffers = &commands,
    };
    VkResult result = device->lost
                          ? VK_ERROR_DEVICE_LOST
                          : VULKAN_WORK(device, vkQueueSubmit(device->queue, 1, &info, fence));
    return result == VK_SUCCESS || vulkan_fail(device, result, "could not be given work", error);
}

static bool
staging_init(VulkanDevice *device, GError **error)
{
    Staging *staging = &device->staging;
    if (staging->pool)
        return true;
    if (!staging->buffer &&
        !vulkan_host_buffer_new(device, STAGING_N_HALVES * HALF_SIZE, &staging->buffer,
                                &staging->memory, &staging->mapped, error))
        return false;
    VkCommandPoolCreateInfo pool_info = {
        .sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
        .flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT,
        .queueFamilyIndex = device->queue_family,
    };
    VkResult result =
        VULKAN_MAKE(device, vkCreateCommandPool(device->handle, &pool_info, NULL, &staging->pool));
    VkCommandBufferAllocateInfo info = {
        .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
        .commandPool = staging->pool,
        .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
        .commandBufferCount = 1,
    };
    VkFenceCreateInfo fence_info = {.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO};
    for (int i = 0; i < STAGING_N_HALVES && result == VK_SUCCESS; i++) {
        result = VULKAN_MAKE(
            device, vkAllocateCommandBuffers(device->handle, &info, &staging->halves[i].commands));
        if (result == VK_SUCCESS)
            result = VULKAN_MAKE(device, vkCreateFence(device->handle, &fence_info, NULL,
                                                       &staging->halves[i].fence));
    }
    if (result == VK_SUCCESS)
        return true;
    transfer_clear(device);
    return vulkan_fail(device, result, "could not prepare copying", error);
}

void
transfer_clear(VulkanDevice *device)
{
    Staging *staging = &device->staging;
    transfer_wait(device, NULL);
    for (int i = 0; i < STAGING_N_HALVES; i++)
        vkDestroyFence(device->handle, staging->halves[i].fence, NULL);
    vkDestroyCommandPool(device->handle, staging->pool, NULL);
    vkDestroyBuffer(device->handle, staging->buffer, NULL);
    vkFreeMemory(device->handle, staging->memory, NULL);
    *staging = (Staging){0};
}

static bool
half_wait(VulkanDevice *device, int half, GError **error)
{
    if (!device->staging.halves[half].in_flight)
        return true;
    device->staging.halves[half].in_flight = false;
    return vulkan_fence_wait(device, device->staging.halves[half].fence, error);
}

bool
transfer_wait(VulkanDevice *device, GError **error)
{
    bool ok = true;
    for (int i = 0; i < STAGING_N_HALVES; i++)
        ok = half_wait(device, i, ok ? error : NULL) && ok;
    return ok;
}

/* The next half, free and with its command buffer begun after everything submitted before; -1 on
 * failure. */
static int
half_begin(VulkanDevice *device, GError **error)
{
    if (device->lost) { /* what was submitted may still run */
        vulkan_fail(device, VK_ERROR_DEVICE_LOST, "could not be given work", error);
        return -1;
    }
    if (!staging_init(device, error))
        return -1;
    int half = device->staging.next;
    device->staging.next = (half + 1) % STAGING_N_HALVES;
    if (!half_wait(device, half, error))
        return -1;
    VkCommandBuffer commands = device->staging.halves[half].commands;
    VkCommandBufferBeginInfo info = {
        .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
        .flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT,
    };
    VkResult result = vkResetCommandBuffer(commands, 0); /* where recording failed */
    if (result == VK_SUCCESS)
        result = VULKAN_MAKE(device, vkBeginCommandBuffer(commands, &info));
    if (result != VK_SUCCESS) {
        vulkan_fail(device, result, "could not prepare copying", error);
        return -1;
    }
    vulkan_barrier(commands, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_TRANSFER_BIT,
                   VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT,
                   VK_PIPELINE_STAGE_TRANSFER_BIT,
                   VK_ACCESS_TRANSFER_READ_BIT | VK_ACCESS_TRANSFER_WRITE_BIT);
    return half;
}

static bool
half_submit(VulkanDevice *device, int half, GError **error)
{
    VkCommandBuffer commands = device->staging.halves[half].commands;
    vulkan_barrier(commands, VK_PIPELINE_STAGE_TRANSFER_BIT, VK_ACCESS_TRANSFER_WRITE_BIT,
                   VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_TRANSFER_BIT |
                       VK_PIPELINE_STAGE_HOST_BIT,
                   VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT |
                       VK_ACCESS_TRANSFER_READ_BIT | VK_ACCESS_TRANSFER_WRITE_BIT |
                       VK_ACCESS_HOST_READ_BIT);
    VkResult result = VULKAN_MAKE(device, vkEndCommandBuffer(commands));
    if (result != VK_SUCCESS)
        return vulkan_fail(device, result, "could not prepare copying", error);
    if (!vulkan_submit(device, commands, device->staging.halves[half].fence, error))
        return false;
    device->staging.halves[half].in_flight = true;
    return true;
}

bool
transfer_zero(VulkanBuffer *buffer, GError **error)
{
    VulkanDevice *device = (VulkanDevice *)buffer->base.device;
    size_t size = (buffer->base.size + 3) / 4 * 4;
    if (buffer->block->mapped) {
        memset(buffer->block->mapped + buffer->offset, 0, size);
        return true;
    }
    int half = half_begin(device, error);
    if (half < 0)
        return false;
    vkCmdFillBuffer(device->staging.halves[half].commands, buffer->block->buffer, buffer->offset,
                    size, 0);
    return half_submit(device, half, error);
}

bool
transfer_write(DeviceBuffer *base, size_t offset, const void *data, size_t size, GError **error)
{
    VulkanBuffer *buffer = (VulkanBuffer *)base;
    VulkanDevice *device = (VulkanDevice *)base->device;
    if (buffer->block->mapped) {
        if (size > 0)
            memcpy(buffer->block->mapped + buffer->offset + offset, data, size);
        return true;
    }
    for (size_t done = 0; done < size;) {
        size_t part = MIN(size - done, (size_t)HALF_SIZE);
        int half = half_begin(device, error);
        if (half < 0)
            return false;
        VkDeviceSize from = (VkDeviceSize)half * HALF_SIZE;
        memcpy(device->staging.mapped + from, (const char *)data + done, part);
        VkBufferCopy copy = {from, buffer->offset + offset + done, part};
        vkCmdCopyBuffer(device->staging.halves[half].commands, device->staging.buffer,
                        buffer->block->buffer, 1, &copy);
        if (!half_submit(device, half, error))
            return false;
        done += part;
    }
    return true;
}

bool
transfer_read(const DeviceBuffer *base, size_t offset, void *data, size_t size, GError **error)
{
    const VulkanBuffer *buffer = (const VulkanBuffer *)base;
    VulkanDevice *device = (VulkanDevice *)base->device;
    if (buffer->block->mapped) {
        if (size > 0)
            memcpy(data, buffer->block->mapped + buffer->offset + offset, size);
        return true;
    }
    size_t done = 0, pending = 0;
    int pending_half = -1;
    while (done < size || pending_half >= 0) {
        int half = -1;
        size_t part = MIN(size - done, (size_t)HALF_SIZE);
        if (part > 0) {
            half = half_begin(device, error);
            if (half < 0)
                return false;
            VkBufferCopy copy = {buffer->offset + offset + done, (VkDeviceSize)half * HALF_SIZE,
                                 part};
            vkCmdCopyBuffer(device->staging.halves[half].commands, buffer->block->buffer,
                            device->staging.buffer, 1, &copy);
            if (!half_submit(device, half, error))
                return false;
        }
        if (pending_half >= 0) {
            if (!half_wait(device, pending_half, error))
                return false;
            memcpy((char *)data + done - pending,
                   device->staging.mapped + (VkDeviceSize)pending_half * HALF_SIZE, pending);
        }
        pending_half = half;
        pending = part;
        done += part;
    }
    return true;
}
