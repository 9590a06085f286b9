/* SPDX-License-Identifier: Apache-2.0 */
/* Training pictures from a dataset folder, turned into what the trainers take. */
#include "app/jobs/latents.h"

#include "app/dataset/dataset.h"
#include "app/jobs/edge_field.h"
#include "app/jobs/picture_bits.h"
#include "compute/program.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

typedef struct {
    char *path, *caption;
    float *latent;     /* NULL until asked for */
    uint8_t *edges;    /* one bit a pixel, NULL until asked for */
    PictureBits *bits; /* NULL until asked for, and where the picture is of other colours */
    int32_t *ids;
} Item;

struct LatentSet {
    GPtrArray *items; /* Item, each as often as its repeats */
    int width, height;
    const Vae *vae;
    Program *encode;
    Tensor *image, *moments;
    Image *picture;       /* the one read last */
    const Layout *layout; /* of it */
    int picture_index;
    size_t bits_kept; /* bytes */
    bool prepared;
};

enum { MAX_ITEMS = 1 << 24 };
#define MAX_BITS_KEPT ((size_t)2 << 30) /* bytes; other pictures are read again and again */

static void
item_clear(void *data)
{
    Item *item = data;
    g_free(item->path);
    g_free(item->caption);
    g_free(item->latent);
    g_free(item->edges);
    picture_bits_free(item->bits);
    g_free(item->ids);
}

static void
item_release(void *item)
{
    g_rc_box_release_full(item, item_clear);
}

/* Any thread. layout: that of the picture, the default where it names none. */
static Image *
load_picture(const char *path, const Layout **layout, GError **error)
{
    g_autoptr(GHashTable) text = NULL;
    g_autoptr(Image) image = image_read_png(path, 3, &text, error);
    if (!image)
        return NULL;
    image_use_paper_palette(image, text); /* the trainers know one */
    const char *named = text ? g_hash_table_lookup(text, "torchlight:layout") : NULL;
    const Layout *known = named ? layout_by_name(named, NULL) : NULL;
    *layout = known ? known : layout_default();
    return g_steal_pointer(&image);
}

static bool
check_size(const LatentSet *set, const Item *item, const Image *image, GError **error)
{
    if (image->width == set->width && image->height == set->height)
        return true;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                _("%s is %dx%d, but the first picture of the dataset is %dx%d. Use pictures of "
                  "one size."),
                item->path, image->width, image->height, set->width, set->height);
    return false;
}

static bool
read_picture(LatentSet *set, int i, GError **error)
{
    const Item *item = set->items->pdata[i];
    if (set->picture && set->picture_index == i)
        return true;
    g_clear_pointer(&set->picture, image_free);
    g_autoptr(Image) image = load_picture(item->path, &set->layout, error);
    if (!image)
        return false;
    if (set->width == 0) {
        set->width = image->width;
        set->height = image->height;
    }
    if (!check_size(set, item, image, error))
        return false;
    set->picture = g_steal_pointer(&image);
    set->picture_index = i;
    return true;
}

static bool
keep_edges(Item *item, const Image *image, GError **error)
{
    g_autoptr(EdgeField) field = edge_field_new(image, false, error);
    g_autoptr(Image) edges = field ? edge_field_threshold(field, EDGE_LOW, EDGE_HIGH, error) : NULL;
    if (!edges)
        return false;
    size_t n = (size_t)image->width * image->height;
    item->edges = g_new0(uint8_t, (n + 7) / 8);
    for (size_t j = 0; j < n; j++)
        item->edges[j >> 3] |= (uint8_t)((edges->pixels[j] != 0) << (j & 7));
    return true;
}

/* What latent_set_prepare does for one picture. Any thread, as long as no other has the item. */
static bool
prepare_item(const LatentSet *set, Item *item, bool keep_bits, bool edges, GError **error)
{
    const Layout *layout;
    if ((item->bits || !keep_bits) && (item->edges || !edges))
        return true;
    g_autoptr(Image) image = load_picture(item->path, &layout, error);
    if (!image || !check_size(set, item, image, error))
        return false;
    if (!item->bits && keep_bits)
        item->bits = picture_bits_new(image, layout);
    return item->edges || !edges || keep_edges(item, image, error);
}

