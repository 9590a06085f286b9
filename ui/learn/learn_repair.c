/* SPDX-License-Identifier: Apache-2.0 */
/* Step: what repair changed in a drawing. */
#include <glib/gi18n.h>

#include "app/repair/repair_story.h"
#include "ui/learn/learn_gate.h"
#include "ui/learn/learn_parts.h"
#include "ui/learn/learn_picture.h"
#include "ui/learn/learn_steps.h"

enum { N_STORIES = 3, BLINK_MS = 600 };

typedef enum { VIEW_DRAWN, VIEW_REPAIRED, VIEW_CHANGES, N_VIEWS } View;

/* What the thread found. */
typedef struct {
    Image *images[N_VIEWS];
    char *counts;             /* for people */
    char *stories[N_STORIES]; /* markup, NULL where there are fewer */
} Found;

#define LEARN_TYPE_REPAIR (learn_repair_get_type())
G_DECLARE_FINAL_TYPE(LearnRepair, learn_repair, LEARN, REPAIR, GtkWidget)

struct _LearnRepair {
    GtkWidget parent;

    GtkWidget *gate, *picture, *counts, *stories[N_STORIES], *views[N_VIEWS], *blink;
    Found *found;
    View shown;
    guint timer; /* while it blinks */
};

G_DEFINE_FINAL_TYPE(LearnRepair, learn_repair, GTK_TYPE_WIDGET)

static void
found_free(Found *found)
{
    for (int i = 0; i < N_VIEWS; i++)
        image_free(found->images[i]);
    for (int i = 0; i < N_STORIES; i++)
        g_free(found->stories[i]);
    g_free(found->counts);
    g_free(found);
}

/* --- on the thread --- */

static int
compare_bits(const void *a, const void *b, void *data)
{
    const RepairRuleCount *counts = data;
    gint64 x = counts[*(const int *)a].n_bits, y = counts[*(const int *)b].n_bits;

    return (x < y) - (x > y);
}

/* "Packet 3 · TCP checksum: 4660 → 22136", why, and where that is written. */
static char *
tell_change(const RepairReport *report, const RepairChange *change)
{
    const Field *field = &field_table[change->field];
    const RepairRule *rule = repair_rules(NULL)[change->rule];
    const int8_t *trits = (const int8_t *)report->trits->data + change->trits;
    g_autofree char *before = repair_trits_to_text(trits, field->width);
    g_autofree char *after = repair_trits_to_text(trits + field->width, field->width);
    g_autofree char *head =
        g_strdup_printf(_("Packet %d · %s %s: %s → %s"), change->row + 1,
                        header_title(field->header), field->label, before, after);
    g_autofree char *bold = g_markup_printf_escaped("<b>%s</b>", head);
    g_autofree char *why = g_markup_printf_escaped("%s (%s)", _(rule->statement), rule->source);

    return g_strjoin("\n", bold, why, NULL);
}

static const RepairChange *
find_change(const RepairReport *report, int rule)
{
    for (guint i = 0; i < report->changes->len; i++) {
        const RepairChange *change = &g_array_index(report->changes, RepairChange, i);

        if (change->rule == rule && change->n_bits > 0 && field_table[change->field].width <= 32)
            return change;
    }
    return NULL;
}

/* The rules that changed the most bits, an example of each. */
static void
tell_stories(Found *found, const RepairStory *story, const RepairReport *report)
{
    int n, n_told = 0, n_acting = 0;
    g_autofree int *order = NULL;
    g_autofree RepairRuleCount *counts = NULL;

    repair_rules(&n);
    order = g_new(int, n);
    counts = g_new(RepairRuleCount, n);
    for (int i = 0; i < n; i++) {
        order[i] = i;
        counts[i] = repair_story_count(story, i);
        n_acting += counts[i].n_bits > 0;
    }
    g_qsort_with_data(order, n, sizeof *order, compare_bits, counts);
    for (int i = 0; i < n && n_told < N_STORIES && counts[order[i]].n_bits > 0; i++) {
        const RepairChange *change = find_change(report, order[i]);

        if (change)
            found->stories[n_told++] = tell_change(report, change);
    }
    found->counts =
        g_strdup_printf(_("%.1f %% of %'d drawn bits changed, by %d rules; %d packets in %d flows"),
                        100.0 * (double)report->n_bits_changed / (double)MAX(1, report->n_bits),
                        (int)report->n_bits, n_acting, report->n_rows_out, report->n_flows);
}

