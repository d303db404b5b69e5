//! Few files: what several doors share is often some bytes long, and each file costs a request and its own overhead. Such a
//! chunk travels inside a door's file, as a custom section, which browsers skip.

use std::collections::BTreeMap;

use wasm_encoder::{CustomSection, Encode, Section};

/// What is small, in bytes before compression: fetching it twice, or without need, costs less than a request.
const SMALL_BYTES: usize = 8_192;

/// What opening a door fetches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Door {
    /// The files, the door's own last.
    pub files: Vec<String>,
    /// The chunks inside these files that the door needs, by the file.
    pub packed: BTreeMap<String, Vec<String>>,
}

/// Puts shared chunks into the files of doors. `doors` names the chunks of each, its own included.
///
/// A small chunk goes into the file of each door that needs it. A large one that two doors need goes into the file of the
/// one that is small beside it, which the other then fetches too.
pub fn pack(
    chunks: BTreeMap<String, Vec<u8>>,
    doors: &BTreeMap<String, Vec<String>>,
) -> (BTreeMap<String, Vec<u8>>, BTreeMap<String, Door>) {
    let is_small = |chunk: &[u8]| chunk.len() <= SMALL_BYTES;
    let small_doors: Vec<&String> =
        doors.keys().filter(|door| chunks.get(*door).is_some_and(|own| is_small(own))).collect();
    let host_of_large = |name: &String| {
        let needed_by: Vec<_> = doors.iter().filter(|(_, names)| names.contains(name)).collect();
        match needed_by[..] {
            [(one, _), (other, _)] => [one, other].into_iter().find(|door| small_doors.contains(door)),
            _ => None,
        }
    };
    let (mut files, shared): (BTreeMap<_, _>, BTreeMap<_, _>) =
        chunks.into_iter().partition(|(name, _)| doors.contains_key(name));
    let packed_doors = doors
        .iter()
        .map(|(door, names)| {
            let mut packed = Door::default();
            for (name, chunk) in names.iter().filter_map(|name| Some((name, shared.get(name)?))) {
                let host = if is_small(chunk) { Some(door) } else { host_of_large(name) };
                match host {
                    Some(host) => packed.packed.entry(host.clone()).or_default().push(name.clone()),
                    None => packed.files.push(name.clone()),
                }
            }
            packed.files.extend(packed.packed.keys().filter(|host| *host != door).cloned());
            packed.files.push(door.clone());
            (door.clone(), packed)
        })
        .collect::<BTreeMap<String, Door>>();
    for (door, packed) in &packed_doors {
        for name in packed.packed.get(door).into_iter().flatten() {
            if let Some(own) = files.get_mut(door) {
                append(own, name, &shared[name]);
            }
        }
        for name in packed.files.iter().filter(|name| shared.contains_key(*name)) {
            files.entry(name.clone()).or_insert_with(|| shared[name].clone());
        }
    }
    (files, packed_doors)
}

/// Appends a custom section to a module.
fn append(module: &mut Vec<u8>, name: &str, data: &[u8]) {
    let section = CustomSection { name: name.into(), data: data.into() };
    module.push(section.id());
    section.encode(module);
}

#[cfg(test)]
mod tests {
    use wasmparser::{Parser, Payload};

    use super::*;

    const EMPTY_MODULE: &[u8] = &[0, 97, 115, 109, 1, 0, 0, 0];

    /// `history` is small and `local` is not. Chunk 1 is small, and needed by both; the others are large: 2 is needed by
    /// both, 3 by `local` alone, and 4 by three doors.
    fn packed() -> (BTreeMap<String, Vec<u8>>, BTreeMap<String, Door>) {
        let large = |byte| vec![byte; SMALL_BYTES + 1];
        let mut local = EMPTY_MODULE.to_vec();
        append(&mut local, "own", &large(0));
        let chunks = [
            ("history", EMPTY_MODULE.to_vec()),
            ("local", local),
            ("reader", EMPTY_MODULE.to_vec()),
            ("shared-1", vec![1; SMALL_BYTES]),
            ("shared-2", large(2)),
            ("shared-3", large(3)),
            ("shared-4", large(4)),
        ];
        let doors = [
            ("history", vec!["shared-1", "shared-2", "shared-4", "history"]),
            ("local", vec!["shared-1", "shared-2", "shared-3", "shared-4", "local"]),
            ("reader", vec!["shared-4", "reader"]),
        ];
        pack(
            chunks.map(|(name, chunk)| (name.to_owned(), chunk)).into(),
            &doors
                .map(|(door, names)| (door.to_owned(), names.into_iter().map(str::to_owned).collect()))
                .into(),
        )
    }

    /// The names of the chunks inside a file.
    fn inside(file: &[u8]) -> Vec<String> {
        sections(file).into_iter().map(|(name, _)| name).filter(|name| name != "own").collect()
    }

    fn sections(module: &[u8]) -> Vec<(String, Vec<u8>)> {
        Parser::new(0)
            .parse_all(module)
            .filter_map(|payload| match payload.unwrap() {
                Payload::CustomSection(section) => Some((section.name().to_owned(), section.data().to_vec())),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn a_small_shared_chunk_travels_inside_each_door_that_needs_it() {
        let (files, doors) = packed();
        assert!(sections(&files["history"]).contains(&("shared-1".to_owned(), vec![1; SMALL_BYTES])));
        assert_eq!(inside(&files["local"]), ["shared-1"]);
        assert_eq!(doors["local"].packed["local"], ["shared-1"]);
        assert!(!files.contains_key("shared-1"));
    }

    #[test]
    fn a_large_chunk_of_two_doors_travels_inside_the_small_one() {
        let (files, doors) = packed();
        assert_eq!(inside(&files["history"]), ["shared-1", "shared-2"]);
        assert_eq!(doors["history"].packed["history"], ["shared-1", "shared-2"]);
        assert_eq!(doors["local"].packed["history"], ["shared-2"]);
        assert!(!files.contains_key("shared-2"));
    }

    #[test]
    fn other_large_chunks_keep_their_files_and_a_doors_own_comes_last() {
        let (files, doors) = packed();
        assert_eq!(files.keys().collect::<Vec<_>>(), ["history", "local", "reader", "shared-3", "shared-4"]);
        assert_eq!(doors["history"].files, ["shared-4", "history"]);
        assert_eq!(doors["local"].files, ["shared-3", "shared-4", "history", "local"]);
        assert_eq!(
            doors["reader"],
            Door { files: vec!["shared-4".into(), "reader".into()], ..Door::default() }
        );
    }
}