static size_t
bits_size(const LatentSet *set)
{
    return (size_t)set->width * set->height * 3 / 8;
}

bool
latent_set_prepare(LatentSet *set, bool edges, GCancellable *cancellable, GError **error)
{
    int n = (int)set->items->len;
    bool keep_bits = bits_size(set) * (size_t)n <= MAX_BITS_KEPT;
    g_autofree GError **errors = g_new0(GError *, n);
    bool done = true;
#pragma omp parallel for schedule(dynamic)
    for (int i = 0; i < n; i++) {
        Item *item = set->items->pdata[i];
        bool again = i > 0 && item == set->items->pdata[i - 1];
        if (!again && !g_cancellable_is_cancelled(cancellable))
            prepare_item(set, item, keep_bits, edges, &errors[i]);
    }
    for (int i = 0; i < n; i++) { /* the first of them, however many threads there are */
        if (errors[i] && done) {
            g_propagate_error(error, g_steal_pointer(&errors[i]));
            done = false;
        }
        g_clear_error(&errors[i]);
    }
    set->prepared = keep_bits && done;
    for (int i = 0; i < n; i++)
        set->prepared = set->prepared && ((Item *)set->items->pdata[i])->bits;
    if (keep_bits)
        set->bits_kept = bits_size(set) * (size_t)n;
    return done && !g_cancellable_set_error_if_cancelled(cancellable, error);
}

LatentSet *
latent_set_open(const char *dir, GError **error)
{
    return latent_set_open_names(dir, NULL, error);
}

LatentSet *
latent_set_open_names(const char *dir, char **names, GError **error)
{
    g_autoptr(LatentSet) set = g_new0(LatentSet, 1);
    set->items = g_ptr_array_new_with_free_func(item_release);
    g_autoptr(Dataset) dataset =
        names ? dataset_open_only(dir, names, error) : dataset_open(dir, error);
    if (!dataset)
        return NULL;
    for (guint i = 0; i < dataset->items->len; i++) {
        const DatasetItem *from = dataset_item(dataset, i);
        Item *item = g_rc_box_new0(Item);
        item->path = dataset_path(dataset, from);
        item->caption = g_strdup(from->caption);
        g_ptr_array_add(set->items, item);
        for (int n = 1; n < from->repeats && set->items->len < MAX_ITEMS; n++)
            g_ptr_array_add(set->items, g_rc_box_acquire(item));
    }
    if (set->items->len == 0) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                    _("%s holds no picture. Make a dataset with: torchlight dataset CAPTURE... -o "
                      "DIR"),
                    dir);
        return NULL;
    }
    return read_picture(set, 0, error) ? g_steal_pointer(&set) : NULL;
}

bool
latent_set_is_prepared(const LatentSet *set)
{
    return set->prepared;
}

void
latent_set_free(LatentSet *set)
{
    if (!set)
        return;
    program_free(set->encode);
    image_free(set->picture);
    g_ptr_array_unref(set->items);
    g_free(set);
}

int
latent_set_n(const LatentSet *set)
{
    return (int)set->items->len;
}

const char *
latent_set_caption(const LatentSet *set, int i)
{
    return ((Item *)set->items->pdata[i])->caption;
}

const char *
latent_set_path(const LatentSet *set, int i)
{
    return ((Item *)set->items->pdata[i])->path;
}

int
latent_set_width(const LatentSet *set)
{
    return set->width;
}

int
latent_set_height(const LatentSet *set)
{
    return set->height;
}

bool
latent_set_encode_captions(LatentSet *set, const Pipeline *pipeline, GError **error)
{
    for (guint i = 0; i < set->items->len; i++) {
        Item *item = set->items->pdata[i];
        if (item->ids)
            continue;
        item->ids = g_new0(int32_t, tokenizer_max_length(pipeline->tokenizer));
        if (!pipeline_encode_caption(pipeline, item->caption, item->ids, error)) {
            g_prefix_error(error, "%s: ", item->path);
            return false;
        }
    }
    return true;
}

