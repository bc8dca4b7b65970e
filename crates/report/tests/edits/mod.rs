//! What may be done to a file by hand.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use serde_json::{Value, json};

/// A file of a section, edited.
pub struct Edit {
    pub file: String,
    /// What was done to it.
    pub what: String,
    /// What is in it then; none if it is gone.
    pub bytes: Option<Vec<u8>>,
}

/// What was done, and what came of it.
type Edited = (String, Vec<u8>);

/// Numbers that are none, or at the ends of what there are.
const ODD: [&str; 6] = ["NaN", "1e308", "inf", "-1e308", "1e-320", "-inf"];

fn is_float(cell: &str) -> bool {
    cell.contains(['.', 'e']) && cell.parse::<f64>().is_ok()
}

fn is_whole(cell: &str) -> bool {
    cell.parse::<u64>().is_ok()
}

fn text(rows: &[Vec<String>]) -> Vec<u8> {
    let lines: Vec<String> = rows.iter().map(|row| row.join(",") + "\n").collect();
    lines.concat().into_bytes()
}

/// Edits of a csv file. Those that tables still make figures of take long: of them only two, from
/// the one at `turn` on, besides odd numbers everywhere.
pub fn of_table(bytes: &[u8], turn: usize) -> Vec<Edited> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes);
    let quoted = |cell: &str| {
        if cell.contains([',', '"', '\n']) {
            format!("\"{}\"", cell.replace('"', "\"\""))
        } else {
            cell.to_owned()
        }
    };
    let rows: Vec<Vec<String>> =
        reader.records().map(|row| row.unwrap().iter().map(quoted).collect()).collect();
    let each_row = |edit: &dyn Fn(&Vec<String>) -> Vec<String>| {
        text(&rows.iter().map(edit).collect::<Vec<_>>())
    };
    // Other values in the cells below the header that are numbers of a kind.
    let cells = |is: fn(&str) -> bool, value: &dyn Fn(usize) -> Option<&'static str>| {
        let mut rows = rows.clone();
        let numbers = rows.iter_mut().skip(1).flatten().filter(|cell| is(cell));
        for (index, cell) in numbers.enumerate() {
            if let Some(value) = value(index) {
                *cell = value.to_owned();
            }
        }
        text(&rows)
    };
    let twice: Vec<Vec<String>> = rows.iter().chain(&rows[1..]).cloned().collect();
    let mut edited = vec![
        ("truncated", bytes[..bytes.len() / 2].to_vec()),
        ("empty", Vec::new()),
        ("no rows", text(&rows[..1])),
        ("no first column", each_row(&|row| row[1..].to_vec())),
        ("odd numbers", cells(is_float, &|index| Some(ODD[index % ODD.len()]))),
        ("columns turned round", each_row(&|row| row.iter().rev().cloned().collect())),
        ("another column", each_row(&|row| [&row[..], &["1".to_owned()]].concat())),
        ("rows twice", text(&twice)),
        ("a few odd numbers", cells(is_float, &|k| (k % 7 == 3).then(|| ODD[k / 7 % ODD.len()]))),
        ("tiny numbers", cells(is_float, &|_| Some("1e-320"))),
        ("large numbers", cells(is_float, &|_| Some("1e308"))),
        ("large integers", cells(is_whole, &|_| Some("18446744073709551615"))),
        ("zeros", cells(is_whole, &|_| Some("0"))),
    ];
    let often = edited.split_off(5);
    edited.extend((0..2).map(|k| often[(2 * turn + k) % often.len()].clone()));
    edited.retain(|(_, edited)| edited != bytes);
    edited.into_iter().map(|(what, bytes)| (what.to_owned(), bytes)).collect()
}

/// An npy file of version 1.
pub fn npy(descr: &str, shape: &str, values: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({shape}), }}\n");
    framed(&header, values)
}

