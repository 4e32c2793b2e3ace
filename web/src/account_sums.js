/** What the panel says of an account: its sums in the engine's order, by channel, by size; ties. */
import {placeOf} from "./geometry.js";

/** @typedef {import("./types.js").Account} Account */
/** @typedef {{channel: number, sum: number, count: number}} ChannelSum */

/**
 * The sums after each term, in single precision and in the engine's order. A long sum is made of partial sums, each with a
 * beginning of its own; where four sums run side by side, only their own value is known after a term.
 * @param {Account} account
 * @returns {Float32Array} one longer than the terms; the first is the bias
 */
export function runningSums(account) {
    const { value, factor } = account.terms, round = Math.fround;
    const sums = new Float32Array(value.length + 1);
    sums[0] = account.biasIndex < 0 ? 0 : account.bias;
    for (const { first, end, fresh, lanes } of account.parts) {
        const side = [0, 0, 0, 0];
        let sum = fresh ? 0 : sums[first];
        for (let k = first; k < end; k++) {
            const product = round(value[k] * factor[k]), lane = lanes && account.lanes ? account.lanes[k] : -1;
            sums[k + 1] = lane < 0 ? (sum = round(sum + product)) : (side[lane] = round(side[lane] + product));
        }
    }
    return sums;
}

/**
 * What each channel of the inputs contributes.
 * @param {Account} account
 * @param {number[][]} shapes of the layer's inputs
 * @returns {ChannelSum[]} in the order of the channels
 */
export function sumsByChannel(account, shapes) {
    /** @type {Map<number, ChannelSum>} */
    const found = new Map();
    const { input, index, product } = account.terms;
    let channel = 0;
    for (let k = 0; k < index.length; k++) {
        if (index[k] >= 0) channel = placeOf(shapes[input[k]], index[k])[0];
        const entry = found.get(channel) ?? { channel, sum: 0, count: 0 };
        entry.sum += product[k];
        entry.count++;
        found.set(channel, entry);
    }
    return [...found.values()].sort((a, b) => a.channel - b.channel);
}

/**
 * The numbers of the terms, the largest product first.
 * @param {Account} account
 * @returns {number[]}
 */
export function bySize(account) {
    const { product } = account.terms;
    return Array.from(product, (_, k) => k).sort((a, b) => Math.abs(product[b]) - Math.abs(product[a]));
}

/**
 * The terms that are as large as the winner.
 * @param {Account} account
 * @returns {number[]}
 */
export function ties(account) {
    if (account.winner < 0) return [];
    const { value } = account.terms;
    return Array.from(value.keys()).filter(k => value[k] === value[account.winner]);
}
