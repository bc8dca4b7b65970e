//! Any bytes are a network or one plain line, and a network comes back as it was written.

#![no_main]

mod plain;

use hypercube::{Layer, Network, checkpoint};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| match checkpoint::parse(bytes) {
    Ok(network) => {
        let again = checkpoint::parse(&checkpoint::serialized(&network));
        assert_eq!(again, Ok(in_f32(&network)));
    }
    Err(why) => plain::check(&why),
});

/// What is written: the same network, rounded to f32.
fn in_f32(network: &Network) -> Network {
    let round = |values: &[f64]| values.iter().map(|&v| f64::from(v as f32)).collect();
    let layers = network.layers().iter().map(|layer| Layer {
        inputs: layer.inputs,
        outputs: layer.outputs,
        weights: round(&layer.weights),
        biases: round(&layer.biases),
    });
    Network::new(layers.collect()).expect("it was a network before")
}
