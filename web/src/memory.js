// @ts-check
// The engine's memory, as JavaScript reads and writes it. It may grow with every call, which invalidates all views: each is
// made when it is used.

/** @typedef {Record<string, (...values: number[]) => number>} EngineCalls the functions that the module exports */

export class EngineMemory {
    /**
     * @param {WebAssembly.Memory} memory
     * @param {EngineCalls} calls
     */
    constructor(memory, calls) {
        this.memory = memory;
        this.calls = calls;
    }

    get view() {
        return new DataView(this.memory.buffer);
    }

    /** @param {number} bytes */
    allocate(bytes) {
        const address = this.calls.engine_allocate(bytes);
        if (address === 0) throw new Error(`out of memory: the engine needs ${bytes} bytes more`);
        return address;
    }

    /** @param {number} address */
    free(address) {
        this.calls.engine_free(address);
    }

    /**
     * A copy of `values` in the engine's memory; release with free.
     * @param {Float32Array | Int32Array | Float64Array | Uint8Array} values
     */
    put(values) {
        const address = this.allocate(values.byteLength);
        new Uint8Array(this.memory.buffer, address, values.byteLength).set(
            new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
        return address;
    }

    /**
     * A copy of a string, ended by 0.
     * @param {string} text
     */
    putText(text) {
        const bytes = new TextEncoder().encode(text);
        const address = this.allocate(bytes.length + 1);
        const room = new Uint8Array(this.memory.buffer, address, bytes.length + 1);
        room.set(bytes);
        room[bytes.length] = 0;
        return address;
    }

    /** @param {number} address */
    text(address) {
        const bytes = new Uint8Array(this.memory.buffer);
        return new TextDecoder().decode(bytes.slice(address, bytes.indexOf(0, address)));
    }

    /**
     * @param {number} address
     * @param {number} count
     */
    bytes(address, count) {
        return new Uint8Array(this.memory.buffer, address, count).slice();
    }

    /**
     * @param {number} address
     * @param {number} count
     */
    floats(address, count) {
        return new Float32Array(this.memory.buffer, address, count).slice();
    }

    /**
     * @param {number} address
     * @param {number} count
     */
    doubles(address, count) {
        return new Float64Array(this.memory.buffer, address, count).slice();
    }

    /**
     * @param {number} address
     * @param {number} count
     */
    integers(address, count) {
        return new Int32Array(this.memory.buffer, address, count).slice();
    }

    /**
     * Run `use` with the addresses of blocks, which are released afterwards: a copy of an array, or room for so many bytes.
     * @template T
     * @param {(Float32Array | Int32Array | Float64Array | Uint8Array | number)[]} blocks
     * @param {(...addresses: number[]) => T} use
     * @returns {T}
     */
    with(blocks, use) {
        const addresses = blocks.map((block) => (typeof block === "number" ? this.allocate(block) : this.put(block)));
        try {
            return use(...addresses);
        } finally {
            addresses.forEach((address) => this.free(address));
        }
    }
}

/** Reads the members of a struct of the engine one after the other. */
export class StructReader {
    /**
     * @param {EngineMemory} memory
     * @param {number} address
     */
    constructor(memory, address) {
        this.memory = memory;
        this.view = memory.view;
        this.at = address;
    }
    int() {
        this.at += 4;
        return this.view.getInt32(this.at - 4, true);
    }
    double() {
        this.at += 8;
        return this.view.getFloat64(this.at - 8, true);
    }
    /** NULL is null. */
    text() {
        const address = this.int();
        return address === 0 ? null : this.memory.text(address);
    }
    /** @param {number} count */
    ints(count) {
        return Array.from({ length: count }, () => this.int());
    }
    /**
     * @param {number} count
     * @param {() => any} read
     */
    many(count, read) {
        return Array.from({ length: count }, () => read.call(this));
    }
}
