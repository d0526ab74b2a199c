"""The jobs of docs/ci.md fail when a limit is exceeded: their shell commands are taken from the page and run here.

Caches, artifacts and the package registry are folders; `curl`, `apt-get` and ci/install-snapq are replaced by scripts.
"""

from __future__ import annotations

import pickle
import re
import shutil
import textwrap
from pathlib import Path
from typing import Any

from program import ROOT, SNAPQ, ProgramTest, Result, main

PAGE = (ROOT / "docs" / "ci.md").read_text()
MIB = 1 << 20


def section(title: str) -> str:
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def block(title: str, language: str) -> str:
    """The code of a section of the page."""
    return re.search(rf"```{language}\n(.*?)```", section(title), re.DOTALL).group(1)


def indented(text: str, start: str) -> str:
    """The lines below the line `start` that are indented further, without their indentation."""
    lines = text.split("\n")
    at = next(i for i, line in enumerate(lines) if line.strip() == start)
    depth = len(lines[at]) - len(lines[at].lstrip())
    end = next((i for i in range(at + 1, len(lines)) if lines[i].strip() and len(lines[i]) - len(lines[i].lstrip()) <= depth),
               len(lines))  # fmt: skip
    return textwrap.dedent("\n".join(lines[at + 1 : end]))


def github_step(name: str) -> str:
    step = indented(block("GitHub Actions", "yaml"), f"- name: {name}")
    match = re.search(r"^run: (?!\|)(.*)$", step, re.MULTILINE)
    return match.group(1) if match else indented(step, "run: |")


def gitlab_script(job: str) -> str:
    """The items of `script:`, run one after another in one shell as GitLab does."""
    items = indented(indented(block("GitLab CI", "yaml"), f"{job}:"), "script:")
    commands = []
    for item in re.split(r"^- ", items, flags=re.MULTILINE)[1:]:
        commands.append(textwrap.dedent(item[2:].rstrip("\n")) if item.startswith("|\n") else item.rstrip("\n"))
    return "\n".join(commands)


def file_of_page(name: str) -> str:
    return re.search(rf"<!-- file: {re.escape(name)} -->\n```bash\n(.*?)```", PAGE, re.DOTALL).group(1)


def snapshot(mib: int) -> dict[str, Any]:
    event = {"action": "alloc", "addr": 4096, "size": mib * MIB, "stream": 0, "frames": [], "time_us": 7}
    segment = {"device": 0, "address": 4096, "total_size": mib * MIB, "blocks": [
        {"address": 4096, "size": mib * MIB, "state": "active_allocated", "frames": []}]}  # fmt: skip
    grown = {"action": "segment_alloc", "addr": 4096, "size": mib * MIB, "stream": 0, "frames": [], "time_us": 6}
    return {"segments": [segment], "device_traces": [[grown, event]]}


class Jobs(ProgramTest):
    def setUp(self) -> None:
        super().setUp()
        self.tools = self.directory / "tools"
        self.work = self.directory / "work"
        (self.work / "ci").mkdir(parents=True)
        self.tools.mkdir()
        self.script(self.tools / "snapq", f'exec "{SNAPQ}" "$@"\n')
        self.script(self.tools / "apt-get", "")
        self.script(self.work / "ci/memory-gate", file_of_page("ci/memory-gate"))
        self.script(self.work / "ci/install-snapq", f'mkdir -p "$1" && ln -sf "{self.tools}/snapq" "$1/snapq"\n')

    def script(self, path: Path, text: str) -> None:
        path.write_text(text if text.startswith("#!") else "#!/usr/bin/env bash\n" + text)
        path.chmod(0o755)

    def record(self, mib: int) -> None:
        (self.work / "run.pickle").write_bytes(pickle.dumps(snapshot(mib)))

    def shell(self, commands: str, **environment: str) -> Result:
        path = f"{self.tools}:/usr/bin:/bin"
        settings = {"PATH": path, "MAX_PEAK": "1GiB", "MAX_GROWTH": "2%,16MiB", "COMMIT": "abc", **environment}
        return self.run_program(["bash", "-e", "-c", commands], cwd=self.work, env=settings)


class GitHub(Jobs):
    def job(self, mib: int, branch: str) -> tuple[int, str, str]:
        """Runs the job. Returns its exit code, its output and its summary. The cache is the folder `cache`."""
        self.record(mib)
        summary, paths, cache = (self.directory / name for name in ("summary", "path", "cache"))
        summary.write_text("")
        shutil.rmtree(self.work / "base", ignore_errors=True)
        if cache.exists():
            shutil.copytree(cache, self.work / "base")
        missing = re.search(r"MISSING_BASE: \$\{\{ github.ref == 'refs/heads/main' && '(\w+)' \|\| '(\w+)' \}\}", PAGE)
        environment = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_STEP_SUMMARY": str(summary),
            "GITHUB_WORKSPACE": str(self.work),
            "GITHUB_PATH": str(paths),
            "MISSING_BASE": missing.group(1 if branch == "main" else 2),
        }
        self.assertEqual(self.shell(github_step("Install snapq"), **environment).returncode, 0)
        self.assertIn("/.snapq", paths.read_text())
        result = self.shell(github_step("Check the memory"), **environment)
        if branch == "main" and (self.work / "next-base.zip").exists():
            self.assertEqual(self.shell(github_step("Make the next base"), **environment).returncode, 0)
            shutil.rmtree(cache, ignore_errors=True)
            shutil.copytree(self.work / "base", cache)
        return result.returncode, result.stdout + result.stderr, summary.read_text()

    def test_a_branch_without_a_base_fails_and_says_so_in_the_summary(self) -> None:
        code, said, summary = self.job(100, "topic")
        self.assertEqual(code, 3, said)
        self.assertIn("no base, nothing was compared", summary)
        self.assertIn("no such file", said)

    def test_main_makes_the_base_that_branches_are_compared_with(self) -> None:
        code, said, summary = self.job(100, "main")
        self.assertEqual(code, 0, said)
        self.assertIn("::warning title=snapq diff::no base: nothing was compared", said)
        self.assertIn("no base: nothing was compared", summary)
        for mib, code in ((100, 0), (110, 0), (130, 1)):
            found, said, summary = self.job(mib, "topic")
            self.assertEqual(found, code, said)
            self.assertNotIn("no base", said + summary)
        self.assertIn("::error title=snapq max-growth::", said)

    def test_growth_fails_one_run_of_main(self) -> None:
        self.assertEqual([self.job(mib, "main")[0] for mib in (100, 200, 200)], [0, 1, 0])

    def test_a_run_above_the_fixed_limit_makes_no_base(self) -> None:
        self.assertEqual(self.job(2000, "main")[0], 1)
        self.assertFalse((self.directory / "cache").exists())


