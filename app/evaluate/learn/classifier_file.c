/* SPDX-License-Identifier: Apache-2.0 */
/* A classifier as a file, all numbers little-endian:
 *   "TLclass1", kind, kind of features, packets, features, classes (u32 each); layout, names of
 *   classes (each u32 length and UTF-8; length 2^32 - 1 for none)
 *   tree, forest: trees (u32); of each: nodes (u32), per node feature (i32), threshold (f32), left,
 *   right (i32), gain (f64), then (nodes, classes) f32
 *   SVM: (classes) f64, (classes, features) f32, (features) f32
 * Reading believes nothing: what a number stands for must fit what is left of the file, children
 * stand behind their parent, and values are finite. */
#include "app/evaluate/learn/classifier_private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "app/trace/atomic.h"

static const char magic[8] = {'T', 'L', 'c', 'l', 'a', 's', 's', '1'};

enum { MAX_CLASSES = 1 << 20, NO_TEXT = -1 };

typedef struct {
    const guint8 *at, *end;
    bool bad; /* something did not fit; what is read from then on is 0 */
} Reader;

static void
put_u32(GByteArray *out, guint32 value)
{
    value = GUINT32_TO_LE(value);
    g_byte_array_append(out, (const guint8 *)&value, sizeof value);
}

static void
put_float(GByteArray *out, float value)
{
    guint32 bits;

    memcpy(&bits, &value, sizeof bits);
    put_u32(out, bits);
}

static void
put_double(GByteArray *out, double value)
{
    guint64 bits;

    memcpy(&bits, &value, sizeof bits);
    put_u32(out, (guint32)bits);
    put_u32(out, (guint32)(bits >> 32));
}

static void
put_text(GByteArray *out, const char *text)
{
    put_u32(out, text ? (guint32)strlen(text) : (guint32)NO_TEXT);
    if (text)
        g_byte_array_append(out, (const guint8 *)text, strlen(text));
}

static guint32
get_u32(Reader *reader)
{
    guint32 value = 0;

    if (reader->bad || reader->end - reader->at < 4) {
        reader->bad = true;
        return 0;
    }
    memcpy(&value, reader->at, 4);
    reader->at += 4;
    return GUINT32_FROM_LE(value);
}

static float
get_float(Reader *reader)
{
    guint32 bits = get_u32(reader);
    float value;

    memcpy(&value, &bits, sizeof value);
    reader->bad |= !isfinite(value);
    return value;
}

