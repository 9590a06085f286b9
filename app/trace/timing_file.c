/* SPDX-License-Identifier: Apache-2.0 */
/* A timing model as bytes, big-endian, no padding:
 *
 *   "TLTIMING", u16 version 1, u16 features, u16 bins, u32 resolution in ns, i64 first and last
 *   start, counts and tree of all, u16 classes, each a text and its counts and tree, u32 profiles,
 *   u32 sources, each a text; nothing after.
 *   counts    u32 traces, u64 packets
 *   tree      u16 nodes, each u8 feature, u8 threshold, u16 left child (the right one follows it),
 *             or u8 255, a share a bin, u8 mean and u8 width of the guide, i8 follow
 *   profile   u16 class, u16 burst, the mixture, quantiles of gaps, quantiles of lags
 *   quantiles u8 count, u16 first level, then steps: u8, or 255 and u16
 *   text      u16 bytes, UTF-8
 *
 * Everything is checked on the way in: a file can at worst give strange times. */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "app/trace/atomic.h"
#include "app/trace/timing_private.h"

enum {
    VERSION = 1,
    LEAF = 255,
    FAR = 255,
    MAX_SIZE = 64 << 20, /* bytes */
    MAX_CLASSES = 4096,
    MAX_PROFILES = 1 << 17,
    MAX_SOURCES = 1 << 16
};
static const char magic[8] = {'T', 'L', 'T', 'I', 'M', 'I', 'N', 'G'};

/* --- out --- */

static void
put(GByteArray *out, guint64 value, guint n_bytes)
{
    for (guint i = n_bytes; i-- > 0;) {
        guint8 byte = (guint8)(value >> (8 * i));

        g_byte_array_append(out, &byte, 1);
    }
}

static void
put_text(GByteArray *out, const char *text)
{
    gsize size = MIN(strlen(text), G_MAXUINT16);

    put(out, size, 2);
    g_byte_array_append(out, (const guint8 *)text, (guint)size);
}

static void
put_class(GByteArray *out, const TimingClass *class)
{
    put(out, class->n_traces, 4);
    put(out, class->n_packets, 8);
    put(out, class->tree.n_nodes, 2);
    for (guint i = 0; i < class->tree.n_nodes; i++) {
        const TimingNode *node = &class->tree.nodes[i];

        if (node->left == 0) {
            put(out, LEAF, 1);
            g_byte_array_append(out, node->share, TIMING_BINS);
            put(out, node->guide_mean, 1);
            put(out, node->guide_wide, 1);
            put(out, (guint8)node->follow, 1);
        } else {
            put(out, node->feature, 1);
            put(out, node->threshold, 1);
            put(out, node->left, 2);
        }
    }
}

static void
put_quantiles(GByteArray *out, const TimingQuantiles *quantiles)
{
    put(out, quantiles->n, 1);
    for (guint i = 0; i < quantiles->n; i++) {
        guint step = quantiles->level[i] - (i > 0 ? quantiles->level[i - 1] : 0u);

        if (i == 0) {
            put(out, step, 2);
        } else if (step < FAR) {
            put(out, step, 1);
        } else {
            put(out, FAR, 1);
            put(out, step, 2);
        }
    }
}

static void
put_profile(GByteArray *out, const TimingProfile *profile)
{
    put(out, profile->class, 2);
    put(out, profile->burst, 2);
    g_byte_array_append(out, profile->mixture.share, TIMING_SHARES);
    for (int i = 0; i < TIMING_SETS; i++)
        put_quantiles(out, &profile->gaps[i]);
    for (int i = 0; i < TIMING_LAGS; i++)
        put_quantiles(out, &profile->lags[i]);
}

