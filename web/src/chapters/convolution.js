/** Chapter 2: a convolution, all of it: maps, filters, the sliding window and every product. */
import {inputChannels, indexOf, windowAt, windowOf} from "../geometry.js";
import {fill, h} from "../dom.js";
import {scaleOf} from "../colour.js";
import {Gallery} from "../gallery.js";
import {Grid} from "../grid.js";
import {MapsView} from "../layer_view.js";
import {short} from "../numbers.js";
import {rowsOf, sign, tile} from "../tile.js";
import {FieldView} from "./field.js";
import {Player} from "./player.js";
import {sizeFormulas} from "./sizes.js";
import {WindowToy} from "./window_toy.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../types.js").Layer} Layer */
/** @typedef {import("../geometry.js").Window} Window */

export class ConvolutionView {
    /** @param {App} app */
    constructor(app) {
        this.app = app;
        this.maps = new MapsView(app);
        this.input = new Grid({
            label: "The input map under the window: arrow keys read it",
            width: 360,
            pick: (y, x) => this.readInput(y, x)
        });
        this.inputTitle = h("h3", {});
        this.inputs = new Gallery({
            label: "All maps of the input: arrow keys choose",
            noun: "input map",
            pick: input => app.set({ input })
        });
        this.filters = new Gallery(
            { label: "All filters: arrow keys choose", noun: "filter", pick: filter => this.chooseFilter(filter) });
        this.products = h("div", { class: "tiles" });
        this.filterTitle = h("h3", {});
        this.inputsTitle = h("h3", {});
        this.player = new Player(app);
        this.field = new FieldView(app);
        this.sizes = h("div", { class: "card wide", id: "sizes" });
        this.inputNote = h("p", { class: "quiet" });
        this.inputsCard = h("div", { class: "card wide" }, this.inputsTitle, this.inputs.element);
        this.filtersCard = h("div", { class: "card wide" }, this.filterTitle, this.filters.element);
        this.inputCard = h("div", { class: "card" }, this.inputTitle, this.input.element, this.inputNote);
        this.productsCard = h("div", { class: "card wide" }, h("h3", {}, "Under the window"), this.products);
        this.toy = new WindowToy(app);
        this.element = h("div", { class: "cards" }, this.inputCard, this.maps.large, this.productsCard,
            this.player.element, this.maps.small, this.filtersCard, this.inputsCard, this.field.element, this.sizes,
            this.toy.element);
    }

    close() {
        this.player.stop();
    }

    /**
     * @param {number} y
     * @param {number} x
     */
    readInput(y, x) {
        const { app } = this, { layer } = app, source = app.model.layer(layer.inputs[0]);
        const value = app.model.output(source.name)[indexOf(source.shape, this.channel(layer, source), y, x)];
        this.inputNote.textContent = `row ${y}, column ${x}: ${short(value)}`;
    }

    /**
     * In chapter 2 a filter's slices: for one input map each.
     * @param {number} filter
     */
    chooseFilter(filter) {
        const single = this.slices(this.app.layer).each === 1;
        this.app.set(single ? { c: filter } : { input: filter });
    }

    /**
     * The input map that is enlarged.
     * @param {Layer} layer
     * @param {Layer} source
     */
    channel(layer, source) {
        const [first, count] = inputChannels(layer, source.shape[0], this.app.state.c);
        return first + Math.min(this.app.state.input, count - 1);
    }

    /** @param {Layer} layer */
    slices(layer) {
        const shape = this.app.model.parameterShape(layer.parameters[0]);
        return { filters: shape[0], each: shape[1], height: shape[2], width: shape[3] };
    }

    /** @param {import("../types.js").Changed} changed */
    update(changed) {
        const { app } = this, { layer } = app;
        const window = windowOf(layer);
        const convolution = layer.op === "conv" && window !== null;
        for (const card of [this.productsCard, this.filtersCard]) card.hidden = !convolution;
        this.inputCard.hidden = window === null;
        this.player.element.hidden = window === null;
        const source = app.model.layer(layer.inputs[0] ?? "input");
        this.inputsCard.hidden = window === null || source.shape[0] < 2;
        this.maps.draw();
        if (window) this.drawInput(layer, source, window);
        if (convolution) this.drawFilter(layer, source, window);
        this.field.update(changed);
        if (changed.has("layer") || changed.has("chapter")) fill(this.sizes, sizeFormulas(app));
        this.toy.update(changed);
    }

