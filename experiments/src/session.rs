//! What one run of the program shares between sections, and a section at work.

use std::cell::OnceCell;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use hypercube::{Ablation, Network};
use model::SubNetworks;
use model::device::{self, Compute};
use report::{Difference, Finished, Outcome, Record, Run, Study};
use serde_json::{Map, Value};

use crate::exact::Exact;
use crate::options::Common;
use crate::progress::ProgressDisplay;
use crate::subject::{MODEL, Subject, network_hash};
use crate::terminal::Terminal;

/// One run of the program.
pub struct Session {
    pub common: Common,
    pub compute: Compute,
    pub terminal: Terminal,
    /// The command as it can be typed again.
    command: String,
    /// The commit of the working copy, and whether anything was changed since.
    pub revision: (Option<String>, Option<bool>),
    subject: OnceCell<Subject>,
    introduced: OnceCell<()>,
    exact: OnceCell<Option<Exact>>,
}

impl Session {
    /// Opens the device. `command` is what was typed, `revision` as [`report::git_state`] gives it.
    ///
    /// # Errors
    ///
    /// If the backend is not there.
    pub fn new(
        common: &Common,
        command: String,
        revision: (Option<String>, Option<bool>),
    ) -> Result<Self> {
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
            terminal: Terminal::new(common.quiet),
            command,
            revision,
            subject: OnceCell::new(),
            introduced: OnceCell::new(),
            exact: OnceCell::new(),
        })
    }

    /// A message for the person at the terminal.
    pub fn say(&self, message: &str) {
        self.terminal.say(message);
    }

    pub fn progress(&self, what: &str, total: usize) -> ProgressDisplay {
        self.terminal.progress(what, total)
    }

    pub fn ablation(&self) -> Ablation {
        self.common.ablation.into()
    }

    /// The file of the network to study; none if none was given and none is there.
    pub fn network_file(&self) -> Option<PathBuf> {
        if self.common.model.is_some() {
            return self.common.model.clone();
        }
        let trained = |out: PathBuf| out.join("train").join(MODEL);
        self.common.trained_in().into_iter().map(trained).find(|file| file.exists())
    }

    /// The network and its points, read on first use.
    ///
    /// # Errors
    ///
    /// If they cannot be read, or do not fit each other.
    pub fn subject(&self) -> Result<&Subject> {
        if let Some(subject) = self.subject.get() {
            return Ok(subject);
        }
        let Some(file) = self.network_file() else {
            bail!("there is no network in {}: run `train` first", self.common.out().display());
        };
        let subject = Subject::load(&file, &self.common)?;
        Ok(self.subject.get_or_init(|| subject))
    }

    /// Says once what is studied.
    ///
    /// # Errors
    ///
    /// As [`Session::subject`].
    pub fn introduce(&self) -> Result<()> {
        let subject = self.subject()?;
        if let (Ok(()), Some(file)) = (self.introduced.set(()), self.network_file()) {
            let sizes: Vec<String> = subject.network.sizes().iter().map(usize::to_string).collect();
            self.say(&format!(
                "network {} from {}, {} points",
                sizes.join("-"),
                file.display(),
                subject.points.len()
            ));
        }
        Ok(())
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
            let exact = Exact::if_small(self.subject()?, self.terminal)?;
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

/// A section at work: its record and its clock.
pub struct Work<'a> {
    session: &'a Session,
    section: &'static str,
    start: Instant,
    pub record: Record,
}

impl<'a> Work<'a> {
    /// Begins a section about the session's network. An unwritable folder, or one that belongs to
    /// another study, is found out here, before any work.
    ///
    /// # Errors
    ///
    /// If network or points cannot be had, or the results folder cannot take the section.
    pub fn begin(session: &'a Session, section: &'static str) -> Result<Self> {
        let work = Self::begin_apart(session, section)?;
        let Subject { study, parameters, .. } = session.subject()?;
        let Common { quick, replace, .. } = session.common;
        let run = Run { parameters: parameters.clone(), quick, ..Run::default() };
        work.record.admit(Some(study), &run, replace)?;
        session.introduce()?;
        Ok(work)
    }

