/* SPDX-License-Identifier: Apache-2.0 */
/* Steps: what the weight of a LoRA does, and that of a ControlNet. Both are a few pictures computed
 * once; the slider picks the nearest. */
#include <glib/gi18n.h>
#include <math.h>

#include "ui/learn/learn_gate.h"
#include "ui/learn/learn_parts.h"
#include "ui/learn/learn_picture.h"
#include "ui/learn/learn_steps.h"

#define LEARN_TYPE_WEIGHTS (learn_weights_get_type())
G_DECLARE_FINAL_TYPE(LearnWeights, learn_weights, LEARN, WEIGHTS, GtkWidget)

struct _LearnWeights {
    GtkWidget parent;

    GtkWidget *box, *gate, *left, *right, *scale, *number, *loras;

    TorchlightWorkspace *workspace;
    TorchlightProject *project; /* whose LoRAs are in the list */
    bool has_control;
};

G_DEFINE_FINAL_TYPE(LearnWeights, learn_weights, GTK_TYPE_WIDGET)

static GPtrArray *
frames_of(LearnWeights *self)
{
    return torchlight_learn_gate_get_frames(TORCHLIGHT_LEARN_GATE(self->gate));
}

static void
on_weight(LearnWeights *self)
{
    double weight = gtk_range_get_value(GTK_RANGE(self->scale));
    GPtrArray *frames = frames_of(self);
    const LearnFrame *nearest = NULL;
    g_autofree char *text = NULL;

    for (guint i = 0; frames && i < frames->len; i++) {
        const LearnFrame *frame = frames->pdata[i];

        if (!nearest || fabs(frame->value - weight) < fabs(nearest->value - weight))
            nearest = frame;
    }
    if (!nearest)
        return;
    text = g_strdup_printf(_("Weight %.2f"), nearest->value);
    gtk_label_set_label(GTK_LABEL(self->number), text);
    torchlight_learn_picture_describe(TORCHLIGHT_LEARN_PICTURE(self->right), text);
    torchlight_learn_picture_set_image(TORCHLIGHT_LEARN_PICTURE(self->right), nearest->image);
}

static void
on_ready(LearnWeights *self)
{
    GPtrArray *frames = frames_of(self);
    const LearnFrame *first = frames->pdata[0];

    if (self->has_control) {
        g_autofree char *path =
            torchlight_learn_gate_file(TORCHLIGHT_LEARN_GATE(self->gate), "control.png");
        g_autoptr(Image) map = image_read_png(path, 3, NULL, NULL);

        torchlight_learn_picture_set_image(TORCHLIGHT_LEARN_PICTURE(self->left), map);
    } else {
        torchlight_learn_picture_set_image(TORCHLIGHT_LEARN_PICTURE(self->left), first->image);
    }
    gtk_scale_clear_marks(GTK_SCALE(self->scale));
    for (guint i = 0; i < frames->len; i++) {
        const LearnFrame *frame = frames->pdata[i];
        g_autofree char *mark = g_strdup_printf("%.4g", frame->value);

        gtk_scale_add_mark(GTK_SCALE(self->scale), frame->value, GTK_POS_BOTTOM, mark);
    }
    on_weight(self);
}

/* --- LoRAs of the project --- */

static void
on_lora(LearnWeights *self)
{
    guint i = gtk_drop_down_get_selected(GTK_DROP_DOWN(self->loras));
    LearnParams *params = learn_params_new(LEARN_KIND_LORA);

    if (i > 0 && self->project) {
        GListModel *items = torchlight_project_get_items(self->project, ITEM_LORA);
        g_autoptr(TorchlightItem) item = g_list_model_get_item(items, i - 1);
        const char *words = item ? torchlight_item_get_string(item, "words") : NULL;

        params->lora = item ? torchlight_item_dup_path(item) : NULL;
        if (params->lora && words && *words) {
            g_free(params->prompt);
            params->prompt = g_strdup(words);
        }
    }
    torchlight_learn_gate_set_params(TORCHLIGHT_LEARN_GATE(self->gate), params);
}

static void
list_loras(LearnWeights *self)
{
    GListModel *items =
        self->project ? torchlight_project_get_items(self->project, ITEM_LORA) : NULL;
    g_autoptr(GtkStringList) names = gtk_string_list_new(NULL);

    gtk_string_list_append(names, _("The tour’s own, for the word “office”"));
    for (guint i = 0; items && i < g_list_model_get_n_items(items); i++) {
        g_autoptr(TorchlightItem) item = g_list_model_get_item(items, i);

        gtk_string_list_append(names, torchlight_item_get_name(item));
    }
    gtk_drop_down_set_model(GTK_DROP_DOWN(self->loras), G_LIST_MODEL(names));
    gtk_widget_set_visible(self->loras, g_list_model_get_n_items(G_LIST_MODEL(names)) > 1);
}

