use std::fs::OpenOptions;
use std::io::Write;

use engine::SessionId;

use super::*;

/// A log folder and whoever follows it.
struct Scene {
    home: tempfile::TempDir,
    follower: LogFollower,
}

fn scene(files: &[(&str, &str)]) -> Scene {
    let home = tempfile::tempdir().unwrap();
    for (name, text) in files {
        write(&home.path().join(name), text);
    }
    let follower = LogFollower::start(home.path().to_owned());
    Scene { home, follower }
}

fn write(path: &Path, text: &str) {
    OpenOptions::new().create(true).append(true).open(path).unwrap().write_all(text.as_bytes()).unwrap();
}

/// A line that tells of a session.
fn old(session: &str) -> String {
    format!(
        "INFO  2026-11-20T23:27:29 +4ms service=llm providerID=p modelID=m sessionID={session} small=false stream\n"
    )
}

fn new(session: &str) -> String {
    format!("timestamp=2026-11-20T23:27:29.250Z level=INFO run=0 message=stream providerID=p session.id={session}\n")
}

impl Scene {
    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn append(&self, name: &str, text: &str) {
        write(&self.path(name), text);
    }

    fn poll(&mut self) -> (Vec<String>, PollSummary) {
        let mut sessions = Vec::new();
        let summary = self.follower.poll(&mut |input| {
            let Input::AttemptStarted { session, .. } = input else { panic!("{input:?}") };
            sessions.push(SessionId::as_str(&session).to_owned());
        });
        assert!(summary.errors.is_empty(), "{summary:?}");
        (sessions, summary)
    }

    /// Expects these sessions, heard of since the last poll.
    fn check(&mut self, sessions: &[&str]) {
        assert_eq!(self.poll().0, sessions);
    }
}

#[test]
fn what_was_there_before_is_not_read() {
    let mut scene = scene(&[("opencode.log", &new("before"))]);
    scene.check(&[]);
    scene.append("opencode.log", &new("after"));
    scene.check(&["after"]);
    scene.check(&[]);
}

#[test]
fn files_that_appear_later_are_read_from_their_start() {
    let mut scene = scene(&[("2026-11-20T232415.log", &old("before"))]);
    scene.append("2026-11-20T232515.log", &old("one"));
    scene.append("2026-11-20T232515.log", &old("two"));
    scene.check(&[]);
    scene.follower.rescan();
    scene.check(&["one", "two"]);
}

#[test]
fn several_starts_log_at_once() {
    let mut scene = scene(&[("2026-11-20T232415.log", ""), ("2026-11-20T232515.log", ""), ("opencode.log", "")]);
    for round in ["1", "2"] {
        scene.append("2026-11-20T232415.log", &old(&format!("a{round}")));
        scene.append("2026-11-20T232515.log", &old(&format!("b{round}")));
        scene.append("opencode.log", &new(&format!("c{round}")));
        scene.check(&[&format!("a{round}"), &format!("b{round}"), &format!("c{round}")]);
    }
}

#[test]
fn other_files_are_left_alone() {
    let mut scene = scene(&[]);
    scene.append("notes.txt", &new("no"));
    fs::create_dir(scene.path("folder.log")).unwrap();
    scene.follower.rescan();
    scene.check(&[]);
}

#[test]
fn a_missing_folder_is_waited_for() {
    let mut scene = scene(&[]);
    let folder = scene.path("data/log");
    scene.follower = LogFollower::start(folder.clone());
    assert!(scene.poll().1.missing_dir);
    fs::create_dir_all(&folder).unwrap();
    write(&folder.join("opencode.log"), &new("one"));
    scene.follower.rescan();
    let (sessions, summary) = scene.poll();
    assert_eq!((sessions, summary.missing_dir), (vec!["one".to_owned()], false));

    fs::remove_dir_all(&folder).unwrap();
    scene.follower.rescan();
    assert!(scene.poll().1.missing_dir);
}

#[test]
fn a_line_is_read_when_it_is_whole() {
    let mut scene = scene(&[("opencode.log", "")]);
    let line = new("one");
    let (head, tail) = line.split_at(60);
    scene.append("opencode.log", head);
    scene.check(&[]);
    scene.append("opencode.log", tail);
    scene.check(&["one"]);
}

