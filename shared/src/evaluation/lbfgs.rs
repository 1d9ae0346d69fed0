//! Minimising a smooth convex function of many values: L-BFGS (Nocedal, "Updating quasi-Newton
//! matrices with limited storage", 1980) with a backtracking line search (Armijo, 1966).
//!
//! Nothing is random and sums have one order, so that the same input gives the same result.

/// Pairs of steps and changes of the gradient that are remembered.
const MEMORY: usize = 12;

/// Steps at most.
const MOST_STEPS: usize = 5000;

/// Where the search ended.
#[derive(Debug)]
pub(super) struct Minimum {
    pub(super) at: Vec<f64>,
    /// The largest part of the gradient there.
    pub(super) steepest: f64,
}

/// Searches from `start` until no part of the gradient is above `tolerance`, or no step gains any
/// more. `function` gives the value and writes the gradient.
pub(super) fn minimize(
    start: Vec<f64>,
    tolerance: f64,
    function: impl Fn(&[f64], &mut [f64]) -> f64,
) -> Minimum {
    let mut at = start;
    let mut gradient = vec![0.0; at.len()];
    let mut value = function(&at, &mut gradient);
    let mut memory: Vec<(Vec<f64>, Vec<f64>)> = Vec::new();
    for _ in 0..MOST_STEPS {
        if steepest(&gradient) <= tolerance {
            break;
        }
        let direction = direction(&gradient, &memory);
        let slope = dot(&gradient, &direction);
        let Some((next, next_value, next_gradient)) =
            step((&at, value, slope), &direction, &function)
        else {
            break;
        };
        let moved = difference(&next, &at);
        let turned = difference(&next_gradient, &gradient);
        if dot(&moved, &turned) > 0.0 {
            if memory.len() == MEMORY {
                memory.remove(0);
            }
            memory.push((moved, turned));
        }
        (at, value, gradient) = (next, next_value, next_gradient);
    }
    Minimum { steepest: steepest(&gradient), at }
}

/// Downhill, by the two-loop recursion.
fn direction(gradient: &[f64], memory: &[(Vec<f64>, Vec<f64>)]) -> Vec<f64> {
    let mut direction: Vec<f64> = gradient.iter().map(|own| -own).collect();
    let mut shares = vec![0.0; memory.len()];
    for (share, (moved, turned)) in shares.iter_mut().zip(memory).rev() {
        *share = dot(moved, &direction) / dot(moved, turned);
        add(&mut direction, -*share, turned);
    }
    // Without a memory the first step is of length 1.
    let scale = match memory.last() {
        Some((moved, turned)) => dot(moved, turned) / dot(turned, turned),
        None => 1.0 / dot(gradient, gradient).sqrt(),
    };
    direction.iter_mut().for_each(|own| *own *= scale);
    for (share, (moved, turned)) in shares.iter().zip(memory) {
        let back = dot(turned, &direction) / dot(moved, turned);
        add(&mut direction, share - back, moved);
    }
    direction
}

type Found = (Vec<f64>, f64, Vec<f64>);

/// Halves the step until it gains enough; `None` where none does, as at the end of what floating
/// point can tell apart.
fn step(
    (at, value, slope): (&[f64], f64, f64),
    direction: &[f64],
    function: &impl Fn(&[f64], &mut [f64]) -> f64,
) -> Option<Found> {
    let mut length = 1.0;
    let mut gradient = vec![0.0; at.len()];
    for _ in 0..60 {
        let mut next = at.to_vec();
        add(&mut next, length, direction);
        let next_value = function(&next, &mut gradient);
        if next_value < value && next_value <= value + 1e-4 * length * slope {
            return Some((next, next_value, gradient));
        }
        length *= 0.5;
    }
    None
}

fn steepest(gradient: &[f64]) -> f64 {
    gradient.iter().fold(0.0, |most: f64, own| most.max(own.abs()))
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add(to: &mut [f64], factor: f64, what: &[f64]) {
    to.iter_mut().zip(what).for_each(|(to, what)| *to += factor * what);
}

fn difference(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A bowl a thousand times as steep in one direction as in another.
    #[test]
    fn a_narrow_valley_is_followed_to_its_end() {
        let steep = |at: usize| 10f64.powi(at as i32 % 4);
        let found = minimize(vec![5.0; 20], 1e-9, |at, gradient| {
            for (own, place) in gradient.iter_mut().enumerate() {
                *place = steep(own) * (at[own] - own as f64);
            }
            (0..20).map(|own| 0.5 * steep(own) * (at[own] - own as f64).powi(2)).sum()
        });
        assert!(found.steepest <= 1e-9);
        for (own, value) in found.at.iter().enumerate() {
            assert!((value - own as f64).abs() < 1e-8, "{own}: {value}");
        }
    }

    #[test]
    fn a_flat_function_stays_where_it_is() {
        let found = minimize(vec![1.0, 2.0], 1e-9, |_, gradient| {
            gradient.fill(0.0);
            3.0
        });
        assert_eq!((found.at, found.steepest), (vec![1.0, 2.0], 0.0));
    }
}
