#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# embed.sh GLSLC SHADERS OUT.h OUT.d: compiles every SHADERS/*.comp to SPIR-V words in one C header
# with a table shader_table[] of stem, words and size in bytes, in the plain form and in the one that
# knows 16-bit storage (storage.glsl), and writes for ninja what it read: the folder itself stands
# there too, so that a new shader is picked up. *_khr.comp need GL_KHR_cooperative_matrix and are left
# out where GLSLC does not know it (before release 2023.7).
set -eu
glslc=$1 folder=$2 out=$3 depfile=$4
trap 'rm -f "$out.tmp"' EXIT
shaders=$(LC_ALL=C ls "$folder" | grep '\.comp$')
if ! printf '#version 450\n#extension GL_KHR_cooperative_matrix : require\nvoid main() {}\n' |
    "$glslc" --target-env=vulkan1.1 -fshader-stage=compute -o /dev/null - 2>/dev/null; then
    shaders=$(printf '%s\n' "$shaders" | grep -v '_khr\.comp$')
fi
{
    echo '/* Made by shaders/embed.sh. */'
    echo '#include <stddef.h>'
    echo '#include <stdint.h>'
    for shader in $shaders; do
        for form in '' _half; do
            define=${form:+-DSTORES_HALF}
            printf 'static const uint32_t spirv_%s%s[] =\n' "${shader%.comp}" "$form"
            "$glslc" --target-env=vulkan1.1 -O -mfmt=c $define -I "$folder" -o - "$folder/$shader"
            echo ';'
        done
    done
    echo 'static const struct {'
    echo '    const char *name;'
    echo '    struct {'
    echo '        const uint32_t *words;'
    echo '        size_t size;'
    echo '    } plain, half;'
    echo '} shader_table[] = {'
    for shader in $shaders; do
        stem=${shader%.comp}
        printf '    {"%s", {spirv_%s, sizeof spirv_%s},\n' "$stem" "$stem" "$stem"
        printf '     {spirv_%s_half, sizeof spirv_%s_half}},\n' "$stem" "$stem"
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
