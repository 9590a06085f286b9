/* SPDX-License-Identifier: Apache-2.0 */
/* project_bench DIR [ITEMS]: what a large project costs: how long opening takes, and how long the
 * main loop is held by one edit, by the save that follows it, and by deleting a thousand items and
 * taking that back. DIR is made anew; its pictures are empty files. */
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "app/project/project.h"

enum { N_ITEMS = 10000, N_DELETED = 1000 };

static double
ms_since(gint64 start_us)
{
    return (double)(g_get_monotonic_time() - start_us) / 1000;
}

/* What this thread has computed: what it costs where no other program wants the processor. */
static double
cpu_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static JsonObject *
new_record(TorchlightProject *project, int i)
{
    JsonObject *record = json_object_new();
    g_autofree char *file = g_strdup_printf("pictures/trace_%05d.png", i);
    g_autofree char *path = g_build_filename(torchlight_project_get_dir(project), file, NULL);
    g_autofree char *caption =
        g_strdup_printf("pixelated network data: wireguard, dash, 1080, http1.1, number %d", i);

    fclose(fopen(path, "w"));
    json_object_set_string_member(record, "name", file + 9);
    json_object_set_string_member(record, "file", file);
    json_object_set_string_member(record, "caption", caption);
    json_object_set_string_member(record, "protocols", "IPv4 TCP TLS UDP DNS");
    json_object_set_string_member(record, "source", "wireguard_dash_1080_http1.1_00001.pcap");
    json_object_set_string_member(record, "origin", "imported");
    json_object_set_int_member(record, "packets", 1024);
    json_object_set_int_member(record, "bytes", 1042980 + i);
    json_object_set_int_member(record, "duration_ns", 1877828000 + i);
    return record;
}

static void
fill(TorchlightProject *project, int n)
{
    g_autoptr(GPtrArray) records = g_ptr_array_new();
    g_autofree char *pictures =
        g_build_filename(torchlight_project_get_dir(project), "pictures", NULL);

    g_mkdir(pictures, 0777);
    for (int i = 0; i < n; i++)
        g_ptr_array_add(records, new_record(project, i));
    torchlight_project_add_many(project, ITEM_TRACE, records, NULL);
}

/* Until it is saved; the longest time that the loop was away from its poll, by the clock and by the
 * processor's. */
static void
wait_until_saved(TorchlightProject *project, double *longest, double *longest_cpu)
{
    gboolean unsaved = TRUE;

    while (unsaved) {
        gint64 start_us;
        double start_cpu;

        while (!g_main_context_pending(NULL))
            g_usleep(200);
        start_us = g_get_monotonic_time();
        start_cpu = cpu_ms();
        g_main_context_iteration(NULL, FALSE);
        *longest = MAX(*longest, ms_since(start_us));
        *longest_cpu = MAX(*longest_cpu, cpu_ms() - start_cpu);
        g_object_get(project, "unsaved", &unsaved, NULL);
    }
}

static void
time_edit(TorchlightProject *project, int i)
{
    GListModel *traces = torchlight_project_get_items(project, ITEM_TRACE);
    g_autoptr(TorchlightItem) item = g_list_model_get_item(traces, (guint)i);
    gint64 start_us = g_get_monotonic_time();
    double edit_ms, longest = 0, longest_cpu = 0;

    torchlight_project_begin(project, "Change Caption");
    torchlight_project_set_string(project, item, "caption", "another");
    torchlight_project_end(project);
    edit_ms = ms_since(start_us);
    start_us = g_get_monotonic_time();
    wait_until_saved(project, &longest, &longest_cpu);
    g_print("caption changed: %.3f ms; saved after %.0f ms; main loop held meanwhile: at most %.1f "
            "ms (%.1f ms computing)\n",
            edit_ms, ms_since(start_us), longest, longest_cpu);
}

static void
time_deletion(TorchlightProject *project)
{
    GListModel *traces = torchlight_project_get_items(project, ITEM_TRACE);
    g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(g_object_unref);
    gint64 start_us;
    double delete_ms, delete_cpu, undo_ms, undo_cpu, start_cpu;

    for (guint i = 0; i < N_DELETED; i++)
        g_ptr_array_add(items, g_list_model_get_item(traces, i * 3));
    start_us = g_get_monotonic_time();
    start_cpu = cpu_ms();
    torchlight_project_begin(project, "Delete");
    torchlight_project_remove_many(project, items);
    torchlight_project_end(project);
    delete_ms = ms_since(start_us);
    delete_cpu = cpu_ms() - start_cpu;
    start_us = g_get_monotonic_time();
    start_cpu = cpu_ms();
    torchlight_project_undo(project);
    undo_ms = ms_since(start_us);
    undo_cpu = cpu_ms() - start_cpu;
    g_print("%d deleted: %.1f ms (%.1f ms computing), taken back: %.1f ms (%.1f ms)\n", N_DELETED,
            delete_ms, delete_cpu, undo_ms, undo_cpu);
}

int
main(int argc, char **argv)
{
    g_autoptr(TorchlightProject) project = NULL;
    g_autoptr(GError) error = NULL;
    const int n = argc > 2 ? atoi(argv[2]) : N_ITEMS;
    gint64 start_us;
    double start_cpu;

    if (argc < 2)
        g_error("usage: project_bench DIR [ITEMS]");
    project = torchlight_project_create(argv[1], NULL, &error);
    if (!project)
        g_error("%s", error->message);
    fill(project, n);
    start_us = g_get_monotonic_time();
    if (!torchlight_project_close(project, &error))
        g_error("%s", error->message);
    g_print("%d items saved and closed: %.0f ms\n", n, ms_since(start_us));
    g_clear_object(&project);
    for (int i = 0; i < 3; i++) {
        g_clear_object(&project);
        start_us = g_get_monotonic_time();
        start_cpu = cpu_ms();
        project = torchlight_project_open(argv[1], NULL);
        g_print("opened: %.0f ms (%.0f ms computing)\n", ms_since(start_us), cpu_ms() - start_cpu);
    }
    for (int i = 0; i < 3; i++)
        time_edit(project, i * n / 3);
    time_deletion(project);
    return 0;
}
