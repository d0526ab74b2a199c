// The address of a page leads back to what it shows.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { closeBrowser, ready, withPage } from "./browser.mjs";
import { devicesOf, removeFolder, temporaryFolder } from "./program.mjs";
import { between, pick, randomOf } from "./random.mjs";
import { columnEvents, goTo, plotOf, pointsAt, state, tableAt, views } from "./report_page.mjs";
import { makeSubject } from "./subjects.mjs";

const places = 8;

let folder;
before(async () => (folder = await temporaryFolder()));
after(async () => {
    await closeBrowser();
    await removeFolder(folder);
});

function randomPlace(random, { events, allocations }, names) {
    const from = between(random, 0, events - 10);
    return {
        view: pick(random, names),
        from,
        to: between(random, from + 5, events),
        at: between(random, -1, events - 1),
        pin: pick(random, [null, between(random, -1, events - 1)]),
        by: pick(random, ["site", "category", "op", "size", "phase", "module"]),
        sel: between(random, 0, allocations - 1),
        q: pick(random, ["", "forward", ">1MiB", "a&b=c#d %41+é"]),
        axis: pick(random, ["events", "time"]),
    };
}

async function shown(page) {
    const now = await state(page);
    const plot = now.view === "timeline" ? await plotOf(page) : null;
    const points = plot
        ? Array.from({ length: 20 }, (_, i) => [plot.left + (plot.width * (i + 0.5)) / 20, plot.top + (plot.height * ((i * 7) % 20)) / 20])
        : [];
    return {
        state: now,
        table: await tableAt(page, now.at, now.by),
        columns: plot ? await columnEvents(page) : [],
        points: await pointsAt(page, points),
    };
}

test("a reload shows the same", async () => {
    const subject = await makeSubject("sample-training-step", folder);
    const [device] = await devicesOf(subject.archive);
    const random = randomOf("permalink");
    await withPage(subject.page, async (page) => {
        const names = await views(page);
        for (let place = 0; place < places; ++place) {
            const wanted = place === 0 ? { ...randomPlace(random, device, names), view: "timeline" } : randomPlace(random, device, names);
            await goTo(page, wanted);
            const hidden = (await tableAt(page, wanted.at, wanted.by)).map((row) => row.key).slice(0, place % 3).sort();
            await goTo(page, { hidden });
            const before = await shown(page);
            assert.deepEqual(before.state.hidden, hidden);
            for (const [part, value] of Object.entries(wanted)) assert.deepEqual(before.state[part], value, part);
            await page.waitForFunction((view) => new URLSearchParams(location.hash.slice(1)).get("view") === view, wanted.view);
            await page.waitForTimeout(400); // the address follows the state with a delay
            await page.reload();
            await ready(page);
            await goTo(page, {});
            assert.deepEqual(await shown(page), before, await page.evaluate(() => location.hash));
        }
    });
});

test("an address with nonsense shows the page", async () => {
    const { page: file } = await makeSubject("sample-training-step", folder);
    for (const fragment of ["#view=nothing&device=99&from=x&to=-5&at=1e99&sel=-7&by=__proto__", "#%E0%A4%A", "#&&==&from=5&from=9", "#from=9&to=3"]) {
        await withPage(file, async (page) => assert.ok((await views(page)).includes((await state(page)).view)), { fragment });
    }
});

test("a change of the address changes what is shown", async () => {
    const { page: file } = await makeSubject("sample-training-step", folder);
    await withPage(file, async (page) => {
        await page.evaluate(() => (location.hash = "#view=flame&at=17&by=op"));
        await page.waitForFunction(() => window.snapqReport.state().view === "flame");
        const { at, by } = await state(page);
        assert.deepEqual([at, by], [17, "op"]);
    });
});
