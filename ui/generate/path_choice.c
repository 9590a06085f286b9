/* SPDX-License-Identifier: Apache-2.0 */
/* Files and folders in a combo row. */
#include "ui/generate/path_choice.h"

typedef struct {
    char *path, *action; /* at most one of them */
    char *name;
} Entry;

struct PathChoice {
    AdwComboRow *row; /* borrowed */
    void (*chosen)(const char *path, void *data);
    void (*asked)(const char *action, void *data);
    void *data;
    GPtrArray *entries; /* Entry */
    char *path;         /* what is chosen */
    bool filling;
};

static void
entry_free(void *data)
{
    Entry *entry = data;

    g_free(entry->path);
    g_free(entry->action);
    g_free(entry->name);
    g_free(entry);
}

static void
choice_free(void *data)
{
    PathChoice *choice = data;

    g_ptr_array_unref(choice->entries);
    g_free(choice->path);
    g_free(choice);
}

static int
find(PathChoice *choice, const char *path)
{
    for (guint i = 0; i < choice->entries->len; i++) {
        const Entry *entry = choice->entries->pdata[i];

        if (!entry->action && g_strcmp0(entry->path, path) == 0)
            return (int)i;
    }
    return -1;
}

static void
select_chosen(PathChoice *choice)
{
    choice->filling = true;
    adw_combo_row_set_selected(choice->row, (guint)MAX(find(choice, choice->path), 0));
    choice->filling = false;
}

static void
on_selected(PathChoice *choice)
{
    guint selected = adw_combo_row_get_selected(choice->row);
    const Entry *entry;

    if (choice->filling || selected >= choice->entries->len)
        return;
    entry = choice->entries->pdata[selected];
    if (entry->action) {
        g_autofree char *action = g_strdup(entry->action);

        select_chosen(choice);
        choice->asked(action, choice->data);
    } else if (g_strcmp0(choice->path, entry->path) != 0) {
        g_free(choice->path);
        choice->path = g_strdup(entry->path);
        choice->chosen(choice->path, choice->data);
    }
}

PathChoice *
path_choice_new(AdwComboRow *row, void (*chosen)(const char *path, void *data),
                void (*asked)(const char *action, void *data), void *data)
{
    PathChoice *choice = g_new0(PathChoice, 1);

    choice->row = row;
    choice->chosen = chosen;
    choice->asked = asked;
    choice->data = data;
    choice->entries = g_ptr_array_new_with_free_func(entry_free);
    g_object_set_data_full(G_OBJECT(row), "path-choice", choice, choice_free);
    g_signal_connect_swapped(row, "notify::selected", G_CALLBACK(on_selected), choice);
    return choice;
}

void
path_choice_begin(PathChoice *choice)
{
    g_ptr_array_set_size(choice->entries, 0);
}

static void
add(PathChoice *choice, int position, const char *path, const char *action, const char *name)
{
    Entry *entry = g_new0(Entry, 1);

    entry->path = g_strdup(path);
    entry->action = g_strdup(action);
    entry->name = g_strdup(name);
    g_ptr_array_insert(choice->entries, position, entry);
}

void
path_choice_add(PathChoice *choice, const char *path, const char *name)
{
    add(choice, -1, path, NULL, name);
}

void
path_choice_add_action(PathChoice *choice, const char *action, const char *name)
{
    add(choice, -1, NULL, action, name);
}

void
path_choice_end(PathChoice *choice)
{
    g_autoptr(GtkStringList) names = gtk_string_list_new(NULL);

    if (choice->path && find(choice, choice->path) < 0) {
        g_autofree char *name = g_filename_display_basename(choice->path);

        add(choice, 1, choice->path, NULL, name);
    }
    for (guint i = 0; i < choice->entries->len; i++)
        gtk_string_list_append(names, ((Entry *)choice->entries->pdata[i])->name);
    choice->filling = true;
    adw_combo_row_set_model(choice->row, G_LIST_MODEL(names));
    choice->filling = false;
    select_chosen(choice);
}

const char *
path_choice_get(PathChoice *choice)
{
    return choice->path;
}

void
path_choice_set(PathChoice *choice, const char *path)
{
    if (g_strcmp0(choice->path, path) == 0)
        return;
    g_free(choice->path);
    choice->path = g_strdup(path);
    if (find(choice, path) < 0)
        path_choice_end(choice);
    else
        select_chosen(choice);
    choice->chosen(choice->path, choice->data);
}
