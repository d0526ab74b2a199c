// The tables that stand for pictures have the rows of the program: segments, and the differences of two archives.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { closeBrowser, withPage } from "./browser.mjs";
import { devicesOf, removeFolder, snapqJson, sql, temporaryFolder } from "./program.mjs";
import { between, randomOf } from "./random.mjs";
import { goTo } from "./report_page.mjs";
import { makeComparison, makeRanks, makeSubject, recordedNames } from "./subjects.mjs";
import { liveAt } from "./truth.mjs";

const momentsOfFile = 4;

let folder;
before(async () => (folder = await temporaryFolder()));
after(async () => {
    await closeBrowser();
    await removeFolder(folder);
});

/** The rows of a visible table as objects by the names of its columns. Sizes are exact: their cells have them as titles. */
async function tableNamed(page, caption) {
    const frame = page.locator(".data-table:visible").filter({ has: page.locator("caption", { hasText: new RegExp(`^${caption}$`) }) });
    while ((await frame.locator("button.quiet:visible").count()) > 0) await frame.locator("button.quiet:visible").click();
    return frame.locator("table").evaluate((table) => {
        const names = [...table.tHead.rows[0].cells].map((cell) => cell.innerText.replace(/[\s↑↓]+$/, ""));
        const valueOf = (cell) => (cell.title.endsWith(" bytes") ? Number(cell.title.replace(/[^\d-]/g, "")) : cell.innerText.trim());
        return [...table.tBodies[0].rows].map((row) => Object.fromEntries([...row.cells].map((cell, index) => [names[index], valueOf(cell)])));
    });
}

/** Segments after an event with the allocations that are live in them. */
function segmentsBySql(archive, device, event) {
    return sql(
        archive,
        `WITH held AS (SELECT DISTINCT segment_address AS first, segment_size AS size FROM blocks_at(${device}, 'event:${event}'))
         SELECT address(first) AS address, held.size, coalesce(sum(a.size), 0) AS requested, count(a.size) AS allocations
         FROM held LEFT JOIN (SELECT address, size FROM allocations WHERE device = ${device} AND ${liveAt(event)}) AS a
           ON a.address >= first AND a.address < first + held.size
         GROUP BY first`,
    );
}

const byAddress = (a, b) => (a.address < b.address ? -1 : 1);

for (const name of ["sample-training-step", "oom-pools", "ring-wrapped", ...recordedNames()]) {
    test(`segments are those of blocks_at: ${name}`, async () => {
        const { archive, page: file } = await makeSubject(name, folder);
        const [device] = await devicesOf(archive);
        const random = randomOf(name);
        await withPage(file, async (page) => {
            await goTo(page, { view: "segments" });
            await page.getByRole("button", { name: "As a table" }).click();
            const events = [device.peak, device.events - 1, between(random, 0, device.events - 1), between(random, 0, device.events - 1)];
            for (const event of events.slice(0, momentsOfFile)) {
                await goTo(page, { at: event });
                const shown = (await tableNamed(page, "Segments")).map(({ address, size, requested, allocations }) => ({
                    address, size, requested, allocations: Number(allocations.replaceAll(",", "")),
                }));
                const expected = await segmentsBySql(archive, device.device, event);
                assert.deepEqual(shown.sort(byAddress), expected.sort(byAddress), `after event ${event}`);
            }
        });
    });
}

test("a comparison shows the rows of diff", async () => {
    const { archive, base, page: file } = await makeComparison("rank-larger", "rank", folder);
    const { devices } = await snapqJson("diff", base, archive);
    await withPage(file, async (page) => {
        await goTo(page, { view: "compare" });
        const shown = await tableNamed(page, "Differences by site");
        assert.deepEqual(
            shown.map(({ status, site, change, base: before, new: now }) => [status, site, change, before, now]),
            devices[0].rows.map((row) => [row.status, row.label, row.delta_bytes, row.base_bytes, row.new_bytes]),
        );
    });
});

test("ranks show the peak of each archive", async () => {
    const { ranks, page: file } = await makeRanks(folder);
    const peaks = await Promise.all(
        [0, 1, 2].map(async (rank) => (await sql(`${ranks}/rank${rank}.zip`, "SELECT format_bytes(peak_requested_bytes) AS peak FROM devices"))[0].peak),
    );
    await withPage(file, async (page) => {
        await goTo(page, { view: "ranks" });
        const text = (await page.locator("[role=tabpanel]:visible").innerText()).replace(/\s+/g, " ");
        for (const [rank, peak] of peaks.entries()) {
            // An archive that knows its rank is named by it.
            assert.match(text, new RegExp(`rank ?${rank}(\\.zip)? ${peak.replace(".", "\\.")}`));
        }
    });
});