GBytes *
timing_model_to_bytes(const TimingModel *model)
{
    GByteArray *out = g_byte_array_new();

    g_byte_array_append(out, (const guint8 *)magic, sizeof magic);
    put(out, VERSION, 2);
    put(out, N_TIMING_FEATURES, 2);
    put(out, TIMING_BINS, 2);
    put(out, model->resolution_ns, 4);
    put(out, (guint64)model->first_start_ns, 8);
    put(out, (guint64)model->last_start_ns, 8);
    put_class(out, model->all);
    put(out, model->classes->len, 2);
    for (guint i = 0; i < model->classes->len; i++) {
        put_text(out, timing_model_caption(model, i));
        put_class(out, model->classes->pdata[i]);
    }
    put(out, model->profiles->len, 4);
    for (guint i = 0; i < model->profiles->len; i++)
        put_profile(out, &g_array_index(model->profiles, TimingProfile, i));
    put(out, model->sources->len, 4);
    for (guint i = 0; i < model->sources->len; i++)
        put_text(out, model->sources->pdata[i]);
    return g_byte_array_free_to_bytes(out);
}

bool
timing_model_write(const TimingModel *model, const char *path, GError **error)
{
    g_autoptr(GBytes) bytes = timing_model_to_bytes(model);
    gsize size;
    const void *data = g_bytes_get_data(bytes, &size);

    return atomic_file_write(path, data, size, error);
}

/* --- in --- */

typedef struct {
    Bytes bytes;
    size_t at;
    const char *wrong; /* what is, the first time; everything read after is 0 */
} Reader;

static void
refuse(Reader *reader, const char *what)
{
    if (!reader->wrong)
        reader->wrong = what;
}

static guint64
get(Reader *reader, guint n_bytes)
{
    guint64 value = 0;

    for (guint i = 0; i < n_bytes && !reader->wrong; i++) {
        int byte = bytes_u8(reader->bytes, reader->at++);

        if (byte < 0)
            refuse(reader, _("it ends early"));
        else
            value = value << 8 | (guint64)byte;
    }
    return reader->wrong ? 0 : value;
}

/* A count, at most max. */
static guint
get_count(Reader *reader, guint n_bytes, guint max)
{
    guint64 n = get(reader, n_bytes);

    if (n > max)
        refuse(reader, _("a count is out of range"));
    return reader->wrong ? 0 : (guint)n;
}

static char *
get_text(Reader *reader)
{
    guint size = get_count(reader, 2, G_MAXUINT16);
    Bytes rest = bytes_from(reader->bytes, reader->at);

    if (rest.size < size)
        refuse(reader, _("it ends early"));
    else if (!g_utf8_validate((const char *)rest.data, size, NULL))
        refuse(reader, _("a text is no UTF-8"));
    if (reader->wrong)
        return g_strdup("");
    reader->at += size;
    return g_strndup((const char *)rest.data, size);
}

static void
get_node(Reader *reader, TimingTree *tree, guint i)
{
    TimingNode *node = &tree->nodes[i];
    guint sum = 0;

    node->feature = (uint8_t)get(reader, 1);
    if (node->feature != LEAF) {
        node->threshold = (uint8_t)get(reader, 1);
        node->left = (uint16_t)get(reader, 2);
        node->right = node->left + 1;
        if (node->feature >= N_TIMING_FEATURES || node->left <= i ||
            node->left + 1u >= tree->n_nodes)
            refuse(reader, _("a tree is broken"));
        return;
    }
    node->feature = 0;
    for (int bin = 0; bin < TIMING_BINS; bin++)
        sum += node->share[bin] = (uint8_t)get(reader, 1);
    node->guide_mean = (uint8_t)get(reader, 1);
    node->guide_wide = (uint8_t)get(reader, 1);
    node->follow = (int8_t)get(reader, 1);
    if (sum == 0 || node->follow == INT8_MIN)
        refuse(reader, _("a tree is broken"));
}

static void
get_class(Reader *reader, TimingClass *class)
{
    class->n_traces = (uint32_t)get(reader, 4);
    class->n_packets = get(reader, 8);
    class->tree.n_nodes = get_count(reader, 2, 2 * TIMING_TREE_LEAVES);
    class->tree.nodes = g_new0(TimingNode, MAX(class->tree.n_nodes, 1));
    if (class->tree.n_nodes == 0)
        refuse(reader, _("a tree is broken"));
    for (guint i = 0; i < class->tree.n_nodes && !reader->wrong; i++)
        get_node(reader, &class->tree, i);
}

