//! Writing SVG: escaping, text, lines, round axis values.

use std::fmt::Write;

/// Colours of a figure.
pub(super) mod ink {
    pub(in crate::figure) const PAPER: &str = "#fbf8f3";
    pub(in crate::figure) const TEXT: &str = "#1d1b19";
    pub(in crate::figure) const QUIET: &str = "#6b655d";
    pub(in crate::figure) const RULE: &str = "#e2dcd2";
    /// Okabe and Ito's blue.
    pub(in crate::figure) const FIRST: &str = "#0072b2";
    /// Okabe and Ito's vermilion.
    pub(in crate::figure) const SECOND: &str = "#d55e00";
    /// Okabe and Ito's bluish green.
    pub(in crate::figure) const THIRD: &str = "#009e73";
    /// Okabe and Ito's reddish purple, darkened to a contrast of 3 on paper.
    pub(in crate::figure) const FOURTH: &str = "#c06a9b";
    /// The same colours where the reader's device is dark: (light, dark).
    pub(in crate::figure) const DARK: [(&str, &str); 8] = [
        (PAPER, "#191714"),
        (TEXT, "#f1ede6"),
        (QUIET, "#a8a197"),
        (RULE, "#3a3631"),
        (FIRST, "#56b4e9"),
        (SECOND, "#f08a4b"),
        (THIRD, "#35c99a"),
        (FOURTH, "#e0a0c4"),
    ];
}

/// Where text is anchored.
#[derive(Debug, Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A picture that is being drawn.
pub(super) struct Svg {
    body: String,
    width: f64,
    height: f64,
    /// Whether the figure turns dark with the reader's device.
    is_themed: bool,
}