const int32_t *
latent_set_ids(const LatentSet *set, int i)
{
    return ((Item *)set->items->pdata[i])->ids;
}

void
latent_set_use_vae(LatentSet *set, const Vae *vae)
{
    g_clear_pointer(&set->encode, program_free);
    set->vae = vae;
    for (guint i = 0; i < set->items->len; i++)
        g_clear_pointer(&((Item *)set->items->pdata[i])->latent, g_free);
}

void
latent_set_release_vae(LatentSet *set)
{
    g_clear_pointer(&set->encode, program_free);
}

static bool
record_encode(LatentSet *set, GError **error)
{
    if (set->encode)
        return true;
    int factor = vae_factor(&set->vae->config);
    if (set->width % factor || set->height % factor) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("Pictures of %dx%d do not fit this model: both sides must be multiples of "
                      "%d."),
                    set->width, set->height, factor);
        return false;
    }
    Graph *graph = graph_new();
    set->image = graph_input(graph, DTYPE_F32, &SHAPE(1, 3, set->height, set->width));
    set->moments = graph_keep(graph, vae_encode(graph, set->vae, set->image));
    set->encode = program_new(graph, set->vae->module->device, error);
    return set->encode != NULL;
}

const float *
latent_set_latent(LatentSet *set, int i, GCancellable *cancellable, GError **error)
{
    Item *item = set->items->pdata[i];
    if (item->latent)
        return item->latent;
    if (!read_picture(set, i, error) || !record_encode(set, error))
        return NULL;
    int64_t n = tensor_count(set->moments) / 2; /* mean, then logvar */
    g_autofree float *pixels = g_new(float, tensor_count(set->image));
    g_autofree float *moments = g_new(float, n * 2);
    image_to_floats(set->picture, 0, set->height, pixels);
    if (!program_write(set->encode, set->image, pixels, error) ||
        !program_run(set->encode, cancellable, error) ||
        !program_read(set->encode, set->moments, moments, error))
        return NULL;
    float factor = (float)set->vae->config.scaling_factor;
    item->latent = g_new(float, n);
    for (int64_t j = 0; j < n; j++)
        item->latent[j] = moments[j] * factor;
    return item->latent;
}

bool
latent_set_crop(LatentSet *set, int i, int y, int h, float *out, GCancellable *cancellable,
                GError **error)
{
    const float *latent = latent_set_latent(set, i, cancellable, error);
    if (!latent)
        return false;
    int factor = vae_factor(&set->vae->config);
    int width = set->width / factor, height = set->height / factor;
    for (int c = 0; c < set->vae->config.latent_channels; c++)
        memcpy(out + (size_t)c * h * width, latent + ((size_t)c * height + y) * width,
               sizeof *out * (size_t)h * width);
    return true;
}

/* Reads picture i, or has it as trits already. */
static bool
read_bits(LatentSet *set, int i, GError **error)
{
    Item *item = set->items->pdata[i];
    size_t n = bits_size(set);
    if (item->bits)
        return true;
    if (!read_picture(set, i, error))
        return false;
    if (set->bits_kept + n <= MAX_BITS_KEPT &&
        (item->bits = picture_bits_new(set->picture, set->layout)))
        set->bits_kept += n;
    return true;
}

/* A colour of the palette in [-1, 1]. */
static void
put_trit(float *out, size_t plane, int trit)
{
    const uint8_t *colour = palette_colour(PALETTE_TORCHLIGHT, trit);
    for (int c = 0; c < 3; c++)
        out[c * plane] = (float)colour[c] / 127.5f - 1.0f;
}

