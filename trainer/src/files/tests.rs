use super::*;

#[test]
fn a_failed_write_leaves_the_earlier_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a/b.txt");
    write(&path, b"before").unwrap();
    let error = write_with(&path, |writer| {
        writer.write_all(b"half").and(Err(io::Error::from(io::ErrorKind::StorageFull)))
    })
    .unwrap_err();
    assert!(error.to_string().contains("b.txt"), "{error}");
    assert_eq!(read(&path).unwrap(), b"before");
    assert_eq!(list(path.parent().unwrap()).unwrap(), [path]);
}

#[test]
fn a_folder_is_copied_and_what_is_missing_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("from"), folder.path().join("to"));
    write(&from.join("deep/a.txt"), b"a").unwrap();
    write(&from.join("report.json"), b"{}").unwrap();
    write(&to.join("deep/a.txt"), b"b").unwrap();
    copy_folder(&from, &to, |file| u8::from(file.ends_with("report.json"))).unwrap();
    assert_eq!(read(&to.join("deep/a.txt")).unwrap(), b"a");
    assert_eq!(stamp(&to.join("report.json")).unwrap().n_bytes, 2);
    assert_eq!(read_if_there(&to.join("b.txt")).unwrap(), None);
    assert!(!exists(&to.join("b.txt")).unwrap() && stamp(&to.join("b.txt")).is_err());
}

#[cfg(unix)]
#[test]
fn links_in_a_circle_end() {
    let folder = tempfile::tempdir().unwrap();
    let [songs, more, other] = ["songs", "more", "songs/other"].map(|own| folder.path().join(own));
    write(&songs.join("a.mp3"), b"a").unwrap();
    write(&more.join("b.mp3"), b"b").unwrap();
    for (to, link) in
        [(folder.path(), &songs.join("up")), (&*songs, &more.join("back")), (&*more, &other)]
    {
        std::os::unix::fs::symlink(to, link).unwrap();
    }
    // Whatever stands first, a folder is found under each of its names.
    let expected =
        [more.join("b.mp3"), more.join("back/a.mp3"), songs.join("a.mp3"), other.join("b.mp3")];
    assert_eq!(list_below(folder.path()).unwrap(), expected);
}

#[cfg(not(feature = "s3"))]
#[test]
fn a_bucket_needs_the_feature() {
    let error = read(Path::new("s3://songs/a.mp3")).unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(error.to_string().contains("s3://songs/a.mp3"), "{error}");
    assert!(source.contains("--features s3"), "{source}");
    // An address that can't be looked at is not taken for one where nothing is.
    assert!(exists(Path::new("s3://songs/a.mp3")).is_err());
}

#[test]
fn a_failed_folder_leaves_the_earlier_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bundle");
    let fill =
        |text: &'static str| move |new: &Path| write(&new.join("deep/a.txt"), text.as_bytes());
    replace_folder(&path, fill("first")).unwrap();
    replace_folder(&path, fill("second")).unwrap();
    let failed = |new: &Path| {
        write(&new.join("deep/a.txt"), b"third")?;
        read(Path::new("not there")).map(|_| ())
    };
    assert!(replace_folder(&path, failed).is_err());
    assert_eq!(read(&path.join("deep/a.txt")).unwrap(), b"second");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "something was left behind");
}
