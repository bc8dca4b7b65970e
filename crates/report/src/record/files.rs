//! Reading, hashing and moving the files of a section.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::figure::Figure;
use super::manifest::{MANIFEST, Manifest};
use crate::error::{Error, Result, While};

/// The bytes of a file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).while_doing(|| format!("cannot read {}", path.display()))
}

/// Writes a file; not by rename, so only for staging folders.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).while_doing(|| format!("cannot write {}", path.display()))
}

/// SHA-256 in lower-case hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// SHA-256 of a file that may not fit into memory.
pub(crate) fn sha256_of_file(path: &Path) -> Result<String> {
    let what = || format!("cannot read {}", path.display());
    let mut file = File::open(path).while_doing(what)?;
    let (mut hash, mut buffer) = (Sha256::new(), vec![0; 1 << 18]);
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(hexadecimal(&hash.finalize())),
            Ok(length) => hash.update(&buffer[..length]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(Error::new(what(), error)),
        }
    }
}

/// The staging folders of this process. Whoever holds the lock may rename files out of them, so
/// that [`abandon`] never comes between two renames.
static STAGED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

fn staged() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    // A panic under the lock cannot leave a set of paths half changed: use it all the same.
    STAGED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A folder inside `out` in which files are completed before they are renamed into place; it is
/// on the same file system by construction, and is removed when dropped.
///
/// It is locked while it is in use, so that what a killed process leaves can be told from what
/// another is working on.
#[derive(Debug)]
pub(crate) struct Staging {
    folder: TempDir,
    _lock: Option<File>,
}

impl Staging {
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        staged().remove(self.path());
    }
}

/// Removes whatever unfinished records of this process have written, for a program that is about
/// to end before its time, such as on an interrupt.
///
/// Results that are just being put in place are waited for; after this call no more will be: it
/// keeps the lock for good, so end the process.
pub fn abandon() {
    let staged = staged();
    for folder in staged.iter() {
        // Another thread may still be writing into it: try again when a file has slipped in.
        for _ in 0..20 {
            match fs::remove_dir_all(folder) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    std::thread::sleep(Duration::from_millis(10));
                }
                _ => break,
            }
        }
    }
    std::mem::forget(staged);
}

/// What the names of staging folders begin with.
const STAGING: &str = ".staging-";

/// Locks a folder against other processes until the lock is dropped. None where folders cannot be
/// locked, as on some network file systems and on Windows.
pub(crate) fn lock(folder: &Path) -> Option<File> {
    let file = File::open(folder).ok()?;
    file.lock().ok()?;
    Some(file)
}

/// Removes the staging folders that killed processes have left: those that nobody has locked.
fn sweep(out: &Path) {
    let entries = fs::read_dir(out).into_iter().flatten().flatten();
    let left = entries.filter(|e| e.file_name().to_string_lossy().starts_with(STAGING));
    for folder in left.map(|entry| entry.path()) {
        if File::open(&folder).is_ok_and(|file| file.try_lock().is_ok()) {
            // Best effort: what cannot be removed now is tried again by the next run.
            let _ = fs::remove_dir_all(&folder);
        }
    }
}

/// Makes a staging folder inside `out`.
pub(crate) fn staging(out: &Path) -> Result<Staging> {
    let what = || format!("cannot write to {}", out.display());
    fs::create_dir_all(out).while_doing(what)?;
    let reason = |error: std::io::Error| match error.kind() {
        // The error of the tempfile crate names its random path; the reason alone is enough.
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    };
    // The folder is made under the lock, so that an interrupt finds every one that exists.
    let mut staged = staged();
    // Another process's sweep must not see the folder before it is locked.
    let _lock = lock(out);
    sweep(out);
    let folder = tempfile::Builder::new()
        .prefix(STAGING)
        .tempdir_in(out)
        .map_err(reason)
        .while_doing(what)?;
    staged.insert(folder.path().to_owned());
    let lock = lock(folder.path());
    Ok(Staging { folder, _lock: lock })
}

/// Hashes of files that were taken as they were written, by their names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hashes(Arc<Mutex<BTreeMap<String, String>>>);

