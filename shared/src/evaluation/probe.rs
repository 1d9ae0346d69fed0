//! The linear probe: how well a straight line through the embedding tells genres apart (Alain and
//! Bengio, "Understanding intermediate layers using linear classifier probes", 2016).
//!
//! Multinomial logistic regression: `P(class | x) = softmax(W x + b)`, fitted to the train split by
//! minimising `sum of -ln P(truth) + ||W||^2 / (2 C)` with `C = 1`; the intercepts `b` are free. Values are
//! first brought to mean 0 and standard deviation 1 over the train split, so that the penalty treats
//! them alike. It is scikit-learn's `LogisticRegression(C=1)` after `StandardScaler`, and agrees with it.

use super::lbfgs::minimize;
use super::measure::Measure;
use super::resample::SongData;

/// Weight of the data against the penalty.
const C: f64 = 1.0;

/// A fitted probe.
#[derive(Debug, Clone)]
pub struct LinearProbe {
    dim: usize,
    n_classes: usize,
    mean: Vec<f64>,
    scale: Vec<f64>,
    /// `[n_classes, dim + 1]`: each row the weights of a class and its intercept.
    weights: Vec<f64>,
}

impl LinearProbe {
    /// Fits a probe to vectors, each of one class.
    ///
    /// # Errors
    ///
    /// If there are fewer than two classes among them, or the search does not end.
    ///
    /// # Panics
    ///
    /// If there are not as many classes as vectors, vectors differ in length, or a class is not below
    /// `n_classes`.
    pub fn fit(
        vectors: &[&[f32]],
        classes: &[usize],
        n_classes: usize,
    ) -> Result<Self, ProbeError> {
        assert_eq!(vectors.len(), classes.len(), "one class a vector");
        assert!(classes.iter().all(|class| *class < n_classes), "classes below {n_classes}");
        let met = (0..n_classes).filter(|class| classes.contains(class)).count();
        if met < 2 {
            return Err(ProbeError::TooFewClasses { n_songs: vectors.len(), n_classes: met });
        }
        let dim = vectors.first().map_or(0, |vector| vector.len());
        let (mean, scale) = standard(vectors, dim);
        let mut probe = Self { dim, n_classes, mean, scale, weights: Vec::new() };
        let rows: Vec<Vec<f64>> = vectors.iter().map(|vector| probe.row(vector)).collect();
        let start = vec![0.0; n_classes * (dim + 1)];
        let tolerance = 1e-9 * vectors.len() as f64;
        let found = minimize(start, tolerance, |weights, gradient| {
            loss((&rows, classes), (n_classes, dim), weights, gradient)
        });
        if found.steepest > 1e-5 * vectors.len() as f64 {
            return Err(ProbeError::NoEnd { steepest: found.steepest });
        }
        probe.weights = found.at;
        Ok(probe)
    }

    /// The probability of each class, `[n_classes]`.
    ///
    /// # Panics
    ///
    /// If the vector is of another length.
    pub fn probabilities(&self, vector: &[f32]) -> Vec<f64> {
        let row = self.row(vector);
        let mut probabilities = vec![0.0; self.n_classes];
        softmax(&self.weights, &row, &mut probabilities);
        probabilities
    }

    /// The most probable class, the first among equals.
    ///
    /// # Panics
    ///
    /// As [`Self::probabilities`].
    pub fn predict(&self, vector: &[f32]) -> usize {
        let probabilities = self.probabilities(vector);
        let better = |best: usize, at: usize| {
            if probabilities[at] > probabilities[best] { at } else { best }
        };
        (1..self.n_classes).fold(0, better)
    }

    /// The scaled vector, and 1 for the intercept.
    fn row(&self, vector: &[f32]) -> Vec<f64> {
        assert_eq!(vector.len(), self.dim, "a vector for a probe of {}", self.dim);
        let scaled = vector
            .iter()
            .zip(self.mean.iter().zip(&self.scale))
            .map(|(value, (mean, scale))| (f64::from(*value) - mean) / scale);
        scaled.chain([1.0]).collect()
    }
}

/// Mean and standard deviation of each value; one that never varies is left as it is.
fn standard(vectors: &[&[f32]], dim: usize) -> (Vec<f64>, Vec<f64>) {
    let n = vectors.len() as f64;
    let of = |at: usize| vectors.iter().map(move |vector| f64::from(vector[at]));
    let mean: Vec<f64> = (0..dim).map(|at| of(at).sum::<f64>() / n).collect();
    let deviation = |at: usize| {
        let variance = of(at).map(|value| (value - mean[at]).powi(2)).sum::<f64>() / n;
        // As scikit-learn: what is only rounding is no variance.
        let rounding = n * f64::EPSILON * variance + (n * f64::EPSILON * mean[at]).powi(2);
        let is_constant = variance <= rounding;
        if is_constant { 1.0 } else { variance.sqrt() }
    };
    let scale = (0..dim).map(deviation).collect();
    (mean, scale)
}

/// Softmax of the classes' scores, in place.
fn softmax(weights: &[f64], row: &[f64], out: &mut [f64]) {
    for (own, weights) in out.iter_mut().zip(weights.chunks_exact(row.len())) {
        *own = weights.iter().zip(row).map(|(weight, value)| weight * value).sum();
    }
    let most = out.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    out.iter_mut().for_each(|own| *own = (*own - most).exp());
    let sum: f64 = out.iter().sum();
    out.iter_mut().for_each(|own| *own /= sum);
}

