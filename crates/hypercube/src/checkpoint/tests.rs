use std::fs::File;

use super::*;

type Tensor = (String, Dtype, Vec<usize>, Vec<u8>);

fn floats(name: &str, shape: &[usize], value: f32) -> Tensor {
    let bytes = value.to_le_bytes().repeat(shape.iter().product());
    (name.to_owned(), Dtype::F32, shape.to_vec(), bytes)
}

fn zeros(name: &str, shape: &[usize]) -> Tensor {
    floats(name, shape, 0.0)
}

fn doubles(name: &str, shape: &[usize], value: f64) -> Tensor {
    let bytes = value.to_le_bytes().repeat(shape.iter().product());
    (name.to_owned(), Dtype::F64, shape.to_vec(), bytes)
}

fn read(tensors: &[Tensor]) -> Result<Network, String> {
    let views = tensors.iter().map(|(name, dtype, shape, bytes)| {
        (name.clone(), TensorView::new(*dtype, shape.clone(), bytes).unwrap())
    });
    parse(&safetensors::serialize(views, None).unwrap())
}

/// A 2-3-2 network under these names of its layers.
fn named(first: &str, last: &str) -> [Tensor; 4] {
    [
        floats(&format!("{first}.weight"), &[3, 2], 1.0),
        floats(&format!("{first}.bias"), &[3], 2.0),
        floats(&format!("{last}.weight"), &[2, 3], 3.0),
        floats(&format!("{last}.bias"), &[2], 4.0),
    ]
}

/// A file with this header and so many bytes after it.
fn raw(header: &str, data: usize) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &vec![0; data]].concat()
}

