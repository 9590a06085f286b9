/* SPDX-License-Identifier: Apache-2.0 */
/* tshark, where it is installed, finds no warning, no error and no bad checksum in what repair
 * writes. tests/compliance has more of this, with more tools. */
#include "app/repair/repair.h"

#include <string.h>

#include "tests/repair/drawings.h"
#include "tests/trace/support.h"

#define BAD_SUMS                                                                                   \
    "_ws.malformed || ip.checksum.status==0 || tcp.checksum.status==0 || udp.checksum.status==0 "  \
    "|| icmp.checksum.status==0 || "
static const char errors[] = BAD_SUMS "_ws.expert.severity==8388608";
static const char warnings[] = BAD_SUMS "_ws.expert.severity>=6291456";

/* What tshark prints for the packets a filter finds, in two passes, as its window has them; NULL
 * after skipping where it cannot run. */
static char *
run_tshark(const char *path, const char *filter)
{
    const char *const command[] = {"tshark", "-2",
                                   "-r",     path,
                                   "-o",     "ip.check_checksum:TRUE",
                                   "-o",     "tcp.check_checksum:TRUE",
                                   "-o",     "udp.check_checksum:TRUE",
                                   "-Y",     filter,
                                   NULL};
    g_autofree char *out = NULL;
    int status = 0;

    if (!g_spawn_sync(NULL, (char **)command, NULL,
                      G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &out, NULL,
                      &status, NULL)) {
        g_test_skip("tshark is not installed");
        return NULL;
    }
    g_assert_true(g_spawn_check_wait_status(status, NULL));
    return g_steal_pointer(&out);
}

static bool
assert_clean(const char *name, const char *scratch, const Trace *drawn,
             const RepairOptions *options)
{
    g_autofree char *path = scratch_path(scratch, "repaired.pcap");
    CaptureWriteOptions write = {.policy = {.payload = options->payload, .seed = options->seed}};
    g_autoptr(GError) error = NULL;
    g_autoptr(Trace) repaired = repair_trace(drawn, options, NULL, &error);
    int n_dropped = 0;

    g_assert_no_error(error);
    trace_write_capture(repaired, path, &write, &n_dropped, &error);
    g_assert_no_error(error);
    g_assert_cmpint(n_dropped, ==, 0);
    g_autofree char *faults = run_tshark(path, warnings);
    if (faults && *faults)
        g_error("%s: %s", name, faults);
    return faults != NULL;
}

static void
test_noise(void)
{
    g_autofree char *scratch = scratch_new();
    bool goes_on = true;

    for (int drawing = 0; drawing < N_DRAWINGS && goes_on; drawing++) {
        RepairOptions options = {.seed = 4};
        g_autoptr(Trace) drawn = drawing_new(drawing, layout_nth(drawing % 2), 500, 11);
        goes_on = assert_clean(drawing_name(drawing), scratch, drawn, &options);
    }
    scratch_free(g_steal_pointer(&scratch));
}

static void
test_samples(void)
{
    static const char *const names[] = {"none_web_http2_00003.pcap", "none_dns_udp53_00001.pcap",
                                        "openvpn-tcp_web_http2_00001.pcap",
                                        "wireguard_voip_rtp_00001.pcap"};
    g_autofree char *scratch = scratch_new();
    bool goes_on = true;

    for (guint i = 0; i < G_N_ELEMENTS(names) && goes_on; i++) {
        g_autoptr(Trace) real = sample_new(names[i], layout_default(), 600);
        if (!real)
            break;
        RepairOptions options = {.seed = i, .template_trace = real};
        g_autoptr(Trace) damaged = sample_with_flips(real, 0.02, i);
        g_autoptr(Trace) picture = sample_as_picture(real, 0.05, i);
        goes_on = assert_clean(names[i], scratch, i % 2 ? real : damaged, &options) &&
                  assert_clean(names[i], scratch, picture, &options);
    }
    scratch_free(g_steal_pointer(&scratch));
}

/* Real packets, cut after their headers, with the checksums of what was cut: as they are, not
 * repaired, the payload that is written behind them makes every checksum right. */
static void
test_unrepaired(void)
{
    g_autofree char *folder = source_path("data/samples");
    g_autofree char *scratch = scratch_new();
    g_autofree char *path = scratch_path(scratch, "written.pcap");
    g_autoptr(GPtrArray) samples = list_files(folder, ".pcap");
    g_autofree char *faults = g_strdup("");

    for (guint i = 0; i < samples->len && faults; i += 2) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Trace) real =
            trace_read_capture(g_ptr_array_index(samples, i), layout_default(), 0, NULL, &error);
        g_assert_no_error(error);
        trace_write_capture(real, path, NULL, NULL, &error);
        g_assert_no_error(error);
        g_free(faults);
        faults = run_tshark(path, errors);
        if (faults && *faults)
            g_error("%s: %s", (const char *)g_ptr_array_index(samples, i), faults);
    }
    scratch_free(g_steal_pointer(&scratch));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tshark/noise", test_noise);
    g_test_add_func("/tshark/samples", test_samples);
    g_test_add_func("/tshark/unrepaired", test_unrepaired);
    return g_test_run();
}
