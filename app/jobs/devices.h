/* SPDX-License-Identifier: Apache-2.0 */
/* The devices of this machine, for those who do not see the engine. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
    char *name;        /* what --device takes: "cpu", "vulkan:0" */
    char *description; /* "llvmpipe (LLVM 15.0.6, 256 bits)" */
    guint64 memory;    /* bytes of its own memory, 0 when unknown */
    bool software;     /* a Vulkan driver that runs on the CPU */
    bool is_default;   /* what is taken when none is asked for */
} JobDevice;

void job_device_free(JobDevice *device);
/* JobDevice elements, owned; the caller unrefs. Never empty. May take a second: Vulkan wakes up. */
GPtrArray *job_devices(void);