static void
get_quantiles(Reader *reader, TimingQuantiles *quantiles)
{
    guint level = 0;

    quantiles->n = (uint8_t)get_count(reader, 1, TIMING_POINTS);
    for (guint i = 0; i < quantiles->n; i++) {
        guint step = (guint)get(reader, i == 0 ? 2 : 1);

        if (i > 0 && step == FAR)
            step = (guint)get(reader, 2);
        level += step;
        if (level > TIMING_LEVEL_MAX)
            refuse(reader, _("a gap is out of range"));
        quantiles->level[i] = (uint16_t)MIN(level, TIMING_LEVEL_MAX);
    }
}

static void
get_profiles(Reader *reader, TimingModel *model)
{
    guint n = get_count(reader, 4, MAX_PROFILES);

    for (guint k = 0; k < n && !reader->wrong; k++) {
        TimingProfile profile = {.class = (uint16_t)get(reader, 2)};

        profile.burst = (uint16_t)get(reader, 2);
        for (int i = 0; i < TIMING_SHARES; i++)
            profile.mixture.share[i] = (uint8_t)get(reader, 1);
        for (int i = 0; i < TIMING_SETS; i++)
            get_quantiles(reader, &profile.gaps[i]);
        for (int i = 0; i < TIMING_LAGS; i++)
            get_quantiles(reader, &profile.lags[i]);
        if (profile.class >= model->classes->len || profile.gaps[TIMING_SETS - 1].n == 0)
            refuse(reader, _("a profile is broken"));
        g_array_append_val(model->profiles, profile);
    }
    if (model->profiles->len == 0)
        refuse(reader, _("it holds no profile"));
}

static void
get_head(Reader *reader, TimingModel *model)
{
    for (size_t i = 0; i < sizeof magic; i++) {
        if (get(reader, 1) != (guint8)magic[i])
            refuse(reader, _("it does not begin as one"));
    }
    if (get(reader, 2) != VERSION || get(reader, 2) != N_TIMING_FEATURES ||
        get(reader, 2) != TIMING_BINS)
        refuse(reader, _("it is of another version"));
    model->resolution_ns = (uint32_t)get(reader, 4);
    model->first_start_ns = (int64_t)get(reader, 8);
    model->last_start_ns = (int64_t)get(reader, 8);
    if ((model->resolution_ns != 1 && model->resolution_ns != 1000) ||
        model->first_start_ns > model->last_start_ns)
        refuse(reader, _("its times are out of range"));
}

static void
get_model(Reader *reader, TimingModel *model)
{
    guint n;

    get_head(reader, model);
    get_class(reader, model->all);
    n = get_count(reader, 2, MAX_CLASSES);
    for (guint i = 0; i < n && !reader->wrong; i++) {
        g_autofree char *caption = get_text(reader);
        TimingClass *class = timing_class_new(caption);

        g_ptr_array_add(model->classes, class);
        get_class(reader, class);
    }
    get_profiles(reader, model);
    n = get_count(reader, 4, MAX_SOURCES);
    for (guint i = 0; i < n && !reader->wrong; i++)
        g_ptr_array_add(model->sources, get_text(reader));
    if (reader->at != reader->bytes.size)
        refuse(reader, _("something follows its end"));
}

TimingModel *
timing_model_from_bytes(Bytes bytes, const char *name, GError **error)
{
    g_autoptr(TimingModel) model = timing_model_new();
    Reader reader = {.bytes = bytes};

    get_model(&reader, model);
    if (!reader.wrong)
        return g_steal_pointer(&model);
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                _("“%s” is no timing model that can be read (%s): make one with `torchlight timing "
                  "fit`."),
                name, reader.wrong);
    return NULL;
}

TimingModel *
timing_model_read(const char *path, GError **error)
{
    g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, error);

    if (!file)
        return NULL;
    if (g_mapped_file_get_length(file) > MAX_SIZE) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("“%s” is too large for a timing model: make one with `torchlight timing "
                      "fit`."),
                    path);
        return NULL;
    }
    return timing_model_from_bytes(
        (Bytes){(const uint8_t *)g_mapped_file_get_contents(file), g_mapped_file_get_length(file)},
        path, error);
}
