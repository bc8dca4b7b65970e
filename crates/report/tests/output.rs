//! The program as it is typed, and where its output goes.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "helpers outside test functions unwrap too")]

#[allow(unused_imports, reason = "not every test needs every helper")]
mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

/// Exit code, stdout and stderr of the program in a shell.
fn shell(folder: &Path, line: &str) -> (i32, String, String) {
    let line = line.replace("report", &format!("'{}'", env!("CARGO_BIN_EXE_report")));
    let output = Command::new("bash")
        .args(["-o", "pipefail", "-c", &line])
        .current_dir(folder)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_results_folder_is_named_as_for_experiments() {
    let out = tempfile::tempdir().unwrap();
    support::train(&out.path().join("results"), &support::Toy::new(2));
    fs::create_dir(out.path().join("empty")).unwrap();
    let folders = ["", " --out results", " --out=results", " --results results"];
    for options in folders.into_iter().chain([" --out empty --results=./results"]) {
        let (code, said, error) = shell(out.path(), &format!("report{options}"));
        assert_eq!((code, error.as_str()), (0, ""), "{options}");
        assert_eq!(said.lines().count(), 5, "{options}: two figures in two forms, and the page");
        assert!(said.ends_with("results/index.html\n"), "{options}: {said}");
    }
    for (options, code) in [(" --out empty", 1), (" --out", 2), (" --out=", 2), (" --ouch=1", 2)] {
        let (found, said, error) = shell(out.path(), &format!("report{options}"));
        assert_eq!((found, said.as_str()), (code, ""), "{options}");
        assert!(error.starts_with("error: ") && error.matches('\n').count() == 1, "{error}");
    }
    for help in ["report --help", "report --out nowhere -h"] {
        let (code, said, error) = shell(out.path(), help);
        assert_eq!((code, error.as_str()), (0, ""));
        assert!(said.contains("--out <DIR>") && said.contains("[default: results]"), "{said}");
    }
}

#[test]
fn output_that_goes_nowhere_ends_in_an_exit_code() {
    let out = tempfile::tempdir().unwrap();
    support::train(&out.path().join("results"), &support::Toy::new(2));
    let full = "error: cannot write to stdout: ";
    for (line, code, said) in [
        ("report >/dev/full", 1, full),
        ("report >/dev/full 2>/dev/full", 1, ""),
        ("report >/dev/full 2>&-", 1, ""),
        ("report >&-", 0, ""),
        ("report 2>&- >/dev/null", 0, ""),
        ("report | true", 0, ""),
        ("report --help >/dev/full", 1, full),
        ("report --help | true", 0, ""),
        ("report --out nowhere 2>/dev/full", 1, ""),
        ("report --out nowhere 2>&-", 1, ""),
        ("report --ouch 2>/dev/full", 2, ""),
        ("report --ouch 2>&- >&-", 2, ""),
    ] {
        let (found, _, error) = shell(out.path(), line);
        assert_eq!(found, code, "{line}: {error}");
        let lines = usize::from(!said.is_empty());
        assert!(error.starts_with(said) && error.matches('\n').count() == lines, "{line}: {error}");
    }
}
