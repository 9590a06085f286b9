/* SPDX-License-Identifier: Apache-2.0 */
#include "app/jobs/open_device.h"

#include "compute/planning.h"

static bool
set_precision(Device *device, const char *precision, GError **error)
{
    Precision wanted = PRECISION_AUTO;

    return (!precision || precision_parse(precision, &wanted, error)) &&
           device_set_precision(device, wanted, error);
}

Device *
open_device(const char *device, const char *precision, GError **error)
{
    g_autoptr(Device) opened = device_open(device, error);

    return opened && set_precision(opened, precision, error) ? g_steal_pointer(&opened) : NULL;
}

Device *
open_planning_device(const char *precision, GError **error)
{
    g_autoptr(Device) opened = planning_device_new();

    return set_precision(opened, precision, error) ? g_steal_pointer(&opened) : NULL;
}

Device *
open_training_device(const char *device, const char *precision, GError **error)
{
    g_autoptr(Device) opened = open_device(device, precision, error);

    if (!opened)
        return NULL;
    if (device_precision(opened) == PRECISION_F16 && g_strcmp0(precision, "f16") != 0 &&
        !device_set_precision(opened, PRECISION_BF16, error))
        return NULL;
    return g_steal_pointer(&opened);
}
