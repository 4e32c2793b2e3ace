// @ts-check
// What the C library of the engine asks of the system: a clock, and no files.

const BADF = 8; // of WASI: there is no such file. Any other answer would have the C library's start look for more files

/**
 * The imports of the engine's module.
 * @param {() => WebAssembly.Memory} memory once the module is there
 * @returns {WebAssembly.Imports}
 */
export function wasiImports(memory) {
    /** @type {Record<string, Function>} */
    const known = {
        environ_sizes_get: (/** @type {number} */ count, /** @type {number} */ bytes) => {
            const view = new DataView(memory().buffer);
            view.setUint32(count, 0, true);
            view.setUint32(bytes, 0, true);
            return 0;
        },
        environ_get: () => 0,
        clock_time_get: (/** @type {number} */ _clock, /** @type {bigint} */ _precision, /** @type {number} */ time) => {
            const nanoseconds = BigInt(Math.round(performance.now() * 1e6));
            new DataView(memory().buffer).setBigUint64(time, nanoseconds, true);
            return 0;
        },
        proc_exit: (/** @type {number} */ code) => {
            throw new Error(`the engine ended with code ${code}`);
        },
    };
    const calls = new Proxy(known, { get: (target, name) => target[String(name)] ?? (() => BADF) });
    return { wasi_snapshot_preview1: /** @type {WebAssembly.ModuleImports} */ (/** @type {unknown} */ (calls)) };
}