static double
get_double(Reader *reader)
{
    guint64 bits = get_u32(reader);
    double value;

    bits |= (guint64)get_u32(reader) << 32;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* A number of things of which each takes at least so many bytes of what is left. */
static int
get_count(Reader *reader, size_t bytes_each)
{
    guint32 count = get_u32(reader);

    if (reader->bad || count > (size_t)(reader->end - reader->at) / bytes_each) {
        reader->bad = true;
        return 0;
    }
    return (int)MIN(count, G_MAXINT32);
}

static char *
get_text(Reader *reader)
{
    guint32 length = get_u32(reader);
    char *text;

    if (reader->bad || length == (guint32)NO_TEXT)
        return NULL;
    if (length > reader->end - reader->at ||
        !g_utf8_validate_len((const char *)reader->at, length, NULL)) {
        reader->bad = true;
        return NULL;
    }
    text = g_strndup((const char *)reader->at, length);
    reader->at += length;
    return text;
}

static void
put_tree(GByteArray *out, const Tree *tree)
{
    put_u32(out, tree->n_nodes);
    for (int i = 0; i < tree->n_nodes; i++) {
        const TreeNode *node = &tree->nodes[i];

        put_u32(out, (guint32)node->feature);
        put_float(out, node->threshold);
        put_u32(out, (guint32)node->left);
        put_u32(out, (guint32)node->right);
        put_double(out, node->gain);
    }
    for (size_t i = 0; i < (size_t)tree->n_nodes * tree->n_classes; i++)
        put_float(out, tree->shares[i]);
}

static Tree *
get_tree(Reader *reader, int n_classes, int n_features)
{
    Tree *tree = g_new0(Tree, 1);

    tree->n_classes = n_classes;
    tree->n_nodes = get_count(reader, 24 + 4 * (size_t)n_classes);
    reader->bad |= tree->n_nodes < 1;
    tree->nodes = g_new0(TreeNode, tree->n_nodes);
    tree->shares = g_new0(float, (size_t)tree->n_nodes *n_classes);
    for (int i = 0; i < tree->n_nodes; i++) {
        TreeNode *node = &tree->nodes[i];

        node->feature = (int)get_u32(reader);
        node->threshold = get_float(reader);
        node->left = (int)get_u32(reader);
        node->right = (int)get_u32(reader);
        node->gain = get_double(reader);
        if (node->feature == -1 && node->left == -1 && node->right == -1)
            continue;
        reader->bad |= node->feature < 0 || node->feature >= n_features || node->left <= i ||
                       node->right <= i || node->left >= tree->n_nodes ||
                       node->right >= tree->n_nodes || !isfinite(node->gain);
    }
    for (size_t i = 0; i < (size_t)tree->n_nodes * n_classes; i++)
        tree->shares[i] = get_float(reader);
    return tree;
}

static void
get_forest(Reader *reader, Classifier *classifier)
{
    Forest *forest = classifier->forest = g_new0(Forest, 1);
    int n_trees = get_count(reader, 28 + 4 * (size_t)classifier->n_classes);

    reader->bad |= n_trees < 1 || (classifier->kind == CLASSIFIER_TREE && n_trees != 1);
    forest->n_classes = classifier->n_classes;
    forest->trees = g_new0(Tree *, n_trees);
    while (forest->n_trees < n_trees && !reader->bad)
        forest->trees[forest->n_trees++] =
            get_tree(reader, classifier->n_classes, classifier->n_features);
}

static void
get_svm(Reader *reader, Classifier *classifier)
{
    size_t n_classes = classifier->n_classes, n_features = classifier->n_features;
    size_t n_left = reader->end - reader->at;
    LinearSvm *svm;

    if (reader->bad || n_left / 4 / n_features < n_classes + 1) {
        reader->bad = true;
        return;
    }
    svm = classifier->svm = g_new0(LinearSvm, 1);
    svm->n_classes = classifier->n_classes;
    svm->n_features = classifier->n_features;
    svm->bias = g_new0(double, n_classes);
    svm->weights = g_new0(float, n_classes *n_features);
    svm->spread = g_new0(float, n_features);
    for (size_t i = 0; i < n_classes; i++) {
        svm->bias[i] = get_double(reader);
        reader->bad |= isnan(svm->bias[i]) || svm->bias[i] == INFINITY;
    }
    for (size_t i = 0; i < n_classes * n_features; i++)
        svm->weights[i] = get_float(reader);
    for (size_t i = 0; i < n_features; i++)
        svm->spread[i] = get_float(reader);
}

bool
classifier_save(const Classifier *classifier, const char *path, GError **error)
{
    g_autoptr(GByteArray) out = g_byte_array_new();

    g_byte_array_append(out, (const guint8 *)magic, sizeof magic);
    put_u32(out, classifier->kind);
    put_u32(out, classifier->features);
    put_u32(out, classifier->n_packets);
    put_u32(out, classifier->n_features);
    put_u32(out, classifier->n_classes);
    put_text(out, classifier->layout);
    for (int i = 0; i < classifier->n_classes; i++)
        put_text(out, classifier_class_name(classifier, i));
    if (classifier->forest) {
        put_u32(out, classifier->forest->n_trees);
        for (int i = 0; i < classifier->forest->n_trees; i++)
            put_tree(out, classifier->forest->trees[i]);
    } else {
        const LinearSvm *svm = classifier->svm;

        for (int i = 0; i < svm->n_classes; i++)
            put_double(out, svm->bias[i]);
        for (size_t i = 0; i < (size_t)svm->n_classes * svm->n_features; i++)
            put_float(out, svm->weights[i]);
        for (int i = 0; i < svm->n_features; i++)
            put_float(out, svm->spread[i]);
    }
    return atomic_file_write(path, out->data, out->len, error);
}

static void
get_head(Reader *reader, Classifier *classifier)
{
    guint32 kind = get_u32(reader), features = get_u32(reader), n_packets = get_u32(reader);
    guint32 n_features = get_u32(reader), n_classes;

    n_classes = (guint32)get_count(reader, 4);
    classifier->layout = get_text(reader);
    reader->bad |= kind >= N_CLASSIFIER_KINDS || features > FEATURES_FLOATS ||
                   n_packets > G_MAXINT32 || n_features < 1 || n_features > G_MAXINT32 ||
                   n_classes < 1 || n_classes > MAX_CLASSES;
    if (reader->bad)
        return;
    classifier->kind = kind;
    classifier->features = features;
    classifier->n_packets = (int)n_packets;
    classifier->n_features = (int)n_features;
    classifier->n_classes = (int)n_classes;
    classifier->class_names = g_new0(char *, n_classes);
    for (int i = 0; i < classifier->n_classes; i++)
        classifier->class_names[i] = get_text(reader);
}

Classifier *
classifier_load(const char *path, GError **error)
{
    g_autoptr(Classifier) classifier = g_new0(Classifier, 1);
    g_autofree char *bytes = NULL;
    Reader reader = {0};
    gsize size;

    if (!g_file_get_contents(path, &bytes, &size, error))
        return NULL;
    if (size < sizeof magic || memcmp(bytes, magic, sizeof magic) != 0) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("%s is no file of a classifier: give one that Torchlight wrote."), path);
        return NULL;
    }
    reader.at = (const guint8 *)bytes + sizeof magic;
    reader.end = (const guint8 *)bytes + size;
    get_head(&reader, classifier);
    if (!reader.bad && classifier->kind == CLASSIFIER_SVM)
        get_svm(&reader, classifier);
    else if (!reader.bad)
        get_forest(&reader, classifier);
    if (reader.bad || reader.at != reader.end) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                    _("%s is a damaged file of a classifier, wrong before byte %lu of %lu: fit and "
                      "save it again."),
                    path, (gulong)(reader.at - (const guint8 *)bytes), (gulong)size);
        return NULL;
    }
    return g_steal_pointer(&classifier);
}
