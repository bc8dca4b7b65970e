//! Reading, hashing and moving the files of a section.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{ErrorKind, Read as _};
use std::path::Path;

use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::error::{Error, Result, While};
use crate::manifest::{MANIFEST, Manifest};

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

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// SHA-256 of a file that may not fit into memory.
fn sha256_of_file(path: &Path) -> Result<String> {
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

/// A folder inside `out` in which files are completed before they are renamed into place; it is
/// on the same file system by construction, and is removed when dropped.
pub(crate) fn staging(out: &Path) -> Result<TempDir> {
    let what = || format!("cannot write to {}", out.display());
    fs::create_dir_all(out).while_doing(what)?;
    let reason = |error: std::io::Error| match error.kind() {
        // The error of the tempfile crate names its random path; the reason alone is enough.
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    };
    tempfile::Builder::new().prefix(".staging-").tempdir_in(out).map_err(reason).while_doing(what)
}

/// The file names and hashes of everything in a staging folder except the manifest.
pub(crate) fn hashes(staging: &Path) -> Result<BTreeMap<String, String>> {
    let what = || format!("cannot list {}", staging.display());
    let mut hashes = BTreeMap::new();
    for entry in fs::read_dir(staging).while_doing(what)? {
        let path = entry.while_doing(what)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name != MANIFEST {
            hashes.insert(name, sha256_of_file(&path)?);
        }
    }
    Ok(hashes)
}

/// Parses a manifest.
pub(crate) fn manifest(path: &Path) -> Result<Manifest> {
    let broken = || format!("{} is not a manifest", path.display());
    serde_json::from_slice(&read(path)?).while_doing(broken)
}

/// The text of a JSON file.
pub(crate) fn json(name: &str, value: &impl serde::Serialize) -> Result<Vec<u8>> {
    let mut text =
        serde_json::to_vec_pretty(value).while_doing(|| format!("cannot write {name}"))?;
    text.push(b'\n');
    Ok(text)
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
    fs::create_dir_all(target).while_doing(what)?;
    for name in names.clone() {
        if target.join(name).is_dir() {
            return Err(Error::new(what(), format!("{name} is a folder")));
        }
    }
    for name in names.map(String::as_str).chain([MANIFEST]) {
        fs::rename(staging.join(name), target.join(name)).while_doing(what)?;
    }
    for name in stale {
        match fs::remove_file(target.join(name)) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(Error::new(format!("cannot remove an old {name}"), error));
            }
            _ => {}
        }
    }
    Ok(())
}
