/** Chapter 4: maps become one vector, neurons weigh all of it, and softmax makes probabilities. */
import {scaleOf} from "../colour.js";
import {choice, fill, h} from "../dom.js";
import {Gallery} from "../gallery.js";
import {countOf, isVector, placeOf} from "../geometry.js";
import {Grid} from "../grid.js";
import {MapsView} from "../layer_view.js";
import {formula, row, words} from "../math.js";
import {grouped, short} from "../numbers.js";
import {SoftmaxView, softmaxToy} from "./softmax.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../types.js").Layer} Layer */
/** @typedef {"products"|"weights"|"values"} What of a neuron's inputs is shown */

const MOST_WEIGHTS = 4096; /* of a layer whose weights are shown as one map */

/**
 * The maps that a vector was folded from; null: it was a vector before.
 * @param {App} app
 * @param {Layer} layer one that reads a vector
 * @returns {Layer|null}
 */
function homeOf(app, layer) {
    const home = app.model.home(layer.op === "flatten" ? layer.name : layer.inputs[0]);
    return isVector(home) ? null : home;
}

class DenseView {
    /** @param {App} app */
    constructor(app) {
        this.app = app;
        /** @type {What} */
        this.what = "products";
        this.maps = new MapsView(app, { width: 420 });
        this.shares = new Gallery({
            label: "The neuron's inputs, folded back to maps: arrow keys choose",
            noun: "map",
            pick: input => app.set({ input })
        });
        this.matrix = new Grid({
            label: "All weights: a row for each neuron",
            width: 560,
            pick: (y, _, how) => app.move({ c: y }, how),
            leave: () => app.back()
        });
        this.title = h("h3", {});
        this.note = h("p", { class: "quiet" });
        this.choice = choice(
            "Show", [["products", "products"], ["weights", "weights"], ["values", "values"]], this.what, what => {
                this.what = what;
                this.update(new Set(["c"]));
            });
        this.sharesCard = h("div", { class: "card wide", id: "contributions" }, this.title, this.choice,
            this.shares.element, this.note);
        this.matrixCard = h("div", { class: "card wide" },
            h("h3", {}, "All weights: a row for each neuron, a column for each input"), this.matrix.element);
        this.count = h("div", { class: "card wide" });
        this.softmax = new SoftmaxView(app);
        this.toy = softmaxToy();
        this.element = h("div", { class: "cards" }, this.maps.large, this.softmax.element, this.sharesCard,
            this.matrixCard, this.count, this.toy.element, this.maps.small);
    }

    /** @param {import("../types.js").Changed} changed */
    update(changed) {
        const { layer } = this.app;
        this.maps.draw();
        this.softmax.element.hidden = layer.op !== "softmax";
        if (layer.op === "softmax") this.softmax.update();
        const home = homeOf(this.app, layer), dense = layer.op === "dense";
        this.choice.hidden = !dense;
        this.sharesCard.hidden = !(home && (dense || layer.op === "flatten"));
        if (home && dense)
            this.drawShares(layer, home);
        else if (home && layer.op === "flatten")
            this.drawHome(layer, home);
        this.matrixCard.hidden = !dense ||
                                 countOf(this.app.model.layer(layer.inputs[0]).shape) * layer.shape[0] > MOST_WEIGHTS;
        if (!this.matrixCard.hidden) this.drawMatrix(layer);
        if (changed.has("layer") || changed.has("chapter")) fill(this.count, this.counts(layer));
    }

