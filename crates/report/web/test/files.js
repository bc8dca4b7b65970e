// Files for the readers: safetensors and csv, sound and unsound, made byte by byte.

/** A tensor's bytes, every value the same. */
function tensor([dtype, shape, value = 0]) {
  const count = shape.reduce((product, size) => product * size, 1);
  const size = { F16: 2, BF16: 2, F32: 4, F64: 8, I64: 8, F8_E4M3: 1 }[dtype];
  const data = Buffer.alloc(count * size);
  for (let k = 0; k < count; k++) {
    if (dtype === "F32") data.writeFloatLE(value, 4 * k);
    if (dtype === "F64") data.writeDoubleLE(value, 8 * k);
    if (size === 2) data.writeUInt16LE(value, 2 * k);
  }
  return { dtype, shape, data };
}

/** A file with this header and data. */
export function raw(header, data = Buffer.alloc(0)) {
  const text = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, data]);
}

/** A whole file of tensors { name: [dtype, shape, value] }. */
export function safetensors(tensors, metadata) {
  const header = metadata ? { __metadata__: metadata } : {};
  const parts = [];
  let at = 0;
  for (const [name, given] of Object.entries(tensors)) {
    const { dtype, shape, data } = tensor(given);
    header[name] = { dtype, shape, data_offsets: [at, at + data.length] };
    parts.push(data);
    at += data.length;
  }
  return raw(header, Buffer.concat(parts));
}

/** A file of whole layers { inputs, outputs, weights, biases }, in float32. */
export function safetensorsOf(layers, activation) {
  const header = activation === "relu" ? {} : { __metadata__: { activation } };
  const parts = [];
  let at = 0;
  const put = (name, shape, values) => {
    const data = Buffer.from(Float32Array.from(values).buffer);
    header[name] = { dtype: "F32", shape, data_offsets: [at, at + data.length] };
    parts.push(data);
    at += data.length;
  };
  for (const [k, { inputs, outputs, weights, biases }] of layers.entries()) {
    put(`${2 * k}.weight`, [outputs, inputs], weights);
    put(`${2 * k}.bias`, [outputs], biases);
  }
  return raw(header, Buffer.concat(parts));
}

const f = (...shape) => ["F32", shape, 0.5];
const first = { "0.weight": f(3, 2), "0.bias": f(3) };
const last = (weight, bias = f(2)) => ({
  ...first,
  "2.weight": weight,
  "2.bias": bias,
});
const named = (...names) => {
  const shapes = [f(4, 2), f(3, 4), f(2, 3)];
  return Object.fromEntries(names.map((name, k) => [`${name}.weight`, shapes[k]]));
};
const wide = (inputs, nodes, classes) => ({
  "0.weight": f(nodes, inputs),
  "2.weight": f(classes, nodes),
});

