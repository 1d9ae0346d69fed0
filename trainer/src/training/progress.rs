//! What the user sees while a network is trained.

use super::history::Epoch;
use burn::train::Interrupter;
use burn::train::logger::{EvaluationProgressLogger, TrainingProgressLogger};
use burn::train::metric::MetricDefinition;
use burn::train::renderer::tui::TuiMetricsRendererWrapper;
use burn::train::renderer::{
    EvaluationName, MetricState, MetricsRenderer, MetricsRendererEvaluation,
    MetricsRendererTraining,
};
use indicatif::{ProgressBar, ProgressStyle};
use std::time::Duration;

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ProgressKind {
    /// A dashboard in the terminal.
    Tui,
    /// A bar and one line an epoch.
    Plain,
    /// Nothing.
    None,
}

impl ProgressKind {
    /// burn-train's renderer of that kind; `epochs_done` epochs lie behind.
    pub(super) fn renderer(
        self,
        interrupter: Interrupter,
        epochs_done: Option<usize>,
    ) -> Box<dyn MetricsRenderer> {
        match self {
            Self::Tui => {
                let wish = Interrupter::new();
                pass_on(wish.clone(), interrupter);
                Box::new(TuiMetricsRendererWrapper::new(wish, epochs_done))
            }
            Self::Plain => Box::new(Plain { bar: ProgressBar::new(0), epoch: 0, n_epochs: 0 }),
            Self::None => Box::new(Plain { bar: ProgressBar::hidden(), epoch: 0, n_epochs: 0 }),
        }
    }

    /// A bar for work outside of burn-train's loop.
    pub(crate) fn bar(self, what: String, n: usize) -> ProgressBar {
        let bar = match self {
            Self::Plain => ProgressBar::new(n as u64),
            Self::Tui | Self::None => return ProgressBar::hidden(),
        };
        let style =
            ProgressStyle::with_template("{prefix} {bar:32} {pos}/{len}, {per_sec}, {eta} left")
                .expect("a well-formed template");
        bar.with_style(style).with_prefix(what)
    }

    /// Says an epoch's results.
    pub(super) fn say(self) -> Box<dyn Fn(&Epoch) + Send + Sync> {
        match self {
            Self::Plain => Box::new(|epoch| println!("{}", line(epoch))),
            Self::Tui | Self::None => Box::new(|_| {}),
        }
    }
}

/// Passes the dashboard's wish to stop on to the training.
///
/// The dashboard resets its interrupter when training ends, and would have a stop, a loss that is no
/// number or a full disk forgotten if that were the training's own.
fn pass_on(wish: Interrupter, training: Interrupter) {
    std::thread::spawn(move || {
        while !training.should_stop() {
            if wish.should_stop() {
                training.stop(Some("q in the dashboard"));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    });
}

fn line(epoch: &Epoch) -> String {
    let Epoch { epoch, train, validation } = epoch;
    format!(
        "epoch {epoch:>3}   train: loss {:.4}, accuracy {:5.1} %   validation: loss {:.4}, accuracy \
         {:5.1} %, F1 {:.3}",
        train.loss,
        100.0 * train.accuracy,
        validation.loss,
        100.0 * validation.accuracy,
        validation.macro_f1,
    )
}

/// A bar over the rows of each split.
struct Plain {
    bar: ProgressBar,
    epoch: usize,
    n_epochs: usize,
}

impl TrainingProgressLogger for Plain {
    fn start(
        &mut self,
        total_epochs: usize,
        starting_epoch: usize,
        _total_items: Option<usize>,
        _label: Option<&str>,
    ) {
        (self.epoch, self.n_epochs) = (starting_epoch, total_epochs);
        let template = "{prefix} {bar:32} {pos}/{len} slices, {per_sec}, {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style);
        }
    }

    fn update_epoch(&mut self, epoch: usize) {
        self.epoch = epoch + 1;
    }

    fn start_split(&mut self, split: &str, total_items: usize) {
        self.bar.reset();
        self.bar.set_length(total_items as u64);
        self.bar.set_prefix(format!("epoch {}/{}, {split}", self.epoch, self.n_epochs));
    }

    fn update_split(&mut self, items_processed: usize) {
        self.bar.set_position(items_processed as u64);
    }

    fn end_split(&mut self) {
        self.bar.finish_and_clear();
    }

    fn end(&mut self) {
        self.bar.finish_and_clear();
    }

    fn log_event_training(&mut self, _event: String) {}
}

impl EvaluationProgressLogger for Plain {
    fn start_global_progress(&mut self, _total_tests: usize) {}

    fn start_test(&mut self, _name: &str, _total_items: usize) {}

    fn update_test_progress(&mut self, _items_processed: usize) {}

    fn end_test(&mut self) {}

    fn end_global_progress(&mut self) {}

    fn log_event_evaluation(&mut self, _event: String) {}
}

impl MetricsRendererTraining for Plain {
    fn update_train(&mut self, _state: MetricState) {}

    fn update_valid(&mut self, _state: MetricState) {}
}

impl MetricsRendererEvaluation for Plain {
    fn update_test(&mut self, _name: EvaluationName, _state: MetricState) {}
}

impl MetricsRenderer for Plain {
    fn manual_close(&mut self) {}

    fn register_metric(&mut self, _definition: MetricDefinition) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_dashboard_forgets_the_training_remembers() {
        let (wish, training) = (Interrupter::new(), Interrupter::new());
        pass_on(wish.clone(), training.clone());
        wish.stop(None);
        let begun = std::time::Instant::now();
        while !training.should_stop() {
            assert!(begun.elapsed() < Duration::from_secs(10), "the wish was not passed on");
            std::thread::sleep(Duration::from_millis(5));
        }
        wish.reset();
        let reason = training.interruption().and_then(|stop| stop.reason);
        assert_eq!(reason.as_deref(), Some("q in the dashboard"));
    }
}
