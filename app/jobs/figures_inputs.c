/* SPDX-License-Identifier: Apache-2.0 */
/* What is to be compared, found in files and folders. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/dataset/captions.h"
#include "app/dataset/dataset.h"
#include "app/jobs/figures_job.h"

static void
input_free(void *data)
{
    FiguresInput *input = data;

    g_free(input->path);
    g_free(input->caption);
    g_free(input->drawn);
    g_free(input);
}

FiguresParams *
figures_params_new(void)
{
    FiguresParams *params = g_new0(FiguresParams, 1);

    params->inputs = g_ptr_array_new_with_free_func(input_free);
    return params;
}

void
figures_params_free(FiguresParams *params)
{
    if (!params)
        return;
    g_ptr_array_unref(params->inputs);
    g_free(params->title);
    g_free(params->axis);
    g_free(params->vocabulary);
    g_free(params->layout);
    g_free(params->output);
    g_free(params->csv);
    g_free(params);
}

FiguresInput *
figures_params_add(FiguresParams *params, Side side, const char *path, const char *caption)
{
    FiguresInput *input = g_new0(FiguresInput, 1);

    input->side = side;
    input->path = g_strdup(path);
    input->caption = g_strdup(caption);
    g_ptr_array_add(params->inputs, input);
    return input;
}

static bool
add_dataset(FiguresParams *params, Side side, const char *path, GError **error)
{
    g_autoptr(Dataset) dataset = dataset_open(path, error);

    for (guint i = 0; dataset && i < dataset->items->len; i++) {
        g_autofree char *file = dataset_path(dataset, dataset_item(dataset, i));

        figures_params_add(params, side, file, dataset_item(dataset, i)->caption);
    }
    return dataset != NULL;
}

static int
compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The files of a folder that end so, by name. */
static GPtrArray *
list_files(const char *dir, const char *const *suffixes)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) listing = g_dir_open(dir, 0, NULL);
    const char *name;

    while (listing && (name = g_dir_read_name(listing))) {
        for (int i = 0; suffixes[i]; i++) {
            if (g_str_has_suffix(name, suffixes[i])) {
                g_ptr_array_add(names, g_build_filename(dir, name, NULL));
                break;
            }
        }
    }
    g_ptr_array_sort(names, compare_names);
    return names;
}

static bool
add_captures(FiguresParams *params, Side side, const char *dir, const char *table, GError **error)
{
    static const char *const suffixes[] = {".pcap", ".pcapng", NULL};
    g_autoptr(GPtrArray) files = list_files(dir, suffixes);
    g_autoptr(Captions) captions = captions_read(table, error);

    for (guint i = 0; captions && i < files->len; i++) {
        const char *caption = captions_find(captions, files->pdata[i], error);

        if (!caption)
            return false;
        figures_params_add(params, side, files->pdata[i], caption);
    }
    return captions != NULL;
}

/* "00000.trace.png" is 00000.png with its colours corrected: one of them counts. */
static void
add_pictures(FiguresParams *params, Side side, const char *dir)
{
    static const char *const corrected[] = {".trace.png", NULL}, *const any[] = {".png", NULL};
    g_autoptr(GPtrArray) files = list_files(dir, corrected);

    if (files->len == 0) {
        g_ptr_array_unref(files);
        files = list_files(dir, any);
    }
    for (guint i = 0; i < files->len; i++)
        figures_params_add(params, side, files->pdata[i], NULL);
}

static bool
add_folder(FiguresParams *params, Side side, const char *path, GError **error)
{
    g_autofree char *table = g_build_filename(path, "captions.csv", NULL);
    guint n = params->inputs->len;

    if (dataset_is_folder(path))
        return add_dataset(params, side, path, error);
    if (g_file_test(table, G_FILE_TEST_IS_REGULAR))
        return add_captures(params, side, path, table, error);
    add_pictures(params, side, path);
    if (params->inputs->len > n)
        return true;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                _("“%s” holds no traces: name a dataset, a folder that `torchlight generate` made, "
                  "or captures with their captions.csv."),
                path);
    return false;
}

bool
figures_params_add_path(FiguresParams *params, Side side, const char *path, GError **error)
{
    if (g_file_test(path, G_FILE_TEST_IS_DIR))
        return add_folder(params, side, path, error);
    figures_params_add(params, side, path, NULL);
    return true;
}
