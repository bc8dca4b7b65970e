//! The page of all sections.
#![expect(clippy::unwrap_used, reason = "helpers outside test functions unwrap too")]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use report::records::{
    ExactCheck, FrontierRow, HypercubeSummary, NodeKind, SanityRow, Summary, Verdict,
};
use report::{PAGE, Saved, redraw, sections, write_page};
use support::html::{Element, elements};

/// Writes the page of a folder, checks it, and returns it.
fn page(folder: &Path) -> (String, Vec<Element>) {
    let path = write_page(folder).unwrap();
    assert_eq!(path, folder.join(PAGE));
    let html = fs::read_to_string(path).unwrap();
    let elements = elements(&html);
    check(&elements, folder);
    assert!(html.len() < 6_000_000, "{} bytes", html.len());
    let text = &elements[0].text;
    assert!(!text.contains("NaN") && !text.contains(" inf"), "every number is one");
    (html, elements)
}

fn check(elements: &[Element], folder: &Path) {
    assert_eq!(elements[0].attribute("lang"), "en");
    let named = |name: &'static str| elements.iter().filter(move |element| element.name == name);
    for name in ["h1", "title", "main", "header", "footer"] {
        assert_eq!(named(name).count(), 1, "{name}");
    }
    let mut ids = BTreeSet::new();
    for element in elements.iter().filter(|element| element.attributes.contains_key("id")) {
        assert!(ids.insert(element.attribute("id").to_owned()), "{element:?}");
    }
    let mut level = 0;
    for heading in elements.iter().filter(|e| ["h1", "h2", "h3", "h4"].contains(&&*e.name)) {
        let own: usize = heading.name[1..].parse().unwrap();
        assert!(own <= level + 1 && !heading.words().is_empty(), "{heading:?} under h{level}");
        level = own;
    }
    for picture in elements.iter().filter(|e| ["img", "svg"].contains(&&*e.name)) {
        let drawing = picture.name == "svg";
        let said = picture.attribute(if drawing { "aria-label" } else { "alt" });
        assert!(said.len() > 40 && (!drawing || picture.attribute("role") == "img"), "{said}");
        assert!(!said.contains("  "), "{said}");
    }
    addresses(elements, &ids, folder);
    tables(elements);
}

/// Everything that is referred to is there, and nothing of it elsewhere.
fn addresses(elements: &[Element], ids: &BTreeSet<String>, folder: &Path) {
    for element in elements {
        for name in ["href", "src", "aria-labelledby"] {
            let Some(address) = element.attributes.get(name) else { continue };
            if name == "aria-labelledby" {
                assert!(ids.contains(address), "{address}");
            } else if let Some(id) = address.strip_prefix('#') {
                assert!(ids.contains(id), "#{id}");
            } else if !address.starts_with("data:image/") {
                assert!(!address.contains(':') && !address.starts_with('/'), "{address}");
                assert!(folder.join(address).is_file(), "{address} is there");
            }
        }
        if element.name == "a" {
            assert!(!element.words().is_empty(), "{element:?}");
        }
        if element.name == "style" {
            let style = &element.text;
            assert!(!style.contains("url(") && !style.contains("@import"), "self-contained");
        }
        assert!(!["link", "iframe"].contains(&&*element.name), "{element:?}");
        if element.name == "script" {
            let text = element.text.replace("http://www.w3.org/2000/svg", "");
            for mark in ["http:", "https:", "fetch(", "import("] {
                assert!(!text.contains(mark), "{mark} in a script");
            }
        }
    }
}

/// Every row has a cell for each column.
fn tables(elements: &[Element]) {
    for (index, table) in elements.iter().enumerate().filter(|(_, e)| e.name == "table") {
        let rows = elements.iter().enumerate().filter(|(_, e)| {
            e.name == "tr" && e.parent.and_then(|parent| elements[parent].parent) == Some(index)
        });
        let cells = rows.map(|(row, _)| elements.iter().filter(|e| e.parent == Some(row)).count());
        let cells: Vec<usize> = cells.collect();
        assert!(cells.len() > 1 && cells.iter().all(|n| *n == cells[0]), "{}", table.words());
    }
}