const NETWORKS = [
  last(f(2, 3)),
  ...[
    "0 2 4",
    "fc1 fc2 fc3",
    "fc8 fc9 fc10",
    "layers.0 layers.1 layers.2",
    "layers.0 layers.1 out",
    "0.0 1.0 2",
    "input hidden output",
    "features.0 features.2 classifier",
    "encoder.lin mlp.lin decoder.lin",
    "in_proj kernels out_proj",
    "a b c",
    "blocks.9.linear blocks.10.linear head",
    "module.net.0 module.net._orig_mod.2 net.4",
    "one two three",
    "net.0 net.2 net.3",
    "0 1 2",
  ].map((names) => named(...names.split(" "))),
  // One logit, no biases; narrow and wide types.
  { "fc1.weight": f(3, 2), "fc2.weight": f(1, 3) },
  { W1: f(3, 2), b1: f(3), W2: f(2, 3), b2: f(2) },
  { w_in: f(3, 2), b_in: f(3), w_out: f(2, 3), b_out: f(2) },
  {
    "weights.0": f(3, 2),
    "biases.0": f(3),
    "weights.1": f(2, 3),
    "biases.1": f(2),
  },
  last(["F16", [2, 3], 0x3555]),
  last(["BF16", [2, 3], 0x3eab]),
  last(["F64", [2, 3], 1 / 3]),
  last(["F16", [2, 3], 0x7e00]),
  last(["BF16", [2, 3], 0xff80]),
  // What is wrong with them.
  {},
  first,
  { ...first, "2.bias": f(2) },
  { ...first, "4.weight": f(2, 5), "4.bias": f(2) },
  last(f(2, 4)),
  { "0.weight": f(2, 3), "2.weight": f(3, 5) },
  last(f(3, 2)),
  last(f(2, 3), f(4)),
  last(f(1)),
  last(f()),
  last(f(3)),
  { ...first, "1.weight": f(1), "2.weight": f(2, 3) },
  last(f(4, 3, 3, 3)),
  last(f(2, 3), f(2, 1)),
  last(f(0, 3)),
  { ...first, "1.weight": f(2, 3), "1.bias": f(2) },
  { "one.weight": f(8, 2), "two.weight": f(8, 8), "three.weight": f(2, 8) },
  { "aa.weight": f(3, 6), "zz.weight": f(6, 3) },
  { "alpha.weight": f(8, 8), "beta.weight": f(8, 8) },
  { ...first, "module.0.weight": f(3, 2) },
  { ...first, "1.running_mean": f(3), "1.weight": f(3) },
  { "0.weight_mask": f(3, 2), "0.weight_orig": f(3, 2) },
  { "0.parametrizations.weight.original0": f(3, 1) },
  { "0.weight_g": f(3, 1), "0.weight_v": f(3, 2) },
  { "rnn.weight_hh_l0": f(3, 3) },
  { ...first, "1.weight": f(3), "2.weight": f(2, 3) },
  { "0.weight_orig": f(3, 2), "0.weight_u": f(3) },
  { "mha.in_proj_weight": f(9, 3) },
  { "dense.kernel": f(2, 8) },
  { "coefs_.0": f(2, 8) },
  { ...first, temperature: f(1) },
  { ...first, "": f(3) },
  { ...first, "\x1b[2J\r\n\u202e": f(3) },
  { ...first, ["a".repeat(999)]: f(3) },
  last(["F8_E4M3", [2, 3]]),
  last(["I64", [2, 3]]),
  last(["F32", [2, 3], NaN]),
  last(["F32", [2, 3], Infinity]),
  last(["F64", [2, 3], -1e39]),
  last(["F64", [2, 3], 3.5e38]),
  last(f(2, 3), ["F32", [2], -Infinity]),
  wide(2, 20_000, 2),
  wide(16385, 2, 2),
  wide(2, 2, 16385),
];

const info = (shape, from, to) => ({
  dtype: "F32",
  shape,
  data_offsets: [from, to],
});
const two = (one, other, data) =>
  raw({ "0.weight": info([1, 2], ...one), "0.bias": info([1], ...other) }, Buffer.alloc(data));
const whole = safetensors(last(f(2, 3)));
const length = (value) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return Buffer.concat([bytes, Buffer.from("{}")]);
};

/** Networks' files, of which the points are two inputs and two classes. */
export const MODELS = [
  ...NETWORKS.map((tensors) => safetensors(tensors)),
  ...["tanh", "gelu", "sigmoid", "relu", "ReLU6", "\x07"].map((activation) =>
    safetensors(last(f(2, 3)), { activation }),
  ),
  safetensors({ "a.weight": f(2, 2) }, { "b.weight": "a.weight" }),
  whole.subarray(0, 0),
  whole.subarray(0, 7),
  whole.subarray(0, 8),
  whole.subarray(0, 100),
  whole.subarray(0, whole.length - 1),
  Buffer.concat([whole, Buffer.from("more")]),
  length(2n ** 64n - 1n),
  length(100_000_001n),
  length(90_000_000n),
  Buffer.from("x0,x1,label\n0,0,0\n"),
  raw("[]"),
  raw("{"),
  raw({ a: 1 }),
  raw({ "0.weight": { dtype: "F31", shape: [1], data_offsets: [0, 4] } }, Buffer.alloc(4)),
  raw({ "0.weight": info([-1], 0, 4) }, Buffer.alloc(4)),
  two([0, 8], [4, 8], 8),
  two([0, 8], [12, 16], 16),
  two([4, 12], [12, 16], 16),
  two([8, 0], [8, 12], 12),
  two([0, 8], [8, 12], 16),
  two([0, 8], [8, 16], 16),
  raw({ "0.weight": info([4294967296, 4294967296], 0, 0) }),
];

const long = "9".repeat(500);
const wideHeader = Array.from({ length: 100 }, (_, k) => `x${k},`).join("");

