//! How what was heard and what was read become one: side by side, or weighed by a gate.

use super::initialize::Initializer;
use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::Tensor;
use burn::tensor::activation::{sigmoid, tanh};
use serde::{Deserialize, Serialize};

/// How the features of both parts become one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fusion {
    /// One after the other, as the thesis does.
    #[default]
    Concatenate,
    /// Weighed against each other, feature by feature and song by song.
    Gated,
}

/// A gated multimodal unit (Arevalo et al., 2017): `z * tanh(heard) + (1 - z) * tanh(read)`, each
/// after a dense layer, where `z` between 0 and 1 depends on both.
#[derive(Module, Debug)]
pub(super) struct Gate {
    hear: Linear,
    read: Linear,
    gate: Linear,
}

impl Gate {
    /// Features that leave it.
    pub(super) const N_FEATURES: usize = 64;

    pub(super) fn new(n_heard: usize, n_read: usize, init: &mut Initializer<'_>) -> Self {
        Self {
            hear: init.dense(n_heard, Self::N_FEATURES),
            read: init.dense(n_read, Self::N_FEATURES),
            gate: init.dense(n_heard + n_read, Self::N_FEATURES),
        }
    }

    /// # Shapes
    ///
    /// - `heard`: `[batch, n_heard]`, `read`: `[batch, n_read]`
    /// - output: `[batch, 64]`
    pub(super) fn forward(&self, heard: Tensor<2>, read: Tensor<2>) -> Tensor<2> {
        let both = Tensor::cat(vec![heard.clone(), read.clone()], 1);
        let z = sigmoid(self.gate.forward(both));
        let read = tanh(self.read.forward(read));
        read.clone() + z * (tanh(self.hear.forward(heard)) - read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::module::Param;
    use burn::tensor::{Device, Gradients, TensorData};

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
            serde_json::from_str(include_str!("../../../tests/golden/fusion/gated.json")).unwrap();
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
}
