//! `jobdeck cassette show`: what happened, for a person who looks for it.

use crate::{
    cassette::{Cassette, show},
    cli::{arguments::Show, exit::Exit, print},
    error::{Error, Kind, Result},
    exchange::Exchange,
};

/// How wide a table is that goes to no terminal.
const COLUMNS: usize = 160;

pub(super) fn run(arguments: &Show) -> Result<Exit> {
    let cassette = Cassette::load(&arguments.cassette)?;
    if arguments.seqs.is_empty() {
        let columns = print::columns().unwrap_or(COLUMNS);
        print::text(&show::table(&cassette, columns))?;
        return Ok(Exit::Held);
    }
    let found: Vec<&Exchange> = arguments
        .seqs
        .iter()
        .map(|seq| find(&cassette, *seq).ok_or_else(|| unknown(arguments, &cassette, *seq)))
        .collect::<Result<_>>()?;
    for exchange in found {
        print::line(show::whole(exchange))?;
    }
    Ok(Exit::Held)
}

fn find(cassette: &Cassette, seq: u64) -> Option<&Exchange> {
    let exchanges = &cassette.exchanges;
    let place = exchanges.binary_search_by_key(&seq, |exchange| exchange.seq).ok()?;
    exchanges.get(place)
}

fn unknown(arguments: &Show, cassette: &Cassette, seq: u64) -> Error {
    let name = arguments.cassette.display();
    let error = Error::new(Kind::Usage, format!("failed to show exchange {seq} of `{name}`"))
        .because("it has none of this number");
    match (cassette.exchanges.first(), cassette.exchanges.last()) {
        (Some(first), Some(last)) => {
            error.hint(format!("its exchanges are numbered from {} to {}", first.seq, last.seq))
        }
        _ => error.hint("it has no exchanges at all"),
    }
}
