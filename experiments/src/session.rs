//! What one run of the program shares between sections.

use std::cell::OnceCell;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use hypercube::averages::Averages;
use hypercube::{Ablation, Activation};
use model::SubNetworks;
use model::device::{self, Compute};

use crate::exact::Exact;
use crate::interrupt::Interrupt;
use crate::options::Common;
use crate::progress::ProgressDisplay;
use crate::subject::{MODEL, Subject};
use crate::terminal::Terminal;

/// One run of the program.
pub struct Session {
    pub common: Common,
    pub compute: Compute,
    pub terminal: Terminal,
    /// The command as it can be typed again.
    pub command: String,
    /// The commit of the working copy, and whether anything was changed since.
    pub revision: (Option<String>, Option<bool>),
    /// For searches that end early on an interrupt.
    pub interrupt: Arc<Interrupt>,
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
        interrupt: Arc<Interrupt>,
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
            interrupt,
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
            let activation = match subject.network.activation() {
                Activation::Relu => String::new(),
                other => format!(" {other}"),
            };
            self.say(&format!(
                "network {}{activation} from {}, {} points",
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

    /// Exact averages over all masks, for a sampled section to compare itself with where
    /// [`Session::exact`] has none: of networks with one hidden layer and two classes.
    ///
    /// # Errors
    ///
    /// As [`Session::subject`].
    pub fn averages(&self) -> Result<Option<Averages>> {
        let Subject { network, points, .. } = self.subject()?;
        if self.exact()?.is_some() || network.hidden().len() != 1 || network.classes() != 2 {
            return Ok(None);
        }
        let averages = Averages::new(network, points, self.ablation())?;
        Ok(Some(averages).filter(Averages::are_known))
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
