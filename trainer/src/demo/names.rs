//! Invented names. They are put together from invented syllables, so that no real artist is meant.

use shared::random::Stream;

const STARTS: [&str; 24] = [
    "Bra", "Vel", "Tho", "Quen", "Mar", "Zel", "Or", "Fen", "Hal", "Dru", "Kes", "Lum", "Nor",
    "Pel", "Sa", "Tam", "Ul", "Wes", "Yar", "Jo", "Cor", "Gly", "Eld", "Ris",
];
const MIDDLES: [&str; 10] = ["", "", "", "", "la", "ri", "do", "ven", "mi", "to"];
const ENDS: [&str; 18] = [
    "wick", "dane", "nix", "low", "mere", "ver", "ston", "ra", "lin", "dor", "sk", "by", "tha",
    "mond", "rell", "quist", "gard", "na",
];
const ACCENTED: [&str; 6] = ["Zoë", "Élin", "Søra", "Iñaro", "Jürn", "Chlovée"];
const PLURALS: [&str; 12] = [
    "Lanterns",
    "Magpies",
    "Parcels",
    "Hinges",
    "Kettles",
    "Antlers",
    "Ferries",
    "Comets",
    "Buttons",
    "Harvesters",
    "Neighbours",
    "Satellites",
];
const ADJECTIVES: [&str; 8] =
    ["Slow", "Velvet", "Crooked", "Paper", "Northern", "Tin", "Hollow", "Second"];
const TITLES: [&str; 6] = ["MC", "DJ", "Big", "Miss", "Old", "Kid"];

fn invented(stream: &mut Stream) -> String {
    format!("{}{}{}", stream.pick(&STARTS), stream.pick(&MIDDLES), stream.pick(&ENDS))
}

/// The name of an artist or a band.
pub fn artist(stream: &mut Stream) -> String {
    let one = invented(stream);
    match stream.weighted(&[5.0, 2.0, 1.5, 1.5, 1.0, 1.0]) {
        0 => format!("{one} {}", invented(stream)),
        1 => format!("The {one} {}", stream.pick(&PLURALS)),
        2 => format!("{} {one}", stream.pick(&TITLES)),
        3 => format!("{} {one}", stream.pick(&ADJECTIVES)),
        4 => format!("{} {one}", stream.pick(&ACCENTED)),
        _ => format!("{one} & The {}", stream.pick(&PLURALS)),
    }
}

/// So many different names.
pub fn artists(n: usize, stream: &mut Stream) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(n);
    while names.len() < n {
        let name = artist(stream);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}
