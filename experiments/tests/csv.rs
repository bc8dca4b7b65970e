//! csv as other programs write it: pandas and numpy themselves, by the interpreter that `PYTHON` names,
//! else by `python3` if it has them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::Write as _;
use std::process::Command;

use tempfile::TempDir;

/// One table of points as pandas and numpy write it.
const WRITE: &str = r#"
import numpy, pandas
rng = numpy.random.default_rng(1)
x, y = rng.uniform(-1, 1, (300, 2)), rng.integers(0, 2, 300)
plain = pandas.DataFrame({"x0": x[:, 0], "x1": x[:, 1], "label": y})
plain.to_csv("plain.csv", index=False)
plain.to_csv("index.csv")
plain.set_index(rng.permutation(300)).to_csv("split.csv")
pandas.read_csv("index.csv", float_precision="round_trip").to_csv("twice.csv")
plain.to_csv("spreadsheet.csv", sep=";", decimal=",", index=False, lineterminator="\r\n")
plain.to_csv("tabs.csv", sep="\t", encoding="utf-8-sig")
plain.rename(columns={"x0": "height", "x1": "weight, kg", "label": "Target"}).to_csv("names.csv")
plain[["label", "x1", "x0"]].astype({"label": float}).to_csv("order.csv", index=False)
both = numpy.column_stack([x, y])
numpy.savetxt("savetxt.csv", both, delimiter=",", header="x0,x1,label", fmt="%.17g")
numpy.savetxt("spaces.csv", both, header="x0 x1 label")
numpy.savetxt("comments.csv", both, delimiter=",", header="x0,x1,label", comments="", fmt="%.17g")
"#;

#[test]
fn a_csv_is_the_same_points_whoever_writes_it() {
    let here = TempDir::new().unwrap();
    let named = std::env::var("PYTHON").ok();
    let python = named.clone().unwrap_or_else(|| "python3".to_owned());
    let written = Command::new(&python).args(["-c", WRITE]).current_dir(here.path()).output();
    if !written.as_ref().is_ok_and(|output| output.status.success()) {
        assert!(named.is_none(), "{python} cannot write the files: {written:?}");
        // Not eprintln: the test harness would swallow it.
        let _ =
            writeln!(std::io::stderr(), "skipped: {python} lacks pandas; name another by PYTHON=…");
        return;
    }
    let model = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/hypercube/tests/reference/tiny");
    let evaluate = |csv: &str| {
        let arguments = format!("evaluate --json --masks 5,77 --quiet --points {csv} --model");
        let arguments = format!("{arguments} {model}/model.safetensors");
        let output = Command::new(env!("CARGO_BIN_EXE_experiments"))
            .args(arguments.split_whitespace())
            .current_dir(here.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{csv}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let plain = evaluate("plain.csv");
    let mut others = 0;
    for file in fs::read_dir(here.path()).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        assert_eq!(evaluate(&name), plain, "{name}");
        others += 1;
    }
    assert_eq!(others, 11);
}
