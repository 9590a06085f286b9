/* SPDX-License-Identifier: Apache-2.0 */
/* One process at a time writes a project: an advisory lock on DIR/.lock, which goes with the
 * process, however that ends. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "app/project/project_private.h"

static void
write_owner(int lock)
{
    g_autofree char *line = g_strdup_printf("%ld\n", (long)getpid());

    if (ftruncate(lock, 0) == 0)
        (void)!pwrite(lock, line, strlen(line), 0);
}

static long
read_owner(int lock)
{
    char text[32] = {0};

    return pread(lock, text, sizeof text - 1, 0) > 0 ? strtol(text, NULL, 10) : 0;
}

static char *
say_locked(int lock)
{
    long owner = read_owner(lock);

    if (owner == (long)getpid())
        return g_strdup(_("This project is open already: change it in the window that has it. "
                          "Here it can only be looked at."));
    if (owner > 0)
        return g_strdup_printf(_("Another Torchlight (process %ld) has this project open: close it "
                                 "there, then open it here again to change it."),
                               owner);
    return g_strdup(_("Another Torchlight has this project open: close it there, then open it here "
                      "again to change it."));
}

bool
project_lock(TorchlightProject *project, char **sentence)
{
    g_autofree char *path = g_build_filename(project->dir, PROJECT_LOCK, NULL);
    int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);

    if (lock < 0) {
        *sentence = g_strdup_printf(_("Nothing can be written in “%s” (%s), so that this project "
                                      "can only be looked at: copy the folder to another place to "
                                      "change it."),
                                    project->dir, g_strerror(errno));
        return false;
    }
    /* A file system without locks (ENOTSUP, ENOLCK) is no reason not to work in it. */
    if (flock(lock, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        *sentence = say_locked(lock);
        close(lock);
        return false;
    }
    /* Who closes a project takes the name off. */
    project->after_crash = read_owner(lock) > 0;
    write_owner(lock);
    project->lock = lock;
    return true;
}

void
project_unlock(TorchlightProject *project)
{
    if (project->lock >= 0) {
        if (!project->unsaved)
            (void)!ftruncate(project->lock, 0);
        close(project->lock);
    }
    project->lock = -1;
}
