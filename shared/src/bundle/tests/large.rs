//! What only large bundles have, and what pictures and reasons need.

use super::*;

#[test]
fn what_can_be_heard_of_a_large_bundle_stands_in_a_list() {
    let list = "lists/0000.json";
    let manifest = Manifest::from_json(&EXAMPLE[MANIFEST_FILE]).unwrap();
    assert_eq!(manifest.files_of(&FileRole::Stimulus).count(), 0);
    let [entry] = &manifest.file_lists[..] else { panic!("{:?}", manifest.file_lists) };
    assert_eq!((entry.file.as_str(), entry.n_files), (list, 3));
    let mut whole = manifest.clone();
    whole.take_list(entry, &EXAMPLE[list]).unwrap();
    assert_eq!(whole.files_of(&FileRole::Stimulus).count(), 3);
    // One fault for a list that is none, and not one for each of its files as well.
    assert_faults(&with_file(list, b"[]"), &["'lists/0000.json' is no list of files"]);
    let longer = with_manifest(|manifest| manifest["file_lists"][0]["n_files"] = json!(4));
    assert_faults(&longer, &["'lists/0000.json' names 3 files"]);
    let twice = with_manifest(|manifest| {
        let entry = manifest["file_lists"][0].clone();
        manifest["file_lists"].as_array_mut().unwrap().push(entry);
    });
    assert_faults(&twice, &["names the file 'stimuli/a.mp3', which is named already"]);
    let outside = with_manifest(|manifest| manifest["file_lists"][0]["file"] = json!("../list"));
    assert_faults(&outside, &["'file_lists' names the file '../list', which it does not list"]);
    // Its files are looked at like those of the manifest.
    let mut changed = EXAMPLE.clone();
    changed.insert("stimuli/b.mp3".into(), b"else".to_vec());
    assert_faults(&changed, &["'stimuli/b.mp3' has 4 bytes, the manifest says"]);
}

#[test]
fn pages_of_other_songs_are_named() {
    let page = |title: &str| {
        let mut list = songs();
        list.tracks[1].title = title.to_owned();
        serde_json::to_vec(&SongPage { tracks: list.tracks }).unwrap()
    };
    let file = "songs/pages/0000.json";
    assert_faults(&with_file(file, &page(&songs().tracks[1].title)), &[]);
    assert_faults(&with_file(file, &page("Another")), &["'songs/pages/0000.json' does not say"]);
    assert_faults(&with_file(file, b"{}"), &["'songs/pages/0000.json' is no page of songs"]);
    let fewer = with_manifest(|manifest| manifest["song_pages"]["songs_per_page"] = json!(2));
    assert_faults(
        &fewer,
        &["'songs/index.json' has 3 songs, the manifest 1 pages", "'songs/pages/0000.json' has 3"],
    );
    let role = with_manifest(|manifest| manifest["song_pages"]["words"] = json!([CATALOG_FILE]));
    assert_faults(&role, &["'catalog.json' does not say"]);
    let gone = with_manifest(|manifest| manifest["song_pages"]["words"] = json!(["songs/w.json"]));
    assert_faults(&gone, &["'song_pages' names the file 'songs/w.json', which it does not list"]);
}

#[test]
fn a_map_has_two_values_for_each_song() {
    let path = map_file("audio");
    let sound = table("audio").to_safetensors(ValueFormat::F32).unwrap();
    assert_eq!(
        EXAMPLE[&path],
        principal_map(&table("audio")).to_safetensors(ValueFormat::F32).unwrap()
    );
    assert_faults(&with_file(&path, &sound), &[]);
    let wide = EmbeddingTable::new("audio", 3, vec![id("a"), id("b")], vec![1.; 6]).unwrap();
    let found = faults(&with_file(&path, &wide.to_safetensors(ValueFormat::F32).unwrap()));
    assert!(found[0].contains("the number of dimensions is 3"), "{found:?}");
    assert!(found.len() == 2 && found[1].contains("'c'"), "{found:?}");
    let odd = principal_map(&table("audio")).with_metadata("mean", "1,two");
    let odd = odd.to_safetensors(ValueFormat::F32).unwrap();
    assert_faults(&with_file(&path, &odd), &["does not say how songs come onto the map"]);
}

