//! `jobdeck contract`: the contract, for people and for other tools.

use super::{arguments::Contract, exit::Exit, print};
use crate::{
    contract::{openapi, rules},
    error::{Error, Kind, Result},
};

pub(super) fn run(arguments: &Contract) -> Result<Exit> {
    match arguments {
        Contract::Rules { glob } => {
            let found: Vec<_> = rules::matching(glob).collect();
            if found.is_empty() {
                return Err(unknown("rules", glob, "`jobdeck contract rules` lists all of them"));
            }
            for rule in found {
                print::line(rule)?;
            }
        }
        Contract::Explain { id } => {
            let Some(rule) = rules::find(id) else {
                let area = format!("{}/*", id.split('/').next().unwrap_or_default());
                let glob = if rules::matching(&area).next().is_some() { &area } else { "*" };
                let hint = format!("`jobdeck contract rules '{glob}'` lists those there are");
                return Err(unknown("rule", id, &hint));
            };
            print::line(rule.explain().trim_end())?;
        }
        Contract::Openapi => print::line(format_args!("{:#}", openapi::document()))?,
    }
    Ok(Exit::Held)
}

fn unknown(what: &str, name: &str, hint: &str) -> Error {
    Error::new(Kind::Usage, format!("failed to find {what} `{name}`: there is none")).hint(hint)
}
