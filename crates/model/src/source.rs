//! Where training points come from.

use std::fmt;
use std::str::FromStr;

use hypercube::data::{Data, UnknownData};
use serde::{Deserialize, Serialize};

/// What a network learns.
///
/// Its name, in records, is what [`fmt::Display`] writes and [`FromStr`] reads: that of the figure,
/// such as `circle 0.893`; `digits`; or `own` and the SHA-256 of the points.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(try_from = "String", into = "String")]
pub enum Source {
    /// Points of a square, labelled by a figure in it; they are drawn from the network's seed.
    Figure(Data),
    /// The handwritten digits of [`hypercube::digits`]: the training part.
    Digits,
    /// Points that somebody has given: the SHA-256 of those to train on and those held out.
    Own(String),
}

/// What the name of given points begins with.
const OWN: &str = "own ";

impl Source {
    /// The figure, if it is one.
    pub fn figure(&self) -> Option<Data> {
        if let Self::Figure(data) = self { Some(*data) } else { None }
    }

    /// What to call it in a sentence, such as "the circle of radius 0.893".
    pub fn title(&self) -> String {
        match self {
            Self::Figure(data) => data.title(),
            Self::Digits => "the handwritten digits".to_owned(),
            Self::Own(hash) => format!("given points {}", hash.get(..8).unwrap_or(hash)),
        }
    }

    /// The option that asks for it, such as `--data xor`.
    pub fn option(&self) -> String {
        match self {
            Self::Figure(data) => data.option(),
            Self::Digits => "--data digits".to_owned(),
            Self::Own(_) => "--points FILE".to_owned(),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Figure(data) => data.fmt(f),
            Self::Digits => f.write_str("digits"),
            Self::Own(hash) => write!(f, "{OWN}{hash}"),
        }
    }
}

impl FromStr for Source {
    type Err = UnknownData;

    fn from_str(name: &str) -> Result<Self, UnknownData> {
        match name.strip_prefix(OWN) {
            Some(hash) => Ok(Self::Own(hash.to_owned())),
            None if name == "digits" => Ok(Self::Digits),
            None => name.parse().map(Self::Figure),
        }
    }
}

impl TryFrom<String> for Source {
    type Error = UnknownData;

    fn try_from(name: String) -> Result<Self, UnknownData> {
        name.parse()
    }
}

impl From<Source> for String {
    fn from(source: Source) -> Self {
        source.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back() {
        let own = Source::Own("9e107d9d".to_owned());
        for source in [Source::Figure(Data::default()), Source::Digits, own] {
            assert_eq!(source.to_string().parse(), Ok(source));
        }
        assert!("moons".parse::<Source>().is_err());
    }
}
