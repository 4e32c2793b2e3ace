/** Chapter 3: ReLU, which closes where values are negative, and pooling, which keeps the largest value of each window. */
import {scaleOf} from "../colour.js";
import {fill, h} from "../dom.js";
import {indexOf, placeOf, windowAt, windowOf} from "../geometry.js";
import {Grid} from "../grid.js";
import {Legend, MapsView} from "../layer_view.js";
import {grouped, percent, short} from "../numbers.js";
import {ties} from "../account_sums.js";
import {rowsOf, sign, tile} from "../tile.js";
import {Player} from "./player.js";
import {poolingToy} from "./pooling_toy.js";
import {sizeFormulas} from "./sizes.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../types.js").Layer} Layer */

class PoolingView {
    /** @param {App} app */
    constructor(app) {
        this.app = app;
        this.maps = new MapsView(app);
        this.before = new Grid({
            label: "The map before: arrow keys read it",
            width: 360,
            pick: (y, x) => this.pickBefore(y, x),
            leave: () => app.back()
        });
        this.beforeTitle = h("h3", {});
        this.beforeLegend = new Legend();
        this.work = h("div", { class: "card wide" });
        this.counts = h("div", { class: "card wide", id: "counts" });
        this.player = new Player(app);
        this.sizes = h("div", { class: "card wide" });
        this.toy = poolingToy(app);
        this.counted = "";
        this.element = h("div", { class: "cards" },
            h("div", { class: "card" }, this.beforeTitle, this.before.element, this.beforeLegend.element),
            this.maps.large, this.work, this.player.element, this.maps.small, this.counts, this.sizes,
            this.toy.element);
    }

    close() {
        this.player.stop();
    }

    /**
     * The value that a value before goes into.
     * @param {number} y
     * @param {number} x
     */
    pickBefore(y, x) {
        const { layer } = this.app, window = windowOf(layer), [, rows, columns] = layer.shape;
        if (!window) return this.app.move({ y: Math.min(y, rows - 1), x: Math.min(x, columns - 1) }, "point");
        const to = (/** @type {number} */ at, /** @type {0|1} */ axis) => Math.floor(
            (at + window.pads[axis]) / window.stride[axis]);
        this.app.move({ y: Math.min(to(y, 0), rows - 1), x: Math.min(to(x, 1), columns - 1) }, "point");
    }

    /** @param {import("../types.js").Changed} changed */
    update(changed) {
        const { app } = this, { layer, state } = app, source = app.model.layer(layer.inputs[0] ?? "input");
        const [, rows, columns] = source.shape, area = rows * columns, all = app.model.output(source.name);
        const values = all.subarray(state.c * area, (state.c + 1) * area), scale = app.scaleFor(source.name, all);
        this.maps.draw();
        fill(this.beforeTitle, `${source.name}, map ${state.c}: before`);
        this.before.draw({
            values,
            size: [rows, columns],
            scale,
            theme: state.theme,
            cursor: windowOf(layer) ? [-1, -1] : [state.y, state.x],
            boxes: this.boxes(layer, source)
        });
        this.beforeLegend.draw(scale, state.theme);
        this.drawWork(layer, source);
        if (this.counted !== `${layer.name} ${state.run}`) this.count(layer, source);
        if (changed.has("layer") || changed.has("chapter")) fill(this.sizes, sizeFormulas(app));
        this.toy.update(changed);
    }

    /**
     * The window and its winner.
     * @param {Layer} layer
     * @param {Layer} source
     * @returns {import("../maps.js").Box[]}
     */
    boxes(layer, source) {
        const window = windowOf(layer), { y, x } = this.app.state;
        if (!window) return [];
        const winner = this.winner(layer, source);
        return [{...windowAt(window, y, x), style: "window" }, ...(winner ? [winner] : [])];
    }

    /**
     * @param {Layer} layer
     * @param {Layer} source
     * @returns {import("../maps.js").Box|null}
     */
    winner(layer, source) {
        const account = this.app.model.account(layer.name, this.app.index);
        if (!account || account.winner < 0) return null;
        const [, top, left] = placeOf(source.shape, account.terms.index[account.winner]);
        return { top, left, height: 1, width: 1, style: "winner" };
    }

