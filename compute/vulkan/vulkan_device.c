/* SPDX-License-Identifier: Apache-2.0 */
/* Which Vulkan devices can run us, and opening one. Vulkan 1.1 with 32-bit storage buffers is all
 * we ask: no extension, no optional feature. Without a loader or driver the list is empty. */
#include "compute/vulkan/cooperative_khr.h"
#include "compute/vulkan/vulkan_device.h"

#include <string.h>

#define MIN_BINDINGS 8
#define MAX_BUFFER ((size_t)1 << 30)

static bool
is_software(const VkPhysicalDeviceProperties *properties)
{
    return properties->deviceType == VK_PHYSICAL_DEVICE_TYPE_CPU;
}

/* A queue family that computes, -1 when there is none. *timestamps: whether it tells the time. */
static int
find_queue_family(VkPhysicalDevice physical, bool *timestamps)
{
    uint32_t n = 0;
    vkGetPhysicalDeviceQueueFamilyProperties(physical, &n, NULL);
    g_autofree VkQueueFamilyProperties *families = g_new0(VkQueueFamilyProperties, n + 1);
    vkGetPhysicalDeviceQueueFamilyProperties(physical, &n, families);
    for (uint32_t i = 0; i < n; i++) {
        if (families[i].queueCount > 0 && (families[i].queueFlags & VK_QUEUE_COMPUTE_BIT)) {
            *timestamps = families[i].timestampValidBits > 0;
            return (int)i;
        }
    }
    return -1;
}

/* NULL when the device can run every shader, else what it lacks. */
static const char *
what_is_missing(VkPhysicalDevice physical, const VkPhysicalDeviceProperties *properties)
{
    const VkPhysicalDeviceLimits *limits = &properties->limits;
    bool timestamps;
    if (properties->apiVersion < VK_API_VERSION_1_1)
        return "Vulkan 1.1";
    if (find_queue_family(physical, &timestamps) < 0)
        return "a compute queue";
    if (limits->maxPushConstantsSize < PUSH_MAX)
        return "128 bytes of push constants";
    if (limits->maxComputeWorkGroupInvocations < 256 || limits->maxComputeWorkGroupSize[0] < 256)
        return "work groups of 256";
    if (limits->maxComputeSharedMemorySize < 16384)
        return "16 KiB of shared memory";
    if (limits->maxPerStageDescriptorStorageBuffers < MIN_BINDINGS)
        return "8 storage buffers a shader";
    return NULL;
}

static char *
describe(VkPhysicalDevice physical, const VkPhysicalDeviceProperties *properties)
{
    VkPhysicalDeviceDriverProperties driver = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRIVER_PROPERTIES,
    };
    if (properties->apiVersion >= VK_API_VERSION_1_2) {
        VkPhysicalDeviceProperties2 properties2 = {
            .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &driver};
        vkGetPhysicalDeviceProperties2(physical, &properties2);
    }
    if (driver.driverInfo[0])
        return g_strdup_printf("%s, %s", properties->deviceName, driver.driverInfo);
    return g_strdup(properties->deviceName);
}

/* Discrete GPUs first, drivers on the CPU last. */
static int
rank(VkPhysicalDeviceType type)
{
    switch (type) {
    case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU:
        return 0;
    case VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU:
        return 1;
    case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU:
        return 2;
    case VK_PHYSICAL_DEVICE_TYPE_CPU:
        return 4;
    default:
        return 3;
    }
}

void
vulkan_device_describe(GPtrArray *infos)
{
    Instance instance;
    if (!instance_init(&instance, NULL)) {
        instance_clear(&instance);
        return;
    }
    g_autoptr(GArray) devices = instance_physical_devices(&instance);
    for (int wanted = 0; wanted <= 4; wanted++) {
        for (guint i = 0; i < devices->len; i++) {
            VkPhysicalDevice physical = g_array_index(devices, VkPhysicalDevice, i);
            VkPhysicalDeviceProperties properties;
            VkPhysicalDeviceMemoryProperties memory;
            vkGetPhysicalDeviceProperties(physical, &properties);
            vkGetPhysicalDeviceMemoryProperties(physical, &memory);
            if (rank(properties.deviceType) != wanted || what_is_missing(physical, &properties))
                continue;
            DeviceInfo *info = g_new0(DeviceInfo, 1);
            info->name = g_strdup_printf("vulkan:%u", i);
            info->description = describe(physical, &properties);
            info->memory = vulkan_heap_size(&memory);
            info->software = is_software(&properties);
            g_ptr_array_add(infos, info);
        }
    }
    instance_clear(&instance);
}

