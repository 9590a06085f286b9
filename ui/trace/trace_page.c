/* SPDX-License-Identifier: Apache-2.0 */
/* The trace page: what it shows, how it is laid out, and the caption at its foot. */
#include "ui/trace/trace_page_private.h"

#include <glib/gi18n.h>

#include "ui/short_text.h"
#include "ui/shrink.h"

enum { NARROW_BELOW = 860, NARROW_LEAST = 340 };
enum { PROP_FINDING = 1, PROP_HIGHLIGHT, PROP_PANELS, PROP_COMPARE, N_PROPS };

static GParamSpec *props[N_PROPS];

static const char *const compare_names[] = {"none", "side", "blink", "difference"};

G_DEFINE_FINAL_TYPE(TorchlightTracePage, torchlight_trace_page, GTK_TYPE_WIDGET)

/* --- layout --- */

static void
show_panels(TorchlightTracePage *page)
{
    bool both = !page->narrow, packets = gtk_toggle_button_get_active(page->show_packets);

    gtk_widget_set_visible(page->panels, page->panels_shown);
    gtk_widget_set_visible(page->panel_switch, page->narrow);
    gtk_widget_set_visible(GTK_WIDGET(page->list), both || packets);
    gtk_widget_set_visible(GTK_WIDGET(page->tree), both || !packets);
}

/* What the picture leaves free when all of it is seen, and enough for the columns of the list. */
static int
panel_width(int width, int height)
{
    return CLAMP(width - height - 120, width * 42 / 100, width / 2);
}

static void
set_narrow(TorchlightTracePage *page)
{
    GtkOrientation along = page->narrow ? GTK_ORIENTATION_VERTICAL : GTK_ORIENTATION_HORIZONTAL;

    gtk_orientable_set_orientation(GTK_ORIENTABLE(page->paned), along);
    gtk_orientable_set_orientation(GTK_ORIENTABLE(page->compare_box), along);
    gtk_widget_set_visible(GTK_WIDGET(page->facts), !page->narrow);
    gtk_widget_set_visible(page->zoom_button, !page->narrow);
    show_panels(page);
}

/* With the next frame, as within an allocation nothing may change its size; and the places of the
 * panes with the one after that, as they grow with their panes. */
static gboolean
lay_out(GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
    TorchlightTracePage *page = data;
    int width = gtk_widget_get_width(widget), height = gtk_widget_get_height(widget);

    if (height < 2)
        return G_SOURCE_CONTINUE; /* not placed yet */
    if (!page->is_laid_out) {
        page->is_laid_out = true;
        set_narrow(page);
        return G_SOURCE_CONTINUE;
    }
    page->layout_tick = 0;
    gtk_paned_set_position(page->paned,
                           page->narrow ? height * 11 / 20 : width - panel_width(width, height));
    gtk_paned_set_position(page->lists, gtk_widget_get_height(GTK_WIDGET(page->lists)) * 9 / 20);
    return G_SOURCE_REMOVE;
}

static void
lay_out_soon(TorchlightTracePage *page)
{
    if (!page->is_laid_out && !page->layout_tick)
        page->layout_tick =
            gtk_widget_add_tick_callback(GTK_WIDGET(page->paned), lay_out, page, NULL);
}

static void
torchlight_trace_page_size_allocate(GtkWidget *widget, int width, int height, int baseline)
{
    TorchlightTracePage *page = TORCHLIGHT_TRACE_PAGE(widget);
    bool narrow = width < NARROW_BELOW;
    int least;

    gtk_widget_measure(GTK_WIDGET(page->stack), GTK_ORIENTATION_HORIZONTAL, -1, &least, NULL, NULL,
                       NULL);
    gtk_widget_allocate(GTK_WIDGET(page->stack), MAX(width, least), height, baseline, NULL);
    if (page->is_laid_out && narrow == page->narrow)
        return;
    page->narrow = narrow;
    page->is_laid_out = false;
    if (gtk_widget_get_mapped(GTK_WIDGET(page->paned)))
        lay_out_soon(page);
}

