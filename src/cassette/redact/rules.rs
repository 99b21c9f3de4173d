//! What is a secret: the rules of redaction, as one table with the lists that they use.

use std::{collections::HashMap, sync::LazyLock};

use regex::Regex;

use super::credentials;
use crate::contract::{Endpoint, Secret, Shape, Structure};

/// A rule, as a cassette names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rule {
    CredentialHeaders,
    CredentialParameters,
    CredentialMembers,
    SecretFields,
    DatabricksToken,
    Jwt,
    Signature,
    CloudKey,
    PrivateKey,
    Bearer,
    UrlPassword,
    SeenElsewhere,
    Custom,
    Identity,
    Email,
    Host,
    Organization,
    Encoding,
}

/// Every rule: its name, what it finds, and whether that is a credential.
pub(super) const RULES: [(Rule, &str, &str, bool); 18] = {
    use Rule as R;
    [
        (R::CredentialHeaders, "credential-headers", "credentials and cookies in headers", true),
        (R::CredentialParameters, "credential-parameters", "credentials in a query or form", true),
        (R::CredentialMembers, "credential-members", "JSON members named as credentials", true),
        (R::SecretFields, "secret-fields", "fields that the contract marks as secret", true),
        (R::DatabricksToken, "databricks-token", "Databricks access tokens and secrets", true),
        (R::Jwt, "jwt", "JSON web tokens", true),
        (R::Signature, "signature", "signed URLs and connection strings", true),
        (R::CloudKey, "cloud-key", "access keys of clouds and code hosts", true),
        (R::PrivateKey, "private-key", "private keys in PEM", true),
        (R::Bearer, "bearer", "bearer tokens in text", true),
        (R::UrlPassword, "url-password", "passwords in URLs", true),
        (
            R::SeenElsewhere,
            "seen-elsewhere",
            "what stood in the place of a credential before",
            true,
        ),
        (R::Custom, "custom", "what the user named", true),
        (R::Identity, "user-names", "user names in the fields that hold them", false),
        (R::Email, "emails", "e-mail addresses", false),
        (R::Host, "hosts", "hosts of workspaces", false),
        (R::Organization, "organization-ids", "numbers of workspaces", false),
        (
            R::Encoding,
            "unreadable-encoding",
            "bodies in an encoding that cannot be searched",
            false,
        ),
    ]
};

impl Rule {
    /// The name in a cassette.
    pub(super) fn name(self) -> &'static str {
        RULES.iter().find(|(rule, ..)| *rule == self).map_or("", |(_, name, ..)| name)
    }

    /// Whether what it finds is a credential.
    pub(super) fn is_credential(self) -> bool {
        RULES.iter().any(|(rule, .., credential)| *rule == self && *credential)
    }
}

/// What the strings of a JSON value are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// Nothing in particular.
    Plain,
    /// Data under test: only what looks like a credential is taken out.
    Data,
    /// A credential.
    Credential(Rule),
    /// A map of settings, some of which are secret by their key.
    Settings,
    /// A user.
    Identity,
    /// A URL of the workspace.
    WorkspaceUrl,
}

impl Mark {
    /// What tells it from every other mark.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Data => "data",
            // That of a rule is another word than these.
            Self::Credential(rule) => rule.name(),
            Self::Settings => "settings",
            Self::Identity => "identity",
            Self::WorkspaceUrl => "workspace-url",
        }
    }
}

/// JSON members that hold parameters, results and exported views.
const DATA: [&str; 16] = [
    "base_parameters",
    "content",
    "dbt_commands",
    "error",
    "error_trace",
    "jar_params",
    "job_parameters",
    "named_parameters",
    "notebook_params",
    "parameters",
    "pipeline_params",
    "python_named_params",
    "python_params",
    "result",
    "spark_submit_params",
    "sql_params",
];

/// Marks by the names of members.
type Marked = HashMap<&'static str, Mark, foldhash::fast::RandomState>;

/// The members that the contract marks, by name: the same names mean the same in other Databricks APIs,
/// and in other versions of this one.
static MARKED: LazyLock<Marked> = LazyLock::new(|| {
    let mut marked = Marked::default();
    // So are they called in the APIs around it.
    for name in ["userName", "creator_user_name", "run_as_user_name", "user_name", "owner"] {
        marked.insert(name, Mark::Identity);
    }
    for name in ["spark_conf", "spark_env_vars"] {
        marked.insert(name, Mark::Settings);
    }
    marked.insert("basic_auth", Mark::Credential(Rule::SecretFields));
    marked.insert("run_page_url", Mark::WorkspaceUrl);
    let mut seen = Vec::new();
    for endpoint in Endpoint::ALL {
        let signature = endpoint.signature();
        collect(signature.request, &mut seen, &mut marked);
        collect(signature.response, &mut seen, &mut marked);
    }
    // These hold whatever the contract says.
    marked.extend(DATA.map(|name| (name, Mark::Data)));
    marked
});

