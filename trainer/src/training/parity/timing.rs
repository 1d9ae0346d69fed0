//! How long a step takes: the statistic of `benches/peers/train_step.py`, so that both can be set side by side.

use std::time::{Duration, Instant};

/// Steps before those that count: programs of a card are compiled in them, and memory is taken.
const N_WARM_UP: usize = 4;
/// Steps that count, at least.
const LEAST_STEPS: usize = 10;
/// How long those take together, at least.
const LEAST_TIME: Duration = Duration::from_secs(1);

/// The median in milliseconds of a step, which makes the next state of one, and the last state.
pub(super) fn median_ms<S, E>(
    mut state: S,
    mut step: impl FnMut(S) -> Result<S, E>,
) -> Result<(f64, S), E> {
    for _ in 0..N_WARM_UP {
        state = step(state)?;
    }
    let (mut times, all_begun) = (Vec::new(), Instant::now());
    while times.len() < LEAST_STEPS || all_begun.elapsed() < LEAST_TIME {
        let begun = Instant::now();
        state = step(state)?;
        times.push(begun.elapsed());
    }
    Ok((1e3 * median(times).as_secs_f64(), state))
}

/// The middle one, or the mean of the two in the middle.
fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    let middle = times.len() / 2;
    if times.len() % 2 == 1 { times[middle] } else { (times[middle - 1] + times[middle]) / 2 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        let of = |ms: &[u64]| median(ms.iter().map(|ms| Duration::from_millis(*ms)).collect());
        assert_eq!(of(&[3, 1, 9]), Duration::from_millis(3));
        assert_eq!(of(&[3, 1, 9, 4]), Duration::from_micros(3500));
    }

    #[test]
    fn steps_count_after_some_until_both_are_reached() {
        let begun = Instant::now();
        let slow_at_first = |n: usize| -> Result<usize, ()> {
            std::thread::sleep(Duration::from_millis(if n < N_WARM_UP { 300 } else { 20 }));
            Ok(n + 1)
        };
        let (ms, n_steps) = median_ms(0, slow_at_first).unwrap();
        assert!(n_steps >= N_WARM_UP + LEAST_STEPS, "{n_steps}");
        assert!((20.0..300.0).contains(&ms), "{ms}");
        assert!(begun.elapsed() >= Duration::from_millis(1200) + LEAST_TIME);
        let fails = |n: usize| if n == 7 { Err("gone") } else { Ok(n + 1) };
        assert_eq!(median_ms(0, fails), Err("gone"));
    }
}
