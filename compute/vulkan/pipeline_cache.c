/* SPDX-License-Identifier: Apache-2.0 */
/* Compiled shaders kept between runs in the user's cache folder, one file a driver. A digest stands
 * before the driver's bytes: a file that was cut, damaged or made by another driver is ignored and
 * written anew. Nothing here can fail a run. */
#include "compute/vulkan/vulkan_device.h"

#include <string.h>

#define DIGEST_SIZE 32 /* SHA-256 */
#define MAX_CACHE ((size_t)256 << 20)

static char *
cache_path(const VulkanDevice *device)
{
    GString *name = g_string_new("vulkan-");
    for (int i = 0; i < VK_UUID_SIZE; i++)
        g_string_append_printf(name, "%02x", device->driver_uuid[i]);
    g_string_append_printf(name, "-%04x-%04x", device->properties.vendorID,
                           device->properties.deviceID);
    for (int i = 0; i < VK_UUID_SIZE; i++)
        g_string_append_printf(name, "%s%02x", i ? "" : "-",
                               device->properties.pipelineCacheUUID[i]);
    g_string_append(name, ".bin");
    char *path = g_build_filename(g_get_user_cache_dir(), "torchlight", name->str, NULL);
    g_string_free(name, TRUE);
    return path;
}

static void
digest(const void *data, size_t size, uint8_t out[DIGEST_SIZE])
{
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    g_checksum_update(checksum, data, (gssize)size);
    gsize length = DIGEST_SIZE;
    g_checksum_get_digest(checksum, out, &length);
}

/* The driver's bytes of the file, or none. */
static const char *
valid_part(const char *content, size_t size, size_t *part_size)
{
    *part_size = 0;
    if (!content || size <= DIGEST_SIZE || size > MAX_CACHE)
        return NULL;
    uint8_t expected[DIGEST_SIZE];
    digest(content + DIGEST_SIZE, size - DIGEST_SIZE, expected);
    if (memcmp(content, expected, DIGEST_SIZE) != 0)
        return NULL;
    *part_size = size - DIGEST_SIZE;
    return content + DIGEST_SIZE;
}

bool
pipeline_cache_open(VulkanDevice *device, GError **error)
{
    g_autofree char *path = cache_path(device);
    g_autofree char *content = NULL;
    gsize size = 0;
    if (!g_file_get_contents(path, &content, &size, NULL))
        content = NULL;
    size_t part_size;
    const char *part = valid_part(content, size, &part_size);
    VkPipelineCacheCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO,
        .initialDataSize = part_size,
        .pInitialData = part,
    };
    VkResult result = VULKAN_MAKE(
        device, vkCreatePipelineCache(device->handle, &info, NULL, &device->pipeline_cache));
    if (result != VK_SUCCESS && part) {
        info.initialDataSize = 0;
        info.pInitialData = NULL;
        result = VULKAN_MAKE(
            device, vkCreatePipelineCache(device->handle, &info, NULL, &device->pipeline_cache));
    }
    if (result == VK_SUCCESS)
        return true;
    device->pipeline_cache = VK_NULL_HANDLE;
    return vulkan_fail(device, result, "could not prepare its shaders", error);
}

void
pipeline_cache_save(VulkanDevice *device)
{
    size_t size = 0;
    if (!device->pipeline_cache_dirty || !device->pipeline_cache || device->lost)
        return;
    device->pipeline_cache_dirty = false;
    if (vkGetPipelineCacheData(device->handle, device->pipeline_cache, &size, NULL) != VK_SUCCESS ||
        size <= sizeof(VkPipelineCacheHeaderVersionOne) || size > MAX_CACHE - DIGEST_SIZE)
        return; /* this driver keeps nothing */
    g_autofree char *content = g_try_malloc(size + DIGEST_SIZE);
    if (!content || vkGetPipelineCacheData(device->handle, device->pipeline_cache, &size,
                                           content + DIGEST_SIZE) != VK_SUCCESS)
        return;
    digest(content + DIGEST_SIZE, size, (uint8_t *)content);
    g_autofree char *path = cache_path(device);
    g_autofree char *folder = g_path_get_dirname(path);
    if (g_mkdir_with_parents(folder, 0700) == 0)
        g_file_set_contents(path, content, (gssize)(size + DIGEST_SIZE), NULL);
}
