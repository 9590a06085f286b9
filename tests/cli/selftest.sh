#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The self-test as a user runs it; the ops and golden data themselves are tested elsewhere.
# shellcheck source=tests/cli/support.sh
. "$(dirname -- "$0")/support.sh"

run 0 selftest --device cpu --filter linear
says out '^ok +op +linear' && says out 'passed'
run 0 selftest --device cpu --filter 'silu*' --json && says out '"passed" : true'
fails 'no-such-op' selftest --device cpu --filter no-such-op
fails 'no-goldens' selftest --device cpu --filter linear --goldens no-goldens
fails 'no-device' selftest --device no-device

goldens=$source_root/tests/goldens/A
[[ -d $goldens ]] || goldens=$shared/goldens/A
if [[ -d $goldens ]]; then
    run 0 selftest --device cpu --goldens "$goldens" --filter tokenizer
    says out '^ok +tokenizer'
    # A golden that is not met is a line and a status.
    mkdir broken
    cp -r "$goldens/." broken/
    if [[ -f broken/goldens/INDEX.tsv && -f broken/model/tokenizer/merges.txt ]]; then
        sed -i '5,9d' broken/model/tokenizer/merges.txt
        n_checks=$((n_checks + 1))
        "$torchlight" selftest --device cpu --goldens broken --filter tokenizer >out 2>err
        (($? == 1)) || wrong 'a broken tokenizer passes'
    fi
fi
finish
