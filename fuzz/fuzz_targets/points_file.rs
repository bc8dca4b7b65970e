//! Any bytes are points or one plain line, and points come back as they were written.

#![no_main]

mod plain;

use hypercube::points_file;
use libfuzzer_sys::fuzz_target;

/// The shape of the network that the points are for: that of the reference networks.
const INPUTS: usize = 2;
const CLASSES: usize = 3;

fuzz_target!(|bytes: &[u8]| match points_file::parse(bytes, INPUTS, CLASSES) {
    Ok(points) => {
        for (x, label) in points.iter() {
            assert!(label < CLASSES && x.iter().all(|x| (*x as f32).is_finite()));
        }
        let table = points_file::parse_table(bytes, None).expect("it is one of some shape");
        assert_eq!(table.points, points);
        let csv = points_file::to_csv(&table);
        assert_eq!(points_file::parse_table(&csv, None), Ok(table));
    }
    Err(why) => plain::check(&why),
});
