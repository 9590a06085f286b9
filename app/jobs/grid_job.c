/* SPDX-License-Identifier: Apache-2.0 */
/* Cell after cell, each a run of its own in one session. */
#include "app/jobs/grid_job.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/jobs/generate_files.h"
#include "app/jobs/generate_run.h"
#include "app/jobs/generate_settings.h"
#include "app/jobs/grid_picture.h"

typedef struct {
    GridParams *params;
    GenerateSession *session;
    GMutex mutex;    /* guards runs */
    GPtrArray *runs; /* Cell, those that are done */
    char *device;
    double seconds;
} GridData;

typedef struct {
    GenerateParams *params;
    GenerateRun run;
} Cell;

static void
cell_free(void *data)
{
    Cell *cell = data;

    generate_run_clear(&cell->run);
    generate_params_free(cell->params);
    g_free(cell);
}

static void
data_free(void *data_)
{
    GridData *data = data_;

    g_ptr_array_unref(data->runs);
    grid_params_free(data->params);
    generate_session_unref(data->session);
    g_mutex_clear(&data->mutex);
    g_free(data->device);
    g_free(data);
}

/* "Steps 5", "…, web, http2": a value with the name of its setting. NULL of no axis. */
static char **
axis_labels(const GridAxis *axis)
{
    const GenerateSetting *setting = axis ? generate_setting_find(axis->key) : NULL;
    g_autoptr(GPtrArray) labels = g_ptr_array_new();

    if (!axis)
        return NULL;
    for (int i = 0; axis->values[i]; i++) {
        g_autofree char *base = setting->type == SETTING_PATH ? g_path_get_basename(axis->values[i])
                                                              : g_strdup(axis->values[i]);

        g_ptr_array_add(labels, g_strdup_printf("%s %s", _(setting->label), base));
    }
    g_ptr_array_add(labels, NULL);
    return (char **)g_ptr_array_steal(labels, NULL);
}

/* What all cells have in common; the caller frees. */
static char *
common_text(const GridParams *p)
{
    static const char *const keys[] = {"sampler", "steps", "guidance", "seed"};
    GString *text = g_string_new(p->base->prompt);

    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        g_autofree char *value = generate_params_get_text(p->base, keys[i]);

        if (*value && !(p->x && g_str_equal(p->x->key, keys[i])) &&
            !(p->y && g_str_equal(p->y->key, keys[i])))
            g_string_append_printf(text, " · %s %s", _(generate_setting_find(keys[i])->label),
                                   value);
    }
    return g_string_free(text, FALSE);
}

static GridPicture *
new_picture(const GridParams *p, const Image *first)
{
    g_auto(GStrv) columns = axis_labels(p->x);
    g_auto(GStrv) rows = axis_labels(p->y);
    g_autofree char *caption = common_text(p);

    return grid_picture_new(columns, rows, caption, first->width, first->height);
}

static bool
run_cell(GridData *data, const Stage *stage, RunFolder *folder, int x, int y, GridPicture **picture,
         GError **error)
{
    const GridParams *p = data->params;
    Cell *cell = g_new0(Cell, 1);
    GenerateImage *image;

    cell->params = grid_params_cell(p, x, y, error);
    generate_run_init(&cell->run, cell->params, data->session);
    cell->run.folder = folder;
    cell->run.first_index = y * grid_axis_n(p->x) + x;
    cell->run.n_total = grid_axis_n(p->x) * grid_axis_n(p->y);
    cell->run.keep = true;
    if (!cell->params || !generate_run_all(&cell->run, stage, error)) {
        cell_free(cell);
        return false;
    }
    image = cell->run.result.images->pdata[0];
    if (!*picture)
        *picture = new_picture(p, image->image);
    grid_picture_put(*picture, x, y, image->image);
    g_clear_pointer(&image->image, image_free);
    g_clear_pointer(&image->trace, trace_free);
    if (!data->device)
        data->device = g_strdup(cell->run.result.device);
    data->seconds += cell->run.result.seconds_per_image;
    g_mutex_lock(&data->mutex);
    g_ptr_array_add(data->runs, cell);
    g_mutex_unlock(&data->mutex);
    return true;
}

static bool
check_grid(const GridParams *p, GError **error)
{
    int n_x = grid_axis_n(p->x), n_y = grid_axis_n(p->y);

    if ((p->x && p->y && g_str_equal(p->x->key, p->y->key)) || (!p->x && !p->y)) {
        g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                            _("A grid goes over two settings: choose one across and another "
                              "down, or one alone."));
        return false;
    }
    if (n_x * n_y > GRID_MAX_CELLS) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    _("A grid of %d × %d is too large: choose at most %d pictures."), n_x, n_y,
                    GRID_MAX_CELLS);
        return false;
    }
    for (int i = 0; i < MAX(n_x, n_y); i++) { /* before hours of work go into the first cells */
        g_autoptr(GenerateParams) cell =
            grid_params_cell(p, MIN(i, n_x - 1), MIN(i, n_y - 1), error);

        if (!cell || !generate_params_check(cell, error))
            return false;
    }
    return true;
}

