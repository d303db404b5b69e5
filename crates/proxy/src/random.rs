//! Names that nobody can guess: tokens, ids and references.

/// How every visitor's token begins, and no owner's.
pub const TOKEN: &str = "ct_";

/// A visitor's token: [`TOKEN`] and 256 random bits.
pub fn token() -> String {
    format!("{TOKEN}{}", hex(&bytes::<32>()))
}

/// An id: the prefix, such as `c_`, and 128 random bits.
pub fn id(prefix: &str) -> String {
    format!("{prefix}{}", hex(&bytes::<16>()))
}

/// A reference to quote: `CR-` and eight characters of which none is mistaken for another.
pub fn reference() -> String {
    format!("CR-{}", eight_characters())
}

/// A code to type on another device: eight characters, 40 random bits, with a hyphen in the middle.
pub fn link_code() -> String {
    let code = eight_characters();
    format!("{}-{}", &code[..4], &code[4..])
}

fn eight_characters() -> String {
    const CHARACTERS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let characters = bytes::<8>().map(|byte| char::from(CHARACTERS[usize::from(byte) % CHARACTERS.len()]));
    characters.iter().collect()
}

/// An owner's token: `co_` and 256 random bits.
pub fn owner_token() -> String {
    format!("co_{}", hex(&bytes::<32>()))
}

/// A secret that stays with the proxies: 256 random bits.
pub fn secret() -> String {
    hex(&bytes::<32>())
}

/// Lower-case hexadecimal digits, two for each byte.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[expect(clippy::expect_used, reason = "without the system's random numbers no token may be issued at all")]
fn bytes<const COUNT: usize>() -> [u8; COUNT] {
    let mut bytes = [0; COUNT];
    getrandom::fill(&mut bytes).expect("the system gives random numbers");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_has_eight_characters_that_are_not_mistaken() {
        let reference = reference();
        let characters = reference.strip_prefix("CR-").unwrap();
        assert_eq!(characters.len(), 8);
        assert!(characters.chars().all(|c| c.is_ascii_alphanumeric() && !"01IO".contains(c)), "{reference}");
    }

    #[test]
    fn a_token_has_256_bits() {
        let token = token();
        assert_eq!(token.strip_prefix("ct_").map(str::len), Some(64));
        assert_ne!(token, super::token());
    }
}
