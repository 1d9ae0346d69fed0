//! Against the definition in double precision, and against burn's own convolution.

use super::super::testing::{assert_close, floats, tensor, values};
use super::*;
use burn::tensor::module::conv2d as burn_conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{DType, Device, Tensor};

/// Of the largest number.
const SHARE: f64 = 2e-6;

/// Batch, channels in and out, height, width, kernel, stride: as the networks have them, with sizes that fill no
/// tile, and the smallest.
const CASES: [[usize; 7]; 9] = [
    [2, 1, 24, 33, 40, 7, 4],
    [1, 24, 48, 31, 31, 3, 2],
    [3, 5, 19, 9, 11, 3, 2],
    [2, 3, 7, 9, 8, 7, 2],
    [2, 8, 16, 4, 4, 3, 1],
    [1, 3, 1, 3, 3, 3, 1],
    [2, 1, 2, 5, 9, 2, 3],
    [5, 2, 3, 4, 5, 1, 1],
    [3, 2, 3, 31, 31, 3, 2],
];

fn geometry([batch, n_in, n_out, height, width, kernel, stride]: [usize; 7]) -> Geometry {
    Geometry::new([batch, n_in, height, width], [n_out, n_in, kernel, kernel], stride)
}

/// Calls with the places of output, input and weight of every product.
fn every_product(geometry: Geometry, mut visit: impl FnMut(usize, usize, usize)) {
    let Geometry { batch, channels_in, channels_out, size_in, kernel, stride } = geometry;
    let [height, width] = geometry.size_out();
    for output in 0..batch * channels_out * height * width {
        let (x, rest) = (output % width, output / width);
        let (y, rest) = (rest % height, rest / height);
        let (channel_out, picture) = (rest % channels_out, rest / channels_out);
        for weight in 0..channels_in * kernel * kernel {
            let (column, rest) = (weight % kernel, weight / kernel);
            let (row, channel_in) = (rest % kernel, rest / kernel);
            let line = (picture * channels_in + channel_in) * size_in[0] + y * stride + row;
            let input = line * size_in[1] + x * stride + column;
            visit(output, input, channel_out * channels_in * kernel * kernel + weight);
        }
    }
}

#[test]
fn all_three_are_as_defined() {
    for case in CASES {
        let geometry = geometry(case);
        let n_outputs = geometry.batch * geometry.size_of_output();
        let n_weights = geometry.channels_out * geometry.kernel * geometry.run();
        let input = values(geometry.batch * geometry.size_of_input(), "input");
        let weight = values(n_weights, "weight");
        let bias = values(geometry.channels_out, "bias");
        let offset = Then { offsets: Some(&bias), ..Then::default() };
        let gradient = values(n_outputs, "gradient");
        let channel = |output: usize| output / geometry.area_out() % geometry.channels_out;
        let mut output: Vec<f64> = (0..n_outputs).map(|at| f64::from(bias[channel(at)])).collect();
        let mut of_input = vec![0.0; input.len()];
        let mut of_weight = vec![0.0; weight.len()];
        let mut of_bias = vec![0.0; bias.len()];
        (0..n_outputs).for_each(|at| of_bias[channel(at)] += f64::from(gradient[at]));
        every_product(geometry, |o, i, w| {
            output[o] += f64::from(input[i]) * f64::from(weight[w]);
            of_input[i] += f64::from(gradient[o]) * f64::from(weight[w]);
            of_weight[w] += f64::from(gradient[o]) * f64::from(input[i]);
        });
        let name = |what: &str| format!("{what} of {case:?}");
        assert_close(&name("output"), &convolve(geometry, &input, &weight, offset), &output, SHARE);
        assert_close(
            &name("input"),
            &input_gradient(geometry, &gradient, &weight),
            &of_input,
            SHARE,
        );
        assert_close(
            &name("weights"),
            &weight_gradient(geometry, &input, &gradient),
            &of_weight,
            SHARE,
        );
        assert_close(&name("offsets"), &bias_gradient(geometry, &gradient), &of_bias, SHARE);
    }
}

/// So that it matters neither which pictures stand beside it nor how many threads share them.
#[test]
fn a_picture_gives_the_same_in_company_and_alone() {
    for case in CASES {
        let geometry = geometry(case);
        let alone = geometry.with_batch(1);
        let input = values(geometry.batch * geometry.size_of_input(), "input");
        let weight = values(geometry.channels_out * geometry.kernel * geometry.run(), "weight");
        let together = convolve(geometry, &input, &weight, Then::default());
        let pictures = input.chunks(geometry.size_of_input());
        let one_by_one = pictures.flat_map(|own| convolve(alone, own, &weight, Then::default()));
        assert_eq!(together, one_by_one.collect::<Vec<f32>>(), "{case:?}");
        let output = values(geometry.batch * geometry.size_of_output(), "gradient");
        let together = input_gradient(geometry, &output, &weight);
        let pictures = output.chunks(geometry.size_of_output());
        let one_by_one = pictures.flat_map(|own| input_gradient(alone, own, &weight));
        assert_eq!(together, one_by_one.collect::<Vec<f32>>(), "{case:?}");
    }
}