/// The cells of the first row of a section's tables that begins so.
fn row(elements: &[Element], section: &str, begin: &str) -> Vec<String> {
    let within = |mut index: usize| loop {
        match elements[index].parent {
            Some(parent) if elements[parent].attribute("id") == section => break true,
            Some(parent) => index = parent,
            None => break false,
        }
    };
    let found = elements.iter().position(|e| e.name == "th" && e.words() == begin);
    let first = elements
        .iter()
        .enumerate()
        .position(|(index, e)| e.name == "th" && e.words() == begin && within(index))
        .unwrap_or_else(|| panic!("no row '{begin}' in {section}; elsewhere: {found:?}"));
    let of = elements[first].parent;
    elements[first..].iter().filter(|e| e.parent == of).map(Element::words).collect()
}

/// The answers that the page opens with, and where they are given.
fn short(elements: &[Element]) -> Vec<(String, String)> {
    let list = elements.iter().position(|e| e.attribute("class") == "findings").unwrap();
    let own = |e: &&Element| e.name == "a" && elements[e.parent.unwrap()].parent == Some(list);
    let links = elements.iter().filter(own);
    links.map(|e| (e.words(), e.attribute("href").to_owned())).collect()
}

/// The words of the element with this id.
fn words(elements: &[Element], id: &str) -> String {
    let found = elements.iter().find(|e| e.attribute("id") == id);
    found.unwrap_or_else(|| panic!("no {id}")).words()
}

fn everything(out: &Path, n: usize) {
    support::all(out, n);
    if n <= 30 {
        support::hypercube(out, n, 1);
    }
    support::ensemble(out);
    support::why::why(out);
}

#[test]
fn it_holds_every_section_of_networks_of_several_sizes() {
    for n in [3, 20, 70] {
        let out = tempfile::tempdir().unwrap();
        everything(out.path(), n);
        let (html, elements) = page(out.path());
        for section in sections().filter(|section| n <= 30 || *section != "hypercube") {
            assert!(elements.iter().any(|e| e.attribute("id") == section), "{section}");
            let command = format!("cargo run -p experiments -- {section}");
            assert!(section == "ensemble" || html.contains(&command), "{command}");
            let saved = Saved::open(&out.path().join(section)).unwrap();
            for name in saved.manifest().outputs.keys() {
                assert!(html.contains(&format!("{section}/{name}")) || name == "losses.npy");
            }
        }
        assert_eq!(html.matches("not passed on").count(), usize::from(n <= 30), "losses.npy alone");
        assert_eq!(short(&elements).len(), 5, "{n} nodes");
        // Of `gradients` and `node-on`, where they are recorded.
        let curves = html.matches("made from the gate gradients of every node").count();
        assert_eq!(curves, if n == 20 { 2 } else { 0 }, "{n} nodes");
    }
}

#[test]
fn it_holds_the_sections_that_are_there() {
    let all = tempfile::tempdir().unwrap();
    everything(all.path(), 4);
    for alone in sections() {
        let out = tempfile::tempdir().unwrap();
        fs::rename(all.path().join(alone), out.path().join(alone)).unwrap();
        let (_, elements) = page(out.path());
        let is_section = |e: &&Element| e.name == "section" && !e.attribute("id").is_empty();
        let ids: Vec<_> = elements.iter().filter(is_section).map(|e| e.attribute("id")).collect();
        let judged = if alone == "ensemble" { vec!["verdicts"] } else { Vec::new() };
        assert_eq!(ids, [&["findings"][..], &judged, &[alone, "methods"]].concat());
        fs::rename(out.path().join(alone), all.path().join(alone)).unwrap();
    }
    let empty = tempfile::tempdir().unwrap();
    let error = write_page(empty.path()).unwrap_err().to_string();
    assert!(error.starts_with("nothing to show in") && !error.contains('\n'), "{error}");
    assert_eq!(fs::read_dir(empty.path()).unwrap().count(), 0);
}