class GitLab(Jobs):
    def setUp(self) -> None:
        super().setUp()
        # This curl serves the file `registry`. STATUS is the HTTP status of a registry that is down.
        self.script(self.tools / "curl", textwrap.dedent(f"""\
            registry="{self.directory}/registry"
            while (($# > 0)); do
                case "$1" in
                    --upload-file) cp "$2" "$registry"; exit 0 ;;
                    --output) output="$2"; shift ;;
                esac
                shift
            done
            if [[ -n "${{STATUS:-}}" ]]; then echo oops > "$output"; printf %s "$STATUS"
            elif [[ -e "$registry" ]]; then cp "$registry" "$output"; printf 200
            else echo missing > "$output"; printf 404; fi
            """))  # fmt: skip

    def job(self, mib: int, branch: str, **environment: str) -> tuple[int, str]:
        self.record(mib)
        missing = re.findall(r"MISSING_BASE: (\w+)$", block("GitLab CI", "yaml"), re.MULTILINE)
        settings = {"CI_JOB_TOKEN": "x", "BASE_URL": "http://registry", "MISSING_BASE": missing[branch != "main"], **environment}
        result = self.shell(gitlab_script("memory"), **settings)
        if branch == "main":
            saved = self.shell(gitlab_script("save-base"), **settings)
            self.assertEqual(saved.returncode, 0, saved.stderr)
        return result.returncode, result.stdout + result.stderr

    def test_gate(self) -> None:
        code, said = self.job(100, "topic")
        self.assertEqual(code, 3, said)
        code, said = self.job(100, "main")
        self.assertEqual(code, 0, said)
        self.assertIn("snapq: warning: no base: nothing was compared", said)
        self.assertEqual([self.job(mib, "topic")[0] for mib in (100, 130)], [0, 1])
        self.assertEqual([self.job(mib, "main")[0] for mib in (130, 130, 2000, 130)], [1, 0, 1, 0])

    def test_a_registry_that_is_down_is_not_treated_as_a_missing_base(self) -> None:
        code, said = self.job(100, "main", STATUS="503")
        self.assertEqual(code, 4, said)
        self.assertIn("503", said)


class Jenkins(Jobs):
    def job(self, mib: int, branch: str) -> tuple[int, str]:
        """Runs the job; the artifact of main is the folder `artifact`."""
        self.record(mib)
        text = block("Jenkins", "groovy")
        missing = re.search(r"env.BRANCH_NAME == 'main' \? '(\w+)' : '(\w+)'", text)
        clean = re.search(r"sh '(rm -rf base .*)'", text)
        self.assertEqual(self.shell(clean.group(1)).returncode, 0)
        artifact = self.directory / "artifact"
        if artifact.exists():
            shutil.copytree(artifact, self.work / "base")
        commands = re.search(r"sh '''\n(.*?)'''", text, re.DOTALL).group(1)
        self.assertIn("/var/cache/snapq/", commands)
        result = self.shell(
            commands.replace("/var/cache/snapq", str(self.directory / "snapq-cache")),
            SNAPQ_COMMIT="0123",
            GIT_COMMIT="abc",
            MISSING_BASE=missing.group(1 if branch == "main" else 2),
        )
        if branch == "main" and (self.work / "next-base.zip").exists():
            artifact.mkdir(exist_ok=True)
            shutil.copy(self.work / "next-base.zip", artifact)
        return result.returncode, result.stdout + result.stderr

    def test_gate(self) -> None:
        self.assertEqual(self.job(100, "topic")[0], 3)
        code, said = self.job(100, "main")
        self.assertEqual(code, 0, said)
        self.assertIn("no base: nothing was compared", said)
        self.assertEqual([self.job(mib, "topic")[0] for mib in (100, 130)], [0, 1])


class PlainShell(Jobs):
    def test_gate(self) -> None:
        self.script(self.work / "nightly", file_of_page("nightly"))
        (self.work / "bases").mkdir()
        codes = []
        for mib in (100, 100, 130):
            self.record(mib)
            codes.append(self.shell("./nightly run.pickle bases").returncode)
        self.assertEqual(codes, [3, 0, 1])


if __name__ == "__main__":
    main()
