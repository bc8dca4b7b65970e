//! Output that goes nowhere: a full or closed stdout or stderr.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::Command;

/// Exit code and stderr of the program in a shell.
fn shell(folder: &Path, line: &str) -> (i32, String) {
    let reference = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/hypercube/tests");
    let files = reference.join("reference/tiny");
    let subject =
        format!("--model '{0}/model.safetensors' --points '{0}/points.csv'", files.display());
    let line = line
        .replace("experiments", &format!("'{}'", env!("CARGO_BIN_EXE_experiments")))
        .replace("SUBJECT", &subject);
    let output = Command::new("bash")
        .args(["-o", "pipefail", "-c", &line])
        .current_dir(folder)
        .output()
        .unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn output_that_goes_nowhere_ends_in_an_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let full = "error: cannot write to stdout: ";
    for (line, code, said) in [
        ("experiments evaluate SUBJECT --quiet --json >/dev/full", 1, full),
        ("experiments evaluate SUBJECT --quiet >/dev/full", 1, full),
        ("experiments evaluate SUBJECT >/dev/full 2>/dev/full", 1, ""),
        ("experiments evaluate SUBJECT --json 2>/dev/full >/dev/null", 0, ""),
        ("experiments evaluate SUBJECT --json 2>&- >/dev/null", 0, ""),
        ("experiments evaluate SUBJECT --json >&- 2>&-", 0, ""),
        ("experiments evaluate SUBJECT --json --quiet | true", 0, ""),
        ("experiments loss-density SUBJECT --quick --out full --quiet >/dev/full", 1, full),
        ("experiments loss-density SUBJECT --quick --out none 2>/dev/full >/dev/null", 0, ""),
        ("experiments --backend list >/dev/full", 1, full),
        ("experiments --help >/dev/full", 1, full),
        ("experiments --version >/dev/full", 1, full),
        ("experiments --help | true", 0, ""),
        ("experiments --help >&-", 0, ""),
        ("experiments 2>/dev/full", 2, ""),
        ("experiments evaluate --ouch 2>/dev/full", 2, ""),
        ("experiments evaluate --ouch 2>&- >&-", 2, ""),
        ("experiments evaluate --model none 2>/dev/full", 1, ""),
    ] {
        let (found, error) = shell(folder.path(), line);
        assert_eq!(found, code, "{line}: {error}");
        let lines = usize::from(!said.is_empty());
        assert!(error.starts_with(said) && error.matches('\n').count() == lines, "{line}: {error}");
    }
}
