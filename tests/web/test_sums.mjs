// The sums of accounts, added up again in JavaScript, against the engine's floats, bit for bit; and gradients worked out. Of each
// layer some values; CNN_WEB_ALL=1 has every value tried, and more gradients, which takes a quarter of an hour.

import assert from "node:assert/strict";
import { test } from "node:test";

import { bitsOf, canReplay, replay } from "../../web/src/engine.js";
import { NETWORKS, loadTrained, nativeRecords, newEngine, numbersBelow } from "./reference.mjs";

const all = process.env.CNN_WEB_ALL === "1";
const VALUES = all ? Infinity : 25, DRAWS = all ? 200 : 20;
// Of so many, central differences are looked at, which takes long in large networks.
const CHECKED = { basic: all ? 40 : 2, lenet5: DRAWS, "mobilenet-small": all ? 200 : 5, "vgg-small": all ? 20 : 0, resnet20: all ? 8 : 0 };
const engine = await newEngine();

/** How many values of a layer were tried. */
function replayLayer(layer) {
    const output = engine.output(layer.name);
    let tried = 0;
    for (let image = 0; image < engine.images; image++)
        for (const index of numbersBelow(layer.count, VALUES)) {
            const account = engine.account(layer.name, image, index);
            const where = `${layer.name}, image ${image}, value ${index}`;
            assert.equal(bitsOf(account.engine), bitsOf(output[image * layer.count + index]), where);
            assert.equal(bitsOf(replay(account)), bitsOf(account.engine), where);
            tried++;
        }
    return tried;
}

for (const network of NETWORKS) {
    const records = nativeRecords(network);

    test(`${network}: each sum, replayed, is the engine's float`, () => {
        loadTrained(engine, network, records);
        const layers = engine.layers.slice(1).filter((layer) => canReplay(layer.op));
        const tried = layers.reduce((sum, layer) => sum + replayLayer(layer), 0);
        assert.equal(layers.length, engine.layers.length - 1); // all but the input
        console.log(`NOTE: ${network}: ${tried} values of ${layers.length} layers replayed`);
    });

    test(`${network}: gradients worked out`, () => {
        loadTrained(engine, network, records);
        engine.loss([1, 0, 1]);
        const names = engine.parameters.map((tensor) => tensor.name).filter((name) => !name.includes(".running_"));
        let largest = 0;
        for (let draw = 0; draw < DRAWS; draw++) {
            const name = names[draw % names.length], { count } = engine.parameters[engine.tensorNumber(name)];
            const index = numbersBelow(count, draw + 1).at(-1) ?? 0;
            const account = engine.gradientAccount(name, index, draw < (CHECKED[network] ?? 0));
            assert.ok(Math.abs(account.difference) <= account.bound, `${name}[${index}]`);
            if (account.centralDifference === undefined) continue;
            const size = engine.parameterGradient(name).reduce((most, one) => Math.max(most, Math.abs(one)), 0); // the tensor's largest
            largest = Math.max(largest, Math.abs(account.centralDifference - account.result) / size);
        }
        if (largest > 0) console.log(`NOTE: ${network}: central differences off by at most ${largest.toExponential(1)} of the largest gradient`);
        assert.ok(largest < 1e-3);
    });
}

/** A network of one layer behind the input, with random parameters. */
function single(input, line) {
    engine.load({ text: `input ${input}\n${line}\n` });
    engine.initialise(3);
    for (const { name, count } of engine.parameters)
        if (name.endsWith("bias")) engine.setParameter(name, Float32Array.from({ length: count }, (_, i) => 0.1 * i - 0.3));
    engine.run(Float32Array.from(numbersBelow(1 << 20, engine.layers[0].count).slice(0, engine.layers[0].count), (x) => x / 2 ** 20));
}

