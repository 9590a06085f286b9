/* SPDX-License-Identifier: Apache-2.0 */
/* Choices in the record of the trace: read, and written as edits that undo takes back. */
#include "ui/repair/repair_page_private.h"

#include <glib/gi18n.h>

RepairChoices *
repair_page_read_choices(TorchlightRepairPage *page, TorchlightItem *item)
{
    TorchlightProject *project = torchlight_workspace_get_project(page->workspace);
    JsonObject *object = item ? torchlight_item_get_object(item, "repair") : NULL;
    g_autoptr(JsonNode) node = NULL;
    g_autoptr(GError) error = NULL;
    RepairChoices *choices;

    if (!object || !project)
        return repair_choices_new();
    node = json_node_new(JSON_NODE_OBJECT);
    json_node_set_object(node, object);
    choices = repair_choices_from_json(node, torchlight_item_get_name(item), &error);
    if (!choices) {
        torchlight_workspace_toast(page->workspace, error->message);
        return repair_choices_new();
    }
    repair_choices_resolve(choices, torchlight_project_get_dir(project));
    return choices;
}

static void
make_relative(TorchlightProject *project, char **path)
{
    char *relative;

    if (!*path || !g_path_is_absolute(*path))
        return;
    relative = torchlight_project_relative(project, *path);
    g_free(*path);
    *path = relative;
}

void
repair_page_edit(TorchlightRepairPage *page, const char *label, RepairChoices *choices_,
                 const char *merge_key)
{
    g_autoptr(RepairChoices) choices = choices_;
    TorchlightProject *project = torchlight_workspace_get_project(page->workspace);
    JsonNode *node;

    if (!project || !page->item || repair_choices_equal(choices, page->choices) ||
        !torchlight_project_is_writable(project))
        return;
    make_relative(project, &choices->timing);
    make_relative(project, &choices->template);
    make_relative(project, &choices->map);
    node = repair_choices_to_json(choices);
    if (json_object_get_size(json_node_get_object(node)) == 0)
        g_clear_pointer(&node, json_node_unref);
    if (merge_key)
        torchlight_project_begin_merged(project, label, merge_key);
    else
        torchlight_project_begin(project, label);
    torchlight_project_set(project, page->item, "repair", node);
    torchlight_project_end(project);
}