#[test]
fn what_is_saved_is_loaded() {
    let layer = |inputs: usize, outputs: usize| Layer {
        inputs,
        outputs,
        weights: (0..inputs * outputs).map(|k| k as f64 - 0.25).collect(),
        biases: (0..outputs).map(|k| -0.5 * k as f64).collect(),
    };
    let network = Network::new(vec![layer(3, 5), layer(5, 4), layer(4, 2)]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.safetensors");
    save(&network, &path).unwrap();
    assert_eq!(load(&path).unwrap(), network);
}

#[test]
fn other_names_of_the_same_layers_are_read() {
    let plain = read(&named("0", "2")).unwrap();
    assert_eq!(plain.layers()[1].biases, [4.0, 4.0]);
    for (first, last) in [
        ("net.0", "net.2"),
        ("model.0", "model.2"),
        ("module._orig_mod.net.0", "module._orig_mod.net.2"),
        ("1", "4"),
        ("net.9", "net.11"),
        (".0", ".2"),
    ] {
        assert_eq!(read(&named(first, last)).as_ref(), Ok(&plain), "{first}, {last}");
    }
    let mut tensors = named("0", "2");
    tensors[0] = doubles("0.weight", &[3, 2], 1.0);
    assert_eq!(read(&tensors), Ok(plain));
}

/// A 2-4-3-2 network under these names, in the order in which its layers are passed.
fn three(names: [&str; 3]) -> Vec<Tensor> {
    let shapes = [[4, 2], [3, 4], [2, 3]];
    let layers = names.iter().zip(shapes).zip([1.0, 2.0, 3.0]);
    layers.map(|((name, shape), value)| floats(&format!("{name}.weight"), &shape, value)).collect()
}

#[test]
fn the_order_comes_from_names_and_shapes() {
    let plain = read(&three(["0", "2", "4"])).unwrap();
    assert_eq!(plain.sizes(), [2, 4, 3, 2]);
    for names in [
        ["fc1", "fc2", "fc3"],
        ["fc8", "fc9", "fc10"],
        ["layers.0", "layers.1", "layers.2"],
        ["layers.0", "layers.1", "out"],
        ["0.0", "1.0", "2"],
        ["0.0", "0.2", "1"],
        ["input", "hidden", "output"],
        ["features.0", "features.2", "classifier"],
        ["encoder.lin", "mlp.lin", "decoder.lin"],
        ["in_proj", "kernels", "out_proj"],
        ["a", "b", "c"],
        ["blocks.9.linear", "blocks.10.linear", "head"],
        ["module.net.0", "module.net._orig_mod.2", "net.4"],
    ] {
        assert_eq!(read(&three(names)).as_ref(), Ok(&plain), "{names:?}");
    }
    // Names in no order, shapes in a single one.
    let mut one_way = three(["one", "two", "three"]);
    one_way[2] = floats("three.weight", &[5, 3], 3.0);
    assert_eq!(read(&one_way).unwrap().sizes(), [2, 4, 3, 5]);
}

#[test]
fn layers_without_bias_and_a_single_logit_are_read() {
    let without = read(&[floats("fc1.weight", &[3, 2], 1.0), floats("fc2.weight", &[1, 3], 2.0)]);
    let without = without.unwrap();
    assert_eq!(without.sizes(), [2, 3, 2]);
    assert_eq!(without.layers()[0].biases, [0.0; 3]);
    let last = &without.layers()[1];
    assert_eq!(
        (&last.weights[..], &last.biases[..]),
        (&[0.0, 0.0, 0.0, 2.0, 2.0, 2.0][..], &[0.0; 2][..])
    );
    let mut single = named("0", "2").to_vec();
    single[2] = floats("2.weight", &[1, 3], 3.0);
    single[3] = floats("2.bias", &[1], 4.0);
    assert_eq!(read(&single).unwrap().layers()[1].biases, [0.0, 4.0]);
}

#[test]
fn narrow_types_are_widened_exactly() {
    let of = |dtype, one: [u8; 2]| {
        let mut tensors = named("0", "2");
        tensors[0] = ("0.weight".to_owned(), dtype, vec![3, 2], one.repeat(6));
        read(&tensors).unwrap().layers()[0].weights.clone()
    };
    // 1 + 2⁻¹⁰ in f16 and 1 + 2⁻⁷ in bf16, their spacings at 1; the smallest f16, 2⁻²⁴.
    assert_eq!(of(Dtype::F16, 0x3c01_u16.to_le_bytes()), [1.0 + 1.0 / 1024.0; 6]);
    assert_eq!(of(Dtype::F16, 1_u16.to_le_bytes()), [2f64.powi(-24); 6]);
    assert_eq!(of(Dtype::BF16, 0x3f81_u16.to_le_bytes()), [1.0 + 1.0 / 128.0; 6]);
}

#[test]
fn the_metadata_tells_of_copies_and_of_the_activation_function() {
    let file = |metadata: &[(&str, &str)]| {
        let tensors = [floats("0.weight", &[2, 2], 1.0), floats("2.weight", &[2, 2], 2.0)];
        let views = tensors.iter().map(|(name, dtype, shape, bytes)| {
            (name.clone(), TensorView::new(*dtype, shape.clone(), bytes).unwrap())
        });
        let metadata = metadata.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
        parse(&safetensors::serialize(views, Some(metadata)).unwrap())
    };
    let tied = file(&[("format", "pt"), ("4.weight", "0.weight")]).unwrap();
    assert_eq!(tied.sizes(), [2, 2, 2, 2]);
    assert_eq!(tied.layers()[2], tied.layers()[0]);
    assert_eq!(tied.activation(), Activation::Relu);
    let tanh = file(&[("activation", "tanh")]).unwrap();
    assert_eq!(tanh.activation(), Activation::Tanh);
    assert_eq!(parse(&serialized(&tanh)), Ok(tanh));
    assert_eq!(
        file(&[("activation", "ReLU6")]).unwrap_err(),
        "its metadata names the activation function 'ReLU6'; known are relu, tanh, gelu and sigmoid"
    );
}

/// Files that are not what the format asks for, with all that is said of them.
#[test]
fn a_damaged_file_is_refused_in_one_line() {
    let whole = serialized(&read(&named("0", "2")).unwrap());
    let info = |name: &str, shape: &str, from: usize, to: usize| {
        format!(r#""{name}":{{"dtype":"F32","shape":{shape},"data_offsets":[{from},{to}]}}"#)
    };
    let two = |one: (usize, usize), other: (usize, usize), data| {
        let one = info("0.weight", "[1,2]", one.0, one.1);
        raw(&format!("{{{one},{}}}", info("0.bias", "[1]", other.0, other.1)), data)
    };
    let one =
        |name: &str, shape: &str, to: usize| raw(&format!("{{{}}}", info(name, shape, 0, to)), to);
    let mut dtype = one("0.weight", "[1]", 4);
    let at = dtype.windows(3).position(|w| w == b"F32").unwrap();
    dtype[at..at + 3].copy_from_slice(b"\\n2");
    for (bytes, why) in [
        (whole[..0].to_vec(), "header too small"),
        (whole[..7].to_vec(), "header too small"),
        (whole[..8].to_vec(), "invalid header length"),
        (whole[..100].to_vec(), "invalid header length"),
        (whole[..whole.len() - 1].to_vec(), "incomplete metadata, file not fully covered"),
        ([&whole[..], b"more"].concat(), "incomplete metadata, file not fully covered"),
        ([&u64::MAX.to_le_bytes()[..], b"{}"].concat(), "header too large"),
        ([&100_000_001_u64.to_le_bytes()[..], b"{}"].concat(), "header too large"),
        ([&90_000_000_u64.to_le_bytes()[..], b"{}"].concat(), "invalid header length"),
        (b"PK\x03\x04\x00\x00\x08\x08archive/data.pkl".to_vec(), "header too large"),
        (b"x0,x1,label\n0,0,0\n".to_vec(), "header too large"),
        (
            raw("[]", 0),
            "invalid JSON in header: invalid type: sequence, expected struct HashMetadata at line 1 column 0",
        ),
        (raw("{", 0), "invalid JSON in header: EOF while parsing an object at line 1 column 1"),
        (
            raw(&"{\"a\":".repeat(10_000), 0),
            "invalid JSON in header: recursion limit exceeded at line 1 column 636",
        ),
        (
            dtype,
            r"invalid JSON in header: unknown variant `\n2`, expected one of `BOOL`, `F4`, `F6_E2M3`, `F6_E3M2`, `U8`, `I8`, `F8_E5M2`,…",
        ),
        (two((0, 8), (4, 8), 8), "invalid offset for tensor `0.bias`"),
        (two((0, 8), (12, 16), 16), "invalid offset for tensor `0.bias`"),
        (two((4, 12), (12, 16), 16), "invalid offset for tensor `0.weight`"),
        (two((8, 0), (8, 12), 12), "invalid offset for tensor `0.weight`"),
        (two((0, 8), (8, 12), 16), "incomplete metadata, file not fully covered"),
        (two((0, 8), (8, 16), 16), "invalid shape, data type, or offset for tensor"),
        (
            one("0.weight", "[4294967296,4294967296]", 0),
            "overflow computing buffer size from shape and/or element type",
        ),
        (
            one("0.weight", "[1e3]", 4),
            "invalid JSON in header: invalid type: floating point `1000.0`, expected usize at line 1 column 63",
        ),
        (
            one("0.weight", "[-1]", 4),
            "invalid JSON in header: invalid value: integer `-1`, expected usize at line 1 column 62",
        ),
    ] {
        let expected = format!(
            "not a safetensors file, or a damaged one ({why}); write it with \
             safetensors.torch.save_file(model.state_dict(), FILE)"
        );
        assert_eq!(parse(&bytes), Err(expected));
    }
}

/// Whole safetensors files that hold no network of the kind studied, with all that is said.
#[test]
fn tensors_that_make_no_network_are_refused_in_one_line() {
    let first = [zeros("0.weight", &[3, 2]), zeros("0.bias", &[3])];
    let with = |more: &[Tensor]| [&first[..], more].concat();
    let last = |weight: Tensor| with(&[weight, zeros("2.bias", &[2])]);
    let foreign = |name: &str| {
        format!(
            "tensor '{name}' is no linear layer's; name those layer1.weight, layer1.bias, \
             layer2.weight, … and leave out all others"
        )
    };
    let only = "not the 2 dimensions of a linear layer; only linear layers with one activation \
                function between each two are read";
    let prelu =
        |shape: &str| format!("'2.weight' has shape {shape}, as the slope of a PReLU, {only}");
    let tensor = |name: &str, why: &str| format!("tensor '{name}' {why}");
    let keras = "is named as Keras or scikit-learn do, which keep [inputs, outputs]; save the \
                 transpose, made contiguous, as layer1.weight [outputs, inputs], layer1.bias, \
                 layer2.weight, …";
    let finite = "every value must be finite, and below 3.4e38, which is as far as float32 goes";
    let bits = |dtype, bytes| ("2.weight".to_owned(), dtype, vec![2, 3], vec![0; bytes]);
    let float = "save it as float16, bfloat16, float32 or float64 (model.float() in PyTorch)";
    let mut nan = floats("2.weight", &[2, 3], 0.0);
    nan.3[20..24].copy_from_slice(&f32::NAN.to_le_bytes());
    let width = |what: &str, size: usize| {
        format!(
            "the network has {size} {what}, more than the 16384 that are read; give a smaller one"
        )
    };
    let wide = |inputs, nodes, classes| {
        vec![
            zeros("0.weight", &[nodes, inputs]),
            zeros("0.bias", &[nodes]),
            zeros("2.weight", &[classes, nodes]),
            zeros("2.bias", &[classes]),
        ]
    };
    for (tensors, why) in [
        (vec![], "there are no tensors in it; save a model's state_dict()".to_owned()),
        (
            with(&[]),
            "it is a single linear layer, without hidden nodes that could be removed; give a network \
             with at least two".to_owned(),
        ),
        (
            with(&[zeros("2.bias", &[2])]),
            "there is no weight to '2.bias'; save the whole state_dict()".to_owned(),
        ),
        (
            // Layer 2 of three is missing.
            with(&[zeros("4.weight", &[2, 5]), zeros("4.bias", &[2])]),
            "'4' takes 5 inputs, but '0' before it gives 3; save all layers of one network".to_owned(),
        ),
        (
            last(zeros("2.weight", &[2, 4])),
            "'2' takes 4 inputs, but '0' before it gives 3; save all layers of one network".to_owned(),
        ),
        (
            // A Sequential passes its layers as they are numbered.
            vec![zeros("0.weight", &[2, 3]), zeros("2.weight", &[3, 5])],
            "'2' takes 5 inputs, but '0' before it gives 2; save all layers of one network".to_owned(),
        ),
        (
            last(zeros("2.weight", &[3, 2])),
            "'2.bias' has shape [2], not [3] as '2.weight' of shape [3, 2] asks for; is the weight \
             transposed? It is [outputs, inputs] in PyTorch; save the transpose, made contiguous".to_owned(),
        ),
        (
            with(&[zeros("2.weight", &[2, 3]), zeros("2.bias", &[4])]),
            "'2.bias' has shape [4], not [2] as '2.weight' of shape [2, 3] asks for; save both from \
             one network".to_owned(),
        ),
        (last(zeros("2.weight", &[1])), prelu("[1]")),
        (last(zeros("2.weight", &[])), prelu("[]")),
        (
            last(zeros("2.weight", &[3])),
            format!(
                "'2.weight' has shape [3], as the scale of a LayerNorm or another normalisation, {only}"
            ),
        ),
        (
            // The true reason, not that the numbers are neighbours.
            with(&[zeros("1.weight", &[1]), zeros("2.weight", &[2, 3])]),
            prelu("[1]").replace("2.weight", "1.weight"),
        ),
        (
            with(&[zeros("2.weight", &[4, 3, 3, 3])]),
            format!("'2.weight' has shape [4, 3, 3, 3], as that of a convolution, {only}"),
        ),
        (
            with(&[zeros("2.weight", &[2, 3]), zeros("2.bias", &[2, 1])]),
            "'2.bias' has shape [2, 1], not [2] as '2.weight' of shape [2, 3] asks for; save both from \
             one network".to_owned(),
        ),
        (
            last(zeros("2.weight", &[0, 3])),
            "'2.weight' has shape [0, 3]; a layer needs at least 1 output and 1 input".to_owned(),
        ),
        (
            last(zeros("2.weight", &[usize::MAX / 64, 0])),
            "'2.weight' has shape [288230376151711743, 0]; a layer needs at least 1 output and 1 input".to_owned(),
        ),
        (
            with(&[zeros("1.weight", &[2, 3]), zeros("1.bias", &[2])]),
            "layers '0' and '1' are neighbours, with no activation function between them; if there \
             is one, number the layers 0, 2, 4, …".to_owned(),
        ),
        (
            vec![zeros("net.0.weight", &[3, 2]), zeros("net.2.weight", &[3, 3]), zeros("net.3.weight", &[2, 3])],
            "layers 'net.2' and 'net.3' are neighbours, with no activation function between them; \
             if there is one, number the layers 0, 2, 4, …".to_owned(),
        ),
        (
            vec![zeros("one.weight", &[8, 2]), zeros("two.weight", &[8, 8]), zeros("three.weight", &[2, 8])],
            "the order of its layers is not known: 'one', 'two', 'three' (2-8-8-2) and 'three', \
             'one', 'two' (8-2-8-8) both fit their shapes; name the layers in order, as \
             layer1.weight, layer1.bias, layer2.weight, …".to_owned(),
        ),
        (
            // The alphabet is no reason to take one of two orders.
            vec![zeros("aa.weight", &[3, 6]), zeros("zz.weight", &[6, 3])],
            "the order of its layers is not known: 'aa', 'zz' (6-3-6) and 'zz', 'aa' (3-6-3) both fit \
             their shapes; name the layers in order, as layer1.weight, layer1.bias, layer2.weight, …".to_owned(),
        ),
        (
            vec![zeros("alpha.weight", &[8, 8]), zeros("beta.weight", &[8, 8])],
            "the order of its layers is not known: 'alpha', 'beta' (8-8-8) and 'beta', 'alpha' (8-8-8) \
             both fit their shapes; name the layers in order, as layer1.weight, layer1.bias, \
             layer2.weight, …".to_owned(),
        ),
        (
            with(&[zeros("module.0.weight", &[3, 2])]),
            "tensors '0.weight' and 'module.0.weight' would be the same of one layer; leave one of \
             them out, or give the layers other names".to_owned(),
        ),
        (
            with(&[zeros("1.running_mean", &[3]), zeros("1.weight", &[3])]),
            tensor(
                "1.running_mean",
                "belongs to a BatchNorm; fold it into the linear layer before it (in PyTorch \
                 torch.nn.utils.fusion.fuse_linear_bn_eval(linear, norm))",
            ),
        ),
        (
            vec![zeros("0.weight_mask", &[3, 2]), zeros("0.weight_orig", &[3, 2])],
            tensor(
                "0.weight_mask",
                "says that pruning was not made permanent; call torch.nn.utils.prune.remove(layer, \
                 'weight') first",
            ),
        ),
        (
            vec![zeros("0.parametrizations.weight.original0", &[3, 1])],
            tensor(
                "0.parametrizations.weight.original0",
                "is a parametrised weight (weight_norm or the like); call \
                 torch.nn.utils.parametrize.remove_parametrizations(layer, 'weight') first",
            ),
        ),
        (
            vec![zeros("0.weight_g", &[3, 1]), zeros("0.weight_v", &[3, 2])],
            tensor(
                "0.weight_g",
                "belongs to weight_norm or spectral_norm; call \
                 torch.nn.utils.remove_weight_norm(layer) or remove_spectral_norm(layer) first",
            ),
        ),
        (
            vec![zeros("rnn.weight_hh_l0", &[3, 3])],
            tensor(
                "rnn.weight_hh_l0",
                "belongs to a recurrent layer, and only fully connected ones are read",
            ),
        ),
        (
            with(&[zeros("1.weight", &[3]), zeros("2.weight", &[2, 3])]),
            format!("'1.weight' has shape [3], as the slopes of a PReLU or the scale of a normalisation, {only}"),
        ),
        (
            vec![zeros("0.weight_orig", &[3, 2]), zeros("0.weight_u", &[3])],
            tensor(
                "0.weight_orig",
                "is what spectral_norm or pruning makes the weight of; call \
                 torch.nn.utils.remove_spectral_norm(layer) first",
            ),
        ),
        (vec![zeros("mha.in_proj_weight", &[9, 3])], tensor(
            "mha.in_proj_weight",
            "belongs to an attention layer, and only fully connected ones are read",
        )),
        (vec![zeros("dense.kernel", &[2, 8])], tensor("dense.kernel", keras)),
        (vec![zeros("coefs_.0", &[2, 8])], tensor("coefs_.0", keras)),
        (with(&[zeros("temperature", &[1])]), foreign("temperature")),
        (with(&[zeros("", &[3])]), foreign("")),
        (with(&[zeros("\x1b[2J\r\n\u{202e}", &[3])]), foreign(r"\u{1b}[2J\r\n\u{202e}")),
        (with(&[zeros(&"a".repeat(9999), &[3])]), foreign(&format!("{}…", "a".repeat(60)))),
        (last(bits(Dtype::F8_E4M3, 6)), format!("'2.weight' is F8_E4M3; {float}")),
        (last(bits(Dtype::I64, 48)), format!("'2.weight' is I64; {float}")),
        (last(nan), format!("'2.weight'[1, 2] is NaN; {finite}")),
        (last(floats("2.weight", &[2, 3], f32::INFINITY)), format!("'2.weight'[0, 0] is inf; {finite}")),
        (last(doubles("2.weight", &[2, 3], -1e39)), format!("'2.weight'[0, 0] is -1e39; {finite}")),
        (
            with(&[zeros("2.weight", &[2, 3]), floats("2.bias", &[2], f32::NEG_INFINITY)]),
            format!("'2.bias'[0] is -inf; {finite}"),
        ),
        (wide(2, 1_000_000, 2), width("hidden nodes", 1_000_000)),
        (wide(16385, 2, 2), width("inputs", 16385)),
        (wide(2, 2, 16385), width("classes", 16385)),
    ] {
        assert_eq!(read(&tensors), Err(why));
    }
    assert_eq!(read(&wide(2, 16384, 2)).unwrap().n_nodes(), 16384);
}

#[test]
fn what_is_no_file_to_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m\x1b.safetensors");
    let said =
        |path: &Path| load(path).unwrap_err().to_string().replace(&shown(folder.path()), "HERE");
    assert!(said(&path).starts_with(r"cannot read model HERE/m\u{1b}.safetensors: No such file"));
    assert_eq!(said(folder.path()), "cannot read model HERE: it is a folder; name the file in it");
    File::create(&path).unwrap().set_len(input::MAX_BYTES + 1).unwrap();
    let large = "it is larger than 256 MiB, the most that is read";
    assert_eq!(said(&path), format!(r"cannot read model HERE/m\u{{1b}}.safetensors: {large}"));
    fs::write(&path, raw("{}", 0)).unwrap();
    let none = "there are no tensors in it; save a model's state_dict()";
    assert_eq!(said(&path), format!(r"model HERE/m\u{{1b}}.safetensors: {none}"));
}
