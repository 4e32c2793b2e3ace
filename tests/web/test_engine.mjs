// The engine of the page against the native one with the portable kernels: forward, backward and training, bit for bit.

import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { test } from "node:test";

import { NETWORKS, engineFile, firstDifference, loadTrained, nativeRecords, newEngine, textOf } from "./reference.mjs";

const engine = await newEngine();

/** FNV-1a of all bytes, as it is defined. */
function hashOf(arrays) {
    let hash = 0xcbf29ce484222325n;
    for (const values of arrays)
        for (const byte of new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
            hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
    return hash.toString(16).padStart(16, "0");
}

test("the engine stays small enough for a page", () => {
    const { size } = statSync(engineFile);
    console.log(`NOTE: engine.wasm has ${size} bytes`);
    assert.ok(size <= 860_000);
});

test("each channel of a colour picture has its own mean and deviation", () => {
    engine.load({ text: "input 3x1x2\nrelu\n", mean: [0.5, 0.25, 0.125], deviation: [0.5, 0.25, 2] });
    engine.run(Float32Array.of(0.5, 1, 0.5, 1, 0.125, 1));
    assert.deepEqual(Array.from(engine.output("input")), [0, 1, 1, 3, 0, 0.4375]);
});

for (const network of NETWORKS) {
    const records = nativeRecords(network);
    const same = (/** @type {string} */ what, /** @type {any} */ values) =>
        assert.equal(firstDifference(values, records.get(what)), "", `${network}, ${what}`);

    test(`${network}: the same initial parameters`, () => {
        engine.load({ text: textOf(network) });
        engine.initialise(7);
        for (const { name } of engine.parameters) same(`initial ${name}`, engine.parameter(name));
    });

    test(`${network}: twenty training steps give the same parameters and hash`, () => {
        engine.load({ text: textOf(network) });
        for (const { name } of engine.parameters) engine.setParameter(name, records.get(`initial ${name}`));
        const trainer = engine.trainer({ learningRate: 0.001, batch: 6, seed: 7 });
        const labels = Array.from({ length: 6 }, (_, i) => i % engine.classes);
        const losses = Array.from({ length: 20 }, () => trainer.step(records.get("images all"), labels).loss);
        const hash = trainer.hash();
        trainer.close();
        for (const { name } of engine.parameters) same(`trained ${name}`, engine.parameter(name));
        assert.equal(hash, hashOf(engine.parameters.map(({ name }) => records.get(`trained ${name}`))));
        losses.forEach((loss, step) => assert.ok(Math.abs(loss - records.get("losses training")[step]) < 1e-12 * loss));
    });

    test(`${network}: predictions, every layer's output and every gradient`, () => {
        loadTrained(engine, network, records);
        const images = records.get("images all");
        same("predicted outputs", engine.predict(images.subarray(0, images.length / 2), 3));
        for (const { name } of engine.layers.slice(1)) same(`output ${name}`, engine.output(name));
        const losses = engine.loss([1, 0, 1]);
        losses.forEach((loss, i) => assert.ok(Math.abs(loss - records.get("losses inspected")[i]) <= 1e-12 * loss));
        for (const { name } of engine.layers.slice(1)) same(`gradient ${name}`, engine.gradient(name));
        for (const { name } of engine.parameters)
            same(`parameterGradient ${name}`, engine.parameterGradient(name));
    });

    test(`${network}: two epochs in the order of cnn train give its parameters`, () => {
        const images = records.get("images all"), size = images.length / 6, constants = records.get("normalisation all");
        engine.load({ text: textOf(network) });
        engine.initialise(7);
        engine.normalise(constants.subarray(0, constants.length / 2), constants.subarray(constants.length / 2));
        const trainer = engine.trainer({ learningRate: 0.001, batch: 4, seed: 7 });
        for (const epoch of [1, 2]) {
            const order = Array.from(engine.order(7, epoch, 6));
            for (const batch of [order.slice(0, 4), order.slice(4)]) {
                const chosen = new Float32Array(batch.length * size);
                batch.forEach((image, i) => chosen.set(images.subarray(image * size, (image + 1) * size), i * size));
                trainer.step(chosen, batch.map((image) => image % engine.classes));
            }
        }
        trainer.store();
        trainer.close();
        for (const { name } of engine.parameters) same(`epochs ${name}`, engine.parameter(name));
    });
}
