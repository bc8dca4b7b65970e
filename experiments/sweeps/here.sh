#!/usr/bin/env bash
# Makes every cell of a list on this machine, one after the other:
#
#     experiments/sweeps/here.sh [CELLS [OPTION…]]
#
# CELLS is a file like cells.txt, which is the default; the options go to every cell, such as
# `--out DIR`. Interrupted, the same command at the same revision goes on where it stopped.
set -euo pipefail

here=$(dirname "$0")
cells=${1:-$here/cells.txt}
shift $(($# > 0 ? 1 : 0))

grep -v -e '^#' -e '^$' "$cells" | while read -r cell; do
    # Options in a cell's line are words.
    # shellcheck disable=SC2086
    cargo run -q -p experiments -- ensemble $cell "$@" < /dev/null
done
