//! `jobdeck cassette prune`: a recording without what a replay never asked for.

use std::{fs::File, io::Read as _, path::Path, slice};

use super::output::Output;
use crate::{
    cassette::{Cassette, show::visible},
    cli::{arguments::Prune, exit::Exit, print},
    error::{Error, Kind, Result},
    replay::{self, Leftovers},
};

/// The longest receipt that is read.
const RECEIPT_BYTES_MAX: u64 = 1 << 30;

pub(super) fn run(arguments: &Prune) -> Result<Exit> {
    let input = &arguments.cassette;
    let goal = arguments.output.as_ref().unwrap_or(input);
    let output = Output::new(goal, slice::from_ref(input), arguments.force)?;
    let receipt = read(&arguments.receipt)?;
    let cassette = Cassette::load(input)?;
    let failed = || Error::new(Kind::Usage, format!("failed to prune `{}`", input.display()));
    let Some(receipt) = receipt.of(&cassette.sha256) else {
        let receipt = arguments.receipt.display();
        return Err(failed()
            .because(format!("{receipt} is the receipt of another cassette"))
            .hint(format!(
                "jobdeck replay {} --receipt FILE -- COMMAND makes one",
                input.display()
            )));
    };
    let pruned = replay::prune(cassette, &receipt);
    if pruned.cassette.exchanges.is_empty() {
        return Err(failed()
            .because("nothing of it was asked for, and nothing would be left")
            .hint("replay it to what it was recorded for"));
    }
    let is_in_place = arguments.output.is_none();
    if !(is_in_place && pruned.dropped.is_empty()) {
        output.write(&pruned.cassette.to_text())?;
    }
    for dropped in &pruned.dropped {
        print::note(visible(&format!("dropped: {dropped}")));
    }
    for needed in &pruned.needed {
        print::note(visible(&format!("stays, as what is kept depends on it: {needed}")));
    }
    if receipt.missed > 0 {
        let missed = receipt.missed;
        print::note(format_args!(
            "the replay had {missed} misses: what it would have asked for behind them may be dropped too"
        ));
    }
    let (kept, dropped) = (pruned.cassette.exchanges.len(), pruned.dropped.len());
    output.tell(format_args!("{dropped} dropped, {kept} exchanges kept"));
    Ok(Exit::Held)
}

fn read(path: &Path) -> Result<Leftovers> {
    let failed = || Error::new(Kind::Usage, format!("failed to read receipt `{}`", path.display()));
    // Before it is opened, because to open a pipe is to wait for who writes it.
    if path.metadata().is_ok_and(|data| !data.is_file()) {
        return Err(failed().because("it is no regular file"));
    }
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(RECEIPT_BYTES_MAX).read_to_string(&mut text))
        .map_err(|cause| failed().because(cause))?;
    serde_json::from_str(&text).map_err(|cause| {
        failed().because(cause).hint("`jobdeck replay CASSETTE --receipt FILE` writes one")
    })
}
