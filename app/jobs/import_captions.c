/* SPDX-License-Identifier: Apache-2.0 */
/* Captions of imported files. */
#include "app/jobs/import_captions.h"

#include "app/dataset/caption_template.h"
#include "app/dataset/captions.h"
#include "app/dataset/dataset.h"
#include "app/jobs/paths.h"

struct ImportCaptions {
    const ImportParams *params;
    Vocabulary *vocabulary; /* or NULL */
    GHashTable *tables;     /* folder -> Captions of its captions.csv, or NULL */
    ImportRefuse refuse;
    void *data;
};

ImportCaptions *
import_captions_new(const ImportParams *params, ImportRefuse refuse, void *data)
{
    ImportCaptions *captions = g_new0(ImportCaptions, 1);
    g_autofree char *words = paths_vocabulary(NULL);

    captions->params = params;
    captions->vocabulary = words ? vocabulary_read(words, NULL) : NULL;
    captions->tables =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)captions_free);
    captions->refuse = refuse;
    captions->data = data;
    return captions;
}

void
import_captions_free(ImportCaptions *captions)
{
    if (!captions)
        return;
    vocabulary_free(captions->vocabulary);
    g_hash_table_unref(captions->tables);
    g_free(captions);
}

/* Read once a folder. */
static const Captions *
table_beside(ImportCaptions *captions, const char *path)
{
    g_autofree char *folder = g_path_get_dirname(path);
    g_autofree char *file = g_build_filename(folder, "captions.csv", NULL);
    g_autoptr(GError) error = NULL;
    gpointer table = NULL;

    if (g_hash_table_lookup_extended(captions->tables, folder, NULL, &table))
        return table;
    if (g_file_test(file, G_FILE_TEST_IS_REGULAR)) {
        table = captions_read(file, &error);
        if (!table)
            captions->refuse(file, error->message, captions->data);
    }
    g_hash_table_insert(captions->tables, g_steal_pointer(&folder), table);
    return table;
}

char *
import_captions_find(ImportCaptions *captions, const ImportInput *input, const Trace *trace)
{
    const ImportParams *params = captions->params;
    const Captions *table = table_beside(captions, input->path);
    const char *told = table ? captions_find(table, input->path, NULL) : NULL;
    g_autofree char *beside = NULL;

    if (params->caption)
        return g_strdup(params->caption);
    if (told || input->caption)
        return g_strdup(told ? told : input->caption);
    if (trace && g_str_has_suffix(input->path, ".png"))
        beside = dataset_read_caption(input->path, NULL);
    if (beside && *beside)
        return g_steal_pointer(&beside);
    told = trace ? g_hash_table_lookup(trace->provenance, "caption") : NULL;
    if (told && *told)
        return g_strdup(told);
    if (params->template)
        return caption_template_apply(params->template, input->path, captions->vocabulary);
    return caption_from_name(input->path, captions->vocabulary);
}
