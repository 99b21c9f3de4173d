//! Which fields are there: as wished, as far as what holds between them allows.

use crate::contract::Relation;

/// What is asked of one path of a structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// It is there.
    There,
    /// It is not.
    Absent,
    /// It is there or not, rather so.
    Rather(bool),
}

/// The paths whose being there or not matters to a relation.
pub(super) fn paths(relation: &Relation) -> Vec<&'static str> {
    match *relation {
        Relation::AtLeastOne(names) | Relation::AtMostOne(names) => names.to_vec(),
        Relation::Excludes(name, others) => [&[name], others].concat(),
        Relation::Needs(name, other) => vec![name, other],
        Relation::NotAbove(..) | Relation::Differ(..) | Relation::NotBothTrue(..) => Vec::new(),
    }
}

/// Which paths are there, so that every relation holds. The paths are settled in the order given, each
/// as it is wished if what is settled then can still be completed. None if nothing satisfies all.
pub(super) fn choose(
    relations: &[Relation],
    asked: &[(&'static str, Ask)],
    order: &[usize],
) -> Option<Vec<bool>> {
    let mut settled = vec![None; asked.len()];
    complete(relations, asked, order, &mut settled)
        .then(|| settled.into_iter().map(|there| there == Some(true)).collect())
}

fn complete(
    relations: &[Relation],
    asked: &[(&'static str, Ask)],
    order: &[usize],
    settled: &mut [Option<bool>],
) -> bool {
    let Some((&next, order)) = order.split_first() else { return true };
    let tries: &[bool] = match asked[next].1 {
        Ask::There => &[true],
        Ask::Absent => &[false],
        Ask::Rather(true) => &[true, false],
        Ask::Rather(false) => &[false, true],
    };
    for there in tries {
        settled[next] = Some(*there);
        let known = |path: &str| {
            asked.iter().position(|(name, _)| *name == path).and_then(|index| settled[index])
        };
        if relations.iter().all(|relation| can_hold(relation, known))
            && complete(relations, asked, order, settled)
        {
            return true;
        }
    }
    settled[next] = None;
    false
}

/// Whether a relation can hold, whatever becomes of the paths that are not settled.
fn can_hold(relation: &Relation, known: impl Fn(&str) -> Option<bool>) -> bool {
    let there = |path: &&&str| known(path) == Some(true);
    match *relation {
        Relation::AtLeastOne(names) => names.iter().any(|name| known(name) != Some(false)),
        Relation::AtMostOne(names) => names.iter().filter(there).count() <= 1,
        Relation::Excludes(name, others) => {
            known(name) != Some(true) || others.iter().filter(there).count() == 0
        }
        Relation::Needs(name, other) => known(name) != Some(true) || known(other) != Some(false),
        Relation::NotAbove(..) | Relation::Differ(..) | Relation::NotBothTrue(..) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::{
        Ask::{Absent, Rather, There},
        *,
    };

    const RELATIONS: [Relation; 4] = [
        Relation::AtLeastOne(&["old", "new"]),
        Relation::AtMostOne(&["old", "new"]),
        Relation::Excludes("task", &["old", "extra"]),
        Relation::Needs("tail", "new"),
    ];
    const PATHS: [&str; 5] = ["old", "new", "task", "extra", "tail"];

    #[track_caller]
    fn check(asked: [Ask; 5], order: [usize; 5], expected: Option<&[&str]>) {
        let asked: Vec<_> = PATHS.into_iter().zip(asked).collect();
        let chosen = choose(&RELATIONS, &asked, &order).map(|chosen| {
            PATHS
                .into_iter()
                .zip(chosen)
                .filter(|(_, there)| *there)
                .map(|(path, _)| path)
                .collect()
        });
        assert_eq!(chosen, expected.map(<[&str]>::to_vec));
    }

    #[test]
    fn wishes_come_true_in_order_as_far_as_they_can() {
        check([Rather(true); 5], [0, 1, 2, 3, 4], Some(&["old", "extra"]));
        check([Rather(true); 5], [2, 0, 3, 1, 4], Some(&["new", "task", "tail"]));
        check([Rather(false); 5], [0, 1, 2, 3, 4], Some(&["new"]));
        check([Rather(false); 5], [1, 0, 2, 3, 4], Some(&["old"]));
    }

    #[test]
    fn what_is_asked_goes_before_wishes_that_come_earlier() {
        let rather = Rather(true);
        check(
            [rather, rather, rather, rather, There],
            [0, 1, 2, 3, 4],
            Some(&["new", "task", "tail"]),
        );
        check([There, rather, There, rather, rather], [0, 1, 2, 3, 4], None);
        check([Absent, Absent, rather, rather, rather], [0, 1, 2, 3, 4], None);
    }
}
