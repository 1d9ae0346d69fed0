use super::*;

const MP3: &[u8] = include_bytes!("../../../../tests/golden/audio/song.mp3");
const NO_XING: &[u8] = include_bytes!("../../../../tests/golden/audio/song_without_xing.mp3");
const FLAC: &[u8] = include_bytes!("../../../../tests/golden/audio/song.flac");
const OGG: &[u8] = include_bytes!("../../../../tests/golden/audio/song.ogg");
const AAC: &[u8] = include_bytes!("../../../../tests/golden/audio/song_aac.m4a");
const ALAC: &[u8] = include_bytes!("../../../../tests/golden/audio/song_alac.m4a");
const WAV: &[u8] = include_bytes!("../../../../tests/golden/audio/song.wav");
const EARLY: ClipSettings = ClipSettings { start_secs: 0.25, duration_secs: 0.5 };

fn error(bytes: &[u8]) -> AudioError {
    decode_clip(&bytes, Some("mp3"), &EARLY).unwrap_err()
}

/// The same song in all formats: wherever the clip lies, decoding it alone gives the same samples as
/// decoding everything and cutting.
#[test]
fn a_clip_is_what_stands_there() {
    let all = ClipSettings { start_secs: 0.0, duration_secs: 1.0 };
    for (name, bytes) in
        [("mp3", MP3), ("mp3", NO_XING), ("flac", FLAC), ("ogg", OGG), ("m4a", AAC), ("m4a", ALAC)]
    {
        let whole = decode_clip(&bytes, Some(name), &all).unwrap();
        let late = ClipSettings { start_secs: 0.625, duration_secs: 0.375 };
        let clip = decode_clip(&bytes, None, &late).unwrap();
        let rate = f64::from(whole.source.sample_rate_hz);
        let start = (0.625 * rate).round() as usize;
        assert_eq!(clip.waveform.n_samples(), (0.375 * rate).round() as usize, "{name}");
        for (clip, whole) in clip.waveform.channels().iter().zip(whole.waveform.channels()) {
            for (at, (clip, whole)) in clip.iter().zip(&whole[start..]).enumerate() {
                assert!((clip - whole).abs() < 1e-5, "{name}, sample {at}: {clip}, not {whole}");
            }
        }
    }
}

/// Mixed down as it comes, a clip has the same samples as mixed down whole, damaged packets or not.
#[test]
fn mono_is_mixed_down_packet_by_packet() {
    let mut damaged = MP3.to_vec();
    damaged[MP3.len() / 2..MP3.len() / 2 + 700].fill(0xff);
    let wanted = ClipSettings { start_secs: 0.25, duration_secs: 0.7 };
    for bytes in [MP3, NO_XING, FLAC, OGG, AAC, ALAC, WAV, &damaged] {
        let kept = decode_clip(&bytes, None, &wanted).unwrap();
        let mixed = decode_mono_clip(&bytes, None, &wanted).unwrap();
        assert_eq!(mixed.waveform.n_channels(), 1);
        assert_eq!((&mixed.source, mixed.clip), (&kept.source, kept.clip));
        assert_eq!(mixed.notes, kept.notes);
        assert!(mixed.waveform.into_mono() == kept.waveform.into_mono(), "{:?}", kept.source);
    }
}

#[test]
fn what_the_file_is_is_told() {
    let decoded = decode_clip(&MP3, None, &EARLY).unwrap();
    assert_eq!(decoded.source.codec, "mp3");
    assert_eq!((decoded.source.sample_rate_hz, decoded.source.n_channels), (44_100, 2));
    assert!((decoded.source.duration_secs.unwrap() - 1.2).abs() < 0.001);
    let decoded = decode_clip(&WAV, Some("wav"), &EARLY).unwrap();
    assert_eq!((decoded.source.sample_rate_hz, decoded.source.n_channels), (16_000, 1));
}

#[test]
fn a_short_song_gives_its_middle_and_says_so() {
    let wanted = ClipSettings { start_secs: 70.0, duration_secs: 0.6 };
    for bytes in [MP3, FLAC, OGG, ALAC] {
        let decoded = decode_clip(&bytes, None, &wanted).unwrap();
        assert!((decoded.clip.start_secs - 0.3).abs() < 0.001, "{:?}", decoded.clip);
        assert!((decoded.clip.duration_secs - 0.6).abs() < 0.001, "{:?}", decoded.clip);
        assert!(matches!(decoded.notes[..], [ClipNote::ShortSong { .. }]), "{:?}", decoded.notes);
    }
    let decoded = decode_clip(&FLAC, None, &ClipSettings::default()).unwrap();
    assert!((decoded.waveform.duration_secs() - 1.2).abs() < 0.001);
}

