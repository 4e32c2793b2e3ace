/** The page's end of a training: in a worker of the same script, or, where the browser gives none, in the page itself. */
import {TrainingHost} from "./training_host.js";

/** @typedef {import("./training_host.js").Message} Message */
/** @typedef {import("./training_host.js").Answer} Answer */

/** The page's own script, for the worker; it is only known while the script runs the first time. */
const source = typeof document === "undefined" ? "" : document.currentScript?.textContent ?? "";

/**
 * @typedef {object} Runner
 * @property {(message: Message) => void} send
 * @property {() => void} close
 * @property {boolean} isWorker
 */

/**
 * @param {(answer: Answer) => void} hear
 * @returns {Runner}
 */
export function startRunner(hear) {
    try {
        return workerRunner(hear);
    } catch (error) {
        return pageRunner(hear); /* some browsers refuse workers to files */
    }
}

/**
 * @param {(answer: Answer) => void} hear
 * @returns {Runner}
 */
function workerRunner(hear) {
    if (!source) throw new Error("the script is not known");
    const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    const worker = new Worker(address);
    worker.onmessage = event => hear(event.data);
    worker.onerror = event => hear({ kind: "failed", message: event.message || "the worker cannot start" });
    return {
        isWorker: true,
        send: message => worker.postMessage(message),
        close: () => {
            worker.terminate();
            URL.revokeObjectURL(address);
        },
    };
}

/**
 * @param {(answer: Answer) => void} hear
 * @returns {Runner}
 */
export function pageRunner(hear) {
    let open = true;
    const host = new TrainingHost(answer => {
        if (open) hear(answer);
    });
    return {
        isWorker: false,
        send: message => void host.receive(message),
        close: () => {
            open = false;
            host.stopping = true;
        },
    };
}

/** What the worker does, whose script is the page's. */
export function serveTraining() {
    const scope = /** @type {any} */ (globalThis);
    const host = new TrainingHost((answer, transfer = []) => scope.postMessage(answer, transfer));
    scope.onmessage = (/** @type {MessageEvent} */ event) => host.receive(event.data);
}
