use super::*;

fn file(path: &str) -> AudioFile {
    AudioFile { path: path.into(), ..AudioFile::default() }
}

fn row(id: &str, artist: &str, title: &str) -> LyricsRow {
    LyricsRow {
        id: id.into(),
        artist: artist.into(),
        title: title.into(),
        views: Some(id.len() as u64),
        lyrics: "la la".into(),
        ..LyricsRow::default()
    }
}

fn link(files: &[&str], rows: &[LyricsRow], decisions: &str) -> Linked {
    link_with(LinkOptions::default(), files, rows, decisions)
}

/// A title alone is enough.
fn link_by_title(files: &[&str], rows: &[LyricsRow]) -> Linked {
    let options = LinkOptions { threshold: 0.1, ..LinkOptions::default() };
    link_with(options, files, rows, "")
}

fn link_with(options: LinkOptions, files: &[&str], rows: &[LyricsRow], decisions: &str) -> Linked {
    let files = files.iter().map(|path| file(path)).collect();
    let decisions = Decisions::read_csv(decisions.as_bytes()).unwrap();
    let mut linker = Linker::new(files, decisions, options);
    for row in rows {
        linker.offer(row.clone());
    }
    linker.finish()
}

fn pairs(linked: &Linked) -> Vec<(&str, &str)> {
    linked.links.iter().map(|l| (l.file.path.as_str(), l.row.id.as_str())).collect()
}

#[test]
fn versions_find_their_own_rows() {
    let linked = link(
        &["Ann Archer - Silver Rain (Live).mp3", "Ann Archer - Silver Rain.mp3"],
        &[row("1", "Ann Archer", "Silver Rain"), row("2", "Ann Archer", "Silver Rain (Live)")],
        "",
    );
    assert_eq!(
        pairs(&linked),
        [("Ann Archer - Silver Rain (Live).mp3", "2"), ("Ann Archer - Silver Rain.mp3", "1")]
    );
}

#[test]
fn one_row_goes_to_one_file() {
    let linked = link(
        &["a/Ann Archer - Silver Rain.mp3", "b/Ann Archer - Silver Rain.mp3", "c/Other.mp3"],
        &[row("1", "Ann Archer", "Silver Rain")],
        "",
    );
    assert_eq!(pairs(&linked), [("a/Ann Archer - Silver Rain.mp3", "1")]);
    let surplus = ("b/Ann Archer - Silver Rain.mp3", "a/Ann Archer - Silver Rain.mp3");
    assert_eq!(linked.surplus, [(surplus.0.to_owned(), surplus.1.to_owned())]);
    assert_eq!(linked.without_row, ["c/Other.mp3"]);
}

#[test]
fn two_rows_alike_are_for_a_person_whose_decision_counts() {
    let files = ["Silver Rain.mp3", "Ann Archer, Bob Bolt - Golden Sun.mp3"];
    let rows = [
        row("1", "Ann Archer", "Silver Rain"),
        row("22", "Ken Keys", "Silver Rain"),
        row("3", "Ann Archer", "Golden Sun"),
        row("4", "Bob Bolt", "Golden Sun"),
    ];
    let linked = link(&files, &rows, "");
    assert_eq!(linked.ambiguous.len() + linked.links.len(), 2, "{linked:?}");
    let silver = linked.ambiguous.iter().find(|a| a.audio_path == files[0]).unwrap();
    assert_eq!(silver.candidates.len(), 2);
    let decisions = format!("audio_path,decision\n{},22\n\"{}\",none\n", files[0], files[1]);
    let decided = link(&files, &rows, &decisions);
    assert_eq!(pairs(&decided), [(files[0], "22")]);
    assert!(decided.links[0].reasons.starts_with("decided by hand"), "{decided:?}");
    assert_eq!(decided.left_out, [files[1]]);
    let wrong = link(&files, &rows, "audio_path,decision\nSilver Rain.mp3,99\nx.mp3,1\n");
    assert_eq!(wrong.unusable_decisions.len(), 2, "{:?}", wrong.unusable_decisions);
}

#[test]
fn memory_is_bounded_by_the_files() {
    let files = vec![file("Silver Rain.mp3"), file("Ann Archer - Golden Sun.mp3")];
    let mut linker = Linker::new(files, Decisions::default(), LinkOptions::default());
    for n in 0..2000 {
        linker.offer(row(&n.to_string(), &format!("Artist {n}"), "Silver Rain"));
        linker.offer(row(&n.to_string(), "Ann Archer", &format!("Golden Sun {n}")));
    }
    assert!(linker.n_kept() <= 2 * MAX_CANDIDATES, "{} rows kept", linker.n_kept());
}

#[test]
fn a_row_that_one_file_gives_up_stays_for_another() {
    let files: Vec<String> = ["One", "Two"].map(|n| format!("{n} Same - Silver Rain.mp3")).into();
    let paths: Vec<&str> = files.iter().map(String::as_str).collect();
    let mut rows: Vec<LyricsRow> =
        (0..10).map(|n| row(&n.to_string(), "One Same", &format!("Silver Rain {n}"))).collect();
    rows.insert(0, row("one", "One Same", "Silver Rain"));
    rows.push(row("two", "Two Same", "Silver Rain"));
    assert_eq!(pairs(&link(&paths, &rows, "")), [(paths[0], "one"), (paths[1], "two")]);
}

#[test]
fn a_song_offered_again_replaces_the_first() {
    let rows = [row("1", "Ann Archer", "Silver Rain"), row("2", "ANN ARCHER", "Silver rain")];
    let linked = link(&["Ann Archer - Silver Rain.mp3"], &rows, "");
    assert_eq!(pairs(&linked), [("Ann Archer - Silver Rain.mp3", "2")]);
}

#[test]
fn a_second_copy_of_an_unclear_file_is_as_unclear() {
    let files = ["a/Golden Sun.mp3", "b/Golden Sun.mp3", "c/Golden Sun.mp3"];
    let rows = [row("1", "Ann Archer", "Golden Sun"), row("2", "Bob Bolt", "Golden Sun")];
    let alone = link_by_title(&files[..1], &rows);
    assert_eq!((alone.links.len(), alone.ambiguous.len()), (0, 1), "{alone:?}");
    let linked = link_by_title(&files, &rows);
    assert_eq!(pairs(&linked), [], "{linked:?}");
    let why: Vec<&str> = linked.ambiguous.iter().map(|own| own.why.as_str()).collect();
    assert!(why[..2].iter().all(|why| why.contains("fits nearly as well")), "{why:?}");
    assert_eq!(why[2], format!("'{}' may be the same song", files[0]));
    assert!(linked.ambiguous.iter().all(|own| own.candidates.len() == 2), "{linked:?}");
}

#[test]
fn all_candidates_are_told_whatever_other_files_got() {
    let rows = [
        row("1", "Ann Archer", "Silver Rain"),
        row("22", "Bob Bolt", "Silver Rain"),
        row("333", "Ken Keys", "Silver Rain"),
    ];
    for ahead in ["a/", "z/"] {
        let sure = format!("{ahead}Ken Keys - Silver Rain.mp3");
        let linked = link_by_title(&[&sure, "m/Silver Rain.mp3"], &rows);
        assert_eq!(pairs(&linked), [(sure.as_str(), "333")]);
        let ids: Vec<&str> =
            linked.ambiguous[0].candidates.iter().map(|own| own.id.as_str()).collect();
        assert_eq!(ids.len(), 3, "{ahead}: {ids:?}");
        assert!(ids.contains(&"333"), "a person may give it to this file");
    }
}
