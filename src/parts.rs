//! Work on the items of a long list, side by side.

use std::{num::NonZero, thread};

/// The shortest list that is worth a thread.
const ITEMS_MIN: usize = 500;
/// More processors than these would wait for memory.
const PARTS_MAX: usize = 4;

/// What becomes of each item, in order. A long list is cut into parts, one for each processor; `part` gives one
/// result for each item of its part.
pub(crate) fn side_by_side<T: Sync, R: Send>(
    items: &[T],
    part: impl Fn(&[T]) -> Vec<R> + Sync,
) -> Vec<R> {
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    let parts = processors.min(PARTS_MAX).min(items.len() / ITEMS_MIN);
    if parts < 2 {
        return part(items);
    }
    let (first, others) = items.split_at(items.len().div_ceil(parts));
    thread::scope(|scope| {
        let part = &part;
        let others: Vec<_> =
            others.chunks(first.len()).map(|items| scope.spawn(move || part(items))).collect();
        let mut results = part(first);
        results.reserve_exact(items.len() - first.len());
        for other in others {
            match other.join() {
                Ok(part) => results.extend(part),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        results
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_stand_in_the_order_of_the_items() {
        for count in [0, 1, ITEMS_MIN, 2 * ITEMS_MIN, 2 * ITEMS_MIN + 1, 9 * ITEMS_MIN + 7] {
            let items: Vec<usize> = (0..count).collect();
            let doubled = side_by_side(&items, |part| part.iter().map(|item| 2 * item).collect());
            assert_eq!(doubled, items.iter().map(|item| 2 * item).collect::<Vec<_>>());
        }
    }
}
