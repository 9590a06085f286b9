#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# embed.sh GLSLC SHADERS OUT.h OUT.d: compiles every SHADERS/*.comp to SPIR-V words in one C header
# with a table shader_table[] of stem, words and size in bytes, and writes for ninja what it read:
# the folder itself stands there too, so that a new shader is picked up.
set -eu
glslc=$1 folder=$2 out=$3 depfile=$4
trap 'rm -f "$out.tmp"' EXIT
shaders=$(LC_ALL=C ls "$folder" | grep '\.comp$')
{
    echo '/* Made by shaders/embed.sh. */'
    echo '#include <stddef.h>'
    echo '#include <stdint.h>'
    for shader in $shaders; do
        printf 'static const uint32_t spirv_%s[] =\n' "${shader%.comp}"
        "$glslc" --target-env=vulkan1.1 -O -mfmt=c -I "$folder" -o - "$folder/$shader"
        echo ';'
    done
    echo 'static const struct {'
    echo '    const char *name;'
    echo '    const uint32_t *words;'
    echo '    size_t size;'
    echo '} shader_table[] = {'
    for shader in $shaders; do
        stem=${shader%.comp}
        printf '    {"%s", spirv_%s, sizeof spirv_%s},\n' "$stem" "$stem" "$stem"
    done
    echo '};'
} > "$out.tmp"
{
    printf '%s:' "$out"
    for source in "$folder" "$folder"/*.comp "$folder"/*.glsl; do
        printf ' \\\n %s' "$(printf '%s' "$source" | sed 's/ /\\ /g')"
    done
    echo
} > "$depfile"
mv "$out.tmp" "$out"