/** What no built-in model has, each with the way in which the engine adds it up. */
const SINGLES = [
    ["1x9x9", "conv 1 5x5", "taps joined to a run of neighbours"],
    ["8x6x6", "conv 1 3x3", "one output: four sums side by side"],
    ["9x6x6", "conv 2 3x3 padding same dilation 2", "two outputs, channels no multiple of four"],
    ["40x5x5", "conv 2 3x3", "more than 32 fours"],
    ["8x6x6", "conv 33 1x1", "a last block of one output"],
    ["16x6x6", "conv 4 3x3 groups 4", "groups of one output"],
    ["256x4x4", "conv 4 2x2 groups 2", "pixels of a padded map that do not lie side by side"],
    ["4x6x6", "conv 6 3x2 stride 2x1 padding 1x0 groups 2", "groups, uneven kernel"],
    ["6x7x7", "conv 6 3x3 padding 1 groups 6", "depthwise"],
    ["4x5x5", "convtranspose 3 3x3 stride 2 padding 1", "transposed"],
    ["8x4x4", "convtranspose 2 3x3 stride 2", "transposed, four sums"],
    ["8x4x4", "convtranspose 8 4x4 stride 2 padding 1 groups 8", "transposed, depthwise"],
    ["12x4x4", "convtranspose 4 3x3 groups 2 dilation 2", "transposed, groups"],
    ["5x20x20", "flatten\ndense 1", "a dense layer of one output behind a map"],
    ["1x1x1030", "flatten\ndense 2", "a last block of few inputs"],
    ["3x30x30", "flatten\ndense 70", "left-out zeros"],
    ["3x7x7", "avgpool 3x3 stride 2 padding 1", "averages with padding"],
    ["3x7x7", "avgpool 3x3 stride 2 padding 1 countpad", "averages that count padding"],
    ["3x6x6", "relu name a\nclip 0.2 0.7\nadd input a", "a sum of three"],
    ["3x6x6", "relu name a\nclip 0.2 0.7\nmul a\nsub input\nmax a\nprelu", "pairs"],
    ["3x6x6", "pad 1\nbatchnorm", "padding and normalisation"],
    ["8x6x6", "slice channels 1,6 rows 0,0,2\nshuffle 3\npad 0x1 channels 2x0", "values that move"],
    ["8x6x6", "spacetodepth 2 mode CRD\ndepthtospace 2\nglobalavgpool\nflatten\nunflatten 1\ndroppath", "values that move far"],
    ["7x5x5", "softmax", "at each position"],
    ["40x9x9", "conv 300 9x9\nsoftmax", "of many classes"],
];

for (const [input, lines, what] of SINGLES)
    test(`${lines.replaceAll("\n", ", ")} on ${input}: ${what}`, () => {
        single(input, lines);
        for (const layer of engine.layers.slice(1)) {
            assert.ok(canReplay(layer.op), layer.op);
            for (let index = 0; index < layer.count; index++) {
                const account = engine.account(layer.name, 0, index);
                assert.equal(bitsOf(replay(account)), bitsOf(account.engine), `${layer.name}, value ${index}`);
            }
        }
    });

/** Every activation, with the constants that its line gives and without. */
const CURVES = ["sigmoid", "tanh", "leakyrelu", "leakyrelu 0.3", "elu", "elu 0.7", "selu", "selu alpha 1.2 gamma 0.9", "hardsigmoid",
    "hardsigmoid 0.3 0.4", "hardswish", "clip -1.5 2", "softplus", "softsign", "thresholdedrelu", "thresholdedrelu 0.4", "swish", "abs",
    "neg", "exp", "log", "sqrt", "gelu"];

/** Values about 0, and far from it: a network that reads pixels x as (x - 1/2) / deviation. */
function replayAll(lines, input, deviation) {
    engine.load({ text: `input ${input}\n${lines}\n` });
    engine.initialise(3);
    const [channels] = engine.layers[0].shape, { count } = engine.layers[0];
    engine.normalise(new Array(channels).fill(0.5), new Array(channels).fill(deviation));
    engine.run(Float32Array.from({ length: count }, (_, i) => ((i * 7919 + 13) % 4093) / 4093));
    for (const layer of engine.layers.slice(1)) {
        assert.ok(canReplay(layer.op), layer.op);
        for (let index = 0; index < layer.count; index++) {
            const account = engine.account(layer.name, 0, index);
            assert.equal(bitsOf(replay(account)), bitsOf(account.engine), `${layer.name}, value ${index}`);
        }
    }
}

for (const line of CURVES)
    test(`${line}: each value of 4,000, from tiny to huge, is the engine's`, () => {
        for (const deviation of [1e-3, 0.1, 1e3, 1e38]) replayAll(line, "1x25x40", deviation);
    });

for (const [lines, input] of [["lrn 5", "8x4x4"], ["lrn 4 alpha 0.3 beta 0.6 bias 2", "9x4x4"], ["groupnorm 2", "6x5x5"], ["instancenorm", "3x6x6"], ["layernorm", "7x4x4"]])
    test(`${lines} on ${input}: each value is the engine's`, () => replayAll(lines, input, 0.25));
