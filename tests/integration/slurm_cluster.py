"""A Slurm of two nodes on this machine, in namespaces of its own, which end with everything that runs in them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

PROGRAMS = ("slurmctld", "slurmd", "sbatch", "srun", "sinfo", "unshare", "ip")
NODES = ("node1", "node2")
START_LIMIT_S = 60

# Nodes are this machine under two names: slurmd listens on a port for each. Without munge, so only in a namespace
# that nobody else can reach.
CONFIGURATION = """\
ClusterName=test
SlurmctldHost=controller(127.0.0.1)
AuthType=auth/none
CredType=cred/none
SlurmUser=root
SlurmdUser=root
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc={folder}/jobs.txt
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
SchedulerParameters=batch_sched_delay=0
DependencyParameters=kill_invalid_depend
NodeName=node1 NodeHostname=controller NodeAddr=127.0.0.1 Port=6818 CPUs=4
NodeName=node2 NodeHostname=controller NodeAddr=127.0.0.1 Port=6819 CPUs=4
PartitionName=all Nodes=ALL Default=YES State=UP MaxTime=INFINITE
"""

# Slurm looks for an address that is not of the loopback network, so the loopback device gets one, of the range that is
# reserved for documentation. The script that follows finds the daemons running.
START = """\
set -eu
ip link set lo up
ip addr add 192.0.2.1/32 dev lo
hostname controller
slurmctld -D > controller.out 2>&1 &
for node in node1 node2; do slurmd -D -N "$node" > "$node.out" 2>&1 & done
for try in $(seq {tries}); do
    if [ "$(sinfo -h -N -t idle -o %n 2> /dev/null | wc -l)" = 2 ]; then exec bash "$1"; fi
    sleep 0.1
done
echo "the nodes did not start" >&2
exit 99
"""


def why_not_here() -> str | None:
    """The reason why no cluster can be started; None if one can."""
    path = f"{os.environ['PATH']}:/usr/sbin:/sbin"
    missing = [program for program in PROGRAMS if shutil.which(program, path=path) is None]
    if missing:
        return f"there is no {', '.join(missing)}"
    if os.geteuid() != 0:
        return "only root can start the daemons of Slurm"
    try_it = subprocess.run(
        ["unshare", "--mount", "--net", "--uts", "--pid", "--fork", "true"], capture_output=True, check=False
    )
    return None if try_it.returncode == 0 else "this system allows no namespaces"


class Cluster:
    """Lies in `folder`, whose path must have no spaces."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "state").mkdir(parents=True)
        for node in NODES:
            (folder / f"spool-{node}").mkdir()
        (folder / "slurm.conf").write_text(CONFIGURATION.format(folder=folder))

    def run(self, script: str, environment: dict[str, str], limit_s: int) -> subprocess.CompletedProcess[str]:
        """Starts the cluster, runs a script of bash in its folder, and ends the cluster."""
        (self.folder / "start.sh").write_text(START.replace("{tries}", str(10 * START_LIMIT_S)))
        (self.folder / "script.sh").write_text(script)
        namespaces = ["unshare", "--mount", "--net", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc"]
        # The output goes to files: a pipe would stay open as long as any process of the cluster has it.
        with (self.folder / "out.txt").open("w+") as out, (self.folder / "err.txt").open("w+") as err:
            done = subprocess.run(
                [*namespaces, "bash", "start.sh", "script.sh"],
                cwd=self.folder,
                env={**environment, "SLURM_CONF": str(self.folder / "slurm.conf")},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                check=False,
                timeout=limit_s,
            )
            out.seek(0)
            err.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, out.read(), err.read())

    def jobs(self) -> list[dict[str, str]]:
        """What Slurm wrote about each job that has ended."""
        lines = (self.folder / "jobs.txt").read_text().splitlines()
        return [dict(part.split("=", 1) for part in line.split() if "=" in part) for line in lines]

    def log(self) -> str:
        return "\n".join(path.read_text()[-2000:] for path in sorted(self.folder.glob("slurm*.log")))
