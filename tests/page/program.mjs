// The program under test, and the folder of a test.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const here = dirname(fileURLToPath(import.meta.url));

export const root = join(here, "..", "..");
export const corpus = join(root, "..", "shared", "corpus");

const program = process.env.SNAPQ;
const python = process.env.PYTHON ?? "python3";

/** What `snapq ARGUMENTS` prints. Throws when it fails. */
export async function snapq(...words) {
    const { stdout } = await run(program, words.map(String), { maxBuffer: 1 << 30, timeout: 100_000 });
    return stdout;
}

export async function snapqJson(...words) {
    return JSON.parse(await snapq(...words, "--format", "json"));
}

/** The rows of a query as objects. */
export async function sql(archive, text) {
    const lines = await snapq("query", archive, "--format", "jsonl", text);
    return lines.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}

/** The devices of an archive in the order of `summary`, which is the order in a page. */
export async function devicesOf(archive) {
    const { devices } = await snapqJson("summary", archive, "--top", 1);
    return devices.map((device, index) => ({
        index,
        device: device.device,
        events: device.event_count,
        allocations: device.allocation_count,
        peak: device.peak_event,
        name: device.device < 0 ? "host" : String(device.device),
    }));
}

/** Runs a script of the tests in Python, such as a recipe for a snapshot. */
export async function script(path, ...words) {
    await run(python, ["-B", join(root, path), ...words.map(String)], { timeout: 100_000 });
}

/** What a program in Python prints that uses the package of packaging/python. */
export async function withPackage(text) {
    const env = { ...process.env, PYTHONPATH: join(root, "packaging", "python"), SNAPQ_PROGRAM: program };
    const { stdout } = await run(python, ["-B", "-c", text], { env, maxBuffer: 1 << 30, timeout: 100_000 });
    return stdout;
}

export async function temporaryFolder() {
    return mkdtemp(join(tmpdir(), "snapq-page-"));
}

export async function removeFolder(folder) {
    await rm(folder, { recursive: true, force: true });
}