    /**
     * @param {Layer} layer
     * @param {Layer} source
     */
    drawWork(layer, source) {
        const { app } = this, account = app.model.account(layer.name, app.index);
        if (!account) return fill(this.work, h("p", {}, `A ${layer.op} layer has no worked form here.`));
        const window = windowOf(layer), values = account.terms.value;
        const scale = app.scaleFor(source.name, app.model.output(source.name)), { theme } = app.state;
        if (window && values.length === window.kernel[0] * window.kernel[1]) {
            const equal = new Set(ties(account)), width = window.kernel[1];
            const mark = (/** @type {number} */ i, /** @type {number} */ j) => (i * width + j === account.winner
                                                                                    ? "winner"
                                                                                : equal.has(i * width + j) ? "equal"
                                                                                                           : "");
            return fill(this.work, h("h3", {}, "Under the window"),
                h("div", { class: "tiles" }, tile("values", rowsOf(values, width), scale, theme, mark), sign("\u2192"),
                    tile(layer.op === "avgpool" ? "mean" : "largest", [[account.engine]], scale, theme),
                    h("p", { class: "together" }, this.words(equal.size, values.length))));
        }
        const open = account.engine !== 0;
        return fill(this.work, h("h3", {}, "This value"),
            h("div", { class: "tiles" }, tile("before", [[values[0]]], scale, theme), sign("\u2192"),
                tile("after", [[account.engine]], scale, theme),
                h("p", { class: "together" },
                    layer.op === "relu" ? (open ? "It is positive, so it passes: the ReLU is open here."
                                                : "It is not positive, so it becomes 0: the ReLU is closed here.")
                                        : account.formula)));
    }

    /**
     * @param {number} equal
     * @param {number} count
     */
    words(equal, count) {
        if (equal > 1 && equal === count)
            return `All ${
                count} are equal: a tie. The engine takes the first, and in training only that one gets a gradient.`;
        if (equal > 1) return `${equal} are equally large: a tie. The engine takes the first of them.`;
        return "The largest is outlined in the map before. The others are lost; where exactly it was within the window is lost, too.";
    }

    /**
     * Zeros behind a ReLU, ties and what is lost in a pooling, over all maps.
     * @param {Layer} layer
     * @param {Layer} source
     */
    count(layer, source) {
        const { app } = this;
        this.counted = `${layer.name} ${app.state.run}`;
        const output = app.model.output(layer.name),
              zeros = output.reduce((count, value) => count + (value === 0 ? 1 : 0), 0);
        const text = [`${grouped(zeros)} of ${grouped(output.length)} values of ${layer.name} are 0 (${
            percent(zeros / output.length)}).`];
        if (layer.op === "maxpool") text.push(tieText(app, layer, source));
        fill(this.counts, h("h3", {}, "Over all maps"), h("p", {}, text.join(" ")));
    }
}

/**
 * How many windows have more than one largest value.
 * @param {App} app
 * @param {Layer} layer
 * @param {Layer} source
 */
function tieText(app, layer, source) {
    const window = windowOf(layer);
    if (!window) return "";
    const [channels, rows, columns] = layer.shape, values = app.model.output(source.name),
                           output = app.model.output(layer.name);
    let tied = 0, tiedZeros = 0;
    for (let k = 0; k < output.length; k++) {
        const [c, y, x] = placeOf([channels, rows, columns], k), { top, left, height, width } = windowAt(window, y, x);
        let equal = 0;
        for (let i = Math.max(0, top); i < Math.min(source.shape[1], top + height); i++) {
            for (let j = Math.max(0, left); j < Math.min(source.shape[2], left + width); j++)
                equal += values[indexOf(source.shape, c, i, j)] === output[k] ? 1 : 0;
        }
        if (equal > 1) tied++;
        if (equal > 1 && output[k] === 0) tiedZeros++;
    }
    const kept = output.length / values.length;
    return `${grouped(tied)} of ${grouped(output.length)} windows have a tie (${percent(tied / output.length)}), ${
               grouped(tiedZeros)} of them because all is 0 after the ReLU. ` +
           `The pooling keeps ${grouped(output.length)} of ${grouped(values.length)} values: ${
               percent(1 - kept)} of the positions lose.`;
}

/** @type {import("../types.js").Chapter} */
export const pooling = {
    number: 3,
    title: "ReLU and pooling",
    summary:
        "ReLU makes negative values 0. Max pooling keeps the largest value of each window, so that maps become smaller and small shifts matter less.",
    open: app => new PoolingView(app),
};
