/* SPDX-License-Identifier: Apache-2.0 */
/* A pool of threads that takes the newest request first, and what it made. */
#include "ui/library/thumbnails.h"

enum {
    MAX_TEXTURES = 600, /* of 144 KiB each at most */
    MAX_FILES = 20000,  /* on disk */
    MAX_THREADS = 3,
};

struct Thumbnails {
    char *cache_dir;
    GThreadPool *pool;    /* of ThumbnailRequest */
    GAsyncQueue *done;    /* ThumbnailRequest, by the pool */
    guint idle;           /* collects what is done; 0: none. Under the lock of done */
    GHashTable *textures; /* char* key -> GList in order, whose data is a Kept */
    GQueue order;         /* Kept, the latest used first */
    guint64 serial;
};

typedef struct {
    char *key;
    GdkTexture *texture;
} Kept;

/* Shared by who asked and the pool; gone when both have let go of it. */
struct ThumbnailRequest {
    gatomicrefcount refs;
    int cancelled; /* atomic */
    guint64 serial;
    char *key, *path;
    Palette palette;
    int size;
    Thumbnails *thumbnails;
    ThumbnailFunc func; /* and data: main thread only */
    gpointer data;
    ThumbnailRequest **place; /* the caller's pointer to it */
    GdkTexture *texture;      /* what the pool made, or error */
    GError *error;
};

static void
request_unref(ThumbnailRequest *request)
{
    if (!g_atomic_ref_count_dec(&request->refs))
        return;
    g_free(request->key);
    g_free(request->path);
    g_clear_object(&request->texture);
    g_clear_error(&request->error);
    g_free(request);
}

/* --- what is kept --- */

static void
kept_free(Kept *kept)
{
    g_free(kept->key);
    g_object_unref(kept->texture);
    g_free(kept);
}

static GdkTexture *
find_texture(Thumbnails *thumbnails, const char *key)
{
    GList *link = g_hash_table_lookup(thumbnails->textures, key);

    if (!link)
        return NULL;
    g_queue_unlink(&thumbnails->order, link);
    g_queue_push_head_link(&thumbnails->order, link);
    return ((Kept *)link->data)->texture;
}

static void
keep_texture(Thumbnails *thumbnails, const char *key, GdkTexture *texture)
{
    Kept *kept;

    if (g_hash_table_contains(thumbnails->textures, key))
        return;
    kept = g_new(Kept, 1);
    *kept = (Kept){g_strdup(key), g_object_ref(texture)};
    g_queue_push_head(&thumbnails->order, kept);
    g_hash_table_insert(thumbnails->textures, kept->key, thumbnails->order.head);
    if (thumbnails->order.length > MAX_TEXTURES) {
        kept = g_queue_pop_tail(&thumbnails->order);
        g_hash_table_remove(thumbnails->textures, kept->key);
        kept_free(kept);
    }
}

/* --- the pool --- */

