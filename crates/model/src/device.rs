//! The backends that were compiled in, and the device of each. The only file in the workspace that
//! mentions backend features.

use burn::tensor::Device;
#[cfg(feature = "wgpu")]
use burn::tensor::DeviceKind;
#[cfg(any(feature = "wgpu", feature = "cuda"))]
use burn::tensor::DeviceType;
use thiserror::Error;

/// One backend of burn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// CUDA, on an NVIDIA card.
    Cuda,
    /// wgpu: Vulkan, Metal or DirectX 12.
    Wgpu,
    /// burn's own CPU backend.
    Flex,
    /// The ndarray CPU backend.
    NdArray,
}

/// A device to compute on, and the backend it belongs to.
#[derive(Clone, Debug)]
pub struct Compute {
    /// The backend.
    pub backend: Backend,
    /// burn's handle, without autodiff.
    pub device: Device,
}

/// Why a backend cannot be used.
#[derive(Debug, Error)]
pub enum BackendError {
    /// Not a backend, or not one that was compiled in.
    #[error(
        "backend '{name}' is not compiled in: this build has {available}; others come with \
         `--features flex`, `wgpu` or `cuda`"
    )]
    NotCompiledIn {
        /// What was asked for.
        name: String,
        /// What there is.
        available: String,
    },
    /// Compiled in, but the machine has no such device.
    #[error("backend '{name}' finds no device on this machine: this build has {available}")]
    NoDevice {
        /// What was asked for.
        name: &'static str,
        /// What there is.
        available: String,
    },
}

impl Compute {
    /// Whether a driver stands in for a GPU on the CPU: many times slower than the CPU backends,
    /// and good for tests alone.
    pub fn is_software(&self) -> bool {
        match self.backend {
            #[cfg(feature = "wgpu")]
            Backend::Wgpu => self.device == Device::wgpu(DeviceKind::Cpu),
            _ => false,
        }
    }
}

impl Backend {
    /// All, in the order in which they are preferred: GPUs first.
    pub const ALL: [Self; 4] = [Self::Cuda, Self::Wgpu, Self::NdArray, Self::Flex];

    /// Those compiled in, in the order in which they are preferred.
    pub fn compiled() -> Vec<Self> {
        Self::ALL.into_iter().filter(|backend| backend.is_compiled()).collect()
    }

    /// Whether this build has it.
    pub fn is_compiled(self) -> bool {
        match self {
            Self::Cuda => cfg!(feature = "cuda"),
            Self::Wgpu => cfg!(feature = "wgpu"),
            Self::NdArray => cfg!(feature = "ndarray"),
            Self::Flex => cfg!(feature = "flex"),
        }
    }

    /// What it runs on, in words.
    pub fn hardware(self) -> &'static str {
        match self {
            Self::Cuda => "NVIDIA GPUs, with the CUDA toolkit",
            Self::Wgpu => "GPUs by Vulkan, Metal or DirectX 12",
            Self::NdArray | Self::Flex => "any CPU",
        }
    }

    /// The name that `--backend` takes, which is also the feature's.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cuda => "cuda",
            Self::Wgpu => "wgpu",
            Self::Flex => "flex",
            Self::NdArray => "ndarray",
        }
    }

    /// Whether its tensors live in the memory of this process, so that chunks can be spread over
    /// its threads and read at no cost.
    pub fn is_cpu(self) -> bool {
        matches!(self, Self::Flex | Self::NdArray)
    }

    /// Its first device, if it was compiled in and the machine has one.
    pub fn device(self) -> Option<Device> {
        match self {
            #[cfg(feature = "cuda")]
            Self::Cuda => Device::enumerate(DeviceType::Cuda).into_iter().next(),
            #[cfg(feature = "wgpu")]
            Self::Wgpu => Device::enumerate(DeviceType::Wgpu).into_iter().next(),
            #[cfg(feature = "flex")]
            Self::Flex => Some(Device::flex()),
            // Deprecated upstream in favour of flex; here it is the default by choice.
            #[cfg(feature = "ndarray")]
            #[allow(deprecated)]
            Self::NdArray => Some(Device::ndarray()),
            #[allow(unreachable_patterns)]
            _ => None,
        }
    }
}

/// The names of the backends compiled in, such as `wgpu, ndarray`.
pub fn compiled_names() -> String {
    Backend::compiled().into_iter().map(Backend::name).collect::<Vec<_>>().join(", ")
}

/// The device of the named backend, or of the preferred one that finds a device, a software driver
/// being the last resort.
///
/// # Errors
///
/// If the backend is unknown or not compiled in, or finds no device.
pub fn select(name: Option<&str>) -> Result<Compute, BackendError> {
    let compiled = Backend::compiled();
    let available = compiled_names();
    let Some(name) = name else {
        let compute = |&backend: &Backend| Some(Compute { backend, device: backend.device()? });
        let mut present: Vec<Compute> = compiled.iter().filter_map(compute).collect();
        // The sort is stable: software comes last, and the rest stays in order.
        present.sort_by_key(Compute::is_software);
        return present
            .into_iter()
            .next()
            .ok_or(BackendError::NoDevice { name: "default", available });
    };
    let Some(&backend) = compiled.iter().find(|backend| backend.name() == name) else {
        return Err(BackendError::NotCompiledIn { name: name.to_owned(), available });
    };
    match backend.device() {
        Some(device) => Ok(Compute { backend, device }),
        None => Err(BackendError::NoDevice { name: backend.name(), available }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_backend_lists_those_there_are() {
        let error = select(Some("tpu")).unwrap_err().to_string();
        assert!(error.contains("'tpu'") && error.contains(&compiled_names()), "{error}");
        assert!(!error.contains('\n'));
    }

    /// Says something where a GPU backend is compiled in and a software driver is all there is.
    #[test]
    fn software_is_never_chosen_over_a_cpu() {
        let compute = select(None).unwrap();
        let cpu = Backend::compiled().into_iter().any(Backend::is_cpu);
        assert!(!(cpu && compute.is_software()), "{compute:?}");
    }

    #[test]
    fn a_compiled_cpu_backend_is_found() {
        for backend in Backend::compiled().into_iter().filter(|b| b.is_cpu()) {
            assert_eq!(select(Some(backend.name())).unwrap().backend, backend);
        }
    }
}
