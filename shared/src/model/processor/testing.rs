//! What the tests of all operations share.

use crate::random::Seed;
use burn::tensor::{Device, Tensor, TensorData};

/// Normal numbers, others for each name.
pub(super) fn values(n: usize, name: &str) -> Vec<f32> {
    let mut stream = Seed(1).stream(name);
    (0..n).map(|_| stream.normal(0.0, 1.0) as f32).collect()
}

pub(super) fn tensor<const D: usize>(name: &str, shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values(shape.iter().product(), name), shape), device)
}

pub(super) fn floats<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}

/// Each number within a share of the largest.
pub(super) fn assert_close<T: Copy + Into<f64>>(
    what: &str,
    got: &[f32],
    expected: &[T],
    share: f64,
) {
    assert_eq!(got.len(), expected.len(), "{what}");
    let expected = || expected.iter().map(|&value| value.into());
    let largest = expected().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    for (at, (&got, expected)) in got.iter().zip(expected()).enumerate() {
        let off = (f64::from(got) - expected).abs();
        assert!(off <= share * largest, "{what}: {got} in place of {expected} at {at}");
    }
}
