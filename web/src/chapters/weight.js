/** One weight: why its gradient is what it is, and what the loss does when the weight is nudged. */
import {line, table} from "../account_view.js";
import {scaleOf} from "../colour.js";
import {button, choice, fill, h} from "../dom.js";
import {fold} from "../geometry.js";
import {weightGradient} from "../gradient_view.js";
import {Grid} from "../grid.js";
import {exact, plural, short} from "../numbers.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {{parameter: string, first: number, count: number, size: [number, number], title: string}} Slice a part of a tensor as a map */

export class WeightView {
    /** @param {App} app */
    constructor(app) {
        this.app = app;
        this.chosen = 0; /* within the slice */
        this.step = 0.001;
        this.title = h("h3", {});
        const pick = (/** @type {number} */ y, /** @type {number} */ x, /** @type {string} */ how) => how !== "point" &&
                                                                                                      this.choose(y, x);
        this.weights = new Grid({ label: "Weights: arrow keys choose one", width: 300, pick });
        this.gradients = new Grid({ label: "Gradients of the weights: arrow keys choose one", width: 300, pick });
        this.account = h("div", {});
        this.nudged = h("div", { id: "nudged", role: "status" });
        this.element = h("div", { class: "card wide", id: "weight" }, this.title,
            h("div", { class: "side-by-side" }, h("div", {}, h("h4", {}, "weights"), this.weights.element),
                h("div", {}, h("h4", {}, "their gradients"), this.gradients.element),
                h("div", {}, h("h4", {}, "nudge it"), this.tools(), this.nudged)),
            this.account);
    }

    tools() {
        return h("div", {},
            choice("by \u00b1", [["0.1", "0.1"], ["0.01", "0.01"], ["0.001", "0.001"]], "0.001",
                step => void (this.step = Number(step))),
            button("Nudge", () => this.nudge(), { id: "nudge" }));
    }

    /**
     * @param {number} y
     * @param {number} x
     */
    choose(y, x) {
        const slice = this.slice();
        if (!slice) return;
        this.chosen = y * slice.size[1] + x;
        this.draw(slice);
    }

    /** @returns {Slice|null} the weights that made the value looked at; null: its layer has none */
    slice() {
        const { model, layer, state } = this.app, [parameter] = layer.parameters;
        if (!parameter) return null;
        const shape = model.parameterShape(parameter);
        if (layer.op === "conv") {
            const [, each, height, width] = shape, k = Math.min(state.input, each - 1), area = height * width;
            return {
                parameter,
                first: (state.c * each + k) * area,
                count: area,
                size: [height, width],
                title: `${parameter}[${state.c}, ${k}]: filter ${state.c}, slice for input map ${k}`
            };
        }
        const count = layer.op === "dense" ? shape[1] : shape[0];
        return {
            parameter,
            first: layer.op === "dense" ? state.c * count : 0,
            count,
            size: fold(count),
            title: layer.op === "dense" ? `${parameter}[${state.c}]: all weights of neuron ${state.c}` : parameter
        };
    }

    /** @param {import("../types.js").Changed} changed */
    update(changed) {
        const slice = this.slice();
        this.element.hidden = slice === null;
        if (!slice) return;
        if (changed.has("layer") || changed.has("c") || changed.has("input"))
            this.chosen = Math.min(this.chosen, slice.count - 1);
        if (["layer", "c", "input", "run", "target", "theme"].some(name => changed.has(name))) this.draw(slice);
    }

    /** @param {Slice} slice */
    draw(slice) {
        const { app } = this, { model, state, target } = app, { parameter, first, count, size } = slice;
        const gradient = model.parameterGradient(parameter, target), weights = model.parameter(parameter);
        const cursor = /** @type {[number, number]} */ ([Math.floor(this.chosen / size[1]), this.chosen % size[1]]);
        for (const [grid, all] of /** @type {[Grid, Float32Array][]} */ (
                 [[this.weights, weights], [this.gradients, gradient]])) {
            const values = new Float32Array(size[0] * size[1]);
            values.set(all.subarray(first, first + count));
            grid.draw({ values, size, scale: scaleOf(values), theme: state.theme, cursor, count });
        }
        fill(this.title, slice.title);
        fill(this.nudged);
        this.tell(parameter, first + this.chosen);
    }

    /**
     * @param {string} parameter
     * @param {number} index
     */
    tell(parameter, index) {
        try {
            this.app.model.backward(this.app.target);
            const account = this.app.engine.gradientAccount(parameter, index);
            fill(this.account,
                h("h4", {},
                    `The gradient of element ${index} of ${parameter}, which is ${exact(account.weight)}: ${
                        plural(account.terms.count, "place")} where it takes part`),
                weightGradient(this.app, account));
        } catch (error) {
            fill(this.account,
                h("p", { class: "quiet" },
                    `Its gradient has no worked form: ${error instanceof Error ? error.message : error}`));
        }
    }

    /** The loss with the weight a little larger and a little smaller, by the engine itself. */
    nudge() {
        const { app } = this, { model, target } = app, slice = this.slice();
        if (!slice) return;
        const index = slice.first + this.chosen, before = model.parameter(slice.parameter),
              gradient = model.parameterGradient(slice.parameter, target)[index];
        const lossWith = (/** @type {number} */ weight) => {
            const values = before.slice();
            values[index] = weight;
            model.setParameter(slice.parameter, values);
            model.run(app.state.picture.pixels);
            model.backward(target);
            return { weight: values[index], loss: model.loss };
        };
        const low = lossWith(before[index] - this.step), here = lossWith(before[index]),
              high = lossWith(before[index] + this.step);
        model.setParameter(slice.parameter, before);
        model.run(app.state.picture.pixels);
        const quotient = (high.loss - low.loss) / (high.weight - low.weight);
        fill(this.nudged,
            table(["weight", "loss"], [low, here, high].map(({ weight, loss }) => [short(weight, 6), short(loss, 7)])),
            line("change / step", short(quotient, 5), ""), line("gradient", short(gradient, 5), ""),
            h("p", { class: "quiet" }, "The smaller the step, the closer, until the rounding of the loss shows."));
    }
}
