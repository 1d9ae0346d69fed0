//! A network with burn-train's steps.

use super::batches::Batch;
use burn::module::Module;
use burn::nn::loss::CrossEntropyLossConfig;
use burn::train::{ClassificationOutput, InferenceStep, TrainOutput, TrainStep};
use shared::model::Network;

/// The network that is trained.
#[derive(Module, Debug)]
pub(super) struct Learnable {
    pub(super) network: Network,
}

impl Learnable {
    /// Cross entropy of the genre, averaged over the rows, plus the network's L2 penalty (counted in
    /// validation too, as Keras does).
    fn classify(&self, batch: Batch) -> ClassificationOutput {
        let device = batch.targets.device();
        let logits = self.network.forward(batch.input).logits;
        let loss = CrossEntropyLossConfig::new()
            .init(&device)
            .forward(logits.clone(), batch.targets.clone());
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
        let output = self.classify(batch);
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
