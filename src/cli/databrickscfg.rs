//! Profiles of `~/.databrickscfg`, as Databricks' own clients read them: INI, a section for each profile, with
//! `host` and `token`. A section takes nothing from `[DEFAULT]`.

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use configparser::ini::Ini;

use crate::error::{Error, Kind, Result};

/// The variable that names another file.
const FILE_VARIABLE: &str = "DATABRICKS_CONFIG_FILE";

/// What a profile says. Not to be printed: it holds a token.
pub(super) struct Profile {
    /// The base URL of the workspace, if it is there.
    pub(super) host: Option<String>,
    /// The personal access token.
    pub(super) token: String,
}

impl Profile {
    /// Reads a profile of the file that the environment names, else of `~/.databrickscfg`. No error shows
    /// anything that stands in the file but names.
    pub(super) fn read(name: &str) -> Result<Self> {
        let path = path(env::var_os(FILE_VARIABLE), env::home_dir())?;
        let text = fs::read_to_string(&path).map_err(|cause| {
            failed(name, &path).because(cause).hint(format!("name another file in {FILE_VARIABLE}"))
        })?;
        parse(&text, name, &path)
    }
}

/// Where the profiles are.
fn path(named: Option<OsString>, home: Option<PathBuf>) -> Result<PathBuf> {
    let homeless = || {
        Error::new(Kind::Usage, "failed to find `~/.databrickscfg`")
            .because("there is no home directory")
            .hint(format!("name the file in {FILE_VARIABLE}"))
    };
    match named.filter(|named| !named.is_empty()).map(PathBuf::from) {
        None => Ok(home.ok_or_else(homeless)?.join(".databrickscfg")),
        Some(named) => match named.strip_prefix("~") {
            Ok(below) => Ok(home.ok_or_else(homeless)?.join(below)),
            Err(_) => Ok(named),
        },
    }
}

fn parse(text: &str, name: &str, path: &Path) -> Result<Profile> {
    let mut profiles = Ini::new_cs();
    // A value may hold any character.
    profiles.set_inline_comment_symbols(Some(&[]));
    // Why it cannot be read might quote a token.
    let unreadable = |_| failed(name, path).because("it is no INI file");
    profiles.read(text.to_owned()).map_err(unreadable)?;
    let mut names = profiles.sections();
    if !names.iter().any(|known| known == name) {
        names.sort_unstable();
        let known = match &names[..] {
            [] => "it has no profiles".to_owned(),
            names => format!("it has {}", names.join(", ")),
        };
        return Err(failed(name, path).because("there is no profile of that name").hint(known));
    }
    let value = |key: &str| profiles.get(name, key).filter(|value| !value.is_empty());
    let token = value("token").ok_or_else(|| {
        failed(name, path)
            .because(format!("there is no `token` in [{name}]"))
            .hint("the deck holds personal access tokens only; take --upstream-token-env for one elsewhere")
    })?;
    let host = value("host").map(|host| {
        let host = host.trim_end_matches('/');
        if host.contains("://") { host.to_owned() } else { format!("https://{host}") }
    });
    Ok(Profile { host, token })
}

/// An error about a profile that has no host, although that is the only one named.
pub(super) fn without_host(name: &str) -> Error {
    Error::new(Kind::Usage, format!("failed to find the workspace of profile `{name}`"))
        .because(format!("there is no `host` in [{name}]"))
        .hint("name it with --upstream")
}

fn failed(name: &str, path: &Path) -> Error {
    let doing = format!("failed to read profile `{name}` of `{}`", path.display());
    Error::new(Kind::Usage, doing)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
        ; made by hand\n\
        [DEFAULT]\n\
        host = https://adb-1.azuredatabricks.net/\n\
        token = dapi-default\n\
        \n\
        [dev]\n\
        host=adb-2.azuredatabricks.net\n\
        token  =  dapi#0;1=\n\
        [oauth]\n\
        host = https://adb-3.azuredatabricks.net\n\
        client_id = someone\n\
        [empty]\n\
        token =\n\
        [bare]\n\
        token = dapi-bare\n";

    #[track_caller]
    fn check(name: &str, expected: Result<(Option<&str>, &str), &str>) {
        let read = parse(FILE, name, Path::new("/home/me/.databrickscfg"));
        let read = read.as_ref().map(|read| (read.host.as_deref(), &*read.token));
        match (read, expected) {
            (Ok(read), Ok(expected)) => assert_eq!(read, expected),
            (Err(error), Err(expected)) => {
                let hint = error.next_step().unwrap_or_default();
                let said = format!("{error}; {hint}");
                assert!(said.contains(expected), "{said}");
                assert!(
                    said.contains("/home/me/.databrickscfg") && !said.contains("dapi"),
                    "{said}"
                );
            }
            (read, expected) => panic!("{read:?} is not {expected:?}"),
        }
    }

    #[test]
    fn a_profile_has_a_host_and_a_token() {
        check("DEFAULT", Ok((Some("https://adb-1.azuredatabricks.net"), "dapi-default")));
        check("dev", Ok((Some("https://adb-2.azuredatabricks.net"), "dapi#0;1=")));
        check("bare", Ok((None, "dapi-bare")));
    }

    #[test]
    fn what_is_missing_is_told() {
        check("oauth", Err("there is no `token` in [oauth]"));
        check("empty", Err("there is no `token` in [empty]"));
        check("DEV", Err("it has DEFAULT, bare, dev, empty, oauth"));
        let broken = parse("token = dapi-lost\n[x", "x", Path::new("f"));
        let said = broken.err().expect("no profile").to_string();
        assert!(!said.contains("dapi"), "{said}");
    }

    #[test]
    fn the_file_is_that_of_the_environment_or_in_the_home() {
        let at = |named: Option<&str>, home: Option<&str>| {
            path(named.map(OsString::from), home.map(PathBuf::from)).ok()
        };
        assert_eq!(at(None, Some("/home/me")), Some("/home/me/.databrickscfg".into()));
        assert_eq!(at(Some(""), Some("/home/me")), Some("/home/me/.databrickscfg".into()));
        assert_eq!(at(Some("/etc/cfg"), None), Some("/etc/cfg".into()));
        assert_eq!(at(Some("~/cfg"), Some("/home/me")), Some("/home/me/cfg".into()));
        assert_eq!(at(None, None), None);
    }
}
