//! Jobs that allow one run in place of none, for a target that refuses those.

use serde_json::Value;

use super::program::{Act, Ask};
use crate::contract::Endpoint;

/// What is shown by a job that allows no run.
const ALLOWS_NONE: &str = "create/schema/max-concurrent-0";

impl Act {
    /// Lets jobs allow one run that are to allow none, but for what is to show that they can.
    pub(super) fn allow_one(&mut self) {
        let forms = match self {
            Self::Call(form) | Self::Abandon(form) => std::slice::from_mut(form),
            Self::Together(forms) => forms,
            Self::Poll(_) | Self::WaitMs(_) => return,
        };
        for form in forms.iter_mut().filter(|form| form.mark.is_none_or(|m| m.rule != ALLOWS_NONE))
        {
            let Ask::Endpoint { name, arguments, .. } = &mut form.ask else { continue };
            let settings = match name {
                Endpoint::Create => Some(arguments),
                _ => arguments.get_mut("new_settings").and_then(Value::as_object_mut),
            };
            let limit = settings.and_then(|settings| settings.get_mut("max_concurrent_runs"));
            if let Some(limit) = limit.filter(|limit| limit.as_i64() == Some(0)) {
                *limit = 1.into();
            }
        }
    }
}
