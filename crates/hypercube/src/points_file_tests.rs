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

/// The same two points as spreadsheets, pandas and numpy write them.
#[test]
fn reads_what_other_programs_write() {
    let expected = Points::new(2, vec![0.5, -1.0, 2.0, 0.25], vec![1, 0]).unwrap();
    for text in [
        // pandas with its index, whole, shuffled, and twice over.
        ",x0,x1,label\n0,0.5,-1,1\n1,2,0.25,0\n",
        ",x0,x1,label\n7,0.5,-1,1\n3,2,0.25,0\n",
        ",Unnamed: 0,x0,x1,label\n0,0,0.5,-1,1\n1,1,2,0.25,0\n",
        "\"\",\"x0\",\"x1\",\"label\"\n\"0\",0.5,-1,1\n\"1\",2,0.25,0\n",
        // The label anywhere, by any of its names; inputs by any, in the order of the file.
        "Label,height,\"weight, kg\"\n1,0.5,-1\n0,2,0.25\n",
        "height,Target,weight\n0.5,1,-1\n2,0,0.25\n",
        "x,y,label\n0.5,-1,1\n2,0.25,0\n",
        "a,y,b\n0.5,1.0,-1\n2,0.0,0.25\n",
        "0,1,label\n0.5,-1,1\n2,0.25,0\n",
        // x and a number: by number.
        "x1,label,x0\n-1,1,0.5\n0.25,0,2\n",
        "x10,x9,label\n-1,0.5,1\n0.25,2,0\n",
        // numpy.savetxt: by its default separator, with a comment of one's own, and with comments="".
        "# x0,x1,label\n5.0e-01,-1.0e+00,1.0e+00\n2.0e+00,2.5e-01,0.0e+00\n",
        "# x0 x1 label\n5.0e-01 -1.0e+00 1.0e+00\n2.0e+00 2.5e-01 0.0e+00\n",
        "# made in spring\n# x0,x1,label\n0.5,-1,1\n2,0.25,0\n",
        "# made in spring\n\nx0,x1,label\n0.5,-1,1\n2,0.25,0\n",
        // Spreadsheets.
        "x0;x1;label\r\n0.5;-1;1\r\n2;0.25;0\r\n",
        "x0;x1;label\r\n0,5;-1;1\r\n2;0,25;0\r\n",
        "x0;x1;label\n0,500;-1,000;1\n2,000;0,250;0\n",
        "x0\tx1\tlabel\n0.5\t-1\t1\n2\t0.25\t0\n",
        "\n\tx0\tx1\tlabel\n0\t0.5\t-1\t1\n1\t2\t0.25\t0\n",
        "x0\tx1\tlabel\n0,5\t-1\t1,0\n2\t0,25\t0,0\n",
        "x0,x1,label,\n0.5,-1,1,\n2,0.25,0,\n",
        "x0,x1,label,,\n0.5,-1,1,,\n2,0.25,0\n,,,,\n",
        "x0,x1,label\n0.5,-1,1,\n2,0.25,0,\n",
        "x0,x1,label\n0.5,-1,1\n\n  \n2,0.25,0\n\n  \n",
        "x0,x1,label\n0.5,-1,1\n2,0.25,0\n\x1a",
    ] {
        assert_eq!(read(text), Ok(expected.clone()), "{text:?}");
        let any = parse_table(text.as_bytes(), None).unwrap();
        assert_eq!((any.points.clone(), any.names.len()), (expected.clone(), 2), "{text:?}");
        // And what is written of it comes back, names and all.
        assert_eq!(parse_table(&to_csv(&any), None), Ok(any), "{text:?}");
    }
    let names = parse_table(b"Label,height,\"weight, kg\"\n1,0.5,-1\n", None).unwrap().names;
    assert_eq!(names, ["height", "weight, kg"]);
    let odd = ["#a", "b;c", "\"d\"", "1", "e\nf"].map(str::to_owned).to_vec();
    let odd = Table { names: odd, points: Points::new(5, vec![0.1; 5], vec![3]).unwrap() };
    assert_eq!(parse_table(&to_csv(&odd), None), Ok(odd));
}