static void
repair(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    const Image *image = data;
    GError *error = NULL;
    g_autoptr(Trace) drawn = trace_from_image(image, layout_default(), PALETTE_TORCHLIGHT, &error);
    const RepairOptions options = {.cancellable = cancellable};
    g_autoptr(RepairReport) report = NULL;
    g_autoptr(Trace) repaired = drawn ? repair_trace(drawn, &options, &report, &error) : NULL;
    g_autoptr(RepairStory) story = NULL;
    g_autoptr(Trace) aligned = NULL;
    Found *found;

    if (!repaired) {
        g_task_return_error(task, error);
        return;
    }
    story = repair_story_new(drawn, repaired, report);
    aligned = repair_story_align(story);
    found = g_new0(Found, 1);
    found->images[VIEW_DRAWN] = trace_draw(drawn, 0, image->height, PALETTE_TORCHLIGHT);
    found->images[VIEW_REPAIRED] = trace_draw(aligned, 0, image->height, PALETTE_TORCHLIGHT);
    found->images[VIEW_CHANGES] = repair_story_draw(story, 0, image->height, -1);
    tell_stories(found, story, report);
    g_task_return_pointer(task, found, (GDestroyNotify)found_free);
}

/* --- views --- */

static void
show_view(LearnRepair *self, View view)
{
    static const char *const names[N_VIEWS] = {N_("As drawn"), N_("Repaired"), N_("Changes")};

    self->shown = view;
    torchlight_learn_picture_describe(TORCHLIGHT_LEARN_PICTURE(self->picture), _(names[view]));
    if (self->found)
        torchlight_learn_picture_set_image(TORCHLIGHT_LEARN_PICTURE(self->picture),
                                           self->found->images[view]);
}

static void
on_view(GtkToggleButton *button, LearnRepair *self)
{
    for (int i = 0; gtk_toggle_button_get_active(button) && i < N_VIEWS; i++) {
        if (self->views[i] == GTK_WIDGET(button))
            show_view(self, (View)i);
    }
}

static gboolean
on_tick(gpointer data)
{
    LearnRepair *self = data;
    View next = self->shown == VIEW_DRAWN ? VIEW_REPAIRED : VIEW_DRAWN;

    gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(self->views[next]), TRUE);
    return G_SOURCE_CONTINUE;
}

static void
on_blink(GtkToggleButton *button, LearnRepair *self)
{
    g_clear_handle_id(&self->timer, g_source_remove);
    if (gtk_toggle_button_get_active(button))
        self->timer = g_timeout_add(BLINK_MS, on_tick, self);
}

static void
on_repaired(GObject *source, GAsyncResult *result, gpointer data)
{
    LearnRepair *self = LEARN_REPAIR(source);
    g_autoptr(GError) error = NULL;
    Found *found = g_task_propagate_pointer(G_TASK(result), &error);

    if (!self->gate) {
        g_clear_pointer(&found, found_free);
        return;
    }
    if (!found) {
        gtk_label_set_label(GTK_LABEL(self->counts), error->message);
        return;
    }
    g_clear_pointer(&self->found, found_free);
    self->found = found;
    gtk_label_set_label(GTK_LABEL(self->counts), found->counts);
    for (int i = 0; i < N_STORIES; i++) {
        gtk_label_set_markup(GTK_LABEL(self->stories[i]),
                             found->stories[i] ? found->stories[i] : "");
        gtk_widget_set_visible(self->stories[i], found->stories[i] != NULL);
    }
    show_view(self, self->shown);
}

/* The drawing at full control weight, or the last there is. */
static void
on_ready(LearnRepair *self)
{
    GPtrArray *frames = torchlight_learn_gate_get_frames(TORCHLIGHT_LEARN_GATE(self->gate));
    const LearnFrame *chosen = frames->pdata[frames->len - 1];
    g_autoptr(GTask) task = g_task_new(self, NULL, on_repaired, NULL);
    Image *copy;

    for (guint i = 0; i < frames->len; i++) {
        const LearnFrame *frame = frames->pdata[i];

        if (frame->value == 1)
            chosen = frame;
    }
    copy = image_new(chosen->image->width, chosen->image->height, chosen->image->n_channels);
    memcpy(copy->pixels, chosen->image->pixels,
           (gsize)copy->width * copy->height * copy->n_channels);
    g_task_set_task_data(task, copy, (GDestroyNotify)image_free);
    g_task_run_in_thread(task, repair);
}

