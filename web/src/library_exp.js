// @ts-check
// expf of the C library that the engine is built with (musl's, from Arm's optimized routines, math/expf.c): computed in double
// precision and rounded once, by the same table and polynomial, so that the last bit is the engine's.

const STEPS = 32; // table entries from 1 to 2
/** The bits of 2^(i / STEPS), less i in the place of the exponent's last log2(STEPS) fractional digits. */
const TABLE = BigUint64Array.of(
    0x3ff0000000000000n, 0x3fefd9b0d3158574n, 0x3fefb5586cf9890fn, 0x3fef9301d0125b51n, 0x3fef72b83c7d517bn, 0x3fef54873168b9aan,
    0x3fef387a6e756238n, 0x3fef1e9df51fdee1n, 0x3fef06fe0a31b715n, 0x3feef1a7373aa9cbn, 0x3feedea64c123422n, 0x3feece086061892dn,
    0x3feebfdad5362a27n, 0x3feeb42b569d4f82n, 0x3feeab07dd485429n, 0x3feea47eb03a5585n, 0x3feea09e667f3bcdn, 0x3fee9f75e8ec5f74n,
    0x3feea11473eb0187n, 0x3feea589994cce13n, 0x3feeace5422aa0dbn, 0x3feeb737b0cdc5e5n, 0x3feec49182a3f090n, 0x3feed503b23e255dn,
    0x3feee89f995ad3adn, 0x3feeff76f2fb5e47n, 0x3fef199bdd85529cn, 0x3fef3720dcef9069n, 0x3fef5818dcfba487n, 0x3fef7c97337b9b5fn,
    0x3fefa4afa2a490dan, 0x3fefd0765b6e4540n);
const HIGHEST_BITS = 52n - 5n; // a whole number there counts steps

/** 0x1.71547652b82fep+0 = 1 / log 2, times STEPS; and the polynomial of 2^(r / STEPS): 0x1.c6af84b912394p-5,
 * 0x1.ebfce50fac4f3p-3, 0x1.62e42ff0c52d6p-1. */
const SCALE = 1.4426950408889634 * STEPS;
const C0 = 0.05550361559341535 / STEPS / STEPS / STEPS, C1 = 0.2402284522445722 / STEPS / STEPS, C2 = 0.6931471806916203 / STEPS;
const SHIFT = 6755399441055744; // 1.5 x 2^52: no fraction fits beside it
const LEAST = -103.97208404541016; // log of half the smallest float: below it the result is 0

const word = new DataView(new ArrayBuffer(8));

/**
 * exp(x), rounded to single precision.
 * @param {number} x at most 0: larger ones are not needed where the largest value has been taken off
 */
export function libraryExp(x) {
    if (Number.isNaN(x)) return x;
    if (x < LEAST) return 0;
    const scaled = SCALE * x, steps = scaled + SHIFT - SHIFT, rest = scaled - steps;
    word.setBigUint64(0, TABLE[steps & (STEPS - 1)] + (BigInt(steps) << HIGHEST_BITS));
    const power = word.getFloat64(0), square = rest * rest;
    return Math.fround(((C0 * rest + C1) * square + (C2 * rest + 1)) * power);
}
