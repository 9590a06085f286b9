/* SPDX-License-Identifier: Apache-2.0 */
/* Device memory: small buffers are cut from shared blocks of 64 MiB, since a driver may allow only
 * 4096 allocations; a large one has a block of its own. Freed ranges merge with their neighbours,
 * and an empty block goes back to the driver. */
#include "compute/vulkan/vulkan_device.h"

#include <string.h>

#define SHARED_BLOCK_SIZE ((VkDeviceSize)64 << 20)
#define SHARED_LIMIT (SHARED_BLOCK_SIZE / 4) /* larger buffers get their own block */

typedef struct {
    VkDeviceSize offset, size;
} Gap;

guint64
vulkan_heap_size(const VkPhysicalDeviceMemoryProperties *memory)
{
    guint64 size = 0;
    for (uint32_t i = 0; i < memory->memoryHeapCount; i++) {
        if (memory->memoryHeaps[i].flags & VK_MEMORY_HEAP_DEVICE_LOCAL_BIT)
            size = MAX(size, memory->memoryHeaps[i].size);
    }
    return size;
}

/* What the heap of the device's own memory has left: what the driver says where it can, which
 * counts other programs too, else its size without what we took. */
size_t
vulkan_memory_available(Device *base)
{
    VulkanDevice *device = (VulkanDevice *)base;
    guint64 limit = MIN(vulkan_heap_size(&device->memory), device->max_memory);
    guint64 left = limit > device->allocated ? limit - device->allocated : 0;
    if (!device->has_budget)
        return left;
    VkPhysicalDeviceMemoryBudgetPropertiesEXT budget = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_BUDGET_PROPERTIES_EXT};
    VkPhysicalDeviceMemoryProperties2 properties = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_PROPERTIES_2, .pNext = &budget};
    vkGetPhysicalDeviceMemoryProperties2(device->physical, &properties);
    guint64 most = 0;
    for (uint32_t i = 0; i < device->memory.memoryHeapCount; i++) {
        if ((device->memory.memoryHeaps[i].flags & VK_MEMORY_HEAP_DEVICE_LOCAL_BIT) &&
            budget.heapBudget[i] > budget.heapUsage[i])
            most = MAX(most, budget.heapBudget[i] - budget.heapUsage[i]);
    }
    return MIN(left, most);
}

/* The first allowed memory type with all flags, -1 when there is none. */
static int
memory_type(const VulkanDevice *device, uint32_t allowed, VkMemoryPropertyFlags flags)
{
    for (uint32_t i = 0; i < device->memory.memoryTypeCount; i++) {
        if ((allowed & 1u << i) && (device->memory.memoryTypes[i].propertyFlags & flags) == flags)
            return (int)i;
    }
    return -1;
}

#define HOST_FLAGS (VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT)

static int
choose_type(const VulkanDevice *device, uint32_t allowed, bool host)
{
    static const VkMemoryPropertyFlags host_wishes[] = {
        HOST_FLAGS | VK_MEMORY_PROPERTY_HOST_CACHED_BIT, HOST_FLAGS};
    static const VkMemoryPropertyFlags device_wishes[] = {VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT, 0};
    int type = -1;
    if (!host && device->unified) {
        for (int i = 0; i < 2 && type < 0; i++)
            type =
                memory_type(device, allowed, host_wishes[i] | VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT);
    }
    for (int i = 0; i < 2 && type < 0; i++)
        type = memory_type(device, allowed, host ? host_wishes[i] : device_wishes[i]);
    return type;
}

