//! Every figure of every section, from made-up records.
#![expect(clippy::unwrap_used, reason = "helpers outside test functions unwrap too")]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use report::records::{DensityPoint, EcdfPoint, Summary};
use report::{MANIFEST, Saved, redraw, sections};

fn check(section: &str, name: &str, bytes: &[u8]) {
    assert!(name.starts_with(section), "{name} is named after {section}");
    match name.rsplit_once('.').unwrap().1 {
        "svg" => {
            let text = std::str::from_utf8(bytes).unwrap();
            assert!(text.starts_with("<svg ") && text.ends_with("</svg>\n"), "{name}");
            resvg::usvg::Tree::from_str(text, &resvg::usvg::Options::default()).unwrap();
            // The letters of an image can spell anything.
            let first = text.split("base64,").next().into_iter();
            let rest = text.split("base64,").skip(1).filter_map(|part| part.split_once('"'));
            assert!(
                first.chain(rest.map(|part| part.1)).all(|part| !part.contains("NaN")),
                "{name}"
            );
            assert!(text.matches("<text").count() > 4, "{name}");
        }
        "png" => {
            let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
            let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
            reader.next_frame(&mut pixels).unwrap();
            let dark = pixels.iter().filter(|&&channel| channel < 200).count();
            assert!(dark * 200 > pixels.len(), "{name} is nearly empty");
        }
        _ => assert!(bytes.starts_with(b"GIF89a") && bytes.len() < 3_000_000, "{name}"),
    }
}

/// Checks every figure of a section, and returns the text of its drawings by name.
fn drawings(out: &Path, section: &str) -> BTreeMap<String, String> {
    let saved = Saved::open(&out.join(section)).unwrap();
    let outputs = saved.manifest().outputs.keys();
    let figures: Vec<_> =
        outputs.filter(|name| [".svg", ".png", ".gif"].iter().any(|e| name.ends_with(e))).collect();
    assert!(figures.len() >= 2, "{section} has figures");
    let mut drawings = BTreeMap::new();
    for name in figures {
        let bytes = fs::read(saved.path(name)).unwrap();
        check(section, name, &bytes);
        if name.ends_with(".svg") {
            drawings.insert(name.clone(), String::from_utf8(bytes).unwrap());
        }
    }
    drawings
}

/// Where to put figures. To look at them: FIGURES=somewhere cargo test -p report
fn place(folder: &Path, name: &str) -> PathBuf {
    let kept = std::env::var_os("FIGURES").map(|kept| Path::new(&kept).join(name));
    kept.unwrap_or_else(|| folder.to_owned())
}

#[test]
fn every_sampled_section_draws_for_networks_of_several_sizes() {
    for n in [3, 9, 20, 70] {
        let folder = tempfile::tempdir().unwrap();
        let out = place(folder.path(), &n.to_string());
        support::all(&out, n);
        for section in
            sections().filter(|section| !["hypercube", "ensemble", "why"].contains(section))
        {
            for (name, drawing) in drawings(&out, section) {
                let known =
                    ["loss-density", "log-loss-density", "flip-paths", "gradients", "node-on"];
                let overlay = known.contains(&section) && name != "flip-paths-cube.svg";
                let expected = overlay && (9..=20).contains(&n);
                assert_eq!(drawing.contains("exact, all masks"), expected, "{name}, {n} nodes");
                // The cube explains what a path is; no network is behind it.
                let ablation = if n == 9 { "mean ablation" } else { "zero ablation" };
                let says = name != "flip-paths-cube.svg";
                assert_eq!(drawing.contains(ablation), says, "{name} says the ablation");
            }
        }
    }
}

#[test]
fn the_hypercube_draws_for_networks_of_several_sizes_and_depths() {
    for (n, layers) in [(2, 1), (2, 2), (9, 2), (20, 1), (30, 3)] {
        let folder = tempfile::tempdir().unwrap();
        let out = place(folder.path(), &format!("{n}-in-{layers}"));
        support::hypercube(&out, n, layers);
        let drawings = drawings(&out, "hypercube");
        let drawn = 6 + usize::from(n == 20) + usize::from(n != 9);
        assert_eq!(drawings.len(), drawn, "both ablations and the matrix of pairs where recorded");
        let ablation = if n == 9 { "mean ablation" } else { "zero ablation" };
        for (name, drawing) in &drawings {
            assert!(drawing.contains("exact: all 2"), "{name}");
            let both = name == "hypercube-ablations.svg";
            let ablation = if both { "zero and mean ablation" } else { ablation };
            assert!(drawing.contains(ablation), "{name} says the ablation");
        }
        let nodes = &drawings["hypercube-nodes.svg"];
        assert_eq!(nodes.matches("layer ").count(), if layers > 1 { 2 * layers } else { 0 });
        let ranks = drawings["hypercube-removal.svg"].contains("0.602 (Spearman), 0.602 (Kendall)");
        assert_eq!(ranks, n != 2, "rank correlations where there are any");
        let logarithmic = drawings["hypercube.svg"].contains("logarithmic");
        assert_eq!(logarithmic, n != 2, "close losses have a plain axis");
    }
}

#[test]
fn a_sample_without_spread_still_draws() {
    let out = tempfile::tempdir().unwrap();
    let record = report::begin(out.path(), "log-loss-density").unwrap();
    let quantity = || "log_loss".to_owned();
    let x = |step: i32| f64::from(step) / 10.0;
    let density = |step| DensityPoint {
        quantity: quantity(),
        p: 1.0,
        x: x(step),
        density: 0.0,
        normal: f64::NAN,
    };
    record.table("density.csv", &(0..9).map(density).collect::<Vec<_>>()).unwrap();
    let ecdf = [EcdfPoint { p: 1.0, x: 0.4, fraction: 1.0, normal: f64::NAN }];
    record.table("ecdf.csv", &ecdf).unwrap();
    record.table::<Summary>("summary.csv", &[]).unwrap();
    let folder = record.finish(report::Run::default()).unwrap();
    assert!(folder.join("log-loss-density.png").exists());
}

