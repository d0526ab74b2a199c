// The page can be used without a mouse, and axe-core finds nothing serious in any view.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { closeBrowser, withPage } from "./browser.mjs";
import { axeSource } from "./modules.mjs";
import { removeFolder, temporaryFolder } from "./program.mjs";
import { goTo, plotOf, state, views } from "./report_page.mjs";
import { makeComparison, makeRanks, makeSubject } from "./subjects.mjs";

let folder;
before(async () => (folder = await temporaryFolder()));
after(async () => {
    await closeBrowser();
    await removeFolder(folder);
});

const pages = {
    "a sample": () => makeSubject("sample-training-step", folder),
    "strange texts": () => makeSubject("strange-texts", folder),
    "a comparison": () => makeComparison("rank-larger", "rank", folder),
    ranks: () => makeRanks(folder),
};

async function seriousViolations(page) {
    const found = await page.evaluate(async () => {
        const { violations } = await window.axe.run(document, { resultTypes: ["violations"], preload: false });
        return violations.map(({ id, impact, help, nodes }) => ({ id, impact, help, nodes: nodes.slice(0, 3).map((node) => node.html.slice(0, 200)) }));
    });
    return found.filter(({ impact }) => impact === "serious" || impact === "critical");
}

for (const [name, make] of Object.entries(pages)) {
    for (const colorScheme of ["light", "dark"]) {
        test(`axe-core finds nothing serious in ${name}, ${colorScheme}`, async () => {
            const { page: file } = await make();
            await withPage(
                file,
                async (page) => {
                    await page.evaluate(axeSource);
                    for (const view of await views(page)) {
                        await goTo(page, { view });
                        assert.deepEqual(await seriousViolations(page), [], `view ${view}`);
                    }
                },
                { colorScheme },
            );
        });
    }
}

/** Presses Tab until `wanted(element)` holds for the element with the focus. */
async function tabTo(page, wanted, what) {
    for (let presses = 0; presses < 200; ++presses) {
        await page.keyboard.press("Tab");
        if (await page.evaluate(wanted)) return;
    }
    assert.fail(`Tab does not reach ${what}`);
}

const focusIsOnTab = () => document.activeElement?.getAttribute("role") === "tab";

test("the keyboard alone reaches every view", async () => {
    const { page: file } = await pages["a sample"]();
    await withPage(file, async (page) => {
        const names = await views(page);
        await tabTo(page, focusIsOnTab, "the tabs");
        const reached = new Set([(await state(page)).view]);
        for (let presses = 0; presses < names.length; ++presses) {
            await page.keyboard.press("ArrowRight");
            await page.keyboard.press("Enter");
            reached.add((await state(page)).view);
        }
        assert.deepEqual([...reached].sort(), [...names].sort());
    });
});

test("the keyboard alone moves the cursor and the window of the timeline", async () => {
    const { page: file } = await pages["a sample"]();
    await withPage(
        file,
        async (page) => {
            const start = await state(page);
            await tabTo(page, () => document.activeElement?.closest(".timeline-picture") !== null, "the timeline");
            await page.keyboard.press("ArrowRight");
            const moved = await state(page);
            assert.notEqual(moved.at, start.at, "an arrow moves the cursor");
            await page.keyboard.press("+");
            const zoomed = await state(page);
            assert.ok(zoomed.to - zoomed.from < moved.to - moved.from, "+ zooms in");
            await page.keyboard.press("d");
            const panned = await state(page);
            assert.ok(panned.from > zoomed.from || panned.to === moved.to, "d moves the window");
            await page.keyboard.press("0");
            const all = await state(page);
            assert.deepEqual([all.from, all.to], [start.from, start.to], "0 shows everything");
        },
        { fragment: "#view=timeline" },
    );
});

test("every control that the mouse can use has a place in the order of Tab", async () => {
    const { page: file } = await pages["a sample"]();
    await withPage(file, async (page) => {
        for (const view of await views(page)) {
            await goTo(page, { view });
            const unreachable = await page.evaluate(() =>
                [...document.querySelectorAll("button, input, select, a, summary, [onclick], [role=button]")]
                    .filter((each) => each.offsetParent !== null && !each.disabled && each.tabIndex < 0)
                    .filter((each) => each.closest("[role=tablist], [role=listbox], [role=tree], [role=grid], [role=toolbar]") === null)
                    .map((each) => each.outerHTML.slice(0, 200)),
            );
            assert.deepEqual(unreachable, [], `view ${view}`);
        }
    });
});

test("what two fingers touch stays under them while they move apart", async () => {
    const { page: file } = await pages["a sample"]();
    await withPage(
        file,
        async (page) => {
            const before = await plotOf(page);
            const middle = before.left + before.width * 0.4;
            const session = await page.context().newCDPSession(page);
            const touch = (type, distances) =>
                session.send("Input.dispatchTouchEvent", {
                    type,
                    touchPoints: distances.map((distance, id) => ({ x: middle + distance, y: before.top + before.height / 2, id })),
                });
            await touch("touchStart", [-50, 50]);
            for (let distance = 60; distance <= 120; distance += 20) await touch("touchMove", [-distance, distance + 20]);
            await touch("touchEnd", []);
            await goTo(page, {});
            const after = await plotOf(page);
            const eventAt = (plot, distance) => plot.from + ((middle + distance - plot.left) / plot.width) * (plot.to - plot.from);
            assert.ok(after.to - after.from < 0.5 * (before.to - before.from), `${after.from}..${after.to}`);
            for (const [from, to] of [[-50, -120], [50, 140]]) {
                assert.ok(Math.abs(eventAt(after, to) - eventAt(before, from)) < 1, `${eventAt(after, to)}, ${eventAt(before, from)}`);
            }
        },
        { fragment: "#view=timeline", hasTouch: true },
    );
});
