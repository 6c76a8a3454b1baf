//! What the property tests of the readers try: anything, and good files with something wrong.

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::sample::Index;

/// One thing done to good bytes.
#[derive(Debug, Clone)]
enum Damage {
    Set(Index, u8),
    Cut(Index, Index),
    Repeat(Index, Index, usize),
    Insert(Index, Vec<u8>),
}

/// Arbitrary bytes, or `good` with up to a dozen bytes changed, pieces cut, doubled, or put in.
pub(super) fn mutations(good: &[u8]) -> impl Strategy<Value = Vec<u8>> + use<> {
    let damage = prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Damage::Set(at, byte)),
        (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Damage::Cut(from, to)),
        (any::<Index>(), any::<Index>(), 1..4_usize)
            .prop_map(|(from, to, times)| Damage::Repeat(from, to, times)),
        (any::<Index>(), vec(any::<u8>(), 0..40)).prop_map(|(at, bytes)| Damage::Insert(at, bytes)),
    ];
    let damaged = (Just(good.to_vec()), vec(damage, 0..12)).prop_map(|(good, damage)| {
        damage.into_iter().fold(good, |bytes, one| if bytes.is_empty() { bytes } else { apply(bytes, one) })
    });
    prop_oneof![1 => vec(any::<u8>(), 0..600), 3 => damaged]
}

fn apply(mut bytes: Vec<u8>, damage: Damage) -> Vec<u8> {
    let len = bytes.len();
    let ordered = |from: Index, to: Index| {
        let (from, to) = (from.index(len), to.index(len));
        from.min(to)..from.max(to)
    };
    match damage {
        Damage::Set(at, byte) => bytes[at.index(len)] = byte,
        Damage::Cut(from, to) => drop(bytes.drain(ordered(from, to))),
        Damage::Repeat(from, to, times) => {
            let range = ordered(from, to);
            let end = range.end;
            let piece = bytes[range].repeat(times);
            bytes.splice(end..end, piece);
        }
        Damage::Insert(at, piece) => drop(bytes.splice(at.index(len)..at.index(len), piece)),
    }
    bytes.truncate(200_000);
    bytes
}
