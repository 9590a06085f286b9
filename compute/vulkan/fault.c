/* SPDX-License-Identifier: Apache-2.0 */
/* Failures on request. */
#include <stdlib.h>

#include "compute/vulkan/vulkan_device.h"

void
fault_init(VulkanDevice *device)
{
    const char *text = g_getenv("TORCHLIGHT_VULKAN_FAULT");
    if (!text)
        return;
    if (g_str_has_prefix(text, "make:"))
        device->fault.kind = FAULT_MAKE;
    else if (g_str_has_prefix(text, "work:"))
        device->fault.kind = FAULT_WORK;
    if (device->fault.kind != FAULT_NONE)
        device->fault.left = atoi(text + strlen("make:"));
}

VkResult
fault_result(VulkanDevice *device, FaultKind kind)
{
    if (device->fault.kind != (int)kind || --device->fault.left > 0)
        return VK_SUCCESS;
    if (kind == FAULT_WORK) /* a lost device stays lost */
        return VK_ERROR_DEVICE_LOST;
    return device->fault.left == 0 ? VK_ERROR_OUT_OF_DEVICE_MEMORY : VK_SUCCESS;
}
