//! The app's real web view, driven from outside: what a person reads and clicks in the window.

use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use base64::Engine;
use serde_json::{Value, json};

use crate::{Home, Process, delete, eventually, get, post};

const SOON: Duration = Duration::from_secs(60);

/// A session with the web view of a program that the driver started.
#[derive(Debug)]
pub struct WebView {
    #[expect(dead_code, reason = "held: it ends with the session, and the program with it")]
    driver: Process,
    session: String,
}

impl WebView {
    /// Starts a program through WebKit's driver, and waits for its window.
    #[track_caller]
    pub fn start(home: &Home, program: &Path) -> Self {
        // Free a moment ago: the driver can't choose a port and say which.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = home.command("WebKitWebDriver");
        command.arg(format!("--port={port}")).env("TAURI_WEBVIEW_AUTOMATION", "true");
        let driver = Process::start(&mut command, "WebKitWebDriver", &home.logs());
        let url = format!("http://127.0.0.1:{port}");
        eventually("the driver listens", SOON, || get(&format!("{url}/status"), None, Duration::from_secs(1)));
        let options = json!({"binary": program, "args": []});
        let wanted = json!({"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": options}}});
        let (status, answer) = post(&format!("{url}/session"), None, &wanted, SOON).unwrap();
        assert_eq!(status, 200, "{answer}");
        let session = format!("{url}/session/{}", answer["value"]["sessionId"].as_str().unwrap());
        Self { driver, session }
    }

    /// The text that the person sees.
    pub fn text(&self) -> String {
        self.run("return document.body.innerText").as_str().unwrap_or_default().to_owned()
    }

    /// What a script in the page returns.
    pub fn run(&self, script: &str) -> Value {
        let script = json!({"script": script, "args": []});
        let answer = post(&format!("{}/execute/sync", self.session), None, &script, SOON);
        answer.map_or(Value::Null, |(_, body)| body["value"].clone())
    }

    /// Presses a key, with the keyboard where it is: `\u{E004}` is Tab, `\u{E007}` Enter, `\u{E015}` Down.
    #[track_caller]
    pub fn press(&self, key: &str) {
        let strokes = json!([{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]);
        let actions = json!({"actions": [{"type": "key", "id": "keyboard", "actions": strokes}]});
        let (status, answer) = post(&format!("{}/actions", self.session), None, &actions, SOON).unwrap();
        assert_eq!(status, 200, "{answer}");
    }

    /// Accessible name, or text, of what has the keyboard.
    pub fn focused(&self) -> String {
        let name = "const at = document.activeElement; return at.getAttribute('aria-label') ?? at.textContent.trim()";
        self.run(name).as_str().unwrap_or_default().to_owned()
    }

    /// Writes what is seen into a picture.
    #[track_caller]
    pub fn picture(&self, path: &Path) {
        let (status, answer) = get(&format!("{}/screenshot", self.session), None, SOON).unwrap();
        assert_eq!(status, 200, "{answer}");
        let bytes = base64::engine::general_purpose::STANDARD.decode(answer["value"].as_str().unwrap()).unwrap();
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    /// What axe finds wrong in the page as it is, one line each.
    ///
    /// # Panics
    /// When axe isn't installed: `cargo xtask test` does that first.
    #[track_caller]
    pub fn violations(&self) -> Vec<String> {
        let axe = concat!(env!("CARGO_MANIFEST_DIR"), "/../ui/node_modules/axe-core/axe.min.js");
        let axe = std::fs::read_to_string(axe).unwrap();
        let run = "const done = arguments[arguments.length - 1];
            const line = (wrong) => wrong.nodes.map((node) => `${wrong.id}: ${node.html} (${node.failureSummary})`);
            axe.run(document).then((found) => done(found.violations.flatMap(line)), (fault) => done([String(fault)]));";
        let script = json!({"script": format!("{axe};{run}"), "args": []});
        let (status, answer) = post(&format!("{}/execute/async", self.session), None, &script, SOON).unwrap();
        assert_eq!(status, 200, "{answer}");
        answer["value"].as_array().unwrap().iter().map(ToString::to_string).collect()
    }

    /// Waits until the person sees this.
    #[track_caller]
    pub fn wait_for(&self, text: &str) {
        eventually(&format!("the window shows {text:?}"), SOON, || self.text().contains(text).then_some(()));
    }

    /// Clicks the first element that a CSS selector finds.
    #[track_caller]
    pub fn click(&self, selector: &str) {
        let element = self.element(selector);
        let (status, answer) = post(&format!("{element}/click"), None, &json!({}), SOON).unwrap();
        assert_eq!(status, 200, "{answer}");
    }

    /// Presses the first button that says this.
    #[track_caller]
    pub fn press_button(&self, name: &str) {
        let press = format!(
            "const named = (button) => button.textContent.trim() === {};
             const button = [...document.querySelectorAll('button')].find(named);
             button?.click(); return button !== undefined",
            json!(name)
        );
        eventually(&format!("the window has a button {name:?}"), SOON, || (self.run(&press) == true).then_some(()));
    }

    /// Drags from the first element that a CSS selector finds to another one.
    #[track_caller]
    pub fn drag(&self, from: &str, to: &str) {
        let place = |selector: &str| {
            let at = format!(
                "const at = document.querySelector('{selector}').getBoundingClientRect();
                 return [Math.round(at.x + at.width / 2), Math.round(at.y + at.height / 2)]"
            );
            let at = self.run(&at);
            json!({"type": "pointerMove", "duration": 50, "x": at[0], "y": at[1]})
        };
        let moves = [
            place(from),
            json!({"type": "pointerDown", "button": 0}),
            place(to),
            json!({"type": "pointerUp", "button": 0}),
        ];
        let actions = json!({"actions": [{"type": "pointer", "id": "mouse", "actions": moves}]});
        let (status, answer) = post(&format!("{}/actions", self.session), None, &actions, SOON).unwrap();
        assert_eq!(status, 200, "{answer}");
    }

    /// Types into the first field that a CSS selector finds.
    #[track_caller]
    pub fn type_in(&self, selector: &str, text: &str) {
        let element = self.element(selector);
        let (status, answer) = post(&format!("{element}/value"), None, &json!({"text": text}), SOON).unwrap();
        assert_eq!(status, 200, "{answer}");
    }

    #[track_caller]
    fn element(&self, selector: &str) -> String {
        let find = json!({"using": "css selector", "value": selector});
        let element: Value = eventually(&format!("the window has {selector}"), SOON, || {
            let (status, found) = post(&format!("{}/element", self.session), None, &find, SOON)?;
            (status == 200).then(|| found["value"].as_object()?.values().next().cloned()).flatten()
        });
        format!("{}/element/{}", self.session, element.as_str().unwrap())
    }
}

impl Drop for WebView {
    fn drop(&mut self) {
        let _ = delete(&self.session, None, Duration::from_secs(5));
    }
}
