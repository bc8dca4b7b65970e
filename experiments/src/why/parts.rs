//! Finished jobs on disk, each there by rename when it is complete, so that whoever is interrupted goes on
//! from them.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use report::records::WhyTable;

use super::{Cell, Piece};
use crate::subject::sha256;

/// Folder of unfinished pieces inside the results folder.
const FOLDER: &str = "why-parts";

/// What a part begins with: the SHA-256 of the table after it.
const HEAD: &str = "# sha256 ";

/// The finished jobs of one piece with one set of cells.
pub struct Parts {
    folder: PathBuf,
}

impl Parts {
    /// Those in a results folder; other cells have another folder.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn open(out: &Path, piece: &Piece, cells: &[Cell]) -> Result<Self> {
        let settings = serde_json::to_vec(&(piece.quantities, cells))?;
        let name = format!("{}-{}", piece.name, &sha256(&settings)[..16]);
        let folder = out.join(FOLDER).join(name);
        let what = || format!("cannot write to {}", folder.display());
        fs::create_dir_all(&folder).with_context(what)?;
        Ok(Self { folder })
    }

    /// A finished job's measurements; none if it is not there, or not as it was written.
    pub fn read(&self, job: usize) -> Option<WhyTable> {
        let bytes = fs::read(self.path(job)).ok()?;
        let end = bytes.iter().position(|&byte| byte == b'\n')?;
        let (head, table) = (&bytes[..end], &bytes[end + 1..]);
        let whole = head == format!("{HEAD}{}", sha256(table)).as_bytes();
        WhyTable::parse(table).ok().filter(|_| whole)
    }

    /// Puts a job in place.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn write(&self, job: usize, table: &WhyTable) -> Result<()> {
        let path = self.path(job);
        let what = || format!("cannot write {}", path.display());
        let table = table.csv()?;
        let mut file = tempfile::NamedTempFile::new_in(&self.folder).with_context(what)?;
        let head = format!("{HEAD}{}\n", sha256(&table));
        file.write_all(&[head.as_bytes(), &table].concat()).with_context(what)?;
        file.as_file().sync_all().with_context(what)?;
        file.persist(&path).with_context(what)?;
        Ok(())
    }

    /// Removes them, once they are recorded.
    ///
    /// # Errors
    ///
    /// If the folder cannot be removed.
    pub fn remove(self) -> Result<()> {
        let what = || format!("cannot remove {}", self.folder.display());
        fs::remove_dir_all(&self.folder).with_context(what)?;
        // The folder of all pieces goes with its last one.
        if let Some(all) = self.folder.parent() {
            let _ = fs::remove_dir(all);
        }
        Ok(())
    }

    fn path(&self, job: usize) -> PathBuf {
        self.folder.join(format!("part-{job:05}.csv"))
    }
}
