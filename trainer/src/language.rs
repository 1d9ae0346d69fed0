//! Which language lyrics are in, where no column says so.

use shared::catalog::Language;
use shared::lyrics::clean;
use whichlang::{Lang, detect_language};

/// Languages that can be told apart: ISO 639-1 codes.
pub const LANGUAGES: [(Lang, &str); 16] = [
    (Lang::Ara, "ar"),
    (Lang::Cmn, "zh"),
    (Lang::Deu, "de"),
    (Lang::Eng, "en"),
    (Lang::Fra, "fr"),
    (Lang::Hin, "hi"),
    (Lang::Ita, "it"),
    (Lang::Jpn, "ja"),
    (Lang::Kor, "ko"),
    (Lang::Nld, "nl"),
    (Lang::Por, "pt"),
    (Lang::Rus, "ru"),
    (Lang::Spa, "es"),
    (Lang::Swe, "sv"),
    (Lang::Tur, "tr"),
    (Lang::Vie, "vi"),
];

/// Characters of cleaned lyrics that are looked at; more changes nothing.
const MAX_CHARS: usize = 2000;

/// Words of a passage.
const PASSAGE_WORDS: usize = 20;

/// The language of lyrics, or `None` where they have no words or their passages do not agree.
///
/// The confidence is the share of passages of 20 words for which the detector (whichlang) says the same
/// as for the whole; below a half it says nothing, as for a language it does not know.
pub fn detect(lyrics: &str) -> Option<Language> {
    let cleaned: String = clean(lyrics).chars().take(MAX_CHARS).collect();
    let words: Vec<&str> = cleaned.split_whitespace().collect();
    if words.is_empty() {
        return None;
    }
    let language = detect_language(&words.join(" "));
    let passages = words.chunks(PASSAGE_WORDS).map(|words| detect_language(&words.join(" ")));
    let agreeing = passages.filter(|passage| *passage == language).count();
    let confidence = agreeing as f64 / words.chunks(PASSAGE_WORDS).count() as f64;
    let code = LANGUAGES.iter().find(|(known, _)| *known == language).map(|(_, code)| *code)?;
    (confidence >= 0.5).then(|| Language { code: code.to_owned(), confidence, is_detected: true })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_told_apart() {
        let code = |text| detect(text).map(|language| language.code);
        let english = "[Refrain]\nI went down to the river to look for you\nand nobody was there";
        assert_eq!(code(english).as_deref(), Some("en"));
        let french = "Je suis descendu à la rivière pour te chercher\net il n'y avait personne";
        assert_eq!(code(french).as_deref(), Some("fr"));
        let spanish = "Bajé al río para buscarte y no había nadie, solo el agua y la noche";
        assert_eq!(code(spanish).as_deref(), Some("es"));
        assert_eq!(code("[Instrumental]\n"), None);
    }

    #[test]
    fn mixed_lyrics_are_less_certain() {
        let english =
            "I went down to the river to look for you and nobody was there at all tonight ";
        let french =
            "je suis descendu à la rivière pour te chercher et il n'y avait personne ce soir ";
        let alone = detect(&english.repeat(8)).unwrap().confidence;
        let mixed = detect(&format!("{}{}", english.repeat(8), french.repeat(4)));
        assert!(mixed.as_ref().is_none_or(|mixed| mixed.confidence < alone), "{mixed:?}");
        assert!(alone > 0.9, "{alone}");
    }
}
