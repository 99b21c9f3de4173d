//! The shape of the source tree, held against the layer table in `src/lib.rs`.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use regex::Regex;

/// Which outside dependencies have a home, and where that is; that of the binary has no name.
const HOMES: &[(&str, &[&str])] = &[
    ("aho_corasick", &["cassette"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("configparser", &["cli"]),
    ("flate2", &["exchange"]),
    ("getrandom", &["cli"]),
    ("h2", &["net"]),
    ("http_body_util", &["net"]),
    ("hyper", &["net"]),
    ("hyper_util", &["net"]),
    ("indicatif", &["cli"]),
    ("maud", &["report", "serve"]),
    ("mimalloc", &[""]),
    ("percent_encoding", &["admin", "record", "replay", "serve"]),
    ("proptest", &["generate", "check"]),
    ("quick_junit", &["report"]),
    ("rcgen", &["net"]),
    ("redb", &["serve"]),
    ("rustix", &["cli"]),
    ("rustls", &["net"]),
    ("rustls_platform_verifier", &["net"]),
    ("signal_hook", &["net"]),
    ("tempfile", &["cli"]),
    ("tokio", &["net"]),
    ("tokio_rustls", &["net"]),
    ("toml", &["check", "weather"]),
    ("unicode_width", &["cassette"]),
];

fn sources() -> Vec<(PathBuf, String)> {
    fn visit(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.ends_with("tests") || path.ends_with("tests.rs") {
                // The tests of a module that has many stand apart, and may look further.
            } else if path.is_dir() {
                visit(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    let mut found = Vec::new();
    visit(&root().join("src"), &mut found);
    found.sort();
    found
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Where the tests of a module begin that stand in its file.
static TESTS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"#\[cfg\(test\)\]\s+(pub\(\w+\) )?mod \w+ \{").unwrap());

/// What stands before the name of a module.
static OWN: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\bcrate::").unwrap());

/// What a source says without comments, and without its tests, which may look further.
fn code(text: &str) -> String {
    let text = TESTS.split(text).next().unwrap();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The module of the top level that a file belongs to; none for `lib.rs` and `main.rs`.
fn module(path: &Path) -> Option<String> {
    let inside = path.strip_prefix(root().join("src")).unwrap();
    let first = inside.components().next().unwrap().as_os_str().to_str().unwrap();
    let name = first.trim_end_matches(".rs");
    (!["lib", "main"].contains(&name)).then(|| name.to_owned())
}

/// The modules of the top level that a source names after `crate::`.
fn edges(code: &str) -> BTreeSet<String> {
    let mut found: BTreeSet<String> = BTreeSet::new();
    for start in OWN.find_iter(code) {
        let rest = &code[start.end()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut word = String::new();
            for letter in group.chars() {
                match letter {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => {
                        found.insert(std::mem::take(&mut word));
                    }
                    letter if depth == 0 => word.push(letter),
                    _ => {}
                }
            }
            found.insert(word);
        } else {
            found.insert(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    let modules = found.iter().map(|path| path.trim().split("::").next().unwrap().to_owned());
    modules.filter(|name| !name.is_empty()).collect()
}

fn layers() -> BTreeMap<String, BTreeSet<String>> {
    let tour = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let table = tour.split("//! ```text layers\n").nth(1).unwrap().split("//! ```").next().unwrap();
    let rows = table.lines().map(|line| line.trim_start_matches("//!").split_once(':').unwrap());
    rows.map(|(name, may)| {
        (name.trim().to_owned(), may.split_whitespace().map(str::to_owned).collect())
    })
    .collect()
}

#[test]
fn modules_use_only_what_the_tour_allows() {
    let layers = layers();
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let Some(module) = module(&path) else { continue };
        let Some(allowed) = layers.get(&module) else {
            wrong.push(format!("the tour in src/lib.rs has no row for `{module}`"));
            continue;
        };
        for used in edges(&code(&text)) {
            if used != module && !allowed.contains(&used) {
                wrong.push(format!("{}: `{module}` may not use `{used}`", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_cores_know_no_socket_but_in_their_server() {
    for (path, text) in sources() {
        let is_core = module(&path).is_some_and(|module| ["replay", "serve"].contains(&&*module));
        let is_server = path.ends_with("server.rs");
        let knows = edges(&code(&text)).contains("net");
        assert!(!is_core || knows == is_server, "{}: a core and a socket", path.display());
    }
}

#[test]
fn the_tour_names_no_edge_that_is_not_there() {
    let mut unused = layers();
    for (path, text) in sources() {
        if let Some(uses) = module(&path).and_then(|module| unused.get_mut(&module)) {
            for used in edges(&code(&text)) {
                uses.remove(&used);
            }
        }
    }
    unused.retain(|_, uses| !uses.is_empty());
    assert!(unused.is_empty(), "nothing uses these: {unused:?}");
}

#[test]
fn the_layers_have_no_circle() {
    let mut open = layers();
    while !open.is_empty() {
        let bottom: Vec<_> =
            open.iter().filter(|(_, uses)| uses.is_empty()).map(|(name, _)| name.clone()).collect();
        assert!(!bottom.is_empty(), "these use each other: {:?}", open.keys());
        for name in bottom {
            open.remove(&name);
            for uses in open.values_mut() {
                uses.remove(&name);
            }
        }
    }
}

#[test]
fn outside_dependencies_stay_at_home() {
    let mut wrong = Vec::new();
    let named = |dependency: &str| Regex::new(&format!(r"(^|[^\w:]){dependency}::")).unwrap();
    let homes: Vec<_> = HOMES.iter().map(|(name, homes)| (name, homes, named(name))).collect();
    for (path, text) in sources() {
        let module = module(&path).unwrap_or_default();
        let code = code(&text);
        for (dependency, homes, named) in &homes {
            if !homes.contains(&&*module) && named.is_match(&code) {
                wrong.push(format!("{}: {dependency} belongs to {homes:?}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_reader_of_edges_sees_every_form() {
    let code = "use crate::{\n    error::{Error, Result},\n    json,\n    call::Call,\n};\nlet x = crate::net::url();";
    let seen: Vec<_> = edges(code).into_iter().collect();
    assert_eq!(seen, ["call", "error", "json", "net"]);
}
