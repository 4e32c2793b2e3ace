/** Grey rasters: strokes drawn into them, boxes cut out of them, and the area average that makes them smaller. */

/** @typedef {{width: number, height: number, values: Float32Array}} Raster values in 0..1, 1 is ink */
/** @typedef {{top: number, left: number, height: number, width: number}} Rectangle */
/** @typedef {{starts: Int32Array, places: Int32Array, shares: Float64Array}} Sums terms starts[k] to starts[k + 1] are those of k */
/** @typedef {{erase: boolean, radius: number, points: [number, number][]}} Stroke points are x, y */

const INK = 0.1; /* fainter values count as paper */

/**
 * @param {number} width
 * @param {number} height
 * @returns {Raster}
 */
export const blank = (width, height) => ({width, height, values: new Float32Array(width * height)});

/**
 * Draws the line from one point to another with round ends; ink never lies on ink twice.
 * @param {Raster} raster
 * @param {Stroke} stroke
 * @param {[number, number]} from
 * @param {[number, number]} to
 */
export function drawSegment(raster, stroke, from, to) {
    const { top, left, height, width } = reached(raster, stroke, from, to), { values } = raster;
    for (let y = top; y < top + height; y++) {
        for (let x = left; x < left + width; x++) {
            const cover = Math.max(0, Math.min(1, stroke.radius + 0.5 - distance(x + 0.5, y + 0.5, from, to)));
            const k = y * raster.width + x;
            values[k] = stroke.erase ? Math.min(values[k], 1 - cover) : Math.max(values[k], cover);
        }
    }
}

/**
 * The part of a raster that a line may touch.
 * @param {Raster} raster
 * @param {Stroke} stroke
 * @param {[number, number]} from
 * @param {[number, number]} to
 * @returns {Rectangle}
 */
export function reached(raster, {radius}, from, to) {
    const [left, right] = span(from[0], to[0], radius + 1, raster.width),
                 [top, bottom] = span(from[1], to[1], radius + 1, raster.height);
    return { top, left, height: bottom - top, width: right - left };
}

/**
 * @param {number} a
 * @param {number} b
 * @param {number} reach to either side of both
 * @param {number} count
 * @returns {[number, number]} the first place and the one behind the last, within 0 and count
 */
function span(a, b, reach, count) {
    const within = (/** @type {number} */ place) => Math.max(0, Math.min(count, place));
    return [within(Math.floor(Math.min(a, b) - reach)), within(Math.ceil(Math.max(a, b) + reach) + 1)];
}

/**
 * Of a point from a line between two points.
 * @param {number} x
 * @param {number} y
 * @param {[number, number]} a
 * @param {[number, number]} b
 */
function distance(x, y, a, b) {
    const dx = b[0] - a[0], dy = b[1] - a[1], length = dx * dx + dy * dy;
    const along = length === 0 ? 0 : Math.max(0, Math.min(1, ((x - a[0]) * dx + (y - a[1]) * dy) / length));
    return Math.hypot(x - a[0] - along * dx, y - a[1] - along * dy);
}

/**
 * @param {Raster} raster
 * @param {Stroke[]} strokes
 */
export function drawStrokes(raster, strokes) {
    for (const stroke of strokes) {
        stroke.points.forEach((point, k) => drawSegment(raster, stroke, stroke.points[Math.max(0, k - 1)], point));
    }
}

/**
 * The smallest rectangle that holds all ink.
 * @param {Raster} raster
 * @returns {Rectangle|null} null: there is none
 */
export function inkBox({width, height, values}) {
    let top = height, left = width, bottom = -1, right = -1;
    for (let y = 0; y < height; y++) {
        const begin = y * width, end = begin + width;
        let first = begin, last = end - 1;
        while (first < end && values[first] < INK) first++;
        if (first === end) continue;
        while (values[last] < INK) last--;
        top = Math.min(top, y);
        bottom = y;
        left = Math.min(left, first - begin);
        right = Math.max(right, last - begin);
    }
    return bottom < 0 ? null : { top, left, height: bottom - top + 1, width: right - left + 1 };
}