    /**
     * What each input contributes to a neuron, where it lay in the maps.
     * @param {Layer} layer
     * @param {Layer} home
     */
    drawShares(layer, home) {
        const { model, state } = this.app, values = model.output(home.name), count = values.length;
        const weights = model.parameter(layer.parameters[0]).subarray(state.c * count, (state.c + 1) * count);
        const shown = { values, weights, products: weights.map((weight, k) => weight * values[k]) }[this.what];
        this.drawGallery(home, shown, state.input);
        fill(this.title, `The ${grouped(count)} ${this.what} of ${layer.name}[${state.c}], folded back to the ${
                             home.shape[0]} maps of ${home.name}`);
        const sums = sumsOfMaps(shown, home),
              order = sums.map((_, k) => k).sort((a, b) => Math.abs(sums[b]) - Math.abs(sums[a])).slice(0, 3);
        this.note.textContent = this.what !== "products"
                                    ? ""
                                    : `The maps that matter most: ${
                                          order.map(k => `${k} (${short(sums[k])})`).join(", ")}. All together ${
                                          short(sums.reduce((a, b) => a + b, 0), 6)}, then the bias.`;
    }

    /**
     * The home of the vector's element that is looked at.
     * @param {Layer} layer
     * @param {Layer} home
     */
    drawHome(layer, home) {
        const { model, state } = this.app, [c, y, x] = placeOf(home.shape, state.c);
        fill(this.title, `Number ${state.c} of ${layer.name} is map ${c}, row ${y}, column ${x} of ${home.name}`);
        this.note.textContent = `The ${home.shape[0]} maps of ${home.shape[1]} \u00d7 ${
            home.shape[2]} become one vector of ${
            grouped(countOf(home.shape))}: map after map, row after row. No value changes.`;
        this.drawGallery(home, model.output(home.name), c, [{ top: y, left: x, height: 1, width: 1 }]);
    }

    /**
     * @param {Layer} home
     * @param {Float32Array} values
     * @param {number} chosen
     * @param {import("../maps.js").Box[]} [boxes]
     */
    drawGallery(home, values, chosen, boxes = []) {
        const scale = scaleOf(values);
        this.shares.draw({
            values,
            count: home.shape[0],
            size: [home.shape[1], home.shape[2]],
            theme: this.app.state.theme,
            chosen,
            scale: () => scale,
            boxes,
            boxesOfChosen: true,
            side: 48
        });
    }

    /** @param {Layer} layer */
    drawMatrix(layer) {
        const { model, state } = this.app, weights = model.parameter(layer.parameters[0]), rows = layer.shape[0],
                             columns = weights.length / rows;
        this.matrix.draw({
            values: weights,
            size: [rows, columns],
            scale: scaleOf(weights),
            theme: state.theme,
            cursor: [-1, -1],
            boxes: [{ top: state.c, left: 0, height: 1, width: columns, style: "cursor" }]
        });
    }

    /** @param {Layer} layer */
    counts(layer) {
        if (layer.op !== "dense")
            return [h("h3", {}, `${layer.name} has no parameters`), h("p", {}, "Nothing here is learned.")];
        const [units, inputs] = this.app.model.parameterShape(layer.parameters[0]), bias = layer.parameters.length > 1;
        const total = units * inputs + (bias ? units : 0),
              one = bias ? row("(", words(grouped(inputs)), "+", "1", ")") : words(grouped(inputs));
        return [
            h("h3", {}, `Parameters of ${layer.name}`),
            h("p", {},
                `Each of the ${units} neurons has a weight for each of the ${grouped(inputs)} inputs${
                    bias ? ", and a bias" : ""}:`),
            formula(one, "\u00d7", String(units), "=", words(grouped(total)))
        ];
    }
}

/**
 * @param {Float32Array} values
 * @param {Layer} home
 * @returns {number[]} one a map
 */
function sumsOfMaps(values, home) {
    const area = home.shape[1] * home.shape[2];
    return Array.from({ length: home.shape[0] },
        (_, k) => values.subarray(k * area, (k + 1) * area).reduce((sum, value) => sum + value, 0));
}

/** @type {import("../types.js").Chapter} */
export const dense = {
    number: 4,
    title: "Dense and softmax",
    summary:
        "The maps become one vector. Each neuron weighs all of it, and the softmax turns the last layer\u2019s scores into probabilities.",
    open: app => new DenseView(app),
};