bool
latent_set_pixels(LatentSet *set, int i, Crop crop, float *out, GError **error)
{
    if (!read_bits(set, i, error))
        return false;
    const PictureBits *bits = ((Item *)set->items->pdata[i])->bits;
    size_t plane = (size_t)crop.w * crop.h;
    for (int y = 0; y < crop.h; y++) {
        size_t start = (size_t)(crop.y + y) * set->width + crop.x;
        float *row = out + (size_t)y * crop.w;
        for (int x = 0; x < crop.w; x++) {
            if (bits) {
                put_trit(row + x, plane, picture_bits_trit(bits, start + (size_t)x));
                continue;
            }
            const uint8_t *pixel = set->picture->pixels + (start + (size_t)x) * 3;
            for (int c = 0; c < 3; c++)
                row[c * plane + x] = (float)pixel[c] / 127.5f - 1.0f;
        }
    }
    return true;
}

bool
latent_set_presence(LatentSet *set, int i, Crop crop, int *n, GError **error)
{
    if (!read_bits(set, i, error))
        return false;
    const PictureBits *bits = ((Item *)set->items->pdata[i])->bits;
    *n = 0;
    for (int y = 0; y < crop.h; y++) {
        size_t start = (size_t)(crop.y + y) * set->width + crop.x;
        for (int x = 0; x < crop.w; x++)
            *n += bits ? picture_bits_trit(bits, start + (size_t)x) >= 0
                       : set->picture->pixels[(start + (size_t)x) * 3 + 2] < 128;
    }
    return true;
}

static float
value_weight(const PictureBits *bits, size_t pixel, const PixelWeights *weights)
{
    if (picture_bits_trit(bits, pixel) < 0)
        return weights->absent;
    return picture_bits_is_random(bits, pixel) ? weights->random : 1;
}

bool
latent_set_weights(LatentSet *set, int i, Crop crop, const PixelWeights *weights, float *out,
                   GError **error)
{
    if (!read_bits(set, i, error))
        return false;
    const PictureBits *bits = ((Item *)set->items->pdata[i])->bits;
    size_t plane = (size_t)crop.w * crop.h;
    for (size_t j = 0; j < plane; j++) {
        size_t pixel = ((size_t)crop.y + j / crop.w) * set->width + crop.x + j % crop.w;
        /* Red and green are a bit's value, blue is whether it is there. */
        out[j] = out[plane + j] = bits ? value_weight(bits, pixel, weights) : 1;
        out[2 * plane + j] = bits && picture_bits_trit(bits, pixel) < 0 ? weights->absent : 1;
    }
    return true;
}

bool
latent_set_root_weights(LatentSet *set, int i, int y, int h, const PixelWeights *weights,
                        float *out, GError **error)
{
    if (!read_bits(set, i, error))
        return false;
    const PictureBits *bits = ((Item *)set->items->pdata[i])->bits;
    int factor = vae_factor(&set->vae->config), width = set->width / factor;
    size_t plane = (size_t)h * width;
    for (size_t j = 0; j < plane; j++) {
        size_t top = ((size_t)y + j / width) * factor, left = j % width * factor;
        float sum = 0;
        for (int k = 0; k < factor * factor; k++)
            sum += bits ? value_weight(bits, (top + k / factor) * set->width + left + k % factor,
                                       weights)
                        : 1;
        out[j] = sqrtf(sum / (float)(factor * factor));
    }
    for (int c = 1; c < set->vae->config.latent_channels; c++)
        memcpy(out + c * plane, out, plane * sizeof *out);
    return true;
}

static bool
make_edges(LatentSet *set, int i, GError **error)
{
    Item *item = set->items->pdata[i];
    return item->edges || (read_picture(set, i, error) && keep_edges(item, set->picture, error));
}

bool
latent_set_control(LatentSet *set, int i, int y, int h, float *out, GError **error)
{
    if (!make_edges(set, i, error))
        return false;
    const Item *item = set->items->pdata[i];
    size_t plane = (size_t)h * set->width, start = (size_t)y * set->width;
    for (size_t j = 0; j < plane; j++) {
        size_t bit = start + j;
        out[j] = (float)(item->edges[bit >> 3] >> (bit & 7) & 1);
    }
    memcpy(out + plane, out, plane * sizeof *out);
    memcpy(out + 2 * plane, out, plane * sizeof *out);
    return true;
}
