//! Lyrics to token ids: WordPiece, as BERT reads (Schuster and Nakajima, 2012; Devlin et al., 2019).

use ahash::AHashMap;
use serde::Deserialize;
use std::collections::{BTreeSet, HashMap};
use tokenizers::models::TrainerWrapper;
use tokenizers::models::wordpiece::{WordPiece, WordPieceTrainer};
use tokenizers::normalizers::bert::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::processors::template::TemplateProcessing;
use tokenizers::{AddedToken, NormalizedString, Normalizer, Tokenizer};

/// Tokens with a meaning of their own, in the order of their ids.
const SPECIAL_TOKENS: [&str; 5] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

/// Cuts lyrics into tokens.
#[derive(Debug, Clone)]
pub struct LyricsTokenizer {
    tokenizer: Tokenizer,
}

impl LyricsTokenizer {
    /// Learns a vocabulary of at most `vocab_size` word pieces from cleaned lyrics; every letter that
    /// occurs is in it, whatever the size. Only lyrics of the train split may be given. The same
    /// lyrics give the same vocabulary.
    ///
    /// # Errors
    ///
    /// If the library can't train on them.
    pub fn train(lyrics: &[&str], vocab_size: usize) -> Result<Self, TokenizeError> {
        // The library numbers letters as it meets them in a hash map, another way every time, and
        // settles ties between pieces by number: letters that are numbered beforehand make it repeat.
        let letters = letters(lyrics)?;
        let numbered = SPECIAL_TOKENS.map(str::to_owned).into_iter().chain(letters.iter().cloned());
        let mut trainer = TrainerWrapper::from(
            WordPieceTrainer::builder()
                .vocab_size(vocab_size)
                .limit_alphabet(letters.len())
                .min_frequency(2)
                .show_progress(false)
                .special_tokens(numbered.map(|token| AddedToken::from(token, true)).collect())
                .build(),
        );
        let mut learner = tokenizer(WordPiece::default())?;
        learner.train(&mut trainer, lyrics.iter()).map_err(TokenizeError::Train)?;
        Self::from_vocabulary(learner.get_vocab(false))
    }

    /// The tokenizer of a vocabulary, which numbers its pieces.
    fn from_vocabulary(pieces: HashMap<String, u32>) -> Result<Self, TokenizeError> {
        let pieces: AHashMap<String, u32> = pieces.into_iter().collect();
        let model = WordPiece::builder().vocab(pieces).unk_token("[UNK]".into()).build();
        let mut tokenizer = tokenizer(model.map_err(TokenizeError::Train)?)?;
        let special = SPECIAL_TOKENS.map(|token| AddedToken::from(token, true));
        tokenizer.add_special_tokens(special).map_err(TokenizeError::Train)?;
        let id = |token| tokenizer.token_to_id(token).unwrap_or_default();
        let frame = TemplateProcessing::builder()
            .try_single("[CLS] $A [SEP]")
            .expect("a well-formed template")
            .special_tokens(vec![("[CLS]", id("[CLS]")), ("[SEP]", id("[SEP]"))])
            .build()
            .expect("a template of known tokens");
        tokenizer.with_post_processor(Some(frame));
        Ok(Self { tokenizer })
    }

    /// The tokenizer of a BERT's `vocab.txt`: one piece a line, numbered from 0. It cuts as Hugging
    /// Face's `BertTokenizerFast` does.
    ///
    /// # Errors
    ///
    /// If one of the special tokens is not in it.
    pub fn from_vocab_txt(vocab: &str, letters: BertLetters) -> Result<Self, TokenizeError> {
        let lines = vocab.strip_suffix('\n').unwrap_or(vocab).split('\n');
        let pieces: HashMap<String, u32> = lines
            .zip(0..)
            .map(|(piece, id)| (piece.strip_suffix('\r').unwrap_or(piece).to_owned(), id))
            .collect();
        if let Some(token) = SPECIAL_TOKENS.iter().find(|token| !pieces.contains_key(**token)) {
            return Err(TokenizeError::NoSpecialToken { token });
        }
        let mut read = Self::from_vocabulary(pieces)?;
        let normalizer = BertNormalizer::new(
            true,
            letters.tokenize_chinese_chars,
            letters.strip_accents,
            letters.do_lower_case,
        );
        read.tokenizer.with_normalizer(Some(normalizer)).map_err(TokenizeError::Train)?;
        Ok(read)
    }

