/** The chapters of the deck, in its order. */
import { convolution } from "./chapters/convolution.js";
import { image } from "./chapters/image.js";
import { pooling } from "./chapters/pooling.js";

/** @type {import("./types.js").Chapter[]} */
export const chapters = [image, convolution, pooling];
