/** Numbers as text, and the bits of single-precision floats. */

const bytes = new DataView(new ArrayBuffer(4));

/**
 * The 32 bits of a float: "0x3F8A12C4".
 * @param {number} value
 */
export function bits(value) {
    bytes.setFloat32(0, value);
    return `0x${bytes.getUint32(0).toString(16).toUpperCase().padStart(8, "0")}`;
}

/**
 * Whether two floats have the same bits; 0 and -0 have not.
 * @param {number} a
 * @param {number} b
 */
export const sameBits = (a, b) => Object.is(Math.fround(a), Math.fround(b));

/**
 * With the minus sign of typography and so many significant digits.
 * @param {number} value
 * @param {number} [digits]
 */
export function short(value, digits = 4) {
    if (!Number.isFinite(value)) return String(value);
    if (value === 0) return "0"; /* the bits tell 0 and -0 apart */
    const size = Math.abs(value);
    const text = size < 1e-4 || size >= 1e7 ? value.toExponential(digits - 1) : shortest(value.toPrecision(digits));
    return text.replace("-", "\u2212").replace("e-", "e\u2212");
}

/**
 * Nine digits name a float exactly.
 * @param {number} value
 */
export const exact = value => short(Math.fround(value), 9);

/**
 * "1.50000" is "1.5".
 * @param {string} text
 */
function shortest(text) {
    const plain = text.includes("e") ? String(Number(text)) : text;
    return plain.includes(".") ? plain.replace(/0+$/, "").replace(/\.$/, "") : plain;
}

/**
 * 1199882 is "1,199,882".
 * @param {number} value
 */
export const grouped = value => String(value).replace(/\B(?=(\d{3})+$)/g, ",");

/**
 * @param {number} value a share, 0..1
 * @param {number} [digits]
 */
export const percent = (value, digits = 1) => `${(100 * value).toFixed(digits)} %`;

/**
 * "1 image", "2 images".
 * @param {number} count
 * @param {string} word
 */
export const plural = (count, word) => `${grouped(count)} ${word}${count === 1 ? "" : "s"}`;
