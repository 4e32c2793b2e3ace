// @ts-check

/**
 * FNV-1a, 64 bits, as hexadecimal digits. Its number is kept in two halves, since numbers of 64 bits are ten times as slow.
 * @param {Uint8Array} bytes
 */
export function hashOf(bytes) {
    let low = 0x84222325, high = 0xcbf29ce4;
    for (let k = 0; k < bytes.length; k++) {
        low = (low ^ bytes[k]) >>> 0;
        const product = low * 0x1b3; // the factor is 2^40 + 0x1b3
        high = (Math.imul(high, 0x1b3) + Math.floor(product / 2 ** 32) + (low << 8)) >>> 0;
        low = product >>> 0;
    }
    return high.toString(16).padStart(8, "0") + low.toString(16).padStart(8, "0");
}
