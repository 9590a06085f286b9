/* SPDX-License-Identifier: Apache-2.0 */
#include "app/jobs/open_device.h"

Device *
open_device(const char *device, const char *precision, GError **error)
{
    Precision wanted = PRECISION_AUTO;
    g_autoptr(Device) opened = NULL;

    if (precision && !precision_parse(precision, &wanted, error))
        return NULL;
    opened = device_open(device, error);
    if (!opened || !device_set_precision(opened, wanted, error))
        return NULL;
    return g_steal_pointer(&opened);
}
