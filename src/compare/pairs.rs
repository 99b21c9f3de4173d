//! The best pairing of two sequences that keeps their order.

/// How many comparisons are spent on one pairing at most.
const COST_MAX: usize = 4_000_000;

/// Pairs the places of two sequences so that the likeness of the pairs is the greatest in all and no two
/// pairs cross. A likeness of 0 is no pair. Ends that are wholly alike are paired at once; what is still too
/// long then is paired place by place.
pub(super) fn best(
    left: usize,
    right: usize,
    likeness: impl Fn(usize, usize) -> u32,
) -> Vec<(usize, usize)> {
    let mut start = 0;
    while start < left.min(right) && likeness(start, start) == super::subject::ALIKE {
        start += 1;
    }
    let mut end = 0;
    while end < left.min(right) - start
        && likeness(left - 1 - end, right - 1 - end) == super::subject::ALIKE
    {
        end += 1;
    }
    let (rows, columns) = (left - start - end, right - start - end);
    let mut pairs: Vec<_> = (0..start).map(|at| (at, at)).collect();
    if rows.saturating_mul(columns) > COST_MAX {
        let like = |at: &usize| likeness(start + at, start + at) > 0;
        pairs.extend((0..rows.min(columns)).filter(like).map(|at| (start + at, start + at)));
    } else {
        pairs.extend(
            table(rows, columns, |row, column| likeness(start + row, start + column))
                .into_iter()
                .map(|(row, column)| (start + row, start + column)),
        );
    }
    pairs.extend((0..end).rev().map(|at| (left - 1 - at, right - 1 - at)));
    pairs
}

fn table(
    rows: usize,
    columns: usize,
    likeness: impl Fn(usize, usize) -> u32,
) -> Vec<(usize, usize)> {
    let width = columns + 1;
    // The greatest likeness of what is left from a row and a column on.
    let mut best = vec![0_u32; (rows + 1) * width];
    let mut own = vec![0_u32; rows * columns];
    for row in (0..rows).rev() {
        for column in (0..columns).rev() {
            let like = likeness(row, column);
            own[row * columns + column] = like;
            let paired = if like > 0 { like + best[(row + 1) * width + column + 1] } else { 0 };
            let skipped = best[(row + 1) * width + column].max(best[row * width + column + 1]);
            best[row * width + column] = paired.max(skipped);
        }
    }
    let (mut row, mut column, mut pairs) = (0, 0, Vec::new());
    while row < rows && column < columns {
        let here = best[row * width + column];
        let like = own[row * columns + column];
        if like > 0 && like + best[(row + 1) * width + column + 1] == here {
            pairs.push((row, column));
            row += 1;
            column += 1;
        } else if best[(row + 1) * width + column] == here {
            row += 1;
        } else {
            column += 1;
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::best;
    use crate::compare::subject::ALIKE;

    #[track_caller]
    fn check(left: &str, right: &str, expected: &[(usize, usize)]) {
        let (one, other) = (left.as_bytes(), right.as_bytes());
        let found = best(one.len(), other.len(), |a, b| {
            if one[a] == other[b] {
                ALIKE
            } else {
                u32::from(one[a].eq_ignore_ascii_case(&other[b]))
            }
        });
        assert_eq!(found, expected, "{left} {right}");
    }

    #[test]
    fn pairs_keep_the_order_and_are_the_likest() {
        check("abc", "abc", &[(0, 0), (1, 1), (2, 2)]);
        check("abc", "ac", &[(0, 0), (2, 1)]);
        check("ac", "abc", &[(0, 0), (1, 2)]);
        check("aAb", "ab", &[(0, 0), (2, 1)]);
        check("ab", "ba", &[(1, 0)]);
        check("aB", "Ab", &[(0, 0), (1, 1)]);
        check("", "a", &[]);
        check("aa", "aaaa", &[(0, 0), (1, 1)]);
    }

    #[test]
    fn what_is_very_long_is_paired_in_time() {
        let pairs = best(100_000, 90_000, |a, b| u32::from(a % 7 == b % 7));
        assert_eq!(pairs.len(), 90_000);
    }
}
