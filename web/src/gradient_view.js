/** Gradients written out: the ways to the loss of one value, and the places where one weight takes part. */
import {line, placeText, signed, table} from "./account_view.js";
import {h} from "./dom.js";
import {agrees, gradientSum} from "./gradient_terms.js";
import {exact, grouped, short} from "./numbers.js";

/** @typedef {import("./app.js").App} App */

const FEW = 40;

/**
 * The largest rows of a sum, without zeros, and what the others come to.
 * @param {string[]} heads
 * @param {{cells: (Node|string)[], product: number}[]} rows
 * @returns {(Node|null)[]}
 */
function largestRows(heads, rows) {
    const order = [...rows].sort((a, b) => Math.abs(b.product) - Math.abs(a.product));
    const shown = Math.max(1, Math.min(FEW, order.filter(({ product }) => product !== 0).length));
    const others = order.slice(shown), rest = others.reduce((sum, { product }) => sum + product, 0);
    const words = others.every(({ product }) => product === 0) ? "are all 0" : `come to ${short(rest)}`;
    return [
        table(heads, order.slice(0, shown).map(({ cells }) => cells)),
        others.length ? h("p", { class: "quiet" }, `The other ${grouped(others.length)} ${words}.`) : null
    ];
}

/** @param {{result: number, engine: number, magnitude: number}} sum */
export function verdict(sum) {
    const equal = agrees(sum);
    return h("div", { class: "last-lines" }, line("added up", short(sum.result, 8), "double precision"),
        line("engine", exact(sum.engine), `differs by ${short(sum.engine - sum.result, 2)}`),
        h("p", { class: equal ? "verdict good" : "verdict bad" },
            equal ? "\u2713 equal but for rounding" : "\u2717 more than rounding explains"));
}

/**
 * The gradient by the value that is looked at.
 * @param {App} app
 * @returns {(Node|null)[]}
 */
export function valueGradient(app) {
    const { model, layer, index, target } = app;
    if (model.readers(layer.name).length === 0) {
        return [
            h("p", {},
                "The loss is computed from the scores before the softmax, so the softmax itself gets no gradient: look at the layer before it.")
        ];
    }
    const sum = gradientSum(model, layer.name, index, target);
    if (!sum) return lastScores(app);
    const rows = sum.terms.map(({ layer: name, index: place, upstream, factor }) => ({
        product: upstream * factor,
        cells: [
            `${name} ${placeText(model.layer(name).shape, place)}`, short(upstream), short(factor),
            signed(upstream * factor)
        ]
    }));
    return [
        h("p", { class: "formula-words" }, sum.how), verdict(sum),
        ...largestRows(["through", "gradient", "\u00d7 factor", "= product"], rows)
    ];
}

/**
 * By a score before the softmax: its probability, minus 1 for the true class.
 * @param {App} app
 */
function lastScores(app) {
    const { model, layer, index, target } = app, next = model.readers(layer.name);
    if (next.length !== 1 || next[0].op !== "softmax")
        return [h("p", {}, "The layer behind it has no worked form here; its gradient is the engine\u2019s.")];
    const p = model.output(next[0].name)[index], y = index === target ? 1 : 0;
    return [
        h("p", { class: "formula-words" }, "softmax and cross-entropy together: probability minus truth"),
        line("p", short(p, 6), model.classes[index] ?? ""),
        line("y", String(y), y ? "the true class" : "another class"),
        verdict({ result: p - y, engine: model.gradient(layer.name, target)[index], magnitude: p + y })
    ];
}

/**
 * Why a weight's gradient is what it is.
 * @param {App} app
 * @param {import("./engine.js").GradientAccount} account
 * @returns {(Node|null)[]}
 */
export function weightGradient(app, account) {
    const layer = app.model.layer(account.layer), source = app.model.home(layer.inputs[0]).shape, { terms } = account;
    const rows = Array.from(terms.product, (product, k) => ({
        product,
        cells: [
            placeText(layer.shape, terms.index[k]), short(terms.upstream[k]), `${short(terms.slope[k])}`,
            terms.input[k] < 0 ? "" : placeText(source, terms.input[k]), signed(product)
        ]
    }));
    return [
        verdict(account),
        ...largestRows([`output of ${layer.name}`, "gradient there", "\u00d7 value met", "at", "= product"], rows)
    ];
}
