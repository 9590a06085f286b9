/* SPDX-License-Identifier: Apache-2.0 */
/* Starting again with idle threads that sleep, and no more threads than there is time for. */
#include "app/jobs/wait_policy.h"

#include <glib.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int
wait_policy_quota_threads(const char *cpu_max)
{
    char *end;
    double quota = g_ascii_strtod(cpu_max, &end), period;

    if (end == cpu_max)
        return 0; /* "max" */
    period = g_ascii_strtod(end, NULL);
    return quota > 0 && period > 0 && quota / period < 65536 ? (int)ceil(quota / period) : 0;
}

/* The least quota of the process's control group and those around it, in threads; 0 for none. */
static int
quota_threads(void)
{
    g_autofree char *groups = NULL, *path = NULL;
    char *line, *slash;
    int least = 0;

    if (!g_file_get_contents("/proc/self/cgroup", &groups, NULL, NULL) ||
        !(line = strstr(groups, "0::/")))
        return 0;
    line += strlen("0::");
    line[strcspn(line, "\n")] = 0;
    path = g_strdup(line);
    for (;;) {
        g_autofree char *file = g_build_filename("/sys/fs/cgroup", path, "cpu.max", NULL);
        g_autofree char *text = NULL;
        int n = g_file_get_contents(file, &text, NULL, NULL) ? wait_policy_quota_threads(text) : 0;

        if (n > 0 && (least == 0 || n < least))
            least = n;
        if (!*path || !(slash = strrchr(path, '/')))
            return least;
        *slash = 0;
    }
}

void
wait_policy_settle(char **argv)
{
    bool again = false;

    if (!getenv("OMP_WAIT_POLICY") && !getenv("GOMP_SPINCOUNT"))
        again = setenv("OMP_WAIT_POLICY", "passive", 1) == 0;
    if (!getenv("OMP_NUM_THREADS")) {
        int n = quota_threads();

        if (n > 0 && n < g_get_num_processors()) {
            g_autofree char *text = g_strdup_printf("%d", n);
            again |= setenv("OMP_NUM_THREADS", text, 1) == 0;
        }
    }
    if (again)
        execv("/proc/self/exe", argv);
}
