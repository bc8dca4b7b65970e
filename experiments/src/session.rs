//! What one run of the program shares between sections: options, device, network, points.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use hypercube::{Ablation, Network, Points, Purpose};
use model::data::Data;
use model::device::{self, Compute};
use model::training::Recipe;
use model::{SubNetworks, checkpoint, points_file};
use report::{Record, Run};
use serde_json::{Map, Value, json};

use crate::exact::Exact;
use crate::options::Common;
use crate::progress::Progress;
use crate::sections::train;

/// One run of the program.
pub struct Session {
    pub common: Common,
    pub compute: Compute,
    subject: OnceCell<Subject>,
    exact: OnceCell<Option<Exact>>,
}

/// The network that is studied, and the points that its losses are means over.
pub struct Subject {
    pub network: Network,
    pub points: Points,
    /// What labels the points, if it is one of the built-in sets.
    pub data: Option<Data>,
    /// What the record says of both.
    parameters: Map<String, Value>,
}

impl Session {
    /// Checks the common options and opens the device.
    ///
    /// # Errors
    ///
    /// If the backend is not there.
    pub fn new(common: &Common) -> Result<Self> {
        let compute = device::select(common.backend.as_deref())?;
        if let Some(threads) = common.threads {
            rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build_global()
                .with_context(|| format!("cannot start {threads} threads"))?;
        }
        Ok(Self {
            common: common.clone(),
            compute,
            subject: OnceCell::new(),
            exact: OnceCell::new(),
        })
    }

    /// A message for the person at the terminal.
    pub fn say(&self, message: &str) {
        if !self.common.quiet {
            crate::output::message(message);
        }
    }

    pub fn progress(&self, what: &str, total: usize) -> Progress {
        Progress::new(what, total, self.common.quiet)
    }

    pub fn ablation(&self) -> Ablation {
        self.common.ablation.into()
    }

    /// A sample's size: as asked, or one of the two defaults.
    pub fn size(&self, asked: Option<usize>, default: usize, quick: usize) -> usize {
        asked.unwrap_or(if self.common.quick { quick } else { default })
    }

    /// Where the network trained here lies.
    pub fn trained_path(&self) -> PathBuf {
        self.common.out.join("train").join(train::MODEL)
    }

    /// The evaluation points of a data set.
    pub fn sample_points(&self, data: Data) -> Points {
        let n = self.size(self.common.n_points, 4096, 512);
        data.sample(n, self.common.seed, Purpose::EvaluationPoints)
    }

    /// The network and its points, read (or trained) on first use.
    ///
    /// # Errors
    ///
    /// If they cannot be read, or do not fit each other.
    pub fn subject(&self) -> Result<&Subject> {
        if let Some(subject) = self.subject.get() {
            return Ok(subject);
        }
        let subject = self.load_subject()?;
        Ok(self.subject.get_or_init(|| subject))
    }

    fn load_subject(&self) -> Result<Subject> {
        let trained = self.trained_path();
        let path = self.common.model.clone().unwrap_or_else(|| trained.clone());
        if self.common.model.is_none() && !trained.exists() {
            self.say(&format!("no trained network in {} yet: training one", trained.display()));
            train::run(self, &train::Options::default())?;
        }
        let network = checkpoint::load(&path)?;
        let recipe = sidecar(&path);
        let data = self.data(recipe.as_ref(), &path)?;
        let points = match &self.common.points {
            Some(file) => points_file::load(file, network.inputs(), network.classes())?,
            None => self.own_points(&network, data)?,
        };
        // Points from a file were labelled by whoever made them, unless we are told otherwise.
        let known = self.common.points.is_none() || self.common.asked_data()?.is_some();
        let data = (network.inputs() == 2 && known).then_some(data);
        let sizes = network.sizes();
        let name = sizes.iter().map(usize::to_string).collect::<Vec<_>>().join("-");
        self.say(&format!("network {name} from {}, {} points", path.display(), points.len()));
        let parameters = json!({
            "model": path.display().to_string(),
            "sizes": sizes,
            "trained": recipe,
            "points": self.common.points.as_ref().map(|p| p.display().to_string()),
            "n_points": points.len(),
            "data": data.map(Data::name),
            "circle_radius": data.and_then(Data::radius),
            "ablation": self.common.ablation.name(),
        });
        let Value::Object(parameters) = parameters else { unreachable!("written as an object") };
        Ok(Subject { network, points, data, parameters })
    }

    /// The data asked for, else the network's own, else the published circle.
    fn data(&self, recipe: Option<&Recipe>, path: &Path) -> Result<Data> {
        let asked = self.common.asked_data()?;
        let own = recipe.map(|recipe| recipe.data);
        match (asked, own) {
            (Some(asked), Some(own)) if asked != own && self.common.model.is_none() => bail!(
                "the network in {} was trained on {}: run `train {}` first, or keep both with \
                 another --out",
                path.display(),
                own.title(),
                asked.option()
            ),
            _ => Ok(asked.or(own).unwrap_or_default()),
        }
    }