#[test]
fn the_sanity_check_is_of_the_network_that_it_is_drawn_for() {
    for (n, times, is_compared) in [(3, "1.5 × mean", false), (20, "10 × mean", true)] {
        let out = tempfile::tempdir().unwrap();
        support::all(out.path(), n);
        redraw(out.path()).unwrap();
        let svg = fs::read_to_string(out.path().join("gradients/gradients-sanity.svg")).unwrap();
        assert!(svg.contains(times), "half of {n} nodes");
        assert_eq!(svg.contains("write-up"), is_compared, "{n} nodes");
    }
}

#[test]
fn redrawing_changes_nothing() {
    let out = tempfile::tempdir().unwrap();
    support::all(out.path(), 3);
    support::hypercube(out.path(), 3, 1);
    // The table of all masks is too large to be passed on with the figures.
    fs::remove_file(out.path().join("hypercube/losses.npy")).unwrap();
    report::write_page(out.path()).unwrap();
    let before = support::contents(out.path());
    let figures = redraw(out.path()).unwrap();
    assert!(figures.iter().all(|figure| figure.exists()));
    assert!(
        support::contents(out.path()) == before,
        "figures and manifests are the same to the byte"
    );
    for figure in &figures {
        fs::remove_file(figure).unwrap();
    }
    redraw(out.path()).unwrap();
    assert!(support::contents(out.path()) == before, "and they need nothing but the records");
}

#[test]
fn the_program_reports_in_lines() {
    let out = tempfile::tempdir().unwrap();
    support::train(out.path(), &support::Toy::new(3));
    let report = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_report"))
            .args(arguments)
            .current_dir(out.path())
            .output()
            .unwrap();
        let [stdout, stderr] =
            [output.stdout, output.stderr].map(|s| String::from_utf8(s).unwrap());
        (output.status.code().unwrap(), stdout, stderr)
    };
    let results = out.path().to_str().unwrap();
    let (code, stdout, _) = report(&["--results", results]);
    assert_eq!((code, stdout.lines().count()), (0, 5), "four figures and the page: {stdout}");
    assert_eq!(report(&["--nonsense"]).0, 2);
    assert_eq!(report(&["--results"]).0, 2);
    assert_eq!(report(&["--help"]).0, 0);
    let (code, _, stderr) = report(&[]);
    assert_eq!((code, stderr.lines().count()), (1, 1), "{stderr}");
    assert!(stderr.starts_with("error: nothing to draw in results: "), "{stderr}");

    let before = support::contents(out.path());
    let history = out.path().join("train/history.csv");
    let text = fs::read_to_string(&history).unwrap();
    fs::write(&history, &text[..text.len() / 2]).unwrap();
    let (code, _, truncated) = report(&["--results", results]);
    assert_eq!((code, truncated.lines().count()), (1, 1), "{truncated}");
    assert!(truncated.starts_with("error: ") && truncated.contains("history.csv"), "{truncated}");
    fs::remove_file(&history).unwrap();
    let (code, _, missing) = report(&["--results", results]);
    assert_eq!((code, missing.lines().count()), (1, 1), "{missing}");
    assert!(missing.contains("history.csv"), "{missing}");
    fs::write(&history, text).unwrap();
    assert!(support::contents(out.path()) == before, "nothing else was touched");
}

#[test]
fn a_failing_drawing_leaves_earlier_results_alone() {
    let out = tempfile::tempdir().unwrap();
    support::train(out.path(), &support::Toy::new(3));
    let before = support::contents(out.path());
    let record = report::begin(out.path(), "train").unwrap();
    record.table("history.csv", &[report::records::RemovedNode { node: 0, loss: 1.0 }]).unwrap();
    let error = record.finish(report::Run::default()).unwrap_err().to_string();
    assert!(error.contains("history.csv") && !error.contains('\n'), "{error}");
    assert!(support::contents(out.path()) == before);
    assert!(out.path().join("train").join(MANIFEST).exists());
}

#[test]
fn the_ensemble_draws_its_statistics_and_its_cells() {
    let folder = tempfile::tempdir().unwrap();
    let out = place(folder.path(), "ensemble");
    support::ensemble(&out);
    let drawings = drawings(&out, "ensemble");
    let statistics = &drawings["ensemble.svg"];
    assert!(
        statistics
            .contains("40 networks · circle 0.8, 20 nodes, glorot-uniform, 7,000 steps, zero")
    );
    assert!(statistics.contains("10: reversal correlation"));
    let reversal = &drawings["ensemble-reversal.svg"];
    assert!(reversal.contains("unless varied: 20 nodes, 7,000 steps, zero ablation"));
    assert!(reversal.contains("10–10") && reversal.contains("circle 0.8"));
}

#[test]
fn why_draws_a_figure_for_each_piece() {
    let folder = tempfile::tempdir().unwrap();
    let out = place(folder.path(), "why");
    support::why::why(&out);
    let drawings = drawings(&out, "why");
    assert_eq!(drawings.len(), 7);
    let centring = &drawings["why.svg"];
    assert!(centring.contains("7–7–6") && centring.contains("output bias"));
    assert!(drawings["why-theory.svg"].contains("reversal correlation of ln(loss)"));
    assert!(drawings["why-training.svg"].contains("dropout"));
    let out = place(folder.path(), "why-nothing");
    support::why::of(&out, &[]);
    assert_eq!(Saved::open(&out.join("why")).unwrap().manifest().outputs.len(), 8 + 2);
}
