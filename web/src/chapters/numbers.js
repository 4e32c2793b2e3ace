/** Chapter 8: the network in figures, its time in this browser, versions, and the page's test of itself. */
import {bar, table} from "../account_view.js";
import {button, fill, h} from "../dom.js";
import {shapeText} from "../geometry.js";
import {grouped, percent, short} from "../numbers.js";
import {selfTest} from "../selftest.js";

/** @typedef {import("../app.js").App} App */

class NumbersView {
    /** @param {App} app */
    constructor(app) {
        this.app = app;
        this.times = h("div", { id: "times" });
        this.timesNote = h("p", { role: "status", class: "quiet" });
        this.result = h("div", { id: "selftest", role: "status" });
        this.run = button("Test this page", () => this.test(), { class: "primary", id: "run-selftest" });
        this.element = h("div", { class: "cards" },
            h("div", { class: "card wide scroll", tabindex: 0, role: "group", "aria-label": "Layer by layer" },
                h("h3", {}, "Layer by layer"), this.summary()),
            h("div", { class: "card wide scroll", tabindex: 0, role: "group", "aria-label": "Time in this browser" },
                h("h3", {}, "Time in this browser"),
                button("Measure a prediction", () => this.measure(false), { id: "measure" }), " ",
                button("Measure a training step", () => this.measure(true), { id: "measure-training" }), this.timesNote,
                this.times),
            h("div", { class: "card" }, h("h3", {}, "What this page is made of"), this.versions()),
            h("div", { class: "card wide" }, h("h3", {}, "Does the page tell the truth?"),
                h("p", { class: "quiet" },
                    "It replays sums of all layers and compares their bits with the engine\u2019s floats, changes pixels outside receptive fields, and finds gradients by finite differences."),
                this.run, this.result));
        if (location.hash.includes("selftest")) setTimeout(() => this.test(), 0);
    }

    summary() {
        const { layers, engine } = this.app.model;
        const count = (/** @type {string[]} */ names) => engine.parameters.filter(({ name }) => names.includes(name))
                                                             .reduce((sum, one) => sum + one.count, 0);
        const rows = layers.map(
            layer => [layer.name, layer.op, shapeText(layer), grouped(count(layer.parameters)), grouped(layer.macs)]);
        const total = engine.parameters.reduce((sum, one) => sum + one.count, 0),
              macs = layers.reduce((sum, layer) => sum + layer.macs, 0);
        return table(["layer", "kind", "output", "parameters", "multiplications"],
            [...rows, ["together", "", "", grouped(total), grouped(macs)]], "summary");
    }

    versions() {
        const { data, engine } = this.app;
        return h("ul", {},
            h("li", {},
                `cnn ${engine.version}, the same C code as the command, compiled to WebAssembly (${
                    engine.instructionSet})`),
            h("li", {}, `${grouped(data.test.count)} test images and ${grouped(data.train.count)} training images`),
            h("li", {},
                `engine ${grouped(Math.round(data.engine.byteLength / 1024))} KB; data in the file ${
                    (data.fileBytes / 1e6).toFixed(1)} MB`),
            h("li", {},
                data.halved ? "The file stores the weights as 16-bit floats: every sum is one of the rounded weights."
                            : "The weights are the model\u2019s own 32-bit floats."));
    }

    /**
     * The engine times its layers itself, and holds the page meanwhile.
     * @param {boolean} training
     */
    async measure(training) {
        this.timesNote.textContent = "Measuring \u2026";
        await new Promise(resolve => setTimeout(resolve, 50)); /* so that this is seen */
        const { seconds, layers } = this.app.engine.layerTimes({ training });
        this.timesNote.textContent = `${milliseconds(seconds)} an image${training ? ", of a step of 32 images" : ""}: ${
            grouped(Math.round(1 / seconds))} images a second.`;
        fill(this.times, table(["step", "computed by", "forward", ...(training ? ["backward"] : []), "share", ""],
                             layers.map(layer => timeRow(layer, seconds, training))));
    }

    async test() {
        this.run.disabled = true;
        const result = await selfTest(this.app, text => fill(this.result, h("p", {}, text)));
        this.run.disabled = false;
        fill(this.result,
            h("p", { class: result.passed ? "verdict good" : "verdict bad" },
                result.passed ? "\u2713 All equal." : "\u2717 Something differs."),
            table(["what", "checked", "wrong"],
                result.checks.map(check => [check.what, grouped(check.count), grouped(check.wrong)])),
            h("pre", { id: "selftest-result", class: "unseen" }, JSON.stringify(result)));
        document.title = `${result.passed ? "PASS" : "FAIL"} cnn explore`;
    }

    update() {
    }
}

/** @param {number} seconds */
const milliseconds = seconds => `${short(1000 * seconds, 3)} ms`;

/**
 * @param {import("../engine_types.js").LayerTime} layer
 * @param {number} all seconds of all layers
 * @param {boolean} training
 */
function timeRow({ name, algorithm, forward, backward }, all, training) {
    const share = (forward + backward) / all;
    return [
        name, algorithm, milliseconds(forward), ...(training ? [milliseconds(backward)] : []), percent(share),
        bar(share)
    ];
}

/** @type {import("../types.js").Chapter} */
export const numbers = {
    number: 8,
    title: "Numbers",
    summary: "The whole network as a table, how long it takes here, and a test that lets the page check itself.",
    open: app => new NumbersView(app),
};
