/** The address of one value: #ch=2&l=conv_2&c=17&y=4&x=9&i=3 and the state that it stands for. */

/** @typedef {import("./types.js").State} State */

/**
 * @param {State} state
 * @returns {string} the fragment, with its "#"
 */
export function addressOf(state) {
    const { chapter, layer, c, y, x, picture } = state;
    const parts = [`ch=${chapter}`, `l=${encodeURIComponent(layer)}`, `c=${c}`, `y=${y}`, `x=${x}`];
    if (picture.kind === "test") parts.push(`i=${picture.index}`);
    return `#${parts.join("&")}`;
}

/**
 * @param {string} fragment
 * @returns {{layer?: string, chapter?: number, c?: number, y?: number, x?: number, image?: number}} what it names
 */
export function readAddress(fragment) {
    const words = new URLSearchParams(fragment.replace(/^#/, ""));
    /** @type {Record<string, any>} */
    const found = {};
    if (words.has("selftest")) found.chapter = 8;
    const layer = words.get("l");
    if (layer) found.layer = layer;
    for (const [key, name] of [["ch", "chapter"], ["c", "c"], ["y", "y"], ["x", "x"], ["i", "image"]]) {
        const text = words.get(key);
        if (text !== null && /^\d{1,9}$/.test(text)) found[name] = Number(text);
    }
    return found;
}

/**
 * Chapters by the kind of layer that they explain.
 * @type {Record<string, number>}
 */
const chapters = {
    input: 1,
    conv: 2,
    convtranspose: 2,
    relu: 3,
    maxpool: 3,
    avgpool: 3,
    globalavgpool: 3,
    globalmaxpool: 3,
    flatten: 4,
    dense: 4,
    softmax: 4,
};

/** @param {string} op */
export const chapterOf = op => chapters[op] ?? 2;