    /**
     * @param {Layer} layer
     * @param {Layer} source
     * @param {Window} window
     */
    drawInput(layer, source, window) {
        const { app } = this, { y, x } = app.state, values = app.model.output(source.name);
        const [, rows, columns] = source.shape, area = rows * columns, channel = this.channel(layer, source);
        const box = windowAt(window, y, x), scale = app.scaleFor(source.name, values);
        fill(this.inputTitle, `${source.name}, map ${channel}`);
        this.input.draw({
            values: values.subarray(channel * area, (channel + 1) * area),
            size: [rows, columns],
            scale,
            theme: app.state.theme,
            cursor: [-1, -1],
            boxes: [{...box, style: "window" }],
        });
        if (this.inputsCard.hidden) return;
        const [first, count] = inputChannels(layer, source.shape[0], app.state.c);
        fill(this.inputsTitle, `The window on every input map (${count} of ${source.name})`);
        this.inputs.draw({
            values: values.subarray(first * area, (first + count) * area),
            count,
            size: [rows, columns],
            theme: app.state.theme,
            chosen: channel - first,
            scale: () => scale,
            boxes: [box],
        });
    }

    /**
     * @param {Layer} layer
     * @param {Layer} source
     * @param {Window} window
     */
    drawFilter(layer, source, window) {
        const { app } = this, { c, theme } = app.state, weights = app.model.parameter(layer.parameters[0]);
        const { filters, each, height, width } = this.slices(layer), area = height * width;
        const scale = scaleOf(weights), slice = Math.min(app.state.input, each - 1);
        const single = each === 1;
        fill(this.filterTitle, single ? `All ${filters} filters of ${layer.name}`
                                      : `Filter ${c} of ${layer.name}: a slice for each of its ${each} input maps`);
        this.filters.draw({
            values: single ? weights : weights.subarray(c * each * area, (c + 1) * each * area),
            count: single ? filters : each,
            size: [height, width],
            theme,
            chosen: single ? c : slice,
            scale: () => scale,
            side: 30,
        });
        const kernel = rowsOf(weights.subarray((c * each + slice) * area, (c * each + slice + 1) * area), width);
        this.drawProducts(this.patch(layer, source, window), kernel, scale);
    }

    /**
     * The values under the window; zeros where it reaches over the edge.
     * @param {Layer} layer
     * @param {Layer} source
     * @param {Window} window
     */
    patch(layer, source, window) {
        const { app } = this, { y, x } = app.state, values = app.model.output(source.name),
                    channel = this.channel(layer, source);
        const { top, left } = windowAt(window, y, x), [, rows, columns] = source.shape;
        return Array.from({ length: window.kernel[0] }, (_, i) => Array.from({ length: window.kernel[1] }, (_, j) => {
            const row = top + i * window.dilation[0], column = left + j * window.dilation[1];
            const inside = row >= 0 && column >= 0 && row < rows && column < columns;
            return inside ? values[indexOf(source.shape, channel, row, column)] : 0;
        }));
    }

    /**
     * @param {number[][]} patch
     * @param {number[][]} kernel
     * @param {import("../colour.js").Scale} weights
     */
    drawProducts(patch, kernel, weights) {
        const { app } = this, { theme } = app.state, source = app.layer.inputs[0];
        const products = patch.map((values, i) => values.map((value, j) => value * kernel[i][j]));
        const total = products.flat().reduce((sum, value) => sum + value, 0);
        fill(this.products, tile("values", patch, app.scaleFor(source, app.model.output(source)), theme),
            sign("\u00d7"), tile("weights", kernel, weights, theme), sign("="),
            tile("products", products, scaleOf(products.flat()), theme),
            h("p", { class: "together" }, "together ", h("b", {}, short(total, 5)),
                this.slices(app.layer).each > 1 &&
                    h("span", { class: "quiet" },
                        ` from this input map; the panel adds all ${this.slices(app.layer).each} and the bias`)));
    }
}

/** @type {import("../types.js").Chapter} */
export const convolution = {
    number: 2,
    title: "Convolution",
    summary:
        "A small window slides over the input. At each place its values are multiplied by the filter's weights and added up.",
    open: app => new ConvolutionView(app),
};
