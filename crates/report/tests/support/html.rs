//! Enough of a reader of HTML to check what this crate writes: every tag is closed, every
//! attribute quoted.

use std::collections::BTreeMap;

/// An element, in the order of opening tags.
#[derive(Debug)]
pub struct Element {
    /// Its name.
    pub name: String,
    /// Its attributes.
    pub attributes: BTreeMap<String, String>,
    /// The text inside of it and of its children.
    pub text: String,
    /// Names of the elements around it, the outermost first.
    pub around: Vec<String>,
    /// Where the innermost of those is in the order.
    pub parent: Option<usize>,
}

impl Element {
    /// An attribute; empty if it is not there.
    pub fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }

    /// Its text without line breaks.
    pub fn words(&self) -> String {
        self.text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// Elements that are never closed.
const VOID: [&str; 4] = ["meta", "img", "link", "br"];

/// Reads a document.
///
/// # Panics
/// When tags do not match or an attribute is not quoted.
pub fn elements(html: &str) -> Vec<Element> {
    let mut elements: Vec<Element> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut rest = html.strip_prefix("<!doctype html>").expect("a document type");
    while let Some(at) = rest.find('<') {
        for &index in &open {
            elements[index].text += &unescaped(&rest[..at]);
        }
        let end = at + closing(&rest[at..]);
        let tag = &rest[at + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            let last = open.pop().unwrap_or_else(|| panic!("</{name}> closes nothing"));
            assert_eq!(elements[last].name, name, "{:?}", elements[last]);
            continue;
        }
        let alone = tag.ends_with('/');
        let (name, attributes) = attributes(tag.trim_end_matches('/'));
        let around = open.iter().map(|&index| elements[index].name.clone()).collect();
        let mut text = String::new();
        // What a script says is no markup.
        if name == "script" {
            let end = rest.find("</script>").expect("a script that ends");
            rest[..end].clone_into(&mut text);
            rest = &rest[end..];
        }
        let parent = open.last().copied();
        elements.push(Element { name: name.clone(), attributes, text, around, parent });
        if !alone && !VOID.contains(&name.as_str()) {
            open.push(elements.len() - 1);
        }
    }
    assert!(open.is_empty(), "{} elements stay open", open.len());
    elements
}

/// The place of the `>` that ends a tag.
fn closing(tag: &str) -> usize {
    let mut quoted = false;
    let end = tag.bytes().position(|byte| {
        quoted ^= byte == b'"';
        byte == b'>' && !quoted
    });
    end.unwrap_or_else(|| panic!("an open tag: {}", &tag[..tag.len().min(80)]))
}

fn attributes(tag: &str) -> (String, BTreeMap<String, String>) {
    let (name, mut rest) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
    let mut attributes = BTreeMap::new();
    while !rest.trim_start().is_empty() {
        rest = rest.trim_start();
        let end = rest.find(['=', ' ']).unwrap_or(rest.len());
        let key = rest[..end].to_owned();
        if let Some(value) = rest[end..].strip_prefix("=\"") {
            let (value, after) = value.split_once('"').expect("a quoted attribute");
            assert!(attributes.insert(key, unescaped(value)).is_none(), "twice in <{tag}>");
            rest = after;
        } else {
            assert!(!rest[end..].starts_with('='), "not quoted: <{tag}>");
            attributes.insert(key, String::new());
            rest = &rest[end..];
        }
    }
    (name.to_owned(), attributes)
}

fn unescaped(text: &str) -> String {
    let named = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#34;", "\""), ("&#39;", "'")];
    let numbered = [("&#60;", "<"), ("&#62;", ">"), ("&#38;", "&"), ("&amp;", "&")];
    let all = named.into_iter().chain(numbered);
    all.fold(text.to_owned(), |text, (code, character)| text.replace(code, character))
}
