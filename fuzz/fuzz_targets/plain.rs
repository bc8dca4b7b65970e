//! What an error line must be.

/// One line that a terminal shows as it is, of a length that a person reads.
pub fn check(line: &str) {
    assert!(!line.is_empty() && line.chars().count() < 500, "{line:?}");
    assert!(
        !line.chars().any(|c| c.is_control() || ('\u{2028}'..='\u{202e}').contains(&c)),
        "{line:?}"
    );
}
