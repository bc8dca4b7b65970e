//! What the readers of other people's files share.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Files beyond this hold nothing of the kind studied here, and reading one whole would only fill
/// the memory.
pub(crate) const MAX_BYTES: u64 = 1 << 28;

/// The widest input, the most hidden nodes and the most classes that are read: with 4,096 points
/// every further node costs tens of kilobytes for each class, and every mask has to pass them all.
pub(crate) const MAX_WIDTH: usize = 1 << 14;

/// A file's bytes. Pipes are read too.
///
/// # Errors
///
/// If it is a folder, is larger than [`MAX_BYTES`] or cannot be read.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(io::Error::other("it is a folder; name the file in it"));
    }
    let mut bytes = Vec::new();
    // A length can be missing (a pipe) or wrong (a device), so the bytes are counted.
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(io::Error::other(format!(
            "it is larger than {} MiB, the most that is read",
            MAX_BYTES >> 20
        )));
    }
    Ok(bytes)
}

/// A path as it can be shown in an error line.
pub(crate) fn shown(path: &Path) -> String {
    clip(&path.to_string_lossy(), usize::MAX)
}

/// A text of unknown origin as it can be shown in an error line: control characters, line breaks
/// and marks that reorder text are written as escapes, and what is beyond so many characters is
/// left out.
pub(crate) fn clip(text: &str, most: usize) -> String {
    let mut shown = String::new();
    for (k, c) in text.chars().enumerate() {
        if k == most {
            shown.push('…');
            break;
        }
        match c {
            '\'' | '"' | '\\' => shown.push(c),
            _ => {
                let _ = write!(shown, "{}", c.escape_debug());
            }
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_one_plain_line() {
        assert_eq!(clip("it's \"é\" \\ ü…", 60), "it's \"é\" \\ ü…");
        assert_eq!(clip("a\nb\x1b[31m\u{202e}\u{2028}", 60), r"a\nb\u{1b}[31m\u{202e}\u{2028}");
        assert_eq!(clip("abcdef", 6), "abcdef");
        assert_eq!(clip("abcdefg", 6), "abcdef…");
    }
}
