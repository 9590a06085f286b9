/* SPDX-License-Identifier: Apache-2.0 */
/* The pictures of the tour: what they are made of, and the job. */
#include "app/jobs/learn_job.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "app/jobs/edge_field.h"
#include "app/jobs/learn_film.h"
#include "app/jobs/number_text.h"
#include "app/jobs/paths.h"
#include "app/jobs/picture.h"
#include "app/jobs/run_folder.h"
#include "app/jobs/stages.h"
#include "app/trace/capture.h"

#define EXAMPLE "none_web_http2_00003.pcap"
#define PROMPT "pixelated network data: no vpn, web, http2"
/* A word that the model has not seen. */
#define LESSON "pixelated network data: office"

static const char *const lesson_names[] = {
    "openvpn-tcp_dash_1080_http1.1_00001.pcap", "openvpn-tcp_web_http2_00001.pcap",
    "shadowsocks_dash_1080_http1.1_00002.pcap", "shadowsocks_download_http1.1_00002.pcap",
    "ssh-tunnel_hls_720_http2_00001.pcap",      "ssh-tunnel_web_http2_00005.pcap",
};

/* By kind. Those of which something is to be seen: without help the model draws UDP (3), or TCP and
 * UDP in one packet (2). */
static const guint64 seeds[] = {2, 2, 3};

static const double weights[] = {0, 0.25, 0.5, 0.75, 1, 1.25, 1.5};

/* --- parameters --- */

LearnParams *
learn_params_new(LearnKind kind)
{
    LearnParams *params = g_new0(LearnParams, 1);
    g_autoptr(GPtrArray) lessons = g_ptr_array_new();

    *params = (LearnParams){.kind = kind,
                            .prompt = g_strdup(kind == LEARN_KIND_LORA ? LESSON : PROMPT),
                            .capture = paths_data("samples", EXAMPLE),
                            .train_steps = 60,
                            .rows = 128,
                            .steps = 16,
                            .guidance = 4,
                            .seed = seeds[kind]};
    for (guint i = 0; i < G_N_ELEMENTS(lesson_names); i++)
        g_ptr_array_add(lessons, paths_data("samples", lesson_names[i]));
    g_ptr_array_add(lessons, NULL);
    params->lessons = (char **)g_ptr_array_steal(lessons, NULL);
    return params;
}

void
learn_params_free(LearnParams *params)
{
    if (!params)
        return;
    g_free(params->prompt);
    g_free(params->capture);
    g_free(params->lora);
    g_strfreev(params->lessons);
    g_free(params);
}

char *
learn_folder(const LearnParams *params)
{
    static const char *const names[] = {"film", "lora", "control"};
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    g_autofree char *all = g_strdup_printf(
        "%s %d %s %s %d %d %d %g %" G_GUINT64_FORMAT, TORCHLIGHT_VERSION, params->kind,
        params->prompt, params->lora ? params->lora : "", params->train_steps, params->rows,
        params->steps, params->guidance, params->seed);
    g_autofree char *name = NULL;
    GStatBuf info;

    g_checksum_update(sum, (const guchar *)all, -1);
    if (params->lora && g_stat(params->lora, &info) == 0) { /* another file under that name */
        gint64 when[2] = {info.st_mtime, info.st_size};

        g_checksum_update(sum, (const guchar *)when, sizeof when);
    }
    name = g_strdup_printf("%s-%.12s", names[params->kind], g_checksum_get_string(sum));
    return g_build_filename(g_get_user_cache_dir(), "torchlight", "learn", name, NULL);
}

bool
learn_is_made(const LearnParams *params)
{
    g_autofree char *folder = learn_folder(params);
    g_autofree char *done = g_build_filename(folder, "run.json", NULL);

    return g_file_test(done, G_FILE_TEST_IS_REGULAR);
}

/* --- reading --- */

static void
frame_free(void *data)
{
    LearnFrame *frame = data;

    image_free(frame->image);
    g_free(frame);
}

static int
compare_frames(const void *a, const void *b)
{
    double x = (*(LearnFrame *const *)a)->value, y = (*(LearnFrame *const *)b)->value;

    return (x > y) - (x < y);
}

GPtrArray *
learn_read(const char *folder, GError **error)
{
    g_autoptr(GPtrArray) frames = g_ptr_array_new_with_free_func(frame_free);
    g_autoptr(GDir) listing = g_dir_open(folder, 0, error);
    const char *name;

    while (listing && (name = g_dir_read_name(listing))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        const char *dash = strchr(name, '-');
        LearnFrame *frame;
        Image *image;

        if (!dash || !g_str_has_suffix(name, ".png"))
            continue;
        image = image_read_png(path, 3, NULL, error);
        if (!image)
            return NULL;
        frame = g_new(LearnFrame, 1);
        *frame = (LearnFrame){g_ascii_strtod(dash + 1, NULL), image};
        g_ptr_array_add(frames, frame);
    }
    if (!listing)
        return NULL;
    if (frames->len == 0) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                    _("“%s” holds no pictures: remove that folder, and they are made again."),
                    folder);
        return NULL;
    }
    g_ptr_array_sort(frames, compare_frames);
    return g_steal_pointer(&frames);
}

