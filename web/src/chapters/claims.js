/** Chapter 7: what the deck claims of convolutional networks, measured on this one; and what each figure does not show. */
import {table} from "../account_view.js";
import {accuracyOfShifts, equivariance, occlusion, REACH, shiftMap} from "../claims.js";
import {scaleOf} from "../colour.js";
import {Curve} from "../curve.js";
import {button, fill, h} from "../dom.js";
import {countOf, windowOf} from "../geometry.js";
import {Grid} from "../grid.js";
import {grouped, percent, short} from "../numbers.js";
import {PatchesView} from "./patches.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../types.js").Layer} Layer */

const IMAGES = 60; /* test images for the accuracy against shift */

/**
 * A card with a claim, a button that measures it, and what the figure is not.
 * @param {string} id
 * @param {string} title
 * @param {string} claim
 * @param {string} limits
 * @param {(tell: (text: string) => void) => Promise<void>|void} measure
 * @param {...Node} places
 */
function card(id, title, claim, limits, measure, ...places) {
    const status = h("p", { role: "status", class: "quiet" });
    const press = button("Measure", async () => {
        press.disabled = true;
        status.textContent = "Measuring \u2026";
        try {
            await measure(text => void (status.textContent = text));
        } finally {
            press.disabled = false;
        }
    }, { id: `measure-${id}` });
    return h("div", { class: "card claim", id: `claim-${id}` }, h("h3", {}, title), h("p", {}, claim), press, status,
        ...places, h("p", { class: "quiet" }, h("b", {}, "What it is not: "), limits));
}

class ClaimsView {
    /** @param {App} app */
    constructor(app) {
        this.app = app;
        this.map = new Grid(
            { label: "Output for each shift: arrow keys read it", width: 240, pick: (y, x) => this.readShift(y, x) });
        this.shiftNote = h("p", { class: "quiet" });
        this.accuracy = new Curve({ label: "Accuracy against shift", unit: "shift" });
        this.hidden = new Grid({ label: "What hiding a place costs", width: 240 });
        this.same = h("p", { id: "equivariance" });
        this.zeros = h("div", {});
        this.patches = new PatchesView(app);
        const place = h("div", { class: "cards" }, this.cards());
        this.element =
            app.model.hasClasses
                ? place
                : h("p", {}, "This network\u2019s outputs are no scores of classes, which most of these figures need.");
    }

    cards() {
        const { app } = this;
        return [
            card("shift", "Invariance: the digit may lie elsewhere",
                `The picture is moved by up to ${REACH} pixels each way. Each cell is the output for class ${
                    app.model.classes[app.target]}.`,
                "full invariance. Max pooling forgives a pixel or two; a dense layer behind it knows where things are, and strides break the exact shift (Zhang 2019, arXiv:1904.11486).",
                tell => this.measureShift(tell), this.map.element, this.shiftNote),
            card("accuracy", "Invariance: accuracy against shift",
                `The first ${Math.min(IMAGES, app.data.test.count)} test images, moved to the right.`,
                "a test of the model: so few images give the accuracy within some percent only.",
                tell => this.measureAccuracy(tell), this.accuracy.element),
            h("div", { class: "card claim", id: "claim-sharing" },
                h("h3", {}, "Parameter sharing: one filter for the whole picture"), this.sharing(),
                h("p", { class: "quiet" }, h("b", {}, "What it is not: "),
                    "less arithmetic. The same few weights are used at every place, and most of the time goes there.")),
            h("div", { class: "card claim", id: "claim-sparsity" },
                h("h3", {}, "Sparsity: each value sees a small window"), this.sparsity(), this.zeros,
                h("p", { class: "quiet" }, h("b", {}, "What it is not: "),
                    "zeros in the weights. The zeros behind a ReLU depend on the picture.")),
            card("equivariance", "Features are found wherever they are",
                "The picture is moved down and right by one pixel; the maps of the first convolution should move with it, and change in nothing else.",
                "true of a stride above 1, or near the edges, where the padding is seen.",
                tell => this.measureSame(tell), this.same),
            card("occlusion", "Local features count",
                "A grey square of 5 \u00d7 5 pixels hides one place after the other. Each cell: by how much the output for the class falls.",
                "what the network looks at in general: a grey square is itself something that no training image had.",
                tell => this.measureOcclusion(tell), this.hidden.element),
            this.patches.element,
        ];
    }