fn collect(structure: &'static Structure, seen: &mut Vec<&'static str>, marked: &mut Marked) {
    if seen.contains(&structure.name) {
        return;
    }
    seen.push(structure.name);
    for field in structure.fields {
        if let Some(secret) = field.secret {
            let mark = match secret {
                Secret::All => Mark::Credential(Rule::SecretFields),
                Secret::ValuesByKey => Mark::Settings,
                Secret::Identity => Mark::Identity,
                Secret::WorkspaceUrl => Mark::WorkspaceUrl,
            };
            marked.insert(field.name, mark);
        }
        let mut shape = &field.shape;
        while let Shape::List(inner) = shape {
            shape = inner;
        }
        if let Shape::Structure(inner) | Shape::Patch(inner) = shape {
            collect(inner, seen, marked);
        }
    }
}

/// What a member is, from what its object is.
pub(super) fn mark(within: Mark, key: &str, custom: &[String]) -> Mark {
    if custom.iter().any(|name| name.eq_ignore_ascii_case(key)) {
        return Mark::Credential(Rule::Custom);
    }
    match within {
        Mark::Data | Mark::Credential(_) | Mark::Identity | Mark::WorkspaceUrl => within,
        // Settings may be a list of pairs; what a pair means stands in another member, so all are hidden.
        Mark::Settings if key == "key" => Mark::Settings,
        Mark::Settings if key == "value" || speaks_of_a_secret(key) => {
            Mark::Credential(Rule::SecretFields)
        }
        Mark::Settings => Mark::Settings,
        Mark::Plain if !may_be_marked(key) => Mark::Plain,
        Mark::Plain => match MARKED.get(key) {
            Some(mark) => *mark,
            None if credentials::is_member(key) => Mark::Credential(Rule::CredentialMembers),
            None => Mark::Plain,
        },
    }
}

/// Whether a marked member or one that holds a credential begins and ends so and is as long. Most keys are
/// told apart by that, and need not be hashed.
fn may_be_marked(key: &str) -> bool {
    /// The lengths of the names, as bits, by their first byte and by their last.
    static LENGTHS: LazyLock<[[u64; 256]; 2]> = LazyLock::new(|| {
        let mut lengths = [[0; 256]; 2];
        let members = credentials::members();
        for name in MARKED.keys().copied().chain(members.iter().map(|name| &**name)) {
            for (lengths, byte) in lengths.iter_mut().zip(ends(name)) {
                lengths[byte] |= bit_of_length(name);
            }
        }
        lengths
    });
    let [first, last] = ends(key);
    LENGTHS[0][first] & LENGTHS[1][last] & bit_of_length(key) != 0
}

/// The first byte of a name and its last one, in lower case.
fn ends(name: &str) -> [usize; 2] {
    let bytes = name.as_bytes();
    [bytes.first(), bytes.last()].map(|byte| usize::from(byte.map_or(0, u8::to_ascii_lowercase)))
}

/// The longest names share a bit.
fn bit_of_length(name: &str) -> u64 {
    1 << name.len().min(63)
}

/// Whether the key of a setting speaks of a secret.
fn speaks_of_a_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    ["key", "secret", "token", "password", "passwd", "credential", "sas"]
        .iter()
        .any(|word| key.contains(word))
}

/// A form that only credentials have. What the first group holds is secret, or else the whole match.
pub(super) struct Pattern {
    pub(super) rule: Rule,
    /// Every match holds one of these, in whatever case.
    pub(super) needles: &'static [&'static str],
    pub(super) regex: Regex,
}