    /// Reads a `tokenizer.json` of Hugging Face's `tokenizers`. Whatever it says of cutting and filling
    /// up is left aside: the network's description says how long lyrics may be.
    ///
    /// # Errors
    ///
    /// If it is none.
    pub fn from_json(json: &[u8]) -> Result<Self, TokenizeError> {
        let mut tokenizer = Tokenizer::from_bytes(json).map_err(TokenizeError::Read)?;
        tokenizer.with_truncation(None).map_err(TokenizeError::Read)?.with_padding(None);
        Ok(Self { tokenizer })
    }

    /// Writes `tokenizer.json`.
    ///
    /// # Errors
    ///
    /// If the library can't write it.
    pub fn to_json(&self) -> Result<String, TokenizeError> {
        self.tokenizer.to_string(true).map_err(TokenizeError::Write)
    }

    /// Tokens in the vocabulary, special ones included.
    pub fn vocab_size(&self) -> usize {
        self.tokenizer.get_vocab_size(true)
    }

    /// Token ids of cleaned lyrics, `[CLS]` first and `[SEP]` last, cut to at most `max_tokens`.
    ///
    /// # Errors
    ///
    /// If the library can't read the text.
    ///
    /// # Panics
    ///
    /// If `max_tokens` is less than 2: there must be room for the special tokens.
    pub fn encode(&self, lyrics: &str, max_tokens: usize) -> Result<Vec<u32>, TokenizeError> {
        Ok(truncated(self.encode_whole(lyrics)?, max_tokens))
    }

    /// Token ids of cleaned lyrics in windows of at most `max_tokens`, each with `[CLS]` first and `[SEP]`
    /// last: one window where they are short. Windows do not overlap.
    ///
    /// # Errors
    ///
    /// If the library can't read the text.
    ///
    /// # Panics
    ///
    /// If `max_tokens` is less than 3: a window needs room for a token beside the special ones.
    pub fn encode_windows(
        &self,
        lyrics: &str,
        max_tokens: usize,
    ) -> Result<Vec<Vec<u32>>, TokenizeError> {
        Ok(windowed(&self.encode_whole(lyrics)?, max_tokens))
    }

    /// Token ids of cleaned lyrics, `[CLS]` first and `[SEP]` last, however many there are.
    ///
    /// # Errors
    ///
    /// If the library can't read the text.
    pub fn encode_whole(&self, lyrics: &str) -> Result<Vec<u32>, TokenizeError> {
        let encoding = self.tokenizer.encode(lyrics, true).map_err(TokenizeError::Encode)?;
        Ok(encoding.get_ids().to_vec())
    }

    /// The token that stands for words which the vocabulary has no pieces for: `[UNK]`, in other families than BERT's
    /// `<unk>`. `None` where the vocabulary has no such token.
    pub fn unknown_token(&self) -> Option<u32> {
        ["[UNK]", "<unk>"].into_iter().find_map(|token| self.tokenizer.token_to_id(token))
    }
}

/// The first tokens, and the last one, which ends them.
pub(crate) fn truncated(mut ids: Vec<u32>, max_tokens: usize) -> Vec<u32> {
    assert!(max_tokens >= 2, "max_tokens is {max_tokens}, at least 2 are needed");
    if let (true, Some(&last)) = (ids.len() > max_tokens, ids.last()) {
        ids.truncate(max_tokens - 1);
        ids.push(last);
    }
    ids
}

/// The tokens in windows, each framed by the first and the last one.
pub(crate) fn windowed(ids: &[u32], max_tokens: usize) -> Vec<Vec<u32>> {
    assert!(max_tokens >= 3, "max_tokens is {max_tokens}, at least 3 are needed");
    let [first, inner @ .., last] = ids else { return vec![ids.to_vec()] };
    if inner.len() + 2 <= max_tokens {
        return vec![ids.to_vec()];
    }
    let window = |inner: &[u32]| [&[*first], inner, &[*last]].concat();
    inner.chunks(max_tokens - 2).map(window).collect()
}

/// What a BERT does to letters before it cuts: the fields of Hugging Face's `tokenizer_config.json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct BertLetters {
    /// Whether capitals become small.
    pub do_lower_case: bool,
    /// Whether accents go; `None`: where capitals do.
    pub strip_accents: Option<bool>,
    /// Whether each Chinese character is a word.
    pub tokenize_chinese_chars: bool,
}

impl Default for BertLetters {
    fn default() -> Self {
        Self { do_lower_case: true, strip_accents: None, tokenize_chinese_chars: true }
    }
}

