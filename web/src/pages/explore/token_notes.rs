//! How much of some lyrics the networks read, in words.

use super::catalogue::READERS;
use super::condition_title;
use crate::platform::networks::TokenCounts;
use crate::wording::count;

/// What there is to know of lyrics that were not read whole or hardly understood, each without a full stop. Networks
/// with the same are not told apart.
pub(super) fn token_notes(counts: &[TokenCounts]) -> Vec<String> {
    let notes: Vec<_> = counts.iter().map(|own| (own.network.as_str(), notes_of(own))).collect();
    match &notes[..] {
        [(_, first), others @ ..] if others.iter().all(|(_, own)| own == first) => first.clone(),
        _ => {
            let mut named = Vec::new();
            for (network, notes) in notes {
                named.extend(notes.iter().map(|note| format!("{}: {note}", title(network))));
            }
            named
        }
    }
}

fn notes_of(counts: &TokenCounts) -> Vec<String> {
    let TokenCounts { n_tokens, n_read, n_unknown, .. } = *counts;
    let mut notes = Vec::new();
    if n_read < n_tokens {
        let [n_read, n_tokens] = [n_read, n_tokens].map(count);
        notes.push(format!("the first {n_read} of {n_tokens} tokens were read"));
    }
    if 2 * n_unknown > n_read {
        let percent = 100.0 * n_unknown as f64 / n_read as f64;
        notes.push(format!(
            "{percent:.0} % of the tokens that were read stand for words unknown to this network: it learnt on other \
             lyrics, so that its answer means little"
        ));
    }
    notes
}

fn title(network: &str) -> &str {
    match READERS.into_iter().find(|reader| reader.name() == network) {
        Some(condition) => condition_title(condition),
        None => network,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    fn counts(network: &str, [n_tokens, n_read, n_unknown]: [usize; 3]) -> TokenCounts {
        TokenCounts { network: network.to_owned(), n_tokens, n_read, n_unknown }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn lyrics_that_were_read_and_known_need_no_words() {
        assert!(token_notes(&[]).is_empty());
        assert!(
            token_notes(&[counts("lyrics", [40, 40, 20])]).is_empty(),
            "half is not more than half"
        );
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn what_was_cut_and_what_is_unknown_is_said_once_where_networks_agree() {
        let long = [204_318, 510, 0];
        let said = token_notes(&[counts("multimodal", long), counts("lyrics", long)]);
        assert_eq!(said, ["the first 510 of 204,318 tokens were read"]);
        let foreign = token_notes(&[counts("lyrics", [9, 9, 8])]);
        assert_eq!(foreign.len(), 1);
        assert!(foreign[0].starts_with("89 % of the tokens that were read"), "{foreign:?}");
        let one = token_notes(&[counts("multimodal", [9, 9, 0]), counts("lyrics", [9, 5, 0])]);
        assert_eq!(one, ["Lyrics: the first 5 of 9 tokens were read"]);
        assert_eq!(
            token_notes(&[counts("other", [9, 9, 0]), counts("lyrics", [9, 5, 4])]).len(),
            2
        );
    }
}
