use super::apart::{gradients_apart, updates_apart};
use super::*;

fn slices(n_slices: usize) -> StepSize {
    StepSize { n_slices, n_tokens: 24 }
}

/// How far a step of so many slices on the CPU at that precision is from one in f32.
fn compared(name: &str, n_slices: usize, precision: Precision) -> Apart {
    compare(&config(name), slices(n_slices), &Device::flex(), precision).unwrap()
}

#[test]
fn every_network_has_a_batch() {
    for name in ALL_NETWORKS {
        let config = config(name);
        config.check().unwrap();
        let batch = batch(&config, slices(2), &Device::flex());
        assert_eq!(batch.input.slices.is_some(), config.audio.is_some(), "{name}");
        assert_eq!(batch.input.tokens.is_some(), config.text.is_some(), "{name}");
        let lengths = batch.input.tokens.map(|tokens| tokens.lengths);
        assert!(lengths.is_none_or(|lengths| lengths == [24]), "{name}");
    }
}

#[test]
fn the_cpu_agrees_with_itself_and_another_step_does_not() {
    for name in ["lyrics", "multimodal"] {
        let found = compared(name, 4, Precision::F32);
        assert!(found.is_within(Limits::all(0.0)), "{found:?}");
        let rounded = compared(name, 16, Precision::Bf16);
        assert!(rounded.is_within(Limits::of(Precision::Bf16)), "{rounded:?}");
        assert!(rounded.logits > 1e-4 && rounded.gradients > 1e-3, "{rounded:?}");
    }
    let config = config("lyrics");
    let steps = [4, 6].map(|n| step(&config, slices(n), &Device::flex(), Precision::F32).unwrap());
    assert!((steps[0].loss - steps[1].loss).abs() > 1e-6);
    // Every parameter of the network is compared, and has moved by a step of Adam at most.
    assert!(steps[0].gradients.len() > 20, "{}", steps[0].gradients.len());
    // A step that was not made, and one with a wrong sign, are told from the right one.
    let mut other = step(&config, slices(4), &Device::flex(), Precision::F32).unwrap();
    assert!(updates_apart(&steps[0], &other) < 1e-12);
    let fresh = Network::new(&config, Seed(1), &Device::flex());
    let mut reader = Reader::default();
    Learnable { network: fresh, precision: Precision::F32 }.visit(&mut reader);
    other.weights = reader.read.unwrap();
    assert!(updates_apart(&steps[0], &other) > 0.9);
    assert!(largest(&[1.0, f64::NAN, 2.0]).is_nan());
    let mut found = compared("lyrics", 4, Precision::F32);
    found.logits = f64::NAN;
    assert!(!found.is_within(Limits::all(f64::MAX)));
    found.logits = 0.0;
    found.updates = f64::NAN;
    assert!(!found.is_within(Limits::of(Precision::Bf16)));
    // A gradient that is lost on the way is no agreement.
    let mut lost = step(&config, slices(4), &Device::flex(), Precision::F32).unwrap();
    let (name, _) = lost.gradients.remove(3);
    assert_eq!(gradients_apart(&steps[0], &lost), (f64::INFINITY, name));
    let thesis = compared("thesis", 2, Precision::Bf16);
    // No gradient is lost. How near they are can't be judged in so small a step.
    assert!(thesis.gradients > 1e-3 && thesis.gradients < 1.0, "{thesis:?}");
}

#[test]
fn steps_are_timed_and_told_beside_the_differences() {
    let found = parity("lyrics", slices(2), &Device::flex(), Precision::F32).unwrap();
    assert!(found.step_ms > 0.0 && found.cpu_step_ms > 0.0, "{found:?}");
    let told = serde_json::to_value(&found).unwrap();
    for name in ["network", "loss", "gradients", "worst_gradient", "step_ms"] {
        assert!(told.get(name).is_some(), "{name}: {told}");
    }
}

/// A graphics processor in software will do: `apt install mesa-vulkan-drivers`.
#[cfg(feature = "wgpu")]
#[test]
fn wgpu_agrees_with_the_cpu() {
    let device = crate::device::DeviceChoice::Wgpu(Vec::new()).find_one().unwrap();
    for name in ["compact", "lyrics", "multimodal"] {
        let found = compare(&config(name), slices(4), &device, Precision::F32).unwrap();
        assert!(found.is_within(Limits::of(Precision::F32)), "{found:?}");
    }
}
