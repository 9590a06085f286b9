#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# embed.sh GLSLC INCLUDE_DIR OUT.h SHADER.comp...: compiles each shader to SPIR-V words in one
# C header with a table shader_table[] of stem, words, size.
set -eu
glslc=$1 include=$2 out=$3
shift 3
{
    echo '/* Made by shaders/embed.sh. */'
    echo '#include <stddef.h>'
    echo '#include <stdint.h>'
    for shader in "$@"; do
        stem=$(basename "$shader" .comp)
        printf 'static const uint32_t spirv_%s[] =\n' "$stem"
        "$glslc" --target-env=vulkan1.1 -O -mfmt=c -I "$include" -o - "$shader"
        echo ';'
    done
    echo 'static const struct { const char *name; const uint32_t *words; size_t size; } shader_table[] = {'
    for shader in "$@"; do
        stem=$(basename "$shader" .comp)
        printf '    { "%s", spirv_%s, sizeof spirv_%s },\n' "$stem" "$stem" "$stem"
    done
    echo '};'
} > "$out.tmp"
mv "$out.tmp" "$out"
