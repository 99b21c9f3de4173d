//! Files as wholes: read within a limit, replaced in one step.

use std::{
    ffi::OsString,
    fs::{self, File},
    io::{BufWriter, ErrorKind, Read, Take, Write},
    path::{Path, PathBuf},
};

use super::document::FILE_BYTES_MAX;
use crate::error::{Error, Kind, Result};

/// A file to be read that may have a few bytes more than the longest one.
pub(super) struct Opened {
    pub(super) file: Take<File>,
    pub(super) bytes: usize,
}

/// Opens a cassette's file.
pub(super) fn open(path: &Path) -> Result<Opened> {
    let failed = || unread(path);
    let name = path.display();
    if path.metadata().is_err_and(|cause| cause.kind() == ErrorKind::NotFound) {
        return Err(if beside(path, ".partial").exists() {
            failed()
                .because("there is only the journal of a recording that was not finished")
                .hint(format!("jobdeck cassette recover {name}"))
        } else {
            failed().because("no such file").hint(format!("jobdeck record {name} makes it"))
        });
    }
    regular(path, "a cassette is a file; give the path of one", failed)
}

/// A cassette's file cannot be read.
pub(super) fn unread(path: &Path) -> Error {
    Error::new(Kind::Cassette, format!("failed to read cassette `{}`", path.display()))
}

/// Why a file is not read that has more bytes than [`FILE_BYTES_MAX`].
pub(super) fn too_large() -> String {
    format!("it is larger than {FILE_BYTES_MAX} bytes")
}

/// Reads the file of an HTTP archive.
pub(super) fn read_archive(path: &Path) -> Result<Vec<u8>> {
    let failed = || Error::new(Kind::Cassette, format!("failed to read HAR `{}`", path.display()));
    let Opened { mut file, bytes: size } =
        regular(path, "an archive is a file; give the path of one", failed)?;
    let mut bytes = Vec::with_capacity(size);
    file.read_to_end(&mut bytes).map_err(|cause| failed().because(cause))?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(failed().because(too_large()));
    }
    Ok(bytes)
}

fn regular(path: &Path, hint: &str, failed: impl Fn() -> Error) -> Result<Opened> {
    // Before it is opened, because to open a pipe is to wait for who writes it.
    if path.metadata().is_ok_and(|data| !data.is_file()) {
        return Err(failed().because("it is no regular file").hint(hint));
    }
    let file = File::open(path).map_err(|cause| match cause.kind() {
        ErrorKind::NotFound => failed().because("no such file"),
        _ => failed().because(cause),
    })?;
    let size = file.metadata().map_err(|cause| failed().because(cause))?.len();
    let bytes = usize::try_from(size.min(FILE_BYTES_MAX)).unwrap_or(0);
    Ok(Opened { file: file.take(FILE_BYTES_MAX + 1), bytes })
}

/// Where a cassette is written: behind links in place of it, because who comes by another name must find
/// the same journal. Fails if something stands there that is no file.
pub(super) fn resolved(path: &Path) -> Result<PathBuf> {
    const LINKS_MAX: usize = 32;
    if path.metadata().is_ok_and(|data| !data.is_file()) {
        let doing = format!("failed to write cassette `{}`", path.display());
        return Err(Error::new(Kind::Environment, doing)
            .because("it is no regular file")
            .hint("a cassette is a file; give the path of one, such as NAME.json"));
    }
    let mut path = path.to_owned();
    for _ in 0..LINKS_MAX {
        let Ok(goal) = path.read_link() else { break };
        path = directory(&path).join(goal);
    }
    Ok(path)
}

fn directory(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Writes a file beside `path`, syncs it and puts it in the place of `path`.
pub(super) fn replace(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> std::io::Result<()>,
) -> Result<()> {
    let failed = |cause| {
        Error::new(Kind::Environment, format!("failed to write `{}`", path.display()))
            .because(cause)
    };
    let new = beside(path, ".new");
    let written = (|| {
        let mut out = BufWriter::with_capacity(1 << 20, File::create(&new)?);
        if let Ok(data) = path.metadata() {
            // What only its owner could read stays so.
            out.get_ref().set_permissions(data.permissions())?;
        }
        write(&mut out)?;
        out.flush()?;
        out.get_ref().sync_all()?;
        fs::rename(&new, path)?;
        sync_directory(path)
    })();
    written.map_err(|cause: std::io::Error| {
        // What failed is told; a file that could not be made needs no removal.
        let _ = fs::remove_file(&new);
        failed(cause)
    })
}

/// Syncs the directory of a file, so that a rename in it outlives a power cut.
pub(super) fn sync_directory(path: &Path) -> std::io::Result<()> {
    File::open(directory(path))?.sync_all()
}

/// The path with something added to its name.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

/// The first of `name(1)`, `name(2)` … that is free.
pub(super) fn free(name: impl Fn(u32) -> PathBuf) -> PathBuf {
    let mut number = 1;
    while name(number).symlink_metadata().is_ok() {
        number += 1;
    }
    name(number)
}

/// `NAME.WORD.json` for `NAME.json`.
pub(super) fn variant(path: &Path, word: &str) -> PathBuf {
    match path.extension() {
        Some(extension) => {
            let mut name = OsString::from(word);
            name.push(".");
            name.push(extension);
            path.with_extension(name)
        }
        None => beside(path, &format!(".{word}")),
    }
}
