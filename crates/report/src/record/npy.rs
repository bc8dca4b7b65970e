//! The header of an npy file, as numpy's format document gives it: a magic string, a version, and a
//! Python dictionary of three entries, padded so that the values begin at a multiple of 64 bytes.

/// What every npy file begins with.
const MAGIC: &[u8] = b"\x93NUMPY";

/// What a header says, and where the values begin.
#[derive(Debug, PartialEq)]
pub(super) struct Header {
    /// The type of the values, such as `<f8`.
    pub descr: String,
    /// Whether the first axis runs fastest.
    pub fortran_order: bool,
    /// Length along each axis.
    pub shape: Vec<usize>,
    /// The first byte of the values.
    pub start: usize,
}

impl Header {
    /// The header of values in row-major order.
    pub fn bytes(descr: &str, shape: &[usize]) -> Vec<u8> {
        let shape: String = shape.iter().map(|length| format!("{length}, ")).collect();
        let mut text =
            format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({shape}), }}");
        // Six bytes of magic, two of version, two of length; a line break ends the text.
        let before = MAGIC.len() + 4;
        let padding = (before + text.len() + 1).next_multiple_of(64) - before - text.len() - 1;
        text += &" ".repeat(padding);
        text.push('\n');
        let length = u16::try_from(text.len()).expect("an array has few axes");
        [MAGIC, &[1, 0], &length.to_le_bytes(), text.as_bytes()].concat()
    }

    /// Reads the header that a file begins with; none if it is not that of a plain array.
    pub fn parse(file: &[u8]) -> Option<Self> {
        let rest = file.strip_prefix(MAGIC)?;
        // Version 1 has two bytes for the length, later ones have four.
        let (&[version, _], rest) = rest.split_first_chunk()?;
        let (length, rest) = if version == 1 {
            let (length, rest) = rest.split_first_chunk()?;
            (usize::from(u16::from_le_bytes(*length)), rest)
        } else {
            let (length, rest) = rest.split_first_chunk()?;
            (usize::try_from(u32::from_le_bytes(*length)).ok()?, rest)
        };
        let text = std::str::from_utf8(rest.get(..length)?).ok()?;
        let value = |key: &str| {
            let (_, rest) = ['\'', '"']
                .iter()
                .find_map(|quote| text.split_once(&format!("{quote}{key}{quote}")))?;
            rest.trim_start().strip_prefix(':').map(str::trim_start)
        };
        let descr = value("descr")?;
        let quote = descr.chars().next().filter(|quote| ['\'', '"'].contains(quote))?;
        let descr = descr[1..].split_once(quote)?.0.to_owned();
        let order = value("fortran_order")?;
        let fortran_order = order.starts_with("True");
        let known = fortran_order || order.starts_with("False");
        let axes = value("shape")?.strip_prefix('(')?.split_once(')')?.0;
        let axes = axes.split(',').map(str::trim).filter(|axis| !axis.is_empty());
        let shape = axes.map(|axis| axis.parse().ok()).collect::<Option<_>>()?;
        let start = file.len() - rest.len() + length;
        known.then_some(Self { descr, fortran_order, shape, start })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // That others read them is tested with numpy, in `experiments/tests/python.rs`.
    #[test]
    fn headers_come_back() {
        for (descr, shape) in [("<f8", &[3, 8192][..]), ("|u1", &[]), ("<u2", &[1 << 20])] {
            let bytes = Header::bytes(descr, shape);
            assert_eq!(bytes.len() % 64, 0);
            let own = Header::parse(&bytes).unwrap();
            assert_eq!((own.descr.as_str(), own.fortran_order), (descr, false));
            assert_eq!((&own.shape[..], own.start), (shape, bytes.len()));
        }
    }

    #[test]
    fn what_numpy_writes_is_read_and_what_is_no_header_is_none() {
        let file = |version: u8, text: &str| {
            let length = (text.len() as u32).to_le_bytes();
            let length = if version == 1 { &length[..2] } else { &length[..] };
            [MAGIC, &[version, 0], length, text.as_bytes()].concat()
        };
        for version in [1, 2, 3] {
            let bytes =
                file(version, "{'descr': '<f4', 'fortran_order': True, 'shape': (2,), }   \n");
            let header = Header::parse(&bytes).unwrap();
            assert!(header.fortran_order && header.shape == [2] && header.start == bytes.len());
        }
        let other = file(1, "{\"shape\":(2,3),\"descr\":\"<f8\",\"fortran_order\":False}");
        assert_eq!(Header::parse(&other).unwrap().shape, [2, 3]);
        for text in [
            "",
            "{}",
            "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)}",
            "{'descr': '<f4', 'fortran_order': None, 'shape': (2,)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (-2,)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': 2}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999999,)}",
        ] {
            assert_eq!(Header::parse(&file(1, text)), None, "{text}");
        }
        assert_eq!(Header::parse(&other[..9]), None);
        assert_eq!(Header::parse(&other[..20]), None);
    }
}
