/* SPDX-License-Identifier: Apache-2.0 */
/* What a device's driver says of cooperative matrices, by either extension. Not run on hardware
 * yet: see cooperative.h. */
#include "compute/vulkan/cooperative_khr.h"
#include "compute/vulkan/vulkan_device.h"

static bool
has_extension(VkPhysicalDevice physical, const char *name)
{
    uint32_t n = 0;
    vkEnumerateDeviceExtensionProperties(physical, NULL, &n, NULL);
    g_autofree VkExtensionProperties *all = g_new0(VkExtensionProperties, n + 1);
    vkEnumerateDeviceExtensionProperties(physical, NULL, &n, all);
    for (uint32_t i = 0; i < n; i++) {
        if (g_str_equal(all[i].extensionName, name))
            return true;
    }
    return false;
}

static CoopPick
pick_khr(VulkanDevice *device, uint32_t subgroup)
{
    PFN_vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR list =
        (PFN_vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR)vkGetInstanceProcAddr(
            device->instance.handle, "vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR");
    uint32_t n = 0;
    if (!list || list(device->physical, &n, NULL) != VK_SUCCESS)
        return (CoopPick){0};
    g_autofree VkCooperativeMatrixPropertiesKHR *all =
        g_new0(VkCooperativeMatrixPropertiesKHR, n + 1);
    g_autofree CoopShape *shapes = g_new0(CoopShape, n + 1);
    for (uint32_t i = 0; i < n; i++)
        all[i].sType = VK_STRUCTURE_TYPE_COOPERATIVE_MATRIX_PROPERTIES_KHR;
    if (list(device->physical, &n, all) != VK_SUCCESS)
        return (CoopPick){0};
    for (uint32_t i = 0; i < n; i++)
        shapes[i] = (CoopShape){all[i].MSize,           all[i].NSize,      all[i].KSize,
                                (int)all[i].AType,      (int)all[i].BType, (int)all[i].CType,
                                (int)all[i].ResultType, (int)all[i].scope};
    return coop_pick(COOP_KHR, shapes, n, subgroup);
}

static CoopPick
pick_nv(VulkanDevice *device, uint32_t subgroup)
{
    PFN_vkGetPhysicalDeviceCooperativeMatrixPropertiesNV list =
        (PFN_vkGetPhysicalDeviceCooperativeMatrixPropertiesNV)vkGetInstanceProcAddr(
            device->instance.handle, "vkGetPhysicalDeviceCooperativeMatrixPropertiesNV");
    uint32_t n = 0;
    if (!list || list(device->physical, &n, NULL) != VK_SUCCESS)
        return (CoopPick){0};
    g_autofree VkCooperativeMatrixPropertiesNV *all =
        g_new0(VkCooperativeMatrixPropertiesNV, n + 1);
    g_autofree CoopShape *shapes = g_new0(CoopShape, n + 1);
    for (uint32_t i = 0; i < n; i++)
        all[i].sType = VK_STRUCTURE_TYPE_COOPERATIVE_MATRIX_PROPERTIES_NV;
    if (list(device->physical, &n, all) != VK_SUCCESS)
        return (CoopPick){0};
    for (uint32_t i = 0; i < n; i++)
        shapes[i] =
            (CoopShape){all[i].MSize,      all[i].NSize,      all[i].KSize,      (int)all[i].AType,
                        (int)all[i].BType, (int)all[i].CType, (int)all[i].DType, (int)all[i].scope};
    return coop_pick(COOP_NV, shapes, n, subgroup);
}

/* Whether the device has all that the shaders ask for beside the matrices. */
static bool
has_features(VulkanDevice *device, void *matrices)
{
    VkPhysicalDeviceVulkan12Features vulkan12 = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES, .pNext = matrices};
    VkPhysicalDeviceFeatures2 features = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2,
                                          .pNext = &vulkan12};
    vkGetPhysicalDeviceFeatures2(device->physical, &features);
    return vulkan12.shaderFloat16 && vulkan12.vulkanMemoryModel;
}

static uint32_t
subgroup_size(VulkanDevice *device)
{
    VkPhysicalDeviceSubgroupProperties subgroup = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES};
    VkPhysicalDeviceProperties2 properties = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, .pNext = &subgroup};
    vkGetPhysicalDeviceProperties2(device->physical, &properties);
    return subgroup.supportedStages & VK_SHADER_STAGE_COMPUTE_BIT ? subgroup.subgroupSize : 0;
}

void
coop_find(VulkanDevice *device)
{
    VkPhysicalDeviceCooperativeMatrixFeaturesKHR khr = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_COOPERATIVE_MATRIX_FEATURES_KHR};
    VkPhysicalDeviceCooperativeMatrixFeaturesNV nv = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_COOPERATIVE_MATRIX_FEATURES_NV};
    device->coop = (CoopPick){0};
    if (device->properties.apiVersion < VK_API_VERSION_1_2 || !device->base.stores_half)
        return;
    if (pipeline_has_shader("matmul_coop_khr") &&
        has_extension(device->physical, VK_KHR_COOPERATIVE_MATRIX_EXTENSION_NAME) &&
        has_features(device, &khr) && khr.cooperativeMatrix)
        device->coop = pick_khr(device, subgroup_size(device));
    if (device->coop.kind == COOP_NONE && pipeline_has_shader("matmul_coop_nv") &&
        has_extension(device->physical, VK_NV_COOPERATIVE_MATRIX_EXTENSION_NAME) &&
        has_features(device, &nv) && nv.cooperativeMatrix)
        device->coop = pick_nv(device, subgroup_size(device));
}

void
coop_features_init(CoopFeatures *features, const CoopPick *pick, void *next)
{
    *features = (CoopFeatures){
        .khr = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_COOPERATIVE_MATRIX_FEATURES_KHR,
                .pNext = next,
                .cooperativeMatrix = VK_TRUE},
        .nv = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_COOPERATIVE_MATRIX_FEATURES_NV,
               .pNext = next,
               .cooperativeMatrix = VK_TRUE},
        .float16 = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_FLOAT16_INT8_FEATURES,
                    .shaderFloat16 = VK_TRUE},
        .model = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_MEMORY_MODEL_FEATURES,
                  .vulkanMemoryModel = VK_TRUE},
    };
    if (pick->kind == COOP_NONE) {
        features->first = next;
        return;
    }
    bool khr = pick->kind == COOP_KHR;
    features->extension =
        khr ? VK_KHR_COOPERATIVE_MATRIX_EXTENSION_NAME : VK_NV_COOPERATIVE_MATRIX_EXTENSION_NAME;
    features->model.pNext = khr ? (void *)&features->khr : (void *)&features->nv;
    features->float16.pNext = &features->model;
    features->first = &features->float16;
}
