//! Few files: what several doors share is often some bytes long, and each file costs a request and its own overhead. A small
//! shared chunk travels inside the file of each door that needs it, as a custom section, which browsers skip.

use std::collections::BTreeMap;

use wasm_encoder::{CustomSection, Encode, Section};

/// The size up to which a shared chunk travels inside the doors' files, in bytes before compression. A visitor who opens two
/// doors fetches it twice, for less than a request costs.
const PACKED_BYTES: usize = 8_192;

/// What opening a door fetches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Door {
    /// The files, the door's own last.
    pub files: Vec<String>,
    /// The chunks inside the door's own file.
    pub packed: Vec<String>,
}

/// Puts small shared chunks into the files of the doors that need them. `doors` names the chunks of each, its own included.
pub fn pack(
    mut chunks: BTreeMap<String, Vec<u8>>,
    doors: &BTreeMap<String, Vec<String>>,
) -> (BTreeMap<String, Vec<u8>>, BTreeMap<String, Door>) {
    let is_small = |name: &String, chunk: &Vec<u8>| !doors.contains_key(name) && chunk.len() <= PACKED_BYTES;
    let small: BTreeMap<String, Vec<u8>> =
        chunks.extract_if(.., |name, chunk| is_small(name, chunk)).collect();
    let packed_doors = doors
        .iter()
        .map(|(door, names)| {
            let (packed, mut files): (Vec<String>, Vec<String>) =
                names.iter().filter(|name| *name != door).cloned().partition(|name| small.contains_key(name));
            if let Some(own) = chunks.get_mut(door) {
                for name in &packed {
                    append(own, name, &small[name]);
                }
            }
            files.push(door.clone());
            (door.clone(), Door { files, packed })
        })
        .collect();
    (chunks, packed_doors)
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

    fn chunks() -> BTreeMap<String, Vec<u8>> {
        [
            ("history", EMPTY_MODULE.to_vec()),
            ("local", EMPTY_MODULE.to_vec()),
            ("shared-1", b"few bytes".to_vec()),
            ("shared-2", vec![7; PACKED_BYTES + 1]),
            ("shared-3", vec![3; PACKED_BYTES]),
        ]
        .map(|(name, chunk)| (name.to_owned(), chunk))
        .into()
    }

    fn doors() -> BTreeMap<String, Vec<String>> {
        [
            ("history", vec!["shared-1", "shared-2", "history"]),
            ("local", vec!["shared-1", "shared-3", "local"]),
        ]
        .map(|(door, names)| (door.to_owned(), names.into_iter().map(str::to_owned).collect()))
        .into()
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
    fn small_shared_chunks_travel_inside_each_door_that_needs_them() {
        let (files, doors) = pack(chunks(), &doors());
        assert_eq!(files.keys().collect::<Vec<_>>(), ["history", "local", "shared-2"]);
        assert_eq!(sections(&files["history"]), [("shared-1".to_owned(), b"few bytes".to_vec())]);
        let names: Vec<_> = sections(&files["local"]).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["shared-1", "shared-3"]);
        assert_eq!(doors["local"].packed, ["shared-1", "shared-3"]);
        assert_eq!(doors["local"].files, ["local"]);
    }

    #[test]
    fn large_shared_chunks_and_the_doors_own_keep_their_files() {
        let (files, doors) = pack(chunks(), &doors());
        assert_eq!(files["shared-2"].len(), PACKED_BYTES + 1);
        assert_eq!(doors["history"].files, ["shared-2", "history"]);
        assert_eq!(doors["history"].packed, ["shared-1"]);
    }
}