/* In the form that is drawn without being converted. */
static GdkTexture *
texture_of(const Image *image)
{
    size_t n = (size_t)image->width * image->height;
    uint32_t *pixels = g_new(uint32_t, n);
    const uint8_t *p = image->pixels;
    g_autoptr(GBytes) bytes = NULL;

    for (size_t i = 0; i < n; i++, p += 3)
        pixels[i] = 0xff000000u | (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
    bytes = g_bytes_new_take(pixels, n * sizeof *pixels);
    return gdk_memory_texture_new(image->width, image->height, GDK_MEMORY_DEFAULT, bytes,
                                  (gsize)image->width * sizeof *pixels);
}

static void
make_texture(ThumbnailRequest *request, const char *cache_dir)
{
    g_autoptr(Image) image =
        thumbnail_read(request->path, request->palette, cache_dir, &request->error);
    g_autoptr(Image) small = NULL;

    if (image && request->size < image->width)
        small = thumbnail_shrink(image, request->size);
    if (image)
        request->texture = texture_of(small ? small : image);
}

static void
answer(ThumbnailRequest *request)
{
    if (g_atomic_int_get(&request->cancelled))
        return;
    *request->place = NULL;
    if (request->texture)
        keep_texture(request->thumbnails, request->key, request->texture);
    request->func(request->texture, request->error, request->data);
    request_unref(request); /* the caller's */
}

static gboolean
collect(gpointer data)
{
    Thumbnails *thumbnails = data;
    ThumbnailRequest *request;

    g_async_queue_lock(thumbnails->done);
    thumbnails->idle = 0;
    g_async_queue_unlock(thumbnails->done);
    while ((request = g_async_queue_try_pop(thumbnails->done))) {
        answer(request);
        request_unref(request);
    }
    return G_SOURCE_REMOVE;
}

/* Once a request is cancelled nobody waits for it. */
static void
work(gpointer data, gpointer user_data)
{
    ThumbnailRequest *request = data;
    Thumbnails *thumbnails = user_data;

    if (!request->path)
        thumbnail_prune(thumbnails->cache_dir, MAX_FILES);
    else if (!g_atomic_int_get(&request->cancelled))
        make_texture(request, thumbnails->cache_dir);
    g_async_queue_lock(thumbnails->done);
    g_async_queue_push_unlocked(thumbnails->done, request);
    if (thumbnails->idle == 0)
        thumbnails->idle = g_idle_add_full(G_PRIORITY_LOW, collect, thumbnails, NULL);
    g_async_queue_unlock(thumbnails->done);
}

static int
compare_requests(gconstpointer a, gconstpointer b, gpointer data)
{
    guint64 x = ((const ThumbnailRequest *)a)->serial, y = ((const ThumbnailRequest *)b)->serial;

    return (x < y) - (x > y);
}

/* With one reference, the pool's. */
static void
push_request(Thumbnails *thumbnails, ThumbnailRequest *request)
{
    request->thumbnails = thumbnails;
    g_thread_pool_push(thumbnails->pool, request, NULL);
}

static void
thumbnails_free(gpointer data)
{
    Thumbnails *thumbnails = data;
    ThumbnailRequest *request;

    g_thread_pool_free(thumbnails->pool, FALSE, TRUE); /* who asked has cancelled: it is quick */
    while ((request = g_async_queue_try_pop(thumbnails->done)))
        request_unref(request);
    if (thumbnails->idle)
        g_source_remove(thumbnails->idle);
    g_async_queue_unref(thumbnails->done);
    g_hash_table_unref(thumbnails->textures);
    g_queue_clear_full(&thumbnails->order, (GDestroyNotify)kept_free);
    g_free(thumbnails->cache_dir);
    g_free(thumbnails);
}

Thumbnails *
thumbnails_of(GObject *owner)
{
    static const char key[] = "torchlight-thumbnails";
    Thumbnails *thumbnails = g_object_get_data(owner, key);
    ThumbnailRequest *prune;

    if (thumbnails)
        return thumbnails;
    thumbnails = g_new0(Thumbnails, 1);
    thumbnails->cache_dir = thumbnail_cache_dir();
    thumbnails->done = g_async_queue_new();
    thumbnails->textures = g_hash_table_new(g_str_hash, g_str_equal);
    thumbnails->pool = g_thread_pool_new(
        work, thumbnails, (int)CLAMP(g_get_num_processors() - 1, 1, MAX_THREADS), FALSE, NULL);
    g_thread_pool_set_sort_function(thumbnails->pool, compare_requests, NULL);
    prune = g_new0(ThumbnailRequest, 1); /* without a path: the first thing a thread does */
    prune->cancelled = 1;
    g_atomic_ref_count_init(&prune->refs);
    push_request(thumbnails, prune);
    g_object_set_data_full(owner, key, thumbnails, thumbnails_free);
    return thumbnails;
}

GdkTexture *
thumbnails_get_sized(Thumbnails *thumbnails, const char *id, const char *path, Palette palette,
                     int size, ThumbnailFunc func, gpointer data, ThumbnailRequest **request)
{
    g_autofree char *key = g_strdup_printf("%d %d %s %s", palette, size, id, path);
    GdkTexture *texture = find_texture(thumbnails, key);
    ThumbnailRequest *asked;

    *request = NULL;
    if (texture)
        return texture;
    asked = g_new0(ThumbnailRequest, 1);
    asked->serial = ++thumbnails->serial;
    asked->key = g_steal_pointer(&key);
    asked->path = g_strdup(path);
    asked->palette = palette;
    asked->size = CLAMP(size, 1, THUMBNAIL_SIZE);
    asked->func = func;
    asked->data = data;
    asked->place = request;
    g_atomic_ref_count_init(&asked->refs);
    g_atomic_ref_count_inc(&asked->refs); /* the caller's */
    *request = asked;
    push_request(thumbnails, asked);
    return NULL;
}

GdkTexture *
thumbnails_get(Thumbnails *thumbnails, const char *id, const char *path, Palette palette,
               ThumbnailFunc func, gpointer data, ThumbnailRequest **request)
{
    return thumbnails_get_sized(thumbnails, id, path, palette, THUMBNAIL_SIZE, func, data, request);
}

void
thumbnails_cancel(ThumbnailRequest **request)
{
    ThumbnailRequest *asked = g_steal_pointer(request);

    if (!asked)
        return;
    g_atomic_int_set(&asked->cancelled, 1);
    request_unref(asked);
}
