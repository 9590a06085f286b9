/* SPDX-License-Identifier: Apache-2.0 */
/* The page “Repair”: its parts held together. */
#include "ui/repair/repair_page_private.h"

#include <glib/gi18n.h>

#include "ui/shrink.h"

G_DEFINE_FINAL_TYPE(TorchlightRepairPage, torchlight_repair_page, GTK_TYPE_WIDGET)

static const RepairStory *
get_story(TorchlightRepairPage *page)
{
    const ReviewResult *result = torchlight_review_get_result(page->review);

    return result ? result->story : NULL;
}

static bool
is_writable(TorchlightRepairPage *page)
{
    TorchlightProject *project = torchlight_workspace_get_project(page->workspace);

    return project && torchlight_project_is_writable(project);
}

/* --- what is told --- */

static void
update_story(TorchlightRepairPage *page)
{
    const RepairStory *story = get_story(page);
    RepairBit bit;
    bool tells = false;

    if (story && page->row >= 0 && repair_story_bit(story, page->row, MAX(page->column, 0), &bit)) {
        torchlight_story_pane_show_bit(page->story, &bit, story, page->choices,
                                       torchlight_workspace_get_palette(page->workspace));
        tells = true;
    } else if (story && page->rule >= 0) {
        torchlight_story_pane_show_rule(page->story, story, page->choices, page->rule);
        tells = true;
    }
    gtk_revealer_set_reveal_child(page->story_revealer, tells);
}

static void
update_actions(TorchlightRepairPage *page)
{
    bool has_result = torchlight_review_get_result(page->review) != NULL;
    bool writable = is_writable(page);

    gtk_widget_set_sensitive(page->export, has_result);
    gtk_widget_action_set_enabled(GTK_WIDGET(page), "repair.keep", has_result && writable);
    gtk_widget_action_set_enabled(GTK_WIDGET(page), "repair.accept-all",
                                  writable && !repair_choices_take_all(page->choices));
    torchlight_rule_list_set_fixed(page->rules, !writable);
    torchlight_story_pane_set_fixed(page->story, !writable);
    torchlight_policy_pane_set_fixed(page->policies, !writable);
}

static void
update_parts(TorchlightRepairPage *page)
{
    Document *document = torchlight_review_get_document(page->review);
    int n = document ? document_n_pictures(document) : 1, at = page->first_row / IMAGE_ROWS;
    g_autofree char *text = g_strdup_printf(_("%d of %d"), at + 1, n);

    gtk_label_set_label(page->part, text);
    gtk_widget_set_visible(page->parts, n > 1);
    gtk_widget_set_sensitive(page->previous, at > 0);
    gtk_widget_set_sensitive(page->next, at + 1 < n);
}

static void
on_busy(TorchlightRepairPage *page)
{
    gtk_spinner_set_spinning(page->spinner, torchlight_review_is_busy(page->review));
}

static void
on_review(TorchlightRepairPage *page)
{
    const ReviewResult *result = torchlight_review_get_result(page->review);
    const char *error = torchlight_review_get_error(page->review);
    bool has_document = torchlight_review_get_document(page->review) != NULL;

    gtk_stack_set_visible_child_name(page->stack, !has_document ? "empty"
                                                  : error       ? "failure"
                                                                : "review");
    if (error) {
        g_autofree char *escaped = g_markup_escape_text(error, -1);
        adw_status_page_set_description(page->failure, escaped);
    }
    torchlight_rule_list_update(page->rules, result ? result->story : NULL, page->choices);
    torchlight_compliance_pane_update(page->compliance, result);
    update_story(page);
    repair_page_update_status(page);
    update_actions(page);
    update_parts(page);
    repair_page_draw(page);
}

/* --- what is reviewed --- */

static void
set_choices(TorchlightRepairPage *page, Document *document)
{
    repair_choices_free(page->choices);
    page->choices = repair_page_read_choices(page, page->item);
    torchlight_policy_pane_update(page->policies, document, page->choices);
    torchlight_rule_list_update(page->rules, get_story(page), page->choices);
    update_story(page);
    update_actions(page);
    torchlight_review_set(page->review, document, page->choices);
}

static void
on_record(TorchlightRepairPage *page)
{
    set_choices(page, torchlight_review_get_document(page->review));
}

