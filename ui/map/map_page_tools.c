/* SPDX-License-Identifier: Apache-2.0 */
/* The tools of the page, their keys, selections, and what is done to a selection or the whole map.
 */
#include "ui/map/map_page_private.h"

#include <glib/gi18n.h>

/* --- tools --- */

static void
on_tool(TorchlightMapPage *page)
{
    for (int tool = 0; tool < N_MAP_TOOLS; tool++) {
        if (gtk_toggle_button_get_active(page->tools[tool]))
            torchlight_map_canvas_set_tool(page->canvas, (MapTool)tool);
    }
}

static void
on_brush_spun(TorchlightMapPage *page)
{
    torchlight_map_canvas_set_brush(page->canvas, gtk_spin_button_get_value_as_int(page->brush));
}

static void
on_filled(TorchlightMapPage *page)
{
    torchlight_map_canvas_set_filled(page->canvas, gtk_toggle_button_get_active(page->filled));
}

static gboolean
on_tool_key(GtkWidget *widget, GVariant *parameter, gpointer data)
{
    TorchlightMapPage *page = TORCHLIGHT_MAP_PAGE(widget);

    gtk_toggle_button_set_active(page->tools[g_variant_get_int32(parameter)], TRUE);
    gtk_widget_grab_focus(GTK_WIDGET(page->canvas));
    return TRUE;
}

/* By one while it is small, then by a quarter. */
static gboolean
on_brush_key(GtkWidget *widget, GVariant *parameter, gpointer data)
{
    TorchlightMapPage *page = TORCHLIGHT_MAP_PAGE(widget);
    const int size = torchlight_map_canvas_get_brush(page->canvas), step = MAX(1, size / 4);

    gtk_spin_button_set_value(page->brush, size + step * g_variant_get_int32(parameter));
    return TRUE;
}

static gboolean
on_panel_key(GtkWidget *widget, GVariant *parameter, gpointer data)
{
    TorchlightMapPage *page = TORCHLIGHT_MAP_PAGE(widget);

    adw_flap_set_reveal_flap(page->flap, !adw_flap_get_reveal_flap(page->flap));
    return TRUE;
}

static void
add_keys(GtkWidgetClass *class)
{
    static const guint tool_keys[N_MAP_TOOLS] = {
        [MAP_TOOL_PENCIL] = GDK_KEY_p,    [MAP_TOOL_ERASER] = GDK_KEY_e,
        [MAP_TOOL_RESTORE] = GDK_KEY_h,   [MAP_TOOL_LINE] = GDK_KEY_l,
        [MAP_TOOL_RECTANGLE] = GDK_KEY_r, [MAP_TOOL_FILL] = GDK_KEY_f,
        [MAP_TOOL_MOVE] = GDK_KEY_m};

    for (int tool = 0; tool < N_MAP_TOOLS; tool++)
        gtk_widget_class_add_binding(class, tool_keys[tool], 0, on_tool_key, "i", tool);
    gtk_widget_class_add_binding(class, GDK_KEY_bracketleft, 0, on_brush_key, "i", -1);
    gtk_widget_class_add_binding(class, GDK_KEY_bracketright, 0, on_brush_key, "i", 1);
    gtk_widget_class_add_binding(class, GDK_KEY_F9, 0, on_panel_key, NULL);
    gtk_widget_class_add_binding_action(class, GDK_KEY_i, GDK_SHIFT_MASK, "map.invert-all", NULL);
}

/* --- selections --- */

/* "Columns 65–72 · IPv4 TTL", "Packets 3–9" */
static char *
describe_selection(TorchlightMapPage *page)
{
    ControlRect rect;
    int bit;

    if (torchlight_map_canvas_get_selection(page->canvas, &rect) == MAP_SELECT_ROWS)
        return rect.height == 1
                   ? g_strdup_printf(_("Packet %d"), rect.y + 1)
                   : g_strdup_printf(_("Packets %d–%d"), rect.y + 1, rect.y + rect.height);
    const ControlMap *map = torchlight_map_document_get_map(page->current);
    if (!page->layout || page->layout->n_columns != map->width)
        return g_strdup_printf(_("Columns %d–%d"), rect.x + 1, rect.x + rect.width);
    const LayoutField *first = layout_field_at(page->layout, rect.x, &bit);
    const LayoutField *last = layout_field_at(page->layout, rect.x + rect.width - 1, &bit);
    const Field *from = &field_table[first->field], *to = &field_table[last->field];
    if (first == last)
        return g_strdup_printf(_("%s %s · columns %d–%d"), header_title(from->header), from->label,
                               rect.x + 1, rect.x + rect.width);
    return g_strdup_printf(_("%s %s – %s %s · columns %d–%d"), header_title(from->header),
                           from->label, header_title(to->header), to->label, rect.x + 1,
                           rect.x + rect.width);
}

