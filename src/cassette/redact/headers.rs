//! Secrets in header values. Names stay, and so does everything in a value that is not secret: the scheme of
//! a credential, the names and attributes of cookies.

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderName, HeaderValue};

use super::{
    Found, Redactor, credentials,
    names::{Kind, placeholder},
    note, note_all,
    rules::{Mark, Rule},
    text::{bytes, characters, says_nothing},
};
use crate::exchange::Headers;

impl Redactor {
    /// The fields without their secrets that hold any, by their index. `clean` stays if nothing is left in
    /// any of them for the last look.
    pub(super) fn headers(
        &mut self,
        headers: &Headers,
        side: &str,
        found: &mut Found,
        clean: &mut bool,
    ) -> Vec<(usize, HeaderValue)> {
        let mut changes = Vec::new();
        for (index, (name, value)) in headers.iter().enumerate() {
            let result = self.once(
                [side.as_bytes(), name.as_str().as_bytes(), value.as_bytes()],
                |redactor, found| {
                    let new = redactor.header_value(name, value, side, found);
                    let text = new.as_ref().unwrap_or(value).to_str();
                    let clean = text.is_ok_and(|text| redactor.is_clean(text));
                    (new, clean)
                },
            );
            note_all(found, &result.found);
            changes.extend(result.new.map(|new| (index, new)));
            *clean &= result.clean;
        }
        changes
    }

    fn header_value(
        &mut self,
        name: &HeaderName,
        value: &HeaderValue,
        side: &str,
        found: &mut Found,
    ) -> Option<HeaderValue> {
        let mut rules = Vec::new();
        let new = if let Ok(text) = value.to_str() {
            self.header(name, text, &mut rules).map(String::into_bytes)
        } else {
            let text = characters(value.as_bytes());
            self.header(name, &text, &mut rules).map(|new| bytes(&new))
        };
        let new = HeaderValue::from_bytes(&new?).ok()?;
        note(found, &format!("{side}/headers/{name}"), &rules);
        Some(new)
    }

    fn header(&mut self, name: &HeaderName, text: &str, rules: &mut Vec<Rule>) -> Option<String> {
        let credential = |rules: &mut Vec<Rule>| rules.push(Rule::CredentialHeaders);
        match name.as_str() {
            "authorization" | "proxy-authorization" => {
                let new = self.authorization(text)?;
                credential(rules);
                Some(new)
            }
            "cookie" | "set-cookie" => {
                let new = self.cookies(text, name.as_str() == "set-cookie")?;
                credential(rules);
                Some(new)
            }
            "x-databricks-org-id" if !self.credentials_only => {
                let new = self.organization(text)?;
                rules.push(Rule::Organization);
                Some(new)
            }
            _ if self
                .policy
                .headers
                .iter()
                .any(|header| header.eq_ignore_ascii_case(name.as_str())) =>
            {
                let new = self.credential(text)?;
                rules.push(Rule::Custom);
                Some(new)
            }
            _ if self.is_credential_header(name) => {
                let new = self.credential(text)?;
                credential(rules);
                Some(new)
            }
            _ => self.text(text, Mark::Plain, rules),
        }
    }

    fn is_credential_header(&mut self, name: &HeaderName) -> bool {
        const REMEMBERED_MAX: usize = 1000;
        if let Some(known) = self.credential_headers.get(name) {
            return *known;
        }
        let is_credential = credentials::is_header(name.as_str());
        if self.credential_headers.len() < REMEMBERED_MAX {
            self.credential_headers.insert(name.clone(), is_credential);
        }
        is_credential
    }

    fn authorization(&mut self, text: &str) -> Option<String> {
        let Some((scheme, rest)) = text.split_once(' ') else { return self.credential(text) };
        let pair = STANDARD.decode(rest.trim()).ok().and_then(|pair| String::from_utf8(pair).ok());
        if let (true, Some((user, password))) =
            (scheme.eq_ignore_ascii_case("basic"), pair.as_deref().and_then(|p| p.split_once(':')))
        {
            let new_password = self.credential(password);
            // This name says that the password is an access token.
            let stays = user.is_empty() || user == "token" || placeholder(user).is_some();
            let new_user = (!stays).then(|| self.names.give(Kind::User, user));
            if new_user.is_none() && new_password.is_none() {
                return None;
            }
            let user = new_user.as_deref().unwrap_or(user);
            let password = new_password.as_deref().unwrap_or(password);
            return Some(format!("{scheme} {}", STANDARD.encode(format!("{user}:{password}"))));
        }
        Some(format!("{scheme} {}", self.credential(rest.trim())?))
    }

    fn cookies(&mut self, text: &str, only_first: bool) -> Option<String> {
        let mut changed = false;
        let parts: Vec<String> = text
            .split(';')
            .enumerate()
            .map(|(index, part)| {
                if index > 0 && only_first {
                    return part.to_owned();
                }
                // A cookie may have no name, and is its value then.
                let (before, value) = match part.split_once('=') {
                    Some((name, value)) => (&part[..=name.len()], value),
                    None => part.split_at(part.len() - part.trim_start().len()),
                };
                if says_nothing(value) {
                    return part.to_owned();
                }
                changed = true;
                format!("{before}{}", self.names.give_cookie(value))
            })
            .collect();
        changed.then(|| parts.join(";"))
    }
}