impl Svg {
    /// An empty sheet of paper.
    pub(super) fn new(width: f64, height: f64) -> Self {
        let body = format!(r#"<rect width="{width}" height="{height}" fill="{}"/>"#, ink::PAPER);
        Self { body, width, height, is_themed: false }
    }

    /// An empty sheet that is dark where the reader's device is.
    pub(super) fn themed(width: f64, height: f64) -> Self {
        Self { is_themed: true, ..Self::new(width, height) }
    }

    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), colour: &str) {
        let ((x1, y1), (x2, y2)) = (from, to);
        self.push(&format!(
            r#"<line x1="{x1:.2}" y1="{y1:.2}" x2="{x2:.2}" y2="{y2:.2}" stroke="{colour}"/>"#
        ));
    }

    pub(super) fn path(&mut self, points: &[(f64, f64)], colour: &str) {
        self.dashed_path(points, colour, "");
    }

    /// `dashes` as SVG has them: lengths of strokes and gaps; empty for none.
    pub(super) fn dashed_path(&mut self, points: &[(f64, f64)], colour: &str, dashes: &str) {
        let dashes = match dashes {
            "" => String::new(),
            dashes => format!(r#" stroke-dasharray="{dashes}""#),
        };
        let mut text = String::new();
        for (x, y) in points {
            let command = if text.is_empty() { 'M' } else { 'L' };
            let _ = write!(text, "{command}{x:.2} {y:.2}");
        }
        self.push(&format!(
            r#"<path d="{text}" fill="none" stroke="{colour}" stroke-width="2" stroke-linejoin="round"{dashes}/>"#
        ));
    }

    pub(super) fn dot(&mut self, (x, y): (f64, f64), colour: &str) {
        self.push(&format!(r#"<circle cx="{x:.2}" cy="{y:.2}" r="3.5" fill="{colour}"/>"#));
    }

    pub(super) fn cell(&mut self, (x, y): (f64, f64), size: f64, fill: &str) {
        self.push(&format!(
            r#"<rect x="{x:.2}" y="{y:.2}" width="{size:.2}" height="{size:.2}" fill="{fill}"/>"#
        ));
    }

    pub(super) fn text(&mut self, at: (f64, f64), text: &str, style: TextStyle<'_>) {
        let (x, y) = at;
        let anchor = match style.anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let turn = if style.upright {
            String::new()
        } else {
            format!(r#" transform="rotate(-90 {x:.2} {y:.2})""#)
        };
        self.push(&format!(
            r#"<text x="{x:.2}" y="{y:.2}" font-size="{}" text-anchor="{anchor}" fill="{}"{turn}>{}</text>"#,
            style.size,
            style.colour,
            escape(text)
        ));
    }

    fn push(&mut self, element: &str) {
        self.body.push('\n');
        self.body.push_str(element);
    }

    /// The file, with a title and the finding for those who do not see it.
    pub(super) fn finish(self, title: &str, finding: &str) -> String {
        let Self { body, width, height, is_themed } = self;
        // Several figures may stand in one page, under titles that differ by a sign only.
        let id = id_of(title);
        let (title, finding) = (escape(title), escape(finding));
        let style = if is_themed { dark_style() } else { String::new() };
        format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" font-family="system-ui, sans-serif" role="img" aria-labelledby="title-{id} finding-{id}">
<title id="title-{id}">{title}</title>
<desc id="finding-{id}">{finding}</desc>
{style}{body}
</svg>
"#
        )
    }
}

/// A name that no other title has: letters and digits as they are, every other sign as its number.
fn id_of(title: &str) -> String {
    let sign = |sign: char| match sign {
        sign if sign.is_ascii_alphanumeric() => sign.to_string(),
        ' ' => "-".to_owned(),
        other => format!("_{:x}_", u32::from(other)),
    };
    title.chars().map(sign).collect()
}

/// Other colours on dark devices. Attributes give way to rules, so that a program that knows no style
/// sheet draws the light figure.
fn dark_style() -> String {
    let mut style = String::from("<style>@media (prefers-color-scheme: dark) {");
    for (light, dark) in ink::DARK {
        let _ = write!(
            style,
            "svg [fill=\"{light}\"]{{fill:{dark}}}svg [stroke=\"{light}\"]{{stroke:{dark}}}"
        );
    }
    style.push_str("}</style>\n");
    style
}

/// How text looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct TextStyle<'a> {
    pub(super) size: f64,
    pub(super) colour: &'a str,
    pub(super) anchor: Anchor,
    pub(super) upright: bool,
}

impl<'a> TextStyle<'a> {
    pub(super) const LABEL: TextStyle<'static> =
        TextStyle { size: 13.0, colour: ink::QUIET, anchor: Anchor::Middle, upright: true };

    pub(super) fn anchored(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }

    pub(super) fn coloured(self, colour: &'a str) -> Self {
        Self { colour, ..self }
    }
}

/// Text as it may stand in SVG and HTML.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Round values that cover `low..=high` in about five steps of 1, 2 or 5 times a power of ten.
pub(super) fn ticks(low: f64, high: f64) -> Vec<f64> {
    let span = (high - low).max(f64::MIN_POSITIVE);
    let rough = span / 5.0;
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| *step >= rough)
        .unwrap_or(10.0 * power);
    let first = (low / step).ceil() as i64;
    let last = (high / step).floor() as i64;
    (first..=last).map(|at| at as f64 * step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(ticks(0.0, 1.0), [0.0, 0.2, 0.4, 0.6000000000000001, 0.8, 1.0]);
        assert_eq!(ticks(3.0, 47.0), [10.0, 20.0, 30.0, 40.0]);
    }

    #[test]
    fn a_themed_figure_has_a_dark_colour_for_each_light_one() {
        let file = Svg::themed(10.0, 10.0).finish("a b", "c");
        assert!(file.contains("prefers-color-scheme: dark") && file.contains("id=\"title-a-b\""));
        assert_eq!(file.matches("fill:#").count(), ink::DARK.len());
        assert!(!Svg::new(10.0, 10.0).finish("a", "c").contains("<style>"));
    }

    #[test]
    fn titles_that_differ_by_a_sign_have_ids_of_their_own() {
        let titles = ["a-1", "a1", "a_1", "a 1", "ä1", "a2d1"];
        let ids: std::collections::BTreeSet<String> = titles.map(id_of).into();
        assert_eq!(ids.len(), titles.len(), "{ids:?}");
        assert!(ids.iter().all(|id| !id.contains([' ', '"', '<'])), "{ids:?}");
    }

    #[test]
    fn text_is_escaped() {
        let mut svg = Svg::new(10.0, 10.0);
        svg.text((1.0, 1.0), "R&B <x>", TextStyle::LABEL);
        let file = svg.finish("a \"b\"", "c");
        assert!(file.contains("R&amp;B &lt;x&gt;") && file.contains("a &quot;b&quot;"), "{file}");
    }
}
