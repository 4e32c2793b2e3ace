/** What a training begins with: weights, optimizer, learning rate, batch, seed. */
import { choice, h } from "../dom.js";

/** @typedef {import("../training_session.js").TrainingOptions} TrainingOptions */

/**
 * The optimizers as the select has them.
 * @type {Record<string, {text: string, optimizer: TrainingOptions["optimizer"], momentum: number}>}
 */
const optimizers = {
    default: { text: "SGD, momentum 0.9, weight decay (as cnn train)", optimizer: "default", momentum: 0 },
    plain: { text: "SGD alone: w \u2212 rate \u00b7 g", optimizer: "sgd", momentum: 0 },
    momentum: { text: "SGD, momentum 0.9", optimizer: "sgd", momentum: 0.9 },
    adam: { text: "Adam", optimizer: "adam", momentum: 0 },
    adamw: { text: "AdamW", optimizer: "adamw", momentum: 0 },
    lion: { text: "Lion", optimizer: "lion", momentum: 0 },
};

export class TrainingSettings {
    /** @param {() => void} changed */
    constructor(changed) {
        this.fresh = true;
        this.optimizer = h("select", { id: "optimizer", onchange: changed }, Object.entries(optimizers).map(([value, { text }]) => h("option", { value }, text)));
        this.rate = h("input", { id: "rate", type: "number", min: 0, step: "any", placeholder: "its default", onchange: changed });
        this.batch = h("select", { id: "batch", onchange: changed }, [1, 8, 16, 32, 64, 128].map(size => h("option", { value: size, selected: size === 32 }, String(size))));
        this.seed = h("input", { id: "seed", type: "number", min: 0, value: 1, onchange: changed });
        const start = choice("Weights", [["random", "random"], ["own", "the model\u2019s"]], "random", value => {
            this.fresh = value === "random";
            changed();
        });
        this.element = h("div", { class: "settings" }, start, labelled("Optimizer", this.optimizer), labelled("Learning rate", this.rate), labelled("Images in a batch", this.batch), labelled("Seed", this.seed));
    }

    /** @returns {TrainingOptions} */
    options() {
        const { optimizer, momentum } = optimizers[this.optimizer.value];
        return { optimizer, momentum, learningRate: Number(this.rate.value), batch: Number(this.batch.value), seed: Number(this.seed.value), fresh: this.fresh };
    }
}

/**
 * @param {string} text
 * @param {HTMLElement} control
 */
const labelled = (text, control) => h("label", { class: "setting", for: control.id }, h("span", {}, text), control);
