/** An account written out: every product, the running sum, and the last line, where the bits are compared. */
import {button, choice, fill, h} from "./dom.js";
import {replay} from "./engine.js";
import {placeOf} from "./geometry.js";
import {formula, row, sub, sum} from "./math.js";
import {bits, exact, grouped, sameBits, short} from "./numbers.js";
import {bySize, runningSums, sumsByChannel, ties} from "./account_sums.js";

/** @typedef {import("./types.js").Account} Account */
/** @typedef {"engine"|"channel"|"size"} Order */

const FEW = 40; /* rows until all are asked for */

/**
 * @param {string[]} heads
 * @param {(Node|string)[][]} rows
 * @param {string} [name] a class
 */
export function table(heads, rows, name = "") {
    return h("table", { class: `numbers ${name}` },
        h("thead", {}, h("tr", {}, heads.map(text => (text ? h("th", { scope: "col" }, text) : h("td", {}))))),
        h("tbody", {}, rows.map(cells => h("tr", {}, cells.map(cell => h("td", {}, cell))))));
}

/**
 * A sign that does not need colour.
 * @param {number} value
 * @param {number} [digits]
 */
export const signed = (value, digits = 4) => h("span", {class: value < 0   ? "below"
                                                               : value > 0 ? "above"
                                                                           : ""},
    (value > 0 ? "+" : "") + short(value, digits));

/**
 * Where a term's value lies: "17: 4, 9", or the number in a vector.
 * @param {number[]} shape
 * @param {number} index
 */
export function placeText(shape, index) {
    if (index < 0) return "padding";
    const [c, y, x] = placeOf(shape, index);
    return shape[1] * shape[2] === 1 ? String(c) : `${c}: ${y}, ${x}`;
}

export class AccountView {
    constructor() {
        /** @type {Order} */
        this.order = "engine";
        this.all = false;
        this.body = h("div", {});
        this.choice = choice("Products",
            [["engine", "engine's order"], ["channel", "by channel"], ["size", "largest first"]], this.order, order => {
                this.order = order;
                this.all = false;
                this.again();
            });
        this.again = () => {};
    }

    /**
     * @param {Account} account
     * @param {number[][]} shapes of the layer's inputs
     * @param {{fast: number|null, inputName: string}} more
     * @returns {(Node|false|null)[]}
     */
    nodes(account, shapes, more) {
        this.again = () => fill(this.body, this.terms(account, shapes));
        this.again();
        if (account.kind === "sum")
            return [this.formula(account, more.inputName), this.lastLines(account, more.fast), this.choice, this.body];
        if (account.kind === "largest") return [...this.largest(account, shapes)];
        return [
            h("p", { class: "formula-words" }, account.formula), this.figures(account),
            h("p", {}, "Result ", strong(exact(account.engine)), inDouble(account)), this.body
        ];
    }

    /**
     * @param {Account} account
     * @param {string} inputName
     */
    formula(account, inputName) {
        const few = account.terms.value.length;
        const terms = account.biasIndex >= 0 ? ["b", "+"] : [];
        return h("div", {}, formula("y", "=", ...terms, sum("i"), row(sub("x", "i"), "\u00b7", sub("w", "i"))),
            h("p", { class: "quiet" },
                `${grouped(few)} products of values of ${inputName} and weights of ${
                    account.weightName ?? "no tensor"}`,
                account.biasIndex >= 0 &&
                    `, and the bias ${short(account.bias)} (${account.biasName}[${account.biasIndex}])`));
    }

    /**
     * @param {Account} account
     * @param {number|null} fast
     */
    lastLines(account, fast) {
        const last = replay(account);
        const same = sameBits(last, account.engine);
        return h("div", { class: "last-lines" }, line("sum replayed", `${exact(last)}`, bits(last)),
            line("engine's float", exact(account.engine), bits(account.engine)),
            h("p", { class: same ? "verdict good" : "verdict bad", id: "verdict" },
                same ? "\u2713 the same 32 bits" : "\u2717 other bits: the page adds in another order than the engine"),
            account.parts.length > 1 &&
                h("p", { class: "quiet" }, `The engine adds ${account.parts.length} partial sums, and then these.`),
            line("in double", short(account.result, 12), `differs by ${short(account.difference, 3)}`),
            fast !== null &&
                line("fast path", exact(fast),
                    fast === account.engine ? "the same" : `differs by ${short(fast - account.engine, 3)}`));
    }

