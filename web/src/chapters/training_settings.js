/** What a training begins with: weights, optimizer, learning rate, batch, seed. */
import {choice, h} from "../dom.js";
import {short} from "../numbers.js";

/** @typedef {import("../training_session.js").TrainingOptions} TrainingOptions */

const BATCHES = [1, 8, 16, 32, 64, 128];

export class TrainingSettings {
    /**
     * @param {{name: string, learningRate: number}[]} optimizers as the engine names them, the default one first
     * @param {() => void} changed
     */
    constructor(optimizers, changed) {
        this.optimizers = optimizers;
        this.changed = changed;
        this.fresh = true;
        this.optimizer = h("select", { id: "optimizer", onchange: () => this.chosen() },
            optimizers.map(({ name }) => h("option", { value: name }, name)));
        this.rate = h("input", { id: "rate", type: "number", min: 0, step: "any", onchange: changed });
        this.momentum = h(
            "input", { id: "momentum", type: "number", min: 0, max: 0.999, step: "any", value: 0, onchange: changed });
        this.batch = h("select", { id: "batch", onchange: changed },
            BATCHES.map(size => h("option", { value: size, selected: size === 32 }, String(size))));
        this.seed = h("input", { id: "seed", type: "number", min: 0, value: 1, onchange: changed });
        this.note = h("p", { class: "quiet" });
        this.element = h("div", { class: "settings" }, this.weights(), labelled("Optimizer", this.optimizer), this.note,
            labelled("Learning rate", this.rate), labelled("Momentum", this.momentum),
            labelled("Images in a batch", this.batch), labelled("Seed", this.seed));
        this.adapt();
    }

    weights() {
        return choice("Weights", [["random", "random"], ["own", "the model\u2019s"]], "random", value => {
            this.fresh = value === "random";
            this.changed();
        });
    }

    chosen() {
        this.adapt();
        this.changed();
    }

    /** To the optimizer: its own learning rate, and momentum, which SGD alone takes. */
    adapt() {
        const { name, learningRate } = this.optimizers[this.optimizer.selectedIndex];
        this.rate.placeholder = learningRate ? short(learningRate) : "its own";
        this.momentum.disabled = name !== "sgd";
        this.note.textContent = name === "default"
                                    ? "SGD with momentum 0.9 and weight decay 0.0005, as cnn train has it"
                                    : "";
    }

    /** @returns {TrainingOptions} */
    options() {
        return {
            optimizer: this.optimizer.value,
            momentum: this.momentum.disabled ? 0 : Number(this.momentum.value),
            learningRate: Number(this.rate.value),
            batch: Number(this.batch.value),
            seed: Number(this.seed.value),
            fresh: this.fresh
        };
    }
}

/**
 * @param {string} text
 * @param {HTMLElement} control
 */
const labelled = (text, control) => h("label", { class: "setting", for: control.id }, h("span", {}, text), control);
