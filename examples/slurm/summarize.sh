#!/bin/bash
# Summarizes the archives of a job when they are there.
#
#   sbatch --dependency=afterok:JOB summarize.sh ARCHIVES [OPTION…]
#
# The options are those of `snapq summary`, such as --group-by label.pp or --max-peak 70GiB. The job fails
# with exit code 1 when a limit is exceeded, and with 3 when an archive cannot be used.
#SBATCH --job-name=snapq-summary
#SBATCH --output=snapq-summary-%j.out
#SBATCH --time=00:10:00
set -euo pipefail

archives=$1
shift
exec snapq summary "$archives" --across ranks "$@" --force --output "$archives/summary.txt"
