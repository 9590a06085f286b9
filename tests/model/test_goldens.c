/* SPDX-License-Identifier: Apache-2.0 */
/* The golden run on the CPU, a test a file; TORCHLIGHT_TEST_DEVICE takes another device. Set A is
 * in tests/goldens, and so is what we made ourselves; B is looked for in TORCHLIGHT_SHARED, else in
 * ../shared. */
#include "compute/selftest/golden.h"

#include <glib.h>
#include <string.h>

static const char *const files_a[] = {
    "tokenizer",       "ops",        "blocks",           "text_encoder", "unet", "unet2",
    "controlnet",      "vae",        "lora_forward",     "sampling_*",   "e2e",  "train_lora",
    "train_lora_rect", "train_full", "train_controlnet", "train_vae",
};

static const char *const files_b[] = {"*"}; /* all of them: a file that nothing checks fails */

static const char *const files_own[] = {"sd1_train_ten"}; /* tests/goldens/own */

typedef struct {
    Device *device;
    const char *dir;
    const char *filter;
} Case;

static void
print_line(const GoldenLine *line, void *data)
{
    g_test_message("%-24s %-56s %4d %9.1e %9.1e %s", line->file, line->name, line->n, line->error,
                   line->tolerance, line->passed ? "ok" : "FAILED");
}

static void
test_file(const void *data)
{
    const Case *c = data;
    GError *error = NULL;

    if (!g_file_test(c->dir, G_FILE_TEST_IS_DIR)) {
        g_autofree char *message = g_strdup_printf("%s is absent (TORCHLIGHT_SHARED)", c->dir);
        g_test_skip(message);
        return;
    }
    g_autoptr(GPtrArray) lines =
        golden_run(c->device, c->dir, c->filter, print_line, NULL, NULL, &error);

    g_assert_no_error(error);
    g_assert_nonnull(lines);
    g_assert_cmpuint(lines->len, >, 0);
    for (guint i = 0; i < lines->len; i++) {
        const GoldenLine *line = lines->pdata[i];
        if (!line->passed)
            g_test_fail_printf("%s: %s is off by %g, tolerance %g", line->file, line->name,
                               line->error, line->tolerance);
    }
}

/* A folder without golden data is an error, not a pass. */
static void
test_absent(const void *data)
{
    const Case *c = data;
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) lines =
        golden_run(c->device, "/nonexistent/goldens", NULL, NULL, NULL, NULL, &error);

    g_assert_null(lines);
    g_assert_nonnull(error);
    g_assert_nonnull(strstr(error->message, "/nonexistent/goldens"));
}

static void
add_tests(Case *cases, Device *device, const char *dir, const char *set, const char *const *files,
          guint n)
{
    for (guint i = 0; i < n; i++) {
        g_autofree char *path = g_strdup_printf("/goldens/%s/%s", set, files[i]);
        cases[i] = (Case){device, dir, files[i]};
        g_test_add_data_func(path, &cases[i], test_file);
    }
}

int
main(int argc, char **argv)
{
    const char *root = g_getenv("TORCHLIGHT_SOURCE_ROOT");
    const char *shared = g_getenv("TORCHLIGHT_SHARED");
    const char *name = g_getenv("TORCHLIGHT_TEST_DEVICE");
    Case cases_a[G_N_ELEMENTS(files_a)], cases_b[G_N_ELEMENTS(files_b)];
    Case cases_own[G_N_ELEMENTS(files_own)];
    g_autoptr(GError) error = NULL;

    g_test_init(&argc, &argv, NULL);
    Device *device = device_open(name ? name : "cpu", &error);
    g_assert_no_error(error);
    g_autofree char *beside = g_build_filename(root ? root : ".", "..", "shared", NULL);
    g_autofree char *a = g_build_filename(root ? root : ".", "tests", "goldens", "A", NULL);
    g_autofree char *b = g_build_filename(shared ? shared : beside, "goldens", "B", NULL);
    add_tests(cases_a, device, a, "A", files_a, G_N_ELEMENTS(files_a));
    add_tests(cases_b, device, b, "B", files_b, G_N_ELEMENTS(files_b));
    g_autofree char *own = g_build_filename(root ? root : ".", "tests", "goldens", "own", NULL);
    add_tests(cases_own, device, own, "own", files_own, G_N_ELEMENTS(files_own));
    g_test_add_data_func("/goldens/absent", &cases_a[0], test_absent);
    int status = g_test_run();
    device_close(device);
    return status;
}
