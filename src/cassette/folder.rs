//! A folder of cassettes, each with the name by which clients choose it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::Cassette;
use crate::error::{Error, Kind, Result};

/// How deep folders nest.
const NESTING_MAX: usize = 16;
/// How many cassettes a folder holds.
const CASSETTES_MAX: usize = 10_000;

/// Reads every cassette below a folder, in the order of their names. A name is the path within the folder,
/// with `/` between its parts and without `.json`: letters, digits, `.`, `-` and `_`. Hidden files, and files and
/// folders that are called otherwise, are passed over; links to folders are not followed.
pub fn load_folder(folder: &Path) -> Result<Vec<(String, Cassette)>> {
    let mut found = Vec::new();
    search(folder, "", NESTING_MAX, &mut found)?;
    if found.is_empty() {
        return Err(failed(folder).because("there is no cassette in it").hint(
            "a cassette there is called NAME.json, with letters, digits, `.`, `-` and `_` in NAME",
        ));
    }
    found.sort_unstable();
    found
        .into_iter()
        .map(|(name, path)| Cassette::load(&path).map(|cassette| (name, cassette)))
        .collect()
}

fn search(
    folder: &Path,
    prefix: &str,
    nesting: usize,
    found: &mut Vec<(String, PathBuf)>,
) -> Result<()> {
    for entry in fs::read_dir(folder).map_err(|cause| failed(folder).because(cause))? {
        let entry = entry.map_err(|cause| failed(folder).because(cause))?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        if !is_plain(&name) {
            continue;
        }
        let path = entry.path();
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        match name.strip_suffix(".json") {
            _ if is_folder && nesting > 0 => {
                search(&path, &format!("{prefix}{name}/"), nesting - 1, found)?;
            }
            Some(name) if path.is_file() => {
                if found.len() == CASSETTES_MAX {
                    let many = format!("it holds more than {CASSETTES_MAX} cassettes");
                    return Err(failed(folder).because(many));
                }
                found.push((format!("{prefix}{name}"), path));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether a part of a name is one that needs no quoting in a header, a URL or a message.
fn is_plain(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    !name.starts_with('.') && name.chars().all(plain)
}

fn failed(folder: &Path) -> Error {
    let doing = format!("failed to read the cassettes in `{}`", folder.display());
    Error::new(Kind::Cassette, doing)
}