#[test]
fn the_operation_is_the_one_of_burn() {
    let device = Device::flex();
    for [batch, n_in, n_out, height, width, kernel, stride] in CASES {
        // Height and width changed places: the numbers do not lie in their order.
        let x = tensor("x", [batch, n_in, width, height], &device).swap_dims(2, 3);
        let weight = tensor("weight", [n_out, n_in, kernel, kernel], &device);
        let bias = tensor("bias", [n_out], &device);
        let options = ConvOptions::new([stride; 2], [0; 2], [1; 2], 1);
        for bias in [Some(bias), None] {
            let ours = conv2d(&x, &weight, bias.as_ref(), stride).unwrap();
            let burns = burn_conv2d(x.clone(), weight.clone(), bias, options.clone());
            assert_eq!(ours.dims(), burns.dims());
            assert_close("output", &floats(ours), &floats(burns), SHARE);
        }
    }
}

#[test]
fn what_follows_is_done_in_the_same_go() {
    let device = Device::flex();
    let x = tensor("x", [2, 3, 9, 11], &device);
    let weight = tensor("weight", [19, 3, 3, 3], &device);
    let [scale, offsets] = ["scale", "offsets"].map(|name| tensor::<1>(name, [19], &device));
    let ours = conv2d_rectified(&x, &weight, [&scale, &offsets], 2).unwrap();
    let plain = conv2d(&x, &weight, None, 2).unwrap();
    let [scale, offsets] = [scale, offsets].map(|tensor| tensor.reshape([1, 19, 1, 1]));
    let apart = (plain * scale + offsets).clamp_min(0.0);
    assert_close("output", &floats(ours), &floats(apart), SHARE);
    let trained = Tensor::from_data(x.into_data(), &device.clone().autodiff());
    let [scale, offsets] = ["scale", "offsets"].map(|name| tensor::<1>(name, [19], &device));
    assert!(conv2d_rectified(&trained, &weight, [&scale, &offsets], 2).is_none());
}

#[test]
fn what_is_no_number_stays_none() {
    let device = Device::flex();
    let x = tensor("x", [1, 1, 3, 3], &device) * f32::NAN;
    let weight = tensor("weight", [2, 1, 3, 3], &device);
    let [scale, offsets] = ["scale", "offsets"].map(|name| tensor::<1>(name, [2], &device));
    let plain = conv2d(&x, &weight, None, 1).unwrap();
    let rectified = conv2d_rectified(&x, &weight, [&scale, &offsets], 1).unwrap();
    for output in [plain, rectified] {
        assert!(floats(output).iter().all(|value| value.is_nan()));
    }
}

#[test]
fn other_types_are_left_to_burn() {
    let device = Device::flex();
    let x = Tensor::<4>::ones([1, 1, 3, 3], &device).cast(DType::BF16);
    assert!(conv2d(&x, &x, None, 1).is_none());
}

#[cfg(feature = "gradients")]
#[test]
fn gradients_are_those_of_burn() {
    let device = Device::flex().autodiff();
    for [batch, n_in, n_out, height, width, kernel, stride] in CASES {
        let x = tensor("x", [batch, n_in, width, height], &device).require_grad();
        let weight = tensor("weight", [n_out, n_in, kernel, kernel], &device).require_grad();
        let bias = tensor("bias", [n_out], &device).require_grad();
        let options = ConvOptions::new([stride; 2], [0; 2], [1; 2], 1);
        // Twice, since a graph gives its gradients once.
        let turned = || x.clone().swap_dims(2, 3);
        let ours = conv2d(&turned(), &weight, Some(&bias), stride).unwrap();
        let burns = burn_conv2d(turned(), weight.clone(), Some(bias.clone()), options);
        // Weighted, so that the gradient of each output is another; turned, so that it does not lie in its order.
        let [_, _, n_rows, n_columns] = burns.dims();
        let weights = tensor("weights", [batch, n_out, n_columns, n_rows], &device);
        let [ours, burns] =
            [ours, burns].map(|output| (output.swap_dims(2, 3) * weights.clone()).sum().backward());
        let pair = |of: &dyn Fn(&burn::tensor::Gradients) -> Vec<f32>| (of(&ours), of(&burns));
        let pairs = [
            ("input", pair(&|all| floats(x.grad(all).unwrap()))),
            ("weights", pair(&|all| floats(weight.grad(all).unwrap()))),
            ("offsets", pair(&|all| floats(bias.grad(all).unwrap()))),
        ];
        for (what, (ours, burns)) in pairs {
            assert_close(what, &ours, &burns, SHARE);
        }
    }
}

#[cfg(feature = "gradients")]
#[test]
fn what_asks_for_no_gradient_gets_none() {
    let device = Device::flex().autodiff();
    let x = tensor("x", [2, 2, 5, 5], &device);
    let weight = tensor("weight", [3, 2, 3, 3], &device).require_grad();
    let gradients = conv2d(&x, &weight, None, 1).unwrap().sum().backward();
    assert!(x.grad(&gradients).is_none());
    assert_eq!(weight.grad(&gradients).unwrap().dims(), [3, 2, 3, 3]);
}
