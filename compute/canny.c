/* SPDX-License-Identifier: Apache-2.0 */
/* Canny edges through two small programs: one classifies the pixels and begins to spread strong
 * edges along weak ones; where a device spreads only so far in one run, the other goes on. */
#include "compute/canny.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "compute/graph.h"
#include "compute/ops/canny.h"
#include "compute/program.h"

#define MAX_PIXELS ((int64_t)1 << 28)
#define N_SPREADS 8 /* in one run of a program; the CPU needs one */

typedef struct {
    Program *program;
    Tensor *in, *map, *changed;
} Pass;

static void
pass_clear(Pass *pass)
{
    g_clear_pointer(&pass->program, program_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Pass, pass_clear)

/* From the image to a map when options are given, else from a map to a map. */
static bool
pass_init(Pass *pass, Device *device, int64_t n_words, const CannyOptions *options, int64_t height,
          int64_t width, GError **error)
{
    Graph *g = graph_new();
    pass->in = graph_input(g, DTYPE_I32, options ? &SHAPE(n_words) : &SHAPE(height, width));
    pass->map = options ? op_canny_classify(g, pass->in, options) : pass->in;
    for (int i = 0; i < (device_is_cpu(device) ? 1 : N_SPREADS); i++)
        pass->map = op_canny_spread(g, pass->map, &pass->changed);
    graph_keep(g, pass->map);
    graph_keep(g, pass->changed);
    pass->program = program_new(g, device, error);
    return pass->program != NULL;
}

static bool
pass_run(Pass *pass, const void *in, int32_t *map, int32_t *changed, GError **error)
{
    return program_write(pass->program, pass->in, in, error) &&
           program_run(pass->program, NULL, error) &&
           program_read(pass->program, pass->map, map, error) &&
           program_read(pass->program, pass->changed, changed, error);
}

/* OpenCV's: squares for L2, then rounded down. */
static int32_t
threshold_of(double threshold, bool l2_gradient)
{
    if (l2_gradient) {
        threshold = MIN(threshold, 32767.0);
        if (threshold > 0)
            threshold *= threshold;
    }
    return (int32_t)floor(CLAMP(threshold, -1.0, 2147483647.0));
}

static bool
size_check(int width, int height, int n_channels, GError **error)
{
    if (width < 1 || height < 1 || (int64_t)width * height > MAX_PIXELS || n_channels < 1 ||
        n_channels > 4) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                    _("An image of %d × %d pixels with %d channels has no edges to find: give one "
                      "of 1 to 2^28 pixels with 1 to 4 channels"),
                    width, height, n_channels);
        return false;
    }
    return true;
}

static bool
thresholds_check(double low, double high, GError **error)
{
    if (isnan(low) || isnan(high)) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                    _("The edge thresholds %g and %g are not both numbers: 100 and 200 are usual"),
                    low, high);
        return false;
    }
    return true;
}

static void
set_no_memory(int width, int height, GError **error)
{
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                _("No memory for the edges of %d × %d pixels: use a smaller image"), width, height);
}

bool
canny(Device *device, const uint8_t *image, int width, int height, int n_channels, double low,
      double high, bool l2_gradient, uint8_t *edges, GError **error)
{
    if (!size_check(width, height, n_channels, error) || !thresholds_check(low, high, error))
        return false;
    CannyOptions options = {.width = width,
                            .height = height,
                            .n_channels = n_channels,
                            .low = threshold_of(MIN(low, high), l2_gradient),
                            .high = threshold_of(MAX(low, high), l2_gradient),
                            .l2_gradient = l2_gradient};
    const int64_t n_pixels = (int64_t)width * height, n_bytes = n_pixels * n_channels;
    const int64_t n_words = (n_bytes + 3) / 4;
    g_autofree uint8_t *words = g_try_malloc0((size_t)n_words * 4);
    g_autofree int32_t *map = g_try_new(int32_t, (size_t)n_pixels);
    if (!words || !map) {
        set_no_memory(width, height, error);
        return false;
    }
    memcpy(words, image, (size_t)n_bytes);
    g_auto(Pass) first = {0}, next = {0};
    int32_t changed = 0;
    if (!pass_init(&first, device, n_words, &options, height, width, error) ||
        !pass_run(&first, words, map, &changed, error))
        return false;
    while (changed) {
        if (!next.program && !pass_init(&next, device, 0, NULL, height, width, error))
            return false;
        if (!pass_run(&next, map, map, &changed, error))
            return false;
    }
    for (int64_t i = 0; i < n_pixels; i++)
        edges[i] = map[i] == CANNY_EDGE ? 255 : 0;
    return true;
}

struct CannyField {
    int width, height;
    bool l2_gradient;
    int32_t *peaks; /* (height, width) */
};

CannyField *
canny_field_new(const uint8_t *image, int width, int height, int n_channels, bool l2_gradient,
                GError **error)
{
    if (!size_check(width, height, n_channels, error))
        return NULL;
    const CannyOptions options = {
        .width = width, .height = height, .n_channels = n_channels, .l2_gradient = l2_gradient};
    g_autoptr(CannyField) field = g_new0(CannyField, 1);
    *field = (CannyField){width, height, l2_gradient,
                          g_try_new(int32_t, (size_t)width * (size_t)height)};
    if (!field->peaks) {
        set_no_memory(width, height, error);
        return NULL;
    }
    canny_cpu_peaks(&options, image, field->peaks);
    return g_steal_pointer(&field);
}

void
canny_field_free(CannyField *field)
{
    if (!field)
        return;
    g_free(field->peaks);
    g_free(field);
}

/* The weak pixels that touch an edge become edges; stack holds edges whose neighbours are still to
 * be looked at. */
static void
spread_from(const CannyField *field, int32_t start, int32_t low, uint8_t *edges, GArray *stack)
{
    const int32_t width = field->width, height = field->height;
    g_array_append_val(stack, start);
    while (stack->len > 0) {
        const int32_t at = g_array_index(stack, int32_t, stack->len - 1);
        const int32_t x = at % width, y = at / width;
        g_array_set_size(stack, stack->len - 1);
        for (int32_t v = MAX(y - 1, 0); v <= MIN(y + 1, height - 1); v++) {
            for (int32_t u = MAX(x - 1, 0); u <= MIN(x + 1, width - 1); u++) {
                const int32_t beside = v * width + u;
                if (edges[beside] || field->peaks[beside] <= low)
                    continue;
                edges[beside] = 255;
                g_array_append_val(stack, beside);
            }
        }
    }
}

bool
canny_field_threshold(const CannyField *field, double low, double high, uint8_t *edges,
                      GError **error)
{
    if (!thresholds_check(low, high, error))
        return false;
    const int32_t n = field->width * field->height;
    const int32_t weak = MAX(threshold_of(MIN(low, high), field->l2_gradient), 0);
    const int32_t strong = MAX(threshold_of(MAX(low, high), field->l2_gradient), 0);
    g_autoptr(GArray) stack = g_array_new(FALSE, FALSE, sizeof(int32_t));
    for (int32_t i = 0; i < n; i++)
        edges[i] = field->peaks[i] > strong ? 255 : 0;
    for (int32_t i = 0; i < n; i++) {
        if (field->peaks[i] > strong)
            spread_from(field, i, weak, edges, stack);
    }
    return true;
}