static void
load(TorchlightRepairPage *page)
{
    Document *document = torchlight_workspace_get_document(page->workspace);
    TorchlightItem *item = torchlight_workspace_get_trace(page->workspace);

    page->is_stale = false;
    if (page->item)
        g_signal_handlers_disconnect_by_func(page->item, on_record, page);
    g_set_object(&page->item, item);
    if (item)
        g_signal_connect_object(item, "changed::repair", G_CALLBACK(on_record), page,
                                G_CONNECT_SWAPPED);
    page->first_row = 0;
    page->rule = page->row = page->column = -1;
    page->drawing++;
    repair_page_clear_pictures(page);
    repair_page_show(page);
    set_choices(page, document);
}

/* Nothing is repaired that nobody looks at. */
static void
on_document(TorchlightRepairPage *page)
{
    page->is_stale = true;
    if (gtk_widget_get_mapped(GTK_WIDGET(page)))
        load(page);
}

static void
on_palette(TorchlightRepairPage *page)
{
    if (!page->is_stale)
        repair_page_draw(page);
    update_story(page);
}

/* --- what the user does --- */

static void
on_mode(TorchlightRepairPage *page, GtkToggleButton *button)
{
    if (!gtk_toggle_button_get_active(button) || !page->view)
        return;
    if (gtk_toggle_button_get_active(page->blink))
        gtk_toggle_button_set_active(page->blink, FALSE);
    repair_page_show(page);
}

static void
on_blink(TorchlightRepairPage *page)
{
    repair_page_set_blinking(page, gtk_toggle_button_get_active(page->blink));
}

static void
on_beside(TorchlightRepairPage *page)
{
    gtk_widget_set_visible(page->other_scroller, gtk_toggle_button_get_active(page->beside));
    repair_page_show(page);
}

static gboolean
apply_folded(gpointer data)
{
    TorchlightRepairPage *page = data;
    bool folded = adw_flap_get_folded(page->flap);

    page->fold_source = 0;
    gtk_widget_set_visible(GTK_WIDGET(page->beside), !folded);
    if (folded)
        gtk_toggle_button_set_active(page->beside, FALSE);
    return G_SOURCE_REMOVE;
}

/* It is told while sizes are being allocated, when nothing may come or go. */
static void
on_folded(TorchlightRepairPage *page)
{
    if (page->fold_source == 0)
        page->fold_source = g_idle_add(apply_folded, page);
}

static void
on_cell(TorchlightRepairPage *page, TorchlightTraceView *view)
{
    TraceCell cell = torchlight_trace_view_get_chosen(view);

    if (page->choosing)
        return;
    if (cell.row < 0) {
        page->row = page->column = -1;
    } else {
        repair_page_choose(page, page->first_row + cell.row, cell.column);
        if (adw_flap_get_folded(page->flap))
            adw_flap_set_reveal_flap(page->flap, TRUE);
    }
    update_story(page);
}

static void
on_readout(TorchlightRepairPage *page, GParamSpec *pspec, TorchlightTraceView *view)
{
    const char *readout = torchlight_trace_view_get_readout(view);

    gtk_label_set_label(page->readout, readout ? readout : _("Click a bit to read its story"));
}

static void
on_rule_chosen(TorchlightRepairPage *page, int rule)
{
    page->rule = rule;
    repair_page_choose_nothing(page);
    torchlight_rule_list_choose(page->rules, rule);
    if (rule >= 0)
        gtk_toggle_button_set_active(page->changes, TRUE);
    update_story(page);
    repair_page_draw(page);
}

static void
on_packet_chosen(TorchlightRepairPage *page, int row)
{
    const RepairStory *story = get_story(page);
    int n, column = 0;
    const RepairChange *changes = story ? repair_story_changes(story, row, &n) : NULL;
    Document *document = torchlight_review_get_document(page->review);

    /* The first field that the rule changed. */
    for (int i = 0; changes && i < n; i++) {
        if (changes[i].rule == page->rule) {
            column = document->trace->layout->column_of[changes[i].field];
            break;
        }
    }
    repair_page_choose(page, row, column);
    update_story(page);
    update_parts(page);
}

