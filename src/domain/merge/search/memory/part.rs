//! A part of a table: keys with their numbers, in little more memory than they take.

/// What no value may be: it marks a place that is free.
const FREE: u32 = u32::MAX;
const FREE_PLACE: (u32, u32) = (u32::MAX, FREE);
/// Fewest places of a part that is not empty.
const MIN_PLACES: usize = 8;

/// Keys with their values in the order of the keys, with gaps between them (an ordered hash table by Amble and Knuth, 1974): a
/// key stands where it would stand if the keys were spread evenly, or in the next free place. Keys must be spread evenly, as hashes are. It grows
/// by a sixth when seven of eight places are taken, in one pass from its beginning to its end.
#[derive(Debug, Default)]
pub(in super::super) struct Part {
    places: Vec<(u32, u32)>,
    /// Places where keys are at home; behind them is the overflow of the last ones.
    homes: usize,
    used: usize,
}

impl Part {
    /// The value of a key.
    pub(super) fn get(&self, key: u32) -> Option<&u32> {
        let (known, value) = self.places.get(self.find(key))?;
        (*known == key && *value != FREE).then_some(value)
    }

    /// A word from where the key would stand if it were alone.
    pub(super) fn touch(&self, key: u32) -> u32 {
        self.places.get(self.home(key)).map_or(0, |(known, _)| *known)
    }

    /// The value of a key, to be changed.
    pub(super) fn get_mut(&mut self, key: u32) -> Option<&mut u32> {
        let at = self.find(key);
        let (known, value) = self.places.get_mut(at)?;
        (*known == key && *value != FREE).then_some(value)
    }

    /// The value of a key, to be changed; or the key is added with this value.
    pub(super) fn get_or_insert(&mut self, key: u32, value: u32) -> Option<&mut u32> {
        if self.used >= self.homes / 8 * 7 {
            self.spread(self.used);
        }
        let at = self.find(key);
        if self.places.get(at).is_some_and(|(known, value)| *known == key && *value != FREE) {
            return self.places.get_mut(at).map(|(_, value)| value);
        }
        let gap = self.places.iter().skip(at).position(|(_, value)| *value == FREE);
        let end = gap.map_or_else(|| self.push(FREE_PLACE), |gap| at + gap);
        self.places.copy_within(at..end, at + 1);
        if let Some(place) = self.places.get_mut(at) {
            *place = (key, value);
        }
        self.used += 1;
        None
    }

    /// Takes a key out.
    pub(super) fn remove(&mut self, key: u32) {
        let at = self.find(key);
        if self.places.get(at).is_none_or(|(known, value)| *known != key || *value == FREE) {
            return;
        }
        // What was displaced by it moves up.
        let behind = self.places.iter().enumerate().skip(at + 1);
        let moved = behind.take_while(|(at, (key, value))| *value != FREE && self.home(*key) < *at).count();
        self.places.copy_within(at + 1..=at + moved, at);
        if let Some(place) = self.places.get_mut(at + moved) {
            *place = FREE_PLACE;
        }
        self.used -= 1;
    }

    /// Adds many, and does with those whose key is known what is to be done with them. Leaves none waiting.
    pub(in super::super) fn add_all(&mut self, waiting: &mut Vec<(u32, u32)>, mut is_known: impl FnMut(&mut u32, u32)) {
        if waiting.is_empty() {
            return;
        }
        let keys = self.used + waiting.len();
        if keys > self.homes / 8 * 7 {
            self.spread(keys);
        }
        for (key, value) in waiting.drain(..) {
            if let Some(known) = self.get_or_insert(key, value) {
                is_known(known, value);
            }
        }
        // Fewer keys than entries need fewer places.
        if self.homes > homes_for(self.used) {
            self.spread(self.used);
        }
    }

    /// Heap bytes.
    pub(super) fn heap(&self) -> usize {
        self.places.capacity() * size_of::<(u32, u32)>()
    }

