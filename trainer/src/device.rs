//! Where the networks run: `--device auto|cpu[:N]|wgpu[:0,1,..]|cuda[:0,1,..]`.

use crate::memory;
use burn::tensor::Device;
use std::fmt;
use std::str::FromStr;

/// What the user asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum DeviceChoice {
    /// The best that this program was built for: CUDA, then wgpu, then the CPU.
    #[default]
    Auto,
    /// The CPU, with that many workers who share the batches out as several cards would.
    Cpu(usize),
    /// Vulkan, Metal or DirectX 12: the cards of their own memory with these numbers; the best card where there
    /// is no number.
    Wgpu(Vec<usize>),
    /// NVIDIA cards with these numbers.
    Cuda(Vec<usize>),
}

impl FromStr for DeviceChoice {
    type Err = DeviceError;

    fn from_str(text: &str) -> Result<Self, DeviceError> {
        let unknown = || DeviceError::Unknown { got: text.to_owned() };
        let numbers = |list: &str| -> Result<Vec<usize>, DeviceError> {
            let numbers: Result<Vec<usize>, _> = list.split(',').map(str::parse).collect();
            let numbers = numbers.map_err(|_| unknown())?;
            match numbers.iter().enumerate().find(|(at, n)| numbers[..*at].contains(n)) {
                Some((_, number)) => {
                    Err(DeviceError::Twice { got: text.to_owned(), number: *number })
                }
                None => Ok(numbers),
            }
        };
        match text.split_once(':') {
            None => match text {
                "auto" => Ok(Self::Auto),
                "cpu" => Ok(Self::Cpu(1)),
                "wgpu" => Ok(Self::Wgpu(Vec::new())),
                "cuda" => Ok(Self::Cuda(vec![0])),
                _ => Err(unknown()),
            },
            Some(("cpu", n)) => match n.parse() {
                Ok(0) | Err(_) => Err(unknown()),
                Ok(n_workers) => Ok(Self::Cpu(n_workers)),
            },
            Some(("wgpu", list)) => Ok(Self::Wgpu(numbers(list)?)),
            Some(("cuda", list)) => Ok(Self::Cuda(numbers(list)?)),
            Some(_) => Err(unknown()),
        }
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |numbers: &[usize]| -> String {
            numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
        };
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu(1) => f.write_str("cpu"),
            Self::Cpu(n_workers) => write!(f, "cpu:{n_workers}"),
            Self::Wgpu(numbers) if numbers.is_empty() => f.write_str("wgpu"),
            Self::Wgpu(numbers) => write!(f, "wgpu:{}", list(numbers)),
            Self::Cuda(numbers) => write!(f, "cuda:{}", list(numbers)),
        }
    }
}

/// Devices of one kind that were found, with their name for the record of a run.
#[derive(Debug, Clone)]
pub struct FoundDevices {
    /// The devices, one or more; the first leads.
    pub devices: Vec<Device>,
    /// Their name: `cpu`, `wgpu`, `cuda:0,1`.
    pub name: String,
    /// How several of them agree about a step.
    pub exchange: Exchange,
}

/// How several devices agree about a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exchange {
    /// Each has the network and the optimiser; gradients are averaged over all (all-reduce, by NCCL).
    AllReduce,
    /// The first has the optimiser, adds the gradients of all up and hands the new weights out.
    Leader,
}

impl FoundDevices {
    /// The device that leads.
    pub fn first(&self) -> &Device {
        &self.devices[0]
    }

    /// What the devices call themselves; of a processor also how wide its registers are.
    pub fn identity(&self) -> String {
        if self.exchange == Exchange::Leader && *self.first() == Device::flex() {
            return processor();
        }
        self.devices.iter().filter_map(own_name).collect::<Vec<_>>().join(", ")
    }
}

impl DeviceChoice {
    /// The devices that were asked for.
    ///
    /// # Errors
    ///
    /// If this program was built without them, or they are not in this machine: the error says what was
    /// found and how to build with them.
    pub fn find(&self) -> Result<FoundDevices, DeviceError> {
        match self {
            Self::Auto => {
                let card = cuda(&[0]).or_else(|no_cuda| wgpu(&[]).map_err(|_| no_cuda));
                Ok(card.unwrap_or_else(|why| {
                    // Whoever built for cards waits for one; others did not ask for any.
                    if cfg!(feature = "cuda") {
                        eprintln!("note: the CPU is used: {why}");
                    }
                    cpu(1)
                }))
            }
            Self::Cpu(n_workers) => Ok(cpu(*n_workers)),
            Self::Wgpu(numbers) => wgpu(numbers).map_err(DeviceError::with_found),
            Self::Cuda(numbers) => cuda(numbers).map_err(DeviceError::with_found),
        }
    }