static void
on_rule_switched(TorchlightRepairPage *page, int rule, gboolean on)
{
    RepairChoices *choices = repair_choices_copy(page->choices);
    g_autofree char *label =
        g_strdup_printf(on ? _("Accept %s") : _("Switch Off %s"), repair_rules(NULL)[rule]->id);

    repair_choices_set_rule(choices, rule, on);
    repair_page_edit(page, label, choices, NULL);
}

static void
on_packet_switched(TorchlightRepairPage *page, int row, gboolean accept)
{
    RepairChoices *choices = repair_choices_copy(page->choices);
    g_autofree char *label =
        g_strdup_printf(accept ? _("Accept Packet %d") : _("Keep Packet %d as Drawn"), row + 1);

    repair_choices_set_packet(choices, row, !accept);
    repair_page_edit(page, label, choices, NULL);
}

static void
on_story_closed(TorchlightRepairPage *page)
{
    on_rule_chosen(page, -1);
}

static void
on_policies(TorchlightRepairPage *page)
{
    RepairChoices *choices = repair_choices_copy(page->choices);

    torchlight_policy_pane_apply(page->policies, choices);
    repair_page_edit(page, _("Change Policies"), choices, "repair-policies");
}

static void
on_part(TorchlightRepairPage *page, int step)
{
    page->first_row += step * IMAGE_ROWS;
    repair_page_choose_nothing(page);
    update_parts(page);
    update_story(page);
    repair_page_draw(page);
}

static void
on_previous(TorchlightRepairPage *page)
{
    on_part(page, -1);
}

static void
on_next(TorchlightRepairPage *page)
{
    on_part(page, 1);
}

static void
on_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    TorchlightRepairPage *page = TORCHLIGHT_REPAIR_PAGE(widget);

    if (g_str_equal(name, "repair.accept-all")) {
        RepairChoices *choices = repair_choices_copy(page->choices);
        choices->rules_off = 0;
        g_array_set_size(choices->as_drawn, 0);
        repair_page_edit(page, _("Accept All"), choices, NULL);
    } else if (g_str_equal(name, "repair.reset")) {
        repair_page_edit(page, _("Use the Default Policies"), repair_choices_new(), NULL);
    } else if (g_str_equal(name, "repair.keep")) {
        repair_page_keep(page);
    } else if (g_str_equal(name, "repair.export-selected")) {
        repair_page_export_selected(page);
    } else {
        repair_page_save_choices(page);
    }
}

/* --- the widget --- */

