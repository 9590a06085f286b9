/* SPDX-License-Identifier: Apache-2.0 */
#include "compute/arena.h"

void
arena_join(Device *device)
{
    device->n_programs++;
    if (!device->arena)
        device->arena = g_ptr_array_new_with_free_func((GDestroyNotify)device_buffer_free);
}

void
arena_leave(Device *device)
{
    if (--device->n_programs == 0)
        g_clear_pointer(&device->arena, g_ptr_array_unref);
}

bool
arena_grow(Device *device, DeviceBuffer **buffer, size_t size, GError **error)
{
    if (*buffer && (*buffer)->size >= size)
        return true;
    device->arena_generation++;
    g_clear_pointer(buffer, device_buffer_free); /* first: both may not fit */
    *buffer = device_buffer_new(device, size, error);
    return *buffer != NULL;
}

bool
arena_reserve(Device *device, const size_t *size, int n, GError **error)
{
    while ((int)device->arena->len < n)
        g_ptr_array_add(device->arena, NULL);
    for (int i = 0; i < n; i++) {
        if (!arena_grow(device, (DeviceBuffer **)&device->arena->pdata[i], size[i], error))
            return false;
    }
    return true;
}
