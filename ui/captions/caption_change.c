/* SPDX-License-Identifier: Apache-2.0 */
/* Changes to many captions. */
#include "ui/captions/caption_change.h"

#include "app/dataset/caption_template.h"

typedef struct {
    TorchlightItem *item;
    char *source; /* what a template makes the caption of */
    char *before, *after;
} Entry;

struct CaptionChange {
    GArray *entries; /* Entry */
};

static void
entry_clear(void *data)
{
    Entry *entry = data;

    g_object_unref(entry->item);
    g_free(entry->source);
    g_free(entry->before);
    g_free(entry->after);
}

static Entry *
entry_at(const CaptionChange *change, guint i)
{
    return &g_array_index(change->entries, Entry, i);
}

CaptionChange *
caption_change_new(GPtrArray *items)
{
    CaptionChange *change = g_new0(CaptionChange, 1);

    change->entries = g_array_sized_new(FALSE, FALSE, sizeof(Entry), items->len);
    g_array_set_clear_func(change->entries, entry_clear);
    for (guint i = 0; i < items->len; i++) {
        TorchlightItem *item = items->pdata[i];
        const char *source = torchlight_item_get_string(item, "source");
        Entry entry = {.item = g_object_ref(item),
                       .before = g_strdup(torchlight_item_get_caption(item))};

        entry.source = source ? g_strdup(source) : torchlight_item_dup_path(item);
        g_array_append_val(change->entries, entry);
    }
    return change;
}

void
caption_change_free(CaptionChange *change)
{
    if (!change)
        return;
    g_array_unref(change->entries);
    g_free(change);
}

static void
take_after(Entry *entry, char *after)
{
    g_free(entry->after);
    entry->after = after;
    if (after && g_str_equal(after, entry->before))
        g_clear_pointer(&entry->after, g_free);
}

bool
caption_change_edit(CaptionChange *change, const CaptionEditSpec *spec,
                    const Vocabulary *vocabulary, GError **error)
{
    g_autoptr(CaptionEdit) edit = caption_edit_new(spec, vocabulary, error);

    for (guint i = 0; edit && i < change->entries->len; i++) {
        Entry *entry = entry_at(change, i);
        GError *local = NULL;

        take_after(entry, caption_edit_apply(edit, entry->before, &local));
        if (local) {
            g_propagate_error(error, local);
            return false;
        }
    }
    return edit != NULL;
}

bool
caption_change_template(CaptionChange *change, const char *template, const Vocabulary *vocabulary,
                        GError **error)
{
    if (!caption_template_check(template, error))
        return false;
    for (guint i = 0; i < change->entries->len; i++) {
        Entry *entry = entry_at(change, i);

        take_after(entry, entry->source
                              ? caption_template_apply(template, entry->source, vocabulary)
                              : NULL);
    }
    return true;
}

void
caption_change_set(CaptionChange *change, guint i, const char *caption)
{
    take_after(entry_at(change, i), g_strdup(caption));
}

guint
caption_change_n_items(const CaptionChange *change)
{
    return change->entries->len;
}

guint
caption_change_n_changed(const CaptionChange *change)
{
    guint n = 0;

    for (guint i = 0; i < change->entries->len; i++)
        n += entry_at(change, i)->after != NULL;
    return n;
}

const char *
caption_change_before(const CaptionChange *change, guint i)
{
    return entry_at(change, i)->before;
}

const char *
caption_change_after(const CaptionChange *change, guint i)
{
    return entry_at(change, i)->after;
}

guint
caption_change_apply(const CaptionChange *change, TorchlightProject *project, const char *label)
{
    guint n = 0;

    torchlight_project_begin(project, label);
    for (guint i = 0; i < change->entries->len; i++) {
        const Entry *entry = entry_at(change, i);

        if (!entry->after || !g_str_equal(entry->before, torchlight_item_get_caption(entry->item)))
            continue;
        torchlight_project_set_string(project, entry->item, "caption",
                                      *entry->after ? entry->after : NULL);
        n++;
    }
    torchlight_project_end(project);
    return n;
}