static void
on_project(LearnWeights *self)
{
    TorchlightProject *project = torchlight_workspace_get_project(self->workspace);

    if (self->project)
        g_signal_handlers_disconnect_by_func(torchlight_project_get_items(self->project, ITEM_LORA),
                                             list_loras, self);
    g_set_object(&self->project, project);
    if (project)
        g_signal_connect_object(torchlight_project_get_items(project, ITEM_LORA), "items-changed",
                                G_CALLBACK(list_loras), self, G_CONNECT_SWAPPED);
    list_loras(self);
}

/* --- the object --- */

static void
learn_weights_dispose(GObject *object)
{
    LearnWeights *self = LEARN_WEIGHTS(object);

    g_clear_pointer(&self->box, gtk_widget_unparent);
    g_clear_object(&self->project);
    g_clear_object(&self->workspace);
    G_OBJECT_CLASS(learn_weights_parent_class)->dispose(object);
}

static void
learn_weights_class_init(LearnWeightsClass *class)
{
    G_OBJECT_CLASS(class)->dispose = learn_weights_dispose;
    gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(class), GTK_TYPE_BIN_LAYOUT);
}

static void
learn_weights_init(LearnWeights *self)
{
    self->right = torchlight_learn_picture_new(_("Picture at the chosen weight"));
    self->number = learn_label("", "learn-number");
    self->scale = learn_scale(_("Weight"), 0, 1.5, 0.25, 2);
    gtk_range_set_value(GTK_RANGE(self->scale), 1);
    g_signal_connect_swapped(self->scale, "value-changed", G_CALLBACK(on_weight), self);
}

static LearnWeights *
weights_new(TorchlightWorkspace *workspace, const char *left, const char *explanation,
            const char *offer)
{
    LearnWeights *self = g_object_new(LEARN_TYPE_WEIGHTS, NULL);
    GtkWidget *live = learn_box();

    self->workspace = g_object_ref(workspace);
    self->left = torchlight_learn_picture_new(left);
    gtk_box_append(GTK_BOX(live), learn_captioned(left, self->left));
    gtk_box_append(GTK_BOX(live), self->number);
    gtk_box_append(GTK_BOX(live), self->right);
    gtk_box_append(GTK_BOX(live), self->scale);
    gtk_box_append(
        GTK_BOX(live),
        learn_label(_("Computed at the weights that are marked: between them the nearest "
                      "picture is shown."),
                    "dim-label"));
    self->gate = torchlight_learn_gate_new(workspace, explanation, offer, live);
    gtk_widget_set_vexpand(self->gate, TRUE);
    self->box = learn_box();
    gtk_box_append(GTK_BOX(self->box), self->gate);
    gtk_widget_set_parent(self->box, GTK_WIDGET(self));
    g_signal_connect_swapped(self->gate, "ready", G_CALLBACK(on_ready), self);
    return self;
}

GtkWidget *
learn_lora_new(TorchlightWorkspace *workspace)
{
    LearnWeights *self = weights_new(
        workspace, _("Weight 0: the model as it was"),
        _("A small LoRA is taught the word “office”, then seven pictures are drawn with it. This "
          "takes about a minute, once."),
        _("_Teach and Draw"));

    self->loras = gtk_drop_down_new(NULL, NULL);
    gtk_accessible_update_property(GTK_ACCESSIBLE(self->loras), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("LoRA to show"), -1);
    gtk_box_append(GTK_BOX(self->box), self->loras);
    on_project(self);
    on_lora(self);
    g_signal_connect_swapped(self->loras, "notify::selected", G_CALLBACK(on_lora), self);
    g_signal_connect_object(workspace, "notify::project", G_CALLBACK(on_project), self,
                            G_CONNECT_SWAPPED);
    return GTK_WIDGET(self);
}

GtkWidget *
learn_control_new(TorchlightWorkspace *workspace)
{
    LearnWeights *self = weights_new(
        workspace, _("Control map: the edges of a real trace"),
        _("Seven pictures are drawn along a control map, each with another weight. This "
          "takes about half a minute, once."),
        NULL);

    self->has_control = true;
    torchlight_learn_gate_set_params(TORCHLIGHT_LEARN_GATE(self->gate),
                                     learn_params_new(LEARN_KIND_CONTROL));
    return GTK_WIDGET(self);
}