static bool
write_grid(const GridParams *p, const Image *image, const char *path, GError **error)
{
    g_autoptr(GHashTable) text = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);

    g_hash_table_insert(text, g_strdup("torchlight:kind"), g_strdup("grid"));
    if (p->x)
        g_hash_table_insert(text, g_strdup("torchlight:provenance:x"), grid_axis_to_text(p->x));
    if (p->y)
        g_hash_table_insert(text, g_strdup("torchlight:provenance:y"), grid_axis_to_text(p->y));
    g_hash_table_insert(text, g_strdup("torchlight:provenance:prompt"), g_strdup(p->base->prompt));
    return image_write_png(image, path, text, error);
}

static bool
commit(GridData *data, RunFolder *folder, GError **error)
{
    const GridParams *p = data->params;
    const GenerateImage *image = ((Cell *)data->runs->pdata[0])->run.result.images->pdata[0];
    const GenerateSums none = {0};

    generate_note_params(folder, p->base, &none, image->width, image->height, data->device);
    if (p->x) {
        g_autofree char *x = grid_axis_to_text(p->x);

        json_object_set_string_member(run_folder_parameters(folder), "x", x);
    }
    if (p->y) {
        g_autofree char *y = grid_axis_to_text(p->y);

        json_object_set_string_member(run_folder_parameters(folder), "y", y);
    }
    return run_folder_commit(folder, error);
}

static bool
run_cells(GridData *data, const Stage *whole, RunFolder *folder, GridPicture **picture,
          GError **error)
{
    int n_x = grid_axis_n(data->params->x), n_y = grid_axis_n(data->params->y);

    for (int i = 0; i < n_x * n_y; i++) {
        Stage part = stage_part(whole, (double)i / (n_x * n_y), 1.0 / (n_x * n_y));

        if (!run_cell(data, &part, folder, i % n_x, i / n_x, picture, error))
            return false;
    }
    data->seconds /= n_x * n_y;
    return true;
}

static bool
work(TorchlightJob *job, void *data_, GError **error)
{
    GridData *data = data_;
    const GridParams *p = data->params;
    g_autoptr(RunFolder) folder = NULL;
    g_autofree char *path = NULL;
    g_autoptr(Image) image = NULL;
    GridPicture *picture = NULL;
    bool done = check_grid(p, error);

    if (done && p->base->output)
        done = (folder = run_folder_new(p->base->output, "grid", error)) != NULL;
    done = done && run_cells(data, &STAGE_WHOLE(job), folder, &picture, error);
    if (done) {
        image = grid_picture_render(picture);
        path = folder ? run_folder_file(folder, "grid.png") : g_strdup(p->picture);
        done = (!path || write_grid(p, image, path, error)) &&
               (!folder || commit(data, folder, error));
    }
    if (done)
        torchlight_job_take_preview(job, g_steal_pointer(&image));
    grid_picture_free(picture);
    return done;
}

TorchlightJob *
grid_job_new(GridParams *params, GenerateSession *session)
{
    GridData *data = g_new0(GridData, 1);

    data->params = params;
    data->session = session ? generate_session_ref(session) : generate_session_new();
    data->runs = g_ptr_array_new_with_free_func(cell_free);
    g_mutex_init(&data->mutex);
    return torchlight_job_new(_("Compare Settings"), work, data, data_free);
}

static GridData *
data_of(TorchlightJob *job)
{
    return torchlight_job_get_data(job);
}

const GridParams *
grid_job_get_params(TorchlightJob *job)
{
    return data_of(job)->params;
}

int
grid_job_n_done(TorchlightJob *job)
{
    GridData *data = data_of(job);
    int n;

    g_mutex_lock(&data->mutex);
    n = (int)data->runs->len;
    g_mutex_unlock(&data->mutex);
    return n;
}

static const Cell *
get_cell(GridData *data, int n)
{
    const Cell *cell = NULL;

    g_mutex_lock(&data->mutex);
    if (n >= 0 && n < (int)data->runs->len)
        cell = data->runs->pdata[n];
    g_mutex_unlock(&data->mutex);
    return cell;
}

const GenerateImage *
grid_job_get_image(TorchlightJob *job, int n)
{
    const Cell *cell = get_cell(data_of(job), n);

    return cell ? cell->run.result.images->pdata[0] : NULL;
}

const GenerateParams *
grid_job_get_cell(TorchlightJob *job, int n)
{
    const Cell *cell = get_cell(data_of(job), n);

    return cell ? cell->params : NULL;
}

const char *
grid_job_get_device(TorchlightJob *job)
{
    return data_of(job)->device;
}

double
grid_job_get_seconds(TorchlightJob *job)
{
    return data_of(job)->seconds;
}
