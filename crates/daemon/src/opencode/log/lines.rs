//! Cuts what is read into lines, whatever the pieces it comes in. Never holds more of a line than can matter.

use memchr::{memchr, memchr_iter};

/// How much of an unfinished line is held before anybody knows whether it matters.
const UNSEEN_LIMIT: usize = 4 * 1024;
/// The longest line that is held; older releases log the whole conversation with each error.
const LINE_LIMIT: usize = 16 * 1024 * 1024;
/// What stays allocated between two long lines.
const KEPT: usize = 64 * 1024;

/// What is done with lines.
pub(super) trait LineReader {
    /// Whether a line may matter, as far as its beginning tells. One that can't isn't held.
    fn may_matter(&self, beginning: &[u8]) -> bool;
    /// A whole line without its end; of a line that doesn't matter perhaps the beginning only.
    fn line(&mut self, line: &[u8]);
    /// A line that may have mattered was too long.
    fn too_long(&mut self);
}

/// The unfinished line between two pieces.
#[derive(Debug, Default)]
pub(super) struct Lines {
    begun: Vec<u8>,
    state: State,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Unseen,
    Wanted,
    /// Its beginning was enough.
    Unwanted,
    TooLong,
}

impl Lines {
    /// Cuts a piece into lines and keeps the rest.
    pub(super) fn feed(&mut self, piece: &[u8], reader: &mut impl LineReader) {
        let mut start = 0;
        if !self.is_empty() {
            let end = memchr(b'\n', piece);
            self.hold(&piece[..end.unwrap_or(piece.len())], reader);
            let Some(end) = end else { return };
            self.finish(reader);
            start = end + 1;
        }
        let rest = &piece[start..];
        let mut start = 0;
        for end in memchr_iter(b'\n', rest) {
            whole(&rest[start..end], reader);
            start = end + 1;
        }
        self.hold(&rest[start..], reader);
    }

    /// Ends the last line where nothing more will come.
    pub(super) fn end(&mut self, reader: &mut impl LineReader) {
        if !self.is_empty() {
            self.finish(reader);
        }
    }

    fn is_empty(&self) -> bool {
        self.begun.is_empty() && self.state == State::Unseen
    }

    fn hold(&mut self, bytes: &[u8], reader: &impl LineReader) {
        let mut bytes = bytes;
        if self.state == State::Unseen {
            let (head, rest) = bytes.split_at(bytes.len().min(UNSEEN_LIMIT - self.begun.len()));
            self.begun.extend_from_slice(head);
            bytes = rest;
            if self.begun.len() == UNSEEN_LIMIT {
                self.state = if reader.may_matter(&self.begun) { State::Wanted } else { State::Unwanted };
            }
        }
        if self.state == State::Wanted {
            if self.begun.len() + bytes.len() > LINE_LIMIT {
                self.begun.clear();
                self.state = State::TooLong;
            } else {
                self.begun.extend_from_slice(bytes);
            }
        }
    }

    fn finish(&mut self, reader: &mut impl LineReader) {
        match self.state {
            State::Unseen | State::Wanted | State::Unwanted => reader.line(without_return(&self.begun)),
            State::TooLong => reader.too_long(),
        }
        self.begun.clear();
        self.begun.shrink_to(KEPT);
        self.state = State::Unseen;
    }
}

fn whole(line: &[u8], reader: &mut impl LineReader) {
    if line.len() > LINE_LIMIT && reader.may_matter(line) {
        reader.too_long();
    } else {
        reader.line(without_return(line));
    }
}

fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq)]
    struct Seen {
        lines: Vec<Vec<u8>>,
        too_long: usize,
    }

    impl LineReader for Seen {
        fn may_matter(&self, beginning: &[u8]) -> bool {
            beginning.starts_with(b"!")
        }

        fn line(&mut self, line: &[u8]) {
            self.lines.push(line.to_vec());
        }

        fn too_long(&mut self) {
            self.too_long += 1;
        }
    }

    fn cut(text: &[u8], piece: usize) -> Seen {
        let (mut lines, mut seen) = (Lines::default(), Seen::default());
        text.chunks(piece).for_each(|piece| lines.feed(piece, &mut seen));
        lines.end(&mut seen);
        seen
    }

    #[test]
    fn lines_are_the_same_whatever_the_pieces() {
        let text = b"one\ntwo\r\n\n\nlast";
        let expected: [&[u8]; 5] = [b"one", b"two", b"", b"", b"last"];
        for piece in 1..=text.len() {
            assert_eq!(cut(text, piece).lines, expected, "{piece}");
        }
    }

    #[test]
    fn of_a_long_line_only_what_can_matter_is_held() {
        let long = "x".repeat(3 * UNSEEN_LIMIT);
        let seen = cut(format!("!{long}\n-{long}\n!\n").as_bytes(), 1000);
        let lengths: Vec<_> = seen.lines.iter().map(Vec::len).collect();
        assert_eq!(lengths, [long.len() + 1, UNSEEN_LIMIT, 1]);
    }

    #[test]
    fn a_line_beyond_all_measure_is_passed_over() {
        let text = format!("!{}\n!next\n", "x".repeat(LINE_LIMIT));
        let expected = Seen { lines: vec![b"!next".to_vec()], too_long: 1 };
        assert_eq!(cut(text.as_bytes(), 256 * 1024), expected);
        assert_eq!(cut(text.as_bytes(), text.len()), expected);
    }
}
