//! Records that were edited by hand, their hashes along with them: the program ends in a figure or
//! in one line, in little time and memory, and nothing that it draws has a number that is none.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "helpers outside test functions unwrap too")]

mod edits;
mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread::sleep;
use std::time::{Duration, Instant};

use edits::{Edit, of_array, of_json, of_table};
use report::MANIFEST;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use support::contents;

/// Far more than any section takes, in seconds and in KiB of address space.
const SECONDS: u64 = 60;
const MEMORY: u64 = 4 << 20;

/// Runs the program on a folder; says what is wrong with how it ended.
fn redraw(out: &Path) -> Result<(), String> {
    let limited = format!("ulimit -v {MEMORY}; exec \"$0\" --out \"$1\"");
    let mut child = Command::new("sh")
        .args(["-c", &limited, env!("CARGO_BIN_EXE_report")])
        .arg(out)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > Duration::from_secs(SECONDS) {
            child.kill().unwrap();
            return Err(format!("not done after {SECONDS} s"));
        }
        sleep(Duration::from_millis(5));
    }
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let one_line = said.starts_with("error: ") && said.matches('\n').count() == 1;
    match output.status.code() {
        Some(0) if said.is_empty() => no_number_is_none(out),
        Some(1) if one_line && said.ends_with('\n') => Ok(()),
        code => Err(format!("exit {code:?}: {said}")),
    }
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Looks for numbers that are none in every drawing and in the page.
fn no_number_is_none(out: &Path) -> Result<(), String> {
    for (path, bytes) in contents(out) {
        if !path.ends_with(".svg") && !path.ends_with("index.html") {
            continue;
        }
        let text = String::from_utf8(bytes).unwrap();
        // Pictures inside of it are text of any kind.
        let parts = text.split("base64,").enumerate().map(|(index, part)| match index {
            0 => part,
            _ => part.split_once('"').map_or("", |(_, rest)| rest),
        });
        for part in parts {
            let mut words = part.split(|c: char| !c.is_alphanumeric());
            if let Some(word) = words.find(|word| matches!(*word, "NaN" | "inf" | "infinity")) {
                return Err(format!("{word} in {path}"));
            }
        }
    }
    Ok(())
}

/// A section with one of its files edited, and its hash along with it.
fn try_edit(from: &Path, section: &str, Edit { file, what, bytes }: &Edit) -> Result<(), String> {
    let out = tempfile::tempdir().unwrap();
    let folder = out.path().join(section);
    fs::create_dir(&folder).unwrap();
    for entry in fs::read_dir(from.join(section)).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, folder.join(path.file_name().unwrap())).unwrap();
    }
    match bytes {
        Some(bytes) => fs::write(folder.join(file), bytes).unwrap(),
        None => fs::remove_file(folder.join(file)).unwrap(),
    }
    if let (Some(bytes), true) = (bytes, file != MANIFEST) {
        let path = folder.join(MANIFEST);
        let mut manifest: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        manifest["outputs"][file] = json!(sha256(bytes));
        fs::write(&path, manifest.to_string()).unwrap();
    }
    redraw(out.path()).map_err(|why| format!("{section}/{file}, {what}: {why}"))
}

/// Every edit of every file that a section's figures may be drawn from.
fn edits(folder: &Path, turn: usize) -> Vec<Edit> {
    let mut edits: Vec<Edit> = Vec::new();
    for (index, (path, bytes)) in contents(folder).into_iter().enumerate() {
        let path = Path::new(&path);
        let file = path.file_name().unwrap().to_str().unwrap().to_owned();
        let edited = match path.extension().and_then(|extension| extension.to_str()) {
            Some("csv") => of_table(&bytes, turn + index),
            Some("npy") => of_array(&bytes),
            // Manifests are alike: what one section leaves out another tries.
            Some("json") if file == MANIFEST => of_json(&bytes, 5, turn),
            Some("json") => of_json(&bytes, 1, turn),
            _ => continue,
        };
        let absent = ("absent".to_owned(), None);
        let edited = edited.into_iter().map(|(what, bytes)| (what, Some(bytes)));
        let edit = |(what, bytes)| Edit { file: file.clone(), what, bytes };
        edits.extend(edited.chain([absent]).map(edit));
    }
    edits
}

