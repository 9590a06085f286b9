#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The compliance of repair: noise, pictures and damaged real traces are repaired (matrix), what
# comes out is judged by the tools of others (judge.sh), and both are told as tables.
#   tests/compliance/run.sh --seeds 100      the whole, on the sample captures
# A capture takes half a second of an idle machine, a seed makes 13 of them: 100 seeds some ten
# minutes there, and over an hour where eight others want the same two cores.
# A real trace that was not touched comes back with not a bit changed, and has the warnings that are
# its own (a reset, a lost segment): those are told apart.
# Exit status: 0 nothing is wrong, 1 something is, 2 wrong use, 77 a tool is missing.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
root=$(cd -- "$here/../.." && pwd -P)

usage() {
    cat <<TEXT
Usage: run.sh [OPTION...] [CAPTURE...]

  --seeds N           seeds of each kind (1)
  --first N           the first seed (0)
  --kinds KINDS       of noise,damaged,untouched,pictures (all)
  --pictures FOLDER   repair the PNG files of this folder too; may be given again
  --rows N            rows of a trace (1024)
  --output FOLDER     where captures that are bad and the tables stay (a temporary one)
  --matrix PROGRAM    the program that repairs (build/tests/compliance/matrix)
  --judge OPTION      an option for judge.sh: --tshark-only, --no-replay

Without a CAPTURE the real traces are those of data/samples.
TEXT
}

seeds=1 first=0 output='' matrix=$root/build/tests/compliance/matrix
kinds=noise,damaged,untouched,pictures rows=1024
pictures=() captures=() judge=()
while (($#)); do
    case $1 in
    --seeds) seeds=$2 && shift ;;
    --first) first=$2 && shift ;;
    --kinds) kinds=$2 && shift ;;
    --rows) rows=$2 && shift ;;
    --pictures) pictures+=(--pictures "$2") && shift ;;
    --output) output=$2 && shift ;;
    --matrix) matrix=$2 && shift ;;
    --judge) judge+=("$2") && shift ;;
    --help) usage && exit 0 ;;
    -*) usage >&2 && exit 2 ;;
    *) captures+=("$1") ;;
    esac
    shift