static void
vulkan_device_close(Device *base)
{
    VulkanDevice *device = (VulkanDevice *)base;
    if (device->handle) {
        vkDeviceWaitIdle(device->handle);
        transfer_clear(device);
        device_buffer_free(device->scratch);
        device_buffer_free(device->zero);
        pipeline_clear(device);
        g_clear_pointer(&device->tuner, tuner_free);
        vulkan_memory_clear(device);
        vkDestroyDevice(device->handle, NULL);
    }
    g_autoptr(GError) complaint = NULL; /* of what was left behind */
    if (device->instance.handle && !instance_check(&device->instance, &complaint))
        g_warning("%s", complaint->message);
    g_clear_pointer(&device->blocks, g_ptr_array_unref);
    instance_clear(&device->instance);
    g_free(device);
}

static bool
has_extension(VkPhysicalDevice physical, const char *name)
{
    uint32_t n = 0;
    vkEnumerateDeviceExtensionProperties(physical, NULL, &n, NULL);
    g_autofree VkExtensionProperties *extensions = g_new0(VkExtensionProperties, n + 1);
    vkEnumerateDeviceExtensionProperties(physical, NULL, &n, extensions);
    for (uint32_t i = 0; i < n; i++) {
        if (g_str_equal(extensions[i].extensionName, name))
            return true;
    }
    return false;
}

static bool
open_queue(VulkanDevice *device, GError **error)
{
    int family = find_queue_family(device->physical, &device->can_timestamp);
    device->base.cannot_profile = !device->can_timestamp;
    device->queue_family = (uint32_t)family;
    float priority = 1;
    VkDeviceQueueCreateInfo queue_info = {
        .sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
        .queueFamilyIndex = device->queue_family,
        .queueCount = 1,
        .pQueuePriorities = &priority,
    };
    /* Below what draws the desktop, which then stays alive. */
    VkDeviceQueueGlobalPriorityCreateInfoKHR low = {
        .sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_GLOBAL_PRIORITY_CREATE_INFO_KHR,
        .globalPriority = VK_QUEUE_GLOBAL_PRIORITY_LOW_KHR,
    };
    const char *names[3];
    uint32_t n_names = 0;
    if (has_extension(device->physical, VK_KHR_GLOBAL_PRIORITY_EXTENSION_NAME)) {
        names[n_names++] = VK_KHR_GLOBAL_PRIORITY_EXTENSION_NAME;
        queue_info.pNext = &low;
    }
    device->has_budget = has_extension(device->physical, VK_EXT_MEMORY_BUDGET_EXTENSION_NAME);
    if (device->has_budget)
        names[n_names++] = VK_EXT_MEMORY_BUDGET_EXTENSION_NAME;
    VkPhysicalDevice16BitStorageFeatures storage = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_16BIT_STORAGE_FEATURES,
        .storageBuffer16BitAccess = device->base.stores_half,
    };
    CoopFeatures coop;
    coop_features_init(&coop, &device->coop, &storage);
    if (coop.extension)
        names[n_names++] = coop.extension;
    VkDeviceCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
        .pNext = coop.first,
        .queueCreateInfoCount = 1,
        .pQueueCreateInfos = &queue_info,
        .enabledExtensionCount = n_names,
        .ppEnabledExtensionNames = names,
    };
    VkResult result =
        VULKAN_MAKE(device, vkCreateDevice(device->physical, &info, NULL, &device->handle));
    if (result != VK_SUCCESS) {
        device->handle = VK_NULL_HANDLE;
        return vulkan_fail(device, result, "could not be opened", error);
    }
    vkGetDeviceQueue(device->handle, device->queue_family, 0, &device->queue);
    return true;
}

