//! Putting scripts together from their sources in `web/`: the explorer, and the live pieces of the page.

/// The page, with a line for each part to put in.
const TEMPLATE: &str = include_str!("../../web/explorer.html");

/// The line of it that leads to the page of all sections.
const WAY_BACK: &str = "          <a href=\"index.html\">All results</a>\n";

const STYLES: [&str; 10] = [
    include_str!("../../web/style/page.css"),
    include_str!("../../web/style/layout.css"),
    include_str!("../../web/style/reading.css"),
    include_str!("../../web/style/controls.css"),
    include_str!("../../web/style/map.css"),
    include_str!("../../web/style/network.css"),
    include_str!("../../web/style/nodes.css"),
    include_str!("../../web/style/charts.css"),
    include_str!("../../web/style/phone.css"),
    include_str!("../../web/style/bring.css"),
];

/// The scripts by name, each after those that it imports from.
const MODULES: [(&str, &str); 68] = [
    ("elements", include_str!("../../web/elements.js")),
    ("focus", include_str!("../../web/focus.js")),
    ("charts", include_str!("../../web/charts.js")),
    ("axes", include_str!("../../web/axes.js")),
    ("activations", include_str!("../../web/activations.js")),
    ("network", include_str!("../../web/network.js")),
    ("moved", include_str!("../../web/moved.js")),
    ("crossentropy", include_str!("../../web/crossentropy.js")),
    ("field", include_str!("../../web/field.js")),
    ("pushes", include_str!("../../web/pushes.js")),
    ("colours", include_str!("../../web/colours.js")),
    ("held", include_str!("../../web/compute/held.js")),
    ("readout", include_str!("../../web/compute/readout.js")),
    ("grid", include_str!("../../web/compute/grid.js")),
    ("masks", include_str!("../../web/masks.js")),
    ("table", include_str!("../../web/table.js")),
    ("clip", include_str!("../../web/compute/clip.js")),
    ("decimals", include_str!("../../web/compute/decimals.js")),
    ("layout", include_str!("../../web/compute/layout.js")),
    ("csv", include_str!("../../web/compute/csv.js")),
    ("safetensors", include_str!("../../web/compute/safetensors.js")),
    ("layernames", include_str!("../../web/compute/layernames.js")),
    ("layerorder", include_str!("../../web/compute/layerorder.js")),
    ("checkpoint", include_str!("../../web/compute/checkpoint.js")),
    ("kernels", include_str!("../../web/compute/kernels.js")),
    ("products", include_str!("../../web/compute/products.js")),
    ("walk", include_str!("../../web/compute/walk.js")),
    ("odds", include_str!("../../web/compute/odds.js")),
    ("summary", include_str!("../../web/compute/summary.js")),
    ("sample", include_str!("../../web/compute/sample.js")),
    ("averages", include_str!("../../web/compute/averages.js")),
    ("data", include_str!("../../web/compute/data.js")),
    ("adam", include_str!("../../web/compute/adam.js")),
    ("training", include_str!("../../web/compute/training.js")),
    ("tasks", include_str!("../../web/compute/tasks.js")),
    ("jobs", include_str!("../../web/compute/jobs.js")),
    ("nearest", include_str!("../../web/compute/nearest.js")),
    ("packed", include_str!("../../web/packed.js")),
    ("recipes", include_str!("../../web/recipes.js")),
    ("record", include_str!("../../web/record.js")),
    ("heatmap", include_str!("../../web/heatmap.js")),
    ("lines", include_str!("../../web/lines.js")),
    ("labels", include_str!("../../web/labels.js")),
    ("plane", include_str!("../../web/plane.js")),
    ("pointer", include_str!("../../web/pointer.js")),
    ("scatter", include_str!("../../web/scatter.js")),
    ("nodes", include_str!("../../web/nodes.js")),
    ("arrange", include_str!("../../web/arrange.js")),
    ("image", include_str!("../../web/image.js")),
    ("thumbs", include_str!("../../web/thumbs.js")),
    ("graph", include_str!("../../web/graph.js")),
    ("chips", include_str!("../../web/chips.js")),
    ("tip", include_str!("../../web/tip.js")),
    ("player", include_str!("../../web/player.js")),
    ("path", include_str!("../../web/path.js")),
    ("removal", include_str!("../../web/removal.js")),
    ("gate", include_str!("../../web/gate.js")),
    ("state", include_str!("../../web/state.js")),
    ("links", include_str!("../../web/links.js")),
    ("describe", include_str!("../../web/describe.js")),
    ("numbers", include_str!("../../web/numbers.js")),
    ("picture", include_str!("../../web/picture.js")),
    ("actions", include_str!("../../web/actions.js")),
    ("controls", include_str!("../../web/controls.js")),
    ("app", include_str!("../../web/app.js")),
    ("files", include_str!("../../web/files.js")),
    ("trainer", include_str!("../../web/trainer.js")),
    ("playground", include_str!("../../web/playground.js")),
];

