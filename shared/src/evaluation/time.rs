//! Times of a listening history: numbers, or dates as ISO 8601 writes them.

/// Seconds of a time: a number (taken as it is, whatever its unit) or `2026-11-24`,
/// `2026-11-24 18:52`, `2026-11-24T18:52:43.5Z`, `2026-11-24T18:52:43+01:00`.
pub(super) fn seconds(text: &str) -> Option<f64> {
    let text = text.trim();
    if let Ok(number) = text.parse::<f64>() {
        return number.is_finite().then_some(number);
    }
    let (date, clock) = match text.find(['T', ' ']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    Some(days(date)? * 86_400.0 + clock.map_or(Some(0.0), of_day)?)
}

/// Days since 1 January 1970 in the Gregorian calendar (H. Hinnant, "chrono-compatible low-level date
/// algorithms", 2013).
fn days(date: &str) -> Option<f64> {
    let parts: Vec<i64> = date.split('-').map(whole).collect::<Option<_>>()?;
    let [year, month, day] = parts[..] else { return None };
    let long = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = long.get(usize::try_from(month).ok()?.checked_sub(1)?)?;
    let length = if month == 2 && is_leap { 29 } else { *length };
    if !(1..=length).contains(&day) {
        return None;
    }
    // Years begin in March, so that the leap day is their last.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    Some((era * 146_097 + day_of_era - 719_468) as f64)
}

/// Seconds since midnight, UTC.
fn of_day(clock: &str) -> Option<f64> {
    let clock = clock.strip_suffix('Z').unwrap_or(clock);
    let (clock, shift) = match clock.find(['+', '-']) {
        Some(at) => {
            let sign = if clock[at..].starts_with('-') { -1.0 } else { 1.0 };
            (&clock[..at], sign * hours_minutes(&clock[at + 1..])?)
        }
        None => (clock, 0.0),
    };
    let (minutes, seconds) = match clock.match_indices(':').nth(1) {
        Some((at, _)) => (&clock[..at], &clock[at + 1..]),
        None => (clock, "0"),
    };
    let is_number = seconds.chars().all(|own| own.is_ascii_digit() || own == '.');
    let seconds =
        seconds.parse::<f64>().ok().filter(|own| is_number && (0.0..61.0).contains(own))?;
    Some(hours_minutes(minutes)? + seconds - shift)
}

fn hours_minutes(text: &str) -> Option<f64> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes) = (whole(hours)?, whole(minutes)?);
    let fits = (0..24).contains(&hours) && (0..60).contains(&minutes);
    fits.then(|| (hours * 3600 + minutes * 60) as f64)
}

fn whole(text: &str) -> Option<i64> {
    let fits = !text.is_empty() && text.chars().all(|own| own.is_ascii_digit());
    if fits { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of Python's `datetime.fromisoformat(...).timestamp()`, in UTC.
    #[test]
    fn dates_are_those_of_python() {
        for (text, expected) in [
            ("12.5", 12.5),
            ("-3", -3.0),
            ("1970-01-01", 0.0),
            ("2026-11-24 18:52", 1_795_546_320.0),
            ("2026-11-24T18:52:43.5Z", 1_795_546_363.5),
            ("2026-11-24T18:52:43+01:00", 1_795_542_763.0),
            ("2000-02-29T00:00:00", 951_782_400.0),
            ("1969-12-31T23:59:59", -1.0),
        ] {
            assert_eq!(seconds(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "yesterday",
            "NaN",
            "inf",
            "2026-13-01",
            "2026-02-29",
            "2026-1",
            "2026-01-01T25:00",
            "2026-01-01T10:00:x",
            "2026-01-01T",
            "2026-01-01T1:0:-1",
            "24/11/2026",
        ] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