#[test]
fn verdicts_are_with_their_sections_or_said_to_be_missing() {
    let out = tempfile::tempdir().unwrap();
    support::all(out.path(), 4);
    let (html, _) = page(out.path());
    assert_eq!(html.matches("No verdict: no ensemble").count(), 6, "where there are observations");
    support::ensemble(out.path());
    let (_, elements) = page(out.path());
    let saved = Saved::open(&out.path().join("ensemble")).unwrap();
    let verdicts: Vec<Verdict> = saved.table("verdicts.csv").unwrap();
    let strip = elements.iter().position(|e| e.attribute("class") == "strip").unwrap();
    let chips: Vec<&Element> = elements
        .iter()
        .filter(|e| e.name == "a" && elements[e.parent.unwrap()].parent == Some(strip))
        .collect();
    assert_eq!(chips.len(), verdicts.len());
    for (place, (verdict, chip)) in verdicts.iter().zip(chips).enumerate() {
        let told = match verdict.across.as_str() {
            "whatever the recipe" => "holds whatever the recipe",
            "depends on the recipe" => "holds, and depends on the recipe",
            _ => "fails",
        };
        assert!(chip.words().contains(&verdict.verdict), "{chip:?}");
        assert!(chip.words().contains(&verdict.statement), "{chip:?}");
        let evidence = words(&elements, chip.attribute("href").strip_prefix('#').unwrap());
        assert!(evidence.contains(&verdict.statement), "it leads to what it rests on");
        let rule = words(&elements, &format!("rule-{}", place + 1));
        for part in [told, &verdict.statement, &verdict.criterion, &verdict.would_change] {
            assert!(rule.contains(part), "'{part}' is not in {rule}");
        }
    }
    assert!(
        words(&elements, "flip-paths").contains("a network and its reversal"),
        "observation 10"
    );
    let of_ensemble = words(&elements, "ensemble");
    assert!(of_ensemble.contains("Of 3 claims, 2 hold and 1 fails"), "{of_ensemble}");
    assert_eq!(row(&elements, "ensemble", "circle 0.8")[7], "61.0 % (48.8 % to 80.5 %)");
}

#[test]
fn it_is_the_same_again_and_touches_nothing_else() {
    let out = tempfile::tempdir().unwrap();
    everything(out.path(), 4);
    redraw(out.path()).unwrap();
    let before = support::contents(out.path());
    write_page(out.path()).unwrap();
    redraw(out.path()).unwrap();
    assert!(support::contents(out.path()) == before, "the same bytes, and no other file");
    // Tables of all masks are not passed on, and a page without them is the same.
    fs::remove_file(out.path().join("hypercube/losses.npy")).unwrap();
    let html = fs::read(write_page(out.path()).unwrap()).unwrap();
    assert!(before.values().any(|bytes| *bytes == html));
}

#[test]
fn a_broken_record_leaves_the_page_alone() {
    let out = tempfile::tempdir().unwrap();
    support::all(out.path(), 4);
    write_page(out.path()).unwrap();
    let history = out.path().join("train/history.csv");
    fs::write(&history, "step,batch_loss,loss,accuracy\n").unwrap();
    let before = support::contents(out.path());
    let error = write_page(out.path()).unwrap_err().to_string();
    assert!(error.contains("history.csv") && !error.contains('\n'), "{error}");
    assert!(support::contents(out.path()) == before);
}

#[test]
fn the_explorer_is_linked_where_it_is() {
    let out = tempfile::tempdir().unwrap();
    support::train(out.path(), &support::Toy::new(3));
    assert!(!page(out.path()).0.contains("explorer.html"));
    fs::write(out.path().join("explorer.html"), "").unwrap();
    assert!(page(out.path()).0.contains("href=\"explorer.html\""));
}

