#!/bin/bash
# One task of a job array converts the snapshot of one rank, on any node that sees the files.
#
#   sbatch --array=0-4095%256 convert-array.sh DUMPS ARCHIVES
#
# DUMPS holds rank0.pickle, rank1.pickle, …; ARCHIVES gets rank0.zip, rank1.zip, …. Submitted again, it
# converts only what is missing. A task whose snapshot is damaged fails alone, with exit code 3.
#SBATCH --job-name=snapq-convert
#SBATCH --output=snapq-convert-%A_%a.out
#SBATCH --cpus-per-task=1
#SBATCH --time=00:30:00
set -euo pipefail

dumps=$1
archives=$2
mkdir -p "$archives"
exec snapq convert --skip-existing --threads 1 --rank-from env:SLURM_ARRAY_TASK_ID \
    "$dumps/rank$SLURM_ARRAY_TASK_ID.pickle" -o "$archives/rank$SLURM_ARRAY_TASK_ID.zip"
