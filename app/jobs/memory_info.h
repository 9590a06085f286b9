/* SPDX-License-Identifier: Apache-2.0 */
/* The memory of this machine, as /proc/meminfo has it. Private to app/jobs. */
#pragma once

#include <glib.h>

guint64 memory_info_total(void);     /* bytes; 0 unknown */
guint64 memory_info_available(void); /* without swapping; 0 unknown */
