//! A tensor's numbers.

use half::{bf16, f16};
use safetensors::tensor::Dtype;

use super::layers::Named;

/// A tensor as f64, which holds every value of the narrower types exactly.
///
/// # Errors
///
/// If the type is no floating-point one of 16 bits or more, or a value is NaN, infinite or beyond
/// f32 (in which burn computes).
pub(super) fn values(Named { name, tensor }: &Named) -> Result<Vec<f64>, String> {
    let data = tensor.data();
    let values: Vec<f64> = match tensor.dtype() {
        Dtype::F16 => each(data, |bytes| f16::from_le_bytes(bytes).to_f64()),
        Dtype::BF16 => each(data, |bytes| bf16::from_le_bytes(bytes).to_f64()),
        Dtype::F32 => each(data, |bytes| f64::from(f32::from_le_bytes(bytes))),
        Dtype::F64 => each(data, f64::from_le_bytes),
        other => {
            return Err(format!(
                "'{name}' is {other:?}; save it as float16, bfloat16, float32 or float64 \
                 (model.float() in PyTorch)"
            ));
        }
    };
    if let Some(k) = values.iter().position(|&v| !(v as f32).is_finite()) {
        let at = match *tensor.shape() {
            [_, inputs] => format!("[{}, {}]", k / inputs, k % inputs),
            _ => format!("[{k}]"),
        };
        return Err(format!(
            "'{name}'{at} is {:?}; every value must be finite, and below 3.4e38, which is as far as \
             float32 goes",
            values[k]
        ));
    }
    Ok(values)
}

fn each<const BYTES: usize>(data: &[u8], value: impl Fn([u8; BYTES]) -> f64) -> Vec<f64> {
    data.as_chunks().0.iter().map(|&bytes| value(bytes)).collect()
}
