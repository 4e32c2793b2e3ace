// The times of the layers, as the page shows them: no value is expected of a time, but every layer is in it once.

import assert from "node:assert/strict";
import { test } from "node:test";

import { loadTrained, nativeRecords, newEngine, textOf } from "./reference.mjs";

const engine = await newEngine();
const sumOf = (steps, column) => steps.reduce((sum, step) => sum + step[column], 0);

test("each layer of the Basic CNN that computes is timed once, forward and backward", () => {
    engine.load({ text: textOf("basic") });
    engine.initialise(7);
    const predicting = engine.layerTimes({ seconds: 0.2 }), training = engine.layerTimes({ training: true, seconds: 0.4 });
    const computing = engine.layers.slice(1).map((layer) => layer.name).filter((name) => name !== "flatten_1");
    assert.deepEqual(predicting.layers.flatMap((step) => step.names), computing);
    assert.deepEqual(training.layers.flatMap((step) => step.names), computing.filter((name) => name !== "softmax_1"));
    for (const times of [predicting, training]) {
        assert.equal(sumOf(times.layers, "forwardFlops"), 2 * engine.layers.reduce((sum, layer) => sum + layer.macs, 0));
        const timed = sumOf(times.layers, "forward") + sumOf(times.layers, "backward");
        assert.ok(timed > 0.5 * times.seconds && timed <= 1.01 * times.seconds, `${timed} of ${times.seconds}`);
    }
    assert.ok(sumOf(predicting.layers, "backward") === 0 && sumOf(training.layers, "backward") > 0);
    assert.equal(predicting.layers[0].algorithm.length > 0, true);
});

test("measuring leaves what was run as it was", () => {
    loadTrained(engine, "lenet5", nativeRecords("lenet5"));
    engine.loss([1, 0, 1]);
    const before = [engine.output("conv_2"), engine.gradient("conv_1"), engine.hash()];
    engine.layerTimes({ seconds: 0.05 });
    assert.deepEqual([engine.output("conv_2"), engine.gradient("conv_1"), engine.hash()], before);
});

test("a batch that is no number of images is refused by the library's message", () => {
    assert.throws(() => engine.layerTimes({ batch: -1 }), /must not be negative/);
});