#[test]
fn moments_are_slices_and_parts_fit_their_table() {
    assert_faults(&EXAMPLE, &[]);
    let changed = |path: &str, bytes: Vec<u8>| with_file(path, &bytes);
    let whole = table("audio").to_safetensors(ValueFormat::F16).unwrap();
    assert_faults(
        &changed(&moments_file("audio", Some(0)), whole.clone()),
        &["those of whole songs alone"],
    );
    assert_faults(
        &changed(&part_file("audio", Some(0)), whole.clone()),
        &["no part of an embedding"],
    );
    let ids = vec![id("a"), id("b")];
    let other = EmbeddingTable::new("audio", 2, ids, vec![1., 0., 0., 1.]).unwrap();
    let (index, parts) = PartIndex::cut(&other);
    assert_faults(
        &changed(&part_file("audio", None), index.to_safetensors()),
        &["the number of tracks is 2, the manifest says 3"],
    );
    // Songs and vectors are those of the index and of the table.
    let (own_index, own) = PartIndex::cut(&table("audio"));
    let first = part_file("audio", Some(0));
    assert_faults(&changed(&first, own[0].to_safetensors()), &[]);
    assert_ne!(own[0].positions(), parts[0].positions());
    assert_faults(&changed(&first, parts[0].to_safetensors()), &["0000.safetensors': "]);
    let turned: Vec<f32> = table("audio").values().iter().map(|value| -value).collect();
    let ids = songs().tracks.into_iter().map(|song| song.track_id).collect();
    let turned = EmbeddingTable::new("audio", 2, ids, turned).unwrap();
    let (turned_index, turned) = PartIndex::cut(&turned);
    let same = |place| turned_index.part_of(place) == own_index.part_of(place);
    assert!((0..3).all(same), "the parts are the same songs");
    assert_faults(
        &changed(&first, turned[0].to_safetensors()),
        &["of its songs are in another part, or have another vector"],
    );
    let gone = with_manifest(|manifest| {
        manifest["embeddings"]["audio"]["parts"]["files"][0] = json!("embeddings/else");
    });
    assert_faults(
        &gone,
        &["'embeddings.audio' names the file 'embeddings/else', which it does not list"],
    );
}

/// The example with these files of moments in the place of its own.
fn with_moments(moments: &[(Option<usize>, EmbeddingTable)]) -> Files {
    let mut files = EXAMPLE.clone();
    let mut manifest = Manifest::from_json(&files[MANIFEST_FILE]).unwrap();
    let old = moments_file("audio", Some(0));
    assert!(files.remove(&old).is_some() && manifest.files.remove(&old).is_some());
    for (part, table) in moments {
        let (path, bytes) =
            (moments_file("audio", *part), table.to_safetensors(ValueFormat::F16).unwrap());
        let record = FileRecord::of(FileRole::Moments, MediaKind::Bytes, &bytes);
        manifest.files.insert(path.clone(), record);
        files.insert(path, bytes);
    }
    files.insert(MANIFEST_FILE.to_owned(), manifest.to_json());
    files
}

#[test]
fn moments_are_those_of_all_songs_in_one_file_or_in_several() {
    let all = with_slices().moments(1, |_| true).unwrap();
    assert_eq!(all.part(0..3), all);
    assert_eq!(all.part(1..2).slice_rows(&id("b")), all.slice_rows(&id("b")));
    for part in [None, Some(0)] {
        assert_faults(&with_moments(&[(part, all.clone())]), &[]);
    }
    assert_faults(&with_moments(&[(Some(0), all.part(1..3))]), &["the tracks is 2 others"]);
    let twice = with_moments(&[(Some(0), all.clone()), (Some(1), all.part(0..1))]);
    assert_faults(&twice, &["the tracks is 1 others", "the number of files of these moments is 2"]);
    let both = with_moments(&[(None, all.clone()), (Some(0), all.clone())]);
    assert_faults(&both, &["the number of files of these moments is 2"]);
}

#[test]
fn moments_of_many_songs_are_in_several_files() {
    let n_songs = SONGS_PER_MOMENTS_FILE + 2;
    let song = songs().tracks.remove(0);
    let tracks = (0..n_songs).map(|at| Song { track_id: id(&format!("s{at:04}")), ..song.clone() });
    let list = SongList { tracks: tracks.collect(), ..songs() };
    let ids: Vec<TrackId> = list.tracks.iter().map(|song| song.track_id.clone()).collect();
    let slices = ids.iter().map(|id| (id.clone(), vec![1.0, 0.0])).collect();
    let table = EmbeddingTable::new("audio", 2, ids.clone(), vec![1.0; 2 * n_songs]).unwrap();
    let mut files = Files::new();
    let mut writer = BundleWriter::new(|path: &str, bytes: &[u8]| {
        files.insert(path.to_owned(), bytes.to_vec());
        Ok::<(), Infallible>(())
    });
    writer.song_pages(&list).unwrap();
    writer.moments(&table.with_slices(&slices).unwrap()).unwrap();
    let of = |part| EmbeddingTable::from_safetensors(&files[&moments_file("audio", part)]).unwrap();
    let [first, second] = [0, 1].map(|part| of(Some(part)));
    assert_eq!([first.n_tracks(), second.n_tracks()], [SONGS_PER_MOMENTS_FILE, 2]);
    assert_eq!(second.track_ids(), &ids[SONGS_PER_MOMENTS_FILE..]);
    assert_eq!(second.slice_rows(&ids[n_songs - 1]), Some(&[1.0, 0.0][..]));
}