    /** @param {(text: string) => void} tell */
    async measureShift(tell) {
        const side = 2 * REACH + 1;
        this.shifts = await shiftMap(this.app, done => tell(`${done} of ${side * side} shifts`));
        this.readShift(REACH, REACH);
        const high = this.shifts.filter(value => value > 0.5).length;
        tell(`The output stays above 0.5 at ${high} of ${side * side} places.`);
    }

    /**
     * @param {number} y
     * @param {number} x
     */
    readShift(y, x) {
        if (!this.shifts) return;
        const side = 2 * REACH + 1;
        this.map.draw({
            values: this.shifts,
            size: [side, side],
            scale: scaleOf(this.shifts),
            theme: this.app.state.theme,
            cursor: [y, x]
        });
        this.shiftNote.textContent = `${y - REACH} down, ${x - REACH} to the right: ${
            short(this.shifts[y * side + x])}`;
    }

    /** @param {(text: string) => void} tell */
    async measureAccuracy(tell) {
        const images = Math.min(IMAGES, this.app.data.test.count);
        if (images === 0) return tell("The file holds no test images.");
        const points = await accuracyOfShifts(
            this.app, images, done => tell(`${done} of ${images * (REACH + 1)} images`));
        this.accuracy.draw([{ name: "accuracy", colour: "--accent", points }]);
        tell(points.map(({ x, y }) => `${x}: ${percent(y, 0)}`).join(", "));
    }

    /** @param {(text: string) => void} tell */
    async measureOcclusion(tell) {
        const [, rows, columns] = this.app.model.layers[0].shape;
        const values = await occlusion(this.app, 5, done => tell(`${done} of ${rows * columns} places`));
        this.hidden.draw(
            { values, size: [rows, columns], scale: scaleOf(values), theme: this.app.state.theme, cursor: [-1, -1] });
        tell(`The largest fall is ${short(scaleOf(values).limit)}.`);
    }

    /** @param {(text: string) => void} tell */
    measureSame(tell) {
        const layer = this.app.model.layers.find(one => one.op === "conv");
        if (!layer) return tell("The network has no convolution.");
        const { largest, compared } = equivariance(this.app, layer.name), stride = windowOf(layer)?.stride ?? [1, 1];
        tell("");
        this.same.textContent = `${layer.name}: of ${
            grouped(compared)} values inside the maps, the largest difference is ${short(largest)}${
            largest === 0 ? ": the maps moved exactly"
                          : ""}${Math.max(...stride) > 1 ? " (its stride is not 1)" : ""}.`;
    }

    sharing() {
        const { model } = this.app;
        const rows = model.layers.filter(layer => layer.op === "conv").slice(0, 12).map(layer => {
            const own = layer.parameters.reduce(
                (sum, name) => sum + model.parameterShape(name).reduce((a, b) => a * b, 1), 0);
            const inputs = countOf(model.layer(layer.inputs[0]).shape), outputs = countOf(layer.shape);
            return [layer.name, grouped(own), grouped((inputs + 1) * outputs)];
        });
        return table(["layer", "parameters", "of a dense layer instead"], rows);
    }

    sparsity() {
        const { model } = this.app;
        const rows = model.layers.filter(layer => windowOf(layer) && layer.op === "conv").slice(0, 12).map(layer => {
            const shape = model.parameterShape(layer.parameters[0]), each = shape[1] * shape[2] * shape[3],
                  inputs = countOf(model.layer(layer.inputs[0]).shape);
            return [layer.name, grouped(each), grouped(inputs), percent(each / inputs, 2)];
        });
        return table(["layer", "inputs of a value", "inputs there are", "share"], rows);
    }

    /** @param {import("../types.js").Changed} changed */
    update(changed) {
        if (changed.has("run")) {
            const { model } = this.app;
            const rows = model.layers.filter(layer => layer.op === "relu").slice(0, 12).map(({ name }) => {
                const values = model.output(name);
                return [name, percent(values.reduce((count, value) => count + Number(value === 0), 0) / values.length)];
            });
            fill(this.zeros, rows.length > 0 && table(["behind a ReLU, of this picture", "zeros"], rows));
        }
        this.patches.update(changed);
    }
}

/** @type {import("../types.js").Chapter} */
export const claims = {
    number: 7,
    title: "Claims",
    summary:
        "Invariance, parameter sharing, sparsity, local features: each claim measured on this network, with what the figure does not show.",
    open: app => new ClaimsView(app),
};
