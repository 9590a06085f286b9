/* SPDX-License-Identifier: Apache-2.0 */
/* Write beside the target, then rename. */
#include "app/trace/atomic.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct AtomicFile {
    char *path;      /* where it will stand, links resolved */
    char *temporary; /* where it is written; NULL once renamed or removed, and of a pipe */
    FILE *stream;
    bool can_seek;
};

/* errno values a user can act on get their remedy. */
static void
set_write_error(GError **error, const char *path, int code)
{
    const char *remedy = _("choose another place");

    if (code == ENOSPC || code == EDQUOT)
        remedy = _("free some space or choose another place");
    else if (code == EACCES || code == EPERM || code == EROFS)
        remedy = _("choose a folder that you may write to");
    else if (code == ENOENT || code == ENOTDIR)
        remedy = _("create the folder first");
    g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(code), _("Cannot write “%s”: %s; %s."),
                path, g_strerror(code), remedy);
}

/* A new file keeps to the umask, a replaced one keeps the permissions it had. */
static void
set_mode(int fd, const char *path)
{
    struct stat standing;
    mode_t mask;

    if (stat(path, &standing) == 0 && S_ISREG(standing.st_mode)) {
        (void)!fchmod(fd, standing.st_mode & 0777);
        return;
    }
    /* umask can only be read by setting it, which is not safe with threads: ask /proc. */
    g_autofree char *status = NULL;
    mask = 022;
    if (g_file_get_contents("/proc/self/status", &status, NULL, NULL)) {
        const char *line = strstr(status, "\nUmask:");
        if (line)
            mask = (mode_t)g_ascii_strtoull(line + strlen("\nUmask:"), NULL, 8);
    }
    (void)!fchmod(fd, 0666 & ~mask);
}

/* A descriptor of our own, which can be closed and leaves standard output open. */
static AtomicFile *
open_standard_output(GError **error)
{
    g_autoptr(AtomicFile) file = g_new0(AtomicFile, 1);
    int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);

    file->path = g_strdup(_("standard output"));
    file->stream = fd < 0 ? NULL : fdopen(fd, "wb");
    if (!file->stream) {
        set_write_error(error, file->path, errno);
        return NULL;
    }
    file->can_seek = lseek(fd, 0, SEEK_CUR) >= 0 && !(fcntl(fd, F_GETFL) & O_APPEND);
    return g_steal_pointer(&file);
}

AtomicFile *
atomic_file_new(const char *path, GError **error)
{
    g_autoptr(AtomicFile) file = g_new0(AtomicFile, 1);
    g_autofree char *folder = NULL;
    g_autofree char *base = NULL;
    char *resolved;
    int fd;

    g_return_val_if_fail(path, NULL);
    if (strcmp(path, "-") == 0)
        return open_standard_output(error);
    resolved = realpath(path, NULL);
    file->path = g_strdup(resolved ? resolved : path);
    free(resolved);
    if (*path == '\0' || g_file_test(file->path, G_FILE_TEST_IS_DIR)) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_ISDIR,
                    _("Cannot write “%s”: it is a folder; give the name of a file."), path);
        return NULL;
    }
    if (g_file_test(file->path, G_FILE_TEST_EXISTS) &&
        !g_file_test(file->path, G_FILE_TEST_IS_REGULAR)) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                    _("Cannot write “%s”: it is not a regular file; choose another name."), path);
        return NULL;
    }
    folder = g_path_get_dirname(file->path);
    base = g_path_get_basename(file->path);
    file->temporary = g_strdup_printf("%s%s.%.100s.XXXXXX", folder,
                                      g_str_has_suffix(folder, "/") ? "" : "/", base);
    fd = g_mkstemp_full(file->temporary, O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0) {
        set_write_error(error, path, errno);
        g_clear_pointer(&file->temporary, g_free);
        return NULL;
    }
    set_mode(fd, file->path);
    file->stream = fdopen(fd, "w+b");
    if (!file->stream) {
        set_write_error(error, path, errno);
        close(fd);
        return NULL;
    }
    file->can_seek = true;
    return g_steal_pointer(&file);
}

bool
atomic_file_can_seek(const AtomicFile *file)
{
    return file->can_seek;
}

FILE *
atomic_file_stream(AtomicFile *file)
{
    g_return_val_if_fail(file, NULL);
    return file->stream;
}

static void
atomic_file_discard(AtomicFile *file)
{
    if (file->stream)
        fclose(g_steal_pointer(&file->stream));
    if (file->temporary)
        g_unlink(file->temporary);
    g_clear_pointer(&file->temporary, g_free);
}

bool
atomic_file_commit(AtomicFile *file, GError **error)
{
    bool failed;
    int code;

    g_return_val_if_fail(file && file->stream, false);
    errno = 0;
    failed = ferror(file->stream) != 0;
    if (fflush(file->stream) != 0)
        failed = true;
    code = errno;
    if (fclose(g_steal_pointer(&file->stream)) != 0 && !failed) {
        failed = true;
        code = errno;
    }
    if (!failed && file->temporary && g_rename(file->temporary, file->path) != 0) {
        failed = true;
        code = errno;
    }
    if (failed) {
        set_write_error(error, file->path, code ? code : EIO);
        atomic_file_discard(file);
        return false;
    }
    g_clear_pointer(&file->temporary, g_free);
    return true;
}

void
atomic_file_free(AtomicFile *file)
{
    if (!file)
        return;
    atomic_file_discard(file);
    g_free(file->path);
    g_free(file);
}

bool
atomic_file_write(const char *path, const void *data, size_t size, GError **error)
{
    g_autoptr(AtomicFile) file = atomic_file_new(path, error);

    if (!file)
        return false;
    fwrite(data, 1, size, file->stream);
    return atomic_file_commit(file, error);
}
