//! Confusion matrices.

use super::svg::{Anchor, Svg, TextStyle, ink};
use crate::statistics::ConfusionMatrix;

const CELL: f64 = 84.0;
const LEFT: f64 = 120.0;
const TOP: f64 = 96.0;

/// Numbers stand on the shade of their cell, which is the same on a dark device; hence a colour that
/// is not among those that change there.
const NUMBER: &str = "#1c1a18";

/// Draws a confusion matrix: a row a true class, a column a predicted one; the shade is the share of
/// the row, the numbers are counts.
///
/// # Panics
///
/// If there are not as many names as classes.
pub fn confusion_matrix(matrix: &ConfusionMatrix, classes: &[String]) -> String {
    titled_confusion_matrix("True and predicted genre", matrix, classes)
}

/// As [`confusion_matrix`] under a title of its own, where several stand in one page.
pub(super) fn titled_confusion_matrix(
    title: &str,
    matrix: &ConfusionMatrix,
    classes: &[String],
) -> String {
    assert_eq!(matrix.n_classes(), classes.len(), "names of the classes");
    let n = classes.len();
    let side = CELL * n as f64;
    let mut svg = Svg::themed(LEFT + side + 24.0, TOP + side + 24.0);
    let heading = TextStyle { size: 16.0, ..TextStyle::LABEL }.coloured(ink::TEXT);
    svg.text((24.0, 28.0), title, heading.anchored(Anchor::Start));
    svg.text((LEFT + side / 2.0, 60.0), "predicted", TextStyle::LABEL);
    svg.text((28.0, TOP + side / 2.0), "true", TextStyle { upright: false, ..TextStyle::LABEL });
    for (at, class) in classes.iter().enumerate() {
        let middle = (at as f64 + 0.5) * CELL;
        svg.text((LEFT + middle, TOP - 12.0), class, TextStyle::LABEL.coloured(ink::TEXT));
        let style = TextStyle::LABEL.anchored(Anchor::End).coloured(ink::TEXT);
        svg.text((LEFT - 12.0, TOP + middle + 4.0), class, style);
    }
    for truth in 0..n {
        for predicted in 0..n {
            draw_cell(&mut svg, matrix, (truth, predicted));
        }
    }
    svg.finish(title, &finding(matrix, classes))
}

fn draw_cell(svg: &mut Svg, matrix: &ConfusionMatrix, (truth, predicted): (usize, usize)) {
    let count = matrix.count(truth, predicted);
    let share = share_of_row(matrix, truth, predicted);
    let corner = (LEFT + predicted as f64 * CELL, TOP + truth as f64 * CELL);
    svg.cell(corner, CELL - 2.0, &shade(share));
    let middle = (corner.0 + CELL / 2.0 - 1.0, corner.1 + CELL / 2.0);
    let style = TextStyle::LABEL.coloured(NUMBER);
    svg.text((middle.0, middle.1 - 2.0), &count.to_string(), TextStyle { size: 18.0, ..style });
    svg.text((middle.0, middle.1 + 18.0), &format!("{:.0} %", 100.0 * share), style);
}

fn share_of_row(matrix: &ConfusionMatrix, truth: usize, predicted: usize) -> f64 {
    let of_row: u64 = (0..matrix.n_classes()).map(|said| matrix.count(truth, said)).sum();
    if of_row == 0 { 0.0 } else { matrix.count(truth, predicted) as f64 / of_row as f64 }
}

/// From paper (0) to Okabe and Ito's sky blue (1), on which dark numbers have a contrast of 7; on a darker blue neither dark
/// nor pale ones would be legible at every share.
fn shade(share: f64) -> String {
    let mix = |paper: f64, blue: f64| (paper + share * (blue - paper)).round() as u8;
    format!("#{:02x}{:02x}{:02x}", mix(240.0, 86.0), mix(236.0, 180.0), mix(228.0, 233.0))
}

fn finding(matrix: &ConfusionMatrix, classes: &[String]) -> String {
    let pairs = (0..classes.len())
        .flat_map(|truth| (0..classes.len()).map(move |said| (truth, said)))
        .filter(|(truth, said)| truth != said);
    let worst =
        pairs.max_by_key(|&(truth, said)| (matrix.count(truth, said), std::cmp::Reverse(truth)));
    let mut text = format!("{:.1} % are named right.", 100.0 * matrix.accuracy());
    if let Some((truth, said)) = worst
        && matrix.count(truth, said) > 0
    {
        text += &format!(
            " Most often confused: {} taken for {}, {} times.",
            classes[truth],
            classes[said],
            matrix.count(truth, said)
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_confusion_is_told() {
        let pairs = [(0, 0), (0, 1), (0, 1), (1, 1)];
        let matrix = ConfusionMatrix::from_pairs(2, pairs);
        let svg = confusion_matrix(&matrix, &["pop".into(), "R&B".into()]);
        assert!(svg.contains("50.0 % are named right."), "{svg}");
        assert!(svg.contains("pop taken for R&amp;B, 2 times"), "{svg}");
    }
}