/// Normalises and splits as BERT does.
fn tokenizer(model: WordPiece) -> Result<Tokenizer, TokenizeError> {
    let mut tokenizer = Tokenizer::new(model);
    tokenizer
        .with_normalizer(Some(BertNormalizer::default()))
        .map_err(TokenizeError::Train)?
        .with_pre_tokenizer(Some(BertPreTokenizer));
    Ok(tokenizer)
}

/// Every letter of the normalised lyrics, once as the beginning of a word and once inside of one, in
/// alphabetical order.
fn letters(lyrics: &[&str]) -> Result<Vec<String>, TokenizeError> {
    let mut letters = BTreeSet::new();
    for text in lyrics {
        let mut text = NormalizedString::from(*text);
        BertNormalizer::default().normalize(&mut text).map_err(TokenizeError::Train)?;
        letters.extend(text.get().chars().filter(|letter| !letter.is_whitespace()));
    }
    Ok(letters.iter().flat_map(|letter| [letter.to_string(), format!("##{letter}")]).collect())
}

/// What can go wrong with tokens.
#[derive(Debug, thiserror::Error)]
pub enum TokenizeError {
    /// No vocabulary could be learnt.
    #[error("no vocabulary could be learnt from the lyrics")]
    Train(#[source] tokenizers::Error),
    /// Not a tokenizer.
    #[error("not a tokenizer.json of Hugging Face's tokenizers")]
    Read(#[source] tokenizers::Error),
    /// A vocabulary of another kind.
    #[error("vocab.txt lacks the special token {token}; a BERT's vocabulary has it")]
    NoSpecialToken {
        /// The token.
        token: &'static str,
    },
    /// Can't be written.
    #[error("the tokenizer can't be written")]
    Write(#[source] tokenizers::Error),
    /// Text that can't be read.
    #[error("the lyrics can't be cut into tokens")]
    Encode(#[source] tokenizers::Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    const LYRICS: [&str; 4] = [
        "love in the rain and the rain in love",
        "trucks on the road, dust on the road",
        "rain on the road and love on the radio",
        "the radio plays, the radio plays on",
    ];

    fn tokenizer() -> LyricsTokenizer {
        LyricsTokenizer::train(&LYRICS, 80).unwrap()
    }

    #[test]
    fn training_repeats() {
        let first = tokenizer().to_json().unwrap();
        for _ in 0..20 {
            assert_eq!(tokenizer().to_json().unwrap(), first);
        }
    }

    #[test]
    fn special_tokens_stand_where_bert_has_them() {
        let ids = tokenizer().encode("Love, RAIN", 16).unwrap();
        assert_eq!((ids[0], ids[ids.len() - 1]), (2, 3));
        assert_eq!(ids, tokenizer().encode("love , rain", 16).unwrap());
    }

    #[test]
    fn long_lyrics_are_cut_and_end_well() {
        let tokenizer = tokenizer();
        let long = LYRICS.join(" ");
        let ids = tokenizer.encode(&long, 8).unwrap();
        assert_eq!((ids.len(), ids[7]), (8, 3));
        assert_eq!(ids[..7], tokenizer.encode(&long, 1000).unwrap()[..7]);
    }

    #[test]
    fn windows_hold_every_token_once() {
        let tokenizer = tokenizer();
        let long = LYRICS.join(" ");
        let whole = tokenizer.encode(&long, 1000).unwrap();
        let windows = tokenizer.encode_windows(&long, 8).unwrap();
        assert!(windows.len() > 2);
        assert!(windows.iter().all(|w| w.len() <= 8 && w[0] == 2 && w[w.len() - 1] == 3));
        let inner: Vec<u32> = windows.iter().flat_map(|w| &w[1..w.len() - 1]).copied().collect();
        assert_eq!(inner, whole[1..whole.len() - 1]);
        assert_eq!(tokenizer.encode_windows(&long, 1000).unwrap(), [whole]);
    }

    #[test]
    fn a_vocabulary_without_special_tokens_is_named() {
        let error = LyricsTokenizer::from_vocab_txt("[PAD]\nla\n", BertLetters::default());
        assert!(error.unwrap_err().to_string().contains("[UNK]"));
    }

    #[test]
    fn json_round_trip() {
        let tokenizer = tokenizer();
        let json = tokenizer.to_json().unwrap();
        let again = LyricsTokenizer::from_json(json.as_bytes()).unwrap();
        assert_eq!(again.encode(LYRICS[1], 64).unwrap(), tokenizer.encode(LYRICS[1], 64).unwrap());
        assert!(LyricsTokenizer::from_json(b"{}").is_err());
    }
}
