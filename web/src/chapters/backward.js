/** Chapter 5: the error, and its way back: the gradient of every value and of every weight. */
import {bar, table} from "../account_view.js";
import {scaleOf} from "../colour.js";
import {button, fill, h} from "../dom.js";
import {fold, isVector} from "../geometry.js";
import {Grid} from "../grid.js";
import {MapsView} from "../layer_view.js";
import {formula, row, sub} from "../math.js";
import {short} from "../numbers.js";
import {WeightView} from "./weight.js";

/** @typedef {import("../app.js").App} App */

class BackwardView {
    /** @param {App} app */
    constructor(app) {
        this.app = app;
        this.maps = new MapsView(app, { read: name => app.model.gradient(name, app.target), what: "gradient" });
        this.values = new Grid({
            label: "The values: arrow keys move",
            width: 360,
            pick: (y, x, how) => app.move(this.maps.target(y, x), how),
            leave: () => app.back()
        });
        this.valuesTitle = h("h3", {});
        this.error = h("div", { class: "card wide", id: "error" });
        this.steps = h("div", { class: "card wide player", role: "group", "aria-label": "Step backward" },
            button("\u2190 Back towards the picture", () => this.step(), { id: "backward-step", class: "primary" }),
            button("Start at the error", () => this.start()),
            h("span", { class: "quiet" },
                "Under each layer of the row above is its gradient. Point at a value: the panel works its gradient out."));
        this.weight = new WeightView(app);
        this.element = h("div", { class: "cards" }, this.error, this.steps,
            h("div", { class: "card" }, this.valuesTitle, this.values.element), this.maps.large, this.maps.small,
            this.weight.element);
        if (app.model.hasClasses && app.model.readers(app.layer.name).length === 0) this.start();
    }

    start() {
        const { app } = this, { name, shape } = app.model.scoresLayer;
        app.open(name, { c: Math.min(app.target, shape[0] - 1) });
    }

    step() {
        const [source] = this.app.layer.inputs;
        if (source) this.app.open(source);
    }

    /** @param {import("../types.js").Changed} changed */
    update(changed) {
        const { app } = this;
        if (!app.model.hasClasses)
            return fill(this.element,
                h("p", {}, "This network\u2019s outputs are no scores of classes: the page knows no loss for them."));
        if (changed.has("run") || changed.has("target")) fill(this.error, this.errorOf());
        this.maps.draw();
        this.drawValues();
        this.weight.update(changed);
    }

    /** Loss and p - y, for the class chosen. */
    errorOf() {
        const { app } = this, { model, target } = app;
        model.backward(target);
        const note = target === app.state.picture.label ? "the label of this test image"
                                                        : "Choose another, and see the gradients change.";
        return [
            h("h3", {}, "The error"),
            h("div", { class: "tools" }, h("label", { "for": "target" }, "True class "), this.select(),
                h("span", { class: "quiet" }, note)),
            ...(model.last.op === "softmax" ? this.softmaxError() : [h("p", {}, `loss ${short(model.loss, 6)}`)])
        ];
    }

    select() {
        const { app } = this;
        const select = h("select", { id: "target", onchange: () => app.set({ target: Number(select.value) }) },
            app.model.classes.map((name, k) => h("option", { value: k, selected: k === app.target }, name)));
        return select;
    }

    softmaxError() {
        const { model, target } = this.app, { classes, loss } = model, p = model.scores();
        const gradient = p.map((value, k) => value - Number(k === target));
        const most = Math.max(...gradient.map(Math.abs), 1e-30);
        const rows = Array.from(p.keys()).slice(0, 20).map(
            k => [classes[k], short(p[k]), k === target ? "1" : "0", short(gradient[k]), bar(gradient[k] / most)]);
        return [
            formula("loss", "=", "\u2212", "ln", sub("p", classes[target])),
            formula("=", "\u2212", "ln", row("(", short(p[target], 6), ")"), "=", short(loss, 6)),
            table(["class", "p", "y", "p \u2212 y", ""], rows, "narrow"),
            h("p", { class: "quiet" },
                "p is the probability, y is 1 for the true class. p \u2212 y is the gradient of the loss by each " +
                    "score: where it is positive, a smaller score would make the loss smaller.")
        ];
    }

    drawValues() {
        const { app } = this, { layer, state } = app, values = app.model.output(layer.name), vector = isVector(layer);
        const [rows, columns] = vector ? fold(layer.shape[0]) : [layer.shape[1], layer.shape[2]], area = rows * columns;
        const shown = new Float32Array(area);
        shown.set(vector ? values : values.subarray(state.c * area, (state.c + 1) * area));
        fill(this.valuesTitle, vector ? `${layer.name}: the values` : `${layer.name}, map ${state.c}: the values`);
        this.values.draw({
            values: shown,
            size: [rows, columns],
            scale: vector ? scaleOf(values) : app.scaleFor(layer.name, values),
            theme: state.theme,
            count: vector ? layer.shape[0] : undefined,
            cursor: vector ? [Math.floor(state.c / columns), state.c % columns] : [state.y, state.x]
        });
    }
}

/** @type {import("../types.js").Chapter} */
export const backward = {
    number: 5,
    title: "Error and backward",
    summary:
        "The loss says how wrong the answer is. Its gradient goes back through the network, from the last layer to the first, and says of each number which way it would have to change.",
    open: app => new BackwardView(app),
};