fn framed(header: &str, values: &[u8]) -> Vec<u8> {
    let length = u16::try_from(header.len()).unwrap().to_le_bytes();
    [b"\x93NUMPY\x01\0", &length[..], header.as_bytes(), values].concat()
}

/// Edits of an npy file, version 1.
pub fn of_array(bytes: &[u8]) -> Vec<Edited> {
    let end = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let (header, values) = (std::str::from_utf8(&bytes[10..end]).unwrap(), &bytes[end..]);
    let after = |mark: &str, until: char| {
        header.split_once(mark).unwrap().1.split_once(until).unwrap().0.to_owned()
    };
    let (descr, shape) = (after("'descr': '", '\''), after("'shape': (", ')'));
    let size: usize = descr[2..].parse().unwrap();
    let cells = values.len() / size;
    let mut edited = vec![
        ("truncated".to_owned(), bytes[..bytes.len() / 2].to_vec()),
        ("only a header".to_owned(), bytes[..end].to_vec()),
        ("part of a header".to_owned(), bytes[..9].to_vec()),
        ("empty".to_owned(), Vec::new()),
        ("another type".to_owned(), npy(&descr.replace(['f', 'u'], "i"), &shape, values)),
        ("deeply nested".to_owned(), framed(&"(".repeat(60_000), &[])),
    ];
    let shapes = ["1000000000000,", "4294967296, 4294967296", "99999999999999999999999,", ""];
    let others = [format!("{cells},"), format!("1, {cells}, 1"), format!("{cells}, 1, 1")];
    for shape in shapes.map(str::to_owned).iter().chain(&others) {
        edited.push((format!("shape ({shape})"), npy(&descr, shape, values)));
    }
    edited.push(("nothing in it".to_owned(), npy(&descr, "0, 0, 5", &[])));
    for value in [f64::NAN, f64::INFINITY, f64::MIN, 1e-320] {
        let value = match descr.as_str() {
            "<f8" => value.to_le_bytes().to_vec(),
            "<f4" => (value as f32).to_le_bytes().to_vec(),
            _ => vec![255; size],
        };
        let bytes = npy(&descr, &shape, &value.repeat(cells));
        edited.push((format!("values {value:?}"), bytes));
    }
    edited
}

/// Edits of a JSON file: every `every`th of its values, down to the second level, from the one at
/// `turn` on.
pub fn of_json(bytes: &[u8], every: usize, turn: usize) -> Vec<Edited> {
    let whole: Value = serde_json::from_slice(bytes).unwrap();
    let mut edited = vec![
        ("truncated".to_owned(), bytes[..bytes.len() / 2].to_vec()),
        ("empty".to_owned(), Vec::new()),
        ("deeply nested".to_owned(), "[".repeat(100_000).into_bytes()),
    ];
    let mut unknown = whole.clone();
    unknown["of another version"] = json!([1]);
    edited.push(("another field".to_owned(), unknown.to_string().into_bytes()));
    let mut places: Vec<String> = Vec::new();
    for (key, value) in whole.as_object().into_iter().flatten() {
        places.push(format!("/{key}"));
        // Hashes are checked, and versions are names.
        let inner = value.as_object().filter(|_| key != "outputs" && key != "versions");
        places.extend(inner.into_iter().flatten().map(|(inner, _)| format!("/{key}/{inner}")));
    }
    let odd = [
        json!("2"),
        json!(null),
        json!(-1),
        json!(0),
        json!(1e308),
        json!(u64::MAX),
        json!([2, u64::MAX, u64::MAX, 2]),
        json!(["NaN", null]),
    ];
    for (index, place) in places.iter().enumerate().skip(turn % every).step_by(every) {
        let value = &odd[(index + turn) % odd.len()];
        let mut json = whole.clone();
        *json.pointer_mut(place).unwrap() = value.clone();
        edited.push((format!("{place} {value}"), json.to_string().into_bytes()));
    }
    edited
}
