//! P-values of several tests, adjusted for there being several.

/// Adjusted p-values that keep the chance of any false rejection at the level, whatever the tests'
/// dependence. In the order of `p_values`.
///
/// Source: S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
/// Statistics 6 (1979); R's `p.adjust(method = "holm")`.
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let n = p_values.len();
    let mut adjusted = vec![0.0; n];
    let mut largest: f64 = 0.0;
    for (rank, at) in ascending(p_values).into_iter().enumerate() {
        largest = largest.max(p_values[at] * (n - rank) as f64).min(1.0);
        adjusted[at] = largest;
    }
    adjusted
}

/// Adjusted p-values that keep the expected share of false among all rejections at the level, for
/// independent or positively dependent tests. In the order of `p_values`.
///
/// Source: Y. Benjamini and Y. Hochberg, Journal of the Royal Statistical Society B 57 (1995); R's
/// `p.adjust(method = "BH")`.
pub fn benjamini_hochberg(p_values: &[f64]) -> Vec<f64> {
    let n = p_values.len();
    let mut adjusted = vec![0.0; n];
    let mut smallest: f64 = 1.0;
    for (rank, at) in ascending(p_values).into_iter().enumerate().rev() {
        smallest = smallest.min(p_values[at] * n as f64 / (rank + 1) as f64);
        adjusted[at] = smallest;
    }
    adjusted
}

/// The places of the values, smallest first.
fn ascending(values: &[f64]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..values.len()).collect();
    places.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    places
}
