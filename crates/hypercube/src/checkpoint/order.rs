//! In which order the layers of a file are passed: its names are sorted.

use super::layers::NamedLayer;
use super::names::Reason;
use crate::Layer;

/// Orders are tried out until two are found or so many steps were taken.
const MOST_STEPS: usize = 100_000;

/// The layers first to last: in the order of their names if their shapes chain in it, else in the
/// only order in which they do. An order of the alphabet alone has to be the only one too.
///
/// # Errors
///
/// If there is more than one such order, with both; if there is none, with the first two names whose
/// layers do not chain.
pub(super) fn ordered(mut layers: Vec<NamedLayer>) -> Result<Vec<NamedLayer>, String> {
    layers.sort_by(|a, b| a.key.compare(&b.key).0.then_with(|| a.key.cmp(&b.key)));
    let chains = layers.windows(2).all(|pair| follows(&pair[0].layer, &pair[1].layer));
    let is_clear =
        layers.windows(2).all(|pair| pair[0].key.compare(&pair[1].key).1 == Reason::Clear);
    // Who numbers layers says in which order they are passed.
    let orders = match (chains, is_clear) {
        (true, true) => return Ok(layers),
        (false, true) if in_sequence(&layers) => Vec::new(),
        _ => two_orders(&layers),
    };
    match &orders[..] {
        [] => Err(unchained(&layers)),
        [order] => {
            let mut slots: Vec<Option<NamedLayer>> = layers.into_iter().map(Some).collect();
            Ok(order.iter().filter_map(|&k| slots[k].take()).collect())
        }
        [one, other, ..] => Err(format!(
            "the order of its layers is not known: {} and {} both fit their shapes; name the layers \
             in order, as layer1.weight, layer1.bias, layer2.weight, …",
            shown(&layers, one),
            shown(&layers, other)
        )),
    }
}

fn follows(a: &Layer, b: &Layer) -> bool {
    a.outputs == b.inputs
}

/// Whether all layers are those of one `Sequential` or list.
fn in_sequence(layers: &[NamedLayer]) -> bool {
    let list = |layer: &NamedLayer| layer.key.numbered().map(|(list, _)| list.to_vec());
    layers.windows(2).all(|pair| list(&pair[0]).is_some() && list(&pair[0]) == list(&pair[1]))
}

/// Up to two orders in which the shapes of all layers chain.
fn two_orders(layers: &[NamedLayer]) -> Vec<Vec<usize>> {
    let mut found = Vec::new();
    let mut steps = 0;
    extend(layers, &mut Vec::new(), &mut found, &mut steps);
    found
}

fn extend(
    layers: &[NamedLayer],
    order: &mut Vec<usize>,
    found: &mut Vec<Vec<usize>>,
    steps: &mut usize,
) {
    if order.len() == layers.len() {
        found.push(order.clone());
    }
    for k in 0..layers.len() {
        *steps += 1;
        if found.len() == 2 || *steps > MOST_STEPS {
            return;
        }
        let fits = order.last().is_none_or(|&last| follows(&layers[last].layer, &layers[k].layer));
        if fits && !order.contains(&k) {
            order.push(k);
            extend(layers, order, found, steps);
            order.pop();
        }
    }
}

/// `'hidden', 'out' (2-20-2)`.
fn shown(layers: &[NamedLayer], order: &[usize]) -> String {
    let names: Vec<_> = order.iter().map(|&k| format!("'{}'", layers[k].key)).collect();
    let first = order.iter().take(1).map(|&k| layers[k].layer.inputs);
    let sizes = first.chain(order.iter().map(|&k| layers[k].layer.outputs));
    let sizes: Vec<_> = sizes.map(|size| size.to_string()).collect();
    format!("{} ({})", names.join(", "), sizes.join("-"))
}

fn unchained(layers: &[NamedLayer]) -> String {
    let pair = layers.windows(2).find(|pair| !follows(&pair[0].layer, &pair[1].layer));
    let [a, b] = pair.expect("asked where some pair does not chain") else {
        unreachable!("a window of two")
    };
    format!(
        "'{}' takes {} inputs, but '{}' before it gives {}; save all layers of one network",
        b.key, b.layer.inputs, a.key, a.layer.outputs
    )
}
