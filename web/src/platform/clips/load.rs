//! Loading one clip: some tries, each with its time.

use super::{ClipError, ClipSettings, ClipSources, Loaded};
use crate::platform::clock::{sleep, within};
use crate::platform::fetch::Freshness;
use shared::bundle::FileRecord;
use std::rc::Rc;

/// Fetches, checks and decodes, with a pause before each further try.
pub(super) async fn load(url: &str, sources: &ClipSources, settings: &ClipSettings) -> Loaded {
    let unlisted = || ClipError::Unlisted { url: url.to_owned() };
    let record = sources.files.get(url).ok_or_else(unlisted)?;
    let file = File { url, record };
    let mut n_failed = 0;
    loop {
        // A copy that the browser kept will do once; if it is wrong, only a new one helps.
        let freshness = if n_failed == 0 { Freshness::Kept } else { Freshness::Anew };
        let outcome = attempt(file, freshness, sources, settings).await;
        n_failed += 1;
        match outcome {
            Err(error) if error.is_worth_retrying() && n_failed < settings.n_tries => {
                sleep(pause_millis(settings.first_backoff_millis, n_failed)).await;
            }
            outcome => return outcome,
        }
    }
}

/// The first pause, then four times as long each time.
fn pause_millis(first: u32, n_failed: u32) -> u32 {
    first.saturating_mul(4_u32.saturating_pow(n_failed - 1))
}

/// A file and what it must be.
#[derive(Clone, Copy)]
struct File<'a> {
    url: &'a str,
    record: &'a FileRecord,
}

async fn attempt(
    File { url, record }: File<'_>,
    freshness: Freshness,
    sources: &ClipSources,
    settings: &ClipSettings,
) -> Loaded {
    let millis = settings.timeout_millis;
    let fetched = within(millis, (sources.fetch)(url.to_owned(), freshness)).await;
    let bytes = fetched
        .ok_or_else(|| ClipError::TimedOut { url: url.to_owned(), millis })?
        .map_err(|error| ClipError::from_fetch(url, error))?;
    record.check(url, &bytes).map_err(|error| ClipError::from_check(url, &error))?;
    let clip = (sources.decode)(bytes).await;
    clip.map(Rc::new).map_err(|cause| ClipError::Undecodable { url: url.to_owned(), cause })
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test(unsupported = test)]
    fn pauses_grow_and_stay_finite() {
        assert_eq!([1, 2, 3].map(|n_failed| pause_millis(500, n_failed)), [500, 2_000, 8_000]);
        assert_eq!(pause_millis(500, 1_000), u32::MAX);
    }
}