/**
 * A part of a raster in another size: each new value is the mean of the area that it covers.
 * @param {Raster} raster
 * @param {Rectangle} box
 * @param {number} width of the result
 * @param {number} height
 * @returns {Raster}
 */
export function areaAverage(raster, box, width, height) {
    const narrow = alongAxis(
        raster.values, raster.height, raster.width, 1, weights(box.left, box.width, width, raster.width));
    return {
        width,
        height,
        values: alongAxis(narrow, 1, raster.height, width, weights(box.top, box.height, height, raster.height))
    };
}

/**
 * Weighted sums along the middle of three axes.
 * @param {Float32Array} values outer x count x inner
 * @param {number} outer
 * @param {number} count
 * @param {number} inner
 * @param {Sums} sums of each new place: old places and their weights
 */
function alongAxis(values, outer, count, inner, { starts, places, shares }) {
    const made = starts.length - 1, result = new Float32Array(outer * made * inner);
    for (let o = 0; o < outer; o++) {
        for (let place = 0; place < made; place++) {
            const to = (o * made + place) * inner;
            for (let t = starts[place]; t < starts[place + 1]; t++) {
                const from = (o * count + places[t]) * inner, share = shares[t];
                for (let i = 0; i < inner; i++) result[to + i] += share * values[from + i];
            }
        }
    }
    return result;
}

/**
 * A part of a raster as it is.
 * @param {Raster} raster
 * @param {Rectangle} box within it
 * @returns {Raster}
 */
export function cutOut(raster, {top, left, width, height}) {
    const result = blank(width, height);
    for (let y = 0; y < height; y++) {
        const from = (top + y) * raster.width + left;
        result.values.set(raster.values.subarray(from, from + width), y * width);
    }
    return result;
}

/**
 * Along one axis: which old values a new one covers, and how much of each; together 1.
 * @param {number} first @param {number} length of the part
 * @param {number} count of new values
 * @param {number} limit of old values
 * @returns {Sums}
 */
function weights(first, length, count, limit) {
    const step = length / count;
    /** @type {{starts: number[], places: number[], shares: number[]}} */
    const sums = { starts: [0], places: [], shares: [] };
    for (let k = 0; k < count; k++) {
        const from = first + k * step, to = from + step;
        for (let i = Math.max(0, Math.floor(from)); i < Math.min(limit, to); i++) {
            const cover = Math.min(to, i + 1) - Math.max(from, i);
            if (cover <= 0) continue;
            sums.places.push(i);
            sums.shares.push(cover / step);
        }
        sums.starts.push(sums.places.length);
    }
    return {
        starts: Int32Array.from(sums.starts),
        places: Int32Array.from(sums.places),
        shares: Float64Array.from(sums.shares)
    };
}

/**
 * Where the ink balances: row and column of its centre of mass.
 * @param {Raster} raster
 * @returns {[number, number]} the middle, where there is no ink
 */
export function centreOfMass({width, height, values}) {
    let mass = 0, down = 0, across = 0;
    for (let k = 0; k < values.length; k++) {
        mass += values[k];
        down += values[k] * (Math.floor(k / width) + 0.5);
        across += values[k] * ((k % width) + 0.5);
    }
    return mass === 0 ? [height / 2, width / 2] : [down / mass, across / mass];
}

/**
 * Lays one raster into another; what reaches over the edges is lost.
 * @param {Raster} into
 * @param {Raster} what
 * @param {number} top
 * @param {number} left
 */
export function paste(into, what, top, left) {
    for (let y = 0; y < what.height; y++) {
        for (let x = 0; x < what.width; x++) {
            const row = top + y, column = left + x;
            if (row < 0 || column < 0 || row >= into.height || column >= into.width) continue;
            into.values[row * into.width + column] = what.values[y * what.width + x];
        }
    }
}
