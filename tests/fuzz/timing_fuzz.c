/* SPDX-License-Identifier: Apache-2.0 */
/* Files of timing models. The first byte of an input chooses: even, the rest is the file; odd, a
 * model is fitted to traces that are drawn, and the choices that follow write over its bytes. A
 * model that is read is written again as it is, and the times it gives never go back. */
#include <string.h>

#include "app/trace/flow.h"
#include "app/trace/random.h"
#include "app/trace/timing_model.h"
#include "tests/fuzz/support.h"
#include "tests/trace/support.h"

enum { MAX_TRACES = 3, MAX_ROWS = 64, MAX_EDITS = 16 };

static Trace *
draw(uint8_t seed, uint8_t scale)
{
    Trace *trace = made_trace("torchlight", TIMING_MIN_ROWS + seed % MAX_ROWS, seed);
    Random random = random_seeded(seed);

    for (int row = 1; row < trace->n_rows; row++)
        trace->rows[row].time_ns = trace->rows[row - 1].time_ns +
                                   (int64_t)random_below(&random, G_MAXUINT32) * (1 << scale % 8);
    return trace;
}

static GByteArray *
fit(FuzzInput *input)
{
    g_autoptr(TimingFit) fit = timing_fit_new(fuzz_u8(input));
    int n_traces = fuzz_u8(input) % MAX_TRACES + 1;
    g_autoptr(TimingModel) model = NULL;
    GByteArray *bytes;

    for (int i = 0; i < n_traces; i++) {
        uint8_t seed = fuzz_u8(input);
        g_autoptr(Trace) trace = draw(seed, fuzz_u8(input));
        g_assert_true(timing_fit_add(fit, trace, seed & 1 ? "web" : "dns, wireguard", "x.pcap"));
    }
    model = timing_fit_finish(fit, NULL);
    bytes = g_bytes_unref_to_array(timing_model_to_bytes(model));
    for (int n = fuzz_u8(input) % MAX_EDITS; n > 0; n--) {
        guint32 at = fuzz_u32(input) % bytes->len;
        bytes->data[at] = fuzz_u8(input);
    }
    return bytes;
}

static void
check_times(const TimingModel *model, const char *caption)
{
    g_autoptr(Trace) trace = made_trace("torchlight", 40, 7);

    timing_model_sample(model, trace, caption, 3);
    for (int row = 1; row < trace->n_rows; row++)
        g_assert_cmpint(trace->rows[row - 1].time_ns, <=, trace->rows[row].time_ns);
}

static void
check_model(const TimingModel *model)
{
    g_autoptr(GBytes) first = timing_model_to_bytes(model);
    Bytes bytes = {.data = g_bytes_get_data(first, NULL), .size = g_bytes_get_size(first)};
    g_autoptr(TimingModel) again = timing_model_from_bytes(bytes, "again", NULL);
    g_autoptr(GBytes) second = NULL;

    g_assert_nonnull(again);
    second = timing_model_to_bytes(again);
    g_assert_true(g_bytes_equal(first, second));
    for (guint i = 0; i < timing_model_n_classes(model); i++) {
        TimingSummary summary;

        timing_model_summarise(model, i, &summary);
        g_assert_true(g_utf8_validate(summary.caption, -1, NULL));
        check_times(model, timing_model_caption(model, i));
    }
    for (guint i = 0; i < timing_model_n_sources(model); i++)
        g_assert_true(g_utf8_validate(timing_model_source(model, i), -1, NULL));
    check_times(model, NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzInput input = {data, size};
    bool is_fitted = fuzz_u8(&input) & 1;
    g_autoptr(GByteArray) bytes = is_fitted ? fit(&input) : g_byte_array_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(TimingModel) model = NULL;
    FuzzFile file;

    if (!is_fitted)
        g_byte_array_append(bytes, input.data, (guint)input.size);
    fuzz_file_init(&file, bytes->data, bytes->len);
    model = timing_model_read(file.path, &error);
    if (fuzz_is_read(model, error, file.path))
        check_model(model);
    fuzz_file_clear(&file);
    return 0;
}