static void
on_selected(TorchlightMapPage *page)
{
    ControlRect rect;
    const bool any = page->current && torchlight_map_canvas_get_selection(page->canvas, &rect);

    gtk_widget_set_visible(page->selection_bar, any);
    if (!any)
        return;
    g_autofree char *text = describe_selection(page);
    gtk_label_set_text(page->selection_label, text);
}

/* The list to select from: nothing, then each header with its fields behind it. */
static void
fill_fields(TorchlightMapPage *page)
{
    const Layout *layout = layout_default();
    g_autoptr(GtkStringList) names = gtk_string_list_new(NULL);

    gtk_string_list_append(names, _("Header or field…"));
    for (int i = 0; i < layout->n_fields; i++) {
        const Field *field = &field_table[layout->fields[i].field];
        if (i == 0 || field_table[layout->fields[i - 1].field].header != field->header)
            gtk_string_list_append(names, header_title(field->header));
        g_autofree char *name = g_strdup_printf("%s %s", header_title(field->header), field->label);
        gtk_string_list_append(names, name);
    }
    gtk_drop_down_set_model(page->field, G_LIST_MODEL(names));
    g_autoptr(GtkExpression) expression =
        gtk_property_expression_new(GTK_TYPE_STRING_OBJECT, NULL, "string");
    gtk_drop_down_set_expression(page->field, expression);
}

static void
on_field(TorchlightMapPage *page)
{
    const Layout *layout = page->layout ? page->layout : layout_default();
    guint at = gtk_drop_down_get_selected(page->field);

    if (at == 0 || at == GTK_INVALID_LIST_POSITION)
        return;
    for (int i = 0; i < layout->n_fields; i++) {
        const LayoutField *entry = &layout->fields[i];
        const Header header = field_table[entry->field].header;
        int first = entry->first_column, n = field_table[entry->field].width;
        if ((i == 0 || field_table[entry[-1].field].header != header) && --at == 0) {
            layout_header_span(layout, header, &first, &n);
            torchlight_map_canvas_select(page->canvas, MAP_SELECT_COLUMNS, first, n);
        } else if (--at == 0) {
            torchlight_map_canvas_select(page->canvas, MAP_SELECT_COLUMNS, first, n);
        } else {
            continue;
        }
        break;
    }
    gtk_drop_down_set_selected(page->field, 0);
}

static void
on_select_packets(GtkWidget *widget, const char *name, GVariant *parameter)
{
    TorchlightMapPage *page = TORCHLIGHT_MAP_PAGE(widget);
    const int a = gtk_spin_button_get_value_as_int(page->first_packet);
    const int b = gtk_spin_button_get_value_as_int(page->last_packet);

    torchlight_map_canvas_select(page->canvas, MAP_SELECT_ROWS, MIN(a, b) - 1, ABS(a - b) + 1);
}

static void
on_select_none(GtkWidget *widget, const char *name, GVariant *parameter)
{
    torchlight_map_canvas_select(TORCHLIGHT_MAP_PAGE(widget)->canvas, MAP_SELECT_NONE, 0, 0);
}

/* --- edits without a pointer --- */

typedef enum { WITH_MARK, INVERTED, FIELDS, HEADERS } Change;

static void
change(TorchlightMapPage *page, ControlRect rect, Change how, uint8_t mark, const char *label)
{
    ControlMap *map;

    if (!map_page_can_edit(page))
        return;
    torchlight_map_canvas_cancel(page->canvas);
    map = torchlight_map_document_get_map(page->current);
    control_map_begin(map);
    if (how == WITH_MARK)
        control_map_fill(map, rect, mark);
    else if (how == INVERTED)
        control_map_invert(map, rect);
    else
        control_map_draw_fields(map, page->layout ? page->layout : layout_default(), how == HEADERS,
                                mark);
    torchlight_map_document_end_edit(page->current, label);
}

static const struct {
    const char *name, *label;
    bool selection; /* else of the whole map */
    Change how;
    uint8_t mark;
} changes[] = {
    {"map.fill", N_("Fill Selection"), true, WITH_MARK, MARK_WHITE},
    {"map.erase", N_("Erase Selection"), true, WITH_MARK, MARK_BLACK},
    {"map.restore", N_("Restore Selection"), true, WITH_MARK, MARK_NONE},
    {"map.invert", N_("Invert Selection"), true, INVERTED, 0},
    {"map.invert-all", N_("Invert Map"), false, INVERTED, 0},
    {"map.clear", N_("Clear Map"), false, WITH_MARK, MARK_BLACK},
    {"map.reset", N_("Remove Strokes"), false, WITH_MARK, MARK_NONE},
    {"map.fields", N_("Draw Fields"), false, FIELDS, MARK_WHITE},
    {"map.headers", N_("Draw Headers"), false, HEADERS, MARK_WHITE},
};