/// The scripts of the live pieces, in the same way.
const LIVE: [(&str, &str); 10] = [
    ("given", include_str!("../../web/live/given.js")),
    ("correlation", include_str!("../../web/live/correlation.js")),
    ("work", include_str!("../../web/live/work.js")),
    ("margins", include_str!("../../web/live/margins.js")),
    ("parts", include_str!("../../web/live/parts.js")),
    ("flippath", include_str!("../../web/live/flippath.js")),
    ("reversal", include_str!("../../web/live/reversal.js")),
    ("greedy", include_str!("../../web/live/greedy.js")),
    ("centring", include_str!("../../web/live/centring.js")),
    ("main", include_str!("../../web/live/main.js")),
];

/// The style of the live pieces.
pub(crate) const LIVE_STYLE: &str = concat!(
    include_str!("../../web/live/live.css"),
    include_str!("../../web/live/nodes.css"),
    include_str!("../../web/live/charts.css"),
);

/// The script of the live pieces: their own modules, and of the explorer's those that they need.
pub(crate) fn live() -> String {
    let mut needed: Vec<&str> = LIVE.iter().flat_map(|(_, text)| imported(text)).collect();
    // Each comes after those that it imports from, so that one pass from the end finds all.
    for (name, text) in MODULES.iter().rev() {
        if needed.contains(name) {
            needed.extend(imported(text));
        }
    }
    let shared = MODULES.iter().filter(|(name, _)| needed.contains(name));
    shared.chain(&LIVE).map(|(name, text)| inline(name, &without_comments(text))).collect()
}

/// A script without the lines that hold nothing but a comment: a quarter of what the page would carry.
fn without_comments(script: &str) -> String {
    let is_code = |line: &&str| {
        let start = line.trim_start();
        !["//", "/**", "* ", "*/"].iter().any(|mark| start.starts_with(mark))
    };
    script.lines().filter(is_code).map(|line| format!("{line}\n")).collect()
}

/// The names of the modules that a module imports from.
fn imported(module: &str) -> impl Iterator<Item = &str> {
    let paths = module.split("} from \"").skip(1).filter_map(|rest| rest.split_once(".js\";"));
    paths.map(|(path, _)| path.rsplit('/').next().unwrap_or(path))
}

/// JSON as it may stand inside of a script element. A browser ends a script at the first `</script` in
/// it, whatever a text in the JSON means; `<` only ever stands inside of JSON's strings, where it may be
/// written as an escape.
pub(crate) fn escaped(json: &str) -> String {
    json.replace('<', "\\u003c")
}

/// The page with `data`, a JSON text, in it; and the way to the page of all sections, if there is one.
pub(super) fn page(data: &str, has_results: bool) -> String {
    let data = escaped(data);
    let template = if has_results { TEMPLATE } else { &TEMPLATE.replacen(WAY_BACK, "", 1) };
    let script: String = MODULES.iter().map(|(name, text)| inline(name, text)).collect();
    let style = STYLES.concat();
    let parts = [("/* style */\n", &style), ("/* data */", &data), ("/* script */\n", &script)];
    // One pass from part to part, so that no part is looked for inside of another.
    let (mut page, mut rest) = (String::with_capacity(data.len() + (1 << 17)), template);
    for (mark, part) in parts {
        let (before, after) = rest.split_once(mark).expect("the template has a place for it");
        page += before;
        page += part;
        rest = after;
    }
    page + rest
}

