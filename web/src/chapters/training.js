/** Chapter 6: training, step by step, in the page. */
import {button, fill, h} from "../dom.js";
import {Curve} from "../curve.js";
import {Gallery} from "../gallery.js";
import {scaleOf} from "../colour.js";
import {grouped, percent, plural, short} from "../numbers.js";
import {countOf} from "../geometry.js";
import {optimizersOf} from "../trainer.js";
import {startRunner} from "../training_runner.js";
import {TrainingSettings} from "./training_settings.js";
import {Watch} from "./watch.js";

/** @typedef {import("../app.js").App} App */
/** @typedef {import("../training_host.js").Answer} Answer */
/** @typedef {import("../training_session.js").Step} Step */
/** @typedef {{step: number, parameters: Float32Array}} Kept */

const KEPT_BYTES = 64e6; /* of weights of earlier steps */

class TrainingView {
    /** @param {App} app */
    constructor(app) {
        this.app = app;
        this.own = app.ownParameters ??= app.engine.allParameters();
        this.settings = new TrainingSettings(optimizersOf(app.engine), () => this.reset());
        this.curve = new Curve({ label: "Loss of each step", unit: "step" });
        this.status = h("p", { role: "status", id: "training-status" }, "Not begun.");
        this.hash = h("code", { id: "training-hash" });
        this.watch = new Watch(app, watched => this.runner?.send({ kind: "watch", watched }));
        this.filters = new Gallery({ label: "Filters of the first convolution", noun: "filter" });
        this.filtersTitle = h("h3", {});
        this.back = h("input", {
            type: "range",
            min: 0,
            max: 0,
            value: 0,
            "aria-label": "Step that is shown",
            oninput: () => this.showKept(Number(this.back.value))
        });
        this.backText = h("output", {}, "now");
        /** @type {import("../training_runner.js").Runner|null} */
        this.runner = null;
        /** @type {Step[]} */
        this.steps = [];
        /** @type {Kept[]} */
        this.kept = [];
        this.element = h("div", { class: "cards" },
            h("div", { class: "card" }, h("h3", {}, "Begin with"), this.settings.element),
            h("div", { class: "card", style: "flex-grow: 3" }, h("h3", {}, "Train"), this.buttons(), this.status,
                this.curve.element,
                h("label", { class: "slider" }, h("span", {}, "Look back"), this.back, this.backText),
                h("p", {}, button("Hash of the weights", () => this.send({ kind: "hash" }), { class: "link" }), " ",
                    this.hash)),
            this.watch.element, h("div", { class: "card wide" }, this.filtersTitle, this.filters.element));
    }

    buttons() {
        const go = (/** @type {string} */ text, /** @type {any} */ order, /** @type {string} */ id,
            name = "") => button(text, () => this.send({ kind: "go", ...order }), { id, class: name });
        return h("div", { class: "tools" }, go("One image", { steps: 1, images: 1 }, "one-image"),
            go("One batch", { steps: 1 }, "one-batch"), go("One epoch", { steps: 1e9, wholeEpoch: true }, "one-epoch"),
            go("Run", { steps: Infinity }, "run", "primary"),
            button("Stop", () => this.runner?.send({ kind: "stop" }), { id: "stop" }),
            button("Back to the model\u2019s weights", () => this.restore(), { id: "restore" }));
    }

    /** @param {import("../training_host.js").Message} message */
    send(message) {
        if (!this.runner) this.begin();
        this.runner?.send(message);
    }

    begin() {
        const { data, model } = this.app, { mean, deviation } = data.info;
        if (data.train.count === 0)
            return void (
                this.status.textContent = "The file holds no training images: cnn explore --data puts them in.");
        this.status.textContent = "The engine starts \u2026";
        this.steps = [];
        this.kept = [];
        this.runner = startRunner(answer => this.hear(answer));
        this.runner.send({
            kind: "begin",
            engine: data.engine,
            text: data.info.text,
            mean,
            deviation,
            parameters: this.own,
            data: { bytes: data.train.bytes, labels: data.train.labels, size: countOf(model.layer("input").shape) },
            options: this.settings.options()
        });
        this.runner.send({ kind: "watch", watched: this.watch.watched() });
    }

