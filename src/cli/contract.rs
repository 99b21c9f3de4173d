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
            found.into_iter().for_each(print::line);
        }
        Contract::Explain { id } => {
            let Some(rule) = rules::find(id) else {
                let area = id.split('/').next().unwrap_or_default();
                let hint = format!("`jobdeck contract rules '{area}/*'` lists those of its area");
                return Err(unknown("rule", id, &hint));
            };
            print::line(rule.explain().trim_end());
        }
        Contract::Openapi => print::line(format_args!("{:#}", openapi::document())),
    }
    Ok(Exit::Held)
}

fn unknown(what: &str, name: &str, hint: &str) -> Error {
    Error::new(Kind::Usage, format!("failed to find {what} `{name}`: there is none")).hint(hint)
}