/* --- the object --- */

static void
learn_repair_unmap(GtkWidget *widget)
{
    gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(LEARN_REPAIR(widget)->blink), FALSE);
    GTK_WIDGET_CLASS(learn_repair_parent_class)->unmap(widget);
}

static void
learn_repair_dispose(GObject *object)
{
    LearnRepair *self = LEARN_REPAIR(object);

    g_clear_handle_id(&self->timer, g_source_remove);
    g_clear_pointer(&self->gate, gtk_widget_unparent);
    g_clear_pointer(&self->found, found_free);
    G_OBJECT_CLASS(learn_repair_parent_class)->dispose(object);
}

static void
learn_repair_class_init(LearnRepairClass *class)
{
    G_OBJECT_CLASS(class)->dispose = learn_repair_dispose;
    GTK_WIDGET_CLASS(class)->unmap = learn_repair_unmap;
    gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(class), GTK_TYPE_BIN_LAYOUT);
}

static GtkWidget *
new_buttons(LearnRepair *self)
{
    const char *const names[N_VIEWS] = {_("As Drawn"), _("Repaired"), _("Changes")};
    GtkWidget *row = gtk_flow_box_new();
    GtkWidget *linked = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);

    gtk_widget_add_css_class(linked, "linked");
    for (int i = 0; i < N_VIEWS; i++) {
        self->views[i] = gtk_toggle_button_new_with_label(names[i]);
        if (i > 0)
            gtk_toggle_button_set_group(GTK_TOGGLE_BUTTON(self->views[i]),
                                        GTK_TOGGLE_BUTTON(self->views[0]));
        g_signal_connect(self->views[i], "toggled", G_CALLBACK(on_view), self);
        gtk_box_append(GTK_BOX(linked), self->views[i]);
    }
    self->blink = gtk_toggle_button_new_with_label(_("Blink"));
    g_signal_connect(self->blink, "toggled", G_CALLBACK(on_blink), self);
    gtk_flow_box_set_selection_mode(GTK_FLOW_BOX(row), GTK_SELECTION_NONE);
    gtk_flow_box_set_max_children_per_line(GTK_FLOW_BOX(row), 2);
    gtk_flow_box_set_column_spacing(GTK_FLOW_BOX(row), 12);
    gtk_accessible_update_property(GTK_ACCESSIBLE(row), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("What the picture shows"), -1);
    gtk_widget_set_halign(linked, GTK_ALIGN_START);
    gtk_widget_set_halign(self->blink, GTK_ALIGN_END);
    gtk_flow_box_append(GTK_FLOW_BOX(row), linked);
    gtk_flow_box_append(GTK_FLOW_BOX(row), self->blink);
    gtk_widget_set_focusable(gtk_widget_get_parent(linked), FALSE);
    gtk_widget_set_focusable(gtk_widget_get_parent(self->blink), FALSE);
    return row;
}

static void
learn_repair_init(LearnRepair *self)
{
    self->picture = torchlight_learn_picture_new(_("Picture of the repair"));
    self->counts = learn_label("", "learn-number");
    for (int i = 0; i < N_STORIES; i++)
        self->stories[i] = learn_label("", "learn-caption");
}

GtkWidget *
learn_repair_new(TorchlightWorkspace *workspace)
{
    LearnRepair *self = g_object_new(LEARN_TYPE_REPAIR, NULL);
    GtkWidget *box = learn_box();

    gtk_box_append(GTK_BOX(box), new_buttons(self));
    gtk_box_append(GTK_BOX(box), self->picture);
    gtk_box_append(GTK_BOX(box), self->counts);
    for (int i = 0; i < N_STORIES; i++)
        gtk_box_append(GTK_BOX(box), self->stories[i]);
    self->gate = torchlight_learn_gate_new(
        workspace,
        _("A few pictures are drawn first, one of which is repaired here. This takes about half a "
          "minute, once."),
        NULL, box);
    gtk_widget_set_parent(self->gate, GTK_WIDGET(self));
    g_signal_connect_swapped(self->gate, "ready", G_CALLBACK(on_ready), self);
    gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(self->views[VIEW_DRAWN]), TRUE);
    torchlight_learn_gate_set_params(TORCHLIGHT_LEARN_GATE(self->gate),
                                     learn_params_new(LEARN_KIND_CONTROL));
    return GTK_WIDGET(self);
}
