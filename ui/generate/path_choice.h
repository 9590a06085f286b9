/* SPDX-License-Identifier: Apache-2.0 */
/* A combo row that chooses a file or folder: from a list that is filled anew as the project
 * changes, with entries at its end that do something instead ("Choose a File…"). */
#pragma once

#include <adwaita.h>
#include <stdbool.h>

typedef struct PathChoice PathChoice;

/* chosen: another path (NULL: the first entry's). asked: an entry that does something, by its name;
 * what was chosen before stays. Goes with the row. */
PathChoice *path_choice_new(AdwComboRow *row, void (*chosen)(const char *path, void *data),
                            void (*asked)(const char *action, void *data), void *data);
/* From begin to end the list is made anew; what was chosen stays so, and is added where it is not
 * in the list any more. path NULL of the first. */
void path_choice_begin(PathChoice *choice);
void path_choice_add(PathChoice *choice, const char *path, const char *name);
void path_choice_add_action(PathChoice *choice, const char *action, const char *name);
void path_choice_end(PathChoice *choice);
const char *path_choice_get(PathChoice *choice); /* NULL: the first */
/* Added where it is not in the list. */
void path_choice_set(PathChoice *choice, const char *path);
