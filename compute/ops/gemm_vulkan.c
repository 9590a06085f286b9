/* SPDX-License-Identifier: Apache-2.0 */
#include "compute/ops/gemm_vulkan.h"

#include <string.h>

#include "compute/vulkan/dispatch.h"

#define ENOUGH_GROUPS 256   /* to keep a large GPU busy */
#define ENOUGH_LARGE 64     /* large tiles, that it pays to have fewer of them */
#define SHORTEST_SPLIT 128  /* of k: below it, adding up costs more than it gains */
#define LONGEST_SPLIT 16384 /* of k: beyond it, a running sum loses digits */
#define MAX_SPLITS 64
#define MAX_GROUPS 65535 /* along one side, on every Vulkan device */

static int64_t
divide_up(int64_t a, int64_t b)
{
    return (a + b - 1) / b;
}

static bool
is_large(const GemmGrid *grid)
{
    return *grid->form;
}

static int64_t
tile_m(const GemmGrid *grid)
{
    return (is_large(grid) ? 8 : 4) * grid->threads_m;
}

static int64_t
tile_n(const GemmGrid *grid)
{
    return (is_large(grid) ? 2048 : 1024) / grid->threads_m;
}

static void
set_groups(GemmGrid *grid, int64_t rows, int64_t cols)
{
    grid->gx = (uint32_t)divide_up(cols, tile_n(grid));
    grid->gy = (uint32_t)divide_up(rows, tile_m(grid));
}

GemmGrid
gemm_grid(int64_t rows, int64_t cols, int64_t k, int64_t n_items)
{
    GemmGrid grid = {.form = "",
                     .threads_m = rows <= 16   ? 4
                                  : rows <= 32 ? 8
                                  : cols <= 16 ? 64
                                  : cols <= 32 ? 32
                                               : 16};
    int64_t n_large = divide_up(rows, 128) * divide_up(cols, 128) * n_items;
    if (rows >= 96 && cols >= 96 && n_large * MAX(k / 1024, 1) >= ENOUGH_LARGE)
        grid.form = "_large";
    set_groups(&grid, rows, cols);
    int64_t n_groups = MAX((int64_t)grid.gx * grid.gy * n_items, 1);
    int64_t splits = MIN(ENOUGH_GROUPS / n_groups, k / SHORTEST_SPLIT);
    splits = MAX(splits, divide_up(k, LONGEST_SPLIT));
    grid.splits = (uint32_t)CLAMP(splits, 1, MAX_SPLITS);
    return grid;
}

/* --- forms --- */

typedef struct {
    const char *name, *form;
    uint32_t threads_m;
} Form;

static const Form forms[] = {
    {"vec 128x128", "_vec", 16}, {"vec 64x256", "_vec", 8}, {"vec 256x64", "_vec", 32},
    {"128x128", "_large", 16},   {"64x256", "_large", 8},   {"256x64", "_large", 32},
    {"64x64", "", 16},           {"32x128", "", 8},         {"128x32", "", 32},
    {"16x256", "", 4},           {"256x16", "", 64},
};

/* Whether the form is worth trying: no tile that is mostly empty, no more groups than there may be.
 */
static bool
fits(const Form *form, const GemmQuestion *q, const GemmGrid *plain)
{
    GemmGrid grid = {.form = form->form, .threads_m = form->threads_m};
    if (g_str_equal(form->form, plain->form) && form->threads_m == plain->threads_m)
        return true;
    if (g_str_equal(form->form, "_vec") && !q->can_vec)
        return false;
    return tile_m(&grid) < 2 * MAX(q->rows, 16) && tile_n(&grid) < 2 * MAX(q->cols, 16) &&
           divide_up(q->rows, tile_m(&grid)) <= MAX_GROUPS &&
           divide_up(q->cols, tile_n(&grid)) <= MAX_GROUPS;
}

/* The forms to choose from, the plain one first. */
static int
find_forms(const GemmQuestion *q, const GemmGrid *plain, const Form **found)
{
    int n = 1;
    for (guint i = 0; i < G_N_ELEMENTS(forms); i++) {
        const Form *form = &forms[i];
        if (g_str_equal(form->form, plain->form) && form->threads_m == plain->threads_m)
            found[0] = form;
        else if (fits(form, q, plain))
            found[n++] = form;
    }
    return n;
}

/* Four numbers at a time where that is among them; of its tiles the first. */
static int
suggested(const Form *const *found, int n)
{
    for (int i = 0; i < n; i++) {
        if (g_str_equal(found[i]->form, "_vec"))
            return i;
    }
    return 0;
}

static char *
question_key(const GemmQuestion *q, const GemmGrid *plain)
{
    GString *key = g_string_new(q->name);
    g_string_append_printf(key,
                           " %" G_GINT64_FORMAT "x%" G_GINT64_FORMAT "x%" G_GINT64_FORMAT
                           " of %" G_GINT64_FORMAT " in %u",
                           q->rows, q->cols, q->k, q->n_items, plain->splits);
    for (int i = 0; i < q->n_tensors; i++)
        g_string_append_printf(key, " %s",
                               q->tensors[i] ? dtype_name(q->tensors[i]->dtype) : "none");
    return g_string_free(key, FALSE);
}

void
gemm_choose(Dispatcher *d, const GemmQuestion *q, GemmGrid *grid)
{
    const Form *found[G_N_ELEMENTS(forms) + 1];
    const char *names[G_N_ELEMENTS(forms) + 1];
    int n = find_forms(q, grid, found);
    G_STATIC_ASSERT(G_N_ELEMENTS(forms) <= TUNE_MAX_WAYS);
    for (int i = 0; i < n; i++)
        names[i] = found[i]->name;
    g_autofree char *key = question_key(q, grid);
    int way = dispatch_choose(d, key, TUNE_FASTEST, names, n, suggested(found, n));
    grid->form = found[way]->form;
    grid->threads_m = found[way]->threads_m;
    set_groups(grid, q->rows, q->cols);
}

/* --- parts of the sum --- */

Tensor *
gemm_parts(Dispatcher *d, GemmGrid *grid, Tensor *out)
{
    size_t size = (size_t)tensor_count(out) * sizeof(float);
    while (grid->splits > 1 && size > dispatch_max_range(d) / grid->splits)
        grid->splits /= 2;
    return grid->splits == 1 ? out : dispatch_scratch(d, tensor_count(out) * grid->splits);
}

void
gemm_sum_parts(Dispatcher *d, const GemmGrid *grid, Tensor *parts, Tensor *bias, int64_t inner,
               Tensor *out)
{
    if (grid->splits == 1)
        return;
    struct {
        uint32_t n, splits, inner, n_bias, has_bias;
    } push = {(uint32_t)tensor_count(out), grid->splits, (uint32_t)inner,
              bias ? (uint32_t)tensor_count(bias) : 1, bias != NULL};
    dispatch_1d(d, "sum_partials", &push, sizeof push, (Tensor *[]){parts, bias, out}, 3, push.n);
}
