// What the native engine says of a network (tests/web/reference.c), and the engine of the page, for the tests beside this file.

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { startEngine } from "../../web/src/engine.js";

const source = process.env.CNN_SOURCE_DIR ?? ".", build = process.env.CNN_BUILD_DIR ?? "build/release";
export const engineFile = join(build, "engine", "engine.wasm");

export const NETWORKS = ["basic", "lenet5", "vgg-small", "resnet20", "mobilenet-small"];

/** Ends with 77, which ctest counts as skipped, where the engine was not built. */
export async function newEngine() {
    if (!existsSync(engineFile)) {
        console.log(`${engineFile} was not built: its tools are not installed`);
        process.exit(77);
    }
    return startEngine(readFileSync(engineFile));
}

export const textOf = (network) => readFileSync(join(source, "models", `${network}.txt`), "utf8");

/** Records by kind and name, each a Float32Array, losses a Float64Array; by the portable kernels. */
export function nativeRecords(network) {
    const output = execFileSync(join(build, "web_reference"), [network],
        { env: { ...process.env, CNN_CPU: "scalar" }, maxBuffer: 1 << 30 });
    const records = new Map();
    for (let at = 0; at < output.length;) {
        const end = output.indexOf(10, at), [kind, name, count] = output.toString("latin1", at, end).split(" ");
        const size = kind === "losses" ? 8 : 4, bytes = output.subarray(end + 1, end + 1 + count * size).slice();
        const whole = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
        records.set(`${kind} ${name}`, size === 8 ? new Float64Array(whole) : new Float32Array(whole));
        at = end + 1 + count * size;
    }
    return records;
}

/** Where two arrays' bits first differ, in words; "" if nowhere. */
export function firstDifference(ours, theirs) {
    if (ours.length !== theirs.length) return `${ours.length} values, not ${theirs.length}`;
    if (Buffer.compare(bytesOf(ours), bytesOf(theirs)) === 0) return "";
    let differing = 0, first = -1;
    for (let i = 0; i < ours.length; i++)
        if (!Object.is(ours[i], theirs[i]) && differing++ === 0) first = i;
    return `${differing} of ${ours.length} values differ, first ${first}: ${ours[first]}, not ${theirs[first]}`;
}

const bytesOf = (values) => Buffer.from(values.buffer, values.byteOffset, values.byteLength);

/** The network as the native engine had it after its training steps, run on three images. */
export function loadTrained(engine, network, records) {
    const size = records.get("images all").length / 6;
    engine.load({ text: textOf(network) });
    for (const { name } of engine.parameters) engine.setParameter(name, records.get(`trained ${name}`));
    engine.run(records.get("images all").subarray(0, 3 * size), 3);
}

/** Whole numbers below `bound`, the same in every run. */
export function numbersBelow(bound, count) {
    if (count >= bound) return Array.from({ length: bound }, (_, i) => i);
    let state = 12345;
    return Array.from({ length: count }, () => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return Math.floor((state / 2 ** 32) * bound);
    });
}
