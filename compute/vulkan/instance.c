/* SPDX-License-Identifier: Apache-2.0 */
/* The Vulkan loader: an instance of version 1.1, with the validation layer when
 * TORCHLIGHT_VULKAN_VALIDATION=1 asks for it, and the names of errors. */
#include "compute/vulkan/vulkan_device.h"

#include <string.h>

#ifdef __SANITIZE_ADDRESS__
#include <dlfcn.h>
#include <link.h>

static int
keep_loaded(struct dl_phdr_info *info, size_t size, void *data)
{
    if (strstr(info->dlpi_name, "libvulkan_") || strstr(info->dlpi_name, "libVkLayer"))
        dlopen(info->dlpi_name, RTLD_NOLOAD | RTLD_NODELETE | RTLD_NOW);
    return 0;
}
#endif

static const char validation_layer[] = "VK_LAYER_KHRONOS_validation";

static VKAPI_ATTR VkBool32 VKAPI_CALL
on_message(VkDebugUtilsMessageSeverityFlagBitsEXT severity, VkDebugUtilsMessageTypeFlagsEXT types,
           const VkDebugUtilsMessengerCallbackDataEXT *data, void *user_data)
{
    Instance *instance = user_data;
    if (instance->n_messages++ == 0)
        instance->first_message = g_strdup(data->pMessage);
    return VK_FALSE;
}

static bool
has_validation_layer(void)
{
    uint32_t n = 0;
    vkEnumerateInstanceLayerProperties(&n, NULL);
    g_autofree VkLayerProperties *layers = g_new0(VkLayerProperties, n + 1);
    vkEnumerateInstanceLayerProperties(&n, layers);
    for (uint32_t i = 0; i < n; i++) {
        if (g_str_equal(layers[i].layerName, validation_layer))
            return true;
    }
    return false;
}

static void
messenger_new(Instance *instance)
{
    PFN_vkCreateDebugUtilsMessengerEXT create =
        (PFN_vkCreateDebugUtilsMessengerEXT)vkGetInstanceProcAddr(instance->handle,
                                                                  "vkCreateDebugUtilsMessengerEXT");
    VkDebugUtilsMessengerCreateInfoEXT info = {
        .sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT,
        .messageSeverity = VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT,
        .messageType = VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT,
        .pfnUserCallback = on_message,
        .pUserData = instance,
    };
    if (create)
        create(instance->handle, &info, NULL, &instance->messenger);
}

bool
instance_init(Instance *instance, GError **error)
{
    *instance = (Instance){0};
    const char *asked = g_getenv("TORCHLIGHT_VULKAN_VALIDATION");
    instance->validation = asked && *asked && !g_str_equal(asked, "0");
    if (instance->validation && !has_validation_layer()) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                    "TORCHLIGHT_VULKAN_VALIDATION is set but %s is not installed: install the "
                    "package vulkan-validationlayers or unset the variable.",
                    validation_layer);
        return false;
    }
    uint32_t version = VK_API_VERSION_1_0;
    vkEnumerateInstanceVersion(&version);
    if (version < VK_API_VERSION_1_1) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                    "The Vulkan loader is older than version 1.1: update it, or use the CPU.");
        return false;
    }
    VkApplicationInfo application = {
        .sType = VK_STRUCTURE_TYPE_APPLICATION_INFO,
        .pApplicationName = "Torchlight",
        .pEngineName = "Torchlight",
        .apiVersion = VK_API_VERSION_1_1,
    };
    VkValidationFeatureEnableEXT synchronization =
        VK_VALIDATION_FEATURE_ENABLE_SYNCHRONIZATION_VALIDATION_EXT;
    VkValidationFeaturesEXT features = {
        .sType = VK_STRUCTURE_TYPE_VALIDATION_FEATURES_EXT,
        .enabledValidationFeatureCount = 1,
        .pEnabledValidationFeatures = &synchronization,
    };
    VkInstanceCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO,
        .pNext = instance->validation ? &features : NULL,
        .pApplicationInfo = &application,
        .enabledLayerCount = instance->validation,
        .ppEnabledLayerNames = (const char *[]){validation_layer},
        .enabledExtensionCount = instance->validation,
        .ppEnabledExtensionNames = (const char *[]){VK_EXT_DEBUG_UTILS_EXTENSION_NAME},
    };
    VkResult result = vkCreateInstance(&info, NULL, &instance->handle);
    if (result != VK_SUCCESS) {
        instance->handle = VK_NULL_HANDLE;
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                    "Vulkan could not be started (%s): install your GPU's Vulkan driver, or use "
                    "the CPU.",
                    vulkan_result_name(result));
        return false;
    }
