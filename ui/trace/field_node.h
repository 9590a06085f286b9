/* SPDX-License-Identifier: Apache-2.0 */
/* A node of the tree of a packet: a header of a layout, or one of its fields. */
#pragma once

#include <gio/gio.h>

#include "app/trace/layout.h"

#define TORCHLIGHT_TYPE_FIELD_NODE (torchlight_field_node_get_type())
G_DECLARE_FINAL_TYPE(TorchlightFieldNode, torchlight_field_node, TORCHLIGHT, FIELD_NODE, GObject)

struct _TorchlightFieldNode {
    GObject parent_instance;

    Header header;
    FieldId field; /* N_FIELDS: the header */
    int first_column, n_columns;
};

/* field N_FIELDS: the header as a whole. */
TorchlightFieldNode *torchlight_field_node_new(const Layout *layout, Header header, FieldId field);
