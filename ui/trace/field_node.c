/* SPDX-License-Identifier: Apache-2.0 */
/* Headers and fields as list items. */
#include "ui/trace/field_node.h"

G_DEFINE_FINAL_TYPE(TorchlightFieldNode, torchlight_field_node, G_TYPE_OBJECT)

static void
torchlight_field_node_class_init(TorchlightFieldNodeClass *class)
{
}

static void
torchlight_field_node_init(TorchlightFieldNode *node)
{
}

TorchlightFieldNode *
torchlight_field_node_new(const Layout *layout, Header header, FieldId field)
{
    TorchlightFieldNode *node = g_object_new(TORCHLIGHT_TYPE_FIELD_NODE, NULL);

    node->header = header;
    node->field = field;
    if (field == N_FIELDS) {
        layout_header_span(layout, header, &node->first_column, &node->n_columns);
    } else {
        node->first_column = layout->column_of[field];
        node->n_columns = field_table[field].width;
    }
    return node;
}
