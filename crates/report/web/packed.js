// Numbers as a page holds them: little-endian bytes in base64.

/** @param {string} base64 */
function bytes(base64) {
  const text = atob(base64);
  const out = new Uint8Array(text.length);
  for (let k = 0; k < text.length; k++) out[k] = text.charCodeAt(k);
  return out;
}

/**
 * The numbers, on any machine.
 * @param {string} base64
 * @param {"Uint16" | "Float32" | "Float64"} type
 * @returns {number[]}
 */
export function numbers(base64, type) {
  const packed = bytes(base64);
  const view = new DataView(packed.buffer);
  const size = { Uint16: 2, Float32: 4, Float64: 8 }[type];
  return Array.from({ length: packed.length / size }, (_, k) => view[`get${type}`](k * size, true));
}