impl Hashes {
    pub fn insert(&self, name: String, hash: String) {
        self.all().insert(name, hash);
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        // An insertion cannot leave it half changed: use it all the same.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The file names and hashes of everything in a staging folder except the manifest; files whose hash
/// is `known` are not read.
pub(crate) fn hashes(staging: &Path, known: &Hashes) -> Result<BTreeMap<String, String>> {
    let what = || format!("cannot list {}", staging.display());
    let mut hashes = BTreeMap::new();
    for entry in fs::read_dir(staging).while_doing(what)? {
        let path = entry.while_doing(what)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name != MANIFEST {
            let known = known.all().get(&name).cloned();
            let hash = known.map_or_else(|| sha256_of_file(&path), Ok)?;
            hashes.insert(name, hash);
        }
    }
    Ok(hashes)
}

/// Parses a manifest. The files that it lists may be read, replaced and removed: it lists none but
/// those of its own folder.
pub(crate) fn manifest(path: &Path) -> Result<Manifest> {
    let broken = || format!("{} is not a manifest", path.display());
    let manifest: Manifest = serde_json::from_slice(&read(path)?).while_doing(broken)?;
    let elsewhere = |name: &&String| Path::new(name).file_name() != Some(name.as_ref());
    match manifest.outputs.keys().find(elsewhere) {
        Some(name) => Err(Error::new(
            format!("{} is broken", path.display()),
            format!("{name:?} is no file name"),
        )),
        None => Ok(manifest),
    }
}

/// The text of a JSON file.
pub(crate) fn json(name: &str, value: &impl serde::Serialize) -> Result<Vec<u8>> {
    let mut text =
        serde_json::to_vec_pretty(value).while_doing(|| format!("cannot write {name}"))?;
    text.push(b'\n');
    Ok(text)
}

/// Puts a file in place of an earlier one when it is complete.
pub(crate) fn replace(folder: &Path, name: &str, bytes: &[u8]) -> Result<PathBuf> {
    let staging = staging(folder)?;
    let (staged_file, path) = (staging.path().join(name), folder.join(name));
    write(&staged_file, bytes)?;
    // Locals are dropped in reverse order: this lock before the folder, whose drop takes it.
    sync(&staged_file)?;
    let _staged = staged();
    fs::rename(&staged_file, &path).while_doing(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}

/// Moves the named files from the staging folder into `target`, the manifest last, then removes
/// `stale` ones. A manifest thus never describes files that have not arrived.
pub(crate) fn publish<'a>(
    staging: &Path,
    target: &Path,
    names: impl Iterator<Item = &'a String> + Clone,
    stale: impl Iterator<Item = &'a String>,
) -> Result<()> {
    let what = || format!("cannot write to {}", target.display());
    let _staged = staged();
    fs::create_dir_all(target).while_doing(what)?;
    for name in names.clone() {
        if target.join(name).is_dir() {
            return Err(Error::new(what(), format!("{name} is a folder")));
        }
    }
    let moved = || names.clone().map(String::as_str).chain([MANIFEST]);
    for name in moved() {
        sync(&staging.join(name))?;
    }
    for name in moved() {
        fs::rename(staging.join(name), target.join(name)).while_doing(what)?;
    }
    for name in stale {
        remove(&target.join(name))?;
    }
    sync_folder(target);
    Ok(())
}

/// Puts a page into the results folder at once, and returns where that is.
pub(crate) fn publish_page(staging: &Staging, out: &Path, page: &Figure) -> Result<PathBuf> {
    let (made, target) = (staging.path().join(page.file_name()), out.join(page.file_name()));
    write(&made, page.bytes())?;
    sync(&made)?;
    fs::rename(made, &target).while_doing(|| format!("cannot write {}", target.display()))?;
    Ok(target)
}

/// Writes a manifest into a folder.
pub(crate) fn write_manifest(folder: &Path, manifest: &Manifest) -> Result<()> {
    write(&folder.join(MANIFEST), &json(MANIFEST, manifest)?)
}

/// Waits until a file is on the disk: a rename that outlives a power cut must not put an empty
/// file in place of an earlier one.
pub(crate) fn sync(path: &Path) -> Result<()> {
    let synced = File::open(path).and_then(|file| file.sync_all());
    synced.while_doing(|| format!("cannot write {}", path.display()))
}

/// The same for the names in a folder, where the system allows for it.
fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}

/// Removes a file that may be gone already.
pub(crate) fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(Error::new(format!("cannot remove {}", path.display()), error))
        }
        _ => Ok(()),
    }
}
