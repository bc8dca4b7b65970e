//! Which vector instructions to use, found out at run time.

use pulp::{Arch, Scalar, Simd, WithSimd};

/// Which vector instructions the kernels use. Where the machine lacks those asked for, the widest
/// that it has are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SimdLevel {
    /// The widest that this machine has.
    #[default]
    Auto,
    /// None beyond what every machine of the compilation target has.
    Plain,
    /// AVX2 and FMA (x86): 4 × f64 at a time.
    Avx2,
    /// AVX-512 (x86): 8 × f64 at a time.
    Avx512,
}

impl SimdLevel {
    /// Whether this machine has these instructions; always true of [`Self::Auto`] and
    /// [`Self::Plain`].
    pub fn is_available(self) -> bool {
        match self {
            Self::Auto | Self::Plain => true,
            Self::Avx2 => has_avx2(),
            Self::Avx512 => has_avx512(),
        }
    }

    /// Runs `op` at this level, or at the widest the machine has where it lacks this one.
    pub(crate) fn run<Op: WithSimd>(self, op: Op) -> Op::Output {
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        match self {
            Self::Avx2 => {
                if let Some(simd) = pulp::x86::V3::try_new() {
                    return Simd::vectorize(simd, op);
                }
            }
            Self::Avx512 => {
                if let Some(simd) = pulp::x86::V4::try_new() {
                    return Simd::vectorize(simd, op);
                }
            }
            Self::Auto | Self::Plain => {}
        }
        if self == Self::Plain { Simd::vectorize(Scalar, op) } else { Arch::new().dispatch(op) }
    }
}

fn has_avx2() -> bool {
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    return pulp::x86::V3::try_new().is_some();
    #[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
    false
}

fn has_avx512() -> bool {
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    return pulp::x86::V4::try_new().is_some();
    #[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
    false
}
