//! The file of a workspace: tables of keys and values, and a version. The one place that knows its engine.

use std::path::{Path, PathBuf};

use redb::{Database, DatabaseError, ReadableDatabase, ReadableTable, TableDefinition};

use crate::error::{Error, Kind, Result};

/// The version that this program writes, and the newest that it reads.
const VERSION: u32 = 1;
const ABOUT: TableDefinition<'_, &str, u32> = TableDefinition::new("about");

/// What stands in a table of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Table {
    Workspace,
    Jobs,
    Runs,
    Tokens,
    Retries,
    Departing,
    Creations,
    Memory,
}

impl Table {
    const ALL: [Self; 8] = [
        Self::Workspace,
        Self::Jobs,
        Self::Runs,
        Self::Tokens,
        Self::Retries,
        Self::Departing,
        Self::Creations,
        Self::Memory,
    ];

    const fn definition(self) -> TableDefinition<'static, &'static [u8], &'static [u8]> {
        TableDefinition::new(match self {
            Self::Workspace => "workspace",
            Self::Jobs => "jobs",
            Self::Runs => "runs",
            Self::Tokens => "tokens",
            Self::Retries => "retries",
            Self::Departing => "departing",
            Self::Creations => "creations",
            Self::Memory => "memory",
        })
    }
}

/// A key and its value.
pub(super) type Entry = (Vec<u8>, Vec<u8>);

/// One entry that changes: its table, its key, and its value; none where it is removed.
pub(super) type Change = (Table, Vec<u8>, Option<Vec<u8>>);

/// An open file, which no other process can open meanwhile.
pub(super) struct File {
    path: PathBuf,
    database: Database,
}

impl File {
    /// Opens a file, which is made if there is none.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let doing = format!("failed to open the state `{}`", path.display());
        let failed = |cause| Error::new(Kind::Environment, doing).because(cause);
        let database = match Database::create(path) {
            Ok(database) => database,
            Err(DatabaseError::DatabaseAlreadyOpen) => {
                return Err(failed("another process has it open".into())
                    .hint("end that one first, or name another file with --state"));
            }
            Err(cause) => {
                return Err(failed(Box::<dyn std::error::Error + Send + Sync>::from(cause))
                    .hint("name a file that `serve --state` has made, or one that is not there"));
            }
        };
        let file = Self { path: path.to_owned(), database };
        let version = file.version().map_err(|cause| file.failed("read", cause))?;
        if version > VERSION {
            return Err(file
                .failed(
                    "read",
                    format!("it is of version {version}, and {VERSION} is the newest known"),
                )
                .hint("serve it with a newer jobdeck"));
        }
        Ok(file)
    }

    /// The version of the file; a new one becomes one of this version. In one that is not newer, tables that are
    /// not there are made.
    fn version(&self) -> Result<u32, redb::Error> {
        let transaction = self.database.begin_write()?;
        let version = {
            let mut about = transaction.open_table(ABOUT)?;
            let version = about.get("version")?.map(|version| version.value());
            if version.is_none() {
                about.insert("version", VERSION)?;
            }
            version.unwrap_or(VERSION)
        };
        if version <= VERSION {
            for table in Table::ALL {
                transaction.open_table(table.definition())?;
            }
        }
        transaction.commit()?;
        Ok(version)
    }

    /// Everything in a table, by key.
    pub(super) fn read(&self, table: Table) -> Result<Vec<Entry>> {
        self.entries(table).map_err(|cause| self.failed("read", cause))
    }

    fn entries(&self, table: Table) -> Result<Vec<Entry>, redb::Error> {
        let table = self.database.begin_read()?.open_table(table.definition())?;
        let mut entries = Vec::new();
        for entry in table.iter()? {
            let (key, value) = entry?;
            entries.push((key.value().to_owned(), value.value().to_owned()));
        }
        Ok(entries)
    }

    /// Writes all of these changes or none, and returns when they are on the disk. What stood there before
    /// is removed first if everything is `anew`.
    pub(super) fn commit(&self, changes: &[Change], anew: bool) -> Result<()> {
        self.write(changes, anew).map_err(|cause| self.failed("write", cause))
    }

    fn write(&self, changes: &[Change], anew: bool) -> Result<(), redb::Error> {
        let transaction = self.database.begin_write()?;
        for table in Table::ALL {
            if anew {
                transaction.delete_table(table.definition())?;
            }
            let mut open = transaction.open_table(table.definition())?;
            for (_, key, value) in changes.iter().filter(|(of, _, _)| *of == table) {
                match value {
                    Some(value) => drop(open.insert(&key[..], &value[..])?),
                    None => drop(open.remove(&key[..])?),
                }
            }
        }
        transaction.commit()?;
        Ok(())
    }

    /// An error about this file.
    pub(super) fn failed(
        &self,
        what: &str,
        cause: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Error {
        let doing = format!("failed to {what} the state `{}`", self.path.display());
        Error::new(Kind::Environment, doing).because(cause)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[track_caller]
    fn check_refused(path: &Path, told: &str, hint: &str) {
        let Err(error) = File::open(path) else { panic!("{} was opened", path.display()) };
        assert_eq!(error.kind(), Kind::Environment);
        let doing = format!("state `{}`: {told}", path.display());
        assert!(error.to_string().ends_with(&doing), "{error}");
        assert_eq!(error.next_step(), Some(hint));
    }

    /// Makes a file of this version without one of its tables.
    fn without_memory(path: &Path, version: u32) {
        drop(File::open(path).unwrap());
        let database = Database::open(path).unwrap();
        let transaction = database.begin_write().unwrap();
        transaction.open_table(ABOUT).unwrap().insert("version", version).unwrap();
        transaction.delete_table(Table::Memory.definition()).unwrap();
        transaction.commit().unwrap();
    }

    #[test]
    fn a_newer_file_is_refused_by_name_and_stays_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        without_memory(&path, 2);
        let told = "it is of version 2, and 1 is the newest known";
        check_refused(&path, told, "serve it with a newer jobdeck");
        let database = Database::open(&path).unwrap();
        let reading = database.begin_read().unwrap();
        assert!(reading.open_table(Table::Memory.definition()).is_err());
    }

    #[test]
    fn a_file_that_lacks_a_table_gets_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        without_memory(&path, VERSION);
        assert_eq!(File::open(&path).unwrap().read(Table::Memory).unwrap(), []);
    }

    #[test]
    fn a_file_that_is_held_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let held = File::open(&path).unwrap();
        let hint = "end that one first, or name another file with --state";
        check_refused(&path, "another process has it open", hint);
        drop(held);
        File::open(&path).unwrap();
    }

    #[test]
    fn another_file_is_refused_and_stays_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.txt");
        fs::write(&path, "x".repeat(10_000)).unwrap();
        assert!(File::open(&path).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "x".repeat(10_000));
    }
}
