/* SPDX-License-Identifier: Apache-2.0 */
/* Captions made of the names of files: "pixelated network data: {1}, {2}, {3}".
 *   {1}, {2}, ...  words of the name, which is split at _, - and blanks
 *   {name}         the whole name without its ending
 *   {folder}       the name of the folder that it is in
 *   {known}        the words of the vocabulary that are in the name, in its order: from
 *                  none_dash_1080_00001.pcap "no vpn, dash, 1080"
 *   {{ and }}      braces
 * What comes out empty between two commas is left out. */
#pragma once

#include "app/dataset/vocabulary.h"

/* G_OPTION_ERROR_BAD_VALUE where it names something else in braces, or does not close one. */
bool caption_template_check(const char *template, GError **error);
/* Of a template that is good. vocabulary may be NULL: then nothing is known. The caller frees; ""
 * when nothing comes out. */
char *caption_template_apply(const char *template, const char *path, const Vocabulary *vocabulary);
/* What {known} stands for, "" when no word is. The caller frees. */
char *caption_template_known(const char *path, const Vocabulary *vocabulary);
/* The caption of a file of which nothing else is said: the known words, else all words of its name.
 * The caller frees. */
char *caption_from_name(const char *path, const Vocabulary *vocabulary);
/* The last part of a path without its ending, as readable text. The caller frees. */
char *caption_stem(const char *path);
