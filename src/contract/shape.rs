//! The vocabulary of the tables: what a structure, a field, a shape, a limit is.

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
    /// The fields, in the document's order.
    pub fields: &'static [Field],
    /// What must hold between fields.
    pub constraints: &'static [Constraint],
}

impl Structure {
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
    /// What an absent field stands for.
    pub default: Option<DefaultValue>,
    /// The bounds of its value.
    pub limits: &'static [Limit],
    /// What it identifies.
    pub role: Option<Role>,
    /// Whether it holds a secret.
    pub secret: Option<Secret>,
}

/// A row without marks, to which the builders below add them.
pub const fn field(name: &'static str, shape: Shape, line: u16, about: &'static str) -> Field {
    Field {
        name,
        shape,
        line,
        about,
        required: None,
        default: None,
        limits: &[],
        role: None,
        secret: None,
    }
}

impl Field {
    /// The same, demanded by a rule.
    #[must_use]
    pub const fn required(mut self, rule: &'static str) -> Self {
        self.required = Some(rule);
        self
    }

    /// The same with a default.
    #[must_use]
    pub const fn default(mut self, default: DefaultValue) -> Self {
        self.default = Some(default);
        self
    }

    /// The same with bounds.
    #[must_use]
    pub const fn limits(mut self, limits: &'static [Limit]) -> Self {
        self.limits = limits;
        self
    }

    /// The same as an identifier.
    #[must_use]
    pub const fn role(mut self, role: Role) -> Self {
        self.role = Some(role);
        self
    }

    /// The same as the place of a secret.
    #[must_use]
    pub const fn secret(mut self, secret: Secret) -> Self {
        self.secret = Some(secret);
        self
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
    /// Part of such an object: what must be present in the whole may be missing here (`jobs/update`).
    Patch(&'static Structure),
    /// An array.
    List(&'static Shape),
    /// An object with free keys.
    Map(&'static MapShape),
}

/// A documented list of words.
#[derive(Debug)]
pub struct Choice {
    /// The name that the document gives it, or that of the field.
    pub name: &'static str,
    /// The words, in the document's order.
    pub words: &'static [&'static str],
    /// The rule that allows no others in a request.
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
    /// Text that starts with this.
    StartsWith(&'static str),
    /// Text that starts with none of these.
    StartsWithNone(&'static [&'static str]),
    /// Text that has none of these characters.
    HasNone(&'static str),
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

/// What must hold between the fields of one structure, with the rule that says so.
#[derive(Clone, Copy, Debug)]
pub struct Constraint {
    /// The rule that is broken otherwise.
    pub rule: &'static str,
    /// What must hold.
    pub relation: Relation,
}

/// A relation between fields. A path such as `new_cluster/spark_conf` leads into a nested object.
#[derive(Clone, Copy, Debug)]
pub enum Relation {
    /// One of these is there. Does not hold in a [`Shape::Patch`].
    AtLeastOne(&'static [&'static str]),
    /// Not more than one of these is there.
    AtMostOne(&'static [&'static str]),
    /// Not both are there. Kept apart from [`Self::AtMostOne`] where one pair has a rule of its own.
    NotBoth(&'static str, &'static str),
    /// The first is there only beside the second.
    Needs(&'static str, &'static str),
    /// The first number is smaller than the second.
    Less(&'static str, &'static str),
    /// Not more than one of these is `true`.
    NotBothTrue(&'static str, &'static str),
}

/// What a field identifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// A job.
    JobId,
    /// A run.
    RunId,
    /// Nothing yet: a token that the client makes up.
    Token,
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
