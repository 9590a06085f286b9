/* SPDX-License-Identifier: Apache-2.0 */
/* A picture to a legal capture: PNG, trace, repair, pcap and back. The first bytes of an input say
 * how it is repaired and what the rest is: a PNG file, one whose checksums are made right, one that
 * is built from choices, or choices for a trace. Whatever it is, every packet of the repaired trace
 * is written and legal, and a second repair changes nothing. */
#include <string.h>

#include "app/repair/repair.h"
#include "app/trace/capture.h"
#include "app/trace/image.h"
#include "tests/fuzz/picture_input.h"
#include "tests/repair/legal.h"
#include "tests/trace/support.h"

static const TraceSides all_sides =
    TRACE_HAS_TIMES | TRACE_HAS_ADDRESSES | TRACE_HAS_DIRECTIONS | TRACE_HAS_LENGTHS;

static void
check_report(const RepairReport *report, const Trace *drawn, const Trace *repaired)
{
    g_autofree char *json = repair_report_to_json(report);
    g_autofree char *table = repair_report_to_table(report);
    guint64 n_bits = 0;

    g_assert_true(g_utf8_validate(json, -1, NULL) && g_utf8_validate(table, -1, NULL));
    g_assert_cmpint(report->n_rows_in, ==, drawn->n_rows);
    g_assert_cmpint(report->n_rows_out, ==, repaired->n_rows);
    for (guint i = 0; i < report->changes->len; i++)
        n_bits += g_array_index(report->changes, RepairChange, i).n_bits;
    g_assert_cmpuint(n_bits, ==, report->n_bits_changed);
}

static void
check_settled(const Trace *repaired, const RepairOptions *options)
{
    g_autoptr(RepairReport) report = NULL;
    g_autoptr(Trace) again = repair_trace(repaired, options, &report, NULL);

    g_assert_nonnull(again);
    assert_same_trits("repaired again", repaired, again);
    assert_same_sides("repaired again", repaired, again, all_sides);
    g_assert_cmpuint(report->changes->len, ==, 0);
    for (int side = 0; side < N_REPAIR_SIDES; side++)
        g_assert_cmpint(report->n_sides[side], ==, 0);
}

static void
check_written(const Trace *repaired, const RepairOptions *options, uint8_t choice)
{
    CaptureWriteOptions write = {
        .policy = {.payload = options->payload,
                   .seed = options->seed,
                   .macs = choice & 8 ? MACS_RANDOM : MACS_DERIVED},
        .link = choice & 16 ? CAPTURE_RAW : CAPTURE_ETHERNET,
        .snaplen = choice % 8 == 7 ? choice : 0,
        .comment = "a comment",
    };
    char *folder = scratch_new();
    g_autofree char *path = scratch_path(folder, options->seed & 1 ? "out.pcap" : "out.pcapng");
    g_autoptr(GError) error = NULL;
    g_autoptr(Trace) again = NULL;
    int n_dropped = -1;

    g_assert_true(trace_write_capture(repaired, path, &write, &n_dropped, NULL));
    g_assert_cmpint(n_dropped, ==, 0);
    again = trace_read_capture(path, repaired->layout, 0, NULL, &error);
    g_assert_no_error(error);
    if (!write.snaplen) {
        assert_same_trits("written", repaired, again);
        assert_same_sides("written", repaired, again, TRACE_HAS_LENGTHS);
    }
    scratch_free(folder);
}

/* Nothing tells that a packet was captured and not drawn: the strict rules hold for all. */
static bool
is_drawn(const Trace *trace, const RepairOptions *options)
{
    uint32_t checksum;

    for (int row = 0; row < trace->n_rows; row++) {
        if (trace_get(trace, row, FIELD_IPV4_CKSUM, &checksum) && checksum == 0)
            return false;
    }
    return trace->sides == 0 && !trace->layout->transport_only && !options->mid_stream;
}

static void
check_repair(const Trace *drawn, const RepairOptions *options, uint8_t choice)
{
    LegalOptions legal = {options->payload, options->seed, is_drawn(drawn, options)};
    g_autoptr(RepairReport) report = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(Trace) repaired = repair_trace(drawn, options, &report, &error);
    g_autofree char *fault = NULL;

    g_assert((repaired != NULL) != (error != NULL));
    if (!repaired)
        return;
    check_report(report, drawn, repaired);
    if (options->without) /* anything may be wrong then */
        return;
    fault = legal_find_fault(repaired, &legal);
    if (fault)
        g_error("%s", fault);
    check_settled(repaired, options);
    check_written(repaired, options, choice);
}

static Trace *
read_png(const GByteArray *png, const char *layout_name)
{
    g_autoptr(GError) error = NULL;
    FuzzFile file;
    Trace *trace;

    fuzz_file_init(&file, png->data, png->len);
    trace = trace_read_png(file.path, layout_name, NULL, &error);
    fuzz_is_read(trace, error, file.path);
    fuzz_file_clear(&file);
    return trace;
}

static Trace *
draw(FuzzInput *input, uint8_t mode)
{
    g_autoptr(GByteArray) png = g_byte_array_new();

    if (mode % 4 == 3)
        return picture_make_trace(input);
    if (mode % 4 == 2) {
        picture_build(png, input);
    } else {
        g_byte_array_append(png, input->data, (guint)input->size);
        if (mode % 4 == 1)
            picture_mend_checksums(png);
    }
    return read_png(png, mode & 4 ? "nprint" : NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzInput input = {data, size};
    uint8_t mode = fuzz_u8(&input), choice = fuzz_u8(&input), more = mode / 8;
    const char *without[2] = {NULL, NULL};
    RepairOptions options = {.seed = choice >> 2,
                             .payload = choice & 1 ? PAYLOAD_RANDOM : PAYLOAD_ZEROS,
                             .addresses = (AddressPolicy)(more % (ADDRESSES_PERMUTE + 1)),
                             .mid_stream = more == 30};
    g_autoptr(Trace) trace = draw(&input, mode);
    g_autoptr(Trace) drawn = NULL;
    int n_rules;
    const RepairRule *const *rules = repair_rules(&n_rules);

    if (!trace)
        return 0;
    drawn = trace_slice(trace, 0, MIN(trace->n_rows, PICTURE_MAX_ROWS));
    if (choice & 2)
        options.template_trace = drawn;
    if (more == 31) {
        without[0] = rules[choice % n_rules]->id;
        options.without = without;
    }
    check_repair(drawn, &options, more);
    return 0;
}
