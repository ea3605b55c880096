//! Reads logs of real releases and compares what the engine would be told with a table written by thought. Not part of
//! the program.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read};
use std::path::PathBuf;

use engine::{Input, LimitCause, LimitHit, ProviderId, Reach, SessionId, Timestamp};
use proptest::prelude::*;

use super::log::read_whole;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/opencode-logs")
}

/// A cell of the table.
struct Expected {
    file: String,
    provider: ProviderId,
    inputs: Vec<String>,
}

fn table() -> Vec<Expected> {
    let text = fs::read_to_string(folder().join("expected.txt")).unwrap();
    let mut rows = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let releases: Vec<_> = rows.next().unwrap().split('|').skip(1).map(str::trim).collect();
    let mut table = Vec::new();
    for row in rows {
        let (name, cells) = row.split_once('|').unwrap();
        let [kind, provider] = name.split_whitespace().collect::<Vec<_>>()[..] else { panic!("{row}") };
        let cells: Vec<_> = cells.split('|').collect();
        assert_eq!(cells.len(), releases.len(), "{row}");
        for (release, cell) in releases.iter().zip(cells) {
            let file = format!("{release}/{kind}.log");
            table.push(Expected {
                file,
                provider: provider.into(),
                inputs: cell.split_whitespace().flat_map(repeated).collect(),
            });
        }
    }
    table
}

/// `2*try+usage` is `try usage try usage`.
fn repeated(token: &str) -> Vec<String> {
    match token.split_once('*') {
        Some((times, group)) => {
            let group: Vec<_> = group.split('+').map(str::to_owned).collect();
            let length = group.len() * times.parse::<usize>().unwrap();
            group.into_iter().cycle().take(length).collect()
        }
        None => vec![token.to_owned()],
    }
}

fn read(source: impl Read) -> Vec<Input> {
    let mut inputs = Vec::new();
    read_whole(source, &mut |input| inputs.push(input)).unwrap();
    inputs
}

/// An input in the table's words, and what else it says: session, provider, model.
fn in_words(input: &Input) -> (String, Option<&SessionId>, Option<&ProviderId>, bool) {
    match input {
        Input::AttemptStarted { session, provider, .. } => ("try".to_owned(), Some(session), Some(provider), true),
        Input::LimitHit(LimitHit { session, provider, model, at, until, cause, reach }) => {
            let cause = match cause {
                LimitCause::UsageLimit => "usage",
                LimitCause::Billing => "billing",
                LimitCause::LongWait => "wait",
                LimitCause::Reading => "reading",
                LimitCause::Failing => "failing",
            };
            let until = match until {
                Some(until) if *until == Timestamp::from_secs(1_900_000_000) => "@1900000000".to_owned(),
                Some(until) => format!("+{}", until.since(*at).as_secs()),
                None => String::new(),
            };
            let reach = match reach {
                Reach::Account => "",
                Reach::Model => "-of-model",
                Reach::Provider => "-of-provider",
            };
            (format!("{cause}{reach}{until}"), session.as_ref(), Some(provider), model.is_some())
        }
        Input::LoginRejected { session, provider, .. } => ("login".to_owned(), session.as_ref(), Some(provider), true),
        Input::RequestAnswered { session, provider, .. } => ("answer".to_owned(), Some(session), Some(provider), true),
        Input::RequestFailed(failure) => {
            let trouble = format!("{:?}", failure.trouble).to_lowercase();
            (trouble, failure.session.as_ref(), Some(&failure.provider), failure.model.is_some())
        }
        Input::SessionIdle(session) => ("idle".to_owned(), Some(session), None, true),
        Input::PolicyRead(_)
        | Input::AccountKnown(_)
        | Input::LoginSaved(_)
        | Input::LoginRenewed(_)
        | Input::AccountRemoved(_)
        | Input::ActiveSeen { .. }
        | Input::SessionStuck(_)
        | Input::SessionMoved { .. }
        | Input::SessionResumed { .. }
        | Input::UsageRead { .. }
        | Input::TokenRefreshed { .. }
        | Input::SwitchFinished { .. }
        | Input::Asked { .. }
        | Input::PollKept { .. }
        | Input::SamplesKept { .. }
        | Input::AlertKept { .. }
        | Input::RequestRefused(_)
        | Input::RequestRepeated { .. }
        | Input::PollingBegins
        | Input::TimePassed => panic!("a log says no such thing: {input:?}"),
    }
}