void
torchlight_repair_page_set_workspace(TorchlightRepairPage *page, TorchlightWorkspace *workspace)
{
    g_set_object(&page->workspace, workspace);
    torchlight_policy_pane_set_workspace(page->policies, workspace);
    g_signal_connect_object(workspace, "notify::document", G_CALLBACK(on_document), page,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(workspace, "notify::palette", G_CALLBACK(on_palette), page,
                            G_CONNECT_SWAPPED);
    on_document(page);
}

static void
torchlight_repair_page_map(GtkWidget *widget)
{
    TorchlightRepairPage *page = TORCHLIGHT_REPAIR_PAGE(widget);

    GTK_WIDGET_CLASS(torchlight_repair_page_parent_class)->map(widget);
    if (page->is_stale)
        load(page);
}

static void
torchlight_repair_page_unmap(GtkWidget *widget)
{
    TorchlightRepairPage *page = TORCHLIGHT_REPAIR_PAGE(widget);

    gtk_toggle_button_set_active(page->blink, FALSE);
    GTK_WIDGET_CLASS(torchlight_repair_page_parent_class)->unmap(widget);
}

static void
torchlight_repair_page_dispose(GObject *object)
{
    TorchlightRepairPage *page = TORCHLIGHT_REPAIR_PAGE(object);

    g_clear_handle_id(&page->blink_source, g_source_remove);
    g_clear_handle_id(&page->fold_source, g_source_remove);
    if (page->review)
        g_signal_handlers_disconnect_by_data(page->review, page);
    if (page->stack)
        gtk_widget_unparent(GTK_WIDGET(page->stack));
    page->stack = NULL;
    g_clear_object(&page->chooser);
    g_clear_object(&page->tshark);
    repair_page_clear_pictures(page);
    g_clear_object(&page->review);
    g_clear_pointer(&page->choices, repair_choices_free);
    g_clear_object(&page->item);
    g_clear_object(&page->workspace);
    G_OBJECT_CLASS(torchlight_repair_page_parent_class)->dispose(object);
}

static void
bind_children(GtkWidgetClass *widget)
{
#define BIND(NAME) gtk_widget_class_bind_template_child(widget, TorchlightRepairPage, NAME)
    BIND(stack);
    BIND(failure);
    BIND(before);
    BIND(after);
    BIND(changes);
    BIND(blink);
    BIND(modes);
    BIND(beside);
    BIND(spinner);
    BIND(flap);
    BIND(view);
    BIND(other);
    BIND(scroller);
    BIND(other_scroller);
    BIND(parts);
    BIND(previous);
    BIND(next);
    BIND(accept_all);
    BIND(export);
    BIND(readout);
    BIND(part);
    BIND(status);
    BIND(status_icon);
    BIND(panes);
    BIND(rules);
    BIND(compliance);
    BIND(policies);
    BIND(story_revealer);
    BIND(story);
#undef BIND
}

static void
bind_callbacks(GtkWidgetClass *widget)
{
    gtk_widget_class_bind_template_callback(widget, on_mode);
    gtk_widget_class_bind_template_callback(widget, on_blink);
    gtk_widget_class_bind_template_callback(widget, on_beside);
    gtk_widget_class_bind_template_callback(widget, on_previous);
    gtk_widget_class_bind_template_callback(widget, on_next);
    gtk_widget_class_bind_template_callback(widget, on_rule_switched);
    gtk_widget_class_bind_template_callback(widget, on_rule_chosen);
    gtk_widget_class_bind_template_callback(widget, repair_page_check_with_tshark);
    gtk_widget_class_bind_template_callback(widget, on_policies);
    gtk_widget_class_bind_template_callback(widget, on_packet_chosen);
    gtk_widget_class_bind_template_callback(widget, on_packet_switched);
    gtk_widget_class_bind_template_callback(widget, on_story_closed);
    gtk_widget_class_bind_template_callback(widget, repair_page_export);
}

static void
torchlight_repair_page_class_init(TorchlightRepairPageClass *class)
{
    static const char *const actions[] = {"repair.accept-all", "repair.reset", "repair.keep",
                                          "repair.export-selected", "repair.save-choices"};
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = torchlight_repair_page_dispose;
    widget->map = torchlight_repair_page_map;
    widget->unmap = torchlight_repair_page_unmap;
    g_type_ensure(TORCHLIGHT_TYPE_TRACE_VIEW);
    g_type_ensure(TORCHLIGHT_TYPE_RULE_LIST);
    g_type_ensure(TORCHLIGHT_TYPE_COMPLIANCE_PANE);
    g_type_ensure(TORCHLIGHT_TYPE_POLICY_PANE);
    g_type_ensure(TORCHLIGHT_TYPE_STORY_PANE);
    gtk_widget_class_set_template_from_resource(
        widget, "/io/github/torchlight/Torchlight/ui/repair_page.ui");
    bind_children(widget);
    bind_callbacks(widget);
    for (guint i = 0; i < G_N_ELEMENTS(actions); i++)
        gtk_widget_class_install_action(widget, actions[i], NULL, on_action);
    gtk_widget_class_set_layout_manager_type(widget, GTK_TYPE_BIN_LAYOUT);
}

static void
torchlight_repair_page_init(TorchlightRepairPage *page)
{
    page->rule = page->row = page->column = -1;
    page->choices = repair_choices_new();
    page->review = torchlight_review_new();
    gtk_widget_init_template(GTK_WIDGET(page));
    shrink_buttons(page->modes);
    g_signal_connect_swapped(page->review, "changed", G_CALLBACK(on_review), page);
    g_signal_connect_swapped(page->review, "notify::busy", G_CALLBACK(on_busy), page);
    g_signal_connect_swapped(page->view, "chosen", G_CALLBACK(on_cell), page);
    g_signal_connect_swapped(page->other, "chosen", G_CALLBACK(on_cell), page);
    g_signal_connect_swapped(page->view, "notify::readout", G_CALLBACK(on_readout), page);
    g_signal_connect_swapped(page->other, "notify::readout", G_CALLBACK(on_readout), page);
    g_signal_connect_swapped(page->flap, "notify::folded", G_CALLBACK(on_folded), page);
    repair_page_link_views(page);
    on_folded(page);
    on_readout(page, NULL, page->view);
}