    /** Other settings: the next button begins anew. */
    reset() {
        this.runner?.close();
        this.runner = null;
        this.status.textContent = "Not begun with these settings.";
    }

    restore() {
        this.reset();
        this.app.model.setAll(this.own);
        this.app.runAgain();
    }

    close() {
        this.runner?.close();
    }

    /** @param {Answer} answer */
    hear(answer) {
        if (answer.kind === "step")
            this.took(answer.step);
        else if (answer.kind === "weights")
            this.keep(answer);
        else if (answer.kind === "rest" && answer.why)
            this.status.append(` ${answer.why}`);
        else if (answer.kind === "hash")
            this.hash.textContent = `after ${plural(answer.step, "step")}: ${answer.hash}`;
        else if (answer.kind === "failed")
            this.status.textContent = `The training failed: ${answer.message}`;
    }

    /** @param {Step} step */
    took(step) {
        this.steps.push(step);
        const recent = this.steps.slice(-20), images = recent.reduce((sum, one) => sum + one.images, 0),
              right = recent.reduce((sum, one) => sum + one.correct, 0);
        this.status.textContent = `Step ${grouped(step.step)}, epoch ${step.epoch}: loss ${short(step.loss)}, ${
            step.correct} of ${step.images} right; of the last ${grouped(images)} images ${percent(right / images)}.`;
        this.watch.took(step);
        clearTimeout(this.drawing);
        this.drawing = setTimeout(() => this.drawCurve(), 50);
    }

    drawCurve() {
        this.curve.element.hidden = this.steps.length === 0;
        const points = this.steps.map(({ step, loss }) => ({ x: step, y: loss }));
        this.curve.draw([
            { name: "loss", colour: "--bar", points }, { name: "smoothed", colour: "--accent", points, smooth: true }
        ]);
    }

    /**
     * Weights arrive: the page shows them, and keeps them to look back.
     * @param {Kept} kept
     */
    keep({ step, parameters }) {
        if (this.kept.at(-1)?.step !== step) this.kept.push({ step, parameters });
        const most = Math.max(4, Math.floor(KEPT_BYTES / parameters.byteLength));
        if (this.kept.length > most) this.kept = this.kept.filter((_, k) => k % 2 === 0 || k === this.kept.length - 1);
        this.back.max = String(this.kept.length - 1);
        this.back.value = this.back.max;
        this.showKept(this.kept.length - 1);
    }

    /** @param {number} k */
    showKept(k) {
        const kept = this.kept[k];
        if (!kept) return;
        this.backText.textContent = `step ${kept.step}`;
        this.app.model.setAll(kept.parameters);
        this.app.runAgain();
    }

    /** @param {import("../types.js").Changed} changed */
    update(changed) {
        if (changed.has("theme")) this.drawCurve();
        if (!changed.has("run") && !changed.has("theme")) return;
        const { model, state } = this.app, layer = model.layers.find(one => one.op === "conv");
        if (!layer) return;
        const weights = model.parameter(layer.parameters[0]),
              [filters, each, height, width] = model.parameterShape(layer.parameters[0]), scale = scaleOf(weights);
        fill(this.filtersTitle, `The filters of ${layer.name} now`);
        this.filters.draw({
            values: weights,
            count: filters * each,
            size: [height, width],
            theme: state.theme,
            chosen: -1,
            scale: () => scale,
            side: 36
        });
    }
}

/** @type {import("../types.js").Chapter} */
export const training = {
    number: 6,
    title: "Training",
    summary:
        "Images go forward in batches, the error goes back, and each weight takes a small step so that the loss falls. Here with the training images in this file.",
    open: app => new TrainingView(app),
};
