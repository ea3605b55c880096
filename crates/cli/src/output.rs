//! The program's two mouths: results on standard output, as text or, with `--json`, as one JSON value a line;
//! failures on standard error, one line each. Never formats anything itself and never writes a secret: none reaches it.

use std::io::Write;

use daemon::control::ErrorCode;
use serde::Serialize;

use crate::error::Error;
use crate::moment::Moment;

/// Where results and failures go, and in which form.
pub(crate) struct Output<'a> {
    json: bool,
    results: &'a mut dyn Write,
    failures: &'a mut dyn Write,
}

impl<'a> Output<'a> {
    /// Writes results and failures to these two.
    pub(crate) fn new(json: bool, results: &'a mut dyn Write, failures: &'a mut dyn Write) -> Self {
        Self { json, results, failures }
    }

    /// Whether results are JSON.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Shows a result: the value as it is with `--json`, else its words.
    pub(crate) fn show<T: Serialize>(&mut self, value: &T, words: impl FnOnce(&T) -> String) -> Result<(), Error> {
        let text = match self.json {
            true => serde_json::to_string(value).map_err(|cause| Error::Write(cause.into()))?,
            false => words(value),
        };
        self.write(&text)
    }

    /// Adds a line for people; with `--json` nothing.
    pub(crate) fn note(&mut self, words: &str) -> Result<(), Error> {
        match self.json {
            true => Ok(()),
            false => self.write(words),
        }
    }

    /// Says why the command was not carried out. That this can't be written either changes nothing.
    pub(crate) fn fail(&mut self, error: &Error) {
        let message = one_line(&error.to_string());
        let failed = Failed { error: FailedBody { code: error.code(), message: &message } };
        let text = match serde_json::to_string(&failed) {
            Ok(json) if self.json => json,
            Ok(_) | Err(_) => format!("baton: {}", Moment::system().localise(&message)),
        };
        let _ = writeln!(self.failures, "{text}");
    }

    fn write(&mut self, text: &str) -> Result<(), Error> {
        let text = text.trim_end_matches('\n');
        writeln!(self.results, "{text}").and_then(|()| self.results.flush()).map_err(Error::Write)
    }
}

#[derive(Serialize)]
struct Failed<'a> {
    error: FailedBody<'a>,
}

#[derive(Serialize)]
struct FailedBody<'a> {
    code: ErrorCode,
    message: &'a str,
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_words_for_people_and_its_value_for_programs() {
        assert_eq!(said(false, |output| output.show(&7, |n| format!("{n} apples\n")).unwrap()), "7 apples\n");
        assert_eq!(said(true, |output| output.show(&7, |n| format!("{n} apples")).unwrap()), "7\n");
    }

    #[test]
    fn a_note_is_for_people_only() {
        assert_eq!(said(false, |output| output.note("mind the step").unwrap()), "mind the step\n");
        assert_eq!(said(true, |output| output.note("mind the step").unwrap()), "");
    }

    #[test]
    fn a_failure_is_one_line_and_names_its_kind_to_programs() {
        let fail = |output: &mut Output<'_>| output.fail(&Error::usage("no account \"x\"\nknown: work, home"));
        assert_eq!(said(false, fail), "baton: no account \"x\" known: work, home\n");
        assert_eq!(
            said(true, fail),
            "{\"error\":{\"code\":\"usage\",\"message\":\"no account \\\"x\\\" known: work, home\"}}\n"
        );
    }

    fn said(json: bool, act: impl FnOnce(&mut Output<'_>)) -> String {
        let (mut results, mut failures) = (Vec::new(), Vec::new());
        act(&mut Output::new(json, &mut results, &mut failures));
        String::from_utf8([results, failures].concat()).unwrap()
    }
}
