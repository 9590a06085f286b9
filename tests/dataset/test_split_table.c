/* SPDX-License-Identifier: Apache-2.0 */
/* The file that says which part each capture belongs to. */
#include "app/dataset/split_table.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

static char *path;

static SplitTable *
read_text(const char *text, GError **error)
{
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    return split_table_read(path, error);
}

static void
test_read(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(SplitTable) table = read_text("part,file_name,pretrain,text\r\n"
                                            "train,a.pcap,yes,\"x: web, http2\"\r\n"
                                            "\n"
                                            "test,b.pcap,no,dns\n"
                                            "validation,c.pcap\n",
                                            &error);
    const SplitRow *row;

    g_assert_no_error(error);
    g_assert_cmpuint(table->rows->len, ==, 3);
    row = split_table_find(table, "/some/where/a.pcap");
    g_assert_cmpint(row->part, ==, SPLIT_INTO_TRAIN);
    g_assert_cmpstr(row->text, ==, "x: web, http2");
    g_assert_cmpint(split_table_find(table, "b.pcap")->part, ==, SPLIT_INTO_TEST);
    row = split_table_find(table, "c.pcap");
    g_assert_cmpint(row->part, ==, SPLIT_INTO_VALIDATION);
    g_assert_null(row->text);
    g_assert_null(split_table_find(table, "d.pcap"));
}

static void
check_refused(const char *text, const char *named)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(SplitTable) table = read_text(text, &error);

    g_assert_null(table);
    g_assert_nonnull(error);
    g_assert_nonnull(strstr(error->message, named));
}

static void
test_refused(void)
{
    check_refused("", "empty");
    check_refused("file,part\na,train\n", "file_name");
    check_refused("file_name,part\na.pcap,training\n", "training");
    check_refused("file_name,part\na.pcap\n", "line 2");
    check_refused("file_name,part\na.pcap,train\nx/a.pcap,test\n", "line 3");
    check_refused("file_name,part\n\"a.pcap,train\n", "line 2");
    check_refused("file_name,part\n\xff.pcap,train\n", "line 2");
}

int
main(int argc, char **argv)
{
    g_autofree char *dir = g_dir_make_tmp("torchlight-split-XXXXXX", NULL);
    int status;

    g_test_init(&argc, &argv, NULL);
    path = g_build_filename(dir, "split.csv", NULL);
    g_test_add_func("/split-table/read", test_read);
    g_test_add_func("/split-table/refused", test_refused);
    status = g_test_run();
    g_unlink(path);
    g_rmdir(dir);
    g_free(path);
    return status;
}
