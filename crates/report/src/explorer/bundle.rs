//! Putting the page together from its sources in `web/`.

/// The page, with a line for each part to put in.
const TEMPLATE: &str = include_str!("../../web/explorer.html");

const STYLE: &str = include_str!("../../web/explorer.css");

/// The scripts, each after those that it imports from.
const MODULES: [&str; 18] = [
    include_str!("../../web/elements.js"),
    include_str!("../../web/activations.js"),
    include_str!("../../web/network.js"),
    include_str!("../../web/table.js"),
    include_str!("../../web/masks.js"),
    include_str!("../../web/record.js"),
    include_str!("../../web/heatmap.js"),
    include_str!("../../web/plane.js"),
    include_str!("../../web/charts.js"),
    include_str!("../../web/nodes.js"),
    include_str!("../../web/walks.js"),
    include_str!("../../web/state.js"),
    include_str!("../../web/describe.js"),
    include_str!("../../web/numbers.js"),
    include_str!("../../web/picture.js"),
    include_str!("../../web/actions.js"),
    include_str!("../../web/controls.js"),
    include_str!("../../web/app.js"),
];

/// The page with `data`, a JSON text, in it.
pub(super) fn page(data: &str) -> String {
    // A browser ends a script at the first `</script` in it, whatever a text in the JSON means.
    // `<` only ever stands inside of JSON's strings, where it may be written as an escape.
    let data = data.replace('<', "\\u003c");
    let script: String = MODULES.into_iter().map(inline).collect();
    let parts = [("/* style */\n", STYLE), ("/* data */", &data), ("/* script */\n", &script)];
    // One pass from part to part, so that no part is looked for inside of another.
    let (mut page, mut rest) = (String::with_capacity(data.len() + (1 << 17)), TEMPLATE);
    for (mark, part) in parts {
        let (before, after) = rest.split_once(mark).expect("the template has a place for it");
        page += before;
        page += part;
        rest = after;
    }
    page + rest
}

/// A module as a part of one larger module: without its imports, and with nothing exported. Names
/// at its top level thus have to be its own among all modules.
fn inline(module: &str) -> String {
    let mut text = String::with_capacity(module.len());
    let mut importing = false;
    for line in module.lines() {
        importing |= line.starts_with("import ");
        if !importing {
            text += line.strip_prefix("export ").unwrap_or(line);
            text.push('\n');
        }
        importing &= !line.ends_with(';');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_lose_their_imports_and_exports_and_nothing_else() {
        let module = "import {\n  a,\n} from \"./a.js\";\nimport { b } from \"./b.js\";\n\n\
                      export const c = a;\n  export_ed();\nlet important = 1;\n";
        assert_eq!(inline(module), "\nconst c = a;\n  export_ed();\nlet important = 1;\n");
    }

    #[test]
    fn no_source_ends_its_own_element_or_loads_anything() {
        for source in MODULES.into_iter().chain([STYLE]) {
            let lower = source.to_lowercase();
            for mark in ["</script", "</style", "<!--", "@import", "url(", "fetch("] {
                assert!(!lower.contains(mark), "{mark} in a source");
            }
        }
        // The one address is the name of a format.
        for source in MODULES.into_iter().chain([STYLE, TEMPLATE]) {
            let source = source.replace("http://www.w3.org/2000/svg", "");
            assert!(!source.contains("http:") && !source.contains("https:"), "an address");
        }
    }

    #[test]
    fn data_cannot_leave_its_element() {
        let text = "\u{2028}</script><script>alert(1)</script><!-- /* script */ \" \\";
        let data = serde_json::json!({ "path": text }).to_string();
        let page = page(&data);
        assert_eq!(page.matches("</script").count(), TEMPLATE.matches("</script").count());
        let (_, rest) = page.split_once(r#"<script id="record" type="application/json">"#).unwrap();
        let (json, _) = rest.split_once("</script>").unwrap();
        let value: serde_json::Value = serde_json::from_str(json).unwrap();
        assert_eq!(value["path"], text);
    }
}
