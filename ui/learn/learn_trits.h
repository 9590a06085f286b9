/* SPDX-License-Identifier: Apache-2.0 */
/* TorchlightLearnTrits: the bits of a field, large: green 1, red 0, blue absent, and one of them
 * marked. */
#pragma once

#include <gtk/gtk.h>

#define TORCHLIGHT_TYPE_LEARN_TRITS (torchlight_learn_trits_get_type())
G_DECLARE_FINAL_TYPE(TorchlightLearnTrits, torchlight_learn_trits, TORCHLIGHT, LEARN_TRITS,
                     GtkWidget)

GtkWidget *torchlight_learn_trits_new(void);
/* Copies n trits; of more than 64 those around the marked one are shown. */
void torchlight_learn_trits_set(TorchlightLearnTrits *trits, const gint8 *values, int n, int mark);
