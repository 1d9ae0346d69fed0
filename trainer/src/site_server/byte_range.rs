//! The header `Range` (RFC 9110, section 14.1).

/// Which bytes of a file are wanted.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ByteRange {
    /// All; also for a header that is none of ours, or that asks for several parts.
    Whole,
    /// Some.
    Part {
        /// The first byte.
        start: u64,
        /// How many, at least one.
        n_bytes: u64,
    },
    /// None of those that there are.
    Outside,
}

impl ByteRange {
    /// Reads the header for a file of `n_bytes`.
    pub(super) fn parse(header: Option<&str>, n_bytes: u64) -> Self {
        let Some(range) = header.and_then(|header| header.trim().strip_prefix("bytes=")) else {
            return Self::Whole;
        };
        let Some((first, last)) = range.trim().split_once('-') else {
            return Self::Whole;
        };
        match (first.parse::<u64>(), last.parse::<u64>()) {
            (Ok(start), Ok(last)) if start > last => Self::Whole,
            (Ok(start), Ok(last)) => Self::from_to(start, last, n_bytes),
            (Ok(start), Err(_)) if last.is_empty() => Self::from_to(start, u64::MAX, n_bytes),
            (Err(_), Ok(n_last)) if first.is_empty() => {
                let start = n_bytes.saturating_sub(n_last);
                if n_last == 0 { Self::Outside } else { Self::from_to(start, u64::MAX, n_bytes) }
            }
            _ => Self::Whole,
        }
    }

    fn from_to(start: u64, last: u64, n_bytes: u64) -> Self {
        if start >= n_bytes {
            return Self::Outside;
        }
        Self::Part { start, n_bytes: last.min(n_bytes - 1) - start + 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_ten_bytes() {
        let part = |start, n_bytes| ByteRange::Part { start, n_bytes };
        for (header, expected) in [
            ("bytes=0-3", part(0, 4)),
            ("bytes=4-", part(4, 6)),
            ("bytes=-3", part(7, 3)),
            ("bytes=-30", part(0, 10)),
            ("bytes=9-400", part(9, 1)),
            ("bytes=10-", ByteRange::Outside),
            ("bytes=-0", ByteRange::Outside),
            ("bytes=3-1", ByteRange::Whole),
            ("bytes=0-1,4-5", ByteRange::Whole),
            ("bytes=x-y", ByteRange::Whole),
            ("lines=1-2", ByteRange::Whole),
        ] {
            assert_eq!(ByteRange::parse(Some(header), 10), expected, "{header}");
        }
        assert_eq!(ByteRange::parse(None, 10), ByteRange::Whole);
        assert_eq!(ByteRange::parse(Some("bytes=0-"), 0), ByteRange::Outside);
    }
}
