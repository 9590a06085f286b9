/* SPDX-License-Identifier: Apache-2.0 */
/* Which objects live, to see whether anything grows that should not. Counted when
 * TORCHLIGHT_OBJECTS names a file; each SIGUSR1 then writes there, as JSON, how many there are of
 * every class of GObject in the process, the libraries' too:
 *   {"TorchlightWindow": 1, "GtkLabel": 512, ...} */
#pragma once

/* Before anything that makes an object. */
void objects_begin(void);
void objects_end(void);
