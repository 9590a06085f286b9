// SPDX-License-Identifier: Apache-2.0
//
// libFuzzer over the safetensors reader: whatever it accepts must be safe to look through.
//   CC=clang meson setup build-fuzz -Dfuzz=true -Dworkbench=false
//   ninja -C build-fuzz tests/fuzz/weights_fuzz
//   build-fuzz/tests/fuzz/weights_fuzz -max_len=4096
#include "compute/weights.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GBytes) bytes = g_bytes_new(data, size);
    g_autoptr(GError) error = NULL;
    g_autoptr(WeightsFile) file = weights_open_bytes(bytes, "fuzz", &error);

    if (!file) {
        g_assert(error && error->message);
        return 0;
    }
    for (int i = 0; i < weights_n_entries(file); i++) {
        const WeightsEntry *entry = weights_entry(file, i);
        g_autofree float *values = g_new(float, entry->n_elements + 1);

        g_assert(weights_find(file, entry->name) == entry);
        weights_read_f32(entry, values);
    }
    return 0;
}
