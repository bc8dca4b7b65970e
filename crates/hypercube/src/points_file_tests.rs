use std::fs::{self, File};

use super::*;

fn read(text: &str) -> Result<Points, String> {
    parse(text.as_bytes(), 2, 2)
}

#[test]
fn reads_plain_files_and_those_of_other_systems() {
    let expected = Points::new(2, vec![0.5, -1.0, 2.0, 3e-1], vec![1, 0]).unwrap();
    for text in [
        "x0,x1,label\n0.5,-1,1\n2,3e-1,0\n",
        "\u{feff}x0,x1,label\r\n0.5,-1,1\r\n2,3e-1,0\r\n",
        "x0, x1, label\n0.5, -1, 1.0\n2, 3e-1, 0",
        "x0,x1,label\r0.5,-1,1\r2,3e-1,0\r",
        "\n\nx0,x1,label\n\n0.5,-1,1\r\n\r\n2,3e-1,0\n\n\n",
        "\"x0\",\"x1\",\"label\"\n\"0.5\",\"-1\",\"1\"\n2,\"3e-1\",0\n",
        "x0,x1,label\n5.00000000e-01,-1.0e+00,1.0000e+00\n+2,.3,-0\n",
        "x0,x1,label\n0.50000000000000000000000000000000000000000,-1,1\n2,0.3,0",
    ] {
        assert_eq!(read(text), Ok(expected.clone()), "{text:?}");
    }
    let tiny = read("x0,x1,label\n1e-999,-3.4e38,0").unwrap();
    assert_eq!(tiny.coordinates(), [0.0, -3.4e38]);
}

/// Every way in which a file can be wrong, with all that is said of it.
#[test]
fn refuses_the_rest_in_one_line() {
    let beyond = "points must be finite, and below 3.4e38, which is as far as float32 goes";
    let number = "not a number; write it like 0.5 or -1e-3";
    let long = "9".repeat(500);
    let cut = format!("{}…", "9".repeat(60));
    for (rows, why) in [
        ("1,a,0", format!("line 2: x1 is 'a', {number}")),
        ("1,,0", format!("line 2: x1 is '', {number}")),
        ("1,0x10,0", format!("line 2: x1 is '0x10', {number}")),
        ("1,\x1b[2Jred\u{202e},0", format!(r"line 2: x1 is '\u{{1b}}[2Jred\u{{202e}}', {number}")),
        ("1,\"a\nb\",0", format!(r"line 2: x1 is 'a\nb', {number}")),
        ("1,NaN,0", format!("line 2: x1 is NaN; {beyond}")),
        ("inf,1,0", format!("line 2: x0 is inf; {beyond}")),
        ("1,1e999,0", format!("line 2: x1 is 1e999; {beyond}")),
        ("1,-1e39,0", format!("line 2: x1 is -1e39; {beyond}")),
        (&format!("{long},1,0"), format!("line 2: x0 is {cut}; {beyond}")),
        (
            &format!("1,2,{long}"),
            format!("line 2: label '{cut}' is no class; the network has 0 to 1"),
        ),
        ("1,2,0\n1,2,2", "line 3: label '2' is no class; the network has 0 to 1".to_owned()),
        ("1,2,0.5", "line 2: label '0.5' is no class; the network has 0 to 1".to_owned()),
        ("1,2,-1", "line 2: label '-1' is no class; the network has 0 to 1".to_owned()),
        ("1,2,NaN", "line 2: label 'NaN' is no class; the network has 0 to 1".to_owned()),
        ("1,2,x", "line 2: label 'x' is no class; the network has 0 to 1".to_owned()),
        ("1,2", "line 2: the row has length 2, and the header 3; fill every column".to_owned()),
        ("1,2,0,0", "line 2: the row has length 4, and the header 3; fill every column".to_owned()),
        (
            "1,2,0\n ",
            "line 3: the row has length 1, and the header 3; fill every column".to_owned(),
        ),
        (
            "1,\"2,0\n1,2,0",
            "line 2: the row has length 2, and the header 3; fill every column".to_owned(),
        ),
        // Blank lines and carriage returns count as the lines they are in an editor.
        ("1,2,0\n\n\n1,2,3", "line 5: label '3' is no class; the network has 0 to 1".to_owned()),
        ("1,2,0\r\n\r\n1,2,3", "line 4: label '3' is no class; the network has 0 to 1".to_owned()),
        ("1,2,0\r1,2,3", "line 3: label '3' is no class; the network has 0 to 1".to_owned()),
        ("", "there are no rows below the header; give one for each point".to_owned()),
        ("\r\n\n", "there are no rows below the header; give one for each point".to_owned()),
    ] {
        assert_eq!(read(&format!("x0,x1,label\n{rows}")), Err(why), "{rows:?}");
    }
}

#[test]
fn refuses_other_headers() {
    let wide: String = (0..100).map(|k| format!("x{k},")).collect();
    for (header, found, columns) in [
        ("-1,0,1", "-1,0,1", 3),
        ("a,b,label", "a,b,label", 3),
        ("x0,label", "x0,label", 2),
        ("x0,x1", "x0,x1", 2),
        ("x1,x0,label", "x1,x0,label", 3),
        (",x0,x1,label", ",x0,x1,label", 4),
        ("x0,x1,x2,label", "x0,x1,x2,label", 4),
        ("x0;x1;label", "x0;x1;label", 1),
        ("x0,x1,\"la\nbel\x07\"", r"x0,x1,la\nbel\u{7}", 3),
        (
            &format!("{wide}label"),
            "x0,x1,x2,x3,x4,x5,x6,x7,x8,x9,x10,x11,x12,x13,x14,x15,x16,x1…",
            101,
        ),
    ] {
        let why = format!(
            "the header is '{found}', not 'x0,x1,label' ({columns} columns; the network's 2 inputs \
             and the label make 3)"
        );
        assert_eq!(read(&format!("{header}\n1,2,0\n")), Err(why), "{header:?}");
    }
    for nothing in ["", "\n\r\n", "\u{feff}"] {
        assert!(read(nothing).unwrap_err().starts_with("the header is '', not 'x0,x1,label' (0"));
    }
}

#[test]
fn refuses_what_is_no_text() {
    let why = |line| Err(format!("line {line} is not UTF-8 text; save it as csv in UTF-8"));
    assert_eq!(parse(b"x0,x1,label\n1,2,0\n1,\xff,0\n", 2, 2), why(3));
    assert_eq!(parse(b"x0,x1,label\r\n1,2,0\r\n1,2,\xe9", 2, 2), why(3));
    let utf_16: Vec<u8> =
        "\u{feff}x0,x1,label\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(parse(&utf_16, 2, 2), why(1));
}

#[test]
fn refuses_what_is_no_file_to_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p\x1b.csv");
    let said = |path: &Path| {
        let error = load(path, 2, 2).unwrap_err().to_string();
        error.replace(&shown(folder.path()), "HERE")
    };
    assert!(said(&path).starts_with(r"cannot read points HERE/p\u{1b}.csv: No such file"));
    assert_eq!(said(folder.path()), "cannot read points HERE: it is a folder; name the file in it");
    File::create(&path).unwrap().set_len(input::MAX_BYTES + 1).unwrap();
    let large = "it is larger than 256 MiB, the most that is read";
    assert_eq!(said(&path), format!(r"cannot read points HERE/p\u{{1b}}.csv: {large}"));
    fs::write(&path, "x0,x1,label\n").unwrap();
    let none = "there are no rows below the header; give one for each point";
    assert_eq!(said(&path), format!(r"points HERE/p\u{{1b}}.csv: {none}"));
}