#ifdef __SANITIZE_ADDRESS__
    /* What a driver or layer leaks is told from what we leak by its name, which it loses when
     * unloaded. */
    dl_iterate_phdr(keep_loaded, NULL);
#endif
    if (instance->validation)
        messenger_new(instance);
    return true;
}

void
instance_clear(Instance *instance)
{
    if (instance->messenger) {
        PFN_vkDestroyDebugUtilsMessengerEXT destroy =
            (PFN_vkDestroyDebugUtilsMessengerEXT)vkGetInstanceProcAddr(
                instance->handle, "vkDestroyDebugUtilsMessengerEXT");
        destroy(instance->handle, instance->messenger, NULL);
    }
    if (instance->handle)
        vkDestroyInstance(instance->handle, NULL);
    g_free(instance->first_message);
    *instance = (Instance){0};
}

bool
instance_check(Instance *instance, GError **error)
{
    if (instance->n_messages == 0)
        return true;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED,
                "The Vulkan validation layer found %u mistakes, first: %s", instance->n_messages,
                instance->first_message);
    return false;
}

GArray *
instance_physical_devices(const Instance *instance)
{
    GArray *devices = g_array_new(FALSE, TRUE, sizeof(VkPhysicalDevice));
    uint32_t n = 0;
    if (vkEnumeratePhysicalDevices(instance->handle, &n, NULL) != VK_SUCCESS || n == 0)
        return devices;
    g_array_set_size(devices, n);
    VkResult result =
        vkEnumeratePhysicalDevices(instance->handle, &n, (VkPhysicalDevice *)(void *)devices->data);
    g_array_set_size(devices, result == VK_SUCCESS || result == VK_INCOMPLETE ? n : 0);
    return devices;
}

const char *
vulkan_result_name(VkResult result)
{
    switch (result) {
    case VK_SUCCESS:
        return "VK_SUCCESS";
    case VK_TIMEOUT:
        return "VK_TIMEOUT";
    case VK_ERROR_OUT_OF_HOST_MEMORY:
        return "VK_ERROR_OUT_OF_HOST_MEMORY";
    case VK_ERROR_OUT_OF_DEVICE_MEMORY:
        return "VK_ERROR_OUT_OF_DEVICE_MEMORY";
    case VK_ERROR_INITIALIZATION_FAILED:
        return "VK_ERROR_INITIALIZATION_FAILED";
    case VK_ERROR_DEVICE_LOST:
        return "VK_ERROR_DEVICE_LOST";
    case VK_ERROR_MEMORY_MAP_FAILED:
        return "VK_ERROR_MEMORY_MAP_FAILED";
    case VK_ERROR_LAYER_NOT_PRESENT:
        return "VK_ERROR_LAYER_NOT_PRESENT";
    case VK_ERROR_EXTENSION_NOT_PRESENT:
        return "VK_ERROR_EXTENSION_NOT_PRESENT";
    case VK_ERROR_FEATURE_NOT_PRESENT:
        return "VK_ERROR_FEATURE_NOT_PRESENT";
    case VK_ERROR_INCOMPATIBLE_DRIVER:
        return "VK_ERROR_INCOMPATIBLE_DRIVER";
    case VK_ERROR_TOO_MANY_OBJECTS:
        return "VK_ERROR_TOO_MANY_OBJECTS";
    case VK_ERROR_OUT_OF_POOL_MEMORY:
        return "VK_ERROR_OUT_OF_POOL_MEMORY";
    default:
        return "an unknown error";
    }
}

bool
vulkan_fail(VulkanDevice *device, VkResult result, const char *what, GError **error)
{
    const char *name = device->base.description;
    switch (result) {
    case VK_ERROR_OUT_OF_HOST_MEMORY:
    case VK_ERROR_OUT_OF_DEVICE_MEMORY:
    case VK_ERROR_TOO_MANY_OBJECTS:
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                    "%s %s: it has no memory left (%s). Use a smaller picture or batch, close what "
                    "else uses it, or take the CPU device.",
                    name, what, vulkan_result_name(result));
        break;
    case VK_ERROR_DEVICE_LOST:
        device->lost = true;
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED,
                    "%s %s: its driver reset it. Try again; if it happens again, update the driver "
                    "or take the CPU device.",
                    name, what);
        break;
    case VK_TIMEOUT:
        device->lost = true;
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                    "%s %s: it does not answer. Close what else uses it, or take the CPU device.",
                    name, what);
        break;
    default:
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED,
                    "%s %s: %s (%d). Update its driver, or take the CPU device.", name, what,
                    vulkan_result_name(result), (int)result);
    }
    return false;
}
