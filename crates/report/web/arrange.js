// Where the nodes of a network stand in its picture: layers from top to bottom, each in one line if
// there is room, else in several within a frame.

/** More nodes than this are shown without the weights between them, which would cover them. */
export const MOST_WITH_EDGES = 40;

/** Inputs that are shown one by one; more are one box. */
export const MOST_INPUTS = 8;

/** Pixels: above a layer for the weights, or only for its heading. */
const ROOM = { edges: 46, none: 34 };

/** Pixels from the middle of a heading down to its layer, or to where the nodes begin in a frame. */
const BELOW = { plain: 12, frame: 16 };

/** Pixels between two nodes, and between two lines of one layer. */
const GAP = { edges: 8, none: 4 };

/** Pixels between the nodes of a layer and the frame around its lines. */
const INSIDE = 6;

/** Sides of the pictures of inputs and output. */
export const INPUT_SIDE = 34;
export const OUTPUT_SIDE = 58;

/**
 * @typedef {object} Arrangement all in pixels, from the upper left corner
 * @property {boolean} hasEdges whether there is room for the weights
 * @property {number} size side of a node
 * @property {number} height of the whole
 * @property {[number, number][]} inputs centres
 * @property {[number, number][]} nodes centres, [N]
 * @property {[number, number]} output centre
 * @property {{ y: number, height: number }[]} frames of the layers that need several lines
 * @property {number[]} heads where the heading of each layer is: inputs, hidden layers, output
 */

/**
 * Places everything.
 * @param {number[]} widths nodes of each hidden layer
 * @param {number} inputs
 * @param {number} width room there is
 * @param {boolean} isTouch whether fingers have to hit the nodes
 * @returns {Arrangement}
 */
export function arrange(widths, inputs, width, isTouch) {
  const count = widths.reduce((sum, own) => sum + own, 0);
  const hasEdges = count <= MOST_WITH_EDGES;
  const [gap, room] = [GAP, ROOM].map((of) => (hasEdges ? of.edges : of.none));
  const size = hasEdges
    ? sparseSize(Math.max(...widths), width, isTouch)
    : denseSize(count, width, isTouch);
  const capacity = Math.max(1, Math.floor(width / (size + GAP.none)));
  const heads = [10];
  const shown = inputs <= MOST_INPUTS ? inputs : 1;
  const span = Math.min(150, (width - INPUT_SIDE) / Math.max(shown - 1, 1));
  let y = 20 + INPUT_SIDE / 2;
  const inputsAt = line(shown, width / 2, span, y);
  y += INPUT_SIDE / 2;
  /** @type {[number, number][]} */
  const nodes = [];
  const frames = [];
  for (const own of widths) {
    const lines = Math.ceil(own / capacity);
    heads.push(y + room - (lines > 1 ? BELOW.frame : BELOW.plain));
    y += room;
    const each = Math.ceil(own / lines);
    const pitch = Math.min(width / each, hasEdges ? 1.6 * size : size + gap);
    const frame = { y: y - INSIDE, height: lines * (size + gap) - gap + 2 * INSIDE };
    if (lines > 1) frames.push(frame);
    for (let k = 0; k < lines; k++) {
      const here = Math.min(each, own - k * each);
      // A last line that is not full begins where the others do.
      const centre = width / 2 - ((each - here) * pitch) / 2;
      nodes.push(...line(here, centre, pitch, y + size / 2));
      y += size + gap;
    }
    y -= gap;
  }
  heads.push(y + room - BELOW.plain);
  y += room + OUTPUT_SIDE / 2;
  /** @type {[number, number]} */
  const output = [width / 2, y];
  return {
    hasEdges,
    size,
    height: y + OUTPUT_SIDE / 2 + 2,
    inputs: inputsAt,
    nodes,
    output,
    frames,
    heads,
  };
}

/**
 * Side of a node where few are: as large as lets all of a layer stand in one line, if any side does.
 * @param {number} most nodes of a layer
 * @param {number} width
 * @param {boolean} isTouch
 */
function sparseSize(most, width, isTouch) {
  const [least, largest] = [isTouch ? 40 : 32, width < 480 ? 42 : 52];
  const fitting = Math.floor(width / most) - GAP.none;
  return fitting >= least ? Math.min(fitting, largest) : largest;
}

/**
 * Side of a node where many are to fill about as much room as few do.
 * @param {number} count
 * @param {number} width
 * @param {boolean} isTouch
 */
function denseSize(count, width, isTouch) {
  const least = isTouch ? 40 : 32;
  const fitting = Math.floor(Math.sqrt((width * 420) / count)) - GAP.none;
  return Math.max(least, Math.min(fitting, 52));
}

/**
 * So many places side by side around a middle.
 * @param {number} count
 * @param {number} middle
 * @param {number} pitch
 * @param {number} y
 * @returns {[number, number][]}
 */
function line(count, middle, pitch, y) {
  return Array.from({ length: count }, (_, k) => [middle + (k - (count - 1) / 2) * pitch, y]);
}