    fn own_points(&self, network: &Network, data: Data) -> Result<Points> {
        if network.inputs() != 2 {
            bail!(
                "the network takes {} inputs, and the built-in data has 2: give its evaluation \
                 points with --points FILE",
                network.inputs()
            );
        }
        Ok(self.sample_points(data))
    }

    /// The network and points on the device, ready for batches of masks.
    ///
    /// # Errors
    ///
    /// As [`Session::subject`].
    pub fn sub_networks(&self) -> Result<SubNetworks> {
        let Subject { network, points, .. } = self.subject()?;
        Ok(SubNetworks::new(network, points, self.ablation(), &self.compute))
    }

    /// Every sub-network's loss, for a sampled section to compare itself with; none if the network
    /// is too large for that to take a moment.
    ///
    /// # Errors
    ///
    /// As [`Session::subject`].
    pub fn exact(&self) -> Result<Option<&Exact>> {
        if self.exact.get().is_none() {
            let exact = Exact::if_small(self)?;
            let _ = self.exact.set(exact);
        }
        Ok(self.exact.get().and_then(Option::as_ref))
    }

    /// Refuses a section that draws the plane for a network that does not live there.
    ///
    /// # Errors
    ///
    /// If the network has not two inputs.
    pub fn plane(&self, section: &str) -> Result<&Subject> {
        let subject = self.subject()?;
        match subject.network.inputs() {
            2 => Ok(subject),
            n => bail!("{section} draws a plane, and the network takes {n} inputs, not 2"),
        }
    }
}

/// How the network beside this sidecar was trained, if it says.
fn sidecar(model: &Path) -> Option<Recipe> {
    let text = std::fs::read_to_string(model.with_extension("json")).ok()?;
    let sidecar: Value = serde_json::from_str(&text).ok()?;
    serde_json::from_value(sidecar.get("recipe")?.clone()).ok()
}

/// A section at work: its record and its clock.
pub struct Work<'a> {
    session: &'a Session,
    section: &'static str,
    start: Instant,
    pub record: Record,
}

impl<'a> Work<'a> {
    /// Begins a section. An unwritable folder is found out here, before any work.
    ///
    /// # Errors
    ///
    /// If the results folder cannot be written.
    pub fn begin(session: &'a Session, section: &'static str) -> Result<Self> {
        let record = Record::create(&session.common.out, section)?;
        Ok(Self { session, section, start: Instant::now(), record })
    }

    /// The command line that repeats the section.
    pub fn command(&self) -> String {
        let mut command = format!("cargo run -p experiments -- {}", self.section);
        for argument in arguments(self.section) {
            command += " ";
            command += &argument;
        }
        command
    }

    /// Seconds since it began.
    pub fn seconds(&self) -> f64 {
        self.start.elapsed().as_secs_f64()
    }

    /// Ends a section that studied the session's network: draws its figures, puts all its files in
    /// place and writes the page.
    ///
    /// # Errors
    ///
    /// If figures cannot be drawn or files not be written.
    pub fn finish(self, own: Value) -> Result<()> {
        let mut parameters = self.session.subject()?.parameters.clone();
        if let Value::Object(own) = own {
            parameters.extend(own);
        }
        self.finish_with(parameters)
    }

    /// Ends a section with these parameters and no others.
    ///
    /// # Errors
    ///
    /// As [`Work::finish`].
    pub fn finish_with(self, parameters: Map<String, Value>) -> Result<()> {
        let session = self.session;
        let command = self.command();
        let versions = [
            ("workspace", env!("CARGO_PKG_VERSION")),
            ("burn", env!("BURN_VERSION")),
            ("rustc", env!("RUSTC_VERSION")),
        ];
        let folder = self.record.finish(Run {
            command,
            parameters,
            seed: session.common.seed,
            versions: versions.map(|(name, v)| (name.to_owned(), v.to_owned())).into(),
            backend: session.compute.backend.name().to_owned(),
            device: format!("{:?}", session.compute.device),
            threads: rayon::current_num_threads(),
            seconds: self.start.elapsed().as_secs_f64(),
            ..Run::here()
        })?;
        // The section is on record, whatever keeps the page of all sections from being written.
        if let Err(error) = report::write_page(&session.common.out) {
            session.say(&format!("note: {error}; {} is as it was", report::PAGE));
        }
        let seconds = self.start.elapsed().as_secs_f64();
        session.say(&format!("{}: {seconds:.1} s, in {}", self.section, folder.display()));
        Ok(())
    }
}

/// The arguments that were typed, less the section's name (this one's or `all`, whose every part
/// is recorded as the command that repeats it alone).
fn arguments(section: &str) -> Vec<String> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(at) = arguments.iter().position(|a| a == section || a == "all") {
        arguments.remove(at);
    }
    arguments
}
