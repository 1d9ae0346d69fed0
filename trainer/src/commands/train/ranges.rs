//! The values that the options of `segue train` take: what is out of range is refused where it is read, on the
//! command line as in a file.

use std::str::FromStr;

/// Step size of Adam. Larger ones than 1 are none that anything is learnt with, and warm-up takes none of them.
pub(super) fn step_size(text: &str) -> Result<f64, String> {
    number(text, "a number above 0 and at most 1, such as 0.001", |size| {
        *size > 0.0 && *size <= 1.0
    })
}

/// Share that dropout silences. What is left is scaled up, so that something must be.
pub(super) fn dropout_share(text: &str) -> Result<f64, String> {
    number(text, "a number from 0 to less than 1, such as 0.3", |share| (0.0..1.0).contains(share))
}

/// Weight of what keeps weights small; 0 is none of it.
pub(super) fn weight<T: FromStr + Copy + Into<f64>>(text: &str) -> Result<T, String> {
    number(text, "0 or a larger number, such as 0.01", |weight: &T| {
        let weight: f64 = (*weight).into();
        weight >= 0.0 && weight.is_finite()
    })
}

fn number<T: FromStr>(text: &str, range: &str, is_in: impl Fn(&T) -> bool) -> Result<T, String> {
    let value = text.parse().ok().filter(is_in);
    value.ok_or_else(|| format!("expected {range}, got '{text}'"))
}

#[cfg(test)]
mod tests {
    use super::super::Args;
    use super::super::line::Line;
    use clap::Parser;

    fn read(own: &[&str]) -> Result<Args, String> {
        let line = ["train", "--data", "d", "--model", "multimodal", "--out", "o"];
        let line = Line::try_parse_from([&line[..], own].concat());
        line.map(|line| line.args).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_out_of_range_is_refused_with_the_option_and_the_range() {
        let (above_0, below_1, not_negative) =
            ("above 0 and at most 1", "from 0 to less than 1", "0 or a larger number");
        for (option, range, values) in [
            ("--learning-rate", above_0, ["-1", "0", "5", "nan", "inf", "fast"].as_slice()),
            ("--text-learning-rate", above_0, &["-1", "0", "5", "nan", "inf", "fast"]),
            ("--dropout", below_1, &["-1", "-0.1", "1", "1.5", "nan", "half"]),
            ("--weight-decay", not_negative, &["-1", "-0.01", "nan", "inf", "1e39"]),
            ("--l2", not_negative, &["-1", "nan", "inf", "little"]),
            ("--epochs", "is not in 1..", &["0"]),
        ] {
            for value in values {
                for own in [&[&*format!("{option}={value}")][..], &[option, value]] {
                    let error = read(own).unwrap_err();
                    let told = error.contains(option) && error.contains(range);
                    assert!(told && error.contains(value), "{own:?}: {error}");
                }
            }
        }
    }

    #[test]
    fn the_ends_of_ranges_are_taken() {
        for own in [
            ["--learning-rate", "1"],
            ["--learning-rate", "1e-300"],
            ["--text-learning-rate", "1"],
            ["--dropout", "0"],
            ["--dropout", "0.999"],
            ["--weight-decay", "0"],
            ["--weight-decay", "3e38"],
            ["--l2", "0"],
            ["--epochs", "1"],
        ] {
            read(&own).unwrap_or_else(|error| panic!("{own:?}: {error}"));
        }
        let decay = read(&["--weight-decay", "0.1"]).unwrap().weight_decay;
        assert_eq!(decay, Some(0.1_f32));
    }
}
