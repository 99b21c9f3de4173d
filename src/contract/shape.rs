//! The vocabulary of the tables: what a structure, a field, a shape, a limit is.

use serde_json::{Value, json};

/// A documented object: its fields and what holds between them.
#[derive(Debug)]
pub struct Structure {
    /// The name that the document gives it: `NewCluster`.
    pub name: &'static str,
    /// The heading under which it stands.
    pub section: &'static str,
    /// The line at which its table starts.
    pub line: u16,
    /// What it is, in one sentence.
    pub about: &'static str,
    /// Whom its required fields, limits and constraints bind.
    pub binds: Side,
    /// The fields, in the document's order; those that only the real service shows come last.
    pub fields: &'static [Field],
    /// What must hold between fields.
    pub constraints: &'static [Constraint],
}

/// One of the two sides of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Who sends requests. Where a response shows such a structure, it is what some client once sent or
    /// an older service once took, so only the types of its fields are promised.
    Client,
    /// Who answers.
    Server,
}

/// A structure that binds the client, without constraints; the builders below change that.
pub(super) const fn structure(
    name: &'static str,
    section: &'static str,
    line: u16,
    about: &'static str,
    fields: &'static [Field],
) -> Structure {
    Structure { name, section, line, about, binds: Side::Client, fields, constraints: &[] }
}

impl Structure {
    /// The same with constraints.
    #[must_use]
    pub(super) const fn constraints(mut self, constraints: &'static [Constraint]) -> Self {
        self.constraints = constraints;
        self
    }

    /// The same, binding the server.
    #[must_use]
    pub(super) const fn told(mut self) -> Self {
        self.binds = Side::Server;
        self
    }

    /// The field of this name.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// One row of a structure's table.
#[derive(Debug)]
pub struct Field {
    /// The key.
    pub name: &'static str,
    /// What its value looks like.
    pub shape: Shape,
    /// The line that documents it; 0 for what only the real service shows.
    pub line: u16,
    /// What it means, in one sentence.
    pub about: &'static str,
    /// The rule that demands it, if one does.
    pub required: Option<&'static str>,
    /// What an absent field stands for, except in a [`Shape::Patch`], where it stands for no change.
    pub default: Option<DefaultValue>,
    /// The bounds of its value.
    pub limits: &'static [Limit],
    /// The rule that a value of another type breaks, where the endpoint's
    /// [`type_rule`](super::Signature::type_rule) is not the closest.
    pub type_rule: Option<&'static str>,
    /// Texts of the form that the document shows, where not every text would do.
    pub examples: &'static [&'static str],
    /// What its value stands for, if that is another one each time.
    pub role: Option<Role>,
    /// Whether it holds a secret.
    pub secret: Option<Secret>,
}

/// A row without marks, to which the builders below add them.
pub(super) const fn field(
    name: &'static str,
    shape: Shape,
    line: u16,
    about: &'static str,
) -> Field {
    Field {
        name,
        shape,
        line,
        about,
        required: None,
        default: None,
        limits: &[],
        type_rule: None,
        examples: &[],
        role: None,
        secret: None,
    }
}

impl Field {
    /// The same, demanded by a rule.
    #[must_use]
    pub(super) const fn required(mut self, rule: &'static str) -> Self {
        self.required = Some(rule);
        self
    }

    /// The same with a default.
    #[must_use]
    pub(super) const fn default(mut self, default: DefaultValue) -> Self {
        self.default = Some(default);
        self
    }

    /// The same with bounds.
    #[must_use]
    pub(super) const fn limits(mut self, limits: &'static [Limit]) -> Self {
        self.limits = limits;
        self
    }

    /// The same with a rule of its own for values of another type.
    #[must_use]
    pub(super) const fn typed(mut self, rule: &'static str) -> Self {
        self.type_rule = Some(rule);
        self
    }

    /// The same with texts to start from.
    #[must_use]
    pub(super) const fn examples(mut self, examples: &'static [&'static str]) -> Self {
        self.examples = examples;
        self
    }

    /// The same as another line documents it.
    #[must_use]
    pub(super) const fn at(mut self, line: u16) -> Self {
        self.line = line;
        self
    }

    /// The same with what its value stands for.
    #[must_use]
    pub(super) const fn role(mut self, role: Role) -> Self {
        self.role = Some(role);
        self
    }

    /// The same as the place of a secret.
    #[must_use]
    pub(super) const fn secret(mut self, secret: Secret) -> Self {
        self.secret = Some(secret);
        self
    }
}

impl Field {
    /// Whether the document has it. What only the real service shows is known here, to be explained,
    /// redacted and passed on, but promised by nobody: it is neither judged nor generated.
    pub const fn is_documented(&self) -> bool {
        self.line > 0
    }
}

