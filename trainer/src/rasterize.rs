//! Pictures: SVG to pixels, pixels to PNG.
//!
//! Text is set in one built-in font, so that a figure looks the same on every machine.

use resvg::{tiny_skia, usvg};
use std::sync::{Arc, LazyLock};

/// Pixels of a picture, row by row from the top, four bytes each: red, green, blue, opacity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pixels {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// `[height, width, 4]`.
    pub rgba: Vec<u8>,
}

impl Pixels {
    /// Paints an opaque pixel; one outside of the picture is left out.
    pub fn put(&mut self, x: u32, y: u32, rgb: [u8; 3]) {
        if x < self.width && y < self.height {
            let at = 4 * (y as usize * self.width as usize + x as usize);
            self.rgba[at..at + 3].copy_from_slice(&rgb);
            self.rgba[at + 3] = 255;
        }
    }

    /// The picture as a PNG file.
    ///
    /// # Errors
    ///
    /// If the encoder refuses the picture.
    pub fn to_png(&self) -> Result<Vec<u8>, RasterError> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, self.width, self.height);
        encoder.set_color(png::ColorType::Rgba);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.rgba)?;
        writer.finish()?;
        Ok(file)
    }
}

/// Draws an SVG text as a PNG file; `scale` is pixels for one SVG unit.
///
/// # Errors
///
/// If the text is no SVG or the picture has no or too many pixels.
pub fn svg_to_png(svg: &str, scale: f32) -> Result<Vec<u8>, RasterError> {
    svg_to_pixels(svg, scale)?.to_png()
}

/// Draws an SVG text; `scale` is pixels for one SVG unit.
///
/// # Errors
///
/// If the text is no SVG or the picture has no or too many pixels.
pub fn svg_to_pixels(svg: &str, scale: f32) -> Result<Pixels, RasterError> {
    let options = usvg::Options {
        fontdb: Arc::clone(&FONTS),
        font_family: FONT_FAMILY.to_owned(),
        ..usvg::Options::default()
    };
    let tree = usvg::Tree::from_str(svg, &options)?;
    let side = |units: f32| (units * scale).ceil() as u32;
    let (width, height) = (side(tree.size().width()), side(tree.size().height()));
    let mut pixmap =
        tiny_skia::Pixmap::new(width, height).ok_or(RasterError::Size { width, height })?;
    let transform = tiny_skia::Transform::from_scale(scale, scale);
    resvg::render(&tree, transform, &mut pixmap.as_mut());
    Ok(Pixels { width, height, rgba: pixmap.take_demultiplied() })
}

/// Name of the built-in font.
const FONT_FAMILY: &str = "Hack";

/// The built-in font under every generic name.
static FONTS: LazyLock<Arc<usvg::fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = usvg::fontdb::Database::new();
    fonts.load_font_data(epaint_default_fonts::HACK_REGULAR.to_vec());
    fonts.set_sans_serif_family(FONT_FAMILY);
    fonts.set_serif_family(FONT_FAMILY);
    fonts.set_monospace_family(FONT_FAMILY);
    Arc::new(fonts)
});

/// Why a picture can't be made.
#[derive(Debug, thiserror::Error)]
pub enum RasterError {
    /// Not an SVG.
    #[error("the figure is no valid svg")]
    Svg(#[from] usvg::Error),
    /// No pixels, or too many.
    #[error("a picture of {width} x {height} pixels can't be made")]
    Size {
        /// Pixels in a row.
        width: u32,
        /// Rows.
        height: u32,
    },
    /// The PNG encoder's answer.
    #[error("the picture can't be written as png")]
    Png(#[from] png::EncodingError),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn svg(inside: &str) -> String {
        format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><rect width="40" height="20" fill="white"/>{inside}</svg>"#
        )
    }

    #[test]
    fn text_is_drawn_without_fonts_of_the_machine() {
        for family in ["sans-serif", "serif", "No Such Font"] {
            let text = format!(r#"<text x="2" y="15" font-family="{family}">Hz</text>"#);
            let pixels = svg_to_pixels(&svg(&text), 2.0).unwrap();
            assert_eq!((pixels.width, pixels.height), (80, 40));
            let dark = pixels.rgba.chunks_exact(4).filter(|pixel| pixel[0] < 128).count();
            assert!(dark > 20, "{dark} dark pixels of text in {family}");
        }
    }

    #[test]
    fn png_round_trip() {
        let mut pixels = svg_to_pixels(&svg(""), 1.0).unwrap();
        pixels.put(3, 2, [9, 8, 7]);
        pixels.put(1000, 2, [0; 3]);
        let file = pixels.to_png().unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
        let mut rgba = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut rgba).unwrap();
        assert_eq!(rgba, pixels.rgba);
        assert_eq!(rgba[4 * (2 * 40 + 3)..][..4], [9, 8, 7, 255]);
    }

    #[test]
    fn what_is_no_svg_is_told() {
        assert!(matches!(svg_to_png("<svg", 1.0), Err(RasterError::Svg(_))));
        assert!(matches!(svg_to_png(&svg(""), 0.0), Err(RasterError::Size { .. })));
    }
}
