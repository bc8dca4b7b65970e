#!/usr/bin/env bash
# Makes every cell of a list on a cluster: for each cell a Slurm job array of shards, and a job that
# joins them into the results when all are done.
#
#     cargo build -p experiments
#     experiments/sweeps/slurm.sh SHARDS [CELLS [OUT]]
#
# CELLS is a file like cells.txt, which is the default; OUT is results. Shards lie in OUT/shards, which
# all nodes have to see, until they are joined. A shard that failed is submitted again by the same
# command, and finished parts are not made again. CPUS (default 2) is what each shard asks for; other
# options of sbatch come from its own SBATCH_… variables.
set -euo pipefail

here=$(dirname "$0")
shards=${1:?how many shards, such as 16}
cells=${2:-$here/cells.txt}
out=${3:-results}
cpus=${CPUS:-2}
program=$PWD/target/debug/experiments
logs=$out/shards/logs
test -x "$program" || { echo "error: no $program: run cargo build -p experiments first" >&2; exit 1; }
mkdir -p "$logs"

grep -v -e '^#' -e '^$' "$cells" | while read -r cell; do
    name=$(tr -cs 'a-z0-9' - <<< "$cell" | sed 's/^-//; s/-$//')
    folder=$out/shards/$name
    array=$(sbatch --parsable --job-name=shard --array="1-$shards" --cpus-per-task="$cpus" \
        --output="$logs/$name-%a.log" \
        --wrap "'$program' ensemble $cell --shard \$SLURM_ARRAY_TASK_ID/$shards --threads $cpus --out '$folder'")
    # Joins read and write the same record: `singleton` lets one of them run at a time.
    join=$(sbatch --parsable --job-name=join --dependency="afterok:$array,singleton" \
        --kill-on-invalid-dep=yes \
        --output="$logs/$name-join.log" \
        --wrap "'$program' ensemble merge '$folder' --remove --out '$out'")
    echo "$name: shards $array, join $join"
done
