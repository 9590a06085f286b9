/* SPDX-License-Identifier: Apache-2.0 */
/* Records of LoRAs. */
#include "ui/train/lora_item.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "app/jobs/lora_card.h"

#define ENDING ".safetensors"

static char *
stem_of(const char *path)
{
    g_autofree char *base = g_path_get_basename(path);

    if (g_str_has_suffix(base, ENDING) && strlen(base) > strlen(ENDING))
        base[strlen(base) - strlen(ENDING)] = '\0';
    return g_filename_display_name(base);
}

static void
add_card(JsonObject *record, const LoraCard *card)
{
    if (card->words)
        json_object_set_string_member(record, "words", card->words);
    if (card->model)
        json_object_set_string_member(record, "model", card->model);
    json_object_set_int_member(record, "rank", card->rank);
    if (card->steps)
        json_object_set_int_member(record, "steps", card->steps);
    if (card->pictures)
        json_object_set_int_member(record, "pictures", card->pictures);
    if (isfinite(card->loss))
        json_object_set_double_member(record, "loss", card->loss);
}

TorchlightItem *
lora_item_add(TorchlightProject *project, const char *path, const char *name, TorchlightItem *run,
              const char *preview, GError **error)
{
    g_autoptr(LoraCard) card = lora_card_read(path, error);
    g_autofree char *file = torchlight_project_relative(project, path);
    g_autofree char *stem = stem_of(path);
    JsonObject *record;

    if (!card)
        return NULL;
    record = json_object_new();
    json_object_set_string_member(record, "file", file);
    json_object_set_string_member(record, "name", name ? name : stem);
    json_object_set_int_member(record, "added", g_get_real_time() / G_USEC_PER_SEC);
    add_card(record, card);
    if (run)
        json_object_set_string_member(record, "run", torchlight_item_get_id(run));
    if (preview) {
        g_autofree char *picture = torchlight_project_relative(project, preview);

        json_object_set_string_member(record, "preview", picture);
    }
    return torchlight_project_add(project, ITEM_LORA, record);
}

TorchlightItem *
lora_item_load(TorchlightProject *project, const char *path, GError **error)
{
    g_autoptr(LoraCard) card = lora_card_read(path, error);
    g_autofree char *stem = stem_of(path);
    g_autofree char *target = NULL;
    g_autoptr(GFile) from = g_file_new_for_path(path);
    g_autoptr(GFile) to = NULL;
    TorchlightItem *item;

    if (!card)
        return NULL;
    target = torchlight_project_new_path(project, "loras", stem, ENDING);
    to = g_file_new_for_path(target);
    if (!g_file_copy(from, to, G_FILE_COPY_NONE, NULL, NULL, NULL, error))
        return NULL;
    torchlight_project_begin(project, _("Load LoRA"));
    item = lora_item_add(project, target, stem, NULL, NULL, error);
    torchlight_project_end(project);
    return item;
}

static void
append_fact(GString *text, char *fact)
{
    g_string_append_printf(text, "%s%s", text->len ? " · " : "", fact);
    g_free(fact);
}

char *
lora_item_dup_facts(TorchlightItem *item)
{
    int steps = (int)torchlight_item_get_int(item, "steps", 0);
    int pictures = (int)torchlight_item_get_int(item, "pictures", 0);
    int rank = (int)torchlight_item_get_int(item, "rank", 0);
    double loss = torchlight_item_get_double(item, "loss", NAN);
    GString *text = g_string_new(NULL);

    if (steps)
        append_fact(text, g_strdup_printf(ngettext("%d step", "%d steps", steps), steps));
    if (pictures)
        append_fact(text,
                    g_strdup_printf(ngettext("%d picture", "%d pictures", pictures), pictures));
    if (rank)
        append_fact(text, g_strdup_printf(_("rank %d"), rank));
    if (isfinite(loss))
        append_fact(text, g_strdup_printf(_("loss %.4f"), loss));
    return g_string_free(text, FALSE);
}

char *
lora_item_dup_preview(TorchlightProject *project, TorchlightItem *item)
{
    const char *file = torchlight_item_get_string(item, "preview");

    if (!file)
        return NULL;
    return g_path_is_absolute(file)
               ? g_strdup(file)
               : g_build_filename(torchlight_project_get_dir(project), file, NULL);
}