    /// Begins a section that makes its own networks.
    ///
    /// # Errors
    ///
    /// If the results folder cannot be written, or holds a full record and this run is quick.
    pub fn begin_apart(session: &'a Session, section: &'static str) -> Result<Self> {
        let record = report::begin(&session.common.out(), section)?;
        let Common { quick, replace, .. } = session.common;
        record.admit(None, &Run { quick, ..Run::default() }, replace)?;
        Ok(Self { session, section, start: Instant::now(), record })
    }

    /// The command line that was typed.
    pub fn command(&self) -> String {
        self.session.command.clone()
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
        let Subject { study, parameters, .. } = self.session.subject()?;
        let mut parameters = parameters.clone();
        if let Value::Object(own) = own {
            parameters.extend(own);
        }
        self.finish_about(study.clone(), parameters)
    }

    /// Ends the section that made a network.
    ///
    /// # Errors
    ///
    /// As [`Work::finish`].
    pub fn finish_network(self, network: &Network, parameters: Map<String, Value>) -> Result<()> {
        let study = Study { network: network_hash(network), ..Study::default() };
        self.finish_about(study, parameters)
    }

    fn finish_about(self, study: Study, parameters: Map<String, Value>) -> Result<()> {
        let (run, start, replace) = (self.run(parameters), self.start, self.session.common.replace);
        let Self { session, section, record, .. } = self;
        let finished = record.finish_about(study, run, replace)?;
        write_page(session);
        session.say(&told(section, start.elapsed().as_secs_f64(), &finished));
        Ok(())
    }

    /// Ends a section that belongs to no study.
    ///
    /// # Errors
    ///
    /// As [`Work::finish`].
    pub fn finish_with(self, parameters: Map<String, Value>) -> Result<()> {
        let (run, seconds) = (self.run(parameters), self.seconds());
        let folder = self.record.finish(run)?;
        write_page(self.session);
        self.session.say(&format!("{}: {seconds:.1} s, in {}", self.section, folder.display()));
        Ok(())
    }

    fn run(&self, parameters: Map<String, Value>) -> Run {
        let session = self.session;
        let versions = [
            ("workspace", env!("CARGO_PKG_VERSION")),
            ("burn", env!("BURN_VERSION")),
            ("rustc", env!("RUSTC_VERSION")),
        ];
        let (git_revision, git_dirty) = session.revision.clone();
        Run {
            command: self.command(),
            git_revision,
            git_dirty,
            cpu: report::cpu_name(),
            parameters,
            seed: session.common.seed,
            quick: session.common.quick,
            versions: versions.map(|(name, v)| (name.to_owned(), v.to_owned())).into(),
            backend: session.compute.backend.name().to_owned(),
            device: format!("{:?}", session.compute.device),
            threads: rayon::current_num_threads(),
            seconds: self.seconds(),
        }
    }
}

/// The section is on record, whatever keeps the page of all sections from being written.
fn write_page(session: &Session) {
    if let Err(error) = report::write_page(&session.common.out()) {
        session.say(&format!("note: {error}; {} is as it was", report::PAGE));
    }
}

/// What became of a section, in a line.
fn told(section: &str, seconds: f64, finished: &Finished) -> String {
    let Finished { folder, outcome } = finished;
    let folder = folder.display();
    let record = |revision: &Option<String>| match revision {
        Some(revision) => {
            format!("the record of revision {}", revision.get(..7).unwrap_or(revision))
        }
        None => "the record".to_owned(),
    };
    match outcome {
        Outcome::Recorded(removed) if removed.is_empty() => {
            format!("{section}: {seconds:.1} s, in {folder}")
        }
        Outcome::Recorded(removed) => format!(
            "{section}: {seconds:.1} s, in {folder}; removed {}, which were about something else",
            removed.join(", ")
        ),
        Outcome::Reproduced { revision } => format!(
            "{section}: {seconds:.1} s, reproduces {} byte for byte, in {folder}",
            record(revision)
        ),
        Outcome::Kept { revision, difference } => {
            let how = match difference {
                Difference::Figures => "gives the numbers but not the figures of".to_owned(),
                Difference::Numbers(most) => format!("differs by up to {most:.1e} (relative) from"),
                Difference::Content => "differs in more than numbers from".to_owned(),
            };
            format!(
                "{section}: {seconds:.1} s, {how} {}, which stays in {folder}; --replace puts this \
                 run in its place",
                record(revision)
            )
        }
    }
}
