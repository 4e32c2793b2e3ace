/** The page's test of itself: sums, receptive fields and gradients against the engine's own numbers. */
import {canReplay, replay} from "./engine.js";
import {countOf} from "./geometry.js";
import {sameBits} from "./numbers.js";

/** @typedef {import("./app.js").App} App */
/** @typedef {{what: string, count: number, wrong: number}} Check */
/** @typedef {{passed: boolean, model: string, checks: Check[]}} Result */

const VALUES = 200; /* of each layer; all where it has fewer */
const FIELDS = 3; /* of each layer */
const WEIGHTS = 20;

/** Numbers that look random and are the same each time. */
function draws(seed = 1) {
    return (/** @type {number} */ below) => {
        seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
        return Math.floor((seed / 2 ** 32) * below);
    };
}

/** Lets the browser draw. */
const pause = () => new Promise(resolve => setTimeout(resolve, 0));

/**
 * @param {App} app
 * @param {(text: string) => void} tell
 * @returns {Promise<Result>}
 */
export async function selfTest(app, tell) {
    /** @type {Check[]} */
    const checks = [];
    const picture = app.state.picture;
    for (const [what, work] of /** @type {[string, (app: App) => Generator<number>][]} */ ([
             ["sums replayed, bit for bit", sums], ["receptive fields: no pixel outside changes the value", fields],
             ["gradients worked out against the engine\u2019s", gradients],
             ["finite differences against gradients", differences]
         ])) {
        const check = { what, count: 0, wrong: 0 };
        for (const wrong of work(app)) {
            check.count++;
            check.wrong += wrong;
            if (check.count % 50 === 0) {
                tell(`${what}: ${check.count}`);
                await pause();
            }
        }
        checks.push(check);
    }
    app.show(picture);
    return { passed: checks.every(check => check.wrong === 0), model: app.data.info.name, checks };
}

/**
 * 1 for each sum that is not the engine's float.
 * @param {App} app
 */
function* sums({ model, state }) {
    const draw = draws();
    model.run(state.picture.pixels);
    for (const layer of model.layers.slice(1)) {
        if (!canReplay(layer.op)) continue;
        const count = countOf(layer.shape), all = count <= VALUES;
        for (let k = 0; k < Math.min(count, VALUES); k++) {
            const account = model.account(layer.name, all ? k : draw(count));
            yield account && sameBits(replay(account), account.engine) ? 0 : 1;
        }
    }
}

/**
 * Pixels outside a field are changed, all at once; the value must stay the same.
 * @param {App} app
 */
function* fields({ model, state, engine }) {
    const draw = draws(2), { pixels } = state.picture, area = model.layers[0].shape[1] * model.layers[0].shape[2];
    for (const layer of model.layers.slice(1)) {
        for (let k = 0; k < FIELDS; k++) {
            const index = draw(countOf(layer.shape)), { mask } = engine.receptiveField(layer.name, index);
            model.run(pixels.map((pixel, p) => (mask[p % area] ? pixel : 1 - pixel)));
            const value = model.output(layer.name)[index];
            model.run(pixels);
            yield sameBits(model.output(layer.name)[index], value) ? 0 : 1;
        }
    }
}

/**
 * Each gradient's products added up, within the bound of rounding.
 * @param {App} app
 */
function* gradients(app) {
    for (const account of accounts(app, false)) yield Math.abs(account.difference) <= account.bound ? 0 : 1;
}

/**
 * The gradients again, from the loss a little above and below. A ReLU or a pooling may switch within the step, so what is
 * small against the largest gradient of the tensor counts as equal.
 * @param {App} app
 */
function* differences(app) {
    for (const account of accounts(app, true)) {
        const size = Math.max(Math.abs(account.engine), 1e-3 * account.largest, 1e-7);
        yield Math.abs((account.centralDifference ?? NaN) - account.engine) <= 1e-3 * size ? 0 : 1;
    }
}

/**
 * @param {App} app
 * @param {boolean} check with the central difference
 */
function* accounts(app, check) {
    const { model, engine } = app, draw = draws(3);
    if (!model.hasClasses) return;
    model.run(app.state.picture.pixels);
    const target = (model.prediction() + 1) %
                   model.classes.length; /* of the class predicted they drown in the rounding of 1 - p */
    for (let k = 0; k < WEIGHTS; k++) {
        const tensor = engine.parameters[draw(engine.parameters.length)];
        const gradient = model.parameterGradient(tensor.name, target);
        const largest = gradient.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        try {
            yield {...engine.gradientAccount(tensor.name, draw(tensor.count), check), largest };
        } catch (error) {
            continue; /* a parameter without a worked form */
        }
    }
}
