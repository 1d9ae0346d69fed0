//! Lyrics to token ids: WordPiece, as BERT reads (Schuster and Nakajima, 2012; Devlin et al., 2019).

use tokenizers::models::TrainerWrapper;
use tokenizers::models::wordpiece::{WordPiece, WordPieceTrainer};
use tokenizers::normalizers::bert::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::processors::template::TemplateProcessing;
use tokenizers::{AddedToken, Tokenizer};

/// Tokens with a meaning of their own, in the order of their ids.
const SPECIAL_TOKENS: [&str; 5] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

/// Cuts lyrics into tokens.
#[derive(Debug, Clone)]
pub struct LyricsTokenizer {
    tokenizer: Tokenizer,
}

impl LyricsTokenizer {
    /// Learns a vocabulary of at most `vocab_size` word pieces from cleaned lyrics. Only lyrics of
    /// the train split may be given. The same lyrics in the same order give the same vocabulary.
    ///
    /// # Errors
    ///
    /// If the library can't train on them.
    pub fn train<'a>(
        lyrics: impl Iterator<Item = &'a str> + Send,
        vocab_size: usize,
    ) -> Result<Self, TokenizeError> {
        let special = SPECIAL_TOKENS.map(|token| AddedToken::from(token, true)).to_vec();
        let trainer = WordPieceTrainer::builder()
            .vocab_size(vocab_size)
            .min_frequency(2)
            .show_progress(false)
            .special_tokens(special)
            .build();
        let mut tokenizer = Tokenizer::new(
            WordPiece::builder().unk_token("[UNK]".into()).build().map_err(TokenizeError::Train)?,
        );
        tokenizer
            .with_normalizer(Some(BertNormalizer::default()))
            .map_err(TokenizeError::Train)?
            .with_pre_tokenizer(Some(BertPreTokenizer))
            .train(&mut TrainerWrapper::from(trainer), lyrics)
            .map_err(TokenizeError::Train)?;
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

    /// Reads a `tokenizer.json` of Hugging Face's `tokenizers`.
    ///
    /// # Errors
    ///
    /// If it is none.
    pub fn from_json(json: &[u8]) -> Result<Self, TokenizeError> {
        Ok(Self { tokenizer: Tokenizer::from_bytes(json).map_err(TokenizeError::Read)? })
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
        assert!(max_tokens >= 2, "max_tokens is {max_tokens}, at least 2 are needed");
        let encoding = self.tokenizer.encode(lyrics, true).map_err(TokenizeError::Encode)?;
        let mut ids = encoding.get_ids().to_vec();
        if let (true, Some(&last)) = (ids.len() > max_tokens, ids.last()) {
            ids.truncate(max_tokens - 1);
            ids.push(last);
        }
        Ok(ids)
    }
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
        LyricsTokenizer::train(LYRICS.into_iter(), 60).unwrap()
    }

    #[test]
    fn training_repeats() {
        assert_eq!(tokenizer().to_json().unwrap(), tokenizer().to_json().unwrap());
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
    fn json_round_trip() {
        let tokenizer = tokenizer();
        let json = tokenizer.to_json().unwrap();
        let again = LyricsTokenizer::from_json(json.as_bytes()).unwrap();
        assert_eq!(again.encode(LYRICS[1], 64).unwrap(), tokenizer.encode(LYRICS[1], 64).unwrap());
        assert!(LyricsTokenizer::from_json(b"{}").is_err());
    }
}
