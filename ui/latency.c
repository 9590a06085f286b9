/* SPDX-License-Identifier: Apache-2.0 */
/* The poll function of the main context is wrapped: what lies between its return and its next call
 * is the time in which nothing else could happen. */
#include "ui/latency.h"

#include <json-glib/json-glib.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MAX_LISTED = 1000 };

/* The one thing here that is not a window's: a measurement is of the process. */
static struct {
    const char *path; /* NULL: nothing is measured */
    GPollFunc poll;
    gint64 returned_us;          /* from poll; 0: not yet */
    gint64 frame_us;             /* when the frame began */
    double start_ms;             /* negative: nothing was painted yet */
    GArray *dispatches, *frames; /* double, ms */
} latency;

static int
measured_poll(GPollFD *fds, guint n, int timeout)
{
    int result;

    if (latency.returned_us) {
        double ms = (double)(g_get_monotonic_time() - latency.returned_us) / 1000;

        g_array_append_val(latency.dispatches, ms);
    }
    result = latency.poll(fds, n, timeout);
    latency.returned_us = g_get_monotonic_time();
    return result;
}

/* Since the kernel started the process: field 22 of its stat, in clock ticks since boot. */
static double
process_age_ms(void)
{
    g_autofree char *text = NULL;
    struct timespec now;
    const char *at;
    guint64 ticks;

    if (!g_file_get_contents("/proc/self/stat", &text, NULL, NULL) || !(at = strrchr(text, ')')))
        return -1;
    for (int field = 2; field < 22 && at; field++)
        at = strchr(at + 1, ' ');
    if (!at)
        return -1;
    ticks = g_ascii_strtoull(at + 1, NULL, 10);
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (double)now.tv_sec * 1000 + (double)now.tv_nsec / 1e6 -
           (double)ticks * 1000 / (double)sysconf(_SC_CLK_TCK);
}

static void
on_before_paint(void)
{
    latency.frame_us = g_get_monotonic_time();
}

static void
on_after_paint(void)
{
    double ms = (double)(g_get_monotonic_time() - latency.frame_us) / 1000;

    if (latency.start_ms < 0)
        latency.start_ms = process_age_ms();
    g_array_append_val(latency.frames, ms);
}

static void
on_realize(GtkWidget *window)
{
    GdkFrameClock *clock = gtk_widget_get_frame_clock(window);

    g_signal_connect(clock, "before-paint", G_CALLBACK(on_before_paint), NULL);
    g_signal_connect_after(clock, "after-paint", G_CALLBACK(on_after_paint), NULL);
}

void
latency_begin(void)
{
    GMainContext *context = g_main_context_default();

    latency.path = g_getenv("TORCHLIGHT_LATENCY");
    if (!latency.path || !*latency.path) {
        latency.path = NULL;
        return;
    }
    latency.start_ms = -1;
    latency.dispatches = g_array_new(FALSE, FALSE, sizeof(double));
    latency.frames = g_array_new(FALSE, FALSE, sizeof(double));
    latency.poll = g_main_context_get_poll_func(context);
    g_main_context_set_poll_func(context, measured_poll);
}

void
latency_watch(GtkWindow *window)
{
    if (latency.path)
        g_signal_connect(window, "realize", G_CALLBACK(on_realize), NULL);
}

static int
compare_numbers(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double
quantile(const GArray *sorted, double share)
{
    return sorted->len ? g_array_index(sorted, double, (guint)(share * (sorted->len - 1))) : 0;
}

static void
add_times(JsonBuilder *builder, const char *name, GArray *times)
{
    guint listed = 0;

    qsort(times->data, times->len, sizeof(double), compare_numbers);
    json_builder_set_member_name(builder, name);
    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "n");
    json_builder_add_int_value(builder, times->len);
    json_builder_set_member_name(builder, "p50");
    json_builder_add_double_value(builder, quantile(times, 0.5));
    json_builder_set_member_name(builder, "p99");
    json_builder_add_double_value(builder, quantile(times, 0.99));
    json_builder_set_member_name(builder, "max");
    json_builder_add_double_value(builder, quantile(times, 1));
    json_builder_set_member_name(builder, "over_10");
    json_builder_begin_array(builder);
    for (guint i = times->len; i-- > 0 && listed < MAX_LISTED; listed++) {
        if (g_array_index(times, double, i) <= 10)
            break;
        json_builder_add_double_value(builder, g_array_index(times, double, i));
    }
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    g_array_unref(times);
}

void
latency_end(void)
{
    g_autoptr(JsonBuilder) builder = NULL;
    g_autoptr(JsonNode) root = NULL;
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;

    if (!latency.path)
        return;
    g_main_context_set_poll_func(g_main_context_default(), latency.poll);
    builder = json_builder_new();
    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "start_ms");
    json_builder_add_double_value(builder, latency.start_ms);
    add_times(builder, "dispatch_ms", latency.dispatches);
    add_times(builder, "frame_ms", latency.frames);
    json_builder_end_object(builder);
    root = json_builder_get_root(builder);
    text = json_to_string(root, TRUE);
    if (!g_file_set_contents(latency.path, text, -1, &error))
        g_printerr("torchlight-workbench: %s\n", error->message);
}
