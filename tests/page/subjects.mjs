// The files that the pages of the tests are made of.
import { existsSync, readdirSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";

import { corpus, root, script, snapq } from "./program.mjs";

const samples = ["sample-training-step", "sample-cpp-pickler"];
const made = {
    "tests/golden/make_snapshots.py": [
        "empty", "no-trace", "one-entry", "no-segments", "eight-devices", "oom-fits", "oom-pools", "oom-no-pool-ids",
        "ring-wrapped", "graph-pool", "pinned-alone", "leaky-loop", "backward", "metadata", "pending",
    ],
    "tests/page/strange_snapshots.py": ["strange-texts", "deep-stacks", "many-sizes"],
};

// Each has what no other file has: spans of a profiler, memory from before the recording without its stacks, a platform that
// records empty stacks. The other recordings are larger ones of the same kinds.
const differentRecordings = ["annotated-forward-torch26.pickle", "late-recording-torch210.pickle", "windows-empty-stacks-torch211.pickle"];

/** Names of the recorded snapshots, if there are any: those of different kinds, or with SNAPQ_PAGE_FILES=all all of them. */
export function recordedNames() {
    const found = existsSync(corpus) ? readdirSync(corpus).filter((name) => name.endsWith(".pickle")).sort() : [];
    return process.env.SNAPQ_PAGE_FILES === "all" ? found : found.filter((name) => differentRecordings.includes(name));
}

/** Names of all files with a page of their own. Those of the recorded snapshots end in .pickle. */
export function subjectNames() {
    return [...samples, ...Object.values(made).flat(), ...recordedNames()];
}

/** Without the files that add only a view to others, and not another kind of picture or figure. */
export function differentNames() {
    const alike = ["oom-fits", "oom-no-pool-ids", "leaky-loop", "no-segments", "metadata", "backward", "graph-pool"];
    return subjectNames().filter((name) => !alike.includes(name) && name !== "empty");
}

async function snapshotOf(name, folder) {
    if (samples.includes(name)) return join(root, "examples", `${name}.pickle`);
    if (name.endsWith(".pickle")) return join(corpus, name);
    const recipe = Object.keys(made).find((each) => made[each].includes(name)) ?? "tests/golden/make_snapshots.py";
    const path = join(folder, `${name}.pickle`);
    await script(recipe, name, ...(recipe.includes("golden") ? ["-o"] : []), path);
    return path;
}

export async function archiveOf(name, folder, target = join(folder, `${basename(name, ".pickle")}.zip`)) {
    await snapq("convert", await snapshotOf(name, folder), "-q", "-f", "-o", target);
    return target;
}

/** Makes the archive and the page of a subject in `folder`; `options` are for `snapq report`. */
export async function makeSubject(name, folder, ...options) {
    const archive = await archiveOf(name, folder);
    const page = join(folder, `${basename(name, ".pickle")}.html`);
    await snapq("report", archive, "-f", "-o", page, ...options);
    return { name, archive, page };
}

/** A page that compares two archives. */
export async function makeComparison(newName, baseName, folder) {
    const [archive, base] = [await archiveOf(newName, folder), await archiveOf(baseName, folder)];
    const page = join(folder, `${newName}-${baseName}.html`);
    await snapq("report", archive, "--base", base, "-f", "-o", page);
    return { archive, base, page };
}

/** A page of three ranks, of which the last two differ from the first. */
export async function makeRanks(folder) {
    const ranks = join(folder, "ranks");
    await mkdir(ranks, { recursive: true });
    const names = ["rank", "rank-more", "rank-larger"];
    for (const [rank, name] of names.entries()) await archiveOf(name, folder, join(ranks, `rank${rank}.zip`));
    const page = join(folder, "ranks.html");
    await snapq("report", ranks, "-f", "-o", page);
    return { ranks, page };
}
