use super::attend;
use crate::model::processor::testing::{assert_close, floats, tensor};
use burn::tensor::activation::softmax;
use burn::tensor::{Bool, Device, Tensor, TensorData};

/// Batch, tokens, heads, numbers of a head, and how many tokens count.
type Case = (usize, usize, usize, usize, &'static [usize]);

/// Tokens and numbers that fill tiles and registers, and that do not.
const CASES: [Case; 5] = [
    (2, 9, 3, 5, &[9, 4]),
    (1, 1, 1, 1, &[1]),
    (3, 33, 2, 16, &[33, 16, 1]),
    (2, 20, 1, 24, &[17, 20]),
    (1, 40, 4, 64, &[31]),
];

fn inputs((batch, n_tokens, n_heads, dim, _): Case, device: &Device) -> [Tensor<3>; 3] {
    ["query", "key", "value"].map(|name| tensor(name, [batch, n_tokens, n_heads * dim], device))
}

/// By burn's own operations, as its `MultiHeadAttention` has them.
fn burns(case: Case, [query, key, value]: &[Tensor<3>; 3]) -> Tensor<3> {
    let (batch, n_tokens, n_heads, dim, lengths) = case;
    let heads = |x: &Tensor<3>| x.clone().reshape([batch, n_tokens, n_heads, dim]).swap_dims(1, 2);
    let padding: Vec<bool> =
        lengths.iter().flat_map(|n| (0..n_tokens).map(move |at| at >= *n)).collect();
    let padding = TensorData::new(padding, [batch, 1, 1, n_tokens]);
    let padding: Tensor<4, Bool> = Tensor::from_data(padding, &query.device());
    let scores = heads(query).matmul(heads(key).transpose()) / (dim as f32).sqrt();
    let weights = softmax(scores.mask_fill(padding, -1e4), 3);
    weights.matmul(heads(value)).swap_dims(1, 2).reshape([batch, n_tokens, n_heads * dim])
}

#[test]
fn the_operation_is_the_one_of_burn() {
    for case in CASES {
        let inputs = inputs(case, &Device::flex());
        let ours = attend(inputs.clone(), case.2, case.4);
        assert_close("output", &floats(ours), &floats(burns(case, &inputs)), 1e-5);
    }
}

#[test]
fn tokens_that_fill_up_change_nothing() {
    let case = (1, 12, 2, 8, &[7][..]);
    let [query, key, value] = inputs(case, &Device::flex());
    let ours = |key: Tensor<3>, value| floats(attend([query.clone(), key, value], 2, &[7]));
    let others = Tensor::<3>::full([1, 5, 16], 1e6, &Device::flex());
    let filled = |x: &Tensor<3>| x.clone().slice_assign([0..1, 7..12, 0..16], others.clone());
    let (filled_key, filled_value) = (filled(&key), filled(&value));
    assert_eq!(ours(key, value), ours(filled_key, filled_value));
}

#[cfg(feature = "gradients")]
#[test]
fn gradients_are_those_of_burn() {
    let device = Device::flex().autodiff();
    for case in CASES {
        let inputs = inputs(case, &device).map(Tensor::require_grad);
        let (ours, burns) = (attend(inputs.clone(), case.2, case.4), burns(case, &inputs));
        let weights = tensor("weights", burns.dims(), &device);
        let [ours, burns] = [ours, burns].map(|output| (output * weights.clone()).sum().backward());
        for (name, of) in ["query", "key", "value"].into_iter().zip(&inputs) {
            let of = |all| floats(of.grad(all).unwrap());
            // With one token nothing is asked of queries and keys; what is left is rounding.
            let largest = of(&burns).iter().fold(0.0f32, |largest, x| largest.max(x.abs()));
            if largest > 1e-5 {
                assert_close(name, &of(&ours), &of(&burns), 2e-5);
            } else {
                assert!(of(&ours).iter().all(|x| x.abs() < 1e-5), "{name}");
            }
        }
    }
}
