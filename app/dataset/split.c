/* SPDX-License-Identifier: Apache-2.0 */
/* Captures in an order drawn from the seed, each to the part that lacks most. */
#include "app/dataset/split.h"

#include "app/trace/random.h"

typedef struct {
    GArray *traces; /* guint */
} Group;

static void
group_free(void *data)
{
    g_array_unref(((Group *)data)->traces);
    g_free(data);
}

static Group *
add_group(GPtrArray *groups)
{
    Group *group = g_new(Group, 1);

    group->traces = g_array_new(FALSE, FALSE, sizeof(guint));
    g_ptr_array_add(groups, group);
    return group;
}

static GPtrArray *
group_traces(const char *const *captures, guint n)
{
    GPtrArray *groups = g_ptr_array_new_with_free_func(group_free);
    g_autoptr(GHashTable) by_capture = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < n; i++) {
        Group *group = captures[i] ? g_hash_table_lookup(by_capture, captures[i]) : NULL;

        if (!group)
            group = add_group(groups);
        if (captures[i])
            g_hash_table_insert(by_capture, (char *)captures[i], group);
        g_array_append_val(group->traces, i);
    }
    return groups;
}

/* Fisher and Yates. */
static void
shuffle(GPtrArray *groups, guint64 seed)
{
    Random random = random_seeded(seed);

    for (guint i = groups->len; i > 1; i--) {
        guint k = random_below(&random, i);
        void *group = groups->pdata[k];

        groups->pdata[k] = groups->pdata[i - 1];
        groups->pdata[i - 1] = group;
    }
}

void
split_by_capture(const char *const *captures, guint n, const double shares[N_SPLIT_PARTS],
                 guint64 seed, SplitPart *parts)
{
    g_autoptr(GPtrArray) groups = group_traces(captures, n);
    double total = 0, lacking[N_SPLIT_PARTS];

    for (int part = 0; part < N_SPLIT_PARTS; part++)
        total += shares[part];
    g_return_if_fail(total > 0);
    for (int part = 0; part < N_SPLIT_PARTS; part++)
        lacking[part] = shares[part] / total * n;
    shuffle(groups, seed);
    for (guint i = 0; i < groups->len; i++) {
        const Group *group = groups->pdata[i];
        int best = 0;

        for (int part = 1; part < N_SPLIT_PARTS; part++)
            best = lacking[part] > lacking[best] ? part : best;
        lacking[best] -= group->traces->len;
        for (guint k = 0; k < group->traces->len; k++)
            parts[g_array_index(group->traces, guint, k)] = (SplitPart)best;
    }
}

const char *
split_part_name(SplitPart part)
{
    static const char *const names[N_SPLIT_PARTS] = {"train", "validation", "test"};

    return names[part];
}