/* The panes beside each other are no reason not to get so narrow that they are below each other. */
static void
torchlight_trace_page_measure(GtkWidget *widget, GtkOrientation orientation, int for_size,
                              int *minimum, int *natural, int *minimum_baseline,
                              int *natural_baseline)
{
    TorchlightTracePage *page = TORCHLIGHT_TRACE_PAGE(widget);

    gtk_widget_measure(GTK_WIDGET(page->stack), orientation, for_size, minimum, natural,
                       minimum_baseline, natural_baseline);
    if (orientation == GTK_ORIENTATION_HORIZONTAL && !(page->narrow && page->is_laid_out))
        *minimum = MIN(*minimum, NARROW_LEAST);
}

/* --- caption --- */

static void
show_caption(TorchlightTracePage *page)
{
    TorchlightProject *project = torchlight_workspace_get_project(page->workspace);
    const char *caption = page->item ? torchlight_item_get_caption(page->item) : "";
    g_autofree char *shown = short_text(caption);
    /* What is not seen whole is not changed here. */
    bool writable = page->item && project && torchlight_project_is_writable(project) &&
                    g_str_equal(shown, caption);

    page->setting_caption = true;
    if (!g_str_equal(gtk_editable_get_text(page->caption), shown))
        gtk_editable_set_text(page->caption, shown);
    gtk_editable_set_editable(page->caption, writable);
    page->setting_caption = false;
}

/* What is typed within a second is one edit. */
static void
on_caption_typed(TorchlightTracePage *page)
{
    TorchlightProject *project = torchlight_workspace_get_project(page->workspace);
    g_autofree char *key = NULL;

    if (page->setting_caption || !page->item || !project)
        return;
    key = g_strconcat("caption:", torchlight_item_get_id(page->item), NULL);
    page->setting_caption = true;
    torchlight_project_begin_merged(project, _("Change Caption"), key);
    torchlight_project_set_string(project, page->item, "caption",
                                  gtk_editable_get_text(page->caption));
    torchlight_project_end(project);
    page->setting_caption = false;
}

static void
on_caption_changed(TorchlightTracePage *page)
{
    if (!page->setting_caption)
        show_caption(page);
}

static void
set_item(TorchlightTracePage *page, TorchlightItem *item)
{
    if (page->item)
        g_signal_handlers_disconnect_by_data(page->item, page);
    g_set_object(&page->item, item);
    if (item)
        g_signal_connect_swapped(item, "changed::caption", G_CALLBACK(on_caption_changed), page);
    show_caption(page);
}

/* --- what is shown --- */

static void
on_readout(TorchlightTracePage *page)
{
    const char *readout = torchlight_trace_view_get_readout(page->view);

    gtk_label_set_label(page->readout, readout ? readout : _("Point at a bit to read it"));
    gtk_widget_set_tooltip_text(GTK_WIDGET(page->readout), readout);
    if (readout)
        gtk_widget_remove_css_class(GTK_WIDGET(page->readout), "dim-label");
    else
        gtk_widget_add_css_class(GTK_WIDGET(page->readout), "dim-label");
}