#[test]
fn a_cut_off_file_gives_what_is_left_of_it() {
    let late = ClipSettings { start_secs: 0.7, duration_secs: 0.4 };
    for bytes in [MP3, FLAC, WAV] {
        let decoded = decode_clip(&&bytes[..bytes.len() * 6 / 10], None, &late).unwrap();
        let found = decoded.source.duration_secs.unwrap();
        assert!((0.4..0.8).contains(&found), "{found} s are left");
        assert!(
            decoded.notes.iter().any(|note| matches!(note, ClipNote::EndsEarly { .. })),
            "{:?}",
            decoded.notes
        );
        assert!(decoded.waveform.duration_secs() > 0.35);
    }
}

#[test]
fn damaged_packets_become_silence() {
    let is_frame = |at: &usize| matches!(MP3[*at..], [0xff, 0xfb, 0x70 | 0x72, ..]);
    let frame = (MP3.len() / 2..MP3.len()).find(is_frame).unwrap();
    let mut bytes = MP3.to_vec();
    // What stands behind the header of a frame tells how it is coded: nothing is coded like this.
    bytes[frame + 4..frame + 36].fill(0xff);
    let clip = ClipSettings { start_secs: 0.0, duration_secs: 1.1 };
    let whole = decode_clip(&MP3, Some("mp3"), &clip).unwrap();
    let damaged = decode_clip(&bytes, Some("mp3"), &clip).unwrap();
    assert_eq!(whole.notes, []);
    assert_eq!(damaged.notes, [ClipNote::Damaged { n_packets: 1 }]);
    assert_eq!(damaged.waveform.n_samples(), whole.waveform.n_samples());
    for (whole, damaged) in whole.waveform.channels().iter().zip(damaged.waveform.channels()) {
        let (start, length) = longest_silence(damaged);
        assert!((1152..3 * 1152).contains(&length), "{length} samples of silence");
        assert!(longest_silence(whole).1 < 100, "there is silence in the song itself");
        assert_eq!(damaged[..start], whole[..start]);
        // Later frames borrow bits from the damaged one; after a while all is as it was.
        let after = start + 12 * 1152;
        assert_eq!(damaged[after..], whole[after..]);
    }
}

/// Where the longest run of zeros starts, and its length.
fn longest_silence(samples: &[f32]) -> (usize, usize) {
    let (mut start, mut longest) = (0, (0, 0));
    for (at, sample) in samples.iter().enumerate() {
        if *sample != 0.0 {
            start = at + 1;
        } else if at + 1 - start > longest.1 {
            longest = (start, at + 1 - start);
        }
    }
    longest
}

#[test]
fn an_empty_file() {
    assert!(matches!(error(b""), AudioError::Empty));
}

#[test]
fn what_is_no_sound() {
    let mut noise = vec![0u8; 20_000];
    let mut stream = crate::random::Seed(3).stream("bytes");
    noise.fill_with(|| stream.below(256) as u8);
    for bytes in
        [&b"Dear Sir or Madam, this is a letter."[..], b"\x89PNG\r\n\x1a\n....", &[0; 5000], &noise]
    {
        let error = error(bytes);
        assert!(matches!(error, AudioError::NotAudio { .. }), "{error:?}");
    }
}

#[test]
fn a_file_without_samples() {
    let mut header = b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
    header.extend(16_000u32.to_le_bytes());
    header.extend(32_000u32.to_le_bytes());
    header.extend(b"\x02\0\x10\0data\0\0\0\0");
    let error = error(&header);
    assert!(matches!(error, AudioError::NoSound), "{error:?}");
    // Cut off within the header there is nothing to decode either.
    for bytes in [&MP3[..100], &FLAC[..60], &OGG[..300], &WAV[..30]] {
        assert!(decode_clip(&bytes, None, &EARLY).is_err());
    }
}

/// Stereo of 8 kHz in floating point: a tone, on the right with what is no number in it.
fn float_wav(not_finite: &[(usize, f32)]) -> Vec<u8> {
    let mut samples: Vec<[f32; 2]> = (0..8000).map(|k| [(k as f32 * 0.1).sin() * 0.5; 2]).collect();
    for (at, value) in not_finite {
        samples[*at][1] = *value;
    }
    let data: Vec<u8> = samples.as_flattened().iter().flat_map(|s| s.to_le_bytes()).collect();
    let mut file = [b"RIFF", &(36 + data.len() as u32).to_le_bytes()[..], b"WAVEfmt "].concat();
    file.extend(b"\x10\0\0\0\x03\0\x02\0");
    file.extend([8000u32, 64_000].map(u32::to_le_bytes).as_flattened());
    file.extend(b"\x08\0\x20\0data");
    file.extend((data.len() as u32).to_le_bytes());
    file.extend(data);
    file
}

