/** Pictures from files and the clipboard; the browser decodes them. */

const MOST = 512; /* pixels along a side: larger pictures are made smaller when they are decoded */

/**
 * @typedef {object} Decoded
 * @property {number} width
 * @property {number} height
 * @property {Float32Array[]} channels red, green and blue in 0..1, rows x columns each
 */

/**
 * @param {Blob} file
 * @returns {Promise<Decoded>}
 */
export async function decode(file) {
    const bitmap = await createImageBitmap(file);
    const scale = Math.min(1, MOST / Math.max(bitmap.width, bitmap.height));
    const width = Math.max(1, Math.round(bitmap.width * scale)),
          height = Math.max(1, Math.round(bitmap.height * scale));
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext("2d");
    if (!context) throw new Error("the browser gives no 2D canvas");
    context.fillStyle = "white"; /* under transparent pixels, as cnn predict has it */
    context.fillRect(0, 0, width, height);
    context.drawImage(bitmap, 0, 0, width, height);
    const { data } = context.getImageData(0, 0, width, height);
    const channels = [0, 1, 2].map(c => Float32Array.from({ length: width * height }, (_, k) => data[4 * k + c] / 255));
    return { width, height, channels };
}

/**
 * @param {Decoded} decoded
 * @returns {import("./raster.js").Raster}
 */
export function greyOf({width, height, channels: [red, green, blue]}) {
    return { width, height, values: red.map((value, k) => 0.299 * value + 0.587 * green[k] + 0.114 * blue[k]) };
}

/**
 * @param {Decoded} decoded
 * @returns {Uint8Array} rows x columns x 3: red, green, blue
 */
export function bytesOf({width, height, channels}) {
    const bytes = new Uint8Array(3 * width * height);
    channels.forEach((values, c) => values.forEach((value, k) => void (bytes[3 * k + c] = Math.round(255 * value))));
    return bytes;
}

/**
 * The first picture among what was dropped or pasted.
 * @param {DataTransfer|null} transfer
 * @returns {File|null}
 */
export function pictureIn(transfer) {
    return Array.from(transfer?.files ?? []).find(file => file.type.startsWith("image/")) ?? null;
}