    /**
     * @param {Account} account
     * @param {number[][]} shapes
     */
    terms(account, shapes) {
        if (account.kind === "sum" && this.order === "channel") return this.channels(account, shapes);
        const largestFirst = account.kind === "sum" && this.order === "size";
        const sums = runningSums(account);
        const order = largestFirst ? bySize(account) : Array.from(account.terms.value.keys());
        const shown = this.all ? order : order.slice(0, FEW);
        const rows = shown.map(k => this.term(account, shapes, k, sums));
        const bias = account.kind === "sum" && !largestFirst ? [["bias", "", "", "", short(sums[0], 6)]] : [];
        const heads = account.kind === "sum"
                          ? ["from", "value", "\u00d7 weight", "= product", largestFirst ? "" : "sum so far"]
                      : this.multiplies(account) ? ["from", "value", "\u00d7 factor", "= product"]
                                                 : ["from", "value"];
        return h("div", {}, table(heads, [...bias, ...rows]), this.rest(account, order, shown));
    }

    /**
     * @param {Account} account
     * @param {number[][]} shapes
     * @param {number} k
     * @param {Float32Array} sums
     */
    term(account, shapes, k, sums) {
        const { input, index, value, factor, product } = account.terms;
        /** @type {(Node|string)[]} */
        const cells = [placeText(shapes[input[k]], index[k]), short(value[k])];
        if (this.multiplies(account)) cells.push(short(factor[k]), signed(product[k]));
        if (account.kind === "sum") cells.push(this.order === "size" ? "" : short(sums[k + 1], 6));
        return cells;
    }

    /**
     * Whether the layer multiplies its values; a ReLU does not.
     * @param {Account} account
     */
    multiplies({ kind, terms }) {
        return kind === "sum" || terms.factor.some(factor => factor !== 1);
    }

    /**
     * @param {Account} account
     * @param {number[]} order
     * @param {number[]} shown
     */
    rest(account, order, shown) {
        const hidden = order.slice(shown.length);
        if (hidden.length === 0) return null;
        const others = hidden.reduce((total, k) => total + account.terms.product[k], 0);
        return h("p", {},
            `The other ${grouped(hidden.length)}${
                this.multiplies(account) ? ` come to ${short(others)}` : " follow"}. `,
            button(`Show all ${grouped(order.length)}`, () => {
                this.all = true;
                this.again();
            }));
    }

    /**
     * @param {Account} account
     * @param {number[][]} shapes
     */
    channels(account, shapes) {
        const sums = sumsByChannel(account, shapes);
        const most = Math.max(...sums.map(entry => Math.abs(entry.sum)), 1e-30);
        const rows = sums.map(
            ({ channel, sum: total, count }) => [String(channel), String(count), signed(total), bar(total / most)]);
        return table(["channel", "products", "together", ""],
            [["bias", "", signed(account.bias), bar(account.bias / most)], ...rows]);
    }

    /**
     * @param {Account} account
     * @param {number[][]} shapes
     */
    largest(account, shapes) {
        const { input, index, value } = account.terms;
        const equal = ties(account);
        const rows = Array.from(value.keys(), k => [placeText(shapes[input[k]], index[k]), exact(value[k]),
                                                  k === account.winner ? "\u2190 largest"
                                                  : equal.includes(k)  ? "as large"
                                                                       : ""]);
        const tie = equal.length < 2 ? ""
                    : equal.length === value.length
                        ? `All ${value.length} are ${short(value[account.winner])}; the engine takes the first.`
                        : `${equal.length} are equally large; the engine takes the first of them.`;
        return [
            h("p", { class: "formula-words" }, account.formula),
            line("largest", exact(account.engine), bits(account.engine)), tie ? h("p", { class: "tie" }, tie) : null,
            table(["from", "value", ""], rows)
        ];
    }

    /** @param {Account} account */
    figures(account) {
        if (account.figures.length === 0) return false;
        return table(["", ""], account.figures.map(({ name, value }) => [name, short(value, 7)]));
    }
}

/**
 * @param {string} name
 * @param {string} value
 * @param {string} note
 */
export const line = (name, value, note) => h(
    "p", {class: "line"}, h("span", {}, name), h("b", {}, value), h("code", {}, note));

/** @param {string} text */
const strong = text => h("b", {}, text);

/** @param {Account} account */
const inDouble = account => (account.difference === 0 ? "" : `; in double precision ${short(account.result, 12)}`);

/**
 * A share of the largest, to the left or right of zero.
 * @param {number} share -1..1
 */
export function bar(share) {
    const width = Math.abs(share) * 50;
    const style = `width:${width}%;margin-left:${share < 0 ? 50 - width : 50}%`;
    return h("span", { class: "bar" }, h("span", { class: share < 0 ? "bar-below" : "bar-above", style }));
}