#[test]
fn refuses_what_could_mean_two_things() {
    let any = |text: &str| parse_table(text.as_bytes(), None).unwrap_err();
    let index = "so it is no index either; give it a name, or leave it out (pandas: index=False)";
    for (text, why) in [
        (",a,label\n0,1,0\n0,2,1\n", format!("line 3: a column without a name holds '0', {index}")),
        (",a,label\n0.5,1,0\n", format!("line 2: a column without a name holds '0.5', {index}")),
        (
            "a;b,c;label\n1;2;0\n",
            "the header has both ',' and ';'; separate columns by one of them, and put names in \
             quotes"
                .to_owned(),
        ),
        (
            "a;label\n1,234;0\n12,500;1\n",
            "'1,234' could mean thousands or a decimal comma; write it with a point or without the \
             comma"
                .to_owned(),
        ),
        (
            "a;b;label\n1,5;2.5;0\n",
            "some numbers have a decimal point and some a comma, such as '1,5'; write all with a \
             point, and none with separators of thousands"
                .to_owned(),
        ),
        ("a;label\n1,234,567;0\n", "line 2: a is '1,234,567', not a number".to_owned()),
        ("a;label\n1.234,5;0\n", "line 2: a is '1.234,5', not a number".to_owned()),
        ("a,label\n\"0,5\",0\n", "line 2: a is '0,5', not a number".to_owned()),
        (
            "0.5,-1,1\n2,0.25,0\n",
            "there is no header, for '0.5,-1,1' are numbers; put a line of names above them, such \
             as x0,x1,label"
                .to_owned(),
        ),
        ("0,5;-1;1\n", "there is no header, for '0,5;-1;1' are numbers".to_owned()),
        (
            "a,label\n1,setosa\n",
            "line 2: label 'setosa' is no whole number from 0 to 16383; number the classes 0, 1, 2, \
             … (pandas: astype('category').cat.codes)"
                .to_owned(),
        ),
        ("a,label\n1,16384\n", "line 2: label '16384' is no whole number from 0 to".to_owned()),
        ("a,label\n1,\n", "line 2: label '' is no whole number".to_owned()),
        ("a,label,\n1,0,5\n", "line 2: the row has length 3, and the header 2".to_owned()),
    ] {
        assert!(any(text).starts_with(&why), "{text:?}: {}", any(text));
    }
}

#[test]
fn refuses_other_headers() {
    let wide: String = (0..100).map(|k| format!("x{k},")).collect();
    let columns =
        |found: usize| format!("{found} columns; the network's 2 inputs and the label make 3");
    for (header, found, why) in [
        ("a,b,c", "a,b,c", "no column is named label, y, target or class".to_owned()),
        (
            "y,x0,class",
            "y,x0,class",
            "both 'y' and 'class' could be the label; name that one label".to_owned(),
        ),
        (
            "label,x0,Label",
            "label,x0,Label",
            "both 'label' and 'Label' could be the label; name that one label".to_owned(),
        ),
        ("x0,x0,label", "x0,x0,label", "two columns are named 'x0'".to_owned()),
        ("x0,,label", "x0,,label", "column 2 has no name".to_owned()),
        ("x0,Unnamed: 1,label", "x0,Unnamed: 1,label", "column 2 has no name".to_owned()),
        ("x0,label", "x0,label", columns(2)),
        ("x0,x1", "x0,x1", columns(2)),
        (",x0,x1,x2,label", ",x0,x1,x2,label", columns(5)),
        ("x0,x1,x2,label", "x0,x1,x2,label", columns(4)),
        ("x0:x1:label", "x0:x1:label", columns(1)),
        ("x0,\"la\nbel\x07\"", r"x0,la\nbel\u{7}", columns(2)),
        (
            &format!("{wide}label"),
            "x0,x1,x2,x3,x4,x5,x6,x7,x8,x9,x10,x11,x12,x13,x14,x15,x16,x1…",
            columns(101),
        ),
    ] {
        let why = format!("the header is '{found}', not 'x0,x1,label' ({why})");
        assert_eq!(read(&format!("{header}\n1,2,0\n")), Err(why), "{header:?}");
    }
    for nothing in ["", "\n\r\n", "\u{feff}"] {
        assert!(read(nothing).unwrap_err().starts_with("the header is '', not 'x0,x1,label' (0"));
        let any = parse_table(nothing.as_bytes(), None).unwrap_err();
        assert!(any.starts_with("the header is '', not 'x0,x1,…,label' (no column"), "{any}");
    }
    let alone = parse_table(b"label\n0\n", None).unwrap_err();
    assert!(alone.ends_with("(there is no input beside the label)"), "{alone}");
    let wide: String = (0..20_000).map(|k| format!("x{k},")).collect();
    let wide = parse_table(format!("{wide}label\n").as_bytes(), None).unwrap_err();
    assert!(wide.ends_with("(20000 inputs are more than the 16384 read here)"), "{wide}");
}

#[test]
fn refuses_what_is_no_text() {
    let why = |line| Err(format!("line {line} is not UTF-8 text; save it as csv in UTF-8"));
    assert_eq!(parse(b"x0,x1,label\n1,2,0\n1,\xff,0\n", 2, 2), why(3));
    assert_eq!(parse(b"x0,x1,label\r\n1,2,0\r\n1,2,\xe9", 2, 2), why(3));
    let utf_16: Vec<u8> =
        "\u{feff}x0,x1,label\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(parse(&utf_16, 2, 2), why(1));
    let unmarked: Vec<u8> =
        "x0,x1,label\n1,2,0".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(parse(&unmarked, 2, 2), why(1));
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
