// The figures beside the pictures are those of the program, to the byte.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";

import { closeBrowser, withPage } from "./browser.mjs";
import { devicesOf, removeFolder, snapqJson, sql, temporaryFolder } from "./program.mjs";
import { between, pick, randomOf } from "./random.mjs";
import { flameTotals, tableAt } from "./report_page.mjs";
import { differentNames, makeSubject } from "./subjects.mjs";
import { liveAt, stackBytes } from "./truth.mjs";

const momentsOfFile = Number(process.env.SNAPQ_PAGE_MOMENTS ?? 6);
const keys = ["site", "user-frame", "op", "function", "file", "node", "phase", "module", "category", "stream", "pool", "size"];

let folder;
before(async () => (folder = await temporaryFolder()));
after(async () => {
    await closeBrowser();
    await removeFolder(folder);
});

// A long text as its start and a checksum, because assert prints what differs.
const brief = (text) =>
    text.length < 200 ? text : `${text.slice(0, 50)}… ${createHash("sha1").update(text).digest("hex")}, ${text.length} characters`;

const inOrder = (rows) =>
    rows
        .map(({ key, bytes, count }) => ({ key: brief(key), bytes, count }))
        .sort((a, b) => b.bytes - a.bytes || (a.key < b.key ? -1 : 1));

const pairsInOrder = (pairs) => [...pairs].sort(([a], [b]) => (a ?? -1) - (b ?? -1));

function randomEvents(random, { events, peak }, count) {
    return [peak, -1, ...Array.from({ length: count }, () => between(random, -1, Math.max(-1, events - 1)))].slice(0, count);
}

async function checkTables(page, archive, device, random) {
    for (const event of randomEvents(random, device, momentsOfFile)) {
        const by = pick(random, keys);
        const { devices } = await snapqJson(
            "summary", archive, "--device", device.name, "--at", event < 0 ? "start" : `event:${event}`, "--by", by, "--top", 0,
        );
        const expected = devices.find((each) => each.device === device.device).top;
        assert.deepEqual(inOrder(await tableAt(page, event, by)), inOrder(expected), `at event ${event} by ${by}`);
    }
}

async function checkFlames(page, archive, device, random) {
    for (const event of randomEvents(random, device, 3)) {
        const expected = await stackBytes(archive, device.device, liveAt(event));
        assert.deepEqual(pairsInOrder(await flameTotals(page, event)), pairsInOrder(expected), `flame graph at event ${event}`);
    }
    const atPeak = await sql(
        archive, `SELECT stack_id, bytes FROM peak_stacks WHERE device = ${device.device} AND bytes > 0 ORDER BY stack_id`,
    );
    assert.deepEqual(
        pairsInOrder(await flameTotals(page, device.peak)).filter(([, bytes]) => bytes > 0),
        pairsInOrder(atPeak.map((row) => [row.stack_id, row.bytes])),
        "flame graph at the peak",
    );
    for (const [moment, where] of [["unfreed", "origin = 'trace' AND end_event IS NULL"], ["all", "origin = 'trace'"]]) {
        const expected = await stackBytes(archive, device.device, where);
        assert.deepEqual(pairsInOrder(await flameTotals(page, moment)), pairsInOrder(expected), `flame graph of ${moment}`);
    }
}

for (const name of differentNames()) {
    test(`tables and flame graphs have the figures of the program: ${name}`, async () => {
        const subject = await makeSubject(name, folder);
        const random = randomOf(name);
        await withPage(subject.page, async (page) => {
            const devices = await devicesOf(subject.archive);
            for (const device of devices.length > 2 ? [devices[0], pick(random, devices.slice(1))] : devices) {
                await page.evaluate((index) => window.snapqReport.goTo({ device: index }), device.index);
                await checkTables(page, subject.archive, device, random);
                await checkFlames(page, subject.archive, device, random);
            }
        });
    });
}