/* A VkBuffer of size bytes with memory of its own, mapped where the host can reach it. */
static VkResult
allocate(VulkanDevice *device, VkDeviceSize size, bool host, VkBuffer *buffer,
         VkDeviceMemory *memory, char **mapped)
{
    *buffer = VK_NULL_HANDLE;
    *memory = VK_NULL_HANDLE;
    *mapped = NULL;
    VkBufferCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
        .size = size,
        .usage = VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT |
                 (host ? 0 : VK_BUFFER_USAGE_STORAGE_BUFFER_BIT),
    };
    VkResult result = VULKAN_MAKE(device, vkCreateBuffer(device->handle, &info, NULL, buffer));
    if (result != VK_SUCCESS) {
        *buffer = VK_NULL_HANDLE;
        return result;
    }
    VkMemoryRequirements needs;
    vkGetBufferMemoryRequirements(device->handle, *buffer, &needs);
    int type = choose_type(device, needs.memoryTypeBits, host);
    VkMemoryAllocateInfo allocation = {
        .sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
        .allocationSize = needs.size,
        .memoryTypeIndex = (uint32_t)MAX(type, 0),
    };
    result = type < 0
                 ? VK_ERROR_FEATURE_NOT_PRESENT
                 : VULKAN_MAKE(device, vkAllocateMemory(device->handle, &allocation, NULL, memory));
    if (result != VK_SUCCESS)
        *memory = VK_NULL_HANDLE;
    else
        result = VULKAN_MAKE(device, vkBindBufferMemory(device->handle, *buffer, *memory, 0));
    bool reachable =
        type >= 0 && (device->memory.memoryTypes[type].propertyFlags & HOST_FLAGS) == HOST_FLAGS;
    if (result == VK_SUCCESS && reachable && (host || device->unified))
        result = VULKAN_MAKE(
            device, vkMapMemory(device->handle, *memory, 0, VK_WHOLE_SIZE, 0, (void **)mapped));
    if (result != VK_SUCCESS) {
        vkDestroyBuffer(device->handle, *buffer, NULL);
        vkFreeMemory(device->handle, *memory, NULL);
    }
    return result;
}

bool
vulkan_host_buffer_new(VulkanDevice *device, VkDeviceSize size, VkBuffer *buffer,
                       VkDeviceMemory *memory, char **mapped, GError **error)
{
    VkResult result = allocate(device, size, true, buffer, memory, mapped);
    if (result == VK_SUCCESS)
        return true;
    *buffer = VK_NULL_HANDLE;
    *memory = VK_NULL_HANDLE;
    return vulkan_fail(device, result, "could not get memory to talk to the host", error);
}

static void
block_free(VulkanDevice *device, Block *block)
{
    vkDestroyBuffer(device->handle, block->buffer, NULL);
    vkFreeMemory(device->handle, block->memory, NULL);
    device->allocated -= block->size;
    g_array_unref(block->gaps);
    g_free(block);
}

static Block *
block_new(VulkanDevice *device, VkDeviceSize size, GError **error)
{
    size_t available = vulkan_memory_available(&device->base);
    Block *block = g_new0(Block, 1);
    VkResult result = VK_ERROR_OUT_OF_DEVICE_MEMORY;
    if (size <= available)
        result = allocate(device, size, false, &block->buffer, &block->memory, &block->mapped);
    if (result != VK_SUCCESS) {
        g_autofree char *what =
            g_strdup_printf("could not get %.1f MiB of memory (%.1f MiB are in use, %.1f free)",
                            (double)size / (1 << 20), (double)device->allocated / (1 << 20),
                            (double)available / (1 << 20));
        g_free(block);
        vulkan_fail(device, result, what, error);
        return NULL;
    }
    block->size = size;
    block->gaps = g_array_new(FALSE, FALSE, sizeof(Gap));
    Gap whole = {0, size};
    g_array_append_val(block->gaps, whole);
    device->allocated += size;
    g_ptr_array_add(device->blocks, block);
    return block;
}

