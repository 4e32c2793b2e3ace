/** The softmax worked out: exponentials, their sum, quotients; and what a temperature does. */
import {bar, table} from "../account_view.js";
import {button, fill, h, slider} from "../dom.js";
import {formula, fraction, row, sub, sum, sup} from "../math.js";
import {short} from "../numbers.js";

/**
 * exp(x / t) divided by the sum of all of them, with the largest subtracted first: the result is the same, and nothing
 * grows too large.
 * @param {ArrayLike<number>} scores
 * @param {number} [temperature]
 */
export function softmax(scores, temperature = 1) {
    const all = Array.from(scores), largest = Math.max(...all);
    const exponentials = all.map(score => Math.exp((score - largest) / temperature));
    const total = exponentials.reduce((a, b) => a + b, 0);
    return { largest, exponentials, total, quotients: exponentials.map(value => value / total) };
}

/** The deck's formula. */
const softmaxFormula = () => {
    const power = (/** @type {string} */ index) => sup("e", sub("x", index));
    return formula(sub("p", "i"), "=", fraction(power("i"), row(sum("j"), power("j"))));
};

/**
 * @param {ArrayLike<number>} scores
 * @param {string[]} names
 * @param {number} temperature
 */
function worked(scores, names, temperature) {
    const { largest, exponentials, total, quotients } = softmax(scores, temperature);
    const shifted = `e^((x \u2212 ${short(largest, 3)})${temperature === 1 ? "" : ` / ${temperature.toFixed(2)}`})`;
    const rows = names.map(
        (name, k) => [name, short(scores[k], 5), short(exponentials[k], 5), short(quotients[k], 4), bar(quotients[k])]);
    return table(
        ["class", "score x", shifted, "divided by the sum", ""], [...rows, ["sum", "", short(total, 6), "1", ""]]);
}

export class SoftmaxView {
    /** @param {import("../app.js").App} app */
    constructor(app) {
        this.app = app;
        this.temperature = 1;
        this.table = h("div", {});
        this.element = h("div", { class: "card wide", id: "softmax" },
            h("h3", {}, "Every exponential, their sum, every quotient"), softmaxFormula(),
            h("p", { class: "quiet" },
                "The engine subtracts the largest score first. All quotients stay the same, and no exponential can grow too large."),
            this.table,
            slider("Temperature", { min: 0.2, max: 5, step: 0.1, value: 1 },
                value => {
                    this.temperature = value;
                    this.update();
                },
                value => value.toFixed(1)),
            h("p", { class: "quiet" },
                "Scores divided by a high temperature give flat probabilities, by a low one peaked ones. The network itself has 1."));
    }

    update() {
        const { model, layer } = this.app;
        if (layer.shape[1] * layer.shape[2] > 1)
            return fill(this.table, "It works over the channels of each position.");
        return fill(this.table,
            worked(model.output(layer.inputs[0]),
                layer.shape[0] === model.classes.length ? model.classes
                                                        : Array.from({ length: layer.shape[0] }, (_, k) => String(k)),
                this.temperature));
    }
}

/** Scores to play with: the deck's 2.0 1.0 0.1 give 0.7 0.2 0.1. */
export function softmaxToy() {
    const deck = [2.0, 1.0, 0.1];
    let scores = [...deck], temperature = 1;
    const place = h("div", {}), rounded = h("p", { class: "toy-work" });
    const inputs = deck.map((score, k) => h("input", {
        type: "number",
        step: 0.1,
        value: score,
        "aria-label": `score ${k + 1}`,
        oninput: (/** @type {any} */ event) => {
            scores[k] = Number(event.target.value);
            draw();
        }
    }));
    function draw() {
        fill(place, worked(scores, ["1", "2", "3"], temperature));
        rounded.textContent = `To one decimal: ${
            softmax(scores, temperature).quotients.map(value => value.toFixed(1)).join("  ")}`;
    }
    draw();
    return {
        element:
            h("div", { class: "card wide", id: "softmax-toy" }, h("h3", {}, "Try it small: the deck\u2019s example"),
                h("div", { class: "tools" }, "Scores", inputs,
                    slider("Temperature", { min: 0.2, max: 5, step: 0.1, value: 1 },
                        value => {
                            temperature = value;
                            draw();
                        },
                        value => value.toFixed(1)),
                    button("The deck\u2019s example",
                        () => {
                            scores = [...deck];
                            inputs.forEach((input, k) => void (input.value = String(deck[k])));
                            draw();
                        })),
                place, rounded),
    };
}
