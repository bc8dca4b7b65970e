//! Any bytes are points or one plain line, and points come back as they were written.

#![no_main]

mod plain;

use std::fmt::Write;

use hypercube::points_file;
use libfuzzer_sys::fuzz_target;

/// The shape of the network that the points are for: that of the reference networks.
const INPUTS: usize = 2;
const CLASSES: usize = 3;

fuzz_target!(|bytes: &[u8]| match points_file::parse(bytes, INPUTS, CLASSES) {
    Ok(points) => {
        let mut csv = "x0,x1,label\n".to_owned();
        for (x, label) in points.iter() {
            assert!(label < CLASSES && x.iter().all(|x| (*x as f32).is_finite()));
            writeln!(csv, "{:?},{:?},{label}", x[0], x[1]).expect("a string grows");
        }
        assert_eq!(points_file::parse(csv.as_bytes(), INPUTS, CLASSES), Ok(points));
    }
    Err(why) => plain::check(&why),
});
