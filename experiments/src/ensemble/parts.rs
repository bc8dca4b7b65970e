//! The parts of a cell on disk: each is a table of some networks, there by rename when it is
//! complete, so that whoever is interrupted, or shares the work, goes on from them.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use report::records::NetworkRow;

use super::Cell;
use crate::subject::sha256;

/// Folder of unfinished cells inside the results folder.
const FOLDER: &str = "ensemble-parts";

/// What a parts folder says of itself.
const SETTINGS: &str = "settings.json";

/// What the names of lock files begin with; each holds the process that has locked it.
const LOCK: &str = ".lock-";

/// The parts of one cell, for one process to make.
pub struct Parts {
    cell: Cell,
    folder: PathBuf,
    _lock: File,
}

impl Parts {
    /// The parts of a cell in a results folder, begun if there are none. `share` says which of them
    /// this process makes: each share is made by one process at a time.
    ///
    /// # Errors
    ///
    /// If the folder cannot be written, its settings are others, or another process is making the
    /// share.
    pub fn open(out: &Path, cell: &Cell, share: &str) -> Result<Self> {
        let folder = out.join(FOLDER).join(cell.name());
        fs::create_dir_all(&folder)
            .with_context(|| format!("cannot write to {}", folder.display()))?;
        let lock = lock(&folder, share)?;
        sweep(&folder, share);
        let settings = folder.join(SETTINGS);
        if settings.exists() {
            let found = read_settings(&folder)?;
            if found != *cell {
                bail!(
                    "{} belongs to other settings: delete the folder, or use another --out",
                    folder.display()
                );
            }
        } else {
            write(&settings, &serde_json::to_vec_pretty(cell)?)?;
        }
        Ok(Self { cell: cell.clone(), folder, _lock: lock })
    }

    /// All parts that lie in some results folders, of one cell.
    ///
    /// # Errors
    ///
    /// If there are none, or they belong to different cells.
    pub fn gather(outs: &[PathBuf]) -> Result<Gathered> {
        let mut cell: Option<(Cell, PathBuf)> = None;
        let mut folders = Vec::new();
        for out in outs {
            let parts = out.join(FOLDER);
            let entries = fs::read_dir(&parts).with_context(|| {
                format!(
                    "no parts of an ensemble in {}: make some with `ensemble --shard`",
                    out.display()
                )
            })?;
            let mut entries = entries.collect::<std::io::Result<Vec<_>>>()?;
            entries.sort_by_key(fs::DirEntry::file_name);
            // A run that was killed before it wrote its settings has left no parts either.
            let begun = |folder: &PathBuf| folder.join(SETTINGS).exists();
            for folder in entries.into_iter().map(|entry| entry.path()).filter(begun) {
                let found = read_settings(&folder)?;
                match &cell {
                    Some((first, at)) if *first != found => bail!(
                        "{} and {} hold different settings: merge them one by one",
                        at.display(),
                        folder.display()
                    ),
                    Some(_) => {}
                    None => cell = Some((found, folder.clone())),
                }
                folders.push(folder);
            }
        }
        let Some((cell, _)) = cell else {
            bail!("no parts of an ensemble there: make some with `ensemble --shard`")
        };
        Ok(Gathered { cell, folders })
    }

    /// Whether a part is there.
    pub fn has(&self, part: usize) -> bool {
        path(&self.folder, part).exists()
    }

    /// Puts a part in place.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn write(&self, part: usize, rows: &[NetworkRow]) -> Result<()> {
        let rows = NetworkRow::table(rows)?;
        let head = format!("{HEAD}{}\n", sha256(&rows));
        write(&path(&self.folder, part), &[head.as_bytes(), &rows].concat())
    }

    /// Where the parts lie.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// This folder's parts alone.
    pub fn gathered(&self) -> Gathered {
        Gathered { cell: self.cell.clone(), folders: vec![self.folder.clone()] }
    }
}

/// Parts of one cell from one or several folders.
pub struct Gathered {
    pub cell: Cell,
    folders: Vec<PathBuf>,
}