    /// The device that was asked for, by a command that uses one.
    ///
    /// # Errors
    ///
    /// As [`Self::find`], and if several were asked for.
    pub fn find_one(&self) -> Result<Device, DeviceError> {
        let found = self.find()?;
        match found.devices.as_slice() {
            [device] => Ok(device.clone()),
            _ => Err(DeviceError::SeveralDevices { got: self.to_string() }),
        }
    }
}

/// The processor, with the registers that it computes in.
#[cfg(target_arch = "x86_64")]
fn processor() -> String {
    let brand = raw_cpuid::CpuId::new().get_processor_brand_string();
    let brand = brand.as_ref().map_or("x86_64", |brand| brand.as_str().trim());
    let registers = match () {
        () if is_x86_feature_detected!("avx512f") => "AVX-512",
        () if is_x86_feature_detected!("avx2") => "AVX2",
        () => "SSE2",
    };
    format!("{brand}, {registers}")
}

/// The processor, as far as it is known.
#[cfg(not(target_arch = "x86_64"))]
fn processor() -> String {
    std::env::consts::ARCH.to_owned()
}

fn cpu(n_workers: usize) -> FoundDevices {
    memory::keep();
    let name = DeviceChoice::Cpu(n_workers).to_string();
    FoundDevices { devices: vec![Device::flex(); n_workers], name, exchange: Exchange::Leader }
}

/// The kinds of devices that this program was built for.
const BUILT: &str = match (cfg!(feature = "wgpu"), cfg!(feature = "cuda")) {
    (false, false) => "cpu",
    (true, false) => "cpu and wgpu",
    (false, true) => "cpu and cuda",
    (true, true) => "cpu, wgpu and cuda",
};

/// How to build for the kinds that are missing, such as CUDA where a card has no driver for graphics.
const OTHER_KINDS: &str = if cfg!(all(feature = "wgpu", feature = "cuda")) {
    ""
} else {
    "; `cargo build --release -p trainer --features wgpu,cuda` builds for all kinds"
};

/// The devices of these kinds that answer, with the names that they give themselves.
fn found() -> String {
    [vec!["cpu".to_owned()], found_wgpu(), found_cuda()].concat().join(", ")
}

#[cfg(feature = "wgpu")]
fn found_wgpu() -> Vec<String> {
    wgpu(&[]).map(|found| named("wgpu", found.first())).into_iter().collect()
}

#[cfg(not(feature = "wgpu"))]
fn found_wgpu() -> Vec<String> {
    Vec::new()
}

#[cfg(feature = "cuda")]
fn found_cuda() -> Vec<String> {
    let cards = (0..).map_while(|n: usize| cuda(&[n]).ok());
    cards.map(|found| named(&found.name, found.first())).collect()
}

#[cfg(not(feature = "cuda"))]
fn found_cuda() -> Vec<String> {
    Vec::new()
}

/// A device, with the name that it gives itself.
#[cfg(any(feature = "wgpu", feature = "cuda"))]
fn named(name: &str, device: &Device) -> String {
    own_name(device).map_or_else(|| name.to_owned(), |own| format!("{name} ({own})"))
}

/// The name that a device gives itself; a processor gives none.
#[cfg(any(feature = "wgpu", feature = "cuda"))]
fn own_name(device: &Device) -> Option<String> {
    device.identity().map(|identity| identity.name)
}

/// The name that a device gives itself; a processor gives none.
#[cfg(not(any(feature = "wgpu", feature = "cuda")))]
fn own_name(_: &Device) -> Option<String> {
    None
}

#[cfg(feature = "wgpu")]
fn wgpu(numbers: &[usize]) -> Result<FoundDevices, DeviceError> {
    use burn::tensor::DeviceKind;
    let one = |kind: DeviceKind, name: String| probe(name, || Device::wgpu(kind));
    let devices = match numbers {
        [] => vec![one(DeviceKind::DefaultDevice, "wgpu".into())?],
        numbers => numbers
            .iter()
            .map(|n| one(DeviceKind::DiscreteGpu(*n), format!("wgpu:{n}")))
            .collect::<Result<_, _>>()?,
    };
    let name = DeviceChoice::Wgpu(numbers.to_vec()).to_string();
    Ok(FoundDevices { devices, name, exchange: Exchange::Leader })
}

#[cfg(not(feature = "wgpu"))]
fn wgpu(_numbers: &[usize]) -> Result<FoundDevices, DeviceError> {
    Err(DeviceError::NotBuilt { name: "wgpu", found: String::new() })
}

