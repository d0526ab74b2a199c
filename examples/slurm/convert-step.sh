#!/bin/bash
# The tasks of one job convert the snapshots that they have written, each on the node where its file lies.
# For the end of a training script, or for a job of its own on the same nodes:
#
#   srun convert-step.sh DUMPS ARCHIVES
#
# DUMPS may be a local disk; the archives are small enough for a shared file system.
set -euo pipefail

dumps=$1
archives=$2
mkdir -p "$archives"
exec snapq convert --skip-existing --threads 1 --rank-from slurm \
    "$dumps/rank$SLURM_PROCID.pickle" -o "$archives/rank$SLURM_PROCID.zip"
