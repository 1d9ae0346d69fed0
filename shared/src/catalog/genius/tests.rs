use super::*;

const EIGHT: &str = "title,tag,artist,year,views,features,lyrics,id\n";

fn read(bytes: &[u8]) -> (Vec<LyricsRow>, Vec<String>) {
    let mut reader = GeniusReader::new(bytes).unwrap();
    let (mut rows, mut broken) = (Vec::new(), Vec::new());
    while let Some(row) = reader.next_row().unwrap() {
        match row {
            Ok(row) => rows.push(row),
            Err(row) => broken.push(format!("{row}: {}", row.fault)),
        }
    }
    (rows, broken)
}

#[test]
fn the_edition_of_eight_columns() {
    let csv = format!(
        "{EIGHT}Can't Stop,rap,Ann,2004,173166,\"{{\"\"Cam\\\\'ron\"\",\"\"B, C\"\"}}\",\"[Verse 1]\nline, \
         \"\"two\"\"\n\",1\nNext,pop,Bob,,,{{}},la,\n"
    );
    let (rows, broken) = read(csv.as_bytes());
    assert_eq!(broken, [""; 0]);
    assert_eq!(rows[0].features, ["Cam'ron", "B, C"]);
    assert_eq!(rows[0].lyrics, "[Verse 1]\nline, \"two\"\n");
    assert_eq!((rows[0].year, rows[0].views, rows[0].line), (Some(2004), Some(173_166), 2));
    assert_eq!((rows[1].year, rows[1].views, rows[1].line), (None, None, 5));
    assert_eq!(rows[0].track_id(), TrackId::from_parts(&["genius", "1"]));
    assert_eq!(rows[1].track_id(), TrackId::from_parts(&["genius", "Bob", "Next"]));
}

#[test]
fn the_edition_of_eleven_columns_in_any_order() {
    let csv = "language,id,language_ft,lyrics,features,views,year,artist,tag,title,language_cld3\n\
               en,1,en,la,{},5,2001.0,Ann,pop,One,en\n\
               ,2,de,la,{},5,1,Ann,pop,Two,en\n\
               nan,3,nan,la,{},5,2001,Ann,pop,Three,FR\n";
    let (rows, _) = read(csv.as_bytes());
    let by_column = |code: &str, confidence| {
        Some(Language { code: code.into(), confidence, is_detected: false })
    };
    assert_eq!(rows[0].language, by_column("en", 1.0));
    assert_eq!(rows[1].language, None);
    assert_eq!(rows[2].language, by_column("fr", 0.5));
    assert_eq!((rows[0].year, rows[1].year), (Some(2001), None));
}

#[test]
fn byte_order_mark_and_crlf_are_taken() {
    let csv = format!("\u{feff}{EIGHT}A,pop,Ann,2000,1,{{}},\"x\ny\",1\n").replace('\n', "\r\n");
    let (rows, broken) = read(csv.as_bytes());
    assert_eq!(broken, [""; 0]);
    assert_eq!((rows[0].title.as_str(), rows[0].lyrics.as_str()), ("A", "x\r\ny"));
}

#[test]
fn broken_rows_are_told_with_line_and_reason() {
    let mut csv = format!("{EIGHT}A,pop,Ann,2000,1,{{}},\"x\ny\",1\nB,pop,Ann\n").into_bytes();
    csv.extend(b"C\xff,pop,Ann,2000,1,{},la,2\nD,pop,Ann,soon,1,{},la,3\n");
    csv.extend(format!("E,pop,Ann,2000,1,{{}},{},4\n", "x".repeat(10_000_000)).into_bytes());
    csv.extend(b"F,pop,Ann,2000,1,{},la,5\n");
    let (rows, broken) = read(&csv);
    assert_eq!(rows.iter().map(|row| row.title.as_str()).collect::<Vec<_>>(), ["A", "F"]);
    let expected = [
        "line 4: 3 fields where the header has 8",
        "line 5: the field 'title' is not UTF-8",
        "line 6: the field 'year' should be a number and is 'soon'",
        "line 7: 10000015 bytes, more than 1048576",
    ];
    assert_eq!(broken.len(), expected.len());
    for (broken, expected) in broken.iter().zip(expected) {
        assert!(broken.starts_with(expected), "{broken}");
    }
}

#[test]
fn a_quote_that_is_not_closed_costs_what_follows_but_no_memory() {
    let mut csv = format!("{EIGHT}A,pop,Ann,2000,1,{{}},la,1\nB,pop,Ann,2000,1,{{}},\"la,2\n");
    for id in 0..100_000 {
        csv.push_str(&format!("C,pop,Ann,2000,1,{{}},la,{id}\n"));
    }
    let (rows, broken) = read(csv.as_bytes());
    assert_eq!((rows.len(), broken.len()), (1, 1));
    assert!(broken[0].contains("is a quote not closed?"), "{}", broken[0]);
}

#[test]
fn a_missing_column_is_named_with_what_was_found() {
    let error = GeniusReader::new("title,genre,artist\n".as_bytes()).err().unwrap().to_string();
    assert!(error.contains("'tag'") && error.contains("title,genre,artist"), "{error}");
    let error = GeniusReader::new("".as_bytes()).err().unwrap().to_string();
    assert!(error.contains("empty"), "{error}");
}
