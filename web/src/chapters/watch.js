/** One weight's life in a training: weight, gradient and the weight behind the step. */
import {table} from "../account_view.js";
import {fill, h} from "../dom.js";
import {formula, row} from "../math.js";
import {exact, short} from "../numbers.js";

/** @typedef {import("../training_session.js").Watched} Watched */

const ROWS = 8;

export class Watch {
    /**
     * @param {import("../app.js").App} app
     * @param {(watched: Watched) => void} changed
     */
    constructor(app, changed) {
        /** @type {import("../training_session.js").Step[]} */
        this.rows = [];
        this.counts = new Map(app.engine.parameters.map(({ name, count }) => [name, count]));
        const tell = () => {
            this.index.max = String((this.counts.get(this.parameter.value) ?? 1) - 1);
            this.rows = [];
            changed(this.watched());
        };
        this.parameter = h("select", { id: "watched", onchange: tell },
            [...this.counts.keys()].map(name => h("option", { value: name }, name)));
        this.index = h("input", { id: "watched-index", type: "number", min: 0, value: 0, onchange: tell });
        this.result = h("div", {});
        this.element = h("div", { class: "card wide" }, h("h3", {}, "One weight\u2019s life"),
            h("div", { class: "tools" }, h("label", { "for": "watched" }, "Weight "), this.parameter,
                h("label", { "for": "watched-index" }, "element "), this.index),
            formula("w\u2032", "=", "w", "\u2212", row("rate", "\u00b7", "g")),
            h("p", { class: "quiet" },
                "That is SGD without momentum. Momentum adds a part of the steps before, weight decay pulls towards 0, and other optimizers scale each step. Change / g shows by how much."),
            this.result);
    }

    /** @returns {Watched} */
    watched() {
        const parameter = this.parameter.value, most = (this.counts.get(parameter) ?? 1) - 1;
        return { parameter, index: Math.max(0, Math.min(most, Math.floor(Number(this.index.value)) || 0)) };
    }

    /** @param {import("../training_session.js").Step} step */
    took(step) {
        if (!step.watched) return;
        this.rows = [...this.rows, step].slice(-ROWS);
        fill(this.result, table(["step", "w", "g", "w\u2032", "w\u2032 \u2212 w", "change / g"],
                              this.rows.map(({ step: number, watched }) => {
                                  const { before, gradient, after } = watched ??
                                                                      { before: NaN, gradient: NaN, after: NaN },
                                                                  change = after - before;
                                  return [
                                      String(number), exact(before), short(gradient, 5), exact(after), short(change, 4),
                                      gradient === 0 ? "" : short(change / gradient, 4)
                                  ];
                              })));
    }
}
