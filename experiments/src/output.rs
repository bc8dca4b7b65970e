//! What reaches the terminal.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use model::device::{self, Backend};

/// An error and its causes as one line, `error: what: why`.
pub fn error_line(error: &anyhow::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    for cause in error.chain() {
        let cause = cause.to_string().replace(['\n', '\r'], " ");
        // Many library errors already end in the text of their source.
        if !parts.last().is_some_and(|last| last.contains(&cause)) {
            parts.push(cause);
        }
    }
    format!("error: {}", parts.join(": "))
}

/// A usage error as one line: what clap says before it explains the usage at length.
pub fn usage_line(text: &str) -> String {
    let lines = text.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:"));
    let line = lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
    let line = line.trim_end_matches("For more information, try '--help'.").trim_end();
    format!("{line}; see --help")
}

/// The command line that was typed, so that a shell reads it back as it was. An absolute path is
/// cut to its last part: records say nothing of the folders of the machine that made them.
pub fn command(arguments: impl Iterator<Item = String>) -> String {
    let word = |argument: String| {
        let (option, value) = match argument.split_once('=') {
            Some((option, value)) if option.starts_with("--") => (format!("{option}="), value),
            _ => (String::new(), &argument[..]),
        };
        let path = Path::new(value);
        let name = path.file_name().filter(|_| path.is_absolute());
        quoted(&(option + &name.map_or(value.into(), |name| name.to_string_lossy())))
    };
    let words = arguments.map(word);
    ["cargo run -p experiments --".to_owned()]
        .into_iter()
        .chain(words)
        .collect::<Vec<_>>()
        .join(" ")
}

/// A word as a POSIX shell takes it: in single quotes if it holds anything that means something
/// there.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./,=:+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Writes a line to stderr. There is nobody to tell if that fails: a full or closed stderr loses
/// messages, not results.
pub fn message(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Prints what clap has to show instead of an error, such as help, and says how to end.
pub fn help(shown: &clap::Error) -> ExitCode {
    match shown.print().and_then(|()| io::stdout().flush()) {
        Err(error) if !shown.use_stderr() && error.kind() != io::ErrorKind::BrokenPipe => {
            message(&format!("error: cannot write to stdout: {error}"));
            ExitCode::FAILURE
        }
        _ => ExitCode::from(u8::try_from(shown.exit_code()).unwrap_or(1)),
    }
}

/// Prints results on stdout, their minus signs as the hyphens that other programs read. A reader
/// that has gone away (`| head`) is no error.
///
/// # Errors
///
/// If stdout cannot be written otherwise.
pub fn print(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    let text = text.replace('−', "-");
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(io::Error::new(error.kind(), format!("cannot write to stdout: {error}"))),
        Ok(()) => Ok(()),
    }
}

/// Rows under a header, columns aligned: the first to the left, the others to the right.
pub fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let header: Vec<String> = header.iter().map(|&h| h.to_owned()).collect();
    let lines: Vec<&Vec<String>> = std::iter::once(&header).chain(rows).collect();
    let width = |column: usize| lines.iter().map(|l| l[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    let mut text = String::new();
    for line in lines {
        for (k, (cell, &width)) in line.iter().zip(&widths).enumerate() {
            if k == 0 {
                text += &format!("{cell:<width$}");
            } else {
                text += &format!("  {cell:>width$}");
            }
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text
}

/// What `--backend list` says: every backend, whether it is compiled in, and its device here.
pub fn backends() -> String {
    let preferred = device::select(None).ok().map(|compute| compute.backend);
    let row = |backend: Backend| {
        let state = if !backend.is_compiled() {
            format!("not compiled in; build with --features {}", backend.name())
        } else {
            match device::select(Some(backend.name())) {
                Err(_) => "compiled in, but this machine has no device for it".to_owned(),
                Ok(_) if preferred == Some(backend) => "present, the default".to_owned(),
                Ok(compute) if compute.is_software() => {
                    "no GPU, but a driver that stands in for one: slow, for tests".to_owned()
                }
                Ok(_) => "present".to_owned(),
            }
        };
        vec![backend.name().to_owned(), backend.hardware().to_owned(), state]
    };
    let rows: Vec<_> = Backend::ALL.into_iter().map(row).collect();
    let header = ["backend", "runs on", "here"].map(str::to_owned).to_vec();
    let lines: Vec<&Vec<String>> = std::iter::once(&header).chain(&rows).collect();
    lines.iter().map(|l| format!("{:<8}  {:<40}  {}\n", l[0], l[1], l[2])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::{Context, anyhow};

    #[test]
    fn errors_are_one_line() {
        let error = anyhow!("the\nroot").context("the root cause").context("what");
        assert_eq!(error_line(&error), "error: what: the root cause");
        let io: anyhow::Result<()> = Err(io::Error::other("why")).context("cannot write");
        assert_eq!(error_line(&io.unwrap_err()), "error: cannot write: why");
    }

    #[test]
    fn a_command_can_be_pasted_and_names_no_folder_of_the_machine() {
        let typed = |words: &[&str]| command(words.iter().map(|&word| word.to_owned()));
        for (words, expected) in [
            (&["flip-paths", "--out", "all"][..], "flip-paths --out all"),
            (&["all", "--out", "my results"], "all --out 'my results'"),
            (&["train", "--out", "it's", ""], r"train --out 'it'\''s' ''"),
            (&["gradients", "--p", "0.1,0.2", "--out=a/b"], "gradients --p 0.1,0.2 --out=a/b"),
            (
                &["evaluate", "--model", "/home/me/net.safetensors"],
                "evaluate --model net.safetensors",
            ),
            (&["evaluate", "--points=/data/my points.csv"], "evaluate '--points=my points.csv'"),
        ] {
            assert_eq!(typed(words), format!("cargo run -p experiments -- {expected}"));
        }
    }

    #[test]
    fn columns_align() {
        let rows =
            [vec!["a".to_owned(), "1.5".to_owned()], vec!["bcd".to_owned(), "10".to_owned()]];
        assert_eq!(table(&["p", "mean"], &rows), "p    mean\na     1.5\nbcd    10\n");
    }
}
