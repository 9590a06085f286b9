/* SPDX-License-Identifier: Apache-2.0 */
#include "app/jobs/memory_info.h"

#include <string.h>

static guint64
meminfo(const char *key)
{
    g_autofree char *text = NULL;
    const char *line;

    if (!g_file_get_contents("/proc/meminfo", &text, NULL, NULL) || !(line = strstr(text, key)))
        return 0;
    return g_ascii_strtoull(line + strlen(key), NULL, 10) << 10; /* in KiB */
}

guint64
memory_info_total(void)
{
    return meminfo("MemTotal:");
}

guint64
memory_info_available(void)
{
    return meminfo("MemAvailable:");
}
