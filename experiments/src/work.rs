//! A section at work: from the record that it begins to the line that says what became of it.

use std::time::Instant;

use anyhow::Result;
use hypercube::{Network, Points, ValueFunction};
use report::{Difference, Finished, Outcome, Record, Run, Study};
use serde_json::{Map, Value};

use crate::options::Common;
use crate::session::Session;
use crate::subject::{Subject, network_hash, points_hash};

/// What records call the divergence from the full network's output.
const KL: &str = "kl";

/// A section at work: its record and its clock.
pub struct Work<'a> {
    session: &'a Session,
    section: &'static str,
    value: ValueFunction,
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
        Self::begin_of(session, section, ValueFunction::Loss)
    }

    /// The same, of another value function than the loss.
    ///
    /// # Errors
    ///
    /// As [`Work::begin`].
    pub fn begin_of(
        session: &'a Session,
        section: &'static str,
        value: ValueFunction,
    ) -> Result<Self> {
        let mut work = Self::begin_apart(session, section)?;
        work.value = value;
        let (study, parameters) = work.about()?;
        let Common { quick, replace, .. } = session.common;
        let run = Run { parameters, quick, ..Run::default() };
        work.record.admit(Some(&study), &run, replace)?;
        session.introduce()?;
        if value == ValueFunction::Divergence {
            session.say("loss below is the divergence from the full network's output, in nats");
        }
        Ok(work)
    }

    /// The study and what is said of it.
    fn about(&self) -> Result<(Study, Map<String, Value>)> {
        let Subject { network, points, study, parameters, .. } = self.session.subject()?;
        let (mut study, mut parameters) = (study.clone(), parameters.clone());
        if self.value == ValueFunction::Divergence {
            study.value = Some(KL.to_owned());
            parameters.insert("value".to_owned(), KL.into());
            let entropy = self.value.offset(network, points);
            parameters.insert("output_entropy".to_owned(), entropy.into());
        }
        Ok((study, parameters))
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
        let value = ValueFunction::Loss;
        Ok(Self { session, section, value, start: Instant::now(), record })
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
        let (study, mut parameters) = self.about()?;
        if let Value::Object(own) = own {
            parameters.extend(own);
        }
        self.finish_about(study, parameters)
    }

    /// Ends the section that made a network; of given points, those that were held out are named.
    ///
    /// # Errors
    ///
    /// As [`Work::finish`].
    pub fn finish_network(
        self,
        network: &Network,
        held_out: Option<&Points>,
        parameters: Map<String, Value>,
    ) -> Result<()> {
        let points = held_out.map(points_hash);
        let study = Study { network: network_hash(network), points, ..Study::default() };
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
        // Of a network that was trained here, the recipe's.
        let trained = parameters.get("seed").and_then(Value::as_u64);
        let seed = trained.unwrap_or_else(|| session.common.seed());
        Run {
            command: self.command(),
            git_revision,
            git_dirty,
            cpu: report::cpu_name(),
            parameters,
            seed,
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
