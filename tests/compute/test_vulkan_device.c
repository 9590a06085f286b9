/* SPDX-License-Identifier: Apache-2.0 */
/* The Vulkan device on whatever driver is here (llvmpipe in CI): buffers, replays, order, folding
 * and slicing of long dispatches, cancelling, running out of memory, damaged caches. The ops have
 * their own test. Everything runs twice: with mapped memory and through the staging buffer. */
#include "compute/op.h"
#include "compute/ops.h"
#include "compute/program.h"
#include "compute/vulkan/dispatch.h"

#include <glib/gstdio.h>
#include <string.h>

/* Skips the test where there is no Vulkan driver. */
static Device *
open_device(const void *staging)
{
    g_setenv("TORCHLIGHT_VULKAN_STAGING", staging ? "1" : "0", TRUE);
    g_autoptr(GPtrArray) infos = device_list();
    if (infos->len < 2) {
        g_test_skip("no Vulkan driver");
        return NULL;
    }
    g_autoptr(GError) error = NULL;
    Device *device = device_open("vulkan", &error);
    g_assert_no_error(error);
    g_assert_false(device_is_cpu(device));
    return device;
}

static void
fill_pattern(uint8_t *data, size_t size, unsigned seed)
{
    for (size_t i = 0; i < size; i++)
        data[i] = (uint8_t)((i * 131 + seed * 17) >> 3 ^ i);
}

static void
test_buffers(const void *staging)
{
    g_autoptr(Device) device = open_device(staging);
    if (!device)
        return;
    static const size_t sizes[] = {4, 60, 64, 65, 4096, 100001, (size_t)20 << 20};
    DeviceBuffer *buffers[G_N_ELEMENTS(sizes)];
    for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autoptr(GError) error = NULL;
        buffers[i] = device_buffer_new(device, sizes[i], &error);
        g_assert_no_error(error);
        g_autofree uint8_t *data = g_malloc(sizes[i]);
        g_autofree uint8_t *back = g_malloc(sizes[i]);
        g_assert_true(device_buffer_read(buffers[i], 0, back, sizes[i], &error));
        for (size_t j = 0; j < sizes[i]; j++)
            g_assert_cmpuint(back[j], ==, 0);
        fill_pattern(data, sizes[i], i);
        g_assert_true(device_buffer_write(buffers[i], 0, data, sizes[i], &error));
    }
    for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) { /* nothing was written over */
        g_autofree uint8_t *data = g_malloc(sizes[i]);
        g_autofree uint8_t *back = g_malloc(sizes[i]);
        fill_pattern(data, sizes[i], i);
        g_assert_true(device_buffer_read(buffers[i], 0, back, sizes[i], NULL));
        g_assert_cmpmem(back, sizes[i], data, sizes[i]);
        size_t half = sizes[i] / 8 * 4;
        g_assert_true(device_buffer_read(buffers[i], half, back, sizes[i] - half, NULL));
        g_assert_cmpmem(back, sizes[i] - half, data + half, sizes[i] - half);
    }
    for (guint i = 0; i < G_N_ELEMENTS(sizes); i++)
        device_buffer_free(buffers[i]);
}

/* Thousands of small buffers come and go in any order, reused ones come back zeroed. */
static void
test_suballocation(const void *staging)
{
    g_autoptr(Device) device = open_device(staging);
    if (!device)
        return;
    DeviceBuffer *buffers[300] = {0};
    uint32_t random = 1;
    for (int round = 0; round < 2000; round++) {
        random = random * 1664525u + 1013904223u;
        guint i = (random >> 8) % G_N_ELEMENTS(buffers);
        g_clear_pointer(&buffers[i], device_buffer_free);
        size_t size = 4 + (random >> 10) % 5000;
        g_autoptr(GError) error = NULL;
        buffers[i] = device_buffer_new(device, size, &error);
        g_assert_no_error(error);
        if (round % 16 != 0)
            continue;
        g_autofree uint8_t *data = g_malloc(size);
        g_assert_true(device_buffer_read(buffers[i], 0, data, size, NULL));
        for (size_t j = 0; j < size; j++)
            g_assert_cmpuint(data[j], ==, 0);
        memset(data, 0xff, size);
        g_assert_true(device_buffer_write(buffers[i], 0, data, size, NULL));
    }
    for (guint i = 0; i < G_N_ELEMENTS(buffers); i++)
        device_buffer_free(buffers[i]);
}

