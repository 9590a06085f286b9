/* SPDX-License-Identifier: Apache-2.0 */
/* What the library stands on: small pictures and their copies on disk, the pool that makes them,
 * filters and orders. */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

#include "app/project/project.h"
#include "tests/trace/support.h"
#include "ui/library/library_filter.h"
#include "ui/library/thumbnails.h"

static char *base;

static char *
make_picture(const char *name)
{
    char *path = scratch_path(base, name);
    g_autoptr(Trace) trace = made_trace("torchlight", 100, 3);

    g_assert_true(trace_write_png(trace, path, PALETTE_TORCHLIGHT, NULL));
    return path;
}

static void
test_draw(void)
{
    g_autofree char *path = make_picture("draw.png");
    g_autofree char *missing = scratch_path(base, "none.png");
    g_autofree char *capture = source_path("data/samples/wireguard_voip_rtp_00001.pcap");
    g_autoptr(GError) error = NULL;
    g_autoptr(Image) paper = thumbnail_draw(path, PALETTE_TORCHLIGHT, NULL);
    g_autoptr(Image) other = thumbnail_draw(path, PALETTE_NETDIFFUSION, NULL);
    g_autoptr(Image) of_capture = thumbnail_draw(capture, PALETTE_TORCHLIGHT, NULL);
    const uint8_t *last = paper->pixels + (size_t)3 * THUMBNAIL_SIZE * THUMBNAIL_SIZE - 3;

    /* The padding at the end is blue; what is red in one palette is green in the other. */
    g_assert_cmpint(paper->width, ==, THUMBNAIL_SIZE);
    g_assert_cmpint(last[2], ==, 255);
    g_assert_nonnull(of_capture);
    for (size_t i = 0; i < (size_t)3 * THUMBNAIL_SIZE * THUMBNAIL_SIZE; i += 3) {
        g_assert_cmpint(paper->pixels[i], ==, other->pixels[i + 1]);
        g_assert_cmpint(paper->pixels[i + 1], ==, other->pixels[i]);
        g_assert_cmpint(paper->pixels[i + 2], ==, other->pixels[i + 2]);
    }
    g_assert_null(thumbnail_draw(missing, PALETTE_TORCHLIGHT, &error));
    g_assert_nonnull(error);
}

static char *
only_file(const char *dir)
{
    g_autoptr(GDir) folder = g_dir_open(dir, 0, NULL);
    const char *name = g_dir_read_name(folder);

    g_assert_nonnull(name);
    return g_build_filename(dir, name, NULL);
}

/* A copy is used, and made again when it is not what it should be or its picture was changed. */
static void
test_copies(void)
{
    g_autofree char *path = make_picture("copy.png");
    g_autofree char *cache = scratch_path(base, "cache");
    g_autoptr(Image) first = thumbnail_read(path, PALETTE_TORCHLIGHT, cache, NULL);
    g_autofree char *copy = only_file(cache);
    g_autoptr(Image) grey = image_new(THUMBNAIL_SIZE, THUMBNAIL_SIZE, 3);
    g_autoptr(Image) used = NULL;
    g_autoptr(Image) again = NULL;
    g_autoptr(Image) small = image_new(8, 8, 3);

    g_assert_true(image_write_png(grey, copy, NULL, NULL));
    used = thumbnail_read(path, PALETTE_TORCHLIGHT, cache, NULL);
    g_assert_cmpint(used->pixels[0] + used->pixels[1] + used->pixels[2], ==, 0);
    g_assert_true(image_write_png(small, copy, NULL, NULL));
    again = thumbnail_read(path, PALETTE_TORCHLIGHT, cache, NULL);
    g_assert_cmpmem(again->pixels, 3 * THUMBNAIL_SIZE, first->pixels, 3 * THUMBNAIL_SIZE);
    g_clear_pointer(&again, image_free);
    put_file(copy, "\x89PNG\r\n\x1a\n no picture", -1);
    again = thumbnail_read(path, PALETTE_TORCHLIGHT, cache, NULL);
    g_assert_cmpmem(again->pixels, 3 * THUMBNAIL_SIZE, first->pixels, 3 * THUMBNAIL_SIZE);
    g_clear_pointer(&again, image_free);
    again = thumbnail_read(path, PALETTE_NETDIFFUSION, cache, NULL);
    g_assert_cmpint(scratch_n_files(cache), ==, 2);
    thumbnail_prune(cache, 1);
    g_assert_cmpint(scratch_n_files(cache), ==, 1);
}

typedef struct {
    int n_answers, n_errors;
} Answers;

static void
on_answer(GdkTexture *texture, const GError *error, gpointer data)
{
    Answers *answers = data;

    g_assert_true((texture == NULL) == (error != NULL));
    answers->n_answers++;
    answers->n_errors += error != NULL;
}