impl Gathered {
    /// The rows of all parts, by their numbers of steps and seeds.
    ///
    /// # Errors
    ///
    /// If a part is missing or damaged, or lies in two folders with different content.
    pub fn rows(&self) -> Result<Vec<NetworkRow>> {
        let mut found: BTreeMap<usize, (PathBuf, Vec<u8>)> = BTreeMap::new();
        for folder in &self.folders {
            for part in 0..self.cell.parts() {
                let path = path(folder, part);
                let Ok(bytes) = fs::read(&path) else { continue };
                if let Some((other, before)) = found.get(&part) {
                    if *before != bytes {
                        bail!(
                            "{} and {} differ: delete the wrong one",
                            other.display(),
                            path.display()
                        );
                    }
                    continue;
                }
                found.insert(part, (path, bytes));
            }
        }
        let missing: Vec<String> = (0..self.cell.parts())
            .filter(|p| !found.contains_key(p))
            .map(|p| p.to_string())
            .collect();
        if !missing.is_empty() {
            bail!(
                "{} of {} parts of {} are missing ({}): run their shards first",
                missing.len(),
                self.cell.parts(),
                self.cell.name(),
                missing.join(", ")
            );
        }
        let mut rows = Vec::with_capacity(self.cell.networks);
        for (part, (path, bytes)) in &found {
            let table = checked(bytes)
                .with_context(|| format!("{}: delete it and run again", path.display()))?;
            let part_rows = NetworkRow::parse(table).with_context(|| {
                format!("{} is damaged: delete it and run again", path.display())
            })?;
            let seeds: Vec<u64> = part_rows.iter().map(|row| row.seed).collect();
            if seeds != self.cell.seeds(*part).repeat(self.cell.snapshots.len()) {
                bail!("{} holds other networks: delete it and run again", path.display());
            }
            rows.extend(part_rows);
        }
        // A part has its networks after each number of steps; here all after the first come first.
        rows.sort_by_key(|row| (row.cell.steps, row.seed));
        Ok(rows)
    }

    /// Removes the parts, once they are recorded.
    ///
    /// # Errors
    ///
    /// If a folder cannot be removed.
    pub fn remove(self) -> Result<()> {
        for folder in self.folders {
            fs::remove_dir_all(&folder)
                .with_context(|| format!("cannot remove {}", folder.display()))?;
            // The folder of all parts goes with its last one.
            if let Some(parts) = folder.parent() {
                let _ = fs::remove_dir(parts);
            }
        }
        Ok(())
    }
}

/// What a part begins with: the SHA-256 of the table after it.
const HEAD: &str = "# sha256 ";

/// A part's table, if it is as it was written.
fn checked(bytes: &[u8]) -> Result<&[u8]> {
    let end = bytes.iter().position(|&byte| byte == b'\n').unwrap_or(bytes.len());
    let (head, table) = (&bytes[..end], bytes.get(end + 1..).unwrap_or_default());
    if head != format!("{HEAD}{}", sha256(table)).as_bytes() {
        bail!("it was changed since it was made, or is of an earlier version");
    }
    Ok(table)
}

/// Takes a share for this process, until it ends, however it ends.
fn lock(folder: &Path, share: &str) -> Result<File> {
    let path = folder.join(format!("{LOCK}{share}"));
    let what = || format!("cannot lock {}", path.display());
    let mut file = File::options()
        .create(true)
        .read(true)
        .write(true)
        .truncate(false)
        .open(&path)
        .with_context(what)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(fs::TryLockError::WouldBlock) => {
            let holder = fs::read_to_string(&path).unwrap_or_default();
            bail!(
                "process {} is making this ensemble in {}: wait for it, or stop it and type the \
                 same command again, which goes on from its parts",
                holder.trim(),
                folder.display()
            );
        }
        Err(fs::TryLockError::Error(error)) => return Err(error).with_context(what),
    }
    file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id())).with_context(what)?;
    Ok(file)
}

/// Removes the unfinished files that killed processes have left, unless another is at work here.
fn sweep(folder: &Path, own: &str) {
    let entries = || fs::read_dir(folder).into_iter().flatten().flatten();
    let own = format!("{LOCK}{own}");
    let is_held = entries()
        .filter(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            name.starts_with(LOCK) && name != own
        })
        .any(|entry| File::open(entry.path()).is_ok_and(|file| file.try_lock().is_err()));
    if is_held {
        return;
    }
    for entry in entries().filter(|e| e.file_name().to_string_lossy().starts_with(UNFINISHED)) {
        // Best effort: what cannot be removed now is tried again by the next run.
        let _ = fs::remove_file(entry.path());
    }
}

fn path(folder: &Path, part: usize) -> PathBuf {
    folder.join(format!("part-{part:05}.csv"))
}

fn read_settings(folder: &Path) -> Result<Cell> {
    let path = folder.join(SETTINGS);
    let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_slice(&bytes)
        .with_context(|| format!("{} is damaged: delete its folder", path.display()))
}

/// What the names of unfinished files begin with.
const UNFINISHED: &str = ".unfinished-";

/// Writes by rename, when it is on the disk: from a name of this process's own, since shards may
/// share a folder.
fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let what = || format!("cannot write {}", path.display());
    let folder = path.parent().unwrap_or(Path::new("."));
    let file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder);
    let mut file = file.with_context(what)?;
    file.write_all(bytes).and_then(|()| file.as_file().sync_all()).with_context(what)?;
    file.persist(path).with_context(what)?;
    if let Ok(folder) = File::open(folder) {
        // Some systems cannot; the file itself is safe.
        let _ = folder.sync_all();
    }
    Ok(())
}
