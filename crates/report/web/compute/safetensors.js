// The tensors of a safetensors file: 8 bytes with the length of a JSON header, the header, the data.

import { Refusal, clip, isFloat32 } from "./clip.js";

const MOST_HEADER = 100_000_000;

/**
 * What a header says of a tensor.
 * @typedef {{ dtype: string, shape: number[], data_offsets: number[] }} Info
 */

/** @typedef {{ dtype: string, shape: number[], data: Uint8Array }} Tensor */

/**
 * Bits of a value of each type.
 * @type {Record<string, number>}
 */
const BITS = {
  BOOL: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  C64: 64,
  F64: 64,
  I64: 64,
  U64: 64,
};

/** @param {string} why */
const damaged = (why) =>
  new Refusal(
    `not a safetensors file, or a damaged one (${clip(why, 120)}); write it with ` +
      "safetensors.torch.save_file(model.state_dict(), FILE)",
  );

/**
 * A file's { tensors: [[name, { dtype, shape, data }]] by name, metadata }.
 * @param {Uint8Array} bytes
 */
export function parseSafetensors(bytes) {
  if (bytes.length < 8) throw damaged("header too small");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const length = view.getBigUint64(0, true);
  if (length > BigInt(MOST_HEADER)) throw damaged("header too large");
  const from = 8 + Number(length);
  if (from > bytes.length) throw damaged("invalid header length");
  const header = headerOf(bytes.subarray(8, from));
  const { __metadata__: metadata = {}, ...named } = header;
  if (!isMetadata(metadata)) throw damaged("invalid JSON in header");
  /** @type {[string, Info][]} */
  const infos = [];
  for (const [name, info] of Object.entries(named)) {
    if (!isInfo(info)) throw damaged("invalid JSON in header");
    infos.push([name, info]);
  }
  if (from + endOf(infos) !== bytes.length) {
    throw damaged("incomplete metadata, file not fully covered");
  }
  /** @type {[string, Tensor][]} */
  const tensors = infos.map(([name, { dtype, shape, data_offsets: offsets }]) => {
    const [start, end] = offsets;
    return [name, { dtype, shape, data: bytes.subarray(from + start, from + end) }];
  });
  return { tensors, metadata };
}

/** @param {Uint8Array} bytes */
function headerOf(bytes) {
  /** @type {unknown} */
  let header;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    header = JSON.parse(text);
  } catch (error) {
    throw damaged(
      error instanceof SyntaxError ? "invalid JSON in header" : "invalid UTF-8 in header",
    );
  }
  if (!isObject(header)) throw damaged("invalid JSON in header");
  return header;
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, string>}
 */
function isMetadata(value) {
  return isObject(value) && Object.values(value).every((text) => typeof text === "string");
}

/**
 * @param {unknown} value
 * @returns {value is number[]}
 */
function areSizes(value) {
  return Array.isArray(value) && value.every((size) => Number.isInteger(size) && size >= 0);
}

/**
 * @param {unknown} info
 * @returns {info is Info}
 */
function isInfo(info) {
  if (!isObject(info)) return false;
  const { dtype, shape, data_offsets: offsets } = info;
  const isKnown = typeof dtype === "string" && Object.hasOwn(BITS, dtype);
  return isKnown && areSizes(shape) && areSizes(offsets) && offsets.length === 2;
}

/**
 * Where the last tensor's data ends; each has to begin where the one before ends.
 * @param {[string, Info][]} infos
 */
function endOf(infos) {
  const sorted = infos.slice().sort(([, a], [, b]) => {
    const [x, y] = [a.data_offsets, b.data_offsets];
    return x[0] - y[0] || x[1] - y[1];
  });
  let at = 0;
  for (const [name, { dtype, shape, data_offsets: offsets }] of sorted) {
    const [start, end] = offsets;
    if (start !== at || end < start) throw damaged(`invalid offset for tensor \`${name}\``);
    at = end;
    const bits = shape.reduce((product, size) => product * size, 1) * BITS[dtype];
    if (bits >= 2 ** 64) {
      throw damaged("overflow computing buffer size from shape and/or element type");
    }
    if (bits % 8 !== 0) {
      throw damaged(
        "The slice is slicing for subbytes dtypes, and the slice does not end up at a byte " +
          "boundary, this is invalid.",
      );
    }
    if (end - start !== bits / 8) {
      throw damaged("invalid shape, data type, or offset for tensor");
    }
  }
  return at;
}

/**
 * A half-precision number from its bits.
 * @param {number} bits
 */
function float16(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return (
    sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15))
  );
}

/**
 * The upper half of a float32.
 * @param {number} bits
 */
function bfloat16(bits) {
  return new Float32Array(Uint32Array.of((bits << 16) >>> 0).buffer)[0];
}

/**
 * Bytes of a value of each type that is read, and how it is.
 * @type {Record<string, [number, (view: DataView, at: number) => number]>}
 */
const READERS = {
  F16: [2, (view, at) => float16(view.getUint16(at, true))],
  BF16: [2, (view, at) => bfloat16(view.getUint16(at, true))],
  F32: [4, (view, at) => view.getFloat32(at, true)],
  F64: [8, (view, at) => view.getFloat64(at, true)],
};

/**
 * A value as it is written in an error line.
 * @param {number} value
 */
function written(value) {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
  return value.toExponential().replace("e+", "e");
}

/**
 * A tensor as float64, which holds every value of the narrower types exactly.
 * @param {string} name
 * @param {Tensor} tensor
 */
export function values(name, { dtype, shape, data }) {
  const reader = READERS[dtype];
  if (!reader) {
    throw new Refusal(
      `'${name}' is ${dtype}; save it as float16, bfloat16, float32 or float64 (model.float() in ` +
        "PyTorch)",
    );
  }
  const [size, read] = reader;
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const out = Float64Array.from({ length: data.length / size }, (_, k) => read(view, k * size));
  const wrong = out.findIndex((value) => !isFloat32(value));
  if (wrong >= 0) {
    const inputs = shape[1];
    const at =
      shape.length === 2 ? `[${Math.floor(wrong / inputs)}, ${wrong % inputs}]` : `[${wrong}]`;
    throw new Refusal(
      `'${name}'${at} is ${written(out[wrong])}; every value must be finite, and below 3.4e38, ` +
        "which is as far as float32 goes",
    );
  }
  return out;
}