static void
test_pool(void)
{
    g_autofree char *path = make_picture("pool.png");
    g_autofree char *missing = scratch_path(base, "missing.png");
    GObject *owner = g_object_new(G_TYPE_OBJECT, NULL);
    Thumbnails *thumbnails = thumbnails_of(owner);
    ThumbnailRequest *requests[4];
    Answers answers = {0};

    g_assert_true(thumbnails_of(owner) == thumbnails);
    g_assert_null(thumbnails_get(thumbnails, "1", path, PALETTE_TORCHLIGHT, on_answer, &answers,
                                 &requests[0]));
    thumbnails_get(thumbnails, "2", path, PALETTE_TORCHLIGHT, on_answer, &answers, &requests[1]);
    thumbnails_get(thumbnails, "3", missing, PALETTE_TORCHLIGHT, on_answer, &answers, &requests[2]);
    thumbnails_cancel(&requests[1]);
    while (answers.n_answers < 2)
        g_main_context_iteration(NULL, TRUE);
    g_assert_cmpint(answers.n_errors, ==, 1);
    g_assert_null(requests[0]);
    g_assert_null(requests[2]);
    g_assert_nonnull(thumbnails_get(thumbnails, "1", path, PALETTE_TORCHLIGHT, on_answer, &answers,
                                    &requests[0]));
    g_assert_null(requests[0]);
    /* One that is never answered, because all is over. */
    thumbnails_get(thumbnails, "4", path, PALETTE_TORCHLIGHT, on_answer, &answers, &requests[3]);
    g_object_unref(owner);
    thumbnails_cancel(&requests[3]);
    g_assert_cmpint(answers.n_answers, ==, 2);
}

static TorchlightItem *
add_item(TorchlightProject *project, const char *name, const char *caption, const char *protocols,
         const char *origin, int packets)
{
    JsonObject *record = json_object_new();

    json_object_set_string_member(record, "name", name);
    json_object_set_string_member(record, "caption", caption);
    json_object_set_string_member(record, "protocols", protocols);
    json_object_set_string_member(record, "origin", origin);
    json_object_set_int_member(record, "packets", packets);
    return torchlight_project_add(project, ITEM_TRACE, record);
}

static void
assert_sorted(LibrarySort sort, bool descending, GListModel *items, const char *names)
{
    g_autoptr(GtkSortListModel) model =
        gtk_sort_list_model_new(g_object_ref(items), library_sorter_new(sort, descending));
    g_autoptr(GString) found = g_string_new(NULL);

    for (guint i = 0; i < g_list_model_get_n_items(G_LIST_MODEL(model)); i++) {
        g_autoptr(TorchlightItem) item = g_list_model_get_item(G_LIST_MODEL(model), i);

        g_string_append_printf(found, "%s ", torchlight_item_get_name(item));
    }
    g_assert_cmpstr(found->str, ==, names);
}

static void
test_filter(void)
{
    g_autofree char *dir = scratch_path(base, "project");
    g_autoptr(TorchlightProject) project = torchlight_project_create(dir, "p", NULL);
    TorchlightItem *a = add_item(project, "a10", "web, wireguard", "IPv4 UDP", "imported", 1024);
    TorchlightItem *b = add_item(project, "a9", "dash", "IPv4 TCP TLS", "generated", 10);
    g_autoptr(LibraryFilter) filter = library_filter_new();
    GListModel *items = torchlight_project_get_items(project, ITEM_TRACE);

#define MATCHES(is_a, is_b)                                                                        \
    g_assert_true(library_filter_matches(filter, a) == is_a);                                      \
    g_assert_true(library_filter_matches(filter, b) == is_b)
    g_assert_true(library_filter_is_empty(filter));
    MATCHES(true, true);
    library_filter_set_text(filter, "-dash");
    MATCHES(true, false);
    library_filter_set_text(filter, "A9");
    MATCHES(false, true);
    library_filter_clear(filter);
    library_filter_set_protocol(filter, "TCP", true);
    MATCHES(false, true);
    library_filter_set_protocol(filter, "UDP", true);
    MATCHES(true, true);
    library_filter_set_protocol(filter, "TCP", false);
    MATCHES(true, false);
    library_filter_set_protocol(filter, "UDP", false);
    library_filter_set_protocol(filter, "CP", true);
    MATCHES(false, false);
    library_filter_clear(filter);
    library_filter_set_origins(filter, 1 << ORIGIN_GENERATED);
    MATCHES(false, true);
    library_filter_clear(filter);
    library_filter_set_sizes(filter, 1 << SIZE_FULL);
    MATCHES(true, false);
    library_filter_clear(filter);
    library_filter_set_splits(filter, 1 << SPLIT_NONE);
    MATCHES(true, true);
    torchlight_project_set_string(project, a, "split", "test");
    MATCHES(false, true);
#undef MATCHES
    assert_sorted(SORT_NAME, false, items, "a9 a10 ");
    assert_sorted(SORT_NAME, true, items, "a10 a9 ");
    assert_sorted(SORT_CAPTION, false, items, "a9 a10 ");
    assert_sorted(SORT_PACKETS, false, items, "a9 a10 ");
    assert_sorted(SORT_ADDED, false, items, "a10 a9 ");
    torchlight_project_close(project, NULL);
}

int
main(int argc, char **argv)
{
    int status;

    g_test_init(&argc, &argv, NULL);
    base = scratch_new();
    g_test_add_func("/ui/library/draw", test_draw);
    g_test_add_func("/ui/library/copies", test_copies);
    g_test_add_func("/ui/library/pool", test_pool);
    g_test_add_func("/ui/library/filter", test_filter);
    status = g_test_run();
    scratch_free(base);
    return status;
}
