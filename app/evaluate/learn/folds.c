/* SPDX-License-Identifier: Apache-2.0 */
/* Groups dealt out to folds, class by class. */
#include "app/evaluate/learn/folds.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>

#include "app/trace/random.h"

/* The groups of a set, in order of their number. */
typedef struct {
    int n, n_classes;
    int *of_sample; /* (n samples) 0 .. n-1 */
    int *class;     /* (n): its commonest, the lowest of equals */
    int *size;      /* (n) samples */
} Groups;

static int
compare_ints(gconstpointer a, gconstpointer b, gpointer nothing)
{
    int x = *(const int *)a, y = *(const int *)b;

    return (x > y) - (x < y);
}

static void
number_groups(Groups *groups, const int *numbers, int n)
{
    g_autofree int *sorted = g_new(int, n + 1);

    groups->of_sample = g_new(int, n + 1);
    for (int i = 0; i < n; i++)
        sorted[i] = numbers ? numbers[i] : i;
    g_qsort_with_data(sorted, n, sizeof *sorted, compare_ints, NULL);
    for (int i = 0; i < n; i++) {
        if (groups->n == 0 || sorted[i] != sorted[groups->n - 1])
            sorted[groups->n++] = sorted[i];
    }
    for (int i = 0; i < n; i++) {
        int wanted = numbers ? numbers[i] : i, low = 0, high = groups->n - 1;

        while (low < high) {
            int middle = low + (high - low) / 2;

            if (sorted[middle] < wanted)
                low = middle + 1;
            else
                high = middle;
        }
        groups->of_sample[i] = low;
    }
}

static void
groups_init(Groups *groups, const int *classes, const int *numbers, int n)
{
    g_autofree int *counts = NULL;

    *groups = (Groups){0};
    number_groups(groups, numbers, n);
    for (int i = 0; i < n; i++)
        groups->n_classes = MAX(groups->n_classes, classes[i] + 1);
    groups->class = g_new0(int, groups->n + 1);
    groups->size = g_new0(int, groups->n + 1);
    counts = g_new0(int, (size_t)groups->n * groups->n_classes + 1);
    for (int i = 0; i < n; i++) {
        counts[(size_t)groups->of_sample[i] * groups->n_classes + classes[i]]++;
        groups->size[groups->of_sample[i]]++;
    }
    for (int group = 0; group < groups->n; group++) {
        const int *of_group = counts + (size_t)group * groups->n_classes;

        for (int k = 1; k < groups->n_classes; k++) {
            if (of_group[k] > of_group[groups->class[group]])
                groups->class[group] = k;
        }
    }
}

static void
groups_clear(Groups *groups)
{
    g_free(groups->of_sample);
    g_free(groups->class);
    g_free(groups->size);
}

/* The groups in an order by chance, the caller frees. */
static int *
shuffled(const Groups *groups, Random *random)
{
    int *order = g_new0(int, groups->n + 1);

    for (int i = 0; i < groups->n; i++) {
        int at = (int)random_below(random, i + 1);

        order[i] = order[at];
        order[at] = i;
    }
    return order;
}

/* Of the folds with the fewest groups of the class, the one with the fewest samples. */
static int
emptiest(const int *of_class, const int *sizes, int k)
{
    int best = 0;

    for (int i = 1; i < k; i++) {
        if (of_class[i] < of_class[best] ||
            (of_class[i] == of_class[best] && sizes[i] < sizes[best]))
            best = i;
    }
    return best;
}

int *
folds_stratified(const int *classes, const int *groups_of, int n, int k, guint64 seed,
                 GError **error)
{
    Groups groups;
    Random random = random_seeded(seed);
    g_autofree int *order = NULL, *fold = NULL, *of_class = NULL, *sizes = NULL;
    int *folds = NULL;

    groups_init(&groups, classes, groups_of, n);
    if (k < 2 || groups.n < k) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("%d captures cannot be parted into %d folds: take fewer folds, at least 2, "
                      "or give more captures."),
                    groups.n, k);
        groups_clear(&groups);
        return NULL;
    }
    order = shuffled(&groups, &random);
    fold = g_new(int, groups.n);
    sizes = g_new0(int, k);
    of_class = g_new0(int, (size_t)k *groups.n_classes);
    for (int class = 0; class < groups.n_classes; class ++) {
        for (int i = 0; i < groups.n; i++) {
            int group = order[i];

            if (groups.class[group] != class)
                continue;
            fold[group] = emptiest(of_class + (size_t) class * k, sizes, k);
            of_class[(size_t) class * k + fold[group]]++;
            sizes[fold[group]] += groups.size[group];
        }
    }
    folds = g_new(int, n + 1);
    for (int i = 0; i < n; i++)
        folds[i] = fold[groups.of_sample[i]];
    groups_clear(&groups);
    return folds;
}

int
folds_thin_classes(const int *classes, const int *groups_of, int n, int k, int *worst)
{
    Groups groups;
    g_autofree int *counts = NULL;
    int n_thin = 0, thinnest = -1;

    groups_init(&groups, classes, groups_of, n);
    counts = g_new0(int, groups.n_classes + 1);
    for (int i = 0; i < groups.n; i++)
        counts[groups.class[i]]++;
    for (int i = 0; i < groups.n_classes; i++) {
        if (counts[i] == 0 || counts[i] >= k)
            continue;
        n_thin++;
        if (thinnest < 0 || counts[i] < counts[thinnest])
            thinnest = i;
    }
    groups_clear(&groups);
    if (worst)
        *worst = thinnest;
    return n_thin;
}

int
folds_choose_groups(const int *classes, const int *groups_of, int n, int per_class, guint64 seed,
                    bool *chosen)
{
    Groups groups;
    Random random = random_seeded(seed);
    g_autofree int *order = NULL, *counts = NULL;
    g_autofree bool *taken = NULL;
    int n_chosen = 0;

    groups_init(&groups, classes, groups_of, n);
    order = shuffled(&groups, &random);
    counts = g_new0(int, groups.n_classes + 1);
    taken = g_new0(bool, groups.n + 1);
    for (int i = 0; i < groups.n; i++)
        taken[order[i]] = counts[groups.class[order[i]]]++ < per_class;
    for (int i = 0; i < n; i++) {
        chosen[i] = taken[groups.of_sample[i]];
        n_chosen += chosen[i];
    }
    groups_clear(&groups);
    return n_chosen;
}
