//! Statistics that may have no value, such as the correlation of numbers that are all equal: NaN in
//! memory, an empty cell of a table, null in JSON. For `#[serde(with)]`.

use serde::{Deserialize as _, Deserializer, Serializer};

/// Writes a number, or nothing for NaN.
pub(crate) fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if value.is_nan() { serializer.serialize_none() } else { serializer.serialize_f64(*value) }
}

/// Reads a number, or NaN where there is none.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(f64::NAN))
}
