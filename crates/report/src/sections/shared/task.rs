//! What a section's network tells apart and where its points lie, as the manifest says.

use serde_json::Value;

use crate::record::Saved;
use crate::words::number;

/// What records call the handwritten digits.
pub(crate) const DIGITS: &str = "digits";

/// What the name of points begins with that somebody has given to learn from; their hash follows.
pub(crate) const OWN: &str = "own ";

/// A rectangle of the plane that two inputs span.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Window {
    /// Lowest and highest x₀.
    pub x: [f64; 2],
    /// Lowest and highest x₁.
    pub y: [f64; 2],
}

impl Window {
    /// The square [−`extent`, `extent`]².
    pub fn around(extent: f64) -> Self {
        Self { x: [-extent, extent], y: [-extent, extent] }
    }

    /// What the maps of a section show: a rectangle that lies around points from a file, else a
    /// square around the origin.
    pub fn read(saved: &Saved) -> Self {
        let extent = saved.parameter("extent").and_then(Value::as_f64);
        Self::named(saved, "map_window").unwrap_or_else(|| Self::around(extent.unwrap_or(2.0)))
    }

    /// The parameter `name`, `[[x₀ from, x₀ to], [x₁ from, x₁ to]]`, if it is one.
    fn named(saved: &Saved, name: &str) -> Option<Self> {
        let [x, y] = serde_json::from_value(saved.parameter(name)?.clone()).ok()?;
        let is_range = |[low, high]: &[f64; 2]| low < high;
        [x, y].iter().all(is_range).then_some(Self { x, y })
    }

    /// Centre of a pixel of a map of `side`² pixels, row by row from the lowest x₁.
    pub fn centre(&self, pixel: usize, side: usize) -> (f64, f64) {
        let along = |[low, high]: [f64; 2], index: usize| {
            let part = (2 * index + 1) as f64 / side as f64 - 1.0;
            f64::midpoint(low, high) + (high / 2.0 - low / 2.0) * part
        };
        (along(self.x, pixel % side), along(self.y, pixel / side))
    }

    /// It in words, such as `[−2, 2]²`.
    pub fn words(&self) -> String {
        let range = |[low, high]: [f64; 2]| format!("[{}, {}]", number(low), number(high));
        match self.x == self.y {
            true => format!("{}²", range(self.x)),
            false => format!("{} × {}", range(self.x), range(self.y)),
        }
    }
}

/// What the network tells apart.
pub(crate) struct Task {
    /// Number of classes, if it is recorded.
    pub classes: Option<usize>,
    /// Number of inputs, if it is recorded.
    pub inputs: Option<usize>,
    /// Radius of the circle, if the classes are its inside and its outside.
    pub radius: Option<f64>,
    /// Whether the classes are the handwritten digits.
    pub digits: bool,
}

impl Task {
    /// The task of a section.
    pub fn read(saved: &Saved) -> Self {
        let sizes = saved.parameter("sizes").and_then(Value::as_array);
        let size = |size: Option<&Value>| size.and_then(Value::as_u64).map(|size| size as usize);
        let (inputs, classes) =
            sizes.map_or((None, None), |sizes| (size(sizes.first()), size(sizes.last())));
        let radius = saved.parameter("circle_radius").and_then(Value::as_f64);
        let digits = saved.parameter("data").and_then(Value::as_str) == Some(DIGITS);
        let radius = radius.filter(|_| classes.is_none_or(|n| n == 2));
        Self { classes, inputs, radius, digits }
    }

    /// The class whose probability maps show.
    pub fn shown_class(&self) -> &'static str {
        if self.radius.is_some() { "“inside”" } else { "class 0" }
    }

    /// What the network tells apart, such as "two kinds of points in the plane".
    pub fn kinds(&self) -> String {
        if self.digits {
            return "handwritten digits".to_owned();
        }
        let kinds = match self.classes {
            Some(2) => "two kinds of points".to_owned(),
            Some(classes) => format!("points of {classes} classes"),
            None => "kinds of points".to_owned(),
        };
        let place = if self.inputs == Some(2) { " in the plane" } else { "" };
        format!("{kinds}{place}")
    }

    /// A network that knows nothing, and its loss; `None` without a number of classes.
    pub fn chance(&self) -> Option<(String, String)> {
        let classes = self.classes?;
        let answer = match classes {
            2 => "“one half”".to_owned(),
            _ => format!("1/{classes} for each of {classes} classes"),
        };
        Some((answer, format!("ln {classes} ≈ {:.3}", (classes as f64).ln())))
    }
}

/// The part of the plane in which the points lie, and its name.
pub(crate) fn region(saved: &Saved) -> (Window, &'static str) {
    if let Some(bounds) = Window::named(saved, "points_window") {
        return (bounds, "bounding box of the points");
    }
    // `train` records its recipe, and other sections that of the network, if they know one.
    let is_trained = saved.manifest().section == "train"
        || saved.parameter("trained").is_some_and(|recipe| !recipe.is_null());
    let name =
        if is_trained { "training square [−1, 1]²" } else { "square of the points [−1, 1]²" };
    (Window::around(1.0), name)
}
