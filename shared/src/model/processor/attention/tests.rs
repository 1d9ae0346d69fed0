use super::attend;
use super::operation::attend_without;
use crate::model::processor::dropped::Dropped;
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
fn burns(case: Case, inputs: &[Tensor<3>; 3], dropped: Option<Dropped>) -> Tensor<3> {
    let [query, key, value] = inputs;
    let (batch, n_tokens, n_heads, dim, lengths) = case;
    let heads = |x: &Tensor<3>| x.clone().reshape([batch, n_tokens, n_heads, dim]).swap_dims(1, 2);
    let padding: Vec<bool> =
        lengths.iter().flat_map(|n| (0..n_tokens).map(move |at| at >= *n)).collect();
    let padding = TensorData::new(padding, [batch, 1, 1, n_tokens]);
    let padding: Tensor<4, Bool> = Tensor::from_data(padding, &query.device());
    let scores = heads(query).matmul(heads(key).transpose()) / (dim as f32).sqrt();
    let weights = softmax(scores.mask_fill(padding, -1e4), 3);
    let weights = match dropped {
        Some(dropped) => weights * factors(case, dropped, &query.device()),
        None => weights,
    };
    weights.matmul(heads(value)).swap_dims(1, 2).reshape([batch, n_tokens, n_heads * dim])
}

/// By what weights `[batch, n_heads, n_tokens, n_tokens]` are multiplied.
fn factors(case: Case, dropped: Dropped, device: &Device) -> Tensor<4> {
    let (batch, n_tokens, n_heads, _, lengths) = case;
    let mut factors = vec![1.0; batch * n_heads * n_tokens * n_tokens];
    for (at, row) in factors.chunks_exact_mut(n_tokens).enumerate() {
        let length = lengths[at / (n_heads * n_tokens)];
        dropped.apply(&mut row[..length], at as u64 * Dropped::n_runs(n_tokens));
    }
    let shape = [batch, n_heads, n_tokens, n_tokens];
    Tensor::from_data(TensorData::new(factors, shape), device)
}

#[test]
fn the_operation_is_the_one_of_burn() {
    for case in CASES {
        let inputs = inputs(case, &Device::flex());
        for dropped in [None, Some(Dropped::draw(0.3))] {
            let ours = attend_without(inputs.clone(), case.2, case.4, dropped);
            let burns = burns(case, &inputs, dropped);
            assert_close("output", &floats(ours), &floats(burns), 1e-5);
        }
    }
}

#[test]
fn tokens_that_fill_up_change_nothing() {
    let case = (1, 12, 2, 8, &[7][..]);
    let [query, key, value] = inputs(case, &Device::flex());
    let ours = |key: Tensor<3>, value| floats(attend([query.clone(), key, value], 2, &[7], 0.0));
    let others = Tensor::<3>::full([1, 5, 16], 1e6, &Device::flex());
    let filled = |x: &Tensor<3>| x.clone().slice_assign([0..1, 7..12, 0..16], others.clone());
    let (filled_key, filled_value) = (filled(&key), filled(&value));
    assert_eq!(ours(key, value), ours(filled_key, filled_value));
}

#[cfg(feature = "gradients")]
#[test]
fn gradients_are_those_of_burn() {
    let device = Device::flex().autodiff();
    for (case, is_dropping) in CASES.into_iter().flat_map(|case| [(case, false), (case, true)]) {
        let dropped = is_dropping.then(|| Dropped::draw(0.3));
        let inputs = inputs(case, &device).map(Tensor::require_grad);
        let ours = attend_without(inputs.clone(), case.2, case.4, dropped);
        let burns = burns(case, &inputs, dropped);
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

#[cfg(feature = "gradients")]
#[test]
fn one_input_may_be_learnt_alone() {
    let device = Device::flex().autodiff();
    let case = CASES[0];
    let all = inputs(case, &device).map(Tensor::require_grad);
    let gradient = |inputs: [Tensor<3>; 3], of: &Tensor<3>| {
        let output = attend(inputs, case.2, case.4, 0.0);
        let weights = tensor("weights", output.dims(), &device);
        floats(of.grad(&(output * weights).sum().backward()).unwrap())
    };
    for (at, of) in all.iter().enumerate() {
        let mut alone = all.clone().map(|input| input.detach().set_require_grad(false));
        alone[at] = of.clone();
        assert_eq!(gradient(alone, of), gradient(all.clone(), of));
    }
}
