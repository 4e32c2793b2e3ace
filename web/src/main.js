/** Where the page starts, and where its worker does: both run this script. */
import {App} from "./app.js";
import {startEngine} from "./engine.js";
import {readPage} from "./page_data.js";
import {Shell} from "./shell.js";
import {serveTraining} from "./training_runner.js";

async function startPage() {
    const data = await readPage();
    const engine = await startEngine(data.engine);
    const { text, mean, deviation } = data.info;
    engine.load({ text, parameters: data.parameters, mean, deviation });
    engine.preprocess(data.info.preprocessing);
    const app = new App(data, engine);
    const shell = new Shell(app);
    shell.show();
    app.model.fast = await startEngine(data.engine);
    app.set({ run: app.state.run + 1 });
    return {
        app,
        engine,
        get state() {
            return app.state;
        }
    };
}

/** @param {unknown} error */
function tellFailure(error) {
    const place = document.getElementById("page");
    if (place) place.textContent = `The page cannot start: ${error instanceof Error ? error.message : error}`;
    throw error;
}

function whenParsed() {
    if (document.readyState !== "loading") return Promise.resolve();
    return new Promise(resolve => document.addEventListener("DOMContentLoaded", resolve, { once: true }));
}

if (typeof document !== "undefined") {
    const ready = whenParsed().then(startPage).catch(tellFailure);
    /** @type {any} */ (window).cnn = { ready };
    ready.then(found => Object.assign(/** @type {any} */ (window).cnn, found));
} else {
    serveTraining();
}
