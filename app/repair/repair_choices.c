/* SPDX-License-Identifier: Apache-2.0 */
/* The choices as a struct. */
#include "app/repair/repair_choices.h"

#include <string.h>

RepairChoices *
repair_choices_new(void)
{
    RepairChoices *choices = g_new0(RepairChoices, 1);

    choices->as_drawn = g_array_new(FALSE, FALSE, sizeof(int));
    return choices;
}

RepairChoices *
repair_choices_copy(const RepairChoices *choices)
{
    RepairChoices *copy = g_memdup2(choices, sizeof *choices);

    copy->as_drawn = g_array_copy(choices->as_drawn);
    copy->timing = g_strdup(choices->timing);
    copy->template = g_strdup(choices->template);
    copy->map = g_strdup(choices->map);
    return copy;
}

void
repair_choices_free(RepairChoices *choices)
{
    if (!choices)
        return;
    g_array_unref(choices->as_drawn);
    g_free(choices->timing);
    g_free(choices->template);
    g_free(choices->map);
    g_free(choices);
}

bool
repair_choices_equal(const RepairChoices *a, const RepairChoices *b)
{
    return a->rules_off == b->rules_off && a->as_drawn->len == b->as_drawn->len &&
           (a->as_drawn->len == 0 ||
            memcmp(a->as_drawn->data, b->as_drawn->data, a->as_drawn->len * sizeof(int)) == 0) &&
           a->mid_stream == b->mid_stream && a->annotate == b->annotate &&
           a->has_seed == b->has_seed && (!a->has_seed || a->seed == b->seed) &&
           a->addresses == b->addresses && a->macs == b->macs && a->payload == b->payload &&
           a->link == b->link && a->snaplen == b->snaplen && g_strcmp0(a->timing, b->timing) == 0 &&
           g_strcmp0(a->template, b->template) == 0 && g_strcmp0(a->map, b->map) == 0;
}

bool
repair_choices_take_all(const RepairChoices *choices)
{
    return choices->rules_off == 0 && choices->as_drawn->len == 0;
}

void
repair_choices_set_rule(RepairChoices *choices, int rule, bool on)
{
    uint64_t bit = (uint64_t)1 << rule;

    choices->rules_off = on ? choices->rules_off & ~bit : choices->rules_off | bit;
}

/* Where the row stands among those as drawn, or would stand. */
static guint
find_packet(const RepairChoices *choices, int row)
{
    guint at = 0;

    while (at < choices->as_drawn->len && g_array_index(choices->as_drawn, int, at) < row)
        at++;
    return at;
}

bool
repair_choices_has_packet(const RepairChoices *choices, int row)
{
    guint at = find_packet(choices, row);

    return at < choices->as_drawn->len && g_array_index(choices->as_drawn, int, at) == row;
}

void
repair_choices_set_packet(RepairChoices *choices, int row, bool as_drawn)
{
    if (repair_choices_has_packet(choices, row) == as_drawn)
        return;
    if (as_drawn)
        g_array_insert_val(choices->as_drawn, find_packet(choices, row), row);
    else
        g_array_remove_index(choices->as_drawn, find_packet(choices, row));
}

const char **
repair_choices_without(const RepairChoices *choices)
{
    int n;
    const RepairRule *const *rules = repair_rules(&n);
    g_autoptr(GPtrArray) ids = g_ptr_array_new();

    if (choices->rules_off == 0)
        return NULL;
    for (int i = 0; i < n; i++) {
        if (choices->rules_off >> i & 1)
            g_ptr_array_add(ids, (gpointer)rules[i]->id);
    }
    g_ptr_array_add(ids, NULL);
    return (const char **)g_ptr_array_steal(ids, NULL);
}

static void
resolve(char **path, const char *dir)
{
    if (!*path || g_path_is_absolute(*path))
        return;
    char *whole = g_build_filename(dir, *path, NULL);
    g_free(*path);
    *path = whole;
}

void
repair_choices_resolve(RepairChoices *choices, const char *dir)
{
    if (g_strcmp0(choices->timing, "none") != 0)
        resolve(&choices->timing, dir);
    resolve(&choices->template, dir);
    resolve(&choices->map, dir);
}
