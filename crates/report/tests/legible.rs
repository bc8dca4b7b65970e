//! Nothing in a figure is cut off, no two texts lie on each other, and no line disappears on a dark
//! page, in either form.
#![expect(clippy::unwrap_used, reason = "helpers outside test functions unwrap too")]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use report::{MANIFEST, PAGE, Saved, draw_narrow};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Group, Node, Options, Rect, TextChunk, Tree, fontdb::Database};

/// A figure's name and its SVG.
type Drawing = (String, String);

/// The texts of a drawing, each with the box around its letters.
fn texts(group: &Group, found: &mut Vec<(String, Rect)>) {
    for node in group.children() {
        match node {
            Node::Group(group) => texts(group, found),
            Node::Text(text) => {
                let letters = text.chunks().iter().map(TextChunk::text).collect();
                found.push((letters, text.abs_bounding_box()));
            }
            _ => {}
        }
    }
}

/// How far two boxes lie over each other, the shorter way.
fn overlap(a: Rect, b: Rect) -> f32 {
    let across = a.right().min(b.right()) - a.left().max(b.left());
    let down = a.bottom().min(b.bottom()) - a.top().max(b.top());
    across.min(down)
}

/// What is wrong with a drawing, in words.
fn faults((name, svg): &Drawing) -> Vec<String> {
    let tree = tree(svg);
    let size = tree.size();
    let mut found = Vec::new();
    texts(tree.root(), &mut found);
    let mut faults = colours_without_dark_ones(name, svg);
    for (index, (text, place)) in found.iter().enumerate() {
        let inside = place.left() >= 0.0
            && place.top() >= 0.0
            && place.right() <= size.width()
            && place.bottom() <= size.height();
        if !inside {
            faults.push(format!("{name}: “{text}” is cut off: {place:?}"));
        }
        // Boxes are as high as the typeface's tallest letters: some overlap is none of ink.
        for (other, its) in found[..index].iter().filter(|(_, its)| overlap(*place, *its) > 2.5) {
            faults.push(format!("{name}: “{text}” lies on “{other}”: {place:?}, {its:?}"));
        }
    }
    faults
}

fn tree(svg: &str) -> Tree {
    let mut fonts = Database::new();
    fonts.load_font_data(dejavu::sans::regular().to_vec());
    let options = Options { fontdb: Arc::new(fonts), ..Options::default() };
    Tree::from_str(svg, &options).unwrap()
}

/// Every colour of lines has a dark one in the page, but those of lines over maps, which
/// look the same on any background.
fn colours_without_dark_ones(name: &str, svg: &str) -> Vec<String> {
    const OVER_MAPS: [&str; 2] = ["stroke=\"#FFFFFF\"", "stroke=\"#212121\""];
    let page = fs::read_to_string(recorded().join(PAGE)).unwrap();
    let painted = svg.lines().filter(|line| !line.starts_with("<image"));
    let painted = painted.flat_map(|line| line.split([' ', '>', '/'])).filter(|attribute| {
        // Areas may have a colour of a map: legends show what it means.
        attribute.starts_with("stroke=\"#")
    });
    let unknown = painted.filter(|attribute| {
        !OVER_MAPS.contains(attribute) && !page.contains(&format!(".drawing [{attribute}]"))
    });
    let unknown: BTreeSet<&str> = unknown.collect();
    unknown.into_iter().map(|attribute| format!("{name}: {attribute} has no dark colour")).collect()
}

/// A drawing as a PNG file with twice as many pixels.
fn png(svg: &str) -> Vec<u8> {
    let tree = tree(svg);
    let size = tree.size();
    let [width, height] = [size.width(), size.height()].map(|side| 2 * side as u32);
    let mut pixels = Pixmap::new(width, height).unwrap();
    resvg::render(&tree, Transform::from_scale(2.0, 2.0), &mut pixels.as_mut());
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.write_header().unwrap().write_image_data(pixels.data()).unwrap();
    bytes
}

/// The drawings of a section in both forms.
fn drawings(folder: &Path) -> Vec<Drawing> {
    let saved = Saved::open(folder).unwrap();
    let files = saved.manifest().outputs.keys().filter(|name| name.ends_with(".svg"));
    let wide = files.map(|name| (name.clone(), fs::read_to_string(saved.path(name)).unwrap()));
    let narrow = draw_narrow(&saved).unwrap().into_iter().map(|figure| {
        let svg = String::from_utf8(figure.bytes().to_vec()).unwrap();
        assert!(svg.starts_with("<svg width=\"360\""), "{}", figure.file_name());
        (format!("narrow {}", figure.file_name()), svg)
    });
    let drawings: Vec<Drawing> = wide.chain(narrow).collect();
    // To look at them: FIGURES=somewhere cargo test -p report --test legible
    if let Some(kept) = std::env::var_os("FIGURES") {
        let study = folder.parent().unwrap().file_name().unwrap().to_string_lossy();
        let kept = PathBuf::from(kept).join(&*study);
        fs::create_dir_all(&kept).unwrap();
        for (name, svg) in drawings.iter().filter(|(name, _)| name.starts_with("narrow")) {
            let name = name.replace(' ', "-");
            fs::write(kept.join(name.replace(".svg", ".png")), png(svg)).unwrap();
        }
    }
    drawings
}

fn check(results: &Path) {
    let sections = fs::read_dir(results).unwrap().map(|entry| entry.unwrap().path());
    let sections = sections.filter(|folder| folder.join(MANIFEST).exists());
    let faults: Vec<String> =
        sections.flat_map(|section| drawings(&section)).flat_map(|own| faults(&own)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn recorded() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../results")
}

#[test]
fn figures_on_record_are_legible() {
    check(&recorded());
}

#[test]
fn figures_of_studies_are_legible() {
    for study in fs::read_dir(recorded().join("studies")).unwrap() {
        check(&study.unwrap().path());
    }
}

#[test]
fn figures_of_many_nodes_are_legible() {
    let out = tempfile::tempdir().unwrap();
    support::all(out.path(), 70);
    support::hypercube(out.path(), 30, 3);
    support::ensemble(out.path());
    support::why::why(out.path());
    check(out.path());
}
