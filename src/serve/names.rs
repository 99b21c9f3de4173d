//! Finding something by its name, and the names that come near to one that is none.

use crate::error::{Error, Kind, Result};

/// How many near names are told.
const NEAR_MAX: usize = 3;

/// The thing of this name, or an error that tells the names that come near, or else where all of them are.
pub(super) fn find<T: Clone>(
    what: &str,
    name: &str,
    all: &[(String, T)],
    elsewhere: &str,
) -> Result<T> {
    if let Some((_, found)) = all.iter().find(|(own, _)| own == name) {
        return Ok(found.clone());
    }
    let mut near: Vec<_> = all
        .iter()
        .map(|(own, _)| (distance(name, own), own))
        // A third of the letters may be wrong, or an ending be missing.
        .filter(|(away, own)| away * 3 <= name.len() || own.starts_with(name))
        .collect();
    near.sort();
    let near: Vec<_> = near.iter().take(NEAR_MAX).map(|(_, own)| format!("`{own}`")).collect();
    let hint = match &near[..] {
        [] => elsewhere.to_owned(),
        near => format!("did you mean {}? {elsewhere}", near.join(" or ")),
    };
    Err(Error::new(Kind::Usage, format!("failed to find the {what} `{name}`"))
        .because("there is none of that name")
        .hint(hint))
}

/// How many letters have to be put in, taken out or changed to make one text of the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, letter) in one.chars().enumerate() {
        let mut before = row[0];
        row[0] = line + 1;
        for (at, theirs) in other.iter().enumerate() {
            let changed = before + usize::from(letter != *theirs);
            before = row[at + 1];
            row[at + 1] = changed.min(before + 1).min(row[at] + 1);
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_counted_in_letters() {
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("token-cut", "token-cut"), 0);
        assert_eq!(distance("tokn-cüt", "token-cut"), 2);
    }

    #[test]
    fn who_comes_near_is_told_the_name() {
        let all = ["has-more-always", "has-more-never", "token-cut"].map(|n| (n.to_owned(), n));
        assert_eq!(find("fault", "token-cut", &all, "elsewhere").unwrap(), "token-cut");
        let hint = |name| find("fault", name, &all, "elsewhere").unwrap_err();
        assert_eq!(hint("tokencut").next_step(), Some("did you mean `token-cut`? elsewhere"));
        let both = "did you mean `has-more-never` or `has-more-always`? elsewhere";
        assert_eq!(hint("has-more").next_step(), Some(both));
        assert_eq!(hint("nothing").next_step(), Some("elsewhere"));
    }
}