static void
on_zoom(TorchlightTracePage *page)
{
    double zoom = torchlight_trace_view_get_zoom(page->view);
    g_autofree char *text = g_strdup_printf(_("%.0f %%"), zoom * 100);
    g_autofree char *label = g_strdup_printf(_("Zoom %.0f %%: fit into the window"), zoom * 100);

    gtk_label_set_label(page->zoom_label, text);
    gtk_accessible_update_property(GTK_ACCESSIBLE(page->zoom_button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   label, -1);
}

static void
update_stack(TorchlightTracePage *page)
{
    gboolean loading;

    g_object_get(page->workspace, "loading", &loading, NULL);
    gtk_stack_set_visible_child_name(page->stack, page->document ? "trace"
                                                  : loading      ? "loading"
                                                                 : "empty");
    gtk_spinner_set_spinning(page->spinner, loading && !page->document);
}

/* The same trace in another palette keeps its place, and all that is chosen and compared. */
static void
on_document(TorchlightTracePage *page)
{
    Document *document = torchlight_workspace_get_document(page->workspace);
    TorchlightItem *item = torchlight_workspace_get_trace(page->workspace);
    bool same = document && page->document && item == page->item;
    g_autofree char *facts = document ? document_facts(document) : g_strdup("");

    if (!same)
        trace_page_compare_clear(page);
    g_clear_pointer(&page->document, document_unref);
    page->document = document ? document_ref(document) : NULL;
    set_item(page, document ? item : NULL);
    trace_page_link_picture(page, same);
    gtk_label_set_label(page->facts, facts);
    gtk_widget_set_tooltip_text(GTK_WIDGET(page->facts), facts);
    if (same && page->other_item)
        trace_page_compare_with(page, page->other_item);
    else
        trace_page_find_run(page);
    update_stack(page);
    trace_page_update_actions(page);
}

void
torchlight_trace_page_set_workspace(TorchlightTracePage *page, TorchlightWorkspace *workspace)
{
    g_set_object(&page->workspace, workspace);
    g_signal_connect_object(workspace, "notify::document", G_CALLBACK(on_document), page,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(workspace, "notify::loading", G_CALLBACK(update_stack), page,
                            G_CONNECT_SWAPPED);
    trace_page_compare_init(page);
    on_document(page);
}

/* --- the widget --- */

/* Its keys are those of the window, but only while it is seen. */
static void
torchlight_trace_page_map(GtkWidget *widget)
{
    TorchlightTracePage *page = TORCHLIGHT_TRACE_PAGE(widget);

    GTK_WIDGET_CLASS(torchlight_trace_page_parent_class)->map(widget);
    page->shortcuts = trace_page_make_shortcuts();
    gtk_widget_add_controller(widget, GTK_EVENT_CONTROLLER(page->shortcuts));
}

static void
torchlight_trace_page_unmap(GtkWidget *widget)
{
    TorchlightTracePage *page = TORCHLIGHT_TRACE_PAGE(widget);

    if (page->shortcuts)
        gtk_widget_remove_controller(widget, GTK_EVENT_CONTROLLER(page->shortcuts));
    page->shortcuts = NULL;
    GTK_WIDGET_CLASS(torchlight_trace_page_parent_class)->unmap(widget);
}

static void
torchlight_trace_page_get_property(GObject *object, guint id, GValue *value, GParamSpec *spec)
{
    TorchlightTracePage *page = TORCHLIGHT_TRACE_PAGE(object);
    gboolean highlight;

    switch (id) {
    case PROP_FINDING:
        g_value_set_boolean(value, gtk_search_bar_get_search_mode(page->find_bar));
        break;
    case PROP_HIGHLIGHT:
        g_object_get(page->view, "highlight", &highlight, NULL);
        g_value_set_boolean(value, highlight);
        break;
    case PROP_PANELS:
        g_value_set_boolean(value, page->panels_shown);
        break;
    case PROP_COMPARE:
        g_value_set_string(value, compare_names[page->compare]);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    }
}

static void
torchlight_trace_page_set_property(GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
    TorchlightTracePage *page = TORCHLIGHT_TRACE_PAGE(object);

    switch (id) {
    case PROP_FINDING:
        gtk_search_bar_set_search_mode(page->find_bar, g_value_get_boolean(value));
        break;
    case PROP_HIGHLIGHT:
        torchlight_trace_view_set_highlight(page->view, g_value_get_boolean(value));
        torchlight_trace_view_set_highlight(page->other_view, g_value_get_boolean(value));
        break;
    case PROP_PANELS:
        page->panels_shown = g_value_get_boolean(value);
        show_panels(page);
        break;
    case PROP_COMPARE:
        for (int mode = 0; mode < (int)G_N_ELEMENTS(compare_names); mode++) {
            if (g_strcmp0(g_value_get_string(value), compare_names[mode]) == 0)
                trace_page_compare_set_mode(page, (CompareMode)mode);
        }
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
        return;
    }
    g_object_notify_by_pspec(object, spec);
}

static void
torchlight_trace_page_dispose(GObject *object)
{
    TorchlightTracePage *page = TORCHLIGHT_TRACE_PAGE(object);

    if (page->stack) {
        trace_page_compare_clear(page);
        page->linking = true;
        set_item(page, NULL);
        gtk_widget_unparent(GTK_WIDGET(page->stack));
        page->stack = NULL;
    }
    g_clear_object(&page->chooser);
    g_clear_object(&page->compare_filter);
    g_clear_pointer(&page->document, document_unref);
    g_clear_pointer(&page->matches, g_array_unref);
    g_clear_pointer(&page->sought, g_free);
    g_clear_object(&page->workspace);
    G_OBJECT_CLASS(torchlight_trace_page_parent_class)->dispose(object);
}

static void
bind_children(GtkWidgetClass *widget)
{
#define BIND(child) gtk_widget_class_bind_template_child(widget, TorchlightTracePage, child)
    BIND(stack);
    BIND(spinner);
    BIND(scroller);
    BIND(other_scroller);
    BIND(view);
    BIND(other_view);
    BIND(list);
    BIND(tree);
    BIND(paned);
    BIND(lists);
    BIND(panels);
    BIND(panel_switch);
    BIND(show_packets);
    BIND(readout);
    BIND(facts);
    BIND(zoom_label);
    BIND(zoom_button);
    BIND(compare_button);
    BIND(caption);
    BIND(find_bar);
    BIND(find_entry);
    BIND(find_label);
    BIND(compare_bar);
    BIND(compare_popover);
    BIND(compare_search);
    BIND(compare_list);
    BIND(compare_label);
    BIND(blink_rate);
    BIND(compare_box);
    BIND(compare_modes);
#undef BIND
}

static void
torchlight_trace_page_class_init(TorchlightTracePageClass *class)
{
    GObjectClass *object = G_OBJECT_CLASS(class);
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);
    const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

    object->dispose = torchlight_trace_page_dispose;
    object->get_property = torchlight_trace_page_get_property;
    object->set_property = torchlight_trace_page_set_property;
    widget->measure = torchlight_trace_page_measure;
    widget->size_allocate = torchlight_trace_page_size_allocate;
    widget->map = torchlight_trace_page_map;
    widget->unmap = torchlight_trace_page_unmap;
    props[PROP_FINDING] = g_param_spec_boolean("finding", NULL, NULL, FALSE, flags);
    props[PROP_HIGHLIGHT] = g_param_spec_boolean("highlight", NULL, NULL, FALSE, flags);
    props[PROP_PANELS] = g_param_spec_boolean("panels", NULL, NULL, TRUE, flags);
    props[PROP_COMPARE] = g_param_spec_string("compare", NULL, NULL, "none", flags);
    g_object_class_install_properties(object, N_PROPS, props);
    g_type_ensure(TORCHLIGHT_TYPE_TRACE_VIEW);
    g_type_ensure(TORCHLIGHT_TYPE_PACKET_LIST);
    g_type_ensure(TORCHLIGHT_TYPE_FIELD_TREE);
    gtk_widget_class_set_template_from_resource(
        widget, "/io/github/torchlight/Torchlight/ui/trace_page.ui");
    bind_children(widget);
    trace_page_add_actions(class);
}

static void
torchlight_trace_page_init(TorchlightTracePage *page)
{
    page->panels_shown = page->narrow = true;
    page->tree_row = page->match = -1;
    page->matches = g_array_new(FALSE, FALSE, sizeof(Match));
    gtk_widget_init_template(GTK_WIDGET(page));
    shrink_buttons(page->compare_modes);
    gtk_widget_set_overflow(GTK_WIDGET(page), GTK_OVERFLOW_HIDDEN);
    g_signal_connect_swapped(page->view, "notify::readout", G_CALLBACK(on_readout), page);
    g_signal_connect_swapped(page->view, "notify::zoom", G_CALLBACK(on_zoom), page);
    g_signal_connect_swapped(page->caption, "changed", G_CALLBACK(on_caption_typed), page);
    g_signal_connect_swapped(page->show_packets, "toggled", G_CALLBACK(show_panels), page);
    g_signal_connect_swapped(page->paned, "map", G_CALLBACK(lay_out_soon), page);
    trace_page_link(page);
    trace_page_find_init(page);
    on_readout(page);
    on_zoom(page);
    set_narrow(page); /* asks for no more than the narrowest window has, until it is known */
}