#[cfg(feature = "cuda")]
fn cuda(numbers: &[usize]) -> Result<FoundDevices, DeviceError> {
    let one = |n: &usize| probe(format!("cuda:{n}"), || Device::cuda(*n));
    let devices = numbers.iter().map(one).collect::<Result<_, _>>()?;
    let name = DeviceChoice::Cuda(numbers.to_vec()).to_string();
    Ok(FoundDevices { devices, name, exchange: Exchange::AllReduce })
}

#[cfg(not(feature = "cuda"))]
fn cuda(_numbers: &[usize]) -> Result<FoundDevices, DeviceError> {
    Err(DeviceError::NotBuilt { name: "cuda", found: String::new() })
}

/// Makes the device and adds two numbers on it. The drivers' bindings panic where there is no card
/// or no driver, so the attempt is made where a panic can be caught.
#[cfg(any(feature = "wgpu", feature = "cuda"))]
fn probe(
    name: String,
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
    attempt.ok().flatten().ok_or(DeviceError::NotThere { name, found: String::new() })
}

/// Why a device can't be had.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// Not a device's name.
    #[error(
        "unknown device '{got}': expected auto, cpu, wgpu, cuda, or with numbers from 0 cuda:0,1 or wgpu:0,1; \
         cpu:2 trains with two workers on the CPU"
    )]
    Unknown {
        /// What was asked for.
        got: String,
    },
    /// Left out of this program.
    #[error(
        "this program was built without {name}, for {BUILT}; found: {found}. Build it with \
         `cargo build --release -p trainer --features {name}`, or ask for a device that was found"
    )]
    NotBuilt {
        /// Kind of device, and the Cargo feature that builds it in.
        name: &'static str,
        /// What answers.
        found: String,
    },
    /// No such card or driver.
    #[error(
        "no {name} device answered on this machine; this program was built for {BUILT}, found: {found}. Check the \
         card and its driver, or ask for a device that was found{OTHER_KINDS}"
    )]
    NotThere {
        /// Device.
        name: String,
        /// What answers.
        found: String,
    },
    /// One device named two times.
    #[error("'{got}' names the device {number} twice; name each once")]
    Twice {
        /// What was asked for.
        got: String,
        /// Number.
        number: usize,
    },
    /// More than one.
    #[error(
        "'{got}' names several devices; only training shares its work out. Ask for one, as in cuda:0, or run \
         one command a device, each with its own --shard"
    )]
    SeveralDevices {
        /// What was asked for.
        got: String,
    },
}

impl DeviceError {
    /// With what answers instead; it is looked for only where it is said, since that takes a while.
    fn with_found(self) -> Self {
        match self {
            Self::NotBuilt { name, .. } => Self::NotBuilt { name, found: found() },
            Self::NotThere { name, .. } => Self::NotThere { name, found: found() },
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_written() {
        for name in ["auto", "cpu", "cpu:2", "wgpu", "wgpu:0,1", "cuda:0", "cuda:0,3"] {
            assert_eq!(name.parse::<DeviceChoice>().unwrap().to_string(), name);
        }
        for name in ["gpu", "cuda:", "cuda:x", "cpu:0", "cpu:0,1", "cuda:1,1", "gpu:0"] {
            let error = name.parse::<DeviceChoice>().unwrap_err().to_string();
            assert!(error.contains(name), "{error}");
        }
    }

    #[test]
    fn several_workers_are_for_training() {
        let choice: DeviceChoice = "cpu:3".parse().unwrap();
        assert_eq!(choice.find().unwrap().devices.len(), 3);
        let error = choice.find_one().unwrap_err().to_string();
        assert!(error.contains("'cpu:3'") && error.contains("--shard"), "{error}");
        assert!("cpu".parse::<DeviceChoice>().unwrap().find_one().is_ok());
    }

    #[cfg(not(any(feature = "cuda", feature = "wgpu")))]
    #[test]
    fn a_device_that_was_not_built_says_how_to_and_what_there_is() {
        for (choice, name) in [("cuda:0", "cuda"), ("wgpu", "wgpu"), ("wgpu:1", "wgpu")] {
            let error = choice.parse::<DeviceChoice>().unwrap().find().unwrap_err().to_string();
            let told = format!("built without {name}, for cpu; found: cpu. Build it with");
            assert!(error.contains(&told), "{error}");
            assert!(error.contains(&format!("--features {name}`")), "{error}");
        }
    }

    #[test]
    fn a_device_that_does_not_answer_is_told_with_what_does_and_what_was_built() {
        let error = DeviceError::NotThere { name: "cuda:7".into(), found: String::new() };
        let error = error.with_found().to_string();
        assert!(error.starts_with("no cuda:7 device answered"), "{error}");
        let told = format!("built for {BUILT}, found: {}. Check", found());
        assert!(error.contains(&told) && found().starts_with("cpu"), "{error}");
    }
}