#[test]
fn a_truncated_file_is_read_anew() {
    let mut scene = scene(&[("opencode.log", "")]);
    scene.append("opencode.log", &[new("one"), "half a line".to_owned()].concat());
    scene.check(&["one"]);
    fs::write(scene.path("opencode.log"), new("two")).unwrap();
    scene.check(&["two"]);
}

#[test]
fn nothing_is_lost_or_read_twice_in_a_rotation() {
    let mut scene = scene(&[("opencode.log", &new("before"))]);
    scene.append("opencode.log", &new("one"));
    scene.check(&["one"]);
    scene.append("opencode.log", &new("two"));
    fs::rename(scene.path("opencode.log"), scene.path("opencode.1.log")).unwrap();
    scene.append("opencode.log", &new("three"));
    scene.follower.rescan();
    scene.check(&["two", "three"]);
    scene.append("opencode.1.log", &new("four"));
    scene.append("opencode.log", &new("five"));
    scene.check(&["four", "five"]);
}

#[cfg(unix)]
#[test]
fn a_removed_file_is_read_to_its_end() {
    let mut scene = scene(&[("2026-11-20T232415.log", "")]);
    scene.append("2026-11-20T232415.log", &old("one"));
    scene.check(&["one"]);
    scene.append("2026-11-20T232415.log", &old("two"));
    fs::remove_file(scene.path("2026-11-20T232415.log")).unwrap();
    scene.follower.rescan();
    scene.check(&["two"]);
    scene.check(&[]);
}

#[test]
fn a_new_file_under_an_old_name_is_read_from_its_start() {
    let mut scene = scene(&[("opencode.log", &new("before"))]);
    write(&scene.path("next"), &new("longer than before").repeat(3).replace("longer than before", "one"));
    fs::rename(scene.path("next"), scene.path("opencode.log")).unwrap();
    scene.check(&["one", "one", "one"]);
}

#[test]
fn foreign_text_is_counted_and_does_no_harm() {
    let mut scene = scene(&[("opencode.log", "")]);
    let text = ["stdout=bun install\r\n", "\u{fffd}\n", &old("one").replace('\n', "\r\n"), "\n", &new("two")].concat();
    let bytes = [text.as_bytes(), b"\xff\xfe\x00\n"].concat();
    OpenOptions::new().append(true).open(scene.path("opencode.log")).unwrap().write_all(&bytes).unwrap();
    let (sessions, summary) = scene.poll();
    assert_eq!(sessions, ["one", "two"]);
    assert_eq!((summary.records, summary.skipped, summary.bytes), (2, 4, bytes.len() as u64));
}

#[test]
fn an_error_of_megabytes_is_read_past_its_conversation() {
    let conversation = "I said: the usage limit has been reached. ".repeat(100_000);
    let line = format!(
        r#"ERROR 2026-11-20T23:27:29 +4ms service=llm providerID=p modelID=m sessionID=s small=false error={{"error":{{"name":"AI_APICallError","requestBodyValues":{{"input":"{conversation}"}},"statusCode":402}}}} stream error"#
    );
    let mut inputs = Vec::new();
    let summary = read_whole(line.as_bytes(), &mut |input| inputs.push(input)).unwrap();
    assert_eq!((summary.records, summary.skipped), (1, 0));
    assert!(matches!(&inputs[..], [Input::LimitHit(hit)] if hit.cause == engine::LimitCause::Billing), "{inputs:?}");
}

#[cfg(unix)]
#[test]
fn a_file_that_cant_be_read_is_told_and_the_others_are_read() {
    use std::os::unix::fs::PermissionsExt;

    let mut scene = scene(&[("a.log", ""), ("b.log", "")]);
    scene.append("a.log", &new("a"));
    scene.append("b.log", &new("b"));
    fs::set_permissions(scene.path("a.log"), fs::Permissions::from_mode(0o000)).unwrap();
    let superuser = fs::read(scene.path("a.log")).is_ok();
    let mut heard = 0;
    let summary = scene.follower.poll(&mut |_| heard += 1);
    // The superuser may read anything.
    match superuser {
        true => assert_eq!((heard, summary.errors.len()), (2, 0)),
        false => assert_eq!((heard, summary.errors.len()), (1, 1)),
    }
}