done
((${#captures[@]})) || captures=("$root"/data/samples/*.pcap)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
[[ $output ]] || output=$scratch/out
mkdir -p "$output"
: >"$output/cases.txt"
: >"$output/verdicts.txt"
rm -f "$output/fields.txt"

# One batch of cases is written, judged, and removed but for what is bad.
batch() {
    local of=$1 status=0
    shift
    "$matrix" -o "$scratch/batch" --rows "$rows" --kinds "$of" "$@" >>"$output/cases.txt" || status=$?
    ((status < 2)) || exit 2
    [[ ! -e $scratch/batch/fields.csv ]] || tail -n +2 "$scratch/batch/fields.csv" >>"$output/fields.txt"
    find "$scratch/batch" -name '*.pcap*' | sort >"$scratch/list"
    [[ -s $scratch/list ]] || return 0
    status=0
    "$here/judge.sh" "${judge[@]}" --list "$scratch/list" >"$scratch/verdicts" || status=$?
    ((status < 2)) || exit 77
    sed -n "s|$scratch/batch/||; s|\.pcap\(ng\)*: |: |; /^\(ok \|bad\) /p" "$scratch/verdicts" \
        >>"$output/verdicts.txt"
    while read -r name; do
        cp "$scratch/batch/$name" "$output/"
    done < <(sed -n "s|^bad $scratch/batch/\([^:]*\): .*|\1|p" "$scratch/verdicts")
    rm -rf "$scratch/batch"
}

has_kind() { [[ ,$kinds, == *,$1,* ]]; }

for ((seed = first; seed < first + seeds; seed++)); do
    for kind in noise damaged; do
        has_kind $kind && batch $kind --first "$seed" --seeds 1 "${captures[@]}"
    done
done
has_kind untouched && batch untouched "${captures[@]}"
has_kind pictures && ((${#pictures[@]})) && batch pictures "${pictures[@]}"

# Groups: the name without seed and capture.
awk '
    { group = $2; sub(/-[0-9][0-9][0-9][0-9].*/, "", group); sub(/:$/, "", group)
      if (group ~ /^(untouched|picture)-/) sub(/-.*/, "", group)
      if (!(group in files)) order[++n] = group
      files[group]++; if ($1 == "ok") ok[group]++ }
    END { printf "\n%-24s %6s %6s\n", "judged by the tools", "files", "ok"
          for (i = 1; i <= n; i++) printf "%-24s %6d %6d\n", order[i], files[order[i]], ok[order[i]] }
' "$output/verdicts.txt"

# Why, the most frequent first.
reasons_of() {
    awk '
    { name = $1; sub(/:$/, "", name); line = substr($0, length($1) + 2)
      k = split(line, part, " [|] ")
      for (i = 1; i <= k; i++) {
          reason = part[i]; packets = 1
          if (match(reason, / \(x[0-9]+, first [0-9]+\)/)) {
              detail = substr(reason, RSTART, RLENGTH); reason = substr(reason, 1, RSTART - 1)
              packets = detail; gsub(/ \(x|,.*/, "", packets)
          } else detail = ""
          sub(/[0-9]+ of [0-9]+/, "# of #", reason)
          files[reason]++; total[reason] += packets
          if (!(reason in example)) example[reason] = name detail
      } }
    END { for (reason in files)
              printf "%6d files %7d packets  %s  [%s]\n", files[reason], total[reason], reason, example[reason] }
    ' | sort -rn
}
sed -n 's/^bad //p' "$output/verdicts.txt" | grep -v '^untouched-' | reasons_of >"$output/reasons.txt" || true
[[ ! -s $output/reasons.txt ]] || { printf '\nwhy\n' && cat "$output/reasons.txt"; }
sed -n 's/^bad //p' "$output/verdicts.txt" | grep '^untouched-' | reasons_of >"$output/own.txt" || true
[[ ! -s $output/own.txt ]] || { printf "\nuntouched real traces' own\n" && cat "$output/own.txt"; }
sed -n 's/^case \(untouched-.*\): .* rows of .*, \([1-9][0-9]*\) bits changed/\1 \2/p' "$output/cases.txt" \
    >"$output/changed.txt"
[[ ! -s $output/changed.txt ]] || {
    printf '\nuntouched real traces that came back changed (bits), as what is not legal in itself must\n'
    sed 's/^/  /' "$output/changed.txt"
}

# Damaged real traces: what of the flipped bits came back, and what was changed without need.
if [[ -s $output/fields.txt ]]; then
    awk -F, '
        { key = $1 "," $2 "," $3; flipped[key] += $4; restored[key] += $5; intact[key] += $6
          wronged[key] += $7 }
        END { for (key in flipped)
                  printf "%s,%d,%d,%d,%d\n", key, flipped[key], restored[key], intact[key], wronged[key] }
    ' "$output/fields.txt" | sort >"$scratch/fields.csv"
    { echo group,field,determined,flipped,restored,intact,wronged && cat "$scratch/fields.csv"; } \
        >"$output/fields.csv"
    rm "$output/fields.txt"
    awk -F, '
        { key = $1 " " $3; f[key] += $4; r[key] += $5; i[key] += $6; w[key] += $7
          if (!(key in seen)) { seen[key] = 1; order[++n] = key } }
        END { printf "\n%-20s %-10s %10s %9s %12s %9s\n", "bits", "determined", "flipped", "restored", "intact", "wronged"
              for (k = 1; k <= n; k++) { split(order[k], part, " "); key = order[k]
                  printf "%-20s %-10s %10d %8.3f%% %12d %9d\n", part[1], part[2], f[key],
                      f[key] ? 100 * r[key] / f[key] : 100, i[key], w[key] } }
    ' "$scratch/fields.csv"
    printf '\nfields that are determined, and where not all came back or some were wronged\n'
    awk -F, '$3 == "yes" && ($4 != $5 || $7 > 0) {
        printf "%-20s %-14s %8d flipped %8.3f%% restored, %d of %d intact wronged\n", $1, $2, $4,
            $4 ? 100 * $5 / $4 : 100, $7, $6 }' "$scratch/fields.csv"
fi

n_failures=$(grep -c '^FAIL' "$output/cases.txt" || true)
if ((n_failures)); then
    printf '\n%d failures of repair itself, such as\n' "$n_failures"
    grep '^FAIL' "$output/cases.txt" | head -n 20
fi
n_cases=$(grep -c '^case' "$output/cases.txt" || true)
n_bad=$(grep -c '^bad' < <(grep -v ' untouched-' "$output/verdicts.txt") || true)
printf '\n%d cases, %d bad, %d failures of repair itself, %d s\n' "$n_cases" "$n_bad" "$n_failures" "$SECONDS"
((n_bad == 0 && n_failures == 0))