/// What a value looks like.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// `true` or `false`.
    Boolean,
    /// A whole number of 32 bits.
    Int32,
    /// A whole number of 64 bits.
    Int64,
    /// Any number.
    Double,
    /// Text.
    String,
    /// One of a few words.
    Choice(&'static Choice),
    /// An object with documented fields.
    Structure(&'static Structure),
    /// Some fields of such an object: no field, and not one of several, must be there (`jobs/update`).
    Patch(&'static Structure),
    /// An array.
    List(&'static Shape),
    /// An object with free keys.
    Map(&'static MapShape),
    /// Anything: a field of the real service of which the document says nothing.
    Any,
}

impl Shape {
    /// The structure that a value of this shape is, or has as entries.
    pub fn structure(&self) -> Option<&'static Structure> {
        match self {
            Self::Structure(structure) | Self::Patch(structure) => Some(structure),
            Self::List(inner) => inner.structure(),
            Self::Boolean
            | Self::Int32
            | Self::Int64
            | Self::Double
            | Self::String
            | Self::Choice(_)
            | Self::Map(_)
            | Self::Any => None,
        }
    }
}

/// A documented list of words.
#[derive(Debug)]
pub struct Choice {
    /// The name that the document gives it, or that of the field.
    pub name: &'static str,
    /// The words, in the document's order.
    pub words: &'static [&'static str],
    /// The rule that allows no others.
    pub rule: &'static str,
}

/// An object with free keys and scalar values.
#[derive(Debug)]
pub struct MapShape {
    /// The name of the pair in the document: `ParamPair`.
    pub name: &'static str,
    /// The line at which it stands.
    pub line: u16,
    /// Whether values that are numbers or booleans count as text (`spark_conf`).
    pub scalars: bool,
    /// The bounds of each key.
    pub keys: &'static [Limit],
    /// The bounds of each value.
    pub values: &'static [Limit],
}

/// A bound with the rule that sets it.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// The rule that is broken beyond it.
    pub rule: &'static str,
    /// The bound.
    pub bound: Bound,
}

/// A bound of one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// A number not below this.
    Minimum(i64),
    /// A number not above this.
    Maximum(i64),
    /// At least this many characters.
    CharsMin(usize),
    /// At most this many characters (Unicode scalar values).
    CharsMax(usize),
    /// At most this many bytes as UTF-8.
    BytesMax(usize),
    /// At most this many entries of a list or map.
    EntriesMax(usize),
    /// At most this many bytes of the compact JSON text `{"FIELD":VALUE}`.
    JsonBytesMax(usize),
    /// ASCII characters only, in every string of the value.
    Ascii,
    /// Text that starts with one of these.
    StartsWithAny(&'static [&'static str]),
    /// Text that starts with none of these.
    StartsWithNone(&'static [&'static str]),
    /// Text that has none of these characters.
    HasNone(&'static str),
    /// A list that has none of these texts as an entry, alone or with `=` and a value behind it.
    EntriesNone(&'static [&'static str]),
}

/// Whether an entry of a list is one of these texts, alone or with `=` and a value behind it.
pub fn is_one_of(entry: &str, texts: &[&str]) -> bool {
    let name = entry.split_once('=').map_or(entry, |(name, _)| name);
    texts.contains(&name)
}

/// What an absent field stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefaultValue {
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// Text.
    String(&'static str),
    /// `[]`.
    EmptyList,
    /// `{}`.
    EmptyObject,
}

impl DefaultValue {
    /// The default as it is written.
    pub fn value(self) -> Value {
        match self {
            Self::Boolean(flag) => flag.into(),
            Self::Integer(number) => number.into(),
            Self::String(text) => text.into(),
            Self::EmptyList => json!([]),
            Self::EmptyObject => json!({}),
        }
    }
}

/// What must hold between the fields of one structure, with the rule that says so.
#[derive(Clone, Copy, Debug)]
pub struct Constraint {
    /// The rule that is broken otherwise.
    pub rule: &'static str,
    /// What must hold.
    pub relation: Relation,
}

/// A relation between fields.
///
/// A path such as `new_cluster/spark_conf` leads into a nested object. A list or map without entries
/// counts as absent, as that is what an absent one stands for.
#[derive(Clone, Copy, Debug)]
pub enum Relation {
    /// One of these is there. Does not bind a [`Shape::Patch`].
    AtLeastOne(&'static [&'static str]),
    /// Not more than one of these is there.
    AtMostOne(&'static [&'static str]),
    /// None of the list is there beside the first.
    Excludes(&'static str, &'static [&'static str]),
    /// The first is there only beside the second. Does not bind a [`Shape::Patch`].
    Needs(&'static str, &'static str),
    /// The first number is not greater than the second.
    NotAbove(&'static str, &'static str),
    /// The two numbers are not equal.
    Differ(&'static str, &'static str),
    /// Not both are `true`.
    NotBothTrue(&'static str, &'static str),
}

impl Relation {
    /// Whether it asks for something to be there, which no [`Shape::Patch`] has to give.
    pub const fn asks_presence(&self) -> bool {
        match self {
            Self::AtLeastOne(_) | Self::Needs(..) => true,
            Self::AtMostOne(_)
            | Self::Excludes(..)
            | Self::NotAbove(..)
            | Self::Differ(..)
            | Self::NotBothTrue(..) => false,
        }
    }
}

/// What a value stands for that says nothing by itself: it is another one each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// A job.
    JobId,
    /// A run.
    RunId,
    /// Something else that the service made: a cluster, a Spark context.
    ServiceId,
    /// Nothing yet: a token that the client makes up.
    Token,
    /// A moment, in milliseconds since 1970; 0 for one that has not come.
    Time,
    /// How long something took, in milliseconds.
    Duration,
    /// A number that counts on from what was there before.
    Count,
    /// Words for people, which may name other things by their ids.
    Message,
}

/// How a field holds secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secret {
    /// Every string within is one.
    All,
    /// A map whose values are secret where the key speaks of a key, secret, token or password.
    ValuesByKey,
    /// User names or e-mail addresses.
    Identity,
    /// A URL that names the workspace.
    WorkspaceUrl,
}
