/* SPDX-License-Identifier: Apache-2.0 */
/* A rule or a bit, told. */
#include "ui/repair/story_pane.h"

#include <glib/gi18n.h>

#include "ui/repair/trit_strip.h"

struct _TorchlightStoryPane {
    GtkWidget parent_instance;

    /* template */
    GtkWidget *content, *packets_scroller, *accept_box, *rule_button;
    GtkLabel *title, *change, *reason, *source, *accept_label;
    TorchlightTritStrip *strip;
    GtkListView *packets;
    GtkSwitch *accept;

    GArray *rows;    /* int: of the listed packets; owned */
    int rule, row;   /* what is told; -1: none. A bit has both, where a rule changed it */
    bool tells_rule; /* else a bit */
    bool updating, fixed;
};

enum {
    SIGNAL_PACKET_CHOSEN,
    SIGNAL_PACKET_SWITCHED,
    SIGNAL_RULE_CHOSEN,
    SIGNAL_RULE_SWITCHED,
    SIGNAL_CLOSED,
    N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(TorchlightStoryPane, torchlight_story_pane, GTK_TYPE_WIDGET)

static void
set_text(GtkLabel *label, const char *text)
{
    gtk_label_set_label(label, text ? text : "");
    gtk_widget_set_visible(GTK_WIDGET(label), text && *text);
}

static void
set_accept(TorchlightStoryPane *pane, const char *label, bool accept)
{
    pane->updating = true;
    gtk_label_set_label(pane->accept_label, label);
    gtk_switch_set_active(pane->accept, accept);
    gtk_widget_set_sensitive(GTK_WIDGET(pane->accept), !pane->fixed);
    pane->updating = false;
}

/* "Packet 12: 3 bits" or "Packet 12: stays as drawn". */
static char *
packet_text(const RepairStory *story, const RepairChoices *choices, int rule, int row)
{
    int n_changes, n = 0;
    const RepairChange *changes = repair_story_changes(story, row, &n_changes);

    for (int i = 0; i < n_changes; i++)
        n += changes[i].rule == rule ? changes[i].n_bits : 0;
    if (n > 0)
        return g_strdup_printf(
            ngettext("Packet %d: %d bit", "Packet %d: %d bits", (unsigned long)n), row + 1, n);
    return g_strdup_printf(repair_choices_has_packet(choices, row)
                               ? _("Packet %d: stays as it was drawn")
                               : _("Packet %d: breaks the rule"),
                           row + 1);
}

static void
list_packets(TorchlightStoryPane *pane, const RepairStory *story, const RepairChoices *choices,
             int rule)
{
    GtkStringList *texts = gtk_string_list_new(NULL);
    GtkSelectionModel *selection;

    g_clear_pointer(&pane->rows, g_array_unref);
    pane->rows = repair_story_rows(story, rule);
    for (guint i = 0; i < pane->rows->len; i++)
        gtk_string_list_take(texts,
                             packet_text(story, choices, rule, g_array_index(pane->rows, int, i)));
    selection = GTK_SELECTION_MODEL(gtk_no_selection_new(G_LIST_MODEL(texts)));
    gtk_list_view_set_model(pane->packets, selection);
    g_object_unref(selection);
    gtk_widget_set_visible(pane->packets_scroller, pane->rows->len > 0);
}

void
torchlight_story_pane_show_rule(TorchlightStoryPane *pane, const RepairStory *story,
                                const RepairChoices *choices, int rule)
{
    const RepairRule *told = repair_rules(NULL)[rule];
    g_autofree char *writes = field_set_to_string(told->writes);
    g_autofree char *source = told->writes
                                  ? g_strdup_printf(_("%s · writes %s"), _(told->source), writes)
                                  : g_strdup(_(told->source));

    pane->rule = rule;
    pane->row = -1;
    pane->tells_rule = true;
    gtk_label_set_label(pane->title, told->id);
    set_text(pane->change, NULL);
    gtk_widget_set_visible(GTK_WIDGET(pane->strip), FALSE);
    set_text(pane->reason, _(told->statement));
    set_text(pane->source, source);
    gtk_widget_set_visible(pane->rule_button, FALSE);
    list_packets(pane, story, choices, rule);
    set_accept(pane, _("_Accept what this rule changes"), !(choices->rules_off >> rule & 1));
    gtk_widget_set_visible(pane->accept_box, TRUE);
}

/* "Window: 512 (0x200) → 502 (0x1f6)" */
static char *
change_text(const RepairBit *bit)
{
    const Field *field = &field_table[bit->field];
    g_autofree char *before = repair_trits_to_text(bit->drawn, field->width);
    g_autofree char *after = bit->now ? repair_trits_to_text(bit->now, field->width) : NULL;

    if (!bit->now)
        return g_strdup_printf(_("%s: %s, but the row is no packet"), field->label, before);
    return g_str_equal(before, after) ? g_strdup_printf("%s: %s", field->label, before)
                                      : g_strdup_printf("%s: %s → %s", field->label, before, after);
}

/* The rule, and those that had written the field before it. */
static char *
rules_text(const RepairChange *change)
{
    GString *text = g_string_new(NULL);
    int n;
    const RepairRule *const *rules = repair_rules(&n);

    for (int i = 0; i < n; i++) {
        if (i != change->rule && change->rules >> i & 1)
            g_string_append_printf(text, "%s%s", text->len ? ", " : "", rules[i]->id);
    }
    if (text->len == 0)
        return g_string_free(text, FALSE);
    g_autofree char *others = g_string_free(text, FALSE);
    return g_strdup_printf(_("Written before by %s"), others);
}

/* Why the bit is what it is; *rule that which it is about, -1 none. */
static char *
reason_text(const RepairBit *bit, const RepairChoices *choices, int *rule)
{
    const RepairRule *const *rules = repair_rules(NULL);

    *rule = -1;
    if (bit->declined) {
        *rule = bit->declined->rule;
        return g_strdup_printf(repair_choices_has_packet(choices, bit->row)
                                   ? _("The packet stays as it was drawn. Not done: %s")
                                   : _("The rule is off. Not done: %s"),
                               _(rules[*rule]->statement));
    }
    if (bit->change) {
        *rule = bit->change->rule;
        return g_strdup(_(rules[*rule]->statement));
    }
    if (!bit->now)
        return g_strdup(_("The row is padding: nothing was drawn here."));
    return g_strdup(repair_bit_is_changed(bit)
                        ? _("Made by the policy for addresses, not by a rule.")
                        : _("The field came out as it was drawn."));
}

void
torchlight_story_pane_show_bit(TorchlightStoryPane *pane, const RepairBit *bit,
                               const RepairStory *story, const RepairChoices *choices,
                               Palette palette)
{
    const Field *field = &field_table[bit->field];
    g_autofree char *title = g_strdup_printf(_("Packet %d · %s %s · bit %d"), bit->row + 1,
                                             header_title(field->header), field->label, bit->bit);
    g_autofree char *change = change_text(bit);
    g_autofree char *reason = reason_text(bit, choices, &pane->rule);
    const RepairChange *about = bit->declined ? bit->declined : bit->change;
    g_autofree char *others = about ? rules_text(about) : g_strdup("");
    g_autofree char *source =
        about ? g_strdup_printf("%s%s%s", _(repair_rules(NULL)[about->rule]->source),
                                *others ? " · " : "", others)
              : NULL;
    int n_done, n_declined;

    repair_story_changes(story, bit->row, &n_done);
    repair_story_declined(story, bit->row, &n_declined);
    pane->row = bit->row;
    pane->tells_rule = false;
    gtk_label_set_label(pane->title, title);
    set_text(pane->change, change);
    torchlight_trit_strip_set(pane->strip, bit, palette);
    gtk_widget_set_visible(GTK_WIDGET(pane->strip), TRUE);
    set_text(pane->reason, reason);
    set_text(pane->source, source);
    gtk_widget_set_visible(pane->rule_button, about != NULL);
    if (about) {
        g_autofree char *label =
            g_strdup_printf(_("Show All of %s"), repair_rules(NULL)[about->rule]->id);
        gtk_button_set_label(GTK_BUTTON(pane->rule_button), label);
    }
    gtk_widget_set_visible(pane->packets_scroller, FALSE);
    set_accept(pane, _("_Accept the changes of this packet"),
               !repair_choices_has_packet(choices, bit->row));
    gtk_widget_set_visible(pane->accept_box, (n_done > 0 || n_declined > 0) && bit->out_row >= 0);
}

void
torchlight_story_pane_set_fixed(TorchlightStoryPane *pane, bool fixed)
{
    pane->fixed = fixed;
    gtk_widget_set_sensitive(GTK_WIDGET(pane->accept), !fixed);
}

static void
on_close(TorchlightStoryPane *pane)
{
    g_signal_emit(pane, signals[SIGNAL_CLOSED], 0);
}

static void
on_rule_button(TorchlightStoryPane *pane)
{
    if (pane->rule >= 0)
        g_signal_emit(pane, signals[SIGNAL_RULE_CHOSEN], 0, pane->rule);
}

static void
on_packet_activated(TorchlightStoryPane *pane, guint position)
{
    if (pane->rows && position < pane->rows->len)
        g_signal_emit(pane, signals[SIGNAL_PACKET_CHOSEN], 0,
                      g_array_index(pane->rows, int, position));
}

static void
on_accept(TorchlightStoryPane *pane)
{
    gboolean accept = gtk_switch_get_active(pane->accept);

    if (pane->updating)
        return;
    if (pane->tells_rule)
        g_signal_emit(pane, signals[SIGNAL_RULE_SWITCHED], 0, pane->rule, accept);
    else
        g_signal_emit(pane, signals[SIGNAL_PACKET_SWITCHED], 0, pane->row, accept);
}

static void
set_up(GtkSignalListItemFactory *factory, GtkListItem *item)
{
    GtkWidget *label = gtk_label_new(NULL);

    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_label_set_ellipsize(GTK_LABEL(label), PANGO_ELLIPSIZE_END);
    gtk_list_item_set_child(item, label);
}

static void
bind(GtkSignalListItemFactory *factory, GtkListItem *item)
{
    gtk_label_set_label(GTK_LABEL(gtk_list_item_get_child(item)),
                        gtk_string_object_get_string(gtk_list_item_get_item(item)));
}

static void
torchlight_story_pane_dispose(GObject *object)
{
    TorchlightStoryPane *pane = TORCHLIGHT_STORY_PANE(object);

    g_clear_pointer(&pane->content, gtk_widget_unparent);
    g_clear_pointer(&pane->rows, g_array_unref);
    G_OBJECT_CLASS(torchlight_story_pane_parent_class)->dispose(object);
}

static void
add_signal(int id, const char *name, guint n, GType second)
{
    signals[id] = g_signal_new(name, TORCHLIGHT_TYPE_STORY_PANE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                               NULL, G_TYPE_NONE, n, G_TYPE_INT, second);
}

static void
torchlight_story_pane_class_init(TorchlightStoryPaneClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = torchlight_story_pane_dispose;
    add_signal(SIGNAL_PACKET_CHOSEN, "packet-chosen", 1, G_TYPE_BOOLEAN);
    add_signal(SIGNAL_PACKET_SWITCHED, "packet-switched", 2, G_TYPE_BOOLEAN);
    add_signal(SIGNAL_RULE_CHOSEN, "rule-chosen", 1, G_TYPE_BOOLEAN);
    add_signal(SIGNAL_RULE_SWITCHED, "rule-switched", 2, G_TYPE_BOOLEAN);
    add_signal(SIGNAL_CLOSED, "closed", 0, G_TYPE_BOOLEAN);
    g_type_ensure(TORCHLIGHT_TYPE_TRIT_STRIP);
    gtk_widget_class_set_template_from_resource(
        widget, "/io/github/torchlight/Torchlight/ui/story_pane.ui");
    gtk_widget_class_bind_template_child(widget, TorchlightStoryPane, content);
    gtk_widget_class_bind_template_child(widget, TorchlightStoryPane, packets_scroller);
    gtk_widget_class_bind_template_child(widget, TorchlightStoryPane, accept_box);
    gtk_widget_class_bind_template_child(widget, TorchlightStoryPane, rule_button);
    gtk_widget_class_bind_template_child(widget, TorchlightStoryPane, title);
    gtk_widget_class_bind_template_child(widget, TorchlightStoryPane, change);
    gtk_widget_class_bind_template_child(widget, TorchlightStoryPane, reason);
    gtk_widget_class_bind_template_child(widget, TorchlightStoryPane, source);
    gtk_widget_class_bind_template_child(widget, TorchlightStoryPane, accept_label);
    gtk_widget_class_bind_template_child(widget, TorchlightStoryPane, strip);
    gtk_widget_class_bind_template_child(widget, TorchlightStoryPane, packets);
    gtk_widget_class_bind_template_child(widget, TorchlightStoryPane, accept);
    gtk_widget_class_bind_template_callback(widget, on_close);
    gtk_widget_class_bind_template_callback(widget, on_rule_button);
    gtk_widget_class_bind_template_callback(widget, on_packet_activated);
    gtk_widget_class_bind_template_callback(widget, on_accept);
    gtk_widget_class_set_layout_manager_type(widget, GTK_TYPE_BIN_LAYOUT);
}

static void
torchlight_story_pane_init(TorchlightStoryPane *pane)
{
    g_autoptr(GtkListItemFactory) factory = gtk_signal_list_item_factory_new();

    pane->rule = pane->row = -1;
    gtk_widget_init_template(GTK_WIDGET(pane));
    g_signal_connect(factory, "setup", G_CALLBACK(set_up), NULL);
    g_signal_connect(factory, "bind", G_CALLBACK(bind), NULL);
    gtk_list_view_set_factory(pane->packets, factory);
}
