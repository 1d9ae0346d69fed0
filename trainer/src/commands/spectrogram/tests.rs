use super::*;
use crate::mp3;
use clap::Parser;
use shared::spectrogram::{ClipAnalyzer, SLICE_FRAMES};

/// Frames of 8 s: two whole slices and 89 frames more.
const N_FRAMES: usize = 345;

#[derive(Debug, Parser)]
struct Line {
    #[command(flatten)]
    args: Args,
}

/// Runs the command on a song of 8 s that grows louder and higher; gives what it wrote.
fn run_with(folder: &Path, more: &[&str]) -> (Npy, Pixels) {
    let song = folder.join("song.mp3");
    let sweep = |k: u32| {
        let secs = f64::from(k) / 22_050.0;
        (0.1 * secs * (150.0 * secs.powi(3)).sin()) as f32
    };
    let samples = (0..22_050 * 8).map(sweep).collect();
    files::write(&song, &mp3::encode(&[samples], 22_050).unwrap()).unwrap();
    let (png, npy) = (folder.join("song.png"), folder.join("song.npy"));
    let [song, png_text, npy_text] = [&song, &png, &npy].map(|path| path.to_str().unwrap());
    let line = ["spectrogram", song, "--png", png_text, "--npy", npy_text, "--clip-start", "0"];
    let line = line.iter().chain(&["--clip-secs", "8"]).chain(more);
    run(&Line::try_parse_from(line).unwrap().args).unwrap();
    (Npy::read(&npy), read_png(&png))
}

/// An array file, taken apart without the code that wrote it.
struct Npy {
    header: String,
    values: Vec<u8>,
}

impl Npy {
    fn read(path: &Path) -> Self {
        let bytes = files::read(path).unwrap();
        assert_eq!(&bytes[..8], b"\x93NUMPY\x01\0");
        let start = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
        assert_eq!((start % 64, bytes[start - 1]), (0, b'\n'));
        let header = String::from_utf8(bytes[10..start].to_vec()).unwrap();
        Self { header: header.trim_end().to_owned(), values: bytes[start..].to_vec() }
    }

    fn f32s(&self) -> Vec<f32> {
        let values = self.values.chunks_exact(4);
        values.map(|value| f32::from_le_bytes(value.try_into().unwrap())).collect()
    }
}

fn read_png(path: &Path) -> Pixels {
    let file = std::io::BufReader::new(std::fs::File::open(path).unwrap());
    let mut reader = png::Decoder::new(file).read_info().unwrap();
    let mut rgba = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut rgba).unwrap();
    Pixels { width: info.width, height: info.height, rgba }
}

/// The pixel that shows a value of a slice.
fn grey_at(pixels: &Pixels, slice: usize, band: usize, frame: usize) -> [u8; 4] {
    let (x, y) = (slice * SLICE_FRAMES + frame, 127 - band);
    let at = 4 * (y * pixels.width as usize + x);
    pixels.rgba[at..at + 4].try_into().unwrap()
}

/// What `segue prepare` cuts out of the song.
fn prepared_slices(folder: &Path, preset: SlicePreset) -> SliceStack {
    let bytes = files::read(&folder.join("song.mp3")).unwrap();
    let clip = ClipSettings { start_secs: 0.0, duration_secs: 8.0 };
    let sound = decode_clip(&bytes, Some("mp3"), &clip).unwrap().waveform;
    let mut analyzer = ClipAnalyzer::new(&MelConfig::default()).unwrap();
    let samples = analyzer.samples(sound).unwrap();
    SliceStack::cut(&analyzer.mel(&samples), preset).slices
}

#[test]
fn without_a_preset_the_values_are_decibels_and_the_picture_has_axes() {
    let folder = tempfile::tempdir().unwrap();
    let (npy, pixels) = run_with(folder.path(), &[]);
    let shape = format!("'shape': (128, {N_FRAMES}), }}");
    assert_eq!(npy.header, format!("{{'descr': '<f4', 'fortran_order': False, {shape}"));
    let values = npy.f32s();
    assert_eq!(values.len(), 128 * N_FRAMES);
    let (low, high) = values.iter().fold((f32::MAX, f32::MIN), |(a, b), v| (a.min(*v), b.max(*v)));
    assert!((high - low - 80.0).abs() < 1e-3, "{low} to {high} dB");
    assert!(pixels.width as usize > N_FRAMES && pixels.height > 128);
}

#[test]
fn the_full_preset_writes_all_slices_as_the_network_sees_them() {
    let folder = tempfile::tempdir().unwrap();
    let (npy, pixels) = run_with(folder.path(), &["--preset", "full"]);
    assert!(npy.header.contains("'descr': '<f4'"), "{}", npy.header);
    assert!(npy.header.contains("'shape': (2, 128, 128)"), "{}", npy.header);
    let slices = prepared_slices(folder.path(), SlicePreset::Full);
    assert_eq!(npy.f32s(), slices.values);
    assert_eq!((pixels.width, pixels.height), (256, 128));
    for (slice, band, frame) in [(0, 0, 0), (0, 20, 100), (1, 40, 5), (1, 127, 127)] {
        let value = slices.slice(slice)[band * SLICE_FRAMES + frame];
        let grey = (value * 255.0).round() as u8;
        assert_eq!(grey_at(&pixels, slice, band, frame), [grey, grey, grey, 255]);
    }
}

#[test]
fn the_thesis_preset_writes_the_last_slice_in_inverted_grey() {
    let folder = tempfile::tempdir().unwrap();
    let (npy, pixels) = run_with(folder.path(), &["--preset", "thesis"]);
    assert!(npy.header.contains("'descr': '|u1'"), "{}", npy.header);
    assert!(npy.header.contains("'shape': (1, 128, 128)"), "{}", npy.header);
    let slices = prepared_slices(folder.path(), SlicePreset::Thesis);
    let read: Vec<f32> = npy.values.iter().map(|grey| f32::from(*grey) / 255.0).collect();
    assert_eq!(read, slices.values);
    assert_eq!((pixels.width, pixels.height), (128, 128));
    // Grey as it is: what is loud is dark.
    let loudest = npy.values.iter().enumerate().min_by_key(|(_, grey)| **grey).unwrap().0;
    let (band, frame) = (loudest / SLICE_FRAMES, loudest % SLICE_FRAMES);
    let grey = npy.values[loudest];
    assert_eq!(grey_at(&pixels, 0, band, frame), [grey, grey, grey, 255]);
    let full = prepared_slices(folder.path(), SlicePreset::Full);
    assert!(full.slice(1)[loudest] > 0.9, "the darkest is not loud: {}", full.slice(1)[loudest]);
}
