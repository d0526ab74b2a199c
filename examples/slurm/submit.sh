#!/bin/bash
# Submits the conversion of all snapshots of a folder, and the summary that waits for it.
#
#   submit.sh DUMPS ARCHIVES [RANKS]
#
# RANKS is the number of ranks; without it, the files rank*.pickle in DUMPS are counted. Prints the numbers of
# both jobs. The summary runs only when every rank was converted (afterok); --dependency=afterany would
# summarize what there is.
set -euo pipefail

here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
dumps=$1
archives=$2
ranks=${3:-$(find "$dumps" -maxdepth 1 -name 'rank*.pickle' | wc -l)}
if ((ranks == 0)); then
    echo "there is no rank*.pickle in $dumps" >&2
    exit 2
fi
convert=$(sbatch --parsable --array="0-$((ranks - 1))%256" "$here/convert-array.sh" "$dumps" "$archives")
summary=$(sbatch --parsable --dependency="afterok:$convert" --kill-on-invalid-dep=yes \
    "$here/summarize.sh" "$archives")
echo "$convert $summary"
