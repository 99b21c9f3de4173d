//! The steps of a finding as a shell script that needs nothing but curl.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::Proof;
use crate::check::{Act, Ask, BASE_PATH, Credential, Form, Program, Until, Writing};

const HEAD: &str = r#"
: "${DATABRICKS_HOST:?the base URL of the workspace}" "${DATABRICKS_TOKEN:?a token for it}"
own="jobdeck-$(date +%s)-$$"

# call METHOD TARGET [BODY]: shows the request and the answer, and keeps the answer.
call() {
    printf '> %s %s %s\n' "$1" "$2" "${3-}"
    answer=$(curl --silent --show-error --max-time "${patience:-60}" --request "$1" \
        ${credential+--header "Authorization: Bearer $credential"} \
        ${kind:+--header "Content-Type: $kind"} ${3+--data "$3"} \
        --write-out '\n%{http_code}' "$DATABRICKS_HOST$2")
    printf '< %s\n' "$(printf '%s' "$answer" | tail -n 1) $(printf '%s' "$answer" | sed '$d')"
}

# given NAME: the number of that name in the last answer.
given() {
    printf '%s' "$answer" | sed -n "s/.*\"$1\": *\([0-9][0-9]*\).*/\1/p" | head -n 1
}
"#;

/// The script of the steps that a proof was made by.
pub(super) fn script(proof: &Proof<'_>, program: &Program) -> String {
    let Proof { found, expected, got, base_path, .. } = proof;
    let rule = found.rule;
    let mut text = String::from("#!/bin/sh\n");
    for line in [rule.id, rule.statement, &format!("expected: {expected}"), &format!("got: {got}")]
    {
        let _ = writeln!(text, "# {}", line.replace(['\n', '\r'], " "));
    }
    text.push_str(HEAD);
    for step in &program.steps {
        let _ = writeln!(text, "\n# step {}", step.id);
        match &step.act {
            Act::Call(form) => {
                call(&mut text, form, base_path, "");
                given(&mut text, form, &step.id.to_string());
            }
            Act::Together(forms) => {
                for form in forms {
                    text.push_str("( ");
                    call(&mut text, form, base_path, " ) &");
                }
                text.push_str("wait\n");
            }
            Act::Abandon(form) => {
                text.push_str("patience=0.05\n");
                call(&mut text, form, base_path, "");
                text.push_str("unset patience\n");
            }
            Act::Poll(poll) => {
                let get = json!({"run_id": poll.run_id});
                let ends = match poll.until {
                    Until::Begun => "PENDING|QUEUED",
                    Until::Ended => "PENDING|QUEUED|RUNNING|TERMINATING",
                };
                let target = target(base_path, "jobs/runs/get", &get);
                let seconds = poll.within_ms.div_ceil(1000) + 1;
                let _ = writeln!(text, "tries=0; while [ $tries -lt {seconds} ]; do");
                let _ = writeln!(text, "    credential=$DATABRICKS_TOKEN kind=; call GET {target}");
                let _ = writeln!(
                    text,
                    "    printf '%s' \"$answer\" | grep -qE '\"({ends})\"' || break"
                );
                text.push_str("    tries=$((tries + 1)); sleep 1\ndone\n");
            }
            Act::WaitMs(ms) => {
                let _ = writeln!(text, "sleep {}.{:03}", ms / 1000, ms % 1000);
            }
        }
    }
    text
}

