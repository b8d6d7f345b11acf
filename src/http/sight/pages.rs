//! Pages of lists, of which their caller may not know all.

use super::Sight;
use crate::http::documents;
use crate::store::{Listed, Page, Store, StoreError};

/// Most pages that are read for one: beyond them a page is shorter than it was asked for.
const MAX_LOOKS: usize = 40;

/// A page of a listing with what of it its caller may know of. What it may not know of takes no place in the page and leaves no gap, so that
/// neither its length nor its `next` tells of it. `read` gives rows, `see` takes away those that are hidden.
pub(in crate::http) fn page<T>(
    store: &mut dyn Store,
    Page { mut after, limit }: Page,
    read: impl Fn(&mut dyn Store, Page) -> Result<Vec<T>, StoreError>,
    number: impl Fn(&T) -> i64,
    see: impl Fn(&mut dyn Store, Vec<T>) -> Result<Vec<T>, StoreError>,
) -> Result<(Vec<T>, Option<String>), StoreError> {
    let (mut seen, mut most) = (Vec::new(), limit + 1);
    for _ in 0..MAX_LOOKS {
        let rows = read(store, Page { after, limit: most })?;
        let is_last = rows.len() < most;
        after = rows.last().map(&number);
        seen.extend(see(store, rows)?);
        if is_last || seen.len() > limit {
            let next = documents::next(&mut seen, limit, number);
            return Ok((seen, next));
        }
        most = most.max(Page::MAX);
    }
    Ok((seen, after.map(|after| after.to_string())))
}

/// A page as [`page`] gives it, of a list whose rows tell of tickets: for who may not know of everything the store says which rows to read,
/// so that a page costs what it shows, and they are looked at once more.
pub(in crate::http) fn listed<T>(
    store: &mut dyn Store,
    (sight, list): (&Sight, &Listed<'_>),
    part: Page,
    read: impl Fn(&mut dyn Store, Page) -> Result<Vec<T>, StoreError>,
    number: impl Fn(&T) -> i64,
    see: impl Fn(&mut dyn Store, Vec<T>) -> Result<Vec<T>, StoreError>,
) -> Result<(Vec<T>, Option<String>), StoreError> {
    if sight.sees_all() {
        return page(store, part, read, number, see);
    }
    let just_it = |place| Page { after: Some(list.just_before(place)), limit: 1 };
    let one =
        |store: &mut dyn Store, place| Ok(read(store, just_it(place))?.into_iter().find(|row| number(row) == place));
    picked(store, (sight, list), part, one, see)
}

/// A page of a list for who may not know of everything, by the numbers that the store gives; `one` reads the row with a number.
pub(in crate::http) fn picked<T>(
    store: &mut dyn Store,
    (sight, list): (&Sight, &Listed<'_>),
    part: Page,
    one: impl Fn(&mut dyn Store, i64) -> Result<Option<T>, StoreError>,
    see: impl Fn(&mut dyn Store, Vec<T>) -> Result<Vec<T>, StoreError>,
) -> Result<(Vec<T>, Option<String>), StoreError> {
    let found = store.within(list, &sight.reach, part)?;
    let mut rows = Vec::with_capacity(found.numbers.len());
    for place in found.numbers {
        // One that is damaged does not hold up the others, as in the whole list.
        match one(store, place) {
            Err(error) if error.is_damage() => {}
            found => rows.extend(found?),
        }
    }
    Ok((see(store, rows)?, found.next.map(|next| next.to_string())))
}
