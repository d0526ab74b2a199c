// The limits from the command line, each with its result.

import { element } from "./element";
import { formatBytes, formatChange, formatCount } from "../format";
import type { CheckJson } from "./summary_json";

export function checkList(checks: readonly CheckJson[]): HTMLElement {
    const failed = checks.filter((check) => !check.ok).length;
    const heading = failed === 0 ? `Checks: all ${checks.length} ok` : `Checks: ${failed} of ${checks.length} failed`;
    return element("section", { class: "card" }, element("h2", {}, heading), element("ul", { class: "checks" }, ...checks.map(checkItem)));
}

function checkItem(check: CheckJson): HTMLElement {
    return element(
        "li",
        {},
        element("span", { class: check.ok ? "mark" : "mark fail" }, check.ok ? "ok" : "FAIL"),
        element("span", {}, `${check.name} ${whereOf(check)}: ${explanation(check)}`),
    );
}

function whereOf(check: CheckJson): string {
    const parts = [];
    if (check.rank !== undefined && check.rank !== null) parts.push(`rank ${check.rank}`);
    else if (check.archive) parts.push(check.archive);
    if (check.device !== undefined && check.device !== null) parts.push(check.device === -1 ? "host" : `device ${check.device}`);
    return parts.join(", ");
}

export function explanation(check: CheckJson): string {
    if (check.value === null || check.limit === null) return check.reason ?? (check.ok ? "the trace is complete" : "not known");
    const amount = check.name === "no-oom" ? formatCount : formatBytes;
    if (check.base !== undefined && check.base !== null) {
        return `${formatBytes(check.base + check.value)}, base ${formatBytes(check.base)}, ${formatChange(check.value)}, allowed ${formatBytes(check.limit)}`;
    }
    return `${amount(check.value)}, limit ${amount(check.limit)}`;
}
