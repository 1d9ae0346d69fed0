//! Where the networks run: `--device auto|cpu|wgpu|cuda[:0,1,..]`.

use burn::tensor::Device;
use std::fmt;
use std::str::FromStr;

/// What the user asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum DeviceChoice {
    /// The best that this program was built for: CUDA, then wgpu, then the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// Vulkan, Metal or DirectX 12.
    Wgpu,
    /// NVIDIA cards with these numbers.
    Cuda(Vec<usize>),
}

impl FromStr for DeviceChoice {
    type Err = DeviceError;

    fn from_str(text: &str) -> Result<Self, DeviceError> {
        let unknown = || DeviceError::Unknown { got: text.to_owned() };
        match text.split_once(':') {
            None => match text {
                "auto" => Ok(Self::Auto),
                "cpu" => Ok(Self::Cpu),
                "wgpu" => Ok(Self::Wgpu),
                "cuda" => Ok(Self::Cuda(vec![0])),
                _ => Err(unknown()),
            },
            Some(("cuda", numbers)) => {
                let numbers: Result<_, _> = numbers.split(',').map(str::parse).collect();
                Ok(Self::Cuda(numbers.map_err(|_| unknown())?))
            }
            Some(_) => Err(unknown()),
        }
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::Wgpu => f.write_str("wgpu"),
            Self::Cuda(numbers) => {
                let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
                write!(f, "cuda:{}", numbers.join(","))
            }
        }
    }
}

/// A device that was found, with its name for the record of a run.
#[derive(Debug, Clone)]
pub struct FoundDevice {
    /// The device.
    pub device: Device,
    /// Its name: `cpu`, `wgpu`, `cuda:0`.
    pub name: String,
}

impl DeviceChoice {
    /// The device that was asked for.
    ///
    /// # Errors
    ///
    /// If this program was built without it, or it is not in this machine: the error says what was
    /// found and how to build with it.
    pub fn find(&self) -> Result<FoundDevice, DeviceError> {
        match self {
            Self::Auto => Ok(cuda(0).or_else(|_| wgpu()).unwrap_or_else(|_| cpu())),
            Self::Cpu => Ok(cpu()),
            Self::Wgpu => wgpu(),
            Self::Cuda(numbers) => match numbers.as_slice() {
                [number] => cuda(*number),
                _ => Err(DeviceError::SeveralDevices { got: self.to_string() }),
            },
        }
    }
}

fn cpu() -> FoundDevice {
    FoundDevice { device: Device::flex(), name: "cpu".into() }
}

#[cfg(feature = "wgpu")]
fn wgpu() -> Result<FoundDevice, DeviceError> {
    let device = probe("wgpu", || Device::wgpu(burn::tensor::DeviceKind::DefaultDevice))?;
    Ok(FoundDevice { device, name: "wgpu".into() })
}

#[cfg(not(feature = "wgpu"))]
fn wgpu() -> Result<FoundDevice, DeviceError> {
    Err(DeviceError::NotBuilt { name: "wgpu", feature: "wgpu" })
}

#[cfg(feature = "cuda")]
fn cuda(number: usize) -> Result<FoundDevice, DeviceError> {
    let device = probe("cuda", || Device::cuda(number))?;
    Ok(FoundDevice { device, name: format!("cuda:{number}") })
}

#[cfg(not(feature = "cuda"))]
fn cuda(_number: usize) -> Result<FoundDevice, DeviceError> {
    Err(DeviceError::NotBuilt { name: "cuda", feature: "cuda" })
}

/// Makes the device and adds two numbers on it. The drivers' bindings panic where there is no card
/// or no driver, so the attempt is made where a panic can be caught.
#[cfg(any(feature = "wgpu", feature = "cuda"))]
fn probe(
    name: &'static str,
    make: impl FnOnce() -> Device + std::panic::UnwindSafe,
) -> Result<Device, DeviceError> {
    let quiet = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let attempt = std::panic::catch_unwind(|| {
        let device = make();
        let sum = burn::tensor::Tensor::<1>::ones([2], &device).sum().into_data();
        sum.try_to_vec::<f32>().is_ok_and(|sum| sum == [2.0]).then_some(device)
    });
    std::panic::set_hook(quiet);
    attempt.ok().flatten().ok_or(DeviceError::NotThere { name })
}

/// Why a device can't be had.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// Not a device's name.
    #[error("unknown device '{got}': expected auto, cpu, wgpu, cuda or cuda:0")]
    Unknown {
        /// What was asked for.
        got: String,
    },
    /// Left out of this program.
    #[error(
        "this program was built without {name}; found: cpu. Build it with \
         `cargo build --release -p trainer --features {feature}`, or ask for `--device cpu`"
    )]
    NotBuilt {
        /// Device.
        name: &'static str,
        /// Cargo feature.
        feature: &'static str,
    },
    /// No such card or driver.
    #[error(
        "no {name} device answered on this machine; found: cpu. Check the card and its driver, or ask for `--device cpu`"
    )]
    NotThere {
        /// Device.
        name: &'static str,
    },
    /// More than one.
    #[error(
        "'{got}' names several devices; training runs on one: ask for the one to use, as in cuda:0"
    )]
    SeveralDevices {
        /// What was asked for.
        got: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_written() {
        for name in ["auto", "cpu", "wgpu", "cuda:0", "cuda:0,3"] {
            assert_eq!(name.parse::<DeviceChoice>().unwrap().to_string(), name);
        }
        for name in ["gpu", "cuda:", "cuda:x", "cpu:0"] {
            let error = name.parse::<DeviceChoice>().unwrap_err().to_string();
            assert!(error.contains(name), "{error}");
        }
    }

    #[cfg(not(feature = "cuda"))]
    #[test]
    fn a_device_that_was_not_built_says_how_to() {
        let error = DeviceChoice::Cuda(vec![0]).find().unwrap_err().to_string();
        assert!(error.contains("--features cuda") && error.contains("found: cpu"), "{error}");
    }
}