/* y = 2^n x by n dependent dispatches, replayed with other inputs. */
static void
test_replays(const void *staging)
{
    g_autoptr(Device) device = open_device(staging);
    if (!device)
        return;
    g_autoptr(GError) error = NULL;
    Graph *graph = graph_new();
    Tensor *x = graph_input(graph, DTYPE_F32, &SHAPE(1000));
    Tensor *sum = x, *y = x;
    for (int i = 0; i < 20; i++) {
        y = op_scale(graph, y, 2.0f);
        sum = op_add(graph, sum, y);
    }
    graph_keep(graph, sum);
    g_autoptr(Program) program = program_new(graph, device, &error);
    g_assert_no_error(error);
    for (int run = 0; run < 100; run++) {
        float data[1000], back[1000];
        for (int i = 0; i < 1000; i++)
            data[i] = (float)((i + run) % 8); /* sums stay exact */
        g_assert_true(program_write(program, x, data, &error));
        g_assert_true(program_run(program, NULL, &error));
        g_assert_no_error(error);
        g_assert_true(program_read(program, sum, back, &error));
        for (int i = 0; i < 1000; i++)
            g_assert_cmpfloat(back[i], ==, data[i] * (float)((1 << 21) - 1));
    }
}

/* More items than one row of groups holds: dispatch_1d folds them over y. */
static void
test_folding(const void *staging)
{
    g_autoptr(Device) device = open_device(staging);
    if (!device)
        return;
    g_autoptr(GError) error = NULL;
    int64_t n = 65535 * 256 + 1000;
    Graph *graph = graph_new();
    Tensor *x = graph_input(graph, DTYPE_F32, &SHAPE(n));
    Tensor *y = graph_keep(graph, op_scale(graph, x, 0.5f));
    g_autoptr(Program) program = program_new(graph, device, &error);
    g_assert_no_error(error);
    g_autofree float *data = g_new(float, n);
    for (int64_t i = 0; i < n; i++)
        data[i] = (float)(i & 0xffff);
    g_assert_true(program_write(program, x, data, &error));
    g_assert_true(program_run(program, NULL, &error));
    g_assert_no_error(error);
    g_assert_true(program_read(program, y, data, &error));
    int64_t n_wrong = 0;
    for (int64_t i = 0; i < n; i++)
        n_wrong += data[i] != 0.5f * (float)(i & 0xffff);
    g_assert_cmpint(n_wrong, ==, 0);
}

/* y = 3 x, said to be so much work that it is cut into slices of one group each. */
static void
heavy_vulkan(const Node *n, Dispatcher *d)
{
    struct {
        uint32_t n;
        float factor;
    } push = {(uint32_t)tensor_count(n->out[0]), 3.0f};
    dispatch_flop(d, 1e15);
    dispatch_1d(d, "scale", &push, sizeof push, (Tensor *[]){n->in[0], n->out[0]}, 2, push.n);
}

static const Op heavy_op = {.name = "heavy", .vulkan = heavy_vulkan};

/* A program of n heavy nodes over count numbers. */
static Program *
heavy_program(Device *device, int n, int64_t count, Tensor **x, Tensor **y)
{
    g_autoptr(GError) error = NULL;
    Graph *graph = graph_new();
    *x = *y = graph_input(graph, DTYPE_F32, &SHAPE(count));
    for (int i = 0; i < n; i++)
        *y = graph_node(graph, &heavy_op, 1, y, 1, &SHAPE(count), NULL)->out[0];
    graph_keep(graph, *y);
    Program *program = program_new(graph, device, &error);
    g_assert_no_error(error);
    return program;
}

static void
check_heavy(Program *program, Tensor *x, Tensor *y, int64_t count, float factor)
{
    g_autoptr(GError) error = NULL;
    g_autofree float *data = g_new(float, count);
    for (int64_t i = 0; i < count; i++)
        data[i] = (float)(i % 1000);
    g_assert_true(program_write(program, x, data, &error));
    g_assert_true(program_run(program, NULL, &error));
    g_assert_no_error(error);
    g_assert_true(program_read(program, y, data, &error));
    for (int64_t i = 0; i < count; i++)
        g_assert_cmpfloat(data[i], ==, factor * (float)(i % 1000));
}

