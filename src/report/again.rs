//! How a finding is seen again.

use super::proof::Kept;

/// The command that checked a target, so that it can be told how to do so again.
#[derive(Clone, Debug, Default)]
pub struct Again {
    /// The command, without the options that say which rules.
    pub command: String,
    /// The patterns of the rules that were asked for; none for all.
    pub rules: Vec<String>,
}

impl Again {
    /// The command that shows a finding again: its steps alone, if they are kept, or all that was done by this
    /// seed. None for what was only observed.
    pub(super) fn of(&self, kept: Option<&Kept>, seed: Option<u64>) -> Option<String> {
        let Self { command, rules } = self;
        if let Some(steps) = kept.and_then(|kept| kept.steps.as_ref()) {
            return Some(format!("{command} --rerun {}", steps.display()));
        }
        // A probe comes upon something by all that was done before it: fewer rules would be fewer probes.
        let mut words = vec![command.clone()];
        words.extend(rules.iter().map(|rule| format!("--rules '{rule}'")));
        words.push(format!("--seed {}", seed?));
        Some(words.join(" "))
    }
}