static void
on_change(GtkWidget *widget, const char *name, GVariant *parameter)
{
    TorchlightMapPage *page = TORCHLIGHT_MAP_PAGE(widget);
    ControlRect rect;

    for (guint i = 0; page->current && i < G_N_ELEMENTS(changes); i++) {
        if (!g_str_equal(changes[i].name, name))
            continue;
        if (!changes[i].selection)
            rect = control_map_all(torchlight_map_document_get_map(page->current));
        else if (!torchlight_map_canvas_get_selection(page->canvas, &rect))
            return;
        change(page, rect, changes[i].how, changes[i].mark, _(changes[i].label));
    }
}

static void
on_stroke(TorchlightMapPage *page, const char *label)
{
    if (page->current)
        torchlight_map_document_end_edit(page->current, label);
}

/* --- zoom --- */

static void
on_zoom(GtkWidget *widget, const char *name, GVariant *parameter)
{
    TorchlightMapPage *page = TORCHLIGHT_MAP_PAGE(widget);

    if (g_str_equal(name, "map.zoom-in"))
        torchlight_map_canvas_zoom_in(page->canvas);
    else if (g_str_equal(name, "map.zoom-out"))
        torchlight_map_canvas_zoom_out(page->canvas);
    else
        torchlight_map_canvas_zoom_fit(page->canvas);
}

void
map_page_add_tool_actions(GtkWidgetClass *class)
{
    for (guint i = 0; i < G_N_ELEMENTS(changes); i++)
        gtk_widget_class_install_action(class, changes[i].name, NULL, on_change);
    gtk_widget_class_install_action(class, "map.select-packets", NULL, on_select_packets);
    gtk_widget_class_install_action(class, "map.select-none", NULL, on_select_none);
    gtk_widget_class_install_action(class, "map.zoom-in", NULL, on_zoom);
    gtk_widget_class_install_action(class, "map.zoom-out", NULL, on_zoom);
    gtk_widget_class_install_action(class, "map.zoom-fit", NULL, on_zoom);
    add_keys(class);
}

void
map_page_bind_tools(GtkWidgetClass *class)
{
    static const char *const names[N_MAP_TOOLS] = {[MAP_TOOL_PENCIL] = "tool_pencil",
                                                   [MAP_TOOL_ERASER] = "tool_eraser",
                                                   [MAP_TOOL_RESTORE] = "tool_restore",
                                                   [MAP_TOOL_LINE] = "tool_line",
                                                   [MAP_TOOL_RECTANGLE] = "tool_rectangle",
                                                   [MAP_TOOL_FILL] = "tool_fill",
                                                   [MAP_TOOL_MOVE] = "tool_move"};

    for (int tool = 0; tool < N_MAP_TOOLS; tool++)
        gtk_widget_class_bind_template_child_full(
            class, names[tool], FALSE,
            (gssize)(G_STRUCT_OFFSET(TorchlightMapPage, tools) +
                     (gsize)tool * sizeof(GtkToggleButton *)));
}

void
map_page_init_tools(TorchlightMapPage *page)
{
    for (int tool = 0; tool < N_MAP_TOOLS; tool++)
        g_signal_connect_swapped(page->tools[tool], "toggled", G_CALLBACK(on_tool), page);
    g_signal_connect_swapped(page->brush, "value-changed", G_CALLBACK(on_brush_spun), page);
    g_signal_connect_swapped(page->filled, "toggled", G_CALLBACK(on_filled), page);
    fill_fields(page);
    g_signal_connect_swapped(page->field, "notify::selected", G_CALLBACK(on_field), page);
    g_signal_connect_swapped(page->canvas, "stroke", G_CALLBACK(on_stroke), page);
    g_signal_connect_swapped(page->canvas, "selected", G_CALLBACK(on_selected), page);
}

void
map_page_update_actions(TorchlightMapPage *page)
{
    static const char *const of_item[] = {"map.rename", "map.delete"};
    static const char *const of_map[] = {"map.duplicate", "map.new", "map.use"};
    GtkWidget *widget = GTK_WIDGET(page);
    const bool can_edit = map_page_can_edit(page);
    const bool is_item = can_edit && torchlight_map_document_get_item(page->current);

    for (guint i = 0; i < G_N_ELEMENTS(changes); i++)
        gtk_widget_action_set_enabled(widget, changes[i].name, can_edit);
    for (guint i = 0; i < G_N_ELEMENTS(of_item); i++)
        gtk_widget_action_set_enabled(widget, of_item[i], is_item);
    for (guint i = 0; i < G_N_ELEMENTS(of_map); i++)
        gtk_widget_action_set_enabled(widget, of_map[i], can_edit);
    gtk_widget_action_set_enabled(widget, "map.save", page->current != NULL);
    gtk_widget_action_set_enabled(widget, "map.load",
                                  page->project && torchlight_project_is_writable(page->project));
    gtk_widget_set_sensitive(page->edit_group, page->current != NULL);
}
