/* SPDX-License-Identifier: Apache-2.0 */
/* The engine's devices as plain values. */
#include "app/jobs/devices.h"

#include "compute/device.h"

void
job_device_free(JobDevice *device)
{
    g_free(device->name);
    g_free(device->description);
    g_free(device);
}

GPtrArray *
job_devices(void)
{
    g_autoptr(GPtrArray) infos = device_list();
    GPtrArray *devices = g_ptr_array_new_with_free_func((GDestroyNotify)job_device_free);

    for (guint i = 0; i < infos->len; i++) {
        const DeviceInfo *info = infos->pdata[i];
        JobDevice *device = g_new0(JobDevice, 1);

        *device = (JobDevice){g_strdup(info->name), g_strdup(info->description), info->memory,
                              info->software, info->is_default};
        g_ptr_array_add(devices, device);
    }
    return devices;
}
