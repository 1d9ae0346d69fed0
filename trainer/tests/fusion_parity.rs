//! The gate that joins what was heard and read against PyTorch: values and gradients.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use burn::module::Param;
use burn::nn::Linear;
use burn::tensor::{Device, Gradients, Tensor, TensorData};
use serde::Deserialize;
use shared::model::Gate;

/// What `tests/golden/fusion/generate.py` wrote.
#[derive(Deserialize)]
struct Golden {
    fused: Vec<f32>,
    heard: Vec<f32>,
    read: Vec<f32>,
    hear: Vec<f32>,
    read_in: Vec<f32>,
    gate: Vec<f32>,
}

fn wave(offset: f64, shape: [usize; 2], device: &Device) -> Tensor<2> {
    let n = shape[0] * shape[1];
    let values: Vec<f32> = (0..n).map(|at| (at as f64 * 1.3 + offset).sin() as f32).collect();
    Tensor::from_data(TensorData::new(values, shape), device).require_grad()
}

fn assert_close(what: &str, got: Tensor<2>, expected: &[f32]) {
    let got = got.into_data().try_to_vec::<f32>().unwrap();
    assert_eq!(got.len(), expected.len(), "{what}");
    for (got, expected) in got.iter().zip(expected) {
        assert!((got - expected).abs() < 1e-5, "{what}: {got}, expected {expected}");
    }
}

#[test]
fn the_gate_and_its_gradients_agree_with_pytorch() {
    let golden: Golden =
        serde_json::from_str(include_str!("../../tests/golden/fusion/gated.json")).unwrap();
    let device = Device::flex().autodiff();
    let (heard, read) = (wave(1.0, [2, 3], &device), wave(2.0, [2, 4], &device));
    let weights =
        [wave(3.0, [3, 5], &device), wave(4.0, [4, 5], &device), wave(5.0, [7, 5], &device)];
    let [hear, read_in, gate] =
        weights.clone().map(|weight| Linear { weight: Param::from_tensor(weight), bias: None });
    let unit = Gate { hear, read: read_in, gate };
    let fused = unit.forward(heard.clone(), read.clone());
    let gradients = (fused.clone() * wave(6.0, [2, 5], &device).detach()).sum().backward();
    assert_close("fused", fused, &golden.fused);
    let of = |tensor: &Tensor<2>, gradients: &Gradients| tensor.grad(gradients).unwrap();
    assert_close("heard", of(&heard, &gradients), &golden.heard);
    assert_close("read", of(&read, &gradients), &golden.read);
    for ((name, layer), expected) in
        [("hear", &unit.hear), ("read_in", &unit.read), ("gate", &unit.gate)].into_iter().zip([
            &golden.hear,
            &golden.read_in,
            &golden.gate,
        ])
    {
        assert_close(name, of(&layer.weight.val(), &gradients), expected);
    }
}