/* Cuts size bytes from the smallest gap that holds them. */
static bool
block_take(Block *block, VkDeviceSize size, VkDeviceSize *offset)
{
    Gap *best = NULL;
    guint best_index = 0;
    for (guint i = 0; i < block->gaps->len; i++) {
        Gap *gap = &g_array_index(block->gaps, Gap, i);
        if (gap->size >= size && (!best || gap->size < best->size)) {
            best = gap;
            best_index = i;
        }
    }
    if (!best)
        return false;
    *offset = best->offset;
    best->offset += size;
    best->size -= size;
    if (best->size == 0)
        g_array_remove_index(block->gaps, best_index);
    return true;
}

static void
block_give_back(Block *block, VkDeviceSize offset, VkDeviceSize size)
{
    guint i = 0;
    while (i < block->gaps->len && g_array_index(block->gaps, Gap, i).offset < offset)
        i++;
    Gap gap = {offset, size};
    if (i < block->gaps->len && g_array_index(block->gaps, Gap, i).offset == offset + size) {
        gap.size += g_array_index(block->gaps, Gap, i).size;
        g_array_remove_index(block->gaps, i);
    }
    if (i > 0) {
        Gap *before = &g_array_index(block->gaps, Gap, i - 1);
        if (before->offset + before->size == gap.offset) {
            before->size += gap.size;
            return;
        }
    }
    g_array_insert_val(block->gaps, i, gap);
}

static bool
block_is_empty(const Block *block)
{
    return block->gaps->len == 1 && g_array_index(block->gaps, Gap, 0).size == block->size;
}

static VkDeviceSize
round_up(VkDeviceSize size, VkDeviceSize alignment)
{
    return (size + alignment - 1) / alignment * alignment;
}

DeviceBuffer *
vulkan_buffer_new(Device *base, size_t size, GError **error)
{
    VulkanDevice *device = (VulkanDevice *)base;
    if (size > (size_t)G_MAXINT64) {
        vulkan_fail(device, VK_ERROR_OUT_OF_DEVICE_MEMORY, "could not get a buffer", error);
        return NULL;
    }
    VkDeviceSize rounded = round_up(size, base->alignment), offset = 0;
    Block *block = NULL;
    if (rounded <= SHARED_LIMIT) {
        for (guint i = 0; i < device->blocks->len && !block; i++) {
            Block *candidate = device->blocks->pdata[i];
            if (block_take(candidate, rounded, &offset))
                block = candidate;
        }
    }
    if (!block) {
        block = block_new(device, rounded <= SHARED_LIMIT ? SHARED_BLOCK_SIZE : rounded, error);
        if (!block)
            return NULL;
        block_take(block, rounded, &offset);
    }
    VulkanBuffer *buffer = g_new0(VulkanBuffer, 1);
    buffer->base.device = base;
    buffer->base.size = size;
    buffer->block = block;
    buffer->offset = offset;
    if (!transfer_zero(buffer, error)) {
        vulkan_buffer_free(&buffer->base);
        return NULL;
    }
    return &buffer->base;
}

void
vulkan_buffer_free(DeviceBuffer *base)
{
    VulkanBuffer *buffer = (VulkanBuffer *)base;
    VulkanDevice *device = (VulkanDevice *)base->device;
    transfer_wait(device, NULL);
    block_give_back(buffer->block, buffer->offset, round_up(base->size, base->device->alignment));
    bool spare = false; /* one empty shared block stays: tests and previews come and go */
    for (guint i = 0; i < device->blocks->len; i++) {
        Block *block = device->blocks->pdata[i];
        spare |=
            block != buffer->block && block->size == SHARED_BLOCK_SIZE && block_is_empty(block);
    }
    if (block_is_empty(buffer->block) && (spare || buffer->block->size != SHARED_BLOCK_SIZE)) {
        g_ptr_array_remove(device->blocks, buffer->block);
        block_free(device, buffer->block);
    }
    g_free(buffer);
}

void
vulkan_memory_clear(VulkanDevice *device)
{
    for (guint i = 0; device->blocks && i < device->blocks->len; i++)
        block_free(device, device->blocks->pdata[i]);
    g_clear_pointer(&device->blocks, g_ptr_array_unref);
}