/// The forms of credentials.
pub(super) static PATTERNS: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    let table: [(Rule, &'static [&'static str], &str); 11] = [
        (
            Rule::PrivateKey,
            &["PRIVATE KEY"],
            r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----(?s:.*?)(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|\z)",
        ),
        (
            Rule::DatabricksToken,
            &["dapi", "dose", "dkea", "dsapi"],
            r"(?:dapi|dose|dkea|dsapi)[0-9a-f]{32}(?:-[0-9]+)?",
        ),
        (Rule::Jwt, &["eyJ"], r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?"),
        (
            Rule::Signature,
            &["sig=", "Sig=", "ignature=", "token=", "Token=", "secret=", "Key="],
            r"(?:(?-u:\b)[Ss]ig|[Ss]ignature|access_token|refresh_token|[Ss]ecurity-[Tt]oken|client_secret|AccountKey|SharedAccessKey)=([A-Za-z0-9%+/=_.~-]{8,})",
        ),
        (Rule::CloudKey, &["AKIA", "ASIA"], r"(?-u:\b)(?:AKIA|ASIA)[0-9A-Z]{16}(?-u:\b)"),
        (Rule::CloudKey, &["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], r"gh[pousr]_[A-Za-z0-9]{36,}"),
        (Rule::CloudKey, &["github_pat_"], r"github_pat_[A-Za-z0-9_]{22,}"),
        (
            Rule::Bearer,
            &["bearer "],
            r#"(?-u:\b)(?i-u:bearer) +(?:\\*["'])?([A-Za-z0-9._~+/-]{12,}=*)"#,
        ),
        (Rule::UrlPassword, &["://"], r#"://([^\s/:@"'?#\\]{20,})@"#),
        (Rule::UrlPassword, &["://"], r#"://[^\s/:@"'?#]*:([^\s/@"']+)@"#),
        (Rule::UrlPassword, &["%3a%2f%2f"], r#"(?i)%3a%2f%2f[^\s&/"'%]*%3a([^\s&/"']+?)%40"#),
    ];
    table
        .into_iter()
        .map(|(rule, needles, text)| Pattern { rule, needles, regex: literal(text) })
        .collect()
});

fn literal(text: &str) -> Regex {
    // These are constants, and each is compiled by a test.
    Regex::new(text).expect("a pattern of the table compiles")
}

/// E-mail addresses.
pub(super) static EMAIL: LazyLock<Regex> = LazyLock::new(|| {
    literal(r"[A-Za-z0-9._%+'-]+(?:@|%40)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
});

/// Hosts of workspaces, whichever is recorded.
pub(super) static WORKSPACE_HOST: LazyLock<Regex> = LazyLock::new(|| {
    literal(
        r"(?i)(?:%[0-9a-f]{2}|\b)([a-z0-9](?:[a-z0-9-]*\.)+(?:azuredatabricks\.net|databricks\.azure\.(?:us|cn)|cloud\.databricks\.(?:com|us)|gcp\.databricks\.com))\b",
    )
});

/// The number of a workspace in a URL.
pub(super) static ORGANIZATION: LazyLock<Regex> = LazyLock::new(|| literal(r"[?&]o=([0-9]{6,})"));

/// What stands in every string that a rule for text could change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Needle {
    pub(super) word: String,
    /// The bit of the rule.
    pub(super) bit: u32,
    /// Whether the rule strikes in whatever case the word is written.
    pub(super) any_case: bool,
}

/// The needles of all rules for text.
pub(super) fn text_needles() -> Vec<Needle> {
    let patterns = PATTERNS.iter().enumerate().flat_map(|(bit, pattern)| {
        let any_case = pattern.regex.as_str().contains("(?i");
        pattern.needles.iter().map(move |word| (*word, 1 << bit, any_case))
    });
    let others = [
        ("@", EMAIL_BIT),
        ("%40", EMAIL_BIT),
        ("atabricks", HOST_BIT),
        ("?o=", ORGANIZATION_BIT),
        ("&o=", ORGANIZATION_BIT),
        ("basic ", NAMED_BIT),
    ];
    let mut needles: Vec<_> = patterns
        .chain(others.map(|(word, bit)| (word, bit, true)))
        .map(|(word, bit, any_case)| Needle { word: word.to_owned(), bit, any_case })
        .collect();
    for word in credentials::last_words() {
        needles.extend(["=", "%3d"].map(|sign| Needle {
            word: format!("{word}{sign}"),
            bit: NAMED_BIT,
            any_case: true,
        }));
    }
    needles
}

/// The bit of what tells that a credential follows.
pub(super) const NAMED_BIT: u32 = 1 << 28;
/// The bit of [`EMAIL`]; those of [`PATTERNS`] are their indexes.
pub(super) const EMAIL_BIT: u32 = 1 << 29;
/// The bit of [`WORKSPACE_HOST`] and of the host that is recorded.
pub(super) const HOST_BIT: u32 = 1 << 30;
/// The bit of [`ORGANIZATION`].
pub(super) const ORGANIZATION_BIT: u32 = 1 << 31;

/// What stands, beside [`text_needles`], in every JSON text of which a string is secret by its place.
pub(super) fn member_needles() -> Vec<String> {
    let marked = MARKED.iter().filter(|(_, mark)| **mark != Mark::Data);
    let mut needles: Vec<_> = marked.map(|(name, _)| format!("\"{name}\"")).collect();
    for name in credentials::members() {
        // In a string the quotation mark behind a name is escaped.
        needles.extend([format!("\"{name}\""), format!("\"{name}\\")]);
    }
    // An escape may hide anything.
    needles.push("\\u".to_owned());
    needles
}
