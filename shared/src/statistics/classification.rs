//! Scores of a classifier: accuracy, confusion matrix, precision, recall and F1.
//!
//! Definitions and the treatment of empty classes (a ratio without a denominator is 0) are those of
//! scikit-learn with `zero_division=0`.

use serde::{Deserialize, Serialize};

/// How often each class was taken for each class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfusionMatrix {
    n_classes: usize,
    /// `[n_classes, n_classes]`, row-major: rows are the truth, columns the prediction.
    counts: Vec<u64>,
}

/// The scores of one class.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ClassScores {
    /// Share of what was called this class that is of it.
    pub precision: f64,
    /// Share of this class that was called so.
    pub recall: f64,
    /// Harmonic mean of precision and recall.
    pub f1: f64,
    /// How many are of this class.
    pub support: u64,
}

impl ConfusionMatrix {
    /// Counts `(truth, predicted)` pairs of class indices.
    ///
    /// # Panics
    ///
    /// If an index is not below `n_classes`.
    pub fn from_pairs(n_classes: usize, pairs: impl IntoIterator<Item = (usize, usize)>) -> Self {
        let mut counts = vec![0; n_classes * n_classes];
        for (truth, predicted) in pairs {
            assert!(
                truth < n_classes && predicted < n_classes,
                "classes {truth} and {predicted} of {n_classes}"
            );
            counts[truth * n_classes + predicted] += 1;
        }
        Self { n_classes, counts }
    }

    /// Number of classes.
    pub fn n_classes(&self) -> usize {
        self.n_classes
    }

    /// How many of the class `truth` were called `predicted`.
    ///
    /// # Panics
    ///
    /// If an index is not below the number of classes.
    pub fn count(&self, truth: usize, predicted: usize) -> u64 {
        assert!(predicted < self.n_classes, "class {predicted} of {}", self.n_classes);
        self.row(truth)[predicted]
    }

    /// How often the class `truth` was called each class, `[n_classes]`.
    ///
    /// # Panics
    ///
    /// If `truth` is not below the number of classes.
    pub fn row(&self, truth: usize) -> &[u64] {
        &self.counts[truth * self.n_classes..][..self.n_classes]
    }

    /// Number of pairs.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Share of pairs that agree; 0 where there are none.
    pub fn accuracy(&self) -> f64 {
        let right: u64 = (0..self.n_classes).map(|class| self.count(class, class)).sum();
        ratio(right, self.total())
    }

    /// The scores of each class, in the order of the indices.
    pub fn per_class(&self) -> Vec<ClassScores> {
        (0..self.n_classes).map(|class| self.scores(class)).collect()
    }

    /// The mean of the scores of the classes that occur, true or predicted, each with the same weight (the *macro* average as
    /// scikit-learn has it: that there was nothing of a class to be found is no mistake); `support` is their sum. All zero
    /// where there is no class.
    pub fn macro_average(&self) -> ClassScores {
        let occurs = |class: &usize| {
            (0..self.n_classes)
                .any(|other| self.count(*class, other) + self.count(other, *class) > 0)
        };
        let scores: Vec<ClassScores> =
            (0..self.n_classes).filter(occurs).map(|class| self.scores(class)).collect();
        let n_classes = scores.len().max(1) as f64;
        let mean = |of: fn(&ClassScores) -> f64| scores.iter().map(of).sum::<f64>() / n_classes;
        ClassScores {
            precision: mean(|s| s.precision),
            recall: mean(|s| s.recall),
            f1: mean(|s| s.f1),
            support: self.total(),
        }
    }

    fn scores(&self, class: usize) -> ClassScores {
        let right = self.count(class, class);
        let support: u64 = self.row(class).iter().sum();
        let called: u64 = (0..self.n_classes).map(|truth| self.count(truth, class)).sum();
        ClassScores {
            precision: ratio(right, called),
            recall: ratio(right, support),
            f1: ratio(2 * right, support + called),
            support,
        }
    }
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by `tests/golden/statistics/generate.py` with scikit-learn.
    #[derive(Deserialize)]
    struct Golden {
        truth: Vec<usize>,
        predicted: Vec<usize>,
        confusion: Vec<Vec<u64>>,
        accuracy: f64,
        precision: Vec<f64>,
        recall: Vec<f64>,
        f1: Vec<f64>,
        support: Vec<u64>,
        #[serde(rename = "macro")]
        macro_average: [f64; 3],
    }

    #[test]
    fn agrees_with_scikit_learn() {
        let json = include_str!("../../../tests/golden/statistics/classification.json");
        let goldens: Vec<Golden> = serde_json::from_str(json).unwrap();
        assert_eq!(goldens.len(), 4);
        for golden in goldens {
            let pairs = golden.truth.iter().copied().zip(golden.predicted.iter().copied());
            let matrix = ConfusionMatrix::from_pairs(golden.confusion.len(), pairs);
            for (class, row) in golden.confusion.iter().enumerate() {
                assert_eq!(matrix.row(class), row);
            }
            // Ratios of small whole numbers: only the last bits may differ.
            let same = |a: f64, b: f64| assert!((a - b).abs() < 1e-14, "{a} and {b}");
            same(matrix.accuracy(), golden.accuracy);
            for (class, scores) in matrix.per_class().iter().enumerate() {
                same(scores.precision, golden.precision[class]);
                same(scores.recall, golden.recall[class]);
                same(scores.f1, golden.f1[class]);
                assert_eq!(scores.support, golden.support[class]);
            }
            let mean = matrix.macro_average();
            same(mean.precision, golden.macro_average[0]);
            same(mean.recall, golden.macro_average[1]);
            same(mean.f1, golden.macro_average[2]);
        }
    }

    #[test]
    fn nothing_gives_zero_and_no_nan() {
        let matrix = ConfusionMatrix::from_pairs(2, []);
        assert_eq!(matrix.accuracy(), 0.0);
        assert_eq!(matrix.macro_average().f1, 0.0);
        assert_eq!(ConfusionMatrix::from_pairs(0, []).macro_average().precision, 0.0);
    }

    #[test]
    #[should_panic(expected = "classes 0 and 2 of 2")]
    fn an_unknown_class_is_a_mistake() {
        ConfusionMatrix::from_pairs(2, [(0, 2)]);
    }
}
