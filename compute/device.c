/* SPDX-License-Identifier: Apache-2.0 */
/* Choosing and opening a device; the rest is the backend's. */
#include "compute/device.h"

#include "compute/device_class.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static void
device_info_free(void *data)
{
    DeviceInfo *info = data;
    g_free(info->name);
    g_free(info->description);
    g_free(info);
}

GPtrArray *
device_list(void)
{
    GPtrArray *infos = g_ptr_array_new_with_free_func(device_info_free);
    cpu_device_describe(infos);
    vulkan_device_describe(infos);
    DeviceInfo *chosen = infos->pdata[0];
    for (guint i = infos->len; i-- > 1;) {
        DeviceInfo *info = infos->pdata[i];
        if (!info->software)
            chosen = info;
    }
    chosen->is_default = true;
    return infos;
}

static bool
is_vulkan(const DeviceInfo *info)
{
    return g_str_has_prefix(info->name, "vulkan:");
}

static bool
info_matches(const DeviceInfo *info, const char *name)
{
    if (!name || !*name || g_str_equal(name, "auto"))
        return info->is_default;
    if (g_str_equal(name, "vulkan"))
        return is_vulkan(info);
    if (g_ascii_strcasecmp(info->name, name) == 0)
        return true;
    g_autofree char *haystack = g_ascii_strdown(info->description, -1);
    g_autofree char *needle = g_ascii_strdown(name, -1);
    return !g_str_equal(name, "cpu") && strstr(haystack, needle) != NULL;
}

/* The device meant by name: "vulkan" prefers a GPU over a software driver. */
static const DeviceInfo *
find(const GPtrArray *infos, const char *name)
{
    const DeviceInfo *found = NULL;
    for (guint i = 0; i < infos->len; i++) {
        const DeviceInfo *info = infos->pdata[i];
        if (info_matches(info, name) && (!found || (found->software && !info->software)))
            found = info;
    }
    return found;
}

Device *
device_open(const char *name, GError **error)
{
    if (name && g_str_equal(name, "cpu")) /* without waking a Vulkan loader */
        return cpu_device_new();
    g_autoptr(GPtrArray) infos = device_list();
    const DeviceInfo *info = find(infos, name);
    if (!info) {
        g_autoptr(GString) known = g_string_new(NULL);
        for (guint i = 0; i < infos->len; i++) {
            const DeviceInfo *other = infos->pdata[i];
            g_string_append_printf(known, "%s%s (%s)", i ? ", " : "", other->name,
                                   other->description);
        }
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                    "There is no device \"%s\" here. Choose one of: %s.", name, known->str);
        return NULL;
    }
    if (is_vulkan(info))
        return vulkan_device_new((int)g_ascii_strtoll(info->name + strlen("vulkan:"), NULL, 10),
                                 error);
    return cpu_device_new();
}

void
device_close(Device *device)
{
    if (!device)
        return;
    g_free(device->name);
    g_free(device->description);
    g_clear_pointer(&device->profile, g_array_unref);
    device->class->close(device);
}

const char *
device_name(const Device *device)
{
    return device->name;
}

const char *
device_description(const Device *device)
{
    return device->description;
}

bool
device_is_cpu(const Device *device)
{
    return g_str_equal(device->name, "cpu");
}

int
device_set_threads(int n)
{
    return cpu_device_set_threads(n);
}

static const char *const precision_names[] = {"auto", "f32", "f16", "bf16"};

bool
precision_parse(const char *name, Precision *precision, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(precision_names); i++) {
        if (g_str_equal(name, precision_names[i])) {
            *precision = (Precision)i;
            return true;
        }
    }
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                _("There is no precision “%s”. Choose one of: auto, f32, f16, bf16."), name);
    return false;
}

const char *
precision_name(Precision precision)
{
    return precision_names[precision];
}

bool
device_set_precision(Device *device, Precision precision, GError **error)
{
    if (precision == PRECISION_AUTO)
        precision = device->stores_half && !device->software ? PRECISION_F16 : PRECISION_F32;
    if (precision != PRECISION_F32 && !device->stores_half) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                    _("%s stores numbers of 32 bits only, not %s: choose the precision f32 or "
                      "auto, or another device."),
                    device->description, precision_name(precision));
        return false;
    }
    static const DType storage[] = {DTYPE_F32, DTYPE_F32, DTYPE_F16, DTYPE_BF16};
    device->storage = storage[precision];
    return true;
}

Precision
device_precision(const Device *device)
{
    switch (device->storage) {
    case DTYPE_F16:
        return PRECISION_F16;
    case DTYPE_BF16:
        return PRECISION_BF16;
    default:
        return PRECISION_F32;
    }
}

DeviceBuffer *
device_buffer_new(Device *device, size_t size, GError **error)
{
    DeviceBuffer *buffer = device->class->buffer_new(device, MAX(size, 4), error);
    if (buffer) {
        device->used += buffer->size;
        device->peak = MAX(device->peak, device->used);
    }
    return buffer;
}

void
device_buffer_free(DeviceBuffer *buffer)
{
    if (!buffer)
        return;
    buffer->device->used -= buffer->size;
    buffer->device->class->buffer_free(buffer);
}

size_t
device_memory_available(Device *device)
{
    return device->class->available ? device->class->available(device) : G_MAXSIZE;
}

size_t
device_memory_used(const Device *device)
{
    return device->used;
}

size_t
device_memory_peak(const Device *device)
{
    return device->peak;
}

void
device_memory_reset_peak(Device *device)
{
    device->peak = device->used;
}

size_t
device_buffer_size(const DeviceBuffer *buffer)
{
    return buffer->size;
}

bool
device_buffer_write(DeviceBuffer *buffer, size_t offset, const void *data, size_t size,
                    GError **error)
{
    g_return_val_if_fail(offset <= buffer->size && size <= buffer->size - offset, false);
    return buffer->device->class->buffer_write(buffer, offset, data, size, error);
}

bool
device_buffer_read(const DeviceBuffer *buffer, size_t offset, void *data, size_t size,
                   GError **error)
{
    g_return_val_if_fail(offset <= buffer->size && size <= buffer->size - offset, false);
    return buffer->device->class->buffer_read(buffer, offset, data, size, error);
}