/// Tries all edits of all sections in a folder, on all cores, and lists what went wrong.
fn try_all(from: &Path) {
    let mut work: Vec<(&str, Edit)> = Vec::new();
    let sections = report::sections().chain(["explore"]).filter(|name| from.join(name).is_dir());
    for (turn, section) in sections.enumerate() {
        work.extend(edits(&from.join(section), turn).into_iter().map(|edit| (section, edit)));
    }
    assert!(work.len() > 100, "{} edits are not those of all files", work.len());
    let (work, wrong) = (Mutex::new(work.into_iter()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let Some((section, edit)) = work.lock().unwrap().next() else { break };
                    if let Err(why) = try_edit(from, section, &edit) {
                        wrong.lock().unwrap().push(why);
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{} edits:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn edited_records_of_the_write_ups_sections_make_a_figure_or_an_error() {
    let out = tempfile::tempdir().unwrap();
    support::all(out.path(), 2);
    try_all(out.path());
}

#[test]
fn edited_records_beyond_the_write_up_make_a_figure_or_an_error() {
    let out = tempfile::tempdir().unwrap();
    support::hypercube(out.path(), 3, 2);
    support::ensemble(out.path());
    support::why::why(out.path());
    explore(out.path());
    try_all(out.path());
}

/// What `explore` has put on record, with made-up losses of all masks, which are not passed on.
fn explore(out: &Path) {
    let recorded = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../results/explore");
    let folder = out.join("explore");
    fs::create_dir(&folder).unwrap();
    for (path, bytes) in contents(&recorded) {
        fs::write(folder.join(Path::new(&path).file_name().unwrap()), bytes).unwrap();
    }
    let network: Value =
        serde_json::from_slice(&fs::read(folder.join("network.json")).unwrap()).unwrap();
    let masks = 1_usize << network["means"].as_array().unwrap().len();
    let losses = edits::npy("<u2", &format!("{masks},"), &vec![7; 2 * masks]);
    fs::write(folder.join("losses.npy"), &losses).unwrap();
    let path = folder.join(MANIFEST);
    let mut manifest: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    manifest["outputs"]["losses.npy"] = json!(sha256(&losses));
    fs::write(path, manifest.to_string()).unwrap();
    redraw(out).unwrap();
    assert!(out.join(report::EXPLORER).is_file(), "the explorer is drawn from it");
}

#[test]
fn a_manifest_speaks_of_its_own_folder_only() {
    let out = tempfile::tempdir().unwrap();
    support::train(out.path(), &support::Toy::new(2));
    let mine = out.path().join("mine.svg");
    fs::write(&mine, "mine").unwrap();
    let path = out.path().join("train").join(MANIFEST);
    let whole: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let absolute = mine.display().to_string();
    for name in ["../mine.svg", &absolute, "", "..", "sub/../../mine.svg"] {
        let mut manifest = whole.clone();
        manifest["outputs"][name] = json!("0");
        fs::write(&path, manifest.to_string()).unwrap();
        let error = report::redraw(out.path()).unwrap_err().to_string();
        assert!(error.contains("is no file name"), "{name}: {error}");
    }
    for section in ["", ".", "other", "train/", "../train"] {
        let mut manifest = whole.clone();
        manifest["section"] = json!(section);
        fs::write(&path, manifest.to_string()).unwrap();
        let error = report::redraw(out.path()).unwrap_err().to_string();
        assert!(error.contains("it is of"), "{section}: {error}");
    }
    assert_eq!(fs::read_to_string(mine).unwrap(), "mine");
}
