//! A network with burn-train's steps.

use super::batches::Batch;
use super::config::Precision;
use burn::module::Module;
use burn::nn::loss::CrossEntropyLossConfig;
use burn::train::{ClassificationOutput, InferenceStep, TrainOutput, TrainStep};
use shared::model::Network;

/// The network that is trained.
#[derive(Module, Debug)]
pub(super) struct Learnable {
    pub(super) network: Network,
    /// Of the products in training.
    #[module(skip)]
    pub(super) precision: Precision,
}

impl Learnable {
    /// As [`Self::classify`], at the precision of training. Gradients are those of this network's own weights.
    pub(super) fn classify_in_training(&self, batch: Batch) -> ClassificationOutput {
        self.score(&self.precision.of_products(self.network.clone()), batch)
    }

    /// Cross entropy of the genre, averaged over the rows, plus the network's L2 penalty (counted in
    /// validation too, as Keras does).
    pub(super) fn classify(&self, batch: Batch) -> ClassificationOutput {
        self.score(&self.network, batch)
    }

    fn score(&self, network: &Network, batch: Batch) -> ClassificationOutput {
        let device = batch.targets.device();
        let logits = network.forward(batch.input).logits;
        let cross_entropy = CrossEntropyLossConfig::new().init(&device);
        let loss_of = |targets| cross_entropy.forward(logits.clone(), targets);
        let loss = match batch.mixed {
            None => loss_of(batch.targets.clone()),
            Some((others, share)) => {
                loss_of(batch.targets.clone()) * share + loss_of(others) * (1.0 - share)
            }
        };
        let loss = match self.network.penalty() {
            Some(penalty) => loss + penalty,
            None => loss,
        };
        ClassificationOutput::new(loss, logits, batch.targets)
    }
}

impl TrainStep for Learnable {
    type Input = Batch;
    type Output = ClassificationOutput;

    fn step(&self, batch: Batch) -> TrainOutput<ClassificationOutput> {
        let output = self.classify_in_training(batch);
        TrainOutput::new(self, output.loss.backward(), output)
    }
}

impl InferenceStep for Learnable {
    type Input = Batch;
    type Output = ClassificationOutput;

    fn step(&self, batch: Batch) -> ClassificationOutput {
        self.classify(batch)
    }
}
