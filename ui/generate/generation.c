/* SPDX-License-Identifier: Apache-2.0 */
/* From parameters to a document: control map, job, previews, result. */
#include "ui/generate/generation.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <math.h>

#include "app/jobs/edges.h"

struct _TorchlightGeneration {
    GObject parent_instance;

    GenerateParams *params; /* the job's, once there is one */
    TracePicture *control;
    Palette palette;
    char *folder; /* temporary, of the control map */
    GCancellable *cancellable;
    TorchlightJob *job;
    char *status;
    double fraction;
    guint64 seed;
    bool finished, previewing;
};

enum { PROP_0, PROP_STATUS, PROP_FRACTION, N_PROPS };
enum { SIGNAL_PREVIEW, SIGNAL_FINISHED, N_SIGNALS };

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(TorchlightGeneration, torchlight_generation, G_TYPE_OBJECT)

char *
generation_eta_text(double seconds)
{
    int minutes = (int)ceil(seconds / 60);

    if (!(seconds >= 0) || seconds > 1e7)
        return g_strdup("");
    if (seconds < 90)
        return g_strdup_printf(_("about %d s left"), MAX(1, (int)ceil(seconds)));
    if (minutes < 120)
        return g_strdup_printf(_("about %d min left"), minutes);
    return g_strdup_printf(_("about %d h left"), (int)ceil(minutes / 60.0));
}

static void
set_status(TorchlightGeneration *generation, const char *status, double fraction)
{
    g_free(generation->status);
    generation->status = g_strdup(status);
    generation->fraction = fraction;
    g_object_notify_by_pspec(G_OBJECT(generation), properties[PROP_STATUS]);
    g_object_notify_by_pspec(G_OBJECT(generation), properties[PROP_FRACTION]);
}

static void
finish(TorchlightGeneration *generation, Document *document, const GError *error)
{
    if (generation->finished)
        return;
    generation->finished = true;
    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        error = NULL;
    g_object_ref(generation);
    g_signal_emit(generation, signals[SIGNAL_FINISHED], 0, document, error);
    g_object_unref(generation);
}

static void
on_job_progress(TorchlightGeneration *generation)
{
    g_autofree char *message = torchlight_job_dup_message(generation->job);
    g_autofree char *eta = generation_eta_text(torchlight_job_get_eta_seconds(generation->job));
    g_autofree char *status =
        *message && *eta ? g_strdup_printf("%s · %s", message, eta) : g_strdup(message);

    if (g_cancellable_is_cancelled(generation->cancellable))
        return; /* what is said is that it is being cancelled */
    set_status(generation, status, torchlight_job_get_fraction(generation->job));
}

static void
preview_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    TorchlightGeneration *generation = source;
    g_autoptr(Image) image = torchlight_job_dup_preview(generation->job);

    if (image && image->n_channels == 3 && generation->palette == PALETTE_NETDIFFUSION) {
        for (size_t i = 0; i < (size_t)image->width * image->height; i++) {
            uint8_t red = image->pixels[3 * i];
            image->pixels[3 * i] = image->pixels[3 * i + 1];
            image->pixels[3 * i + 1] = red;
        }
    }
    g_task_return_pointer(task, image ? pixels_new(image) : NULL, (GDestroyNotify)pixels_unref);
}

static void
on_preview_ready(GObject *source, GAsyncResult *result, gpointer data)
{
    TorchlightGeneration *generation = TORCHLIGHT_GENERATION(source);
    g_autoptr(Pixels) pixels = g_task_propagate_pointer(G_TASK(result), NULL);

    generation->previewing = false;
    if (pixels && !generation->finished)
        g_signal_emit(generation, signals[SIGNAL_PREVIEW], 0, pixels);
}

static void
on_job_preview(TorchlightGeneration *generation)
{
    g_autoptr(GTask) task = NULL;

    if (generation->previewing || generation->finished)
        return;
    generation->previewing = true;
    task = g_task_new(generation, generation->cancellable, on_preview_ready, NULL);
    g_task_run_in_thread(task, preview_in_thread);
}

typedef struct {
    Document *document; /* NULL: the picture is no trace */
    int width;          /* of the picture */
} Outcome;

static void
outcome_free(gpointer data)
{
    Outcome *outcome = data;

    document_unref(outcome->document);
    g_free(outcome);
}

static void
result_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    TorchlightGeneration *generation = source;
    const GenerateResult *result = generate_job_get_result(generation->job);
    const GenerateImage *image = result->images->pdata[0];
    Outcome *outcome = g_new0(Outcome, 1);

    outcome->width = image->image->width;
    if (image->trace)
        outcome->document = document_from_image(image, generation->params, generation->palette);
    g_task_return_pointer(task, outcome, outcome_free);
}

static void
on_result(GObject *source, GAsyncResult *result, gpointer data)
{
    TorchlightGeneration *generation = TORCHLIGHT_GENERATION(source);
    Outcome *outcome = g_task_propagate_pointer(G_TASK(result), NULL);
    g_autoptr(GError) error = NULL;

    if (!outcome) { /* cancelled at the last moment */
        finish(generation, NULL, NULL);
        return;
    }
    if (!outcome->document) {
        error = g_error_new(G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                            _("The model draws pictures %d pixels wide, which is no layout: "
                              "there is no trace to show or export."),
                            outcome->width);
    }
    finish(generation, outcome->document, error);
    outcome_free(outcome);
}