/* Slices give what the whole gives, and go on giving it while their chunks are joined. */
static void
test_slices(const void *staging)
{
    g_autoptr(Device) device = open_device(staging);
    if (!device)
        return;
    Tensor *x, *y;
    g_autoptr(Program) program = heavy_program(device, 3, 5000, &x, &y);
    for (int run = 0; run < 5; run++)
        check_heavy(program, x, y, 5000, 27.0f);
}

static void *
cancel_soon(void *cancellable)
{
    g_usleep(20000);
    g_cancellable_cancel(cancellable);
    return NULL;
}

/* Cancelled before and during a run; the device goes on working. */
static void
test_cancel(const void *staging)
{
    g_autoptr(Device) device = open_device(staging);
    if (!device)
        return;
    Tensor *x, *y;
    g_autoptr(Program) program = heavy_program(device, 1000, 2560, &x, &y);
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    g_autoptr(GError) error = NULL;
    g_cancellable_cancel(cancellable);
    g_assert_false(program_run(program, cancellable, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    g_clear_error(&error);
    g_cancellable_reset(cancellable);
    GThread *thread = g_thread_new("cancel", cancel_soon, cancellable);
    bool finished = program_run(program, cancellable, &error);
    g_thread_join(thread);
    if (!finished)
        g_assert_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    Tensor *x2, *y2;
    g_autoptr(Program) after = heavy_program(device, 2, 700, &x2, &y2);
    check_heavy(after, x2, y2, 700, 9.0f);
}

static void
test_out_of_memory(const void *staging)
{
    g_autoptr(Device) device = open_device(staging);
    if (!device)
        return;
    g_autoptr(GError) error = NULL;
    g_assert_null(device_buffer_new(device, (size_t)1 << 50, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
    g_clear_error(&error);
    Graph *graph = graph_new();
    Tensor *x = graph_input(graph, DTYPE_F32, &SHAPE((int64_t)1 << 31));
    graph_keep(graph, op_scale(graph, x, 2.0f));
    g_assert_null(program_new(graph, device, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
    Tensor *x2, *y2;
    g_autoptr(Program) after = heavy_program(device, 1, 10, &x2, &y2);
    check_heavy(after, x2, y2, 10, 3.0f);
}

/* Runs a program of inputs in -> results out with reproducible numbers; the caller frees. */
static float **
run_on(Device *device, Graph *graph, Tensor **in, int n_in, Tensor **out, int n_out)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Program) program = program_new(graph, device, &error);
    g_assert_no_error(error);
    uint32_t random = 7;
    for (int i = 0; i < n_in; i++) {
        int64_t n = tensor_count(in[i]);
        g_autofree float *data = g_new(float, n);
        for (int64_t j = 0; j < n; j++) {
            random = random * 1664525u + 1013904223u;
            data[j] = (float)(random >> 8) * 0x1p-23f - 1.0f;
        }
        g_assert_true(program_write(program, in[i], data, &error));
    }
    g_assert_true(program_run(program, NULL, &error));
    g_assert_no_error(error);
    float **results = g_new0(float *, n_out);
    for (int i = 0; i < n_out; i++) {
        results[i] = g_new(float, tensor_count(out[i]));
        g_assert_true(program_read(program, out[i], results[i], &error));
    }
    return results;
}

#define N_LARGE 3

/* A convolution to many channels, the gradient of one from many, and a matrix product. */
static Graph *
large_graph(Tensor *in[6], Tensor *out[N_LARGE])
{
    Graph *graph = graph_new();
    in[0] = graph_input(graph, DTYPE_F32, &SHAPE(1, 1, 96, 96));
    in[1] = graph_input(graph, DTYPE_F32, &SHAPE(97, 1, 3, 3));
    in[2] = graph_input(graph, DTYPE_F32, &SHAPE(1, 97, 3, 3));
    in[3] = graph_input(graph, DTYPE_F32, &SHAPE(1030, 17));
    in[4] = graph_input(graph, DTYPE_F32, &SHAPE(17, 1030));
    in[5] = graph_input(graph, DTYPE_F32, &SHAPE(1, 97, 96, 96));
    ConvOptions options = {
        .stride = 1, .pad_top = 1, .pad_left = 1, .pad_bottom = 1, .pad_right = 1};
    out[0] = op_conv2d(graph, in[0], in[1], NULL, options);
    graph_want_grad(graph, in[5]);
    Tensor *y = op_conv2d(graph, in[5], in[2], NULL, options);
    out[1] = op_matmul(graph, in[3], in[4], false, false);
    graph_backward_from(graph, y, in[0]);
    out[2] = in[5]->grad;
    for (int i = 0; i < N_LARGE; i++)
        graph_keep(graph, out[i]);
    return graph;
}

/* Products so large that they take the large tiles, which no op's test case is. */
static void
test_large_tiles(const void *staging)
{
    g_autoptr(Device) device = open_device(staging);
    if (!device)
        return;
    g_autoptr(Device) cpu = device_open("cpu", NULL);
    Tensor *in[6], *out[N_LARGE];
    int64_t counts[N_LARGE];
    Graph *graph = large_graph(in, out);
    for (int i = 0; i < N_LARGE; i++)
        counts[i] = tensor_count(out[i]);
    float **expected = run_on(cpu, graph, in, 6, out, N_LARGE);
    graph = large_graph(in, out);
    float **results = run_on(device, graph, in, 6, out, N_LARGE);
    for (int i = 0; i < N_LARGE; i++) {
        double largest = 0, error = 0;
        for (int64_t j = 0; j < counts[i]; j++) {
            largest = MAX(largest, ABS((double)expected[i][j]));
            error = MAX(error, ABS((double)expected[i][j] - results[i][j]));
        }
        g_test_message("result %d: error %.3g of %.3g", i, error, largest);
        g_assert_cmpfloat(largest, >, 0);
        g_assert_cmpfloat(error, <, 1e-5 * largest);
        g_free(expected[i]);
        g_free(results[i]);
    }
    g_free(expected);
    g_free(results);
}

/* Whatever stands in the cache folder, shaders work. */
static void
test_damaged_cache(const void *staging)
{
    for (int round = 0; round < 3; round++) {
        g_autoptr(Device) device = open_device(staging);
        if (!device)
            return;
        Tensor *x, *y;
        Program *program = heavy_program(device, 1, 10, &x, &y);
        check_heavy(program, x, y, 10, 3.0f);
        program_free(program);
        g_autofree char *folder = g_build_filename(g_get_user_cache_dir(), "torchlight", NULL);
        g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
        const char *name;
        while (dir && (name = g_dir_read_name(dir))) {
            g_autofree char *path = g_build_filename(folder, name, NULL);
            g_assert_true(g_file_set_contents(path, "damaged by the test", round ? 19 : 0, NULL));
        }
    }
}

/* In a process whose loader finds no driver the CPU stands alone. */
static void
test_no_driver(void)
{
    if (g_test_subprocess()) {
        g_setenv("VK_ICD_FILENAMES", "/nonexistent.json", TRUE);
        g_setenv("VK_DRIVER_FILES", "/nonexistent.json", TRUE);
        g_autoptr(GPtrArray) infos = device_list();
        g_assert_cmpuint(infos->len, ==, 1);
        g_autoptr(GError) error = NULL;
        g_assert_null(device_open("vulkan", &error));
        g_assert_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
        return;
    }
    g_test_trap_subprocess(NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
    g_test_trap_assert_passed();
}

static void
remove_folder(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;
    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *child = g_build_filename(path, name, NULL);
        if (g_file_test(child, G_FILE_TEST_IS_DIR))
            remove_folder(child);
        else
            g_unlink(child);
    }
    g_rmdir(path);
}

int
main(int argc, char **argv)
{
    g_autofree char *cache = g_dir_make_tmp("torchlight-cache-XXXXXX", NULL);
    g_setenv("XDG_CACHE_HOME", cache, TRUE);
    g_test_init(&argc, &argv, NULL);
    static const struct {
        const char *name;
        GTestDataFunc func;
    } tests[] = {
        {"buffers", test_buffers},
        {"suballocation", test_suballocation},
        {"replays", test_replays},
        {"folding", test_folding},
        {"slices", test_slices},
        {"cancel", test_cancel},
        {"out-of-memory", test_out_of_memory},
        {"damaged-cache", test_damaged_cache},
        {"large-tiles", test_large_tiles},
    };
    for (guint i = 0; i < G_N_ELEMENTS(tests); i++) {
        g_autofree char *mapped = g_strconcat("/vulkan/mapped/", tests[i].name, NULL);
        g_autofree char *staged = g_strconcat("/vulkan/staged/", tests[i].name, NULL);
        g_test_add_data_func(mapped, NULL, tests[i].func);
        g_test_add_data_func(staged, "staged", tests[i].func);
    }
    g_test_add_func("/vulkan/no-driver", test_no_driver);
    int result = g_test_run();
    remove_folder(cache);
    return result;
}