static void
read_properties(VulkanDevice *device)
{
    VkPhysicalDeviceMaintenance3Properties maintenance = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_3_PROPERTIES};
    VkPhysicalDeviceIDProperties id = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_ID_PROPERTIES,
                                       .pNext = &maintenance};
    VkPhysicalDeviceProperties2 properties = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &id};
    vkGetPhysicalDeviceProperties2(device->physical, &properties);
    vkGetPhysicalDeviceMemoryProperties(device->physical, &device->memory);
    const VkPhysicalDeviceLimits *limits = &properties.properties.limits;
    /* TORCHLIGHT_VULKAN_MEMORY=MIB leaves the rest of the device's memory to others. */
    const char *most = g_getenv("TORCHLIGHT_VULKAN_MEMORY");
    guint64 most_mib = most ? g_ascii_strtoull(most, NULL, 10) : 0;
    device->max_memory = most_mib > 0 ? most_mib << 20 : G_MAXUINT64;
    VkPhysicalDevice16BitStorageFeatures storage = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_16BIT_STORAGE_FEATURES};
    VkPhysicalDeviceFeatures2 features = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2,
                                          .pNext = &storage};
    vkGetPhysicalDeviceFeatures2(device->physical, &features);
    device->base.stores_half = storage.storageBuffer16BitAccess;
    coop_find(device);
    memcpy(device->driver_uuid, id.driverUUID, VK_UUID_SIZE);
    device->base.software = is_software(&properties.properties);
    /* TORCHLIGHT_VULKAN_STAGING=1 copies as a discrete GPU needs it, to test that way anywhere. */
    const char *staging = g_getenv("TORCHLIGHT_VULKAN_STAGING");
    bool force_staging = staging && *staging && !g_str_equal(staging, "0");
    device->unified = !force_staging &&
                      (device->base.software ||
                       properties.properties.deviceType == VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU);
    /* A quarter of the heap at most, so that a few arenas and the weights fit beside each other. */
    guint64 size = MIN(MAX_BUFFER, limits->maxStorageBufferRange);
    size = MIN(size, maintenance.maxMemoryAllocationSize);
    size = MIN(size, MAX(MIN(vulkan_heap_size(&device->memory), device->max_memory) / 4,
                         (guint64)16 << 20));
    device->base.alignment = MAX(64, (size_t)limits->minStorageBufferOffsetAlignment);
    device->base.max_buffer_size = size / device->base.alignment * device->base.alignment;
}

static const DeviceClass vulkan_class = {
    .buffer_new = vulkan_buffer_new,
    .buffer_free = vulkan_buffer_free,
    .buffer_write = transfer_write,
    .buffer_read = transfer_read,
    .compile = replay_compile,
    .run = replay_run,
    .compiled_free = replay_free,
    .available = vulkan_memory_available,
    .close = vulkan_device_close,
};

Device *
vulkan_device_new(int index, GError **error)
{
    VulkanDevice *device = g_new0(VulkanDevice, 1);
    device->base.class = &vulkan_class;
    device->blocks = g_ptr_array_new();
    if (!instance_init(&device->instance, error)) {
        device_close(&device->base);
        return NULL;
    }
    g_autoptr(GArray) devices = instance_physical_devices(&device->instance);
    if (index < 0 || (guint)index >= devices->len) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                    "There is no device \"vulkan:%d\": `torchlight devices` lists those there are.",
                    index);
        device_close(&device->base);
        return NULL;
    }
    device->physical = g_array_index(devices, VkPhysicalDevice, index);
    vkGetPhysicalDeviceProperties(device->physical, &device->properties);
    device->base.name = g_strdup_printf("vulkan:%d", index);
    device->base.description = describe(device->physical, &device->properties);
    const char *missing = what_is_missing(device->physical, &device->properties);
    if (missing) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                    "%s lacks %s: update its driver, or take the CPU device.",
                    device->base.description, missing);
        device_close(&device->base);
        return NULL;
    }
    fault_init(device);
    read_properties(device);
    if (!open_queue(device, error) || !pipeline_cache_open(device, error) ||
        !(device->zero = device_buffer_new(&device->base, 256, error)) ||
        !instance_check(&device->instance, error)) {
        device_close(&device->base);
        return NULL;
    }
    device->tuner = tuner_new(device);
    return &device->base;
}