static void
on_job_finished(TorchlightGeneration *generation)
{
    g_autoptr(GTask) task = NULL;

    if (torchlight_job_get_state(generation->job) != JOB_DONE) {
        finish(generation, NULL, torchlight_job_get_error(generation->job));
        return;
    }
    task = g_task_new(generation, generation->cancellable, on_result, NULL);
    g_task_run_in_thread(task, result_in_thread);
}

static void
start_job(TorchlightGeneration *generation)
{
    generation->job = generate_job_new(generation->params);
    g_signal_connect_object(generation->job, "notify::fraction", G_CALLBACK(on_job_progress),
                            generation, G_CONNECT_SWAPPED);
    g_signal_connect_object(generation->job, "notify::message", G_CALLBACK(on_job_progress),
                            generation, G_CONNECT_SWAPPED);
    g_signal_connect_object(generation->job, "preview-changed", G_CALLBACK(on_job_preview),
                            generation, G_CONNECT_SWAPPED);
    g_signal_connect_object(generation->job, "finished", G_CALLBACK(on_job_finished), generation,
                            G_CONNECT_SWAPPED);
    torchlight_job_start(generation->job);
}

static void
control_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    TorchlightGeneration *generation = source;
    g_autofree char *picture = g_build_filename(generation->folder, "trace.png", NULL);
    EdgesParams params = {.input = picture,
                          .output = generation->params->control,
                          .device = generation->params->device,
                          .low = 100,
                          .high = 200};
    EdgesResult result;
    GError *error = NULL;

    if (trace_write_png(generation->control->trace, picture, PALETTE_TORCHLIGHT, &error) &&
        edges_run(&params, &result, &error))
        g_task_return_boolean(task, TRUE);
    else
        g_task_return_error(task, error);
}

static void
on_control(GObject *source, GAsyncResult *result, gpointer data)
{
    TorchlightGeneration *generation = TORCHLIGHT_GENERATION(source);
    g_autoptr(GError) error = NULL;

    if (g_task_propagate_boolean(G_TASK(result), &error))
        start_job(generation);
    else
        finish(generation, NULL, error);
}

void
torchlight_generation_start(TorchlightGeneration *generation)
{
    g_autoptr(GTask) task = NULL;
    g_autoptr(GError) error = NULL;

    if (!generation->control) {
        set_status(generation, _("opening the model"), 0);
        start_job(generation);
        return;
    }
    set_status(generation, _("finding edges"), 0);
    generation->folder = g_dir_make_tmp("torchlight-XXXXXX", &error);
    if (!generation->folder) {
        finish(generation, NULL, error);
        return;
    }
    generation->params->control = g_build_filename(generation->folder, "edges.png", NULL);
    task = g_task_new(generation, generation->cancellable, on_control, NULL);
    g_task_run_in_thread(task, control_in_thread);
}

void
torchlight_generation_cancel(TorchlightGeneration *generation)
{
    if (generation->finished)
        return;
    set_status(generation, _("cancelling"), -1);
    g_cancellable_cancel(generation->cancellable);
    if (generation->job)
        torchlight_job_cancel(generation->job);
}

guint64
torchlight_generation_get_seed(TorchlightGeneration *generation)
{
    return generation->seed;
}

static void
torchlight_generation_get_property(GObject *object, guint id, GValue *value, GParamSpec *spec)
{
    TorchlightGeneration *generation = TORCHLIGHT_GENERATION(object);

    switch (id) {
    case PROP_STATUS:
        g_value_set_string(value, generation->status);
        break;
    case PROP_FRACTION:
        g_value_set_double(value, generation->fraction);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    }
}

static void
remove_folder(const char *folder)
{
    static const char *const names[] = {"trace.png", "edges.png"};

    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(folder, names[i], NULL);
        g_unlink(path);
    }
    g_rmdir(folder);
}

static void
torchlight_generation_finalize(GObject *object)
{
    TorchlightGeneration *generation = TORCHLIGHT_GENERATION(object);

    if (generation->folder)
        remove_folder(generation->folder);
    g_free(generation->folder);
    if (!generation->job)
        generate_params_free(generation->params);
    trace_picture_unref(generation->control);
    g_object_unref(generation->cancellable);
    g_clear_object(&generation->job);
    g_free(generation->status);
    G_OBJECT_CLASS(torchlight_generation_parent_class)->finalize(object);
}

static void
torchlight_generation_class_init(TorchlightGenerationClass *class)
{
    GObjectClass *object = G_OBJECT_CLASS(class);
    const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

    object->get_property = torchlight_generation_get_property;
    object->finalize = torchlight_generation_finalize;
    properties[PROP_STATUS] = g_param_spec_string("status", NULL, NULL, NULL, flags);
    properties[PROP_FRACTION] = g_param_spec_double("fraction", NULL, NULL, -1, 1, 0, flags);
    g_object_class_install_properties(object, N_PROPS, properties);
    signals[SIGNAL_PREVIEW] = g_signal_new("preview", G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST,
                                           0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
    signals[SIGNAL_FINISHED] =
        g_signal_new("finished", G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                     G_TYPE_NONE, 2, G_TYPE_POINTER, G_TYPE_POINTER);
}

static void
torchlight_generation_init(TorchlightGeneration *generation)
{
    generation->cancellable = g_cancellable_new();
}

TorchlightGeneration *
torchlight_generation_new(GenerateParams *params, TracePicture *control, Palette palette)
{
    TorchlightGeneration *generation = g_object_new(TORCHLIGHT_TYPE_GENERATION, NULL);

    generation->params = params;
    generation->seed = params->seed;
    generation->control = control ? trace_picture_ref(control) : NULL;
    generation->palette = palette;
    return generation;
}
