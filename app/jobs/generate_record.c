/* SPDX-License-Identifier: Apache-2.0 */
/* Records of generated pictures. */
#include "app/jobs/generate_record.h"

#include <glib/gi18n-lib.h>

#include "app/jobs/generate_files.h"
#include "app/jobs/generate_settings.h"

JsonObject *
generate_record(TorchlightProject *project, const GenerateImage *image,
                const GenerateParams *params)
{
    g_autoptr(GenerateParams) own = generate_params_copy(params);
    g_autofree char *file = torchlight_project_relative(project, image->path);
    g_autofree char *name = g_strdup_printf(_("Seed %s"), generate_seed_text(image->seed).text);
    g_autofree char *model =
        params->model ? g_filename_display_basename(params->model) : g_strdup(GENERATE_BUNDLED);
    JsonObject *record = json_object_new();
    GList *members = image->facts ? json_object_get_members(image->facts) : NULL;

    own->seed = image->seed;
    own->count = 1;
    for (GList *at = members; at; at = at->next)
        json_object_set_member(record, at->data,
                               json_node_copy(json_object_get_member(image->facts, at->data)));
    g_list_free(members);
    json_object_set_string_member(record, "name", name);
    json_object_set_string_member(record, "file", file);
    json_object_set_string_member(record, "caption", params->prompt);
    json_object_set_string_member(record, "origin", "generated");
    json_object_set_string_member(record, "model", model);
    json_object_set_string_member(record, "seed", generate_seed_text(image->seed).text);
    json_object_set_object_member(
        record, "settings", generate_params_to_json(own, torchlight_project_get_dir(project)));
    return record;
}

GenerateParams *
generate_record_params(TorchlightProject *project, TorchlightItem *item)
{
    JsonObject *settings = torchlight_item_get_object(item, "settings");

    return settings ? generate_params_from_json(settings, torchlight_project_get_dir(project), NULL)
                    : NULL;
}
