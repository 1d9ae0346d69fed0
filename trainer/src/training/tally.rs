//! Counts what the network says in an epoch, as a burn-train metric: the mean loss and the confusion
//! matrix, from which accuracy, precision, recall and F1 of each class follow.

use burn::tensor::{Int, Tensor, TensorReadError};
use burn::train::metric::{Adaptor, Metric, MetricMetadata, MetricName, SerializedEntry};
use burn::train::{ClassificationOutput, Interrupter};
use shared::statistics::ConfusionMatrix;
use std::sync::{Arc, Mutex, MutexGuard};

/// What was counted in one epoch.
#[derive(Debug, Clone, Default)]
pub(super) struct Counted {
    loss_sum: f64,
    pairs: Vec<(usize, usize)>,
}

impl Counted {
    /// Mean loss over the rows; not a number where nothing was counted.
    pub(super) fn mean_loss(&self) -> f64 {
        self.loss_sum / self.pairs.len() as f64
    }

    /// Truth against prediction.
    pub(super) fn confusion(&self, n_classes: usize) -> ConfusionMatrix {
        ConfusionMatrix::from_pairs(n_classes, self.pairs.iter().copied())
    }
}

/// A running count and that of the last whole epoch.
#[derive(Debug, Default)]
struct Counts {
    running: Counted,
    finished: Counted,
}

/// The metric; its clones count together.
#[derive(Clone)]
pub(super) struct Tally {
    name: MetricName,
    counts: Arc<Mutex<Counts>>,
    interrupter: Interrupter,
}

impl Tally {
    /// A tally that stops the training when the loss is no number any more.
    pub(super) fn new(name: &str, interrupter: Interrupter) -> Self {
        Self { name: Arc::new(name.to_owned()), counts: Arc::default(), interrupter }
    }

    /// What was counted in the last whole epoch.
    pub(super) fn finished(&self) -> Counted {
        self.lock().finished.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().expect("no thread panics while it counts")
    }
}

/// What a tally counts.
pub(super) struct TallyInput {
    loss: Tensor<1>,
    logits: Tensor<2>,
    targets: Tensor<1, Int>,
}

impl Adaptor<TallyInput> for ClassificationOutput {
    fn adapt(&self) -> TallyInput {
        TallyInput {
            loss: self.loss.clone(),
            logits: self.output.clone(),
            targets: self.targets.clone(),
        }
    }
}

impl Metric for Tally {
    type Input = TallyInput;

    fn name(&self) -> MetricName {
        self.name.clone()
    }

    fn update(
        &mut self,
        input: &TallyInput,
        metadata: &MetricMetadata,
    ) -> Result<SerializedEntry, TensorReadError> {
        let loss = input.loss.clone().try_into_scalar::<f64>()?;
        // Who stopped it already knows better why.
        if !loss.is_finite() && !self.interrupter.should_stop() {
            let step = metadata.iteration.unwrap_or_default();
            self.interrupter.stop(Some(&format!("the loss is {loss} at step {step}")));
        }
        let truths = input.targets.clone().try_into_vec_as::<i64>()?;
        let said = input.logits.clone().argmax(1).flatten::<1>(0, 1).try_into_vec_as::<i64>()?;
        let mut counts = self.lock();
        counts.running.loss_sum += loss * truths.len() as f64;
        counts.running.pairs.extend(
            truths.iter().zip(&said).map(|(truth, said)| (*truth as usize, *said as usize)),
        );
        Ok(self.entry(loss))
    }

    fn compute(&mut self) -> Result<SerializedEntry, TensorReadError> {
        let mean = self.lock().running.mean_loss();
        Ok(self.entry(mean))
    }

    /// Called at the end of each epoch, after [`Self::compute`].
    fn clear(&mut self) {
        let mut counts = self.lock();
        if !counts.running.pairs.is_empty() {
            counts.finished = std::mem::take(&mut counts.running);
        }
    }
}

impl Tally {
    fn entry(&self, loss: f64) -> SerializedEntry {
        SerializedEntry::new(format!("{loss:.4}"), format!("{loss}"))
    }
}