    /// Most places in a row that are taken.
    #[cfg(test)]
    pub(super) fn longest_run(&self) -> usize {
        self.places.split(|(_, value)| *value == FREE).map(<[_]>::len).max().unwrap_or_default()
    }

    /// Where the key would stand if it were alone.
    fn home(&self, key: u32) -> usize {
        let homes = u64::try_from(self.homes).unwrap_or_default();
        usize::try_from((u64::from(key) * homes) >> u32::BITS).unwrap_or_default()
    }

    /// Where the key stands, or is to be put. A free place ends the search: no key is greater than what stands there for one.
    fn find(&self, key: u32) -> usize {
        let home = self.home(key);
        home + self.places.iter().skip(home).take_while(|(known, _)| *known < key).count()
    }

    fn push(&mut self, entry: (u32, u32)) -> usize {
        if self.places.len() == self.places.capacity() {
            self.places.reserve_exact(MIN_PLACES.max(self.places.len() / 64));
        }
        self.places.push(entry);
        self.places.len() - 1
    }

    /// Gives all keys new places, with a capacity of `keys`.
    fn spread(&mut self, keys: usize) {
        let homes = homes_for(keys);
        let mut places = Vec::with_capacity(homes + MIN_PLACES);
        places.resize(homes, FREE_PLACE);
        let before = std::mem::replace(&mut self.places, places);
        self.homes = homes;
        let mut next = 0;
        for entry in before.into_iter().filter(|(_, value)| *value != FREE) {
            let at = self.home(entry.0).max(next);
            match self.places.get_mut(at) {
                Some(place) => *place = entry,
                None => _ = self.push(entry),
            }
            next = at + 1;
        }
    }
}

/// Places for a number of keys, three quarters full.
fn homes_for(keys: usize) -> usize {
    keys + keys / 3 + MIN_PLACES
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::merge::reading::mix;

    fn low(hash: u64) -> u32 {
        u32::try_from(hash & u64::from(u32::MAX)).unwrap()
    }

    /// Keys that crowd at the ends and in the middle, and some that are spread.
    fn key(dice: u64) -> u32 {
        let near = low(dice >> 8) % 40;
        match dice % 5 {
            0 => near,
            1 => u32::MAX - near,
            2 => (1 << 31) + near,
            _ => low(mix(dice >> 8)) % 500 * 8_000_000,
        }
    }

    /// It holds what a map holds, every key in its order, with no gap between its home and it.
    #[test]
    fn it_is_a_map() {
        let (mut table, mut map) = (Part::default(), BTreeMap::new());
        for step in 0..20_000_u32 {
            let dice = mix(u64::from(step));
            // Now it mostly grows, now it mostly shrinks.
            let (key, is_there) = (key(dice), (dice >> 50) % 8 < if step / 2_000 % 2 == 0 { 6 } else { 2 });
            if is_there {
                let known = table.get_or_insert(key, step);
                assert_eq!(known.as_deref(), map.get(&key));
                known.into_iter().for_each(|known| *known = step);
                map.insert(key, step);
            } else {
                table.remove(key);
                map.remove(&key);
            }
            let value = map.get(&key).copied();
            assert_eq!(table.get_mut(key).copied(), value);
            assert_eq!(table.get(key), map.get(&key));
            if step % 100 == 0 {
                let held: Vec<_> = table.places.iter().enumerate().filter(|(_, entry)| entry.1 != FREE).collect();
                assert!(held.iter().map(|(_, entry)| **entry).eq(map.iter().map(|(key, value)| (*key, *value))));
                assert_eq!(table.used, map.len());
                for (at, (key, _)) in held {
                    assert!(table.places[table.home(*key)..at].iter().all(|(_, value)| *value != FREE));
                }
            }
        }
    }

    #[test]
    fn it_takes_little_more_than_it_holds() {
        let mut table = Part::default();
        for number in 1..=200_000 {
            table.get_or_insert(low(mix(u64::from(number))), number);
            let most = 8 * usize::try_from(number).unwrap() * 137 / 100 + 200;
            assert!(table.heap() <= most, "{} of {most}", table.heap());
        }
    }
}