/// A module as a part of one larger script: an object of what it exports, the rest of its names its
/// own. `import { a } from "./b.js"` becomes `const { a } = module_b`, in one line or several.
fn inline(name: &str, module: &str) -> String {
    let mut text = format!("const module_{name} = (() => {{\n");
    let mut exports = Vec::new();
    for line in module.lines() {
        let line =
            line.strip_prefix("import {").map_or(line.to_owned(), |l| format!("const {{{l}"));
        if let Some((names, source)) = line.split_once("} from \"") {
            let file = source.rsplit('/').next().unwrap_or(source);
            let source = file.strip_suffix(".js\";").unwrap_or(file);
            text += &format!("{names}}} = module_{source};\n");
        } else if let Some(own) = line.strip_prefix("export ") {
            let words = own.split(|c: char| !(c.is_alphanumeric() || c == '_'));
            let kinds = ["async", "class", "const", "function", "let", ""];
            exports.extend(words.map(str::to_owned).find(|word| !kinds.contains(&word.as_str())));
            text += &format!("{own}\n");
        } else {
            text += &format!("{line}\n");
        }
    }
    text + &format!("return {{ {} }};\n}})();\n", exports.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_becomes_an_object_of_what_it_exports() {
        let module = "import {\n  a,\n} from \"./one/a.js\";\nimport { b } from \"./b.js\";\n\n\
                      export const c = a;\nexport async function E_1() {}\nlet important = 1;\n";
        assert_eq!(
            inline("own", module),
            "const module_own = (() => {\nconst {\n  a,\n} = module_a;\n\
             const { b } = module_b;\n\nconst c = a;\nasync function E_1() {}\nlet important = 1;\n\
             return { c, E_1 };\n})();\n"
        );
    }

    #[test]
    fn every_module_comes_after_those_that_it_imports_from() {
        let all: Vec<_> = MODULES.iter().chain(&LIVE).collect();
        for (k, (_, text)) in all.iter().enumerate() {
            let statements = text.lines().filter(|line| line.starts_with("import ")).count();
            assert_eq!(imported(text).count(), statements);
            for name in imported(text) {
                assert_eq!(all[..k].iter().filter(|(own, _)| *own == name).count(), 1, "{name}");
            }
        }
    }

    #[test]
    fn only_comments_are_left_out() {
        let script = "// One.\n/**\n * Two.\n */\nconst a = 2 * 3; // three\n  /** Four. */\n";
        assert_eq!(without_comments(script), "const a = 2 * 3; // three\n");
        // A line of a text that goes on over several could look like one.
        for (name, text) in MODULES.iter().chain(&LIVE) {
            let code = without_comments(text);
            let odd = code.lines().find(|line| line.matches('`').count() % 2 == 1);
            assert!(odd.is_none() || !live().contains(&format!("module_{name} =")), "{odd:?}");
        }
    }

    #[test]
    fn the_live_pieces_have_what_they_need_and_not_all() {
        let script = live();
        for name in script.split("} = module_").skip(1).map(|rest| rest.split_once(';').unwrap().0)
        {
            assert!(script.contains(&format!("const module_{name} = ")), "{name}");
        }
        assert!(!script.contains("const module_app"), "nothing of the explorer's page");
    }

    #[test]
    fn no_source_ends_its_own_element_or_loads_anything() {
        let scripts = || MODULES.iter().chain(&LIVE).map(|(_, text)| *text);
        let styles = || STYLES.into_iter().chain([LIVE_STYLE]);
        for source in scripts().chain(styles()) {
            // What a worker runs is the page's own script, handed over as a URL of it.
            let lower = source.to_lowercase().replace("objecturl(", "");
            for mark in
                ["</script", "</style", "<!--", "@import", "url(", "fetch(", "importscripts"]
            {
                assert!(!lower.contains(mark), "{mark} in a source");
            }
        }
        // The one address is the name of a format.
        for source in scripts().chain(styles()).chain([TEMPLATE]) {
            let source = source.replace("http://www.w3.org/2000/svg", "");
            assert!(!source.contains("http:") && !source.contains("https:"), "an address");
        }
    }

    #[test]
    fn data_cannot_leave_its_element() {
        let text = "\u{2028}</script><script>alert(1)</script><!-- /* script */ \" \\";
        let data = serde_json::json!({ "path": text }).to_string();
        let page = page(&data, true);
        assert_eq!(page.matches("</script").count(), TEMPLATE.matches("</script").count());
        let (_, rest) = page.split_once(r#"<script id="record" type="application/json">"#).unwrap();
        let (json, _) = rest.split_once("</script>").unwrap();
        let value: serde_json::Value = serde_json::from_str(json).unwrap();
        assert_eq!(value["path"], text);
    }
}
