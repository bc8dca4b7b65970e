//! Colours with a meaning.

use plotters::style::RGBColor;

/// Every colour that is not part of a colour map.
#[derive(Clone, Debug)]
pub(crate) struct Theme {
    /// Behind everything.
    pub background: RGBColor,
    /// Text and axes.
    pub ink: RGBColor,
    /// Captions, reference lines, and what stands back.
    pub faint: RGBColor,
    /// Nodes on at p = 0.25, 0.5, 0.75.
    pub p: [RGBColor; 3],
    /// Other values of p, in turn.
    pub other_p: [RGBColor; 3],
    /// The start of a flip path.
    pub start: RGBColor,
    /// The end of a flip path.
    pub end: RGBColor,
    /// A flip path itself.
    pub path: RGBColor,
    /// A node that is on.
    pub on: RGBColor,
    /// A node that is off.
    pub off: RGBColor,
    /// Interactions of an even number of nodes.
    pub even: RGBColor,
    /// Interactions of an odd number of nodes.
    pub odd: RGBColor,
    /// Lines over a sequential colour map. Heatmaps look the same on any background, and so does
    /// what is drawn over them.
    pub over_map: RGBColor,
    /// Lines over a diverging colour map, which is pale, and the edges of lines that are not seen
    /// on all of a sequential one.
    pub over_pale_map: RGBColor,
}

/// Dark on white. The colours of p stay apart for colour-blind readers (Okabe and Ito's).
pub(crate) const LIGHT: Theme = Theme {
    background: RGBColor(255, 255, 255),
    ink: RGBColor(34, 34, 34),
    faint: RGBColor(108, 108, 108),
    p: [RGBColor(213, 94, 0), RGBColor(0, 114, 178), RGBColor(0, 158, 115)],
    other_p: [RGBColor(204, 121, 167), RGBColor(86, 180, 233), RGBColor(150, 120, 60)],
    start: RGBColor(0, 168, 168),
    end: RGBColor(231, 84, 148),
    path: RGBColor(214, 39, 40),
    on: RGBColor(224, 142, 11),
    off: RGBColor(70, 90, 160),
    even: RGBColor(0, 114, 178),
    odd: RGBColor(213, 94, 0),
    over_map: RGBColor(255, 255, 255),
    over_pale_map: RGBColor(33, 33, 33),
};

/// Light on near-black, for figures in a dark page.
const DARK: Theme = Theme {
    background: RGBColor(21, 24, 28),
    ink: RGBColor(228, 228, 228),
    faint: RGBColor(154, 156, 160),
    p: [RGBColor(244, 132, 56), RGBColor(72, 160, 226), RGBColor(40, 190, 144)],
    other_p: [RGBColor(218, 144, 184), RGBColor(166, 216, 250), RGBColor(196, 168, 104)],
    start: RGBColor(38, 194, 194),
    end: RGBColor(242, 118, 172),
    path: RGBColor(242, 98, 92),
    on: RGBColor(238, 168, 60),
    off: RGBColor(140, 158, 228),
    even: RGBColor(72, 160, 226),
    odd: RGBColor(244, 132, 56),
    ..LIGHT
};

impl Theme {
    /// The colours that depend on the background, each with whether only areas have it.
    fn adapting(&self) -> [(RGBColor, bool); 16] {
        let of_p = [self.p, self.other_p].map(|three| three.map(|colour| (colour, false)));
        let [[p0, p1, p2], [p3, p4, p5]] = of_p;
        let lines = [self.ink, self.faint, self.start, self.end, self.path, self.on, self.off];
        let [ink, faint, start, end, path, on, off] = lines.map(|colour| (colour, false));
        let (even, odd) = ((self.even, false), (self.odd, false));
        // Lines over maps are as white as the background, and stay so.
        let background = (self.background, true);
        [background, ink, faint, p0, p1, p2, p3, p4, p5, start, end, path, on, off, even, odd]
    }
}

/// Style rules under which figures inside `selector` look as if drawn on a dark background.
pub(crate) fn dark_rules(selector: &str) -> String {
    let hex = |RGBColor(r, g, b): RGBColor| format!("#{r:02X}{g:02X}{b:02X}");
    let mut rules: Vec<String> = Vec::new();
    for ((light, only_areas), (dark, _)) in LIGHT.adapting().into_iter().zip(DARK.adapting()) {
        let properties = if only_areas { &["fill"][..] } else { &["fill", "stroke"] };
        for property in properties {
            let (light, dark) = (hex(light), hex(dark));
            let rule = format!("{selector} [{property}=\"{light}\"] {{ {property}: {dark}; }}\n");
            if !rules.contains(&rule) {
                rules.push(rule);
            }
        }
    }
    rules.concat()
}

impl Theme {
    /// The colour of the `index`th of several things.
    pub fn series(&self, index: usize) -> RGBColor {
        let ([a, b, c], [d, e, f]) = (self.p, self.other_p);
        [b, a, c, d, f, e, self.ink, self.faint][index % 8]
    }

    /// The colour of the `index`th value of p: by value for the write-up's three.
    pub fn of_p(&self, p: f64, index: usize) -> RGBColor {
        let known = [0.25, 0.5, 0.75].iter().position(|&known| known == p);
        known.map_or(self.other_p[index % self.other_p.len()], |known| self.p[known])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance as the Web Content Accessibility Guidelines define it.
    fn luminance(RGBColor(r, g, b): RGBColor) -> f64 {
        let linear = |channel: u8| {
            let value = f64::from(channel) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
    }

    fn contrast(one: RGBColor, other: RGBColor) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn text_is_legible_and_lines_are_seen_on_both_backgrounds() {
        for theme in [&LIGHT, &DARK] {
            for (colour, only_areas) in theme.adapting() {
                let text = [theme.ink, theme.faint].contains(&colour);
                let enough = if text { 4.5 } else { 2.2 };
                let found = contrast(colour, theme.background);
                assert!(only_areas || found >= enough, "{colour:?}: {found:.2}");
            }
        }
    }

    #[test]
    fn every_colour_has_one_dark_one() {
        let (light, dark) = (LIGHT.adapting(), DARK.adapting());
        for (one, of_one) in light.iter().zip(&dark) {
            for (other, of_other) in light.iter().zip(&dark) {
                assert_eq!(one.0 == other.0, of_one.0 == of_other.0, "{one:?}, {other:?}");
            }
        }
        let rules = dark_rules(".drawing");
        assert!(rules.contains(".drawing [fill=\"#FFFFFF\"] { fill: #15181C; }"));
        assert!(!rules.contains("[stroke=\"#FFFFFF\"]"), "lines over maps stay white");
    }
}
