//! `jobdeck man`: the command line as pages of the manual, in roff.

use std::{fs, path::Path};

use clap::{Command, CommandFactory as _};
use clap_mangen::Man;

use super::{
    arguments::{Arguments, Man as Wanted},
    exit::Exit,
    print,
};
use crate::error::{Error, Kind, Result};

pub(super) fn run(arguments: &Wanted) -> Result<Exit> {
    let mut root = Arguments::command().disable_help_subcommand(true);
    // Gives the verbs their full names.
    root.build();
    match &arguments.output {
        Some(folder) => {
            fs::create_dir_all(folder).map_err(|cause| unwritable(folder).because(cause))?;
            write_all(&root, folder)?;
        }
        None => print::text(&text(&page(find(&root, &arguments.verb)?)))?,
    }
    Ok(Exit::Held)
}

/// The command that these words name.
fn find<'a>(root: &'a Command, words: &[String]) -> Result<&'a Command> {
    words.iter().try_fold(root, |command, word| {
        command.find_subcommand(word).ok_or_else(|| {
            let doing = format!("failed to find the manual page of `{}`", words.join(" "));
            let cause = format!("`{}` has no verb `{word}`", command.get_bin_name().unwrap_or(""));
            Error::new(Kind::Usage, doing).because(cause).hint("`jobdeck --help` lists the verbs")
        })
    })
}

fn page(command: &Command) -> Man {
    Man::new(command.clone()).source(concat!("jobdeck ", env!("CARGO_PKG_VERSION")))
}

fn text(page: &Man) -> String {
    let mut roff = Vec::new();
    // Memory takes all of it.
    let _ = page.render(&mut roff);
    String::from_utf8_lossy(&roff).into_owned()
}

fn write_all(command: &Command, folder: &Path) -> Result<()> {
    let page = page(command);
    let path = folder.join(page.get_filename());
    fs::write(&path, text(&page)).map_err(|cause| unwritable(&path).because(cause))?;
    command.get_subcommands().try_for_each(|command| write_all(command, folder))
}

fn unwritable(path: &Path) -> Error {
    Error::new(Kind::Environment, format!("failed to write `{}`", path.display()))
}
