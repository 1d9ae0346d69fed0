//! The loss of contrastive pretraining against PyTorch: value and gradient.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use burn::tensor::{Device, Tensor, TensorData};
use serde::Deserialize;
use shared::model::contrastive_loss;

/// What `tests/golden/contrastive/generate.py` wrote.
#[derive(Deserialize)]
struct Golden {
    loss: f32,
    gradient: Vec<f32>,
}

#[test]
fn the_loss_and_its_gradient_agree_with_pytorch() {
    let golden: Golden =
        serde_json::from_str(include_str!("../../tests/golden/contrastive/loss.json")).unwrap();
    let device = Device::flex().autodiff();
    let values: Vec<f32> =
        (0..25).map(|at| ((f64::from(at) * 1.3 + 1.0).sin() * 8.0) as f32).collect();
    let similarities =
        Tensor::<2>::from_data(TensorData::new(values, [5, 5]), &device).require_grad();
    let loss = contrastive_loss(&similarities);
    let gradients = loss.clone().backward();
    assert!((loss.into_scalar::<f32>() - golden.loss).abs() < 1e-5);
    let gradient = similarities.grad(&gradients).unwrap().into_data().try_to_vec::<f32>().unwrap();
    assert_eq!(gradient.len(), golden.gradient.len());
    for (got, expected) in gradient.iter().zip(&golden.gradient) {
        assert!((got - expected).abs() < 1e-6, "{got}, expected {expected}");
    }
}