fn call(text: &mut String, form: &Form, base_path: &str, end: &str) {
    let credential = match form.credential {
        Credential::Own => "credential=$DATABRICKS_TOKEN",
        Credential::None => "unset credential",
        Credential::Wrong => "credential=nobodys-token",
    };
    let (method, place, kind, body) = match &form.ask {
        Ask::Raw { method, target, body } => {
            let target = match target.strip_prefix(BASE_PATH) {
                Some(rest) => quoted(&format!("{base_path}{rest}")),
                None => quoted(target),
            };
            (method.clone(), target, "application/json", quoted(body))
        }
        Ask::Endpoint { name, arguments, writing } => {
            let signature = name.signature();
            let method = match writing {
                Writing::Method(method) => method.clone(),
                _ => signature.method.as_str().to_owned(),
            };
            let arguments = Value::Object(arguments.clone());
            if ["GET", "DELETE", "HEAD"].contains(&&*method) {
                (method, target(base_path, signature.path, &arguments), "", String::new())
            } else {
                let kind = match writing {
                    Writing::AsForm => "application/x-www-form-urlencoded",
                    _ => "application/json",
                };
                let path = quoted(&format!("{base_path}/{}", signature.path));
                (method, path, kind, numbered(&arguments.to_string()))
            }
        }
    };
    let _ = writeln!(text, "{credential}; kind={kind}; call {method} {place} {body}{end}");
}

/// Keeps the id that an answer gives, under the name by which later steps call it.
fn given(text: &mut String, form: &Form, step: &str) {
    let name = match form.endpoint().map(|endpoint| endpoint.signature().name) {
        Some("create") => "job_id",
        Some("run-now" | "runs-submit") => "run_id",
        _ => return,
    };
    let _ = writeln!(text, "id_{step}_{name}=$(given {name})");
}

fn target(base_path: &str, path: &str, arguments: &Value) -> String {
    let mut target = format!("{base_path}/{path}");
    for (index, (name, value)) in arguments.as_object().into_iter().flatten().enumerate() {
        target.push(if index == 0 { '?' } else { '&' });
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        // What names an earlier answer has to stay as it is.
        let text = if text.starts_with("${") {
            text
        } else {
            form_urlencoded::byte_serialize(text.as_bytes()).collect()
        };
        let _ = write!(target, "{name}={text}");
    }
    quoted(&target)
}

/// JSON whose ids stand for numbers, as a word of the shell.
fn numbered(json: &str) -> String {
    // `"${1/job_id}"` is a number in its place; within a longer text it stays one.
    let mut bare = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(start) = rest.find("\"${") {
        let Some(end) = rest[start..].find("}\"").map(|end| start + end) else { break };
        let inner = &rest[start + 1..=end];
        let is_whole = !inner[2..].contains("${") && inner.contains('/') && !inner.contains('"');
        bare.push_str(&rest[..start]);
        if is_whole {
            bare.push_str(inner);
        } else {
            bare.push_str(&rest[start..end + 2]);
        }
        rest = &rest[end + 2..];
    }
    bare.push_str(rest);
    quoted(&bare)
}

/// A text as one word of the shell, with `${own}` and the ids of earlier steps as variables.
fn quoted(text: &str) -> String {
    let mut word = String::from("'");
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let Some(length) = rest[start..].find('}') else { break };
        let inner = &rest[start + 2..start + length];
        let name = match inner {
            "own" => "own".to_owned(),
            id => format!("id_{}", id.replace(['/', '.'], "_")),
        };
        word.push_str(&rest[..start].replace('\'', r"'\''"));
        let _ = write!(word, "'\"${{{name}}}\"'");
        rest = &rest[start + length + 1..];
    }
    word.push_str(&rest.replace('\'', r"'\''"));
    word.push('\'');
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_become_variables_and_all_else_is_quoted() {
        let json = json!({"job_id": "${1/job_id}", "name": "${own}-it's", "x": "${1/job_id}.5"});
        assert_eq!(
            numbered(&json.to_string()),
            r#"'{"job_id":'"${id_1_job_id}"',"name":"'"${own}"'-it'\''s","x":"'"${id_1_job_id}"'.5"}'"#
        );
        let get = json!({"run_id": "${2/run_id}", "views_to_export": "A B"});
        assert_eq!(
            target("/api/2.2", "jobs/runs/export", &get),
            r#"'/api/2.2/jobs/runs/export?run_id='"${id_2_run_id}"'&views_to_export=A+B'"#
        );
    }
}
