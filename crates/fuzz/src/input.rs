//! Inputs that get further than random bytes: a sample of what really comes, with random edits.

use bolero::TypeGenerator;

/// The longest start of a sample that is edited, so that inputs stay quick.
const SAMPLE_BYTES: usize = 4096;

/// What is random of an input.
#[derive(Clone, Debug, TypeGenerator)]
pub struct Input {
    /// Which sample.
    sample: u16,
    /// What is done to it, one after another.
    edits: Vec<Edit>,
    /// Where it is cut where it arrives in pieces.
    cuts: Vec<u16>,
    /// For whatever else a target chooses.
    pub choices: [u16; 8],
}

/// A change at a place.
#[derive(Clone, Debug, TypeGenerator)]
enum Edit {
    /// A byte comes in.
    Byte(u16, u8),
    /// A bit is another.
    Flip(u16, u8),
    /// One of the target's words comes in.
    Word(u16, u16),
    /// Bytes are left out.
    Remove(u16, u8),
    /// Bytes come twice or more often.
    Repeat(u16, u8, u8),
    /// A stretch of another sample comes in.
    Splice(u16, u16, u16, u8),
    /// It ends here.
    End(u16),
}

impl Input {
    /// The sample after the edits.
    pub fn bytes(&self, samples: &[Vec<u8>], words: &[&str]) -> Vec<u8> {
        let sample = |which: u16| {
            let sample = &samples[usize::from(which) % samples.len()];
            &sample[..sample.len().min(SAMPLE_BYTES)]
        };
        let mut bytes = sample(self.sample).to_vec();
        for edit in &self.edits {
            let place = |at: u16| usize::from(at) % (bytes.len() + 1);
            match *edit {
                Edit::Byte(at, byte) => bytes.insert(place(at), byte),
                Edit::Flip(at, bit) => {
                    let at = place(at);
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte ^= 1 << (bit % 8);
                    }
                }
                Edit::Word(at, which) => {
                    let (at, word) = (place(at), words[usize::from(which) % words.len()]);
                    bytes.splice(at..at, word.bytes());
                }
                Edit::Remove(at, count) => {
                    let at = place(at);
                    bytes.drain(at..bytes.len().min(at + usize::from(count)));
                }
                Edit::Repeat(at, count, times) => {
                    let at = place(at);
                    let stretch =
                        bytes[at..bytes.len().min(at + usize::from(count))].repeat(usize::from(times % 4));
                    bytes.splice(at..at, stretch);
                }
                Edit::Splice(at, which, from, count) => {
                    let (at, other) = (place(at), sample(which));
                    let from = usize::from(from) % (other.len() + 1);
                    let stretch = other[from..other.len().min(from + usize::from(count))].to_vec();
                    bytes.splice(at..at, stretch);
                }
                Edit::End(at) => bytes.truncate(place(at)),
            }
        }
        bytes
    }

    /// The same as a text.
    pub fn text(&self, samples: &[Vec<u8>], words: &[&str]) -> String {
        String::from_utf8_lossy(&self.bytes(samples, words)).into_owned()
    }

    /// The bytes in pieces.
    pub fn pieces<'a>(&self, bytes: &'a [u8]) -> Vec<&'a [u8]> {
        let mut cuts: Vec<usize> =
            self.cuts.iter().map(|cut| usize::from(*cut) % (bytes.len() + 1)).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect()
    }

    /// A text in pieces.
    pub fn pieces_of_text<'a>(&self, text: &'a str) -> Vec<&'a str> {
        let mut cuts: Vec<usize> = self.cuts.iter().map(|cut| usize::from(*cut) % (text.len() + 1)).collect();
        cuts.retain(|cut| text.is_char_boundary(*cut));
        cuts.extend([0, text.len()]);
        cuts.sort_unstable();
        cuts.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect()
    }
}
