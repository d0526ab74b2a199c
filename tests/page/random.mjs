// Random choices that are the same in every run.

/** Numbers in [0, 1) (mulberry32). The seed is a text, such as the name of a file. */
export function randomOf(seedText) {
    let state = 0;
    for (const letter of seedText) state = (Math.imul(state, 31) + letter.charCodeAt(0)) >>> 0;
    return () => {
        state = (state + 0x6d2b79f5) >>> 0;
        let mixed = Math.imul(state ^ (state >>> 15), state | 1);
        mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    };
}

/** A whole number in [least, most]. */
export function between(random, least, most) {
    return least + Math.floor(random() * (most - least + 1));
}

export function pick(random, list) {
    return list[Math.floor(random() * list.length)];
}
