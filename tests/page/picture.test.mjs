// The timeline is true: each pixel shows the allocation that the archive has there, at every zoom.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { closeBrowser, withPage } from "./browser.mjs";
import { devicesOf, removeFolder, temporaryFolder } from "./program.mjs";
import { between, pick, randomOf } from "./random.mjs";
import { columnEvents, goTo, pageBlock, plotOf, pointsAt, sizesOf } from "./report_page.mjs";
import { differentNames, makeSubject } from "./subjects.mjs";
import { allocationsUnder, totals } from "./truth.mjs";

const pointsOfFile = Number(process.env.SNAPQ_PAGE_POINTS ?? 300);
const windowsOfFile = 6;
const rounding = 1e-3; // bytes; so near to an edge the page may say either side
const mostShades = 8;
const mostSpread = 80; // of 255, between the lightest and the darkest shade of a category

let folder;
before(async () => (folder = await temporaryFolder()));
after(async () => {
    await closeBrowser();
    await removeFolder(folder);
});

/** Windows of events: everything, then random ones of any width, down to a few events. Shown are events [first, end). */
function windowsOf(random, first, end) {
    const windows = [{ from: first, to: end }];
    const events = end - first;
    while (windows.length < windowsOfFile) {
        const width = Math.max(2, events * Math.exp(-random() * Math.log(Math.max(2, events))));
        const from = first + random() * Math.max(0, events - width);
        windows.push({ from, to: Math.min(end, from + width) });
    }
    return windows;
}

/** Random points of the picture, in CSS pixels; each lies in the middle of a pixel. */
function pointsOf(random, plot, count) {
    return Array.from({ length: count }, () => [
        Math.floor(plot.left) + between(random, 0, Math.floor(plot.width) - 1) + 0.5,
        Math.floor(plot.top) + between(random, 0, Math.floor(plot.height) - 1) + 0.5,
    ]);
}

/** The event that a column of pixels must show; [event, certain]. Not certain where rounding decides about its edges. */
function eventOfColumn(column, columns, plot, totalAt) {
    const width = (plot.to - plot.from) / columns;
    const [low, high] = [plot.from + column * width, plot.from + (column + 1) * width];
    const certain = [low, high].every((edge) => Math.abs(edge - Math.round(edge)) > 1e-6);
    let best = null;
    for (let event = Math.ceil(low) + 0; event < high; ++event) {
        if (best === null || totalAt(event) > totalAt(best)) best = event;
    }
    return [best ?? Math.floor(low), certain];
}

function checkColumns(shown, plot, totalAt) {
    let checked = 0;
    for (const [column, event] of shown.entries()) {
        const [expected, certain] = eventOfColumn(column, shown.length, plot, totalAt);
        if (certain) {
            assert.equal(event, expected, `column ${column} of ${shown.length}, window ${plot.from}..${plot.to}`);
            ++checked;
        }
    }
    assert.ok(shown.length < 10 || checked > 0, "no column could be checked");
}

/** Returns the category and the colour of each point that lies in an allocation. */
async function checkPoints(archive, device, plot, points, found, leastCost) {
    const wanted = points.map(([, y], index) => {
        const byte = (1 - (y - plot.top) / plot.height) * plot.maxBytes;
        assert.ok(Math.abs(found[index].byte - byte) <= 1e-6 * plot.maxBytes, `${found[index].byte} is not ${byte}`);
        return { event: found[index].event, byte };
    });
    const allocations = await allocationsUnder(archive, device, wanted, leastCost);
    const colors = [];
    for (const [index, allocation] of allocations.entries()) {
        const { event, idx, color, drawn } = found[index];
        const { byte } = wanted[index];
        const where = `pixel ${points[index]}, event ${event}, byte ${byte}, window ${plot.from}..${plot.to}`;
        if (allocation && Math.min(byte - allocation.bottom, allocation.top - byte) < rounding) continue;
        assert.equal(idx ?? null, allocation?.idx ?? null, where);
        if (allocation && allocation.idx === null) assert.equal(found[index].row, -1, where);
        if (allocation && allocation.idx !== null) {
            assert.equal(drawn, color, `colour at ${where}`);
            colors.push([allocation.category, color]);
        }
    }
    return colors;
}

/** Neighbours of one category have close shades of its colour; no shade belongs to two categories. */
function checkColors(pairs) {
    const categoryOf = new Map();
    const shadesOf = new Map();
    for (const [category, color] of pairs) {
        assert.equal(categoryOf.get(color) ?? category, category, `${color} is the colour of two categories`);
        categoryOf.set(color, category);
        shadesOf.set(category, (shadesOf.get(category) ?? new Set()).add(color));
    }
    for (const [category, shades] of shadesOf) {
        const parts = [...shades].map((color) => [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16)));
        const spread = [0, 1, 2].map((part) => Math.max(...parts.map((rgb) => rgb[part])) - Math.min(...parts.map((rgb) => rgb[part])));
        assert.ok(shades.size <= mostShades && Math.max(...spread) <= mostSpread, `shades of ${category}: ${[...shades]}`);
    }
}

/** Checks random points at random zooms. `part`: what of the device the page shows. Returns the number of allocations hit. */
async function checkPicture(page, archive, device, random, { first = -1, end = device.events, leastCost = 0 } = {}) {
    const totalAt = await totals(archive, device.device);
    const colors = [];
    for (const window of windowsOf(random, first, end)) {
        await goTo(page, { view: "timeline", device: device.index, by: "category", ...window });
        const plot = await plotOf(page);
        checkColumns(await columnEvents(page), plot, totalAt);
        const points = pointsOf(random, plot, Math.ceil(pointsOfFile / windowsOfFile));
        colors.push(...(await checkPoints(archive, device, plot, points, await pointsAt(page, points), leastCost)));
    }
    assert.ok(colors.length > 0, "no point hit an allocation");
    checkColors(colors);
}

for (const name of differentNames()) {
    test(`each pixel shows the allocation that SQL finds: ${name}`, async () => {
        const subject = await makeSubject(name, folder);
        const drawn = (await devicesOf(subject.archive)).filter((device) => device.allocations > 0);
        const random = randomOf(name);
        await withPage(subject.page, async (page) => {
            for (const device of drawn.length > 2 ? [drawn[0], pick(random, drawn.slice(1))] : drawn) {
                await checkPicture(page, subject.archive, device, random);
            }
        });
    });
}

test("each pixel of a page of a range is true", async () => {
    const { archive, page: file } = await makeSubject("sample-training-step", folder, "--range", "event:1000..event:1900");
    const [device] = await devicesOf(archive);
    await withPage(file, (page) => checkPicture(page, archive, device, randomOf("range"), { first: 1000, end: 1901 }));
});

test("each pixel of a page without room for all is true, and the rest is a sum below", async () => {
    const { all, columns } = await sizesOf((await makeSubject("many-sizes", folder)).page);
    const { archive, page: file } = await makeSubject("many-sizes", folder, "--max-bytes", `${Math.round(all - 0.35 * columns)}B`);
    const [device] = await devicesOf(archive);
    const { shown, allocations, shown_from: from } = (await pageBlock(file)).archives[0].devices[0];
    assert.ok(0 < shown && shown < allocations, `${shown} of ${allocations} are shown`);
    await withPage(file, (page) => checkPicture(page, archive, device, randomOf("cut"), { leastCost: from.least_cost }));
});
