/* SPDX-License-Identifier: Apache-2.0 */
#include "compute/bench/profile_table.h"

#include "compute/json_text.h"

static void
row_free(void *data)
{
    ProfileRow *row = data;

    g_free(row->name);
    g_free(row);
}

static const char *
event_name(const ProfileEvent *event, ProfileBy by)
{
    switch (by) {
    case PROFILE_BY_LAYER:
        return *event->layer ? event->layer : event->op;
    case PROFILE_BY_KERNEL:
        return event->kernel;
    default:
        return event->op;
    }
}

static int
compare_rows(const void *a, const void *b)
{
    const ProfileRow *x = *(ProfileRow *const *)a, *y = *(ProfileRow *const *)b;

    return x->seconds != y->seconds ? (y->seconds > x->seconds) - (y->seconds < x->seconds)
                                    : g_strcmp0(x->name, y->name);
}

static ProfileRow *
find_row(GPtrArray *rows, GHashTable *by_name, const char *name)
{
    ProfileRow *row = g_hash_table_lookup(by_name, name);

    if (!row) {
        row = g_new0(ProfileRow, 1);
        row->name = g_strdup(name);
        g_ptr_array_add(rows, row);
        g_hash_table_insert(by_name, row->name, row);
    }
    return row;
}

GPtrArray *
profile_table(const GArray *events, ProfileBy by, int n_runs)
{
    GPtrArray *rows = g_ptr_array_new_with_free_func(row_free);
    g_autoptr(GHashTable) by_name = g_hash_table_new(g_str_hash, g_str_equal);
    double all = 0;

    for (guint i = 0; i < events->len; i++) {
        const ProfileEvent *event = &g_array_index(events, ProfileEvent, i);
        ProfileRow *row = find_row(rows, by_name, event_name(event, by));

        row->calls += event->is_first || by == PROFILE_BY_KERNEL;
        row->seconds += event->seconds / n_runs;
        row->flop += by == PROFILE_BY_KERNEL ? 0 : event->flop / n_runs;
        row->bytes += by == PROFILE_BY_KERNEL ? 0 : event->bytes / n_runs;
        all += event->seconds / n_runs;
    }
    for (guint i = 0; i < rows->len; i++) {
        ProfileRow *row = rows->pdata[i];

        row->calls /= n_runs;
        row->share = all > 0 ? row->seconds / all : 0;
    }
    g_ptr_array_sort(rows, compare_rows);
    return rows;
}

static void
append_event(GString *text, const ProfileEvent *event)
{
    g_string_append(text, ",\n{\"ph\": \"X\", \"pid\": 1, \"tid\": 1, \"name\": ");
    json_text_append_quoted(text, *event->layer ? event->layer : event->op);
    g_string_append(text, ", \"cat\": ");
    json_text_append_quoted(text, event->op);
    g_string_append(text, ", \"ts\": ");
    json_text_append_double(text, event->start_s * 1e6);
    g_string_append(text, ", \"dur\": ");
    json_text_append_double(text, event->seconds * 1e6);
    g_string_append(text, ", \"args\": {\"kernel\": ");
    json_text_append_quoted(text, event->kernel);
    if (event->is_first && event->seconds > 0) {
        g_string_append(text, ", \"GFLOP/s\": ");
        json_text_append_double(text, event->flop / event->seconds * 1e-9);
        g_string_append(text, ", \"GB/s\": ");
        json_text_append_double(text, event->bytes / event->seconds * 1e-9);
    }
    g_string_append(text, "}}");
}

char *
profile_trace(const GArray *events, const char *device)
{
    GString *text = g_string_new("{\"displayTimeUnit\": \"ms\", \"traceEvents\": [\n"
                                 "{\"ph\": \"M\", \"pid\": 1, \"name\": \"process_name\", "
                                 "\"args\": {\"name\": ");

    json_text_append_quoted(text, device);
    g_string_append(text, "}}");
    for (guint i = 0; i < events->len; i++)
        append_event(text, &g_array_index(events, ProfileEvent, i));
    g_string_append(text, "\n]}\n");
    return g_string_free(text, FALSE);
}