#[test]
fn every_log_says_what_the_table_says() {
    let mut wrong = Vec::new();
    for Expected { file, provider, inputs } in table() {
        let read = read(fs::File::open(folder().join(&file)).unwrap());
        let sessions: BTreeSet<_> = read.iter().map(|input| in_words(input).1.expect("a session")).collect();
        assert_eq!(sessions.len(), 1, "{file}");
        for input in &read {
            let (_, _, named, has_model) = in_words(input);
            assert!(named.is_none_or(|named| *named == provider) && has_model, "{file}: {input:?}");
        }
        let read: Vec<_> = read.iter().map(|input| in_words(input).0).collect();
        if read != inputs {
            wrong.push(format!("{file}\n    expected {}\n    read     {}", inputs.join(" "), read.join(" ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_log_is_in_the_table() {
    let expected: BTreeSet<_> = table().into_iter().map(|expected| expected.file).collect();
    let mut found = BTreeSet::new();
    for release in fs::read_dir(folder()).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_dir()) {
        for log in fs::read_dir(release.path()).unwrap() {
            let names = [release.file_name(), log.unwrap().file_name()].map(|name| name.into_string().unwrap());
            found.insert(names.join("/"));
        }
    }
    assert_eq!(found, expected);
}

/// A source that hands out pieces of given lengths, over and over.
struct Pieces<'a> {
    text: &'a [u8],
    lengths: std::iter::Cycle<std::slice::Iter<'a, usize>>,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.lengths.next().copied().unwrap_or(1).min(self.text.len()).min(buffer.len());
        let (piece, rest) = self.text.split_at(length);
        buffer[..length].copy_from_slice(piece);
        self.text = rest;
        Ok(length)
    }
}

/// Beginnings that lead random bytes far into both grammars.
const BEGINNINGS: [&[u8]; 7] = [
    b"",
    b"ERROR 2026-11-20T23:27:29 +4ms service=llm providerID=p sessionID=s small=false error=",
    b"ERROR 2026-11-20T23:27:29 +4ms service=llm providerID=p sessionID=s small=false error={\"error\":{\"statusCode\":429,",
    b"ERROR 2026-11-20T23:27:29 +4ms service=session.processor error=",
    b"INFO  2026-11-20T23:27:29 ",
    b"timestamp=2026-11-20T23:27:29.000Z level=ERROR run=0 message=\"stream error\" providerID=p error.error=\"",
    b"timestamp=2026-11-20T23:27:29.000Z level=ERROR message=process session.id=s error",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_log_says_the_same_whatever_the_pieces(
        index in any::<prop::sample::Index>(),
        lengths in prop::collection::vec(1_usize..3000, 1..20),
    ) {
        let table = table();
        let text = fs::read(folder().join(&table[index.index(table.len())].file)).unwrap();
        let pieces = Pieces { text: &text, lengths: lengths.iter().cycle() };
        prop_assert_eq!(read(pieces), read(text.as_slice()));
    }

    #[test]
    fn no_bytes_make_it_panic(
        lines in prop::collection::vec((prop::sample::select(&BEGINNINGS), "[ -~]{0,40}", prop::collection::vec(any::<u8>(), 0..40)), 0..20),
    ) {
        let text: Vec<u8> = lines.iter().flat_map(|(head, text, bytes)| [head, text.as_bytes(), bytes, b"\n"].concat()).collect();
        let _ = read(text.as_slice());
    }
}