#[test]
fn what_is_no_finite_number_becomes_silence() {
    let wanted = ClipSettings { start_secs: 0.0, duration_secs: 1.0 };
    let whole = decode_mono_clip(&float_wav(&[]), None, &wanted).unwrap();
    assert_eq!(whole.notes, []);
    let wrong = [(100, f32::NAN), (3000, f32::INFINITY), (3001, f32::NEG_INFINITY)];
    let file = float_wav(&wrong);
    let [kept, mixed] =
        [decode_clip, decode_mono_clip].map(|decode| decode(&file, None, &wanted).unwrap());
    assert_eq!(mixed.notes, [ClipNote::NotFinite { n_samples: 3 }]);
    assert_eq!(kept.notes, mixed.notes);
    let mixed = mixed.waveform.into_mono();
    assert_eq!(kept.waveform.into_mono(), mixed);
    for (at, (mixed, whole)) in mixed.iter().zip(whole.waveform.into_mono()).enumerate() {
        // The left channel is still there.
        let share = if wrong.iter().any(|(wrong, _)| *wrong == at) { 0.5 } else { 1.0 };
        assert_eq!(*mixed, share * whole, "sample {at}");
    }
    let outline = song_outline(&file, None, 1.0, 10, &mut |_, _| {}).unwrap();
    assert!(outline.iter().flatten().all(|value| value.is_finite()));
}

#[test]
fn a_protected_file() {
    for mark in [b"drms", b"enca"] {
        let mut bytes = AAC.to_vec();
        let at = bytes.windows(4).position(|window| window == b"mp4a").unwrap();
        bytes[at..at + 4].copy_from_slice(mark);
        let error = error(&bytes);
        assert!(matches!(error, AudioError::Protected), "{error:?}");
    }
}

/// A wav may hold sound of any kind: this one holds a block of Microsoft's ADPCM.
#[test]
fn sound_of_another_kind() {
    let mut file = b"RIFF\x46\x04\0\0WAVEfmt \x32\0\0\0\x02\0\x01\0".to_vec();
    file.extend([16_000u32, 8_110].map(u32::to_le_bytes).as_flattened());
    // Bytes of a block, bits of a sample, 32 bytes more: samples of a block, and seven pairs of coefficients.
    file.extend([1024u16, 4, 32, 2036, 7].map(u16::to_le_bytes).as_flattened());
    file.extend([0; 28]);
    file.extend(b"data\0\x04\0\0");
    file.extend([0; 1024]);
    let error = error(&file);
    assert!(matches!(error, AudioError::NoTrack), "{error:?}");
}

#[test]
fn a_senseless_sample_rate() {
    let mut bytes = WAV.to_vec();
    bytes[24..28].copy_from_slice(&3u32.to_le_bytes());
    let error = error(&bytes);
    assert!(matches!(error, AudioError::SampleRate { got_hz: 3 }), "{error:?}");
}

#[test]
fn a_song_is_drawn_from_beginning_to_end() {
    let song_secs = decode_clip(&WAV, None, &EARLY).unwrap().source.duration_secs.unwrap();
    let whole = ClipSettings { start_secs: 0.0, duration_secs: song_secs };
    for (file, tolerance) in [(WAV, 0.05), (FLAC, 0.05), (MP3, 0.15)] {
        let mut grown = Vec::new();
        let outline = song_outline(&file, None, song_secs, 50, &mut |columns, n| {
            grown.push((columns.to_vec(), n));
        });
        let outline = outline.unwrap();
        // What is drawn is what the clip of all of it holds.
        let clip = decode_clip(&file, None, &whole).unwrap().waveform;
        let n_samples = clip.n_samples();
        for (at, [low, high]) in outline.iter().enumerate() {
            let samples = clip
                .channels()
                .iter()
                .flat_map(|channel| &channel[at * n_samples / 50..(at + 1) * n_samples / 50]);
            let [least, most] = samples.fold([f32::MAX, f32::MIN], |[least, most], sample| {
                [least.min(*sample), most.max(*sample)]
            });
            // A sample on the border may stand on either side of it.
            let apart = (low - least).abs().max((high - most).abs());
            assert!(apart <= tolerance, "column {at}: {low} {high}, {least} {most}");
        }
        assert!(grown.windows(2).all(|pair| pair[0].1 < pair[1].1));
        assert!(grown.len() > 5 && grown[0].0[49] == [0.0; 2] && outline[48] != [0.0; 2]);
    }
    // A song that its header takes for longer: what is not there stays silent.
    let outline = song_outline(&WAV, None, 2.0 * song_secs, 10, &mut |_, _| ()).unwrap();
    assert!(outline[2] != [0.0; 2] && outline[8] == [0.0; 2]);
    assert!(song_outline(&&b"no song"[..], None, 1.0, 4, &mut |_, _| ()).is_err());
}