/** Points' files, for a network of two inputs and two classes. */
export const POINTS = [
  "x0,x1,label\n0.5,-1,1\n2,3e-1,0\n",
  "\ufeffx0,x1,label\r\n0.5,-1,1\r\n2,3e-1,0\r\n",
  "x0, x1, label\n0.5, -1, 1.0\n2, 3e-1, 0",
  "x0,x1,label\r0.5,-1,1\r2,3e-1,0\r",
  "\n\nx0,x1,label\n\n0.5,-1,1\r\n\r\n2,3e-1,0\n\n\n",
  '"x0","x1","label"\n"0.5","-1","1"\n"2","3e-1",0\n',
  "x0,x1,label\n+2,.3,-0\n1e-999,-3.4e38,0",
  ",x0,x1,label\n7,0.5,-1,1\n3,2,0.25,0\n",
  ",Unnamed: 0,x0,x1,label\n0,0,0.5,-1,1\n1,1,2,0.25,0\n",
  'Label,height,"weight, kg"\n1,0.5,-1\n0,2,0.25\n',
  "height,Target,weight\n0.5,1,-1\n2,0,0.25\n",
  "x,y,label\n0.5,-1,1\n2,0.25,0\n",
  "0,1,label\n0.5,-1,1\n2,0.25,0\n",
  "x1,label,x0\n-1,1,0.5\n0.25,0,2\n",
  "x10,x9,label\n-1,0.5,1\n0.25,2,0\n",
  "# x0,x1,label\n5.0e-01,-1.0e+00,1.0e+00\n2.0e+00,2.5e-01,0.0e+00\n",
  "# x0 x1 label\n5.0e-01 -1.0e+00 1.0e+00\n2.0e+00 2.5e-01 0.0e+00\n",
  "# made in spring\n\nx0,x1,label\n0.5,-1,1\n2,0.25,0\n",
  "x0;x1;label\r\n0,5;-1;1\r\n2;0,25;0\r\n",
  "x0;x1;label\n0,500;-1,000;1\n2,000;0,250;0\n",
  "x0\tx1\tlabel\n0,5\t-1\t1,0\n2\t0,25\t0,0\n",
  "x0,x1,label,,\n0.5,-1,1,,\n2,0.25,0\n,,,,\n",
  "x0,x1,label\n0.5,-1,1\n\n  \n2,0.25,0\n\n  \n",
  "x0,x1,label\n0.5,-1,1\n2,0.25,0\n\x1a",
  // What is wrong with them.
  ...[
    "1,a,0",
    "1,,0",
    "1,0x10,0",
    "1,1_0,0",
    "1,\x1b[2Jred\u202e,0",
    '1,"a\nb",0',
    '1,"a""b"c,0',
    "1,NaN,0",
    "inf,1,0",
    "1,1e999,0",
    "1,-1e39,0",
    `${long},1,0`,
    `1,2,${long}`,
    "1,2,0\n1,2,2",
    "1,2,0.5",
    "1,2,-1",
    "1,2,NaN",
    "1,2,x",
    "1,2",
    "1,2,0,0",
    '1,"2,0\n1,2,0',
    "1,2,0\n\n\n1,2,3",
    "1,2,0\r\n\r\n1,2,3",
    "1,2,0\r1,2,3",
    '1,"2\n",0\n1,2,3',
    "",
    "\r\n\n",
  ].map((rows) => `x0,x1,label\n${rows}`),
  ",a,b,label\n0,1,1,0\n0,2,2,1\n",
  ",a,b,label\n0.5,1,1,0\n",
  "a;b,c;label\n1;2;0\n",
  "a\tb,c\tlabel\n1\t2\t0\n",
  "a;b;label\n1,234;12,500;0\n",
  "a;b;label\n1,5;2.5;0\n",
  "a;b;label\n1,234,567;1;0\n",
  "a;b;label\n1.234,5;1;0\n",
  'a,b,label\n"0,5",1,0\n',
  "0.5,-1,1\n2,0.25,0\n",
  "0,5;-1;1\n",
  ...[
    "a,b,c",
    "y,x0,class",
    "label,x0,Label",
    "x0,x0,label",
    "x0,,label",
    "x0,Unnamed: 1,label",
    "x0,label",
    ",x0,x1,x2,label",
    "x0:x1:label",
    'x0,"la\nbel\x07"',
    `${wideHeader}label`,
  ].map((header) => `${header}\n1,2,0\n`),
  "",
  "\n\r\n",
  "\ufeff",
  Buffer.from("x0,x1,label\n1,2,0\n1,\xff,0\n", "latin1"),
  Buffer.from("x0,x1,label\r\n1,2,0\r\n1,2,\xe9", "latin1"),
  Buffer.from("\ufeffx0,x1,label\n", "utf16le"),
  Buffer.from("x0,x1,label\n1,2,0", "utf16le"),
].map((file) => Buffer.from(file));
