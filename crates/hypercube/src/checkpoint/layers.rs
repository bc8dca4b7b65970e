//! From a file's tensors to linear layers.

use std::collections::BTreeMap;

use safetensors::tensor::TensorView;

use super::names::{LayerName, Part, split};
use super::values::values;
use crate::Layer;
use crate::input::clip;

/// A tensor and its name as it can be shown.
pub(super) struct Named<'a> {
    pub name: String,
    pub tensor: TensorView<'a>,
}

/// A linear layer and what it is called.
pub(super) struct NamedLayer {
    pub key: LayerName,
    pub layer: Layer,
}

/// How names begin, after the last dot, that tell of something else than linear layers: what it is, and
/// what to do.
const FOREIGN: [(&[&str], &str); 7] = [
    (
        &["running_mean", "running_var", "num_batches_tracked"],
        "belongs to a BatchNorm; fold it into the linear layer before it (in PyTorch \
         torch.nn.utils.fusion.fuse_linear_bn_eval(linear, norm))",
    ),
    (
        &["weight_mask", "bias_mask"],
        "says that pruning was not made permanent; call torch.nn.utils.prune.remove(layer, 'weight') \
         first",
    ),
    (
        &["weight_g", "weight_v", "weight_u"],
        "belongs to weight_norm or spectral_norm; call torch.nn.utils.remove_weight_norm(layer) or \
         remove_spectral_norm(layer) first",
    ),
    (
        &["weight_orig", "bias_orig"],
        "is what spectral_norm or pruning makes the weight of; call \
         torch.nn.utils.remove_spectral_norm(layer) first",
    ),
    (
        &["weight_ih", "weight_hh", "bias_ih", "bias_hh"],
        "belongs to a recurrent layer, and only fully connected ones are read",
    ),
    (&["in_proj"], "belongs to an attention layer, and only fully connected ones are read"),
    (
        &["kernel", "coefs_", "intercepts_"],
        "is named as Keras or scikit-learn do, which keep [inputs, outputs]; save the transpose, made \
         contiguous, as layer1.weight [outputs, inputs], layer1.bias, layer2.weight, …",
    ),
];

/// The linear layers that the tensors make, in any order.
///
/// # Errors
///
/// The first tensor that belongs to none: what it seems to be, and what to do.
pub(super) fn layers(tensors: Vec<(String, TensorView)>) -> Result<Vec<NamedLayer>, String> {
    for (name, _) in &tensors {
        if let Some(why) = foreign(name) {
            return Err(format!("tensor '{}' {why}", clip(name, 60)));
        }
    }
    let mut found: BTreeMap<LayerName, [Option<Named>; 2]> = BTreeMap::new();
    for (full, tensor) in tensors {
        let name = clip(&full, 60);
        let (key, part) = split(&full);
        let part =
            part.or((tensor.shape().len() == 2).then_some(Part::Weight)).ok_or_else(|| {
                format!(
                    "tensor '{name}' is no linear layer's; name those layer1.weight, layer1.bias, \
                 layer2.weight, … and leave out all others"
                )
            })?;
        let place = &mut found.entry(key).or_default()[part as usize];
        if let Some(Named { name: other, .. }) = place {
            return Err(format!(
                "tensors '{other}' and '{name}' would be the same of one layer; leave one of them \
                 out, or give the layers other names"
            ));
        }
        *place = Some(Named { name, tensor });
    }
    // What is wrong with one tensor is told before what is wrong among several.
    for [weight, bias] in found.values() {
        weight.iter().try_for_each(|weight| refuse_other_kinds(weight, bias.is_some()))?;
    }
    found.into_iter().map(|(key, [weight, bias])| named_layer(key, weight, bias)).collect()
}

