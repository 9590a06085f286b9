/* SPDX-License-Identifier: Apache-2.0 */
/* TorchlightLearnPicture: a picture of a trace over all the room there is, its pixels sharp,
 * perhaps with a field of a packet marked in it. */
#pragma once

#include <gtk/gtk.h>

#include "app/trace/image.h"

#define TORCHLIGHT_TYPE_LEARN_PICTURE (torchlight_learn_picture_get_type())
G_DECLARE_FINAL_TYPE(TorchlightLearnPicture, torchlight_learn_picture, TORCHLIGHT, LEARN_PICTURE,
                     GtkWidget)

/* Signal "pointed" (int column, int row): the pointer is there, or the arrow keys went there, where
 * it was made to be pointed at. label: for assistive technology. */
GtkWidget *torchlight_learn_picture_new(const char *label);
/* At least so high, in pixels (120). */
void torchlight_learn_picture_set_height(TorchlightLearnPicture *picture, int height);
/* Copies what it needs; NULL shows nothing. */
void torchlight_learn_picture_set_image(TorchlightLearnPicture *picture, const Image *image);
/* What it shows, in words: the description for assistive technology. */
void torchlight_learn_picture_describe(TorchlightLearnPicture *picture, const char *text);
void torchlight_learn_picture_set_pointable(TorchlightLearnPicture *picture, bool pointable);
/* Marks columns first .. first + n - 1 of a row; n 0: nothing. Arrow keys go on from first. */
void torchlight_learn_picture_mark(TorchlightLearnPicture *picture, int first, int n, int row);