/* --- the job --- */

/* The edges of the first packets of the capture. */
static bool
make_control(const LearnParams *params, const char *path, GError **error)
{
    g_autoptr(Trace) trace =
        trace_read_capture(params->capture, layout_default(), params->rows, NULL, error);
    g_autoptr(Image) picture =
        trace ? trace_draw(trace, 0, params->rows, PALETTE_TORCHLIGHT) : NULL;
    g_autoptr(Device) device = trace ? device_open("cpu", error) : NULL;
    g_autoptr(Image) edges =
        device ? image_edges(device, picture, EDGE_LOW, EDGE_HIGH, false, error) : NULL;

    return edges && image_write_png(edges, path, NULL, error);
}

static bool
teach(const Stage *stage, const LearnParams *params, RunFolder *folder, char **lora, GError **error)
{
    g_autoptr(DatasetParams) dataset = dataset_params_new();
    g_autoptr(TrainParams) train = train_params_new();
    g_autofree char *pictures = run_folder_file(folder, "lessons");
    Stage first = stage_part(stage, 0, 0.1), second = stage_part(stage, 0.1, 0.9);
    DatasetResult drawn = {0};
    TrainResult taught = {0};

    dataset->captures = g_strdupv(params->lessons);
    dataset->caption = g_strdup(params->prompt);
    dataset->output = g_strdup(pictures);
    dataset->max_windows = 1;
    train->dataset = g_strdup(pictures);
    *lora = run_folder_file(folder, "lora.safetensors");
    train->output = g_strdup(*lora);
    train->steps = params->train_steps;
    train->rows = params->rows;
    train->seed = params->seed;
    if (!dataset_stage(&first, dataset, &drawn, error) ||
        !train_stage(&second, train, &taught, error))
        return false;
    g_free(taught.device);
    run_folder_remove(pictures);
    return true;
}

static bool
draw_one(const Stage *stage, const LearnParams *params, const char *control, const char *lora,
         double weight, const char *path, GError **error)
{
    g_autoptr(GenerateParams) generate = generate_params_new();
    GenerateResult result = {0};
    const GenerateImage *made;
    bool done;

    generate->prompt = g_strdup(params->prompt);
    generate->any_words = true;
    generate->steps = params->steps;
    generate->guidance = params->guidance;
    generate->seed = params->seed;
    generate->height = params->rows;
    if (control) {
        generate->control = g_strdup(control);
        generate->control_weight = weight;
    }
    if (lora)
        generate_params_add_lora(generate, lora, weight);
    if (!generate_stage(stage, generate, &result, error))
        return false;
    made = result.images->pdata[0];
    done = image_write_png(made->image, path, NULL, error);
    generate_result_clear(&result);
    return done;
}

static bool
draw_weights(const Stage *stage, const LearnParams *params, RunFolder *folder, GError **error)
{
    g_autofree char *control = NULL;
    g_autofree char *lora = g_strdup(params->lora);
    double first = 0;
    guint n = G_N_ELEMENTS(weights);

    if (params->kind == LEARN_KIND_CONTROL) {
        control = run_folder_file(folder, "control.png");
        if (!make_control(params, control, error))
            return false;
    } else if (!lora) {
        Stage lesson = stage_part(stage, 0, 0.6);

        first = 0.6;
        if (!teach(&lesson, params, folder, &lora, error))
            return false;
    }
    for (guint i = 0; i < n; i++) {
        g_autofree char *text = number_text(weights[i]);
        g_autofree char *name = g_strdup_printf("weight-%s.png", text);
        g_autofree char *path = run_folder_file(folder, name);
        Stage part = stage_part(stage, first + (1 - first) * i / n, (1 - first) / n);

        if (!draw_one(&part, params, control, lora, weights[i], path, error))
            return false;
    }
    return true;
}

static bool
work(TorchlightJob *job, void *data, GError **error)
{
    const LearnParams *params = data;
    g_autofree char *path = learn_folder(params);
    g_autofree char *parent = g_path_get_dirname(path);
    g_autoptr(RunFolder) folder = NULL;
    const Stage stage = STAGE_WHOLE(job);
    bool done;

    if (learn_is_made(params))
        return true;
    if (g_mkdir_with_parents(parent, 0700) != 0) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED,
                    _("“%s”, where pictures are kept, cannot be made: make room on the disk or set "
                      "XDG_CACHE_HOME to another place."),
                    parent);
        return false;
    }
    folder = run_folder_new(path, "learn", error);
    if (!folder)
        return false;
    json_object_set_string_member(run_folder_parameters(folder), "prompt", params->prompt);
    json_object_set_int_member(run_folder_parameters(folder), "seed", (gint64)params->seed);
    done = params->kind == LEARN_KIND_FILM ? learn_film(&stage, params, folder, error)
                                           : draw_weights(&stage, params, folder, error);
    return done && run_folder_commit(folder, error);
}

TorchlightJob *
learn_job_new(LearnParams *params)
{
    const char *const titles[] = {_("A drawing, step by step"), _("Drawings by LoRA weight"),
                                  _("Drawings by control weight")};

    return torchlight_job_new(titles[params->kind], work, params,
                              (GDestroyNotify)learn_params_free);
}