/// The penalised loss and its gradient.
fn loss(
    (rows, classes): (&[Vec<f64>], &[usize]),
    (n_classes, dim): (usize, usize),
    weights: &[f64],
    gradient: &mut [f64],
) -> f64 {
    gradient.fill(0.0);
    let mut total = 0.0;
    let mut probabilities = vec![0.0; n_classes];
    for (row, class) in rows.iter().zip(classes) {
        softmax(weights, row, &mut probabilities);
        total -= probabilities[*class].max(f64::MIN_POSITIVE).ln();
        probabilities[*class] -= 1.0;
        for (error, own) in probabilities.iter().zip(gradient.chunks_exact_mut(dim + 1)) {
            own.iter_mut().zip(row).for_each(|(own, value)| *own += error * value);
        }
    }
    for (weights, own) in weights.chunks_exact(dim + 1).zip(gradient.chunks_exact_mut(dim + 1)) {
        for (weight, own) in weights[..dim].iter().zip(own) {
            total += 0.5 / C * weight * weight;
            *own += weight / C;
        }
    }
    total
}

/// Accuracy and macro F1 of predictions, as data of songs.
pub fn probe_scores(
    n_classes: usize,
    pairs: Vec<Option<(usize, usize)>>,
    [accuracy, macro_f1]: [Measure; 2],
) -> [(Measure, SongData); 2] {
    let right = |(truth, said): (usize, usize)| f64::from(u8::from(truth == said));
    let values = pairs.iter().map(|pair| pair.map(right)).collect();
    [(accuracy, SongData::Values(values)), (macro_f1, SongData::Predictions { n_classes, pairs })]
}

/// Why there is no probe.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// Nothing to tell apart.
    #[error(
        "a probe needs songs of two genres to learn from; the train split has {n_songs} songs with an \
         embedding, of {n_classes} genres"
    )]
    TooFewClasses {
        /// Songs.
        n_songs: usize,
        /// Their genres.
        n_classes: usize,
    },
    /// The search did not come to its end.
    #[error("the probe could not be fitted (gradient {steepest:e}); are the embeddings extreme?")]
    NoEnd {
        /// The largest part of the gradient where it ended.
        steepest: f64,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    /// Made by `tests/golden/evaluation/generate.py` with scikit-learn.
    #[derive(Deserialize)]
    struct Golden {
        n_classes: usize,
        train: Vec<Vec<f32>>,
        classes: Vec<usize>,
        test: Vec<Vec<f32>>,
        probabilities: Vec<Vec<f64>>,
        predicted: Vec<usize>,
        coefficients: Vec<Vec<f64>>,
    }

    fn fit(golden: &Golden) -> LinearProbe {
        let train: Vec<&[f32]> = golden.train.iter().map(Vec::as_slice).collect();
        LinearProbe::fit(&train, &golden.classes, golden.n_classes).unwrap()
    }

    /// One set has a value that never varies, one can be told apart without an error.
    #[test]
    fn agrees_with_scikit_learn() {
        let json = include_str!("../../../tests/golden/evaluation/probes.json");
        let goldens: Vec<Golden> = serde_json::from_str(json).unwrap();
        assert_eq!(goldens.len(), 3);
        for golden in goldens {
            let probe = fit(&golden);
            for (class, row) in golden.coefficients.iter().enumerate() {
                let own = &probe.weights[class * (probe.dim + 1)..][..probe.dim];
                for (got, expected) in own.iter().zip(row) {
                    assert!((got - expected).abs() < 1e-6, "class {class}: {got}, {expected}");
                }
            }
            for (at, vector) in golden.test.iter().enumerate() {
                let got = probe.probabilities(vector);
                for (got, expected) in got.iter().zip(&golden.probabilities[at]) {
                    assert!((got - expected).abs() < 1e-6, "song {at}: {got}, {expected}");
                }
                assert_eq!(probe.predict(vector), golden.predicted[at]);
            }
        }
    }

    #[test]
    fn the_gradient_is_that_of_the_loss() {
        let rows = vec![vec![0.3, -1.0, 1.0], vec![2.0, 0.4, 1.0], vec![-0.7, 0.1, 1.0]];
        let classes = [0, 2, 1];
        let weights: Vec<f64> = (0..9).map(|at| (at as f64 * 0.7).sin()).collect();
        let value = |weights: &[f64]| {
            let mut gradient = vec![0.0; 9];
            (loss((&rows, &classes), (3, 2), weights, &mut gradient), gradient)
        };
        let (_, gradient) = value(&weights);
        for at in 0..9 {
            let near = |by: f64| {
                let mut own = weights.clone();
                own[at] += by;
                value(&own).0
            };
            let slope = (near(1e-5) - near(-1e-5)) / 2e-5;
            assert!((slope - gradient[at]).abs() < 1e-8, "{at}: {slope}, {}", gradient[at]);
        }
    }

    #[test]
    fn one_genre_is_refused() {
        let error = LinearProbe::fit(&[&[1.0], &[2.0]], &[1, 1], 3).unwrap_err().to_string();
        assert!(error.contains("2 songs") && error.contains("of 1 genres"), "{error}");
    }
}
