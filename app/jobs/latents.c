/* SPDX-License-Identifier: Apache-2.0 */
/* Training pictures from a dataset folder, turned into what the trainers take. */
#include "app/jobs/latents.h"

#include "app/dataset/dataset.h"
#include "app/jobs/edge_field.h"
#include "compute/program.h"

#include <glib/gi18n-lib.h>
#include <string.h>

typedef struct {
    char *path, *caption;
    float *latent;  /* NULL until asked for */
    uint8_t *edges; /* one bit a pixel, NULL until asked for */
    int32_t *ids;
} Item;

struct LatentSet {
    GPtrArray *items; /* Item, each as often as its repeats */
    int width, height;
    const Vae *vae;
    Device *cpu; /* for Canny */
    Program *encode;
    Tensor *image, *moments;
    Image *picture; /* the one read last */
    int picture_index;
};

enum { MAX_ITEMS = 1 << 24 };

static void
item_clear(void *data)
{
    Item *item = data;
    g_free(item->path);
    g_free(item->caption);
    g_free(item->latent);
    g_free(item->edges);
    g_free(item->ids);
}

static void
item_release(void *item)
{
    g_rc_box_release_full(item, item_clear);
}

static bool
read_picture(LatentSet *set, int i, GError **error)
{
    const Item *item = set->items->pdata[i];
    if (set->picture && set->picture_index == i)
        return true;
    g_clear_pointer(&set->picture, image_free);
    g_autoptr(GHashTable) text = NULL;
    g_autoptr(Image) image = image_read_png(item->path, 3, &text, error);
    if (!image)
        return false;
    image_use_paper_palette(image, text); /* the trainers know one */
    if (set->width == 0) {
        set->width = image->width;
        set->height = image->height;
    }
    if (image->width != set->width || image->height != set->height) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("%s is %dx%d, but the first picture of the dataset is %dx%d. Use pictures of "
                      "one size."),
                    item->path, image->width, image->height, set->width, set->height);
        return false;
    }
    set->picture = g_steal_pointer(&image);
    set->picture_index = i;
    return true;
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

void
latent_set_free(LatentSet *set)
{
    if (!set)
        return;
    program_free(set->encode);
    device_close(set->cpu);
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

bool
latent_set_pixels(LatentSet *set, int i, Crop crop, float *out, GError **error)
{
    if (!read_picture(set, i, error))
        return false;
    size_t plane = (size_t)crop.w * crop.h;
    for (int y = 0; y < crop.h; y++) {
        const uint8_t *pixel =
            set->picture->pixels + ((size_t)(crop.y + y) * set->width + crop.x) * 3;
        float *row = out + (size_t)y * crop.w;
        for (int x = 0; x < crop.w; x++, pixel += 3) {
            for (int c = 0; c < 3; c++)
                row[c * plane + x] = (float)pixel[c] / 127.5f - 1.0f;
        }
    }
    return true;
}

bool
latent_set_presence(LatentSet *set, int i, Crop crop, int *n, GError **error)
{
    if (!read_picture(set, i, error))
        return false;
    *n = 0;
    for (int y = 0; y < crop.h; y++) {
        const uint8_t *pixel =
            set->picture->pixels + ((size_t)(crop.y + y) * set->width + crop.x) * 3;
        for (int x = 0; x < crop.w; x++, pixel += 3)
            *n += pixel[2] < 128;
    }
    return true;
}

static bool
make_edges(LatentSet *set, int i, GError **error)
{
    Item *item = set->items->pdata[i];
    if (item->edges)
        return true;
    if (!set->cpu && !(set->cpu = device_open("cpu", error)))
        return false;
    if (!read_picture(set, i, error))
        return false;
    g_autoptr(Image) edges = image_edges(set->cpu, set->picture, EDGE_LOW, EDGE_HIGH, false, error);
    if (!edges)
        return false;
    size_t n = (size_t)set->width * set->height;
    item->edges = g_new0(uint8_t, (n + 7) / 8);
    for (size_t j = 0; j < n; j++)
        item->edges[j >> 3] |= (uint8_t)((edges->pixels[j] != 0) << (j & 7));
    return true;
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