#[test]
fn what_it_is_told_is_escaped() {
    let out = tempfile::tempdir().unwrap();
    support::train(out.path(), &support::Toy::new(3));
    let manifest = out.path().join("train/manifest.json");
    let text = fs::read_to_string(&manifest).unwrap();
    let command = "train --out '<b>&\\\"'";
    let changed = text.replace("cargo run -p experiments -- train", command);
    assert!(changed != text);
    fs::write(&manifest, changed).unwrap();
    let (html, elements) = page(out.path());
    assert!(!html.contains("<b>"));
    let code = elements.iter().find(|e| e.name == "code" && e.around.contains(&"pre".to_owned()));
    assert_eq!(code.unwrap().words(), "train --out '<b>&\"'");
}

/// Reads committed results.
fn committed(section: &str) -> Saved {
    Saved::open(&results().join(section)).unwrap()
}

fn results() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../results")
}

#[test]
fn the_numbers_of_the_committed_page_are_those_of_the_records() {
    let html = fs::read_to_string(results().join(PAGE)).unwrap();
    let elements = elements(&html);
    check(&elements, &results());
    let minus = |text: String| text.replace('-', "−");
    let exact = |section: &str, quantity: &str, p: Option<f64>, statistic: &str| {
        let checks: Vec<ExactCheck> = committed(section).table("exact.csv").unwrap();
        let own = |c: &&ExactCheck| c.quantity == quantity && c.p == p && c.statistic == statistic;
        checks.iter().find(own).unwrap().exact
    };
    let losses: Vec<Summary> = committed("loss-density").table("summary.csv").unwrap();
    for (p, published) in [(0.25, "1.0277158"), (0.75, "0.584365")] {
        let own = losses.iter().find(|summary| summary.p == p).unwrap();
        let expected = [
            format!("mean, p = {p}"),
            published.to_owned(),
            format!("{:.4} ± {:.4}", own.mean, own.mean_se),
            format!("{:.4}", exact("loss-density", "loss", Some(p), "mean")),
        ];
        assert_eq!(row(&elements, "loss-density", &expected[0]), expected);
    }
    let sanity: Vec<SanityRow> = committed("gradients").table("sanity.csv").unwrap();
    let own = sanity.iter().find(|row| row.quantity == "ten_mean_gradient").unwrap();
    let expected = [
        "10 × mean gate gradient, p = 0.5".to_owned(),
        "−0.4751453".to_owned(),
        minus(format!("{:.4} ± {:.4}", own.value, own.se)),
        minus(format!("{:.4}", exact("gradients", "ten_mean_gradient", None, "value"))),
    ];
    assert_eq!(row(&elements, "gradients", &expected[0]), expected);
    let nodes: Vec<NodeKind> = committed("gradient-heatmap").table("nodes.csv").unwrap();
    let bias = nodes.iter().filter(|node| node.kind == "bias").count();
    let cells = row(&elements, "gradient-heatmap", "nodes that are a bias");
    assert!(cells[2].starts_with(&format!("{bias} of {} (", nodes.len())), "{cells:?}");

    let summary: HypercubeSummary = committed("hypercube").json("summary.json").unwrap();
    let told = words(&elements, "hypercube-1");
    let correlation = summary.reversal_correlation_log_loss;
    assert!(told.contains(&format!("the correlation {correlation:.3} (exact)")), "{told}");
    let frontier: Vec<FrontierRow> = committed("hypercube").table("frontier.csv").unwrap();
    let told = words(&elements, "hypercube-2");
    let size = told.split(" nodes of 20 on").next().unwrap().rsplit(' ').next().unwrap();
    let own = &frontier[size.parse::<usize>().unwrap()];
    for loss in [own.best, own.greedy, own.taylor, own.median] {
        assert!(told.contains(&format!("{loss:.3}")), "{told}");
    }
    let missed = |row: &FrontierRow| row.greedy.min(row.taylor) / row.best;
    assert!(frontier.iter().all(|row| missed(row) <= missed(own)), "where searches miss most");
}