/// What a tensor belongs to, and what to do, if its name tells.
fn foreign(name: &str) -> Option<&'static str> {
    if name.split('.').any(|segment| segment == "parametrizations") {
        return Some(
            "is a parametrised weight (weight_norm or the like); call \
             torch.nn.utils.parametrize.remove_parametrizations(layer, 'weight') first",
        );
    }
    // A list's numbers stand behind its name.
    let last = name.split('.').rev().find(|segment| segment.parse::<usize>().is_err())?;
    let is = |word: &&str| last.starts_with(word);
    FOREIGN.iter().find(|(words, _)| words.iter().any(is)).map(|(_, why)| *why)
}

/// Refuses a weight of another kind of layer by its dimensions.
fn refuse_other_kinds(Named { name, tensor }: &Named, has_bias: bool) -> Result<(), String> {
    let shape = tensor.shape();
    let what = match shape {
        [_, _] => return Ok(()),
        [] | [1] => "the slope of a PReLU",
        [_] if has_bias => "the scale of a LayerNorm or another normalisation",
        [_] => "the slopes of a PReLU or the scale of a normalisation",
        _ => "that of a convolution",
    };
    let shape = clip(&format!("{shape:?}"), 60);
    Err(format!(
        "'{name}' has shape {shape}, as {what}, not the 2 dimensions of a linear layer; only linear \
         layers with one activation function between each two are read"
    ))
}

fn named_layer(
    key: LayerName,
    weight: Option<Named>,
    bias: Option<Named>,
) -> Result<NamedLayer, String> {
    let Some(weight) = weight else {
        let bias = bias.map_or_else(String::new, |bias| bias.name);
        return Err(format!("there is no weight to '{bias}'; save the whole state_dict()"));
    };
    let &[outputs, inputs] = weight.tensor.shape() else {
        unreachable!("weights of other dimensions are refused before")
    };
    if inputs == 0 || outputs == 0 {
        return Err(format!(
            "'{}' has shape [{outputs}, {inputs}]; a layer needs at least 1 output and 1 input",
            weight.name
        ));
    }
    let biases = match bias {
        None => vec![0.0; outputs],
        Some(bias) if bias.tensor.shape() == [outputs] => values(&bias)?,
        Some(bias) => {
            let remedy = if bias.tensor.shape() == [inputs] {
                "is the weight transposed? It is [outputs, inputs] in PyTorch; save the transpose, \
                 made contiguous"
            } else {
                "save both from one network"
            };
            return Err(format!(
                "'{}' has shape {}, not [{outputs}] as '{}' of shape [{outputs}, {inputs}] asks for; \
                 {remedy}",
                bias.name,
                clip(&format!("{:?}", bias.tensor.shape()), 60),
                weight.name
            ));
        }
    };
    let layer = Layer { inputs, outputs, weights: values(&weight)?, biases };
    Ok(NamedLayer { key, layer })
}

/// Refuses neighbours in a `Sequential`: between two linear layers of one stands an activation
/// function, so that their numbers are not neighbours. In a list of layers (`layers.0`, `layers.1`)
/// all are.
pub(super) fn refuse_neighbours(layers: &[NamedLayer]) -> Result<(), String> {
    let mut lists: BTreeMap<&[String], Vec<usize>> = BTreeMap::new();
    for (list, index) in layers.iter().filter_map(|layer| layer.key.numbered()) {
        lists.entry(list).or_default().push(index);
    }
    for (list, mut indices) in lists {
        indices.sort_unstable();
        let is_list = indices.windows(2).all(|pair| pair[0] + 1 == pair[1]) && !list.is_empty();
        let neighbours = indices.windows(2).find(|pair| pair[0] + 1 == pair[1]);
        if let Some(&[a, b]) = neighbours.filter(|_| !is_list) {
            let prefix: String = list.iter().map(|segment| format!("{segment}.")).collect();
            let prefix = clip(&prefix, 60);
            return Err(format!(
                "layers '{prefix}{a}' and '{prefix}{b}' are neighbours, with no activation function \
                 between them; if there is one, number the layers 0, 2, 4, …"
            ));
        }
    }
    Ok(())
}
